"""A program in a terminal of its own: a real pseudo-terminal, with an emulator that reads it.

What the program writes is kept as bytes, and drawn onto a canvas that is larger than the terminal:
a line that is too wide is seen there, where a terminal would cut it.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyte

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 40.0
QUIET_S: Final = 0.1
"""A program that has written nothing for so long has drawn what it has to draw."""

_CANVAS: Final = (240, 90)
_UNKNOWN: Final = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
"""Codes the emulator would take for text: they ask for keys in a newer way, or for an answer."""

_LAUNCH: Final = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Takes the terminal for its own, so that hanging up reaches it, and becomes the program."""


class Terminal:
    """A pseudo-terminal, the program in it, and what is seen there."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str] | None = None,
        errors_into: Path | None = None,
    ) -> None:
        """Start this Python in a terminal.

        Args:
            arguments: What Python gets.
            size: Columns and lines.
            environment: Beside that of this process.
            errors_into: A file for standard error; None for the terminal.
        """
        self.fd, self.other = pty.openpty()
        os.set_blocking(self.fd, False)
        self.seen = b""
        """All that was written."""
        self._drawn = 0
        self.size = size
        self.set_size(*size)
        self.settings_before = termios.tcgetattr(self.other)
        given = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
        given |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        errors = None if errors_into is None else errors_into.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, sys.executable, *arguments],
            stdin=self.other, stdout=self.other, stderr=errors or self.other,
            env={**given, **(environment or {})}, start_new_session=True,
        )  # fmt: skip
        if errors is not None:
            errors.close()
        self._begin_canvas()

    def _begin_canvas(self) -> None:
        self._drawn = len(self.seen)
        self.canvas = pyte.Screen(*_CANVAS)
        self._stream = pyte.ByteStream(self.canvas)

    # What is seen ----------------------------------------------------------------------------

    def read(self, seconds: float) -> bool:
        """Take in what is written within so many seconds; whether anything was."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return False
        try:
            self.seen += os.read(self.fd, 1 << 16)
        except OSError:  # the other end is closed
            return False
        return True

    def wait_for(self, words: bytes) -> None:
        """Wait until some bytes have been written."""
        end = time.monotonic() + PATIENCE_S
        while words not in self.seen and time.monotonic() < end:
            if not self.read(0.05) and self.process.poll() is not None:
                break  # what it had to say has been read
        assert words in self.seen, self.seen[-2000:]

    def draw(self) -> None:
        """Draw what has been written since the canvas was begun."""
        fresh, self._drawn = self.seen[self._drawn :], len(self.seen)
        self._stream.feed(_UNKNOWN.sub(b"", fresh))

    def settle(self) -> None:
        """Wait until nothing more is written, and draw it."""
        end = time.monotonic() + PATIENCE_S
        while self.read(QUIET_S):
            assert time.monotonic() < end, "it never stops drawing"
        self.draw()

    def lines(self) -> list[str]:
        """The lines of the terminal, as they stand on the canvas."""
        return [line[: self.size[0]].rstrip() for line in self.canvas.display[: self.size[1]]]

    def wait_until_shown(self, words: str) -> None:
        """Wait until some words stand on the screen; more may be written at any time."""
        end = time.monotonic() + PATIENCE_S
        while words not in "\n".join(self.lines()) and time.monotonic() < end:
            self.read(0.05)
            self.draw()
        assert words in "\n".join(self.lines()), "\n".join(self.lines())

    def outside(self) -> list[str]:
        """What was written beyond the terminal's last column or line."""
        width, height = self.size
        found = [
            f"line {y}, column {x}: {cell.data!r}"
            for y, row in self.canvas.buffer.items()
            for x, cell in row.items()
            if (x >= width or y >= height) and cell.data.strip()
        ]
        return found[:5]

    def unpainted(self) -> list[str]:
        """Cells of the terminal that nothing was drawn into since the canvas was begun."""
        width, height = self.size
        rows = self.canvas.buffer
        found = [
            f"line {y}, column {x}"
            for y in range(height)
            for x in range(width)
            if x not in rows[y] or rows[y][x].bg == "default"
        ]
        return found[:5]

    # What is done ----------------------------------------------------------------------------

    def set_size(self, width: int, height: int) -> None:
        """Set the size without telling anybody."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, as a person drags its corner; a new canvas begins.

        A frame of the size before may have been under way. Then the size is given once more: a
        line that is too wide is so again.
        """
        self._resize(width, height)
        if self.outside():
            self._resize(width, height + 1)
            self._resize(width, height)

    def _resize(self, width: int, height: int) -> None:
        self.settle()
        self.size = (width, height)
        self._begin_canvas()
        self.set_size(width, height)  # the kernel sends SIGWINCH to who owns the terminal
        end = time.monotonic() + PATIENCE_S
        while self.unpainted() and time.monotonic() < end:
            self.read(0.05)
            self.settle()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def hang_up(self) -> None:
        """Close the terminal under the program, as closing a window does."""
        os.close(self.other)
        os.close(self.fd)
        self.fd = self.other = -1

    def settings(self) -> list[object]:
        """How the terminal is set: echo, line by line, signals."""
        return termios.tcgetattr(self.other)

    def end(self) -> None:
        """Leave no process and no terminal behind."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for fd in {self.fd, self.other} - {-1}:
            os.close(fd)
