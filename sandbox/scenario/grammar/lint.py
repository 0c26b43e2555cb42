"""What a file says about the findings of the linter."""

from typing import Final

from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import Reference, Words
from sandbox.scenario.grammar.shapes import Definitions, JsonSchema, ListOf, Struct, key
from sandbox.scenario.lint_codes import FINDINGS
from sandbox.scenario.nodes import Node, ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems

_WORDS: Final = Words("a finding", {word: word for word in map(str, FINDINGS)})


class FindingName(Reference):
    """The code of a finding; keeps its position."""

    def __init__(self) -> None:
        super().__init__(_WORDS.what)

    def parse(self, node: Node, problems: Problems) -> ScalarNode | Bad:
        """Read a code that exists."""
        return BAD if _WORDS.parse(node, problems) is BAD else super().parse(node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An enumeration."""
        return _WORDS.schema(definitions)


LINT: Final = Struct(
    "lint",
    "What the linter finds here and is meant.",
    drafts.LintDraft,
    [
        key(
            "accept",
            ListOf(FindingName(), or_one=True),
            "Findings that are meant, by their codes; they are not shown.",
            default=[],
        )
    ],
)
