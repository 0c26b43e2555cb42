from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange, live_change, run_retraced
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import MisuseError
from sandbox.scenario.loader import load
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World
from tests.support.kept import SCENARIO, log_of

SPEC = load(SCENARIO).world
PRICES = [None, *(Change("price.amount", cents * 10**7, f"0.0{cents} EUR") for cents in (1, 5))]


def flat(pieces: Iterable[list[Fact]]) -> list[Fact]:
    """A log in one piece."""
    return [fact for facts in pieces for fact in facts]


def by_hand(steps: Sequence[tuple[int, Change | None]]) -> tuple[list[Fact], list[LiveChange]]:
    """Run the scenario, and change a price after so many events, several times."""
    world, facts, changes = World(SPEC), list[Fact](), list[LiveChange]()
    for events, change in steps:
        for _ in range(events):
            if world.peek() is not None:
                facts += world.step()
        facts += world.change("whatsapp", "price.amount", change)
        changes.append(live_change(facts, "price.amount", change))
    return facts + flat(run_virtual(world)), changes


def test_without_changes_it_is_an_ordinary_run() -> None:
    """The same bytes as headless."""
    assert flat(run_retraced(World(SPEC), ())) == log_of()


@given(steps=st.lists(st.tuples(st.integers(0, 300), st.sampled_from(PRICES)), max_size=5))
def test_every_change_comes_in_its_old_place(steps: list[tuple[int, Change | None]]) -> None:
    """Whenever somebody turned a knob, also several times between two events, the log is equal."""
    facts, changes = by_hand(steps)
    assert flat(run_retraced(World(SPEC), changes)) == facts


@pytest.mark.parametrize("choose", [lambda facts: facts[0], lambda facts: facts[-1]])
def test_it_stops_where_it_is_told(choose: Callable[[list[Fact]], Fact]) -> None:
    """A session that was kept in the middle is repeated as far as it came."""
    world = World(SPEC)
    before = [world.step() for _ in range(150)]
    last_seq = before[-1][-1][0]
    again = flat(run_retraced(World(SPEC), (), last_seq))
    assert choose(again) == choose(flat(before))
    assert len(again) == last_seq


def test_a_change_that_does_not_fit_is_no_repetition() -> None:
    """Another world at that place: the driver says so and invents nothing."""
    of = ("whatsapp", "price.amount", None)
    with pytest.raises(MisuseError, match="and was 5"):
        flat(run_retraced(World(SPEC), [LiveChange(5, 10**15, *of)]))
    with pytest.raises(MisuseError, match="out of order"):
        flat(run_retraced(World(SPEC), [LiveChange(1, 0, *of), LiveChange(9, -1, *of)]))
