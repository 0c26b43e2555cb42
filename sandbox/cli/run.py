"""`sandbox run`: every file is run, judged and reported; the worst verdict counts."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.app.run import RunResult, Verdict, run_loaded, worst_story
from sandbox.cli.answer import answer_text
from sandbox.cli.progress import ProgressLine
from sandbox.cli.verdicts import error_object, result_object
from sandbox.errors import ExitCode, SandboxError, ScenarioError, StorageError, UsageError
from sandbox.report.highlights import Highlights
from sandbox.scenario.library import find, scenario_files
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario

_RANKED: Final = (
    ExitCode.INTERRUPTED,
    ExitCode.BROKEN,
    ExitCode.STORAGE,
    ExitCode.WRONG_INPUT,
    ExitCode.NOT_QUIET,
    ExitCode.FAILED,
    ExitCode.PASSED,
)
"""Of several runs, the first of these that is present is the process's exit code."""


def run(
    names: Sequence[str],
    *,
    seed: int | None,
    overrides: Sequence[tuple[str, str]],
    as_json: bool,
    strict: bool,
    db: Path | None = None,
    keeps: bool = False,
) -> ExitCode:
    """Run scenarios and print what came out.

    Args:
        names: Files, built-in names, or folders.
        seed: Instead of each scenario's own.
        overrides: `(path, value)` pairs that change the scenarios.
        as_json: One JSON object per run and line on standard output, and nothing else there.
        strict: A fault that never fired fails the run.
        db: Where runs are kept; None for the user's own file.
        keeps: Runs are kept.

    Raises:
        UsageError: a name is neither a file, a folder nor a built-in scenario.
    """
    how = _How(seed, overrides, as_json, strict, db, keeps)
    codes: list[ExitCode] = []
    files = list(expand(names))
    for position, file in enumerate(files):
        if position and not as_json:
            print()
        codes.append(_run_one(file, how))
    if len(files) > 1 and not as_json:
        print(f"\n{len(files)} scenarios, {codes.count(ExitCode.PASSED)} passed")
    return next(code for code in _RANKED if code in codes)


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


@dataclass(frozen=True, slots=True)
class _How:
    """What was asked for, the same for every file."""

    seed: int | None
    overrides: Sequence[tuple[str, str]]
    as_json: bool
    strict: bool
    db: Path | None
    keeps: bool


def _run_one(file: Path, how: _How) -> ExitCode:
    try:
        scenario = load(file, overrides=how.overrides, seed=how.seed)
    except SandboxError as error:
        return _failed(file, error, how)
    progress = ProgressLine(scenario.name)
    try:
        run, result, highlights = _run_and_keep(scenario, progress, how)
    except StorageError as error:
        return _failed(file, error, how)
    finally:
        progress.close()
    if how.as_json:
        print(json.dumps(result_object(result, run), ensure_ascii=False))
        _complain(result)
    else:
        print(answer_text(result, highlights, worst_story(result, highlights.worst)))
    if run is not None:
        print(f"kept as {run}: `sandbox show {run}`", file=sys.stderr)
    return result.verdict.exit_code


def _failed(file: Path, error: SandboxError, how: _How) -> ExitCode:
    if how.as_json:
        print(json.dumps(error_object(file, error), ensure_ascii=False))
    text = str(error) if isinstance(error, ScenarioError) else f"sandbox: error: {error}"
    print(text, *([f"  = help: {error.hint}"] if error.hint else []), sep="\n", file=sys.stderr)
    return error.exit_code


def _run_and_keep(
    scenario: Scenario, progress: ProgressLine, how: _How
) -> tuple[str | None, RunResult, Highlights]:
    """The name of the run in the store, if it is kept; what came out; what stood out."""
    if how.keeps:
        from sandbox.app.record import keep_run  # brings an event loop and SQLite

        kept = keep_run(scenario, how.db, strict=how.strict, progress=progress)
        return kept.run, kept.result, kept.answer.highlights
    highlights = Highlights()
    folds = () if how.as_json else (highlights.fold,)
    return None, run_loaded(scenario, strict=how.strict, progress=progress, folds=folds), highlights


def _complain(result: RunResult) -> None:
    """Say on standard error what a person would want to know first."""
    if result.verdict is not Verdict.PASSED:
        print(f"{result.scenario.name}: {result.verdict}", file=sys.stderr)
