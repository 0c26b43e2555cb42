from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app.session import Session
from sandbox.app.settings import FILE, Settings, change_settings, read_settings
from sandbox.scenario.library import OPENING, find
from sandbox.scenario.loader import load
from sandbox.tui.memory import Memory


def dismissed(was: Settings) -> Settings:
    """A change."""
    return replace(was, is_card_dismissed=True)


def test_without_a_file_it_forgets_at_the_end() -> None:
    """Changes count while the app runs, and nothing is told."""
    memory = Memory(None)
    memory.change(dismissed)
    assert memory.settings.is_card_dismissed
    assert memory.trouble() == ""


def test_a_change_is_there_the_next_time(tmp_path: Path) -> None:
    """It is written at once, not at the end: an app may be killed."""
    Memory(tmp_path / FILE).change(dismissed)
    assert Memory(tmp_path / FILE).settings.is_card_dismissed


@pytest.mark.parametrize("content", ["nonsense", "version = 2", "version = 1\nodd = 1"])
def test_trouble_is_told_once_and_the_file_stays(tmp_path: Path, content: str) -> None:
    """The app works as if nothing were remembered, and writes nothing over the file."""
    file = tmp_path / FILE
    file.write_text(content)
    memory = Memory(file)
    assert FILE in memory.trouble()
    memory.change(dismissed)
    assert memory.trouble() == ""
    assert file.read_text() == content


def test_where_nothing_can_be_written_that_is_told_once(tmp_path: Path) -> None:
    """A full disk is no reason to nag."""
    memory = Memory(tmp_path / "file" / FILE)
    assert memory.trouble() == ""
    (tmp_path / "file").write_text("")
    memory.change(dismissed)
    memory.change(lambda was: replace(was, theme="x"))
    assert memory.trouble().count("nothing is remembered") == 1
    assert memory.settings.theme == "x"


def test_a_session_runs_as_fast_as_it_did(tmp_path: Path) -> None:
    """The same scenario again has its speed; another one has its own."""
    file = tmp_path / FILE
    left = Session(load(find(OPENING)))
    left.set_speed(Fraction(64))
    Memory(file).take_leave(left)
    assert read_settings(file).settings.scenario == OPENING
    again, other = Session(load(find(OPENING))), Session(load(find("phones-off")))
    own = other.speed
    Memory(file).restore(again)
    Memory(file).restore(other)
    assert (again.speed, other.speed) == (Fraction(64), own)


def test_a_session_from_a_text_is_not_remembered(tmp_path: Path) -> None:
    """It could not be found again, so the one before stays the last one."""
    file = tmp_path / FILE
    change_settings(file, lambda was: replace(was, scenario=OPENING))
    scenario = replace(load(find("phones-off")), file="")
    Memory(file).take_leave(Session(scenario))
    assert read_settings(file).settings.scenario == OPENING
