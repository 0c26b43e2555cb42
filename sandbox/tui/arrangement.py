"""Where every panel stands, for any size of the terminal: one pure function.

Four ways to arrange the panels, from small to large. Where not all fit, a *view* says which ones
are there, and a key goes from view to view.

    single    one view at a time                        80x24
    paired    lanes with channels beside them, or messages with the timeline    150x30
    stacked   lanes above, messages and one more panel below                   120x36
    full      everything                                160x45
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

WIDTH_MIN: Final = 60
HEIGHT_MIN: Final = 16

_NORMAL: Final = 110
_WIDE: Final = 150
_TALL: Final = 34
_CHANNELS_WIDTH: Final = 38
_CHANNELS_WIDTH_WIDE: Final = 44


class Part(StrEnum):
    """What stands somewhere on the screen."""

    HEADER = "header"
    FIGURES = "figures"
    PULSE = "pulse"
    """What changed since a knob was turned, and what is expected; where figures have tiles."""
    FLOW = "flow"
    CHANNELS = "channels"
    MESSAGES = "messages"
    TIMELINE = "timeline"
    TRANSPORT = "transport"
    NOTICE = "notice"
    KEYS = "keys"


PANELS: Final = (Part.FLOW, Part.CHANNELS, Part.MESSAGES, Part.TIMELINE)
"""What can have the focus, in the order of the tab key."""


class Box(NamedTuple):
    """A rectangle in cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A screen cut into boxes.

    Attributes:
        boxes: Part -> where it stands; a part that is missing is not shown.
        views: What the view key goes through; each is the panels shown, the first the default.
    """

    boxes: dict[Part, Box]
    views: tuple[tuple[Part, ...], ...]

    @property
    def is_too_small(self) -> bool:
        """There is no room for any panel."""
        return not self.views


def views_of(width: int, height: int) -> tuple[tuple[Part, ...], ...]:
    """The views there are at a size; none at all when it is too small."""
    if width < WIDTH_MIN or height < HEIGHT_MIN:
        return ()
    lists = (Part.MESSAGES, Part.TIMELINE)
    if width >= _WIDE and height >= _TALL:
        return (PANELS,)
    if height >= _TALL and width >= _NORMAL:
        return ((Part.FLOW, Part.CHANNELS, Part.MESSAGES), (Part.FLOW, *lists))
    if height >= _TALL:
        return ((Part.FLOW, Part.CHANNELS), (Part.FLOW, Part.MESSAGES), (Part.FLOW, Part.TIMELINE))
    if width >= _NORMAL:
        return ((Part.FLOW, Part.CHANNELS), lists)
    return ((Part.FLOW,), (Part.CHANNELS,), lists)


def arrange(width: int, height: int, view: int) -> Arrangement:
    """Cut a screen into boxes.

    Args:
        width: Of the terminal, in cells.
        height: Of the terminal, in lines.
        view: Which of the views to show; taken modulo their number.
    """
    views = views_of(width, height)
    if not views:
        return Arrangement({}, ())
    boxes: dict[Part, Box] = {}
    top = 0
    if height >= _TALL:
        boxes[Part.HEADER] = Box(0, 0, width, 1)
        top = 1
    figures = 3 if height >= _TALL else 1
    boxes[Part.FIGURES] = Box(0, top, width, figures)
    top += figures
    if height >= _TALL:
        boxes[Part.PULSE] = Box(0, top, width, 1)
        top += 1
    bottom = height
    for part in (Part.KEYS, Part.NOTICE, Part.TRANSPORT):
        bottom -= 1
        boxes[part] = Box(0, bottom, width, 1)
    room = Box(0, top, width, bottom - top)
    boxes.update(_panels(views[view % len(views)], room, is_tall=height >= _TALL))
    return Arrangement(boxes, views)


def _panels(shown: tuple[Part, ...], room: Box, *, is_tall: bool) -> dict[Part, Box]:
    """Put the panels of a view into the room that is left for them."""
    x, y, width, height = room
    match shown:
        case (only,):
            return {only: room}
        case (Part.MESSAGES, Part.TIMELINE):
            if width >= _NORMAL:
                return _side_by_side(room, width * 11 // 20, *shown)
            return _one_above_the_other(room, height // 2, *shown)
        case (Part.FLOW, Part.CHANNELS) if not is_tall:
            return _side_by_side(room, width - _CHANNELS_WIDTH, *shown)
        case (Part.FLOW, other):
            return _one_above_the_other(room, height * 11 // 20, Part.FLOW, other)
        case (Part.FLOW, left, right):
            flow = height * 3 // 5
            below = Box(x, y + flow, width, height - flow)
            at = _CHANNELS_WIDTH_WIDE if left is Part.CHANNELS else width // 2
            return {Part.FLOW: Box(x, y, width, flow)} | _side_by_side(below, at, left, right)
        case _:
            flow = height * 13 // 20
            channels = _CHANNELS_WIDTH if width < 190 else _CHANNELS_WIDTH_WIDE
            above = Box(x, y, width, flow)
            below = Box(x, y + flow, width, height - flow)
            return _side_by_side(above, width - channels, Part.FLOW, Part.CHANNELS) | _side_by_side(
                below, width * 11 // 20, Part.MESSAGES, Part.TIMELINE
            )


def _side_by_side(room: Box, at: int, left: Part, right: Part) -> dict[Part, Box]:
    x, y, width, height = room
    return {left: Box(x, y, at, height), right: Box(x + at, y, width - at, height)}


def _one_above_the_other(room: Box, at: int, upper: Part, lower: Part) -> dict[Part, Box]:
    x, y, width, height = room
    return {upper: Box(x, y, width, at), lower: Box(x, y + at, width, height - at)}
