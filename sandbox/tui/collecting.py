"""Python's cycle collector, kept from looking through everything between two frames.

A long session keeps a million small objects, and one look through all of them takes a quarter of a
second, in which the screen stands still. None of them is part of a cycle; what the screen itself
leaves behind is young, and Python goes on looking through the young as ever. All is looked through
when the run stands still, or every ten minutes at least.
"""

import gc
from typing import Final

_NEVER: Final = 1_000_000_000
"""So many looks through the young until Python would look through the old by itself."""

_ALL_EVERY: Final = 15 * 600
"""Frames."""


class Collector:
    """Decides when all is looked through."""

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None
        """How Python decided it, while that is changed."""
        self._frames = 0
        """Since all was looked through."""
        self._is_clean = False
        """All was looked through since the run went on last."""

    def look(self, *, stands_still: bool) -> None:
        """Once a frame.

        Args:
            stands_still: The run does; a longer look is not seen then.
        """
        if self._before is None:
            self._before = gc.get_threshold()
            gc.set_threshold(*self._before[:2], _NEVER)
        self._frames += 1
        if self._frames >= _ALL_EVERY or (stands_still and not self._is_clean):
            self._frames = 0
            gc.collect()
        self._is_clean = stands_still

    def end(self) -> None:
        """Leave it to Python again."""
        if self._before is not None:
            gc.set_threshold(*self._before)
        self._before = None
