"""One message of a session looked at more closely: what explains it, and what it cost.

What could have been takes a moment to work out, so a screen does it beside the run. What it needs
is copied first (`material_of`); from then on the run may go on.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveDeed
from sandbox.report.ledger import Book, book_of, price_list
from sandbox.scenario.model import Scenario
from sandbox.scenario.places import places_of

if TYPE_CHECKING:
    from sandbox.app.why import Material


class Watched(Protocol):
    """A run whose messages can be looked at: a session."""

    @property
    def scenario(self) -> Scenario:
        """What is run."""
        ...

    @property
    def deeds(self) -> Sequence[LiveDeed]:
        """What was done by hand so far."""
        ...

    def facts(self, message: int) -> Sequence[Fact]:
        """All lines about a message so far; empty when they were let go."""
        ...

    def name_of(self, message: int) -> str:
        """The name the scenario gives a message; "" for none."""
        ...


def material_of(watched: Watched, message: int) -> "Material | None":
    """All that explains a message as it stands; None when its lines were let go."""
    facts = watched.facts(message)
    if not facts:
        return None
    from sandbox.app.why import Material  # noqa: PLC0415 - the first picture needs none of it

    return Material(
        scenario=watched.scenario,
        facts=tuple(facts),
        name=watched.name_of(message),
        places=places_of(watched.scenario),
        changes=tuple(watched.deeds),
    )


def money_of(watched: Watched, message: int) -> Book | None:
    """Every entry of what a message cost so far; None when its lines were let go."""
    world = watched.scenario.world
    return book_of(watched.facts(message), world.plans, price_list(world.providers))
