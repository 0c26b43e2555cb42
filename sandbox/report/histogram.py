"""Durations counted by size, for a screen that asks for a percentile several times a second.

A bucket is at most 1/256 of its value wide, so an answer is off by less than 0.2 %: less than a
screen shows. What is exact, such as a metric or an expectation, never comes from here.
"""

from typing import Final

_FINE_BITS: Final = 8
"""A bucket's width is its value, shifted right by this."""


class Histogram:
    """Counts by bucket; takes 8 bytes for each bucket up to the longest duration seen."""

    __slots__ = ("_counts", "count")

    def __init__(self) -> None:
        self._counts: list[int] = []
        self.count = 0

    def add(self, duration_us: int) -> None:
        """Count one duration, not negative, in microseconds."""
        shift = duration_us.bit_length() - _FINE_BITS - 1
        bucket = (shift << _FINE_BITS) + (duration_us >> shift) if shift > 0 else duration_us
        counts = self._counts
        if bucket >= len(counts):
            counts.extend([0] * (bucket + 1 - len(counts)))
        counts[bucket] += 1
        self.count += 1

    def percentile(self, percent: int) -> int | None:
        """The nearest-rank percentile, within 0.2 %; None when nothing was counted."""
        if not self.count:
            return None
        rank = -(-percent * self.count // 100)
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                return _middle(bucket)
        return None


def _middle(bucket: int) -> int:
    shift = (bucket >> _FINE_BITS) - 1
    if shift <= 0:
        return bucket
    low = (bucket - (shift << _FINE_BITS)) << shift
    return low + (1 << shift >> 1)
