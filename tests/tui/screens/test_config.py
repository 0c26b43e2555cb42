import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sandbox.app.drafting import read_text, write_text
from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.screens.choice import ChoiceScreen
from sandbox.tui.screens.config import CONFIG_ACTIONS, ConfigPage
from tests.tui.stage import CODES, text_of

UNFINISHED = """\
schema: 1
cascades:
  otp:
    levels:
      - channel: sms
        su
"""
SIZES = [(60, 16), (80, 24), (120, 36), (160, 45)]


def _app_of(file: Path) -> SandboxApp:
    return make_app(load(file), ticker=False, clock=lambda: 0.0, folder=file.parent)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario of one's own."""
    path = tmp_path / "codes.yaml"
    path.write_text(CODES, encoding="utf-8")
    return path


@pytest.fixture
async def pilot(file: Path) -> AsyncIterator[Pilot[int]]:
    """The app at the editor."""
    async with _app_of(file).run_test(size=(160, 45)) as pilot:
        await _open(pilot)
        yield pilot


async def _open(pilot: Pilot[int]) -> ConfigPage:
    await pilot.press("5")
    await pilot.pause()
    page = _page(pilot)
    await _until(pilot, lambda: page.judgement is not None)
    return page


def _page(pilot: Pilot[int]) -> ConfigPage:
    page = pilot.app.screen
    assert isinstance(page, ConfigPage)
    return page


async def _until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.01)
    await pilot.pause()


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _app(pilot: Pilot[int]) -> SandboxApp:
    assert isinstance(pilot.app, SandboxApp)
    return pilot.app


def test_every_action_can_be_done() -> None:
    """A key in the list has a method behind it."""
    names = [action.name.partition("(")[0] for action in CONFIG_ACTIONS]
    assert [n for n in names if "." not in n and not hasattr(ConfigPage, f"action_{n}")] == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_file_of_the_live_scenario_is_shown(size: tuple[int, int], file: Path) -> None:
    """As it is written, with what it would come to."""
    app = _app_of(file)
    async with app.run_test(size=size) as pilot:
        await _open(pilot)
        text = text_of(app)
        assert "schema: 1" in text
        assert "codes.yaml" in text
        assert "forecast of otp" in text or size[1] < 20


async def test_an_error_is_shown_as_it_is_typed_and_blocks_applying(pilot: Pilot[int]) -> None:
    """The run that goes on is not touched."""
    page, session = _page(pilot), _app(pilot).session
    await pilot.press("enter")
    page.editor.move_cursor((8, page.editor.document.get_line(8).index("30s") + 2))
    await pilot.press("x")
    await _until(pilot, lambda: any(finding.is_error for finding in page.findings))
    assert page.findings[0].line == 9
    assert "· not saved" in text_of(_app(pilot))
    assert page.problems.border_subtitle == "1 error, 0 warnings"
    await pilot.press("escape", "r")
    await pilot.pause()
    assert "not applied: 1 error to be mended first" in page.notice.shown_text
    assert _app(pilot).session is session
    await pilot.press("a")
    assert _app(pilot).session is session


async def test_f8_goes_to_the_next_problem(pilot: Pilot[int]) -> None:
    """From wherever the cursor is."""
    page = _page(pilot)
    page.editor.load_text(CODES.replace("wait: 30s", "wait: 30").replace("wait: 45s", "wait: 45"))
    await _until(pilot, lambda: [finding.is_error for finding in page.findings] == [True] * 2)
    await pilot.press("enter", "f8")
    await pilot.pause()
    rows = [page.editor.cursor_location[0] + 1]
    await pilot.press("f8")
    await pilot.pause()
    rows.append(page.editor.cursor_location[0] + 1)
    assert sorted(rows) == sorted(finding.line for finding in page.findings)


async def test_what_is_written_is_run_from_its_start(pilot: Pilot[int]) -> None:
    """Also before it is saved."""
    page = _page(pilot)
    page.editor.load_text(CODES.replace("wait: 30s", "wait: 7s"))
    await pilot.press("r")
    await pilot.pause()
    app = _app(pilot)
    assert app.screen is app.live
    assert app.session.scenario.world.plans[0].levels[0].wait_us == 7_000_000
    assert app.session.now_us == 0


async def test_what_is_written_is_applied_to_the_instant_shown(pilot: Pilot[int]) -> None:
    """As if it had always been so: the same luck, the same instant."""
    app, page = _app(pilot), _page(pilot)
    app.session.advance(int(40_000_000 / app.session.speed))
    at_us = app.session.now_us
    page.editor.load_text(CODES.replace("wait: 30s", "wait: 7s"))
    await pilot.press("a")
    await _until(pilot, lambda: app.screen is app.live)
    assert abs(app.session.now_us - at_us) <= app.session.speed
    assert app.session.message_count > 100


async def test_a_file_of_ones_own_is_saved_in_its_place(pilot: Pilot[int], file: Path) -> None:
    """And nothing else is written."""
    page = _page(pilot)
    page.editor.load_text(CODES + "# mine\n")
    await pilot.press("ctrl+s")
    assert read_text(file) == CODES + "# mine\n"
    assert not page.is_changed
    assert _names(file.parent) == ["codes.yaml"]


async def test_what_ships_is_copied_and_never_written_over(tmp_path: Path) -> None:
    """Nor is a file of the same name that is there already."""
    write_text(tmp_path / "phones-off.yaml", "mine\n")
    app = make_app(load("phones-off"), ticker=False, clock=lambda: 0.0, folder=tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await _open(pilot)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert read_text(tmp_path / "phones-off.yaml") == "mine\n"
        saved = tmp_path / "phones-off-2.yaml"
        assert load(saved).name == "phones-off"
        assert "saved as phones-off-2.yaml" in _page(pilot).notice.shown_text


async def test_a_change_from_elsewhere_is_loaded_where_nothing_is_lost(
    pilot: Pilot[int], file: Path
) -> None:
    """Where something would be lost, it is said, and one decides."""
    page = _page(pilot)
    write_text(file, CODES + "# theirs\n")
    page._look_at_file()
    assert page.editor.text.endswith("# theirs\n")
    page.editor.load_text(CODES + "# mine\n")
    write_text(file, CODES + "# theirs again\n")
    page._look_at_file()
    assert page.editor.text.endswith("# mine\n")
    assert "changed elsewhere" in page.notice.shown_text
    await pilot.press("l")
    assert page.editor.text.endswith("# theirs again\n")


async def test_what_may_stand_here_is_suggested_and_taken(pilot: Pilot[int]) -> None:
    """A key of the level under the cursor."""
    page = _page(pilot)
    page.editor.load_text(
        "schema: 1\ncascades:\n  otp:\n    levels:\n      - channel: sms\n        su\n"
    )
    page.editor.focus()
    page.editor.move_cursor((5, 10))
    await pilot.press("f4")
    await pilot.pause()
    assert isinstance(pilot.app.screen, ChoiceScreen)
    assert "success:" in text_of(_app(pilot))
    await pilot.press("enter")
    await pilot.pause()
    assert page.editor.document.get_line(5) == "        success: "
    page.editor.load_text("name: \n")
    page.editor.move_cursor((0, 6))
    await pilot.press("f4")
    assert "nothing to suggest" in page.notice.shown_text


async def test_letters_are_text_in_the_editor_and_keys_outside(pilot: Pilot[int]) -> None:
    """Nobody leaves the app by typing a word with q in it."""
    page = _page(pilot)
    await pilot.press("enter", "ctrl+home", "q", "5", "1")
    await pilot.pause()
    assert page.editor.text.startswith("q51schema")
    await pilot.press("escape", "1")
    await pilot.pause()
    assert _app(pilot).screen is _app(pilot).live


async def test_a_file_cannot_send_escape_sequences_to_the_terminal(tmp_path: Path) -> None:
    """What is in it is shown as what it is."""
    app = make_app(load(CODES), ticker=False, clock=lambda: 0.0, folder=tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _open(pilot)
        page.editor.load_text("name: \x1b[31mred\x07 \u202eback \x9b1m\n")
        await pilot.pause()
        text = text_of(app)
        assert "red" in text
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text)


async def test_without_an_editor_of_ones_own_the_key_says_so(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is started by accident."""
    monkeypatch.setattr("sandbox.tui.screens.config.editor_command", lambda: None)
    await pilot.press("e")
    assert "set EDITOR" in _page(pilot).notice.shown_text
