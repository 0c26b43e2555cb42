"""A stored run as a session that can be moved in time, and branched where it stands.

    recording = open_recording(path, "r7")
    playback = Playback(recording, clock=time.monotonic, has_names=False)
    playback.aim(Goal(127_000_000))
    while not playback.travel(20_000): ...

A session goes forward only. So going back is running once more from the beginning, in slices and
away from what is shown, until the new session can take its place; it costs what the run once cost
up to there. Whatever way one came to an instant, the session there is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.frame import Frame, Phase
from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN, opening_speed
from sandbox.app.saving import scenario_text
from sandbox.app.session import Session
from sandbox.app.stored import stored_scenario
from sandbox.app.what_ifs import as_it_was
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.drivers.retraced import LiveChange
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import duration
from sandbox.store.rows import RunRow, State

_SAME_PACE: Final = Fraction(1)
"""A session that is moved counts in virtual time; the speed of playing is the playback's own."""

_FLASH_WALL_US: Final = 700_000
"""For how much wall time something that just happened is shown."""


_PARKED_MAX: Final = 2
"""So many sessions are kept besides the one that is shown; each takes up to 100 MB."""


class Goal(NamedTuple):
    """Where to go.

    Attributes:
        at_us: The instant.
        lines: How many lines the log has there; None: all that happens at the instant has happened.
    """

    at_us: int
    lines: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A stored run, ready to be run again.

    Attributes:
        run: What is known of it.
        scenario: As it was loaded then.
        changes: Made by hand in it, in the order of the log.
        as_it_was: The scenario that leads to the same log by itself; it ends where the log ends.
    """

    run: RunRow
    scenario: Scenario
    changes: tuple[LiveChange, ...]
    as_it_was: Scenario

    @property
    def end_us(self) -> int:
        """The instant of its last event."""
        return self.run.virtual_us

    @property
    def is_whole(self) -> bool:
        """The run came to its end."""
        return self.run.state is State.FINISHED


def open_recording(path: Path | None, name: str) -> Recording:
    """Read what a run is repeated from.

    A run that was broken off ends at the instant of its last line; what else happened at that
    instant is there, too.

    Args:
        path: The file of stored runs; None for the user's own.
        name: `r7`, `7`, `last`, or a scenario's name.

    Raises:
        UsageError: there is no such run, or other rules made it.
        StorageError: the file cannot be used.
    """
    scenario, changes, run = stored_scenario(path, name)
    world = as_it_was(scenario.world, changes)
    if run.state is not State.FINISHED:
        world = replace(world, until_us=min(run.virtual_us, world.end_us))
    was = replace(scenario, world=world)
    return Recording(run=run, scenario=scenario, changes=changes, as_it_was=was)


def travel(session: Session, goal: Goal, budget_us: int, clock: Callable[[], float]) -> bool:
    """Let a session go on towards a goal that lies ahead of it.

    Args:
        session: Not paused, at a speed of 1.
        goal: Where to.
        budget_us: How long the call may take.
        clock: Seconds of wall time.

    Returns:
        Whether it is there, or nothing is left to happen.
    """
    stop_us = goal.at_us if goal.lines is None else goal.at_us - 1
    if session.now_us <= stop_us:
        before = session.fact_count
        session.advance(stop_us - session.now_us, budget_us)
        # A piece that said nothing more at the last instant was the last.
        is_there = session.now_us == stop_us and session.fact_count == before
        if not is_there and not session.is_at_end:
            return False
    end_s = clock() + budget_us / SECOND_US
    while goal.lines is not None and session.fact_count < goal.lines and not session.is_at_end:
        one_event(session)
        if clock() > end_s:
            return False
    session.set_speed(_SAME_PACE)  # what was slow on the way is of no interest any more
    return True


def one_event(session: Session) -> tuple[str, ...]:
    """Let exactly one event happen; what the log says of it."""
    told = session.step()
    session.is_paused = False
    return told


def fresh(scenario: Scenario, clock: Callable[[], float], *, has_names: bool) -> Session:
    """A session at instant 0 that can be moved."""
    session = Session(scenario, clock=clock, has_names=has_names)
    session.set_speed(_SAME_PACE)
    return session


class Playback:
    """A recording that is looked at: an instant, a speed, and perhaps a way to another instant."""

    def __init__(
        self, recording: Recording, *, clock: Callable[[], float], has_names: bool
    ) -> None:
        """Stand at instant 0.

        Args:
            recording: What is played.
            clock: Seconds of wall time, for budgets.
            has_names: Make up names for people who have none.
        """
        self.recording = recording
        self.is_playing = False
        self.speed = opening_speed(recording.scenario)
        self.goal: Goal | None = None
        """Where it is going; None while it stands or plays."""
        self._clock = clock
        self._has_names = has_names
        self._parked: list[Session] = []
        """Were shown or under way, the latest first; whoever goes back and on again needs one."""
        self._left: list[Session] = []
        """Of no use any more."""
        self._coming: Session | None = None
        """On its way, not yet shown."""
        self._is_gone = False
        self.session = self._fresh()
        """What is shown; another one after going back."""

    def _fresh(self) -> Session:
        return fresh(self.recording.as_it_was, self._clock, has_names=self._has_names)

    # Going -----------------------------------------------------------------------------------

    def aim(self, goal: Goal) -> None:
        """Set out for an instant; what was under way before is given up.

        Of the sessions there are, the one that is nearest before it goes on; where all have passed
        it, a new one sets out from the beginning.
        """
        self.is_playing = False
        at_us = min(max(goal.at_us, 0), max(self.recording.end_us, 0))
        self.goal = goal = Goal(at_us, goal.lines)
        known = (self.session, self._coming, *self._parked)
        before = [each for each in known if each is not None and _lies_ahead(each, goal)]
        nearest = max(before, key=lambda each: (each.now_us, each.fact_count), default=None)
        if nearest is not None and nearest is self._coming:
            return
        if nearest in self._parked:
            self._parked.remove(nearest)
        self._drop_coming()
        if nearest is not self.session:
            self._coming = nearest or self._fresh()

    def travel(self, budget_us: int) -> bool:
        """Go on towards the goal.

        Args:
            budget_us: How long the call may take.

        Returns:
            Whether it is there; True also where there is no goal.
        """
        if self.goal is None:
            return True
        if not travel(self._coming or self.session, self.goal, budget_us, self._clock):
            return False
        if self._coming is not None:
            before, self.session, self._coming = self.session, self._coming, None
            self._park(before)
        self.halt()
        return True

    def halt(self) -> None:
        """Stay where it is, whatever was under way."""
        self.goal, self.is_playing = None, False
        self._drop_coming()

    def _drop_coming(self) -> None:
        if self._coming is not None:
            self._park(self._coming)
            self._coming = None

    def _park(self, session: Session) -> None:
        self._parked.insert(0, session)
        self._left += self._parked[_PARKED_MAX:]
        del self._parked[_PARKED_MAX:]

    def tidy(self) -> None:
        """Give back the memory of what is of no use any more; takes some milliseconds."""
        if self._left:
            self._left.pop().let_go()

    def let_go(self) -> bool:
        """Give memory back, a session at a time; nothing of it may be shown after that.

        Returns:
            Whether there was some; it may be called again.
        """
        self.halt()
        self._left += self._parked if self._is_gone else [*self._parked, self.session]
        self._parked, self._is_gone = [], True
        was_some = bool(self._left)
        self.tidy()
        return was_some

    @property
    def progress(self) -> Fraction:
        """How much of the way to the goal is done: 0 to 1."""
        if self.goal is None or not self.goal.at_us:
            return _SAME_PACE
        at_us = (self._coming or self.session).now_us
        return min(Fraction(at_us, self.goal.at_us), _SAME_PACE)

    @property
    def heading_us(self) -> int:
        """The instant it is going to, or stands at."""
        return self.session.now_us if self.goal is None else self.goal.at_us

    def advance(self, wall_us: int, budget_us: int | None = None) -> bool:
        """Let it play on for some wall time; whether anything changed."""
        if not self.is_playing:
            return False
        self.session.advance(int(wall_us * self.speed), budget_us)
        if self.session.is_at_end:
            self.is_playing = False
        return True

    def step(self) -> tuple[str, ...]:
        """Stand still, and let exactly one event happen; what the log says of it."""
        self.halt()
        return one_event(self.session)

    def change_speed(self, doublings: int) -> None:
        """Play at two to the `doublings` times the speed, between a quarter and 512."""
        faster = self.speed * Fraction(2) ** doublings
        self.speed = min(max(faster, SPEED_MIN), SPEED_MAX)

    # What can be seen ------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the playback is doing."""
        phase = self.session.phase
        if phase in {Phase.BROKEN, Phase.OVER}:
            return phase
        return Phase.RUNNING if self.is_playing else Phase.PAUSED

    def frame(self, tracked: int | None = None) -> Frame:
        """Everything that moves, at the instant shown; the speed is that of the playback."""
        frame = self.session.frame(tracked)
        return replace(
            frame,
            phase=self.phase,
            speed=self.speed,
            reached=None if frame.reached is None else frame.reached * self.speed,
            flash_us=int(_FLASH_WALL_US * self.speed),
        )


def _lies_ahead(session: Session, goal: Goal) -> bool:
    if goal.lines is None:
        return session.now_us <= goal.at_us
    return session.fact_count <= goal.lines and session.now_us <= goal.at_us


# Branching ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A run that left a recording, with its own future.

    Attributes:
        name: What the original is called.
        original: Leads to the recording's log by itself.
        at_us: Where they part.
    """

    name: str
    original: Scenario
    at_us: int


def branched(recording: Recording, at_us: int, lines: int) -> Scenario:
    """The scenario of a branch: all that was done by hand up to a point, and nothing after it.

    What the scenario does by itself, such as its faults, is part of the future as well.

    Args:
        recording: What is left.
        at_us: The instant at which it is left.
        lines: Of the log, up to there.

    Raises:
        ScenarioError: so many changes do not fit into a scenario.
    """
    scenario = recording.scenario
    resolved = dict(scenario.resolved)
    if "by_hand" in resolved:
        kept = [each for each in resolved["by_hand"] if duration(each["at"]) <= at_us]
        resolved["by_hand"] = kept
    done = [change for change in recording.changes if change.seq <= lines]
    text = scenario_text(replace(scenario, resolved=resolved), done)
    return replace(load(text, is_resolved=True), file=scenario.file)
