"""As fast as possible."""

from sandbox.drivers.virtual import FACTS_PER_PIECE, run_virtual
from sandbox.simulation.world import World
from tests.support.runs import small_run


def test_a_run_goes_on_until_all_is_quiet() -> None:
    """Every message has its outcome, and nothing is left on the agenda."""
    world = World(small_run())
    pieces = list(run_virtual(world))
    facts = [fact for piece in pieces for fact in piece]
    assert len(pieces) > 1
    assert all(len(piece) >= FACTS_PER_PIECE for piece in pieces[:-1])
    assert [fact[0] for fact in facts] == list(range(1, len(facts) + 1))
    assert world.peek() is None
    assert world.open_messages() == []


def test_a_run_ends_where_the_scenario_says() -> None:
    """`until` ends a run although things are pending; `limit` does too."""
    for spec in (small_run(until_us=1_000_000), small_run(limit_us=1_000_000)):
        world = World(spec)
        facts = [fact for piece in run_virtual(world) for fact in piece]
        assert facts
        assert max(fact[1] for fact in facts) <= 1_000_000
        assert world.peek() is not None
