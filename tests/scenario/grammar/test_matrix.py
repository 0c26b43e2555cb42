"""The key `matrix`: what is varied, with which seeds, and what is told of it."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.scenario.grammar.matrix import MATRIX, MatrixDraft
from sandbox.scenario.nodes import data, flow
from sandbox.scenario.schema import schema
from tests.support.scenario_texts import SMALL, shapes_say, tree

VALIDATOR = Draft202012Validator(schema())


def test_a_matrix_is_read() -> None:
    """Values keep the words they were written in, seeds their order."""
    value, problems = shapes_say(
        MATRIX, "{vary: {a.b: [15s, {fixed: 1s}], c: [[sms]]}, seeds: 3..5, report: delivery_rate}"
    )
    assert problems == []
    assert isinstance(value, MatrixDraft)
    assert [(path.text, [flow(v) for v in values]) for path, values in value.vary] == [
        ("a.b", ["15s", "{fixed: 1s}"]),
        ("c", ["[sms]"]),
    ]
    assert value.seeds == (3, 4, 5)
    assert value.report is not None
    assert [ref.text for ref in value.report] == ["delivery_rate"]


def test_what_is_left_out_is_left_to_the_scenario() -> None:
    """Without seeds and metrics there are none; whoever runs it knows better ones."""
    value, _ = shapes_say(MATRIX, "{vary: {a: 15s}}")
    assert (value.seeds, value.report) == (None, None)
    assert len(value.vary[0][1]) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{}", "'vary' is missing"),
        ("{vary: {}}", "expected at least one entry, found none"),
        ("{vary: {a: []}}", "expected at least 1, found none"),
        ("{vary: {a: [null]}}", "expected a value, found nothing"),
        ("{vary: {'a b': [1]}}", "'a b' is not a path of keys and dots"),
        ("{vary: {a: [1]}, seeds: 9..1}", "9..1 is no range: write 1..9"),
        ("{vary: {a: [1]}, seeds: 1..99999999}", "more than 10,000 seeds in '1..99999999'"),
        ("{vary: {a: [1]}, seeds: [{}]}", "expected seeds, found a map"),
        ("{vary: {a: [1]}, report: [deliveries]}", "no metric 'deliveries'"),
        ("{vary: {a: [1]}, zip: [a]}", "unknown key 'zip'"),
    ],
)
def test_what_is_wrong_with_it_is_said_where_it_stands(text: str, line: str) -> None:
    """Each mistake is told with its position."""
    _, problems = shapes_say(MATRIX, text)
    assert len(problems) == 1
    assert problems[0].endswith(f": {line}")


@pytest.mark.parametrize("seeds", ["7", "1..20", "'1..3, 9'", "[1, 5..9]"])
def test_the_editor_takes_what_the_loader_takes(seeds: str) -> None:
    """Seeds in each form are good for both."""
    text = f"{SMALL}matrix: {{vary: {{cascades.otp.levels.0.wait: [15s]}}, seeds: {seeds}}}\n"
    whole: Any = data(tree(text))
    assert VALIDATOR.is_valid(whole)
    value, problems = shapes_say(MATRIX, f"{{vary: {{a: [1]}}, seeds: {seeds}}}")
    assert problems == []
    assert value.seeds
