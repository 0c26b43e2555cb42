"""What the watch says of wrong decisions: a submission, a switch or an end that does not follow."""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.cascade.events import SubmitAnswered
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import OnUnknown, Status
from sandbox.report.laws import Laws
from tests.support.hand import BUSY, EVEN, Hand, level, plan, us
from tests.support.logs import Tampered, complete

TWO: Final = plan(level("sms", wait=30, retries=2), level("viber", wait=30), deadline=50)
RESENDING: Final = plan(level("sms", on_unknown=OnUnknown.RESEND, retries=1), deadline=50)


def said(facts: Sequence[Fact], its_plan: Plan = TWO) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,), with_truth=False)
    laws.watch(facts)
    return [f"{found.law}: {found.text}" for found in laws.violations]


def _retried() -> Tampered:
    """Refused at 1 s, tried again at 2 s, refused again, falls back at the deadline's eve."""
    hand = Hand(TWO).request()
    hand.refuse(1, BUSY)
    hand.wake(2)
    hand.accept(3)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_a_retry_comes_at_its_instant_and_as_the_attempt_planned() -> None:
    """S20: never early, never late, at the same provider, once."""
    log = _retried()
    assert said(log.facts) == []
    assert said(log.change("submitted", 1, at=-1))[0] == (
        "on-time: a retry at 1999999 us, not at 2000000 us"
    )
    assert said(log.change("submitted", 1, attempt=3))[0] == (
        "consequence: submitted as another attempt than was planned"
    )
    assert said(log.drop("retry_planned"))[0].startswith("attempts-bounded: submitted 0.2 sms")


def test_a_retry_is_planned_inside_the_jitter_of_its_backoff() -> None:
    """S20: the pause is the backoff, placed by the logged luck."""
    assert said(_retried().change("retry_planned", retry_at_us=1_500_000))[0].startswith(
        "consequence: retry_planned 0.1 1500000"
    )


def test_a_provider_that_asks_to_be_left_alone_is() -> None:
    """S20: the retry comes after the backoff or when the provider allows it, whichever is later."""
    hand = Hand(TWO).request()
    hand.feed(SubmitAnswered(1, 0, 1, Status.THROTTLED, BUSY, 0, EVEN, 0, us(9)), 1)
    hand.wake(10)
    hand.feed(SubmitAnswered(1, 0, 2, Status.THROTTLED, BUSY, 0, EVEN, 0, us(1)), 11)
    log = Tampered(complete(hand.facts))
    assert said(log.facts) == []
    assert [fact[7].number("retry_at_us") for fact in log.facts if fact[5] == "retry_planned"] == [
        us(10), us(13),
    ]  # fmt: skip
    assert said(log.change("throttled", retry_after_us=us(8)))[0].startswith(
        "consequence: retry_planned 0.1 10000000 at 1000000 us because of line 3 instead of "
        "retry_planned 0.1 9000000"
    )


def test_the_deadline_ends_a_message_at_its_instant() -> None:
    """S18: not earlier and not later."""
    log = _retried()
    assert log.facts[-1][7].text("outcome") == "expired"
    assert "on-time: expired at 49999999 us, not at 50000000 us" in said(
        log.change("finished", at=-1)
    )
    assert any(
        text.startswith("on-time: a timer was due") for text in said(log.change("finished", at=1))
    )


def test_a_resend_keeps_its_key_and_nothing_else_has_one() -> None:
    """S21: the same idempotency key, so that the provider can tell it is the same message."""
    hand = Hand(RESENDING).request()
    hand.wake(10)
    log = Tampered(complete(hand.facts))
    assert said(log.facts, RESENDING) == []
    assert said(log.change("submitted", 1, key=None), RESENDING) == [
        "consequence: key 0 instead of 1"
    ]
    assert said(log.change("submitted", 0, key=7), RESENDING) == ["consequence: key 7 instead of 0"]


def test_a_level_cannot_be_skipped_over_or_left_for_no_reason() -> None:
    """Levels run in order, and each is left by a trigger."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 2)
    log = Tampered(complete(hand.facts))
    assert said(log.facts) == []
    assert said(log.drop("receipt"))[0].startswith("one-in-flight: fell back to level 1")
    assert said(log.change("fell_back", level=7))[0].startswith("levels-in-order: fell_back 7")


@pytest.mark.parametrize("outcome", ["stopped", "cancelled", "delivered", "exhausted"])
def test_an_outcome_must_have_been_earned(outcome: str) -> None:
    """No message is delivered, stopped or given up because somebody says so."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.rest()
    assert said(Tampered(complete(hand.facts)).change("finished", outcome=outcome)) != []
