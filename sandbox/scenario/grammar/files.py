"""What stands in a file of its own beside the scenario, and in the resolved scenario itself."""

from collections.abc import Callable
from typing import TypeVar

from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    Definitions,
    JsonSchema,
    Shape,
    Struct,
    key,
    wrong_type,
)
from sandbox.scenario.nearby import read_nearby
from sandbox.scenario.nodes import MapNode, Node, ScalarNode, core_value
from sandbox.scenario.problems import BAD, Bad, Problems

T = TypeVar("T")


class _Content(Shape[ScalarNode]):
    """The text of a table."""

    what = "the text of a CSV file"

    def parse(self, node: Node, problems: Problems) -> ScalarNode | Bad:
        if isinstance(node, ScalarNode) and core_value(node) is not None:
            return node
        return wrong_type(self.what, node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        return {"type": "string"}


def _content(*, csv: ScalarNode) -> ScalarNode:
    return csv


class CsvFile(Shape[T]):
    """A table: the path of a CSV file, or `{csv: …}` with the text of one.

    The path is written out as the text, so that a resolved scenario needs no other file.
    """

    what = "the path of a CSV file"

    def __init__(
        self, name: str, doc: str, make: Callable[[ScalarNode, Problems], T | Bad]
    ) -> None:
        """Describe a table.

        Args:
            name: What the schema calls it.
            doc: One line on what it is.
            make: Reads the text.
        """
        self._make = make
        self._struct = Struct(
            name,
            doc,
            _content,
            [key("csv", _Content(), "What the file would hold.", default=REQUIRED)],
        )

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the table; a path that is still there could not be read."""
        if isinstance(node, MapNode):
            content = self._struct.parse(node, problems)
            return BAD if content is BAD else self._make(content, problems)
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems)
        nearby = read_nearby(node, problems)
        # Nothing was complained about if the file has come since: read it then.
        return BAD if nearby is BAD else self._make(nearby.node(node.place), problems)

    def expand(self, node: Node) -> Node:
        """Put the text in the place of the path."""
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return node
        nearby = read_nearby(node, Problems())  # said when it is read
        if nearby is BAD:
            return node
        return MapNode(((ScalarNode("csv", node.mark), nearby.node(node.place)),), node.mark)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A path, or an object with the text."""
        return {"anyOf": [{"type": "string"}, self._struct.schema(definitions)]}
