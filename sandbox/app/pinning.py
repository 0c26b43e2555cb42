"""A session saved with what was seen as its expectations: a replay of the file must see it again.

The session is run once more as the scenario it would be saved as. What it came to is written under
`expect`, rounded to the side that holds; the scenario's own expectations stay where they held, and
are left out and named where they did not.

    expect:
      all:
        - delivery_rate >= 97.3%              # no worse than it was
        - time_to_delivered.p95 <= 12.9s
        - level.1.share >= 12.3%              # shares to either side
        - level.1.share <= 12.4%
      messages:
        otp-anna: {path: [sms:no_receipt, whatsapp:delivered], ends: delivered}
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

from sandbox.app.keeping import Keepsake, Told
from sandbox.app.run import RunResult, run_loaded
from sandbox.app.saving import write_anew
from sandbox.errors import MisuseError
from sandbox.report.definitions import Kind, Measure, parse_metric
from sandbox.scenario.loader import load
from sandbox.scenario.writer import data_text

NAMED_MAX: Final = 200
"""Of so many named messages the path is pinned; a trace may name every one of a million."""

ENDING: Final = "-pinned"
DESCRIPTION_MAX: Final = 20_000
"""A longer description is left as it is; the format allows no longer one."""

_GOOD: Final = (
    ("delivery_rate", ">="),
    ("time_to_delivered.p95", "<="),
    ("cost.per_delivered", "<="),
    ("double_delivery_rate", "<="),
)
"""No worse than it was."""

_SAYS_NOTHING: Final = ((">=", "0%"), ("<=", "100%"))
_WHOLE: Final = Fraction(1)
_PER_MILLE: Final = 1000
_MS_US: Final = 1000
_TENTH_US: Final = 100_000
_SECOND_US: Final = 1_000_000
_MICRO_NANO: Final = 1000
_SENTENCES: Final = ("never", "sometimes")
_BY_FAULT: Final = ("during", "after")

Expect = Mapping[str, Any]
"""`expect` of a resolved scenario."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A scenario with what was seen as its expectations.

    Attributes:
        text: The whole file.
        count: How many expectations were written beside its own.
        left_out: Its own that did not hold, as they were written.
    """

    text: str
    count: int
    left_out: tuple[str, ...]


def pin(keepsake: Keepsake, told: Told) -> Pinned:
    """Run a session once more, and expect what it came to.

    Args:
        keepsake: What it is made of.
        told: Called now and then with how much is done.

    Raises:
        ScenarioError: so many expectations do not fit into a scenario.
    """
    scenario = load(keepsake.text)
    until_us = keepsake.until_us

    def progress(now_us: int, _: int) -> None:
        told(min(Fraction(now_us, until_us), _WHOLE) if until_us else _WHOLE)

    result = run_loaded(scenario, progress=progress)
    own: Expect = scenario.resolved.get("expect") or {}
    seen, messages = seen_of(result), _messages_of(result)
    expect, left_out = _merged(own, result, seen, messages)
    whole = dict(scenario.resolved) | {"expect": expect}
    whole["description"] = _described(str(whole.get("description", "")), left_out)
    text = data_text(whole)
    load(text)
    return Pinned(text, len(seen) + len(messages), left_out)


def write_pinned(folder: Path, name: str, pinned: Pinned) -> Path:
    """Write it under a name that is not taken: `<name>-pinned.yaml`, else `-pinned-2.yaml`.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    return write_anew(folder, name, pinned.text, ENDING)


# What was seen -----------------------------------------------------------------------------------


def seen_of(result: RunResult) -> list[str]:
    """What a run came to, each as `METRIC OPERATOR VALUE` that holds of it."""
    asked = list(_GOOD)
    for level in range(result.metrics.level_count):
        asked += [(f"level.{level}.share", ">="), (f"level.{level}.share", "<=")]
    found = []
    for name, sign in asked:
        value = bound_text(
            result.metrics.measure(parse_metric(name)), sign, result.metrics.currency
        )
        if value and (sign, value) not in _SAYS_NOTHING:
            found.append(f"{name} {sign} {value}")
    return found


def bound_text(measure: Measure, sign: str, currency: str) -> str:
    """The nearest round value on the side that holds; "" for what has none.

    Args:
        measure: What was seen.
        sign: `>=`: rounded down; `<=`: rounded up.
        currency: Of money; "" when there are no prices.
    """
    value = measure.value
    if value is None or not measure.samples:
        return ""
    rounded = floor if sign == ">=" else ceil
    match measure.kind:
        case Kind.RATE:
            tenths = rounded(value * _PER_MILLE)
            return f"{_decimal(tenths, 10)}%"
        case Kind.TIME if value < _SECOND_US:
            return f"{rounded(Fraction(value, _MS_US))}ms"
        case Kind.TIME:
            return f"{_decimal(rounded(Fraction(value, _TENTH_US)), 10)}s"
        case Kind.MONEY:
            micro = rounded(Fraction(value, _MICRO_NANO))
            return f"{_decimal(micro, 1_000_000)} {currency}" if currency else ""
        case Kind.COUNT:
            return str(rounded(value))


def _decimal(units: int, per: int) -> str:
    """`units / per` in decimals without trailing zeros; `per` is a power of ten."""
    whole, part = divmod(units, per)
    digits = str(part).rjust(len(str(per)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _messages_of(result: RunResult) -> dict[str, dict[str, Any]]:
    """Path and outcome of the messages that have names and have ended."""
    wanted = list(islice(sorted(result.message_names), NAMED_MAX))
    if not wanted:
        return {}
    return {
        told.name: {"path": list(told.path), "ends": told.outcome}
        for told in result.messages(wanted)
        if told.outcome
    }


# Beside its own ----------------------------------------------------------------------------------


def _merged(
    own: Expect, result: RunResult, seen: Sequence[str], messages: Mapping[str, dict[str, Any]]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is expected in all; and which of its own do not hold."""
    verdicts = iter([(each.passed, _named(each.scope, each.text)) for each in result.expectations])
    left_out: list[str] = []

    def holds() -> bool:
        passed, name = next(verdicts)
        if not passed:
            left_out.append(name)
        return passed

    expect = {name: value for name, value in _held(own, holds) if value}
    if next(verdicts, None) is not None:
        raise MisuseError("expectations were judged that the scenario does not have")
    expect["all"] = list(dict.fromkeys([*expect.get("all", ()), *seen]))
    named = expect.get("messages", {})
    merged = {name: pins | named.get(name, {}) for name, pins in messages.items()}
    if named or merged:
        expect["messages"] = named | merged
    return expect, tuple(left_out)


def _held(own: Expect, holds: Callable[[], bool]) -> Iterator[tuple[str, Any]]:
    """Its own that hold, in the order in which they are judged."""
    yield "all", [text for text in _listed(own.get("all")) if holds()]
    for name in _BY_FAULT:
        yield name, _some({
            fault: [text for text in _listed(texts) if holds()]
            for fault, texts in (own.get(name) or {}).items()
        })  # fmt: skip
    chosen = own.get("where") or ()
    entries = [chosen] if isinstance(chosen, Mapping) else chosen
    kept = [dict(e) | {"that": [t for t in _listed(e["that"]) if holds()]} for e in entries]
    yield "where", [entry for entry in kept if entry["that"]]
    yield "messages", {n: dict(m) for n, m in (own.get("messages") or {}).items() if holds()}
    for name in _SENTENCES:
        yield name, [text for text in _listed(own.get(name)) if holds()]


def _listed(texts: str | Sequence[str] | None) -> Sequence[str]:
    """A list, also where one sentence stands alone."""
    if texts is None:
        return ()
    return [texts] if isinstance(texts, str) else texts


def _some(by_name: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: texts for name, texts in by_name.items() if texts}


def _named(scope: str, text: str) -> str:
    return text if scope in {"", "all"} else f"{scope}: {text}"


def _described(description: str, left_out: Sequence[str]) -> str:
    """The description, and that its expectations are those of a session."""
    said = ["Its expectations are pinned to what was seen in that session."]
    if left_out:
        said.append(f"Left out, since it did not hold: {'; '.join(left_out)}.")
    lines = [line for line in said if line not in description]
    text = "\n".join(filter(None, [description.rstrip(), *lines]))
    return text if len(text) <= DESCRIPTION_MAX else description
