import pytest

from sandbox.tui.desk import Place
from sandbox.tui.screens.pages import PAGES
from tests.tui.stage import stage


@pytest.mark.parametrize("place", [place for place in Place if place is not Place.LIVE])
async def test_a_place_is_there_or_says_that_it_is_not(place: Place) -> None:
    """No key of the line on top is silent."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press(place.key)
        await pilot.pause()
        if place in PAGES:
            assert getattr(app.screen, "PLACE", None) is place
        else:
            assert "not built yet" in app.live.notice.shown_text
