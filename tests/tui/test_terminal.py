"""The app in a real terminal: start, every size, and every way out."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from textual.drivers.linux_driver import LinuxDriver
from textual.drivers.web_driver import WebDriver

from sandbox.app.settings import read_settings
from sandbox.errors import ExitCode
from sandbox.tui.desk import Place
from sandbox.tui.terminal import Paper, driver_for, terminal_among
from tests.support.terminal import ROOT, Terminal
from tests.tui.stage import CODES

SIZES: Final = (
    (60, 16), (120, 36), (80, 24), (160, 45), (100, 30), (200, 60), (110, 34), (150, 40)
)  # fmt: skip
"""Every arrangement there is, up and down."""

AS_BEFORE: Final = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l", b"\x1b[?1004l", b"\x1b[?7h",
                    b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?1006l", b"\x1b[<u")  # fmt: skip
"""First screen, cursor, paste, focus, wrapping, mouse, keys: each as a shell expects it."""

SHOWS: Final = {
    Place.LIVE: "paused",
    Place.SCENARIOS: "both-at-once",
    Place.COMPARE: "got it twice",
    Place.REPLAY: "in flight",
    Place.CONFIG: "Problems",
}
"""What stands there when a place has all it needs."""

TROUBLE: Final = ("Traceback", "Error", "hit an error", "error:")

Open = Callable[..., Terminal]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the app in a terminal; nothing of it is left behind."""
    file, made = tmp_path / "codes.yaml", []
    file.write_text(CODES, encoding="utf-8")
    home = {"HOME": str(tmp_path)} | {
        f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")
    }

    def start(*, encoding: str = "utf-8", **more: object) -> Terminal:
        given = {**home, "PYTHONIOENCODING": encoding}
        arguments = ["-m", "sandbox", "open", str(file)]
        terminal = Terminal(arguments, environment=given, **more)  # type: ignore[arg-type] # passed on
        made.append(terminal)
        terminal.wait_for(b"Help")
        return terminal

    yield start
    for terminal in made:
        terminal.end()


def test_every_place_fits_every_size(opened: Open) -> None:
    """Five places, eight sizes: each cell is drawn, none beyond the edge, and no error is told."""
    terminal = opened()
    terminal.wait_until_shown("any key: away")
    terminal.press(" ")
    terminal.wait_until_shown("paused")
    terminal.press("k")
    terminal.wait_until_shown("kept as")
    for place in reversed(Place):
        terminal.press(place.key)
        terminal.wait_until_shown(SHOWS[place])
        if place is Place.COMPARE:  # it plays at once
            terminal.press(" ")
        for size in SIZES:
            terminal.resize(*size)
            lines = terminal.lines()
            assert terminal.unpainted() == [], (place, size)
            assert terminal.outside() == [], (place, size, lines)
            assert "Help" in lines[-1], (place, size, lines)
            assert [word for word in TROUBLE if word in "\n".join(lines)] == []
    terminal.press("q")
    terminal.wait_for(b"\x1b[?1049l")
    assert terminal.process.wait(20) == 0


def test_too_small_says_so_and_large_again_is_as_before(opened: Open) -> None:
    """A window made tiny and large again shows what it showed."""
    terminal = opened()
    terminal.wait_until_shown("any key: away")
    terminal.press(" ")
    terminal.wait_until_shown("paused")
    terminal.settle()
    before = terminal.lines()
    terminal.resize(40, 10)
    assert "40x10 is too small: 60x16 is the least" in " ".join(terminal.lines())
    assert terminal.outside() == []
    terminal.resize(80, 24)
    assert terminal.lines() == before


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("q", 0),
        ("\x03", 0),
        (signal.SIGTERM, ExitCode.INTERRUPTED),
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGHUP, ExitCode.INTERRUPTED),
    ],
    ids=["q", "ctrl-c", "terminate", "interrupt", "hangup"],
)
def test_whoever_leaves_gets_the_terminal_as_it_was(
    opened: Open, how: str | signal.Signals, code: int
) -> None:
    """By a key or by a signal: screen, cursor, mouse, paste and echo are those of the shell."""
    terminal = opened()
    assert terminal.settings() != terminal.settings_before
    if isinstance(how, str):
        terminal.press(how)
    else:
        terminal.process.send_signal(how)
    terminal.wait_for(b"\x1b[?1049l")
    assert terminal.process.wait(20) == code
    terminal.settle()
    end = terminal.seen[terminal.seen.rindex(b"\x1b[?2004l") :]
    assert [each for each in AS_BEFORE if each not in end] == []
    assert terminal.settings() == terminal.settings_before
    assert not end.rpartition(b"\x1b[?1049l")[2].strip(b"\x1b[?0123456789hl<u")


def test_a_closed_window_ends_the_app_and_what_it_had_learnt_is_kept(
    opened: Open, tmp_path: Path
) -> None:
    """Nothing can be read or written any more: the process ends, and remembers the speed."""
    terminal = opened(size=(200, 60))
    terminal.press("+")
    terminal.wait_until_shown("×8")
    terminal.hang_up()
    assert terminal.process.wait(20) == ExitCode.INTERRUPTED
    (file,) = (tmp_path / "CONFIG").rglob("settings.toml")
    assert read_settings(file).settings.speed == 8


def test_errors_that_go_into_a_file_leave_the_picture_on_the_screen(
    opened: Open, tmp_path: Path
) -> None:
    """With `2> log` the app is seen and used as ever, and the log is empty."""
    log = tmp_path / "log"
    terminal = opened(errors_into=log)
    terminal.press("?")
    terminal.wait_until_shown("Reading the picture")
    terminal.press("\x11")
    terminal.wait_for(b"\x1b[?1049l")
    assert terminal.process.wait(20) == 0
    assert log.read_bytes() == b""


def test_without_keys_it_does_not_begin() -> None:
    """Standard input that is no terminal could never end it: that is told at once."""
    words = (
        "import sys; sys.stdout.isatty = lambda: True; "
        "from sandbox.cli.main import main; sys.exit(main(['open']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == ExitCode.WRONG_INPUT
    assert "to read keys from" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_terminal_that_knows_few_signs_gets_only_those(opened: Open, encoding: str) -> None:
    """Without anybody asking for it; nothing arrives as a number of a character."""
    terminal = opened(encoding=encoding)
    terminal.press("?")
    terminal.wait_for(b"the run stands still meanwhile")
    terminal.press("\x11")
    terminal.wait_for(b"\x1b[?1049l")
    assert terminal.seen.isascii()
    assert b"\\u" not in terminal.seen


# Which stream is painted on ----------------------------------------------------------------------


class _Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


def test_the_first_terminal_among_the_streams_is_found() -> None:
    """Standard error before standard output, as ever; none leaves none."""
    terminal, file = _Stream(is_terminal=True), _Stream(is_terminal=False)
    assert terminal_among((terminal, _Stream(is_terminal=True))) is terminal
    assert terminal_among((file, terminal)) is terminal
    assert terminal_among((file, None)) is None


def test_only_the_usual_driver_is_told_where_to_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser's driver stays what it is, and so does that of an app that nobody sees."""
    terminal, file = _Stream(is_terminal=True), _Stream(is_terminal=False)
    monkeypatch.setattr(sys, "__stderr__", file)
    monkeypatch.setattr(sys, "__stdout__", terminal)
    assert issubclass(driver_for(LinuxDriver), LinuxDriver)
    assert driver_for(LinuxDriver) is not LinuxDriver
    assert driver_for(WebDriver) is WebDriver
    monkeypatch.setattr(sys, "__stdout__", file)
    assert driver_for(LinuxDriver) is LinuxDriver


def test_what_is_painted_on_a_terminal_that_is_gone_goes_nowhere() -> None:
    """Neither writing nor the end of the stream fails."""
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    paper = Paper(stream)
    paper.write("seen")
    paper.flush()
    assert os.read(reading, 10) == b"seen"
    os.close(reading)
    for _ in range(3):
        paper.write("x" * 100_000)
        paper.flush()
    assert paper.fileno() == writing
    stream.close()


# The tests' own eyes -----------------------------------------------------------------------------


def test_what_is_drawn_too_wide_or_not_at_all_is_seen() -> None:
    """A line beyond the edge, and a terminal that nothing was drawn into, do not pass."""
    drawing = r"print('\x1b[44m' + 'x' * 100, flush=True); input()"
    terminal = Terminal(["-c", drawing])
    try:
        terminal.wait_for(b"x" * 100)
        terminal.settle()
        assert terminal.outside()[0] == "line 0, column 80: 'x'"
        assert terminal.unpainted()[0] == "line 1, column 0"
    finally:
        terminal.end()
