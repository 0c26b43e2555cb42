import pytest

from sandbox.app.frame import Phase
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.opening import Opening
from sandbox.tui.widgets.first_card import FOR_GOOD
from tests.tui.stage import NOWHERE, advance, scenario, stage, text_of

WORDS = "follow one message"


def first(monkeypatch: pytest.MonkeyPatch) -> tuple[SandboxApp, list[str]]:
    """The app at its first start, and what it was asked to forget."""
    forgotten: list[str] = []
    monkeypatch.setattr(SandboxApp, "forget_card", lambda _: forgotten.append("card"))
    opening = Opening(first_card=True)
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=NOWHERE, opening=opening)
    return app, forgotten


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 45)])
async def test_it_lies_over_a_running_screen(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The four keys are told, and messages move behind them."""
    app, _ = first(monkeypatch)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        advance(app, 10)
        await pilot.pause()
        text = text_of(app)
        assert WORDS in text
        for key in ("space", "o", "t", "?"):
            assert f" {key}  " in text
        assert "0 sms" in text
        assert app.session.phase is Phase.RUNNING
        assert app.screen is app.live


@pytest.mark.parametrize("key", ["space", "o", "j", "escape"])
async def test_any_key_puts_it_away_and_does_what_it_does(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses `o` because the card says so breaks the provider at once."""
    app, forgotten = first(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        advance(app, 10)
        await pilot.press(key)
        await pilot.pause()
        assert WORDS not in text_of(app)
        assert forgotten == []
        assert (app.session.phase is Phase.PAUSED) == (key == "space")
        assert app.session.providers()[0].is_out == (key == "o")


async def test_one_key_puts_it_away_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """And does nothing else."""
    app, forgotten = first(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(FOR_GOOD)
        await pilot.pause()
        assert WORDS not in text_of(app)
        assert forgotten == ["card"]
        await pilot.press(FOR_GOOD)
        assert forgotten == ["card"]


async def test_a_click_puts_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """For this time."""
    app, forgotten = first(monkeypatch)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.click("#first-card")
        await pilot.pause()
        assert WORDS not in text_of(app)
        assert forgotten == []


async def test_later_it_is_not_there() -> None:
    """Only who asks for it gets it."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert WORDS not in text_of(app)


async def test_where_nothing_fits_it_does_not_lie_over_the_words_that_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal that is too small says that alone; the card waits until there is room."""
    app, _ = first(monkeypatch)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        assert "is too small" in text_of(app)
        assert WORDS not in text_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert WORDS in text_of(app)
