"""What somebody in a browser may do: every action of every place, done, and nothing is written."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from textual.actions import parse
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from sandbox.app.record import keep_run
from sandbox.scenario.loader import load
from sandbox.tui.actions import Action
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.desk import Place
from sandbox.tui.keymap import PRESENTER, actions_by_place
from sandbox.tui.mannered import KEYLESS
from sandbox.tui.opening import NOT_IN_THE_BROWSER, REFUSAL, Opening
from sandbox.tui.screens.config import ConfigPage
from sandbox.tui.screens.replay import ReplayPage
from sandbox.tui.writing import WRITING
from tests.tui.stage import CODES, advance, scenario, text_of

VIEWER: Final = Opening(is_viewer=True)
LEAVES: Final = {"app.quit", "run_all", "app.go('live')"}
"""Not walked: they end the walk, or run every scenario that ships."""


def every_action() -> Iterator[tuple[str, Action]]:
    """All there is to do, with the place it is done in; each once."""
    for place, actions in actions_by_place().items():
        for action in (*actions, *KEYLESS, *WRITING):
            if action.name not in LEAVES:
                yield place, action


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario and a stored run in it."""
    (tmp_path / "mine.yaml").write_text(CODES, encoding="utf-8")
    keep_run(load(CODES, overrides=[("load.0.for", "10s")]), tmp_path / "runs.sqlite")
    return tmp_path


def content(folder: Path) -> dict[str, str]:
    """Every file of a folder, by its content; what SQLite keeps beside a reader is no content."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def viewed(folder: Path, opening: Opening = VIEWER) -> SandboxApp:
    """The app as somebody in a browser has it."""
    return make_app(
        scenario(CODES, load__0__for="40s"), ticker=False, clock=lambda: 0.0, folder=folder,
        store=folder / "runs.sqlite", opening=opening,
    )  # fmt: skip


async def at_rest(pilot: Pilot[int]) -> None:
    """Let threads and callbacks come to rest."""
    for _ in range(2):
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def go_to(app: SandboxApp, pilot: Pilot[int], place: str) -> None:
    """Stand in a place, with nothing over it."""
    while len(app.screen_stack) > 1:
        await app.pop_screen()
    if place == PRESENTER:
        app.go(Place.LIVE)
        await app.run_action("app.present", default_namespace=app.screen)
    else:
        app.go(Place(place))
    await at_rest(pilot)


async def do(app: SandboxApp, pilot: Pilot[int], place: str, action: Action) -> str:
    """Do something in a place; gives what the screen says."""
    await go_to(app, pilot, place)
    app._say("")  # what was said before
    await app.run_action(action.name, default_namespace=app.screen)
    await at_rest(pilot)
    return text_of(app)


@pytest.mark.parametrize("place", [*Place, PRESENTER])
async def test_whatever_a_viewer_does_no_file_changes(place: str, folder: Path) -> None:
    """Each action of the place, with its key or from the palette; what writes says why not."""
    app, before = viewed(folder), content(folder)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 30)
        for where, action in every_action():
            if where != place:
                continue
            text = await do(app, pilot, place, action)
            _, name, _ = parse(action.name)
            assert (REFUSAL in text) == (name in NOT_IN_THE_BROWSER), action.name
            assert content(folder) == before, action.name


async def test_on_a_terminal_the_same_walk_does_write(folder: Path) -> None:
    """So the walk can fail."""
    app, before = viewed(folder, Opening()), content(folder)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 30)
        for name in ("save", "app.save_pinned", "app.save_svg", "app.keep", "app.report"):
            was = content(folder)
            await do(app, pilot, Place.LIVE, Action(name, "", "", "", ""))
            assert content(folder) != was, name
    assert set(before) < set(content(folder))


def test_nothing_of_what_only_the_palette_does_was_forgotten() -> None:
    """Each writes a file, and is refused by its name."""
    assert {parse(action.name)[1] for action in WRITING} <= NOT_IN_THE_BROWSER


async def test_a_stored_run_can_be_replayed_and_is_read_only(folder: Path) -> None:
    """A viewer may look at any run there is, at any instant, and branch on the screen alone."""
    app, before = viewed(folder), content(folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("4")
        await at_rest(pilot)
        page = app.screen
        assert isinstance(page, ReplayPage)
        await pilot.press("enter")
        await at_rest(pilot)
        assert page.playback is not None
        await pilot.press("right", "right", "full_stop")
        await at_rest(pilot)
        assert page.playback.session.now_us >= 2_000_000
        await pilot.press("o")
        assert "replay is read-only" in text_of(app)
        await pilot.press("B")
        await at_rest(pilot)
        assert app.screen is app.live
    assert content(folder) == before


async def test_a_viewer_reads_a_scenario_and_cannot_type_in_it(folder: Path) -> None:
    """Neither typing, nor pasting, nor cutting, nor undoing changes a letter."""
    app, before = viewed(folder), content(folder)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        await at_rest(pilot)
        page = app.screen
        assert isinstance(page, ConfigPage)
        text = page.editor.text
        page.editor.focus()
        await pilot.press("x", "enter", "backspace", "ctrl+k", "ctrl+x", "ctrl+z", "tab")
        await at_rest(pilot)
        assert page.editor.text == text
    assert content(folder) == before


async def test_copying_what_is_too_long_writes_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal it would be a file; in a browser it is a sentence."""
    monkeypatch.setattr("sandbox.tui.mannered.can_copy", lambda *_, **__: False)
    app, before = viewed(folder), content(folder)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        app.live.messages.choose(3)
        await pilot.press("Y")
        await at_rest(pilot)
        assert "not copied" in text_of(app)
    assert content(folder) == before
