import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from textual import events
from textual.actions import parse

from sandbox.tui.actions import Action
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.opening import NOT_IN_THE_BROWSER, PLAIN, REFUSAL, Opening, is_refused
from sandbox.tui.screens.compare import COMPARE_ACTIONS
from sandbox.tui.screens.config import CONFIG_ACTIONS, ConfigPage
from sandbox.tui.screens.live_actions import LIVE_ACTIONS
from sandbox.tui.screens.presenter import PRESENTER_ACTIONS
from sandbox.tui.screens.replay_actions import REPLAY_ACTIONS
from sandbox.tui.screens.scenarios import SCENARIOS_ACTIONS
from tests.tui.stage import advance, scenario, text_of

ROOT: Final = Path(__file__).parents[2]
VIEWER: Final = Opening(is_viewer=True)

HARMLESS: Final = frozenset(
    {
        "act", "all_simulated", "apply_new", "apply_now", "back", "bookmark", "branch", "choose",
        "compare", "compose", "copy_id", "copy_json", "difference", "end", "failure", "faster",
        "filter", "force", "go", "help", "inspect",
        "jump", "leave", "mark", "move", "next_panel", "next_theme", "offender", "open", "other",
        "outage", "outage_menu", "palette", "pause", "play", "present", "previous_panel",
        "problem", "quit", "redo", "refuse", "reload", "repeat", "reseed", "reset", "restart",
        "run", "run_all", "slower", "sort", "sort_reverse", "start", "step", "stop", "swap",
        "timeline", "trace", "turn", "undo", "unstep", "view",
    }
)  # fmt: skip
"""What a viewer may do: it changes the run, or the screen, and nothing else."""

ACTIONS: Final = (
    *LIVE_ACTIONS, *PRESENTER_ACTIONS, *CONFIG_ACTIONS, *COMPARE_ACTIONS, *SCENARIOS_ACTIONS,
    *REPLAY_ACTIONS,
)  # fmt: skip


def viewer(folder: Path) -> SandboxApp:
    """The app as somebody in a browser has it."""
    return make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=folder, opening=VIEWER)


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_of_every_action_it_is_decided_whether_a_viewer_may(action: Action) -> None:
    """A new action fails here until somebody says which of the two it is."""
    _, name, _ = parse(action.name)
    assert (name in HARMLESS) != (name in NOT_IN_THE_BROWSER)


def test_on_a_terminal_nothing_is_refused() -> None:
    """The list is about browsers alone."""
    assert not any(is_refused(name, PLAIN) for name in NOT_IN_THE_BROWSER)
    assert all(is_refused(name, VIEWER) for name in NOT_IN_THE_BROWSER)


async def test_a_viewer_saves_nothing(tmp_path: Path) -> None:
    """The key answers, and no file is there; on a terminal the same key writes one."""
    for opening, files in ((VIEWER, 0), (PLAIN, 1)):
        app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path,
                       opening=opening)  # fmt: skip
        async with app.run_test(size=(120, 36)) as pilot:
            advance(app, 20)
            await pilot.press("w")
            await pilot.pause()
            assert (REFUSAL in text_of(app)) == (files == 0)
        assert len(names(tmp_path)) == files


@pytest.mark.parametrize("key", ["i", "ctrl+s", "w", "e"])
async def test_a_viewer_edits_nothing(key: str, tmp_path: Path) -> None:
    """Neither the editor here nor one outside, and no saving; typing and pasting change nothing."""
    app = viewer(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        page = app.screen
        assert isinstance(page, ConfigPage)
        before = page.editor.text
        await pilot.press(key)
        await pilot.pause()
        assert REFUSAL in text_of(app)
        page.editor.focus()
        await pilot.press("x", "enter")
        page.editor.post_message(events.Paste("smuggled"))
        await pilot.pause()
        assert page.editor.text == before
    assert names(tmp_path) == []


async def test_in_a_browser_the_app_is_never_without_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its driver says at the start that it has not got them; on a terminal that is believed."""
    for is_web in (True, False):
        monkeypatch.setattr(SandboxApp, "is_web", is_web)
        app = viewer(tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            app.post_message(events.AppBlur())
            await pilot.pause()
            assert app.app_focus is is_web


# The net -----------------------------------------------------------------------------------------


def tried(code: str, folder: Path, *, is_held: bool = True) -> str:
    """Try something in a process that may write nothing, and return what came of it."""
    program = (
        "import os, pathlib, shutil, sys\n"
        "from sandbox.tui.opening import forbid_writing\n"
        f"{'forbid_writing()' if is_held else ''}\n"
        f"try:\n    {code}\nexcept OSError as error:\n    print('refused', error)\n"
        "else:\n    print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "open('new', 'w')",
        "open('there', 'a')",
        "open('there', 'r+')",
        "os.open('new', os.O_CREAT | os.O_WRONLY)",
        "pathlib.Path('new').write_text('x')",
        "os.remove('there')",
        "os.rename('there', 'new')",
        "os.mkdir('new')",
        "shutil.copy('there', 'new')",
        "import sqlite3; sqlite3.connect('new').execute('CREATE TABLE t (x)')",
    ],
)
def test_what_the_list_forgets_the_net_holds(code: str, tmp_path: Path) -> None:
    """Every way of writing is an error; without the net each of them works."""
    (tmp_path / "there").write_text("as it was", encoding="utf-8")
    assert tried(code, tmp_path).startswith("refused")
    assert [file.read_text("utf-8") for file in tmp_path.iterdir()] == ["as it was"]
    assert tried(code, tmp_path, is_held=False) == "done\n"


@pytest.mark.parametrize(
    "code",
    [
        "open('there').read()",
        "open(os.devnull, 'w')",
        "import json",
        "import sqlite3; sqlite3.connect(':memory:').execute('CREATE TABLE t (x)')",
        "import sqlite3; sqlite3.connect('file:there?mode=ro', uri=True)",
    ],
)
def test_reading_goes_on(code: str, tmp_path: Path) -> None:
    """The app loads its modules and scenarios as ever."""
    (tmp_path / "there").write_text("as it was", encoding="utf-8")
    assert tried(code, tmp_path) == "done\n"
