"""Keyed luck for the tests themselves: run number 4711 is the same run on every machine."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")

_PERCENT: Final = 100


class Lots:
    """Draws that depend on a number, what they are for, and how many were drawn before.

    Standard dice are not used, because what they draw may change from Python to Python.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        """Begin a series of its own."""
        self._salt = f"{seed}\n{purpose}\n".encode()
        self._drawn = 0

    def below(self, bound: int) -> int:
        """An integer in `[0, bound)`."""
        self._drawn += 1
        key = self._salt + str(self._drawn).encode()
        return int.from_bytes(blake2b(key, digest_size=8).digest(), "little") * bound >> 64

    def between(self, least: int, most: int) -> int:
        """An integer in `[least, most]`."""
        return least + self.below(most - least + 1)

    def happens(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(_PERCENT) < percent

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them, all equally likely."""
        return choices[self.below(len(choices))]

    def some_of(self, choices: Sequence[T], percent: int) -> list[T]:
        """Each of them with this chance, in their order."""
        return [choice for choice in choices if self.happens(percent)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them, in any order."""
        left, order = list(items), []
        while left:
            order.append(left.pop(self.below(len(left))))
        return order
