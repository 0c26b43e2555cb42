"""Small tables in CSV: a line of column names, then a line for each row.

Values stand between commas, in double quotes where they hold a comma or a quote, and never go over
the end of a line. Durations are written with units under a plain column name, or as bare numbers
under a name that ends in the unit, since that is what other programs export: `at`, `at_s`, `at_ms`.
What is wrong is said with its line and column in the file, or, for a table that stands in the
scenario itself, with its line in that text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import LINE_BREAK, Mark, ScalarNode
from sandbox.scenario.problems import BAD, PROBLEMS_MAX, Bad, Problems, did_you_mean
from sandbox.scenario.quantities import (
    DURATION_MAX_US,
    UNITS_US,
    QuantityError,
    duration,
    duration_text,
)
from sandbox.scenario.reader import SIZE_MAX, misplaced_character

_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{0,20})?([eE][-+]?[0-9]{1,2})?")
"""As programs write numbers; a scenario's own have no exponent."""

_VALUE: Final = re.compile(r'[ \t]*(?:"((?:[^"]|"")*)"[ \t]*|([^",]*))(,|$)')

_UNITS: Final = ("s", "ms")
"""Units a column may have in its name."""


class Row(NamedTuple):
    """One line of a table: its number in the file, and its values without space around them."""

    line: int
    values: Sequence[str]


@dataclass(slots=True)
class Table:
    """What a CSV text says.

    Attributes:
        node: All of the text.
        columns: The names in its first line.
        rows: The other lines, empty ones left out, each with as many values as there are columns.
    """

    node: ScalarNode
    columns: Sequence[str] = ()
    header: int = 1
    rows: list[Row] = field(default_factory=list)
    _complaints: int = 0

    @property
    def is_whole(self) -> bool:
        """Nothing was wrong with it so far."""
        return not self._complaints

    @property
    def is_own_file(self) -> bool:
        """It stands in a file of its own, not in the scenario."""
        source = self.node.mark.source
        return not source.is_override and source.text == self.node.text

    def where(self, line: int) -> tuple[str, int]:
        """In which file a row stands, and in which line of that."""
        mark = self.node.mark
        return mark.source.name, line if self.is_own_file else mark.line

    @property
    def is_hopeless(self) -> bool:
        """More is wrong than will be shown, so that reading on is of no use."""
        return self._complaints >= PROBLEMS_MAX

    def complain(
        self, line: int, column: int, problems: Problems, code: Code, text: str, note: str = ""
    ) -> Bad:
        """Say what is wrong with a value; a `column` beyond the last is the whole line."""
        self._complaints += 1
        node, source = self.node, self.node.mark.source
        if not self.is_own_file:
            return problems.add(node, code, f"in line {line} of this CSV: {text}", note=note)
        raw = source.lines[line - 1]
        cells = _cells(raw) or ()
        start, width = 0, len(raw)
        if column < len(cells):
            start, width = cells[column].start, len(cells[column].text)
        mark = Mark(source, line, start + 1, max(width, 1))
        return problems.add(mark, code, text, note=note, place=node.place)


def read_table(
    node: ScalarNode, known: Sequence[str], problems: Problems, *, rows_max: int | None = None
) -> Table | Bad:
    """Read a CSV text.

    Args:
        node: The text.
        known: The columns it may have.
        problems: Takes what is wrong; a row with the wrong number of values is left out.
        rows_max: How many rows it may have; None: as many as fit.
    """
    table = Table(node)
    if len(node.text.encode("utf-8", "surrogatepass")) > SIZE_MAX:
        text = f"this CSV is larger than {SIZE_MAX // 1024} KiB"
        return problems.add(node, Code.FILE_TOO_BIG, text, note="make it shorter")
    misplaced = misplaced_character(node.text)
    if misplaced is not None:
        line = len(LINE_BREAK.split(node.text[: misplaced.start()]))
        text = f"the character U+{ord(misplaced.group()):04X} may not stand in a CSV file"
        return table.complain(line, 0, problems, Code.BAD_CHARACTER, text, "leave it out")
    lines = enumerate(LINE_BREAK.split(node.text), 1)
    for line, raw in lines:
        if raw.strip():
            if not _read_columns(table, line, raw, known, problems):
                return BAD
            break
    else:
        return table.complain(1, 0, problems, Code.EMPTY_FILE, "this CSV is empty")
    only_one = len(table.columns) == 1
    for line, raw in lines:
        if only_one and not ("," in raw or '"' in raw or not raw):
            value = raw.strip()
            if value:
                table.rows.append(Row(line, (value,)))
        elif raw.strip() and not table.is_hopeless:
            _read_row(table, line, raw, problems)
    if rows_max is not None and len(table.rows) > rows_max:
        text = f"{len(table.rows)} rows, {rows_max} are the most"
        line = table.rows[rows_max].line
        return table.complain(line, len(table.columns), problems, Code.TOO_MANY, text)
    if not table.rows and table.is_whole:
        text = "there is no row below the names of the columns"
        table.complain(table.header, len(table.columns), problems, Code.TOO_FEW, text)
    return table if table.rows else BAD


def _read_columns(
    table: Table, line: int, raw: str, known: Sequence[str], problems: Problems
) -> bool:
    """Read the first line; tell whether it can be used."""
    cells = _cells(raw)
    if cells is None:
        _complain_of_quotes(table, line, problems)
        return False
    names = [cell.text for cell in cells]
    is_right = True
    for position, name in enumerate(names):
        if name not in known:
            text = f"there is no column '{name}'"
            note = did_you_mean(name, known) or f"columns are {', '.join(known)}"
            if re.search("[;\t]", name):
                note = "put commas between values"
            table.complain(line, position, problems, Code.BAD_CSV, text, note)
            is_right = False
        elif name in names[:position]:
            text = f"the column '{name}' is there twice"
            table.complain(line, position, problems, Code.BAD_CSV, text, "leave one out")
            is_right = False
    table.columns, table.header = names, line
    return is_right


def _read_row(table: Table, line: int, raw: str, problems: Problems) -> None:
    values: Sequence[str]
    if '"' in raw:
        cells = _cells(raw)
        if cells is None:
            _complain_of_quotes(table, line, problems)
            return
        values = [cell.text for cell in cells]
    else:
        values = [value.strip() for value in raw.split(",")]
    if len(values) == len(table.columns):
        table.rows.append(Row(line, values))
        return
    count = len(table.columns)
    text = f"expected {count} value{'s' if count > 1 else ''}, found {len(values)}"
    table.complain(line, len(values), problems, Code.BAD_CSV, text, f"{', '.join(table.columns)}")


def _complain_of_quotes(table: Table, line: int, problems: Problems) -> None:
    text = "a quote is not closed in its line, or does not stand around a whole value"
    table.complain(line, len(table.columns), problems, Code.BAD_CSV, text, 'write "" for a quote')


class _Cell(NamedTuple):
    """A value, and where in its line it begins."""

    text: str
    start: int


def _cells(raw: str) -> list[_Cell] | None:
    """The values of a line; None where its quotes are wrong."""
    cells, at = [], 0
    while (found := _VALUE.match(raw, at)) is not None:
        quoted, bare = found.group(1), found.group(2)
        if quoted is None:
            cells.append(_Cell(bare.strip(), found.start(2)))
        else:
            cells.append(_Cell(quoted.replace('""', '"').strip(), found.start(1)))
        if not found.group(3):
            return cells
        at = found.end()
    return None


# Columns ---------------------------------------------------------------------------------------


def time_columns(name: str) -> tuple[str, ...]:
    """The names a column of durations may have."""
    return (name, *(f"{name}_{unit}" for unit in _UNITS))


class TimeColumn:
    """A column of durations, with units or with one in its name."""

    def __init__(self, table: Table, position: int, unit: str) -> None:
        """Use `find`."""
        self._table = table
        self._position = position
        self._unit = unit
        self._known: dict[str, int] = {}

    @classmethod
    def find(cls, table: Table, name: str, problems: Problems) -> "TimeColumn | Bad":
        """The one column of durations a table must have."""
        there = [column for column in time_columns(name) if column in table.columns]
        if len(there) == 1:
            return cls(table, table.columns.index(there[0]), there[0][len(name) + 1 :])
        names = ", ".join(time_columns(name))
        if there:
            text = f"'{there[0]}' and '{there[1]}' exclude each other"
            position = table.columns.index(there[1])
            note = "leave one out"
        else:
            text, position, note = f"a column is missing: one of {names}", len(table.columns), ""
        return table.complain(table.header, position, problems, Code.BAD_CSV, text, note)

    def read(self, row: Row, problems: Problems, *, most_us: int = DURATION_MAX_US) -> int | Bad:
        """The duration in a row, in microseconds; bare numbers are rounded to them."""
        text = row.values[self._position]
        us = self._known.get(text)
        if us is not None:
            return us
        try:
            us = _number(text, self._unit) if self._unit else _duration(text)
        except QuantityError as error:
            return self._complain(row, problems, error)
        if us > most_us:
            note = f"{duration_text(most_us)} is the most"
            too_much = QuantityError(Code.OUT_OF_RANGE, f"{text} is too much", note)
            return self._complain(row, problems, too_much)
        self._known[text] = us
        return us

    def _complain(self, row: Row, problems: Problems, error: QuantityError) -> Bad:
        return self._table.complain(
            row.line, self._position, problems, error.code, error.text, error.note
        )


def _duration(text: str) -> int:
    if not text:
        raise QuantityError(Code.BAD_DURATION, "a duration is missing", "write for example 30s")
    return duration(text)


def _number(text: str, unit: str) -> int:
    if not _NUMBER.fullmatch(text):
        name = f"a number of {unit}"
        if re.fullmatch(r"[0-9.]{1,24}[a-z]{1,2}", text):
            note = "leave the unit out here, or out of the column's name"
        else:
            note = "write digits only"
        raise QuantityError(Code.BAD_NUMBER, f"'{text}' is not {name}", note)
    if "e" in text.lower():
        return int(Fraction(text) * UNITS_US[unit] + Fraction(1, 2))
    whole, _, decimals = text.partition(".")  # a fraction would take five times as long
    fine: int = 10 ** len(decimals)
    return (2 * int(whole + decimals) * UNITS_US[unit] + fine) // (2 * fine)
