"""The line of time under a replay: where one is, what happened when, and how it went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from sandbox.app.survey import Chart, Mark, Sort, column_us
from sandbox.tui.painting import Pen, cells_strip, heading
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import clock, count, short_count

_LABEL: Final = 18
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_TICK_GAP: Final = 16
"""Between two clocks under the line there are at least so many cells."""

_GLYPHS: Final = {
    Sort.FAULT_BEGAN: "✖",
    Sort.FAULT_ENDED: "●",
    Sort.CHANGE: "✎",
    Sort.ACT: "»",
    Sort.CAPTION: "§",
    Sort.BOOKMARK: "⚑",
}
_RANKS: Final = (
    Sort.CAPTION, Sort.ACT, Sort.CHANGE, Sort.FAULT_ENDED, Sort.FAULT_BEGAN, Sort.BOOKMARK,
)  # fmt: skip
"""Where several fall into one cell, the last of these is seen."""

_TEXT, _DIM, _FAINT, _GOOD, _WARN, _BAD, _ACCENT = range(7)
_LOOKS: Final = {
    Sort.FAULT_BEGAN: _BAD,
    Sort.FAULT_ENDED: _GOOD,
    Sort.CHANGE: _WARN,
    Sort.ACT: _WARN,
    Sort.CAPTION: _DIM,
    Sort.BOOKMARK: _ACCENT,
}
_WELL: Final = Fraction(9, 10)
_BADLY: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What the line of time shows.

    Attributes:
        now_us: The instant shown.
        heading_us: Where one is going; the instant shown while standing.
        end_us: The last instant.
        shown_us: Where the line ends; what comes later is at its very end.
        marks: In order of time.
        chart: Gives the figures for so many columns; None while they are worked out.
        progress: How much of the run has been looked at, 0 to 1.
        event: How many events have happened; None while nobody knows.
        events: How many there are in all.
    """

    now_us: int
    heading_us: int
    end_us: int
    shown_us: int
    marks: Sequence[Mark]
    chart: Callable[[int], Chart] | None
    progress: Fraction
    event: int | None
    events: int


def scrub_lines(view: Scrubbed, width: int, height: int, palette: Palette) -> list[Strip]:
    """Draw the line of time, with more about it the higher it is; each line `width` wide."""
    columns = columns_of(width)
    if columns <= 0 or height <= 0:
        return [Strip.blank(width, palette.text)] * max(height, 0)
    rows: list[Strip] = []
    if height >= 4:
        rows += _chart_rows(view, width, height - 3, palette)
    if height >= 2:
        rows.append(_marks_row(view, width, palette))
    rows.append(_ruler(view, width, palette))
    if height >= 3:
        rows.append(_clocks(view, width, palette))
    return rows


def columns_of(width: int) -> int:
    """How many cells of a line stand for time."""
    return width - _LABEL - 1


def column_of(at_us: int, view: Scrubbed, columns: int) -> int:
    """The cell of an instant."""
    return min(max(at_us, 0) // column_us(view.shown_us, columns), columns - 1)


def instant_at(x: int, view: Scrubbed, width: int) -> int:
    """The instant under a cell of a line."""
    columns = columns_of(width)
    column = min(max(x - _LABEL, 0), columns - 1)
    if column == columns - 1:
        return view.end_us
    return column * column_us(view.shown_us, columns)


def _styles(palette: Palette) -> list[Style]:
    return [
        palette.text, palette.dim, palette.faint, palette.good, palette.warn, palette.bad,
        palette.accent,
    ]  # fmt: skip


def _row(label: str, cells: Sequence[str], looks: Sequence[int], palette: Palette) -> Strip:
    """A label, and a glyph for each column of time."""
    pen = Pen(_LABEL).put(" ", palette.dim).write(label, palette.dim, _LABEL - 2)
    line = cells_strip([*cells, " "], [*looks, _TEXT], _styles(palette))
    return Strip.join([pen.strip(palette.text), line])


def _chart_rows(view: Scrubbed, width: int, rows: int, palette: Palette) -> list[Strip]:
    """How much was delivered, and how many were in flight; two rows each where there is room."""
    columns = columns_of(width)
    if view.chart is None:
        words = f"how it went: reading the run … {_whole(view.progress)}"
        reading = Pen(width).tab(_LABEL, palette.dim).write(words, palette.dim, columns)
        blank = Strip.blank(width, palette.text)
        return [reading.strip(palette.text), *[blank] * (min(rows, 4) - 1)]
    chart = view.chart(columns)
    here = column_of(view.now_us, view, columns)
    tall = 2 if rows >= 4 else 1
    most = max(chart.in_flight, default=0)
    flying = [Fraction(each, most or 1) for each in chart.in_flight]
    lines = _bars(
        f"in flight {short_count(chart.in_flight[here]):>6}", flying, tall, _by_count, here, palette
    )
    if rows >= 2:
        known = f"delivered {_whole(chart.delivered[here]):>6}"
        lines = _bars(known, chart.delivered, tall, _by_share, here, palette) + lines
    return lines


def _whole(value: Fraction | None) -> str:
    """A share of one in whole percent: what is not all is not said to be 100 %."""
    return "" if value is None else f"{int(value * 100)} %"


def _by_share(value: Fraction) -> int:
    return _GOOD if value >= _WELL else _WARN if value >= _BADLY else _BAD


def _by_count(_: Fraction) -> int:
    return _TEXT


def _bars(
    label: str,
    values: Sequence[Fraction | None],
    tall: int,
    look_of: Callable[[Fraction], int],
    here: int,
    palette: Palette,
) -> list[Strip]:
    """A bar for each column, `tall` rows high; what lies ahead is dim."""
    strips = []
    for row in reversed(range(tall)):
        cells, looks = [], []
        for column, value in enumerate(values):
            if value is None:
                cells.append("·" if row == 0 else " ")
                looks.append(_FAINT)
                continue
            eighths = max(round(value * 8 * tall), 1) - row * 8
            cells.append(" " if eighths <= 0 else _BLOCKS[min(eighths, 8) - 1])
            looks.append(look_of(value) if column <= here else _FAINT)
        strips.append(_row(label if row == tall - 1 else "", cells, looks, palette))
    return strips


def _marks_row(view: Scrubbed, width: int, palette: Palette) -> Strip:
    """A glyph for each mark, and a line for as long as a fault is on."""
    columns = columns_of(width)
    cells, looks = [" "] * columns, [_TEXT] * columns
    began: dict[str, int] = {}
    spans = [mark for mark in view.marks if mark.sort in (Sort.FAULT_BEGAN, Sort.FAULT_ENDED)]
    for mark in spans:
        name = mark.words.rpartition(" ")[0]
        if mark.sort is Sort.FAULT_BEGAN:
            began[name] = mark.at_us
        else:
            _underline(cells, looks, began.pop(name, 0), mark.at_us, view)
    for at_us in began.values():
        _underline(cells, looks, at_us, view.end_us, view)
    for mark in sorted(view.marks, key=lambda mark: _RANKS.index(mark.sort)):
        column = column_of(mark.at_us, view, columns)
        cells[column], looks[column] = _GLYPHS[mark.sort], _LOOKS[mark.sort]
    return _row("marks" if view.marks else "no marks", cells, looks, palette)


def _underline(cells: list[str], looks: list[int], from_us: int, to_us: int, v: Scrubbed) -> None:
    for column in range(column_of(from_us, v, len(cells)), column_of(to_us, v, len(cells)) + 1):
        cells[column], looks[column] = "━", _BAD


def _ruler(view: Scrubbed, width: int, palette: Palette) -> Strip:
    """What lies behind, where one is, where one is going."""
    columns = columns_of(width)
    here = column_of(view.now_us, view, columns)
    there = column_of(view.heading_us, view, columns)
    cells = ["━"] * here + ["─"] * (columns - here)
    looks = [_ACCENT] * here + [_FAINT] * (columns - here)
    if view.shown_us < view.end_us:
        cells[-1], looks[-1] = "»", _DIM
    cells[there], looks[there] = "○", _ACCENT
    cells[here], looks[here] = "●", _ACCENT
    return _row(clock(view.now_us), cells, looks, palette)


def _clocks(view: Scrubbed, width: int, palette: Palette) -> Strip:
    """The clock at some places; at the end that of the end."""
    columns = columns_of(width)
    ticks = max(columns // _TICK_GAP, 1)
    pen = Pen(width).tab(_LABEL, palette.dim)
    last = clock(view.end_us)
    for tick in range(ticks):
        column = tick * columns // ticks
        text = clock(column * column_us(view.shown_us, columns), tenths=view.shown_us < 20_000_000)
        if column + len(text) + 2 + len(last) <= columns:
            pen.tab(_LABEL + column, palette.dim).put(text, palette.dim)
    pen.tab(_LABEL + max(columns - len(last), 0), palette.dim)
    return pen.put(last, palette.dim).strip(palette.text)


class Scrub(Lines):
    """The line of time; a click goes there."""

    class Sought(Message):
        """Somebody clicked on an instant."""

        def __init__(self, at_us: int) -> None:
            self.at_us = at_us
            super().__init__()

    def __init__(self) -> None:
        super().__init__("scrub")
        self._view: Scrubbed | None = None

    def show(self, view: Scrubbed, palette: Palette) -> None:
        """Draw the line of time."""
        self._view = view
        width, height = self.content_size
        if width <= 0 or height <= 0:
            return
        self.paint(scrub_lines(view, width, height, palette))
        title = heading(f"{clock(view.now_us)} of {clock(view.end_us)}{_events(view)}")
        if self.border_title != title:
            self.border_title = title
        said = heading(_legend(view, width - len(title) - 8))
        if self.border_subtitle != said:
            self.border_subtitle = said

    def on_click(self, event: events.Click) -> None:
        """Go to the instant under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and self._view is not None:
            at_us = instant_at(offset.x, self._view, self.content_size.width)
            self.post_message(self.Sought(at_us))


def _events(view: Scrubbed) -> str:
    if view.event is None:
        return ""
    return f" · event {count(view.event)} of {count(view.events)}"


def _legend(view: Scrubbed, width: int) -> str:
    """What the glyphs mean that are there, as far as there is room."""
    sorts = [sort for sort in Sort if any(mark.sort is sort for mark in view.marks)]
    entries = [f"{_GLYPHS[sort]} {sort.value}" for sort in sorts]
    while entries and len("  ".join(entries)) > width:
        entries.pop()
    return "  ".join(entries)
