import pytest

from sandbox.app.frame import Condition
from sandbox.app.knobs import Outage
from sandbox.tui.screens.outage_menu import OutageMenu
from tests.tui.stage import STORM, advance, stage, text_of

KEYS = {
    "b": Outage.BLACK_HOLE, "r": Outage.REFUSES, "t": Outage.THROTTLES, "n": Outage.SILENT,
    "s": Outage.SLOW,
}  # fmt: skip
SIZES = [(60, 16), (80, 24), (160, 45)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", KEYS)
async def test_a_provider_can_be_out_in_several_ways(key: str, size: tuple[int, int]) -> None:
    """Each is a key, said in words, in the panel and in the log; one more key mends it."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 20)
        await pilot.press("O")
        await pilot.pause()
        assert "How is sms-main out?" in text_of(app)
        await pilot.press(key)
        await pilot.pause()
        provider = app.session.providers()[0]
        assert provider.outage is KEYS[key]
        assert provider.condition is Condition.OUTAGE
        assert "sms-main" in app.live.notice.shown_text
        assert len(app.session.deeds) == 1
        await pilot.press("u")
        assert app.session.providers()[0].outage is None
        await pilot.press("U", "O", "m")
        await pilot.pause()
        assert app.session.providers()[0].outage is None
        assert "is mended" in app.live.notice.shown_text


async def test_a_refusing_provider_sends_everything_to_the_next_at_once() -> None:
    """Unlike a black hole, in which the crowd walks to the wall."""
    app = stage(STORM)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 20)
        await pilot.press("O", "r")
        advance(app, 20)
        assert "what it turns away goes to sms-backup" in app.live.notice.shown_text
        row = app.session.row(app.session.message_count - 20)
        assert row is not None
        assert row.path[0].word == "refused.temporary"


@pytest.mark.parametrize("key", ["escape", "q", "O"])
async def test_the_menu_can_be_left_without_doing_anything(key: str) -> None:
    """Nothing is done by accident."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        await pilot.press("O")
        await pilot.pause()
        assert isinstance(app.screen, OutageMenu)
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(app.screen_stack[-1], OutageMenu)
        assert app.session.deeds == []


async def test_when_the_run_is_over_nothing_can_break() -> None:
    """The key says so."""
    app = stage(load__0__for="5s")
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 3600)
        await pilot.press("O")
        assert "the run is over" in app.live.notice.shown_text
