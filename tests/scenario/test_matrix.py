"""Cells of a matrix, and where mistakes in its values are shown."""

import pytest

from sandbox.errors import ScenarioError, UsageError
from sandbox.scenario.loader import load
from sandbox.scenario.matrix import (
    RUNS_MAX,
    Axis,
    Cell,
    Matrix,
    axis_of,
    cells_of,
    matrix_of,
    shown_where_written,
)
from sandbox.scenario.problems import ScenarioProblem
from tests.support.scenario_texts import SMALL, loaded

TEXT = SMALL + "matrix: {vary: {cascades.otp.levels.0.wait: [15s, 30], seed: [1, 2]}, seeds: 1..3}"


def own(text: str) -> Matrix:
    return matrix_of(loaded(text))


def test_a_scenario_without_a_matrix_varies_nothing() -> None:
    """There is an empty one."""
    assert own(SMALL) == Matrix()


def test_the_file_is_loaded_whatever_its_matrix_varies() -> None:
    """A wrong value of a cell does not keep the scenario itself from being run."""
    matrix = own(TEXT)
    assert [axis.path for axis in matrix.axes] == ["cascades.otp.levels.0.wait", "seed"]
    assert matrix.axes[0].texts == ("15s", "30")
    assert matrix.seeds == (1, 2, 3)


def test_every_combination_is_a_cell_the_last_path_changing_fastest() -> None:
    """Cells are numbered in the order in which they are told."""
    cells = cells_of(own(TEXT).axes, 1)
    assert [[value for _, value in cell.settings] for cell in cells] == [
        ["15s", "1"], ["15s", "2"], ["30", "1"], ["30", "2"],
    ]  # fmt: skip
    assert [cell.number for cell in cells] == [1, 2, 3, 4]
    assert cells[0].text == "cell 1 (cascades.otp.levels.0.wait=15s, seed=1)"


def test_too_many_runs_are_refused_before_they_are_counted_out() -> None:
    """Cells times seeds are at most 10 000, and the text says how they come about."""
    axis = axis_of("a", ",".join("1" * 100))
    assert len(cells_of([axis, axis], RUNS_MAX // 10_000)) == 10_000
    with pytest.raises(UsageError) as caught:
        cells_of([axis] * 8, 20)
    assert str(caught.value) == (
        "100 x 100 x 100 x 100 x 100 x 100 x 100 x 100 cells with 20 seeds are "
        "200,000,000,000,000,000 runs, 10,000 are the most"
    )


def test_values_of_the_call_are_a_list_without_brackets() -> None:
    """Maps and texts with blanks are values as well."""
    axis = axis_of("p", "{fixed: 1s}, 0.05 EUR,'a, b'")
    assert axis.texts == ("{fixed: 1s}", "0.05 EUR", '"a, b"')


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ("[", "yaml-syntax"),
        ("]", "yaml-several-documents"),
        (",", "yaml-syntax"),
        ("~", "missing-value"),
    ],
)
def test_values_that_are_none_are_shown_as_they_were_written(values: str, code: str) -> None:
    """The error names the option and points into it."""
    with pytest.raises(ScenarioError) as caught:
        axis_of("p", values)
    assert caught.value.problems[0].code == code
    assert str(caught.value).startswith("--vary p:1:")


def problems_of(cell: Cell, axes: tuple[Axis, ...]) -> list[ScenarioProblem]:
    with pytest.raises(ScenarioError) as caught:
        load(TEXT, overrides=cell.settings)
    return shown_where_written(
        [each for each in caught.value.problems if isinstance(each, ScenarioProblem)], cell, axes
    )


def test_a_wrong_value_is_shown_where_it_stands_in_the_matrix() -> None:
    """Not where the path leads, and the same in every cell, so that it is told once."""
    axes = own(TEXT).axes
    bad = [cell for cell in cells_of(axes, 1) if cell.settings[0][1] == "30"]
    first, second = ([str(each) for each in problems_of(cell, axes)] for cell in bad)
    column = TEXT.split("\n")[3].index("30]") + 1
    assert first == second
    assert first[0].startswith(f"<text>:4:{column}: error[unit-missing]: 30 has no unit")
    assert "in matrix.vary.cascades.otp.levels.0.wait" in first[0]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("{delivered: rest, failed: 3, rejected: 4}", ["3", "4"]),
        ("{ failed:   3%,  'delivered': rest, wrong: 1% }", ["wrong"]),
        ('{"failed": "3",delivered: rest}', ['"3"']),
        ("[1, 2]", ["["]),
        ("{failed: 60%, rejected: 60%}", ["{"]),
    ],
)
def test_a_mistake_inside_a_value_is_shown_inside_it(value: str, meant: list[str]) -> None:
    """However it is spaced and quoted in the file."""
    path = "providers.sms.delivery.outcomes"
    line = f"matrix: {{vary: {{{path}: [{value}]}}}}"
    text = f"{SMALL}{line}\n"
    axes = own(text).axes
    [cell] = cells_of(axes, 1)
    with pytest.raises(ScenarioError) as caught:
        load(text, overrides=cell.settings)
    problems = [each for each in caught.value.problems if isinstance(each, ScenarioProblem)]
    marks = [each.mark for each in shown_where_written(problems, cell, axes)]
    assert [mark.line for mark in marks] == [4] * len(meant)
    inside = line.index(value)
    assert [mark.column - 1 for mark in marks] == [inside + value.index(word) for word in meant]


def test_what_a_combination_breaks_elsewhere_names_the_cell() -> None:
    """The place of the mistake alone would not say which values lead to it."""
    axis = axis_of("cascades.otp2", "[sms]")
    [cell] = cells_of([axis], 1)
    [problem] = problems_of(cell, (axis,))
    assert problem.code == "ambiguous-cascade"
    assert "cell 1 (cascades.otp2=[sms])" in problem.place
