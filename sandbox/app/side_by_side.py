"""Two runs at one pace and on one luck, watched side by side.

Both have the same seed, and a draw is keyed by seed, provider and message, never by the level or
the instant. So where both have the same messages, whatever differs comes of the plan alone. The
clocks go together: who is ahead waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sandbox.app.candidates import Candidate, with_candidate
from sandbox.app.differences import Differences
from sandbox.app.frame import Figures, Phase
from sandbox.app.run import with_seed
from sandbox.app.session import Session
from sandbox.cascade.plan import Plan
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import WorldSpec

_HALF: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One of the two plans.

    Attributes:
        name: What it is called: the scenario, and what is changed in it.
    """

    name: str
    scenario: Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two contenders that are the same up to an instant.

    Attributes:
        from_us: That instant: before it there is nothing to compare.
    """

    first: Contender
    second: Contender
    from_us: int


def variants(scenario: Scenario) -> list[Contender]:
    """The same scenario with another of its levels first: what one would try next.

    Only the first cascade is changed. Its levels keep their order apart from the one that moves.
    """
    plan = scenario.world.plans[0]
    made = []
    for first in range(1, len(plan.levels)):
        order = (first, *(level for level in range(len(plan.levels)) if level != first))
        waits = tuple(plan.levels[level].wait_us for level in order)
        changed = with_candidate(scenario, 0, Candidate(order, waits))
        name = f"{scenario.name}, {plan.levels[first].channel} first"
        made.append(Contender(name=name, scenario=changed))
    return made


def path_of(plan: Plan) -> str:
    """The levels of a plan in a line."""
    return " → ".join(str(level.channel) for level in plan.levels)


class SideBySide:
    """Two sessions with their clocks locked."""

    def __init__(
        self, first: Contender, second: Contender, *, clock: Callable[[], float], has_names: bool
    ) -> None:
        """Set both up at instant 0, under the first one's seed.

        Args:
            first: A.
            second: B.
            clock: Seconds of wall time, for budgets.
            has_names: Make up names for people who have none.
        """
        seed = first.scenario.seed
        self.names = (first.name, second.name)
        self.contenders = (first, second)
        self.sessions = (
            Session(first.scenario, clock=clock, has_names=has_names),
            Session(with_seed(second.scenario, seed), clock=clock, has_names=has_names),
        )
        self.sessions[1].set_speed(self.sessions[0].speed)
        self.is_shifted = _loads_differ(*(each.scenario.world for each in self.sessions))
        """The messages do not come at the same instants, so that the load differs as well."""
        channels = _channels([session.scenario for session in self.sessions])
        self.differing = Differences(*self.sessions, channels)
        """Who fares differently, as far as somebody lets it be worked out."""

    def advance(self, wall_us: int, budget_us: int | None = None) -> bool:
        """Let both catch up with some wall time, the one behind first.

        Args:
            wall_us: Wall time since the last call.
            budget_us: How long the call may take; None: as long as it takes.

        Returns:
            Whether anything changed.
        """
        a, b = self.sessions
        half = None if budget_us is None else budget_us // _HALF
        gap_us = a.now_us - b.now_us
        moved = False
        if gap_us < b.speed or b.is_at_end:  # less than a microsecond of wall time is no gap
            moved = a.advance(wall_us, half)
        behind_us = a.now_us - b.now_us if not a.is_at_end else int(wall_us * b.speed)
        if behind_us > 0:
            moved = b.advance(int(Fraction(behind_us) / b.speed), half) or moved
        return moved

    def pause(self) -> None:
        """Stop both clocks, or let them run again."""
        is_paused = not self.is_paused
        for session in self.sessions:
            if session.is_paused is not is_paused:
                session.pause()

    @property
    def is_paused(self) -> bool:
        """Neither clock goes."""
        return all(session.is_paused for session in self.sessions)

    @property
    def is_over(self) -> bool:
        """Nothing is left to happen in either."""
        return all(session.is_at_end for session in self.sessions)

    def change_speed(self, doublings: int) -> None:
        """As `Session.change_speed`, for both."""
        self.sessions[0].change_speed(doublings)
        self.sessions[1].set_speed(self.sessions[0].speed)

    def figures(self) -> tuple[Figures, Figures]:
        """How both are going."""
        return self.sessions[0].figures(), self.sessions[1].figures()

    @property
    def phase(self) -> Phase:
        """What the pair is doing."""
        phases = [session.phase for session in self.sessions]
        if Phase.BROKEN in phases:
            return Phase.BROKEN
        if self.is_over:
            return Phase.OVER
        return Phase.PAUSED if self.is_paused else Phase.RUNNING


def _loads_differ(first: WorldSpec, second: WorldSpec) -> bool:
    return first.load != second.load or first.population != second.population


def _channels(scenarios: Sequence[Scenario]) -> list[str]:
    levels = (level for each in scenarios for plan in each.world.plans for level in plan.levels)
    return list(dict.fromkeys(str(level.channel) for level in levels))
