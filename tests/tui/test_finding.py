from pathlib import Path

from sandbox.app.session import Session
from sandbox.tui.actions import Action
from sandbox.tui.desk import Place
from sandbox.tui.finding import (
    action_entries,
    message_finder,
    place_entries,
    run_entries,
    scenario_entries,
    theme_entries,
)
from tests.tui.stage import scenario


def test_an_action_is_offered_once_with_its_key() -> None:
    """Places and the palette itself are left out, and halves of a pair that have no words."""
    done: list[str] = []
    actions = (
        Action("pause", "space", "space", "Pause", "Stop the clock"),
        Action("choose(-1)", "up", "↑", "", ""),
        Action("slower", "minus", "-", "", ""),
        Action("app.go('live')", "1", "12345", "Places", "All"),
        Action("app.palette", "colon", ":", "Find", "Find"),
    )
    entries = action_entries(actions, done.append)
    assert [(entry.text, entry.key) for entry in entries] == [
        ("Pause: Stop the clock", "space"), ("slower", "-")]  # fmt: skip
    entries[1].do()
    assert done == ["slower"]


def test_places_and_themes_are_offered() -> None:
    """Each does its own; a theme can be looked at."""
    went: list[object] = []
    for entry in place_entries(went.append):
        entry.do()
    themes = theme_entries(["dark", "light"], went.append)
    themes[1].do()
    assert went == [*Place, "light"]
    assert [entry.theme for entry in themes] == ["dark", "light"]


def test_a_message_is_found_by_its_number_alone() -> None:
    """`m3`, `3`, `#3`; none that is not there, and no words."""
    session = Session(scenario())
    session.advance(5_000_000)
    shown: list[int] = []
    find = message_finder(session, shown.append)
    for query in ("m3", "3", " m3 ", "#3"):
        (entry,) = find(query)
        assert entry.text.startswith("m3  +49")
        entry.do()
    assert shown == [3, 3, 3, 3]
    for query in ("", "m", "m0", "m999999", "m3x", "9" * 40, "٣"):
        assert find(query) == []


def test_scenarios_come_from_the_folder_first(tmp_path: Path) -> None:
    """No file is read for it."""
    (tmp_path / "mine.yaml").write_text("not: one")
    shown: list[str] = []
    entries = scenario_entries(tmp_path, shown.append)
    assert entries[0].text == "mine.yaml"
    assert "two-factor-codes" in {entry.text for entry in entries}
    entries[0].do()
    assert shown == [str(tmp_path / "mine.yaml")]


def test_without_a_store_no_run_is_offered(tmp_path: Path) -> None:
    """Neither is one from a file that is no store; nothing is raised."""
    assert run_entries(tmp_path / "none.sqlite", lambda _: None) == []
    (tmp_path / "bad.sqlite").write_text("no store")
    assert run_entries(tmp_path / "bad.sqlite", lambda _: None) == []
