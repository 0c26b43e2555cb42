"""Drawn worlds in which everything that falls on one instant comes in any order.

The product has one order for one instant (fault edges, requests, answers, truth, receipts, acts,
and wake-ups last), so that a run can be repeated. Nothing may hang on it but what it decides: in
any other order the laws must hold as well, and healed providers must serve everybody. Only the
engine's wake-ups stay last, for that is what a wait means: what comes at its end still counts.

All times are whole seconds, so that a good part of all events has company.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

from sandbox.simulation.spec import WorldSpec
from tests.trust.drawing import SPECIAL_FEATURES
from tests.trust.drawn_worlds import draw_world
from tests.trust.findings import Report
from tests.trust.lots import Lots
from tests.trust.strikes import TalliedWorld
from tests.trust.swarm import broken_laws, remains, run_to_rest, unserved

_DEALT: Final = 1 << 40
"""Places are dealt below; so many bits further down each has its number, so that no two are one."""


class Shuffled(TalliedWorld):
    """A world whose agenda has no order but time."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set the world up; its seed deals the places, too."""
        self._lots = Lots(spec.seed, "ties")
        self._dealt = 0
        super().__init__(spec)
        # What was put on the agenda before comes at any place, too.
        self._agenda.set_places(self._any_place)

    def _any_place(self) -> int:
        self._dealt += 1
        return self._lots.below(_DEALT) * _DEALT + self._dealt


def check_one(number: int, make: Callable[[WorldSpec], TalliedWorld] = Shuffled) -> Report:
    """Draw a world by its number, let it live in any order, heal it, and look for what is wrong."""
    off = frozenset(SPECIAL_FEATURES) if number % 2 else frozenset[str]()
    drawn = draw_world(number, off=off, coarse=True)
    world = make(drawn.spec)
    facts = run_to_rest(world)
    problems = [
        *broken_laws(facts, drawn.spec, drawn.features),
        *remains(world),
        *unserved(world, facts),
    ]
    usual = run_to_rest(TalliedWorld(drawn.spec))
    figures = Counter(lines=len(facts), messages=world.message_count)
    figures["worlds"] = 1
    figures["worlds with another log than in the usual order"] = facts != usual
    return Report(tuple(problems), figures)
