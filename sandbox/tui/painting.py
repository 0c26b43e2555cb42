"""Lines of text with styles, each exactly as wide as it must be.

The busy panels draw themselves line by line, because that is what a terminal can show twenty times
a second. A line is built from left to right with a `Pen`; neighbours of one style become one
segment, since the cost of a line is the number of its segments.

Every text goes through `plain` on its way, so nothing that a scenario or a provider says can move
the cursor, hide, or be taken for markup.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.markup import escape
from textual.strip import Strip

from sandbox.report.plain import plain


@lru_cache(maxsize=4096)
def fit(text: str, width: int) -> str:
    """Make a text fit to be shown, and exactly `width` cells wide: cut with `…`, or filled."""
    if width <= 0:
        return ""
    shown = plain(text[: width + 1])
    if cell_len(shown) <= width and len(text) <= width:
        return set_cell_size(shown, width)
    return set_cell_size(shown, width - 1) + "…"


@lru_cache(maxsize=4096)
def fit_right(text: str, width: int) -> str:
    """As `fit`, but the text stands at the right end."""
    shown = plain(text)
    free = width - cell_len(shown)
    return " " * free + shown if free >= 0 else fit(text, width)


def heading(text: str) -> str:
    """A text fit to be the title of a frame, where brackets would be taken for markup."""
    return escape(plain(text))


class Pen:
    """Writes one line of a fixed width; what does not fit is cut, what is left is filled."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._used = 0
        self._texts: list[str] = []
        self._styles: list[Style] = []

    @property
    def room(self) -> int:
        """How many cells are left."""
        return self._width - self._used

    def write(self, text: str, style: Style, width: int | None = None) -> "Pen":
        """Append a text; with a width it takes exactly that many cells.

        Args:
            text: Anything; made fit to be shown.
            style: How it looks.
            width: In cells; None takes what the text needs.
        """
        shown = fit(text, width) if width is not None else plain(text)
        return self.put(shown, style)

    def brief(self, text: str, style: Style, most: int) -> "Pen":
        """Append a text that takes what it needs, up to `most` cells; more of it is cut."""
        shown = plain(text[: max(most, 0) + 1])
        is_whole = cell_len(shown) <= most and len(text) <= most + 1
        return self.put(shown if is_whole else fit(text, most), style)

    def put(self, shown: str, style: Style) -> "Pen":
        """Append a text that needs no more checks, such as one of our own words."""
        if not shown or self.room <= 0:
            return self
        length = cell_len(shown)
        if length > self.room:
            shown, length = set_cell_size(shown, self.room), self.room
        if self._styles and self._styles[-1] is style:
            self._texts[-1] += shown
        else:
            self._texts.append(shown)
            self._styles.append(style)
        self._used += length
        return self

    def tab(self, column: int, style: Style) -> "Pen":
        """Fill with blanks up to a column."""
        return self.put(" " * (column - self._used), style)

    def strip(self, rest: Style) -> Strip:
        """The line, filled to its width."""
        self.put(" " * self.room, rest)
        pairs = zip(self._texts, self._styles, strict=True)
        return Strip([Segment(text, style) for text, style in pairs], self._width)


def cells_strip(glyphs: Sequence[str], looks: Sequence[int], styles: Sequence[Style]) -> Strip:
    """A line from one glyph and one index into `styles` per cell.

    A blank takes the look of what stands before it, so it never starts a segment of its own.
    """
    segments = list(segments_of(glyphs, looks, styles))
    return Strip(segments, len(glyphs))


def segments_of(
    glyphs: Sequence[str], looks: Sequence[int], styles: Sequence[Style]
) -> Iterable[Segment]:
    """The segments of `cells_strip`."""
    start = 0
    look = looks[0] if looks else 0
    for index, glyph in enumerate(glyphs):
        if glyph != " " and looks[index] != look:
            if index > start:
                yield Segment("".join(glyphs[start:index]), styles[look])
            start, look = index, looks[index]
    if len(glyphs) > start:
        yield Segment("".join(glyphs[start:]), styles[look])
