"""Every attempt of a run by its place, in columns: what the laws keep for good.

A row is found from the message's latest attempt, going back; almost always it is the first one
looked at. A *place* is `level << 4 | attempt`. Row 0 stands for nothing.

Most messages are delivered by their first attempt, and nothing more is heard of them. Those have no
row: ten bytes of the message itself hold all there is to know, and the row is written down when a
late line asks for it.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sandbox.cascade.outputs import Detail

Handler = Callable[[int, int, int, int, int, int, Detail], None]
"""Takes line number, instant, message, level, attempt, cause and detail of a message's line.

The attempt is None on lines that are about none; those handlers do not count with it.
"""

Report = Callable[[str, int, str], None]
"""Takes the name of a law, the line that breaks it, and what is wrong in words."""

FIRST: Final = 1
"""The place of a message's first attempt."""

CODE: Final = 15
"""The bits of an attempt's status that hold the code of what is known."""
ANSWERED: Final = 16
"""It was answered, or its answer was given up."""
TAKEN: Final = 32
"""The provider has it: it answered so, or its answer is still out or never came (truth)."""
WHOLE: Final = 64
"""Each of its segments was said to be delivered."""

ALWAYS: Final = 128
"""A bit of truth that is always so: what backs a claim that needs no backing."""

_BLOCK: Final = 4096


class Attempts:
    """The table; 17 bytes an attempt and 16 a message."""

    __slots__ = (
        "bill",
        "count",
        "entries",
        "last",
        "message_count",
        "outside",
        "place",
        "plan",
        "previous",
        "provider",
        "smooth_bill",
        "smooth_status",
        "smooth_truth",
        "status",
        "truth",
    )

    def __init__(self, entries: Sequence[int] = (0,)) -> None:
        """Make an empty table.

        Args:
            entries: For each plan the provider its messages go to first, as a number.
        """
        self.entries = entries
        self.message_count = 0
        self.count = 0
        # One row a message.
        self.plan = array("H")
        """What it runs through, by number."""
        self.last = array("I")
        """The row of the latest attempt; 0 when there is none."""
        self.smooth_status = bytearray()
        """The status of its only attempt, which has no row; 0 for all others."""
        self.smooth_truth = bytearray()
        self.smooth_bill = array("q")
        # One row an attempt.
        self.previous = array("I")
        self.provider = array("H")
        self.place = bytearray()
        self.status = bytearray()
        """What is known of it, as a code of `message_rules`, with ANSWERED and TAKEN."""
        self.truth = bytearray()
        """What became of it, as bits of `laws_of_truth`."""
        self.bill = array("q")
        # Few runs have any of these.
        self.outside: set[int] = set()
        """Rows of those that went to a provider of whose doings there is no truth."""

    def begin(self, message: int, plan: int) -> None:
        """Make room for the next message."""
        self.message_count = message
        if message >= len(self.plan):
            for octets in (self.smooth_status, self.smooth_truth):
                octets.extend(bytes(_BLOCK))
            for column in (self.plan, self.last, self.smooth_bill):
                column.frombytes(bytes(column.itemsize * _BLOCK))
        if plan:
            self.plan[message] = plan

    def add(self, message: int, place: int, provider: int) -> int:
        """Add an attempt of a message that has begun; gives its row."""
        self.count = row = self.count + 1
        if row >= len(self.place):
            for octets in (self.place, self.status, self.truth):
                octets.extend(bytes(_BLOCK))
            for column in (self.previous, self.provider, self.bill):
                column.frombytes(bytes(column.itemsize * _BLOCK))
        self.place[row] = place
        self.provider[row] = provider
        self.previous[row] = self.last[message]
        self.last[message] = row
        return row

    def row(self, message: int, place: int) -> int:
        """The row of an attempt; 0 when it was never submitted."""
        if not 0 < message <= self.message_count:
            return 0
        if self.smooth_status[message]:
            self._write_down(message)
        row = self.last[message]
        while row and self.place[row] != place:
            row = self.previous[row]
        return row

    def rows(self, message: int) -> Iterator[int]:
        """The rows of a message's attempts, the latest first; none of one that went smoothly."""
        row = self.last[message]
        while row:
            yield row
            row = self.previous[row]

    def _write_down(self, message: int) -> None:
        row = self.add(message, FIRST, self.entries[self.plan[message]])
        self.status[row] = self.smooth_status[message]
        self.truth[row] = self.smooth_truth[message]
        self.bill[row] = self.smooth_bill[message]
        self.smooth_status[message] = self.smooth_truth[message] = 0
