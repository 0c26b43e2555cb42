"""What is wrong with a scenario file, said so that it can be put right at once.

    scenarios/sms-outage.yaml:31:15: error[unit-missing]: 30 has no unit
       31 |         wait: 30
          |               ^^ write 30s, 30ms or 30m
          = in cascades.otp.levels[0] (sms)
          = help: sandbox explain unit-missing

A text goes through `plain` on its way out: a file may hold anything. Problems are collected, so
that one pass finds all of them, and come out sorted by position, 20 at most.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, NoReturn

from sandbox.errors import Problem, ScenarioError
from sandbox.report.plain import CUT, cells, plain
from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import Mark, Node

PROBLEMS_MAX: Final = 20
LINE_CELLS: Final = 100
"""Longer source lines are cut to what is around the problem."""
TEXT_MAX: Final = 300


class Bad(Enum):
    """What a reader gives instead of a value it has complained about."""

    BAD = "bad"


BAD: Final = Bad.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioProblem:
    """One thing wrong in a file; `str()` of it is the full text with position and caret.

    Attributes:
        code: The stable error code, such as `unit-missing`.
        text: What is wrong, in one line.
        place: In words of the format, such as `cascades.otp.levels[0] (sms)`.
        note: What to do about it, right of the caret.
        help: A longer hint; by default where to read about the code.
        severity: `error`, or `warning` for what the linter finds and a run would do.
    """

    code: str
    text: str
    mark: Mark
    place: str = ""
    note: str = ""
    help: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        """The problem as it is shown."""
        has_line = self.mark.source.has_text
        lines = [f"{self._where()}: {self.severity}[{self.code}]: {plain(self.text, TEXT_MAX)}"]
        if has_line:
            lines += self._excerpt()
            place = plain(self.place, TEXT_MAX)
            lines.append(f"      = in {place}" if place else "      = at the top level")
            lines += self._inclusion()
        help_text = self.help or f"sandbox explain {self.code}"
        lines.append(f"      = help: {plain(help_text, TEXT_MAX)}")
        return "\n".join(lines)

    def _where(self) -> str:
        source = self.mark.source
        name = plain(source.name, TEXT_MAX)
        return name if source.is_override else f"{name}:{self.mark.line}:{self.mark.column}"

    def _inclusion(self) -> list[str]:
        """Who uses the file, and who uses that one in turn."""
        lines = []
        mark = self.mark.source.included_from
        while mark is not None:
            lines.append(f"      = included from {plain(mark.source.name, TEXT_MAX)}:{mark.line}")
            mark = mark.source.included_from
        return lines

    def _excerpt(self) -> list[str]:
        """The source line and the caret under it."""
        mark = self.mark
        lines = mark.source.lines
        line = lines[mark.line - 1] if mark.line <= len(lines) else ""
        gutter = "--set" if mark.source.is_override else f"{mark.line:5}"
        before, meant, after = _around(line, mark.column - 1, mark.width)
        carets = "^" * max(cells(meant), 1)
        caret_line = f"      | {' ' * cells(before)}{carets} {plain(self.note, TEXT_MAX)}"
        return [f"{gutter} | {before}{meant}{after}".rstrip(), caret_line.rstrip()]


def _around(line: str, start: int, width: int) -> tuple[str, str, str]:
    """Cut a line in three, before, meant and after, each fit to be shown and not too long."""
    before, meant, after = line[:start], line[start : start + width], line[start + width :]
    meant = plain(meant, LINE_CELLS // 2)
    room = LINE_CELLS - len(meant)
    tail = plain(before[-LINE_CELLS:])
    if len(before) > LINE_CELLS or len(tail) > room * 2 // 3:
        tail = CUT + tail[-(room // 2) :]
    return tail, meant, plain(after, max(room - len(tail), 1))


class Problems:
    """Collects what is wrong, and raises it all together."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, str, int, int, str, str], ScenarioProblem] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(
        self,
        at: Node | Mark,
        code: Code,
        text: str,
        *,
        note: str = "",
        help_text: str = "",
        place: str = "",
    ) -> Bad:
        """Remember a problem; the same one is told once.

        Args:
            at: The node that is wrong, or just a position.
            code: Its kind.
            text: What is wrong, in one line, starting in lower case.
            note: What to do about it, in a few words.
            help_text: A longer hint; by default where to read about the code.
            place: Where it is in words, for a mere position; a node knows its own.

        Returns:
            `BAD`, for a reader to give back.
        """
        mark, place = (at, place) if isinstance(at, Mark) else (at.mark, place or at.place)
        problem = ScenarioProblem(
            code=code.value, text=text, mark=mark, place=place, note=note, help=help_text
        )
        self._keep(problem)
        return BAD

    def take(self, problems: Iterable[Problem]) -> None:
        """Remember what was found elsewhere, such as in a file that is used."""
        for problem in problems:
            if isinstance(problem, ScenarioProblem):
                self._keep(problem)

    def found(self) -> list[ScenarioProblem]:
        """All there is so far, in the order in which it is shown."""
        return self._sorted()

    def _keep(self, problem: ScenarioProblem) -> None:
        mark, source = problem.mark, problem.mark.source
        key = (source.rank, source.name, mark.line, mark.column, problem.code, problem.text)
        self._found.setdefault(key, problem)

    def stop(
        self, at: Node | Mark, code: Code, text: str, *, note: str = "", place: str = ""
    ) -> NoReturn:
        """Remember a problem nothing can be read after, and raise.

        Raises:
            ScenarioError: always; this problem is its last.
        """
        before = self._sorted()[: PROBLEMS_MAX - 1]
        self._found.clear()
        self.add(at, code, text, note=note, place=place)
        raise ScenarioError([*before, *self._sorted()])

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            ScenarioError: something was found.
        """
        if self._found:
            raise ScenarioError(self._sorted()[:PROBLEMS_MAX])

    def _sorted(self) -> list[ScenarioProblem]:
        return [self._found[key] for key in sorted(self._found)]


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like another; "" when none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a broken file needs it

    close = get_close_matches(word[:64], list(known), n=1, cutoff=0.6)
    return close[0] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A note with the nearest known word; "" when none is near."""
    close = nearest(word, known)
    return f"did you mean '{close}'?" if close else ""
