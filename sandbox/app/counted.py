"""A run for its figures alone: no digest, nothing kept, no line of the log that outlives its use.

What studies are made of. The same world, the same metrics and the same verdict as `app.run`.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from sandbox.app.collector import collector_paused
from sandbox.app.run import Verdict, metrics_for
from sandbox.drivers.virtual import run_virtual
from sandbox.report.laws import Laws, Violation
from sandbox.report.metrics import Metrics
from sandbox.scenario.loader import load
from sandbox.scenario.matrix import Settings
from sandbox.scenario.model import Scenario
from sandbox.scenario.witness import Witness
from sandbox.simulation.world import World


@dataclass(frozen=True, slots=True)
class Counted:
    """What a run came to.

    Attributes:
        violations: Laws of the engine that broke; empty unless there is a bug, or they were off.
    """

    verdict: Verdict
    metrics: Metrics
    violations: tuple[Violation, ...]
    message_names: dict[int, str]


def count(scenario: Scenario, *, with_laws: bool = True) -> Counted:
    """Run a scenario for its figures.

    Args:
        scenario: What to run.
        with_laws: Watch the laws of the engine as well; a run without takes less time.
    """
    world = World(scenario.world)
    metrics = metrics_for(scenario)
    laws = Laws(scenario.world.plans, scenario.world.breakers) if with_laws else None
    witness = Witness(scenario.expectations, scenario.world.plans, world.message_names)
    with collector_paused():
        for facts in run_virtual(world):
            metrics.fold(facts)
            if laws is not None:
                laws.watch(facts)
            for fold in witness.folds:
                fold(facts)
    quiet = world.peek() is None
    if laws is not None:
        laws.finish(quiet=quiet)
    violations = () if laws is None else tuple(laws.violations)
    verdict = Verdict.PASSED
    if violations:
        verdict = Verdict.BROKEN
    elif not quiet and scenario.world.until_us is None:
        verdict = Verdict.NOT_QUIET
    elif not all(result.passed for result in witness.judge(metrics, world.person_of)):
        verdict = Verdict.FAILED
    return Counted(verdict, metrics, violations, dict(world.message_names))


@lru_cache(maxsize=4)
def loaded(source: Path | str, settings: Settings, seed: int | None) -> Scenario:
    """A scenario with values set, read once for the runs that follow each other.

    A study begins with `loaded.cache_clear()`: the file may have been changed since another one.
    """
    return load(source, overrides=settings, seed=seed)


def without_expectations(scenario: Scenario) -> Scenario:
    """The same world, of which nothing is expected: a study asks how it fares, not whether."""
    return replace(scenario, expectations=())
