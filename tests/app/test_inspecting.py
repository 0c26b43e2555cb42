from sandbox.app.inspecting import material_of, money_of
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.app.why import explain
from sandbox.cascade.vocabulary import Act
from sandbox.report.definitions import Side
from sandbox.report.ledger import COST
from tests.tui.stage import CODES, scenario


def session_at(virtual_s: int) -> Session:
    """A session at an instant, with something done by hand."""
    session = Session(scenario(CODES))
    session.turn("sms-main", Knob.FAILURE, 30)
    session.advance(int(virtual_s * 1_000_000 / session.speed))
    return session


def test_what_explains_a_message_is_a_copy_that_the_run_does_not_change() -> None:
    """Worked out later, it tells of the message as it was."""
    session = session_at(40)
    message = session.message_count
    material = material_of(session, message)
    assert material is not None
    assert explain(material) == session.why(message)
    facts, changes = material.facts, material.changes
    session.act(message, Act.CANCEL)
    session.advance(30_000_000)
    assert (material.facts, material.changes) == (facts, changes)
    assert len(session.facts(message)) > len(facts)


def test_the_entries_add_up_to_what_the_list_says() -> None:
    """Of every message: the known cost, and the true one."""
    session = session_at(400)
    for message in range(1, 200):
        book, row, story = (
            money_of(session, message), session.row(message), session.story(message),
        )  # fmt: skip
        assert book is not None
        assert row is not None
        assert story is not None
        assert book.sum_of(Side.KNOWN, *COST) == row.ledger_nano
        assert book.sum_of(Side.TRUTH, *COST) == story.account.bill_nano


def test_of_a_message_that_never_was_there_is_nothing() -> None:
    """As of one whose lines were let go."""
    session = session_at(1)
    assert material_of(session, 99_999) is None
    assert money_of(session, 99_999) is None
