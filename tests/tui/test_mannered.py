"""What the app does in every place, through its keys."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sandbox.app.frame import Phase
from sandbox.app.settings import FILE, Glyphs, Settings, change_settings, read_settings
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.desk import Place
from sandbox.tui.mannered import KEYLESS
from sandbox.tui.opening import Opening
from sandbox.tui.screens.palette import PaletteScreen
from sandbox.tui.screens.replay import ReplayPage
from sandbox.tui.themes import THEMES
from sandbox.tui.widgets.first_card import FirstCard
from tests.tui.stage import CODES, advance, scenario, text_of

SIZE = (120, 36)


def remembering(folder: Path, **settings: object) -> SandboxApp:
    """An app that remembers in a folder of the test's own."""
    file = folder / FILE
    change_settings(file, lambda was: replace(was, **{"glyphs": Glyphs.UNICODE, **settings}))  # type: ignore[arg-type]  # the test names them
    return make_app(
        scenario(), ticker=False, clock=lambda: 0.0, folder=folder,
        store=folder / "runs.sqlite", settings=file,
    )  # fmt: skip


def kept(folder: Path) -> Settings:
    """What is remembered now."""
    return read_settings(folder / FILE).settings


async def at_rest(pilot: Pilot[int]) -> None:
    """Let threads, callbacks and the picture come to rest."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


# Settings ----------------------------------------------------------------------------------------


async def test_what_was_chosen_is_there_the_next_time(tmp_path: Path) -> None:
    """The theme, the signs, and that nobody wants the card."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("T")
        app.action_glyphs()
        app.forget_card()
        await pilot.pause()
    assert kept(tmp_path) == Settings(
        theme=THEMES[1].name, glyphs=Glyphs.ASCII, is_card_dismissed=True
    )
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, settings=tmp_path / FILE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.theme == THEMES[1].name
        assert text_of(app).isascii()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("version = 7", "later version (7)"),
        ("nonsense", "no TOML"),
        ('version = 1\ntheme = "none"', "there is no theme 'none'"),
        ('version = 1\n[keys]\n"live.pause" = "o"', "live.pause: o is the key of live.outage"),
        ('version = 1\n[keys]\n"live.paws" = "x"', "no 'live.paws'"),
    ],
)
async def test_a_file_with_a_mistake_is_told_and_the_app_works(
    tmp_path: Path, content: str, words: str
) -> None:
    """In the line of talk; the usual keys and the usual theme are there."""
    (tmp_path / FILE).write_text(content)
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, settings=tmp_path / FILE)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        assert words in text_of(app)
        await pilot.press("space")
        assert app.session.is_paused
    assert (tmp_path / FILE).read_text() == content


async def test_the_card_is_put_away_for_good(tmp_path: Path) -> None:
    """By its x; until then every start has it."""
    app = remembering(tmp_path)
    app.opening = Opening(first_card=True)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert app.live.query(FirstCard)
        await pilot.press("x")
    assert kept(tmp_path).is_card_dismissed


# Keys --------------------------------------------------------------------------------------------


def _copies(folder: Path) -> int:
    """How many messages were copied into files of a folder."""
    return len(list(folder.glob("*.json")))


async def test_a_key_of_ones_own_does_it_and_is_shown(tmp_path: Path) -> None:
    """In the key bar and in the help; the usual key does nothing any more."""
    keys = (("live.pause", "z"), ("all.app.help", "f2"), ("live.outage", "ctrl+o"))
    app = remembering(tmp_path, keys=keys)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("space")
        phases = [app.session.phase]
        await pilot.press("z")
        phases.append(app.session.phase)
        assert phases == [Phase.RUNNING, Phase.PAUSED]
        bar = text_of(app).splitlines()[-1]
        assert " z Run" in bar
        assert " f2 Help" in bar
        await pilot.press("f2")
        await pilot.pause()
        assert "^o " in text_of(app)
        await pilot.press("escape", "2")
        await at_rest(pilot)
        assert " f2 Help" in text_of(app).splitlines()[-1]
        await pilot.press("f2")
        await pilot.pause()
        assert "f2 " in text_of(app)


# Palette -----------------------------------------------------------------------------------------


async def find(pilot: Pilot[int], words: str) -> PaletteScreen:
    """Type into the palette."""
    await pilot.press("colon")
    await at_rest(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, PaletteScreen)
    screen.line.value = words
    await pilot.pause()
    return screen


@pytest.mark.parametrize("key", ["colon", "ctrl+p"])
async def test_the_palette_does_what_keys_do(tmp_path: Path, key: str) -> None:
    """Each entry has its key beside it."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        await at_rest(pilot)
        await pilot.press(*"pause")
        await pilot.pause()
        assert "space" in next(line for line in text_of(app).splitlines() if "Pause: Stop" in line)
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.session.is_paused
        assert app.screen is app.live


async def test_the_palette_goes_to_places_and_comes_back(tmp_path: Path) -> None:
    """To a place by its name; there it offers what that place does."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await find(pilot, "go config")
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.current_mode == Place.CONFIG
        await pilot.press("escape")
        found = await find(pilot, "editor")
        assert any(entry.group == "do" for entry in found.shown)


async def test_a_theme_is_shown_while_it_is_looked_at(tmp_path: Path) -> None:
    """Leaving puts the old one back; enter keeps it, and it is remembered."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        before = app.theme
        await find(pilot, "theme contrast")
        assert app.theme == "sandbox-high-contrast"
        await pilot.press("escape")
        await at_rest(pilot)
        assert app.theme == before
        await find(pilot, "theme contrast")
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.theme == kept(tmp_path).theme == "sandbox-high-contrast"


async def test_a_message_is_found_by_its_number(tmp_path: Path) -> None:
    """And shown with its timeline; a number that is none yet finds nothing."""
    app = remembering(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 40)
        found = await find(pilot, "m99999")
        assert all(entry.group != "message" for entry in found.shown)
        found.line.value = "m3"
        await pilot.pause()
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.live.messages.chosen == 3
        assert " m3 ✗ exhausted" in text_of(app)


async def test_scenarios_of_the_folder_and_shipped_ones_are_opened(tmp_path: Path) -> None:
    """A file with a mistake is told of, and changes nothing."""
    (tmp_path / "mine.yaml").write_text(CODES, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("schema: 1\ncascades: 3\n", encoding="utf-8")
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        for words, name in (("scenario mine", "codes"), ("lost-receipts", "lost-receipts")):
            await find(pilot, words)
            await pilot.press("enter")
            await at_rest(pilot)
            assert app.session.scenario.name == name
        await find(pilot, "scenario bad")
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.session.scenario.name == "lost-receipts"
        assert "cannot be used" in text_of(app)


async def test_what_has_no_key_is_in_the_palette(tmp_path: Path) -> None:
    """The signs, for example."""
    app = remembering(tmp_path)
    assert all(not action.keys for action in KEYLESS)
    async with app.run_test(size=SIZE) as pilot:
        await find(pilot, "glyphs")
        await pilot.press("enter")
        await at_rest(pilot)
        assert text_of(app).isascii()


async def test_a_stored_run_is_found(tmp_path: Path) -> None:
    """And opened in Replay."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        advance(app, 10_000)
        await pilot.press("k")
        await at_rest(pilot)
        await find(pilot, "run r1")
        await pilot.press("enter")
        await at_rest(pilot)
        assert app.current_mode == Place.REPLAY


# Jumps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", list(Place))
async def test_a_letter_goes_to_a_panel(tmp_path: Path, place: Place) -> None:
    """Wherever one is; each panel in sight has one."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(place.key)
        await at_rest(pilot)
        await pilot.press("escape")
        below = app.screen
        await pilot.press("f")
        await pilot.pause()
        assert "[ a ]" in text_of(app)
        assert "[ s ]" in text_of(app)
        target = app.screen.targets["s"]  # type: ignore[attr-defined]  # a JumpScreen
        await pilot.press("s")
        await pilot.pause()
        assert app.screen is below
        assert app.focused is target


async def test_a_letter_without_a_panel_goes_nowhere(tmp_path: Path) -> None:
    """As escape and another size of the terminal do."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        had_keys = app.focused
        for leave in ("m", "escape", "q"):
            await pilot.press("f", leave)
            await pilot.pause()
            assert (app.screen, app.focused) == (app.live, had_keys)
        await pilot.press("f")
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert app.screen is app.live


# Copying -----------------------------------------------------------------------------------------


async def test_a_message_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id by y, all about it by Y."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        advance(app, 40)
        app.live.messages.choose(3)
        await pilot.press("y")
        assert app.clipboard == "m3"
        assert "copied m3" in text_of(app)
        await pilot.press("Y")
        assert json.loads(app.clipboard)["message"] == 3
    assert _copies(tmp_path) == 0


async def test_without_a_clipboard_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal known to have none; a browser's viewer gets no file."""
    monkeypatch.setenv("TERM", "linux")
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        advance(app, 40)
        app.live.messages.choose(3)
        await pilot.press("Y")
        await pilot.pause()
        assert "written to m3.json" in text_of(app)
        assert app.clipboard == ""
        assert json.loads((tmp_path / "m3.json").read_text())["message"] == 3
        app.opening = Opening(is_viewer=True)
        await pilot.press("Y")
        await pilot.pause()
        assert "not copied" in text_of(app)
    assert _copies(tmp_path) == 1


async def test_a_message_of_a_stored_run_is_copied_as_far_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the replay has not come to is in no copy."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    app = remembering(tmp_path)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 60)
        await pilot.press("k")
        await at_rest(pilot)
        await pilot.press("4")
        await at_rest(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert "no message to copy" in text_of(app)
        await pilot.press("right", "right", "right")
        await at_rest(pilot)
        page = app.screen
        assert isinstance(page, ReplayPage)
        page.player.messages.choose(1)
        await pilot.press("Y")
        assert page.playback is not None
        events = json.loads(app.clipboard)["events"]
        assert events
        assert max(event["at_us"] for event in events) <= page.playback.session.now_us


async def test_where_there_is_no_message_nothing_is_copied(tmp_path: Path) -> None:
    """It is said."""
    app = remembering(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("y")
        await asyncio.sleep(0)
        await pilot.pause()
        assert "no message to copy" in text_of(app)
