"""The card of the first start: four keys over the live screen, which runs on under it."""

from collections.abc import Callable
from typing import Final

from textual import events

from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines

FOR_GOOD: Final = "x"
"""This key puts the card away and keeps it away; any other does it for this time."""

_KEYS: Final = (
    ("space", "pause"),
    ("o", "break a provider: watch the crowd"),
    ("t", "follow one message"),
    ("?", "every key"),
)
_WIDTH: Final = 48
_FRAME: Final = 4


class FirstCard(Lines):
    """Says how to begin; goes away with any key or a click."""

    BORDER_TITLE = "Fallback Sandbox"
    BORDER_SUBTITLE = "any key: away · x: for good"

    def __init__(self, palette: Palette, for_good: Callable[[], None]) -> None:
        """Make the card.

        Args:
            palette: The styles.
            for_good: Called when somebody does not want to see it again.
        """
        super().__init__("first-card")
        self._palette = palette
        self._for_good = for_good

    def on_mount(self) -> None:
        """Draw it."""
        palette, width = self._palette, _WIDTH - _FRAME
        blank = Pen(width).strip(palette.text)
        lines = [
            Pen(width)
            .put("Each dot is somebody who waits for a code.", palette.strong)
            .strip(palette.text),
            blank,
        ]
        for key, about in _KEYS:
            pen = Pen(width).put(f"{key:>7}  ", palette.key)
            lines.append(pen.put(about, palette.text).strip(palette.text))
        self.paint([*lines, blank])

    def answer(self, event: events.Key) -> None:
        """Go away. What the key does otherwise it does as well, unless it is `x`."""
        if event.key == FOR_GOOD:
            self._for_good()
            event.stop()
            event.prevent_default()
        self.remove()

    def on_click(self, event: events.Click) -> None:
        """Go away, for this time."""
        event.stop()
        self.remove()
