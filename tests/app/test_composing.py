"""A message of one's own in a session: what it would be, sending it, and the same log again."""

from pathlib import Path

import pytest

from sandbox.app.composing import ANYBODY, Draft
from sandbox.app.frame import Phase
from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.replaying import open_recording
from sandbox.app.run import run_scenario
from sandbox.app.session import Session
from sandbox.app.stored import stored_scenario
from sandbox.drivers.retraced import LiveRequested
from sandbox.errors import SandboxError, UsageError
from sandbox.scenario.loader import load
from sandbox.simulation.decisions import DECISIONS
from tests.support.retold import digests_retold

SCENARIO = """\
schema: 1
name: calm
seed: 5
cascades:
  otp: {content: {text: "Your code."},
        levels: [{channel: sms, wait: 30s}, {channel: whatsapp, wait: 30s}]}
  news: {levels: [{channel: viber, wait: 30s}]}
recipients: {population: 20, traits: {}, people: {anna: {traits: []}}}
load:
  - {poisson: 3/s, for: 20s, cascade: otp}
  - {burst: 9, at: 5s, cascade: otp}
  - {message: own-1, to: anna, at: 8s, cascade: news}
"""
LONG = "x" * 161
HOSTILE = "[bold]{code} <b> €🎉 '\"\\n: - & *x"


def session_at(seconds: float, text: str = SCENARIO) -> Session:
    """A session that has run so far."""
    made = Session(load(text))
    made.set_speed(made.speed / made.speed)
    made.advance(int(seconds * 1_000_000))
    return made


def finished(made: Session) -> Session:
    """The same at its end."""
    made.is_paused = False
    while made.phase is Phase.RUNNING:
        made.advance(10_000_000)
    return made


def path_of(made: Session, message: int) -> list[str]:
    """The path of a message."""
    row = made.row(message)
    assert row is not None
    return [f"{hop.channel}:{hop.word}" for hop in row.path]


# What it would be --------------------------------------------------------------------------------


def test_a_text_is_counted_in_segments_and_priced_at_most() -> None:
    """On each level, with every retry of each provider."""
    made = session_at(1)
    short, long = (made.preview(Draft("otp", text)) for text in ("Your code.", LONG))
    assert [(c.channel, c.segments.parts) for c in short.levels] == [("sms", 1), ("whatsapp", 1)]
    assert long.levels[0].segments.parts == 2
    assert long.most_nano > short.most_nano > 0
    assert short.submissions == 4
    assert made.preview(Draft("news", "привет")).levels[0].segments.encoding == "UCS-2"


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", ANYBODY),
        ("anna", "anna, who is named"),
        ("+44 7700 900010", "magic, on every channel: accepted, then a receipt says failed"),
        ("+447700900214", "magic, on whatsapp: accepted, then nothing"),
        ("+306912345678", "somebody new"),
    ],
)
def test_it_is_said_whom_it_is_for(to: str, words: str) -> None:
    """Anybody, a person of the scenario, a magic number, or somebody new."""
    told = session_at(1).preview(Draft("otp", "Hi", to))
    assert told.recipient.startswith(words)
    assert not told.problem


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (Draft("otp", "Hi", "ben"), "nobody has this name"),
        (Draft("otp", "Hi", "+12"), "no whole phone number"),
        (Draft("otp", "a\x1b[31mb"), "a character that cannot be shown"),
    ],
)
def test_what_cannot_be_sent_is_said_and_not_sent(draft: Draft, problem: str) -> None:
    """By the preview, and by whoever sends it all the same."""
    made = session_at(1)
    assert problem in made.preview(draft).problem
    with pytest.raises(UsageError, match="not sent"):
        made.compose(draft)
    assert made.deeds == []


def test_a_text_too_long_for_a_channel_is_refused_by_name() -> None:
    """The loader's own check; nothing has happened."""
    made = session_at(1)
    with pytest.raises(SandboxError, match="WhatsApp takes 1024 characters"):
        made.compose(Draft("otp", "x" * 1100))
    assert made.deeds == []
    assert not made.trouble


def test_after_the_end_nothing_is_sent() -> None:
    """A run that is over does not begin again."""
    assert "the run is over" in finished(session_at(1)).preview(Draft("otp", "Hi")).problem


# Sending it --------------------------------------------------------------------------------------


def test_it_comes_at_the_instant_shown_and_has_a_name() -> None:
    """The name is one that nothing else in the scenario has."""
    made = session_at(6.5)
    before = made.message_count
    message = made.compose(Draft("otp", "Hi", "anna"))
    assert message == before + 1 == made.message_count
    assert made.name_of(message) == "own-2"
    assert made.person_of(message) == "anna"
    assert made.facts(message)[0][1] == made.now_us == 6_500_000


@pytest.mark.parametrize("word", list(DECISIONS))
def test_a_chosen_fate_is_met_at_its_level(word: str) -> None:
    """Whatever luck says; the second level is left to itself."""
    made = session_at(3)
    message = made.compose(Draft("otp", "Hi", "", (word, "delivered")))
    finished(made)
    row = made.row(message)
    assert row is not None
    assert row.outcome == "delivered"
    first = path_of(made, message)[0].removeprefix("sms:")
    expected = {
        "filtered": "delivered", "vanished": "no_receipt", "receipt lost": "no_receipt",
        "delivered, receipt lost": "no_receipt", "refused for good": "refused.permanent",
        "refused for now": "refused.temporary", "no answer": "no_receipt",
        "no answer, taken": "delivered",
    }  # fmt: skip
    assert first == expected.get(word, word)


def test_a_magic_number_is_met_on_its_channel() -> None:
    """The number is a person's of its own."""
    made = session_at(3)
    message = made.compose(Draft("otp", "Hi", "+447700900111"))
    assert made.phone_of(message) == "+447700900111"
    finished(made)
    assert path_of(made, message) == ["sms:rejected", "whatsapp:delivered"]


def test_its_text_is_charged_by_the_segment() -> None:
    """The cascade's own text is not: two messages of one cascade, two prices."""
    made = session_at(3)
    two = [made.compose(Draft("otp", text, "", ("delivered",))) for text in ("Your code.", LONG)]
    rows = [finished(made).row(each) for each in two]
    costs = [row.ledger_nano for row in rows if row is not None]
    assert costs[1] == 2 * costs[0]


# The same log ------------------------------------------------------------------------------------


def composed() -> Session:
    """A session with several messages of one's own in it, at its end."""
    made = session_at(3.2)
    made.compose(Draft("otp", HOSTILE, "+447700900110"))
    made.compose(Draft("otp", "Your code.", "anna", ("refused for now", "failed")))
    made.advance(1_799_999)
    number = made.compose(Draft("news", "Hi", "", ("receipt lost",)))
    made.step()
    made.compose(Draft("otp", "Hi", "+306912345678"))
    made.force(made.message_count, 1, "failed")
    made.is_paused = False
    made.advance(1_000_000)
    assert made.message_count > number
    return finished(made)


def test_saved_replayed_and_retraced_it_has_the_same_digest(tmp_path: Path) -> None:
    """The saved file, the deeds done once more, and the world that does them by itself."""
    made = composed()
    assert not made.trouble
    saved = made.save(tmp_path)
    assert run_scenario(saved).digest == made.digest
    assert digests_retold(load(SCENARIO), made.deeds) == [made.digest, made.digest]


def test_the_saved_file_has_the_message_as_it_was_written(tmp_path: Path) -> None:
    """In the load, its text to the letter; its fate in scripts; who is new among the people."""
    again = load(composed().save(tmp_path).read_text(encoding="utf-8"))
    load_entries = again.resolved["load"][3:]
    assert [entry["message"] for entry in load_entries] == ["own-2", "own-3", "own-4", "own-5"]
    assert load_entries[0]["text"] == HOSTILE
    assert "text" not in load_entries[1]
    scripts = [script.id for script in again.world.scripts]
    assert scripts == ["own-3-level-0", "own-3-level-1", "own-4-level-0"]
    assert list(again.resolved["recipients"]["people"]) == ["anna", "own-2", "own-5"]


def test_a_session_broken_off_is_saved_with_its_messages(tmp_path: Path) -> None:
    """As far as it is."""
    made = session_at(3.2)
    made.compose(Draft("otp", "Hi", "+447700900110"))
    saved = made.save(tmp_path)
    assert run_scenario(saved).digest == made.digest


def test_kept_it_can_be_replayed(tmp_path: Path) -> None:
    """A stored run needs nothing but what is stored."""
    made = composed()
    store = tmp_path / "runs.sqlite"
    kept = keep(keepsake_of(made), store, lambda _: None)
    assert stored_scenario(store, kept.run)[2].digest == made.digest
    assert open_recording(store, kept.run).as_it_was.world.wordings[0] == ("own-2", HOSTILE)


def test_why_is_told_also_of_a_message_of_ones_own() -> None:
    """What could have been is worked out in a world that has it."""
    made = session_at(3.2)
    message = made.compose(Draft("otp", LONG, "+447700900110"))
    finished(made)
    explained = made.why(message)
    assert explained is not None
    assert isinstance(made.deeds[0], LiveRequested)


def test_started_again_the_message_is_gone() -> None:
    """As knobs are: the scenario is what it was."""
    made = session_at(3.2)
    made.compose(Draft("otp", "Hi"))
    made.restart()
    assert finished(made).digest == run_scenario(SCENARIO).digest
