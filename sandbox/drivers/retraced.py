"""Once more as it was: the world as fast as possible, with all that was done at its old instant.

A change by hand comes after all that happened before its instant and before all that happened at
it, fault edges apart. An act on a message comes after all that happened at its instant, wake-ups
apart. Done again at the same instant, both lead to the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.virtual import FACTS_PER_PIECE, run_virtual
from sandbox.errors import MisuseError
from sandbox.simulation.spec import Change
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


LiveDeed = LiveChange | LiveAct
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
    if isinstance(deed, LiveAct):
        return world.act(deed.message, deed.act, deed.at_us)
    return world.change(deed.provider, deed.path, deed.change, deed.at_us)


def _until(world: World, seq: int, last_seq: int) -> Iterator[list[Fact]]:
    """Let events happen until a line is written, or nothing is left to happen."""
    while seq < last_seq:
        facts = world.advance(world.spec.end_us, min(FACTS_PER_PIECE, last_seq - seq))
        if not facts:
            return
        seq = facts[-1][0]
        yield facts
