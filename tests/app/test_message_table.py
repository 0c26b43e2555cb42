from typing import Final

from sandbox.app.message_table import MessageTable
from sandbox.app.session import Session
from sandbox.report.account import Surprise
from sandbox.report.columns import Columns
from tests.app.test_sieve import LATE, run_to
from tests.support.hand import level, plan
from tests.support.logs import Tampered
from tests.support.vendor import Played
from tests.support.worlds import provider, world
from tests.tui.stage import CODES

LOST: Final = CODES.replace("receipts: {delay: {fixed: 400ms}, lost: 2%}", "receipts: {lost: 50%}")


def test_a_row_from_the_columns_is_the_row_from_the_log_without_its_reasons() -> None:
    """Number, state, time, cost, copies, channel and what receipts said are the same."""
    session: Session = LATE[0]
    surprises = set()
    for message in range(1, session.table.count + 1):
        full, told = session.row(message), session.table.row(message)
        assert full is not None
        assert told is not None
        assert (told.message, told.name, told.phone) == (message, full.name, full.phone)
        assert (told.outcome, told.took_us, told.copies) == (
            full.outcome,
            full.took_us,
            full.copies,
        )
        assert told.ledger_nano == full.ledger_nano
        assert [hop.name for hop in told.path] == [hop.name for hop in full.path]
        assert (told.surprise is Surprise.TWICE) == (full.surprise is Surprise.TWICE)
        surprises.add(full.surprise)
        for known, whole in zip(told.path, full.path, strict=True):
            if whole.word == "delivered":
                assert known.word == "delivered"
    assert Surprise.TWICE in surprises


def test_a_person_who_has_it_though_nobody_knows_is_told_from_the_columns_too() -> None:
    """A receipt that was lost on the last level."""
    session, _ = run_to(900, LOST)
    pairs = [(session.row(m), session.table.row(m)) for m in range(1, session.table.count + 1)]
    told = [short.surprise for full, short in pairs if full and short and full.outcome]
    assert Surprise.NOTHING in told
    for full, short in pairs:
        assert full is not None
        assert short is not None
        if short.surprise is Surprise.ARRIVED:
            assert full.surprise is Surprise.ARRIVED


def test_a_message_that_a_real_provider_had_is_not_called_missing() -> None:
    """Delivered as far as anybody knows; a simulated one without a copy is a surprise."""
    spec = world(plan(level()), provider()).spec
    for value, surprise in (("real", Surprise.NOTHING), ("simulated", Surprise.MISSING)):
        facts = Tampered(Played(spec, {"sms"}).until().facts).change("knob_changed", value=value)
        columns = Columns(spec.plans, ["sms"])
        columns.fold(facts)
        names = (lambda _: "", lambda _: "")
        row = MessageTable(columns, spec.plans, {"sms": "sms"}, names, lambda: 0).row(1)
        assert row is not None
        assert row.surprise is surprise


def test_a_message_that_never_was_has_no_row() -> None:
    """Neither before the first nor after the last."""
    table = LATE[0].table
    assert table.row(0) is None
    assert table.row(table.count + 1) is None
