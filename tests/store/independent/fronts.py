"""Levels that begin together, as the document says: where a message is, and what may happen there.

A level with `parallel: true` begins at the instant of the level before it, and is caused by the
same line. A level that closes while others are open, or are yet to begin, closes by itself; with
the last one the message goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def end_of(levels: list[Json], first: int) -> int:
    """The first level that does not begin together with this one."""
    end = first + 1
    while end < len(levels) and levels[end].get("parallel"):
        end += 1
    return end


@dataclass
class Front:
    """The levels that a message is at.

    Attributes:
        end: The first level after them.
        began: Instant and line.
        begun: Those that have begun, in order.
        closed: Those of them that have closed.
    """

    first: int
    end: int
    began: tuple[int, int]
    begun: list[int] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The first level begins with the front."""
        self.begun.append(self.first)

    @property
    def open(self) -> list[int]:
        """The levels that are open."""
        return [level for level in self.begun if level not in self.closed]

    @property
    def is_last(self) -> bool:
        """All have begun, and at most one is open: what it comes to, the message comes to."""
        return len(self.begun) == self.end - self.first and len(self.open) <= 1

    def join(self, level: int | None, began: tuple[int, int]) -> Iterator[str]:
        """A level begins beside the one before it; gives what is wrong with that."""
        if level != self.begun[-1] + 1 or level >= self.end:
            yield f"begins beside {self.begun[-1]}, in a front that ends before {self.end}"
            return
        if began != self.began:
            yield f"begins with {began}, and its front began with {self.began}"
        self.begun.append(level)

    def close(self, level: int | None) -> Iterator[str]:
        """A level closes by itself; gives what is wrong with that."""
        if level not in self.open:
            yield f"closes a level that is not open: {self.open} are"
        elif self.is_last:
            yield "closes by itself, and nothing runs beside it"
        self.closed |= {level} if level is not None else set()
