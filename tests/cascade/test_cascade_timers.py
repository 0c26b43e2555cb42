"""The one wait timer of a level: what it runs from, what restarts it and what does not."""

from typing import Any, Final

import pytest

from sandbox.cascade.vocabulary import OnUnknown, Origin, Status
from tests.support.hand import BUSY, Hand, Seconds, level, plan


def _hand(origin: Origin = Origin.ACCEPTED, wait: Seconds = 30, **others: Any) -> Hand:
    return Hand(plan(level(wait=wait, origin=origin, **others), level("whatsapp"))).request()


ENDS: Final = {
    Origin.SUBMIT: 30,
    Origin.ACCEPTED: 31,
    Origin.SENT: 35,
    Origin.DELIVERED: 42,
}


@pytest.mark.parametrize("origin", Origin)
def test_the_wait_runs_from_its_origin(origin: Origin) -> None:
    """S12: submitted at 0, accepted at 1, sent at 5 and delivered at 12: the wait ends 30 later."""
    hand = _hand(origin, success=Status.READ)
    hand.accept(1)
    hand.receipt(Status.SENT, 5)
    hand.receipt(Status.DELIVERED, 12)
    assert hand.wake_at == ENDS[origin]
    hand.wake(ENDS[origin])
    assert hand.story[-3] == f"{ENDS[origin]} wait_over 0.1 not_read"


@pytest.mark.parametrize("origin", Origin)
def test_before_an_answer_only_the_submit_timeout_runs(origin: Origin) -> None:
    """S12: the wait does not run while the provider has not answered, whatever its origin."""
    assert _hand(origin, wait=3, timeout=10).wake_at == 10


@pytest.mark.parametrize("origin", [Origin.SENT, Origin.DELIVERED])
def test_a_later_origin_runs_from_acceptance_until_it_is_known(origin: Origin) -> None:
    """S12: a provider that never says sent cannot hold a message for ever."""
    hand = _hand(origin, success=Status.READ)
    hand.accept(1)
    hand.wake(31)
    assert hand.since(31)[0] == "31 wait_over 0.1 no_receipt"


def test_a_wait_from_submission_that_is_over_at_the_answer_ends_at_the_answer() -> None:
    """S12: the timer never acts in the past: an answer later than the wait finds it over."""
    hand = _hand(Origin.SUBMIT, wait=3, timeout=10)
    hand.accept(7)
    assert hand.wake_at == 7
    hand.wake(7)
    assert hand.since(7)[1] == "7 wait_over 0.1 no_receipt"


@pytest.mark.parametrize("origin", [Origin.ACCEPTED, Origin.SUBMIT])
def test_a_later_status_does_not_restart_the_timer(origin: Origin) -> None:
    """S12: sent and delivered on the way to read leave the wait where it is."""
    hand = _hand(origin, success=Status.READ)
    hand.accept(1)
    ends = hand.wake_at
    hand.receipt(Status.SENT, 5)
    hand.receipt(Status.DELIVERED, 6)
    assert hand.wake_at == ends


@pytest.mark.parametrize("origin", Origin)
def test_a_duplicate_does_not_restart_the_timer(origin: Origin) -> None:
    """S5, S12: what is known already moves no timer."""
    hand = _hand(origin, success=Status.READ)
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 4)
    ends = hand.wake_at
    hand.receipt(Status.DELIVERED, 9)
    hand.receipt(Status.SENT, 9)
    assert hand.wake_at == ends
    assert hand.since(9) == [
        "9 ignored 0.1 delivered duplicate",
        "9 ignored 0.1 sent already delivered",
    ]


def test_a_skipped_rung_is_an_origin_too() -> None:
    """S4, S12: delivered implies sent, so a wait from sent starts once more with the delivery."""
    hand = _hand(Origin.SENT, success=Status.READ)
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 8)
    assert hand.wake_at == 38


def test_a_receipt_before_the_answer_counts_as_acceptance() -> None:
    """S12: a receipt may overtake the answer; the wait runs from it, not from the answer."""
    hand = _hand()
    hand.receipt(Status.SENT, 2)
    hand.accept(3)
    hand.wake(31)
    assert hand.wake_at == 32
    assert hand.since(2)[:2] == ["2 receipt 0.1 sent", "3 accepted 0.1"]


def test_an_accepted_receipt_before_the_answer_starts_the_wait() -> None:
    """S12: so does a receipt that says no more than accepted."""
    hand = _hand()
    hand.receipt(Status.ACCEPTED, 2)
    hand.accept(9)
    hand.wake(31)
    assert hand.wake_at == 32


def test_a_receipt_before_the_answer_leaves_the_answer_to_be_counted() -> None:
    """S12, S21: the answer that never came is given up and counted, but moves nothing."""
    hand = _hand()
    hand.receipt(Status.SENT, 2)
    hand.wake(10)
    assert hand.since(10) == ["10 unknown 0.1"]
    assert hand.wake_at == 32


def test_bad_news_before_the_answer_closes_the_level() -> None:
    """S12, S15: a failed receipt counts without the answer, which then moves nothing any more."""
    hand = _hand()
    hand.receipt(Status.FAILED, 2)
    hand.accept(3, of="0.1")
    assert hand.since(2) == [
        "2 receipt 0.1 failed",
        "2 fell_back 1 failed",
        "2 submitted 1.1 whatsapp",
        "3 accepted 0.1",
    ]


def test_a_refusal_after_a_receipt_that_says_sent_moves_nothing() -> None:
    """S4: knowledge only grows: what was sent is not unsent by its answer."""
    hand = _hand()
    hand.receipt(Status.SENT, 2)
    hand.refuse(3)
    assert hand.since(3) == ["3 refused 0.1 131026"]
    assert hand.outcome is None
    hand.wake(32)
    assert hand.since(32)[0] == "32 wait_over 0.1 no_receipt"


@pytest.mark.parametrize("origin", [Origin.ACCEPTED, Origin.SENT, Origin.DELIVERED])
def test_an_unknown_submit_starts_the_wait_when_the_answer_was_given_up(origin: Origin) -> None:
    """S12: given up at 10, the level waits until 40 for a receipt."""
    hand = _hand(origin)
    hand.wake(10)
    assert hand.wake_at == 40


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.SENT])
def test_a_receipt_for_an_unknown_submit_does_not_restart_the_wait(status: Status) -> None:
    """S12: the wait of an unknown submit runs from the giving up; later statuses leave it."""
    hand = _hand(Origin.ACCEPTED)
    hand.wake(10)
    hand.receipt(status, 15)
    hand.wake(39)
    assert hand.wake_at == 40


def test_a_lost_connection_starts_the_wait_at_once() -> None:
    """S12, S21: a driver may know before the timeout that no answer will come."""
    hand = _hand()
    hand.answer(Status.UNKNOWN, 4)
    assert hand.wake_at == 34


def test_a_retry_stops_the_timer_and_the_new_attempt_starts_it_afresh() -> None:
    """S12: between the refusal and the new acceptance no wait runs."""
    hand = _hand(retries=1)
    hand.refuse(1, reason=BUSY)
    assert hand.wake_at == 2
    hand.wake(2)
    assert hand.wake_at == 12
    hand.accept(4)
    assert hand.wake_at == 34


def test_the_next_provider_starts_the_timer_afresh() -> None:
    """S12: each provider of a level has the whole wait."""
    hand = _hand(via=["a", "b"])
    hand.accept(1)
    hand.wake(31)
    assert hand.path == ["0 0.1 a", "31 0.2 b"]
    hand.accept(33)
    assert hand.wake_at == 63


def test_statuses_of_an_earlier_attempt_do_not_move_the_timer() -> None:
    """S12: the timer belongs to the level's current attempt."""
    hand = _hand(Origin.SENT, via=["a", "b"])
    hand.accept(1)
    hand.wake(31)
    hand.accept(32)
    hand.receipt(Status.SENT, 40, of="0.1")
    assert hand.wake_at == 62
    hand.receipt(Status.SENT, 41, of="0.2")
    assert hand.wake_at == 71


def test_a_resend_starts_the_timer_afresh() -> None:
    """S12, S21: a resend is a new attempt with its own answer to wait for."""
    hand = _hand(retries=1, on_unknown=OnUnknown.RESEND)
    hand.wake(10)
    assert hand.wake_at == 20
    hand.accept(11)
    assert hand.wake_at == 41


def test_a_wait_means_the_same_on_the_last_level() -> None:
    """S13: when it ends there the message is exhausted at once, though a copy may still arrive."""
    hand = Hand(plan(level(wait=30))).request()
    hand.accept(1)
    hand.wake(31)
    assert hand.end == "31 finished 0 exhausted last_level no_receipt"


def test_without_a_wait_receipts_and_the_deadline_decide() -> None:
    """S13: `wait: none` arms no timer."""
    hand = Hand(plan(level(wait=None), level("whatsapp"))).request()
    hand.accept(1)
    assert hand.wake_at == 600
    hand.receipt(Status.FAILED, 500)
    assert hand.path == ["0 0.1 sms", "500 1.1 whatsapp"]


def test_without_a_wait_an_unknown_submit_waits_for_the_deadline() -> None:
    """S13, S21: neither does an answer that never came."""
    hand = Hand(plan(level(wait=None), level("whatsapp"))).request()
    hand.wake(10)
    assert hand.wake_at == 600


def test_a_receipt_at_the_very_end_of_a_wait_still_counts() -> None:
    """S15: at one instant receipts come before wake-ups."""
    hand = _hand()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 31)
    assert hand.end == "31 finished 0.1 delivered"


def test_an_answer_at_the_very_end_of_the_timeout_still_counts() -> None:
    """S15, S21: the submit timeout ends after the answers of its instant."""
    hand = _hand()
    hand.accept(10)
    hand.wake(10)
    assert hand.since(10) == ["10 accepted 0.1"]


def test_a_wait_that_is_over_names_what_armed_it() -> None:
    """S12: the cause of the end of a wait is the line the wait ran from."""
    hand = _hand(Origin.SENT)
    hand.accept(1)
    hand.receipt(Status.SENT, 5)
    hand.wake(35)
    lines = {fact[5]: fact for fact in hand.facts}
    assert lines["wait_over"][6] == lines["receipt"][0]
    assert lines["fell_back"][6] == lines["wait_over"][0]
