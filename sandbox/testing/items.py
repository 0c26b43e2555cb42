"""A scenario file as pytest sees it: one test per expectation, and one for the laws of the engine.

The scenario is run once for all of its tests. A test that fails says what was seen, tells the story
of the first message that offends, and names the command that shows it again.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.judged import Again, Case, Group, Judged, expectation_names, explained, judge
from sandbox.app.run import run_loaded, with_seed
from sandbox.errors import SandboxError, UsageError
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.seeds import parse_seeds

Pick = Callable[[Judged], Sequence[Case]]
"""Chooses what a test is about of all that was judged."""

_OTHERS: Final = {"quiet": Group.RUN, "laws": Group.LAWS}
"""The tests every scenario has."""

_FAULTS: Final = "faults fired"


class CaseFailedError(Exception):
    """Something does not hold; carries the explanation."""


class ScenarioFile(pytest.File):
    """A file that was named by a pattern."""

    _scenario: Scenario
    _judged: dict[int, Judged]

    def collect(self) -> Iterator[pytest.Item]:
        """One test per expectation and seed, and those every scenario has.

        Raises:
            CollectError: the file cannot be used, and says where in it and why; or the seeds are
                not written as seeds are.
        """
        seeds = self._seeds()
        try:
            self._scenario = load(_as_typed(self.path))
        except SandboxError as error:
            raise self.CollectError(str(error)) from error
        self._judged = {}
        for seed in seeds or (self._scenario.seed,):
            ending = f"[seed-{seed}]" if seeds else ""
            for name, line, pick in self._tests():
                yield ScenarioTest.from_parent(
                    self, name=f"{name}{ending}", line=line, pick=pick, seed=seed
                )

    def judged(self, seed: int) -> Judged:
        """The run with a seed; made when it is first asked for."""
        if seed not in self._judged:
            strict = self._is_strict
            result = run_loaded(with_seed(self._scenario, seed), strict=strict)
            again = Again(file=str(_as_typed(self.path)), seed=seed, is_strict=strict)
            self._judged[seed] = judge(result, again)
        return self._judged[seed]

    @property
    def _is_strict(self) -> bool:
        return bool(self.config.getini("sandbox_strict"))

    def _seeds(self) -> tuple[int, ...]:
        text = self.config.getoption("sandbox_seeds") or self.config.getini("sandbox_seeds")
        try:
            return parse_seeds(text) if text else ()
        except UsageError as error:
            raise self.CollectError(f"sandbox_seeds: {error}") from error

    def _tests(self) -> Iterator[tuple[str, int, Pick]]:
        """Name, line of the file, and what it is about."""
        expected = self._scenario.expectations
        for index, (name, item) in enumerate(
            zip(expectation_names(expected), expected, strict=True)
        ):
            # Node ids are taken apart at double colons.
            yield name.replace("::", ": :"), item.line, _expectation(index)
        for name, group in _OTHERS.items():
            yield name, 1, _all_of(group)
        if self._is_strict and self._scenario.world.faults:
            yield _FAULTS, 1, _all_of(Group.FAULTS)


class ScenarioTest(pytest.Item):
    """One thing that must hold."""

    parent: ScenarioFile

    def __init__(
        self, name: str, parent: ScenarioFile, *, line: int, pick: Pick, seed: int
    ) -> None:
        super().__init__(name, parent)
        self.add_marker("sandbox")
        self._line = line
        self._pick = pick
        self._seed = seed

    def runtest(self) -> None:
        """Look at what was judged.

        Raises:
            CaseFailedError: it does not hold.
        """
        judged = self.parent.judged(self._seed)
        failed = [case for case in self._pick(judged) if not case.holds]
        if failed:
            texts = ["\n".join(explained(case, judged.again)) for case in failed]
            raise CaseFailedError("\n\n".join(texts))

    def repr_failure(  # type: ignore[override]  # pytest's own types allow a text, File's do not
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> object:
        """The explanation, and no traceback, which would speak of this program only."""
        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the expectation stands."""
        return self.path, self._line - 1, self.name


def _expectation(index: int) -> Pick:
    return lambda judged: [[case for case in judged.cases if case.group is Group.EXPECT][index]]


def _all_of(group: Group) -> Pick:
    return lambda judged: [case for case in judged.cases if case.group is group]


def _as_typed(path: Path) -> Path:
    """The path as one would type it here, so that commands and places are short."""
    try:
        short = Path(os.path.relpath(path))
    except ValueError:  # another drive
        return path
    return path if ".." in short.parts else short
