"""The live lock's dialog: what would really be sent, all that is missing, and the numbers to type.

Nothing is switched before somebody has typed the very numbers it goes to; escape switches nothing.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Label

from sandbox.tui.painting import Pen, heading
from sandbox.tui.screens.compose_card import OwnLine
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.widgets.timeline import wrapped

Confirm = Callable[[str], Sequence[str]]
"""Takes what was typed; gives what is missing, nothing where it is done."""

_TYPED_MAX: Final = 600
_SHUT: Final = "The live lock is shut: nothing is switched. It asks for"


class SwitchLines(Lines):
    """What would be sent, and what is missing."""

    def __init__(self, told: Sequence[str], palette: Palette) -> None:
        super().__init__("switch-lines")
        self._told = told
        self._palette = palette
        self.missing: Sequence[str] = ()

    def on_resize(self) -> None:
        """Draw for the width."""
        self.draw()

    def draw(self) -> None:
        """Draw all of it."""
        width, palette = self.size.width, self._palette
        if width <= 0:
            return
        lines = [line for text in self._told for line in self._lines_of(text, palette.text, width)]
        if self.missing:
            lines.append(Pen(width).put(_SHUT, palette.bad).strip(palette.text))
            for text in self.missing:
                lines += self._lines_of(text, palette.warn, width, "· ")
        self.styles.height = len(lines)
        self.paint(lines)

    def _lines_of(self, text: str, look: object, width: int, mark: str = "") -> list[Strip]:
        palette = self._palette
        pens = []
        for nth, piece in enumerate(wrapped(text, max(width - 2, 1))):
            pen = Pen(width).put(mark if not nth else "  ", palette.dim)
            pens.append(pen.write(piece, look).strip(palette.text))  # type: ignore[arg-type]
        return pens


class SwitchCard(ModalScreen[bool]):
    """Asks whether it shall really be sent; True where somebody has confirmed it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Nothing", show=False),
    ]

    def __init__(
        self,
        title: str,
        told: Sequence[str],
        missing: Sequence[str],
        confirm: Confirm,
        palette: Palette,
    ) -> None:
        """Ask.

        Args:
            title: What would become real.
            told: What would be sent, line by line.
            missing: All that is missing; then nothing can be typed.
            confirm: Does it, or says what is missing.
            palette: The styles.
        """
        super().__init__()
        self._title = title
        self._confirm = confirm
        self._can_type = not missing
        self.lines = SwitchLines(told, palette)
        self.lines.missing = missing
        self.typed = OwnLine("switch-typed", "", _TYPED_MAX)

    def compose(self) -> ComposeResult:
        """The card."""
        with VerticalScroll(id="switching") as card:
            card.border_title = heading(self._title)
            card.border_subtitle = "esc switches nothing"
            yield self.lines
            if self._can_type:
                with Horizontal():
                    yield Label("type it: ", markup=False)
                    yield self.typed

    def on_mount(self) -> None:
        """Give the line the keys, or what is to be read."""
        if self._can_type:
            self.typed.focus()
        else:
            self.query_one("#switching").focus()

    def on_input_submitted(self) -> None:
        """Enter confirms; what is wrong is said, and nothing is switched."""
        missing = self._confirm(self.typed.value)
        if missing:
            self.lines.missing = missing
            self.lines.draw()
        else:
            self.dismiss(result=True)
