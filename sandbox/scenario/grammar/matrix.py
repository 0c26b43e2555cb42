"""What a study varies: values by path, seeds, and the metrics that are told of each cell."""

from typing import Final, NamedTuple

from sandbox.errors import UsageError
from sandbox.report.definitions import MetricRef, UnknownMetricError, parse_metric
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.leaves import Pattern
from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    Definitions,
    JsonSchema,
    ListOf,
    MapOf,
    Shape,
    Struct,
    key,
    wrong_type,
)
from sandbox.scenario.nodes import ListNode, Node, ScalarNode, core_value
from sandbox.scenario.problems import Bad, Problems
from sandbox.scenario.seeds import SEEDS_MAX, parse_seeds

AXES_MAX: Final = 8
VALUES_MAX: Final = 1000
METRICS_MAX: Final = 40

_PATH: Final = r"[^\x00-\x20=\x7f-\x9f]{1,300}"


class MatrixDraft(NamedTuple):
    """What a study varies; seeds are None where the scenario's own is meant."""

    vary: tuple[tuple[ScalarNode, tuple[Node, ...]], ...]
    seeds: tuple[int, ...] | None
    report: tuple[MetricRef, ...] | None


class _Anything(Shape[Node]):
    """A value of whatever the path asks for; read where the path leads, cell by cell."""

    def parse(self, node: Node, problems: Problems) -> Node | Bad:
        """Keep it as it is, with its place."""
        if isinstance(node, ScalarNode) and core_value(node) is None:
            return wrong_type(self.what, node, problems, "write a value")
        return node

    def schema(self, definitions: Definitions) -> JsonSchema:
        """Nothing is known of it."""
        return {"not": {"type": "null"}}


class _Seeds(Shape[tuple[int, ...]]):
    """Seeds: a number, `1..20`, `1,5,9`, or a list of such."""

    what = "seeds"
    _EXAMPLE: Final = "write 1..20, or [1, 5, 9]"

    def parse(self, node: Node, problems: Problems) -> tuple[int, ...] | Bad:
        """Read them in their order, each once."""
        items = node.items if isinstance(node, ListNode) else (node,)
        parts = []
        for item in items:
            if not isinstance(item, ScalarNode) or core_value(item) is None:
                return wrong_type(self.what, item, problems, self._EXAMPLE)
            parts.append(item.text)
        try:
            return parse_seeds(",".join(parts))
        except UsageError as error:
            return problems.add(node, Code.BAD_NUMBER, str(error), note=self._EXAMPLE)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A number, a text, or a list of them."""
        number = {"type": "integer", "minimum": 0}
        several = {"type": "string", "pattern": r"^[0-9]+(\.\.[0-9]+)?( *, *[0-9]+(\.\.[0-9]+)?)*$"}
        one = {"anyOf": [number, several]}
        array = {"type": "array", "items": one, "minItems": 1, "maxItems": SEEDS_MAX}
        return {"anyOf": [number, several, array]}


class _Metric(Shape[MetricRef]):
    """The name of a metric."""

    what = "a metric"

    def parse(self, node: Node, problems: Problems) -> MetricRef | Bad:
        """Read a name; whether its provider or cascade exists is asked cell by cell."""
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems, "write for example delivery_rate")
        try:
            return parse_metric(node.text)
        except UnknownMetricError as error:
            hint = error.hint[:1].lower() + error.hint[1:].rstrip(".")
            return problems.add(node, Code.UNKNOWN_METRIC, str(error), note=hint)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string."""
        return {"type": "string", "minLength": 1}


MATRIX: Final = Struct(
    "matrix",
    "A study: the same scenario with each combination of values, told side by side.",
    MatrixDraft,
    [
        key(
            "vary",
            MapOf(
                ListOf(_Anything(), least=1, most=VALUES_MAX, or_one=True),
                names=Pattern(
                    "a path of keys and dots", _PATH, Code.BAD_OVERRIDE, "recipients.population"
                ),
                least=1,
                most=AXES_MAX,
            ),
            "The values at each path, as for --set; every combination is a cell.",
            default=REQUIRED,
        ),
        key("seeds", _Seeds(), "Every cell is run with each of these; the scenario's by default."),
        key(
            "report",
            ListOf(_Metric(), least=1, most=METRICS_MAX, or_one=True),
            "The metrics that are told of each cell.",
        ),
    ],
)
