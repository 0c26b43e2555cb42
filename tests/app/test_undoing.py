from sandbox.app.knobs import Knob, Knobs
from sandbox.app.undoing import Turn, Undoing
from tests.support.runs import small_run

BASE = Knobs(small_run().providers[0].settings)
MORE = BASE.turned(Knob.FAILURE, 5)
OUT = MORE.turned(Knob.OUTAGE, 1)


def test_the_latest_turn_is_taken_back_first() -> None:
    """Like everywhere else."""
    undoing = Undoing()
    first, second = Turn("sms", BASE, MORE), Turn("sms", MORE, OUT)
    undoing.note(first)
    undoing.note(second)
    assert [undoing.undo(), undoing.undo(), undoing.undo()] == [second, first, None]
    assert [undoing.redo(), undoing.redo(), undoing.redo()] == [first, second, None]


def test_a_new_turn_forgets_what_was_taken_back() -> None:
    """There is one past, and no branches of it."""
    undoing = Undoing()
    undoing.note(Turn("sms", BASE, MORE))
    undoing.undo()
    undoing.note(Turn("sms", BASE, OUT))
    assert undoing.redo() is None


def test_a_turn_that_changes_nothing_is_not_taken_back() -> None:
    """A knob at its end is no step of its own."""
    undoing = Undoing()
    undoing.note(Turn("sms", BASE, BASE))
    assert undoing.undo() is None
