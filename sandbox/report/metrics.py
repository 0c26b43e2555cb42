"""What a run comes to: every metric of `definitions`, whenever somebody asks.

The fold itself is `columns`, what is computed of it `formulas`.
"""

from array import array
from collections.abc import Mapping, Sequence
from fractions import Fraction

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.report.columns import Columns
from sandbox.report.current import Current, Snapshot
from sandbox.report.definitions import (
    STATISTICS,
    Kind,
    Measure,
    MetricRef,
    Side,
    check_names,
    parse_metric,
)
from sandbox.report.formulas import FORMULAS, outcome_counts, sorted_durations, statistic
from sandbox.report.offenders import first_offender
from sandbox.report.sample import EVERYWHERE, Sample, Scope, of_plan, sample, submitted_to


class Metrics:
    """A fold over the log that can be asked for any metric at any time."""

    def __init__(
        self,
        plans: Sequence[Plan],
        channels_by_provider: Mapping[str, str],
        currency: str,
        warm_up_us: int,
    ) -> None:
        """Make an empty fold.

        Args:
            plans: The cascades of the run.
            channels_by_provider: Provider -> its channel, all that an attempt may go to.
            currency: Of all prices; "" when there are none.
            warm_up_us: Messages requested before this instant are in no metric.
        """
        self.currency = currency
        self._plans = tuple(plans)
        self._channels = dict(channels_by_provider)
        self._warm_up_us = warm_up_us
        self._columns = Columns(plans, tuple(channels_by_provider))
        self._current: Current | None = None
        self._samples: dict[tuple[str, str, str, Scope], Sample] = {}
        self._durations: dict[tuple[object, ...], array[int]] = {}
        self._marks: dict[tuple[str, str], bytes] = {}

    def fold(self, facts: Sequence[Fact]) -> None:
        """Take in the next lines of the log, from its first line on.

        Raises:
            MisuseError: lines are missing.
        """
        if self._samples:
            self._samples.clear()
            self._durations.clear()
            self._marks.clear()
        self._columns.fold(facts)
        if self._current is not None:
            self._current.fold(facts)

    @property
    def level_count(self) -> int:
        """How many levels the longest cascade has."""
        return max((len(plan.levels) for plan in self._plans), default=0)

    @property
    def has_codes(self) -> bool:
        """Whether some cascade waits for a code."""
        return any(plan.stops_on_verified for plan in self._plans)

    def message_counts(self) -> dict[str, int]:
        """How many messages there are in all (`total`), and by outcome; warm-up included."""
        return {"total": self._columns.message_count} | outcome_counts(self._columns)

    def snapshot(self) -> Snapshot:
        """How the run stands right now, for a screen; the first call begins to keep count."""
        if self._current is None:
            self._current = Current(self._columns, self.level_count)
        return self._current.snapshot()

    def check(self, ref: MetricRef) -> None:
        """Make sure that a metric speaks of a cascade, channel and provider of this run.

        Raises:
            UnknownMetricError: it does not.
        """
        check_names(
            ref,
            cascades=[plan.name for plan in self._plans],
            channels=list(dict.fromkeys(self._channels.values())),
            providers=list(self._channels),
        )

    def mark(self, what: tuple[str, str], marks: bytes) -> None:
        """Mark messages with what the log does not say, for a `Scope` to ask for.

        Args:
            what: What the marks mean, such as `("trait", "phone_off")`.
            marks: For each message number, from 0 up to the last, 1 or 0.
        """
        self._marks[what] = marks

    def measure(self, ref: MetricRef, within: Scope = EVERYWHERE) -> Measure:
        """Compute a metric of everything taken in so far.

        Args:
            ref: Which one.
            within: Of which messages, besides what the metric's own name says.

        Raises:
            UnknownMetricError: it speaks of a cascade, channel or provider that is not in this run.
        """
        chosen = self._sample(ref, within)
        if ref.kind is Kind.TIME:
            durations = self._sorted_durations(chosen, ref, within)
            return Measure(Kind.TIME, statistic(durations, ref.statistic), len(durations))
        return FORMULAS[ref.name](chosen, ref)

    def first_offender(
        self, ref: MetricRef, bound: Fraction, within: Scope = EVERYWHERE, *, is_high: bool
    ) -> int | None:
        """The first message that made a metric too high, or too low; None where there is no such.

        Args:
            ref: Which metric.
            bound: What its value was compared with, in its own unit.
            within: Of which messages.
            is_high: It is too high.
        """
        return first_offender(self._sample(ref, within), ref, bound, is_high=is_high)

    @property
    def columns(self) -> Columns:
        """The tables behind the figures, for whoever keeps what became of each message."""
        return self._columns

    # Samples ---------------------------------------------------------------------------------

    def _sample(self, ref: MetricRef, within: Scope) -> Sample:
        key = (ref.cascade, ref.channel, ref.provider, within)
        chosen = self._samples.get(key)
        if chosen is None:
            self.check(ref)
            plan = self._columns.plan_index[ref.cascade] if ref.cascade else None
            chosen = self._samples[key] = sample(
                self._columns,
                since_us=max(self._warm_up_us, within.since_us),
                until_us=within.until_us,
                plan=plan,
                places=self._places(ref.channel, ref.provider),
                also=self._rows(within),
            )
        return chosen

    def _places(self, channel: str, provider: str) -> tuple[frozenset[int], ...]:
        places = []
        if channel:
            places.append(self._indices(channel=channel))
        if provider:
            places.append(self._indices(provider=provider))
        return tuple(places)

    def _rows(self, within: Scope) -> list[bytes]:
        """The marks of what a scope asks for, but its times."""
        columns = self._columns
        rows = [self._marks[mark] for mark in within.marks]
        if within.cascade:
            rows.append(of_plan(columns, columns.plan_index[within.cascade]))
        places = self._places(within.channel, within.provider)
        return rows + [submitted_to(columns, providers) for providers in places]

    def _indices(self, *, channel: str = "", provider: str = "") -> frozenset[int]:
        """The numbers of the providers meant."""
        return frozenset(
            index
            for index, (name, its_channel) in enumerate(self._channels.items())
            if channel in ("", its_channel) and provider in ("", name)
        )

    def _sorted_durations(self, chosen: Sample, ref: MetricRef, within: Scope) -> "array[int]":
        side = Side.KNOWN if ref.name == "time_to_final" else ref.side  # there both are the same
        key = (ref.cascade, ref.channel, ref.provider, within, ref.name, side)
        durations = self._durations.get(key)
        if durations is None:
            durations = self._durations[key] = sorted_durations(chosen, ref)
        return durations


def standard_metrics(level_count: int, *, has_codes: bool = False) -> list[MetricRef]:
    """What a run reports without being asked: the main metrics on both sides, and every level's.

    Args:
        level_count: How many levels there are.
        has_codes: Some cascade waits for a code.
    """
    names = ["delivery_rate", "late_rate"]
    names += [f"time_to_delivered.{statistic}" for statistic in STATISTICS]
    names += [f"time_to_final.{statistic}" for statistic in STATISTICS]
    names += ["cost.total", "cost.duplicates", "cost.refunded"]
    names += ["cost.per_attempt", "cost.per_message", "cost.per_delivered"]
    names += ["fallback_rate", "double_delivery_rate", "expired_rate"]
    names += ["verified_rate"] if has_codes else []
    texts = [f"{side}.{name}" for name in names for side in Side]
    texts += ["truth.cost.hidden_duplicates", "truth.hidden_duplicate_rate"]
    for level in range(level_count):
        stem = f"level.{level}"
        texts += [f"{stem}.share", f"truth.{stem}.share", f"{stem}.reached", f"{stem}.attempts"]
        texts += [f"{stem}.cost", f"truth.{stem}.cost"]
    return [parse_metric(text) for text in texts]
