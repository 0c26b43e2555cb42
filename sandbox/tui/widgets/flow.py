"""The panel with the lanes; the picture itself is `lanes_picture`."""

from typing import Final

from textual import events
from textual.message import Message

from sandbox.app.frame import Frame
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lane_geometry import Room, divide
from sandbox.tui.widgets.lanes_picture import picture
from sandbox.tui.widgets.lines import Lines

_MESSAGES: Final = " messages"


class Flow(Lines, can_focus=True):
    """Lanes, one per level, with the messages in them."""

    BORDER_TITLE = "Cascade · a message moves right while it waits, and falls at the wall"

    class LaneChosen(Message):
        """Somebody clicked on a lane."""

        def __init__(self, lane: int) -> None:
            self.lane = lane
            super().__init__()

    def __init__(self, name: str = "flow") -> None:
        super().__init__(name)
        self._room: Room | None = None

    def show(self, frame: Frame, selected: int, palette: Palette) -> None:
        """Draw a frame.

        Args:
            frame: What to draw.
            selected: The lane to mark.
            palette: The styles.
        """
        width, height = self.content_size
        if width <= 0 or height <= 0:
            return
        self._room = divide(width, height, len(frame.lanes), selected)
        drawn = picture(frame, width, height, selected, palette)
        self.paint(drawn.lines)
        legend = legend_of(drawn.step, width)
        if self.border_subtitle != legend:
            self.border_subtitle = legend

    def on_click(self, event: events.Click) -> None:
        """Choose the lane under the pointer."""
        offset = event.get_content_offset(self)
        if offset is not None and self._room is not None:
            self.post_message(self.LaneChosen(self._room.lane_at(offset.y)))


def legend_of(step: int, width: int) -> str:
    """What the glyphs mean, as far as there is room; a denser scale is always told."""
    scale = f"·•●◉█ in steps of {step} messages" if step > 1 else "·•●◉█ 1–5"
    entries = [
        scale,
        "✓ delivered",
        "▼ falls",
        "✗ given up",
        "~ receipt lost",
        "○ not taken",
        "◆ the timeline's",
    ]
    if step == 1 and len("  ".join(entries)) + len(_MESSAGES) <= width - 4:
        entries[0] += _MESSAGES
    while len(entries) > 1 and len("  ".join(entries)) > width - 4:
        entries.pop()
    return "  ".join(entries)
