"""A scenario while somebody writes it: what is wrong so far, and what it would come to."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sandbox.errors import SandboxError, ScenarioError, StorageError
from sandbox.report.forecast import forecast_lines, forecasts, unforeseen
from sandbox.scenario.lint import lint
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.problems import ScenarioProblem


class Finding(NamedTuple):
    """Something wrong in a text, or probably not meant.

    Attributes:
        line: From 1; 0 where it stands in no line of this text.
        column: From 1, in characters.
        is_error: It must be mended before the text can be used.
        text: What it is, in a line.
        note: What to do about it; "" for nothing.
    """

    line: int
    column: int
    is_error: bool
    text: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What there is to say of a draft.

    Attributes:
        scenario: None while the text cannot be used.
        findings: Errors, or what the linter found; in the order of the text.
        forecast: What it would come to, in lines; empty while it cannot be used.
    """

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    forecast: tuple[str, ...]


def judge_draft(text: str, file: Path) -> Judgement:
    """Read a draft as the loader would, without a run.

    Args:
        text: As it stands in the editor.
        file: Where it will be saved; what it uses is looked for beside it.
    """
    try:
        scenario = load(file, unsaved=text)
    except ScenarioError as error:
        told = [
            _finding(each, file) for each in error.problems if isinstance(each, ScenarioProblem)
        ]
        return Judgement(scenario=None, findings=tuple(told), forecast=())
    except SandboxError as error:
        finding = Finding(0, 0, is_error=True, text=str(error).splitlines()[0], note=error.hint)
        return Judgement(scenario=None, findings=(finding,), forecast=())
    found = [_warning(text) for text in scenario.warnings]
    found += [_finding(problem, file) for problem in lint(scenario).problems]
    found.sort(key=lambda finding: (not finding.is_error, finding.line, finding.column))
    return Judgement(scenario=scenario, findings=tuple(found), forecast=tuple(_forecast(scenario)))


def _finding(problem: ScenarioProblem, file: Path) -> Finding:
    mark = problem.mark
    is_here = mark.source.name == str(file)
    where = "" if is_here else f"{mark.source.name}:{mark.line}: "
    line, column = (mark.line, mark.column) if is_here else (0, 0)
    is_error = problem.severity == "error"
    return Finding(line, column, is_error, text=where + problem.text, note=problem.note)


def _warning(text: str) -> Finding:
    """A warning comes as it is printed: `file:line:column: warning[code]: words`."""
    first, *rest = text.splitlines()
    place, _, words = first.partition(": ")
    *_, line, column = place.rsplit(":", 2) if place.count(":") >= 2 else ("", "0", "0")
    has_place = line.isdigit() and column.isdigit()
    note = next((part.rpartition("^ ")[2] for part in rest if "^ " in part), "")
    told = words if has_place else first
    at = (int(line), int(column)) if has_place else (0, 0)
    return Finding(*at, is_error=False, text=told, note=note)


def _forecast(scenario: Scenario) -> list[str]:
    lines: list[str] = []
    for told in forecasts(scenario.world):
        lines += forecast_lines(told, scenario.currency)
    return lines + list(unforeseen(scenario.world))


# Files -------------------------------------------------------------------------------------------


def read_text(file: Path) -> str:
    """The text of a scenario file, whatever is in it.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error.strerror or error}") from error


def write_text(file: Path, text: str) -> None:
    """Put a text in the place of a file, whole or not at all.

    Raises:
        StorageError: it cannot be written; the file is as it was.
    """
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as beside:
                beside.write(text)
            if file.exists():
                Path(name).chmod(file.stat().st_mode & 0o777)
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageError(
            f"cannot write {file}: {error.strerror or error}",
            hint="Save it under another name, or in a folder that can be written to.",
        ) from error


def stamp_of(file: Path) -> tuple[int, int]:
    """By what one sees that a file was changed by somebody else: time and size; zeros for none."""
    try:
        stat = file.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
