"""What can be done about one message: a small card over the live screen."""

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sandbox.cascade.vocabulary import Act
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines

_ACTS: Final = (
    ("n", Act.NEXT, "next level now", "leave this level, whatever it is waiting for"),
    ("c", Act.CANCEL, "cancel", "end the message; nothing more is sent"),
    ("s", Act.RESEND, "send again", "once more, at the level it is at"),
    ("e", Act.VERIFIED, "code entered", "the person has typed the code"),
)
FORCE: Final = "force"
"""What the menu gives for deciding what an attempt comes to; that has a menu of its own."""
_FORCING: Final = ("f", FORCE, "force …", "what its attempt shall come to")
_WIDTH: Final = 68


class ActCard(Lines, can_focus=True):
    """The acts, a line each."""

    def __init__(self, palette: Palette) -> None:
        super().__init__("acts")
        self._palette = palette

    def on_mount(self) -> None:
        """Draw them."""
        palette = self._palette
        lines = []
        for key, _, word, about in (*_ACTS, _FORCING):
            pen = Pen(_WIDTH - 4).put(f" {key} ", palette.key).put(f"{word:<15}", palette.text)
            lines.append(pen.write(about, palette.dim).strip(palette.text))
        self.paint(lines)


class ActMenu(ModalScreen[Act | str | None]):
    """Asks what is to be done about a message; gives None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"choose({act.value!r})", word, show=False) for key, act, word, _ in _ACTS),
        Binding("f,K", f"dismiss({FORCE!r})", "Force", show=False),
        Binding("escape,q,a", "dismiss(None)", "Nothing", show=False),
    ]

    def __init__(self, message: int, palette: Palette) -> None:
        """Ask about a message.

        Args:
            message: Its number.
            palette: The styles.
        """
        super().__init__()
        self._message = message
        self._card = ActCard(palette)

    def compose(self) -> ComposeResult:
        """The card."""
        self._card.border_title = f"m{self._message}"
        self._card.border_subtitle = "esc leaves it alone"
        yield self._card

    def on_mount(self) -> None:
        """Give the card the keys."""
        self._card.focus()

    def action_choose(self, act: str) -> None:
        """Do this."""
        self.dismiss(Act(act))

    def on_click(self, event: events.Click) -> None:
        """A click on a line does it."""
        offset = event.get_content_offset(self._card)
        if offset is not None and offset.y < len(_ACTS):
            self.dismiss(_ACTS[offset.y][1])
        elif offset is not None and offset.y == len(_ACTS):
            self.dismiss(FORCE)
