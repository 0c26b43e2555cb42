"""Keys about single messages: what they say where there is nothing to be done."""

import pytest

from tests.tui.stage import advance, stage


@pytest.mark.parametrize("key", ["a", "K"])
async def test_before_the_first_message_there_is_nothing_to_be_done(key: str) -> None:
    """The line of talk says so."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is app.live
        assert "no message yet" in app.live.notice.shown_text


async def test_a_message_of_long_ago_says_what_became_of_it() -> None:
    """An act on what is over changes nothing, and says that it is over."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 100)
        app.live.messages.choose(1)
        await pilot.press("a", "c")
        await pilot.pause()
        assert "all about m1 is over" in app.live.notice.shown_text
        assert app.session.deeds == []
