"""Tables in CSV: what is read from them, and what is said about broken ones."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import ScenarioError
from sandbox.scenario.nodes import NOWHERE, Mark, ScalarNode, Source
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.reader import SIZE_MAX
from sandbox.scenario.tables import Table, TimeColumn, read_table, time_columns

KNOWN = ("at", "at_s", "at_ms", "name", "to")


def as_file(text: str) -> ScalarNode:
    """A text that stands in a file of its own."""
    return ScalarNode(text, Mark(Source("t.csv", text), 1, 1), plain=False, place="load[0].trace")


def in_scenario(text: str) -> ScalarNode:
    """A text that stands in line 7 of a scenario."""
    return ScalarNode(text, Mark(Source("s.yaml", "\n" * 9), 7, 20), plain=False)


def told(problems: Problems) -> list[str]:
    """What was found, each as it is shown."""
    try:
        problems.raise_any()
    except ScenarioError as error:
        return [str(problem) for problem in error.problems]
    return []


def read(
    node: ScalarNode, known: Sequence[str] = KNOWN, rows_max: int | None = None
) -> tuple[Table | Bad, list[str]]:
    """What a table is read as, with the instants and counts read too, and what was said."""
    problems = Problems()
    table = read_table(node, known, problems, rows_max=rows_max)
    if table is not BAD:
        column = TimeColumn.find(table, "at", problems)
        for row in table.rows:
            if column is not BAD:
                column.read(row, problems, most_us=3_600_000_000)
    return table, told(problems)


def values(text: str) -> list[list[str]]:
    """The columns and rows of a table without mistakes."""
    problems = Problems()
    table = read_table(as_file(text), KNOWN, problems)
    assert told(problems) == []
    assert table is not BAD
    assert table.is_whole
    return [list(table.columns), *(list(row.values) for row in table.rows)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at\n1s\n2s\n", [["at"], ["1s"], ["2s"]]),
        ("at,name\r\n1s,a\r\n2s,\r\n", [["at", "name"], ["1s", "a"], ["2s", ""]]),
        ("\n\nat , name\n\n 1s ,\ta \n \n", [["at", "name"], ["1s", "a"]]),
        ('"at","name"\n"1s","a, b"\n', [["at", "name"], ["1s", "a, b"]]),
        ('at,name\n1s,"say ""yes"""\n', [["at", "name"], ["1s", 'say "yes"']]),
        ('at,name\n1s, " a " \n', [["at", "name"], ["1s", "a"]]),
        ("name,at\n,1s", [["name", "at"], ["", "1s"]]),
    ],
)
def test_rows_are_read_as_other_programs_write_them(text: str, expected: list[list[str]]) -> None:
    """Ends of lines, quotes, space around values and empty lines make no difference."""
    assert values(text) == expected


@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
    )
)
def test_any_value_can_be_written_in_quotes(rows: list[list[str]]) -> None:
    """With every quote doubled, a row holds whatever is printable."""
    lines = [",".join('"' + value.replace('"', '""') + '"' for value in row) for row in rows]
    assert values("\n".join(["at,name", *lines]))[1:] == rows


BAD_CHARACTER = "error[bad-character]: the character "
OPEN_QUOTE = (
    "error[bad-csv]: a quote is not closed in its line, or does not stand around a whole value"
)

BROKEN = [
    ("", "t.csv:1:1: error[empty-file]: this CSV is empty"),
    ("\n \n", "t.csv:1:1: error[empty-file]: this CSV is empty"),
    ("at\n", "t.csv:1:1: error[too-few]: there is no row below the names of the columns"),
    ("1s\n2s\n", "t.csv:1:1: error[bad-csv]: there is no column '1s'"),
    ("at;name\n1s;a", "t.csv:1:1: error[bad-csv]: there is no column 'at;name'"),
    ("at,nam\n1s,a\n", "t.csv:1:4: error[bad-csv]: there is no column 'nam'"),
    ("at,\n1s,\n", "t.csv:1:4: error[bad-csv]: there is no column ''"),
    ("at,name,at\n1s,a,2s\n", "t.csv:1:9: error[bad-csv]: the column 'at' is there twice"),
    ("at,at_ms\n1s,5\n", "t.csv:1:4: error[bad-csv]: 'at' and 'at_ms' exclude each other"),
    ("name\na\n", "t.csv:1:1: error[bad-csv]: a column is missing: one of at, at_s, at_ms"),
    ("at,name\n1s\n", "t.csv:2:1: error[bad-csv]: expected 2 values, found 1"),
    ("at\n1s,a\n", "t.csv:2:1: error[bad-csv]: expected 1 value, found 2"),
    (
        'at,name\n1s,"a\n',
        f"t.csv:2:1: {OPEN_QUOTE}",
    ),
    (
        'at,name\n1s,a"b"\n',
        f"t.csv:2:1: {OPEN_QUOTE}",
    ),
    (
        '"at\n1s\n',
        f"t.csv:1:1: {OPEN_QUOTE}",
    ),
    ("name,at\na,30\n", "t.csv:2:3: error[unit-missing]: 30 has no unit"),
    ("name,at\n a , 30 \n", "t.csv:2:6: error[unit-missing]: 30 has no unit"),
    ('name,at\n"a, b","1m30s"\n', "t.csv:2:9: error[bad-duration]: 1m30s is no duration"),
    ("name,at\na,\n", "t.csv:2:3: error[bad-duration]: a duration is missing"),
    ("at\n-1s\n", "t.csv:2:1: error[out-of-range]: -1s is less than nothing"),
    ("at\n61m\n", "t.csv:2:1: error[out-of-range]: 61m is too much"),
    ("at_s\n3601\n", "t.csv:2:1: error[out-of-range]: 3601 is too much"),
    ("at_s\n9e99\n", "t.csv:2:1: error[out-of-range]: 9e99 is too much"),
    ("at_s\n5m\n", "t.csv:2:1: error[bad-number]: '5m' is not a number of s"),
    ('at_s\n""\n', "t.csv:2:2: error[bad-number]: '' is not a number of s"),
    ("at_ms\nfive\n", "t.csv:2:1: error[bad-number]: 'five' is not a number of ms"),
    ("at\n1s\x00\n", f"t.csv:2:1: {BAD_CHARACTER}U+0000 may not stand in a CSV file"),
    ("at\n1s\x85\n", f"t.csv:2:1: {BAD_CHARACTER}U+0085 may not stand in a CSV file"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_what_is_wrong_is_said_where_it_stands(text: str, said: str) -> None:
    """With the line and column of the CSV file itself, and its own code."""
    _, problems = read(as_file(text))
    assert [problem.split("\n")[0] for problem in problems] == [said]


def test_a_problem_shows_the_line_of_the_table() -> None:
    """The value is underlined, and the place in the scenario that names the table is told."""
    expected = """\
t.csv:2:6: error[unit-missing]: 30 has no unit
    2 | anna,30
      |      ^^ write 30s, 30ms or 30m
      = in load[0].trace
      = help: sandbox explain unit-missing"""
    assert read(as_file("name,at\nanna,30\n"))[1] == [expected]


def test_a_table_in_the_scenario_is_pointed_at_as_a_whole() -> None:
    """Where its lines stand in the file depends on how it is written, so they are counted."""
    _, problems = read(in_scenario("name,at\na,30\n"))
    expected = "s.yaml:7:20: error[unit-missing]: in line 2 of this CSV: 30 has no unit"
    assert [problem.split("\n")[0] for problem in problems] == [expected]


def test_a_table_in_an_override_is_pointed_at_as_a_whole() -> None:
    """The text of an override has its path before it, so columns would be off."""
    text = "at"
    source = Source("--set load.0.trace.csv", text, prefix="load.0.trace.csv=")
    node = ScalarNode(text, Mark(source, 1, 18, 2))
    assert "in line 1 of this CSV" in read(node)[1][0]


def test_one_broken_row_does_not_hide_the_next() -> None:
    """All of them are told in one pass, but no more than are shown."""
    _, problems = read(as_file("at\n" + "1s,2s\n" * 3 + "5\n"))
    assert [problem.split(" ")[0] for problem in problems] == [
        "t.csv:2:1:", "t.csv:3:1:", "t.csv:4:1:", "t.csv:5:1:",
    ]  # fmt: skip
    table, problems = read(as_file("at\n1s\n" + "2s,\n" * 100_000))
    assert table is not BAD
    assert table.is_hopeless
    assert len(problems) == 20


def test_a_table_is_no_larger_than_a_file_may_be() -> None:
    """Also one that stands in a resolved scenario, which has more room."""
    text = "at\n" + "1s\n" * (SIZE_MAX // 3)
    assert read(in_scenario(text))[1][0].startswith(
        "s.yaml:7:20: error[file-too-big]: this CSV is larger than 1024 KiB"
    )


def test_rows_may_be_bounded() -> None:
    """The first row too many is pointed at."""
    assert read(as_file("at\n1s\n2s\n"), rows_max=2)[1] == []
    said = read(as_file("at\n1s\n\n2s\n3s\n4s\n"), rows_max=2)[1]
    assert said[0].startswith("t.csv:5:1: error[too-many]: 4 rows, 2 are the most")


@pytest.mark.parametrize(
    ("column", "text", "us"),
    [
        ("at", "250ms", 250_000),
        ("at", "1.5h", 5_400_000_000),
        ("at_s", "0.25", 250_000),
        ("at_s", "3", 3_000_000),
        ("at_s", "1.", 1_000_000),
        ("at_s", "0.0000005", 1),
        ("at_s", "0.00000049999", 0),
        ("at_s", "1.2e-05", 12),
        ("at_s", "1E2", 100_000_000),
        ("at_ms", "12.3456", 12_346),
        ("at_ms", "0007", 7_000),
    ],
)
def test_durations_have_a_unit_or_a_column_that_has(column: str, text: str, us: int) -> None:
    """Bare numbers are rounded to microseconds, exactly half up."""
    problems = Problems()
    table = read_table(as_file(f"{column}\n{text}\n"), time_columns("at"), problems)
    assert table is not BAD
    found = TimeColumn.find(table, "at", problems)
    assert found is not BAD
    assert [found.read(row, problems) for row in table.rows * 2] == [us, us]
    assert told(problems) == []


def test_a_row_knows_where_it_stands() -> None:
    """In its own file by its line, in a scenario by the line of the whole table."""
    assert Table(as_file("at\n1s")).where(2) == ("t.csv", 2)
    assert Table(in_scenario("at\n1s")).where(2) == ("s.yaml", 7)
    assert Table(replace(in_scenario("x"), mark=NOWHERE)).where(2) == ("", 1)
