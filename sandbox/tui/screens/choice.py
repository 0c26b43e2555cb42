"""One of several: a list over the screen; gives the row, or None."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.strip import Strip

from sandbox.tui.painting import Pen, heading
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import RowList, Wanted


class ChoiceScreen(ModalScreen[int | None]):
    """Asks for one of several."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "Take", show=False),
        Binding("escape,q", "dismiss(None)", "None of them", show=False),
    ]

    def __init__(self, title: str, names: Sequence[str], palette: Palette) -> None:
        """Make the list.

        Args:
            title: What is chosen.
            names: The choices, in their order.
            palette: The styles.
        """
        super().__init__()
        self._names = list(names)
        self._palette = palette
        self._list = RowList("choice", self._strip, nothing="there is nothing to choose from")
        self._list.border_title = heading(title)
        self._list.border_subtitle = "enter takes it · esc leaves it"

    def compose(self) -> ComposeResult:
        """The list."""
        yield self._list

    def on_mount(self) -> None:
        """Give the list the keys."""
        self._list.styles.height = len(self._names) + 2
        self._list.focus()
        self.call_after_refresh(self._list.show, len(self._names), self._palette)

    def on_resize(self) -> None:
        """Draw for the size."""
        self.call_after_refresh(self._list.show, len(self._names), self._palette)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """A second click takes a row."""
        if event.opens:
            self.action_take()

    def action_take(self) -> None:
        """Take the row under the cursor."""
        self.dismiss(self._list.cursor if self._names else None)

    def _strip(self, wanted: Wanted) -> Strip:
        row, width, is_chosen, palette = wanted
        back = palette.cursor if is_chosen else palette.text
        pen = Pen(width).put("▸ " if is_chosen else "  ", palette.accent + back)
        return pen.write(self._names[row], palette.text + back, width - 2).strip(back)
