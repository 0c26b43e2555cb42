"""The dialog of the live lock by itself: what it shows, and what enter and escape do."""

import pytest

from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.switch_card import SwitchCard
from tests.tui.stage import stage, text_of

HOSTILE = "Code \x1b[2J [bold]loud[/bold]"


def on(app: SandboxApp, screen: object) -> bool:
    """Whether a screen is the one that is shown."""
    return app.screen is screen


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
async def test_it_says_what_would_be_sent_and_takes_what_is_typed(size: tuple[int, int]) -> None:
    """Nothing of it is markup; what is wrong is said and can be typed anew."""
    app = stage()
    typed: list[str] = []
    given: list[bool | None] = []

    def confirm(text: str) -> list[str]:
        typed.append(text)
        return [] if text == "+447700900123" else ["confirmation: another number was typed. Again."]

    async with app.run_test(size=size) as pilot:
        card = SwitchCard("Really send [red]?", [HOSTILE], [], confirm, app.palette())
        app.push_screen(card, given.append)
        await pilot.pause()
        assert "Really send [red]?" in text_of(app)
        assert "[bold]loud[/bold]" in text_of(app)
        assert "\x1b" not in text_of(app)
        await pilot.press("1", "enter")
        await pilot.pause()
        assert on(app, card)
        assert "another number was typed" in text_of(app)
        card.typed.value = "+447700900123"
        await pilot.press("enter")
        await pilot.pause()
        assert on(app, app.live)
    assert typed == ["1", "+447700900123"]
    assert given == [True]


async def test_where_something_is_missing_there_is_nothing_to_type_into() -> None:
    """Enter does nothing, escape leaves."""
    app = stage()
    given: list[bool | None] = []

    def confirm(text: str) -> list[str]:
        raise AssertionError(text)

    async with app.run_test(size=(80, 24)) as pilot:
        missing = [f"price: {nth} nobody says what it costs" for nth in range(40)]
        app.push_screen(SwitchCard("Really?", ["x"], missing, confirm, app.palette()), given.append)
        await pilot.pause()
        assert "The live lock is shut" in text_of(app)
        assert "39 nobody" not in text_of(app)
        await pilot.press("1", "enter", *["pagedown"] * 6)
        await pilot.pause(0.3)
        assert "39 nobody" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
    assert given == [False]
