"""The session broke: a card that says what happened, where, and that nothing is lost."""

from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.strip import Strip

from sandbox.app.breakdown import Breakdown
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.widgets.timeline import wrapped
from sandbox.tui.wording import clock, count

_WIDTH: Final = 72
_KEYS: Final = (
    ("c", "write a report into a file"),
    ("s", "save the session as a scenario, up to here"),
    ("q", "quit"),
    ("esc", "look around; r starts the run again"),
)


def card_lines(broken: Breakdown, said: str, width: int, palette: Palette) -> list[Strip]:
    """Draw the card.

    Args:
        broken: What happened.
        said: What came of the last key; "" for nothing yet.
        width: In cells.
        palette: The styles.
    """
    message = "" if broken.message is None else f", message m{broken.message}"
    where = f"at {clock(broken.at_us)}{message}, line {count(broken.line)} of the log"
    lines = [
        _text(piece, width, palette)
        for piece in wrapped("The simulation hit an error. It is stopped; nothing is lost.", width)
    ]
    lines += [Strip.blank(width, palette.text)]
    lines += [
        Pen(width).write(piece, palette.bad).strip(palette.text)
        for piece in wrapped(broken.what, width)[:4]
    ]
    lines += [_text(where, width, palette), Strip.blank(width, palette.text)]
    for key, about in _KEYS:
        pen = Pen(width).put(f"{key:>4}  ", palette.key).put(about, palette.text)
        lines.append(pen.strip(palette.text))
    lines.append(Strip.blank(width, palette.text))
    lines += [
        Pen(width).write(piece, palette.accent).strip(palette.text)
        for piece in wrapped(said, width)[:3]
    ]
    return lines


def _text(text: str, width: int, palette: Palette) -> Strip:
    return Pen(width).write(text, palette.text).strip(palette.text)


class ErrorCard(ModalScreen[None]):
    """Says what happened, and offers what can be done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "do('report')", "Report", show=False),
        Binding("s", "do('save')", "Save", show=False),
        Binding("q,ctrl+q,ctrl+c", "app.quit", "Quit", show=False),
        Binding("escape", "dismiss(None)", "Look around", show=False),
    ]

    def __init__(
        self, broken: Breakdown, deeds: dict[str, Callable[[], str]], palette: Palette
    ) -> None:
        """Make the card.

        Args:
            broken: What happened.
            deeds: `report` and `save`: each does it and says what came of it.
            palette: The styles.
        """
        super().__init__()
        self._broken = broken
        self._deeds = deeds
        self._palette = palette
        self.card = Lines("error-card")

    def compose(self) -> ComposeResult:
        """The card."""
        self.card.border_title = "Error"
        yield self.card

    def on_mount(self) -> None:
        """Draw when the size is known."""
        self._draw("")

    def on_resize(self) -> None:
        """Draw for the size."""
        self._draw("")

    def action_do(self, what: str) -> None:
        """Do it, and say what came of it."""
        self._draw(self._deeds[what]())

    def _draw(self, said: str) -> None:
        width = max(min(self.app.size.width, _WIDTH) - 4, 1)
        lines = card_lines(self._broken, said, width, self._palette)
        self.card.styles.height = len(lines) + 2
        self.card.paint(lines)
