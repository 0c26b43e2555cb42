"""What a run came to, as it is kept: exact figures as JSON, and a result made of them again.

A stored run is neither measured nor simulated a second time. Its figures are read back as they
were, so that what `show` prints is what `run` printed, in no time, however long the run was.
"""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from sandbox.app.blocking import inside, one_by_one
from sandbox.app.run import RunResult, Verdict
from sandbox.cascade.outputs import Fact
from sandbox.errors import UsageError
from sandbox.journal.entry import Entry, entry
from sandbox.report.definitions import Kind, Measure, MetricRef, Value, parse_metric
from sandbox.report.highlights import Highlights, Switch
from sandbox.report.laws import Violation
from sandbox.report.metrics import Metrics, standard_metrics
from sandbox.report.sample import EVERYWHERE, Scope
from sandbox.report.timeline import MessageResult, message_results
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.model import Scenario
from sandbox.store.reader import open_reader

SWITCHES_KEPT: Final = 100
"""The commonest ways of switching level that are kept of a run."""

_RESULT_FIELDS: Final = tuple(
    each.name for each in fields(ExpectationResult) if each.name != "measure"
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run came to, and what stood out."""

    result: RunResult
    highlights: Highlights


def encoded(answer: Answer) -> str:
    """An answer as JSON, every figure exact."""
    result, highlights = answer.result, answer.highlights
    metrics = result.metrics
    told: Json = {
        "counts": metrics.message_counts(),
        "metrics": {
            ref.text: _measure_object(metrics.measure(ref))
            for ref in kept_metrics(result.scenario, metrics.level_count)
        },
        "expectations": [
            {
                **{name: getattr(item, name) for name in _RESULT_FIELDS},
                "measure": None if item.measure is None else _measure_object(item.measure),
            }
            for item in result.expectations
        ],
        "fired": result.fired,
        "violations": [violation._asdict() for violation in result.violations],
        "pending": result.pending,
        "warnings": result.scenario.warnings,
        "switches": [
            {**switch._asdict(), "times": times}
            for switch, times in highlights.top_switches(SWITCHES_KEPT)
        ],
        "worst": highlights.worst,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def kept_metrics(scenario: Scenario, level_count: int) -> list[MetricRef]:
    """What is kept of every run: what it reports unasked, and the levels of each cascade."""
    plans = scenario.world.plans
    has_codes = any(plan.stops_on_verified for plan in plans)
    return standard_metrics(level_count, has_codes=has_codes) + [
        parse_metric(f"cascade.{plan.name}.level.{level}.{what}")
        for plan in plans
        if len(plans) > 1
        for level in range(len(plan.levels))
        for what in ("share", "reached")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the store tells of a run besides its answer.

    Attributes:
        path: The file.
        run: The number of the run in it.
    """

    path: Path
    run: int
    verdict: str
    digest: str
    virtual_us: int
    wall_s: float
    message_names: dict[int, str]


def decoded(text: str, scenario: Scenario, told: Told) -> Answer:
    """An answer from its JSON.

    Args:
        text: As `encoded` wrote it.
        scenario: As it was run.
        told: The rest of what is known.

    Raises:
        ValueError: the text is something else.
        KeyError: as above.
    """
    kept: Json = json.loads(text)
    result = KeptResult(
        path=told.path,
        run=told.run,
        scenario=replace(scenario, warnings=tuple(kept["warnings"])),
        seed=scenario.seed,
        verdict=Verdict(told.verdict),
        digest=told.digest,
        metrics=KeptMetrics(scenario, kept["counts"], kept["metrics"]),
        expectations=tuple(
            ExpectationResult(
                **{name: item[name] for name in _RESULT_FIELDS if name != "details"},
                measure=None if item["measure"] is None else _measure(item["measure"]),
                details=tuple(item["details"]),
            )
            for item in kept["expectations"]
        ),
        fired=kept["fired"],
        violations=tuple(Violation(**item) for item in kept["violations"]),
        pending=tuple(kept["pending"]),
        virtual_us=told.virtual_us,
        wall_s=told.wall_s,
        message_names=told.message_names,
    )
    highlights = Highlights()
    highlights.worst = kept["worst"]
    for item in kept["switches"]:
        times = item.pop("times")
        highlights.switches[Switch(**item)] = times
    return Answer(result, highlights)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResult(RunResult):
    """The result of a stored run: its log is read, not made once more.

    Attributes:
        path: The file.
        run: The number of the run in it.
    """

    path: Path
    run: int

    def events(self) -> Iterator[Entry]:
        """Every line of the log, in order."""
        with asyncio.Runner() as runner, inside(runner, open_reader(self.path)) as reader:
            for facts in one_by_one(runner, reader.lines(self.run)):
                yield from map(entry, facts)

    def messages(self, wanted: Collection[int] | None = None) -> Iterator[MessageResult]:
        """What became of each message, in order of arrival.

        Args:
            wanted: Only these messages; None for all.
        """
        facts = self.events() if wanted is None else iter(self._lines_of(wanted))
        return message_results(facts, self.scenario.world.plans, self.message_names, wanted)

    def _lines_of(self, messages: Collection[int]) -> list[Fact]:
        with asyncio.Runner() as runner, inside(runner, open_reader(self.path)) as reader:
            return [
                fact
                for message in sorted(messages)
                for fact in runner.run(reader.timeline(self.run, message))
            ]


class KeptMetrics(Metrics):
    """The figures of a stored run: measured when it ran, and not again."""

    def __init__(
        self, scenario: Scenario, counts: dict[str, int], measures: Mapping[str, Json]
    ) -> None:
        """Take figures that were kept.

        Args:
            scenario: Of the run.
            counts: As `message_counts` gave them.
            measures: By the names of their metrics.
        """
        world = scenario.world
        channels = {provider.name: str(provider.channel) for provider in world.providers}
        super().__init__(world.plans, channels, scenario.currency, scenario.warm_up_us)
        self._counts = counts
        self._kept = {_key(parse_metric(name)): _measure(m) for name, m in measures.items()}

    def message_counts(self) -> dict[str, int]:
        """How many messages there were in all (`total`), and by outcome."""
        return dict(self._counts)

    def measure(self, ref: MetricRef, within: Scope = EVERYWHERE) -> Measure:
        """A metric that was kept, of all messages.

        Raises:
            UsageError: it was not.
        """
        measure = self._kept.get(_key(ref))
        if measure is not None and within == EVERYWHERE:
            return measure
        raise UsageError(
            f"the stored run has no {ref.text}: only what every run reports is kept",
            hint="`sandbox run` on its scenario measures anything that `expect` names.",
        )


def _key(ref: MetricRef) -> MetricRef:
    """The metric, however its name was written."""
    return replace(ref, text="")


def _measure_object(measure: Measure) -> Json:
    value = measure.value
    return {
        "kind": measure.kind.value,
        "value": str(value) if isinstance(value, Fraction) else value,
        "samples": measure.samples,
    }


def _measure(item: Json) -> Measure:
    kept = item["value"]
    value: Value = Fraction(kept) if isinstance(kept, str) else kept
    return Measure(Kind(item["kind"]), value, item["samples"])
