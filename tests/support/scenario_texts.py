"""Short scenario files, and what is wrong with broken ones."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sandbox.errors import ScenarioError
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import MapNode, Node, ScalarNode, Source, placed
from sandbox.scenario.problems import Problems
from sandbox.scenario.reader import read

SCENARIO_TESTS: Final = Path(__file__).parent.parent / "scenario"
SHIPPED: Final = Path(__file__).parent.parent.parent / "scenarios"

SMALL: Final = """\
schema: 1
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 20}]
"""


def loaded(text: str, *overrides: tuple[str, str], **others: Any) -> Scenario:
    """Load a text that has no mistake in it."""
    return load(text + "\n", overrides=overrides, **others)


def problems_of(text: str | Path, *overrides: tuple[str, str]) -> list[str]:
    """The first lines of what is wrong with a text, without `<text>:`."""
    try:
        load(text if isinstance(text, Path) else text + "\n", overrides=overrides)
    except ScenarioError as error:
        return [str(problem).split("\n")[0].removeprefix("<text>:") for problem in error.problems]
    return []


def codes_of(text: str | Path, *overrides: tuple[str, str]) -> list[str]:
    """The codes of what is wrong with a text."""
    return re.findall(r"error\[([a-z0-9-]+)\]", "\n".join(problems_of(text, *overrides)))


def tree(text: str) -> Node:
    """A text as nodes that know their places."""
    problems = Problems()
    node = placed(read(Source("<text>", text), text, problems))
    problems.raise_any()
    return node


def map_of(text: str) -> MapNode:
    """A text that is a map."""
    node = tree(text)
    assert isinstance(node, MapNode)
    return node


def scalar(text: str) -> ScalarNode:
    """A text that is one value."""
    node = tree(text)
    assert isinstance(node, ScalarNode)
    return node


def shapes_say(shape: Any, text: str) -> tuple[Any, Sequence[str]]:
    """What a shape reads from a text, and the first lines of its complaints."""
    problems = Problems()
    value = shape.parse(shape.complete(shape.expand(tree(text))), problems)
    try:
        problems.raise_any()
    except ScenarioError as error:
        return value, [str(problem).split("\n")[0] for problem in error.problems]
    return value, []
