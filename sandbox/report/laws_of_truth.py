"""The laws of truth and money: nothing is claimed that is not so, nothing said to cost unbilled.

Truth is written by the world alone. An attempt has one fate, and what answers and receipts claim
must be backed by it; the declared exception is a message filtered on its way, whose receipt says
delivered. What an answer or a receipt says an attempt costs must have been billed by then, or be
billed by the next line about money.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade.outputs import Detail
from sandbox.journal import entry
from sandbox.report import message_rules as codes
from sandbox.report.attempts import ALWAYS, FIRST, TAKEN, Handler
from sandbox.report.watch import ASKED, WAITED, Smooth, Watch

ARRIVED: Final = 1
READ: Final = 2
FAILED: Final = 4
REJECTED: Final = 8
EXPIRED: Final = 16
FILTERED: Final = 32
VANISHED: Final = 64

_FATES: Final = ARRIVED | FAILED | REJECTED | EXPIRED | FILTERED | VANISHED
_FAILURES: Final[Mapping[object, int]] = {
    "failed": FAILED,
    "rejected": REJECTED,
    "filtered": FILTERED,
    "vanished": VANISHED,
}
BACKING: Final = tuple(
    {
        codes.DELIVERED: ARRIVED | FILTERED,
        codes.READ: READ,
        codes.FAILED: FAILED,
        codes.REJECTED: REJECTED,
        codes.EXPIRED: EXPIRED,
    }.get(code, ALWAYS)
    for code in range(len(codes.WORDS))
)
"""What must be so, one of these bits, before a receipt may say a code."""


class TruthLaws:
    """Watches the lines of the world, and what is claimed of them."""

    def __init__(self, watch: Watch, *, with_truth: bool) -> None:
        """Begin the watch.

        Args:
            watch: The messages under way.
            with_truth: The log has lines of a world; without them no claim can be judged.
        """
        self._watch = watch
        self._attempts = watch.attempts
        self._report = watch.report
        self._with_truth = with_truth
        self._owing: tuple[int, int] | None = None
        """Message and place of what is said to cost more than was billed for it yet."""
        self._owed = 0
        self._owed_at = 0
        self._owed_seq = 0
        self._refunded: dict[int, int] = {}
        """Row -> the highest its bill ever was, where something was refunded."""
        self.handlers: dict[str, Handler] = {
            entry.REACHED_HANDSET: self._on_reached_handset,
            entry.READ_BY_PERSON: self._on_read,
            entry.EXPIRED_AT_PROVIDER: self._on_expired,
            entry.FAILED_AT_PROVIDER: self._on_failed,
            entry.ACCEPTED_AT_PROVIDER: self._on_taken,
            entry.RECEIPT_LOST: self._on_receipt_lost,
            entry.BILLED: self._on_billed,
        }

    # What is claimed -------------------------------------------------------------------------

    def claim(self, seq: int, row: int, heard: int) -> None:
        """Judge a receipt that says a status, as a code of `message_rules`, of an attempt."""
        so = self._attempts.truth[row] | ALWAYS
        if not so & BACKING[heard] and self._with_truth:
            text = f"a receipt says {codes.WORDS[heard]}, and it is not so"
            self._report("known-within-truth", seq, text)

    def owe(self, seq: int, at: int, message: int, row: int, owed: int) -> None:
        """Judge what an answer or a receipt says an attempt costs, in billionths."""
        if owed > self._attempts.bill[row] and owed > self._refunded.get(row, 0):
            self.promise(seq, at, message, self._attempts.place[row], owed)

    def promise(self, seq: int, at: int, message: int, place: int, owed: int) -> None:
        """Note that something is said to be owed that was not billed yet."""
        if self._with_truth:
            self.finish()
            self._owing, self._owed = (message, place), owed
            self._owed_at, self._owed_seq = at, seq

    def finish(self) -> None:
        """Judge what was said to be owed and never billed."""
        if self._owing is not None:
            self._owing = None
            text = f"{self._owed} billionths are said to be owed, and were not billed"
            self._report("money-adds-up", self._owed_seq, text)

    # What happened ---------------------------------------------------------------------------

    def _on_reached_handset(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, ___: Detail
    ) -> None:
        smooth = self._watch.under_way.get(message)
        place = level << 4 | attempt
        if (
            isinstance(smooth, Smooth)
            and smooth.phase == WAITED
            and smooth.truth == ALWAYS
            and place == FIRST
        ):
            smooth.truth = ALWAYS | ARRIVED
        else:
            self._fate(seq, message, place, ARRIVED)

    def _on_expired(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, ___: Detail
    ) -> None:
        self._fate(seq, message, level << 4 | attempt, EXPIRED)

    def _on_failed(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        fate = _FAILURES.get(detail.fields.get("status"), FAILED)
        self._fate(seq, message, level << 4 | attempt, fate)

    def _fate(self, seq: int, message: int, place: int, fate: int) -> None:
        row = self._watch.row(message, place)
        attempts = self._attempts
        if not row:
            self._report("one-fate", seq, "an end of what was never submitted")
        elif attempts.truth[row] & _FATES:
            self._report("one-fate", seq, "an end after another one")
        elif not attempts.status[row] & TAKEN:
            self._report("one-fate", seq, "an end of what no provider took")
        attempts.truth[row] |= fate

    def _on_read(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, ___: Detail
    ) -> None:
        attempts, place = self._attempts, level << 4 | attempt
        if attempts.smooth_truth[message] & ARRIVED and place == FIRST:
            attempts.smooth_truth[message] |= READ
            return
        row = self._watch.row(message, place)
        if not attempts.truth[row] & ARRIVED:
            self._report("one-fate", seq, "read, though not on the handset")
        attempts.truth[row] |= READ

    def _on_taken(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, ___: Detail
    ) -> None:
        row = self._watch.row(message, level << 4 | attempt)
        if not row:
            self._report("one-fate", seq, "at the provider, though it was never submitted")
        self._attempts.status[row] |= TAKEN

    def _on_receipt_lost(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        row = self._watch.row(message, level << 4 | attempt)
        if not row:
            self._report("receipts-matched", seq, "a receipt of nothing got lost")
        else:
            self.claim(seq, row, codes.CODES[detail.text("status")])

    def _on_billed(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        amount: int = detail.fields["amount_nano"]  # type: ignore[assignment]
        place = level << 4 | attempt
        smooth = self._watch.under_way.get(message)
        if isinstance(smooth, Smooth) and smooth.phase != ASKED and place == FIRST and amount > 0:
            smooth.bill = bill = smooth.bill + amount
        else:
            bill = self._bill(seq, message, place, amount)
        if self._owing is not None:
            if self._owing == (message, place) and bill >= self._owed and at == self._owed_at:
                self._owing = None
            else:
                self.finish()

    def _bill(self, seq: int, message: int, place: int, amount: int) -> int:
        """Add to the bill of an attempt; gives what it comes to."""
        row = self._watch.row(message, place)
        before = self._attempts.bill[row]
        self._attempts.bill[row] = bill = before + amount
        if amount < 0:
            self._refunded[row] = max(before, self._refunded.get(row, 0))
        if bill < 0 or not row:
            self._report("money-adds-up", seq, f"billed {bill} in all, or for no submission")
        return bill
