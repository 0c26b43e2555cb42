"""Quiet hours, and recipients who are remembered not to be on a channel (S19, S27)."""

import pytest

from sandbox.cascade.plan import QuietHours
from sandbox.cascade.vocabulary import Act, Outcome, QuietPolicy, Status
from sandbox.errors import MisuseError
from tests.support.hand import BUSY, NOBODY, Hand, Seconds, level, plan, us

HOUR = 3600


def _quiet(policy: QuietPolicy = QuietPolicy.HOLD) -> QuietHours:
    """From nine in the evening to eight in the morning."""
    return QuietHours(from_us=us(21 * HOUR), to_us=us(8 * HOUR), policy=policy)


def _hand(policy: QuietPolicy, *, clock: Seconds, deadline: Seconds | None = None) -> Hand:
    """A message at some hour of its recipient's day; only SMS keeps quiet hours."""
    its_plan = plan(level(quiet=_quiet(policy)), level("whatsapp"), deadline=deadline)
    return Hand(its_plan).request(local=clock * HOUR)


# Quiet hours -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "left"), [(20.99, 0), (21, 11), (23, 9), (0, 8), (7.5, 0.5), (8, 0), (12, 0)]
)
def test_quiet_hours_may_go_past_midnight(clock: float, left: float) -> None:
    """S19: their begin is quiet, their end is not."""
    assert _quiet().left_us(us(clock * HOUR)) == us(left * HOUR)


def test_quiet_hours_come_every_day() -> None:
    """S19: also on the third day of a run."""
    assert _quiet().left_us(us((48 + 23) * HOUR)) == us(9 * HOUR)


@pytest.mark.parametrize(("begin", "end"), [(5, 5), (-1, 5), (5, 24)])
def test_hours_that_are_none_are_refused(begin: int, end: int) -> None:
    """Rule 4: the loader says it earlier, with a position."""
    with pytest.raises(MisuseError):
        QuietHours(from_us=us(begin * HOUR), to_us=us(end * HOUR))


def test_by_day_nothing_is_different() -> None:
    """S19: quiet hours that are not now do not show."""
    assert _hand(QuietPolicy.HOLD, clock=12).story == ["0 requested 0", "0 submitted 0.1 sms"]


def test_a_message_is_held_until_the_morning() -> None:
    """S19: nothing is submitted before, and then it goes its usual way."""
    hand = _hand(QuietPolicy.HOLD, clock=23)
    assert hand.story == ["0 requested 0", "0 held 0 until 32400"]
    hand.wake(9 * HOUR)
    assert hand.path == ["32400 0.1 sms"]


def test_the_deadline_goes_on_while_a_message_is_held() -> None:
    """S18, S19: what would come too late expires at its deadline."""
    hand = _hand(QuietPolicy.HOLD, clock=23, deadline=HOUR)
    hand.rest()
    assert hand.end == "3600 finished 0 expired"
    assert hand.path == []


def test_a_level_can_be_skipped_in_quiet_hours() -> None:
    """S19: a channel that makes no noise may be used instead."""
    assert _hand(QuietPolicy.SKIP, clock=23).story == [
        "0 requested 0",
        "0 skipped 0 quiet hours",
        "0 fell_back 1 ineligible",
        "0 submitted 1.1 whatsapp",
    ]


def test_a_message_can_be_dropped_in_quiet_hours() -> None:
    """S19: some news is of no use in the morning."""
    hand = _hand(QuietPolicy.DROP, clock=23)
    assert hand.story[1:] == ["0 skipped 0 quiet hours", "0 finished 0 stopped"]


def test_a_later_level_keeps_its_own_quiet_hours() -> None:
    """S19: it is the instant of the switch that counts."""
    its_plan = plan(level(wait=30), level("viber", quiet=_quiet()), deadline=None)
    hand = Hand(its_plan).request(local=21 * HOUR - 10)
    hand.accept(1)
    hand.wake(31)
    assert hand.since(31) == [
        "31 wait_over 0.1 no_receipt",
        "31 fell_back 1 no_receipt",
        "31 held 1 until 39610",
    ]
    hand.wake(39610)
    assert hand.path[-1] == "39610 1.1 viber"


def test_a_success_ends_a_message_that_is_held() -> None:
    """S23: the earlier level's receipt came during the night."""
    its_plan = plan(level(wait=30), level("viber", quiet=_quiet()), deadline=None)
    hand = Hand(its_plan).request(local=21 * HOUR)
    hand.accept(1)
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 100)
    hand.rest()
    assert hand.end == "100 finished 0.1 delivered"
    assert len(hand.path) == 1


def test_who_hurries_a_held_message_sends_it_on() -> None:
    """S35: next goes to the next level; a resend has nothing to repeat."""
    hand = _hand(QuietPolicy.HOLD, clock=23)
    hand.act(Act.RESEND, 1)
    assert hand.story[-1] == "1 act resend held for quiet hours"
    hand.act(Act.NEXT, 2)
    assert hand.path == ["2 1.1 whatsapp"]
    hand.rest()
    assert len(hand.path) == 1


# What is remembered ----------------------------------------------------------------------------

REMEMBERS = plan(level("whatsapp"), level("sms"), remember_us=us(100))


def _not_there(hand: Hand) -> Hand:
    """Person 7 turns out not to be on WhatsApp, at 1 s."""
    hand.request(0, recipient=7)
    hand.refuse(1, reason=NOBODY)
    return hand


def test_a_later_message_skips_a_channel_the_recipient_is_not_on() -> None:
    """S27: learnt once, it is known for a while."""
    hand = _not_there(Hand(REMEMBERS))
    hand.request(5, message=2, recipient=7)
    assert hand.since(5) == [
        "5 requested 0",
        "5 skipped 0 known from before",
        "5 fell_back 1 ineligible",
        "5 submitted 1.1 sms",
    ]


@pytest.mark.parametrize(("at", "is_known"), [(100, True), (101, False)])
def test_what_is_remembered_is_forgotten_after_a_while(at: int, is_known: bool) -> None:
    """S27: people join channels."""
    hand = _not_there(Hand(REMEMBERS))
    hand.request(at, message=2, recipient=7)
    assert (f"{at} skipped 0 known from before" in hand.story) is is_known


def test_it_is_remembered_of_this_recipient_and_this_channel_only() -> None:
    """S27: nobody else, and no other channel."""
    hand = _not_there(Hand(REMEMBERS))
    hand.request(5, message=2, recipient=8)
    assert "5 submitted 0.1 whatsapp" in hand.story


def test_a_receipt_teaches_it_too() -> None:
    """S27: some providers find out after they have accepted, even after the outcome."""
    hand = Hand(REMEMBERS)
    hand.request(0, recipient=7)
    hand.accept(1)
    hand.act(Act.CANCEL, 2)
    hand.receipt(Status.FAILED, 3, reason=NOBODY)
    hand.request(5, message=2, recipient=7)
    assert "5 skipped 0 known from before" in hand.story


def test_other_trouble_teaches_nothing_about_the_recipient() -> None:
    """S27: a busy provider says nothing about who is on the channel."""
    hand = Hand(REMEMBERS)
    hand.request(0, recipient=7)
    hand.refuse(1, reason=BUSY)
    hand.request(5, message=2, recipient=7)
    assert "5 submitted 0.1 whatsapp" in hand.story


def test_without_the_setting_nothing_is_remembered() -> None:
    """S27: every message tries for itself."""
    hand = _not_there(Hand(plan(level("whatsapp"), level("sms"))))
    hand.request(5, message=2, recipient=7)
    assert "5 submitted 0.1 whatsapp" in hand.story


def test_who_is_not_known_cannot_be_remembered() -> None:
    """S27: without a recipient there is nothing to remember."""
    hand = Hand(REMEMBERS)
    hand.request(0)
    hand.refuse(1, reason=NOBODY)
    hand.request(5, message=2)
    assert "5 submitted 0.1 whatsapp" in hand.story
    assert hand.outcome is not Outcome.DELIVERED
