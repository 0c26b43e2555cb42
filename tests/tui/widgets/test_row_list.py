import pytest
from textual.app import App, ComposeResult
from textual.strip import Strip

from sandbox.tui.painting import Pen
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.row_list import RowList, Wanted

PALETTE = palette_of({})


def _draw(wanted: Wanted) -> Strip:
    mark = ">" if wanted.is_chosen else " "
    return Pen(wanted.width).write(f"{mark} row {wanted.row}", PALETTE.text).strip(PALETTE.text)


class _ListApp(App[None]):
    """One list, and what it said."""

    CSS = "RowList { height: 1fr; overflow-x: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self.rows = RowList("rows", _draw, nothing="nothing here")
        self.said: list[tuple[int, bool]] = []

    def compose(self) -> ComposeResult:
        """The list."""
        yield self.rows

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Keep what it says."""
        assert event.control is self.rows
        self.said.append((event.row, event.opens))


def _lines(app: _ListApp) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["down"], 1), (["down", "up"], 0), (["up"], 0), (["j", "j", "k"], 1),
        (["end"], 99), (["G"], 99), (["end", "home"], 0), (["end", "g"], 0), (["pagedown"], 9),
        (["pagedown", "pageup"], 0), (["end", "down"], 99),
    ],
)  # fmt: skip
async def test_keys_move_the_cursor_and_keep_it_in_sight(keys: list[str], row: int) -> None:
    """It stops at the ends."""
    app = _ListApp()
    async with app.run_test(size=(20, 10)) as pilot:
        await pilot.pause()
        app.rows.show(100, PALETTE)
        app.rows.focus()
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.rows.cursor == row
        assert f"> row {row}" in _lines(app)
        assert app.said[-1] == (row, False)


async def test_a_click_chooses_and_a_second_opens() -> None:
    """What a key can do the mouse can do."""
    app = _ListApp()
    async with app.run_test(size=(20, 10)) as pilot:
        app.rows.show(3, PALETTE)
        await pilot.pause()
        await pilot.click(app.rows, offset=(2, 1))
        await pilot.click(app.rows, offset=(2, 2), times=2)
        await pilot.click(app.rows, offset=(2, 7))
        assert app.said[0] == (1, False)
        assert app.said[-1] == (2, True)


async def test_an_empty_list_says_why() -> None:
    """No empty screen greets anybody, and no key does harm."""
    app = _ListApp()
    async with app.run_test(size=(20, 10)) as pilot:
        app.rows.show(0, PALETTE)
        await pilot.press("down", "end")
        await pilot.pause()
        assert _lines(app)[0] == "  nothing here"
        assert app.said == []


async def test_a_list_that_shrinks_keeps_its_cursor_on_a_row() -> None:
    """The cursor never points at nothing."""
    app = _ListApp()
    async with app.run_test(size=(20, 10)):
        app.rows.show(100, PALETTE)
        app.rows.choose(50)
        app.rows.show(3, PALETTE)
        assert app.rows.cursor == 2
