"""What closes a level without success, in which order things are decided, and reason classes."""

from collections.abc import Callable
from typing import Final

import pytest

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import (
    LISTABLE_TRIGGERS,
    OnExpired,
    OnUnknown,
    ReasonClass,
    Status,
    Trigger,
)
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OPTED_OUT, OUR_MISTAKE, Hand, level, plan


def _accepted_then(status: Status) -> Callable[[Hand], object]:
    def bring(hand: Hand) -> None:
        hand.accept(1)
        hand.receipt(status, 20)

    return bring


def _silence(hand: Hand) -> None:
    hand.accept(1)
    hand.wake(20)


def _delivered_only(hand: Hand) -> None:
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    hand.wake(20)


def _no_code(hand: Hand) -> None:
    hand.receipt(Status.READ, 1)
    hand.wake(20)


BRING: Final[dict[Trigger, Callable[[Hand], object]]] = {
    Trigger.REFUSED: lambda hand: hand.refuse(20, reason=BUSY),
    Trigger.THROTTLED: lambda hand: hand.throttle(20),
    Trigger.UNKNOWN: lambda hand: hand.wake(20),
    Trigger.FAILED: _accepted_then(Status.FAILED),
    Trigger.REJECTED: _accepted_then(Status.REJECTED),
    Trigger.EXPIRED: _accepted_then(Status.EXPIRED),
    Trigger.NO_RECEIPT: _silence,
    Trigger.NOT_READ: _delivered_only,
    Trigger.NOT_VERIFIED: _no_code,
}
"""For each trigger, what makes it happen at 20 s on a level that waits 19 s for `read`."""

TIMERS: Final = (Trigger.NO_RECEIPT, Trigger.NOT_READ, Trigger.NOT_VERIFIED)


def _brought(trigger: Trigger, next_on: frozenset[Trigger], *after: str) -> Hand:
    first = level(
        wait=19,
        timeout=20,
        success=Status.READ,
        on_unknown=OnUnknown.NEXT if trigger is Trigger.UNKNOWN else OnUnknown.WAIT,
        next_on=next_on,
    )
    with_code = trigger is Trigger.NOT_VERIFIED
    levels = (first, *(level(channel) for channel in after))
    hand = Hand(plan(*levels, stops_on_verified=with_code)).request()
    BRING[trigger](hand)
    return hand


@pytest.mark.parametrize("trigger", LISTABLE_TRIGGERS)
def test_a_trigger_in_next_on_moves_to_the_next_level_at_once(trigger: Trigger) -> None:
    """S10: a listed trigger enters the next level at the same instant."""
    hand = _brought(trigger, frozenset({trigger}), "whatsapp")
    assert hand.story[-2:] == [f"20 fell_back 1 {trigger}", "20 submitted 1.1 whatsapp"]


@pytest.mark.parametrize("trigger", LISTABLE_TRIGGERS)
def test_a_trigger_on_the_last_level_exhausts_the_message(trigger: Trigger) -> None:
    """S2, S10: where no level is left the message is exhausted by its last level."""
    hand = _brought(trigger, frozenset({trigger}))
    assert hand.end == f"20 finished 0 exhausted last_level {trigger}"


@pytest.mark.parametrize("trigger", [t for t in LISTABLE_TRIGGERS if t not in TIMERS])
def test_an_answer_or_receipt_trigger_outside_next_on_exhausts_the_message(
    trigger: Trigger,
) -> None:
    """S10: an unlisted answer or receipt trigger ends the message by policy, levels left or not."""
    hand = _brought(trigger, frozenset(LISTABLE_TRIGGERS) - {trigger}, "whatsapp")
    assert hand.end == f"20 finished 0 exhausted policy {trigger}"


@pytest.mark.parametrize("trigger", TIMERS)
def test_a_timer_trigger_outside_next_on_is_never_armed(trigger: Trigger) -> None:
    """S10: an unlisted timer trigger is no reason to wake up; only the deadline is left."""
    hand = _brought(trigger, frozenset(LISTABLE_TRIGGERS) - {trigger}, "whatsapp")
    assert (hand.end, hand.wake_at) == ("", 600)
    hand.rest()
    assert hand.end == "600 finished 0 expired"


def test_a_timer_that_could_only_say_not_read_is_armed_by_the_delivery() -> None:
    """S10, S12: with only not_read listed, the wait acts once delivered, from its origin."""
    waits = level(wait=19, success=Status.READ, next_on=frozenset({Trigger.NOT_READ}))
    hand = Hand(plan(waits, level("whatsapp"))).request()
    hand.accept(1)
    assert hand.wake_at == 600
    hand.receipt(Status.DELIVERED, 5)
    assert hand.wake_at == 20


def test_a_timer_that_could_only_say_no_receipt_is_disarmed_by_the_delivery() -> None:
    """S10: with only no_receipt listed, a delivered message under success read waits on."""
    waits = level(wait=19, success=Status.READ, next_on=frozenset({Trigger.NO_RECEIPT}))
    hand = Hand(plan(waits, level("whatsapp"))).request()
    hand.accept(1)
    assert hand.wake_at == 20
    hand.receipt(Status.DELIVERED, 5)
    assert hand.wake_at == 600


# The order of decisions --------------------------------------------------------------------------


def test_success_is_looked_at_before_the_reason() -> None:
    """S10: a success that comes with a stopping reason is a success."""
    hand = Hand(plan(level())).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2, reason=OPTED_OUT)
    assert hand.end == "2 finished 0.1 delivered"


@pytest.mark.parametrize("answer", [Status.REFUSED, Status.THROTTLED])
def test_a_stopping_reason_is_looked_at_before_a_retry(answer: Status) -> None:
    """S10, S14: opted out means stopped, although retries, a provider and a level are left."""
    hand = Hand(plan(level(via=["a", "b"], retries=3), level("whatsapp"))).request()
    hand.answer(answer, 1, reason=OPTED_OUT)
    assert hand.end == "1 finished 0 stopped"
    assert hand.path == ["0 0.1 a"]


def test_a_retry_is_looked_at_before_the_next_provider() -> None:
    """S10: a transient refusal is tried again here before another provider is asked."""
    hand = Hand(plan(level(via=["a", "b"], retries=1), level("whatsapp"))).request()
    hand.refuse(1, reason=BUSY)
    hand.wake(2)
    hand.refuse(3, reason=BUSY)
    assert hand.path == ["0 0.1 a", "2 0.2 a", "3 0.3 b"]


def test_the_next_provider_is_looked_at_before_next_on() -> None:
    """S10: a trigger that may not leave the level may still change the provider."""
    refusing = level(via=["a", "b"], next_on=frozenset({Trigger.FAILED}))
    hand = Hand(plan(refusing, level("whatsapp"))).request()
    hand.refuse(1, reason=BUSY)
    assert hand.path == ["0 0.1 a", "1 0.2 b"]
    hand.refuse(2, reason=BUSY)
    assert hand.end == "2 finished 0 exhausted policy refused"


# Reason classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.FAILED, Status.REJECTED, Status.EXPIRED])
def test_a_receipt_with_a_stopping_reason_stops_the_message(status: Status) -> None:
    """S14: a person who opted out is not chased through other channels."""
    hand = Hand(plan(level(via=["a", "b"]), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(status, 2, reason=OPTED_OUT)
    assert hand.end == "2 finished 0 stopped"
    assert hand.wake_at is None


@pytest.mark.parametrize("reason", [NOBODY, OUR_MISTAKE], ids=lambda reason: reason.reason_class)
@pytest.mark.parametrize("by_receipt", [False, True])
def test_reasons_another_provider_would_repeat_leave_the_channel(
    reason: Reason, by_receipt: bool
) -> None:
    """S14: an unknown person or our own mistake goes to the next level, not the next provider."""
    hand = Hand(plan(level(via=["a", "b"], retries=1), level("whatsapp"))).request()
    if by_receipt:
        hand.accept(0)
        hand.receipt(Status.FAILED, 1, reason=reason)
    else:
        hand.refuse(1, reason=reason)
    assert hand.path == ["0 0.1 a", "1 1.1 whatsapp"]


@pytest.mark.parametrize("by_receipt", [False, True])
def test_account_trouble_goes_to_the_next_provider(by_receipt: bool) -> None:
    """S14: no credit at one provider is no reason to leave the channel, nor to try again."""
    hand = Hand(plan(level(via=["a", "b"], retries=3), level("whatsapp"))).request()
    if by_receipt:
        hand.accept(0)
        hand.receipt(Status.FAILED, 1, reason=NO_CREDIT)
    else:
        hand.refuse(1, reason=NO_CREDIT)
    assert hand.path == ["0 0.1 a", "1 0.2 b"]


def test_account_trouble_at_the_only_provider_goes_to_the_next_level() -> None:
    """S14: without another provider the next level is asked."""
    hand = Hand(plan(level(retries=3), level("whatsapp"))).request()
    hand.refuse(1, reason=NO_CREDIT)
    assert hand.path == ["0 0.1 sms", "1 1.1 whatsapp"]


def test_a_transient_receipt_is_the_trigger_failed() -> None:
    """S14: only answers are retried; a transient receipt closes the level."""
    hand = Hand(plan(level(retries=3), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 2, reason=BUSY)
    assert hand.since(2)[1:] == ["2 fell_back 1 failed", "2 submitted 1.1 whatsapp"]


@pytest.mark.parametrize("cls", ReasonClass)
def test_a_reason_outside_next_on_still_ends_by_policy(cls: ReasonClass) -> None:
    """S10, S14: a class says where to go, `next_on` whether the level may be left."""
    stays = level(next_on=frozenset({Trigger.NO_RECEIPT}))
    hand = Hand(plan(stays, level("whatsapp"))).request()
    hand.refuse(1, reason=Reason("1", cls))
    ends = "stopped" if cls is ReasonClass.STOP else "exhausted policy refused"
    assert hand.end == f"1 finished 0 {ends}"


# A provider that gave up -------------------------------------------------------------------------


def test_an_expired_receipt_goes_on_by_default() -> None:
    """S17: the provider's expiry is a trigger like another."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.EXPIRED, 2)
    assert hand.since(2)[1:] == ["2 fell_back 1 expired", "2 submitted 1.1 whatsapp"]


def test_an_expired_receipt_can_stop_the_message() -> None:
    """S17: with `on_expired: stop` the cascade ends with the provider's patience."""
    hand = Hand(plan(level(on_expired=OnExpired.STOP), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.EXPIRED, 2)
    assert hand.end == "2 finished 0 stopped"


def test_on_expired_concerns_expiry_only() -> None:
    """S17: `on_expired: stop` leaves every other bad news as it is."""
    hand = Hand(plan(level(on_expired=OnExpired.STOP), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 2)
    assert hand.path == ["0 0.1 sms", "2 1.1 whatsapp"]


# Bad news of an attempt that has been left -------------------------------------------------------


def test_bad_news_of_a_closed_level_closes_nothing() -> None:
    """S15: a level is closed exactly once; what its attempts still say moves nothing."""
    hand = Hand(plan(level(wait=5), level("whatsapp"), level("viber"))).request()
    hand.accept(1)
    hand.wake(6)
    hand.receipt(Status.FAILED, 7, of="0.1")
    assert hand.since(7) == ["7 receipt 0.1 failed"]


def test_bad_news_of_the_provider_before_closes_nothing() -> None:
    """S15: inside a level only the current attempt's bad news moves on."""
    hand = Hand(plan(level(via=["a", "b"], wait=5), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(6)
    hand.receipt(Status.FAILED, 7, of="0.1")
    assert hand.path == ["0 0.1 a", "6 0.2 b"]
