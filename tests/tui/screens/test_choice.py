import pytest
from textual.app import App

from sandbox.tui.screens.choice import ChoiceScreen
from sandbox.tui.themes import palette_of


class _Asking(App[None]):
    """Asks as soon as it runs."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.names = names
        self.taken: list[int | None] = []

    def on_mount(self) -> None:
        """Ask."""
        self.push_screen(ChoiceScreen("Which", self.names, palette_of({})), self.taken.append)


@pytest.mark.parametrize(
    ("keys", "taken"),
    [(["enter"], 0), (["down", "enter"], 1), (["escape"], None), (["q"], None)],
)
async def test_a_row_is_taken_or_none(keys: list[str], taken: int | None) -> None:
    """Enter takes the row under the cursor."""
    app = _Asking(["one", "[bold]two"])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        assert app.taken == [taken]


async def test_of_nothing_nothing_is_taken() -> None:
    """An empty list says so."""
    app = _Asking([])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.taken == [None]
