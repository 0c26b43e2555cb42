"""Breakers: a provider that fails again and again is passed over for a while (S22)."""

import pytest

from sandbox.cascade.circuit import Breaker, Circuit
from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import CircuitState, OnUnknown, Outcome, Status, Trigger
from sandbox.errors import MisuseError
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OUR_MISTAKE, Hand, level, plan, us

TWO = {"sms": Breaker(open_after=2, for_us=us(30))}
BOTH = plan(level(), level("whatsapp"))


def _hand(*levels: Level, open_after: int | None = 2) -> Hand:
    its_plan = plan(*levels) if levels else BOTH
    return Hand(its_plan, breakers={"sms": Breaker(open_after=open_after, for_us=us(30))})


def _failed(hand: Hand, *messages: int) -> None:
    """Let SMS refuse messages for the moment, each a second after the one before."""
    for message in messages:
        hand.request(message, message=message)
        hand.refuse(message, reason=BUSY, message=message)


def test_a_circuit_opens_after_failures_in_a_row() -> None:
    """S22: the third message is not sent by SMS any more, and says so in the same instant."""
    hand = _hand()
    _failed(hand, 1, 2)
    assert "2 circuit 0.1 sms open until 32" in hand.story
    hand.request(3, message=3)
    assert hand.since(3) == [
        "3 requested 0",
        "3 skipped 0 circuit open sms",
        "3 skipped 0 circuit open",
        "3 fell_back 1 circuit_open",
        "3 submitted 1.1 whatsapp",
    ]


def test_a_success_between_failures_starts_the_count_anew() -> None:
    """S22: failures in a row are meant."""
    hand = _hand()
    _failed(hand, 1)
    hand.request(2, message=2)
    hand.accept(2, message=2)
    _failed(hand, 3)
    assert not [line for line in hand.story if "circuit" in line]


@pytest.mark.parametrize("reason", [NOBODY, OUR_MISTAKE])
def test_a_refusal_about_the_person_is_no_failure_of_the_provider(reason: Reason) -> None:
    """S14, S22: who says that a number does not exist works."""
    hand = _hand()
    for message in (1, 2, 3):
        hand.request(message, message=message)
        hand.refuse(message, reason=reason, message=message)
    assert not [line for line in hand.story if "circuit" in line]


def test_silence_and_throttling_are_failures() -> None:
    """S22: no answer at all, and too many requests, speak against the provider."""
    hand = _hand(level(on_unknown=OnUnknown.NEXT), level("whatsapp"))
    hand.request(0, message=1)
    hand.wake(10)
    hand.request(11, message=2)
    hand.throttle(12, message=2)
    assert "12 circuit 0.1 sms open until 42" in hand.story


def test_trouble_with_the_account_opens_it_at_once() -> None:
    """S14: no credit is no matter of a message, and no second one is tried."""
    hand = _hand(open_after=None)
    hand.request(1)
    hand.refuse(1, reason=NO_CREDIT)
    assert "1 circuit 0.1 sms open until 31" in hand.story


def test_trouble_with_the_account_told_by_a_receipt_opens_it_too() -> None:
    """S14: some providers accept first, and find out later."""
    hand = _hand()
    hand.request(0)
    hand.accept(1)
    hand.receipt(Status.FAILED, 2, reason=NO_CREDIT)
    assert "2 circuit 0.1 sms open until 32" in hand.story


def test_a_probe_that_is_accepted_closes_it() -> None:
    """S22: half-open lets one message through, and the rest wait for what it brings."""
    hand = _hand()
    _failed(hand, 1, 2)
    hand.request(32, message=3)
    assert hand.since(32) == [
        "32 requested 0",
        "32 submitted 0.1 sms",
        "32 circuit 0.1 sms half_open",
    ]
    hand.request(33, message=4)
    assert "33 skipped 0 circuit open sms" in hand.story
    hand.accept(34, message=3)
    assert "34 circuit 0.1 sms closed" in hand.story
    hand.request(35, message=5)
    assert "35 submitted 0.1 sms" in hand.story


def test_a_probe_that_fails_opens_it_again() -> None:
    """S22: for as long as the first time."""
    hand = _hand()
    _failed(hand, 1, 2)
    hand.request(40, message=3)
    hand.refuse(41, reason=BUSY, message=3)
    assert "41 circuit 0.1 sms open until 71" in hand.story
    hand.request(70, message=4)
    assert "70 skipped 0 circuit open sms" in hand.story


def test_a_probe_without_an_answer_opens_it_again() -> None:
    """S21, S22: nobody is left waiting for a probe for ever."""
    hand = _hand()
    _failed(hand, 1, 2)
    hand.request(40, message=3)
    hand.wake(50)
    assert "50 circuit 0.1 sms open until 80" in hand.story


def test_the_answer_to_an_earlier_submission_decides_nothing_while_it_is_open() -> None:
    """S22: only the probe does."""
    hand = _hand()
    hand.request(0, message=9)
    _failed(hand, 1, 2)
    hand.accept(3, message=9)
    hand.request(4, message=3)
    assert "4 skipped 0 circuit open sms" in hand.story


def test_the_next_provider_of_the_level_takes_over() -> None:
    """S22: before the channel changes."""
    hand = _hand(level(via=["sms", "backup"]), level("whatsapp"))
    hand.request(1)
    hand.refuse(1, reason=NO_CREDIT)
    hand.request(3, message=3)
    assert hand.since(3) == [
        "3 requested 0",
        "3 skipped 0 circuit open sms",
        "3 submitted 0.1 backup",
    ]


def test_an_open_circuit_of_the_last_provider_leaves_the_trigger_as_it_was() -> None:
    """S10: what closed the level is what happened to the attempt before."""
    hand = Hand(
        plan(level(via=["a", "sms"]), level("whatsapp")),
        breakers={"sms": Breaker(open_after=None, for_us=us(30))},
    )
    hand.request(0)
    hand.refuse(1, reason=BUSY)
    hand.refuse(2, reason=NO_CREDIT)
    hand.request(3, message=2)
    hand.refuse(4, reason=BUSY, message=2)
    assert hand.since(4) == [
        f"4 refused 0.1 {BUSY.code}",
        "4 skipped 0 circuit open sms",
        "4 fell_back 1 refused",
        "4 submitted 1.1 whatsapp",
    ]


def test_a_retry_is_not_planned_into_an_open_circuit() -> None:
    """S20, S22: nobody waits for a pause to be told what is known already."""
    hand = _hand(level(retries=2), level("whatsapp"), open_after=1)
    hand.request(0)
    hand.refuse(1, reason=BUSY)
    assert hand.path == ["0 0.1 sms", "1 1.1 whatsapp"]


def test_a_retry_that_finds_the_circuit_open_moves_on() -> None:
    """S22: it opened during the pause."""
    hand = _hand(level(retries=2), level("whatsapp"))
    hand.request(0)
    hand.refuse(0, reason=BUSY)
    hand.request(0.5, message=2)
    hand.refuse(0.5, reason=NO_CREDIT, message=2)
    hand.wake(1)
    assert "1 fell_back 1 circuit_open" in hand.story


def test_a_cascade_whose_circuits_are_all_open_is_exhausted() -> None:
    """S2, S10: at the same instant, by the last level."""
    hand = _hand(level())
    hand.request(0)
    hand.refuse(0, reason=NO_CREDIT)
    hand.request(1, message=2)
    assert hand.since(1)[-1] == "1 finished 0 exhausted last_level circuit_open"


def test_an_open_circuit_moves_on_whatever_next_on_says() -> None:
    """S10: it may not be listed, and always moves on."""
    hand = _hand(level(next_on=frozenset({Trigger.FAILED})), level("whatsapp"))
    hand.request(0)
    hand.refuse(0, reason=NO_CREDIT)
    hand.request(1, message=2)
    assert "1 submitted 1.1 whatsapp" in hand.story


def test_a_resend_does_not_go_into_an_open_circuit() -> None:
    """S21, S22: the message may be there; a receipt is waited for instead."""
    hand = _hand(level(on_unknown=OnUnknown.RESEND, retries=2, wait=60), open_after=1)
    hand.request(0)
    hand.wake(10)
    hand.receipt(Status.DELIVERED, 20)
    assert hand.path == ["0 0.1 sms"]
    assert hand.outcome is Outcome.DELIVERED


@pytest.mark.parametrize(("open_after", "for_us"), [(0, 1), (1, 0)])
def test_a_breaker_that_cannot_work_is_refused(open_after: int, for_us: int) -> None:
    """Rule 4: the loader says it earlier, with a position."""
    with pytest.raises(MisuseError):
        Breaker(open_after=open_after, for_us=for_us)


def test_a_circuit_starts_closed_and_blocks_nobody() -> None:
    """S22: whoever has not failed is trusted."""
    circuit = Circuit("sms", TWO["sms"])
    assert circuit.state is CircuitState.CLOSED
    assert not circuit.blocks(0)
    assert not circuit.submitted((1, 0, 1))
