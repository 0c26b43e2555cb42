r"""Text from outside, made fit to be shown: nothing of it moves a cursor or hides.

Names, message texts, reasons and the lines of a broken file are written by others. A terminal obeys
escape sequences, turns text around at a bidirectional control, and shows nothing at all for a zero
width character, so that two names look alike. Here every such character becomes its escape, as in
`\x1b`, `\u202e` or `\n`; all others, whatever the script, stay as they are. Markup is not touched:
whoever shows text to a program that reads markup must also say that this text has none.
"""

from typing import Final
from unicodedata import category, combining, east_asian_width

_SHORT: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

_BLANKS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    "\u180b\u180c\u180d\u180e\u180f"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Characters that are letters, marks or symbols by their category, and yet show nothing."""

CUT: Final = "…"
"""Stands where a text was too long."""


def plain(text: str, limit: int | None = None) -> str:
    """Escape all that is not simply seen.

    Args:
        text: Anything, lone surrogates included.
        limit: How many characters the result has at most; a longer text ends in `…`.
    """
    if limit is not None and len(text) > limit:
        # A text never becomes shorter, so what is cut here would be cut below as well.
        text = text[:limit] + CUT
    if not (text.isprintable() and (text.isascii() or _BLANKS.isdisjoint(text))):
        text = "".join([char if _is_seen(char) else _escape(char) for char in text])
    if limit is not None and len(text) > limit:
        text = text[: max(limit - 1, 0)] + CUT[:limit]
    return text


def cells(text: str) -> int:
    """How many cells of a terminal a text takes that has been through `plain`."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _is_seen(char: str) -> bool:
    if char in _BLANKS:
        return False
    # Spaces other than U+0020 count as not printable in Python; they only leave room.
    return char.isprintable() or category(char) == "Zs"


def _escape(char: str) -> str:
    short = _SHORT.get(char)
    if short is not None:
        return short
    point = ord(char)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
