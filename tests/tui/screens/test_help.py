import pytest
from rich.cells import cell_len

from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.help import LIVE_READING, help_lines
from sandbox.tui.screens.live_actions import LIVE_ACTIONS
from sandbox.tui.themes import palette_of
from tests.tui.stage import advance, stage, text_of


@pytest.mark.parametrize("width", [40, 60, 78, 120])
def test_every_line_has_exactly_its_width(width: int) -> None:
    """The help wraps at any width."""
    assert all(
        cell_len(line.text) == width
        for line in help_lines(LIVE_ACTIONS, LIVE_READING, width, palette_of({}))
    )


def test_every_key_is_in_the_help() -> None:
    """What can be pressed can be read."""
    text = " ".join(
        "\n".join(
            line.text for line in help_lines(LIVE_ACTIONS, LIVE_READING, 120, palette_of({}))
        ).split()
    )
    for action in LIVE_ACTIONS:
        if action.about:
            assert f"{action.shown} {action.about}" in text
        else:  # the words of its counterpart cover it
            assert any(action.shown in other.shown for other in LIVE_ACTIONS if other.about)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
async def test_help_opens_and_closes_and_the_run_stands_still(
    size: tuple[int, int], key: str
) -> None:
    """One key opens the help, several close it, and nobody misses anything meanwhile."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 10)
        await pilot.press("?")
        await pilot.pause()
        assert _name_of(app) == "HelpScreen"
        assert "Reading the picture" in text_of(app)
        before = app.session.digest, app.session.frame()
        app.live.tick()
        assert (app.session.digest, app.session.frame()) == before
        await pilot.press(key)
        await pilot.pause()
        assert _name_of(app) == "LiveScreen"


def _name_of(app: SandboxApp) -> str:
    """Which screen is on top."""
    return type(app.screen).__name__


async def test_a_help_that_does_not_fit_scrolls() -> None:
    """On a low screen the arrow keys get to the end of the help."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("?")
        await pilot.pause()
        assert "Leave; only what was saved is kept" not in text_of(app)
        await pilot.press("end")
        await pilot.pause()
        assert "Leave; only what was saved is kept" in text_of(app)
