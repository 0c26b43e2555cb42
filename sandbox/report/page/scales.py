"""From values to places on paper: axes, and the ticks people like to read.

Only whole numbers and their quotients: no logarithm of any machine has a say in a picture.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sandbox.report.figures import span_text

_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US

_STEPS_US: Final = (
    *(1000 * step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(_SECOND_US * step for step in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE_US * step for step in (1, 2, 5, 10, 15, 30)),
    *(_HOUR_US * step for step in (1, 2, 3, 6, 12)),
    *(_DAY_US * step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
"""Between ticks of time."""

LOG_TICKS_US: Final = (
    *(1000 * step for step in (1, 10, 100)),
    *(_SECOND_US * step for step in (1, 3, 10, 30)),
    *(_MINUTE_US * step for step in (1, 3, 10, 30)),
    *(_HOUR_US * step for step in (1, 3, 12)),
    *(_DAY_US * step for step in (1, 3, 10, 30, 100)),
)
"""Where a logarithmic axis of durations may have a tick."""


class Tick(NamedTuple):
    """A mark on an axis; `at` in the axis' own unit."""

    at: int
    label: str


def step_us(span_us: int, most: int) -> int:
    """The least readable step that divides a span of time into at most so many parts."""
    for step in _STEPS_US:
        if span_us <= step * most:
            return step
    return -(-span_us // most)


def time_ticks(span_us: int, most: int) -> list[Tick]:
    """Marks from 0 on along a span of time."""
    step = step_us(max(span_us, 1), most)
    return [Tick(at, clock_text(at)) for at in range(0, span_us + 1, step)]


def clock_text(at_us: int) -> str:
    """An instant of the run or a duration, in few letters: `0`, `250 ms`, `90 s`, `5 min`, `2 h`.

    What is no round number of any unit is told as `1:30 min` or `1:05 h`.
    """
    if not at_us:
        return "0"
    if at_us % _DAY_US == 0:
        return f"{at_us // _DAY_US} d"
    if at_us > _HOUR_US and at_us % _MINUTE_US == 0 and at_us % _HOUR_US:
        return f"{at_us // _HOUR_US}:{at_us // _MINUTE_US % 60:02} h"
    if at_us > _MINUTE_US and at_us % _SECOND_US == 0 and at_us % _MINUTE_US:
        return f"{at_us // _MINUTE_US}:{at_us // _SECOND_US % 60:02} min"
    return span_text(at_us)


def count_ticks(most: int, parts: int) -> list[int]:
    """Round marks from 0 up to the first that is not below `most`; at most `parts` + 1 of them."""
    step = 1
    while most > step * parts:
        step = _next_round(step)
    top = -(-max(most, 1) // step) * step
    return list(range(0, top + 1, step))


def _next_round(step: int) -> int:
    """The number after this one in 1, 2, 5, 10, 20, 50 and so on."""
    lead = int(str(step)[0])
    return step * 5 // 2 if lead == 2 else step * 2


def doublings(value: int) -> float:
    """How often 1 must be doubled to reach a value from 1 on; exact at each doubling.

    In between it is a straight line, which is near enough for a place on paper, and the same on
    every machine.
    """
    whole = max(value, 1).bit_length() - 1
    return whole + max(value, 1) / (1 << whole) - 1


class Line(NamedTuple):
    """A straight axis.

    Attributes:
        least: The value at `begin`; `most` is the one at `end`.
        begin: In the picture's own unit.
    """

    least: int
    most: int
    begin: float
    end: float

    def place(self, value: float) -> float:
        """Where a value is; nothing leaves the axis."""
        span = (self.most - self.least) or 1
        share = min(max((value - self.least) / span, 0.0), 1.0)
        return self.begin + share * (self.end - self.begin)


class LogLine(NamedTuple):
    """A logarithmic axis of durations; as `Line`, and `least` is at least 1."""

    least: int
    most: int
    begin: float
    end: float

    def place(self, value: int) -> float:
        """Where a duration is; nothing leaves the axis."""
        low, high = doublings(self.least), doublings(self.most)
        share = (doublings(value) - low) / ((high - low) or 1)
        return self.begin + min(max(share, 0.0), 1.0) * (self.end - self.begin)

    def ticks(self) -> list[Tick]:
        """The marks that are on it."""
        return [Tick(at, clock_text(at)) for at in LOG_TICKS_US if self.least <= at <= self.most]


def apart(places: Sequence[float], gap: float, *, least: float, most: float) -> list[float]:
    """The same places, moved so that each is at least `gap` from the one before, in their order.

    Args:
        places: Where labels would like to be, in any order.
        gap: What a label needs.
        least: None is moved below.
        most: None is moved above, as long as there is room for all of them.
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    below = least - gap
    for nth in order:
        moved[nth] = below = max(moved[nth], below + gap)
    above = most + gap
    for nth in reversed(order):
        moved[nth] = above = min(moved[nth], above - gap)
    return moved
