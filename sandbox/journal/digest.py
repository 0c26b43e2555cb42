"""The digest of a run: one hash over every line, so that two runs are equal or they are not.

`sha256:` and the hex SHA-256 over a first line that names the format, then a line per event:
the columns joined by tabs, absent ones as `-`, UTF-8, the detail as JSON, keys sorted, no spaces.
It holds no names, numbers, texts, paths or titles.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from sandbox.cascade.outputs import Fact

FORMAT: Final = "fallback-sandbox log 1\n"

RULES_VERSION: Final = 1
"""Counts up whenever the same scenario and seed would give another log."""


def line(fact: Fact) -> str:
    """The canonical form of one line of the log, with its end of line."""
    return encode((fact,))


def encode(facts: Iterable[Fact]) -> str:
    """The canonical form of many lines."""
    return "".join(
        [
            # Seven lines of ten are about a first attempt at level 0.
            f"{seq}\t{at}\t{message}\t0\t1\t{kind}\t{cause}\t{detail.json}\n"
            if attempt == 1 and level == 0
            else f"{seq}\t{at}\t{message}\t{level}\t{attempt}\t{kind}\t{cause}\t{detail.json}\n"
            if attempt is not None
            else f"{seq}\t{at}\t{'-' if message is None else message}"
            f"\t{'-' if level is None else level}\t-\t{kind}\t{cause}\t{detail.json}\n"
            for seq, at, message, level, attempt, kind, cause, detail in facts
        ]
    )


class Digest:
    """Takes the log in pieces of any size; the pieces do not show in the result."""

    def __init__(self) -> None:
        self._hash = sha256(FORMAT.encode())

    def update(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log."""
        self._hash.update(encode(facts).encode())

    @property
    def text(self) -> str:
        """The digest of all lines so far, such as `sha256:5f…`."""
        return f"sha256:{self._hash.hexdigest()}"
