"""Tables in files of their own, and in the scenario that was made of them."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.scenario.grammar.files import CsvFile
from sandbox.scenario.nodes import Mark, ScalarNode, Source, data
from sandbox.scenario.problems import BAD, Bad, Problems
from tests.support.scenario_texts import shapes_say, tree


def _lines(content: ScalarNode, problems: Problems) -> int | Bad:
    del problems
    return content.text.count("\n")


SHAPE: CsvFile[int] = CsvFile("lines", "How many lines a file has.", _lines)


def path(name: str, folder: Path | None) -> ScalarNode:
    """A path as it stands in a file of a folder."""
    return ScalarNode(name, Mark(Source("s.yaml", name, folder=folder), 1, 1, len(name)))


def test_a_path_becomes_what_the_file_holds(tmp_path: Path) -> None:
    """Nothing but its content is left of the file in the resolved scenario."""
    (tmp_path / "a.csv").write_text("at\n1s\n", encoding="utf-8")
    expanded = SHAPE.expand(path("a.csv", tmp_path))
    assert data(expanded) == {"csv": "at\n1s\n"}
    assert data(SHAPE.expand(expanded)) == {"csv": "at\n1s\n"}
    (tmp_path / "a.csv").unlink()
    assert SHAPE.parse(expanded, Problems()) == 2


def test_a_path_that_leads_nowhere_stays_and_is_explained(tmp_path: Path) -> None:
    """It is written out as it was, so that the error can point at it."""
    node = path("a.csv", tmp_path)
    assert SHAPE.expand(node) == node
    problems = Problems()
    assert SHAPE.parse(node, problems) is BAD
    assert [found.code for found in problems.found()] == ["unreadable-file"]


def test_a_file_that_comes_late_is_read(tmp_path: Path) -> None:
    """Put there between the two looks at it, it counts."""
    node = SHAPE.expand(path("a.csv", tmp_path))
    (tmp_path / "a.csv").write_text("at\n", encoding="utf-8")
    assert SHAPE.parse(node, Problems()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("null", "error[missing-value]: expected the path of a CSV file, found nothing"),
        ("[a.csv]", "error[wrong-type]: expected the path of a CSV file, found a list"),
        ("{}", "error[missing-key]: 'csv' is missing"),
        ("{csv: null}", "error[missing-value]: expected the text of a CSV file, found nothing"),
        ("{csv: [a]}", "error[wrong-type]: expected the text of a CSV file, found a list"),
        ("{path: a.csv}", "error[unknown-key]: unknown key 'path'"),
        ("a.csv", "error[unreadable-file]: there is no folder to look for 'a.csv' in"),
        ("../a.csv", "error[bad-path]: '../a.csv' leads out of the folder it stands in"),
    ],
)
def test_anything_else_is_explained(text: str, said: str) -> None:
    """A table is the path of a file, or a map with its text."""
    value, problems = shapes_say(SHAPE, text)
    assert value is BAD
    assert problems[-1].partition(": ")[2] == said


def test_the_schema_takes_both_forms() -> None:
    """A path for people, the text for what is resolved."""
    definitions: dict[str, Any] = {}
    schema = SHAPE.schema(definitions)
    validator = jsonschema.Draft202012Validator({**schema, "$defs": definitions})
    assert validator.is_valid(data(tree("a.csv")))
    assert validator.is_valid(data(tree('{csv: "at\\n1s"}')))
    assert not validator.is_valid(data(tree("{csv: 3}")))
    assert not validator.is_valid(data(tree("{csv: a, more: b}")))
