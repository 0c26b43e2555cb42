"""Deciding in a session what attempts come to: what can be, doing it, taking it back."""

from pathlib import Path

import pytest

from sandbox.app.forcing import LevelChoice
from sandbox.app.frame import Phase
from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.replaying import branched, open_recording
from sandbox.app.run import run_scenario
from sandbox.app.session import Session
from sandbox.app.stored import stored_scenario
from sandbox.drivers.retraced import LiveForced, run_retraced
from sandbox.scenario.loader import load
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.forcing import Undecided
from sandbox.simulation.world import World
from tests.support.retold import digests_retold

SCENARIO = """\
schema: 1
name: calm
cascades: {otp: {levels: [{channel: sms, wait: 30s}, {channel: whatsapp, wait: 30s}]}}
providers:
  sms: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 4s}},
        receipts: {delay: {fixed: 1s}}}
  whatsapp: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 4s}}}
recipients: {population: 20, traits: {}}
load: [{constant: 1/s, for: 20s}]
"""


def session_at(seconds: float) -> Session:
    """A session that has run so far."""
    made = Session(load(SCENARIO))
    made.set_speed(made.speed / made.speed)
    made.advance(int(seconds * 1_000_000))
    return made


def finished(made: Session) -> Session:
    """The same at its end."""
    made.is_paused = False
    while made.phase is Phase.RUNNING:
        made.advance(10_000_000)
    return made


def stage_of(made: Session, message: int, level: int = 0) -> LevelChoice:
    """What may be decided of a message at a level."""
    return made.choices(message)[level]


def test_what_can_be_decided_is_told_level_by_level() -> None:
    """In flight or the next one; and why where nothing can be."""
    made = session_at(5.5)
    assert [stage_of(made, m).stage for m in (6, 3, 1)] == ["answer", "fate", "receipt"]
    assert stage_of(made, 6, 1).stage is Undecided.NEXT
    assert stage_of(made, 6).is_now("refused for good")
    assert not stage_of(made, 3).is_now("refused for good")
    assert stage_of(made, 3).is_now("failed")
    assert [w for w in DECISIONS if stage_of(made, 1).is_now(w)] == ["receipt lost"]
    assert not stage_of(made, 6, 1).is_now("failed")
    assert made.choices(99) == ()
    assert finished(made).choices(3)[0].why_not == "the run is over"
    assert made.force(3, 0, "failed") == ()


def test_a_level_that_was_left_is_not_to_be_decided() -> None:
    """Nor anything of a message whose story is told."""
    made = session_at(5.5)
    made.force(3, 0, "failed")
    made.advance(4_000_000)
    assert stage_of(made, 3).why_not == "the message has left this level"
    assert stage_of(made, 1).why_not == "all about it has happened"
    assert stage_of(made, 1, 1).why_not == "it has its outcome"


def test_a_decision_shows_in_the_story_and_in_the_outcome() -> None:
    """A line that says by hand, and the path it led to."""
    made = session_at(5.5)
    assert made.force(3, 0, "failed") == ("m3: ! forced: failed",)
    assert stage_of(made, 3).decided == "failed"
    finished(made)
    story = made.story(3)
    assert story is not None
    assert "by hand, its attempt here: failed" in [row.words for row in story.rows]
    row = made.row(3)
    assert row is not None
    assert [(hop.channel, hop.word) for hop in row.path] == [
        ("sms", "failed"), ("whatsapp", "delivered"),
    ]  # fmt: skip
    assert made.why(3) is not None


def test_undo_and_redo_decide_once_more() -> None:
    """As long as it has not happened; after that undo says so with an empty name."""
    made = session_at(5.5)
    made.force(3, 0, "failed")
    made.force(3, 0, "expired")
    assert made.undo() == "m3 at level 0"
    assert stage_of(made, 3).decided == "failed"
    assert made.undo() == "m3 at level 0"
    assert stage_of(made, 3).decided == ""
    assert made.redo() == "m3 at level 0"
    assert stage_of(made, 3).decided == "failed"
    made.undo()
    made.advance(9_000_000)
    row = made.row(3)
    assert row is not None
    assert row.outcome == "delivered"
    assert made.redo() == ""


def test_a_decision_that_was_met_is_no_longer_shown() -> None:
    """Nor does undo bring it back for another attempt."""
    made = session_at(5.5)
    made.force(6, 0, "refused for now")
    made.advance(1_000_000)
    assert stage_of(made, 6).decided == ""
    while stage_of(made, 6).stage is not Undecided.FATE:
        made.advance(100_000)
    made.force(6, 0, "failed")
    assert made.undo() == "m6 at level 0"
    finished(made)
    assert path_word(made, 6) == "delivered"


def path_word(made: Session, message: int) -> str:
    """How the first entry of a path was left, or the outcome where there is but one."""
    row = made.row(message)
    assert row is not None
    return row.outcome


def decided() -> Session:
    """A session in which several things were decided, at its end."""
    made = session_at(5.5)
    for message, word in ((6, "refused for good"), (3, "failed"), (1, "receipt lost")):
        assert made.force(message, 0, word)
    made.undo()
    made.advance(2_000_000)
    made.force(7, 1, "delivered, receipt lost")
    made.force(7, 0, "rejected")
    return finished(made)


def test_saved_replayed_and_retraced_it_has_the_same_digest(tmp_path: Path) -> None:
    """The saved file, the deeds done once more, and the world that does them by itself."""
    made = decided()
    assert not made.trouble
    saved = made.save(tmp_path)
    assert run_scenario(saved).digest == made.digest
    assert digests_retold(load(SCENARIO), made.deeds) == [made.digest, made.digest]
    again = Session(load(saved.read_text(encoding="utf-8")))
    assert finished(again).digest == made.digest


def test_kept_it_is_replayed_and_branched(tmp_path: Path) -> None:
    """A branch before a decision has none of it; one after it has it."""
    made = decided()
    store = tmp_path / "runs.sqlite"
    kept = keep(keepsake_of(made), store, lambda _: None)
    _, _, run = stored_scenario(store, kept.run)
    assert run.digest == made.digest
    recording = open_recording(store, kept.run)
    assert branched(recording, 5_000_000, 1).world.forced == ()
    assert len(branched(recording, 6_000_000, 1).world.forced) > 1


def test_a_deed_that_no_longer_fits_is_noticed() -> None:
    """Repeated in another world it leads to another line."""
    made = decided()
    other = load(SCENARIO, seed=2).world
    first = next(deed for deed in made.deeds if isinstance(deed, LiveForced))
    wrong = [LiveForced(first.seq + 1, first.hand)]
    with pytest.raises(Exception, match="was"):
        list(run_retraced(World(other), wrong))
