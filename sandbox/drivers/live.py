"""In real time, with real providers: write down, then act.

    driver = LiveDriver(world, journal, carrier, clock)
    await driver.run()          # others call driver.hear(...) meanwhile

A turn gathers all that was heard and is due, and what the engine says to it. The journal has the
turn before anything of it is done; so after a crash at any place it is known what may have been
sent, and nothing is sent twice silently. Where the journal fails, nothing is sent any more.

What is heard takes place at the instant at which it came, however long the disk took to write the
turn before: a receipt that came in time is in time.

Each command is carried out by a task of its own, and what comes of it is heard like any other news.
A carrier never raises; one that does all the same has a bug, and then nobody knows whether the
message went out: that is *unknown*, and `troubles` says so.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

from sandbox.cascade.events import RecallAnswered, SubmitAnswered
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.vocabulary import SECOND_US, Act, RecallResult, Status
from sandbox.drivers.retraced import (
    LiveAct,
    LiveDeed,
    LiveHeard,
    LiveRequested,
    LiveSleep,
    LiveSwitch,
    live_change,
    run_retraced,
)
from sandbox.errors import MisuseError
from sandbox.scenario.composing import OwnMessage
from sandbox.simulation.mixed import Heard, MixedWorld
from sandbox.simulation.spec import Change, WorldSpec

FACTS_PER_TURN: Final = 4096
"""After so many lines a turn is written, and the next one begins at once."""

HEARD_PER_TURN: Final = 1024
"""So many pieces of news are taken in by one turn."""

HEARD_MAX: Final = 10_000
"""Of so many that wait, `has_room` asks whoever brings them to hold them back."""

LINGER_US: Final = 300 * SECOND_US
"""How long the last word of an attempt is waited for when nothing else is left to happen."""

TROUBLES_MAX: Final = 100

Fold = Callable[[list[Fact]], None]
"""Something that takes in the log piece by piece; of a live run, what has been written down."""


class Turn(NamedTuple):
    """What is written down at once.

    Attributes:
        facts: The next lines of the log; may be none.
        deeds: What was done and heard in it, in the order of the log.
        commands: What is carried out as soon as all of it is on the disk.
    """

    facts: list[Fact]
    deeds: list[LiveDeed]
    commands: list[Submit | Recall]


class Journal(Protocol):
    """Where turns are written down."""

    async def commit(self, turn: Turn) -> None:
        """Write a turn; when this comes back, it is on the disk.

        Raises:
            StorageError: it is not.
        """
        ...


class Carrier(Protocol):
    """Who speaks with providers. Its answers are about the attempt of the command."""

    async def submit(self, command: Submit) -> SubmitAnswered:
        """Hand a message over; never raises. A missing answer is UNKNOWN."""
        ...

    async def recall(self, command: Recall) -> RecallAnswered:
        """Call a message back; never raises."""
        ...


class LiveClock(Protocol):
    """How late it is; `RunClock` is one."""

    def now_us(self) -> int:
        """Microseconds since the run began; never less than before."""
        ...

    def seconds_until(self, at_us: int) -> float:
        """How much wall time is left until an instant of the run."""
        ...


class _Switch(NamedTuple):
    provider: str
    is_outside: bool


class _Turning(NamedTuple):
    provider: str
    path: str
    change: Change | None


class _Acting(NamedTuple):
    message: int
    act: Act


class _Requesting(NamedTuple):
    own: OwnMessage
    grown: WorldSpec


class _Waking(NamedTuple):
    """The run of a process that died is taken up."""


_Coming = Heard | _Switch | _Turning | _Acting | _Requesting | _Waking


class LiveDriver:
    """Turns one mixed world with the clock. Belongs to one event loop."""

    def __init__(
        self,
        world: MixedWorld,
        journal: Journal,
        carrier: Carrier,
        clock: LiveClock,
        folds: Sequence[Fold] = (),
        *,
        linger_us: int = LINGER_US,
        stays_open: bool = False,
    ) -> None:
        """Prepare a run; nothing moves before `run`.

        Args:
            world: At its beginning, or `rebuilt`; nobody else may turn it.
            journal: Has every turn before anything of it is done.
            carrier: Speaks with the providers outside.
            clock: The run's.
            folds: See the log go by, each line after it was written down.
            linger_us: How long the last word of an attempt is waited for in the end.
            stays_open: `run` does not come back by itself, since something may still be done.
        """
        self.world = world
        self.troubles: list[str] = []
        """Commands whose carrier broke, the first `TROUBLES_MAX`: the attempt, and what kind of
        error it was. Never its text, which may hold anything."""
        self._journal = journal
        self._carrier = carrier
        self._clock = clock
        self._folds = tuple(folds)
        self._linger_us = linger_us
        self._stays_open = stays_open
        self._coming: deque[tuple[int, _Coming]] = deque()
        self._has_news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._is_waking = False
        """The run was taken up, and its world has not moved yet."""
        self._stirred_us = clock.now_us()
        """When something last went out or came in."""

    # From outside ----------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whoever brings news may go on; otherwise they had better come again."""
        return len(self._coming) < HEARD_MAX

    @property
    def in_flight(self) -> int:
        """How many commands are being carried out."""
        return len(self._tasks)

    def hear(self, event: Heard) -> None:
        """Take in what a provider said, at this instant; from any task of the loop."""
        self._come(event)

    def switch(self, provider: str, is_outside: bool) -> None:  # noqa: FBT001 - the state it has afterwards
        """Send later submissions of a provider outside, or have them simulated again.

        Raises:
            MisuseError: there is no such provider.
        """
        self._check(provider)
        self._come(_Switch(provider, is_outside))

    def change(self, provider: str, path: str, change: Change | None) -> None:
        """Change a setting of a simulated provider by hand.

        Raises:
            MisuseError: there is no such provider.
        """
        self._check(provider)
        self._come(_Turning(provider, path, change))

    def act(self, message: int, act: Act) -> None:
        """Do something about a message by hand."""
        self._come(_Acting(message, act))

    def request(self, own: OwnMessage, grown: WorldSpec) -> None:
        """Let a message come that somebody has written.

        Args:
            own: As it was written; its instant is the one at which it comes.
            grown: The world as a file with the message has it; it stands last in the load.
        """
        self._come(_Requesting(own, grown))

    def wake(self) -> None:
        """Take up the run of a process that died; call it before anything else is heard.

        What is heard before `run` begins is heard before the timers that ended meanwhile.
        """
        self._come(_Waking())

    def stop(self) -> None:
        """Let nothing more happen, and nothing more be sent.

        Requests that are out are waited for, and nothing follows from their answers. A command that
        was just being written down is not carried out; like after a crash, nobody knows that later.
        """
        self._is_stopping = True
        self._has_news.set()

    def _check(self, provider: str) -> None:
        if all(provider != known.name for known in self.world.spec.providers):
            raise MisuseError(f"no provider {provider!r}")

    def _come(self, what: _Coming) -> None:
        self._coming.append((self._clock.now_us(), what))
        self._has_news.set()

    # The run ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Turn the world until all is quiet, or somebody stops it.

        All is quiet when nothing is left to happen, nothing is being carried out, and the last word
        of every attempt outside was heard, or has been waited for long enough.

        Raises:
            StorageError: a turn could not be written down; nothing of it was sent.
        """
        try:
            while not self._is_stopping:
                self._has_news.clear()
                turn = self._turn()
                if turn.facts:
                    await self._journal.commit(turn)
                    if not self._is_stopping:
                        self._begin(turn.commands)
                    for fold in self._folds:
                        fold(turn.facts)
                elif not self._coming:
                    if self.is_over and not self._stays_open:
                        return
                    await self._rest()
        finally:
            await self._finish_tasks()

    def _turn(self) -> Turn:
        """Let all happen that came or is due by now."""
        world, coming = self.world, self._coming
        facts: list[Fact] = []
        deeds: list[LiveDeed] = []
        now = self._clock.now_us()
        for _ in range(min(len(coming), HEARD_PER_TURN)):
            came_us, what = coming.popleft()
            # What is heard before a world moves that was asleep comes before its late timers.
            at = world.now if self._is_waking else max(came_us, world.now)
            facts += self._take(what, at, deeds)
        # Timers are looked at when all that came is taken in: what came in time is in time.
        if not coming and len(facts) < FACTS_PER_TURN:
            self._is_waking = False
            until = min(max(now, world.now), world.spec.end_us)
            facts += world.advance(until, FACTS_PER_TURN - len(facts))
        return Turn(facts, deeds, world.take_commands())

    def _take(self, what: _Coming, at: int, deeds: list[LiveDeed]) -> list[Fact]:
        """Let one thing take place, and note it where it led to anything."""
        world = self.world
        match what:
            case _Switch(provider, is_outside):
                facts = world.switch(provider, is_outside, at)
                deeds.append(LiveSwitch(*facts[-1][:2], provider, is_outside))
            case _Turning(provider, path, change):
                facts = world.change(provider, path, change, at)
                deeds.append(live_change(facts, path, change))
            case _Acting(message, act):
                facts = world.act(message, act, at)
                if world.was_heard:
                    deeds.append(LiveAct(*facts[-1][:2], message, act))
            case _Requesting(own, grown):
                facts = world.request(grown, at)
                seq, at = facts[-1][:2]
                deeds.append(LiveRequested(seq, replace(own, at_us=at), grown))
            case _Waking():
                facts = world.sleep(at)
                self._is_waking = True
                deeds.append(LiveSleep(*facts[-1][:2]))
            case _:
                self._stirred_us = max(self._stirred_us, at)
                facts = world.hear(what, at)
                if world.was_heard:
                    deeds.append(LiveHeard(*facts[-1][:2], what))
        return facts

    @property
    def is_over(self) -> bool:
        """All is quiet, as `run` means it."""
        due = self.world.peek()
        if self._tasks or (due is not None and due <= self.world.spec.end_us):
            return False
        lingers_until = self._stirred_us + self._linger_us
        return not self.world.awaited or self._clock.now_us() >= lingers_until

    async def _rest(self) -> None:
        """Wait for news, or for the next thing that is due."""
        due = self.world.peek()
        left_s: float | None = None
        if due is not None and due <= self.world.spec.end_us:
            left_s = self._clock.seconds_until(due)
        elif not self._tasks and not self._stays_open:
            left_s = self._clock.seconds_until(self._stirred_us + self._linger_us)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_news.wait(), left_s)

    # Carrying out ----------------------------------------------------------------------------

    def _begin(self, commands: Sequence[Submit | Recall]) -> None:
        """Carry out commands; all of them are on the disk."""
        for command in commands:
            task = asyncio.create_task(self._carry_out(command))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._stirred_us = self._clock.now_us()

    async def _carry_out(self, command: Submit | Recall) -> None:
        """Carry out one command, and hear what comes of it, whatever that is."""
        where = (command.message, command.level, command.attempt)
        heard: SubmitAnswered | RecallAnswered
        if isinstance(command, Submit):
            heard = SubmitAnswered(*where, Status.UNKNOWN)
        else:
            heard = RecallAnswered(*where, RecallResult.TOO_LATE)
        try:
            if isinstance(command, Submit):
                answer: SubmitAnswered | RecallAnswered = await self._carrier.submit(command)
            else:
                answer = await self._carrier.recall(command)
            if (answer.message, answer.level, answer.attempt) == where:
                heard = answer
            else:
                self._note_trouble(where, "the answer is about another attempt")
        except BaseException as error:
            # Whatever it is, nobody knows what was sent; only what stops the program goes on.
            self._note_trouble(where, type(error).__name__)
            if not isinstance(error, Exception):
                raise
        finally:
            self.hear(heard)

    def _note_trouble(self, where: tuple[int, int, int], what: str) -> None:
        if len(self.troubles) < TROUBLES_MAX:
            self.troubles.append(f"m{'.'.join(map(str, where))}: {what}")

    async def _finish_tasks(self) -> None:
        """Wait for what is out; where the run itself is cancelled, that is cancelled as well."""
        try:
            while self._tasks:
                await asyncio.wait(self._tasks)
        except asyncio.CancelledError:
            for task in self._tasks:
                task.cancel()
            raise


def rebuilt(
    world: MixedWorld, deeds: Sequence[LiveDeed], last_seq: int, folds: Sequence[Fold] = ()
) -> None:
    """Bring a world to where a process left it that died.

    What it had sent is not sent again: commands of that time are dropped.

    Args:
        world: At its beginning.
        deeds: All that were stored, in order.
        last_seq: The last line that was stored.
        folds: See the log go by.

    Raises:
        MisuseError: the deeds do not fit the world: the file is damaged, or of another program.
    """
    for facts in run_retraced(world, deeds, last_seq):
        for fold in folds:
            fold(facts)
    world.take_commands()
