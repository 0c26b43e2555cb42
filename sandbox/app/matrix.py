"""A matrix: the same scenario with each combination of values, every cell with the same seeds.

Draws are keyed by who and what they are for, so all cells have the same luck: what differs between
two of them is what was varied. Cells are read and checked before anything runs.
"""

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.counted import count, loaded
from sandbox.app.run import Verdict, metrics_for, with_seed
from sandbox.app.workers import Steps, each_in_order
from sandbox.errors import SandboxError, ScenarioError, UsageError
from sandbox.report.definitions import Measure, MetricRef, UnknownMetricError, parse_metric
from sandbox.report.spread import Spread, spread
from sandbox.scenario.matrix import (
    Axis,
    Cell,
    Matrix,
    Settings,
    cells_of,
    matrix_of,
    shown_where_written,
)
from sandbox.scenario.model import Scenario
from sandbox.scenario.problems import PROBLEMS_MAX, Problems, ScenarioProblem

REPORT: Final = (
    "delivery_rate", "truth.delivery_rate", "time_to_delivered.p95", "cost.per_delivered",
)  # fmt: skip
"""What is told of each cell where nothing is asked for."""


class Asked(NamedTuple):
    """What the call says on top of the file; empty where the file's own word counts.

    Attributes:
        settings: Values set in every cell, before those that vary.
        axes: Paths to vary; one the file varies as well takes these values instead.
        seeds: With which each cell is run.
        report: Names of metrics.
    """

    settings: Settings = ()
    axes: tuple[Axis, ...] = ()
    seeds: tuple[int, ...] = ()
    report: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A matrix that has been checked and can be run.

    Attributes:
        source: What every cell is read from.
        hashes: Of each cell's resolved scenario, so that a file that changes meanwhile is noticed.
    """

    source: Path | str
    name: str
    settings: Settings
    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]
    report: tuple[MetricRef, ...]
    cells: tuple[Cell, ...]
    hashes: tuple[str, ...]
    currencies: tuple[str, ...]

    @property
    def run_count(self) -> int:
        """Cells times seeds."""
        return len(self.cells) * len(self.seeds)


class Failure(NamedTuple):
    """Why one run of a cell has no figures."""

    seed: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """What a cell came to over its seeds.

    Attributes:
        messages: In all its runs.
        verdicts: How many runs ended how.
        spreads: One for each metric of the study; None where no run has figures.
        failures: Runs that came to no figures, in the order of the seeds.
        broken: Laws of the engine that broke, in words.
    """

    cell: Cell
    currency: str
    messages: int
    verdicts: dict[Verdict, int]
    spreads: tuple[Spread | None, ...]
    failures: tuple[Failure, ...]
    broken: tuple[str, ...]


# Preparing ---------------------------------------------------------------------------------------


def prepare(source: Path | str, asked: Asked, *, steps: Steps | None = None) -> Study:
    """Read a matrix, and check every cell of it.

    Args:
        source: A file, a built-in name, or a text.
        asked: What the call says.
        steps: Called for each cell that has been checked.

    Raises:
        ScenarioError: values that cannot be used; all of them, each once, where it is written.
        UsageError: there is nothing to vary, too much of it, or no such metric.
    """
    loaded.cache_clear()
    base = loaded(source, asked.settings, asked.seeds[0] if asked.seeds else None)
    own = matrix_of(base)
    axes = _axes(own, asked)
    if not axes:
        raise UsageError(
            f"{base.name} has no `matrix:`, so there is nothing to vary",
            hint="Write one into the file, or add --vary PATH=V1,V2.",
        )
    report = tuple(map(parse_metric, asked.report)) or own.report or _default_report()
    seeds = asked.seeds or own.seeds or (base.seed,)
    cells = cells_of(axes, len(seeds))
    scenarios = _checked(source, asked.settings, axes, cells, seeds[0], report, steps)
    return Study(
        source=source,
        name=base.name,
        settings=asked.settings,
        axes=axes,
        seeds=seeds,
        report=report,
        cells=tuple(cells),
        hashes=tuple(each[0] for each in scenarios),
        currencies=tuple(each[1] for each in scenarios),
    )


def _default_report() -> tuple[MetricRef, ...]:
    return tuple(map(parse_metric, REPORT))


def _axes(own: Matrix, asked: Asked) -> tuple[Axis, ...]:
    axes = {axis.path: axis for axis in (*own.axes, *asked.axes)}
    return tuple(axes.values())


def _checked(
    source: Path | str,
    settings: Settings,
    axes: Sequence[Axis],
    cells: Sequence[Cell],
    seed: int,
    report: Sequence[MetricRef],
    steps: Steps | None,
) -> list[tuple[str, str]]:
    """The hash and the currency of each cell; complains of all cells together."""
    problems = Problems()
    found = []
    for position, cell in enumerate(cells, 1):
        try:
            scenario = loaded(source, (*settings, *cell.settings), seed)
        except ScenarioError as error:
            told = [each for each in error.problems if isinstance(each, ScenarioProblem)]
            problems.take(shown_where_written(told, cell, axes))
        else:
            if not problems:
                _check_report(scenario, report, cell)
            found.append((scenario.resolved_hash, scenario.currency))
        if steps is not None:
            steps(position, len(cells))
        if len(problems.found()) >= PROBLEMS_MAX:
            break
    problems.raise_any()
    return found


def _check_report(scenario: Scenario, report: Sequence[MetricRef], cell: Cell) -> None:
    metrics = metrics_for(scenario)
    for ref in report:
        try:
            metrics.check(ref)
        except UnknownMetricError as error:
            raise UnknownMetricError(f"{error}, in {cell.text}", hint=error.hint) from error


# Running -----------------------------------------------------------------------------------------


class _Job(NamedTuple):
    """One run of one cell, as it is sent to a process."""

    source: Path | str
    settings: Settings
    first_seed: int
    seed: int
    resolved_hash: str
    report: tuple[MetricRef, ...]
    with_laws: bool


class _Ran(NamedTuple):
    """What comes back: figures, or why there are none."""

    verdict: Verdict
    messages: int
    measures: tuple[Measure, ...]
    broken: tuple[str, ...]
    failure: str


def run_study(
    study: Study,
    *,
    processes: int | None = None,
    with_laws: bool = True,
    steps: Steps | None = None,
) -> Generator[CellResult, None, None]:
    """Run every cell with every seed; the results in the order of the cells.

    Args:
        study: What `prepare` gave.
        processes: How many at a time; None: as many as there are processors, if it takes long.
        with_laws: Watch the laws of the engine.
        steps: Called for each run that is done.

    Raises:
        StorageError: a process was ended from outside.
    """
    jobs = [
        _Job(
            source=study.source,
            settings=(*study.settings, *cell.settings),
            first_seed=study.seeds[0],
            seed=seed,
            resolved_hash=resolved_hash,
            report=study.report,
            with_laws=with_laws,
        )
        for cell, resolved_hash in zip(study.cells, study.hashes, strict=True)
        for seed in study.seeds
    ]
    ran: list[_Ran] = []
    cells = iter(zip(study.cells, study.currencies, strict=True))
    with closing(each_in_order(_run, jobs, processes=processes, steps=steps)) as runs:
        for each in runs:
            ran.append(each)
            if len(ran) == len(study.seeds):
                cell, currency = next(cells)
                yield _summed_up(cell, currency, study, ran)
                ran = []


def _run(job: _Job) -> _Ran:
    """Run a cell once; whatever goes wrong is told, so that the other cells still run."""
    try:
        scenario = _unchanged(job)
        done = count(with_seed(scenario, job.seed), with_laws=job.with_laws)
        measures = tuple(map(done.metrics.measure, job.report))
    except SandboxError as error:
        verdict = Verdict.BROKEN if error.exit_code == Verdict.BROKEN.exit_code else Verdict.ERROR
        return _Ran(verdict, 0, (), (), str(error))
    except Exception as error:  # noqa: BLE001 - one cell's bug must not take the others' results
        return _Ran(Verdict.BROKEN, 0, (), (), f"{type(error).__name__}: {error}")
    broken = tuple(f"{item.law}: {item.text}" for item in done.violations)
    return _Ran(done.verdict, done.metrics.message_counts()["total"], measures, broken, "")


def _unchanged(job: _Job) -> Scenario:
    scenario = loaded(job.source, job.settings, job.first_seed)
    if scenario.resolved_hash != job.resolved_hash:
        raise UsageError("the file has changed since it was checked")
    return scenario


def _summed_up(cell: Cell, currency: str, study: Study, ran: Sequence[_Ran]) -> CellResult:
    whole = [each for each in ran if not each.failure]
    columns = zip(*(each.measures for each in whole), strict=True)
    spreads: tuple[Spread | None, ...] = tuple(spread(column) for column in columns)
    return CellResult(
        cell=cell,
        currency=currency,
        messages=sum(each.messages for each in ran),
        verdicts=dict(Counter(each.verdict for each in ran)),
        spreads=spreads or (None,) * len(study.report),
        failures=tuple(
            Failure(seed, each.failure)
            for seed, each in zip(study.seeds, ran, strict=True)
            if each.failure
        ),
        broken=tuple(dict.fromkeys(text for each in ran for text in each.broken)),
    )
