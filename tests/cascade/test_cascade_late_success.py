"""A success of a level that was closed before, while the message is still open."""

from typing import Any

import pytest

from sandbox.cascade.vocabulary import LateSuccess, Outcome, Status
from tests.support.hand import BUSY, Hand, level, plan


def _fallen(late_success: LateSuccess = LateSuccess.RECORD, **others: Any) -> Hand:
    """A message that fell from SMS to WhatsApp at 31 and waits there until 92."""
    first = level(wait=30, **others)
    hand = Hand(plan(first, level("whatsapp"), level("viber"), late_success=late_success)).request()
    hand.accept(1)
    hand.wake(31)
    hand.accept(32)
    return hand


def test_a_late_success_ends_the_message_at_its_own_level_now() -> None:
    """S23: the credit goes to the attempt that delivered, the instant is the receipt's."""
    hand = _fallen()
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.since(40) == ["40 receipt 0.1 delivered", "40 finished 0.1 delivered"]


def test_after_a_late_success_timers_stop_and_nothing_more_is_submitted() -> None:
    """S23: what is in flight is left alone, and no further level is opened."""
    hand = _fallen()
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.wake_at is None
    hand.receipt(Status.FAILED, 41, of="1.1")
    assert hand.since(41) == ["41 late_receipt 1.1 failed"]


def test_a_late_success_stops_a_planned_retry() -> None:
    """S23: a retry of a later level is not made any more."""
    hand = Hand(plan(level(wait=30), level("whatsapp", retries=1))).request()
    hand.accept(1)
    hand.wake(31)
    hand.refuse(32, reason=BUSY)
    hand.receipt(Status.DELIVERED, 32.5, of="0.1")
    assert hand.outcome is Outcome.DELIVERED
    assert hand.wake_at is None


def test_a_late_success_can_be_ignored() -> None:
    """S23: with `ignore` it is recorded, and only later levels decide."""
    hand = _fallen(LateSuccess.IGNORE)
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.since(40) == ["40 receipt 0.1 delivered"]
    hand.receipt(Status.DELIVERED, 50, of="1.1")
    assert hand.end == "50 finished 1.1 delivered"


def test_an_ignored_late_success_does_not_touch_the_timer() -> None:
    """S12, S23: the current level's wait runs on as it was."""
    hand = _fallen(LateSuccess.IGNORE)
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.wake_at == 92


def test_ignore_concerns_closed_levels_only() -> None:
    """S23: an earlier attempt of the open level still decides."""
    ignoring = plan(level(via=["a", "b"], wait=30), late_success=LateSuccess.IGNORE)
    hand = Hand(ignoring).request()
    hand.accept(1)
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 35, of="0.1")
    assert hand.end == "35 finished 0.1 delivered"


def test_a_late_status_below_success_ends_nothing() -> None:
    """S9, S23: a closed level that waited for read is not satisfied by delivered."""
    hand = _fallen(success=Status.READ)
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.outcome is None
    hand.receipt(Status.READ, 50, of="0.1")
    assert hand.end == "50 finished 0.1 delivered"


def test_a_level_asks_for_its_own_success_also_when_it_is_closed() -> None:
    """S9, S23: what counts late is the success of the attempt's level, not of the current one."""
    hand = Hand(plan(level(wait=30, success=Status.SENT), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(31)
    hand.receipt(Status.SENT, 40, of="0.1")
    assert hand.end == "40 finished 0.1 delivered"


def test_an_acceptance_after_a_final_receipt_is_no_success() -> None:
    """S9, S12, S23: what failed before its answer came is not accepted afterwards."""
    hand = Hand(plan(level(success=Status.ACCEPTED), level("whatsapp"))).request()
    hand.receipt(Status.FAILED, 1)
    hand.accept(2, of="0.1")
    assert hand.outcome is None


def test_two_levels_back_counts_as_well() -> None:
    """S23: any closed level can still bring the success."""
    hand = _fallen()
    hand.receipt(Status.FAILED, 35)
    hand.receipt(Status.DELIVERED, 36, of="0.1")
    assert hand.end == "36 finished 0.1 delivered"


@pytest.mark.parametrize("late_success", LateSuccess)
def test_a_success_after_the_outcome_is_late_not_a_late_success(late_success: LateSuccess) -> None:
    """S8, S23: once the message is exhausted nothing revives it."""
    hand = Hand(plan(level(wait=30), late_success=late_success)).request()
    hand.accept(1)
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 40)
    assert hand.since(40) == ["40 late_receipt 0.1 delivered"]
    assert hand.outcome is Outcome.EXHAUSTED
