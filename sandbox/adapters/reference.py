"""Our name for one submission, as it goes out with it and comes back with its receipts.

    fs1-r7-12-0-1     run r7, message 12, level 0, first submission on it

Every vendor that echoes anything carries it: letters, digits and hyphens only, so that it needs no
escaping in a query, a form or JSON, and at most 64 characters, less than the shortest field (100).
"""

import re
from typing import Final, NamedTuple

from sandbox.errors import MisuseError

LENGTH_MAX: Final = 64
RUN_MAX: Final = 24

_PREFIX: Final = "fs1"
"""Marks a reference as ours, and its form as the first."""

_TEXT: Final = re.compile(
    rf"{_PREFIX}-(?P<run>[A-Za-z0-9]{{1,{RUN_MAX}}})"
    r"-(?P<message>0|[1-9][0-9]{0,17})-(?P<level>0|[1-9][0-9]{0,3})-(?P<attempt>0|[1-9][0-9]{0,3})",
    re.ASCII,
)


class Reference(NamedTuple):
    """Which submission of which message of which run.

    Attributes:
        run: 1 to 24 ASCII letters and digits.
        message: From 0.
        level: From 0.
        attempt: Which submission on that level, as the engine counts them.
    """

    run: str
    message: int
    level: int
    attempt: int

    @property
    def text(self) -> str:
        """As it goes out; `read_reference` of it is this again.

        Raises:
            MisuseError: a part of it cannot be written, so nobody could read it back.
        """
        text = f"{_PREFIX}-{self.run}-{self.message}-{self.level}-{self.attempt}"
        if not _TEXT.fullmatch(text):
            raise MisuseError(f"{text[: 2 * LENGTH_MAX]!r} is no reference")
        return text


def read_reference(text: str) -> Reference | None:
    """What a reference names; None for whatever is none of ours. Never raises."""
    found = _TEXT.fullmatch(text) if len(text) <= LENGTH_MAX else None
    if found is None:
        return None
    run, message, level, attempt = found.group("run", "message", "level", "attempt")
    return Reference(run, int(message), int(level), int(attempt))
