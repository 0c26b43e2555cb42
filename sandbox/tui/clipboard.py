"""Copying out of a terminal: by OSC 52 where that can be hoped for, and into a file where not.

A terminal that does not know OSC 52 says nothing, so nobody can tell that it did not copy; some are
known not to. Others cut off what is long, so long texts go into a file at once.
"""

from collections.abc import Mapping
from typing import Final

BYTES_MAX: Final = 8_192
"""So many bytes are copied at most."""

_CANNOT: Final = ("dumb", "linux", "vt100", "vt220")
_PROGRAMS_THAT_CANNOT: Final = ("Apple_Terminal",)


def can_copy(text: str, environment: Mapping[str, str], *, is_web: bool) -> bool:
    """Whether a text is worth giving to the terminal.

    Args:
        text: What is to be copied.
        environment: Of the process.
        is_web: The terminal is a browser, which is none of those.
    """
    if len(text.encode("utf-8", "replace")) > BYTES_MAX:
        return False
    if is_web:
        return True
    is_poor = environment.get("TERM", "") in _CANNOT
    return not is_poor and environment.get("TERM_PROGRAM", "") not in _PROGRAMS_THAT_CANNOT
