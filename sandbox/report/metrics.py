"""What a run comes to: every metric of `definitions`, whenever somebody asks.

The fold itself is `columns`, what is computed of it `formulas`.
"""

from array import array
from collections.abc import Mapping, Sequence

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
from sandbox.report.sample import Sample, sample


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
        self._samples: dict[tuple[str, str, str], Sample] = {}
        self._durations: dict[tuple[object, ...], array[int]] = {}

    def fold(self, facts: Sequence[Fact]) -> None:
        """Take in the next lines of the log, from its first line on.

        Raises:
            MisuseError: lines are missing.
        """
        if self._samples:
            self._samples.clear()
            self._durations.clear()
        self._columns.fold(facts)
        if self._current is not None:
            self._current.fold(facts)

    @property
    def level_count(self) -> int:
        """How many levels the longest cascade has."""
        return max((len(plan.levels) for plan in self._plans), default=0)

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

    def measure(self, ref: MetricRef) -> Measure:
        """Compute a metric of everything taken in so far.

        Raises:
            UnknownMetricError: it speaks of a cascade, channel or provider that is not in this run.
        """
        chosen = self._sample(ref)
        if ref.kind is Kind.TIME:
            durations = self._sorted_durations(chosen, ref)
            return Measure(Kind.TIME, statistic(durations, ref.statistic), len(durations))
        return FORMULAS[ref.name](chosen, ref)

    @property
    def columns(self) -> Columns:
        """The tables behind the figures, for whoever keeps what became of each message."""
        return self._columns

    # Samples ---------------------------------------------------------------------------------

    def _sample(self, ref: MetricRef) -> Sample:
        key = (ref.cascade, ref.channel, ref.provider)
        chosen = self._samples.get(key)
        if chosen is None:
            self.check(ref)
            plan = self._columns.plan_index[ref.cascade] if ref.cascade else None
            places = []
            if ref.channel:
                places.append(self._indices(channel=ref.channel))
            if ref.provider:
                places.append(self._indices(provider=ref.provider))
            chosen = sample(
                self._columns, since_us=self._warm_up_us, plan=plan, places=tuple(places)
            )
            self._samples[key] = chosen
        return chosen

    def _indices(self, *, channel: str = "", provider: str = "") -> frozenset[int]:
        """The numbers of the providers meant."""
        return frozenset(
            index
            for index, (name, its_channel) in enumerate(self._channels.items())
            if channel in ("", its_channel) and provider in ("", name)
        )

    def _sorted_durations(self, chosen: Sample, ref: MetricRef) -> "array[int]":
        side = Side.KNOWN if ref.name == "time_to_final" else ref.side  # there both are the same
        key = (ref.cascade, ref.channel, ref.provider, ref.name, side)
        durations = self._durations.get(key)
        if durations is None:
            durations = self._durations[key] = sorted_durations(chosen, ref)
        return durations


def standard_metrics(level_count: int) -> list[MetricRef]:
    """What a run reports without being asked: the main metrics on both sides, and every level's."""
    names = ["delivery_rate", "late_rate"]
    names += [f"time_to_delivered.{statistic}" for statistic in STATISTICS]
    names += [f"time_to_final.{statistic}" for statistic in STATISTICS]
    names += ["cost.total", "cost.duplicates", "cost.per_message", "cost.per_delivered"]
    names += ["fallback_rate", "double_delivery_rate", "expired_rate"]
    texts = [f"{side}.{name}" for name in names for side in Side]
    for level in range(level_count):
        stem = f"level.{level}"
        texts += [f"{stem}.share", f"truth.{stem}.share", f"{stem}.reached", f"{stem}.attempts"]
    return [parse_metric(text) for text in texts]
