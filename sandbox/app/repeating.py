"""One comparison on many seeds: whether a difference is more than luck.

Two runs on one seed differ by their plans alone, and still by what that seed happened to hold. Over
many seeds the differences of the pairs have a spread; a mean difference that is larger than twice
its error is not luck any more. The rounds run in processes of their own, and what has come back can
be looked at while others are under way.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.app.counted import count, without_expectations
from sandbox.app.run import with_seed
from sandbox.app.workers import core_count, each_in_order
from sandbox.report.definitions import Kind, Measure, MetricRef, parse_metric
from sandbox.report.spread import Difference, difference
from sandbox.scenario.model import Scenario

ROUNDS: Final = 30
"""So many seeds are added at a time."""

SURE: Final = 2
"""A mean difference beyond so many errors is told from luck."""

SURE_FROM: Final = 10
"""With fewer seeds an error is itself too uncertain to judge by."""


class Wanted(NamedTuple):
    """A figure that is compared.

    Attributes:
        is_less_better: Who has less of it is better off.
    """

    label: str
    metric: MetricRef
    is_less_better: bool


WANTED: Final = tuple(
    Wanted(label, parse_metric(name), is_less_better=is_less)
    for label, name, is_less in (
        ("delivered", "known.delivery_rate", False),
        ("  in truth", "truth.delivery_rate", False),
        ("p50", "known.time_to_delivered.p50", True),
        ("p95", "known.time_to_delivered.p95", True),
        ("cost a message", "truth.cost.per_message", True),
        ("got it twice", "truth.double_delivery_rate", True),
        ("paid unawares", "truth.hidden_duplicate_rate", True),
    )
)
"""As on the screen that shows one seed, without what follows from another."""


class Round(NamedTuple):
    """One seed, and what is run with it."""

    first: Scenario
    second: Scenario
    seed: int


class Ran(NamedTuple):
    """What one seed came to: each of `WANTED` in A, and in B."""

    seed: int
    first: tuple[Measure, ...]
    second: tuple[Measure, ...]


def rounds(first: Scenario, second: Scenario, after: int) -> list[Round]:
    """The next rounds.

    Args:
        first: A.
        second: B.
        after: The seed before the first of them; seeds begin with 1.
    """
    plain = [without_expectations(replace(each, file="")) for each in (first, second)]
    return [Round(plain[0], plain[1], after + nth) for nth in range(1, ROUNDS + 1)]


def ran(work: Round) -> Ran:
    """Run both with one seed; for a process of its own."""
    each = [count(with_seed(scenario, work.seed)) for scenario in (work.first, work.second)]
    first, second = (
        tuple(done.metrics.measure(wanted.metric) for wanted in WANTED) for done in each
    )
    return Ran(work.seed, first, second)


def all_ran(work: Sequence[Round], processes: int | None = None) -> Generator[Ran, None, None]:
    """Run rounds in processes beside this one; closed early, it leaves none behind.

    Args:
        work: As `rounds` gives them.
        processes: How many; None: one a processor, two at least.
    """
    return each_in_order(ran, work, processes=processes or max(core_count(), 2))


class Verdict(NamedTuple):
    """One figure over all seeds so far.

    Attributes:
        told: The spread in both, and of their differences.
        better: 1 where B is better, -1 where A is, beyond luck; 0 where that cannot be told.
    """

    label: str
    told: Difference
    better: int

    @property
    def kind(self) -> Kind:
        """What the figure is."""
        return self.told.first.kind


def verdicts(done: Sequence[Ran]) -> list[Verdict]:
    """What the rounds say that have come back; nothing of none."""
    if not done:
        return []
    made = []
    for nth, wanted in enumerate(WANTED):
        first, second = [each.first[nth] for each in done], [each.second[nth] for each in done]
        told = difference(first, second)
        made.append(Verdict(wanted.label, told, _better(told, is_less=wanted.is_less_better)))
    return made


def _better(told: Difference, *, is_less: bool) -> int:
    mean, error = told.mean, told.error
    if mean is None or error is None or told.pairs < SURE_FROM or abs(mean) <= SURE * error:
        return 0
    return 1 if (mean < Fraction(0)) == is_less else -1
