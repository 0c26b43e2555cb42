"""What the order of a cascade saves against its most reliable channel first, on the same luck.

Which level is the most reliable is measured and not assumed: each is run alone for all messages,
and the one that truly brings most of them wins. (What a level brings inside the cascade says
little: a later one sees only those the earlier ones failed.) Then the file as it is stands beside
itself with that level first and the others behind it in their own order, each with its own wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.candidates import Candidate, with_candidate
from sandbox.app.compare import METRICS, SEEDS, Comparison, Orders, Side, compare
from sandbox.app.counted import count, loaded, without_expectations
from sandbox.app.run import with_seed
from sandbox.app.workers import Steps, each_in_order
from sandbox.errors import UsageError
from sandbox.report.definitions import Measure, parse_metric
from sandbox.report.spread import Difference, Spread, spread
from sandbox.scenario.matrix import Settings
from sandbox.scenario.model import Scenario

Stage = Callable[[str], Steps | None]
"""Called when a part of the study begins; gives what is told of its progress."""

ALONE: Final = (
    "truth.delivery_rate",
    "known.cost.total",
    "truth.cost.total",
    "truth.time_to_delivered.p95",
)
"""What is told of a level alone."""

SCRIPTS: Final = "scripts are left out, since they name levels by number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """One level without the others.

    Attributes:
        spreads: Of `ALONE`, over the seeds.
    """

    level: int
    channel: str
    spreads: tuple[Spread, ...]

    @property
    def delivery(self) -> Fraction:
        """What truly reached the handset, of all; 0 where there were no messages."""
        return self.spreads[0].mean or Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The levels of one cascade, each alone.

    Attributes:
        best: The number of the most reliable level; of equal ones the first.
        order: The levels with that one first.
    """

    cascade: str
    levels: tuple[Alone, ...]
    best: int
    order: tuple[int, ...]

    @property
    def is_first_already(self) -> bool:
        """The file has the most reliable level first."""
        return self.best == 0

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels in the order with the most reliable one first."""
        return tuple(self.levels[level].channel for level in self.order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """Money on one side, per seed on average; negative where the order costs more.

    Attributes:
        amount: What is saved, in billionths.
        error: Its standard error; None with one seed.
        share: Of what most reliable first costs; None where that is nothing.
        per_thousand: For a thousand messages; None where there are none.
    """

    amount: Fraction
    error: Fraction | None
    share: Fraction | None
    per_thousand: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What came out.

    Attributes:
        cascades: Those with several levels and with messages.
        comparison: World A is the file, world B has the most reliable levels first; None where
            the file has them first already.
    """

    name: str
    currency: str
    seeds: tuple[int, ...]
    cascades: tuple[Ranked, ...]
    comparison: Comparison | None

    def saved(self, side: str) -> Saved:
        """What the order saves: `known` or `truth`.

        Raises:
            UsageError: there is nothing to compare with.
        """
        told = self.comparison
        if told is None:
            raise UsageError("the most reliable channel is first already")
        cost = difference_of(told, f"{side}.cost.total")
        amount, whole = cost.mean or Fraction(0), cost.second.mean
        messages = Fraction(told.messages, len(told.seeds))
        return Saved(
            amount=amount,
            error=cost.error,
            share=amount / whole if whole else None,
            per_thousand=amount * 1000 / messages if messages else None,
        )


def difference_of(told: Comparison, metric: str) -> Difference:
    """The difference of one of the metrics that are compared."""
    return told.differences[[ref.text for ref in METRICS].index(metric)]


class _Job(NamedTuple):
    """One level alone with one seed, as it is sent to a process."""

    source: Path | str
    settings: Settings
    cascade: int
    level: int
    seed: int


def saving(
    source: Path | str,
    *,
    settings: Settings = (),
    seeds: Sequence[int] = SEEDS,
    pairs_max: int = 10,
    processes: int | None = None,
    stage: Stage = lambda _: None,
) -> Saving:
    """Measure what the order of the levels saves.

    Args:
        source: A file, a built-in name, or a text.
        settings: Values set before, as for `--set`.
        seeds: Everything is run with each.
        pairs_max: As for a comparison.
        processes: As for a matrix.
        stage: Called when a part of the study begins.

    Raises:
        ScenarioError: the file cannot be used.
        UsageError: no cascade has several levels and messages.
    """
    loaded.cache_clear()
    base = loaded(source, settings, None)
    plans = base.world.plans
    jobs = [
        _Job(source, settings, cascade, level, seed)
        for cascade, plan in enumerate(plans)
        for level in range(len(plan.levels))
        for seed in seeds
        if len(plan.levels) > 1
    ]
    steps = stage("each level alone") if jobs else None
    runs = list(each_in_order(_alone, jobs, processes=processes, steps=steps))
    ranked = [
        _ranked(
            base, place, [run for job, run in zip(jobs, runs, strict=True) if job.cascade == place]
        )
        for place in sorted({job.cascade for job in jobs})
    ]
    used = tuple(each for each in ranked if each.levels[0].spreads[0].mean is not None)
    if not used:
        raise UsageError(
            f"no cascade of {base.name} has several levels and messages: there is no order to judge"
        )
    comparison = None
    if not all(each.is_first_already for each in used):
        orders = {each.cascade: each.order for each in used}
        comparison = compare(
            Side(source, settings, orders=_orders(base, {})),
            Side(source, settings, orders=_orders(base, orders)),
            seeds=seeds,
            pairs_max=pairs_max,
            processes=processes,
            steps=stage("comparing"),
        )
        if base.world.scripts:
            comparison = replace(comparison, notes=(*comparison.notes, SCRIPTS))
    return Saving(
        name=base.name,
        currency=base.currency,
        seeds=tuple(seeds),
        cascades=used,
        comparison=comparison,
    )


def _orders(base: Scenario, instead: dict[str, tuple[int, ...]]) -> Orders:
    """The levels of each cascade, in the file's own order unless another is said."""
    return tuple(
        instead.get(plan.name, tuple(range(len(plan.levels)))) for plan in base.world.plans
    )


def _alone(job: _Job) -> tuple[Measure, ...]:
    """Run a cascade with one of its levels alone."""
    base = without_expectations(loaded(job.source, job.settings, None))
    plan = base.world.plans[job.cascade]
    candidate = Candidate((job.level,), (plan.levels[job.level].wait_us,))
    done = count(with_seed(with_candidate(base, job.cascade, candidate), job.seed), with_laws=False)
    names = (name.replace(".", f".cascade.{plan.name}.", 1) for name in ALONE)
    return tuple(done.metrics.measure(parse_metric(name)) for name in names)


def _ranked(base: Scenario, place: int, runs: Sequence[tuple[Measure, ...]]) -> Ranked:
    plan = base.world.plans[place]
    seeds = len(runs) // len(plan.levels)
    levels = tuple(
        Alone(
            level=number,
            channel=str(level.channel),
            spreads=tuple(
                spread(column)
                for column in zip(*runs[number * seeds : (number + 1) * seeds], strict=True)
            ),
        )
        for number, level in enumerate(plan.levels)
    )
    best = max(levels, key=lambda each: (each.delivery, -each.level)).level
    others = (each.level for each in levels if each.level != best)
    return Ranked(cascade=plan.name, levels=levels, best=best, order=(best, *others))
