"""Shapes of what varies: distributions, and outcomes, reasons and countries by their shares."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeVar

from sandbox.cascade.vocabulary import ReasonClass
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.files import CsvFile
from sandbox.scenario.grammar.leaves import (
    Duration,
    Factor,
    Pattern,
    ReasonCode,
    Share,
    Text,
    Words,
)
from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    Definitions,
    JsonSchema,
    ListOf,
    Made,
    MapOf,
    OrWord,
    Shape,
    Struct,
    key,
    wrong_type,
)
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems, did_you_mean
from sandbox.scenario.quantities import share_text
from sandbox.scenario.tables import Row, Table, TimeColumn, read_table, time_columns
from sandbox.simulation import distributions
from sandbox.simulation.spec import PPB, Outcomes, Scale, outcomes

T = TypeVar("T")

# Distributions ---------------------------------------------------------------------------------

DISTRIBUTIONS: Final = (
    "fixed",
    "uniform",
    "lognormal",
    "weibull",
    "exponential",
    "empirical",
    "mix",
)
PARTS_MAX: Final = 16
"""Parts of a mix."""
MEASURED_MAX: Final = 100_000
"""Rows of a file of measured durations."""


class _ByPercentiles(NamedTuple):
    node: MapNode
    p50_us: int
    p95_us: int
    max_us: int | None


class _Exponential(NamedTuple):
    mean_us: int
    max_us: int | None


class Distribution(Shape[distributions.Distribution]):
    """A duration that varies: a map with the name of one distribution."""

    what = "a distribution"

    def __init__(self, *, over_base: bool = False, is_part: bool = False) -> None:
        """Describe a distribution.

        Args:
            over_base: A part of it may come from the provider's base.
            is_part: It is a part of a mix, and none itself.
        """
        suffix = "_over_base" if over_base else ""
        self._name = f"distribution{suffix}"
        ends = ListOf(Duration(least=0), least=2, most=2)
        self._kinds: dict[str, Shape[distributions.Distribution]] = {
            "fixed": Made(Duration(least=0), _fixed, doc="Always the same."),
            "uniform": Made(ends, _uniform, doc="Every value between two ends alike."),
            "lognormal": Made(_by_percentiles("lognormal", suffix), _lognormal),
            "weibull": Made(_by_percentiles("weibull", suffix), _weibull),
            "exponential": Made(_exponential_struct(suffix), _exponential),
            "empirical": MEASURED,
        }
        if not is_part:
            self._kinds["mix"] = Made(
                ListOf(_Part(), least=2, most=PARTS_MAX), _mix, doc="Shares of several."
            )

    def parse(self, node: Node, problems: Problems) -> distributions.Distribution | Bad:
        """Read the distribution its one key names."""
        words = ", ".join(self._kinds)
        if not isinstance(node, MapNode):
            note = f"write {{fixed: {node.text}}}" if isinstance(node, ScalarNode) else ""
            return wrong_type(self.what, node, problems, note)
        for key_node, item in node:
            name = key_node.text
            if name in DISTRIBUTIONS and name not in self._kinds:
                text = f"a {name} in a {name}"
                note = "put its parts into the outer one"
                return problems.add(key_node, Code.BAD_DISTRIBUTION, text, note=note)
            if name not in self._kinds:
                return problems.add(
                    key_node,
                    Code.UNKNOWN_KEY,
                    f"unknown distribution '{name}'",
                    note=did_you_mean(name, self._kinds),
                    help_text=f"one of {words}",
                )
            if len(node.entries) > 1:
                text = "a distribution has one name only"
                return problems.add(node.entries[1][0], Code.ONE_OF, text, note="keep one")
            return self._kinds[name].parse(item, problems)
        return problems.add(node, Code.ONE_OF, f"expected one of {words}")

    def expand(self, node: Node) -> Node:
        """Put what files hold in their places, here and below."""
        kinds = self._kinds
        if not isinstance(node, MapNode):
            return node
        return node.mapped(lambda name, n: kinds[name].expand(n) if name in kinds else n)

    def properties(self, definitions: Definitions) -> JsonSchema:
        """The schemas of the kinds by their names."""
        return {name: shape.schema(definitions) for name, shape in self._kinds.items()}

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An object with exactly one of the names."""
        if self._name not in definitions:
            definitions[self._name] = {}
            definitions[self._name] = {
                "description": "A duration that varies, by percentiles, bounds, mean or file.",
                "type": "object",
                "properties": self.properties(definitions),
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            }
        return {"$ref": f"#/$defs/{self._name}"}


def _by_percentiles(name: str, suffix: str) -> Struct[_ByPercentiles]:
    return Struct(
        f"{name}{suffix}",
        f"{name.capitalize()} by its median and its 95th percentile; a draw above max is redrawn.",
        _ByPercentiles,
        [
            key("p50", Duration(), "The median.", default=REQUIRED, field="p50_us"),
            key("p95", Duration(), "19 of 20 are at most this.", default=REQUIRED, field="p95_us"),
            key("max", Duration(), "A draw above it is redrawn.", field="max_us"),
        ],
        is_partial=bool(suffix),
    )


def _exponential_struct(suffix: str) -> Struct[_Exponential]:
    return Struct(
        f"exponential{suffix}",
        "Exponential by its mean.",
        _Exponential,
        [
            key("mean", Duration(), "The mean.", default=REQUIRED, field="mean_us"),
            key("max", Duration(), "A draw above it is redrawn.", field="max_us"),
        ],
        is_partial=bool(suffix),
    )


def _fixed(us: int, _node: Node, _problems: Problems) -> distributions.Distribution:
    return distributions.fixed(us)


def _uniform(
    ends: tuple[int, ...], node: Node, problems: Problems
) -> distributions.Distribution | Bad:
    if len(ends) != 2:
        return BAD
    if ends[0] > ends[1]:
        text = "the low end of a uniform distribution comes first"
        return problems.add(node, Code.BAD_DISTRIBUTION, text, note="swap the two")
    return distributions.uniform(*ends)


def _is_possible(value: _ByPercentiles, node: Node, problems: Problems) -> bool:
    if value.p95_us < value.p50_us:
        text = "p95 is less than p50"
        problems.add(node, Code.BAD_DISTRIBUTION, text, note="swap the two")
        return False
    if value.max_us is not None and value.max_us <= value.p50_us:
        text = "max is not above p50, so half of the draws and more would be redrawn"
        problems.add(node, Code.BAD_DISTRIBUTION, text, note="raise max")
        return False
    return True


def _lognormal(
    value: _ByPercentiles, node: Node, problems: Problems
) -> distributions.Distribution | Bad:
    if not _is_possible(value, node, problems):
        return BAD
    return distributions.lognormal(value.p50_us, value.p95_us, value.max_us)


def _weibull(
    value: _ByPercentiles, node: Node, problems: Problems
) -> distributions.Distribution | Bad:
    if not _is_possible(value, node, problems):
        return BAD
    return distributions.weibull(value.p50_us, value.p95_us, value.max_us)


def _exponential(
    value: _Exponential, _node: Node, _problems: Problems
) -> distributions.Distribution:
    return distributions.exponential(value.mean_us, value.max_us)


# Measured durations ----------------------------------------------------------------------------

_COUNTS: Final = ("count", "weight")


def _measured(content: ScalarNode, problems: Problems) -> distributions.Distribution | Bad:
    """Durations with how often each was seen, once where that is not said."""
    known = (*time_columns("duration"), *_COUNTS)
    table = read_table(content, known, problems, rows_max=MEASURED_MAX)
    if table is BAD:
        return BAD
    durations = TimeColumn.find(table, "duration", problems)
    counted = [table.columns.index(name) for name in _COUNTS if name in table.columns]
    if len(counted) > 1:
        text = "'count' and 'weight' exclude each other"
        table.complain(table.header, max(counted), problems, Code.BAD_CSV, text, "leave one out")
    if durations is BAD or len(counted) > 1:
        return BAD
    measured = []
    for row in table.rows:
        us = durations.read(row, problems)
        count = _count(table, row, counted[0], problems) if counted else 1
        if us is not BAD and count is not BAD:
            measured.append((us, count))
        if table.is_hopeless:
            break
    if not table.is_whole:
        return BAD
    if not any(count for _, count in measured):
        return problems.add(content, Code.BAD_DISTRIBUTION, "every count is 0", note="count one")
    return distributions.empirical(measured)


def _count(table: Table, row: Row, position: int, problems: Problems) -> int | Bad:
    text = row.values[position]
    if re.fullmatch("[0-9]{1,12}", text):
        return int(text)
    wrong = f"'{text}' is not a whole number of at most 12 digits"
    return table.complain(row.line, position, problems, Code.BAD_NUMBER, wrong, "write digits only")


MEASURED: Final = CsvFile(
    "empirical",
    "Durations that were measured, in a column duration, duration_s or duration_ms, perhaps with "
    "how often each in a column count.",
    _measured,
)

# Shares of one ---------------------------------------------------------------------------------

REST: Final = -1
"""Stands for the share of an entry that takes what the others leave."""


def _share_or_rest() -> Shape[int]:
    return OrWord(Share(), {"rest": REST})


def _summed(
    shares: Sequence[tuple[ScalarNode, int]], node: Node, problems: Problems
) -> tuple[tuple[str, int], ...] | Bad:
    """Replace `rest` by what is left, and check that all make one."""
    rests = [name for name, share in shares if share == REST]
    total = sum(share for _, share in shares if share != REST)
    if len(rests) > 1:
        text = f"'{rests[0].text}' is the rest already"
        return problems.add(rests[1], Code.SEVERAL_RESTS, text, note="give it a share")
    if total > PPB or (total < PPB and not rests):
        note = "lower them" if total > PPB else "raise one, or make one of them rest"
        text = f"the shares sum to {share_text(total)}, not to 100%"
        return problems.add(node, Code.SHARES_SUM, text, note=note)
    return tuple((name.text, PPB - total if s == REST else s) for name, s in shares)


class _PartDraft(NamedTuple):
    """A part of a mix: its share, under the name of its kind, and what it is."""

    name: ScalarNode
    share: int
    distribution: distributions.Distribution


class _Part(Shape[_PartDraft]):
    """A share, and beside it the name of one distribution."""

    what = "a map of a share and a distribution"

    def __init__(self) -> None:
        self._shape = Distribution(is_part=True)

    def parse(self, node: Node, problems: Problems) -> _PartDraft | Bad:
        if not isinstance(node, MapNode):
            return wrong_type(self.what, node, problems, "write {share: 10%, fixed: 30s}")
        own = node.without("share")
        distribution = self._shape.parse(own, problems)
        share_node = node.get("share")
        if share_node is None:
            text = "'share' is missing"
            return problems.add(node, Code.MISSING_KEY, text, note="add share: 10%, or share: rest")
        share = _share_or_rest().parse(share_node, problems)
        if share is BAD or distribution is BAD:
            return BAD
        return _PartDraft(replace(own.entries[0][0], mark=share_node.mark), share, distribution)

    def expand(self, node: Node) -> Node:
        return self._shape.expand(node)

    def schema(self, definitions: Definitions) -> JsonSchema:
        if "mix_part" not in definitions:
            definitions["mix_part"] = {}
            share = {**_share_or_rest().schema(definitions), "description": "How many draws."}
            definitions["mix_part"] = {
                "description": "A part of a mix: its share, and the name of one distribution.",
                "type": "object",
                "properties": {"share": share, **self._shape.properties(definitions)},
                "additionalProperties": False,
                "required": ["share"],
                "minProperties": 2,
                "maxProperties": 2,
            }
        return {"$ref": "#/$defs/mix_part"}


def _mix(
    parts: tuple[_PartDraft, ...], node: Node, problems: Problems
) -> distributions.Distribution | Bad:
    if not isinstance(node, ListNode) or len(parts) < len(node.items):
        return BAD
    summed = _summed([(part.name, part.share) for part in parts], node, problems)
    if summed is BAD:
        return BAD
    shares = (share for _, share in summed)
    return distributions.mix(
        [(part.distribution, share) for part, share in zip(parts, shares, strict=True)]
    )


class OutcomeShares(Shape[Outcomes]):
    """What a provider may do, by shares: they sum to 100 %, or one of them is `rest`."""

    what = "a map of outcomes"

    def __init__(self, order: tuple[str, ...]) -> None:
        self._order = order
        self._shape = MapOf(_share_or_rest(), names=Words("an outcome", {w: w for w in order}))

    def parse(self, node: Node, problems: Problems) -> Outcomes | Bad:
        """Read the shares."""
        parsed = self._shape.parse(node, problems)
        if parsed is BAD or not isinstance(node, MapNode):
            return BAD
        if len(parsed) < len(node.entries):
            return BAD
        summed = _summed(parsed, node, problems)
        return BAD if summed is BAD else outcomes(self._order, dict(summed))

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An object with shares for some of the outcomes."""
        share = _share_or_rest().schema(definitions)
        return {
            "type": "object",
            "properties": dict.fromkeys(reversed(self._order), share),
            "additionalProperties": False,
            "minProperties": 1,
        }


class Countries(Shape[tuple[tuple[str, int], ...]]):
    """Countries by shares."""

    what = "a map of countries"
    CODE: Final = Pattern("a country of two upper-case letters", "[A-Z]{2}", Code.BAD_COUNTRY, "DE")

    def __init__(self) -> None:
        self._shape = MapOf(_share_or_rest(), names=self.CODE, least=1, most=300)

    def parse(self, node: Node, problems: Problems) -> tuple[tuple[str, int], ...] | Bad:
        """Read the shares."""
        parsed = self._shape.parse(node, problems)
        if parsed is BAD or not isinstance(node, MapNode) or len(parsed) < len(node.entries):
            return BAD
        return _summed(parsed, node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An object with shares by country."""
        return self._shape.schema(definitions)


# Reasons ---------------------------------------------------------------------------------------

REASONED: Final = (
    "refused.permanent",
    "refused.temporary",
    "throttled",
    "rejected",
    "failed",
    "expired",
)
"""Outcomes a provider gives a reason for."""


class ReasonDraft(NamedTuple):
    """A reason code as written: its share, and what the catalogue need not be asked for."""

    code: ScalarNode
    share: int
    reason_class: ReasonClass | None = None
    text: str | None = None


ReasonsDraft = tuple[tuple[ScalarNode, tuple[ReasonDraft, ...]], ...]
"""For each outcome its reasons, with shares that sum to one."""


class _Described(NamedTuple):
    share: int
    reason_class: ReasonClass | None = None
    text: str | None = None


_DESCRIBED: Final = Struct(
    "reason",
    "A reason code with its class and text; what is left out comes from the channel's catalogue.",
    _Described,
    [
        key("share", _share_or_rest(), "Its share of the outcome's reasons.", default="rest"),
        key(
            "class",
            Words("a class of reasons", {c.value: c for c in ReasonClass}),
            "What it asks the cascade to do.",
            field="reason_class",
        ),
        key("text", Text(most=200), "In words."),
    ],
)


class _ReasonEntry(Shape[_Described]):
    """What stands beside a reason code: just its share, or more."""

    what = "a share, or a map"

    def parse(self, node: Node, problems: Problems) -> _Described | Bad:
        if isinstance(node, ScalarNode):
            share = _share_or_rest().parse(node, problems)
            return BAD if share is BAD else _Described(share=share)
        return _DESCRIBED.parse(node, problems)

    def complete(self, node: Node) -> Node:
        return _DESCRIBED.complete(node)

    def schema(self, definitions: Definitions) -> JsonSchema:
        return {"anyOf": [_share_or_rest().schema(definitions), _DESCRIBED.schema(definitions)]}


class ReasonShares(Shape[ReasonsDraft]):
    """Reason codes by outcome, with shares."""

    what = "a map of outcomes"

    def __init__(self) -> None:
        by_code = MapOf(_ReasonEntry(), names=ReasonCode(), least=1, most=1000)
        names = Words("an outcome with a reason", {word: word for word in REASONED})
        self._shape = MapOf(Made(by_code, self._sum), names=names)

    @staticmethod
    def _sum(
        written: tuple[tuple[ScalarNode, _Described], ...], node: Node, problems: Problems
    ) -> tuple[ReasonDraft, ...] | Bad:
        if not isinstance(node, MapNode) or len(written) < len(node.entries):
            return BAD
        summed = _summed([(code, each.share) for code, each in written], node, problems)
        if summed is BAD:
            return BAD
        return tuple(
            ReasonDraft(code=code, share=share, reason_class=each.reason_class, text=each.text)
            for (code, each), (_, share) in zip(written, summed, strict=True)
        )

    def parse(self, node: Node, problems: Problems) -> ReasonsDraft | Bad:
        """Read the reasons; whether the codes are known is asked later."""
        return self._shape.parse(node, problems)

    def expand(self, node: Node) -> Node:
        """Write short forms out."""
        return self._shape.expand(node)

    def complete(self, node: Node) -> Node:
        """Fill in defaults."""
        return self._shape.complete(node)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An object of objects."""
        if "reasons" not in definitions:
            definitions["reasons"] = {}
            definitions["reasons"] = self._shape.schema(definitions)
        return {"$ref": "#/$defs/reasons"}


# Changes ---------------------------------------------------------------------------------------


class OrFactor(Shape[T | Scale]):
    """A value, or how many times the base value: `x10`."""

    def __init__(self, shape: Shape[T]) -> None:
        self._shape = shape
        self.what = f"{shape.what} or a factor such as x10"

    def parse(self, node: Node, problems: Problems) -> T | Scale | Bad:
        """Read a factor, or the shape."""
        if isinstance(node, ScalarNode) and node.text[:1] == "x":
            times = Factor().parse(node, problems)
            return BAD if times is BAD else Scale(times)
        return self._shape.parse(node, problems)

    def expand(self, node: Node) -> Node:
        """Write short forms out below."""
        return self._shape.expand(node)

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        return self._shape.complete(node)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A factor, or the shape."""
        return {"anyOf": [Factor().schema(definitions), self._shape.schema(definitions)]}
