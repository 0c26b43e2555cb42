"""Once more as it was: the world as fast as possible, with all that was done at its old instant.

A change by hand comes after all that happened before its instant and before all that happened at
it, fault edges apart. An act on a message comes after all that happened at its instant, wake-ups
apart. Done again at the same instant, both lead to the same bytes.

So does what was heard from providers outside (see `MixedWorld`): a live run is repeated without
anybody being asked, and a process that goes on with the run of another begins by repeating it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.virtual import FACTS_PER_PIECE, run_virtual
from sandbox.errors import MisuseError
from sandbox.scenario.composing import OwnMessage
from sandbox.simulation.mixed import Heard, MixedWorld
from sandbox.simulation.spec import Change, HandForce, WorldSpec
from sandbox.simulation.world import World


@dataclass(frozen=True, slots=True)
class LiveChange:
    """A change by hand.

    Attributes:
        seq: The number of its own line.
        at_us: Its instant.
        change: The new value; None hands the setting back to the scenario.
    """

    seq: int
    at_us: int
    provider: str
    path: str
    change: Change | None


@dataclass(frozen=True, slots=True)
class LiveAct:
    """Something done about a message by hand.

    Attributes:
        seq: The number of the last line it led to.
        at_us: Its instant.
    """

    seq: int
    at_us: int
    message: int
    act: Act


@dataclass(frozen=True, slots=True)
class LiveForced:
    """What somebody decided by hand that an attempt comes to.

    Attributes:
        seq: The number of the last line it led to.
        hand: The decision, with its instant.
    """

    seq: int
    hand: HandForce

    @property
    def at_us(self) -> int:
        """Its instant."""
        return self.hand.at_us


@dataclass(frozen=True, slots=True)
class LiveRequested:
    """A message that somebody has written.

    Attributes:
        seq: The number of the last line it led to at once.
        own: As it was written, with its instant.
        grown: The world as a file with the message has it; it stands last in the load.
    """

    seq: int
    own: OwnMessage
    grown: WorldSpec

    @property
    def at_us(self) -> int:
        """Its instant."""
        return self.own.at_us


@dataclass(frozen=True, slots=True)
class LiveHeard:
    """What a provider outside said.

    Attributes:
        seq: The number of the last line it led to.
        at_us: Its instant.
    """

    seq: int
    at_us: int
    event: Heard


@dataclass(frozen=True, slots=True)
class LiveSwitch:
    """A provider was sent outside, or is simulated again.

    Attributes:
        seq: The number of its own line.
        at_us: Its instant.
    """

    seq: int
    at_us: int
    provider: str
    is_outside: bool


@dataclass(frozen=True, slots=True)
class LiveSleep:
    """No process ran until this instant.

    Attributes:
        seq: The number of its own line; all before it had been written by the process that died.
        at_us: Its instant.
    """

    seq: int
    at_us: int


OutsideDeed = LiveHeard | LiveSwitch | LiveSleep
"""Only a world with providers outside knows these."""

LiveDeed = LiveChange | LiveAct | LiveForced | LiveRequested | OutsideDeed
"""Something somebody did while a run went on."""


def live_change(facts: Sequence[Fact], path: str, change: Change | None) -> LiveChange:
    """What somebody changed, from what `World.change` said: its own line is the last."""
    seq, at_us, _, _, _, _, _, detail = facts[-1]
    return LiveChange(seq, at_us, detail.text("provider"), path, change)


def run_retraced(
    world: World, deeds: Sequence[LiveDeed], last_seq: int | None = None
) -> Iterator[list[Fact]]:
    """Run a world, in pieces of the log.

    Args:
        world: At its beginning.
        deeds: In the order of the log.
        last_seq: Where to stop, a line at which the world once stood still; None: at the end, as
            `run_virtual` has it.

    Raises:
        MisuseError: something does not fit where it once did: the world is another one.
    """
    seq = 0
    for deed in deeds:
        if isinstance(deed, LiveSleep):  # what was due before it had not happened yet
            for facts in _until(world, seq, deed.seq - 1):
                seq = facts[-1][0]
                yield facts
        else:
            while facts := world.advance(deed.at_us - 1, FACTS_PER_PIECE):
                seq = facts[-1][0]
                yield facts
        facts = _do(world, deed)
        seq = facts[-1][0]
        if (seq, facts[-1][1]) != (deed.seq, deed.at_us):
            raise MisuseError(f"what was done at {deed.at_us} is line {seq}, and was {deed.seq}")
        yield facts
    if last_seq is None:
        yield from run_virtual(world)
    else:
        yield from _until(world, seq, last_seq)


def _do(world: World, deed: LiveDeed) -> list[Fact]:
    match deed:
        case LiveAct():
            return world.act(deed.message, deed.act, deed.at_us)
        case LiveForced():
            return world.force(deed.hand, deed.at_us)
        case LiveRequested():
            return world.request(deed.grown, deed.at_us)
        case LiveChange():
            return world.change(deed.provider, deed.path, deed.change, deed.at_us)
        case LiveHeard() | LiveSwitch() | LiveSleep():
            return _do_outside(world, deed)


def _do_outside(world: World, deed: OutsideDeed) -> list[Fact]:
    if not isinstance(world, MixedWorld):
        raise MisuseError(f"at {deed.at_us} something was heard from outside, and nobody is there")
    match deed:
        case LiveHeard():
            return world.hear(deed.event, deed.at_us)
        case LiveSwitch():
            return world.switch(deed.provider, deed.is_outside, deed.at_us)
        case LiveSleep():
            return world.sleep(deed.at_us)


def _until(world: World, seq: int, last_seq: int) -> Iterator[list[Fact]]:
    """Let events happen until a line is written, or nothing is left to happen."""
    while seq < last_seq:
        facts = world.advance(world.spec.end_us, min(FACTS_PER_PIECE, last_seq - seq))
        if not facts:
            return
        seq = facts[-1][0]
        yield facts
