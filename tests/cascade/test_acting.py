"""What people do about a message: its code, and to cancel, hurry or repeat it (S24, S33 to S35)."""

from typing import Any

import pytest

from sandbox.cascade.events import RecallAnswered
from sandbox.cascade.plan import Backoff, Plan, QuietHours, Retries
from sandbox.cascade.vocabulary import (
    Act,
    LateSuccess,
    OnUnknown,
    Outcome,
    RecallResult,
    Status,
    Trigger,
)
from tests.support.hand import BUSY, NOBODY, OPTED_OUT, Hand, level, plan, us

CODES = plan(level(wait=30), level("whatsapp", wait=30), stops_on_verified=True)


def _delivered(at: int = 5, its_plan: Plan = CODES) -> Hand:
    hand = Hand(its_plan).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, at)
    return hand


# Codes -----------------------------------------------------------------------------------------


def test_a_delivered_code_does_not_end_the_message() -> None:
    """S33: it stops the level's own timer, and the person has as long to enter it."""
    hand = _delivered()
    assert hand.outcome is None
    assert hand.wake_at == 35


def test_the_right_code_ends_the_message() -> None:
    """S33: delivered, verified, at the level that is known to have brought it."""
    hand = _delivered()
    hand.act(Act.VERIFIED, 12)
    assert hand.since(12) == ["12 act verified", "12 finished 0.1 delivered verified"]
    assert hand.wake_at is None


def test_a_code_that_nobody_enters_leads_to_the_next_level() -> None:
    """S10, S33: the trigger is not_verified."""
    hand = _delivered()
    hand.wake(35)
    assert hand.since(35) == [
        "35 wait_over 0.1 not_verified",
        "35 fell_back 1 not_verified",
        "35 submitted 1.1 whatsapp",
    ]


def test_the_time_to_enter_a_code_can_be_its_own() -> None:
    """S33: verify_within counts from the success; a later receipt does not restart it."""
    its_plan = plan(
        level(wait=30, verify_within_us=120_000_000), level("whatsapp"), stops_on_verified=True
    )
    hand = _delivered(its_plan=its_plan)
    hand.receipt(Status.READ, 50)
    assert hand.wake_at == 125


def test_without_the_trigger_the_level_stays_open_to_the_deadline() -> None:
    """S10: a timer whose trigger is not in next_on is never armed."""
    quiet = level(wait=30, next_on=frozenset(Trigger) - {
        Trigger.NOT_VERIFIED, Trigger.INELIGIBLE, Trigger.CIRCUIT_OPEN, Trigger.MANUAL
    })  # fmt: skip
    hand = _delivered(its_plan=plan(quiet, level("whatsapp"), stops_on_verified=True))
    assert hand.wake_at == 600
    hand.wake(600)
    assert hand.outcome is Outcome.EXPIRED


def test_the_code_of_an_earlier_channel_still_counts() -> None:
    """S33: one code for all is credited to the latest level that delivered it."""
    hand = _delivered()
    hand.wake(35)
    hand.accept(36)
    hand.act(Act.VERIFIED, 40)
    assert hand.end == "40 finished 0.1 delivered verified"


def test_a_code_that_is_not_known_to_have_come_is_credited_to_the_latest_submission() -> None:
    """S33: the receipt may have been lost; the code proves that it came."""
    hand = Hand(CODES).request()
    hand.accept(1)
    hand.wake(31)
    hand.accept(32)
    hand.act(Act.VERIFIED, 40)
    assert hand.end == "40 finished 1.1 delivered verified"


def test_a_code_of_its_own_names_its_level() -> None:
    """S33: whichever channel brought it."""
    its_plan = plan(
        level(wait=30), level("whatsapp"), stops_on_verified=True, has_code_per_level=True
    )
    hand = _delivered(its_plan=its_plan)
    hand.wake(35)
    hand.accept(36)
    hand.receipt(Status.DELIVERED, 37)
    hand.act(Act.VERIFIED, 40, code_of=0)
    assert hand.end == "40 finished 0.1 delivered verified"


@pytest.mark.parametrize(("at", "is_valid"), [(60, True), (61, False)])
def test_a_code_is_valid_for_its_lifetime(at: int, is_valid: bool) -> None:
    """S34: from the request, to the instant; after it the message stays as it was."""
    its_plan = plan(
        level(wait=100), level("whatsapp"), stops_on_verified=True, code_lifetime_us=60_000_000
    )
    hand = _delivered(its_plan=its_plan)
    hand.act(Act.VERIFIED, at)
    assert (hand.outcome is Outcome.DELIVERED) is is_valid
    assert is_valid or hand.story[-1] == f"{at} act verified the code has expired"


def test_a_code_of_its_own_is_as_old_as_its_level() -> None:
    """S33, S34: an older code stays valid for its own lifetime, and no longer."""
    its_plan = plan(
        level(wait=30), level("whatsapp", wait=90), stops_on_verified=True,
        has_code_per_level=True, code_lifetime_us=60_000_000,
    )  # fmt: skip
    hand = _delivered(its_plan=its_plan)
    hand.wake(35)
    hand.accept(36)
    hand.act(Act.VERIFIED, 61, code_of=0)
    assert hand.story[-1] == "61 act verified the code has expired"
    hand.act(Act.VERIFIED, 62, code_of=1)
    assert hand.end == "62 finished 1.1 delivered verified"


def test_a_code_of_a_level_that_was_never_sent_is_none() -> None:
    """S33: nobody can have it."""
    its_plan = plan(
        level(wait=30), level("whatsapp"), stops_on_verified=True,
        has_code_per_level=True, code_lifetime_us=60_000_000,
    )  # fmt: skip
    hand = _delivered(its_plan=its_plan)
    hand.act(Act.VERIFIED, 9, code_of=1)
    assert hand.story[-1] == "9 act verified no such code"


def test_a_code_after_the_outcome_changes_nothing() -> None:
    """S33: it is verified late, and that is truth only."""
    hand = _delivered()
    hand.act(Act.CANCEL, 6)
    hand.act(Act.VERIFIED, 7)
    assert hand.since(7) == ["7 act verified already cancelled"]


def test_where_no_code_is_awaited_none_ends_a_message() -> None:
    """S33: only with stop_on: verified."""
    hand = Hand(plan(level())).request()
    hand.act(Act.VERIFIED, 1)
    assert hand.story[-1] == "1 act verified no code is awaited"
    assert hand.outcome is None


# Cancel, next, resend --------------------------------------------------------------------------


def test_a_cancelled_message_is_over() -> None:
    """S2, S35: nothing more is submitted, and receipts that come are late."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.accept(1)
    hand.act(Act.CANCEL, 2)
    assert hand.since(2) == ["2 act cancel", "2 finished 0 cancelled"]
    hand.receipt(Status.DELIVERED, 3)
    assert hand.story[-1] == "3 late_receipt 0.1 delivered"


def test_next_goes_to_the_next_level_now() -> None:
    """S35: whatever the level waits for, its other providers included."""
    hand = Hand(plan(level(via=["a", "b"]), level("whatsapp"))).request()
    hand.accept(1)
    hand.act(Act.NEXT, 2)
    assert hand.since(2) == ["2 act next", "2 fell_back 1 manual", "2 submitted 1.1 whatsapp"]


def test_next_gives_up_a_planned_retry() -> None:
    """S20, S35: the pause is over."""
    hand = Hand(plan(level(retries=2), level("whatsapp"))).request()
    hand.refuse(1, reason=BUSY)
    hand.act(Act.NEXT, 1.5)
    hand.rest()
    assert hand.path == ["0 0.1 sms", "1.5 1.1 whatsapp"]


def test_next_after_the_last_level_exhausts_the_message() -> None:
    """S2: nothing more may be tried."""
    hand = Hand(plan(level())).request()
    hand.act(Act.NEXT, 2)
    assert hand.end == "2 finished 0 exhausted last_level manual"


def test_a_success_of_a_level_that_was_hurried_past_still_counts() -> None:
    """S23: as after any other switch."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.accept(1)
    hand.act(Act.NEXT, 2)
    hand.receipt(Status.DELIVERED, 3, of="0.1")
    assert hand.end == "3 finished 0.1 delivered"


def test_a_resend_is_another_attempt_at_the_same_level() -> None:
    """S35: under a key of its own, and the wait starts afresh with it."""
    hand = Hand(plan(level(wait=30), level("whatsapp"))).request()
    hand.accept(1)
    hand.act(Act.RESEND, 20)
    assert hand.since(20) == ["20 act resend", "20 submitted 0.2 sms"]
    hand.accept(21)
    assert hand.wake_at == 51


def test_a_resend_beyond_the_attempts_of_a_level_is_in_vain() -> None:
    """Invariant: attempts are bounded, however often somebody asks."""
    hand = Hand(plan(level())).request()
    for at in range(1, 11):
        hand.act(Act.RESEND, at)
    assert hand.story[-1] == "10 act resend no attempt is left at this level"
    assert len(hand.submits) == 10


@pytest.mark.parametrize("act", Act)
def test_an_act_after_the_outcome_is_written_down_and_changes_nothing(act: Act) -> None:
    """S8: the past is never corrected."""
    hand = Hand(plan(level())).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    hand.act(act, 3)
    assert hand.since(3) == [f"3 act {act.value} already delivered"]


# Recall ----------------------------------------------------------------------------------------


def test_what_is_in_flight_is_called_back_after_a_late_success() -> None:
    """S23, S24: cancel_next recalls what the next level has under way; the answer is kept."""
    hand = Hand(
        plan(level(wait=10), level("whatsapp"), late_success=LateSuccess.CANCEL_NEXT)
    ).request()
    hand.accept(1)
    hand.wake(11)
    hand.accept(12)
    hand.receipt(Status.DELIVERED, 13, of="0.1")
    assert hand.end == "13 finished 0.1 delivered"
    (recall,) = hand.recalls
    assert (recall.level, recall.attempt, recall.provider) == (1, 1, "whatsapp")
    for result in RecallResult:
        hand.feed(RecallAnswered(1, 1, 1, result, 0), 14)
    assert hand.since(14) == [f"14 recalled 1.1 {result.value}" for result in RecallResult]


def test_what_has_ended_is_not_called_back() -> None:
    """S24: only what a provider may still have."""
    hand = Hand(
        plan(level(wait=10), level("whatsapp"), late_success=LateSuccess.CANCEL_NEXT)
    ).request()
    hand.refuse(1)
    hand.accept(2)
    hand.receipt(Status.DELIVERED, 3)
    assert hand.recalls == []


def test_a_cancelled_message_is_called_back_where_the_plan_says_so() -> None:
    """S24, S35: and left alone where it does not."""
    for policy, count in ((LateSuccess.CANCEL_NEXT, 1), (LateSuccess.RECORD, 0)):
        hand = Hand(plan(level(), late_success=policy)).request()
        hand.accept(1)
        hand.act(Act.CANCEL, 2)
        assert len(hand.recalls) == count


# After the success of a level ---------------------------------------------------------------------


def _with_success(**others: Any) -> Hand:
    """Attempt 1 got no answer, attempt 2 is to be tried again at 13, and attempt 1 arrives at 4."""
    first = level(
        via=("a", "b"), wait=20, timeout=2, on_unknown=OnUnknown.RESEND,
        retries=Retries(max=3, backoff=Backoff(first_us=us(10), jitter_ppm=0)),
    )  # fmt: skip
    hand = Hand(plan(first, level("viber"), stops_on_verified=True, **others)).request()
    hand.wake(2)
    hand.refuse(3, reason=BUSY, of="0.2")
    hand.receipt(Status.DELIVERED, 4, of="0.1")
    return hand


def test_a_planned_retry_is_given_up_when_the_level_has_its_success() -> None:
    """S33: the code is on the handset, and only it is waited for."""
    hand = _with_success()
    hand.wake(23)
    assert hand.since(4.1) == []
    hand.wake(24)
    assert hand.since(24)[:2] == ["24 wait_over 0.2 not_verified", "24 submitted 0.3 b"]


def test_bad_news_of_another_attempt_changes_nothing_then() -> None:
    """S33: neither a refusal, nor silence, nor a failure makes the level be left."""
    hand = _with_success()
    hand.act(Act.RESEND, 5)
    hand.refuse(6, reason=NOBODY)
    hand.act(Act.RESEND, 7)
    hand.wake(9)
    hand.act(Act.RESEND, 10)
    hand.accept(11)
    hand.receipt(Status.FAILED, 12)
    assert [line for line in hand.since(5) if "fell_back" in line or "retry" in line] == []
    assert hand.wake_at == 24


def test_a_reason_to_stop_ends_it_even_then() -> None:
    """S14: whoever has opted out is not waited for."""
    hand = _with_success()
    hand.act(Act.RESEND, 5)
    hand.refuse(6, reason=OPTED_OUT)
    assert hand.end == "6 finished 0 stopped"


def test_a_copy_sent_once_more_starts_the_time_anew_when_it_succeeds() -> None:
    """S33: the person who asked for it gets as long to type it."""
    hand = _with_success()
    hand.act(Act.RESEND, 5)
    hand.accept(6)
    assert hand.wake_at == 24
    hand.receipt(Status.DELIVERED, 8)
    assert hand.wake_at == 28


def test_each_level_waits_for_its_own_success() -> None:
    """S33: what one level had counts for nothing at the next."""
    hand = _with_success()
    hand.act(Act.NEXT, 5)
    hand.accept(6)
    assert hand.wake_at == 66
    hand.wake(66)
    assert "66 wait_over 1.1 no_receipt" in hand.since(66)


def test_a_code_of_no_level_is_no_code_where_each_has_its_own() -> None:
    """S33: also where codes never expire."""
    hand = _with_success(has_code_per_level=True)
    hand.act(Act.VERIFIED, 5)
    assert hand.since(5) == ["5 act verified no such code"]
    hand.act(Act.VERIFIED, 5, code_of=1)
    assert hand.since(5)[1:] == ["5 act verified no such code"]
    hand.act(Act.VERIFIED, 6, code_of=0)
    assert hand.end == "6 finished 0.1 delivered verified"


def test_the_next_provider_begins_without_what_the_one_before_had() -> None:
    """S33, S22: after `not_verified` its attempt is waited for and listened to like any first."""
    first = level(via=("a", "b"), wait=20)
    hand = Hand(plan(first, level("viber"), stops_on_verified=True, deadline=None)).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 5)
    hand.wake(25)
    assert hand.since(25) == ["25 wait_over 0.1 not_verified", "25 submitted 0.2 b"]
    hand.refuse(26, reason=NOBODY)
    assert hand.since(26)[1:] == ["26 fell_back 1 refused", "26 submitted 1.1 viber"]


@pytest.mark.parametrize("code_of", [-1, 0, 7])
@pytest.mark.parametrize("has_code_per_level", [False, True])
def test_before_anything_was_sent_there_is_no_code(
    code_of: int, *, has_code_per_level: bool
) -> None:
    """Whoever enters one then has guessed; nor is there one of a level that is not there."""
    quiet = QuietHours(from_us=0, to_us=us(100))
    its_plan = plan(
        level(quiet=quiet), stops_on_verified=True, has_code_per_level=has_code_per_level
    )
    hand = Hand(its_plan).request()
    hand.act(Act.VERIFIED, 5, code_of=code_of)
    assert hand.since(5) == ["5 act verified no such code"]


def test_a_level_that_is_held_has_no_wait_of_the_level_before() -> None:
    """S19: it waits for the end of quiet hours alone."""
    quiet = QuietHours(from_us=0, to_us=us(100))
    hand = Hand(plan(level(wait=30), level("viber", quiet=quiet))).request()
    hand.accept(1)
    hand.act(Act.NEXT, 5)
    assert hand.wake_at == 100


def test_what_was_sent_again_under_one_key_is_called_back_as_one() -> None:
    """S21, S24: to the provider it is one message; that of the success is never called back."""
    first = level(timeout=2, on_unknown=OnUnknown.RESEND, retries=1, success=Status.ACCEPTED)
    second = level("viber", success=Status.DELIVERED)
    its_plan = plan(first, second, late_success=LateSuccess.CANCEL_NEXT)
    hand = Hand(its_plan).request()
    hand.wake(2)
    hand.accept(3, of="0.2")
    assert hand.end == "3 finished 0.2 delivered"
    assert hand.recalls == []
    cancelled = Hand(its_plan).request()
    cancelled.wake(2)
    cancelled.act(Act.CANCEL, 3)
    assert [(recall.level, recall.attempt) for recall in cancelled.recalls] == [(0, 1)]


def test_silence_teaches_nothing_whatever_comes_with_it() -> None:
    """S21, S27: nobody said anything, so there is no reason."""
    its_plan = plan(level(wait=30, on_unknown=OnUnknown.NEXT), level("viber"), remember_us=us(1000))
    hand = Hand(its_plan)
    hand.request(recipient=5)
    hand.answer(Status.UNKNOWN, 1, reason=OPTED_OUT)
    assert hand.outcome is None
    hand.request(2, message=2, recipient=5)
    assert hand.since(2)[-1] == "2 submitted 0.1 sms"
