"""The laws of truth and money: nothing is claimed that is not so, nothing said to cost unbilled.

Truth is written by the world alone. An attempt has one fate, and what answers and receipts claim
must be backed by it. Two exceptions are declared: a message filtered on its way, whose receipt says
delivered, and a receipt that contradicts what is so, which the world announces. What an answer or a
receipt says an attempt costs must have been billed by then, or be billed by the next line about
money. A receipt that comes with an id nobody knows is an orphan, on the very next line.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade import outputs
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

FATES: Final = ARRIVED | FAILED | REJECTED | EXPIRED | FILTERED | VANISHED
"""What becomes of an attempt; one that its provider gave back has vanished."""
_FAILURES: Final[Mapping[object, int]] = {
    "failed": FAILED,
    "rejected": REJECTED,
    "filtered": FILTERED,
    "vanished": VANISHED,
}
SEGMENTS_MAX: Final = 1 << 12
"""No text has more segments; numbers beyond are no numbers of segments."""
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
_FINALS: Final = (codes.DELIVERED, codes.FAILED, codes.REJECTED, codes.EXPIRED)
"""What may be said against what is so."""


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
        self._partly: dict[int, tuple[int, int]] = {}
        """Row -> how many of its segments arrived, and a bit for each that was said to have."""
        self._made_up: set[tuple[int, int]] = set()
        """Rows with the codes that will be said of them although they are not so."""
        self._unmatched: tuple[int, int, str, str] | None = None
        """A receipt nobody can match, which must be the next line: its line, instant, provider and
        status."""
        self.handlers: dict[str, Handler] = {
            entry.REACHED_HANDSET: self._on_reached_handset,
            entry.READ_BY_PERSON: self._on_read,
            entry.EXPIRED_AT_PROVIDER: self._on_expired,
            entry.FAILED_AT_PROVIDER: self._on_failed,
            entry.CALLED_BACK: self._on_called_back,
            entry.ACCEPTED_AT_PROVIDER: self._on_taken,
            entry.PARTLY_REACHED_HANDSET: self._on_partly_reached_handset,
            entry.RECEIPT_LOST: self._on_receipt_lost,
            entry.RECEIPT_CONTRADICTS: self._on_receipt_contradicts,
            entry.RECEIPT_UNMATCHED: self._on_receipt_unmatched,
            outputs.ORPHAN_RECEIPT: self._on_orphan_receipt,
            entry.BILLED: self._on_billed,
        }

    # What is claimed -------------------------------------------------------------------------

    def claim(self, seq: int, row: int, heard: int) -> None:
        """Judge a receipt that says a status, as a code of `message_rules`, of an attempt."""
        so = self._attempts.truth[row] | ALWAYS
        is_backed = so & BACKING[heard] or (row, heard) in self._made_up
        if not is_backed and self._with_truth:
            text = f"a receipt says {codes.WORDS[heard]}, and it is not so"
            self._report("known-within-truth", seq, text)

    def claim_segment(self, seq: int, row: int, segment: int) -> None:
        """Judge a receipt that says one segment of an attempt was delivered (S30)."""
        if self._attempts.truth[row] & BACKING[codes.DELIVERED] or not self._with_truth:
            return
        arrived, claimed = self._partly.get(row, (0, 0))
        claimed |= 1 << segment
        if claimed.bit_count() > arrived and (row, codes.DELIVERED) not in self._made_up:
            text = f"{claimed.bit_count()} segments are said to be delivered, and {arrived} are"
            self._report("known-within-truth", seq, text)
        elif arrived:
            self._partly[row] = (arrived, claimed)

    def owe(self, seq: int, at: int, message: int, row: int, owed: int) -> None:
        """Judge what an answer or a receipt says an attempt costs, in billionths."""
        attempts = self._attempts
        if (
            owed > attempts.bill[row]
            and owed > self._refunded.get(row, 0)
            and row not in attempts.outside
        ):
            self.promise(seq, at, message, self._attempts.place[row], owed)

    def promise(self, seq: int, at: int, message: int, place: int, owed: int) -> None:
        """Note that something is said to be owed that was not billed yet."""
        if self._with_truth:
            self._settle_debt()
            self._owing, self._owed = (message, place), owed
            self._owed_at, self._owed_seq = at, seq

    def finish(self, seq: int) -> None:
        """Judge what is missing at the end: money never billed, a receipt that nobody got."""
        self._settle_debt()
        self._expect_orphan(None, seq)

    def _settle_debt(self) -> None:
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

    def _on_called_back(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, ___: Detail
    ) -> None:
        self._fate(seq, message, level << 4 | attempt, VANISHED)

    def _fate(self, seq: int, message: int, place: int, fate: int) -> None:
        row = self._watch.row(message, place)
        attempts = self._attempts
        if not row:
            self._report("one-fate", seq, "an end of what was never submitted")
        elif attempts.truth[row] & FATES:
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

    def _on_partly_reached_handset(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        place = level << 4 | attempt
        self._fate(seq, message, place, FAILED)
        arrived, segments = detail.number("arrived"), detail.number("segments")
        if not 0 < arrived < segments:
            self._report("one-fate", seq, f"{arrived} of {segments} segments are not a part")
        self._partly[self._watch.row(message, place)] = (arrived, 0)

    # What becomes of receipts on their way ---------------------------------------------------

    def _on_receipt_lost(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        self._on_its_way(seq, self._watch.row(message, level << 4 | attempt), detail)

    def _on_its_way(self, seq: int, row: int, detail: Detail) -> None:
        """Judge what the world writes of a receipt that the engine will not get."""
        heard, segment = codes.CODES[detail.text("status")], detail.number("segment")
        if not row:
            self._report("receipts-matched", seq, "a receipt of no submission")
        elif heard != codes.DELIVERED or row not in self._partly:
            self.claim(seq, row, heard)
        elif 0 < segment < SEGMENTS_MAX:
            self.claim_segment(seq, row, segment)

    def _on_receipt_contradicts(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        row, word = self._watch.row(message, level << 4 | attempt), detail.text("status")
        so, heard = self._attempts.truth[row], codes.CODES[word]
        if not row:
            self._report("receipts-matched", seq, "a receipt of no submission")
        elif (
            heard not in _FINALS
            or not so & FATES
            or (so & BACKING[heard] and row not in self._partly)  # of a part both can be said
        ):
            self._report("known-within-truth", seq, f"{word} contradicts nothing")
        self._made_up.add((row, heard))

    def _on_receipt_unmatched(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        row = self._watch.row(message, level << 4 | attempt)
        self._on_its_way(seq, row, detail)
        provider = self._watch.provider_names[self._attempts.provider[row]]
        self._expect_orphan((seq, at, provider, detail.text("status")), seq)

    def _on_orphan_receipt(
        self, seq: int, at: int, _: int, __: int, ___: int, cause: int, detail: Detail
    ) -> None:
        unmatched, self._unmatched = self._unmatched, None
        seen = (cause, at, detail.text("provider"), detail.text("status"))
        if self._with_truth and (seen != unmatched or cause != seq - 1):
            self._report("receipts-matched", seq, f"an orphan of {seen[2]} that nothing tells of")

    def _expect_orphan(self, unmatched: tuple[int, int, str, str] | None, seq: int) -> None:
        """An orphan is expected, or none; one that was expected before never came."""
        if self._unmatched is not None:
            text = f"the receipt of line {self._unmatched[0]} is neither matched nor an orphan"
            self._report("receipts-matched", seq, text)
        self._unmatched = unmatched

    # Money -----------------------------------------------------------------------------------

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
                self._settle_debt()

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
