"""Runs as JSON objects: what `sandbox run --json` prints, one object a line.

Rates are fractions of one, durations seconds, money a decimal string with its currency. Editors, CI
jobs and scripts depend on the meaning of each member; members may be added, none changes.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sandbox.app.run import RunResult, Verdict
from sandbox.errors import SandboxError, UsageError
from sandbox.report.definitions import Kind, Measure, MetricRef
from sandbox.report.figures import json_value
from sandbox.report.metrics import Metrics, standard_metrics

FORMAT: Final = 1

Json = dict[str, Any]


def result_object(result: RunResult, run: str | None = None) -> Json:
    """A run that took place; `run` is its name in the store, if it is kept."""
    scenario, metrics = result.scenario, result.metrics
    refs = standard_metrics(metrics.level_count, has_codes=metrics.has_codes)
    return {
        "schema": FORMAT,
        "scenario": scenario.name,
        "file": scenario.file,
        "seed": result.seed,
        "digest": result.digest,
        "run": run,
        "verdict": result.verdict.value,
        "virtual_s": result.virtual_us / 1_000_000,
        "wall_s": round(result.wall_s, 3),
        "messages": metrics.message_counts(),
        "metrics": dict(_figures(metrics, refs)),
        "expectations": [
            {
                "text": item.text,
                "scope": item.scope,
                "passed": item.passed,
                "value": item.measure and json_value(item.measure, metrics.currency),
                "samples": item.samples,
                "line": item.line,
                "file": item.file,
                "seen": item.seen,
                "first_message": item.first_message,
                "why": item.why,
            }
            for item in result.expectations
        ],
        "named": _named(result),
        "faults": [{"id": fault, "fired": times} for fault, times in result.fired.items()],
        "pending": list(result.pending),
        "violations": [
            {"law": item.law, "text": item.text, "seq": item.seq} for item in result.violations
        ],
        "warnings": warnings_of(result),
    }


def error_object(file: Path, error: SandboxError) -> Json:
    """A scenario that could not be run; the problems in full, each with its position."""
    return {
        "schema": FORMAT,
        "scenario": None,
        "file": str(file),
        "verdict": Verdict.ERROR.value,
        "errors": [str(problem) for problem in getattr(error, "problems", (error,))],
    }


def interrupted_object(file: Path, seed: int) -> Json:
    """A run that somebody broke off."""
    return {
        "schema": FORMAT,
        "scenario": None,
        "file": str(file),
        "seed": seed,
        "verdict": Verdict.INTERRUPTED.value,
        "errors": ["interrupted by hand"],
    }


def warnings_of(result: RunResult) -> list[str]:
    """What a run that passed is still worth saying about."""
    vacuous = [
        f"warning[vacuous]: fault {fault} never fired: no setting it changed was read"
        for fault, times in result.fired.items()
        if not times
    ]
    return [*result.scenario.warnings, *vacuous]


def _figures(
    metrics: Metrics, refs: Sequence[MetricRef]
) -> Iterator[tuple[str, float | int | str | None]]:
    for ref in refs:
        with suppress(UsageError):  # a run that an earlier version kept may lack a figure
            yield ref.text, json_value(metrics.measure(ref), metrics.currency)


def _named(result: RunResult) -> Json:
    if not result.message_names:
        return {}
    currency = result.metrics.currency
    return {
        message.name: {
            "outcome": message.outcome,
            "path": list(message.path),
            "late": list(message.late),
            "seconds": None if message.seconds_us is None else message.seconds_us / 1_000_000,
            "cost": json_value(Measure(Kind.MONEY, message.cost_nano, 1), currency),
        }
        for message in result.messages(result.message_names)
    }
