"""New messages of a plan go through another from an instant on."""

import pytest

from sandbox.drivers.virtual import run_virtual
from sandbox.simulation.load import messages_of
from sandbox.simulation.moves import HandMove, plan_at
from sandbox.simulation.spec import Burst, LoadEntry, Single
from tests.support.hand import level, plan, us
from tests.support.worlds import provider, world

PLANS = [plan(level(), name="one"), plan(level("viber"), name="two"), plan(level(), name="three")]
MOVES = (
    HandMove(at_us=us(5), plan=0, becomes=1),
    HandMove(at_us=us(9), plan=0, becomes=2),
)
LOAD: list[LoadEntry] = [
    Single(plan=0, at_us=us(1), name="early"),
    Single(plan=1, at_us=us(7), name="other"),
    *(Burst(plan=0, at_us=us(at), count=1) for at in (5, 8, 9)),
]


@pytest.mark.parametrize(("at_s", "becomes"), [(0, 0), (4.9, 0), (5, 1), (8, 1), (9, 2), (99, 2)])
def test_the_latest_move_holds_from_its_instant_on(at_s: float, becomes: int) -> None:
    """Other plans go through themselves."""
    assert plan_at(MOVES, us(at_s), 0) == becomes
    assert plan_at(MOVES, us(at_s), 1) == 1


def test_messages_come_with_the_plan_they_go_through() -> None:
    """And the log says from when on."""
    its_world = world(PLANS, provider(), provider("viber"), load=LOAD, moved=MOVES)
    assert [arrival.plan for arrival in messages_of(its_world.spec)] == [0, 1, 1, 1, 2]
    facts = [fact for piece in run_virtual(its_world) for fact in piece]
    through = [fact[7].text("cascade") for fact in facts if fact[5] == "requested"]
    assert through == ["one", "two", "two", "two", "three"]
    said = [(fact[1], fact[7].json) for fact in facts if fact[5] == "knob_changed"]
    assert said == [
        (us(5), '{"cascade":"one","value":"two"}'),
        (us(9), '{"cascade":"one","value":"three"}'),
    ]


def test_without_moves_messages_are_as_the_load_has_them() -> None:
    """Nothing stands between."""
    its_world = world(PLANS, provider(), provider("viber"), load=LOAD)
    assert [arrival.plan for arrival in messages_of(its_world.spec)] == [0, 0, 1, 0, 0]
