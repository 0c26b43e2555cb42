"""Large letters and digits for a room: five pixels high, drawn from half or whole blocks.

A pixel is half a cell high and one wide in a small text (three lines), a whole cell high and two
wide in a large one (five lines). A text with a sign that the font does not have, or that does not
fit, is not drawn large at all: whoever draws then falls back to ordinary letters.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

from rich.style import Style
from textual.strip import Strip

from sandbox.report.plain import plain
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.figures_strip import Tile

PIXEL_ROWS: Final = 5

_FONT: Final = {
    sign: tuple(rows.split("/"))
    for sign, rows in {
        "0": "###/#.#/#.#/#.#/###", "1": ".#./##./.#./.#./###", "2": "###/..#/###/#../###",
        "3": "###/..#/.##/..#/###", "4": "#.#/#.#/###/..#/..#", "5": "###/#../###/..#/###",
        "6": "###/#../###/#.#/###", "7": "###/..#/..#/.#./.#.", "8": "###/#.#/###/#.#/###",
        "9": "###/#.#/###/..#/###", "A": ".#./#.#/###/#.#/#.#", "B": "##./#.#/##./#.#/##.",
        "C": ".##/#../#../#../.##", "D": "##./#.#/#.#/#.#/##.", "E": "###/#../##./#../###",
        "F": "###/#../##./#../#..", "G": ".###/#.../#.##/#..#/.###", "H": "#.#/#.#/###/#.#/#.#",
        "I": "#/#/#/#/#", "J": "..#/..#/..#/#.#/.#.", "K": "#..#/#.#./##../#.#./#..#",
        "L": "#../#../#../#../###", "M": "#...#/##.##/#.#.#/#...#/#...#",
        "N": "#..#/##.#/#.##/#..#/#..#", "O": ".##./#..#/#..#/#..#/.##.",
        "P": "##./#.#/##./#../#..", "Q": ".##./#..#/#..#/#.##/.###", "R": "##./#.#/##./#.#/#.#",
        "S": ".##/#../.#./..#/##.", "T": "###/.#./.#./.#./.#.", "U": "#..#/#..#/#..#/#..#/.##.",
        "V": "#.#/#.#/#.#/#.#/.#.", "W": "#...#/#...#/#.#.#/##.##/#...#",
        "X": "#.#/#.#/.#./#.#/#.#", "Y": "#.#/#.#/.#./.#./.#.", "Z": "###/..#/.#./#../###",
        " ": "../../../../..", ".": "././././#", ",": "../../../.#/#.", ":": "./#/./#/.",
        ";": "../.#/../.#/#.", "!": "#/#/#/./#", "?": "##./..#/.#./.../.#.", "-": "../../##/../..",
        "−": "../../##/../..", "–": "../../##/../..", "—": ".../.../###/.../...",
        "+": ".../.#./###/.#./...", "%": "##..#/##.#./..#../.#.##/#..##",
        "/": "..#/..#/.#./#../#..",
        "'": "#/#/././.", "’": "#/#/././.", "(": ".#/#./#./#./.#", ")": "#./.#/.#/.#/#.",
        "×": ".../#.#/.#./#.#/...", "=": "../##/../##/..", "_": ".../.../.../.../###",
        "&": ".#../#.#./.#.#/#.#./.#.#", "→": "..../..#./####/..#./....",
    }.items()
}  # fmt: skip
"""Sign -> its five rows of pixels, a `#` for each that is drawn."""

_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


_GAP: Final = 4
"""Blanks between two large figures, so that they are not read as one."""


class Size(Enum):
    """How large a text is drawn."""

    SMALL = 3
    LARGE = 5

    @property
    def lines(self) -> int:
        """How many lines of the screen a text takes."""
        return self.value

    @property
    def pixel_cells(self) -> int:
        """How many cells a pixel is wide."""
        return 1 if self is Size.SMALL else 2


def cells_wide(text: str, size: Size) -> int | None:
    """How many cells a text takes when drawn large; None where the font lacks a sign of it."""
    pixels = _pixels(text)
    return None if pixels is None else len(pixels[0]) * size.pixel_cells


def big_rows(text: str, size: Size) -> list[str] | None:
    """Draw a text in block letters, all lines of one length; None where the font lacks a sign."""
    pixels = _pixels(text)
    if pixels is None:
        return None
    if size is Size.LARGE:
        return ["".join("██" if pixel else "  " for pixel in row) for row in pixels]
    nothing = [False] * len(pixels[0])
    padded = [*pixels, nothing]
    return [
        "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(padded[::2], padded[1::2], strict=True)
    ]


def _pixels(text: str) -> list[list[bool]] | None:
    """The five rows of a text, a blank column between two signs."""
    glyphs = [_FONT.get(sign) for sign in text.upper()]
    if not glyphs:
        return [[] for _ in range(PIXEL_ROWS)]
    rows: list[list[bool]] = [[] for _ in range(PIXEL_ROWS)]
    for nth, glyph in enumerate(glyphs):
        if glyph is None:
            return None
        for y, drawn in enumerate(glyph):
            rows[y] += [False] * bool(nth) + [pixel == "#" for pixel in drawn]
    return rows


def big_lines(text: str, width: int, most: int, look: Style, rest: Style) -> list[Strip] | None:
    """Wrap a text at its blanks and draw it in small block letters, a blank line after each row.

    Args:
        text: What to say.
        width: Of the lines, in cells.
        most: How many lines there may be.
        look: Of the letters.
        rest: Of what is left of a line.

    Returns:
        The lines; None where the font lacks a sign, or there is no room.
    """
    rows = _wrapped(plain(text), width - 2)
    if not rows or len(rows) * (Size.SMALL.lines + 1) - 1 > most:
        return None
    lines: list[Strip] = []
    for row in rows:
        lines += [
            Pen(width).put(" ", rest).put(drawn, look).strip(rest)
            for drawn in big_rows(row, Size.SMALL) or []
        ]
        lines.append(Strip.blank(width, rest))
    return lines[:-1]


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text into rows that fit when drawn small; empty where that cannot be done."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        cells = cells_wide(longer, Size.SMALL)
        if cells is None or (cells_wide(word, Size.SMALL) or 0) > width:
            return []
        if cells <= width and rows:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def tile_lines(tiles: Sequence[Tile], width: int, size: Size, palette: Palette) -> list[Strip]:
    """Draw figures side by side: a label, the figure large, and the line below it.

    A figure that does not fit large is written small and bold in the middle of its place.
    """
    pens = [Pen(width) for _ in range(size.lines + 2)]
    for tile, each in zip(tiles, _widths_of(tiles, width, size), strict=True):
        pens[0].put(" ", palette.dim).write(tile.label, palette.strong, each - 1)
        pens[-1].put(" ", palette.dim).write(
            tile.below, palette.warn if tile.is_at_odds else palette.dim, each - 1
        )
        drawn = _figure_rows(tile.known, each - 2, size)
        for pen, row in zip(pens[1:-1], drawn, strict=True):
            pen.put(" ", palette.text).put(row.ljust(each - 1), palette.accent)
    return [pen.strip(palette.text) for pen in pens]


def _widths_of(tiles: Sequence[Tile], width: int, size: Size) -> list[int]:
    """The room of each figure: the same for all, or where two would touch, as it needs."""
    each = width // len(tiles)
    needs = [(cells_wide(plain(t.known).replace(" ", ""), size) or 0) + 1 for t in tiles]
    labels = [max(len(tile.label), len(tile.below)) + 1 for tile in tiles]
    needs = [max(pair) for pair in zip(needs, labels, strict=True)]
    spare = (width - sum(needs)) // len(tiles)
    is_tight = any(each - _GAP < need <= each for need in needs)
    return [need + spare for need in needs] if is_tight and spare >= 2 else [each] * len(tiles)


def _figure_rows(text: str, width: int, size: Size) -> list[str]:
    """A figure as large as fits, in the lines of a size; in large digits blanks only cost room."""
    shown = plain(text)
    tight = shown.replace(" ", "")
    for tried in (size, Size.SMALL):
        rows = big_rows(tight, tried)
        if rows is not None and len(rows[0]) <= width:
            above = (size.lines - tried.lines) // 2
            below = size.lines - tried.lines - above
            return [""] * above + rows + [""] * below
    middle = size.lines // 2
    return [shown[:width] if line == middle else "" for line in range(size.lines)]
