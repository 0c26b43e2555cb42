"""What a run is remembered by: two tables of plain numbers, one row a message, one row an attempt.

A run of a million messages makes eight million lines of log, and each goes through here, so the
fold writes numbers into columns and does nothing else; what they mean is worked out when somebody
asks (`metrics`). A message takes 31 bytes, an attempt 29: about 70 bytes for a message that needs
1.3 attempts. What is given back is rare, and kept apart. Columns grow by blocks.

A message's row is its number: messages are numbered from 1 in order of arrival. An attempt's row is
found from the message's latest attempt, going back along `previous`; almost always it is the first
one looked at. Row 0 of either table stands for nothing.

A *place* is `level << 4 | attempt`, which fits into a byte: 8 levels, 10 attempts a level.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, Outcome
from sandbox.errors import MisuseError
from sandbox.journal import entry

NOBODY_KNOWS: Final = -1
"""Instead of a number of copies: a real provider had the message, and of those there is no truth.
"""

NEVER: Final = -1
"""In a column of durations: it did not happen."""

# Bits of a message's state.
ENTERED: Final = 0b111
"""The level entered last."""
OUTCOME: Final = 0b111 << 3
"""Its outcome; 0 while it has none."""
HEARD: Final = 1 << 6
"""Some attempt has a delivered receipt."""

VERIFIED: Final = 1 << 7
"""It ended with its code (S33)."""

OUTCOMES: Final = {outcome: code << 3 for code, outcome in enumerate(Outcome, 1)}
"""Outcome -> its bits in a message's state."""
DELIVERED: Final = OUTCOMES[Outcome.DELIVERED]

ACCEPTED: Final = 1
REFUSED: Final = 2
THROTTLED: Final = 3
UNKNOWN: Final = 4
TAKEN: Final = 16
"""Added to an answer: the provider took the message although its answer never came (truth)."""

# Flags of an attempt.
KNOWN_DELIVERED: Final = 1
"""It has a delivered (or read) receipt."""
FIRST_KNOWN: Final = 2
"""Its delivered receipt was the message's first."""
KNOWN_LATE: Final = 4
"""Its delivered receipt came after another outcome than delivered."""
CREDITED: Final = 8
"""It gave the message the outcome delivered."""
KNOWN_FAILED: Final = 16
"""A receipt said failed, rejected or expired."""
ARRIVED: Final = 32
"""Its copy reached the handset (truth)."""
FIRST_COPY: Final = 64
"""Its copy was the message's first on the handset (truth)."""
LOST: Final = 128
"""The provider gave it up, lost it, filtered it, let it expire, or brought a part of it (truth).

Parts of a long text are no copy on the handset.
"""

_FIRST_KNOWN: Final = KNOWN_DELIVERED | FIRST_KNOWN
_FIRST_ARRIVED: Final = ARRIVED | FIRST_COPY
_BLOCK: Final = 4096
_GOOD: Final = ("delivered", "read")
_BAD: Final = ("failed", "rejected", "expired")
_OUTCOME_BITS: Final[Mapping[object, int]] = {o.value: bits for o, bits in OUTCOMES.items()}

_Line = tuple[int, int, int, int, int, str, int, Detail]
"""A fact of an attempt: none of its columns is empty."""
_Handler = Callable[[int, int, int, int, Detail], None]
"""Takes instant, message, level, attempt and detail."""


class Columns:
    """The fold. Everything is public to `metrics`, and only read there."""

    __slots__ = (
        "_codes",
        "_handlers",
        "_has_several_plans",
        "_issued_at",
        "_outside",
        "_submit",
        "answer",
        "attempt_count",
        "bill",
        "bill_nano",
        "copy_after",
        "flags",
        "last",
        "ledger_nano",
        "message",
        "message_count",
        "orphan_count",
        "outside_messages",
        "owed",
        "place",
        "plan",
        "plan_index",
        "previous",
        "provider",
        "provider_index",
        "refunded",
        "requested_at",
        "state",
        "took",
        "unsaid",
        "verified_late",
    )

    def __init__(self, plans: Sequence[Plan], providers: Sequence[str]) -> None:
        """Make empty tables.

        Args:
            plans: What messages may run through.
            providers: All names an attempt may go to.
        """
        self.plan_index: Mapping[object, int] = {p.name: index for index, p in enumerate(plans)}
        self.provider_index: Mapping[object, int] = {name: i for i, name in enumerate(providers)}
        self._has_several_plans = len(plans) > 1
        self.message_count = 0
        self.attempt_count = 0
        # One row a message.
        self.requested_at = array("q")
        self.took = array("q")
        """From the request to the outcome."""
        self.copy_after = array("q")
        """From the request to the first copy on the handset."""
        self.last = array("I")
        """The row of the message's latest attempt; 0 when there is none."""
        self.plan = array("H")
        self.state = bytearray()
        """Level entered last, outcome, and whether a delivered receipt came."""
        # One row an attempt.
        self.owed = array("q")
        """What the provider last said it costs: the ledger."""
        self.bill = array("q")
        self.message = array("I")
        self.previous = array("I")
        """The row of the same message's attempt before; 0 when there is none."""
        self.provider = array("H")
        self.place = bytearray()
        self.answer = bytearray()
        self.flags = bytearray()
        # Few attempts have a row here.
        self.refunded: dict[int, int] = {}
        """Row of an attempt -> what its provider gave back."""
        self.unsaid: dict[int, int] = {}
        """Row of an attempt -> by how much it was said to cost less than was said before."""
        self.verified_late: set[int] = set()
        """Messages with another outcome, whose right code came afterwards and was valid (truth)."""
        self._codes = [
            (plan.code_lifetime_us, plan.has_code_per_level) if plan.stops_on_verified else None
            for plan in plans
        ]
        """Of each plan that awaits a code: how long it lives, and whether levels have their own."""
        self._issued_at: dict[tuple[int, int], int] = {}
        """Message and level -> when a code of its own was made."""
        # Running sums, for whoever looks on.
        self.ledger_nano = 0
        self.bill_nano = 0
        self.orphan_count = 0
        """Receipts that could be matched with no attempt."""
        self._outside: set[str] = set()
        """Providers that are real now; of what becomes of their attempts there is no truth."""
        self.outside_messages: set[int] = set()
        """Messages with an attempt at such a provider."""
        self._handlers = self._readers()
        self._submit = self._handlers[outputs.SUBMITTED]
        self._grow_messages()
        self._grow_attempts()

    def _readers(self) -> dict[str, _Handler]:
        """Who reads which kind of line; about codes only where some plan awaits one."""
        readers: dict[str, _Handler] = {
            outputs.REQUESTED: self._on_requested,
            outputs.SUBMITTED: self._on_submitted,
            outputs.ACCEPTED: self._on_accepted,
            outputs.REFUSED: self._on_refused,
            outputs.THROTTLED: self._on_throttled,
            outputs.UNKNOWN: self._on_unknown,
            outputs.RECEIPT: self._on_receipt,
            outputs.LATE_RECEIPT: self._on_late_receipt,
            outputs.SEGMENT_RECEIPT: self._on_segment_receipt,
            outputs.ORPHAN_RECEIPT: self._on_orphan_receipt,
            outputs.FELL_BACK: self._on_fell_back,
            outputs.FINISHED: self._on_finished,
            entry.REACHED_HANDSET: self._on_reached_handset,
            entry.BILLED: self._on_billed,
            entry.FAILED_AT_PROVIDER: self._on_lost,
            entry.EXPIRED_AT_PROVIDER: self._on_lost,
            entry.PARTLY_REACHED_HANDSET: self._on_lost,
            entry.ACCEPTED_AT_PROVIDER: self._on_taken,
            entry.KNOB_CHANGED: self._on_knob_changed,
        }
        if any(self._codes):
            readers[outputs.ACT] = self._on_act
        if any(code is not None and code[1] for code in self._codes):
            readers[outputs.SUBMITTED] = self._on_submitted_with_code
        return readers

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log.

        Raises:
            MisuseError: lines are missing: a message or attempt is spoken of that never began.
        """
        handlers = self._handlers
        try:
            # Only lines of messages have a handler, and those have no empty column it looks at.
            for _, at, message, level, attempt, kind, _, detail in cast("Iterable[_Line]", facts):
                handler = handlers.get(kind)
                if handler is not None:
                    handler(at, message, level, attempt, detail)
        except LookupError as error:
            raise MisuseError(f"a line speaks of what never began: {error}") from error

    def row(self, message: int, place: int) -> int:
        """The row of an attempt.

        Raises:
            MisuseError: it was never submitted.
        """
        row = self.last[message] if message <= self.message_count else 0
        while row and self.place[row] != place:
            row = self.previous[row]
        if not row:
            raise MisuseError(f"attempt m{message}.{place >> 4}.{place & 15} was never submitted")
        return row

    # What the engine says --------------------------------------------------------------------

    def _on_requested(self, at: int, message: int, _: int, __: int, detail: Detail) -> None:
        if message != self.message_count + 1:
            raise MisuseError(f"message {message} was requested after {self.message_count}")
        self.message_count = message
        if message >= len(self.state):
            self._grow_messages()
        self.requested_at[message] = at
        if self._has_several_plans:
            self.plan[message] = self.plan_index[detail.fields["cascade"]]

    def _on_submitted(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        self.attempt_count = row = self.attempt_count + 1
        if row >= len(self.place):
            self._grow_attempts()
        self.message[row] = message
        self.place[row] = level << 4 | attempt
        self.provider[row] = self.provider_index[detail.fields["provider"]]
        self.previous[row] = self.last[message]
        self.last[message] = row

    def _on_accepted(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        place = level << 4 | attempt
        row = self.last[message]
        if self.place[row] != place:
            row = self.row(message, place)
        self.answer[row] = ACCEPTED
        owed = detail.fields.get("owed_nano", 0)
        if owed != self.owed[row]:
            self._state_owed(row, owed)  # type: ignore[arg-type]  # owed_nano is a number

    def _on_refused(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        self._on_no(message, level << 4 | attempt, REFUSED, detail)

    def _on_throttled(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        self._on_no(message, level << 4 | attempt, THROTTLED, detail)

    def _on_unknown(self, _: int, message: int, level: int, attempt: int, __: Detail) -> None:
        self.answer[self.row(message, level << 4 | attempt)] |= UNKNOWN

    def _on_no(self, message: int, place: int, answer: int, detail: Detail) -> None:
        row = self.row(message, place)
        self.answer[row] = answer
        self._state_owed(row, detail.number("owed_nano"))

    def _on_receipt(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        place = level << 4 | attempt
        row = self.last[message]
        if self.place[row] != place:
            row = self.row(message, place)
        fields = detail.fields
        status = fields["status"]
        if status in _GOOD:
            if not self.flags[row] & KNOWN_DELIVERED:
                if self.state[message] & HEARD:
                    self.flags[row] |= KNOWN_DELIVERED
                else:
                    self.state[message] |= HEARD
                    self.flags[row] |= _FIRST_KNOWN
        elif status in _BAD:
            self.flags[row] |= KNOWN_FAILED
        owed = fields.get("owed_nano", 0)
        if owed != self.owed[row]:
            self._state_owed(row, owed)  # type: ignore[arg-type]  # owed_nano is a number

    def _on_late_receipt(
        self, at: int, message: int, level: int, attempt: int, detail: Detail
    ) -> None:
        row = self.row(message, level << 4 | attempt)
        knew = self.flags[row] & KNOWN_DELIVERED
        self._on_receipt(at, message, level, attempt, detail)
        news = self.flags[row] & KNOWN_DELIVERED and not knew
        if news and self.state[message] & OUTCOME != DELIVERED:
            self.flags[row] |= KNOWN_LATE

    def _on_segment_receipt(
        self, _: int, message: int, level: int, attempt: int, detail: Detail
    ) -> None:
        row = self.row(message, level << 4 | attempt)
        self._state_owed(row, detail.number("owed_nano"))

    def _on_orphan_receipt(self, _: int, __: int, ___: int, ____: int, _____: Detail) -> None:
        self.orphan_count += 1

    def _state_owed(self, row: int, owed: int) -> None:
        """An answer or a receipt states the cost of an attempt in all, not an increment."""
        before = self.owed[row]
        if owed < before:
            self.unsaid[row] = self.unsaid.get(row, 0) + before - owed
        self.ledger_nano += owed - before
        self.owed[row] = owed

    def _on_fell_back(self, _: int, message: int, level: int, __: int, ___: Detail) -> None:
        self.state[message] = self.state[message] & ~ENTERED | level

    def _on_finished(self, at: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        outcome = _OUTCOME_BITS[detail.fields["outcome"]]
        self.state[message] |= outcome
        self.took[message] = at - self.requested_at[message]
        if outcome == DELIVERED:
            row = self.last[message]
            place = level << 4 | attempt
            if self.place[row] != place:
                row = self.row(message, place)
            self.flags[row] |= CREDITED
            if "verified" in detail.fields:
                self.state[message] |= VERIFIED

    # One-time codes --------------------------------------------------------------------------

    def _on_submitted_with_code(
        self, at: int, message: int, level: int, attempt: int, detail: Detail
    ) -> None:
        self._on_submitted(at, message, level, attempt, detail)
        if attempt == 1:
            self._issued_at[message, level] = at

    def _on_act(self, at: int, message: int, _: int, __: int, detail: Detail) -> None:
        """A right code that comes after another outcome is verified late, if it is still valid."""
        code = self._codes[self.plan[message] if self._has_several_plans else 0]
        if detail.fields["act"] != Act.VERIFIED or code is None:
            return
        if not self.state[message] & OUTCOME or self.state[message] & VERIFIED:
            return  # it ends the message, or has ended it, or was too old
        lifetime_us, is_per_level = code
        if is_per_level:
            level = detail.number("level") if "level" in detail.fields else -1
            made_at = self._issued_at.get((message, level))
        else:
            made_at = self.requested_at[message] if self.last[message] else None
        if made_at is None:
            return  # a code that was never sent is none
        if lifetime_us is None or at <= made_at + lifetime_us:
            self.verified_late.add(message)

    # What happened ---------------------------------------------------------------------------

    def _on_reached_handset(
        self, at: int, message: int, level: int, attempt: int, _: Detail
    ) -> None:
        place = level << 4 | attempt
        row = self.last[message]
        if self.place[row] != place:
            row = self.row(message, place)
        if self.copy_after[message] == NEVER:
            self.copy_after[message] = at - self.requested_at[message]
            self.flags[row] |= _FIRST_ARRIVED
        else:
            self.flags[row] |= ARRIVED

    def _on_billed(self, _: int, message: int, level: int, attempt: int, detail: Detail) -> None:
        place = level << 4 | attempt
        row = self.last[message]
        if self.place[row] != place:
            row = self.row(message, place)
        amount = cast("int", detail.fields["amount_nano"])
        if amount < 0:
            self.refunded[row] = self.refunded.get(row, 0) - amount
        self.bill[row] += amount
        self.bill_nano += amount

    def _on_lost(self, _: int, message: int, level: int, attempt: int, __: Detail) -> None:
        self.flags[self.row(message, level << 4 | attempt)] |= LOST

    def _on_taken(self, _: int, message: int, level: int, attempt: int, __: Detail) -> None:
        self.answer[self.row(message, level << 4 | attempt)] |= TAKEN

    # Providers outside -----------------------------------------------------------------------

    def _on_knob_changed(self, _: int, __: int, ___: int, ____: int, detail: Detail) -> None:
        """A provider is real from now on, or simulated; a run without such a line pays nothing."""
        if detail.text("path") != entry.ADAPTER:
            return
        name = detail.text("provider")
        if detail.text("value") != entry.REAL:
            self._outside.discard(name)
            return
        self._outside.add(name)
        self._handlers[outputs.SUBMITTED] = self._on_submitted_somewhere

    def _on_submitted_somewhere(
        self, at: int, message: int, level: int, attempt: int, detail: Detail
    ) -> None:
        self._submit(at, message, level, attempt, detail)
        if detail.fields["provider"] in self._outside:
            self.outside_messages.add(message)

    # Room ------------------------------------------------------------------------------------

    def _grow_messages(self) -> None:
        never = array("q", [NEVER]) * _BLOCK
        for durations in (self.requested_at, self.took, self.copy_after):
            durations.extend(never)
        self.last.frombytes(bytes(self.last.itemsize * _BLOCK))
        self.plan.frombytes(bytes(self.plan.itemsize * _BLOCK))
        self.state.extend(bytes(_BLOCK))

    def _grow_attempts(self) -> None:
        for column in (self.owed, self.bill, self.message, self.previous, self.provider):
            column.frombytes(bytes(column.itemsize * _BLOCK))
        for octets in (self.place, self.answer, self.flags):
            octets.extend(bytes(_BLOCK))
