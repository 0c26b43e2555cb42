"""Tables for a terminal."""

from sandbox.report.text_table import CELL_MAX, short_names, text_table


def test_figures_are_aligned_on_the_right_and_names_on_the_left() -> None:
    """Each column is as wide as its widest cell."""
    assert text_table(["name", "n"], [["a", "10"], ["long one", "9"]], leading=1) == [
        "name       n",
        "a         10",
        "long one   9",
    ]


def test_what_does_not_fit_stands_in_further_tables() -> None:
    """Each begins with the columns that say which row it is, and no line is too wide."""
    row = ["row 1", *["x" * 20] * 5]
    lines = text_table(["", *"abcde"], [row], leading=1, width=60)
    assert max(map(len, lines)) <= 60
    assert [line for line in lines if line.startswith("row 1")] == [
        "row 1  xxxxxxxxxxxxxxxxxxxx  xxxxxxxxxxxxxxxxxxxx",
        "row 1  xxxxxxxxxxxxxxxxxxxx  xxxxxxxxxxxxxxxxxxxx",
        "row 1  xxxxxxxxxxxxxxxxxxxx",
    ]


def test_a_figure_too_wide_for_any_table_has_one_of_its_own() -> None:
    """Nothing is lost."""
    lines = text_table(["", "a", "b"], [["r", "x" * 90, "y" * 90]], leading=1, width=50)
    assert any("x" * 90 in line for line in lines)
    assert any("y" * 90 in line for line in lines)


def test_hostile_text_is_one_more_cell() -> None:
    """Nothing moves a cursor, and a wide character counts for two."""
    lines = text_table(["a", "b"], [["\x1b[2J\nrow", "1"], ["漢", "2"]], leading=1)
    assert lines == [
        "a" + " " * 13 + "b",
        r"\x1b[2J\nrow  1",
        "漢" + " " * 12 + "2",
    ]


def test_a_long_name_is_cut() -> None:
    """The figures beside it are still seen."""
    lines = text_table(["a", "b"], [["x" * 500, "1"]], leading=1)
    assert len(lines[1]) == CELL_MAX + 3
    assert lines[1].endswith("…  1")


def test_paths_are_named_by_as_little_as_tells_them_apart() -> None:
    """A position in a list says nothing without the list."""
    paths = ["cascades.otp.levels.0.wait", "cascades.otp.levels.1.wait", "seed"]
    assert short_names(paths) == ["levels.0.wait", "levels.1.wait", "seed"]
    assert short_names(["a.x.w", "b.x.w"]) == ["a.x.w", "b.x.w"]
