"""How a message succeeds, and what follows its outcome."""

from typing import Final

import pytest

from sandbox.cascade.vocabulary import LISTABLE_TRIGGERS, Outcome, Status
from tests.support.hand import NOBODY, Hand, level, plan

LADDER: Final = (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ)


@pytest.mark.parametrize("success", LADDER)
def test_a_level_succeeds_with_the_status_it_asks_for(success: Status) -> None:
    """S9: the message is delivered at the instant its level's success status is known."""
    hand = Hand(plan(level(success=success))).request()
    hand.accept(1)
    for at, status in enumerate(LADDER[1:], start=2):
        hand.receipt(status, at)
    assert hand.end == f"{1 + LADDER.index(success)} finished 0.1 delivered"


@pytest.mark.parametrize("success", LADDER)
@pytest.mark.parametrize("heard", LADDER)
def test_a_rung_implies_those_below_it(success: Status, heard: Status) -> None:
    """S4: read implies delivered implies sent implies accepted, whatever was skipped."""
    hand = Hand(plan(level(success=success))).request()
    hand.receipt(heard, 3)
    assert (hand.outcome is Outcome.DELIVERED) is (heard >= success)


def test_a_message_whose_fallback_delivered_is_a_success() -> None:
    """S1: what fails is an attempt; the message is delivered when a later level delivers."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 5)
    hand.accept(6)
    hand.receipt(Status.DELIVERED, 8)
    assert hand.story == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "5 receipt 0.1 failed",
        "5 fell_back 1 failed",
        "5 submitted 1.1 whatsapp",
        "6 accepted 1.1",
        "8 receipt 1.1 delivered",
        "8 finished 1.1 delivered",
    ]


def test_the_outcome_credits_the_attempt_that_brought_it() -> None:
    """S2: a delivered message names level and attempt; the cause is the news that ended it."""
    hand = Hand(plan(level(retries=1))).request()
    hand.refuse(1, reason=None)
    hand.wake(2)
    hand.accept(3)
    hand.receipt(Status.DELIVERED, 4)
    *_, receipt, finished = hand.facts
    assert finished[3:5] == (0, 2)
    assert finished[6] == receipt[0]


def test_a_submit_driven_cascade_ends_with_the_acceptance() -> None:
    """S11: with success accepted and refusals only, one level after the other is asked."""
    asks = plan(*(level(c, success=Status.ACCEPTED) for c in ("sms", "whatsapp", "viber")))
    hand = Hand(asks).request()
    hand.refuse(1)
    hand.refuse(2)
    hand.accept(3)
    assert hand.path == ["0 0.1 sms", "1 1.1 whatsapp", "2 2.1 viber"]
    assert hand.end == "3 finished 2.1 delivered"


def test_nothing_is_sent_and_no_timer_runs_after_a_success() -> None:
    """S2: with the outcome all is over: no submission, no wake-up, no second outcome."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    assert hand.wake_at is None
    hand.receipt(Status.READ, 3)
    hand.receipt(Status.FAILED, 4)
    assert hand.since(3) == ["3 late_receipt 0.1 read", "4 ignored 0.1 failed already read"]


def test_receipts_after_the_outcome_are_late() -> None:
    """S8: what comes after the outcome is recorded as late and changes nothing."""
    hand = Hand(plan(level(wait=30))).request()
    hand.accept(1)
    hand.wake(31)
    assert hand.end == "31 finished 0 exhausted last_level no_receipt"
    hand.receipt(Status.SENT, 40)
    hand.receipt(Status.DELIVERED, 50, owed=45)
    assert hand.since(40) == ["40 late_receipt 0.1 sent", "50 late_receipt 0.1 delivered"]
    assert hand.facts[-1][7].number("owed_nano") == 45


def test_a_late_receipt_that_repeats_what_is_known_is_ignored() -> None:
    """S5, S8: a duplicate counts once also when it comes after the outcome."""
    hand = Hand(plan(level())).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    hand.receipt(Status.DELIVERED, 3)
    assert hand.since(3) == ["3 ignored 0.1 delivered duplicate"]


def test_answers_are_counted_after_the_outcome_too() -> None:
    """S8: an attempt that is unanswered when the message ends still gets its one answer counted."""
    hand = Hand(plan(level(wait=5), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(6)
    hand.receipt(Status.DELIVERED, 7, of="0.1")
    hand.accept(8, of="1.1")
    assert hand.since(7) == [
        "7 receipt 0.1 delivered",
        "7 finished 0.1 delivered",
        "8 accepted 1.1",
    ]
    assert hand.wake_at is None


def test_unanswered_submissions_are_given_up_after_the_outcome() -> None:
    """S21: submitted = accepted + refused + throttled + unknown, so silence is counted as well."""
    hand = Hand(plan(level(wait=5), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(6)
    hand.receipt(Status.DELIVERED, 7, of="0.1")
    hand.rest()
    assert hand.since(8) == ["16 unknown 1.1"]


def test_a_refusal_after_the_outcome_moves_nothing() -> None:
    """S2: the outcome stands; a refusal of what was still in flight is only counted."""
    hand = Hand(plan(level(wait=5), level("whatsapp"), level("viber"))).request()
    hand.accept(1)
    hand.wake(6)
    hand.receipt(Status.DELIVERED, 7, of="0.1")
    hand.refuse(8, of="1.1")
    assert hand.since(8) == [f"8 refused 1.1 {NOBODY.code}"]


def test_every_trigger_but_ineligible_may_be_listed() -> None:
    """S10: the default of `next_on` is every trigger that does not move on by itself."""
    assert level().next_on == frozenset(LISTABLE_TRIGGERS)
