"""At a pace somebody can watch."""

import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.drivers.paced import FACTS_PER_BITE, Pacer
from sandbox.drivers.virtual import run_virtual
from sandbox.simulation.world import World
from tests.support.runs import small_run, steady

SPEC = small_run(load=(steady(20, 30),))


def always() -> bool:
    """A budget without end."""
    return True


def times(answers: int) -> Callable[[], bool]:
    """A budget that is used up after so many bites."""
    left: Iterator[bool] = iter([True] * answers + [False])
    return lambda: next(left)


def virtual() -> list[Fact]:
    """The same run, as fast as possible."""
    return [fact for piece in run_virtual(World(SPEC)) for fact in piece]


@pytest.mark.parametrize("speed", [Fraction(1, 4), Fraction(1), Fraction(60), Fraction(512)])
def test_the_pace_does_not_show_in_the_log(speed: Fraction) -> None:
    """However wall time is cut into looks, the same things happen in the same order."""
    cuts = random.Random(7)
    pacer = Pacer(World(SPEC), speed)
    facts: list[Fact] = []
    while not pacer.is_over:
        facts += pacer.advance(cuts.randrange(0, 3_000_000), may_go_on=always)
    assert facts == virtual()


def test_nothing_moves_without_wall_time() -> None:
    """Paused is paused: no time, no event."""
    pacer = Pacer(World(SPEC))
    pacer.advance(2_000_000, may_go_on=always)
    assert pacer.advance(0, may_go_on=always) == []
    assert pacer.now_us == 2_000_000


def test_a_clock_shows_the_time_between_events_too() -> None:
    """The instant shown is wall time times speed, not the last event's."""
    pacer = Pacer(World(SPEC), Fraction(4))
    pacer.advance(1_234_567, may_go_on=always)
    assert pacer.now_us == 4 * 1_234_567
    assert pacer.world.now <= pacer.now_us


def test_a_pacer_that_cannot_keep_up_says_so() -> None:
    """Out of budget it stops where it is, shows that instant, and is marked as behind."""
    pacer = Pacer(World(SPEC), Fraction(512))
    facts = pacer.advance(10_000_000, may_go_on=times(2))
    assert pacer.is_behind
    assert 3 * FACTS_PER_BITE <= len(facts) < 4 * FACTS_PER_BITE
    assert pacer.now_us == pacer.world.now
    pacer.advance(1, may_go_on=always)
    assert not pacer.is_behind


def test_a_step_is_exactly_one_event() -> None:
    """Stepping through a run gives the same log, one cause at a time."""
    pacer = Pacer(World(SPEC))
    steps = []
    while not pacer.is_over:
        steps.append(pacer.step())
        assert pacer.now_us == pacer.world.now
    assert all(steps)
    assert [fact for step in steps for fact in step] == virtual()
    assert pacer.step() == []


def test_the_scenario_s_end_is_the_end() -> None:
    """With `until` the clock stops there, whatever is pending."""
    pacer = Pacer(World(small_run(load=(steady(20, 30),), until_us=5_000_000)))
    pacer.advance(60_000_000, may_go_on=always)
    assert pacer.is_over
    assert pacer.now_us <= 5_000_000


def test_a_change_in_the_middle_of_an_instant_waits_for_its_end() -> None:
    """What shares the instant happens first, the change a microsecond later, and it is shown."""
    world = World(small_run(load=(steady(20, 30),)))
    pacer = Pacer(world)
    pacer.step()
    at = pacer.now_us
    facts = pacer.change("sms", "receipts.lost", None)
    assert facts[-1][5] == "knob_changed"
    assert pacer.now_us == facts[-1][1] == at + 1
    assert pacer.change("sms", "receipts.lost", None)[-1][1] == at + 1


def test_an_instant_can_be_finished() -> None:
    """All that shares the instant shown happens, and nothing after it."""
    pacer = Pacer(World(SPEC))
    pacer.advance(1_000_000, may_go_on=always)
    assert pacer.finish_instant() == []
    pacer.step()
    at = pacer.now_us
    pacer.finish_instant()
    upcoming = pacer.world.peek()
    assert upcoming is not None
    assert pacer.now_us == at < upcoming
