import pytest

from sandbox.tui.screens.two_timelines import TwoTimelines
from sandbox.tui.telling import told_of
from tests.tui.stage import advance, stage, text_of


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_two_stories_are_shown_under_their_titles(size: tuple[int, int]) -> None:
    """One of them may no longer be kept."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 30)
        told = [told_of(app.session, 1), None]
        app.push_screen(TwoTimelines(told, ["A  [b]one", "B  other"], app.palette()))
        await pilot.pause()
        text = text_of(app)
        assert "A  [b]one" in text
        assert "B  other" in text
        assert "requested through otp" in text
        await pilot.press("tab", "shift+tab", "q")
        await pilot.pause()
        assert app.screen is app.live
