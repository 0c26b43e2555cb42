"""The reference of the format: its examples run, and it leaves no key out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.report.definitions import DEFINITIONS
from sandbox.report.occurrences import PHRASES
from sandbox.scenario.loader import load
from sandbox.scenario.schema import schema
from sandbox.simulation.spec import PATHS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "sandbox" / "docs" / "scenario-format.md"
PAGES: Final = (PAGE, ROOT / "README.md")


def examples() -> list[Any]:
    """Every complete scenario in the pages."""
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, text in enumerate(
            re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
        )
        if text.startswith("schema:")
    ]


@pytest.mark.parametrize("text", examples())
def test_an_example_loads(text: str) -> None:
    """What the pages show as a scenario is one."""
    assert load(text).warnings == ()


def keys(node: object) -> Iterator[str]:
    """Every key the schema knows, at any depth."""
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from (name for name in properties if isinstance(name, str))
        for value in node.values():
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


def in_code(page: str) -> str:
    """All that the page sets as code."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", page, re.DOTALL))


def test_the_reference_leaves_no_key_out() -> None:
    """Every key of the format, and every setting a fault may change, stands in the reference."""
    code = in_code(PAGE.read_text("utf-8"))
    wanted = {*keys(schema()), *PATHS}
    assert {key for key in wanted if not re.search(rf"(?<!\w){re.escape(key)}\b", code)} == set()


def test_the_reference_names_every_metric() -> None:
    """Every metric stands in the reference, those of a level by the example of level 0."""
    code = in_code(PAGE.read_text("utf-8"))
    named = {name.replace(".N.", ".0.") for name in DEFINITIONS}
    assert {name for name in named if f"`{name}`" not in code} == set()


def test_the_reference_names_every_phrase() -> None:
    """What may be forbidden or asked for stands in the reference, with an example of its number."""
    code = in_code(PAGE.read_text("utf-8"))
    named = {name.replace(" N", " 1").replace(" X", " expired") for name in PHRASES}
    assert {name for name in named if f"`{name}`" not in code} == set()
