"""Sessions saved with what was seen as their expectations."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.frame import Phase
from sandbox.app.keeping import keepsake_of
from sandbox.app.knobs import Knob, Outage
from sandbox.app.pinning import DESCRIPTION_MAX, Pinned, bound_text, pin, write_pinned
from sandbox.app.run import RunResult, Verdict, run_loaded, run_scenario
from sandbox.app.session import Session
from sandbox.cascade.vocabulary import SECOND_US, Act
from sandbox.report.definitions import Kind, Measure
from sandbox.scenario import library
from sandbox.scenario.loader import load
from tests.tui.stage import CODES

WITH_ALL: Final = """
schema: 1
name: with-all
seed: 3
cascades: {otp: {deadline: 2m, levels: [{channel: sms, wait: 10s}, {channel: whatsapp, wait: 10s}]}}
recipients: {population: 20, people: {anna: {}}, traits: {}}
load: [{constant: 2/s, for: 40s}, {message: otp-anna, to: anna, at: 5s}]
faults:
  - {id: down, at: 20s, for: 10s, provider: sms,
     set: {submit.outcomes: {refused.permanent: 100%}}}
expect:
  all: [delivery_rate >= 80%, delivery_rate <= 0%]
  during: {down: [level.1.share >= 90%, level.0.share >= 90%]}
  after: {down+1s: level.0.share >= 70%}
  where: [{cascade: otp, that: delivery_rate >= 50%}, {channel: sms, that: [delivery_rate <= 0%]}]
  messages: {otp-anna: {within: 90s}}
  never: [submit after success, receipt lost]
  sometimes: [fallback to level 1, outcome cancelled]
"""
"""Of every kind of expectation one that holds, and of most one that does not."""


def nothing(_: Fraction) -> None:
    """Takes how much is done."""


def pinned(session: Session) -> Pinned:
    """What a session is saved as."""
    return pin(keepsake_of(session), nothing)


def to_its_end(session: Session) -> Session:
    """Let it run until nothing is left to happen."""
    while session.phase is Phase.RUNNING:
        session.advance(SECOND_US)
    assert session.trouble == ""
    return session


def checked(session: Session, saved: Pinned) -> RunResult:
    """Run what was saved: it must be the same run, and all that is expected must hold."""
    result = run_loaded(load(saved.text))
    assert result.digest == session.digest
    assert result.verdict is Verdict.PASSED, [e for e in result.expectations if not e.passed]
    assert len(result.expectations) >= saved.count > 0
    return result


@pytest.mark.parametrize("name", library.builtin_names())
def test_every_shipped_scenario_turned_by_hand_passes_what_was_pinned(name: str) -> None:
    """In the middle of the run: with knobs turned, a provider out, and every act on a message."""
    session = Session(load(name))
    session.set_speed(Fraction(512))
    session.advance(60_000)
    first = session.providers()[0].name
    session.turn(first, Knob.FAILURE, 20)
    session.break_down(session.providers()[-1].name, Outage.REFUSES)
    for act in Act:
        session.act(max(session.message_count - 1, 1), act)
    session.advance(40_000)
    session.reset(first)
    session.advance(20_000)
    assert len(session.deeds) > 2
    checked(session, pinned(session))


@pytest.mark.parametrize(
    "name", ["first-look", "codes-entered", "sms-outage-falls-to-whatsapp", "called-back"]
)
def test_a_shipped_scenario_run_to_its_end_keeps_all_that_it_expected(name: str) -> None:
    """Nothing was changed, so nothing is left out, and pins stand beside what was there."""
    session = to_its_end(Session(load(name)))
    saved = pinned(session)
    result = checked(session, saved)
    assert saved.left_out == ()
    texts = {(each.scope, each.text) for each in result.expectations}
    own = {(e.scope, e.text) for e in load(name).expectations if not e.message}
    assert own <= texts
    assert {e.message for e in load(name).expectations} <= {
        e.message for e in load(saved.text).expectations
    }


def test_what_did_not_hold_is_left_out_and_named_in_the_file() -> None:
    """Everything else of every kind stays."""
    session = to_its_end(Session(load(WITH_ALL)))
    saved = pinned(session)
    assert saved.left_out == (
        "delivery_rate <= 0%",
        "during down: level.0.share >= 90%",
        "where channel sms: delivery_rate <= 0%",
        "sometimes: outcome cancelled",
    )
    result = checked(session, saved)
    texts = {f"{each.scope}: {each.text}" for each in result.expectations}
    assert {
        "all: delivery_rate >= 80%",
        "during down: level.1.share >= 90%",
        "after down+1s: level.0.share >= 70%",
        "where cascade otp: delivery_rate >= 50%",
        "never: submit after success",
        "never: receipt lost",
        "sometimes: fallback to level 1",
        "message otp-anna: path sms:delivered; ends delivered; within 90s",
    } <= texts
    said = load(saved.text).description
    assert "pinned to what was seen" in said
    assert "delivery_rate <= 0%" in said


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("delivered: rest, failed: 6%", "delivered: rest, failed: 9%"),
        ("p50: 4s, p95: 15s", "p50: 4s, p95: 18s"),
        ("amount: 0.045 EUR", "amount: 0.046 EUR"),
        ("wait: 30s", "wait: 12s"),
    ],
)
def test_a_pinned_scenario_fails_as_soon_as_something_is_worse(was: str, becomes: str) -> None:
    """Failure rate, latency, price, a wait: each is noticed."""
    text = pinned(to_its_end(Session(load(CODES)))).text
    assert run_scenario(text).verdict is Verdict.PASSED
    assert text.count(was) >= 1
    assert run_scenario(text.replace(was, becomes, 1)).verdict is Verdict.FAILED


def test_pinning_what_was_pinned_adds_nothing() -> None:
    """Once more the same session, once more the same file."""
    session = to_its_end(Session(load(CODES)))
    text = pinned(session).text
    again = pinned(to_its_end(Session(load(text))))
    assert load(again.text).expectations == load(text).expectations
    assert load(again.text).description.count("pinned to what was seen") == 1


def test_a_session_that_has_hardly_begun_pins_nothing_it_has_not_seen() -> None:
    """Where nothing has an outcome there is nothing to expect; the file can be used."""
    session = Session(load(CODES))
    session.advance(SECOND_US // 2)
    saved = pinned(session)
    assert "time_to_delivered" not in saved.text
    run = run_loaded(load(saved.text))
    assert run.digest == session.digest
    assert run.verdict is Verdict.PASSED


def test_how_far_it_is_is_told() -> None:
    """Shares of one, that grow."""
    told: list[Fraction] = []
    session = Session(load(CODES))
    session.advance(20 * SECOND_US)
    pin(keepsake_of(session), told.append)
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)


@pytest.mark.parametrize(
    ("kind", "value", "sign", "text"),
    [
        (Kind.RATE, Fraction(2, 3), ">=", "66.6%"),
        (Kind.RATE, Fraction(2, 3), "<=", "66.7%"),
        (Kind.RATE, Fraction(1), ">=", "100%"),
        (Kind.RATE, Fraction(0), "<=", "0%"),
        (Kind.TIME, 12_800_001, "<=", "12.9s"),
        (Kind.TIME, 12_800_000, "<=", "12.8s"),
        (Kind.TIME, 143_100, "<=", "144ms"),
        (Kind.MONEY, Fraction(60_100_000_001, 1000), "<=", "0.060101 EUR"),
        (Kind.MONEY, 2_000_000_000, "<=", "2 EUR"),
        (Kind.COUNT, 7, "<=", "7"),
        (Kind.RATE, None, ">=", ""),
    ],
)
def test_a_bound_is_the_nearest_round_value_that_holds(
    kind: Kind, value: Fraction | int | None, sign: str, text: str
) -> None:
    """Rounded down where no less is allowed, up where no more is."""
    assert bound_text(Measure(kind, value, 3), sign, "EUR") == text


def test_what_has_no_samples_or_no_price_is_not_pinned() -> None:
    """An expectation over nothing fails."""
    assert bound_text(Measure(Kind.RATE, Fraction(1), 0), ">=", "EUR") == ""
    assert bound_text(Measure(Kind.MONEY, 0, 3), "<=", "") == ""


def test_a_bound_that_nothing_can_break_is_not_written() -> None:
    """No share is below nothing, or above all."""
    session = Session(load(CODES))
    session.advance(10 * SECOND_US)
    expected = load(pinned(session).text).expectations
    assert expected
    assert not [e.text for e in expected if e.text.endswith((">= 0%", "<= 100%"))]


def test_the_file_has_a_name_of_its_own_and_overwrites_nothing(tmp_path: Path) -> None:
    """Beside a session that was only saved."""
    saved = pinned(to_its_end(Session(load(WITH_ALL))))
    names = [write_pinned(tmp_path, "with-all", saved).name for _ in range(2)]
    assert names == ["with-all-pinned.yaml", "with-all-pinned-2.yaml"]
    assert (tmp_path / names[0]).read_text(encoding="utf-8") == saved.text


def test_a_description_of_the_greatest_length_is_left_alone() -> None:
    """The file can be loaded all the same."""
    long = "x" * (DESCRIPTION_MAX - 200)
    session = Session(load(CODES.replace("seed: 7", f"seed: 7\ndescription: {long}")))
    session.advance(20 * SECOND_US)
    assert load(pinned(session).text).description.startswith("xxx")
