from pathlib import Path

import pytest

from sandbox import __version__
from sandbox.app.breakdown import Breakdown, report_text, where_of, write_report
from sandbox.app.frame import Phase
from sandbox.app.session import Session
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import StorageError
from sandbox.journal.digest import Digest
from sandbox.scenario.loader import load
from sandbox.simulation.world import World
from tests.tui.stage import CODES, scenario


def broken_session(monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose simulation failed after twenty seconds."""
    session = Session(scenario(CODES))
    session.advance(5_000_000)
    with monkeypatch.context() as patch:
        patch.setattr(World, "advance", lambda *_: 1 / 0)
        session.advance(1_000_000)
    assert session.phase is Phase.BROKEN
    return session


def test_it_is_known_what_happened_where_and_about_which_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The instant, the line and the message are those of the last line of the log."""
    session = broken_session(monkeypatch)
    broken = session.breakdown
    assert broken is not None
    assert broken.what == session.trouble == "ZeroDivisionError: division by zero"
    assert (broken.at_us, broken.line) == (session.now_us, session.fact_count)
    assert broken.message is not None
    assert session.facts(broken.message)[-1][0] == session.fact_count
    assert broken.trace[-1].startswith("test_breakdown.py:")


def test_a_broken_session_is_saved_up_to_where_it_broke(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The scenario leads to the same log, and ends there."""
    session = broken_session(monkeypatch)
    digest = Digest()
    for facts in run_virtual(World(load(session.save(tmp_path)).world)):
        digest.update(facts)
    assert digest.text == session.digest


def test_a_new_run_is_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the error stays."""
    session = broken_session(monkeypatch)
    session.restart()
    assert session.breakdown is None


def test_a_report_tells_where_it_was_and_nothing_about_people() -> None:
    """Every fact that reproduces it; hostile names are shown as they are written."""
    broken = Breakdown(
        what="KeyError: \x1b[2J", at_us=1_500_000, line=38, message=7, trace=("world.py:1 in step",)
    )
    text = report_text(broken, scenario="a\nb", seed=7, digest="sha256:00", deeds=2)
    for words in (
        r"what      KeyError: \x1b[2J", "instant   1.500 s", "message   m7", "line      38",
        r"scenario  a\nb", "seed      7", "by hand   2", "digest    sha256:00", __version__,
        "world.py:1 in step",
    ):  # fmt: skip
        assert words in text
    none = report_text(
        Breakdown(what="x", at_us=0, line=0, message=None),
        scenario="", seed=1, digest="", deeds=0,
    )  # fmt: skip
    assert "message   none" in none


def test_an_error_tells_its_places_and_no_values() -> None:
    """Files, lines and functions."""
    number = "+491713920000"
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int(number + "x")
    where = where_of(caught.value)
    assert number not in " ".join(where)
    assert where[-1].endswith("in test_an_error_tells_its_places_and_no_values")


def test_a_report_is_written_beside_what_is_there(tmp_path: Path) -> None:
    """Never over it; a folder that cannot be written to is said."""
    assert write_report(tmp_path, "one").name == "sandbox-error.txt"
    second = write_report(tmp_path, "two")
    assert second.name == "sandbox-error-2.txt"
    assert second.read_text(encoding="utf-8") == "two"
    with pytest.raises(StorageError, match="cannot write"):
        write_report(tmp_path / "nowhere", "three")
