"""The messages a metric looks at, and their attempts.

Columns are gone through whole, by the interpreter's own loops (`compress`, `map`, `count`): a
question about a million messages is answered in hundredths of a second, so nothing has to be
counted while the run goes on.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable
from functools import cached_property
from itertools import compress, islice
from typing import Final

from sandbox.report.columns import Columns

_EVERY_BYTE: Final = range(256)


def table(*, mask: int, values: Collection[int] | None = None) -> bytes:
    """A table for `bytes.translate`: 1 where the masked byte is one of the values, else 0.

    Without values: 1 where any bit of the mask is set.
    """
    if values is None:
        return bytes([byte & mask != 0 for byte in _EVERY_BYTE])
    return bytes([byte & mask in values for byte in _EVERY_BYTE])


class Sample:
    """A part of the messages of some columns, as they stand now."""

    def __init__(
        self, columns: Columns, marks: bytes | None, places: tuple[Collection[int], ...] = ()
    ) -> None:
        """Take a part of the messages.

        Args:
            columns: What is known of the run.
            marks: For each message number up to the last, from 0, whether it is in the sample; None
                for all.
            places: Collections of providers; an attempt went *there* if it went to one of each.
        """
        self.columns = columns
        self._places = places
        self.started = columns.message_count if marks is None else marks.count(1)
        self._marks = marks

    def messages(self, column: "array[int]") -> Iterable[int]:
        """A column of messages, only those of the sample."""
        end = self.columns.message_count + 1
        return islice(column, 1, end) if self._marks is None else compress(column, self._marks)

    def states(self) -> bytes:
        """The states of the messages of the sample."""
        column = self.columns.state
        if self._marks is None:
            return bytes(column[1 : self.columns.message_count + 1])
        return bytes(compress(column, self._marks))

    def attempts(self, column: "array[int] | bytearray") -> Iterable[int]:
        """A column of attempts, only those of messages of the sample."""
        rows = islice(column, 1, self.columns.attempt_count + 1)
        return rows if self._attempt_marks is None else compress(rows, self._attempt_marks)

    def octets(self, column: bytearray) -> bytes:
        """The same for a column of bytes, as bytes."""
        if self._attempt_marks is None:
            return bytes(column[1 : self.columns.attempt_count + 1])
        return bytes(self.attempts(column))

    def marks_there(self) -> bytes:
        """For each attempt of the sample, whether it went to the places the sample is made by."""
        marks = bytes([1]) * sum(1 for _ in self.attempts(self.columns.place))
        for providers in self._places:
            is_there = map(providers.__contains__, self.attempts(self.columns.provider))
            marks = both(marks, bytes(is_there))
        return marks

    @cached_property
    def _attempt_marks(self) -> bytes | None:
        if self._marks is None:
            return None
        columns = self.columns
        numbers = islice(columns.message, 1, columns.attempt_count + 1)
        return bytes(map(self._marks.__getitem__, numbers))


def sample(
    columns: Columns, *, since_us: int, plan: int | None, places: tuple[Collection[int], ...]
) -> Sample:
    """Choose messages.

    Args:
        columns: What is known of the run.
        since_us: Only messages requested at this instant or later.
        plan: Only those of this cascade; None for all.
        places: For each collection of providers, only messages with a submission to one of them.
    """
    count = columns.message_count
    first = bisect_left(columns.requested_at, since_us, 1, count + 1)
    if first == 1 and plan is None and not places:
        return Sample(columns, None)
    marks = bytes(first) + bytes([1]) * (count + 1 - first)
    if plan is not None:
        marks = both(marks, bytes(map(plan.__eq__, columns.plan[: count + 1])))
    for providers in places:
        marks = both(marks, _submitted_to(columns, providers))
    return Sample(columns, marks, places)


def both(left: bytes, right: bytes) -> bytes:
    """The marks that are in two rows of marks of one length."""
    joined = int.from_bytes(left, "little") & int.from_bytes(right, "little")
    return joined.to_bytes(len(left), "little")


def _submitted_to(columns: Columns, providers: Collection[int]) -> bytes:
    marks = bytearray(columns.message_count + 1)
    rows = slice(1, columns.attempt_count + 1)
    is_there = map(providers.__contains__, columns.provider[rows])
    for message in compress(columns.message[rows], is_there):
        marks[message] = 1
    return bytes(marks)
