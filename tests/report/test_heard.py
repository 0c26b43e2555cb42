"""Receipts out of turn: copies, overtaken ones, late ones, contradictions, orphans."""

from collections.abc import Iterable

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Status
from sandbox.report.heard import (
    BeforeReply,
    Contradictory,
    Duplicated,
    LateReceipts,
    Orphans,
    Reordered,
)
from tests.support.hand import Hand, level, plan
from tests.support.logs import line

Watching = Duplicated | Reordered | Contradictory | BeforeReply | LateReceipts | Orphans

TWO = plan(level("sms", wait=30), level("viber", wait=30))


def seen(watching: Watching, facts: Iterable[Fact]) -> list[int | None]:
    """The messages it happened to, of the lines it asks for."""
    found = [watching.see(fact) for fact in facts if fact[5] in watching.KINDS]
    return [message for message in found if message is not None]


def heard(*statuses: Status, answered_at: float = 1) -> list[Fact]:
    """The log of a message whose first attempt has these receipts, from 2 s on."""
    hand = Hand(TWO).request()
    if answered_at:
        hand.accept(answered_at)
    for at, status in enumerate(statuses, 2):
        hand.receipt(status, at, of="0.1")
    return hand.facts


S, D, R, F = Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED


@pytest.mark.parametrize(
    ("statuses", "duplicated", "reordered", "contradictory"),
    [
        ((), 0, 0, 0),
        ((S, D, R), 0, 0, 0),
        ((S, S, D), 1, 0, 0),
        ((D, D, D), 2, 0, 0),
        ((D, S), 0, 1, 0),
        ((D, S, S), 1, 1, 0),
        ((R, D, S), 0, 2, 0),
        ((D, R, D), 1, 0, 0),
        ((D, F), 0, 0, 1),
        ((F, D), 0, 0, 1),
        ((D, F, F, D), 2, 0, 1),
        ((F, F), 1, 0, 0),
    ],
)
def test_what_was_heard_before_tells_a_copy_from_a_latecomer(
    statuses: tuple[Status, ...], duplicated: int, reordered: int, contradictory: int
) -> None:
    """The engine ignores both; only the first of each status can be out of order."""
    facts = heard(*statuses)
    assert seen(Duplicated(), facts) == [1] * duplicated
    assert seen(Reordered(), facts) == [1] * reordered
    assert seen(Contradictory(), facts) == [1] * contradictory


def test_attempts_are_told_apart() -> None:
    """The same status of another attempt, or of another message, is no copy."""
    facts = [
        line(n, n, kind, place, status="delivered")
        for n, (kind, place) in enumerate(
            [
                ("receipt", "1.0.1"), ("late_receipt", "1.1.1"), ("receipt", "2.0.1"),
                ("ignored", "1.1.1"), ("ignored", "2.0.1"), ("ignored", "3.0.1"),
            ],
            1,
        )
    ]  # fmt: skip
    assert seen(Duplicated(), facts) == [1, 2]


def test_segments_are_told_apart() -> None:
    """Each segment has a delivered receipt of its own; only a copy of the same one is a copy."""
    facts = [
        line(1, 1, "segment_receipt", "1.0.1", status="delivered", segment=1, segments=3),
        line(2, 2, "segment_receipt", "1.0.1", status="delivered", segment=2, segments=3),
        line(3, 3, "ignored", "1.0.1", status="delivered", segment=1, segments=3),
        line(4, 4, "receipt", "1.0.1", status="delivered", segment=3, segments=3),
        line(5, 5, "ignored", "1.0.1", status="sent"),
    ]
    assert seen(Duplicated(), facts) == [1]
    assert seen(Reordered(), facts) == [1]
    assert seen(Contradictory(), facts) == []


def test_an_answer_nobody_waits_for_is_no_receipt() -> None:
    """What is ignored because it is no receipt, or of no attempt, counts as nothing."""
    for why in ("no answer was awaited", "no such attempt"):
        facts = [line(n, n, "ignored", "1.0.1", status="accepted", why=why) for n in (1, 2)]
        for watching in (Duplicated(), Reordered(), Contradictory(), BeforeReply()):
            assert seen(watching, facts) == []


def test_a_receipt_before_the_answer_counts_once_a_submission() -> None:
    """Whatever the answer is then; one after it is in time."""
    assert seen(BeforeReply(), heard(S, D)) == []
    facts = heard(S, D, answered_at=0)
    assert seen(BeforeReply(), facts) == [1]
    for kind in ("accepted", "refused", "throttled", "unknown"):
        late = [line(1, 1, kind, "4.1.2"), line(2, 2, "receipt", "4.1.2", status="sent")]
        assert seen(BeforeReply(), late) == []
        assert seen(BeforeReply(), late[::-1]) == [4]


def test_good_news_of_what_delivered_the_message_is_not_late() -> None:
    """A read receipt follows a delivered one; all other receipts after the outcome are late."""
    assert seen(LateReceipts(), heard(D, R)) == []
    assert seen(LateReceipts(), heard(D, F)) == []  # ignored: the outcome and the status stand
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(31)
    hand.accept(31.5)
    hand.receipt(D, 32)
    hand.receipt(R, 33)
    assert seen(LateReceipts(), hand.facts) == []
    hand.receipt(F, 34, of="0.1")
    assert seen(LateReceipts(), hand.facts) == [1]
    exhausted = Hand(TWO).request()
    exhausted.accept(1)
    exhausted.wake(31)
    exhausted.accept(31.5)
    exhausted.rest()
    exhausted.receipt(S, 300, of="0.1")
    exhausted.receipt(D, 301, of="0.1")
    assert seen(LateReceipts(), exhausted.facts) == [1, 1]


def test_an_orphan_is_told_of_the_message_the_world_knows() -> None:
    """The line itself names none, because the engine cannot; its cause does."""
    facts = [
        line(1, 1, "receipt_unmatched", "5.0.1", status="sent"),
        line(2, 1, "orphan_receipt", "", cause=1, status="sent"),
        line(3, 1, "orphan_receipt", "", cause=99, status="sent"),
    ]
    assert seen(Orphans(), facts) == [5, 0]
