"""A session done by hand, told again in each way in which it can be."""

from collections.abc import Sequence

from sandbox.app.what_ifs import as_it_was
from sandbox.drivers.retraced import LiveDeed, run_retraced
from sandbox.drivers.virtual import run_virtual
from sandbox.journal.digest import Digest
from sandbox.scenario.model import Scenario
from sandbox.simulation.world import World


def digests_retold(scenario: Scenario, deeds: Sequence[LiveDeed]) -> list[str]:
    """The deeds done once more, and the world that does them by itself."""
    told = []
    for pieces in (
        run_retraced(World(scenario.world), deeds),
        run_virtual(World(as_it_was(scenario.world, deeds))),
    ):
        digest = Digest()
        for piece in pieces:
            digest.update(piece)
        told.append(digest.text)
    return told
