"""Numbers kept in order while they come and go, in short runs: nothing ever sorts all of them.

A million numbers are never sorted at once, which would take a screen many frames. One is put in, or
taken out, in a few microseconds; many that stand side by side at once, in hardly more.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

RUN: Final = 1000
"""About how many numbers stand in a run; at most twice as many."""


class SortedKeys:
    """Whole numbers in ascending order, each once."""

    __slots__ = ("_ends", "_last", "_runs")

    def __init__(self) -> None:
        self._runs: list[list[int]] = []
        self._last: list[int] = []
        """The largest number of each run."""
        self._ends: list[int] | None = []
        """How many numbers stand in a run and those before; None when that must be counted anew."""

    def __len__(self) -> int:
        return self._counts()[-1] if self._runs else 0

    def __getitem__(self, position: int) -> int:
        """The number at a position, from 0.

        Raises:
            IndexError: there is none.
        """
        ends = self._counts()
        if not 0 <= position < (ends[-1] if ends else 0):
            raise IndexError(position)
        run = bisect_right(ends, position)
        return self._runs[run][position - (ends[run - 1] if run else 0)]

    def position(self, key: int) -> int | None:
        """Where a number stands, from 0; None when it is not there."""
        run = bisect_left(self._last, key)
        if run == len(self._runs):
            return None
        at = bisect_left(self._runs[run], key)
        if self._runs[run][at] != key:
            return None
        return at + (self._counts()[run - 1] if run else 0)

    def put(self, keys: Sequence[int]) -> None:
        """Put numbers in; they are in ascending order, and none of them is there."""
        if not keys:
            return
        self._ends = None
        runs, last = self._runs, self._last
        at = bisect_left(last, keys[0])
        if at == len(runs):
            if runs and len(runs[-1]) + len(keys) <= RUN:
                runs[-1].extend(keys)
                last[-1] = keys[-1]
            else:
                runs.append(list(keys))
                last.append(keys[-1])
        elif keys[-1] < runs[at][0]:
            if len(runs[at]) + len(keys) <= RUN:
                runs[at][:0] = keys
            else:
                runs.insert(at, list(keys))
                last.insert(at, keys[-1])
        else:
            for key in keys:
                self._put_one(key)

    def _put_one(self, key: int) -> None:
        runs, last = self._runs, self._last
        at = min(bisect_left(last, key), len(runs) - 1)
        run = runs[at]
        run.insert(bisect_left(run, key), key)
        if len(run) > 2 * RUN:
            runs.insert(at + 1, run[RUN:])
            del run[RUN:]
            last.insert(at, run[-1])
        else:
            last[at] = run[-1]

    def take(self, keys: Sequence[int]) -> None:
        """Take numbers out; they are in ascending order, and all of them are there."""
        if not keys:
            return
        self._ends = None
        at = bisect_left(self._last, keys[0])
        run = self._runs[at]
        first = bisect_left(run, keys[0])
        if run[first : first + len(keys)] == keys:  # they stand side by side
            del run[first : first + len(keys)]
            self._see_to(at)
        else:
            for key in keys:
                at = bisect_left(self._last, key)
                run = self._runs[at]
                del run[bisect_left(run, key)]
                self._see_to(at)

    def _see_to(self, at: int) -> None:
        """A run from which something was taken may have another end, or none."""
        if self._runs[at]:
            self._last[at] = self._runs[at][-1]
        else:
            del self._runs[at], self._last[at]

    def _counts(self) -> list[int]:
        if self._ends is None:
            self._ends = list(accumulate(map(len, self._runs)))
        return self._ends
