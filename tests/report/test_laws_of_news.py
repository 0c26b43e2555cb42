"""What the watch says of answers, receipts and timers that cannot be as they are."""

from collections.abc import Sequence
from typing import Final

from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Conflict, Origin, Status
from sandbox.report.laws import Laws
from tests.support.hand import NOBODY, Hand, level, plan
from tests.support.logs import Tampered, complete, line

TWO: Final = plan(level("sms", wait=30), level("viber", wait=30), deadline=500)


def said(facts: Sequence[Fact], its_plan: Plan = TWO) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,), with_truth=False)
    laws.watch(facts)
    return [f"{found.law}: {found.text}" for found in laws.violations]


def _given_up() -> Tampered:
    hand = Hand(TWO).request()
    hand.rest()
    return Tampered(complete(hand.facts))


def test_an_answer_is_given_up_at_its_instant() -> None:
    """S21: exactly when the submit timeout is over."""
    log = _given_up()
    assert said(log.facts) == []
    early = said(log.change("unknown", at=-1))
    assert early[0] == "on-time: given up at 9999999 us, not at 10000000 us"
    assert said(log.drop("unknown"))[0].startswith("on-time: a timer was due at 10000000 us")


def test_a_connection_lost_after_sending_may_be_known_earlier() -> None:
    """An answer that says `unknown` is news, not a timer: it has another cause."""
    hand = Hand(TWO).request()
    hand.answer(Status.UNKNOWN, 3)
    assert said(complete(hand.facts)) == []


def test_a_wait_is_over_at_its_instant_and_for_its_trigger() -> None:
    """S12: never early, never late, never of an attempt that was left."""
    log = _given_up()
    assert said(log.change("wait_over", at=-1))[0] == (
        "on-time: a wait is over at 39999999 us, not at 40000000 us"
    )
    assert said(log.change("wait_over", trigger="not_read"))[0] == (
        "consequence: not_read instead of no_receipt"
    )
    assert said(log.change("wait_over", cause=1))[0] == "consequence: caused by line 1, not 3"
    twice = log.add(log.facts[log.nth("wait_over")][0], log.facts[log.nth("wait_over")])
    assert any(text.startswith("on-time: the wait of an attempt") for text in said(twice))


def test_a_later_status_never_restarts_a_wait() -> None:
    """S12: only the origin does."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.receipt(Status.SENT, 20)
    hand.wake(31)
    log = Tampered(complete(hand.facts))
    assert said(log.facts) == []
    moved = [(*f[:1], f[1] + 19_000_000, *f[2:]) if f[0] > 4 else f for f in log.facts]
    assert said(moved)[0].startswith("on-time: a timer was due at 31000000 us")


def test_every_origin_is_watched() -> None:
    """S12: from sending, from acceptance, and once more from sent."""
    for origin in Origin:
        its = plan(level("sms", wait=30, origin=origin, success=Status.READ), deadline=None)
        hand = Hand(its).request()
        hand.accept(1)
        hand.receipt(Status.SENT, 2)
        hand.receipt(Status.DELIVERED, 3)
        hand.rest()
        assert said(complete(hand.facts), its) == []
        assert said(Tampered(complete(hand.facts)).change("wait_over", at=1), its) != []


def test_an_answer_is_counted_once() -> None:
    """S4: a second answer is ignored, and not a second count."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.refuse(2, NOBODY)
    log = Tampered(complete(hand.facts))
    assert said(log.facts) == []
    assert said(log.change("ignored", kind="refused")) == ["answered-once: refused after an answer"]
    first = log.change("accepted", kind="ignored", status="accepted", why="no answer was awaited")
    assert said(first)[0] == "answered-once: accepted is ignored, though nothing else came"


def test_a_receipt_is_matched_and_new_or_ignored() -> None:
    """S4, S5, S7: nothing is heard twice, nothing new is lost, nothing is of nobody."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.receipt(Status.SENT, 2)
    hand.receipt(Status.SENT, 3)
    log = Tampered(complete(hand.facts))
    assert said(log.facts) == []
    assert said(log.change("ignored", kind="receipt")) == [
        "knowledge-grows: sent is nothing new after sent"
    ]
    lost = log.change("receipt", kind="ignored", why="duplicate")
    assert said(lost)[0] == "knowledge-grows: sent is ignored, though it is news"
    assert said(log.change("ignored", why="no such attempt")) == [
        "receipts-matched: sent is ignored, though it was submitted"
    ]
    assert said(log.change("ignored", attempt=9)) == [
        "receipts-matched: sent of no submission, ignored as duplicate"
    ]


def _in_parts(its_plan: Plan, *segments: int, status: Status = Status.DELIVERED) -> Tampered:
    """Receipts of single segments of three, a second apart; the first of them after 2 s."""
    hand = Hand(its_plan).request()
    hand.accept(1)
    for at, segment in enumerate(segments, start=2):
        hand.feed(ReceiptReceived(1, 0, 1, status, None, 0, 0, segment, 3), at)
    return Tampered(complete(hand.facts))


def test_a_text_is_delivered_when_each_of_its_segments_is() -> None:
    """S30: the last segment makes it whole; the others say that it was sent, each of them once."""
    log = _in_parts(TWO, 1, 3, 1, 2, 2)
    assert [fact[5] for fact in log.facts[3:]] == [
        "segment_receipt", "segment_receipt", "ignored", "receipt", "finished", "ignored",
    ]  # fmt: skip
    assert said(log.facts) == []
    assert said(log.change("segment_receipt", 1, kind="receipt"))[0] == (
        "knowledge-grows: segment 3 of 3 does not make the message delivered"
    )
    of_several = "knowledge-grows: delivered of segment {} is not one of several to come"
    assert said(log.change("ignored", kind="segment_receipt"))[0] == of_several.format(1)
    assert said(log.change("receipt", kind="segment_receipt"))[0] == of_several.format(2)
    assert said(log.change("segment_receipt", segment=4))[0] == of_several.format(4)
    assert said(log.change("segment_receipt", status="failed"))[0] == (
        "knowledge-grows: failed of segment 1 is not one of several to come"
    )
    assert said(log.change("segment_receipt", kind="ignored", why="duplicate"))[0] == (
        "knowledge-grows: delivered is ignored, though it is news"
    )
    assert said(log.change("segment_receipt", attempt=2))[0] == (
        "receipts-matched: a receipt of no submission"
    )
    again = log.change("ignored", -1, kind="late_receipt")
    assert said(again)[0] == "knowledge-grows: segment 2 of 3 does not make the message delivered"


def test_a_segment_that_arrived_means_that_the_text_was_sent() -> None:
    """S4, S12, S30: it ends a level that asks for no more, and starts a wait that begins there."""
    asks_for_sent = plan(level("sms", success=Status.SENT))
    log = _in_parts(asks_for_sent, 2)
    assert said(log.facts, asks_for_sent) == []
    assert log.facts[-1][5] == "finished"
    waits_from_sent = plan(level("sms", wait=30, origin=Origin.SENT), level("viber"))
    hand = Hand(waits_from_sent).request()
    hand.accept(1)
    hand.feed(ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 0, 0, 1, 2), 20)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert said(log.facts, waits_from_sent) == []
    assert log.facts[log.nth("wait_over")][1] == 50_000_000


def test_a_segment_may_arrive_after_the_outcome() -> None:
    """S8, S30: it is written down in the same way, and changes nothing that is past."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.rest()
    for at, segment in ((600, 1), (601, 2)):
        hand.feed(ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 0, 0, segment, 2), at)
    log = Tampered(complete(hand.facts))
    assert [fact[5] for fact in log.facts[-2:]] == ["segment_receipt", "late_receipt"]
    assert said(log.facts) == []


def test_late_lines_are_judged_long_after_the_message_was_let_go() -> None:
    """S8: a few bytes a message are enough to know what a late receipt may say."""
    hand = Hand(plan(level("sms"), conflict=Conflict.LAST)).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 2)
    hand.receipt(Status.FAILED, 3)
    hand.receipt(Status.FAILED, 4)
    facts = complete(hand.facts)
    last = plan(level("sms"), conflict=Conflict.LAST)
    assert said(facts, last) == []
    assert said(facts, plan(level("sms"), conflict=Conflict.BEST)) == [
        "knowledge-grows: failed is nothing new after delivered"
    ]
    again = [*facts, line(len(facts) + 1, 5, "late_receipt", "1.0.1", cause=1, status="failed")]
    assert said(again, last) == ["knowledge-grows: failed is nothing new after failed"]


def test_a_flag_is_raised_once_and_only_for_what_is_ours_to_mend() -> None:
    """S3: trouble of the recipient is nobody's mistake."""
    hand = Hand(TWO).request()
    hand.refuse(1, NOBODY)
    facts = complete(hand.facts)
    flag = line(len(facts) + 1, 1, "flagged", "1.0.1", cause=3, provider="sms", code="131026")
    assert said([*facts, flag]) == ["flagged-once: sms 131026 is nothing to flag"]
