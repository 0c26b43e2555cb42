"""What may never happen, or must: read, found in the log, and counted."""

from collections.abc import Sequence

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import LateSuccess, OnUnknown, Outcome, Status
from sandbox.report.occurrences import (
    PHRASES,
    Count,
    Occurrences,
    Phrase,
    UnknownPhraseError,
    explain_phrase,
    parse_phrase,
    spellings,
)
from tests.support.hand import BUSY, Hand, level, plan
from tests.support.logs import complete, line
from tests.support.worlds import MIXED, mixed, run

TWO = plan(level("sms", wait=30), level("viber", wait=30))


def counted(text: str, facts: Sequence[Fact], *plans: Plan) -> Count:
    """How often something is in a log."""
    phrase = parse_phrase(text)
    occurrences = Occurrences([phrase], plans or (TWO,))
    occurrences.fold(facts)
    return occurrences.count(phrase)


# Reading -----------------------------------------------------------------------------------------


def test_every_phrase_is_read_back_as_it_is_written() -> None:
    """What stands in a file is what a report prints."""
    for text in spellings():
        assert str(parse_phrase(text)) == text
    assert parse_phrase("  fallback  to level 2 ") == Phrase("fallback to level N", level=2)
    for outcome in Outcome:
        assert parse_phrase(f"outcome {outcome}") == Phrase("outcome X", outcome=outcome)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("late sucess", "Did you mean 'late success'?"),
        ("receipt duplicate", "Did you mean 'receipt duplicated'?"),
        ("fallback to level two", "Levels are numbers, 0 to 7."),
        ("fallback to level 9", "Levels are numbers, 0 to 7."),
        ("outcome X", "One of delivered, exhausted, expired, stopped, cancelled."),
        ("xyzzy", "One of double delivery, partial delivery"),
        ("", "One of double delivery"),
    ],
)
def test_another_phrase_is_refused_with_the_nearest(text: str, hint: str) -> None:
    """Nothing else is ever counted, so that nothing can be expected in vain."""
    with pytest.raises(UnknownPhraseError, match="is nothing that is counted") as caught:
        parse_phrase(text)
    assert caught.value.hint.startswith(hint)


def test_every_phrase_is_explained() -> None:
    """By its name, and as it is written; another word is explained elsewhere."""
    for name, text in PHRASES.items():
        assert explain_phrase(name).splitlines()[1].strip() == text
        assert text.endswith(".")
    assert explain_phrase("skipped level 2").startswith("skipped level N")
    assert explain_phrase("delivery_rate") == ""


# Counting ----------------------------------------------------------------------------------------


def test_nothing_is_looked_for_that_nobody_asked_for() -> None:
    """Without phrases there is nothing to fold."""
    assert not Occurrences([], (TWO,))
    assert Occurrences([Phrase("throttled")], (TWO,))


SIMPLE = [
    ("receipt lost", line(2, 1, "receipt_lost", "7.0.1", status="sent")),
    ("partial delivery", line(2, 1, "partly_reached_handset", "7.0.1", arrived=1, segments=2)),
    ("unknown submit", line(2, 1, "unknown", "7.0.1")),
    ("throttled", line(2, 1, "throttled", "7.0.1")),
    ("fallback to level 1", line(2, 1, "fell_back", "7.1", trigger="failed")),
    ("skipped level 1", line(2, 1, "skipped", "7.1", reason="no_viber")),
    ("held for quiet hours", line(2, 1, "held", "7.0", until_us=9)),
    ("skipped for quiet hours", line(2, 1, "skipped", "7.0", reason="quiet hours")),
    ("known from before", line(2, 1, "skipped", "7.0", reason="known from before")),
    ("circuit opened", line(2, 1, "circuit", "7.0.1", provider="sms", state="open", until_us=9)),
    ("outcome expired", line(2, 1, "finished", "7.0", outcome="expired")),
    ("outcome cancelled", line(2, 1, "finished", "7.0", outcome="cancelled")),
    ("verified", line(2, 1, "finished", "7.0.1", outcome="delivered", verified=True)),
    ("verified late", line(2, 1, "act", "7", act="verified", why="already expired")),
    ("code expired", line(2, 1, "act", "7", act="verified", why="the code has expired")),
    ("switch by hand", line(2, 1, "act", "7", act="next")),
    ("resend by hand", line(2, 1, "act", "7", act="resend")),
    ("recalled", line(2, 1, "recalled", "7.0.1", result="recalled")),
    ("recall too late", line(2, 1, "recalled", "7.0.1", result="too_late")),
    ("recall unsupported", line(2, 1, "recalled", "7.0.1", result="unsupported")),
]


@pytest.mark.parametrize(("text", "fact"), SIMPLE, ids=[text for text, _ in SIMPLE])
def test_what_one_line_says(text: str, fact: Fact) -> None:
    """One line is one occurrence, of its message; lines that say something else are none."""
    others = [other for _, other in SIMPLE if other is not fact]
    others += [
        line(3, 1, "fell_back", "8.2", trigger="failed"),
        line(4, 1, "skipped", "8.2", reason="no_sms"),
        line(4, 1, "skipped", "8.1", reason="circuit open", provider="sms"),
        line(4, 1, "circuit", "8.1.1", provider="sms", state="half_open"),
        line(5, 1, "finished", "8.0", outcome="exhausted"),
        line(5, 1, "finished", "8.0.1", outcome="delivered"),
        line(6, 1, "act", "8", act="verified"),
        line(6, 1, "act", "8", act="verified", why="already delivered"),
        line(6, 1, "act", "8", act="next", why="already exhausted"),
        line(6, 1, "act", "8", act="resend", why="no attempt is left at this level"),
        line(6, 1, "act", "8", act="cancel"),
    ]
    assert counted(text, [*others, fact, fact]) == (2, 7)
    assert counted(text, others) == (0, None)


def test_a_second_copy_is_a_double_delivery() -> None:
    """One copy of each of two messages is none; a third copy is a second occurrence."""
    copies = [line(n, n, "reached_handset", f"{m}.0.1") for n, m in enumerate([1, 2, 2, 1, 2])]
    assert counted("double delivery", copies[:2]) == (0, None)
    assert counted("double delivery", copies) == (3, 2)


def test_double_deliveries_are_those_of_the_metric() -> None:
    """As many messages are hit as `truth.double_delivery_rate` says."""
    facts = run(mixed(300))
    copies: dict[int | None, int] = {}
    for fact in facts:
        if fact[5] == "reached_handset":
            copies[fact[2]] = copies.get(fact[2], 0) + 1
    times = sum(count - 1 for count in copies.values())
    assert counted("double delivery", facts, MIXED).times == times > 0


def test_a_late_success_is_one_of_a_level_that_was_left() -> None:
    """It ends the message at its own level; a success of the current level is not late."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.accept(31.5)
    assert counted("late success", hand.facts) == (0, None)
    hand.receipt(Status.DELIVERED, 32, of="0.1")
    assert "delivered" in hand.end
    assert counted("late success", hand.facts) == (1, 1)
    on_time = Hand(TWO).request()
    on_time.accept(1)
    on_time.receipt(Status.DELIVERED, 2)
    assert counted("late success", on_time.facts) == (0, None)


def test_a_late_success_that_is_ignored_counts_once() -> None:
    """Also where later levels decide, and its read receipt comes after it."""
    its = plan(level("sms"), level("viber"), late_success=LateSuccess.IGNORE)
    hand = Hand(its).request()
    hand.accept(1)
    hand.accept(62)
    hand.receipt(Status.DELIVERED, 63, of="0.1")
    hand.receipt(Status.READ, 64, of="0.1")
    assert counted("late success", hand.facts, its) == (1, 1)


def test_a_success_after_the_outcome_is_not_a_late_success() -> None:
    """It changes nothing any more: it is a late receipt."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.accept(31.5)
    hand.rest()
    hand.receipt(Status.DELIVERED, 400, of="0.1")
    assert hand.facts[-1][5] == "late_receipt"
    assert counted("late success", hand.facts) == (0, None)


def test_a_submission_after_a_success_is_found() -> None:
    """With late_success: ignore the next level's retry goes out although the first delivered."""
    its = plan(
        level("sms"), level("viber", retries=1), level("whatsapp"), late_success=LateSuccess.IGNORE
    )
    hand = Hand(its).request()
    hand.accept(1)
    hand.accept(62)
    assert counted("submit after success", hand.facts, its) == (0, None)
    hand.receipt(Status.DELIVERED, 63, of="0.1")
    hand.rest()
    assert counted("submit after success", hand.facts, its) == (1, 1)


def test_accepted_is_a_success_only_where_it_is_asked_for() -> None:
    """A submit-driven level succeeds by the answer, and an attempt left before that is late."""
    its = plan(
        level("sms", timeout=2, on_unknown=OnUnknown.NEXT, success=Status.ACCEPTED),
        level("viber", success=Status.ACCEPTED),
    )
    hand = Hand(its).request()
    hand.wake(3)
    hand.receipt(Status.SENT, 3.5, of="0.1")
    assert counted("late success", hand.facts, its) == (1, 1)
    assert counted("unknown submit", hand.facts, its) == (1, 1)


def test_another_provider_of_the_same_level_is_the_next_one() -> None:
    """A retry at the same provider is none, nor is the first provider of the next level."""
    its = plan(level("sms", via=["a", "b"], retries=1), level("viber"))
    hand = Hand(its).request()
    hand.throttle(1)
    hand.wake(5)
    assert counted("next provider", hand.facts, its) == (0, None)
    hand.throttle(6)
    assert counted("next provider", hand.facts, its) == (1, 1)
    hand.refuse(7)
    assert hand.path[-1].endswith("viber")
    assert counted("next provider", hand.facts, its) == (1, 1)


def test_the_pieces_a_log_comes_in_do_not_show() -> None:
    """Folded line by line, all phrases count the same; several at once do not mix."""
    facts = run(mixed(200))
    phrases = [parse_phrase(text) for text in spellings()]
    whole, pieces = Occurrences(phrases, (MIXED,)), Occurrences(phrases, (MIXED,))
    whole.fold(facts)
    for fact in facts:
        pieces.fold([fact])
    for phrase in phrases:
        assert whole.count(phrase) == pieces.count(phrase)
        assert whole.count(phrase) == counted(str(phrase), facts, MIXED)


def test_providers_and_late_successes_are_told_apart_between_levels_of_a_front() -> None:
    """S25: another level's provider is no next one; a level that closed was left."""
    its = plan(
        level(via=("a", "b"), wait=30),
        level("whatsapp", wait=50, parallel=True),
        late_success=LateSuccess.IGNORE,
    )
    hand = Hand(its).request()
    hand.accept(1, of="1.1")
    hand.refuse(1, BUSY, of="0.1")
    hand.accept(2, of="0.2")
    hand.wake(32)
    hand.receipt(Status.DELIVERED, 40, of="0.2")
    hand.rest()
    phrases = [parse_phrase("next provider"), parse_phrase("late success")]
    occurrences = Occurrences(phrases, (its,))
    occurrences.fold(complete(hand.facts))
    assert [occurrences.count(phrase).times for phrase in phrases] == [1, 1]
