"""An edited scenario applied to new messages: what it does, what is refused, and one log."""

from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app.applying import Application, come_to
from sandbox.app.composing import Draft
from sandbox.app.frame import Phase
from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.knobs import Knob
from sandbox.app.run import run_scenario
from sandbox.app.session import Session
from sandbox.app.stored import stored_scenario
from sandbox.scenario.loader import load

SCENARIO = """\
schema: 1
name: calm
seed: 5
cascades:
  otp: {levels: [{channel: sms, wait: 30s}, {channel: whatsapp, wait: 30s}]}
  news: {levels: [{channel: viber, wait: 30s}]}
load:
  - {poisson: 3/s, for: 20s, cascade: otp}
  - {message: late, at: 15s, cascade: news}
faults:
  - {id: early, at: 2s, for: 20s, provider: sms, set: {receipts.lost: 10%}}
  - {id: later, at: 12s, for: 2s, provider: viber, set: {receipts.lost: 10%}}
"""


def session_at(seconds: float) -> Session:
    """A session that has run so far."""
    made = Session(load(SCENARIO))
    made.set_speed(Fraction(1))
    made.advance(int(seconds * 1_000_000))
    return made


def finished(made: Session) -> Session:
    """The same at its end."""
    made.is_paused = False
    while made.phase is Phase.RUNNING:
        made.advance(10_000_000)
    return made


def asked(made: Session, *changes: tuple[str, str]) -> Application:
    """What applying the file with some words replaced would do."""
    text = SCENARIO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return made.application(load(text))


def went_on(made: Session, application: Application) -> Session:
    """The run that goes on with it."""
    assert application.scenario is not None
    session = Session(application.scenario)
    session.wrote(application.edited)
    assert come_to(session, made, application.at_us)
    return session


WAIT = ("channel: sms, wait: 30s", "channel: sms, wait: 5s")


def test_new_messages_go_by_the_edited_cascade_and_the_others_keep_theirs() -> None:
    """Which cascade each went through, and that nothing before has changed."""
    made = session_at(6.5)
    before, messages = made.digest, made.message_count
    application = asked(made, WAIT)
    assert application.for_new == ("otp becomes otp-2: levels.0.wait 30s → 5s",)
    assert (application.for_all, application.refused) == ((), ())
    session = went_on(made, application)
    assert made.digest == before
    assert session.message_count == messages
    finished(session)
    through: dict[str, list[int]] = {}
    for message in range(1, session.message_count + 1):
        requested = session.facts(message)[0]
        through.setdefault(requested[7].text("cascade"), []).append(message)
    assert through["otp"] == list(range(1, messages + 1))
    assert len(through["otp-2"]) > 20
    assert len(through["news"]) == 1
    assert not session.trouble


def test_saved_and_kept_it_holds_both_cascades_and_has_the_same_digest(tmp_path: Path) -> None:
    """With what was done by hand before and after."""
    made = session_at(6.5)
    made.turn("sms", Knob.FAILURE, 5)
    made.compose(Draft("otp", "Hi", "+447700900110"))
    session = went_on(made, asked(made, WAIT))
    session.advance(1_000_000)
    session.force(session.message_count, 0, "failed")
    session.compose(Draft("otp-2", "Hi"))
    session.reset("sms")
    finished(session)
    saved = session.save(tmp_path)
    assert run_scenario(saved).digest == session.digest
    again = load(saved.read_text(encoding="utf-8"))
    assert list(again.resolved["cascades"]) == ["otp", "news", "otp-2"]
    assert {"cascade": "otp", "becomes": "otp-2"}.items() <= again.resolved["by_hand"][1].items()
    store = tmp_path / "runs.sqlite"
    kept = keep(keepsake_of(session), store, lambda _: None)
    assert stored_scenario(store, kept.run)[2].digest == session.digest


def test_it_can_be_applied_again_and_the_latest_holds() -> None:
    """The second edit is compared with the first one, and gets a cascade of its own."""
    made = session_at(4)
    first = went_on(made, asked(made, WAIT))
    first.advance(4_000_000)
    assert asked(first, WAIT).refused == ("nothing is different from what runs",)
    shorter = ("channel: sms, wait: 30s", "channel: sms, wait: 3s")
    application = asked(first, shorter)
    assert application.for_new == ("otp becomes otp-3: levels.0.wait 5s → 3s",)
    second = went_on(first, application)
    finished(second)
    latest = second.facts(second.message_count)[0][7].text("cascade")
    assert latest in {"otp-3", "news"}
    counts = [
        sum(
            second.facts(message)[0][7].text("cascade") == name
            for message in range(1, second.message_count + 1)
        )
        for name in ("otp", "otp-2", "otp-3")
    ]
    assert all(count > 5 for count in counts)
    assert [plan.name for plan in second.cascades] == ["news", "otp-2", "otp-3"]
    assert not second.trouble


def test_why_is_told_of_a_message_that_came_after_it() -> None:
    """What could have been is worked out under its own plan."""
    made = session_at(4)
    session = finished(went_on(made, asked(made, WAIT)))
    message = session.message_count
    explained = session.why(message)
    assert explained is not None


def test_settings_of_a_provider_change_for_all_and_are_named() -> None:
    """As a knob would; and the expectations are those that are written."""
    made = session_at(6)
    more = "providers: {sms: {receipts: {lost: 50%}}}\nexpect: [delivery_rate >= 1%]\nload:\n"
    providers = ("load:\n", more)
    application = asked(made, providers)
    assert application.for_new == ()
    assert application.for_all == ("sms: receipts.lost 50%", "expect: as written")
    session = went_on(made, application)
    changed = [hand for hand in session.scenario.world.by_hand if hand.path == "receipts.lost"]
    assert [(hand.provider, hand.at_us) for hand in changed] == [("sms", made.now_us + 1)]
    assert [each.text for each in session.scenario.expectations] == ["delivery_rate >= 1%"]


def test_a_new_cascade_is_there_for_messages_of_ones_own() -> None:
    """Nothing else goes through it; it may bring a provider along."""
    made = session_at(6)
    more = ("load:\n", "providers: {wa-b: {channel: whatsapp}}\nload:\n")
    new = ("  news:", "  more: {levels: [{channel: whatsapp, via: [wa-b]}]}\n  news:")
    both = ("{channel: whatsapp, wait: 30s}", "{channel: whatsapp, wait: 30s, via: [whatsapp]}")
    application = asked(made, more, both, new)
    assert "more: for messages of your own" in application.for_new
    session = went_on(made, application)
    message = session.compose(Draft("more", "Hi"))
    assert session.facts(message)[0][7].text("cascade") == "more"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("seed: 5", "seed: 6"), "seed: it decides the luck"),
        (("3/s, for: 20s", "9/s, for: 20s"), "load: a part of it has come"),
        (("load:\n", "clock: {limit: 9h}\nload:\n"), "clock: the clock has been running"),
        (("load:\n", "recipients: {population: 9}\nload:\n"), "recipients: they have been drawn"),
        (("id: early, at: 2s, for: 20s", "id: early, at: 2s, for: 9s"), "early: it has begun"),
        (("load:\n", "acts: [{message: late, at: 20s, do: next}]\nload:\n"), "acts: a part of it"),
        (
            ("load:\n", "providers: {sms: {cancel: supported}}\nload:\n"),
            "providers.sms.cancel: it is settled",
        ),
        (
            ("faults:\n", "faults:\n  - {id: s, message: late, script: [throttled]}\n"),
            "faults, s: scripts are read when a run begins",
        ),
        (("seed: 5", "seed: 5"), "nothing is different"),
    ],
)
def test_what_would_change_the_past_is_refused_by_name(change: tuple[str, str], named: str) -> None:
    """Each with its reason, and nothing is half applied."""
    application = asked(session_at(6), change)
    assert any(named in line for line in application.refused), application.refused
    assert application.scenario is None


def test_a_cascade_cannot_be_taken_away() -> None:
    """Its messages go on coming."""
    made = session_at(6)
    gone = ("  news: {levels: [{channel: viber, wait: 30s}]}\n", "")
    moved = ("at: 15s, cascade: news", "at: 15s, cascade: otp")
    no_fault = (SCENARIO.splitlines(keepends=True)[-1], "")
    told = asked(made, gone, moved, no_fault)
    assert any(line.startswith("cascades.news: its messages") for line in told.refused)


def test_a_fault_to_come_may_be_another() -> None:
    """It has not begun."""
    made = session_at(6)
    application = asked(made, ("at: 12s, for: 2s", "at: 12s, for: 4s"))
    assert application.for_all == ("faults to come: later",)
    faults = went_on(made, application).scenario.world.faults
    assert [(fault.id, fault.for_us) for fault in faults] == [
        ("early", 20_000_000), ("later", 4_000_000),
    ]  # fmt: skip


def test_a_past_that_would_be_another_is_noticed() -> None:
    """Should an edit slip through that changes it, the run does not go on with it."""
    made = session_at(6)
    application = asked(made, WAIT)
    other = Session(load(SCENARIO.replace("3/s, for: 20s", "4/s, for: 20s")))
    assert not come_to(other, made, application.at_us)


def test_it_goes_on_as_the_run_did() -> None:
    """At its speed, and paused where it was."""
    made = session_at(6)
    made.pause()
    made.set_speed(Fraction(8))
    session = went_on(made, asked(made, WAIT))
    assert (session.is_paused, session.speed) == (True, Fraction(8))
    assert session.now_us == made.now_us + 1
