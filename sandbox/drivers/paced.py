"""At a pace somebody can watch: wall time in, virtual time out.

A `Pacer` owns no clock. Whoever draws the screen tells it how much wall time has gone by, and it
lets the world catch up, no further; between two looks nothing moves. It says honestly when it is
behind, instead of drifting.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act
from sandbox.simulation.spec import Change, HandForce, WorldSpec
from sandbox.simulation.world import World

FACTS_PER_BITE: Final = 256
"""How much is simulated between two looks at the time budget."""


class Pacer:
    """Turns one world at a multiple of wall time."""

    def __init__(self, world: World, speed: Fraction = Fraction(1)) -> None:
        """Start at the world's own instant.

        Args:
            world: What to turn; nobody else may step it meanwhile.
            speed: Virtual seconds per second of wall time.
        """
        self.world = world
        self.speed = speed
        self.now_us = world.now
        """The virtual instant shown: between the last event and the next one."""
        self.is_behind = False
        """The last `advance` ran out of budget before it caught up."""

    @property
    def is_over(self) -> bool:
        """Nothing is left to happen, or the scenario ends here."""
        upcoming = self.world.peek()
        return upcoming is None or upcoming > self.world.spec.end_us

    def advance(self, wall_us: int, *, may_go_on: Callable[[], bool]) -> list[Fact]:
        """Let the world catch up with some wall time.

        Args:
            wall_us: Wall time since the last call, in microseconds.
            may_go_on: Asked now and then; False ends the call early and marks it as behind.

        Returns:
            The lines of the log of everything that happened.
        """
        target_us = min(self.now_us + int(wall_us * self.speed), self.world.spec.end_us)
        facts: list[Fact] = []
        self.is_behind = False
        while True:
            bite = self.world.advance(target_us, FACTS_PER_BITE)
            facts += bite
            if len(bite) < FACTS_PER_BITE:
                self.now_us = max(target_us, self.now_us) if not self.is_over else self.world.now
                return facts
            if not may_go_on():
                self.is_behind = True
                self.now_us = self.world.now
                return facts

    def change(self, provider: str, path: str, change: Change | None) -> list[Fact]:
        """Change a setting by hand at the instant shown.

        Where something has happened at that instant already, the rest of it happens first, and the
        change comes a microsecond later; the instant shown goes with it.

        Returns:
            The lines of the log, that of the change last.
        """
        facts = self.world.change(provider, path, change, self.now_us)
        self.now_us = facts[-1][1]
        return facts

    def act(self, message: int, act: Act) -> list[Fact]:
        """Do something about a message by hand, at the end of the instant shown.

        Returns:
            The lines of the log, those it led to last; none where all about the message is over.
        """
        facts = self.world.act(message, act, self.now_us)
        self.now_us = self.world.now
        return facts

    def force(self, hand: HandForce) -> list[Fact]:
        """Decide what an attempt comes to, at the instant shown or a microsecond later.

        Returns:
            The lines of the log, those it led to last; none of these where nothing is left to be
            decided.
        """
        facts = self.world.force(hand, self.now_us)
        self.now_us = self.world.now
        return facts

    def request(self, grown: WorldSpec) -> list[Fact]:
        """Let a message come that somebody has written, at the instant shown or right after it.

        Returns:
            The lines of the log, those it led to last.
        """
        facts = self.world.request(grown, self.now_us)
        self.now_us = self.world.now
        return facts

    def finish_instant(self) -> list[Fact]:
        """Let the rest of what happens at the instant shown happen; mostly there is none."""
        facts: list[Fact] = []
        while bite := self.world.advance(self.now_us, FACTS_PER_BITE):
            facts += bite
        return facts

    def step(self) -> list[Fact]:
        """Let exactly one event happen, and show its instant."""
        if self.is_over:
            return []
        facts = self.world.step()
        self.now_us = self.world.now
        return facts
