"""Submissions whose answer never came: in doubt, not failed."""

import pytest

from sandbox.cascade.vocabulary import OnUnknown, Outcome, Status
from tests.support.hand import BUSY, Hand, level, plan


def _hand(on_unknown: OnUnknown, retries: int = 1) -> Hand:
    return Hand(
        plan(level(on_unknown=on_unknown, retries=retries, wait=30), level("whatsapp"))
    ).request()


def test_silence_is_recorded_as_unknown() -> None:
    """S21: after the timeout the submission is unknown, never failed."""
    hand = _hand(OnUnknown.WAIT)
    hand.wake(10)
    assert hand.since(1) == ["10 unknown 0.1"]
    assert hand.facts[-1][6] == hand.submits[0].cause


def test_by_default_the_level_waits_for_a_receipt() -> None:
    """S21: the provider may have the message, and a receipt says so."""
    hand = _hand(OnUnknown.WAIT)
    hand.wake(10)
    hand.receipt(Status.DELIVERED, 20)
    assert hand.end == "20 finished 0.1 delivered"


def test_a_wait_for_a_receipt_ends() -> None:
    """S12, S21: with nothing heard the wait ends like any other."""
    hand = _hand(OnUnknown.WAIT)
    hand.wake(40)
    assert hand.since(40) == [
        "40 wait_over 0.1 no_receipt",
        "40 fell_back 1 no_receipt",
        "40 submitted 1.1 whatsapp",
    ]


@pytest.mark.parametrize("by_answer", [False, True])
def test_a_resend_goes_out_at_once_under_the_same_key(by_answer: bool) -> None:
    """S21: the provider recognises the key, so a resend is no second message."""
    hand = _hand(OnUnknown.RESEND)
    if by_answer:
        hand.answer(Status.UNKNOWN, 10)
    else:
        hand.wake(10)
    assert hand.since(10) == ["10 unknown 0.1", "10 submitted 0.2 sms key 1"]
    assert [(s.attempt, s.key) for s in hand.submits] == [(1, 1), (2, 1)]


def test_resends_keep_the_first_key_and_have_a_limit() -> None:
    """S20, S21: resends count as retries; when they are used up, the level waits for a receipt."""
    hand = _hand(OnUnknown.RESEND, retries=2)
    hand.wake(30)
    assert [(s.attempt, s.key) for s in hand.submits] == [(1, 1), (2, 1), (3, 1)]
    assert hand.since(30) == ["30 unknown 0.3"]
    assert hand.wake_at == 60


def test_without_retries_nothing_is_resent() -> None:
    """S20, S21: `retries: {max: 0}` holds for resends too."""
    hand = _hand(OnUnknown.RESEND, retries=0)
    hand.wake(10)
    assert (hand.path, hand.wake_at) == (["0 0.1 sms"], 40)


def test_resends_and_retries_share_one_limit() -> None:
    """S20: one retry in all: after a resend a temporary refusal is not tried again."""
    hand = _hand(OnUnknown.RESEND, retries=1)
    hand.wake(10)
    hand.refuse(11, reason=BUSY)
    assert hand.since(11)[1:] == ["11 fell_back 1 refused", "11 submitted 1.1 whatsapp"]


def test_a_receipt_for_the_first_of_two_sendings_ends_the_message() -> None:
    """S21: whichever submission the provider reports about, it is the same message."""
    hand = _hand(OnUnknown.RESEND)
    hand.wake(10)
    hand.accept(11)
    hand.receipt(Status.DELIVERED, 12, of="0.1")
    assert hand.end == "12 finished 0.1 delivered"


def test_unknown_can_move_on() -> None:
    """S10, S21: with `on_unknown: next` silence is the trigger unknown."""
    hand = _hand(OnUnknown.NEXT)
    hand.wake(10)
    assert hand.since(10) == [
        "10 unknown 0.1",
        "10 fell_back 1 unknown",
        "10 submitted 1.1 whatsapp",
    ]


def test_a_message_left_in_doubt_may_arrive_after_all() -> None:
    """S21, S23: a receipt for a submission that was left as unknown is a late success."""
    hand = _hand(OnUnknown.NEXT)
    hand.wake(10)
    hand.receipt(Status.DELIVERED, 15, of="0.1")
    assert hand.end == "15 finished 0.1 delivered"


def test_a_known_status_is_not_made_unknown_by_the_timeout() -> None:
    """S4, S21: with `on_unknown: next` a receipt before the timeout keeps the level open."""
    hand = _hand(OnUnknown.NEXT)
    hand.receipt(Status.SENT, 5)
    hand.wake(10)
    assert hand.since(10) == ["10 unknown 0.1"]
    assert hand.path == ["0 0.1 sms"]


@pytest.mark.parametrize("answer", [Status.ACCEPTED, Status.REFUSED, Status.THROTTLED])
def test_an_answer_after_it_was_given_up_is_ignored(answer: Status) -> None:
    """S21: nobody listens any more: the attempt is counted as unknown and moves nothing."""
    hand = _hand(OnUnknown.WAIT)
    hand.wake(10)
    hand.answer(answer, 12, reason=None)
    assert hand.since(12) == [f"12 ignored 0.1 {answer.word} no answer was awaited"]
    assert hand.wake_at == 40


@pytest.mark.parametrize("answer", [Status.ACCEPTED, Status.REFUSED])
def test_what_is_ignored_leaves_no_trace_in_what_is_known(answer: Status) -> None:
    """S21: a receipt after an ignored answer says something new."""
    hand = Hand(plan(level(success=Status.ACCEPTED))).request()
    hand.wake(10)
    hand.answer(answer, 12, reason=None)
    hand.receipt(Status.ACCEPTED, 13)
    assert hand.end == "13 finished 0.1 delivered"


def test_a_second_answer_is_ignored() -> None:
    """S4: an attempt is counted by its answer, once."""
    hand = _hand(OnUnknown.WAIT)
    hand.accept(1)
    hand.refuse(2)
    assert hand.since(2) == ["2 ignored 0.1 refused no answer was awaited"]
    assert hand.outcome is None


def test_an_unknown_submit_whose_receipts_fail_moves_on() -> None:
    """S10, S21: doubt ends with any final receipt."""
    hand = _hand(OnUnknown.WAIT)
    hand.wake(10)
    hand.receipt(Status.FAILED, 12)
    assert hand.path == ["0 0.1 sms", "12 1.1 whatsapp"]


def test_success_accepted_waits_for_somebody_to_say_so() -> None:
    """S9, S21: an unknown submission is no acceptance; a receipt of any rung is."""
    hand = Hand(plan(level(success=Status.ACCEPTED, wait=30))).request()
    hand.wake(10)
    assert hand.outcome is None
    hand.receipt(Status.SENT, 15)
    assert hand.outcome is Outcome.DELIVERED


def test_what_nothing_else_would_end_ends_with_the_doubt() -> None:
    """S13: without a wait and a deadline, an unknown submit closes its level at once."""
    endless = level(success=Status.ACCEPTED, wait=None)
    hand = Hand(plan(endless, level("whatsapp"), deadline=None)).request()
    hand.wake(10)
    assert hand.path == ["0 0.1 sms", "10 1.1 whatsapp"]
    alone = Hand(plan(endless, deadline=None)).request()
    alone.wake(10)
    assert alone.outcome is Outcome.EXHAUSTED
