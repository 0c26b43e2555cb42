"""Names for the columns of a line, and which kinds are whose."""

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.journal.entry import ENGINE_KINDS, RUN_KINDS, WORLD_KINDS, Entry, entry
from tests.support.worlds import mixed, run


def test_an_entry_is_the_fact_with_names() -> None:
    """Nothing is added and nothing is lost."""
    fact = (4, 143_000, 1, 0, 2, "accepted", 3, Detail({"owed_nano": 5}))
    assert entry(fact) == Entry(
        seq=4, at_us=143_000, message=1, level=0, attempt=2, kind="accepted", cause=3,
        detail=Detail({"owed_nano": 5}),
    )  # fmt: skip
    assert tuple(entry(fact)) == fact


def test_a_kind_belongs_to_the_engine_the_world_or_the_run() -> None:
    """What only the world may write is never the engine's, so truth can be taken out."""
    assert not ENGINE_KINDS & WORLD_KINDS
    assert not RUN_KINDS & (ENGINE_KINDS | WORLD_KINDS)
    kinds = {
        value for name, value in vars(outputs).items() if name.isupper() and type(value) is str
    }
    assert kinds == ENGINE_KINDS


def test_every_kind_a_run_writes_is_one_of_them() -> None:
    """No line is of a kind that nobody owns."""
    assert {fact[5] for fact in run(mixed())} <= ENGINE_KINDS | WORLD_KINDS | RUN_KINDS
