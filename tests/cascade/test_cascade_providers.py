"""Several providers of one channel, tried in order before the channel changes."""

import pytest

from sandbox.cascade.vocabulary import OnUnknown, Status
from tests.support.hand import BUSY, NOBODY, Hand, level, plan


def test_providers_are_tried_in_order_before_the_channel_changes() -> None:
    """S22: a, b and c have their turn, then the next level."""
    hand = Hand(plan(level(via=["a", "b", "c"]), level("whatsapp"))).request()
    for at in (1, 2, 3):
        hand.refuse(at, reason=BUSY)
    assert hand.path == ["0 0.1 a", "1 0.2 b", "2 0.3 c", "3 1.1 whatsapp"]


@pytest.mark.parametrize("status", [Status.FAILED, Status.REJECTED, Status.EXPIRED])
def test_a_bad_receipt_goes_to_the_next_provider(status: Status) -> None:
    """S22: receipts are triggers too, and change the provider first."""
    hand = Hand(plan(level(via=["a", "b"]), level("whatsapp"))).request()
    hand.accept(1)
    hand.receipt(status, 2)
    assert hand.path == ["0 0.1 a", "2 0.2 b"]


def test_the_end_of_a_wait_goes_to_the_next_provider() -> None:
    """S22: so is the end of a wait."""
    hand = Hand(plan(level(via=["a", "b"], wait=30), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(31)
    assert hand.since(31) == ["31 wait_over 0.1 no_receipt", "31 submitted 0.2 b"]


def test_an_unknown_submit_goes_to_the_next_provider_when_told_so() -> None:
    """S21, S22: with `on_unknown: next` silence changes the provider, then the level."""
    hand = Hand(plan(level(via=["a", "b"], on_unknown=OnUnknown.NEXT), level("whatsapp"))).request()
    hand.wake(20)
    assert hand.path == ["0 0.1 a", "10 0.2 b", "20 1.1 whatsapp"]


def test_a_permanent_recipient_at_a_later_provider_leaves_the_channel() -> None:
    """S14, S22: a provider that knows the person is not there spares the third one."""
    hand = Hand(plan(level(via=["a", "b", "c"]), level("whatsapp"))).request()
    hand.refuse(1, reason=BUSY)
    hand.refuse(2, reason=NOBODY)
    assert hand.path == ["0 0.1 a", "1 0.2 b", "2 1.1 whatsapp"]


def test_each_level_starts_with_its_first_provider() -> None:
    """S22: the order begins anew on every level."""
    hand = Hand(plan(level(via=["a", "b"]), level("whatsapp", via=["c", "d"]))).request()
    for at in (1, 2, 3):
        hand.refuse(at, reason=BUSY)
    assert hand.path == ["0 0.1 a", "1 0.2 b", "2 1.1 c", "3 1.2 d"]


def test_a_success_of_an_earlier_provider_of_the_level_is_a_success() -> None:
    """S22, S23: the level is still open, so whichever of its attempts delivers ends the message."""
    hand = Hand(plan(level(via=["a", "b"], wait=30), level("whatsapp"))).request()
    hand.accept(1)
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 32, of="0.1")
    assert hand.end == "32 finished 0.1 delivered"


def test_a_submission_tells_the_provider_how_long_to_try() -> None:
    """S16: the validity goes along with the command; without one the provider has its own."""
    hand = Hand(plan(level(validity_us=5_000_000), level("whatsapp"))).request()
    hand.refuse(1)
    assert [submit.validity_us for submit in hand.submits] == [5_000_000, None]
    assert [submit.timeout_us for submit in hand.submits] == [10_000_000, 10_000_000]
