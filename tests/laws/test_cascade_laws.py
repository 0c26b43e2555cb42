"""The laws of the machine, over arbitrary plans and arbitrary events in the order of time."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import OrphanReceived, WokeUp
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import NEVER, Act
from tests.laws.generated import (
    CODE_MOVES,
    MOVES,
    Move,
    Player,
    code_engines,
    engines,
    many,
    plans,
)
from tests.laws.lawbook import Lawbook, check, commands_match
from tests.support.hand import Hand, level, plan, us

PLANS = st.tuples(plans("one"), plans("two"))
ENGINES = engines()
SEVERAL = st.lists(MOVES, min_size=12, max_size=40)


@many(200)
@given(ENGINES, SEVERAL)
def test_every_line_follows_from_the_rules(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    """S1–S35: whatever happens, each line of the log is the one the rules ask for, in time."""
    _keeps_the_laws(its, its_moves)


@many(200)
@given(code_engines(), st.lists(CODE_MOVES, min_size=12, max_size=40))
def test_every_line_about_codes_follows_from_the_rules(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    """S33–S35: also where copies arrive on several levels, and people act on most of them."""
    _keeps_the_laws(its, its_moves)


def _keeps_the_laws(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    player, book = Player(*its), Lawbook(*its)
    for move in its_moves:
        book.read(player.play(move))
        assert player.engine.open_messages() == book.open
    told_by_now = len(player.told.facts)
    player.rest()
    book.read(player.told.facts[told_by_now:])
    book.end()
    commands_match(book, player.told.commands)


@many(50)
@given(ENGINES, SEVERAL)
def test_every_message_ends_and_leaves_nothing_behind(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    """Invariants: when quiet, every message has one outcome and no timer or heap entry remains."""
    player = Player(*its)
    for move in its_moves:
        player.play(move)
    player.rest()
    engine = player.engine
    assert (engine.open_messages(), engine.wake_at, engine.wakes) == ([], NEVER, [])
    assert all(engine.forget(message) for message in range(1, player.requested + 1))


@many(50)
@given(ENGINES, SEVERAL)
def test_a_driver_that_oversleeps_breaks_no_law_but_punctuality(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    """S18: woken late, the machine still sends nothing after the deadline and ends all messages."""
    player, book = Player(*its, punctual=False), Lawbook(*its, punctual=False)
    for move in its_moves:
        player.play(move)
    player.rest()
    book.read(player.told.facts)
    book.end()


@many(50)
@given(ENGINES, SEVERAL)
def test_the_same_events_say_the_same(
    its: tuple[tuple[Plan, ...], dict[str, Breaker]], its_moves: list[Move]
) -> None:
    """Rule 3: the engine is a function of what it is told; a fresh one says every line again."""
    player = Player(*its)
    for move in its_moves:
        player.play(move)
    player.rest()
    again = Engine(its[0], count(1).__next__, its[1])
    said = [output for event, now in player.told.events for output in again.receive(event, now)]
    facts = [output for output in said if not isinstance(output, Submit | Recall)]
    assert facts == player.told.facts


def _without_numbers(facts: list[Fact], message: int) -> list[tuple[object, ...]]:
    """The lines of a message without what depends on the others: numbers, and flags once a run."""
    its = [fact for fact in facts if fact[2] == message and fact[5] != "flagged"]
    order = {fact[0]: nth for nth, fact in enumerate(its)}
    causes = [None if fact[5] == "recalled" else order.get(fact[6]) for fact in its]
    return [(*fact[1:6], cause, fact[7]) for fact, cause in zip(its, causes, strict=True)]


@many(50)
@given(PLANS, SEVERAL)
def test_messages_do_not_disturb_each_other(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """S1: each message fares as if it were alone, where no circuits are shared."""
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
                said += [o for o in alone.receive(event, now) if not isinstance(o, Submit | Recall)]
        assert _without_numbers(said, message) == _without_numbers(player.told.facts, message)


def test_a_level_left_by_a_resend_by_hand_waits_for_nothing_any_more() -> None:
    """S12, S19, S35: all its circuits are open, and the next level is held for quiet hours."""
    quiet = QuietHours(from_us=us(1), to_us=us(1000))
    its_plan = plan(level(wait=30), level("whatsapp", quiet=quiet), deadline=None)
    circuits = {"sms": Breaker(open_after=1, for_us=us(100))}
    hand = Hand(its_plan, breakers=circuits).request()
    hand.accept(1)
    hand.request(2, message=2)
    hand.throttle(3, message=2)
    hand.act(Act.RESEND, 5)
    hand.rest()
    check(hand.facts, (its_plan,), circuits)
    assert hand.path[-2:] == ["1000 1.1 whatsapp", "1000 1.1 whatsapp"]
