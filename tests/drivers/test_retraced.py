from collections.abc import Callable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import (
    LiveChange,
    LiveHeard,
    LiveSleep,
    LiveSwitch,
    live_change,
    run_retraced,
)
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import MisuseError
from sandbox.scenario.loader import load
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import Burst, Change, WorldSpec
from sandbox.simulation.world import World
from tests.support.hand import level, plan, us
from tests.support.kept import SCENARIO, log_of
from tests.support.vendor import Played
from tests.support.worlds import provider
from tests.support.worlds import world as outside_world

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


# Providers outside -------------------------------------------------------------------------------


def spoken() -> Played:
    """A run with a provider outside that is switched, and a process that dies."""
    played = Played(outside_spec(), {"sms"}).until(us(3))
    facts = played.world.switch("whatsapp", is_outside=True, at_us=us(3))
    played.deeds.append(LiveSwitch(*facts[-1][:2], "whatsapp", is_outside=True))
    played.on(facts)
    return played.until(us(10)).after_a_crash(us(17)).until()


def outside_spec() -> WorldSpec:
    """A message now and then, over two channels."""
    loads = [Burst(plan=0, at_us=us(at), count=2) for at in (0, 5, 12, 20)]
    its = plan(level(wait=4), level("whatsapp", wait=4), deadline=30)
    return outside_world(its, provider(), provider("whatsapp"), load=loads).spec


def test_what_was_heard_switched_and_slept_comes_in_its_old_place() -> None:
    """The same bytes, to the end, and up to any line at which the world stood still."""
    played = spoken()
    assert {type(deed) for deed in played.deeds} == {LiveHeard, LiveSwitch, LiveSleep}
    whole = MixedWorld(played.spec, played.outside)
    assert flat(run_retraced(whole, played.deeds)) == played.facts
    assert [*whole.take_commands()] == played.commands
    for nth, deed in enumerate(played.deeds):
        again = MixedWorld(played.spec, played.outside)
        so_far = flat(run_retraced(again, played.deeds[: nth + 1], deed.seq))
        assert so_far == played.facts[: deed.seq]


def test_a_world_without_providers_outside_hears_nothing() -> None:
    """Deeds of a live run do not fit a simulated one, nor one with others outside."""
    played = spoken()
    with pytest.raises(MisuseError, match="nobody is there"):
        flat(run_retraced(World(played.spec), played.deeds))
    with pytest.raises(MisuseError, match="not outside"):
        flat(run_retraced(MixedWorld(played.spec, frozenset()), played.deeds))
