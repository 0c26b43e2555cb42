"""A log replayed on a fresh engine: the proof that the engine never reads truth."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Status
from sandbox.journal.entry import WORLD_KINDS
from sandbox.journal.replay import engine_lines, first_difference, replay
from sandbox.simulation.world import World
from tests.laws.generated import MOVES, Move, Player, many, plans
from tests.laws.generated_worlds import worlds
from tests.support.hand import Hand, level, plan
from tests.support.logs import Tampered, complete
from tests.support.worlds import MIXED, mixed, run

TWO = plan(level("sms", wait=30), level("viber", wait=30), deadline=500)


def test_a_log_replays() -> None:
    """What came in, given to a fresh engine, leads to every decision again."""
    assert replay(run(mixed(300)), (MIXED,)) is None


def test_deleting_every_line_of_truth_changes_no_decision() -> None:
    """The engine never reads truth."""
    facts = run(mixed(300))
    known = [fact for fact in facts if fact[5] not in WORLD_KINDS]
    assert len(known) < len(facts)
    assert replay(known, (MIXED,)) is None
    assert first_difference(facts, known) is None


@many(60)
@given(worlds())
def test_every_world_replays(its_world: World) -> None:
    """Under any plan and any providers, also where everything happens at one instant."""
    assert replay(run(its_world), its_world.spec.plans) is None


@many(150)
@given(st.tuples(plans("one"), plans("two")), st.lists(MOVES, max_size=40))
def test_whatever_happened_to_an_engine_replays(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """Sensible or not: answers twice, receipts of nothing, connections lost early."""
    player = Player(its_plans)
    for move in its_moves:
        # Of an acceptance no line says why, so a reason for one cannot be said again.
        says_yes = move.answer in (Status.ACCEPTED, Status.UNKNOWN)
        player.play(move._replace(reason=None) if says_yes else move)
    player.rest()
    assert replay(complete(player.told.facts), its_plans) is None


def _log() -> Tampered:
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_the_first_difference_is_named() -> None:
    """A log that another engine wrote says where it parts, and how."""
    difference = replay(_log().change("wait_over", at=5), (TWO,))
    assert str(difference) == (
        'line 4: the log has wait_over m1.0.1 at 31000005 us {"trigger":"no_receipt"}, '
        'replayed wait_over m1.0.1 at 31000000 us {"trigger":"no_receipt"}'
    )


def test_a_decision_too_many_or_too_few_is_a_difference() -> None:
    """Nothing may be missing from a log, and nothing added to it."""
    dropped = replay(_log().drop("fell_back"), (TWO,))
    assert dropped is not None
    assert dropped.said is not None
    assert dropped.said[5] == "fell_back"
    log = _log()
    added = replay(log.add(6, log.facts[log.nth("fell_back")]), (TWO,))
    assert added is not None
    assert added.logged is not None
    assert added.logged[5] == "fell_back"
    cut = replay(log.facts[:4], (TWO,))
    assert cut is not None
    assert (cut.logged, cut.said and cut.said[5]) == (None, "fell_back")


def test_a_log_that_cannot_have_happened_is_a_difference_and_no_crash() -> None:
    """Time that runs backwards, or a message that was never requested, is told as a difference."""
    assert replay(_log().change("accepted", message=9), (TWO,)) is not None
    assert replay(_log().change("requested", at=10**9), (TWO,)) is not None
    unheard: list[Fact] = _log().change("requested", cascade="unheard of")
    assert replay(unheard, (TWO,)) is not None


def test_where_two_logs_part() -> None:
    """Two runs are compared by what the engine decided."""
    facts = _log().facts
    assert first_difference(facts, facts) is None
    assert first_difference(facts, _log().change("fell_back", trigger="failed")) == 4
    assert first_difference(facts, facts[:-1]) == len(list(engine_lines(facts))) - 1
