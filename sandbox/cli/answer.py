"""A run as a person reads it: what arrived, what it cost, why it switched, what did not hold."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Final

from sandbox.app.run import RunResult, Verdict
from sandbox.cli.verdicts import warnings_of
from sandbox.errors import UsageError
from sandbox.report.definitions import (
    HIDDEN_DUPLICATES,
    PAID_UNKNOWINGLY,
    Kind,
    Measure,
    parse_metric,
)
from sandbox.report.figures import exact_seconds, format_measure
from sandbox.report.highlights import Highlights, Switch
from sandbox.report.plain import plain
from sandbox.report.timeline import MessageResult
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.phrase_expectations import NEVER

SWITCHES_SHOWN: Final = 5
EXPECTATION_WIDTH: Final = 60
"""Of longer expectations the figures stand where they may."""
_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 60 * _MINUTE_US

_FIGURES: Final = (
    ("delivered", "delivery_rate"),
    ("time p50", "time_to_delivered.p50"),
    ("time p95", "time_to_delivered.p95"),
    ("cost", "cost.total"),
    ("per delivered", "cost.per_delivered"),
    ("got it twice", "double_delivery_rate"),
    ("paid for twice", "cost.duplicates"),
)


def answer_text(
    result: RunResult,
    highlights: Highlights,
    worst: list[str],
    messages: Sequence[MessageResult] | None = None,
) -> str:
    """The whole answer, several lines without an end of line.

    Args:
        result: The run.
        highlights: What was noticed on the way.
        worst: The timeline of the message that fared worst, line by line; may be empty.
        messages: Of a run with providers outside, what became of its messages: nobody knows the
            truth about them, and they cannot be sent again. None: all providers were simulated.
    """
    is_known_only = messages is not None
    lines = [_title(result), *_figures(result, is_known_only=is_known_only), *_levels(result)]
    lines += _switches(highlights)
    lines += _named(result, messages)
    if worst:
        lines += ["  the worst message", *(f"    {line}" for line in worst)]
    lines += _faults(result)
    lines += _expectations(result)
    lines += [f"  {warning}" for warning in warnings_of(result)]
    lines += _trouble(result)
    lines += [f"  {result.digest}", _closing(result)]
    return "\n".join(lines)


def _title(result: RunResult) -> str:
    counts = result.metrics.message_counts()
    outcomes = ", ".join(
        f"{count:,} {outcome}" for outcome, count in counts.items() if count and outcome != "total"
    )
    title = plain(result.scenario.title or result.scenario.name)
    return (
        f"{plain(result.scenario.name)}  seed {result.seed}\n  {title}\n"
        f"  {counts['total']:,} messages: {outcomes or 'none'}\n"
        f"  {result.virtual_us / 1_000_000:,.1f} s of virtual time in {result.wall_s:.2f} s"
    )


def _figures(result: RunResult, *, is_known_only: bool) -> list[str]:
    metrics = result.metrics
    if is_known_only:
        measures = (metrics.measure(parse_metric(f"known.{name}")) for _, name in _FIGURES)
        return [
            f"  {label:<16}{_short(measure, metrics.currency):>16}"
            for (label, _), measure in zip(_FIGURES, measures, strict=True)
        ]
    lines = [f"  {'':<16}{'known':>16}{'true':>16}"]
    for label, name in _FIGURES:
        known, truth = (
            _short(metrics.measure(parse_metric(f"{side}.{name}")), metrics.currency)
            for side in ("known", "truth")
        )
        lines.append(f"  {label:<16}{known:>16}{truth:>16}")
    with suppress(UsageError):  # a run that an earlier version kept has no such figure
        hidden = metrics.measure(parse_metric(HIDDEN_DUPLICATES))
        lines.append(f"  {PAID_UNKNOWINGLY:<32}{_short(hidden, metrics.currency):>16}")
    return lines


def _short(measure: Measure, currency: str) -> str:
    """A measure in a table; long times as people say them."""
    if measure.kind is Kind.TIME and measure.value is not None and measure.value >= _HOUR_US:
        minutes = round(measure.value / _MINUTE_US)
        return f"{minutes // 60} h {minutes % 60:02} min"
    return format_measure(measure, currency)


def _levels(result: RunResult) -> list[str]:
    """How many messages each level was tried for, and how many it brought, cascade by cascade."""
    metrics = result.metrics
    lines = []
    plans = result.scenario.world.plans
    for plan in plans:
        scope = f"cascade.{plan.name}." if len(plans) > 1 else ""
        if scope:
            lines.append(f"  cascade {plan.name}")
        for number, level in enumerate(plan.levels):
            share = metrics.measure(parse_metric(f"{scope}level.{number}.share"))
            reached = metrics.measure(parse_metric(f"{scope}level.{number}.reached"))
            lines.append(
                f"  level {number} {level.channel:<12} tried for {format_measure(reached, ''):>7}, "
                f"brought {format_measure(share, ''):>7} of what was delivered"
            )
    return lines


def _named(result: RunResult, messages: Sequence[MessageResult] | None) -> list[str]:
    if not result.message_names:
        return []
    if messages is None:
        messages = [*result.messages(result.message_names)]
    lines = ["  named messages"]
    width = max(len(plain(name)) for name in result.message_names.values())
    for message in (message for message in messages if message.name):
        taken = "" if message.seconds_us is None else f" in {exact_seconds(message.seconds_us)} s"
        outcome = f"{message.outcome or 'no outcome'}{taken}"
        late = f"  late {', '.join(message.late)}" if message.late else ""
        path = plain(", ".join(message.path) + late)
        lines.append(f"    {plain(message.name):<{width}}  {outcome}: {path}")
    return lines


def _faults(result: RunResult) -> list[str]:
    return [f"  fault {plain(name)} fired {times:,} times" for name, times in result.fired.items()]


def _switches(highlights: Highlights) -> list[str]:
    top = highlights.top_switches(SWITCHES_SHOWN)
    if not top:
        return ["  nothing switched level"]
    total = sum(highlights.switches.values())
    lines = [f"  why {total:,} times the next level was tried"]
    lines += [f"    {times:>7,}  {switch_text(switch)}" for switch, times in top]
    rest = total - sum(times for _, times in top)
    if rest:
        lines.append(f"    {rest:>7,}  for other reasons")
    return lines


def switch_text(switch: Switch) -> str:
    """One way of switching, such as `sms -> whatsapp: failed 30005 unknown number`."""
    reason = " ".join(part for part in (switch.code, switch.text) if part)
    ending = f" {plain(reason, 80)}" if reason else ""
    return f"{switch.left} -> {switch.entered}: {switch.trigger}{ending}"


def _expectations(result: RunResult) -> list[str]:
    """What was expected, by the messages it is about, with what was seen instead."""
    lines: list[str] = []
    for scope, group in groupby(result.expectations, key=lambda item: item.scope):
        items = list(group)
        lines.append("  expected" if scope == "all" else f"  expected {plain(scope)}")
        texts = [plain(item.text) for item in items if item.measure is not None]
        width = min(max(map(len, texts), default=0), EXPECTATION_WIDTH)
        for item in items:
            lines += _expectation(item, width, result.metrics.currency)
    return lines


def _expectation(item: ExpectationResult, width: int, currency: str) -> list[str]:
    mark = "ok    " if item.passed else "FAILED"
    if item.measure is None:  # a named message: what was seen of it needs lines of its own
        lines = [f"    {mark} {plain(item.text)}"]
        if not item.passed:
            told = (f"saw {item.seen}", *item.why.split("; "), *item.details)
            lines += [f"           {plain(line)}" for line in told]
        return lines
    is_time = item.measure.kind is Kind.TIME
    seen = _short(item.measure, currency) if is_time else plain(item.seen)
    why = f"  ({plain(item.why)})" if item.why else ""
    if item.first_message is not None and item.scope != NEVER:  # there it is in what was seen
        why += f"  first m{item.first_message}"
    return [f"    {mark} {plain(item.text):<{width}} {seen:>14}{why}"]


def _trouble(result: RunResult) -> list[str]:
    lines = [
        f"  broken law {item.law} at line {item.seq} of the log: {item.text}"
        for item in result.violations
    ]
    if result.verdict is Verdict.NOT_QUIET:
        pending = ", ".join(f"m{number}" for number in result.pending)
        lines.append(f"  not quiet by the limit; without an outcome: {pending or 'none'}")
    return lines


def _closing(result: RunResult) -> str:
    if not result.expectations:
        return result.verdict.upper()
    held = sum(item.passed for item in result.expectations)
    share = f"{held} of {len(result.expectations)} expectations hold"
    return f"{result.verdict.upper()}: {share}"
