from pathlib import Path

import pytest

from sandbox.tui.app import make_app
from sandbox.tui.screens.export_menu import ExportMenu
from tests.tui.stage import advance, scenario, stage, text_of


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
async def test_e_tells_what_can_be_exported(size: tuple[int, int]) -> None:
    """The card stands over the screen at every size, each export with its key."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 20)
        await pilot.press("e")
        await pilot.pause()
        text = text_of(app)
        assert "this screen" in text
        assert "report, masked" in text
        assert "without numbers, texts and codes" in text


@pytest.mark.parametrize("key", ["escape", "q", "e"])
async def test_the_card_can_be_left_without_writing_anything(key: str) -> None:
    """Nothing is written by accident."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        before = text_of(app)
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ExportMenu)
        await pilot.press(key)
        await pilot.pause()
        assert app.screen_stack[-1] is app.live
        assert text_of(app) == before


@pytest.mark.parametrize(
    ("key", "name"),
    [("s", "codes-live.svg"), ("h", "codes-r1.html"), ("m", "codes-r1-masked.html")],
)
async def test_every_export_has_a_key(key: str, name: str, tmp_path: Path) -> None:
    """Each writes a file, and says which."""
    store = tmp_path / "runs.sqlite"
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path, store=store)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 20)
        await pilot.press("e", key)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen is app.live
        assert name in app.live.notice.shown_text
