"""A person decides what an attempt comes to, by keys and by the mouse."""

import pytest

from sandbox.app.frame import Phase
from sandbox.drivers.retraced import LiveForced
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.force_menu import ForceMenu
from tests.tui.stage import advance, check_picture, stage, text_of

SIZES = [(60, 16), (80, 24), (160, 45)]


def forced_words(app: SandboxApp) -> list[str]:
    """What was decided, as it stands in the log."""
    return [deed.hand.text for deed in app.session.deeds if isinstance(deed, LiveForced)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_attempt_in_flight_is_made_to_fail(size: tuple[int, int]) -> None:
    """The card says what is in flight; the message falls to the next level by itself."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 20)
        message = app.session.message_count
        app.live.messages.choose(message)
        await pilot.press("K")
        await pilot.pause()
        text = text_of(app)
        assert f"m{message}: what shall it come to?" in text
        assert "nobody answers, and" in text
        assert "in flight" in text or "under way" in text
        if size[0] <= 80:  # on larger ones the card is the same
            check_picture(f"force-{size[0]}x{size[1]}", text)
        await pilot.press("b")
        await pilot.pause()
        assert app.screen is app.live
        assert f"m{message}: ! forced: failed" in app.live.notice.shown_text
        advance(app, 40)
        row = app.session.row(message)
        assert row is not None
        assert (row.path[0].channel, row.path[0].word) == ("sms", "failed")


async def test_the_act_menu_leads_there_by_key_and_by_click() -> None:
    """It is its last line."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        app.live.messages.choose(app.session.message_count)
        await pilot.press("a", "f")
        await pilot.pause()
        assert "what shall it come to?" in text_of(app)
        await pilot.press("escape", "a")
        await pilot.click("#acts", offset=(8, 5))
        await pilot.pause()
        assert "what shall it come to?" in text_of(app)
        await pilot.click("#decisions", offset=(8, 1))
        await pilot.pause()
        assert "whatsapp · nothing in flight here" in text_of(app)
        await pilot.click("#decisions", offset=(8, 3))
        await pilot.pause()
        assert "meant for its next attempt there" in app.live.notice.shown_text
        assert forced_words(app) == ["{delivery: failed, receipt: {copies: 0}}"]


async def test_a_click_on_an_act_does_it() -> None:
    """The mouse can do what the keys can."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        app.live.messages.choose(app.session.message_count)
        await pilot.press("a")
        await pilot.click("#acts", offset=(8, 2))
        await pilot.pause()
        row = app.session.row(app.session.message_count)
        assert row is not None
        assert row.outcome == "cancelled"


async def test_a_decision_is_taken_back_and_made_again() -> None:
    """By the keys that take back everything else."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        app.live.messages.choose(app.session.message_count)
        await pilot.press("K", "down", "enter", "u")
        await pilot.pause()
        assert "at level 0 as before" in app.live.notice.shown_text
        await pilot.press("U")
        await pilot.pause()
        assert "turned again" in app.live.notice.shown_text
        assert forced_words(app)[1:] == ["none", "{delivery: failed, receipt: {copies: 0}}"]
        advance(app, 40)
        await pilot.press("u")
        await pilot.pause()
        assert "that has happened meanwhile" in app.live.notice.shown_text


@pytest.mark.parametrize("key", ["escape", "q", "K"])
async def test_it_can_be_left_to_luck(key: str) -> None:
    """Nothing is decided by accident; up and down only look."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        app.live.messages.choose(app.session.message_count)
        await pilot.press("K", "up", "down", "left", "right", key)
        await pilot.pause()
        assert app.screen is app.live
        assert app.session.deeds == []


async def test_about_what_is_over_it_says_why_nothing_can_be_decided() -> None:
    """No message yet, all about it has happened, and the run is over."""
    app = stage(load__0__for="20s")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("K")
        assert "no message yet" in app.live.notice.shown_text
        advance(app, 19)
        app.live.messages.choose(1)
        await pilot.press("K")
        await pilot.pause()
        assert "m1: nothing is left to be decided" in app.live.notice.shown_text
        while app.session.phase is Phase.RUNNING:
            advance(app, 60)
        await pilot.press("K")
        await pilot.pause()
        assert "the run is over" in app.live.notice.shown_text


async def test_at_a_level_that_was_left_the_card_says_so_and_decides_nothing() -> None:
    """The other level can still be decided."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        message = app.session.message_count
        app.session.force(message, 0, "failed")
        while not app.session.choices(message)[0].why_not:
            advance(app, 0.2)
        app.live.messages.choose(message)
        await pilot.press("K")
        await pilot.pause()
        assert "whatsapp · " in text_of(app)
        await pilot.press("left")
        await pilot.pause()
        assert "sms · the message has left this level" in text_of(app)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, ForceMenu)
        assert len(app.session.deeds) == 1
