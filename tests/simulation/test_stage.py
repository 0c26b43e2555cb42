"""The agenda: one order for everything that may happen at one instant."""

from heapq import heappop

from sandbox.simulation import stage
from sandbox.simulation.agenda import NOTHING
from sandbox.simulation.stage import Stage
from tests.support.hand import level, plan
from tests.support.worlds import provider, world


def test_classes_of_one_instant_stand_in_their_order() -> None:
    """Architecture, rule 5: faults, changes by hand, arrivals, answers, truth, receipts."""
    names = ("FAULT_EDGE", "BY_HAND", "ARRIVAL", "ANSWER", "TRUTH", "RECEIPT")
    ranks = [getattr(stage, name) for name in names]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_first_scheduled_is_first_served() -> None:
    """Architecture, rule 5: inside a class nothing overtakes."""
    its_stage = Stage(world(plan(level()), provider()).spec)
    done: list[object] = []
    for rank, what in ((stage.RECEIPT, "r1"), (stage.ANSWER, "a1"), (stage.RECEIPT, "r2")):
        its_stage._schedule(5, rank, done.append, what)
    its_stage._schedule(4, stage.RECEIPT, done.append, "earlier")
    while its_stage._agenda.head() != NOTHING:
        _, _, handler, what = heappop(its_stage._agenda.near)
        handler(what)
    assert done == ["earlier", "a1", "r1", "r2"]
