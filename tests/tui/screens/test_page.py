from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from textual.app import ComposeResult

from sandbox.tui.actions import EVERYWHERE, Action, bindings
from sandbox.tui.desk import Place
from sandbox.tui.screens import pages
from sandbox.tui.screens.page import Page
from sandbox.tui.widgets.bars import Bar
from tests.tui.stage import stage, text_of

ACTIONS = (Action("greet", "g", "g", "Greet", "Say hello"), *EVERYWHERE)


class Plain(Page):
    """A page with one line for a body."""

    PLACE = Place.CONFIG
    ACTIONS = ACTIONS
    BINDINGS = bindings("config", ACTIONS, {"u": "undo"})
    drawn = 0

    def body(self) -> ComposeResult:
        """One line."""
        yield Bar("middle")

    def draw(self) -> None:
        """Count how often."""
        self.drawn += 1

    @property
    def hint(self) -> str:
        """What to do here."""
        return "g says hello"

    def action_greet(self) -> None:
        """Say hello."""
        self.say("hello")


@contextmanager
def _plain_page() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.tui.app.PAGES", {**pages.PAGES, Place.CONFIG: Plain})
        yield


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
async def test_a_place_is_one_key_away_and_back(size: tuple[int, int]) -> None:
    """The line on top says where one is; the run waits meanwhile."""
    with _plain_page():
        app = stage()
        async with app.run_test(size=size) as pilot:
            await pilot.press("5")
            await pilot.pause()
            assert "[5 Config]" in text_of(app)
            assert "g says hello" in text_of(app)
            await pilot.press("1")
            await pilot.pause()
            assert app.screen is app.live


async def test_a_page_answers_its_keys_and_those_it_does_not_have_yet() -> None:
    """What is said stands in the line of talk."""
    with _plain_page():
        app = stage()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("5", "g")
            await pilot.pause()
            assert "hello" in text_of(app).splitlines()[-2]
            await pilot.press("u")
            await pilot.pause()
            assert "not built yet: undo" in text_of(app)


async def test_help_is_about_the_place_one_is_at() -> None:
    """The keys of the page, not those of the live screen."""
    with _plain_page():
        app = stage()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("5", "question_mark")
            await pilot.pause()
            assert "Say hello" in text_of(app)
            assert "Let exactly one event happen" not in text_of(app)


@pytest.mark.parametrize("size", [(59, 20), (80, 15), (20, 5)])
async def test_a_terminal_that_is_too_small_is_told_so(size: tuple[int, int]) -> None:
    """Nothing else is shown; with more room the page is back, and the same panel has the keys."""
    app = stage()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        focused = app.focused
        await pilot.resize_terminal(*size)
        await pilot.pause()
        words = " ".join(text_of(app).split())
        assert words == f"{size[0]}x{size[1]} is too small: 60x16 is the least"
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert "[2 Scenarios]" in text_of(app)
        assert app.focused is focused is not None
