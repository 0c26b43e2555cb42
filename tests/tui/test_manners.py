"""Every place in ASCII, without colours, in sixteen of them, in a small terminal, and in light."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from rich.segment import Segment
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from sandbox.app.settings import FILE, Glyphs, Settings, settings_text
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.desk import Place
from sandbox.tui.themes import SIXTEEN, THEMES
from tests.tui.stage import STORM, advance, scenario, text_of

SIZES: Final = ((80, 24), (160, 45))
OVER: Final = ("question_mark", "colon", "f", "a", "O")
"""What opens a card over the live screen."""


def made(folder: Path, glyphs: Glyphs = Glyphs.UNICODE, theme: str = "") -> SandboxApp:
    """An app with settings of its own, in a folder with a scenario."""
    (folder / "storm.yaml").write_text(STORM, encoding="utf-8")
    (folder / FILE).write_text(settings_text(Settings(glyphs=glyphs, theme=theme)))
    return make_app(
        scenario(STORM.replace("title: R", "title: Grüße 漢字 R")), ticker=False,
        clock=lambda: 0.0, folder=folder, store=folder / "runs.sqlite", settings=folder / FILE,
    )  # fmt: skip


async def at_rest(pilot: Pilot[int]) -> None:
    """Let threads, callbacks and the picture come to rest."""
    for _ in range(40):
        with suppress(WorkerCancelled):  # one that a newer one has replaced
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        if "reading …" not in text_of(pilot.app) and "reading ~" not in text_of(pilot.app):  # type: ignore[arg-type]  # it is ours
            break
        await pilot.pause(0.05)  # the file is judged a moment after it is read
    await pilot.pause()


async def texts(app: SandboxApp, pilot: Pilot[int]) -> dict[str, str]:
    """What every place and card shows, by its name or key."""
    advance(app, 40)
    await pilot.press("o")
    advance(app, 20)
    await pilot.press("k")
    await at_rest(pilot)
    found: dict[str, str] = {}
    for place in Place:
        await pilot.press(place.key)
        await at_rest(pilot)
        if place is Place.COMPARE:
            await pilot.press("space")
        found[place] = text_of(app)
        if place is Place.CONFIG:
            await pilot.press("escape")
    await pilot.press("enter", "4")
    app.go(Place.LIVE)
    await at_rest(pilot)
    for key in OVER:
        await pilot.press(key)
        await at_rest(pilot)
        found[key] = text_of(app)
        await pilot.press("escape")
        await at_rest(pilot)
    await pilot.press("p")
    await at_rest(pilot)
    return found | {"p": text_of(app)}


@pytest.mark.parametrize("size", SIZES)
async def test_every_place_can_be_drawn_in_ascii(tmp_path: Path, size: tuple[int, int]) -> None:
    """Frames, bars and what people wrote, at the same places as with all signs."""
    seen = []
    for glyphs in (Glyphs.ASCII, Glyphs.UNICODE):
        folder = tmp_path / glyphs
        folder.mkdir()
        app = made(folder, glyphs)
        async with app.run_test(size=size) as pilot:
            seen.append(await texts(app, pilot))
    in_ascii, in_full = seen
    assert list(in_ascii) == list(in_full)
    for name, text in in_ascii.items():
        assert text.isascii(), name
        assert not in_full[name].isascii(), name
        assert len(text.splitlines()) == len(in_full[name].splitlines()) == size[1], name


@pytest.mark.parametrize("size", SIZES)
async def test_without_colours_every_place_says_the_same(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """Colour is never the only sign: without it, and in every theme, the words are the same."""
    seen: list[dict[str, str]] = []
    for nth, theme in enumerate(("", "no-color", "sandbox-light")):
        folder = tmp_path / str(nth)
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            if theme == "no-color":
                patch.setenv("NO_COLOR", "1")
            app = made(folder, theme="" if theme == "no-color" else theme)
            async with app.run_test(size=size) as pilot:
                seen.append({
                    name: text.replace(str(folder), "HERE")
                    for name, text in (await texts(app, pilot)).items()
                    if name != Place.REPLAY  # when it ran, and for how long
                })  # fmt: skip
    for other in seen[1:]:
        for name, text in seen[0].items():
            assert other[name] == text, name


@pytest.mark.parametrize("place", [place for place in Place if place is not Place.REPLAY])
async def test_in_sixteen_colours_every_place_says_the_same(tmp_path: Path, place: Place) -> None:
    """But for the bars at the sides, which are drawn in whole cells there."""
    seen = []
    for theme in ("", SIXTEEN.name):
        app = made(tmp_path, theme=theme)
        async with app.run_test(size=(160, 45)) as pilot:
            advance(app, 40)
            await pilot.press(place.key)
            await at_rest(pilot)
            seen.append(text_of(app).translate(dict.fromkeys(map(ord, "▁▂▃▄▅▆▇█"), " ")))
    assert seen[0] == seen[1]


def segments_of(app: SandboxApp) -> list[Segment]:
    """Everything on the screen."""
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


@pytest.mark.parametrize("place", list(Place))
async def test_sixteen_colours_are_all_there_are(tmp_path: Path, place: Place) -> None:
    """Frames, bars and cursors included: none is mixed from two others."""
    app = made(tmp_path, theme=SIXTEEN.name)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 40)
        await pilot.press(place.key)
        await at_rest(pilot)
        for key in ("", "colon"):
            if key:
                await pilot.press("escape", key)
                await at_rest(pilot)
            mixed = {
                str(colour)
                for segment in segments_of(app)
                if segment.style is not None
                for colour in (segment.style.color, segment.style.bgcolor)
                if colour is not None and colour.triplet is not None
            }
            assert mixed == set()


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (40, 10), (60, 16), (79, 24), (300, 12)])
async def test_no_size_breaks_a_place(tmp_path: Path, size: tuple[int, int]) -> None:
    """Nothing is raised, and each line has its width; cards can be opened and left."""
    app = made(tmp_path)
    async with app.run_test(size=size) as pilot:
        seen = await texts(app, pilot)
        assert len(seen) == len(Place) + len(OVER) + 1
        await pilot.resize_terminal(100, 30)
        await at_rest(pilot)
        await pilot.resize_terminal(*size)
        await at_rest(pilot)
        widths = {strip.cell_length for strip in app.screen._compositor.render_strips()}
        assert widths == {size[0]}


async def test_every_theme_draws_every_place(tmp_path: Path) -> None:
    """The key goes through them all and comes back to the first."""
    app = made(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        names = []
        for _ in THEMES:
            await pilot.press("T")
            names.append(app.theme)
            await pilot.pause()
    assert names == [*(theme.name for theme in THEMES[1:]), THEMES[0].name]
