import pytest
from rich.cells import cell_len

from sandbox.app.frame import Phase
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.opening import PLAIN, Opening
from sandbox.tui.screens.presenter import (
    PresenterScreen,
    caption_height,
    caption_lines,
    figures_size,
    shown_tiles,
)
from sandbox.tui.talk import Line, Tone
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.big_figures import Size, big_rows
from sandbox.tui.widgets.figures_strip import tiles_of
from tests.tui.stage import CODES, NOWHERE, advance, scenario, stage, text_of

SIZES = [(60, 16), (80, 24), (120, 36), (160, 45), (200, 60)]
CAPTION = "Now SMS falls silent: it takes every code, and delivers none."
SAYING = f'{CODES}demo: {{captions: [{{at: 0s, say: "{CAPTION}"}}]}}\n'


def room(opening: Opening = PLAIN) -> SandboxApp:
    """The app on a scenario with a caption."""
    return make_app(
        scenario(SAYING), ticker=False, clock=lambda: 0.0, folder=NOWHERE, opening=opening
    )


@pytest.mark.parametrize("size", SIZES)
async def test_a_room_sees_figures_caption_and_lanes(size: tuple[int, int]) -> None:
    """Large, at every size; and none of the lists."""
    app = room()
    async with app.run_test(size=size) as pilot:
        advance(app, 60)
        await pilot.press("p")
        await pilot.pause()
        assert isinstance(app.screen, PresenterScreen)
        app.screen.paint()
        await pilot.pause()
        text = text_of(app)
        known = tiles_of(app.session.figures())[0].known.replace(" ", "")
        large = big_rows(known, figures_size(*size)) or big_rows(known, Size.SMALL)
        assert large is not None
        assert all(row.rstrip() in text for row in large)
        first = big_rows("NOW", Size.SMALL) or []
        has_blocks = caption_height(*size) > 4
        assert (first[0] in text and first[1] in text) if has_blocks else "Now SMS falls" in text
        assert "0 sms" in text
        assert "Providers" not in text
        assert "Messages" not in text
        assert all(cell_len(line) <= size[0] for line in text.splitlines())


@pytest.mark.parametrize("key", ["p", "escape"])
async def test_leaving_it_everything_is_as_it_was(key: str) -> None:
    """The live screen is back, with the run where it is now."""
    app = room()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 20)
        await pilot.press("p")
        await pilot.pause()
        app.session.advance(5_000_000)
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is app.live
        assert f"{app.session.frame().requested} messages" in app.live.transport.shown_text


async def test_the_run_goes_on_under_it() -> None:
    """Its ticks let wall time go by; nobody else's do."""
    now = [0.0]
    app = make_app(scenario(SAYING), ticker=False, clock=lambda: now[0], folder=NOWHERE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        before = app.session.now_us
        now[0] = 0.2
        app._tick()
        assert app.session.now_us - before == 200_000 * app.session.speed


async def test_its_keys() -> None:
    """Pause, speed, outage and again, as on the live screen; and the help of these."""
    app = room()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 10)
        await pilot.press("p", "space")
        await pilot.pause()
        assert app.session.is_paused
        speed = app.session.speed
        await pilot.press("space", "+", "+", "-", "o")
        await pilot.pause()
        assert app.session.frame().phase is Phase.RUNNING
        assert app.session.speed == speed * 2
        assert app.session.providers()[0].is_out
        assert "sms-main is out" in text_of(app)
        await pilot.press("o")
        await pilot.pause()
        assert "is mended" in text_of(app)
        await pilot.press("r")
        await pilot.pause()
        assert app.session.now_us == 0
        await pilot.press("?", "end")
        await pilot.pause()
        assert "Go back to the live screen" in text_of(app)


async def test_when_the_run_is_over_it_says_so() -> None:
    """Neither pause nor outage means anything then."""
    app = stage(load="[{burst: 1}]")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        app.session.advance(10**12)
        assert app.session.phase is Phase.OVER
        for key in ("space", "o"):
            await pilot.press(key)
            await pilot.pause()
            assert "the run is over" in text_of(app)


async def test_too_small_a_screen_is_told() -> None:
    """And what follows a resize is drawn again."""
    app = room()
    async with app.run_test(size=(50, 12)) as pilot:
        await pilot.press("p")
        await pilot.pause()
        assert "too small" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Now SMS falls" in text_of(app)


async def test_a_demo_begins_there() -> None:
    """Nobody has to press anything."""
    app = room(Opening(is_demo=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, PresenterScreen)


@pytest.mark.parametrize("lines", [2, 4, 13])
@pytest.mark.parametrize("text", ["", CAPTION, "x" * 300, "日本語 " * 30])
def test_a_caption_has_exactly_its_lines(text: str, lines: int) -> None:
    """Whatever it says, the lanes below do not move."""
    drawn = caption_lines(Line(text, Tone.CAPTION), 100, lines, palette_of({}))
    assert len(drawn) == lines
    assert {cell_len(line.text) for line in drawn} == {100}


async def test_where_there_is_little_room_the_most_important_figures_stay() -> None:
    """The delivery rate is always among them."""
    tiles = tiles_of(room().session.figures())
    for width, many in ((30, 1), (80, 3), (500, 5)):
        kept = shown_tiles(tiles, width, Size.SMALL)
        assert len(kept) == many
        assert kept[0].label == "Delivered"
