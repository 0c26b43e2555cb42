"""How much a provider takes: a token bucket for its rate, and a count for its quota.

The bucket is kept as one instant, that at which it will be full again (the generic cell rate
algorithm): a submission is within the limit when that instant is no further ahead than the burst
allows, and pushes it on by the time between two submissions. Instants are kept in picoseconds, so
that a rate of a few million an hour is still held exactly by integers.

A quota is counted in windows of fixed length from the start of the run.
"""

from typing import Final

from sandbox.simulation.spec import Settings

_PS: Final = 1_000_000
"""Picoseconds in a microsecond."""
_DAY_PS: Final = 86_400 * 10**12
_MILLIONTHS: Final = 1_000_000


class RateLimit:
    """So many submissions in a time, and some more at once."""

    __slots__ = ("_full_at_ps",)

    def __init__(self) -> None:
        """Begin with a full bucket."""
        self._full_at_ps = 0

    def wait_us(self, settings: Settings, now: int) -> int:
        """How long until there is room for one more submission, in microseconds; 0: there is."""
        if settings.limit_rate is None:
            return 0
        room_ps = (max(settings.limit_burst, 1) - 1) * _interval_ps(settings.limit_rate)
        ahead_ps = self._full_at_ps - now * _PS - room_ps
        return max(0, -(-ahead_ps // _PS))

    def take(self, settings: Settings, now: int) -> None:
        """Count a submission, be there room for it now or later."""
        if settings.limit_rate is not None:
            begins_ps = max(self._full_at_ps, now * _PS)
            self._full_at_ps = begins_ps + _interval_ps(settings.limit_rate)


class Quota:
    """So many submissions in each window."""

    __slots__ = ("_per_us", "_used", "_window")

    def __init__(self, per_us: int) -> None:
        """Begin with nothing used; `per_us` is the length of a window."""
        self._per_us = per_us
        self._window = 0
        self._used = 0

    def wait_us(self, settings: Settings, now: int) -> int:
        """How long until there is room for one more submission, in microseconds; 0: there is."""
        if settings.quota_count is None:
            return 0
        window, used = self._at(now)
        if used >= settings.quota_count:
            window += 1
        return max(0, window * self._per_us - now)

    def take(self, settings: Settings, now: int) -> None:
        """Count a submission, be there room for it now or later."""
        if settings.quota_count is None:
            return
        self._window, self._used = self._at(now)
        if self._used >= settings.quota_count:
            self._window, self._used = self._window + 1, 0
        self._used += 1

    def _at(self, now: int) -> tuple[int, int]:
        """The window in which the next submission counts, and how many it has."""
        window = now // self._per_us
        return (window, 0) if window > self._window else (self._window, self._used)


def _interval_ps(rate: int) -> int:
    """The time between two submissions at a rate in millionths a day, in picoseconds."""
    return _DAY_PS * _MILLIONTHS // max(rate, 1)
