"""How a run stands right now, for a screen: cheap enough to ask many times a second.

What is kept here is kept for whoever looks on, beside the columns and in step with them. A headless
run never makes one. Figures are of all messages so far, warm-up included; the metrics of the same
name are exact and of the sample, and agree when the run is quiet and has no warm-up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import LEVELS_MAX
from sandbox.journal import entry
from sandbox.report.columns import (
    ARRIVED,
    CREDITED,
    DELIVERED,
    ENTERED,
    FIRST_COPY,
    FIRST_KNOWN,
    KNOWN_DELIVERED,
    NEVER,
    OUTCOME,
    OUTCOMES,
    Columns,
)
from sandbox.report.histogram import Histogram

_P50: Final = 50
_P95: Final = 95


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelNow:
    """One level of all cascades.

    Attributes:
        open: Messages without an outcome that entered it last, with those that began beside it.
        fell: Messages for which it closed: mostly they went on to the next level.
        delivered: Messages delivered with credit to it.
    """

    open: int
    fell: int
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a run stands.

    Attributes:
        outcomes: Outcome -> messages that have it.
        levels: From the primary on; as many as any cascade has.
        known_delivery_rate: Messages with the outcome delivered / messages with an outcome.
        true_delivery_rate: Messages with an outcome and a copy on the handset / messages with an
            outcome.
        known_p50_us: Time to delivered, within 0.2 %; the p95 likewise.
        true_p50_us: Time to the first copy on the handset, within 0.2 %; the p95 likewise.
        known_twice: Messages of which two attempts have delivered receipts.
        true_twice: Messages of which two copies reached the handset.
        hidden_twice: Of those, the messages of which no two attempts have delivered receipts.
        hidden_nano: What was billed for the further copies of those.
    """

    messages: int
    open: int
    outcomes: Mapping[str, int]
    levels: tuple[LevelNow, ...]
    known_delivery_rate: Fraction | None
    true_delivery_rate: Fraction | None
    ledger_nano: int
    bill_nano: int
    known_p50_us: int | None
    known_p95_us: int | None
    true_p50_us: int | None
    true_p95_us: int | None
    known_twice: int
    true_twice: int
    hidden_twice: int
    hidden_nano: int


_Line = tuple[int, int, int, int, int, str, int, object]
_Handler = Callable[[int, int, int], None]
"""Takes message, level and attempt."""


class Current:
    """The fold; takes in each piece of the log right after the columns have."""

    def __init__(self, columns: Columns, level_count: int) -> None:
        """Start from what the columns hold already."""
        self._columns = columns
        self._level_count = level_count
        self._open_at = [0] * LEVELS_MAX
        self._fell_from = [0] * LEVELS_MAX
        self._delivered_at = [0] * LEVELS_MAX
        self._ended = dict.fromkeys(OUTCOMES.values(), 0)
        self._ended_and_arrived = 0
        self._known_times = Histogram()
        self._true_times = Histogram()
        self._beside: dict[int, set[int]] = {}
        """Message of which levels run at the same time -> those that are open."""
        self._known_twice: set[int] = set()
        self._true_twice: set[int] = set()
        self._hidden: dict[int, int] = {}
        """Message people got twice unknown to the engine -> what its further copies cost."""
        self._hidden_nano = 0
        self._handlers: Mapping[str, _Handler] = {
            outputs.REQUESTED: self._on_requested,
            outputs.JOINED: self._on_joined,
            outputs.CLOSED: self._on_closed,
            outputs.FELL_BACK: self._on_fell_back,
            outputs.FINISHED: self._on_finished,
            outputs.RECEIPT: self._on_receipt,
            outputs.LATE_RECEIPT: self._on_receipt,
            entry.REACHED_HANDSET: self._on_reached_handset,
            entry.BILLED: self._on_billed,
        }
        self._catch_up()

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log, which the columns have taken in already."""
        handlers = self._handlers
        for _, _, message, level, attempt, kind, _, _ in cast("Iterable[_Line]", facts):
            handler = handlers.get(kind)
            if handler is not None:
                handler(message, level, attempt)

    def snapshot(self) -> Snapshot:
        """Say how the run stands."""
        columns = self._columns
        ended = sum(self._ended.values())
        delivered = self._ended[DELIVERED]
        levels = zip(self._open_at, self._fell_from, self._delivered_at, strict=True)
        return Snapshot(
            messages=columns.message_count,
            open=columns.message_count - ended,
            outcomes={outcome.value: self._ended[bits] for outcome, bits in OUTCOMES.items()},
            levels=tuple(LevelNow(open=o, fell=f, delivered=d) for o, f, d in levels)[
                : self._level_count
            ],
            known_delivery_rate=Fraction(delivered, ended) if ended else None,
            true_delivery_rate=Fraction(self._ended_and_arrived, ended) if ended else None,
            ledger_nano=columns.ledger_nano,
            bill_nano=columns.bill_nano,
            known_p50_us=self._known_times.percentile(_P50),
            known_p95_us=self._known_times.percentile(_P95),
            true_p50_us=self._true_times.percentile(_P50),
            true_p95_us=self._true_times.percentile(_P95),
            known_twice=len(self._known_twice),
            true_twice=len(self._true_twice),
            hidden_twice=len(self._hidden),
            hidden_nano=self._hidden_nano,
        )

    def _catch_up(self) -> None:
        """Say again what the columns have already heard."""
        columns = self._columns
        for message in range(1, columns.message_count + 1):
            self._on_requested(message, 0, 0)
            for level in range(1, (columns.state[message] & ENTERED) + 1):
                self._on_fell_back(message, level, 0)
            row = columns.last[message]
            credited = 0
            while row:
                place = columns.place[row]
                if columns.flags[row] & ARRIVED:
                    self._on_reached_handset(message, place >> 4, place & 15)
                self._on_receipt(message, place >> 4, place & 15)
                if columns.flags[row] & CREDITED:
                    credited = place
                row = columns.previous[row]
            if columns.state[message] & OUTCOME:
                self._on_finished(message, credited >> 4, credited & 15)

    # Columns may be ahead by the rest of a piece of the log, so instants tell what came first:
    # whichever is later, outcome or copy, counts the message that has both.

    def _on_requested(self, _: int, __: int, ___: int) -> None:
        self._open_at[0] += 1

    def _on_joined(self, message: int, level: int, _: int) -> None:
        self._beside.setdefault(message, {level - 1}).add(level)
        self._open_at[level] += 1

    def _on_closed(self, message: int, level: int, _: int) -> None:
        self._beside.setdefault(message, {level}).discard(level)
        self._open_at[level] -= 1
        self._fell_from[level] += 1

    def _on_fell_back(self, message: int, level: int, _: int) -> None:
        for left in sorted(self._beside.pop(message, (level - 1,))):
            self._open_at[left] -= 1
            self._fell_from[left] += 1
        self._open_at[level] += 1

    def _on_finished(self, message: int, level: int, _: int) -> None:
        columns = self._columns
        state, took = columns.state[message], columns.took[message]
        for left in sorted(self._beside.pop(message, (state & ENTERED,))):
            self._open_at[left] -= 1
        self._ended[state & OUTCOME] += 1
        if NEVER < columns.copy_after[message] <= took:
            self._ended_and_arrived += 1
        if state & OUTCOME == DELIVERED:
            self._delivered_at[level] += 1
            self._known_times.add(took)

    def _on_reached_handset(self, message: int, level: int, attempt: int) -> None:
        columns = self._columns
        if columns.flags[columns.row(message, level << 4 | attempt)] & FIRST_COPY:
            after = columns.copy_after[message]
            self._true_times.add(after)
            if NEVER < columns.took[message] < after:
                self._ended_and_arrived += 1
        else:
            self._true_twice.add(message)
            self._weigh(message)

    def _on_billed(self, message: int, _: int, __: int) -> None:
        if message in self._hidden:
            self._weigh(message)

    def _on_receipt(self, message: int, level: int, attempt: int) -> None:
        columns = self._columns
        flags = columns.flags[columns.row(message, level << 4 | attempt)]
        if flags & KNOWN_DELIVERED and not flags & FIRST_KNOWN:
            self._known_twice.add(message)
            self._weigh(message)

    def _weigh(self, message: int) -> None:
        """Look again at what was paid for copies of a message of which the engine does not know."""
        self._hidden_nano -= self._hidden.pop(message, 0)
        if message in self._true_twice and message not in self._known_twice:
            self._hidden[message] = nano = self._paid_again(message)
            self._hidden_nano += nano

    def _paid_again(self, message: int) -> int:
        columns, nano = self._columns, 0
        row = columns.last[message]
        while row:
            if columns.flags[row] & (ARRIVED | FIRST_COPY) == ARRIVED:
                nano += columns.bill[row]
            row = columns.previous[row]
        return nano
