"""A list with a cursor, whatever its rows are: a table of scenarios, of runs, of differences.

The rows are drawn when they come into sight, by a function of whoever owns the list.
"""

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette


class Wanted(NamedTuple):
    """A row that has come into sight and must be drawn.

    Attributes:
        row: From 0.
        width: Of the line, in cells.
        is_chosen: The cursor is on it.
        palette: The styles.
    """

    row: int
    width: int
    is_chosen: bool
    palette: Palette


DrawRow = Callable[[Wanted], Strip]

_ONE_ROW: Final = 1


class RowList(ScrollView, can_focus=True):
    """Rows in an order of their owner's, one of them under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "A page up", show=False),
        Binding("pagedown", "move_page(1)", "A page down", show=False),
        Binding("home,g", "go(0)", "First", show=False),
        Binding("end,G,shift+g", "last", "Last", show=False),
    ]

    class Chosen(Message):
        """The cursor went to another row, or a row is to be opened.

        Attributes:
            rows: The list it is about.
            row: From 0.
            opens: Somebody clicked it twice.
        """

        def __init__(self, rows: "RowList", row: int, *, opens: bool = False) -> None:
            self.rows = rows
            self.row = row
            self.opens = opens
            super().__init__()

        @property
        def control(self) -> "RowList":
            """The list it is about."""
            return self.rows

    def __init__(self, name: str, draw: DrawRow, *, nothing: str) -> None:
        """Make an empty list.

        Args:
            name: Its id.
            draw: Draws a row.
            nothing: What an empty list says: why it is empty, and what to press.
        """
        super().__init__(id=name)
        self._draw = draw
        self.nothing = nothing
        self._count = 0
        self._palette: Palette | None = None
        self.cursor = 0
        """The row under the cursor; without meaning while there is none."""

    def show(self, count: int, palette: Palette) -> None:
        """Show so many rows."""
        self._count, self._palette = count, palette
        self.cursor = min(self.cursor, max(count - 1, 0))
        size = Size(self.scrollable_content_region.width, max(count, _ONE_ROW))
        if size != self.virtual_size:
            self.virtual_size = size
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line in sight."""
        width = self.scrollable_content_region.width
        palette = self._palette
        if palette is None:
            return Strip.blank(width, self.rich_style)
        row = y + round(self.scroll_y)
        if row < self._count:
            strip = self._draw(Wanted(row, width, row == self.cursor, palette))
        elif y == 0 and not self._count:
            strip = Pen(width).write(f"  {self.nothing}", palette.dim, width).strip(palette.text)
        else:
            strip = Strip.blank(width, palette.text)
        return strip.apply_style(self.rich_style)

    # Moving ----------------------------------------------------------------------------------

    def choose(self, row: int, *, opens: bool = False) -> None:
        """Put the cursor on a row, the nearest there is."""
        if not self._count:
            return
        self.cursor = min(max(row, 0), self._count - 1)
        top, height = round(self.scroll_y), max(self.scrollable_content_region.height, 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)
        self.post_message(self.Chosen(self, self.cursor, opens=opens))
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.choose(self.cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by what is in sight."""
        self.action_move(pages * max(self.scrollable_content_region.height - 1, 1))

    def action_go(self, row: int) -> None:
        """Go to a row."""
        self.choose(row)

    def action_last(self) -> None:
        """Go to the last row."""
        self.choose(self._count - 1)

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the pointer; a second click opens it."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + round(self.scroll_y) < self._count:
            self.choose(offset.y + round(self.scroll_y), opens=event.chain > 1)
