"""A metric compared with a value: read, judged, and told."""

from fractions import Fraction
from typing import cast

import pytest

from sandbox.report.definitions import Kind, Measure, MetricRef, Value
from sandbox.report.metrics import Metrics
from sandbox.report.occurrences import Occurrences
from sandbox.report.sample import EVERYWHERE, Scope
from sandbox.scenario.comparisons import OPERATORS
from sandbox.scenario.expectations import Evidence, Expectation, Surroundings
from sandbox.scenario.metric_expectations import MetricExpectation, parse_expectation
from sandbox.scenario.problems import BAD, Problems
from tests.support.scenario_texts import SMALL, loaded, problems_of, scalar

SHARES_ONLY = "is compared with a share such as 95%, not with"

AROUND = Surroundings(
    cascades=["otp"],
    channels=["sms", "viber"],
    providers={"sms-main": "sms", "viber": "viber"},
    level_count=2,
    currency="EUR",
)


class Measured:
    """Metrics that come to one value; they note what they were asked."""

    currency = "EUR"

    def __init__(self, kind: Kind, value: Value, samples: int) -> None:
        self._measure = Measure(kind, value, samples)
        self.asked: list[object] = []

    def measure(self, ref: MetricRef, within: Scope = EVERYWHERE) -> Measure:  # noqa: ARG002 - a stand-in
        self.asked.append(within)
        return self._measure

    def first_offender(
        self,
        ref: MetricRef,  # noqa: ARG002 - a stand-in
        bound: Fraction,
        within: Scope = EVERYWHERE,
        *,
        is_high: bool,
    ) -> int:
        """A message by number: 7, and the direction is noted."""
        self.asked.append((bound, within, is_high))
        return 7


def evidence(measured: Measured) -> Evidence:
    """A run that measured so."""
    return Evidence(cast("Metrics", measured), Occurrences([], ()), {})


def expectation(text: str) -> MetricExpectation:
    """An expectation without a mistake."""
    problems = Problems()
    parsed = parse_expectation(scalar(f"'{text}'"), AROUND, problems)
    problems.raise_any()
    assert parsed is not BAD
    return parsed


def judged(text: str, value: Value, samples: int = 10) -> bool:
    """Whether an expectation holds when its metric comes to a value."""
    parsed = expectation(text)
    return parsed.check(evidence(Measured(parsed.metric.kind, value, samples))).passed


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("delivery_rate >= 95%", Fraction(19, 20)),
        ("delivery_rate>=95%", Fraction(19, 20)),
        ("truth.late_rate == 0%", Fraction(0)),
        ("time_to_delivered.p95 <= 60s", Fraction(60_000_000)),
        ("time_to_final.max < 1.5h", Fraction(5_400_000_000)),
        ("cost.per_delivered <= 0.07 EUR", Fraction(70_000_000)),
        ("cost.total != 0", Fraction(0)),
        ("level.1.attempts > 20", Fraction(20)),
        ("cascade.otp.level.1.share <= 30%", Fraction(3, 10)),
        ("channel.sms.failed <= 3", Fraction(3)),
        ("provider.sms-main.cost <= 3 EUR", Fraction(3_000_000_000)),
        ("truth.channel.viber.delivery_rate > 0.0001%", Fraction(1, 1_000_000)),
        ("verified_rate >= 1%", Fraction(1, 100)),
    ],
)
def test_the_unit_of_the_bound_follows_from_the_metric(text: str, bound: Fraction) -> None:
    """Shares for rates, durations for times, money for costs, plain numbers for counts."""
    assert expectation(text).bound == bound


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("delivery_rate", "1:1: error[bad-expectation]: 'delivery_rate' is no expectation"),
        ("delivery_rate >=", "1:1: error[bad-expectation]: 'delivery_rate >=' is no expectation"),
        ("delivery_rate => 95%", "1:16: error[bad-expectation]: '=>' does not compare"),
        ("delivery_rte >= 95%", "1:2: error[unknown-metric]: no metric 'delivery_rte'"),
        ("delivery_rate >= 0.95", "1:19: error[unit-missing]: 0.95 has no unit"),
        ("delivery_rate >= 101%", "1:19: error[out-of-range]: 101% is more than all"),
        ("level.2.share >= 1%", "1:2: error[unknown-metric]: no cascade has a level 2"),
        ("cost.total <= 5 USD",
         "1:16: error[second-currency]: the prices here are in EUR, not in USD"),
        ("late_rate <= 5s", f"1:15: error[wrong-unit]: late_rate {SHARES_ONLY} 5s"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_at_the_word_that_is_wrong(text: str, problem: str) -> None:
    """Metric, operator and value each have their own position."""
    problems = Problems()
    assert parse_expectation(scalar(f"'{text}'"), AROUND, problems) is BAD
    with pytest.raises(Exception, match=r"error\[") as caught:
        problems.raise_any()
    assert str(caught.value).split("\n")[0] == f"<text>:{problem}"


def test_a_folded_text_is_shown_as_a_whole() -> None:
    """Where words moved, the text itself is pointed at."""
    text = SMALL + 'expect:\n  - "delivery_rate\n    >= 5"'
    assert problems_of(text) == ["5:5: error[unit-missing]: 5 has no unit"]


def test_an_expectation_over_no_samples_fails() -> None:
    """Nothing was shown, whatever the operator."""
    for sign in OPERATORS:
        assert not judged(f"delivery_rate {sign} 0%", None, 0)
        assert not judged(f"level.0.attempts {sign} 0", 0, 0)
    assert judged("level.0.attempts == 0", 0, 5)


@pytest.mark.parametrize(
    ("sign", "below", "equal", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
        (">=", False, True, True),
        (">", False, False, True),
    ],
)
def test_comparisons_are_exact(sign: str, below: bool, equal: bool, above: bool) -> None:
    """A billionth makes the difference; nothing is rounded."""
    money = f"cost.total {sign} 0.000000002 EUR"
    assert [judged(money, value) for value in (1, 2, Fraction(5, 2))] == [below, equal, above]
    rate, third = f"delivery_rate {sign} 33.3333333%", Fraction(333_333_333, 10**9)
    tiny = Fraction(1, 10**30)
    values = (third - tiny, third, third + tiny)
    assert [judged(rate, value) for value in values] == [below, equal, above]


def test_a_result_says_what_was_expected_and_what_came() -> None:
    """Text, scope, value, samples, and the line in the file."""
    scenario = loaded(SMALL + "expect:\n  all:\n    - delivery_rate >= 95%")
    first: Expectation = scenario.expectations[0]
    result = first.check(evidence(Measured(Kind.RATE, Fraction(1, 2), 20)))
    assert (result.text, result.scope, result.passed, result.line, result.file) == (
        "delivery_rate >= 95%", "all", False, 6, "<text>",
    )  # fmt: skip
    assert (result.value, result.samples, result.seen) == (Fraction(1, 2), 20, "50.0 %")
    assert (result.first_message, result.why) == (7, "")


@pytest.mark.parametrize(
    ("text", "value", "is_high"),
    [
        ("delivery_rate >= 95%", Fraction(1, 2), False),
        ("delivery_rate > 50%", Fraction(1, 2), False),
        ("late_rate <= 5%", Fraction(1, 2), True),
        ("late_rate < 50%", Fraction(1, 2), True),
        ("late_rate == 5%", Fraction(1, 2), True),
        ("late_rate == 55%", Fraction(1, 2), False),
        ("late_rate != 50%", Fraction(1, 2), None),
        ("late_rate <= 50%", Fraction(1, 2), None),
        ("late_rate <= 50%", None, None),
    ],
)
def test_an_offender_is_looked_for_in_the_direction_that_is_wrong(
    text: str, value: Value, is_high: bool | None
) -> None:
    """Too high or too low; not where the expectation holds, nor where nothing was seen."""
    measured = Measured(Kind.RATE, value, 0 if value is None else 10)
    result = expectation(text).check(evidence(measured))
    directions = [asked[2] for asked in measured.asked if isinstance(asked, tuple)]
    assert directions == ([] if is_high is None else [is_high])
    assert result.first_message == (None if is_high is None else 7)
    assert result.why == ("no samples" if value is None else "")


def test_a_scope_reaches_the_metrics() -> None:
    """The messages an expectation is about are those it is measured of."""
    within = Scope(since_us=5, marks=(("trait", "phone_off"),))
    problems = Problems()
    node = scalar("'delivery_rate >= 95%'")
    parsed = parse_expectation(node, AROUND, problems, scope="where trait phone_off", within=within)
    assert parsed is not BAD
    assert parsed.marks == within.marks
    measured = Measured(Kind.RATE, Fraction(1, 2), 3)
    result = parsed.check(evidence(measured))
    assert measured.asked == [within, (Fraction(19, 20), within, False)]
    assert result.scope == "where trait phone_off"
