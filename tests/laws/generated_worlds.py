"""Arbitrary small worlds: any plan, any providers for it, people with and without traits.

Receipts misbehave in every way, limits are low, texts are long, and hands and scripts meddle.
"""

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, Channel, ReasonClass, Status
from sandbox.simulation.distributions import Distribution, fixed, uniform
from sandbox.simulation.magic import MAGIC, PREFIX
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    SUBMIT_OUTCOMES,
    Burst,
    Change,
    ChargedOn,
    CodeHabits,
    Fault,
    Forced,
    HandChange,
    KnownIneligible,
    LoadEntry,
    NamedPerson,
    Over,
    OverAnswer,
    OverDrop,
    OverQueue,
    PlannedAct,
    Population,
    ProviderSpec,
    ReceiptScript,
    Script,
    ScriptEntry,
    Settings,
    Single,
    Trait,
    Unreachable,
    WorldSpec,
)
from sandbox.simulation.world import World
from tests.laws.generated import CLOCKS, breakers, peopled_plans
from tests.support.hand import us
from tests.support.worlds import deliveries, fault, percent, submits

TIMES: Final = st.sampled_from(
    [fixed(0), fixed(us(1)), fixed(us(3)), uniform(0, us(5)), uniform(0, us(40))]
)
SOME: Final = st.sampled_from([0, 0, 20, 100])
REASONS: Final = st.lists(
    st.builds(Reason, st.sampled_from(["1", "2"]), st.sampled_from(ReasonClass)), max_size=2
)
TEXTS: Final = st.sampled_from(["", "a" * 200, "ł" * 150])
"""One segment, two, three."""
OVERS: Final[st.SearchStrategy[Over]] = st.sampled_from(
    [OverDrop(), OverQueue(), OverQueue(), OverAnswer(), OverAnswer("refused.temporary", us(7))]
)
A_DAY: Final = 86_400 * 1_000_000
"""One a second, as a rate in millionths a day."""


def _odd_receipts(draw: st.DrawFn, *, honest: bool) -> dict[str, Any]:
    """Receipts that come twice, late, in disorder or in heaps; and false ones, if not honest."""
    if draw(st.booleans()):
        return {}
    few = draw(st.integers(1, 3))
    lies = 0 if honest else percent(draw(SOME))
    return {
        "receipt_duplicated_share": percent(draw(SOME)),
        "receipt_copies": (draw(st.integers(1, few)), few),
        "receipt_gap": draw(TIMES),
        "receipt_reordered_share": percent(draw(SOME)),
        "receipt_reordered_within_us": draw(st.sampled_from([us(1), us(30)])),
        "receipt_before_reply": percent(draw(SOME)),
        "receipt_contradictory": lies,
        "receipt_unknown_id": 0 if honest else percent(draw(SOME)),
        "receipt_batch_every_us": draw(st.sampled_from([None, None, us(7)])),
    }


def _limits(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return {}
    return {
        "limit_rate": draw(st.sampled_from([A_DAY, A_DAY // 4, None])),
        "limit_burst": draw(st.integers(1, 3)),
        "quota_count": draw(st.sampled_from([None, None, 2])),
    }


@st.composite
def providers(draw: st.DrawFn, name: str, channel: str, *, honest: bool) -> ProviderSpec:
    """Any provider; an honest one tells all it does and loses nothing on the way."""

    def time() -> Distribution:
        return draw(TIMES)

    tells = (Status.SENT, Status.DELIVERED, Status.READ)
    codes = draw(REASONS)
    choices = tuple((code, percent(100) // len(codes)) for code in codes)
    basis = draw(st.sampled_from(ChargedOn))
    silent = {} if honest else {"vanished": 10}
    # A receipt of a segment that comes after one that says read still tells the price before.
    tells_segments = draw(st.booleans()) and not (honest and basis is ChargedOn.READ)
    cut = 0 if honest and basis is ChargedOn.SUBMITTED else draw(st.sampled_from([5, 40]))
    return ProviderSpec(
        name=name,
        channel=Channel(channel),
        settings=Settings(
            submit_latency=fixed(us(1)) if honest else time(),
            submit_outcomes=submits(
                refused_permanent=draw(SOME) / 10,
                refused_temporary=draw(SOME) / 4,
                throttled=5,
                timeout_accepted=cut,
                timeout_not_accepted=min(cut, 5),
            ),
            delivery_time=time(),
            delivery_outcomes=deliveries(
                rejected=10, failed=draw(SOME) / 2, partial=draw(SOME) / 4, filtered=5, **silent
            ),
            read_share=percent(60),
            read_after=time(),
            store_for_us=us(20),
            retry_every_us=draw(st.sampled_from([None, us(3)])),
            receipt_delay=time(),
            receipt_lost=0 if honest else percent(draw(SOME)),
            receipt_late_share=percent(draw(SOME)),
            receipt_late_by=time(),
            price_nano=draw(st.sampled_from([0, 45])),
            validity_us=draw(st.sampled_from([None, us(10)])),
            reasons=tuple((word, choices) for word in ("failed", "refused.temporary") if choices),
            **_odd_receipts(draw, honest=honest),
            **_limits(draw),
        ),
        reports=frozenset(tells if honest else draw(st.sets(st.sampled_from(tells)))),
        charged_on=basis,
        refunded_on=frozenset(draw(st.sets(st.sampled_from([Status.FAILED, Status.EXPIRED])))),
        per_segment=draw(st.booleans()),
        echoes_reference=honest or draw(st.sampled_from([True, True, False])),
        receipts_per_segment=tells_segments,
        over=draw(OVERS),
        quota_over=draw(OVERS),
        quota_per_us=us(30),
        can_recall=draw(st.booleans()),
    )


TRAITS: Final = (
    Trait(
        name="off",
        share=percent(30),
        hits=frozenset({Channel("sms"), Channel("viber")}),
        effect=Unreachable(us(10), us(10)),
    ),
    Trait(
        name="no_wa",
        share=percent(30),
        hits=frozenset({Channel("whatsapp")}),
        effect=Forced("refused.permanent", Reason("3", ReasonClass.PERMANENT_RECIPIENT)),
    ),
    Trait(
        name="no_viber",
        share=percent(30),
        hits=frozenset({Channel("viber")}),
        effect=KnownIneligible(),
    ),
)


CODES: Final = st.builds(
    CodeHabits,
    entered=st.sampled_from([percent(100), percent(100), percent(50)]),
    after=st.sampled_from([fixed(0), fixed(us(3)), fixed(us(6)), uniform(0, us(25))]),
    mistyped=SOME.map(percent),
    asks_again=SOME.map(percent),
    asks_again_after_us=st.sampled_from([us(2), us(6)]),
)


@st.composite
def _acts(draw: st.DrawFn, plan: Plan) -> list[PlannedAct]:
    """What is done about a few of the messages, in order of time."""
    levels = range(len(plan.levels)) if plan.has_code_per_level else [-1]
    drawn = [
        PlannedAct(
            at_us=us(draw(st.integers(0, 12))),
            act=draw(st.sampled_from(Act)),
            message=draw(st.integers(1, 6)),
            level=draw(st.sampled_from(levels)),
        )
        for _ in range(draw(st.integers(0, 5)))
    ]
    return sorted(drawn, key=lambda act: act.at_us)


ENTRIES: Final = st.builds(
    ScriptEntry,
    submit=st.sampled_from(["", "accepted", "accepted", *SUBMIT_OUTCOMES]),
    delivery=st.sampled_from(["", *DELIVERY_OUTCOMES, "expired"]),
    after_us=st.sampled_from([None, 0, us(20)]),
    receipt=st.one_of(
        st.none(),
        st.sampled_from([ReceiptScript(is_lost=True), ReceiptScript(is_unmatched=True)]),
        st.builds(
            ReceiptScript,
            delay_us=st.sampled_from([None, 0, us(50)]),
            copies=st.integers(0, 2),
            is_contradicted=st.booleans(),
        ),
    ),
)
CHANGES: Final = st.sampled_from(
    [
        Change("receipts.lost", percent(70), "70%"),
        Change("receipts.duplicated.share", percent(100), "100%"),
        Change("receipts.reordered.share", percent(50), "50%"),
        Change("receipts.before_reply", percent(100), "100%"),
        Change("receipts.contradictory", percent(100), "100%"),
        Change("receipts.unknown_id", percent(50), "50%"),
        Change("receipts.batched.every", us(5), "5s"),
        Change("limits.rate", A_DAY // 4, "15/min"),
        Change("limits.quota.count", 1, "1"),
    ]
)


@st.composite
def _faults(draw: st.DrawFn, names: list[str]) -> list[Fault]:
    changes = draw(st.lists(CHANGES, max_size=2, unique_by=lambda change: change.path))
    return [
        fault(change.path, change.value, at=1, lasts=9, recover=9, name=names[0], id=change.path)
        for change in changes
    ]


@st.composite
def _hands(draw: st.DrawFn, names: list[str]) -> list[HandChange]:
    """Changes by hand in order of time, some of them taken back."""
    seconds = sorted(draw(st.lists(st.integers(0, 12), max_size=3)))
    hands = []
    for at in seconds:
        change, name = draw(CHANGES), draw(st.sampled_from(names))
        told = draw(st.sampled_from([change, change, None]))
        hands.append(HandChange(at_us=us(at), provider=name, path=change.path, change=told))
    return hands


@st.composite
def worlds(draw: st.DrawFn, *, honest: bool = False) -> World:
    """Any small world that comes to rest."""
    plan: Plan = replace(draw(peopled_plans("plan")), text=draw(TEXTS))
    specs = {
        name: draw(providers(name, level.channel, honest=honest))
        for level in plan.levels
        for name in level.providers
    }
    for name, breaker in draw(breakers((plan,))).items():
        specs[name] = replace(specs[name], breaker=breaker)
    meddles = not honest and draw(st.booleans())
    load: list[LoadEntry] = [
        Burst(plan=0, at_us=0, count=draw(st.integers(1, 6))),
        Burst(plan=0, at_us=us(3), count=draw(st.integers(0, 3))),
    ]
    digits = draw(st.sampled_from([each + fate for each in "01" for fate in MAGIC]))
    people: tuple[NamedPerson, ...] = ()
    scripts: list[Script] = []
    if meddles:
        load += [
            Single(plan=0, at_us=us(1), name="told"),
            Single(plan=0, at_us=us(2), name="magic", to="mia"),
        ]
        people = (NamedPerson(name="mia", phone=PREFIX + digits),)
        scripts = [
            Script(id=f"level {level}", message="told", level=level, entries=tuple(entries))
            for level, entries in enumerate(
                draw(st.lists(st.lists(ENTRIES, min_size=1, max_size=3), max_size=len(plan.levels)))
            )
        ]
    return World(
        WorldSpec(
            seed=draw(st.integers(0, 1000)),
            plans=(plan,),
            providers=tuple(specs.values()),
            population=Population(
                size=draw(st.sampled_from([3, 20])),
                countries=(("DE", percent(50)), ("PL", percent(50))),
                traits=TRAITS,
                people=people,
                codes=draw(CODES),
                local_us=(("DE", draw(st.sampled_from(CLOCKS))), ("PL", us(2))),
            ),
            load=tuple(load),
            faults=tuple(draw(_faults(list(specs)))) if meddles else (),
            scripts=tuple(scripts),
            by_hand=tuple(draw(_hands(list(specs)))) if meddles else (),
            acts=tuple(draw(_acts(plan))),
        )
    )
