from dataclasses import replace

from sandbox.app.frame import MessageRow
from sandbox.tui.tracer import Tracer, ended
from tests.tui.widgets.test_message_list import ROW


def test_a_message_that_is_not_there_yet_is_waited_for() -> None:
    """It is pointed out as soon as it is requested, and not before."""
    tracer = Tracer()
    assert tracer.shown(5) is None
    assert "waiting for the next message, m6" in tracer.follow(6, 5)
    assert tracer.shown(5) is None
    assert tracer.shown(6) == tracer.message == 6
    assert "m6 is followed" in tracer.follow(6, 6)


def test_its_end_is_said_once() -> None:
    """Not before it has one, and not again."""
    tracer = Tracer()
    rows: dict[int, MessageRow] = {}
    tracer.follow(2090, 2090)
    assert tracer.look(rows.get) == ""
    rows[2090] = replace(ROW, outcome="")
    assert tracer.look(rows.get) == ""
    rows[2090] = ROW
    assert tracer.look(rows.get) == ended(ROW)
    assert tracer.look(rows.get) == ""
    assert tracer.message == 2090


def test_an_end_tells_outcome_time_and_way() -> None:
    """In a sentence; a way of a single level is not told twice."""
    assert ended(ROW) == ("◆ m2090 is delivered by viber after 77.9 s: sms → whatsapp → viber")
    short = replace(ROW, outcome="expired", path=ROW.path[:1])
    assert ended(short) == "◆ m2090 ends expired after 77.9 s"


def test_a_message_is_let_go() -> None:
    """And says which one it was."""
    tracer = Tracer()
    assert tracer.let_go() == ""
    tracer.follow(7, 9)
    assert tracer.let_go() == "m7 is no longer followed"
    assert tracer.shown(9) is None
