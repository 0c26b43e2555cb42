"""News is heard once, by whichever way it comes first."""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.adapters.codec import Ignored, Receipt
from sandbox.app.hearing import Hearing
from sandbox.cascade.events import OrphanReceived, ReceiptReceived
from sandbox.cascade.vocabulary import Status
from sandbox.drivers.correlation import KEPT_US, Correlation
from sandbox.simulation.mixed import Heard

WHERE: Final = (1, 0, 1)


class Desk:
    """A hearing whose driver only listens."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.now = 0
        self.hearing = Hearing(Correlation("EUR"), self.heard.append, lambda: self.now)

    def sent(self, provider_id: str = "") -> None:
        self.hearing.correlation.submitted("sms", "fs1-r1-1-0-1", WHERE)
        if provider_id:
            self.hearing.accepted(WHERE, provider_id)

    def say(self, *statuses: Status, reference: str = "", segment: int = 0) -> None:
        said = [
            Receipt("id-1", status, status.word, reference=reference, segment=segment)
            for status in statuses
        ]
        self.hearing.take("sms", tuple(said))

    def statuses(self) -> Sequence[Status]:
        return [each.status for each in self.heard if isinstance(each, ReceiptReceived)]


def test_the_same_word_is_heard_once() -> None:
    desk = Desk()
    desk.sent("id-1")
    desk.say(Status.SENT, Status.SENT)
    desk.say(Status.SENT, reference="fs1-r1-1-0-1")
    assert desk.statuses() == [Status.SENT]


def test_what_comes_before_the_answer_is_heard_after_it() -> None:
    desk = Desk()
    desk.sent()
    desk.say(Status.DELIVERED)
    assert desk.heard == []
    desk.hearing.accepted(WHERE, "id-1")
    assert desk.statuses() == [Status.DELIVERED]
    assert desk.hearing.delivered == {WHERE}


def test_what_nobody_claims_within_an_hour_is_an_orphan() -> None:
    desk = Desk()
    desk.say(Status.DELIVERED)
    desk.hearing.tidy()
    assert desk.heard == []
    desk.now = KEPT_US
    desk.hearing.tidy()
    assert desk.heard == [OrphanReceived("sms", Status.DELIVERED)]


def test_a_reference_of_somebody_else_is_an_orphan_at_once() -> None:
    desk = Desk()
    desk.sent("another-id")
    desk.say(Status.READ, reference="fs1-r2-1-0-1")
    assert desk.heard == [OrphanReceived("sms", Status.READ)]


@pytest.mark.parametrize(
    ("status", "is_delivered", "is_closed"),
    [
        (Status.ACCEPTED, False, False),
        (Status.SENT, False, False),
        (Status.DELIVERED, True, False),
        (Status.READ, True, True),
        (Status.FAILED, True, True),
        (Status.REJECTED, True, True),
        (Status.EXPIRED, True, True),
    ],
)
def test_the_last_word_closes_an_attempt(
    status: Status, is_delivered: bool, is_closed: bool
) -> None:
    desk = Desk()
    desk.sent("id-1")
    desk.say(status)
    assert (WHERE in desk.hearing.delivered) == is_delivered
    assert (WHERE in desk.hearing.closed) == is_closed


def test_one_segment_is_not_the_message() -> None:
    desk = Desk()
    desk.sent("id-1")
    desk.say(Status.DELIVERED, segment=1)
    assert desk.statuses() == [Status.DELIVERED]
    assert desk.hearing.delivered == set()


def test_what_is_no_receipt_is_counted() -> None:
    desk = Desk()
    desk.hearing.take("sms", (Ignored("a message from a person", "hello"),))
    assert (desk.hearing.ignored, desk.heard) == (1, [])
