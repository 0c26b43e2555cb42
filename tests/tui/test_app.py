import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.frame import Phase
from sandbox.errors import ExitCode, ScenarioError
from sandbox.tui.app import SandboxApp, make_app, run_app
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


# In a real terminal ------------------------------------------------------------------------------


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, file: Path) -> None:
        self.fd, other = pty.openpty()
        os.set_blocking(self.fd, False)
        code = f"from sandbox.tui.app import run_app; raise SystemExit(run_app({str(file)!r}))"
        environment = {
            **os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(other)
        self.seen = b""

    def wait_for(self, words: bytes, seconds: float = 30) -> None:
        """Read until some words have been written."""
        end = time.monotonic() + seconds
        while words not in self.seen and time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.1)
            if ready:
                try:
                    self.seen += os.read(self.fd, 65536)
                except OSError:  # the other end is closed
                    break
        assert words in self.seen

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.fd, keys)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """The app in a terminal."""
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")
    made = Terminal(file)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait()
    os.close(made.fd)


@pytest.mark.parametrize("how", ["q", "signal"])
def test_in_a_real_terminal_it_starts_and_leaves_the_terminal_as_it_was(
    terminal: Terminal, how: str
) -> None:
    """The first picture comes, and whoever quits or is ended gives the terminal back."""
    terminal.wait_for(b"Help")
    if how == "q":
        terminal.press(b"q")
    else:
        terminal.process.send_signal(signal.SIGTERM)
    terminal.wait_for(b"\x1b[?1049l")
    assert terminal.process.wait(20) == (0 if how == "q" else ExitCode.INTERRUPTED)
