"""Once more as it was: the world as fast as possible, with every live change at its old instant.

A change by hand comes after all that happened before its instant and before all that happened at
it, fault edges apart. Made again at the same instant, it leads to the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.cascade.outputs import Fact
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


def live_change(facts: Sequence[Fact], path: str, change: Change | None) -> LiveChange:
    """What somebody changed, from what `World.change` said: its own line is the last."""
    seq, at_us, _, _, _, _, _, detail = facts[-1]
    return LiveChange(seq, at_us, detail.text("provider"), path, change)


def run_retraced(
    world: World, changes: Sequence[LiveChange], last_seq: int | None = None
) -> Iterator[list[Fact]]:
    """Run a world, in pieces of the log.

    Args:
        world: At its beginning.
        changes: In the order of the log.
        last_seq: Where to stop, a line at which the world once stood still; None: at the end, as
            `run_virtual` has it.

    Raises:
        MisuseError: a change does not fit where it once did: the world is another one.
    """
    seq = 0
    for change in changes:
        while facts := world.advance(change.at_us - 1, FACTS_PER_PIECE):
            seq = facts[-1][0]
            yield facts
        facts = world.change(change.provider, change.path, change.change, change.at_us)
        seq = facts[-1][0]
        if (seq, facts[-1][1]) != (change.seq, change.at_us):
            raise MisuseError(f"a change at {change.at_us} is line {seq}, and was {change.seq}")
        yield facts
    if last_seq is None:
        yield from run_virtual(world)
    else:
        yield from _until(world, seq, last_seq)


def _until(world: World, seq: int, last_seq: int) -> Iterator[list[Fact]]:
    """Let events happen until a line is written, or nothing is left to happen."""
    while seq < last_seq:
        facts = world.advance(world.spec.end_us, min(FACTS_PER_PIECE, last_seq - seq))
        if not facts:
            return
        seq = facts[-1][0]
        yield facts
