"""The formulas behind the metrics; what they say is tested in `test_metrics`."""

from array import array
from fractions import Fraction

import pytest

from sandbox.report.columns import Columns
from sandbox.report.definitions import DEFINITIONS, Kind
from sandbox.report.formulas import FORMULAS, outcome_counts, statistic
from tests.support.hand import Hand, level, plan


def test_every_metric_but_times_has_its_formula() -> None:
    """What is defined can be computed, and nothing else is."""
    assert set(FORMULAS) == {d.name for d in DEFINITIONS.values() if d.kind is not Kind.TIME}


@pytest.mark.parametrize(
    ("name", "expected"), [("p50", 20), ("p95", 40), ("p99", 40), ("max", 40), ("mean", 25)]
)
def test_statistics_of_few_durations(name: str, expected: int) -> None:
    """Nearest rank picks one of the durations; the mean is exact."""
    assert statistic(array("q", [10, 20, 30, 40]), name) == expected
    assert statistic(array("q"), name) is None


def test_a_mean_is_not_rounded() -> None:
    """Comparisons are exact, also with a third of a microsecond."""
    assert statistic(array("q", [1, 1, 2]), "mean") == Fraction(4, 3)


def test_outcomes_are_counted_over_all_messages() -> None:
    """Messages without an outcome are in none of the counts."""
    its_plan = plan(level("sms", wait=5))
    hand = Hand(its_plan).request()
    columns = Columns((its_plan,), ("sms",))
    columns.fold(hand.facts)
    assert sum(outcome_counts(columns).values()) == 0
    seen = len(hand.facts)
    hand.rest()
    columns.fold(hand.facts[seen:])
    assert outcome_counts(columns)["exhausted"] == 1
