import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.frame import Phase
from sandbox.app.settings import read_settings
from sandbox.errors import ExitCode, ScenarioError
from sandbox.tui.app import SandboxApp, make_app, run_app
from sandbox.tui.opening import Opening
from sandbox.tui.screens.live import LiveScreen
from sandbox.tui.themes import DOMAIN_COLOURS, SANDBOX_DARK
from tests.tui.stage import CODES, advance, scenario, stage, text_of

ROOT: Final = Path(__file__).parents[2]


async def test_the_app_opens_already_running() -> None:
    """Nobody has to press anything to see messages move."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.session.phase is Phase.RUNNING
        advance(app, 10)
        await pilot.pause()
        assert "in flight" in text_of(app) or " open" in text_of(app)


async def test_with_a_ticker_time_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticker lets the run catch up again and again, without anybody's help."""
    ticked = asyncio.Event()
    monkeypatch.setattr(LiveScreen, "tick", lambda _: ticked.set())
    async with make_app(scenario(), ticker=True).run_test(size=(80, 24)):
        await asyncio.wait_for(ticked.wait(), 20)


async def test_every_theme_knows_the_channels() -> None:
    """Another theme has the channels' colours as well, and changing it keeps the run."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 10)
        assert app.theme == SANDBOX_DARK.name
        before, digest = app.palette(), app.session.digest
        app.theme = "textual-light"
        await pilot.pause()
        assert app.palette() != before
        assert app.theme_variables["viber"] == DOMAIN_COLOURS["viber"]
        assert app.session.digest == digest


async def test_a_picture_without_colours_has_the_same_words() -> None:
    """Colour is never the only sign: without it the text is the same."""
    texts = []
    for variable in ("", "1"):
        with pytest.MonkeyPatch.context() as patch:
            if variable:
                patch.setenv("NO_COLOR", variable)
            app = stage()
            async with app.run_test(size=(160, 45)) as pilot:
                advance(app, 40)
                await pilot.press("o")
                advance(app, 20)
                await pilot.pause()
                texts.append(text_of(app))
    assert texts[0] == texts[1]


def test_a_broken_file_is_an_error_before_anything_is_drawn(tmp_path: Path) -> None:
    """Whoever opens a file with a mistake reads where it is."""
    file = tmp_path / "broken.yaml"
    file.write_text("schema: 1\ncascades: {otp: [smss]}\n", encoding="utf-8")
    with pytest.raises(ScenarioError):
        run_app(file)


@pytest.mark.parametrize(("trouble", "code"), [("", 0), ("ValueError: odd", ExitCode.BROKEN)])
def test_an_error_inside_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str, code: int
) -> None:
    """Leaving a healthy run exits with 0, leaving a broken one does not."""
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")

    def run(self: SandboxApp) -> None:
        if trouble:
            self.session._break(trouble)

    monkeypatch.setattr(SandboxApp, "run", run)
    assert run_app(file, seed=99) == code


def test_what_was_on_the_screen_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scenario and its speed; the card of the first start until nobody wants it any more."""
    file, settings = tmp_path / "codes.yaml", tmp_path / "settings.toml"
    file.write_text(CODES, encoding="utf-8")
    seen: list[SandboxApp] = []

    def run(self: SandboxApp) -> None:
        self.session.change_speed(1)
        self.forget_card()
        seen.append(self)

    monkeypatch.setattr(SandboxApp, "run", run)
    speeds = []
    for _ in range(2):
        assert run_app(file, settings=settings) == 0
        speeds.append(seen[-1].session.speed)
    assert speeds == [speeds[0], speeds[0] * 2]
    assert [app.opening.first_card for app in seen] == [True, False]
    kept = read_settings(settings).settings
    assert (kept.scenario, kept.speed) == (str(file), speeds[1])
    run_app(file, opening=Opening(is_demo=True), settings=settings)
    run_app(file)
    assert read_settings(settings).settings == kept
    assert not any(app.opening.first_card for app in seen[2:])


def test_what_the_first_picture_does_not_need_is_not_loaded() -> None:
    """Neither the store nor processes: they would come before it."""
    told = "import sys, sandbox.tui.app; print({'aiosqlite', 'multiprocessing'} & {*sys.modules})"
    command = [sys.executable, "-c", told]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
