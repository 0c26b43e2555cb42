"""How far a study has come: a line on a terminal's standard error, gone when it is done."""

import sys
import time
from typing import Final

_EVERY_S: Final = 0.2


class StepsLine:
    """Counts what is done; silent where nobody watches, and for the first moment."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._shows = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next_at = self._began + _EVERY_S
        self._drawn = False

    def __call__(self, done: int, total: int) -> None:
        """Redraw when it is time to."""
        now = time.monotonic()
        if not self._shows or now < self._next_at:
            return
        self._next_at = now + _EVERY_S
        self._drawn = True
        left_s = (now - self._began) * (total - done) / max(done, 1)
        text = f"{self._title}: {done:,} of {total:,}, about {left_s:,.0f} s left"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Stages:
    """A line for each part of a study, one after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._line: StepsLine | None = None

    def begin(self, stage: str) -> StepsLine:
        """Wipe the line before, and begin a new one."""
        self.close()
        self._line = StepsLine(f"{self._name}, {stage}")
        return self._line

    def close(self) -> None:
        """Wipe the last line."""
        if self._line is not None:
            self._line.close()
