"""In which way a provider is to be out: a small card over the live screen."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sandbox.app.knobs import Outage
from sandbox.tui.painting import Pen, heading
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines

_KINDS: Final = (
    ("b", Outage.BLACK_HOLE, "black hole", "takes all; nothing ever comes back"),
    ("r", Outage.REFUSES, "refuses", "turns everything away at once"),
    ("t", Outage.THROTTLES, "throttles", "says that all of it is too much"),
    ("n", Outage.SILENT, "no answer", "answers never come; half is taken"),
    ("s", Outage.SLOW, "slow answers", "answers take a hundred times as long"),
)
_MENDED: Final = ("m", None, "mended", "as it was before the outage")
_WIDTH: Final = 60


class OutageCard(Lines, can_focus=True):
    """The kinds, a line each."""

    def __init__(self, now: Outage | None, palette: Palette) -> None:
        super().__init__("outages")
        self._now = now
        self._palette = palette

    def on_mount(self) -> None:
        """Draw them."""
        palette, lines = self._palette, []
        for key, kind, word, about in (*_KINDS, _MENDED):
            mark = "●" if kind is self._now else " "
            pen = Pen(_WIDTH - 4).put(f"{mark} ", palette.accent).put(f"{key} ", palette.key)
            pen.put(f"{word:<14}", palette.text)
            lines.append(pen.write(about, palette.dim).strip(palette.text))
        self.paint(lines)


class Chosen:
    """What somebody chose: a kind, or that the provider is mended."""

    def __init__(self, outage: Outage | None) -> None:
        self.outage = outage


class OutageMenu(ModalScreen[Chosen | None]):
    """Asks in which way a provider is to be out; gives None for no answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"take({kind.name!r})", word, show=False) for key, kind, word, _ in _KINDS),
        Binding("m,o", "take('')", "Mended", show=False),
        Binding("escape,q,O", "dismiss(None)", "Nothing", show=False),
    ]

    def __init__(self, provider: str, now: Outage | None, palette: Palette) -> None:
        """Ask about a provider.

        Args:
            provider: Its name.
            now: How it is out now; None while it is not.
            palette: The styles.
        """
        super().__init__()
        self._card = OutageCard(now, palette)
        self._card.border_title = heading(f"How is {provider} out?")
        self._card.border_subtitle = "esc leaves it as it is"

    def compose(self) -> ComposeResult:
        """The card."""
        yield self._card

    def on_mount(self) -> None:
        """Give the card the keys."""
        self._card.focus()

    def action_take(self, kind: str) -> None:
        """Take a kind; "" mends."""
        self.dismiss(Chosen(Outage[kind] if kind else None))
