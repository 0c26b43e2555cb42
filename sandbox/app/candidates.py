"""Other ways to run one cascade: its levels in another order, fewer of them, other waits.

A candidate keeps everything else of the scenario: people, providers, faults, deadline, and what
each level says besides its wait. Scripts are left out, since they name levels by number.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from math import comb, factorial
from typing import Final, NamedTuple

from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import ListNode, MapNode, Node, flow, node_of
from sandbox.scenario.quantities import duration_text
from sandbox.simulation.spec import Burst, Constant, LoadEntry, Poisson, Ramp, Single, Trace

LEVELS_TRIED_MAX: Final = 4
"""Candidates have at most so many levels."""

WAITS_US: Final = tuple(s * SECOND_US for s in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300))
"""Waits that are tried besides the file's own."""

TIMES: Final = (Fraction(1), Fraction(1, 2), Fraction(2), Fraction(1, 4))
"""In the first round all waits of an order are taken so many times as long."""


class Candidate(NamedTuple):
    """A cascade to try.

    Attributes:
        levels: Their numbers in the file, in the order in which they are tried here.
        waits: Of each, in microseconds; None for no wait.
    """

    levels: tuple[int, ...]
    waits: tuple[int | None, ...]


def orders(count: int) -> list[tuple[int, ...]]:
    """Every order of every choice of levels; the file's own levels first where they are tried.

    Args:
        count: How many levels the cascade has.
    """
    most = min(count, LEVELS_TRIED_MAX)
    return [order for size in range(most, 0, -1) for order in permutations(range(count), size)]


def order_count(count: int) -> int:
    """How many `orders` there are."""
    most = min(count, LEVELS_TRIED_MAX)
    return sum(comb(count, size) * factorial(size) for size in range(1, most + 1))


def first_round(plan: Plan) -> list[Candidate]:
    """Every order, with the file's waits and with all of them shorter and longer."""
    found: dict[Candidate, None] = {}
    for times in TIMES:
        for order in orders(len(plan.levels)):
            waits = tuple(_times(plan.levels[level].wait_us, times) for level in order)
            found[Candidate(order, waits)] = None
    return list(found)


def _times(wait_us: int | None, times: Fraction) -> int | None:
    if wait_us is None:
        return None
    return max(SECOND_US, round(wait_us * times / SECOND_US) * SECOND_US) if times != 1 else wait_us


def neighbours(candidate: Candidate, plan: Plan) -> Iterator[Candidate]:
    """The same order with the wait of one level replaced, by each wait worth trying."""
    own = {level.wait_us for level in plan.levels}
    grid = sorted({*WAITS_US, *(wait for wait in own if wait is not None)})
    for place, wait in enumerate(candidate.waits):
        if wait is None:
            continue
        for other in grid:
            if other != wait:
                waits = (*candidate.waits[:place], other, *candidate.waits[place + 1 :])
                yield Candidate(candidate.levels, waits)


def own_candidate(plan: Plan) -> Candidate:
    """The cascade as the file has it."""
    return Candidate(tuple(range(len(plan.levels))), tuple(level.wait_us for level in plan.levels))


def distance_us(candidate: Candidate, plan: Plan) -> int:
    """How far the waits of a candidate are from the file's own, in sum."""
    pairs = zip(candidate.levels, candidate.waits, strict=True)
    return sum(abs((wait or 0) - (plan.levels[level].wait_us or 0)) for level, wait in pairs)


# The world of a candidate ------------------------------------------------------------------------


def with_candidate(scenario: Scenario, cascade: int, candidate: Candidate) -> Scenario:
    """The same scenario with a candidate in the place of one of its cascades."""
    world = scenario.world
    plan = world.plans[cascade]
    levels = tuple(
        replace(plan.levels[level], wait_us=wait, parallel=_is_beside(place, level, plan))
        for place, (level, wait) in enumerate(zip(candidate.levels, candidate.waits, strict=True))
    )
    plans = list(world.plans)
    plans[cascade] = replace(plan, levels=levels)
    return replace(scenario, world=replace(world, plans=tuple(plans), scripts=()))


def _is_beside(place: int, level: int, plan: Plan) -> bool:
    """Whether a level begins together with the one before it; there is none before the first."""
    return place > 0 and plan.levels[level].parallel


def message_count(scenario: Scenario) -> int:
    """About how many messages a scenario has."""
    return sum(_count(entry) for entry in scenario.world.load)


def _count(entry: LoadEntry) -> int:
    match entry:
        case Burst():
            return entry.count
        case Constant() | Poisson():
            return int(entry.rate * entry.for_us / SECOND_US)
        case Ramp():
            return int((entry.rate_from + entry.rate_to) * entry.for_us / (2 * SECOND_US))
        case Single():
            return 1
        case Trace():
            return len(entry.instants)


def with_fewer_messages(scenario: Scenario, most: int) -> Scenario:
    """The same load, thinned out evenly to about so many messages; its times stay as they are."""
    total = message_count(scenario)
    if total <= most:
        return scenario
    share = Fraction(most, total)
    load = tuple(_thinned(entry, share) for entry in scenario.world.load)
    return replace(scenario, world=replace(scenario.world, load=load))


def _thinned(entry: LoadEntry, share: Fraction) -> LoadEntry:
    match entry:
        case Burst():
            return replace(entry, count=max(1, int(entry.count * share)))
        case Constant() | Poisson():
            return replace(entry, rate=_coarse(entry.rate * share))
        case Ramp():
            first, last = _coarse(entry.rate_from * share), _coarse(entry.rate_to * share)
            return replace(entry, rate_from=first, rate_to=last)
        case Single():
            return entry
        case Trace():
            every = slice(0, None, max(1, int(1 / share)))
            return replace(
                entry,
                instants=entry.instants[every],
                plans=entry.plans[every],
                names=entry.names[every],
                people=entry.people[every],
            )


def _coarse(rate: Fraction) -> Fraction:
    """A rate the arithmetic of the load stays quick with."""
    return rate.limit_denominator(1_000_000)


# In words ----------------------------------------------------------------------------------------


def words(candidate: Candidate, plan: Plan) -> str:
    """A candidate on one line: `sms 30 s, whatsapp 45 s`; what begins together has a plus."""
    told = ""
    pairs = zip(candidate.levels, candidate.waits, strict=True)
    for place, (level, wait) in enumerate(pairs):
        between = " + " if _is_beside(place, level, plan) else ", "
        waits = "no wait" if wait is None else duration_text(wait)
        told += f"{between if place else ''}{plan.levels[level].channel} {waits}"
    return told


def levels_text(scenario: Scenario, cascade: int, candidate: Candidate) -> list[str]:
    """The levels of a candidate as a scenario file says them, each on one line.

    What the file leaves to the defaults is left to them here.
    """
    name = scenario.world.plans[cascade].name
    top = scenario.tree.map("cascades")
    written = top.map(name) if top else None
    levels = written.list("levels") if written else None
    lines: list[str] = []
    for level, wait in zip(candidate.levels, candidate.waits, strict=True):
        node = levels.items[level] if levels else MapNode((), scenario.tree.mark)
        lines.append(flow(_level_node(node, wait, is_first=not lines)))
    return lines


def _level_node(node: Node, wait: int | None, *, is_first: bool) -> Node:
    own = _without_defaults(node)
    if not isinstance(own, MapNode):
        return own
    if is_first:
        own = replace(own, entries=tuple(e for e in own.entries if e[0].text != "parallel"))
    return own.with_entry(
        "wait", node_of("none" if wait is None else duration_text(wait), own.mark)
    )


def _without_defaults(node: Node) -> Node:
    match node:
        case MapNode():
            kept = tuple(
                (key, _without_defaults(item)) for key, item in node if not item.mark.is_default
            )
            return replace(node, entries=kept)
        case ListNode():
            return replace(node, items=tuple(map(_without_defaults, node.items)))
        case _:
            return node


def cascade_text(scenario: Scenario, cascade: int, candidate: Candidate) -> str:
    """A candidate as a piece of a scenario file, ready to stand in it."""
    plan = scenario.world.plans[cascade]
    lines = ["cascades:", f"  {plan.name}:"]
    top = scenario.tree.map("cascades")
    written = top.map(plan.name) if top else None
    for key, node in written or ():
        if key.text != "levels" and not node.mark.is_default:
            lines.append(f"    {key.text}: {flow(_without_defaults(node))}")
    lines.append("    levels:")
    lines += [f"      - {level}" for level in levels_text(scenario, cascade, candidate)]
    return "\n".join(lines)
