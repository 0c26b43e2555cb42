"""The screen in ASCII: the last thing that happens to a line, so that no widget needs to know.

Every sign of ours has one in ASCII of the same width, and signs that mean different things in one
place stay different. What people wrote and ASCII cannot say is shown as `?`, one for each cell.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from sandbox.app.settings import Glyphs

_SIGNS: Final[Mapping[str, str]] = {
    # In the lanes: one to five messages in one place, and walls, falls and people.
    "·": ".", "•": "*", "●": "o", "◉": "O", "█": "#",
    "○": "c", "◆": "@", "▼": "v", "▲": "^", "┃": "|", "┊": ":", "⊘": "%",
    # How something ended, and how a provider is.
    "✓": "+", "✗": "x", "✖": "X", "◐": "(", "◔": "'", "½": "/", "¼": "/", "⚑": "P", "✎": "e",
    # Sparklines, meters and figures in blocks.
    "▁": "_", "▂": "_", "▃": "-", "▄": "-", "▅": "=", "▆": "=", "▇": "#", "▀": '"',
    "▌": "[", "▐": "]", "▏": "|", "▎": "|", "▍": "|", "▋": "#", "▊": "#", "▉": "#", "▔": "-",
    "▕": "|", "░": ".", "▒": ":", "▓": "#",
    # Frames and tracks.
    "─": "-", "━": "=", "│": "|", "╶": "-", "╴": "-", "╸": "=", "╺": "=", "┄": "-", "┈": ".",
    "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┌": "+", "┐": "+", "└": "+", "┘": "+",
    "┏": "#", "┓": "#", "┗": "#", "┛": "#", "├": "+", "┤": "+", "┬": "+", "┴": "+", "┼": "+",
    "┸": "+", "║": "|", "═": "=",
    # Transport, keys and cursors.
    "▶": ">", "▸": ">", "‖": "=", "■": "#", "◢": "/", "⏎": "~",
    "↑": "^", "↓": "v", "←": "<", "→": ">",
    # Words and figures.
    "…": "~", "×": "x", "±": "~", "−": "-", "–": "-", "—": "-", "»": ">", "«": "<", "§": "s",
    "“": '"', "”": '"', "\u2018": "'", "\u2019": "'", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "€": "E", "£": "L", "¥": "Y", "¤": "$",
}  # fmt: skip
"""Sign -> what stands for it, both one cell wide."""

_TABLE: Final = str.maketrans(dict(_SIGNS))
_POOR_TERMINALS: Final = ("dumb", "linux", "vt100", "vt220")
"""Their fonts lack most of the signs, whatever encoding they are used with."""


@lru_cache(maxsize=8192)
def in_ascii(text: str) -> str:
    """A text of a line in ASCII, exactly as wide."""
    if text.isascii():
        return text
    shown = text.translate(_TABLE)
    if shown.isascii():
        return shown
    made = "".join(each if each.isascii() else "?" * cell_len(each) for each in shown)
    lacking = cell_len(text) - len(made)  # signs that join others have a width of their own alone
    return made + "?" * lacking if lacking >= 0 else made[:lacking]


class AsciiFilter(LineFilter):
    """Puts ASCII in the place of everything else, on frames and bars as well."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line in ASCII."""
        del background
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(in_ascii(segment.text), segment.style)
            for segment in segments
        ]


def wants_ascii(glyphs: Glyphs, encoding: str | None, terminal: str) -> bool:
    """Whether the screen is to be drawn in ASCII.

    Args:
        glyphs: What the settings say.
        encoding: Of what the terminal is written to; None where that has none.
        terminal: What it calls itself, as in `TERM`.
    """
    match glyphs:
        case Glyphs.ASCII:
            return True
        case Glyphs.UNICODE:
            return False
        case Glyphs.AUTO:
            return terminal in _POOR_TERMINALS or not _can_show(encoding or "ascii")


def _can_show(encoding: str) -> bool:
    try:
        "".join(_SIGNS).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def encoding_of_terminal() -> str | None:
    """The encoding of the stream the screen is painted to."""
    return getattr(sys.__stderr__, "encoding", None)
