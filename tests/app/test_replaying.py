"""Wherever one goes in a recording, and whatever way, the session there is that of a fresh run."""

import time
import weakref
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.app.collector import collector_paused
from sandbox.app.frame import Frame, Phase
from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.knobs import Knob
from sandbox.app.record import keep_run
from sandbox.app.replaying import (
    Goal,
    Playback,
    Recording,
    branched,
    fresh,
    one_event,
    open_recording,
    travel,
)
from sandbox.app.session import Session
from sandbox.app.survey import Survey
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.retraced import LiveChange
from sandbox.errors import UsageError
from sandbox.scenario.loader import load
from sandbox.store.rows import State
from tests.support.kept import SCENARIO

SECOND: Final = 1_000_000
_FOLDER: Final = TemporaryDirectory()

BY_HAND: Final = """\
schema: 1
name: by-hand
seed: 11
cascades: {otp: [{channel: sms, wait: 5s}, {channel: whatsapp, wait: 5s}]}
load: [{poisson: 3/s, for: 30s}, {burst: 5, at: 12s}]
"""


@cache
def store() -> Path:
    """A file of stored runs that nobody changes: r1 with a fault, r2 a session turned by hand."""
    path = Path(_FOLDER.name) / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    keep(keepsake_of(turned()), path, lambda _: None)
    return path


def turned() -> Session:
    """A session that somebody turned and acted in, thirty seconds long, not at its end."""
    session = Session(load(BY_HAND))
    session.set_speed(Fraction(1))
    session.advance(8 * SECOND)
    session.turn("sms", Knob.OUTAGE, 1)
    session.advance(7 * SECOND)
    session.act(session.message_count, Act.CANCEL)
    session.advance(5 * SECOND)
    session.turn("sms", Knob.OUTAGE, 1)
    session.advance(10 * SECOND)
    return session


@cache
def recording(name: str) -> Recording:
    """One of them."""
    return open_recording(store(), name)


@cache
def survey(name: str) -> Survey:
    """Where its events are."""
    made = Survey(recording(name))
    while not made.go_on(1000):
        pass
    return made


def playback_of(name: str) -> Playback:
    """Standing at the beginning."""
    return Playback(recording(name), clock=time.monotonic, has_names=False)


def go(playback: Playback, goal: Goal, budget_us: int = 2000) -> None:
    """All the way."""
    playback.aim(goal)
    while not playback.travel(budget_us):
        pass
    playback.tidy()


def fresh_at(name: str, goal: Goal) -> tuple[str, Frame]:
    """Digest and frame of a run that went straight there, in one go."""
    playback = playback_of(name)
    session = playback.session
    if goal.lines is None:
        session.advance(min(goal.at_us, recording(name).end_us))
    else:
        while session.fact_count < goal.lines:
            one_event(session)
    return session.digest, playback.frame()


# Going -------------------------------------------------------------------------------------------


_TARGETS: Final = st.lists(
    st.one_of(
        st.integers(0, 120).map(lambda percent: ("share", percent)),
        st.integers(0, 40_000).map(lambda ms: ("instant", ms)),
        st.integers(0, 10_000).map(lambda nth: ("event", nth)),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25)
@given(name=st.sampled_from(["r1", "r2"]), targets=_TARGETS, budget_us=st.sampled_from([1, 3000]))
def test_whatever_way_one_comes_to_an_instant_it_is_that_of_a_fresh_run(
    name: str, targets: list[tuple[str, int]], budget_us: int
) -> None:
    """Forwards, backwards, by time and by event, in slices of any size: digest and frame."""
    playback, events = playback_of(name), survey(name)
    for kind, value in targets:
        goal = Goal(value * 1000)
        if kind == "share":
            goal = Goal(recording(name).end_us * value // 100)
        elif kind == "event":
            lines = events.event_before(value + 1)
            goal = lines or Goal(0, 0)
        go(playback, goal, budget_us)
        assert (playback.session.digest, playback.frame()) == fresh_at(name, goal)


def test_a_fresh_run_to_another_instant_is_told_apart() -> None:
    """The comparison above can fail."""
    playback = playback_of("r2")
    go(playback, Goal(10 * SECOND))
    assert (playback.session.digest, playback.frame()) != fresh_at("r2", Goal(10 * SECOND - 1))
    assert playback.session.digest != fresh_at("r2", Goal(9 * SECOND))[0]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_at_its_end_the_digest_is_the_one_that_was_stored(name: str) -> None:
    """Whether nothing or much was done by hand."""
    playback = playback_of(name)
    go(playback, Goal(recording(name).end_us))
    assert playback.session.digest == recording(name).run.digest
    assert playback.session.fact_count == recording(name).run.line_count
    assert playback.phase is Phase.OVER


def test_changes_that_are_stored_beside_the_scenario_are_made_again(tmp_path: Path) -> None:
    """A run kept with its live changes, not through a saved scenario."""
    session = turned()
    changes = [deed for deed in session.deeds if isinstance(deed, LiveChange)]
    changes = changes[:1]  # the act is missing, so the later change would find another log
    kept = keep_run(session.scenario, tmp_path / "x.sqlite", changes=changes)
    made = open_recording(tmp_path / "x.sqlite", kept.run)
    playback = Playback(made, clock=time.monotonic, has_names=False)
    go(playback, Goal(made.end_us))
    assert playback.session.digest == kept.result.digest
    go(playback, Goal(9 * SECOND))
    assert playback.session.providers()[0].is_out


def test_a_run_that_was_stopped_ends_where_its_log_ends(tmp_path: Path) -> None:
    """And is not taken for a whole one."""
    kept = keep_run(load(BY_HAND), tmp_path / "x.sqlite", last_seq=150)
    made = open_recording(tmp_path / "x.sqlite", kept.run)
    assert made.run.state is State.STOPPED
    assert not made.is_whole
    playback = Playback(made, clock=time.monotonic, has_names=False)
    go(playback, Goal(made.end_us + SECOND))
    assert playback.session.now_us == made.end_us
    assert playback.phase is Phase.OVER
    assert playback.session.fact_count >= 150


def test_a_step_forward_and_back_is_one_event() -> None:
    """Back is once more from the beginning, to one event less."""
    playback, events = playback_of("r2"), survey("r2")
    go(playback, Goal(15 * SECOND))
    seen = [playback.session.digest]
    for _ in range(4):
        assert playback.step()
        seen.append(playback.session.digest)
    for before in reversed(seen[:-1]):
        goal = events.event_before(playback.session.fact_count)
        assert goal is not None
        go(playback, goal)
        assert playback.session.digest == before


def test_what_is_under_way_can_be_given_up() -> None:
    """What was shown stays; a new goal that lies ahead of what is coming takes it over."""
    playback = playback_of("r2")
    go(playback, Goal(25 * SECOND))
    shown = playback.session
    playback.aim(Goal(20 * SECOND))
    playback.travel(1)
    assert 0 <= playback.progress < 1
    coming = playback._coming
    playback.aim(Goal(21 * SECOND))
    assert playback._coming is coming
    assert playback.heading_us == 21 * SECOND
    playback.halt()
    assert playback.session is shown
    assert playback.heading_us == 25 * SECOND
    playback.tidy()


def test_what_was_shown_is_kept_for_going_on_again() -> None:
    """Back, and on to where one came from: nothing is run again. Older ones are let go."""
    playback = playback_of("r2")
    go(playback, Goal(25 * SECOND))
    end = playback.session
    go(playback, Goal(10 * SECOND))
    assert playback.session is not end
    go(playback, Goal(26 * SECOND))
    assert playback.session is end
    stories = [weakref.ref(end._stories)]
    for second in (9, 8, 7):
        go(playback, Goal(second * SECOND))
        stories.append(weakref.ref(playback.session._stories))
    assert len(playback._parked) == 2
    assert stories[0]() is None  # at once, without the collector
    while playback.let_go():
        pass
    assert [story() for story in stories] == [None] * 4


def test_it_plays_at_its_own_speed_until_its_end() -> None:
    """The frame tells that speed, and flashes are as long for the eye as on the live screen."""
    playback = playback_of("r2")
    playback.change_speed(1)
    playback.is_playing = True
    assert playback.phase is Phase.RUNNING
    playback.advance(SECOND)
    assert playback.session.now_us == SECOND * playback.speed
    assert playback.frame().speed == playback.speed
    assert playback.frame().flash_us == 700_000 * playback.speed
    playback.advance(1000 * SECOND)
    assert not playback.is_playing
    assert not playback.advance(SECOND)
    playback.change_speed(20)
    assert playback.speed == 512


def test_a_run_that_is_not_there_is_named() -> None:
    """As by the command."""
    with pytest.raises(UsageError, match="no run 'r99'"):
        open_recording(store(), "r99")


def test_a_long_way_is_gone_in_short_slices() -> None:
    """Nobody waits longer than 50 ms for the answer to a key; measured in time of the processor."""
    many = load(BY_HAND.replace("poisson: 3/s", "poisson: 200/s"))
    session = fresh(many, time.process_time, has_names=False)
    took: list[float] = []
    with collector_paused(freezes=True):
        is_there = False
        while not is_there:
            began = time.process_time()
            is_there = travel(session, Goal(30 * SECOND), 10_000, time.process_time)
            took.append(time.process_time() - began)
    assert session.message_count > 5000
    assert len(took) > 20
    assert sorted(took)[-3] < 0.05  # the system may take its own time once or twice


# Branching ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["r1", "r2"])
@pytest.mark.parametrize("percent", [0, 20, 50, 65, 90])
def test_a_branch_has_the_past_of_the_recording(name: str, percent: int) -> None:
    """Line by line, in the middle of an instant as well."""
    playback = playback_of(name)
    go(playback, Goal(recording(name).end_us * percent // 100))
    playback.step()
    shown = playback.session
    goal = Goal(shown.now_us, shown.fact_count)
    scenario = branched(playback.recording, shown.now_us, shown.fact_count)
    session = fresh(scenario, time.monotonic, has_names=False)
    while not travel(session, goal, 3000, time.monotonic):
        pass
    assert session.digest == shown.digest
    assert session.now_us == shown.now_us


def test_a_branch_has_a_future_of_its_own() -> None:
    """What was done by hand after it is not done; what the scenario does by itself, is."""
    made = branched(recording("r2"), 10 * SECOND, 10_000)
    assert [hand.at_us for hand in made.world.by_hand] == [8 * SECOND]
    assert made.world.acts == ()
    assert branched(recording("r1"), 0, 0).world.faults == recording("r1").scenario.world.faults
