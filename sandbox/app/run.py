"""Run a scenario headless, in virtual time, and say whether what it promises holds."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from sandbox.app.collector import collector_paused
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange, run_retraced
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import ExitCode
from sandbox.journal.digest import Digest
from sandbox.journal.entry import Entry, entry
from sandbox.report.laws import Laws, Violation
from sandbox.report.metrics import Metrics
from sandbox.report.timeline import MessageResult, message_results, story_lines
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.witness import Witness
from sandbox.simulation.world import World

PENDING_SHOWN: Final = 20
"""How many pending messages a run that is not quiet names."""

RETOLD_MAX: Final = 50_000
"""Up to this many messages a run is repeated to tell the story of one of them."""

Progress = Callable[[int, int], None]
"""Called now and then with the virtual instant in microseconds and the messages so far."""


Fold = Callable[[list[Fact]], None]
"""Something that takes in the log piece by piece."""


class Verdict(StrEnum):
    """What a run says in one word."""

    PASSED = "passed"
    FAILED = "failed"
    VACUOUS = "vacuous"
    BROKEN = "broken"
    NOT_QUIET = "not_quiet"
    ERROR = "error"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> ExitCode:
        """What the process exits with when this is its only run."""
        return _EXIT_CODES[self]


_EXIT_CODES: Final = {
    Verdict.PASSED: ExitCode.PASSED,
    Verdict.FAILED: ExitCode.FAILED,
    Verdict.VACUOUS: ExitCode.FAILED,
    Verdict.BROKEN: ExitCode.BROKEN,
    Verdict.NOT_QUIET: ExitCode.NOT_QUIET,
    Verdict.ERROR: ExitCode.WRONG_INPUT,
    Verdict.INTERRUPTED: ExitCode.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came out of one run of one scenario with one seed.

    Attributes:
        digest: `sha256:…` over every line of the log.
        virtual_us: The instant of the last event.
        wall_s: How long the run took.
        fired: Fault id -> how often a setting it had changed was read.
        pending: Messages without an outcome when the run ended at its limit, at most 20.
        violations: Laws of the engine that broke; empty unless there is a bug.
        again: Makes the log once more, piece by piece; None: the scenario alone does.
    """

    scenario: Scenario
    seed: int
    verdict: Verdict
    digest: str
    metrics: Metrics
    expectations: tuple[ExpectationResult, ...]
    fired: dict[str, int]
    violations: tuple[Violation, ...]
    pending: tuple[int, ...]
    virtual_us: int
    wall_s: float
    message_names: dict[int, str] = field(default_factory=dict)
    again: Callable[[], Iterator[list[Fact]]] | None = field(default=None, repr=False)

    def pieces(self) -> Iterator[list[Fact]]:
        """The log once more, piece by piece."""
        if self.again is not None:
            return self.again()
        return run_virtual(World(self.scenario.world))

    def events(self) -> Iterator[Entry]:
        """Every line of the log, in order.

        A run is a pure function of scenario and seed, so it is run once more instead of being kept:
        a million messages cost no memory.
        """
        for facts in self.pieces():
            for fact in facts:
                yield entry(fact)

    def messages(self, wanted: Collection[int] | None = None) -> Iterator[MessageResult]:
        """What became of each message, in order of arrival; runs the scenario once more.

        Args:
            wanted: Only these messages; None for all.
        """
        facts = (fact for piece in self.pieces() for fact in piece)
        return message_results(facts, self.scenario.world.plans, self.message_names, wanted)


def run_scenario(
    source: Path | str,
    *,
    seed: int | None = None,
    overrides: Sequence[tuple[str, str]] = (),
    strict: bool = False,
    progress: Progress | None = None,
) -> RunResult:
    """Run a scenario and judge it.

    Args:
        source: A file, the name of a built-in scenario, or the text of a scenario (several lines).
        seed: Instead of the scenario's own.
        overrides: `(path, value)` pairs as for `--set`, such as
            `("cascades.otp.levels.0.wait", "15s")`.
        strict: A fault that never fired makes the run `vacuous`.
        progress: Called now and then while the run goes on.

    Raises:
        ScenarioError: the file cannot be used; its problems carry positions.
    """
    scenario = load(source, overrides=overrides, seed=seed)
    return run_loaded(scenario, strict=strict, progress=progress)


def run_loaded(
    scenario: Scenario,
    *,
    strict: bool = False,
    progress: Progress | None = None,
    folds: Sequence[Fold] = (),
    changes: Sequence[LiveChange] = (),
    last_seq: int | None = None,
) -> RunResult:
    """Run a scenario that has been loaded already.

    Args:
        scenario: What to run.
        strict: A fault that never fired makes the run `vacuous`.
        progress: Called now and then while the run goes on.
        folds: See every piece of the log go by.
        changes: Made by hand when it was run before; made again in their places.
        last_seq: The line to stop at; None: at the end.
    """
    world = World(scenario.world)
    judged = Judged(scenario, world, folds)
    with collector_paused():
        for facts in run_retraced(world, changes, last_seq):
            judged.take(facts)
            if progress is not None:
                progress(world.now, world.message_count)
    return judged.result(strict=strict, is_cut=last_seq is not None)


class Judged:
    """What a run is judged by, gathered while its log goes by; whoever turns the world."""

    def __init__(self, scenario: Scenario, world: World, folds: Sequence[Fold] = ()) -> None:
        """Begin before the first line.

        Args:
            scenario: What is run.
            world: Its world; others turn it.
            folds: See every piece of the log go by.
        """
        self._began = time.perf_counter()
        self._scenario = scenario
        self._world = world
        self.metrics = metrics_for(scenario)
        self._laws = Laws(scenario.world.plans, scenario.world.breakers)
        self._digest = Digest()
        self._witness = Witness(scenario.expectations, scenario.world.plans, world.message_names)
        self._folds = (
            self._digest.update,
            self.metrics.fold,
            self._laws.watch,
            *self._witness.folds,
            *folds,
        )

    def take(self, facts: list[Fact]) -> None:
        """Take in the next lines of the log."""
        for fold in self._folds:
            fold(facts)

    def result(self, *, strict: bool = False, is_cut: bool = False) -> RunResult:
        """What came out, at the end.

        Args:
            strict: A fault that never fired makes the run `vacuous`.
            is_cut: The run stops here although things are pending.
        """
        scenario, world = self._scenario, self._world
        quiet = world.peek() is None
        self._laws.finish(quiet=quiet)
        results = self._witness.judge(self.metrics, world.person_of)
        fired = world.fired
        ends_early = scenario.world.until_us is not None or is_cut
        return RunResult(
            scenario=scenario,
            seed=scenario.seed,
            verdict=_verdict(
                broken=bool(self._laws.violations),
                loud=not quiet and not ends_early,
                failed=not all(result.passed for result in results),
                vacuous=strict and 0 in fired.values(),
            ),
            digest=self._digest.text,
            metrics=self.metrics,
            expectations=results,
            fired=fired,
            violations=tuple(self._laws.violations),
            pending=() if quiet else tuple(world.open_messages()[:PENDING_SHOWN]),
            virtual_us=world.now,
            wall_s=time.perf_counter() - self._began,
            message_names=dict(world.message_names),
        )


def worst_story(result: RunResult, message: int | None) -> list[str]:
    """The timeline of one message of a run, as lines for people.

    The run is repeated, since nothing was kept of it. Runs of more than `RETOLD_MAX` messages are
    not, and the answer is empty.
    """
    if message is None or result.metrics.message_counts()["total"] > RETOLD_MAX:
        return []
    facts = (fact for piece in result.pieces() for fact in piece)
    plans, names = result.scenario.world.plans, result.message_names
    told = (fact for fact in facts if fact[2] == message)
    return story_lines(told, plans, names, result.scenario.currency)


def metrics_for(scenario: Scenario) -> Metrics:
    """An empty set of metrics that fits a scenario."""
    world = scenario.world
    channels = {provider.name: str(provider.channel) for provider in world.providers}
    return Metrics(world.plans, channels, scenario.currency, scenario.warm_up_us)


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The same scenario under other luck."""
    return replace(scenario, seed=seed, world=replace(scenario.world, seed=seed))


def _verdict(*, broken: bool, loud: bool, failed: bool, vacuous: bool) -> Verdict:
    if broken:
        return Verdict.BROKEN
    if loud:
        return Verdict.NOT_QUIET
    if failed:
        return Verdict.FAILED
    return Verdict.VACUOUS if vacuous else Verdict.PASSED
