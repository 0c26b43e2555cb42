"""Stored runs as lines of a list, and what is told of the one under the cursor."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.strip import Strip

from sandbox.app.stored import check_rules
from sandbox.errors import UsageError
from sandbox.report.plain import plain
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import Wanted
from sandbox.tui.wording import clock, count, duration, share

if TYPE_CHECKING:
    from sandbox.store.rows import RunRow

_NAME: Final = 6
_VERDICT: Final = 13
_WHEN: Final = 17
_MESSAGES: Final = 10
_SHARE: Final = 9
_SCENARIO_MIN: Final = 20
_TEXT_MAX: Final = 400
_FINISHED: Final = "finished"
_GOOD: Final = ("passed",)
_SO_SO: Final = ("vacuous", "not_quiet")


def run_strip(run: "RunRow", wanted: Wanted) -> Strip:
    """One run as a line: its name, the scenario, the verdict, and the rest as there is room."""
    _, width, is_chosen, palette = wanted
    back = palette.cursor if is_chosen else Style()
    pen = Pen(width).put("▸ " if is_chosen else "  ", palette.accent + back)
    pen.write(run.name, palette.accent + back, _NAME)
    extra = [(_when(run), _WHEN), (_messages(run), _MESSAGES), (_delivered(run), _SHARE)]
    room = pen.room - _VERDICT - 1
    while extra and sum(cells for _, cells in extra) > room - _SCENARIO_MIN:
        extra.pop(0)
    scenario = room - sum(cells for _, cells in extra)
    pen.write(run.scenario, palette.text + back, max(scenario, 0)).put(" ", back)
    word, look = verdict_of(run, palette)
    pen.write(word, look + back, _VERDICT)
    for text, cells in extra:
        pen.write(f"{text:>{cells}}", palette.dim + back, cells)
    return pen.strip(palette.text + back)


def verdict_of(run: "RunRow", palette: Palette) -> tuple[str, Style]:
    """How a run ended, in a word, and how that looks."""
    if run.state.value != _FINISHED:
        return f"~ {run.state.value}", palette.warn
    word = run.verdict or "?"
    if word in _GOOD:
        return f"✓ {word}", palette.good
    shown = word.replace("_", " ")
    return (f"~ {shown}", palette.warn) if word in _SO_SO else (f"✗ {shown}", palette.bad)


def _when(run: "RunRow") -> str:
    began = datetime.fromtimestamp(run.started_ms / 1000, UTC).astimezone()
    return began.strftime("%Y-%m-%d %H:%M")


def _messages(run: "RunRow") -> str:
    return "" if run.message_count is None else count(run.message_count)


def _delivered(run: "RunRow") -> str:
    if not run.message_count or run.delivered is None:
        return ""
    return share(Fraction(run.delivered, run.message_count))


def run_lines(run: "RunRow") -> list[str]:
    """What is known of a run, as lines."""
    told = [run.title or run.scenario, ""]
    if run.message_count is not None:
        told.append(f"{count(run.message_count)} messages, {_delivered(run) or '0 %'} delivered")
    told += [
        f"{clock(run.virtual_us)} of virtual time, {count(run.line_count)} lines of the log",
        f"seed {run.seed}",
        f"begun {_when(run)}, by version {run.program}",
    ]
    if run.file:
        told.append(f"from {run.file}")
    if run.wall_ms is not None:
        told.append(f"took {duration(run.wall_ms * 1000)} to run")
    if run.digest:
        told.append(run.digest)
    if run.trouble:
        told.append(f"~ {run.trouble}")
    try:
        check_rules(run)
    except UsageError as error:
        told += ["", f"It cannot be replayed: {error}. {error.hint}"]
    return [plain(line, _TEXT_MAX) for line in told]


def with_words(runs: "Sequence[RunRow]", text: str) -> "list[RunRow]":
    """The runs in which every word occurs, somewhere in what a list shows of them."""
    words = text.casefold().split()
    return [run for run in runs if all(word in _haystack(run) for word in words)]


def _haystack(run: "RunRow") -> str:
    told = (run.name, run.scenario, run.title, run.file, f"seed {run.seed}", run.state.value)
    return "\n".join([*told, run.verdict or "", run.digest or "", _when(run)]).casefold()
