"""What the engine has heard of each attempt, remembered in a byte: which receipts are out of turn.

A receipt that is ignored may be a copy, or a lower rung that was overtaken; only what was heard
before tells one from the other. Most messages have one attempt, so the first of each has a place in
one long row of bytes, and only the others an entry of their own.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Outcome
from sandbox.journal import entry

_BITS: Final = {
    word: 1 << position
    for position, word in enumerate(
        ("accepted", "sent", "delivered", "read", "failed", "rejected", "expired")
    )
}
_ANSWERED: Final = 128
_GOOD: Final = _BITS["delivered"] | _BITS["read"]
_BAD: Final = _BITS["failed"] | _BITS["rejected"] | _BITS["expired"]
_RUNGS: Final = _BITS["accepted"] | _BITS["sent"] | _GOOD
_RECEIPTS: Final = (
    outputs.RECEIPT,
    outputs.LATE_RECEIPT,
    outputs.SEGMENT_RECEIPT,
    outputs.IGNORED,
)
_ANSWERS: Final = (outputs.ACCEPTED, outputs.REFUSED, outputs.THROTTLED, outputs.UNKNOWN)
_NO_RECEIPTS: Final = frozenset({"no answer was awaited", "no such attempt"})
"""Why something was ignored that was no receipt, or one of no attempt."""
_BLOCK: Final = 4096
_FIRST: Final = (0, 1)


class _Heard:
    """A byte for every attempt, and for every segment of one."""

    def __init__(self) -> None:
        self._firsts = bytearray()
        """Of the first attempt of each message, as a whole."""
        self._others: dict[tuple[int, int, int, int], int] = {}

    def add(self, fact: Fact, bit: int, segment: int = 0) -> int:
        """Note a bit; gives what was noted before."""
        message, level, attempt = fact[2] or 0, fact[3] or 0, fact[4] or 0
        if segment or (level, attempt) != _FIRST:
            key = (message, level, attempt, segment)
            before = self._others.get(key, 0)
            if not before & bit:
                self._others[key] = before | bit
            return before
        if message >= len(self._firsts):
            self._firsts.extend(bytes(message + _BLOCK - len(self._firsts)))
        before = self._firsts[message]
        self._firsts[message] = before | bit
        return before


def _is_receipt(fact: Fact) -> bool:
    return fact[5] != outputs.IGNORED or fact[7].text("why") not in _NO_RECEIPTS


class Duplicated:
    """Receipts that say what was heard before."""

    KINDS = _RECEIPTS

    def __init__(self) -> None:
        self._heard = _Heard()

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is such a receipt."""
        if not _is_receipt(fact):
            return None
        bit = _BITS[fact[7].text("status")]
        before = self._heard.add(fact, bit, fact[7].number("segment"))
        return fact[2] if fact[5] == outputs.IGNORED and before & bit else None


class Reordered:
    """Receipts of a lower rung after a higher one, each rung for the first time."""

    KINDS = _RECEIPTS

    def __init__(self) -> None:
        self._heard = _Heard()

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is such a receipt."""
        if not _is_receipt(fact):
            return None
        bit = _BITS[fact[7].text("status")]
        before = self._heard.add(fact, bit)
        is_new = bit & _RUNGS and not before & bit
        return fact[2] if is_new and before & _RUNGS > bit else None


class Contradictory:
    """Finals that say the opposite of what was heard."""

    KINDS = _RECEIPTS

    def __init__(self) -> None:
        self._heard = _Heard()

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is the second of two such."""
        if not _is_receipt(fact) or fact[5] == outputs.SEGMENT_RECEIPT:
            return None
        bit = _BITS[fact[7].text("status")]
        before = self._heard.add(fact, bit)
        if before & bit or (before & _GOOD and before & _BAD):
            return None
        is_second = (bit & _GOOD and before & _BAD) or (bit & _BAD and before & _GOOD)
        return fact[2] if is_second else None


class BeforeReply:
    """Receipts of submissions that were not answered yet; counted once a submission."""

    KINDS = (*_RECEIPTS, *_ANSWERS)

    def __init__(self) -> None:
        self._heard = _Heard()

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is such a receipt."""
        if fact[5] in _ANSWERS:
            self._heard.add(fact, _ANSWERED)
            return None
        if not _is_receipt(fact):
            return None
        before = self._heard.add(fact, _BITS["accepted"])
        return None if before else fact[2]


class LateReceipts:
    """Receipts after the outcome, other than more good news of the attempt that brought it."""

    KINDS = (outputs.FINISHED, outputs.LATE_RECEIPT, outputs.SEGMENT_RECEIPT)

    def __init__(self) -> None:
        self._finished = bytearray()
        """For each message `level << 4 | attempt` of what delivered it, `_OVER` when nothing did;
        0 while it is open."""

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is such a receipt."""
        message, place = fact[2] or 0, (fact[3] or 0) << 4 | (fact[4] or 0)
        if message >= len(self._finished):
            self._finished.extend(bytes(message + _BLOCK - len(self._finished)))
        if fact[5] == outputs.FINISHED:
            is_delivered = fact[7].fields["outcome"] == Outcome.DELIVERED
            self._finished[message] = place if is_delivered else _OVER
            return None
        by = self._finished[message]
        is_more = by == place and _BITS[fact[7].text("status")] & _RUNGS
        return None if not by or is_more else message


_OVER: Final = 0xFF


class Orphans:
    """Receipts nobody can be found for; the world knows whose they were."""

    KINDS = (entry.RECEIPT_UNMATCHED, outputs.ORPHAN_RECEIPT)

    def __init__(self) -> None:
        self._whose: dict[int, int] = {}

    def see(self, fact: Fact) -> int | None:
        """The message, if the line is such a receipt."""
        if fact[5] == entry.RECEIPT_UNMATCHED:
            self._whose[fact[0]] = fact[2] or 0
            return None
        return self._whose.pop(fact[6], 0)
