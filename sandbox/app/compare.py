"""Two worlds, one luck: the same messages to the same people with the same draws, told in pairs.

A draw is keyed by seed, provider, message and how often the message went there before, never by the
level or the instant. So with each seed the two worlds differ by what was changed and by nothing
else, and differences are taken seed by seed and message by message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.candidates import Candidate, with_candidate
from sandbox.app.counted import Counted, count, loaded, without_expectations
from sandbox.app.run import Verdict, with_seed
from sandbox.app.workers import Steps, each_in_order
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import UsageError
from sandbox.report.definitions import Measure, parse_metric
from sandbox.report.fates import Differing, Kind, Tally, differing, fates, summed
from sandbox.report.spread import Difference, difference
from sandbox.report.timeline import MessageResult, message_results
from sandbox.scenario.matrix import Settings
from sandbox.scenario.model import Scenario
from sandbox.scenario.problems import did_you_mean
from sandbox.simulation.spec import LoadEntry, Trace
from sandbox.simulation.world import World

_ONE_SIDED: Final = {
    "fallback_rate": "known.",
    "expired_rate": "known.",
    "cost.hidden_duplicates": "truth.",
}
"""Metrics of which both sides are the same, and under which name they are told."""

METRICS: Final = tuple(
    parse_metric(f"{side}{name}")
    for name in (
        "delivery_rate",
        "late_rate",
        "time_to_delivered.p50",
        "time_to_delivered.p95",
        "cost.total",
        "cost.per_delivered",
        "cost.duplicates",
        "cost.hidden_duplicates",
        "double_delivery_rate",
        "fallback_rate",
        "expired_rate",
    )
    for side in ("known.", "truth.")
    if name not in _ONE_SIDED or _ONE_SIDED[name] == side
)
"""What is compared; of two metrics both sides are the same."""

SEEDS: Final = tuple(range(1, 11))
"""With which both worlds are run where nothing is said."""


SHIFTED: Final = (
    "the messages do not come at the same instants in both: they are paired by number, and what "
    "differs may be the load"
)


Orders = tuple[tuple[int, ...], ...]
"""For each cascade its levels, by their numbers in the file, in the order in which they run."""


class Side(NamedTuple):
    """One of the two worlds, before it is read.

    Attributes:
        cascade: All messages go through this one; "" leaves the load as it is.
        orders: Empty leaves the levels as they are. Else scripts are left out, since they name
            levels by number.
    """

    source: Path | str
    settings: Settings = ()
    cascade: str = ""
    orders: Orders = ()


class Pair(NamedTuple):
    """One message in both worlds."""

    seed: int
    first: MessageResult
    second: MessageResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two worlds came to.

    Attributes:
        names: What the scenarios are called.
        differences: One for each of `METRICS`.
        messages: In one world, over all seeds.
        different: How many of them fare differently.
        tallies: By the way in which they do.
        pairs: The first of them, with what became of them in both.
        verdicts: Of the runs of each world, the worst first.
        notes: What a reader must know: loads that are not the same, currencies.
    """

    names: tuple[str, str]
    currencies: tuple[str, str]
    seeds: tuple[int, ...]
    differences: tuple[Difference, ...]
    messages: int
    different: int
    tallies: dict[Kind, Tally]
    pairs: tuple[Pair, ...]
    verdicts: tuple[tuple[Verdict, ...], tuple[Verdict, ...]]
    notes: tuple[str, ...]


class _Job(NamedTuple):
    first: Side
    second: Side
    seed: int
    numbers_max: int


class _Ran(NamedTuple):
    """What one seed came to."""

    measures: tuple[tuple[Measure, ...], tuple[Measure, ...]]
    verdicts: tuple[Verdict, Verdict]
    differing: Differing
    is_shifted: bool


def compare(
    first: Side,
    second: Side,
    *,
    seeds: Sequence[int] = SEEDS,
    pairs_max: int = 10,
    processes: int | None = None,
    steps: Steps | None = None,
) -> Comparison:
    """Run two worlds with each seed and compare them.

    Args:
        first: World A.
        second: World B; a difference is B less A.
        seeds: Both are run with each.
        pairs_max: Of so many messages whose fate differs both paths are told.
        processes: As for a matrix.
        steps: Called for each seed that is done.

    Raises:
        ScenarioError: a file cannot be used.
        UsageError: there is no such cascade, or the worlds have not equally many messages.
    """
    loaded.cache_clear()
    worlds = [_world(side) for side in (first, second)]
    if worlds[0].currency and worlds[1].currency and worlds[0].currency != worlds[1].currency:
        raise UsageError(
            f"A counts in {worlds[0].currency}, B in {worlds[1].currency}: "
            "the costs cannot be compared",
            hint="State rates under `currencies:` with one base.",
        )
    jobs = [_Job(first, second, seed, pairs_max) for seed in seeds]
    ran = list(each_in_order(_run, jobs, processes=processes, steps=steps))
    both = [list(zip(*(each.measures[side] for each in ran), strict=True)) for side in (0, 1)]
    return Comparison(
        names=(worlds[0].name, worlds[1].name),
        currencies=(worlds[0].currency, worlds[1].currency),
        seeds=tuple(seeds),
        differences=tuple(difference(a, b) for a, b in zip(*both, strict=True)),
        messages=sum(each.differing.messages for each in ran),
        different=sum(each.differing.different for each in ran),
        tallies=summed([each.differing.tallies for each in ran]),
        pairs=tuple(_pairs(worlds[0], worlds[1], seeds, ran, pairs_max)),
        verdicts=(
            tuple(sorted({each.verdicts[0] for each in ran})),
            tuple(sorted({each.verdicts[1] for each in ran})),
        ),
        notes=_notes(ran),
    )


# A world -----------------------------------------------------------------------------------------


def _world(side: Side) -> Scenario:
    scenario = without_expectations(loaded(side.source, side.settings, None))
    for place, order in enumerate(side.orders):
        levels = scenario.world.plans[place].levels
        waits = tuple(levels[level].wait_us for level in order)
        scenario = with_candidate(scenario, place, Candidate(order, waits))
    return through(scenario, side.cascade) if side.cascade else scenario


def through(scenario: Scenario, cascade: str) -> Scenario:
    """The same scenario with all its messages through one cascade.

    Raises:
        UsageError: there is no such cascade.
    """
    names = [plan.name for plan in scenario.world.plans]
    if cascade not in names:
        near = did_you_mean(cascade, names)
        hint = f"D{near[1:]}" if near else f"There is: {', '.join(names)}."
        raise UsageError(f"no cascade {cascade!r} in {scenario.name}", hint=hint)
    place = names.index(cascade)
    load = tuple(_through(entry, place) for entry in scenario.world.load)
    return replace(scenario, world=replace(scenario.world, load=load))


def _through(entry: LoadEntry, place: int) -> LoadEntry:
    if isinstance(entry, Trace):
        return replace(entry, plans=(place,) * len(entry.plans))
    return replace(entry, plan=place)


# One seed ----------------------------------------------------------------------------------------


def _run(job: _Job) -> _Ran:
    """Run both worlds with one seed; an error of a file or of the engine is raised."""
    worlds = [with_seed(_world(side), job.seed) for side in (job.first, job.second)]
    done = [count(world) for world in worlds]
    counts = [each.metrics.columns.message_count for each in done]
    if counts[0] != counts[1]:
        raise UsageError(
            f"with seed {job.seed} A has {counts[0]:,} messages and B {counts[1]:,}: "
            "they cannot be paired",
            hint="Both need the same `load:`; compare a file with itself by --set-a and --set-b.",
        )
    channels = _channels(worlds)
    told = [
        fates(each.metrics.columns, world.world.plans, channels, side.orders)
        for each, world, side in zip(done, worlds, (job.first, job.second), strict=True)
    ]
    return _Ran(
        measures=(_measures(done[0]), _measures(done[1])),
        verdicts=(done[0].verdict, done[1].verdict),
        differing=differing(told[0], told[1], job.numbers_max),
        is_shifted=_requests(done[0]) != _requests(done[1]),
    )


def _measures(done: Counted) -> tuple[Measure, ...]:
    return tuple(map(done.metrics.measure, METRICS))


def _requests(done: Counted) -> bytes:
    columns = done.metrics.columns
    return columns.requested_at[1 : columns.message_count + 1].tobytes()


def _channels(worlds: Sequence[Scenario]) -> list[str]:
    levels = (level for each in worlds for plan in each.world.plans for level in plan.levels)
    return list(dict.fromkeys(str(level.channel) for level in levels))


def _notes(ran: Sequence[_Ran]) -> tuple[str, ...]:
    return (SHIFTED,) if any(each.is_shifted for each in ran) else ()


# Messages in both worlds -------------------------------------------------------------------------


def _pairs(
    first: Scenario, second: Scenario, seeds: Sequence[int], ran: Sequence[_Ran], pairs_max: int
) -> list[Pair]:
    """The first messages that fare differently, got by running their seeds once more."""
    pairs: list[Pair] = []
    for seed, each in zip(seeds, ran, strict=True):
        numbers = each.differing.numbers[: pairs_max - len(pairs)]
        if numbers:
            told = [_results(with_seed(world, seed), numbers) for world in (first, second)]
            pairs += [Pair(seed, a, b) for a, b in zip(*told, strict=True)]
        if len(pairs) >= pairs_max:
            break
    return pairs


def _results(scenario: Scenario, numbers: Sequence[int]) -> list[MessageResult]:
    world = World(scenario.world)
    facts = (fact for piece in run_virtual(world) for fact in piece)
    found = message_results(facts, scenario.world.plans, world.message_names, numbers)
    return sorted(found, key=lambda result: result.message)
