"""`METRIC OPERATOR VALUE`, read and judged.

The unit of the value follows from the metric: a rate is compared with `95%`, a time with `30s`,
money with `0.07 EUR`, a count with a plain number. Comparisons are exact.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from sandbox.report.definitions import (
    Kind,
    MetricRef,
    UnknownMetricError,
    check_names,
    parse_metric,
)
from sandbox.report.figures import format_measure
from sandbox.report.sample import EVERYWHERE, Scope
from sandbox.scenario import quantities
from sandbox.scenario.codes import Code
from sandbox.scenario.comparisons import OPERATORS, SIGN, amount, check_sign, part
from sandbox.scenario.expectations import (
    NO_SAMPLES,
    Evidence,
    Expectation,
    ExpectationResult,
    Surroundings,
    position,
)
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.quantities import QuantityError
from sandbox.simulation.spec import PPB

_FORM: Final = re.compile(rf"\s*(?P<metric>[^\s<>=!]+)\s*{SIGN}\s*(?P<value>.*?)\s*")

_UNIT_EXAMPLES: Final = {
    Kind.RATE: "a share such as 95%",
    Kind.TIME: "a duration such as 30s",
    Kind.MONEY: "an amount such as 0.07 EUR",
    Kind.COUNT: "a plain number such as 20",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricExpectation(Expectation):
    """A metric compared with a value.

    Attributes:
        sign: One of `OPERATORS`.
        bound: In the unit of the metric: a fraction of one, microseconds, billionths, or a count.
        within: Of which messages.
    """

    metric: MetricRef
    sign: str
    bound: Fraction
    within: Scope = EVERYWHERE

    @property
    def marks(self) -> Collection[tuple[str, str]]:
        """The traits and countries it asks for."""
        return self.within.marks

    def check(self, evidence: Evidence) -> ExpectationResult:
        """Judge a run; names the first message that offends, where there is one."""
        metrics = evidence.metrics
        measure = metrics.measure(self.metric, self.within)
        value = measure.value
        has_samples = value is not None and measure.samples > 0
        holds = value is not None and has_samples and OPERATORS[self.sign](value, self.bound)
        first = None
        if value is not None and has_samples and not holds and self.sign != "!=":
            is_high = self.sign[0] == "<" or (self.sign == "==" and value > self.bound)
            first = metrics.first_offender(self.metric, self.bound, self.within, is_high=is_high)
        return ExpectationResult(
            text=self.text,
            scope=self.scope,
            passed=holds,
            measure=measure,
            line=self.line,
            file=self.file,
            seen=format_measure(measure, metrics.currency),
            samples=measure.samples,
            first_message=first,
            why="" if has_samples else NO_SAMPLES,
        )


# Reading ---------------------------------------------------------------------------------------


def parse_expectation(
    node: ScalarNode,
    around: Surroundings,
    problems: Problems,
    *,
    scope: str = "all",
    within: Scope = EVERYWHERE,
) -> MetricExpectation | Bad:
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
    if check_sign(node, form, problems) is BAD or metric is BAD:
        return BAD
    bound = _bound(node, form, metric, around, problems)
    if bound is BAD:
        return BAD
    line, file = position(node)
    return MetricExpectation(
        text=node.text,
        scope=scope,
        line=line,
        file=file,
        metric=metric,
        sign=form["sign"],
        bound=bound,
        within=within,
    )


def _metric(
    node: ScalarNode, form: re.Match[str], around: Surroundings, problems: Problems
) -> MetricRef | Bad:
    at = part(node, form.start("metric"), form.end("metric"))
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
    at = part(node, form.start("value"), form.end("value"))
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
                return amount(at, text, around.currency, problems, around.exchange)
    except QuantityError as error:
        note = error.note or f"write {_UNIT_EXAMPLES[metric.kind]}"
        if error.code in {Code.OUT_OF_RANGE, Code.UNIT_MISSING}:
            return problems.add(at, error.code, error.text, note=note)
        wrong = f"{metric.text} is compared with {_UNIT_EXAMPLES[metric.kind]}, not with {text}"
        return problems.add(at, Code.WRONG_UNIT, wrong, note=note)
