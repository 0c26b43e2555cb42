"""The laws of the machine, over arbitrary plans and arbitrary events in the order of time."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.cascade import NEVER
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import OrphanReceived, WokeUp
from sandbox.cascade.outputs import Fact, Submit
from sandbox.cascade.plan import Plan
from tests.laws.generated import MOVES, Move, Player, many, plans
from tests.laws.lawbook import Lawbook, commands_match

PLANS = st.tuples(plans("one"), plans("two"))
SEVERAL = st.lists(MOVES, min_size=12, max_size=40)


@many(200)
@given(PLANS, SEVERAL)
def test_every_line_follows_from_the_rules(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """S1–S26: whatever happens, each line of the log is the one the rules ask for, in time."""
    player, book = Player(its_plans), Lawbook(its_plans)
    for move in its_moves:
        book.read(player.play(move))
        assert player.engine.open_messages() == book.open
    told_by_now = len(player.told.facts)
    player.rest()
    book.read(player.told.facts[told_by_now:])
    book.end()
    commands_match(player.told.facts, player.told.submits, its_plans)


@many(50)
@given(PLANS, SEVERAL)
def test_every_message_ends_and_leaves_nothing_behind(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """Invariants: when quiet, every message has one outcome and no timer or heap entry remains."""
    player = Player(its_plans)
    for move in its_moves:
        player.play(move)
    player.rest()
    engine = player.engine
    assert (engine.open_messages(), engine.wake_at, engine.wakes) == ([], NEVER, [])
    assert all(engine.forget(message) for message in range(1, player.requested + 1))


@many(50)
@given(PLANS, SEVERAL)
def test_a_driver_that_oversleeps_breaks_no_law_but_punctuality(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """S18: woken late, the machine still sends nothing after the deadline and ends all messages."""
    player, book = Player(its_plans, punctual=False), Lawbook(its_plans, punctual=False)
    for move in its_moves:
        player.play(move)
    player.rest()
    book.read(player.told.facts)
    book.end()


@many(50)
@given(PLANS, SEVERAL)
def test_the_same_events_say_the_same(its_plans: tuple[Plan, ...], its_moves: list[Move]) -> None:
    """Rule 3: the engine is a function of what it is told; a fresh one says every line again."""
    player = Player(its_plans)
    for move in its_moves:
        player.play(move)
    player.rest()
    again = Engine(its_plans, count(1).__next__)
    said = [output for event, now in player.told.events for output in again.receive(event, now)]
    assert [output for output in said if not isinstance(output, Submit)] == player.told.facts


def _without_numbers(facts: list[Fact], message: int) -> list[tuple[object, ...]]:
    """The lines of a message without what depends on the others: numbers, and flags once a run."""
    its = [fact for fact in facts if fact[2] == message and fact[5] != "flagged"]
    order = {fact[0]: nth for nth, fact in enumerate(its)}
    return [(*fact[1:6], order.get(fact[6]), fact[7]) for fact in its]


@many(50)
@given(PLANS, SEVERAL)
def test_messages_do_not_disturb_each_other(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """S1: each message fares as if it were alone."""
    player = Player(its_plans)
    for move in its_moves:
        player.play(move)
    player.rest()
    for message in range(1, player.requested + 1):
        alone = Engine(its_plans, count(1).__next__)
        said: list[Fact] = []
        for event, now in player.told.events:
            if isinstance(event, OrphanReceived):
                continue  # it is about no message at all
            concerns_it = (
                alone.wake_at <= now if isinstance(event, WokeUp) else event.message == message
            )
            if concerns_it:
                said += [o for o in alone.receive(event, now) if not isinstance(o, Submit)]
        assert _without_numbers(said, message) == _without_numbers(player.told.facts, message)
