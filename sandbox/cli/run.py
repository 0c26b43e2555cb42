"""`sandbox run`: every file is run, judged and reported; the worst verdict counts."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.app.run import Fold, RunResult, Verdict, run_loaded, worst_story
from sandbox.cli.answer import answer_text
from sandbox.cli.progress import ProgressLine
from sandbox.cli.reports import Reports
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.verdicts import Json, error_object, interrupted_object, result_object
from sandbox.errors import ExitCode, SandboxError, ScenarioError, StorageError, UsageError
from sandbox.report.highlights import Highlights
from sandbox.scenario.library import find, scenario_files
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario

if TYPE_CHECKING:
    from sandbox.app.cassette import Cassette
    from sandbox.app.why import Followed
    from sandbox.cli.seed_table import SeedTable
    from sandbox.report.why import Explained

RANKED: Final = (
    ExitCode.INTERRUPTED,
    ExitCode.BROKEN,
    ExitCode.STORAGE,
    ExitCode.WRONG_INPUT,
    ExitCode.NOT_QUIET,
    ExitCode.FAILED,
    ExitCode.PASSED,
)
"""Of several runs, the first of these that is present is the process's exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What was asked for, the same for every file.

    Attributes:
        seed: Instead of each scenario's own.
        seeds: Each file is run with each of these; empty: once, and told in full.
        overrides: `(path, value)` pairs that change the scenarios.
        as_json: One JSON object per run and line on standard output, and nothing else there.
        strict: A fault that never fired fails the run.
        db: Where runs are kept; None for the user's own file.
        keeps: Runs are kept.
        junit: The file for build servers.
        summary: The Markdown file, or `-` for standard output instead of the text answer.
        why: The message that is explained besides; "" for none.
        cassette: What providers say, recorded; None: all are simulated.
    """

    seed: int | None = None
    seeds: Sequence[int] = ()
    overrides: Sequence[tuple[str, str]] = ()
    as_json: bool = False
    strict: bool = False
    db: Path | None = None
    keeps: bool = False
    junit: Path | None = None
    summary: str | None = None
    why: str = ""
    cassette: "Cassette | None" = None

    @property
    def as_text(self) -> bool:
        """Standard output is for people."""
        return not self.as_json and self.summary != "-"


def run(names: Sequence[str], how: How) -> ExitCode:
    """Run scenarios and print what came out.

    Args:
        names: Files, built-in names, or folders.
        how: What was asked for.

    Raises:
        UsageError: a name is neither a file, a folder nor a built-in scenario.
        StorageError: a report's folder is not there.
    """
    reports = Reports(how.junit, how.summary)
    codes: list[ExitCode] = []
    files = list(expand(names))
    if how.why and len(files) > 1:
        raise UsageError("--why explains a message of one run, and several files are named")
    try:
        is_told = False
        for position, file in enumerate(files):
            if position and how.as_text:
                print()
            of_file = _Runs(file, how, reports, is_told=is_told)
            codes += of_file.run_all()
            is_told = of_file.is_told
    except KeyboardInterrupt:
        with suppress(StorageError):
            reports.write()
        raise
    if len(files) > 1 and how.as_text:
        passed = codes.count(ExitCode.PASSED)
        runs = f"{len(codes):,} runs of " if how.seeds else ""
        print(f"\n{runs}{len(files)} scenarios, {passed:,} passed")
    try:
        reports.write()
    except StorageError as error:
        print(f"sandbox: error: {error}", file=sys.stderr)
        codes.append(error.exit_code)
    return next(code for code in RANKED if code in codes)


def expand(names: Sequence[str]) -> Iterator[Path]:
    """The scenario files that are meant: a folder stands for every scenario below it.

    Raises:
        UsageError: a name is neither a file, a folder nor a built-in scenario, or the folder holds
            no scenario.
    """
    for name in names:
        folder = Path(name)
        if not folder.is_dir():
            yield find(name)
            continue
        files = scenario_files(folder)
        if not files:
            raise UsageError(f"no scenario (*.yaml) in {name}")
        yield from files


class _Runs:
    """The runs of one file: one, or one per seed."""

    def __init__(self, file: Path, how: How, reports: Reports, *, is_told: bool = False) -> None:
        """Set what is run.

        Args:
            file: The scenario.
            how: What was asked for.
            reports: Where the verdicts go.
            is_told: It was said already that real providers are simulated.
        """
        self.is_told = is_told
        self._file = file
        self._how = how
        self._reports = reports
        self._table: SeedTable | None = None

    def run_all(self) -> list[ExitCode]:
        """Run, print and report all of them."""
        seeds = self._how.seeds or (self._how.seed,)
        codes: list[ExitCode] = []
        for seed in seeds:
            try:
                scenario = load(self._file, overrides=self._how.overrides, seed=seed)
            except SandboxError as error:
                codes.append(self._failed(None if codes else self._how.seed, error))
                break  # and it would with every other seed
            if self._how.cassette is None:
                self.is_told = self.is_told or tell_simulated(scenario)
            try:
                codes.append(self._run(scenario, len(codes)))
            except KeyboardInterrupt:
                self._interrupted(scenario)
                raise
        if self._table is not None:
            self._table.close()
        return codes

    def _run(self, scenario: Scenario, position: int) -> ExitCode:
        how = self._how
        if how.seeds and how.as_text and self._table is None:
            from sandbox.cli.seed_table import SeedTable

            self._table = SeedTable(scenario.name, len(how.seeds))
        count = f" seed {scenario.seed} ({position + 1} of {len(how.seeds)})" if how.seeds else ""
        followed = _followed(scenario, how.why)
        folds = () if followed is None else (followed.fold,)
        progress = ProgressLine(f"{scenario.name}{count}")
        try:
            kept, result, highlights = _run_and_keep(scenario, progress, how, folds)
        except (StorageError, UsageError) as error:
            return self._failed(scenario.seed, error)
        finally:
            progress.close()
        explained = None if followed is None else followed.explained()
        if how.as_json:
            print(json.dumps(_object(result, kept, explained), ensure_ascii=False), flush=True)
            _complain(result)
        elif how.as_text and self._table is None:
            print(answer_text(result, highlights, worst_story(result, highlights.worst)))
            if explained is not None:
                from sandbox.report.why import why_lines

                print("", *why_lines(explained), sep="\n")
        if kept is not None and self._table is None:
            print(f"kept as {kept}: `sandbox show {kept}`", file=sys.stderr)
        self._tell(result, kept)
        return result.verdict.exit_code

    def _tell(self, result: RunResult, kept: str | None) -> None:
        """Hand on what the table and the reports show of a run."""
        if self._table is None and not self._reports.are_wanted:
            return
        from sandbox.app.judged import Again, judge, named_as

        again = Again(
            file=named_as(self._file),
            seed=result.seed,
            overrides=self._how.overrides,
            is_strict=self._how.strict,
            run=kept,
            db=self._how.db,
            cassette=self._how.cassette.name if self._how.cassette is not None else "",
        )
        judged = judge(result, again, with_stories=self._reports.take_stories)
        self._reports.add(judged)
        if self._table is not None:
            self._table.add(judged)

    def _failed(self, seed: int | None, error: SandboxError) -> ExitCode:
        if self._how.as_json:
            print(json.dumps(error_object(self._file, error), ensure_ascii=False))
        text = str(error) if isinstance(error, ScenarioError) else f"sandbox: error: {error}"
        print(text, *([f"  = help: {error.hint}"] if error.hint else []), sep="\n", file=sys.stderr)
        if self._reports.are_wanted or self._table is not None:
            from sandbox.app.judged import named_as, not_run

            told = not_run(named_as(self._file), seed, error)
            self._reports.add(told)
            if self._table is not None:
                self._table.add(told)
        return error.exit_code

    def _interrupted(self, scenario: Scenario) -> None:
        """Say of a run that was broken off that it was, wherever a program reads."""
        if self._how.as_json:
            told = interrupted_object(self._file, scenario.seed)
            print(json.dumps(told, ensure_ascii=False), flush=True)
        if self._reports.are_wanted:
            from sandbox.app.judged import interrupted, named_as

            self._reports.add(interrupted(named_as(self._file), scenario.seed))


def _followed(scenario: Scenario, message: str) -> "Followed | None":
    if not message:
        return None
    from sandbox.app.why import Followed

    return Followed(scenario, message)


def _object(result: RunResult, kept: str | None, explained: "Explained | None") -> Json:
    thing = result_object(result, kept)
    if explained is None:
        return thing
    from sandbox.cli.show_view import why_object

    return thing | {"why": why_object(explained)}


def _run_and_keep(
    scenario: Scenario, progress: ProgressLine, how: How, folds: Sequence[Fold]
) -> tuple[str | None, RunResult, Highlights]:
    """The name of the run in the store, if it is kept; what came out; what stood out."""
    if how.keeps:
        from sandbox.app.record import keep_run  # brings an event loop and SQLite

        kept = keep_run(scenario, how.db, strict=how.strict, progress=progress, folds=folds)
        return kept.run, kept.result, kept.answer.highlights
    highlights = Highlights()
    if how.as_text and not how.seeds:
        folds = (highlights.fold, *folds)
    if how.cassette is not None:
        from sandbox.app.playing import play  # brings the adapters

        played = play(scenario, how.cassette, strict=how.strict, progress=progress, folds=folds)
        print(*(f"note: {note}" for note in played.notes), sep="\n", file=sys.stderr)
        return None, played.result, highlights
    return None, run_loaded(scenario, strict=how.strict, progress=progress, folds=folds), highlights


def _complain(result: RunResult) -> None:
    """Say on standard error what a person would want to know first."""
    if result.verdict is not Verdict.PASSED:
        print(f"{result.scenario.name}: {result.verdict}", file=sys.stderr)
