"""The deadline: the latest moment for anything to be sent."""

import pytest

from sandbox.cascade.events import WokeUp
from sandbox.cascade.plan import Backoff, Retries
from sandbox.cascade.vocabulary import OnUnknown, Status
from tests.support.hand import BUSY, Hand, level, plan


def test_at_the_deadline_the_message_is_expired_whatever_is_in_flight() -> None:
    """S18: requested at 5 with a deadline of 20, it ends at 25."""
    hand = Hand(plan(level(), deadline=20)).request(5)
    hand.accept(6)
    hand.wake(25)
    assert hand.since(25) == ["25 finished 0 expired"]
    assert hand.wake_at is None


def test_a_wait_that_reaches_past_the_deadline_is_cut() -> None:
    """S18: the level's timer does not outlive the message."""
    hand = Hand(plan(level(wait=60), level("whatsapp"), deadline=30)).request()
    hand.accept(1)
    hand.rest()
    assert hand.end == "30 finished 0 expired"
    assert hand.path == ["0 0.1 sms"]


def test_at_one_instant_the_deadline_comes_before_the_wait() -> None:
    """S15, S18: a wait that ends exactly at the deadline does not open another level."""
    hand = Hand(plan(level(wait=29), level("whatsapp"), deadline=30)).request()
    hand.accept(1)
    hand.wake(30)
    assert hand.since(30) == ["30 finished 0 expired"]


def test_a_receipt_at_the_very_deadline_still_counts() -> None:
    """S15: receipts come before wake-ups, so a delivery at the deadline is a delivery."""
    hand = Hand(plan(level(), deadline=30)).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 30)
    assert hand.end == "30 finished 0.1 delivered"


@pytest.mark.parametrize("later", [1, 100])
def test_a_receipt_after_the_deadline_is_late(later: int) -> None:
    """S18: the past does not change."""
    hand = Hand(plan(level(), deadline=30)).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 30 + later)
    assert hand.since(30) == ["30 finished 0 expired", f"{30 + later} late_receipt 0.1 delivered"]


def test_bad_news_at_the_very_deadline_opens_no_level() -> None:
    """S18: a level that would start at the deadline ends the message expired."""
    hand = Hand(plan(level(), level("whatsapp"), deadline=30)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 30)
    assert hand.since(30) == ["30 receipt 0.1 failed", "30 finished 0 expired"]


def test_bad_news_at_the_very_deadline_asks_no_other_provider() -> None:
    """S18: nothing is submitted at the deadline."""
    hand = Hand(plan(level(via=["a", "b"]), deadline=30)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 30)
    assert hand.since(30) == ["30 receipt 0.1 failed", "30 finished 0 expired"]


def test_bad_news_on_the_last_level_at_the_very_deadline_exhausts() -> None:
    """S10, S15: the receipt comes first, and it leaves nothing more to be tried."""
    hand = Hand(plan(level(), deadline=30)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 30)
    assert hand.end == "30 finished 0 exhausted last_level failed"


def test_an_unknown_submit_is_not_resent_at_the_deadline() -> None:
    """S18, S21: the deadline of one instant comes before the giving up."""
    resends = level(on_unknown=OnUnknown.RESEND, retries=3)
    hand = Hand(plan(resends, level("whatsapp"), deadline=10)).request()
    hand.wake(10)
    assert hand.since(10) == ["10 finished 0 expired", "10 unknown 0.1"]


@pytest.mark.parametrize("pause", [9, 10, 500])
def test_a_retry_that_would_start_at_the_deadline_or_later_expires_at_the_deadline(
    pause: int,
) -> None:
    """S18, S20: refused at 1 with a deadline of 10 the message is open until 10, not shorter."""
    backoff = Backoff(first_us=pause * 1_000_000, max_us=pause * 1_000_000, jitter_ppm=0)
    patient = level(retries=Retries(max=1, backoff=backoff))
    hand = Hand(plan(patient, level("whatsapp"), deadline=10)).request()
    hand.refuse(1, reason=BUSY)
    hand.wake(9.9)
    assert hand.outcome is None
    hand.rest()
    assert hand.end == "10 finished 0 expired"
    assert hand.path == ["0 0.1 sms"]


def test_a_retry_just_before_the_deadline_is_made() -> None:
    """S18: nothing is submitted at or after it; before it things are as ever."""
    hand = Hand(plan(level(retries=1), deadline=10)).request()
    hand.refuse(8.9, reason=BUSY)
    hand.wake(9.9)
    assert hand.path == ["0 0.1 sms", "9.9 0.2 sms"]


def test_an_unanswered_submission_is_given_up_after_the_deadline() -> None:
    """S18, S21: it is counted at its own timeout, not at the deadline."""
    hand = Hand(plan(level(), deadline=4)).request()
    hand.rest()
    assert hand.since(1) == ["4 finished 0 expired", "10 unknown 0.1"]


def test_an_answer_after_the_deadline_is_counted() -> None:
    """S8: an attempt's answer counts, whatever became of the message."""
    hand = Hand(plan(level(), deadline=4)).request()
    hand.accept(5)
    assert hand.since(1) == ["4 finished 0 expired", "5 accepted 0.1"]
    assert hand.wake_at is None


def test_without_a_deadline_the_levels_decide() -> None:
    """S18: `deadline: none` leaves the end to the waits."""
    hand = Hand(plan(level(), level("whatsapp"), deadline=None)).request()
    hand.rest()
    assert hand.end == "140 finished 1 exhausted last_level no_receipt"


def test_a_deadline_counts_from_the_request() -> None:
    """S18: it does not matter how many levels were entered since."""
    hand = Hand(plan(level(), level("whatsapp"), deadline=30)).request(100)
    hand.refuse(101)
    hand.accept(102)
    hand.rest()
    assert hand.end == "130 finished 1 expired"


def test_a_driver_that_comes_late_sends_nothing_after_the_deadline() -> None:
    """S18: woken at 50 instead of 31, the message is expired, and no level is opened."""
    hand = Hand(plan(level(wait=30), level("whatsapp"), deadline=40)).request()
    hand.accept(1)
    assert len(hand.engine.receive(WokeUp(), 50_000_000)) == 1
    assert len(hand.submits) == 1
