"""Worlds drawn by number: plans, providers, people, load, and what is changed meanwhile."""

from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Act, Channel, ReasonClass
from sandbox.simulation.magic import MAGIC, PREFIX
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PATHS,
    SUBMIT_OUTCOMES,
    Burst,
    Change,
    CodeHabits,
    Constant,
    Fault,
    Forced,
    HandChange,
    KnownIneligible,
    LoadEntry,
    NamedPerson,
    PlannedAct,
    Poisson,
    Population,
    ProviderSpec,
    Ramp,
    ReceiptScript,
    Script,
    ScriptEntry,
    Single,
    Trace,
    Trait,
    Unreachable,
    WorldSpec,
)
from tests.support.hand import us
from tests.support.worlds import percent
from tests.trust.drawing import CHANNELS, HEALED_US, SHARED, TRUSTED_US, Draw, draw_features
from tests.trust.drawn_plans import NOON_US, draw_plan
from tests.trust.drawn_providers import draw_provider, draw_value, healing, reporting
from tests.trust.lots import Lots

_FOR_PHONES_OFF: Final = ("delivery.unreachable.store_for", "delivery.unreachable.retry_every")
_NOBODY: Final = Forced("refused.permanent", Reason("7", ReasonClass.PERMANENT_RECIPIENT, "nobody"))


class Drawn(NamedTuple):
    """A world to be made, and what is on in it."""

    spec: WorldSpec
    features: frozenset[str]


def draw_world(
    seed: int, *, off: frozenset[str] = frozenset(), coarse: bool = False, heals: bool = True
) -> Drawn:
    """Draw a world.

    Args:
        seed: Its number; also the seed of its luck.
        off: Features it must not have.
        coarse: All times are whole seconds.
        heals: From `HEALED_US` on all providers are ideal, and more messages come.
    """
    draw = Draw(seed, draw_features(seed, off), coarse=coarse)
    plans = tuple(draw_plan(draw, nth) for nth in range(2 if draw.on("more plans") else 1))
    specs: dict[str, ProviderSpec] = {}
    for level in (level for plan in plans for level in plan.levels):
        for name in level.providers:
            specs.setdefault(name, draw_provider(draw, name, level.channel))
    providers = tuple(reporting(spec, plans) for spec in specs.values())
    named = _named(draw, len(plans[0].levels))
    load = _load(draw, len(plans)) + named.load
    hands = _hands(draw, providers)
    if heals:
        after = Constant(plan=0, at_us=TRUSTED_US, for_us=us(8), rate=Fraction(1))
        load += (after,)
        if len(plans) > 1:  # never at one instant: one at a time is let through as a probe
            load += (replace(after, plan=1, at_us=TRUSTED_US + us(0.5)),)
        hands += tuple(h for spec in providers for h in healing(spec, HEALED_US))
    spec = WorldSpec(
        seed=seed,
        plans=plans,
        providers=providers,
        population=replace(_population(draw), people=named.people),
        load=load,
        faults=_faults(draw, providers),
        scripts=named.scripts,
        by_hand=hands,
        acts=_acts(draw),
    )
    return Drawn(spec, draw.features)


# People and load ---------------------------------------------------------------------------------


def _population(draw: Draw) -> Population:
    lots = draw.lots("people")
    hits = frozenset(map(Channel, lots.some_of(CHANNELS, 60)))
    answer = lots.one_of(SUBMIT_OUTCOMES[:-1])
    effects: dict[str, Unreachable | Forced | KnownIneligible] = {
        "phones off": Unreachable(us(lots.between(2, 20)), us(lots.between(2, 40))),
        "forced answers": _NOBODY if draw.on("memory") else Forced(answer, None),
        "forced fates": Forced(lots.one_of(DELIVERY_OUTCOMES[:-1]), None),
        "ineligible": KnownIneligible(),
    }
    traits = [
        Trait(name=name, share=percent(lots.between(10, 60)), hits=hits, effect=effect)
        for name, effect in effects.items()
        if draw.on(name)
    ]
    return Population(
        size=12,
        countries=(("DE", percent(50)), ("PL", percent(50))),
        traits=tuple(traits),
        codes=_habits(draw),
        local_us=(("DE", NOON_US), ("PL", NOON_US + us(20))) if draw.on("quiet hours") else (),
    )


def _habits(draw: Draw) -> CodeHabits:
    """What people do with codes: most of them type, now and then wrong, and some ask again."""
    lots = draw.lots("codes")
    return CodeHabits(
        entered=percent(lots.between(50, 100)),
        after=draw.time(lots, 20),
        mistyped=percent(lots.one_of((0, 20, 50, 80))),
        asks_again=percent(lots.one_of((0, 30, 90))),
        asks_again_after_us=us(lots.between(1, 30)),
    )


def _acts(draw: Draw) -> tuple[PlannedAct, ...]:
    """Things done about messages by somebody who does not know what becomes of them."""
    if not draw.on("acts"):
        return ()
    lots = draw.lots("acts")
    instants = sorted(lots.between(0, 60) for _ in range(lots.between(2, 20)))
    own = -1 if lots.happens(50) else 0
    return tuple(
        PlannedAct(
            at_us=us(at), act=lots.one_of(tuple(Act)), message=lots.between(1, 14), level=own
        )
        for at in instants
    )


def _load(draw: Draw, plans: int) -> tuple[LoadEntry, ...]:
    lots = draw.lots("load")
    plan = plans - 1
    load: list[LoadEntry] = [Burst(plan=0, at_us=0, count=lots.between(1, 9))]
    load.append(Burst(plan=plan, at_us=us(lots.between(0, 30)), count=lots.between(1, 5)))
    lasts = us(lots.between(5, 60))
    if draw.on("poisson") and not draw.coarse:
        load.append(Poisson(plan=plan, at_us=0, for_us=lasts, rate=Fraction(lots.between(1, 4), 9)))
    if draw.on("ramp"):
        load.append(
            Ramp(plan=0, at_us=0, for_us=us(16), rate_from=Fraction(0), rate_to=Fraction(1))
        )
    if draw.on("trace"):
        instants = tuple(sorted(us(lots.between(0, 60)) for _ in range(lots.between(1, 9))))
        load.append(Trace(at_us=0, instants=instants, plans=(0,) * len(instants)))
    return tuple(load)


class _Named(NamedTuple):
    people: tuple[NamedPerson, ...] = ()
    load: tuple[LoadEntry, ...] = ()
    scripts: tuple[Script, ...] = ()


def _named(draw: Draw, levels: int) -> _Named:
    """Messages that somebody tells what becomes of them, or whose numbers are magic."""
    lots = draw.lots("named")
    people: list[NamedPerson] = [NamedPerson(name="nia", country="PL")]
    load: list[LoadEntry] = []
    scripts: list[Script] = []
    if draw.on("named"):
        load.append(Single(plan=0, at_us=us(lots.between(0, 9)), name="plain", to="nia"))
    if draw.on("magic"):
        for nth in range(3):
            digits = lots.one_of("0123") + lots.one_of(tuple(MAGIC))
            people.append(NamedPerson(name=f"mia-{nth}", phone=PREFIX + digits))
            load.append(Single(plan=0, at_us=us(nth), name=f"magic-{nth}", to=f"mia-{nth}"))
    if draw.on("scripts"):
        load.append(Single(plan=0, at_us=us(1), name="told"))
        scripts = [
            Script(
                id=f"script {level}",
                message="told",
                level=level,
                entries=tuple(_entry(lots) for _ in range(lots.between(1, 3))),
            )
            for level in range(levels)
        ]
    return _Named(tuple(people), tuple(load), tuple(scripts))


def _entry(lots: Lots) -> ScriptEntry:
    receipts = (
        None,
        ReceiptScript(is_lost=True),
        ReceiptScript(is_unmatched=True),
        ReceiptScript(delay_us=us(lots.between(0, 50)), copies=lots.between(0, 2)),
        ReceiptScript(is_contradicted=True),
    )
    return ScriptEntry(
        submit=lots.one_of(("", "accepted", "accepted", *SUBMIT_OUTCOMES)),
        delivery=lots.one_of(("", *DELIVERY_OUTCOMES, "expired")),
        after_us=lots.one_of((None, 0, us(20))),
        receipt=lots.one_of(receipts),
    )


# What is changed meanwhile -----------------------------------------------------------------------


def _paths(draw: Draw) -> list[str]:
    shared = {"limits.rate", "limits.quota.count"} if not draw.features & SHARED else set()
    return [path for path in PATHS if path not in shared]


def _faults(draw: Draw, providers: tuple[ProviderSpec, ...]) -> tuple[Fault, ...]:
    """Changes in time; no two of them on one setting of one provider."""
    if not draw.on("faults"):
        return ()
    lots = draw.lots("faults")
    faults = []
    for spec in providers:
        chance = lots.one_of((10, 30, 60))
        chosen = lots.some_of(_paths(draw), chance)
        if draw.on("phones off"):  # read for phones that are off, and seldom even then
            chosen += [path for path in lots.some_of(_FOR_PHONES_OFF, 85) if path not in chosen]
        for path in chosen:
            change = Change(path, draw_value(draw, path, lots), "so")
            faults.append(
                Fault(
                    id=f"{spec.name} {path}",
                    provider=spec.name,
                    at_us=us(lots.between(0, 10)),
                    for_us=us(lots.between(5, 60)),
                    changes=(change,),
                    recover_us=us(lots.one_of((0, 0, 20))),
                )
            )
    return tuple(faults)


def _hands(draw: Draw, providers: tuple[ProviderSpec, ...]) -> tuple[HandChange, ...]:
    if not draw.on("hands"):
        return ()
    lots = draw.lots("hands")
    hands = []
    for at in sorted(lots.between(0, 60) for _ in range(lots.between(1, 6))):
        path, spec = lots.one_of(_paths(draw)), lots.one_of(providers)
        change = None if lots.happens(30) else Change(path, draw_value(draw, path, lots), "so")
        hands.append(HandChange(at_us=us(at), provider=spec.name, path=path, change=change))
    return tuple(hands)
