"""Tables for a terminal: columns aligned, and broken into several tables where they do not fit.

Texts of others go through `plain` on their way in, so a hostile name is one more cell.
"""

from collections.abc import Sequence
from typing import Final

from sandbox.report.plain import cells, plain

WIDTH: Final = 100
"""Cells of a line, unless one column alone is wider."""

CELL_MAX: Final = 44
"""Longer texts of the leading columns are cut."""

_GAP: Final = 2


def text_table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, leading: int, width: int = WIDTH
) -> list[str]:
    """Lines of a table, and of further ones below it where it would be too wide.

    Args:
        heads: One a column.
        rows: As many texts each.
        leading: So many columns say which row it is: they stand on the left, aligned there, and
            again in each further table. The others are figures.
        width: How many cells a line has.
    """
    limits = [CELL_MAX if column < leading else None for column in range(len(heads))]
    lines = [
        [plain(text, limit) for text, limit in zip(row, limits, strict=True)]
        for row in (heads, *rows)
    ]
    widths = [max(cells(line[column]) for line in lines) for column in range(len(heads))]
    shown: list[str] = []
    for group in _groups(widths, leading, width):
        columns = [*range(leading), *group]
        if shown:
            shown.append("")
        shown += [_line(line, columns, widths, leading) for line in lines]
    return shown


def _groups(widths: Sequence[int], leading: int, width: int) -> list[list[int]]:
    """Which figures stand beside each other; at least one in each table."""
    room = width - sum(widths[:leading]) - _GAP * leading
    groups: list[list[int]] = [[]]
    left = room
    for column in range(leading, len(widths)):
        needs = widths[column] + (_GAP if groups[-1] else 0)
        if groups[-1] and needs > left:
            groups.append([])
            left, needs = room, widths[column]
        groups[-1].append(column)
        left -= needs
    return groups


def _line(line: Sequence[str], columns: Sequence[int], widths: Sequence[int], leading: int) -> str:
    parts = []
    for column in columns:
        room = " " * (widths[column] - cells(line[column]))
        parts.append(line[column] + room if column < leading else room + line[column])
    return (" " * _GAP).join(parts).rstrip()


def short_names(paths: Sequence[str]) -> list[str]:
    """Each path by as few of its last parts as tell it from the others.

    Two at least, and a position in a list does not come first.
    """
    split = [path.split(".") for path in paths]
    names = []
    for parts in split:
        others = [other for other in split if other != parts]
        length = min(2, len(parts))
        while length < len(parts) and (
            parts[-length].isdecimal() or any(o[-length:] == parts[-length:] for o in others)
        ):
            length += 1
        names.append(".".join(parts[-length:]))
    return names
