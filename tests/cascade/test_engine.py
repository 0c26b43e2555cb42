"""Many cascades behind one door: wake-ups, memory, flags, and the misuse of drivers."""

from itertools import count

import pytest

from sandbox.cascade.engine import Engine
from sandbox.cascade.events import Event, Reason, ReceiptReceived, Requested, SubmitAnswered, WokeUp
from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.vocabulary import NEVER, Act, ReasonClass, Status
from sandbox.errors import InvariantError, MisuseError
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OPTED_OUT, OUR_MISTAKE, Hand, level, plan


def _engine() -> Engine:
    return Engine((plan(level(), level("whatsapp")),), count(1).__next__)


# The door ----------------------------------------------------------------------------------------


def test_a_command_follows_the_line_that_announces_it() -> None:
    """Rule 2: every submission stands in the log before it is carried out."""
    requested, submitted, submit = _engine().receive(Requested(1, 0), 0)
    assert isinstance(requested, tuple)
    assert isinstance(submit, Submit)
    assert not isinstance(submitted, Submit | Recall)
    assert submitted[5] == "submitted"
    assert submit.cause == submitted[0]


def test_lines_are_numbered_without_gaps_by_the_shared_counter() -> None:
    """Rule 2: the log has one order."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.request(1, message=2)
    hand.rest()
    assert [fact[0] for fact in hand.facts] == list(range(1, len(hand.facts) + 1))


def test_messages_do_not_hear_of_each_other() -> None:
    """S1: an answer belongs to the message it names."""
    hand = Hand(plan(level(), level("whatsapp"))).request(message=1).request(message=2)
    hand.refuse(1, message=1)
    assert [(s.message, s.level) for s in hand.submits] == [(1, 0), (2, 0), (1, 1)]


def test_each_message_runs_through_the_plan_it_asked_for() -> None:
    """S1: one engine runs several plans."""
    hand = Hand(plan(level()), plan(level("viber"))).request(plan=1).request(message=2, plan=0)
    assert [s.provider for s in hand.submits] == ["viber", "sms"]


# Waking up ---------------------------------------------------------------------------------------


def test_without_messages_nobody_wants_to_be_woken() -> None:
    """Rule 3: `wake_at` follows from the state."""
    assert _engine().wake_at == NEVER


def test_the_earliest_wake_up_of_all_messages_counts() -> None:
    """Rule 3: one attribute for all cascades."""
    hand = Hand(plan(level(timeout=10))).request(5, message=1)
    hand.request(6, message=2)
    assert hand.wake_at == 15
    hand.accept(7, message=1)
    assert hand.wake_at == 16


def test_a_wake_up_serves_one_message() -> None:
    """Rule 5: at one instant first armed is first served, one after the other."""
    hand = Hand(plan(level())).request(message=1).request(message=2)
    served = [hand.engine.receive(WokeUp(), 10_000_000) for _ in range(2)]
    assert [[fact[2] for fact in said] for said in served] == [[1], [2]]


def test_first_armed_first_served_whatever_the_numbers() -> None:
    """Rule 5: of two waits that end together, the one that began to run first ends first."""
    hand = Hand(plan(level(wait=30, timeout=20))).request(message=1).request(message=2)
    hand.accept(5, message=2)
    hand.accept(5, message=1)
    hand.wake(35)
    assert [fact[2] for fact in hand.facts if fact[5] == "finished"] == [2, 1]


def test_a_later_wake_up_is_planned_without_waking_in_between() -> None:
    """Rule 3: an answer replaces the timeout of the answer; nobody is woken for the old one."""
    hand = Hand(plan(level(wait=60))).request()
    hand.accept(1)
    hand.wake(60)
    assert hand.since(2) == []
    assert hand.wake_at == 61


def test_an_earlier_wake_up_is_noticed() -> None:
    """Rule 3: a retry may be due before what was planned."""
    hand = Hand(plan(level(retries=1))).request()
    assert hand.wake_at == 10
    hand.refuse(3, reason=BUSY)
    assert hand.wake_at == 4


def test_who_plans_twice_is_woken_once() -> None:
    """Rule 3: an earlier wake-up takes the place of the one before, also of one close to it."""
    hand = Hand(plan(level(wait=9.4))).request(message=1).request(message=2)
    hand.accept(0.5, message=1)
    assert hand.wake_at == 9.9
    hand.wake(9.9)
    assert [(fact[2], fact[5]) for fact in hand.facts[-2:]] == [(1, "wait_over"), (1, "finished")]
    assert hand.wake_at == 10
    hand.rest()
    assert [fact[2] for fact in hand.facts if fact[5] == "finished"] == [1, 2]
    assert hand.engine.wakes == []


def test_there_is_a_bound_of_the_next_wake_up_and_then_the_message() -> None:
    """Rule 3: a driver may look at the bound first, and after `wake_at` knows whom it wakes."""
    hand = Hand(plan(level(wait=60))).request(message=7).request(1, message=3)
    hand.accept(2, message=7)
    assert hand.engine.wakes_from == 10_000_000
    assert hand.engine.wake_at == hand.engine.wakes_from == 11_000_000
    assert hand.engine.wakes[0][2] == 3
    hand.rest()
    assert (hand.engine.wakes, hand.engine.wakes_from) == ([], NEVER)


# What is open ------------------------------------------------------------------------------------


def test_open_messages_are_those_without_an_outcome() -> None:
    """S2: in order of arrival, and counted."""
    hand = Hand(plan(level())).request(message=1).request(message=2).request(message=3)
    hand.refuse(1, message=2)
    assert hand.engine.open_messages() == [1, 3]
    hand.rest()
    assert hand.engine.open_messages() == []


def test_a_message_that_ends_when_requested_is_not_open() -> None:
    """S26: nothing eligible means an outcome at once."""
    hand = Hand(plan(level())).request(ineligible=(("sms", "no_sms"),))
    assert hand.engine.open_messages() == []
    assert hand.wake_at is None


def test_a_settled_message_can_be_forgotten() -> None:
    """Rule 9: with the outcome there and no timer running the engine lets go."""
    hand = Hand(plan(level())).request()
    assert not hand.engine.forget(1)
    hand.receipt(Status.DELIVERED, 1)
    assert not hand.engine.forget(1), "the answer is still to be counted"
    hand.accept(2)
    assert hand.engine.forget(1)
    assert hand.wake_at is None
    with pytest.raises(MisuseError):
        hand.receipt(Status.READ, 3)


def test_news_for_a_message_that_was_never_submitted_is_harmless() -> None:
    """S7, S26: where every level was skipped there is no attempt, and nothing crashes."""
    hand = Hand(plan(level())).request(ineligible=(("sms", "no_sms"),))
    hand.receipt(Status.DELIVERED, 1, of="0.1")
    hand.accept(2, of="0.1")
    assert [line.split()[1] for line in hand.since(1)] == ["ignored", "ignored"]


# Flags -------------------------------------------------------------------------------------------


def _flags(hand: Hand) -> list[str]:
    return [line for line in hand.story if " flagged " in line]


@pytest.mark.parametrize("reason", [NO_CREDIT, OUR_MISTAKE], ids=lambda r: r.reason_class)
def test_account_trouble_and_our_own_mistakes_are_flagged(reason: Reason) -> None:
    """S3, S14: such a refusal is reported as what it is, with its cause."""
    hand = Hand(plan(level())).request()
    hand.refuse(1, reason=reason)
    assert _flags(hand) == [f"1 flagged 0.1 sms {reason.code}"]
    refused = next(fact for fact in hand.facts if fact[5] == "refused")
    assert hand.facts[-1][6] == refused[0]
    told = {"provider": "sms", "code": reason.code, "class": reason.reason_class.value}
    assert hand.facts[-1][7].fields == told | {"text": reason.text}


@pytest.mark.parametrize("reason", [NO_CREDIT, OUR_MISTAKE], ids=lambda r: r.reason_class)
def test_trouble_told_by_a_receipt_is_flagged_as_well(reason: Reason) -> None:
    """S3, S14: the class of a code does not depend on how the code came."""
    hand = Hand(plan(level())).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 2, reason=reason)
    assert _flags(hand) == [f"2 flagged 0.1 sms {reason.code}"]


def test_a_reason_that_comes_with_good_news_is_not_flagged() -> None:
    """S3: what is flagged can be read in the log; an acceptance has no reason there."""
    hand = Hand(plan(level())).request()
    hand.answer(Status.ACCEPTED, 1, reason=NO_CREDIT)
    assert _flags(hand) == []


def test_trouble_is_flagged_once_for_each_provider_and_code() -> None:
    """S3: once per provider and run, however many messages meet it."""
    both = plan(level(via=["a", "b"]))
    hand = Hand(both).request(message=1).request(message=2)
    for at, message in ((1, 1), (2, 2), (3, 1), (4, 2)):
        hand.refuse(at, reason=NO_CREDIT, message=message)
    assert _flags(hand) == ["1 flagged 0.1 a 20003", "3 flagged 0.2 b 20003"]
    hand.request(5, message=3)
    hand.refuse(6, reason=Reason("20005", ReasonClass.ACCOUNT, "suspended"), message=3)
    assert _flags(hand)[2:] == ["6 flagged 0.1 a 20005"]


@pytest.mark.parametrize("reason", [NOBODY, BUSY, OPTED_OUT], ids=lambda r: r.reason_class)
def test_trouble_of_the_recipient_is_not_flagged(reason: Reason) -> None:
    """S3: only what somebody at our end has to mend is reported."""
    hand = Hand(plan(level())).request()
    hand.refuse(1, reason=reason)
    assert _flags(hand) == []


def test_trouble_with_an_attempt_nobody_made_is_not_flagged() -> None:
    """S3, S7: a flag names a provider; what matches no attempt has none."""
    hand = Hand(plan(level())).request()
    hand.refuse(1, reason=NO_CREDIT, of="0.5")
    assert _flags(hand) == []


# Misuse ------------------------------------------------------------------------------------------


def test_time_does_not_run_backwards() -> None:
    """Rule 3: a driver that goes back in time is told so; the same instant is fine."""
    engine = _engine()
    engine.receive(Requested(1, 0), 5)
    engine.receive(Requested(2, 0), 5)
    with pytest.raises(MisuseError, match="backwards: 4 < 5"):
        engine.receive(Requested(3, 0), 4)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Requested(1, 0), "message 1 was requested twice"),
        (Requested(2, 9), "plan 9"),
        (Requested(2, -1), "plan -1"),
        (SubmitAnswered(9, 0, 1, Status.ACCEPTED), "message 9 is not known"),
        (ReceiptReceived(9, 0, 1, Status.SENT), "message 9 is not known"),
        (WokeUp(), "woken at 5"),
        (SubmitAnswered(1, 0, 1, Status.DELIVERED), "delivered is no answer"),
        (SubmitAnswered(1, 0, 1, Status.SUBMITTED), "submitted is no answer"),
        (ReceiptReceived(1, 0, 1, Status.REFUSED), "refused is no receipt"),
        (ReceiptReceived(1, 0, 1, Status.THROTTLED), "throttled is no receipt"),
        (ReceiptReceived(1, 0, 1, Status.UNKNOWN), "unknown is no receipt"),
        (ReceiptReceived(1, 0, 1, Status.SUBMITTED), "submitted is no receipt"),
    ],
    ids=str,
)
def test_a_driver_that_breaks_the_contract_is_told_so(event: Event, says: str) -> None:
    """Rule 4: the misuse of a driver always raises, and the error names what was wrong."""
    engine = _engine()
    engine.receive(Requested(1, 0), 0)
    with pytest.raises(MisuseError, match=says):
        engine.receive(event, 5)


def test_misuse_is_a_bug_of_ours() -> None:
    """Errors: a driver's misuse counts as a broken invariant, never as wrong input."""
    assert issubclass(MisuseError, InvariantError)


def test_an_engine_without_plans_to_wake_refuses_to_be_woken() -> None:
    """Rule 3: nobody is woken who did not ask for it."""
    with pytest.raises(MisuseError):
        _engine().receive(WokeUp(), 0)


def test_a_wake_up_armed_anew_at_the_same_instant_is_not_lost() -> None:
    """Two timers of one message can fall on one instant, under lines of either order."""
    hand = Hand(plan(level("sms", wait=9, timeout=10))).request()
    hand.act(Act.RESEND, 1)
    hand.accept(1, of="0.2")
    hand.act(Act.RESEND, 2)
    assert hand.wake_at == 10
    hand.rest()
    assert hand.outcome is not None
