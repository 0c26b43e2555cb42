"""What is known of a message's attempts."""

from itertools import count

from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.record import Record, receipt_detail
from sandbox.cascade.vocabulary import Status
from tests.support.hand import NOBODY, level, plan


def test_an_attempt_that_was_never_made_is_not_found() -> None:
    """A provider may speak of anything; what does not exist has no provider."""
    record = Record(1, plan(level()), count(1).__next__)
    assert record.provider_of(0, 1) == ""


def test_a_receipt_keeps_all_it_said_when_it_is_ignored() -> None:
    """Status, reason, price, segment, and why nothing follows from it."""
    event = ReceiptReceived(1, 0, 1, Status.FAILED, NOBODY, 7, 3, 2, 3)
    fields = dict(receipt_detail(event, "duplicate").fields)
    assert fields == {
        "status": "failed", "code": "131026", "class": "permanent-recipient",
        "text": "not on this channel", "owed_nano": 7, "why": "duplicate",
        "segment": 2, "segments": 3,
    }  # fmt: skip
