"""What is still to happen in a run, in order.

The order is that of (instant, rank): the rank puts the classes of things that may happen at one
instant in their order, and inside a class first scheduled is first served.

A run of a thousand messages a second has ten thousand things ahead of it, most of them seconds
away. In one heap each of them would be compared with a dozen others scattered all over the memory,
and a processor that waits for its memory is the largest single cost of such a run. So the agenda is
in two parts. What is due before `horizon` stands in `near`, a heap so small that it stays in the
processor's cache. All that is later lies in `_far`, unsorted, in a list for each stretch of time.
When `near` is used up, the next stretch that has anything in it is sorted, and becomes the next
`near`: a sorted list is a heap. Everything is compared only with what happens at about its time.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from itertools import chain, count
from typing import Any, Final

from sandbox.cascade.vocabulary import NEVER

_STRETCH_BITS: Final = 15
"""A stretch is 2^15 microseconds, 33 milliseconds."""

Item = tuple[int, int, Callable[[Any], None], Any]
"""When, in which order at that instant, what to do, with what."""

NOTHING: Final = (NEVER, 0)
"""The head of an empty agenda."""


class Agenda:
    """All that is still to happen."""

    __slots__ = ("_far", "_order", "_stretches", "horizon", "near")

    def __init__(self) -> None:
        self.near: list[Item] = []
        """A heap of all that is due before `horizon`."""
        self.horizon = 0
        self._far: dict[int, list[Item]] = {}
        """Number of a stretch -> what is due in it."""
        self._stretches: list[int] = []
        """A heap of the numbers of these."""
        self._order = count(1).__next__

    def __len__(self) -> int:
        return len(self.near) + sum(map(len, self._far.values()))

    def set_places(self, place: Callable[[], int]) -> None:
        """Give everything, from now on and already there, a place at its instant by other rules.

        For tests of what may hang on the order of one instant.

        Args:
            place: Takes the place of the count that serves first what was scheduled first.
        """
        self._order = place
        items = [*self.near, *(item for far in self._far.values() for item in far)]
        self.near.clear()
        self._far.clear()
        self._stretches.clear()
        self.horizon = 0
        for at, _, handler, what in items:
            self.add(at, 0, handler, what)

    def add(self, at: int, rank: int, handler: Callable[[Any], None], what: object) -> None:
        """Let something happen at an instant, after all of its rank that is there already."""
        if at < self.horizon:
            heappush(self.near, (at, rank + self._order(), handler, what))
            return
        item = (at, rank + self._order(), handler, what)
        stretch = at >> _STRETCH_BITS
        try:
            self._far[stretch].append(item)
        except KeyError:  # one in a hundred
            self._far[stretch] = [item]
            heappush(self._stretches, stretch)

    def items(self) -> list[Item]:
        """All that is still to happen, in the order in which it will; costs a look at all of it."""
        return sorted(chain(self.near, *self._far.values()))

    def remove(self, item: Item) -> None:
        """Take something off that is there; costs a look at all of it."""
        if item in self.near:
            self.near.remove(item)
            heapify(self.near)
            return
        stretch = item[0] >> _STRETCH_BITS
        self._far[stretch].remove(item)
        if not self._far[stretch]:
            del self._far[stretch]
            self._stretches.remove(stretch)
            heapify(self._stretches)

    def look_further(self) -> bool:
        """Fill `near`, which is empty, with the next stretch; False when nothing is left."""
        if not self._stretches:
            return False
        stretch = heappop(self._stretches)
        self.near += sorted(self._far.pop(stretch))
        self.horizon = stretch + 1 << _STRETCH_BITS
        return True

    def head(self) -> tuple[int, int]:
        """Instant and rank (with its order) of what comes next; `NOTHING` when nothing is left."""
        if not self.near and not self.look_further():
            return NOTHING
        return self.near[0][:2]
