"""The ground of the panels: a widget that is given its lines, and repaints those that changed."""

from collections.abc import Sequence
from typing import Final

from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

_MANY: Final = 0.7
"""From this share of changed lines on, one repaint of everything is cheaper than many of one."""


class Lines(Widget):
    """Shows lines made elsewhere, from the top; what did not change is not painted again."""

    class Resized(Message):
        """Its lines were made for another size, or for none at all."""

    def on_resize(self) -> None:
        """Ask whoever makes the lines for others."""
        self.post_message(self.Resized())

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._lines: list[Strip] = []
        self._grounded: list[Strip | None] = []
        self._ground = Style()

    def paint(self, lines: Sequence[Strip]) -> None:
        """Show these lines instead of the ones before."""
        old, self._lines = self._lines, list(lines)
        if len(old) != len(self._lines):
            self._grounded = [None] * len(self._lines)
            self.refresh()
            return
        changed = [y for y, line in enumerate(self._lines) if line != old[y]]
        for y in changed:
            self._grounded[y] = None
        if len(changed) > _MANY * len(self._lines):
            self.refresh()
        elif changed:
            width = self.content_size.width
            self.refresh(*[Region(0, y, width, 1) for y in changed])

    def render_line(self, y: int) -> Strip:
        """One line, on the widget's background."""
        if y >= len(self._lines):
            return Strip.blank(self.content_size.width, self._ground)
        line = self._grounded[y]
        if line is None:
            line = self._grounded[y] = self._lines[y].apply_style(self._ground)
        return line

    @property
    def shown_text(self) -> str:
        """The lines as plain text."""
        return "\n".join(line.text.rstrip() for line in self._lines)

    def notify_style_update(self) -> None:
        """The theme or a rule has changed: all lines need their background anew."""
        super().notify_style_update()
        self._ground = self.rich_style
        self._grounded = [None] * len(self._lines)
