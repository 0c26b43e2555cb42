"""S25: levels that begin together, and what happens when they part."""

from typing import Any

import pytest

from sandbox.cascade.events import Requested
from sandbox.cascade.outputs import Submit
from sandbox.cascade.plan import QuietHours
from sandbox.cascade.vocabulary import (
    Act,
    LateSuccess,
    OnUnknown,
    QuietPolicy,
    Status,
    Trigger,
)
from sandbox.errors import MisuseError
from tests.support.hand import BUSY, NOBODY, OPTED_OUT, Hand, level, plan, us


def _both(*, first: Any = None, second: Any = None, **others: Any) -> Hand:
    """SMS and WhatsApp together, then Viber; asked for at 0."""
    sms = level(wait=30, **(first or {}))
    whatsapp = level("whatsapp", wait=50, parallel=True, **(second or {}))
    return Hand(plan(sms, whatsapp, level("viber"), **others)).request()


def test_parallel_levels_begin_at_the_same_instant() -> None:
    """S25: each has its own attempt, and the log says that the second joined the first."""
    hand = _both()
    assert hand.story == [
        "0 requested 0", "0 submitted 0.1 sms", "0 joined 1", "0 submitted 1.1 whatsapp",
    ]  # fmt: skip
    assert [submit.provider for submit in hand.submits] == ["sms", "whatsapp"]


def test_commands_stand_after_all_facts() -> None:
    """A driver carries out what is told in one piece."""
    hand = Hand(plan(level(), level("whatsapp", parallel=True)))
    said = hand.feed(Requested(1, 0), 0)
    assert [isinstance(one, Submit) for one in said] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(("of", "ends"), [("0.1", "0.1"), ("1.1", "1.1")])
def test_the_first_success_ends_the_message(of: str, ends: str) -> None:
    """S25: whichever level has it."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.receipt(Status.DELIVERED, 5, of=of)
    assert hand.end == f"5 finished {ends} delivered"
    hand.rest()
    assert hand.since(5.1) == []


def test_what_is_in_flight_beside_it_can_be_called_back() -> None:
    """S23: with `cancel_next` the others are recalled."""
    hand = _both(late_success=LateSuccess.CANCEL_NEXT)
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.receipt(Status.DELIVERED, 5, of="1.1")
    assert [(recall.level, recall.provider) for recall in hand.recalls] == [(0, "sms")]


def test_a_level_that_closes_leaves_the_other_alone() -> None:
    """S25: it closes with its trigger, and nothing is switched."""
    hand = _both()
    hand.refuse(1, of="0.1")
    assert hand.since(1) == ["1 refused 0.1 131026", "1 closed 0 refused"]
    hand.accept(2, of="1.1")
    hand.receipt(Status.DELIVERED, 6, of="1.1")
    assert hand.end == "6 finished 1.1 delivered"


def test_the_last_one_to_close_moves_on() -> None:
    """S25: to the level after the front, with its own trigger."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.refuse(2, of="1.1")
    hand.rest()
    assert hand.since(2)[:5] == [
        "2 refused 1.1 131026", "2 closed 1 refused",
        "31 wait_over 0.1 no_receipt", "31 fell_back 2 no_receipt", "31 submitted 2.1 viber",
    ]  # fmt: skip


def test_each_level_has_its_own_wait() -> None:
    """S12: the wait of one says nothing about the other's."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.accept(3, of="1.1")
    assert hand.wake_at == 31
    hand.wake(31)
    assert hand.since(31) == ["31 wait_over 0.1 no_receipt", "31 closed 0 no_receipt"]
    assert hand.wake_at == 53
    hand.wake(53)
    assert hand.since(53)[:2] == ["53 wait_over 1.1 no_receipt", "53 fell_back 2 no_receipt"]


def test_waits_that_end_together_end_in_the_order_of_levels() -> None:
    """Architecture, rule 5: one instant has an order."""
    hand = Hand(plan(level(wait=30), level("whatsapp", wait=30, parallel=True))).request()
    hand.accept(1, of="1.1")
    hand.accept(1, of="0.1")
    hand.rest()
    assert hand.since(31) == [
        "31 wait_over 0.1 no_receipt", "31 closed 0 no_receipt",
        "31 wait_over 1.1 no_receipt", "31 finished 1 exhausted last_level no_receipt",
    ]  # fmt: skip


def test_a_success_after_its_level_closed_is_a_late_success() -> None:
    """S23: it ends the message while another level of the front is open."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.end == "40 finished 0.1 delivered"


def test_an_ignored_late_success_leaves_the_open_level_to_decide() -> None:
    """S23: `ignore` holds for a level of the same front, too."""
    hand = _both(late_success=LateSuccess.IGNORE)
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.wake(31)
    hand.receipt(Status.DELIVERED, 40, of="0.1")
    assert hand.end == ""
    hand.receipt(Status.DELIVERED, 41, of="1.1")
    assert hand.end == "41 finished 1.1 delivered"


def test_a_level_that_cannot_be_used_closes_at_once() -> None:
    """S26: the front begins without it."""
    hand = Hand(plan(level(), level("whatsapp", parallel=True), level("viber")))
    hand.request(ineligible=(("sms", "no address"),))
    assert hand.story == [
        "0 requested 0", "0 skipped 0 no address", "0 closed 0 ineligible",
        "0 joined 1", "0 submitted 1.1 whatsapp",
    ]  # fmt: skip
    hand.refuse(1)
    assert hand.since(1)[1:] == ["1 fell_back 2 refused", "1 submitted 2.1 viber"]


def test_a_front_nobody_can_use_is_left_at_once() -> None:
    """S26: the last one to close moves on, in the same instant."""
    hand = Hand(plan(level(), level("whatsapp", parallel=True), level("viber")))
    hand.request(ineligible=(("sms", "no address"), ("whatsapp", "no address")))
    assert hand.story[3:] == [
        "0 joined 1", "0 skipped 1 no address", "0 fell_back 2 ineligible", "0 submitted 2.1 viber",
    ]  # fmt: skip


def test_a_front_can_be_a_fallback() -> None:
    """S25: levels begin together wherever they stand."""
    both = (level("whatsapp"), level("viber", parallel=True))
    hand = Hand(plan(level(wait=30), *both)).request()
    hand.refuse(1)
    assert hand.since(1)[1:] == [
        "1 fell_back 1 refused", "1 submitted 1.1 whatsapp", "1 joined 2", "1 submitted 2.1 viber",
    ]  # fmt: skip


def test_a_retry_at_one_level_does_not_wait_for_the_other() -> None:
    """S20: each level retries by itself."""
    hand = _both(first={"retries": 1})
    hand.refuse(1, reason=BUSY, of="0.1")
    hand.accept(1, of="1.1")
    hand.wake(3)
    assert hand.path == ["0 0.1 sms", "0 1.1 whatsapp", "2 0.2 sms"]
    assert hand.since(2) == ["2 submitted 0.2 sms"]


def test_the_next_provider_of_a_level_comes_before_its_end() -> None:
    """S22: providers are tried in order at each level of a front."""
    hand = _both(first={"via": ("a", "b")})
    hand.accept(1, of="1.1")
    hand.refuse(1, reason=BUSY, of="0.1")
    assert hand.path == ["0 0.1 a", "0 1.1 whatsapp", "1 0.2 b"]


def test_silence_at_one_level_is_given_up_there() -> None:
    """S21: the other level's attempt is not touched."""
    hand = _both(first={"on_unknown": OnUnknown.NEXT})
    hand.accept(1, of="1.1")
    hand.wake(10)
    assert hand.since(10) == ["10 unknown 0.1", "10 closed 0 unknown"]
    hand.receipt(Status.DELIVERED, 11, of="1.1")
    assert hand.end == "11 finished 1.1 delivered"


def test_a_trigger_that_is_not_listed_closes_its_level_only() -> None:
    """S10: the policy is the level's; the last one to close decides about the message."""
    hand = _both(first={"next_on": frozenset({Trigger.NO_RECEIPT})})
    hand.refuse(1, of="0.1")
    assert hand.since(1)[1:] == ["1 closed 0 refused"]
    hand.refuse(2, of="1.1")
    assert hand.since(2)[1:] == ["2 fell_back 2 refused", "2 submitted 2.1 viber"]


def test_a_reason_to_stop_ends_the_whole_front() -> None:
    """S14: the person is not chased on another channel."""
    hand = _both()
    hand.refuse(1, reason=OPTED_OUT, of="1.1")
    assert hand.end == "1 finished 1 stopped"
    assert hand.wake_at == 10  # the answer of the other is still awaited
    hand.accept(2, of="0.1")
    assert hand.wake_at is None


def test_the_deadline_ends_all_of_it() -> None:
    """S18: whatever is in flight; said of the first level that was still open."""
    hand = _both(deadline=20)
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.rest()
    assert hand.since(20) == ["20 finished 0 expired"]


def test_next_level_now_leaves_the_front() -> None:
    """S35: an act is about the whole front."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.act(Act.NEXT, 5)
    assert hand.since(5) == [
        "5 act next", "5 closed 0 manual", "5 fell_back 2 manual", "5 submitted 2.1 viber",
    ]  # fmt: skip


def test_a_resend_goes_to_the_level_submitted_to_last() -> None:
    """S35: and there it is a submission of its own."""
    hand = _both()
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.act(Act.RESEND, 5)
    assert hand.path[-1] == "5 1.2 whatsapp"
    hand.act(Act.CANCEL, 6)
    assert hand.end.startswith("6 finished")


def test_an_act_is_about_the_open_level_submitted_to_last() -> None:
    """S35: where the latest submission's level has closed, whatever was heard or ignored since."""
    sides = (level("whatsapp", wait=50, parallel=True), level("viber", wait=50, parallel=True))
    told = []
    for heard in (("0.1",), ("0.1", "1.1"), ("1.1", "0.1")):
        hand = Hand(plan(level(wait=50), *sides)).request()
        hand.refuse(1, of="2.1")
        for of in ("0.1", "1.1"):
            hand.accept(2, of=of)
        for second, of in enumerate(heard):
            hand.receipt(Status.SENT, 3 + second, of=of)
            hand.receipt(Status.SENT, 3 + second, of=of)
        hand.act(Act.RESEND, 9)
        told.append(hand.path[-1])
    assert told == ["9 1.2 whatsapp"] * 3


def test_a_held_level_does_not_hold_the_other() -> None:
    """S19: each level keeps quiet by itself."""
    quiet = QuietHours(from_us=0, to_us=us(100), policy=QuietPolicy.HOLD)
    hand = _both(first={"quiet": quiet})
    assert hand.story == [
        "0 requested 0", "0 held 0 until 100", "0 joined 1", "0 submitted 1.1 whatsapp",
    ]  # fmt: skip
    hand.refuse(1, reason=NOBODY)
    assert hand.since(1)[1:] == ["1 closed 1 refused"]
    hand.wake(100)
    assert hand.path[-1] == "100 0.1 sms"


def test_the_first_level_has_nothing_to_be_parallel_to() -> None:
    """A driver's mistake; the loader says it earlier."""
    with pytest.raises(MisuseError, match="before the first"):
        plan(level(parallel=True))


def test_a_level_that_waits_for_its_code_is_not_forgotten_for_another() -> None:
    """S33: its retry is given up and no attempt is listened to, yet its time goes on."""
    its_plan = plan(
        level(wait=20, retries=1), level("whatsapp", wait=90, parallel=True), level("viber"),
        stops_on_verified=True,
    )  # fmt: skip
    hand = Hand(its_plan).request()
    hand.accept(1, of="1.1")
    hand.refuse(1, reason=BUSY, of="0.1")
    hand.receipt(Status.DELIVERED, 1.5, of="0.1")
    hand.act(Act.RESEND, 3)
    hand.accept(4, of="1.2")
    assert hand.wake_at == 21.5
