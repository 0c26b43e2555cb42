"""The messages a metric looks at, and their attempts.

Columns are gone through whole, by the interpreter's own loops (`compress`, `map`, `count`): a
question about a million messages is answered in hundredths of a second, so nothing has to be
counted while the run goes on.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, islice
from typing import Final

from sandbox.report.columns import NEVER, Columns

_EVERY_BYTE: Final = range(256)


def table(*, mask: int, values: Collection[int] | None = None) -> bytes:
    """A table for `bytes.translate`: 1 where the masked byte is one of the values, else 0.

    Without values: 1 where any bit of the mask is set.
    """
    if values is None:
        return bytes([byte & mask != 0 for byte in _EVERY_BYTE])
    return bytes([byte & mask in values for byte in _EVERY_BYTE])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which messages a question is about, besides what the metric's own name restricts it to.

    Attributes:
        since_us: Requested at this instant or later.
        until_us: Requested before this instant; None: up to the end.
        cascade: Of this cascade; "" for all.
        channel: With a submission on this channel; "" for all.
        provider: With a submission to this provider; "" for all.
        marks: Marked so from outside the log, each as what and which: `("trait", "phone_off")`.
    """

    since_us: int = 0
    until_us: int | None = None
    cascade: str = ""
    channel: str = ""
    provider: str = ""
    marks: tuple[tuple[str, str], ...] = ()


EVERYWHERE: Final = Scope()


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

    def numbers(self) -> Iterable[int]:
        """The numbers of the messages of the sample."""
        numbers = range(self.columns.message_count + 1)
        return numbers[1:] if self._marks is None else compress(numbers, self._marks)

    def has(self, message: int) -> bool:
        """Whether a message is in the sample."""
        return self._marks is None or bool(self._marks[message])

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
        marks = bytes([1]) * len(self.octets(self.columns.place))
        for providers in self._places:
            is_there = map(providers.__contains__, self.attempts(self.columns.provider))
            marks = both(marks, bytes(is_there))
        return marks

    # Several metrics ask for each of these.

    @cached_property
    def owed_nano(self) -> int:
        """What providers said all attempts of the sample cost."""
        return sum(self.attempts(self.columns.owed))

    @cached_property
    def billed_nano(self) -> int:
        """What they do cost (truth)."""
        return sum(self.attempts(self.columns.bill))

    @cached_property
    def reached(self) -> int:
        """How many messages of the sample got to the handset (truth)."""
        return self.started - sum(map(NEVER.__eq__, self.messages(self.columns.copy_after)))

    @cached_property
    def _attempt_marks(self) -> bytes | None:
        if self._marks is None:
            return None
        columns = self.columns
        numbers = islice(columns.message, 1, columns.attempt_count + 1)
        return bytes(map(self._marks.__getitem__, numbers))


def sample(
    columns: Columns,
    *,
    since_us: int,
    plan: int | None,
    places: tuple[Collection[int], ...],
    until_us: int | None = None,
    also: Sequence[bytes] = (),
) -> Sample:
    """Choose messages.

    Args:
        columns: What is known of the run.
        since_us: Only messages requested at this instant or later.
        plan: Only those of this cascade; None for all.
        places: For each collection of providers, only messages with a submission to one of them.
        until_us: Only messages requested before this instant; None for all.
        also: Rows of marks by message number; only messages marked in each.
    """
    count = columns.message_count
    first = bisect_left(columns.requested_at, since_us, 1, count + 1)
    end = count + 1
    if until_us is not None:
        end = bisect_left(columns.requested_at, until_us, first, count + 1)
    if first == 1 and end == count + 1 and plan is None and not places and not also:
        return Sample(columns, None)
    marks = bytes(first) + bytes([1]) * (end - first) + bytes(count + 1 - end)
    if plan is not None:
        marks = both(marks, of_plan(columns, plan))
    for providers in places:
        marks = both(marks, submitted_to(columns, providers))
    for row in also:
        marks = both(marks, row)
    return Sample(columns, marks, places)


def of_plan(columns: Columns, plan: int) -> bytes:
    """For each message number, whether the message runs through a cascade."""
    return bytes(map(plan.__eq__, columns.plan[: columns.message_count + 1]))


def both(left: bytes, right: bytes) -> bytes:
    """The marks that are in two rows of marks of one length."""
    joined = int.from_bytes(left, "little") & int.from_bytes(right, "little")
    return joined.to_bytes(len(left), "little")


def either(left: bytes, right: bytes) -> bytes:
    """The marks that are in one of two rows of marks of one length."""
    joined = int.from_bytes(left, "little") | int.from_bytes(right, "little")
    return joined.to_bytes(len(left), "little")


def submitted_to(columns: Columns, providers: Collection[int]) -> bytes:
    """For each message number, whether the message was submitted to one of the providers."""
    marks = bytearray(columns.message_count + 1)
    rows = slice(1, columns.attempt_count + 1)
    is_there = map(providers.__contains__, columns.provider[rows])
    for message in compress(columns.message[rows], is_there):
        marks[message] = 1
    return bytes(marks)
