"""The command palette: a line to type into, and what it finds below; enter does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input

from sandbox.tui.matching import ranked
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import RowList, Wanted

SHOWN_MAX: Final = 200
_GROUP: Final = 9
_KEY: Final = 12
_QUERY_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the palette can do.

    Attributes:
        group: What kind of thing it is, in a word.
        text: What it is called.
        key: The key that does it as well; "" for none.
        do: Does it; called when the palette is gone.
        theme: A theme that is shown while the cursor is on it; "" for none.
    """

    group: str
    text: str
    key: str
    do: Callable[[], None]
    theme: str = ""

    @property
    def sought(self) -> str:
        """By what it is found."""
        return f"{self.group} {self.text}"


Finder = Callable[[str], Sequence[Entry]]
"""From what was typed to entries that are there only because of it, such as a message's number."""


class PaletteScreen(ModalScreen[Entry | None]):
    """Asks what to do; gives the entry, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,ctrl+p", "move(-1)", "Up", show=False),
        Binding("down,ctrl+n", "move(1)", "Down", show=False),
        Binding("pageup", "move(-8)", "Up", show=False),
        Binding("pagedown", "move(8)", "Down", show=False),
        Binding("escape", "dismiss(None)", "Nothing", show=False),
    ]

    def __init__(
        self,
        entries: Sequence[Entry],
        find: Finder,
        palette: Callable[[], Palette],
        preview: Callable[[str], None],
    ) -> None:
        """Make the palette.

        Args:
            entries: What is there at once; `have` adds what comes later.
            find: Finds what depends on what is typed.
            palette: Gives the styles of the theme that is on.
            preview: Puts a theme on, "" for the one that was on; called as the cursor moves.
        """
        super().__init__()
        self._entries = list(entries)
        self._find = find
        self._palette_of = palette
        self._preview = preview
        self.shown: list[Entry] = []
        """What is found now, best first."""
        self.line = Input(
            placeholder="what to do, where to go, m123", compact=True, max_length=_QUERY_MAX
        )
        self.line.cursor_blink = False
        self.list = RowList("found", self._strip, nothing="nothing is called that · esc leaves")
        self.list.can_focus = False

    def compose(self) -> ComposeResult:
        """The line, and what it finds."""
        with Vertical(id="palette"):
            yield self.line
            yield self.list

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one("#palette").border_title = "Find"
        self.query_one("#palette").border_subtitle = "enter does it · esc leaves"
        self.line.focus()
        self.call_after_refresh(self._search)

    def on_resize(self) -> None:
        """Draw for the size."""
        self.call_after_refresh(self._draw)

    def have(self, entries: Sequence[Entry]) -> None:
        """More has been found, such as scenarios read in a thread."""
        self._entries += entries
        if self.is_mounted:
            self._search(keeps_cursor=True)

    def on_input_changed(self) -> None:
        """Find while it is typed."""
        self._search()

    def on_input_submitted(self) -> None:
        """Do what is under the cursor."""
        self._take()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Show a theme under the cursor; a second click does it."""
        self._show_theme()
        if event.opens:
            self._take()

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.list.action_move(rows)

    def _search(self, *, keeps_cursor: bool = False) -> None:
        query = self.line.value
        most = SHOWN_MAX
        found = list(self._find(query))
        self.shown = found + ranked(query, self._entries, lambda entry: entry.sought, most)
        if not keeps_cursor:
            self.list.cursor = 0
            self.list.scroll_to(y=0, animate=False, immediate=True)
        self._draw()
        self._show_theme()

    def _draw(self) -> None:
        self.list.show(len(self.shown), self._palette_of())

    def _chosen(self) -> Entry | None:
        return self.shown[self.list.cursor] if self.list.cursor < len(self.shown) else None

    def _show_theme(self) -> None:
        chosen = self._chosen()
        has_asked = bool(self.line.value) or self.list.cursor > 0
        self._preview(chosen.theme if chosen is not None and has_asked else "")
        self._draw()

    def _take(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.dismiss(chosen)

    def _strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        entry = self.shown[row]
        back = palette.cursor if is_chosen else palette.text
        pen = Pen(width).put("▸ " if is_chosen else "  ", palette.accent + back)
        pen.write(entry.group, palette.dim + back, _GROUP).put(" ", back)
        key = min(_KEY, max(width // 4, 0)) if entry.key else 0
        pen.write(entry.text, palette.text + back, max(pen.room - key - 1, 0)).put(" ", back)
        if key:
            pen.write(entry.key, palette.key + back, key)
        return pen.strip(back)
