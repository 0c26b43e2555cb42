import pytest

from sandbox.app.knobs import Knob
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.act_menu import ActMenu
from tests.tui.stage import advance, stage, text_of

SIZES = [(60, 16), (80, 24), (160, 45)]


def _outcome(app: SandboxApp, message: int) -> str:
    row = app.session.row(message)
    assert row is not None
    return row.outcome


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_is_cancelled_by_two_keys(size: tuple[int, int]) -> None:
    """The menu says what can be done, and the line of talk what came of it."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 20)
        message = app.session.message_count
        app.live.messages.choose(message)
        await pilot.press("a")
        await pilot.pause()
        assert "next level now" in text_of(app)
        assert f"m{message}" in text_of(app)
        await pilot.press("c")
        await pilot.pause()
        assert app.screen is app.live
        assert f"m{message}: " in app.live.notice.shown_text
        assert [deed.at_us for deed in app.session.deeds] == [app.session.frame().now_us]
        assert _outcome(app, message)


@pytest.mark.parametrize("key", ["escape", "q", "a"])
async def test_the_menu_can_be_left_without_doing_anything(key: str) -> None:
    """Nothing is done by accident."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        await pilot.press("a", key)
        await pilot.pause()
        assert app.screen is app.live
        assert app.session.deeds == []


@pytest.mark.parametrize("key", ["n", "c", "s", "e"])
async def test_every_act_has_a_key(key: str) -> None:
    """Each leads to a line of the log about that message, or says that all about it is over."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        app.live.messages.choose(app.session.message_count)
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, ActMenu)
        await pilot.press(key)
        await pilot.pause()
        assert len(app.session.deeds) == 1


async def test_without_a_message_there_is_nothing_to_act_on() -> None:
    """The key says so."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("a")
        await pilot.pause()
        assert "no message yet" in text_of(app)


async def test_undo_redo_and_reset_are_a_key_each() -> None:
    """What was turned is taken back, turned again, and put as in the scenario."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 5)
        failures = []
        for key in ("u", "U", "right", "u", "U", "0", "0"):
            if key == "right":
                app.session.turn("sms-main", Knob.FAILURE, 5)
                continue
            await pilot.press(key)
            await pilot.pause()
            failures.append((app.session.providers()[0].failure_ppb, app.live.notice.shown_text))
        own = failures[0][0]
        assert [share == own for share, _ in failures] == [True, True, True, False, True, True]
        words = ["nothing to take back", "nothing was taken back", "as before", "turned again",
                 "is as in the scenario", "already"]  # fmt: skip
        assert all(word in said for word, (_, said) in zip(words, failures, strict=True))
