"""`sandbox run`: every file is run, judged and reported; the worst verdict counts."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sandbox.app.run import RunResult, Verdict, run_loaded, worst_story
from sandbox.cli.answer import answer_text
from sandbox.cli.progress import ProgressLine
from sandbox.cli.verdicts import error_object, result_object
from sandbox.errors import ExitCode, SandboxError, UsageError
from sandbox.report.highlights import Highlights
from sandbox.scenario.library import find, scenario_files
from sandbox.scenario.loader import load

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
) -> ExitCode:
    """Run scenarios and print what came out.

    Args:
        names: Files, built-in names, or folders.
        seed: Instead of each scenario's own.
        overrides: `(path, value)` pairs that change the scenarios.
        as_json: One JSON object per run and line on standard output, and nothing else there.
        strict: A fault that never fired fails the run.

    Raises:
        UsageError: a name is neither a file, a folder nor a built-in scenario.
    """
    codes: list[ExitCode] = []
    files = list(expand(names))
    for position, file in enumerate(files):
        if position and not as_json:
            print()
        codes.append(_run_one(file, seed, overrides, as_json=as_json, strict=strict))
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


def _run_one(
    file: Path,
    seed: int | None,
    overrides: Sequence[tuple[str, str]],
    *,
    as_json: bool,
    strict: bool,
) -> ExitCode:
    try:
        scenario = load(file, overrides=overrides, seed=seed)
    except SandboxError as error:
        if as_json:
            print(json.dumps(error_object(file, error), ensure_ascii=False))
        print(error, file=sys.stderr)
        return error.exit_code
    highlights = Highlights()
    progress = ProgressLine(scenario.name)
    try:
        result = run_loaded(
            scenario,
            strict=strict,
            progress=progress,
            folds=() if as_json else (highlights.fold,),
        )
    finally:
        progress.close()
    if as_json:
        print(json.dumps(result_object(result), ensure_ascii=False))
        _complain(result)
    else:
        print(answer_text(result, highlights, worst_story(result, highlights.worst)))
    return result.verdict.exit_code


def _complain(result: RunResult) -> None:
    """Say on standard error what a person would want to know first."""
    if result.verdict is not Verdict.PASSED:
        print(f"{result.scenario.name}: {result.verdict}", file=sys.stderr)
