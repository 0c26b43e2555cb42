"""Where things stand in a lane: how a panel is divided, and which cell an age falls into.

Only arithmetic: no glyphs, no styles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from sandbox.app.frame import LaneView
from sandbox.report.figures import span_text
from sandbox.report.lanes import (
    TRACK_BITS,
    LanePlan,
    is_accepted,
    is_unheard,
    slice_of,
    track_of,
)

_SIDES: Final = ((100, (18, 21)), (52, (15, 13)), (24, (10, 8)), (0, (0, 0)))
"""From which width on there is how much room to the left and right of the messages."""

_TICK_COLUMNS: Final = 8
_ROWS_MIN: Final = 2
_LEGIBLE: Final = 3
"""A cell shows up to five messages apart; with more than so many on average, nothing is told."""


@dataclass(frozen=True, slots=True)
class Room:
    """How a panel of some size is divided.

    Attributes:
        left: Columns for a lane's name and knobs.
        field: Columns for the messages.
        right: Columns for what came of them.
        rows: How many lines each visible lane has, its bottom line not counted.
        first: The first visible lane.
    """

    left: int
    field: int
    right: int
    rows: tuple[int, ...]
    first: int

    def lane_at(self, y: int) -> int:
        """The lane on a line of the panel."""
        top = 0
        for offset, rows in enumerate(self.rows):
            top += rows + 1
            if y < top:
                return self.first + offset
        return self.first + len(self.rows) - 1


def divide(width: int, height: int, lanes: int, selected: int) -> Room:
    """Divide a panel among lanes; where not all have room, the selected one is among those shown.

    Args:
        width: Of the panel's inside, in cells.
        height: Of the panel's inside, in lines.
        lanes: How many there are.
        selected: The lane that must be seen.
    """
    left, right = next(sides for least, sides in _SIDES if width >= least)
    shown = max(min(lanes, height // (_ROWS_MIN + 1)), 1)
    first = min(max(selected - shown + 1, 0), lanes - shown)
    each, more = divmod(max(height - shown, 0), shown)
    rows = tuple(each + (index < more) for index in range(shown))
    return Room(left, max(width - left - right, 1), right, rows, first)


class Counts(NamedTuple):
    """How many messages stand in each cell of a lane, row by row.

    Attributes:
        accepted: Of everyone, those a provider has.
        unheard: Of everyone, those the person has, and no receipt will say so (truth).
    """

    everyone: list[int]
    accepted: list[int]
    unheard: list[int]


def counts_of(lane: LaneView, now_us: int, columns: int, rows: int) -> Counts:
    """Count the messages in each cell of a lane of some size."""
    nobody = [0] * (rows * columns)
    everyone, accepted, unheard = nobody, nobody.copy(), nobody.copy()
    if not nobody:  # a lane without room
        return Counts(everyone, accepted, unheard)
    plan = lane.plan
    slice_us, span_us, wall = plan.slice_us, plan.span_us, wall_column(plan, columns)
    last = columns - 1
    for (
        key,
        count,
    ) in lane.state.slices.items():  # thousands of times a frame: `column_of`, spelled out
        column = (now_us - slice_of(key) * slice_us) * columns // span_us
        if column >= wall:  # nobody stands inside the wall
            column += 1
        column = last if column > last else max(column, 0)
        cell = (track_of(key) * rows >> TRACK_BITS) * columns + column
        everyone[cell] += count
        if is_accepted(key):
            accepted[cell] += count
        if is_unheard(key):
            unheard[cell] += count
    return Counts(everyone, accepted, unheard)


def column_of(age_us: int, span_us: int, columns: int) -> int:
    """The column of an age; what is older than the lane shows stands at its right end."""
    return min(max(age_us * columns // span_us, 0), columns - 1)


def wall_column(plan: LanePlan, columns: int) -> int:
    """Where the wall stands; beyond the field when the level has none.

    One column to the right of the wait: the wait runs from the answer, a moment after the message
    entered, so that those about to fall stand before the wall and not behind it.
    """
    if plan.wait_us is None:
        return columns
    return min(column_of(plan.wait_us, plan.span_us, columns) + 1, columns - 1)


def messages_per_step(counts: Iterable[int]) -> int:
    """How many messages one step of density stands for: 1, 5, 25, … as the lanes fill up.

    Args:
        counts: How many messages stand in each cell.
    """
    occupied = [count for count in counts if count]
    step = 1
    while sum(occupied) > _LEGIBLE * step * len(occupied):
        step *= 5
    return step


def ticks_of(span_us: int, columns: int) -> list[tuple[int, str]]:
    """Columns of a field with the instants they stand for, as many as can be read."""
    most = max(columns // _TICK_COLUMNS, 1)
    for step_us in _STEPS_US:
        if span_us // step_us <= most:
            ticks = [
                (column_of(at, span_us, columns), span_text(at) if at else "0 s")
                for at in range(0, span_us - step_us // 3, step_us)
            ]
            if all(a + len(text) < b for (a, text), (b, _) in pairwise(ticks)):
                return ticks
    return [(0, "0 s")]


_STEPS_US: Final = tuple(
    seconds * 1_000_000
    for seconds in (
        1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600,
        43_200, 86_400, 172_800, 604_800,
    )
)  # fmt: skip
