"""Worlds by the hundred, each with its own choice of features; then all is healed.

Four watches read every log: the product's laws, the tests' own lawbook, a replay, and the ground
rules. Whatever happened before, once every provider is ideal a message must be delivered at once at
the first level that is meant for its recipient; and at the end nothing may be pending and nothing
kept.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import Final

from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Level, Plan
from sandbox.journal.replay import replay
from sandbox.report.laws import Laws
from sandbox.simulation.population import Person
from sandbox.simulation.spec import SUBMIT_OUTCOMES, Forced, WorldSpec
from sandbox.simulation.world import World
from tests.laws.lawbook import check
from tests.laws.message_laws import LawBrokenError
from tests.trust.drawing import TRUSTED_US
from tests.trust.drawn_worlds import draw_world
from tests.trust.findings import EndlessError, Report, within
from tests.trust.ground_rules import broken_rules
from tests.trust.strikes import TalliedWorld

FACTS_MAX: Final = 200_000
"""No drawn world says so much; one that does would go on for ever."""


CPU_S_MAX: Final = 5.0
"""A hundred times what any drawn world takes."""

UNKNOWN_TO: Final[Mapping[str, frozenset[str]]] = {
    "law ": frozenset(),
    "lawbook: ": frozenset({"side by side"}),
    "replay: ": frozenset(),
}
"""Watch -> features it has still to learn of, and is not asked about; a test says when it has."""


def run_to_rest(world: World) -> list[Fact]:
    """The whole log of a world.

    Raises:
        EndlessError: it says too much, or says nothing any more and goes on all the same.
    """
    facts: list[Fact] = []
    with within(CPU_S_MAX):
        while world.peek() is not None:
            facts += world.step()
            if len(facts) > FACTS_MAX:
                raise EndlessError(f"{len(facts)} lines and no end at {world.now} us")
    return facts


# What must hold ----------------------------------------------------------------------------------


def broken_laws(
    facts: Sequence[Fact], spec: WorldSpec, features: frozenset[str] = frozenset()
) -> Iterator[str]:
    """What the watches have to say; one that does not know a feature that is on is not asked."""
    yield from (f"ground rule: {text}" for text in islice(broken_rules(facts, spec.plans), 3))
    for watch, asked in _WATCHES.items():
        if not features & UNKNOWN_TO[watch]:
            yield from (f"{watch}{text}" for text in asked(facts, spec))


def _laws(facts: Sequence[Fact], spec: WorldSpec) -> Iterator[str]:
    laws = Laws(spec.plans, spec.breakers)
    laws.watch(facts)
    laws.finish(quiet=True)
    for violation in laws.violations[:3]:
        yield f"{violation.law}: {violation.text} (line {violation.seq})"


def _lawbook(facts: Sequence[Fact], spec: WorldSpec) -> Iterator[str]:
    try:
        check(facts, spec.plans, spec.breakers)
    except LawBrokenError as broken:
        yield str(broken)


def _replay(facts: Sequence[Fact], spec: WorldSpec) -> Iterator[str]:
    difference = replay(facts, spec.plans, spec.breakers)
    if difference is not None:
        yield str(difference)


_WATCHES: Final = {"law ": _laws, "lawbook: ": _lawbook, "replay: ": _replay}


def remains(world: World) -> Iterator[str]:
    """What is kept although all is quiet."""
    engine = world._engine
    kept: dict[str, Sized] = {
        "journeys": world._journeys,
        "cascades": engine._cascades,
        "agenda": world._agenda,
        "wake-ups": engine.wakes,
        "open messages": world.open_messages(),
    }
    for what, left in kept.items():
        if left:
            yield f"{len(left)} {what} remain"


def unserved(world: World, facts: Sequence[Fact]) -> Iterator[str]:
    """The messages that healed providers did not deliver as they should have."""
    plans = {plan.name: plan for plan in world.spec.plans}
    requested = {
        fact[2]: (fact[1], plans[fact[7].text("cascade")])
        for fact in facts
        if fact[5] == "requested" and fact[1] >= TRUSTED_US
    }
    ends = {fact[2]: fact for fact in facts if fact[5] == "finished"}
    copies = {(fact[2], fact[3]) for fact in facts if fact[5] == "reached_handset"}
    apart = _passed_over_for_somebody_else(world.spec, facts) | _of_their_own(facts)
    for message, (at, plan) in requested.items():
        if message is None or message not in ends:
            yield f"message {message} has no end"
            continue
        person = world.person_of(message)
        level = _first_for(person, plan.levels)
        is_odd = level is not None and _is_odd(person, plan.levels[level])
        if message not in apart and not is_odd:
            reached = {where for copy, where in copies if copy == message and where is not None}
            wrong = _misserved(plan, level, at, ends[message], reached)
            if wrong:
                yield f"message {message} {wrong}"


def _misserved(plan: Plan, level: int | None, at: int, end: Fact, reached: set[int]) -> str:
    """What is wrong with the end of a message; `level` is the first that is for its recipient."""
    _, ended_at, _, ended_level, _, _, _, detail = end
    outcome, later = detail.text("outcome"), ended_at - at
    if level is None:
        return "" if outcome == "exhausted" else f"is for nobody and ends {outcome}"
    if plan.stops_on_verified:
        return "" if level in reached else "has a code that has not arrived"
    meant = range(level, plan.front_end(level))
    if outcome != "delivered" or later or ended_level not in meant:
        return f"ends {outcome} at level {ended_level}, {later} us on"
    return "" if reached.intersection(meant) else "has not arrived"


def _passed_over_for_somebody_else(spec: WorldSpec, facts: Sequence[Fact]) -> set[int | None]:
    """Messages that met a circuit opened by people no provider can do anything for."""
    effects = (trait.effect for trait in spec.population.traits)
    if not any(isinstance(e, Forced) and e.outcome in SUBMIT_OUTCOMES for e in effects):
        return set()
    return {fact[2] for fact in facts if fact[5] == "skipped" and fact[7].text("provider")}


def _of_their_own(facts: Sequence[Fact]) -> set[int | None]:
    """Messages somebody did something about, or that met quiet hours, or what was remembered.

    Nor is anybody surprised when the copy that was called back was the one that would have arrived.
    """
    acted = {fact[2] for fact in facts if fact[5] == "act" and _is_by_somebody(fact)}
    held = {fact[2] for fact in facts if fact[5] == "held"}
    odd = ("quiet hours", "known from before")
    skipped = {f[2] for f in facts if f[5] == "skipped" and f[7].text("reason") in odd}
    given_back = {fact[2] for fact in facts if fact[5] == "called_back"}
    return acted | held | skipped | given_back


def _is_by_somebody(fact: Fact) -> bool:
    return fact[7].text("act") != "verified"


def _first_for(person: Person, levels: Sequence[Level]) -> int | None:
    known = {channel for channel, _ in person.ineligible}
    for index, level in enumerate(levels):
        is_here = level.countries is None or person.country in level.countries
        if is_here and level.channel not in known:
            return index
    return None


def _is_odd(person: Person, level: Level) -> bool:
    """Whether not even an ideal provider gets through to this person there at once."""
    return level.channel in person.forced or level.channel in person.unreachable


# What was seen -----------------------------------------------------------------------------------


_COUNTED: Final[Mapping[str, Callable[[Detail], Mapping[str, int]]]] = {
    "requested": lambda detail: {"known ineligible": "ineligible" in detail.fields},
    "skipped": lambda detail: {
        "passed over": "provider" in detail.fields,
        f"skipped, {detail.text('reason')}": 1,
    },
    "joined": lambda _: {"levels side by side": 1},
    "held": lambda _: {"held for quiet hours": 1},
    "recalled": lambda detail: {f"recall {detail.text('result')}": 1},
    "act": lambda detail: {
        f"act {detail.text('act')}": not detail.text("why"),
        "act in vain": bool(detail.text("why")),
        "the code has expired": detail.text("why") == "the code has expired",
    },
    "code_entered": lambda detail: {"code mistyped": not detail.fields["right"]},
    "circuit": lambda detail: {"circuit open": detail.text("state") == "open"},
    "fell_back": lambda detail: {f"trigger {detail.text('trigger')}": 1},
    "finished": lambda detail: {f"outcome {detail.text('outcome')}": 1},
}
"""Kind of line -> what is counted of it."""


def seen(world: TalliedWorld, facts: Sequence[Fact]) -> Counter[str]:
    """How often each kind of fault struck, and how messages moved on and ended."""
    figures = world.strikes()
    echoes = {spec.name: spec.echoes_reference for spec in world.spec.providers}
    for _, _, _, _, _, kind, _, detail in facts:
        if kind == "orphan_receipt":
            figures["receipt without our reference"] += not echoes[detail.text("provider")]
        elif kind in _COUNTED:
            figures.update(_COUNTED[kind](detail))
    figures["lines"] = len(facts)
    figures["messages"] = world.message_count
    return figures


def check_one(number: int, make: Callable[[WorldSpec], TalliedWorld] = TalliedWorld) -> Report:
    """Draw a world by its number, let it live, heal it, and look for what is wrong."""
    drawn = draw_world(number)
    world = make(drawn.spec)
    try:
        facts = run_to_rest(world)
    except EndlessError as endless:
        return Report((str(endless),), Counter())
    problems = [
        *broken_laws(facts, drawn.spec, drawn.features),
        *remains(world),
        *unserved(world, facts),
    ]
    figures = seen(world, facts) + Counter(f"feature {name}" for name in drawn.features)
    return Report(tuple(problems), figures)
