from sandbox.tui.screens.stored_runs import NOTHING, StoredRuns
from sandbox.tui.themes import palette_of
from tests.tui.screens.test_run_rows import row

PALETTE = palette_of({})


def test_an_empty_list_says_how_a_run_gets_there() -> None:
    """Or why it cannot be read."""
    runs = StoredRuns()
    runs.have([], "")
    runs.draw(PALETTE)
    assert runs.list.nothing == NOTHING
    runs.have([], "the file is locked")
    runs.draw(PALETTE)
    assert runs.list.nothing == "the file is locked"


def test_the_cursor_stays_on_its_run_when_a_newer_one_comes() -> None:
    """But on the newest, it stays on the newest."""
    runs = StoredRuns()
    runs.have([row(3), row(2), row(1)], "")
    runs.draw(PALETTE)
    runs.list.cursor = 1
    runs.have([row(4), row(3), row(2), row(1)], "")
    assert runs.chosen == row(2)
    runs.list.cursor = 0
    runs.have([row(5), row(4), row(3), row(2), row(1)], "")
    assert runs.chosen == row(5)


def test_the_name_of_a_run_is_never_markup() -> None:
    """The frame of the details would take it for that."""
    runs = StoredRuns()
    runs.have([row(1, title="[bold red]x"), row(2, scenario="[b]y")], "")
    runs.draw(PALETTE)
    assert runs.details.border_title == "r1"
    assert "[bold red]x" in "\n".join(runs._lines)
