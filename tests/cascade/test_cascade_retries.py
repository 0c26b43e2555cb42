"""Retries of transient answers inside a level."""

import pytest

from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Backoff, Retries
from sandbox.cascade.vocabulary import OnUnknown, Retriable, Status
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OUR_MISTAKE, Hand, level, plan


@pytest.mark.parametrize("reason", [BUSY, None])
def test_a_transient_refusal_is_tried_again_after_the_backoff(reason: object) -> None:
    """S20: a temporary refusal, or one without a reason, is followed by a retry."""
    hand = Hand(plan(level(retries=1))).request()
    hand.refuse(1, reason=reason)  # type: ignore[arg-type]  # the test knows
    assert hand.since(1)[1:] == ["1 retry_planned 0.1 for 2"]
    hand.wake(2)
    assert hand.since(2) == ["2 submitted 0.2 sms"]


def test_a_retry_is_a_new_attempt_under_its_own_key() -> None:
    """S20, S21: a refusal is definite, so the retry is not a resend."""
    hand = Hand(plan(level(retries=1))).request()
    hand.throttle(1)
    hand.wake(2)
    assert [(s.attempt, s.key) for s in hand.submits] == [(1, 1), (2, 2)]


@pytest.mark.parametrize("reason", [NOBODY, OUR_MISTAKE, NO_CREDIT], ids=lambda r: r.reason_class)
@pytest.mark.parametrize("answer", [Status.REFUSED, Status.THROTTLED])
def test_an_answer_that_is_not_transient_is_not_tried_again(reason: object, answer: Status) -> None:
    """S20: retries are for transient answers only; the class of the reason says which those are."""
    hand = Hand(plan(level(retries=3), level("whatsapp"))).request()
    hand.answer(answer, 1, reason=reason)  # type: ignore[arg-type]  # the test knows
    assert hand.path == ["0 0.1 sms", "1 1.1 whatsapp"]


@pytest.mark.parametrize("max_retries", [0, 1, 2, 5])
def test_there_are_at_most_so_many_retries(max_retries: int) -> None:
    """S20: `max` retries after the first try, then the level is left."""
    hand = Hand(plan(level(retries=max_retries), level("whatsapp"))).request()
    at = 0.0
    while hand.submits[-1].level == 0:
        hand.refuse(at, reason=BUSY)
        at = hand.wake_at or at
        hand.wake(at)
    assert len([submit for submit in hand.submits if submit.level == 0]) == 1 + max_retries


def test_retries_are_counted_for_each_provider_of_a_level() -> None:
    """S20: the next provider has retries of its own; attempts are numbered over the whole level."""
    hand = Hand(plan(level(via=["a", "b"], retries=1))).request()
    hand.refuse(0, reason=BUSY)
    hand.wake(1)
    hand.refuse(1, reason=BUSY)
    hand.refuse(1, reason=BUSY)
    hand.wake(2)
    assert hand.path == ["0 0.1 a", "1 0.2 a", "1 0.3 b", "2 0.4 b"]


def test_retries_are_counted_for_each_level() -> None:
    """S20: the next level has retries of its own."""
    hand = Hand(plan(level(retries=1), level("whatsapp", retries=1))).request()
    hand.refuse(0, reason=BUSY)
    hand.wake(1)
    hand.refuse(1, reason=BUSY)
    hand.refuse(1, reason=BUSY)
    hand.wake(2)
    assert hand.path == ["0 0.1 sms", "1 0.2 sms", "1 1.1 whatsapp", "2 1.2 whatsapp"]


def test_a_level_makes_at_most_ten_attempts() -> None:
    """S20: whatever is configured, a level stops at its limit and moves on."""
    many = level(via=["a", "b", "c"], retries=6)
    hand = Hand(plan(many, level("whatsapp"), deadline=None)).request()
    while hand.submits[-1].level == 0:
        hand.refuse(hand.facts[-1][1] / 1_000_000, reason=BUSY)
        if hand.submits[-1].level == 0 and hand.story[-1].split()[1] == "retry_planned":
            hand.wake(hand.wake_at or 0)
    tried = [submit.provider for submit in hand.submits if submit.level == 0]
    assert tried == ["a"] * 7 + ["b"] * 3
    assert len(tried) == ATTEMPTS_PER_LEVEL_MAX
    assert hand.submits[-1].provider == "whatsapp"


@pytest.mark.parametrize(
    ("on", "answer", "is_retried"),
    [
        (Retriable.THROTTLED, Status.THROTTLED, True),
        (Retriable.THROTTLED, Status.REFUSED, False),
        (Retriable.REFUSED_TEMPORARY, Status.THROTTLED, False),
        (Retriable.REFUSED_TEMPORARY, Status.REFUSED, True),
    ],
)
def test_a_level_says_which_answers_it_retries(
    on: Retriable, answer: Status, is_retried: bool
) -> None:
    """S20: `retries.on` lists temporary refusals, throttling, or both."""
    hand = Hand(plan(level(retries=Retries(max=1, on=frozenset({on}))))).request()
    hand.answer(answer, 1, reason=BUSY)
    assert (hand.story[-1].split()[1] == "retry_planned") is is_retried


def test_bad_news_during_a_pause_moves_nothing() -> None:
    """S15: while a retry is pending no attempt is current, and the retry stands."""
    hand = Hand(plan(level(retries=1), level("whatsapp"))).request()
    hand.refuse(1, reason=BUSY)
    hand.receipt(Status.FAILED, 1.5)
    hand.wake(2)
    assert hand.path == ["0 0.1 sms", "2 0.2 sms"]


def test_good_news_during_a_pause_ends_the_message() -> None:
    """S6, S10: a refused attempt that is delivered after all makes the retry superfluous."""
    hand = Hand(plan(level(retries=1))).request()
    hand.refuse(1, reason=BUSY)
    hand.receipt(Status.DELIVERED, 1.5)
    assert hand.end == "1.5 finished 0.1 delivered"
    assert hand.wake_at is None


def test_a_retry_keeps_the_place_the_luck_gave_it() -> None:
    """S20: the jitter is a draw that comes with the answer and stands in the log."""
    jittery = Retries(max=1, backoff=Backoff(first_us=1_000_000, jitter_ppm=200_000))
    for luck, at in ((0, 1.8), (1 << 31, 2.0), ((1 << 32) - 1, 2.199999)):
        hand = Hand(plan(level(retries=jittery))).request()
        hand.refuse(1, reason=BUSY, luck=luck)
        assert hand.wake_at == at
        assert hand.facts[-2][7].number("luck") == luck


def test_the_luck_of_a_refusal_without_a_reason_stands_in_the_log_too() -> None:
    """S20: whatever decides when a retry happens can be read from the log."""
    hand = Hand(plan(level(retries=1))).request()
    hand.refuse(1, reason=None, luck=7)
    assert hand.facts[-2][7].number("luck") == 7


def test_a_retry_of_a_resend_stays_under_the_key_of_the_doubtful_attempt() -> None:
    """S20, S21: the provider may still have the first one, so no try after it may be a second."""
    hand = Hand(plan(level(retries=2, on_unknown=OnUnknown.RESEND))).request()
    hand.wake(10)
    hand.throttle(11)
    hand.wake(13)
    assert [(s.attempt, s.key) for s in hand.submits] == [(1, 1), (2, 1), (3, 1)]
