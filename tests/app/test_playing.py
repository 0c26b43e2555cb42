"""A cassette that is played: what was said is said again, always in the same way."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.app.cassette import Cassette, Voice
from sandbox.app.parity import Kept
from sandbox.app.playing import Played, play
from sandbox.app.run import Verdict
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Act, ReasonClass, Status
from sandbox.dialects.words import Word
from sandbox.errors import UsageError
from sandbox.net.sender import NeverLeft, NoAnswer
from sandbox.scenario.model import Scenario
from tests.support.cassettes import SCENARIO, Tape, taped
from tests.support.scenario_texts import loaded

YES = Word(Status.ACCEPTED)
GOOD = Word(Status.DELIVERED)
BAD = Word(Status.FAILED, Reason("x", ReasonClass.PERMANENT_RECIPIENT))
NO = Word(Status.REFUSED, Reason("x", ReasonClass.PERMANENT_RECIPIENT))


def cassette(adapter: str = "dexatel", *tail: str) -> Cassette:
    """Three submissions: delivered after 3 s, failed after 5 s, refused at once."""
    tape = Tape(taped(adapter))
    first = tape.submit(1, YES, took_us=200_000)
    second = tape.submit(2, YES, took_us=300_000)
    tape.submit(3, NO, took_us=50_000)
    tape.receipt(first, Word(Status.SENT), 1_200_000)
    tape.receipt(first, GOOD, 3_200_000)
    tape.receipt(second, BAD, 5_300_000)
    if "acted" in tail:
        tape.recorder.acted(1, Act.VERIFIED, 4_200_000)
    tape.recorder.close()
    return tape.cassette


def messages(count: int, *overrides: tuple[str, str]) -> Scenario:
    """So many messages, all at once."""
    return loaded(
        SCENARIO % {"adapter": "dexatel", "channel": "sms", "count": 1},
        ("load", f"[{{burst: {count}}}]"),
        *overrides,
    )


def paths(played: Played) -> list[tuple[str, ...]]:
    return [tuple(map(str, each.path)) for each in played.result.messages()]


@pytest.mark.parametrize("adapter", ["dexatel", "twilio", "vonage", "infobip"])
def test_what_was_said_is_said_again_in_its_time(adapter: str) -> None:
    scenario = loaded(
        SCENARIO % {"adapter": adapter, "channel": "sms", "count": 1}, ("load", "[{burst: 3}]")
    )
    kept = Kept()
    played = play(scenario, cassette(adapter), folds=(kept.fold,))
    results = list(played.result.messages())
    assert [each.outcome for each in results] == ["delivered", "exhausted", "exhausted"]
    assert played.result.verdict is Verdict.PASSED
    assert played.result.violations == ()
    at = [(fact[1], fact[5]) for fact in kept.of(1)]
    assert (200_000, "submit_answered") in at or any(us == 200_000 for us, _ in at)
    assert any(us == 3_200_000 for us, _ in at)
    assert any(fact[1] == 5_300_000 for fact in kept.of(2))
    assert any(fact[1] == 50_000 for fact in kept.of(3))


def test_it_is_the_same_always_and_can_be_told_again() -> None:
    scenario, tape = messages(50), cassette()
    kept = Kept()
    first, again = play(scenario, tape, folds=(kept.fold,)), play(scenario, tape)
    assert first.result.digest == again.result.digest
    assert first.result.metrics.message_counts() == again.result.metrics.message_counts()
    told = [fact for piece in first.result.pieces() for fact in piece if fact[2] is not None]
    assert told == kept.facts
    assert play(messages(50, ("seed", "4")), tape).result.digest != first.result.digest


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_a_cassette_says_it_plays_without_a_fault(data: st.DataObject) -> None:
    """Times that meet, acts of every kind, words in any order: one log, and no law is broken."""
    times = st.sampled_from([-5_000_000, -1, 0, 1, 2, 100_000, 100_001, 3_000_000, 90_000_000])
    tape = Tape(taped())
    for number in range(data.draw(st.integers(1, 4))):
        answers: list[Word | NoAnswer] = [YES, YES, NO, NoAnswer("reset", "")]
        answer = data.draw(st.sampled_from(answers))
        where = tape.submit(number, answer, took_us=data.draw(st.sampled_from([0, 1, 100_000])))
        for word in data.draw(st.lists(st.sampled_from([GOOD, BAD, Word(Status.SENT)]))):
            tape.receipt(where, word, max(0, data.draw(times)))
        for act in data.draw(st.lists(st.sampled_from(Act), max_size=3)):
            tape.recorder.acted(number, act, max(0, data.draw(times)))
    scenario = messages(5)
    first, again = play(scenario, tape.cassette), play(scenario, tape.cassette)
    assert first.result.violations == ()
    assert first.result.digest == again.result.digest


def test_after_the_last_exchange_comes_the_first() -> None:
    played = play(messages(7), cassette())
    outcomes = [each.outcome for each in played.result.messages()]
    assert outcomes == ["delivered", "exhausted", "exhausted"] * 2 + ["delivered"]
    assert "sms: 7 submissions, 3 recorded; begun again 2 times" in played.notes
    assert "sms: 3 submissions, 3 recorded" in play(messages(3), cassette()).notes
    assert "sms: 4 submissions, 3 recorded; begun again once" in play(messages(4), cassette()).notes


def test_failures_are_played_as_such() -> None:
    tape = Tape(taped())
    where = tape.submit(1, NoAnswer("reset", "why"), took_us=700_000)
    tape.submit(2, NeverLeft("dns", "why"), took_us=10_000)
    tape.receipt(where, GOOD, 9_000_000)
    kept = Kept()
    played = play(messages(2), tape.cassette, folds=(kept.fold,))
    results = list(played.result.messages())
    assert results[0].outcome == "delivered"  # nobody knew, until the receipt came by its reference
    assert any("dns" in str(fact[7]) for fact in kept.of(2))


def test_who_waits_no_longer_has_no_answer() -> None:
    tape = Tape(taped())
    tape.submit(1, YES, took_us=8_000_000)
    waits: Any = ("cascades.otp.levels.0.submit_timeout", "5s")
    assert [r.outcome for r in play(messages(1), tape.cassette).result.messages()] != [None]
    kept = Kept()
    play(messages(1, waits), tape.cassette, folds=(kept.fold,))
    assert not any(fact[1] == 8_000_000 for fact in kept.of(1))


def test_what_people_did_is_done_again() -> None:
    kept = Kept()
    play(messages(1), cassette("dexatel", "acted"), folds=(kept.fold,))
    assert any(fact[1] == 4_200_000 for fact in kept.of(1))
    kept = Kept()
    play(messages(1), cassette(), folds=(kept.fold,))
    assert not any(fact[1] == 4_200_000 for fact in kept.of(1))


def test_a_provider_that_is_not_on_it_is_simulated() -> None:
    text = (SCENARIO % {"adapter": "dexatel", "channel": "sms", "count": 1}).replace(
        "providers:", "      - {channel: viber, wait: 90s}\nproviders:"
    )
    played = play(loaded(text), cassette())
    assert "viber: simulated, nothing of it is on the cassette" in played.notes
    assert played.result.metrics.message_counts()["delivered"] == 10


@pytest.mark.parametrize(
    ("voice", "says"),
    [
        (Voice("twilio", "sms"), "was recorded as sms through twilio, and is sms through dexatel"),
        (Voice("dexatel", "viber"), "was recorded as viber through dexatel, and is sms"),
    ],
)
def test_who_was_recorded_as_another_is_refused(voice: Voice, says: str) -> None:
    tape = cassette()
    other = replace(tape, header=replace(tape.header, providers={"sms": voice}))
    with pytest.raises(UsageError, match=says):
        play(messages(1), other)


def test_a_cassette_of_others_is_refused() -> None:
    tape = cassette()
    with pytest.raises(UsageError, match="no provider of 'taped' is on the cassette"):
        play(messages(1), replace(tape, exchanges=(), said={}, done={}))


def test_what_could_not_be_sent_is_refused_without_the_vendor() -> None:
    """The adapter encodes what is played; a plan that it cannot send fails here, too."""
    text = SCENARIO % {"adapter": "twilio", "channel": "sms", "count": 1}
    scenario = loaded(text, ("load", "[{burst: 2}]"), ("cascades.otp.levels.0.validity", "20h"))
    played = play(scenario, cassette("twilio"))
    assert "sms: 0 submissions, 3 recorded" in played.notes
    assert "sms: 2 more could not have been sent" in played.notes
    assert played.result.metrics.message_counts()["delivered"] == 0


def test_of_truth_nothing_is_judged() -> None:
    text = SCENARIO % {"adapter": "dexatel", "channel": "sms", "count": 1}
    text += "expect: [truth.delivery_rate >= 50%, delivery_rate >= 10%]\n"
    played = play(loaded(text), cassette())
    assert played.result.verdict is Verdict.PASSED
    assert [item.text for item in played.result.expectations] == ["delivery_rate >= 10%"]
    assert any("truth.delivery_rate" in note for note in played.notes)
