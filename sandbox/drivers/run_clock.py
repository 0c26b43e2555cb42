"""How late it is in a live run: microseconds since it began, which only ever grow.

While a process runs, its monotonic clock counts; what the wall clock does meanwhile plays no part.
From one process to the next there is only what was stored: an instant of the run, with what both
clocks showed then. Of two answers to how long nobody was there the shorter one is taken, so that a
wall clock that was put forward makes no timer early; it may make one late. After the machine was
started anew the monotonic clock has begun again, and the wall clock must do.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

_NS_PER_US = 1000
_NS_PER_MS = 1_000_000


class Mark(NamedTuple):
    """An instant of a run, and what the clocks showed then.

    Attributes:
        at_us: Microseconds since the run began.
        wall_ms: Wall time, in milliseconds since 1970.
        monotonic_ns: The monotonic clock, in nanoseconds; counts from no date in particular.
    """

    at_us: int
    wall_ms: int
    monotonic_ns: int


class RunClock:
    """The clock of one process."""

    def __init__(
        self,
        monotonic_ns: Callable[[], int],
        *,
        from_us: int = 0,
        speed: Fraction = Fraction(1),
    ) -> None:
        """Start the clock.

        Args:
            monotonic_ns: Nanoseconds that never go back, such as `time.monotonic_ns`.
            from_us: The instant of the run that it is now.
            speed: Seconds of the run per second of wall time; 1 but for rehearsals.
        """
        self._monotonic_ns = monotonic_ns
        self._begun_ns = monotonic_ns()
        self._from_us = from_us
        self._latest_us = from_us
        self._speed = speed

    @classmethod
    def resumed(
        cls,
        mark: Mark,
        *,
        monotonic_ns: Callable[[], int],
        wall_ms: int,
        speed: Fraction = Fraction(1),
    ) -> "RunClock":
        """The clock of a process that takes a run up again.

        Args:
            mark: The latest that was stored.
            monotonic_ns: As above.
            wall_ms: Wall time now.
            speed: As above.
        """
        away_ns = max(0, (wall_ms - mark.wall_ms) * _NS_PER_MS)
        counted_ns = monotonic_ns() - mark.monotonic_ns
        if counted_ns >= 0:
            away_ns = min(away_ns, counted_ns)
        from_us = mark.at_us + int(away_ns * speed) // _NS_PER_US
        return cls(monotonic_ns, from_us=from_us, speed=speed)

    def begin(self) -> None:
        """Let it be the instant it was set to, whatever was prepared since."""
        self._begun_ns = self._monotonic_ns()
        self._latest_us = self._from_us

    def now_us(self) -> int:
        """The instant of the run."""
        gone_ns = int((self._monotonic_ns() - self._begun_ns) * self._speed)
        # A source that goes back against its word makes the run stand still, not go back.
        self._latest_us = max(self._latest_us, self._from_us + gone_ns // _NS_PER_US)
        return self._latest_us

    def seconds_until(self, at_us: int) -> float:
        """How much wall time is left until an instant of the run, in seconds; 0: it is there."""
        return max(0.0, float(Fraction(at_us - self.now_us(), 1_000_000) / self._speed))
