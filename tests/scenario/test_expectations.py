"""What every expectation has."""

import pytest

from sandbox.report.definitions import Kind, Measure
from sandbox.scenario.expectations import Expectation, ExpectationResult, position
from tests.support.scenario_texts import SMALL, loaded, map_of


def test_a_result_without_a_measure_has_no_value() -> None:
    """A named message is judged by its path and its times, not by one figure."""
    assert ExpectationResult("x", "all", True, Measure(Kind.COUNT, 3, 5), 1).value == 3
    assert ExpectationResult("x", "message anna", False, None, 1).value is None


def test_most_expectations_need_nothing_but_the_metrics() -> None:
    """What is not asked for is not watched, followed or marked."""
    (one,) = loaded(SMALL + "expect: [delivery_rate >= 1%]").expectations
    assert (one.phrase, one.message, tuple(one.marks)) == (None, "", ())
    bare = Expectation(text="", scope="all", line=1, file="")
    with pytest.raises(NotImplementedError):
        bare.check(None)  # type: ignore[arg-type]  # it does not get so far


def test_a_sentence_knows_where_it_stands() -> None:
    """The line, and the file it was written in."""
    node = map_of("\n\nwhat: {late: success}").map("what")
    assert node is not None
    assert position(node.entries[0][0]) == (3, "<text>")
