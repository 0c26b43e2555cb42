"""Short files, and what the linter says of them."""

from sandbox.scenario.lint import lint
from tests.support.scenario_texts import loaded

WORLD = """\
schema: 1
recipients: {traits: {}}
"""
"""Everybody is reachable everywhere."""

LOAD = "load: [{burst: 1000}]\n"


def found_in(text: str) -> list[str]:
    """The first lines of the findings, without `<text>:`, and the note behind a dash."""
    problems = lint(loaded(text)).problems
    return [
        str(each).split("\n")[0].removeprefix("<text>:") + (f" - {each.note}" if each.note else "")
        for each in problems
    ]


def codes_in(text: str) -> list[str]:
    """The codes of the findings."""
    return [each.code for each in lint(loaded(text)).problems]
