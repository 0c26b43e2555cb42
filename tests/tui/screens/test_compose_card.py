"""A person writes a message, chooses what it comes to, sends it, and steps through it."""

import pytest
from textual.pilot import Pilot

from sandbox.app.frame import Phase
from sandbox.drivers.retraced import LiveRequested
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.compose_card import TEXT_MAX, ComposeCard
from tests.tui.stage import CODES, advance, check_picture, stage, text_of

TWO = CODES.replace(
    "providers:\n",
    "  news: {content: {text: 'Read all about it.'},\n"
    "         levels: [{channel: viber, via: [viber-main]}]}\n"
    "providers:\n",
    1,
).replace("for: 4m}", "for: 4m, cascade: otp}")


async def opened(app: SandboxApp, pilot: Pilot[int]) -> ComposeCard:
    """The card, some seconds into the run."""
    advance(app, 20)
    await pilot.press("n")
    await pilot.pause()
    assert isinstance(app.screen, ComposeCard)
    return app.screen


def sent(app: SandboxApp) -> list[LiveRequested]:
    """The messages that were sent."""
    return [deed for deed in app.session.deeds if isinstance(deed, LiveRequested)]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
async def test_a_message_is_written_sent_followed_and_stepped_through(
    size: tuple[int, int],
) -> None:
    """The run stops where it was sent; each step is one event."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        assert "A message of your own" in text_of(app)
        await pilot.press(*"Hi")
        await pilot.pause()
        if size[0] <= 80:  # on larger ones the card is the same
            check_picture(f"compose-{size[0]}x{size[1]}", text_of(app))
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is app.live
        message = app.session.message_count
        assert app.session.name_of(message) == "own-1"
        assert app.session.phase is Phase.PAUSED
        assert f"m{message} is on its way, and followed" in app.live.notice.shown_text
        assert app.live.tracked == message
        before = app.session.fact_count
        await pilot.press(".")
        await pilot.pause()
        assert app.session.fact_count > before
        assert [deed.own.text for deed in sent(app)] == ["Hi"]


async def test_segments_and_price_are_told_while_one_writes() -> None:
    """A sign outside the basic alphabet makes two segments of one."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        card.text.value = "x" * 100
        await pilot.pause()
        assert "1 segment, 100 units GSM-7" in text_of(app)
        assert "at most" in text_of(app)
        card.text.value = "x" * 100 + "п"
        await pilot.pause()
        assert "2 segments, 101 units UCS-2" in text_of(app)


async def test_a_fate_is_chosen_for_each_level_and_met() -> None:
    """Down to the levels, right to the fate: it fails by SMS and is rejected on WhatsApp."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(app, pilot)
        await pilot.press("down", "down", "down", "right", "right", "down", "right", "right")
        await pilot.press("right", "left", "right", "enter")
        await pilot.pause()
        message = app.session.message_count
        app.session.is_paused = False
        advance(app, 60)
        row = app.session.row(message)
        assert row is not None
        assert [(hop.channel, hop.word) for hop in row.path][:2] == [
            ("sms", "failed"), ("whatsapp", "rejected"),
        ]  # fmt: skip


async def test_a_magic_number_says_what_it_does_and_does_it() -> None:
    """The number is typed with the fate in its last digits."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(app, pilot)
        await pilot.press("tab", *"+447700900110")
        await pilot.pause()
        assert "magic, on sms: accepted, then a receipt says failed" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.session.phone_of(app.session.message_count) == "+447700900110"


async def test_another_cascade_has_other_levels_and_its_own_text() -> None:
    """Choices made for the levels of the one before are gone; empty, its own text is sent."""
    app = stage(TWO)
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        await pilot.press("down", "down", "down", "right", "up", "right")
        await pilot.pause()
        assert card.draft.cascade == "news"
        assert card.draft.fates == ("",)
        assert "as the cascade has it: Read all about it." in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert (sent(app)[0].own.cascade, sent(app)[0].own.text) == ("news", None)


async def test_with_the_mouse_alone_a_message_is_sent() -> None:
    """A click on a line goes to it, a second one takes the next choice; the last line sends."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        await pilot.click("#own-choices", offset=(20, 1))
        await pilot.click("#own-choices", offset=(20, 1))
        await pilot.pause()
        assert card.draft.fates == ("delivered", "", "")
        await pilot.click("#own-told", offset=(3, 2))
        await pilot.pause()
        assert app.screen is app.live
        assert len(sent(app)) == 1


@pytest.mark.parametrize(
    ("to", "problem"), [("nobody", "nobody has this name"), ("+1", "no whole phone number")]
)
async def test_what_cannot_be_sent_says_why_and_stays(to: str, problem: str) -> None:
    """Nothing that was written is lost."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        await pilot.press(*"Hi", "tab", *to, "enter")
        await pilot.pause()
        assert app.screen is card
        assert problem in text_of(app)
        assert card.text.value == "Hi"
        assert app.session.deeds == []


async def test_a_text_that_no_channel_takes_is_refused_in_words() -> None:
    """The check is the loader's own."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        card.text.value = "x" * TEXT_MAX
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is card
        assert "takes 1000 characters" in text_of(app)


async def test_hostile_text_is_shown_as_it_is_and_never_as_markup() -> None:
    """Brackets stay brackets; a control character reaches neither the terminal nor the run."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        card = await opened(app, pilot)
        card.text.value = "[bold]hi[/] \x1b[2Jx"
        await pilot.pause()
        assert "[bold]hi[/]" in text_of(app)
        assert "\x1b" not in text_of(app)
        assert "a character that cannot be shown" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is card
        card.text.value = "[bold]hi[/] {code} 'x'\""
        await pilot.press("enter")
        await pilot.pause()
        assert sent(app)[0].own.text == "[bold]hi[/] {code} 'x'\""


async def test_escape_sends_nothing() -> None:
    """And letters are letters while one writes: q does not leave."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        card = await opened(app, pilot)
        await pilot.press("q", "n", "up", "up", "escape")
        await pilot.pause()
        assert card.text.value == "qn"
        assert app.screen is app.live
        assert app.session.deeds == []


async def test_in_a_run_that_is_over_there_is_nothing_to_send_into() -> None:
    """The line of talk says so."""
    app = stage(load__0__for="1s")
    async with app.run_test(size=(80, 24)) as pilot:
        while app.session.phase is Phase.RUNNING:
            advance(app, 60)
        await pilot.press("n")
        await pilot.pause()
        assert app.screen is app.live
        assert "the run is over" in app.live.notice.shown_text
