"""What went wrong between us and each provider: receipts that misbehaved, submissions throttled.

Kept for whoever looks on, beside the columns and in step with them; a headless run never makes one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, cast

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.vocabulary import STATUSES, SUCCESSES, CircuitState
from sandbox.journal import entry
from sandbox.report.columns import CREDITED, Columns
from sandbox.report.explanations import DUPLICATE, is_contradiction, known_before


class Trouble(StrEnum):
    """What is counted; the value is the word on a screen."""

    THROTTLED = "throttled"
    """A submission was answered so."""
    LOST = "lost"
    """A receipt never came (truth)."""
    TWICE = "twice"
    """A receipt came again, and was ignored."""
    LATE = "late"
    """A receipt brought news after the outcome, of an attempt that did not give it."""
    REORDERED = "reordered"
    """A receipt came after one that says more, and was ignored."""
    CONTRADICTORY = "contradictory"
    """The provider claimed the opposite of what it had claimed (truth)."""
    ORPHAN = "orphan"
    """A receipt could be matched with no attempt."""
    TOOK_OVER = "took over"
    """A message came from another provider of the same level (S22): no fault of this one."""
    PASSED_OVER = "passed over"
    """A message would have come here, and the circuit was open (S22)."""
    CUT_OFF = "cut off"
    """The circuit opened."""


RECEIPT_TROUBLES: Final = (
    Trouble.LOST,
    Trouble.TWICE,
    Trouble.LATE,
    Trouble.REORDERED,
    Trouble.CONTRADICTORY,
    Trouble.ORPHAN,
)
"""Those of receipts, in the order of the screen."""

_Line = tuple[int, int, int, int, int, str, int, Detail]
"""A fact of an attempt. A skipped level has none, and an orphan not even a message."""
_Handler = Callable[[int, int, Detail], None]
"""Takes message, place and detail."""


class Troubles:
    """The fold; takes in each piece of the log right after the columns have."""

    def __init__(self, columns: Columns) -> None:
        """Count nothing yet.

        Args:
            columns: Know which provider an attempt went to; before their first line.
        """
        self._columns = columns
        self._numbers = columns.provider_index
        self._counts: dict[int, Counter[Trouble]] = {n: Counter() for n in self._numbers.values()}
        self._passed_over = (0, 0)
        """Message and level of which the line before said that a provider was passed over."""
        self._handlers: Mapping[str, _Handler] = {
            outputs.SUBMITTED: self._on_submitted,
            outputs.SKIPPED: self._on_skipped,
            outputs.CIRCUIT: self._on_circuit,
            outputs.THROTTLED: self._on_throttled,
            outputs.IGNORED: self._on_ignored,
            outputs.LATE_RECEIPT: self._on_late_receipt,
            outputs.ORPHAN_RECEIPT: self._on_orphan_receipt,
            entry.RECEIPT_LOST: self._on_receipt_lost,
            entry.RECEIPT_CONTRADICTS: self._on_receipt_contradicts,
        }

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log, which the columns have taken in already."""
        handlers = self._handlers
        for _, _, message, level, attempt, kind, _, detail in cast("Iterable[_Line]", facts):
            handler = handlers.get(kind)
            if handler is not None:
                if kind == outputs.ORPHAN_RECEIPT:
                    handler(message, 0, detail)
                else:
                    handler(message, level << 4 | (attempt or 0), detail)

    def of(self, provider: str) -> Mapping[Trouble, int]:
        """What was counted of a provider; 0 for what is missing."""
        return self._counts[self._numbers[provider]].copy()

    def total(self) -> Mapping[Trouble, int]:
        """What was counted of all of them."""
        return sum(self._counts.values(), Counter[Trouble]())

    def _count(self, message: int, place: int, trouble: Trouble) -> None:
        columns = self._columns
        self._counts[columns.provider[columns.row(message, place)]][trouble] += 1

    def _on_submitted(self, message: int, place: int, _: Detail) -> None:
        is_instead = self._passed_over == (message, place >> 4)
        self._passed_over = (0, 0)
        if place & 15 == 1 and not is_instead:  # the first of its level
            return
        columns = self._columns
        row = columns.row(message, place)
        before, to = columns.previous[row], columns.provider[row]
        while columns.place[before] >> 4 > place >> 4:  # of a level beside it
            before = columns.previous[before]
        is_next = columns.place[before] >> 4 == place >> 4 and columns.provider[before] != to
        if is_instead or is_next:
            self._counts[to][Trouble.TOOK_OVER] += 1

    def _on_skipped(self, message: int, place: int, detail: Detail) -> None:
        provider = detail.fields.get("provider")
        if provider is not None:  # else it is about a whole level
            self._counts[self._numbers[provider]][Trouble.PASSED_OVER] += 1
            self._passed_over = message, place >> 4

    def _on_circuit(self, _: int, __: int, detail: Detail) -> None:
        if detail.fields["state"] == CircuitState.OPEN:
            self._counts[self._numbers[detail.fields["provider"]]][Trouble.CUT_OFF] += 1

    def _on_throttled(self, message: int, place: int, _: Detail) -> None:
        self._count(message, place, Trouble.THROTTLED)

    def _on_ignored(self, message: int, place: int, detail: Detail) -> None:
        why, status = detail.text("why"), detail.text("status")
        if why == DUPLICATE:
            self._count(message, place, Trouble.TWICE)
            return
        known = known_before(why)
        if known and STATUSES[status] in SUCCESSES and not is_contradiction(known, status):
            self._count(message, place, Trouble.REORDERED)

    def _on_late_receipt(self, message: int, place: int, _: Detail) -> None:
        columns = self._columns
        if not columns.flags[columns.row(message, place)] & CREDITED:  # who reads later is not late
            self._count(message, place, Trouble.LATE)

    def _on_orphan_receipt(self, _: int, __: int, detail: Detail) -> None:
        self._counts[self._numbers[detail.text("provider")]][Trouble.ORPHAN] += 1

    def _on_receipt_lost(self, message: int, place: int, _: Detail) -> None:
        self._count(message, place, Trouble.LOST)

    def _on_receipt_contradicts(self, message: int, place: int, _: Detail) -> None:
        self._count(message, place, Trouble.CONTRADICTORY)
