"""Recorded traffic: when messages came, from a table with a row for each of them."""

import re
from typing import NamedTuple

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.files import CsvFile
from sandbox.scenario.grammar.shapes import NAME
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.tables import Row, Table, TimeColumn, read_table, time_columns


class TraceRow(NamedTuple):
    """One message as it came; `cascade`, `name` and `to` are "" where they are not said."""

    at_us: int
    name: str
    to: str
    cascade: str
    line: int


class TraceTable(NamedTuple):
    """All messages of a trace, in order of time; those of one instant as in the file."""

    table: Table
    rows: tuple[TraceRow, ...]

    @property
    def end_us(self) -> int:
        """When the last one comes."""
        return self.rows[-1].at_us

    def complain(
        self, row: TraceRow, column: str, problems: Problems, code: Code, text: str, note: str = ""
    ) -> None:
        """Say what is wrong with a value of a row; a column that is not there is the whole row."""
        columns = list(self.table.columns)
        position = columns.index(column) if column in columns else len(columns)
        self.table.complain(row.line, position, problems, code, text, note)


def trace_file(most_us: int) -> CsvFile[TraceTable]:
    """The shape of a trace whose messages come within a time."""

    def read(content: ScalarNode, problems: Problems) -> TraceTable | Bad:
        return _read(content, most_us, problems)

    return CsvFile(
        "trace_file",
        "Messages as they came, in a column at, at_s or at_ms, perhaps with columns name, to and "
        "cascade.",
        read,
    )


def _read(content: ScalarNode, most_us: int, problems: Problems) -> TraceTable | Bad:
    known = (*time_columns("at"), "name", "to", "cascade")
    table = read_table(content, known, problems)
    if table is BAD:
        return BAD
    instants = TimeColumn.find(table, "at", problems)
    if instants is BAD:
        return BAD
    positions = {column: position for position, column in enumerate(table.columns)}
    name_at, to_at, cascade_at = (positions.get(each) for each in ("name", "to", "cascade"))
    rows = []
    for row in table.rows:  # up to a third of a million, so there is no loop within
        line, values = row
        name = "" if name_at is None else values[name_at]
        to = "" if to_at is None else values[to_at]
        cascade = "" if cascade_at is None else values[cascade_at]
        at_us = instants.read(row, problems, most_us=most_us)
        is_named = not name or _is_name(table, row, name_at or 0, problems)
        if at_us is not BAD and is_named:
            rows.append(TraceRow(at_us, name, to, cascade, line))
        elif table.is_hopeless:
            break
    if not table.is_whole:
        return BAD
    rows.sort(key=_instant)
    return TraceTable(table, tuple(rows))


def _is_name(table: Table, row: Row, position: int, problems: Problems) -> bool:
    if re.fullmatch(NAME, row.values[position]):
        return True
    text = "a name is 1 to 64 letters, digits, - or _"
    table.complain(row.line, position, problems, Code.BAD_NAME, text, "choose another name")
    return False


def _instant(row: TraceRow) -> int:
    return row.at_us
