"""What can be written down of a run: a small card over the screen."""

from enum import StrEnum
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines


class Export(StrEnum):
    """What is written."""

    SVG = "svg"
    REPORT = "report"
    MASKED = "masked"


_ROWS: Final = (
    ("s", Export.SVG, "this screen", "as an SVG, for a page or a slide"),
    ("h", Export.REPORT, "report", "the run as one page of HTML"),
    ("m", Export.MASKED, "report, masked", "without numbers, texts and codes"),
)
_WIDTH: Final = 60


class ExportCard(Lines, can_focus=True):
    """The exports, a line each."""

    def __init__(self, palette: Palette) -> None:
        super().__init__("exports")
        self._palette = palette

    def on_mount(self) -> None:
        """Draw them."""
        palette = self._palette
        lines = []
        for key, _, word, about in _ROWS:
            pen = Pen(_WIDTH - 4).put(f" {key} ", palette.key).put(f"{word:<17}", palette.text)
            lines.append(pen.write(about, palette.dim).strip(palette.text))
        self.paint(lines)


class ExportMenu(ModalScreen[Export | None]):
    """Asks what is to be written; gives None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"choose({what.value!r})", word, show=False)
            for key, what, word, _ in _ROWS
        ),
        Binding("escape,q,e", "dismiss(None)", "Nothing", show=False),
    ]

    def __init__(self, palette: Palette) -> None:
        """Ask.

        Args:
            palette: The styles.
        """
        super().__init__()
        self._card = ExportCard(palette)

    def compose(self) -> ComposeResult:
        """The card."""
        self._card.border_title = "Export"
        self._card.border_subtitle = "esc writes nothing"
        yield self._card

    def on_mount(self) -> None:
        """Give the card the keys."""
        self._card.focus()

    def action_choose(self, what: str) -> None:
        """Write this."""
        self.dismiss(Export(what))
