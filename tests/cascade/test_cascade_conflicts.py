"""Receipts that repeat, overtake or contradict each other."""

from typing import Final

import pytest

from sandbox.cascade.vocabulary import Conflict, LateSuccess, Outcome, Status
from tests.support.hand import Hand, level, plan

FAILED_THEN_DELIVERED: Final = {
    Conflict.BEST: "10 finished 0.1 delivered",
    Conflict.LAST: "10 finished 0.1 delivered",
    Conflict.FIRST: "",
}


@pytest.mark.parametrize("conflict", Conflict)
def test_failed_then_delivered(conflict: Conflict) -> None:
    """S6, S23: unless the first word holds, a delivery after a failure is a late success."""
    hand = Hand(plan(level(), level("whatsapp"), conflict=conflict)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 5)
    hand.receipt(Status.DELIVERED, 10, of="0.1")
    assert hand.end == FAILED_THEN_DELIVERED[conflict]


def test_under_first_the_contradiction_is_written_down_as_ignored() -> None:
    """S6: the first final holds, and the log says what was not believed."""
    hand = Hand(plan(level(), level("whatsapp"), conflict=Conflict.FIRST)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 5)
    hand.receipt(Status.DELIVERED, 10, of="0.1")
    assert hand.since(10) == ["10 ignored 0.1 delivered already failed"]


@pytest.mark.parametrize(
    ("conflict", "line"),
    [
        (Conflict.BEST, "10 ignored 0.1 failed already delivered"),
        (Conflict.FIRST, "10 ignored 0.1 failed already delivered"),
        (Conflict.LAST, "10 late_receipt 0.1 failed"),
    ],
)
def test_delivered_then_failed_never_changes_the_outcome(conflict: Conflict, line: str) -> None:
    """S6: the policy is about the attempt's status; the message stays delivered."""
    hand = Hand(plan(level(), level("whatsapp"), conflict=conflict)).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 5)
    hand.receipt(Status.FAILED, 10)
    assert hand.outcome is Outcome.DELIVERED
    assert hand.since(10) == [line]


@pytest.mark.parametrize(
    ("conflict", "path"),
    [
        (Conflict.BEST, ["0 0.1 sms"]),
        (Conflict.FIRST, ["0 0.1 sms"]),
        (Conflict.LAST, ["0 0.1 sms", "10 1.1 whatsapp"]),
    ],
)
def test_delivered_then_failed_while_waiting_to_be_read(
    conflict: Conflict, path: list[str]
) -> None:
    """S6: under `last` a delivery that is taken back closes a level that waits for read."""
    reads = plan(level(success=Status.READ), level("whatsapp"), conflict=conflict)
    hand = Hand(reads).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 5)
    hand.receipt(Status.FAILED, 10)
    assert hand.path == path


@pytest.mark.parametrize(
    ("conflict", "late"),
    [
        (Conflict.BEST, ["8 ignored 0.1 expired already failed", "9 late_receipt 0.1 delivered"]),
        (
            Conflict.FIRST,
            ["8 ignored 0.1 expired already failed", "9 ignored 0.1 delivered already failed"],
        ),
        (Conflict.LAST, ["8 late_receipt 0.1 expired", "9 late_receipt 0.1 delivered"]),
    ],
)
def test_contradictions_after_the_outcome(conflict: Conflict, late: list[str]) -> None:
    """S6, S8: the attempt goes on learning by the same policy, the message is over."""
    hand = Hand(plan(level(), conflict=conflict)).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 5)
    hand.receipt(Status.EXPIRED, 8)
    hand.receipt(Status.DELIVERED, 9)
    assert hand.since(8) == late
    assert hand.outcome is Outcome.EXHAUSTED


def test_a_late_lower_status_never_downgrades() -> None:
    """S4: sent after delivered says nothing new."""
    hand = Hand(plan(level(success=Status.READ))).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    hand.receipt(Status.SENT, 3)
    hand.receipt(Status.ACCEPTED, 4)
    assert hand.since(3) == [
        "3 ignored 0.1 sent already delivered",
        "4 ignored 0.1 accepted already delivered",
    ]


def test_duplicates_count_once() -> None:
    """S5: the same receipt again is ignored, and so is the receipt that repeats the answer."""
    hand = Hand(plan(level())).request()
    hand.accept(1)
    hand.receipt(Status.ACCEPTED, 2)
    hand.receipt(Status.SENT, 3)
    hand.receipt(Status.SENT, 4)
    assert [line for line in hand.story if "ignored" in line] == [
        "2 ignored 0.1 accepted duplicate",
        "4 ignored 0.1 sent duplicate",
    ]


def test_a_receipt_for_an_attempt_nobody_made_is_kept_and_harmless() -> None:
    """S7: what matches nothing is written down, never dropped, and crashes nothing."""
    hand = Hand(plan(level(), level("whatsapp"))).request()
    hand.receipt(Status.DELIVERED, 1, of="1.7")
    hand.accept(2, of="0.2")
    assert hand.since(1) == [
        "1 ignored 1.7 delivered no such attempt",
        "2 ignored 0.2 accepted no such attempt",
    ]
    assert hand.outcome is None


def test_what_an_attempt_is_said_to_cost_stands_in_its_lines() -> None:
    """S31: an answer or a receipt states what the attempt costs so far; the log keeps it."""
    hand = Hand(plan(level(success=Status.READ))).request()
    hand.accept(1, owed=45)
    hand.receipt(Status.DELIVERED, 2, owed=50)
    assert [fact[7].number("owed_nano") for fact in hand.facts[2:]] == [45, 50]


@pytest.mark.parametrize("late_success", LateSuccess)
def test_a_first_word_that_holds_is_no_late_success(late_success: LateSuccess) -> None:
    """S6, S23: what the policy does not believe ends no message, whatever `late_success` says."""
    first = plan(level(), level("whatsapp"), conflict=Conflict.FIRST, late_success=late_success)
    hand = Hand(first).request()
    hand.accept(1)
    hand.receipt(Status.REJECTED, 5)
    hand.receipt(Status.READ, 6, of="0.1")
    assert hand.outcome is None
