from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from sandbox.app.breakdown import Breakdown
from sandbox.app.frame import Phase
from sandbox.simulation.world import World
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.screens.error_card import ErrorCard, card_lines
from sandbox.tui.screens.live import LiveScreen
from sandbox.tui.themes import palette_of
from tests.tui.stage import NOWHERE, advance, scenario, text_of

PALETTE: Final = palette_of({})
SIZES: Final = [(60, 16), (80, 24), (120, 36), (160, 45), (200, 60)]


def app_of(pilot: Pilot[int]) -> SandboxApp:
    """The app of a pilot."""
    assert isinstance(pilot.app, SandboxApp)
    return pilot.app


async def broken(pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the simulation fail; gives the screen."""
    advance(app_of(pilot), 20)
    with monkeypatch.context() as patch:
        patch.setattr(World, "advance", lambda *_: 1 / 0)
        advance(app_of(pilot), 5)
    await pilot.pause()
    return text_of(app_of(pilot))


@pytest.fixture
async def pilot(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    """The app, saving into a folder of the test."""
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        yield pilot


@pytest.mark.parametrize("size", SIZES)
async def test_an_error_is_a_card_with_what_where_and_what_to_do(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every size: the error, the instant, the message, that nothing is lost, and the keys."""
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=NOWHERE)
    async with app.run_test(size=size) as pilot:
        text = await broken(pilot, monkeypatch)
        assert isinstance(app.screen, ErrorCard)
        assert "nothing is lost" in " ".join(text.replace("┃", " ").split())
        assert "ZeroDivisionError: division by zero" in text
        assert "at 00:00:20.0, message m" in text
        for words in ("c  write a report", "s  save the session", "q  quit", "esc  look around"):
            assert words in text
        await pilot.press("c")
        assert "not saved: cannot write" in app.screen.card.shown_text
        await pilot.press("s")
        assert "not saved: cannot write" in app.screen.card.shown_text


async def test_the_report_and_the_session_are_files(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each key says what came of it, and can be pressed again."""
    await broken(pilot, monkeypatch)
    card = pilot.app.screen
    assert isinstance(card, ErrorCard)
    await pilot.press("c")
    assert "written to sandbox-error.txt" in card.card.shown_text
    assert "ZeroDivisionError" in (tmp_path / "sandbox-error.txt").read_text(encoding="utf-8")
    await pilot.press("s")
    assert "saved as far as it is as codes-saved.yaml" in card.card.shown_text
    assert (tmp_path / "codes-saved.yaml").exists()


async def test_an_error_while_drawing_stops_the_run_and_keeps_the_app(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a screen stumbles over: the session can be saved, and the card comes once."""
    app = app_of(pilot)
    advance(app, 20)
    with monkeypatch.context() as patch:
        patch.setattr(LiveScreen, "tick", lambda _: 1 / 0)
        app._tick()
        app._tick()
        await pilot.pause()
    assert isinstance(app.screen, ErrorCard)
    assert len(app.screen_stack) == 2
    assert app.session.phase is Phase.BROKEN
    assert "ZeroDivisionError: division by zero" in text_of(app)
    await pilot.press("s")
    assert "saved as far as it is" in app.screen.card.shown_text


async def test_escape_looks_around_and_the_card_comes_once(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was before can be looked at, and the run begins again with a key."""
    await broken(pilot, monkeypatch)
    app = app_of(pilot)
    await pilot.press("escape")
    app.live.paint()
    await pilot.pause()
    assert app.screen is app.live
    assert "stopped by an error" in text_of(app)
    await pilot.press("i", "enter", "r")
    assert app.session.phase is Phase.RUNNING
    assert "nothing is lost" in await broken(pilot, monkeypatch)


async def test_q_leaves(pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere."""
    await broken(pilot, monkeypatch)
    await pilot.press("q")
    await pilot.pause()
    assert not pilot.app.is_running


@pytest.mark.parametrize("width", [20, 56, 68])
def test_hostile_words_of_an_error_are_shown_literally(width: int) -> None:
    """However long they are, the card has its size."""
    what = "KeyError: \x1b[2J[bold]" + "x" * 5000
    lines = card_lines(Breakdown(what=what, at_us=0, line=0, message=None), "", width, PALETTE)
    assert {cell_len(line.text) for line in lines} == {width}
    assert len(lines) < 16
    assert "\x1b" not in "".join(line.text for line in lines)
