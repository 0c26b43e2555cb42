"""What must be true in the end: `METRIC OPERATOR VALUE`, read and judged.

The unit of the value follows from the metric: a rate is compared with `95%`, a time with `30s`,
money with `0.07 EUR`, a count with a plain number. Comparisons are exact. An expectation over no
samples fails: nothing was shown.
"""

import operator
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from sandbox.errors import NotBuiltError
from sandbox.report.definitions import (
    Kind,
    Measure,
    MetricRef,
    UnknownMetricError,
    Value,
    check_names,
    parse_metric,
)
from sandbox.report.metrics import Metrics
from sandbox.scenario import quantities
from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import Mark, ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.quantities import QuantityError
from sandbox.simulation.spec import PPB

OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}

_FORM: Final = re.compile(r"\s*(?P<metric>[^\s<>=!]+)\s*(?P<sign>[<>=!]{1,3})\s*(?P<value>.*?)\s*")

_UNIT_EXAMPLES: Final = {
    Kind.RATE: "a share such as 95%",
    Kind.TIME: "a duration such as 30s",
    Kind.MONEY: "an amount such as 0.07 EUR",
    Kind.COUNT: "a plain number such as 20",
}


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """Whether an expectation holds.

    Attributes:
        scope: Which messages it is about; `all` so far.
        measure: What the metric came to.
        line: Where the expectation stands in the file.
    """

    text: str
    scope: str
    passed: bool
    measure: Measure
    line: int

    @property
    def value(self) -> Value:
        """The value of the metric: a fraction of one, microseconds, billionths, or a count."""
        return self.measure.value

    @property
    def samples(self) -> int:
        """How many messages the value is made of."""
        return self.measure.samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One thing that must be true.

    Attributes:
        sign: One of `OPERATORS`.
        bound: In the unit of the metric: a fraction of one, microseconds, billionths, or a count.
    """

    text: str
    metric: MetricRef
    sign: str
    bound: Fraction
    line: int
    scope: str = "all"

    def check(self, metrics: Metrics) -> ExpectationResult:
        """Judge a run."""
        measure = metrics.measure(self.metric)
        holds = (
            measure.value is not None
            and measure.samples > 0
            and OPERATORS[self.sign](measure.value, self.bound)
        )
        return ExpectationResult(self.text, self.scope, holds, measure, self.line)


# Reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a metric may speak of.

    Attributes:
        level_count: How many levels the longest cascade has.
        currency: Of all prices; "" when there are none, and any will do.
    """

    cascades: Collection[str]
    channels: Collection[str]
    providers: Collection[str]
    level_count: int
    currency: str


def parse_expectation(
    node: ScalarNode, around: Surroundings, problems: Problems
) -> Expectation | Bad:
    """Read an expectation; what is wrong with it is shown at the word that is wrong."""
    form = _FORM.fullmatch(node.text)
    if form is None or not form["value"]:
        return problems.add(
            node,
            Code.BAD_EXPECTATION,
            f"'{node.text}' is no expectation",
            note="write METRIC OPERATOR VALUE, such as delivery_rate >= 95%",
        )
    metric = _metric(node, form, around, problems)
    if form["sign"] not in OPERATORS:
        sign = form["sign"]
        at = _part(node, form.start("sign"), form.end("sign"))
        return problems.add(
            at,
            Code.BAD_EXPECTATION,
            f"'{sign}' does not compare",
            note="did you mean '=='?" if sign == "=" else f"one of {' '.join(OPERATORS)}",
        )
    if metric is BAD:
        return BAD
    bound = _bound(node, form, metric, around, problems)
    if bound is BAD:
        return BAD
    return Expectation(
        text=node.text, metric=metric, sign=form["sign"], bound=bound, line=node.mark.line
    )


def _part(node: ScalarNode, start: int, end: int) -> ScalarNode:
    """A word of a text, for its position; the whole where the text is folded or escaped."""
    mark, text = node.mark, node.text
    line = mark.source.lines[mark.line - 1] if mark.line <= len(mark.source.lines) else ""
    begins = mark.column - 1 + (0 if node.plain else 1)
    if line[begins : begins + len(text)] != text:
        return node
    at = Mark(mark.source, mark.line, begins + 1 + start, max(end - start, 1))
    return ScalarNode(text[start:end], at, place=node.place)


def _metric(
    node: ScalarNode, form: re.Match[str], around: Surroundings, problems: Problems
) -> MetricRef | Bad:
    at = _part(node, form.start("metric"), form.end("metric"))
    try:
        ref = parse_metric(form["metric"])
        check_names(
            ref,
            cascades=around.cascades,
            channels=around.channels,
            providers=around.providers,
        )
    except UnknownMetricError as error:
        return problems.add(at, Code.UNKNOWN_METRIC, str(error), note=_lower(error.hint))
    except NotBuiltError:
        text = f"the metric '{form['metric']}' is not built yet"
        return problems.add(at, Code.NOT_BUILT, text, note="leave it out")
    if ref.level is not None and ref.level >= around.level_count:
        return problems.add(
            at,
            Code.UNKNOWN_METRIC,
            f"no cascade has a level {ref.level}",
            note=f"levels are 0 to {around.level_count - 1}",
        )
    return ref


def _lower(hint: str) -> str:
    return hint[:1].lower() + hint[1:].removesuffix(".")


def _bound(
    node: ScalarNode,
    form: re.Match[str],
    metric: MetricRef,
    around: Surroundings,
    problems: Problems,
) -> Fraction | Bad:
    at = _part(node, form.start("value"), form.end("value"))
    text = form["value"]
    try:
        match metric.kind:
            case Kind.RATE:
                return Fraction(quantities.share(text), PPB)
            case Kind.TIME:
                return Fraction(quantities.duration(text))
            case Kind.COUNT:
                return quantities.number(text)
            case Kind.MONEY:
                return _amount(at, text, around, problems)
    except QuantityError as error:
        note = error.note or f"write {_UNIT_EXAMPLES[metric.kind]}"
        if error.code in {Code.OUT_OF_RANGE, Code.UNIT_MISSING}:
            return problems.add(at, error.code, error.text, note=note)
        wrong = f"{metric.text} is compared with {_UNIT_EXAMPLES[metric.kind]}, not with {text}"
        return problems.add(at, Code.WRONG_UNIT, wrong, note=note)


def _amount(at: ScalarNode, text: str, around: Surroundings, problems: Problems) -> Fraction | Bad:
    money = quantities.money(text)
    if money.currency and around.currency and money.currency != around.currency:
        wrong = f"the prices here are in {around.currency}, not in {money.currency}"
        note = f"write it in {around.currency}"
        return problems.add(at, Code.SECOND_CURRENCY, wrong, note=note)
    return Fraction(money.nano)
