"""Recorded traffic, row by row."""

import pytest

from sandbox.scenario.grammar.traces import TraceRow, TraceTable, trace_file
from sandbox.scenario.problems import BAD
from tests.support.scenario_texts import shapes_say

SHAPE = trace_file(3_600_000_000)


def written(csv: str) -> str:
    """A table as it stands in a scenario."""
    return '{csv: "' + csv.replace("\n", "\\n") + '"}'


def rows_of(csv: str) -> list[TraceRow]:
    """The rows of a table without mistakes."""
    value, said = shapes_say(SHAPE, written(csv))
    assert said == []
    assert isinstance(value, TraceTable)
    return list(value.rows)


def test_a_row_is_a_message_with_what_it_says() -> None:
    """Only the instant must be there; columns come in any order."""
    assert rows_of("at\n1s\n") == [TraceRow(1_000_000, "", "", "", 2)]
    assert rows_of("cascade,to,name,at_ms\notp,anna,otp-anna,1500\n,,,2000\n") == [
        TraceRow(1_500_000, "otp-anna", "anna", "otp", 2),
        TraceRow(2_000_000, "", "", "", 3),
    ]


def test_rows_need_not_be_in_order() -> None:
    """They are put in order of time, and those of one instant stay in the order of the file."""
    rows = rows_of("at,name\n2s,a\n1s,b\n2s,c\n0s,d\n1s,e\n")
    assert [row.name for row in rows] == ["d", "b", "e", "a", "c"]


def test_a_trace_ends_with_its_last_message() -> None:
    """Which need not be the last of its rows."""
    value, _ = shapes_say(SHAPE, written("at\n5s\n90s\n7s\n"))
    assert value.end_us == 90_000_000


@pytest.mark.parametrize(
    ("csv", "code", "said"),
    [
        (
            "name\na",
            "bad-csv",
            "in line 1 of this CSV: a column is missing: one of at, at_s, at_ms",
        ),
        ("at,who\n1s,a", "bad-csv", "in line 1 of this CSV: there is no column 'who'"),
        (
            "at,name\n1s,a b",
            "bad-name",
            "in line 2 of this CSV: a name is 1 to 64 letters, digits, - or _",
        ),
        ("at\n2h", "out-of-range", "in line 2 of this CSV: 2h is too much"),
        ("at,name\n1s,a\n2,b", "unit-missing", "in line 3 of this CSV: 2 has no unit"),
        (
            "at\n",
            "too-few",
            "in line 1 of this CSV: there is no row below the names of the columns",
        ),
    ],
)
def test_a_broken_row_is_explained(csv: str, code: str, said: str) -> None:
    """And the trace is not run without it."""
    value, problems = shapes_say(SHAPE, written(csv))
    assert value is BAD
    assert [problem.partition(": ")[2] for problem in problems] == [f"error[{code}]: {said}"]


def test_a_file_full_of_mistakes_is_not_read_to_its_end() -> None:
    """Twenty are shown, so twenty are looked for."""
    value, problems = shapes_say(SHAPE, written("at,name\n" + "1s,a b\n" * 20_000))
    assert value is BAD
    assert len(problems) == 20
