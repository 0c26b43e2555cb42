"""A progress line for people: on a terminal only, on standard error only, gone when done."""

import sys
import time
from typing import Final

_EVERY_S: Final = 0.2


class ProgressLine:
    """Shows how far a run has come; silent where nobody watches, and for the first moment."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shows = sys.stderr.isatty()
        self._next_at = time.monotonic() + _EVERY_S
        self._drawn = False

    def __call__(self, virtual_us: int, messages: int) -> None:
        """Redraw when it is time to."""
        if not self._shows or time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + _EVERY_S
        self._drawn = True
        virtual_s = virtual_us / 1_000_000
        text = f"{self._title}: {messages:,} messages, {virtual_s:,.0f} s of virtual time"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
