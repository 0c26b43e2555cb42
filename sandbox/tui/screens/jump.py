"""Jump labels: a letter on every panel; pressing one gives that panel the keys."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget

from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines

LETTERS: Final = "asdfghjklwertyuiopzxcvbnm"
"""In this order: those under the fingers first; q leaves."""

_WIDTH: Final = 5


class Label(Lines):
    """A letter over the upper right corner of a panel."""

    DEFAULT_CSS = """
    Label { position: absolute; width: 5; height: 1; }
    """

    def __init__(self, letter: str, panel: Widget, palette: Palette) -> None:
        super().__init__(f"jump-{letter}")
        region = panel.region
        at = region.right - _WIDTH - 1  # titles of panels begin at the left
        self.styles.offset = (max(at, region.x), region.y)
        self._strip = Pen(_WIDTH).put(f"[ {letter} ]", palette.alarm).strip(palette.alarm)

    def on_mount(self) -> None:
        """Draw it."""
        self.paint([self._strip])


class JumpScreen(ModalScreen[Widget | None]):
    """Asks where to go; gives the panel, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,question_mark", "dismiss(None)", "Nowhere", show=False),
    ]

    def __init__(self, panels: Sequence[Widget], palette: Palette) -> None:
        """Put a letter on each panel.

        Args:
            panels: Those on the screen, from the top left.
            palette: The styles.
        """
        super().__init__()
        self.targets = dict(zip(LETTERS, panels, strict=False))
        self._palette = palette
        self._at_size: Size | None = None

    def compose(self) -> ComposeResult:
        """The letters."""
        for letter, panel in self.targets.items():
            yield Label(letter, panel, self._palette)

    def on_key(self, event: events.Key) -> None:
        """Go to a panel; a letter that none has goes nowhere."""
        if event.key in self.targets:
            event.stop()
            self.dismiss(self.targets[event.key])
        elif event.is_printable and event.key not in {"q", "question_mark"}:
            event.stop()
            self.dismiss(None)

    def on_click(self) -> None:
        """A click goes nowhere."""
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """At another size the panels are elsewhere."""
        if self._at_size is not None and event.size != self._at_size:
            self.dismiss(None)
        self._at_size = event.size


def panels_of(screen: Widget) -> list[Widget]:
    """What can have the keys and is in sight, from the top left."""
    found = [
        widget
        for widget in screen.query("*")
        if widget.can_focus and widget.display and widget.region.area and _is_in_sight(widget)
    ]
    return sorted(found, key=lambda widget: (widget.region.y, widget.region.x))


def _is_in_sight(widget: Widget) -> bool:
    return all(each.display for each in widget.ancestors if isinstance(each, Widget))
