"""The terminal that is painted on: wherever the standard streams lead, and until it is gone."""

import os
import sys
from functools import partial
from typing import TextIO

from textual.app import App
from textual.driver import Driver

from sandbox.errors import ExitCode


def terminal_among(streams: tuple[TextIO | None, ...]) -> TextIO | None:
    """The first of some streams that is a terminal; None where none is."""
    terminals = (stream for stream in streams if stream is not None and stream.isatty())
    return next(terminals, None)


class Paper:
    """What the terminal's codes are written on; when the terminal is gone, nothing is.

    The thread that writes must not die of it: whoever hands it more would wait for ever.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def fileno(self) -> int:
        """The number of its file."""
        return self._stream.fileno()

    def write(self, text: str) -> None:
        """Write, or do nothing."""
        try:
            self._stream.write(text)
        except OSError:
            self._let_go()

    def flush(self) -> None:
        """Hand on what was written, or do nothing."""
        try:
            self._stream.flush()
        except OSError:
            self._let_go()

    def _let_go(self) -> None:
        """What is still in the stream, and what comes, goes nowhere: also when Python ends."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def driver_for(usual: type[Driver]) -> type[Driver]:
    """What paints on the terminal.

    textual paints on standard error and asks standard output for the size: with `2> log` the
    picture would go into the log, with `> file` it would keep the size it began with. And where
    the terminal goes away it waits for ever.
    """
    terminal = terminal_among((sys.__stderr__, sys.__stdout__))
    if sys.platform == "win32" or terminal is None:
        return usual
    from textual.drivers.linux_driver import LinuxDriver  # noqa: PLC0415 - not to be had on Windows

    if usual is not LinuxDriver:  # a browser, say
        return usual
    stream: TextIO = terminal

    class TerminalDriver(LinuxDriver):
        """Paints on the stream that is the terminal, asks that for its size, and survives it."""

        def __init__(
            self,
            app: App[object],
            *,
            debug: bool = False,
            mouse: bool = True,
            size: tuple[int, int] | None = None,
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)
            self._file = Paper(stream)  # type: ignore[assignment] # its thread asks for no more

        def _get_terminal_size(self) -> tuple[int, int]:
            try:
                columns, lines = os.get_terminal_size(stream.fileno())
            except OSError:  # it is gone, or says nothing of its size
                return super()._get_terminal_size()
            return columns or 80, lines or 24

        def run_input_thread(self) -> None:
            """Read keys until the end, which may be that nobody is there any more."""
            try:
                super().run_input_thread()
            except OSError:
                self._app.call_later(partial(self._app.exit, return_code=ExitCode.INTERRUPTED))

    return TerminalDriver
