"""Who fares differently in two runs, worked out in slices while both go on.

Messages are looked at in blocks, the newest first, as far as the time given allows; what was found
can be listed meanwhile. When all have been seen and the runs have gone on, all are seen again, one
block after the other: a copy may still arrive of what is over. So neither a look nor a frame takes
longer the more messages there are.
"""

from collections.abc import Callable, Sequence
from typing import Final

from sandbox.app.session import Session
from sandbox.app.sorted_keys import SortedKeys
from sandbox.report.fates import gravity

BLOCK: Final = 256
"""Messages looked at between two looks at the time."""

GRAVEST: Final = 3
_NUMBER_BITS: Final = 32
_MASK: Final = (1 << _NUMBER_BITS) - 1


class Differences:
    """The messages that are over in both and fare differently: the gravest first, then by age.

    The gravest are those that only one of the two delivers: see `gravity`.
    """

    def __init__(self, first: Session, second: Session, channels: Sequence[str]) -> None:
        """Look at two sessions that begin.

        Args:
            first: A.
            second: B; its messages pair with A's by their numbers.
            channels: Names of channels, in an order that is the same for both.
        """
        self._sessions = (first, second)
        self._fates = (first.fates(channels), second.fates(channels))
        self._keys = SortedKeys()
        self._blocks: dict[int, list[int]] = {}
        """Block -> the keys of it that are listed, in ascending order."""
        self._todo: list[int] = []
        """Blocks not looked at since the sweep began, the next one last."""
        self._swept: tuple[int, ...] | None = None
        """What both had come to when this sweep began."""

    @property
    def paired_count(self) -> int:
        """Messages that both have by now."""
        return min(session.message_count for session in self._sessions)

    @property
    def is_at_work(self) -> bool:
        """Something has happened that was not looked at."""
        return bool(self._todo) or self._swept != self._stamp

    @property
    def _stamp(self) -> tuple[int, ...]:
        return tuple(session.fact_count for session in self._sessions)

    def work(self, may_go_on: Callable[[], bool]) -> bool:
        """Look at messages as long as there is time.

        Args:
            may_go_on: Asked after every block; False ends the call.

        Returns:
            Whether anything was looked at.
        """
        if not self._todo:
            if self._swept == self._stamp:
                return False
            self._swept = self._stamp
            self._todo = list(range(self.paired_count // BLOCK + 1))
        while self._todo:
            self._look_at(self._todo.pop())
            if not may_go_on():
                break
        return True

    def _look_at(self, block: int) -> None:
        first = max(block * BLOCK, 1)
        last = min((block + 1) * BLOCK, self.paired_count + 1)
        kept = self._blocks.get(block, [])
        found = self._found(first, last)
        if found == kept:
            return
        self._keys.take(kept)
        self._keys.put(found)
        self._blocks[block] = found

    def _found(self, first: int, last: int) -> list[int]:
        """The keys of those messages of a range that differ, in ascending order."""
        a, b = self._fates
        one, other = (session.is_decided for session in self._sessions)
        found = []
        for message in range(first, last):
            if one(message) and other(message):
                grave = gravity(a.of(message), b.of(message))
                if grave:
                    found.append((GRAVEST - grave) << _NUMBER_BITS | message)
        found.sort()
        return found

    # What was found --------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._keys)

    def at(self, place: int) -> int:
        """The message at a place of the list, from 0 at the top.

        Raises:
            IndexError: there is none.
        """
        return self._keys[place] & _MASK

    def place_of(self, message: int) -> int | None:
        """Where a message stands in the list; None when it is not listed."""
        for key in self._blocks.get(message // BLOCK, ()):
            if key & _MASK == message:
                return self._keys.position(key)
        return None
