"""How each metric is computed from the columns, exactly as `definitions` says it.

Values are exact: integers, and fractions for quotients. A quotient whose denominator is 0 has no
value. Each formula takes the sample and the metric as asked for.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import compress
from typing import Final

from sandbox.cascade.vocabulary import Outcome
from sandbox.report import columns as c
from sandbox.report.columns import Columns
from sandbox.report.definitions import Kind, Measure, MetricRef, Side, Value
from sandbox.report.sample import Sample, both, table

_IS_DELIVERED: Final = table(mask=c.OUTCOME, values=(c.DELIVERED,))
_IS_OTHER: Final = table(
    mask=c.OUTCOME, values=[bits for bits in c.OUTCOMES.values() if bits != c.DELIVERED]
)
_IS_EXPIRED: Final = table(mask=c.OUTCOME, values=(c.OUTCOMES[Outcome.EXPIRED],))
_HAS_OUTCOME: Final = table(mask=c.OUTCOME)
_IS_VERIFIED: Final = table(mask=c.VERIFIED)
_FELL_BACK: Final = table(mask=c.ENTERED)
_SECOND_KNOWN: Final = table(mask=c.KNOWN_DELIVERED | c.FIRST_KNOWN, values=(c.KNOWN_DELIVERED,))
_SECOND_COPY: Final = table(mask=c.ARRIVED | c.FIRST_COPY, values=(c.ARRIVED,))
_LEVEL_OF_PLACE: Final = 0xF0
_PERCENT: Final = {"p50": 50, "p95": 95, "p99": 99, "max": 100}

_ANSWERS: Final[Mapping[str, Mapping[Side, tuple[int, ...]]]] = {
    "accepted": {Side.KNOWN: (c.ACCEPTED,), Side.TRUTH: (c.ACCEPTED, c.TAKEN, c.TAKEN | c.UNKNOWN)},
    "refused": dict.fromkeys(Side, (c.REFUSED,)),
    "throttled": dict.fromkeys(Side, (c.THROTTLED,)),
    "unknown": dict.fromkeys(Side, (c.UNKNOWN, c.TAKEN | c.UNKNOWN)),
}


def outcome_counts(columns: Columns) -> dict[str, int]:
    """How many messages have each outcome, of all."""
    states = Sample(columns, None).states()
    return {
        outcome.value: states.translate(table(mask=c.OUTCOME, values=(bits,))).count(1)
        for outcome, bits in c.OUTCOMES.items()
    }


# Times -------------------------------------------------------------------------------------------


def sorted_durations(chosen: Sample, ref: MetricRef) -> "array[int]":
    """The durations a metric of time is made of, shortest first."""
    columns = chosen.columns
    values: Iterable[int]
    if ref.name == "time_to_final":
        marks = chosen.states().translate(_HAS_OUTCOME)
        values = compress(chosen.messages(columns.took), marks)
    elif ref.side is Side.KNOWN:
        marks = chosen.states().translate(_IS_DELIVERED)
        values = compress(chosen.messages(columns.took), marks)
    else:
        values = [after for after in chosen.messages(columns.copy_after) if after != c.NEVER]
    return array("q", sorted(values))


def statistic(durations: "array[int]", name: str) -> Value:
    """A statistic of sorted durations; a percentile is the one at place ceil(p * n / 100)."""
    count = len(durations)
    if not count:
        return None
    if name == "mean":
        return Fraction(sum(durations), count)
    return durations[-(-_PERCENT[name] * count // 100) - 1]


# Rates -------------------------------------------------------------------------------------------


def _rate(numerator: int, denominator: int) -> Measure:
    return _quotient(Kind.RATE, numerator, denominator)


def _quotient(kind: Kind, numerator: int, denominator: int) -> Measure:
    value = Fraction(numerator, denominator) if denominator else None
    return Measure(kind, value, denominator)


def _delivered_count(chosen: Sample, side: Side) -> int:
    if side is Side.KNOWN:
        return chosen.states().translate(_IS_DELIVERED).count(1)
    return chosen.reached


def _messages_with(chosen: Sample, wanted: bytes) -> int:
    """How many messages have an attempt whose flags the table marks."""
    marks = chosen.octets(chosen.columns.flags).translate(wanted)
    return len(set(compress(chosen.attempts(chosen.columns.message), marks)))


def _delivery_rate(chosen: Sample, ref: MetricRef) -> Measure:
    return _rate(_delivered_count(chosen, ref.side), chosen.started)


def _late_rate(chosen: Sample, ref: MetricRef) -> Measure:
    if ref.side is Side.KNOWN:
        return _rate(_messages_with(chosen, table(mask=c.KNOWN_LATE)), chosen.started)
    marks = chosen.states().translate(_IS_OTHER)
    copies = compress(chosen.messages(chosen.columns.copy_after), marks)
    never = sum(map(c.NEVER.__eq__, copies))
    return _rate(marks.count(1) - never, chosen.started)


def _double_delivery_rate(chosen: Sample, ref: MetricRef) -> Measure:
    second = _SECOND_KNOWN if ref.side is Side.KNOWN else _SECOND_COPY
    return _rate(_messages_with(chosen, second), chosen.started)


def hidden_duplicates(chosen: Sample) -> set[int]:
    """The messages people got twice, and the engine knows of one copy at most."""
    numbers = chosen.columns.message
    flags = chosen.octets(chosen.columns.flags)
    twice = set(compress(chosen.attempts(numbers), flags.translate(_SECOND_COPY)))
    return twice.difference(compress(chosen.attempts(numbers), flags.translate(_SECOND_KNOWN)))


def _hidden_duplicate_rate(chosen: Sample, _: MetricRef) -> Measure:
    return _rate(len(hidden_duplicates(chosen)), chosen.started)


def _fallback_rate(chosen: Sample, _: MetricRef) -> Measure:
    return _rate(chosen.states().translate(_FELL_BACK).count(1), chosen.started)


def _expired_rate(chosen: Sample, _: MetricRef) -> Measure:
    return _rate(chosen.states().translate(_IS_EXPIRED).count(1), chosen.started)


def _verified_rate(chosen: Sample, ref: MetricRef) -> Measure:
    verified = chosen.states().translate(_IS_VERIFIED).count(1)
    if ref.side is Side.TRUTH:
        verified += sum(map(chosen.has, chosen.columns.verified_late))
    return _rate(verified, chosen.started)


# Levels ------------------------------------------------------------------------------------------


def _level_share(chosen: Sample, ref: MetricRef) -> Measure:
    flag = c.CREDITED if ref.side is Side.KNOWN else c.FIRST_COPY
    marks = chosen.octets(chosen.columns.flags).translate(table(mask=flag))
    here = both(marks, _at_level(chosen, ref))
    return _rate(here.count(1), _delivered_count(chosen, ref.side))


def _level_reached(chosen: Sample, ref: MetricRef) -> Measure:
    first_attempt = (ref.level or 0) << 4 | 1
    return _rate(chosen.octets(chosen.columns.place).count(first_attempt), chosen.started)


def _level_attempts(chosen: Sample, ref: MetricRef) -> Measure:
    return Measure(Kind.COUNT, _at_level(chosen, ref).count(1), chosen.started)


def _at_level(chosen: Sample, ref: MetricRef) -> bytes:
    wanted = table(mask=_LEVEL_OF_PLACE, values=((ref.level or 0) << 4,))
    return chosen.octets(chosen.columns.place).translate(wanted)


# Money -------------------------------------------------------------------------------------------


def _money(chosen: Sample, side: Side) -> Iterable[int]:
    columns = chosen.columns
    return chosen.attempts(columns.owed if side is Side.KNOWN else columns.bill)


def _total_nano(chosen: Sample, side: Side) -> int:
    return chosen.owed_nano if side is Side.KNOWN else chosen.billed_nano


def _cost_total(chosen: Sample, ref: MetricRef) -> Measure:
    return Measure(Kind.MONEY, _total_nano(chosen, ref.side), chosen.started)


def _cost_per_attempt(chosen: Sample, ref: MetricRef) -> Measure:
    there = chosen.marks_there()
    total = sum(compress(_money(chosen, ref.side), there))
    return _quotient(Kind.MONEY, total, there.count(1))


def _level_cost(chosen: Sample, ref: MetricRef) -> Measure:
    total = sum(compress(_money(chosen, ref.side), _at_level(chosen, ref)))
    return Measure(Kind.MONEY, total, chosen.started)


def _cost_per_message(chosen: Sample, ref: MetricRef) -> Measure:
    return _quotient(Kind.MONEY, _total_nano(chosen, ref.side), chosen.started)


def _cost_per_delivered(chosen: Sample, ref: MetricRef) -> Measure:
    delivered = _delivered_count(chosen, ref.side)
    return _quotient(Kind.MONEY, _total_nano(chosen, ref.side), delivered)


def _cost_duplicates(chosen: Sample, ref: MetricRef) -> Measure:
    columns = chosen.columns
    flags = chosen.octets(columns.flags)
    if ref.side is Side.TRUTH:
        total = sum(compress(chosen.attempts(columns.bill), flags.translate(_SECOND_COPY)))
    else:
        marks = flags.translate(_SECOND_KNOWN)
        told_twice = sorted(set(compress(chosen.attempts(columns.message), marks)))
        total = sum(_known_duplicates(columns, message) for message in told_twice)
    return Measure(Kind.MONEY, total, chosen.started)


def _known_duplicates(columns: Columns, message: int) -> int:
    """What a message's delivered attempts cost, without the credited or else the first one."""
    total = credited = first = 0
    has_credited = False
    row = columns.last[message]
    while row:
        flags, owed = columns.flags[row], columns.owed[row]
        if flags & c.KNOWN_DELIVERED:
            total += owed
            if flags & c.FIRST_KNOWN:
                first = owed
            if flags & c.CREDITED:
                credited, has_credited = owed, True
        row = columns.previous[row]
    return total - (credited if has_credited else first)


def _cost_hidden_duplicates(chosen: Sample, _: MetricRef) -> Measure:
    columns = chosen.columns
    hidden = hidden_duplicates(chosen)
    marks = chosen.octets(columns.flags).translate(_SECOND_COPY)
    numbers = compress(chosen.attempts(columns.message), marks)
    bills = compress(chosen.attempts(columns.bill), marks)
    total = sum(b for message, b in zip(numbers, bills, strict=True) if message in hidden)
    return Measure(Kind.MONEY, total, chosen.started)


def _cost_refunded(chosen: Sample, ref: MetricRef) -> Measure:
    columns = chosen.columns
    given_back = columns.unsaid if ref.side is Side.KNOWN else columns.refunded
    total = sum(nano for row, nano in given_back.items() if chosen.has(columns.message[row]))
    return Measure(Kind.MONEY, total, chosen.started)


# Channels and providers --------------------------------------------------------------------------


def _submitted(chosen: Sample, _: MetricRef) -> Measure:
    return Measure(Kind.COUNT, chosen.marks_there().count(1), chosen.started)


def _answered(chosen: Sample, ref: MetricRef) -> Measure:
    answers = bytes(compress(chosen.attempts(chosen.columns.answer), chosen.marks_there()))
    count = sum(answers.count(value) for value in _ANSWERS[ref.name][ref.side])
    return Measure(Kind.COUNT, count, chosen.started)


def _failed(chosen: Sample, ref: MetricRef) -> Measure:
    flag = c.KNOWN_FAILED if ref.side is Side.KNOWN else c.LOST
    marks = chosen.octets(chosen.columns.flags).translate(table(mask=flag))
    return Measure(Kind.COUNT, both(marks, chosen.marks_there()).count(1), chosen.started)


def _cost(chosen: Sample, ref: MetricRef) -> Measure:
    total = sum(compress(_money(chosen, ref.side), chosen.marks_there()))
    return Measure(Kind.MONEY, total, chosen.started)


FORMULAS: Final[Mapping[str, Callable[[Sample, MetricRef], Measure]]] = {
    "delivery_rate": _delivery_rate,
    "late_rate": _late_rate,
    "cost.total": _cost_total,
    "cost.duplicates": _cost_duplicates,
    "cost.hidden_duplicates": _cost_hidden_duplicates,
    "cost.refunded": _cost_refunded,
    "cost.per_attempt": _cost_per_attempt,
    "cost.per_message": _cost_per_message,
    "cost.per_delivered": _cost_per_delivered,
    "level.N.share": _level_share,
    "level.N.reached": _level_reached,
    "level.N.attempts": _level_attempts,
    "level.N.cost": _level_cost,
    "fallback_rate": _fallback_rate,
    "double_delivery_rate": _double_delivery_rate,
    "hidden_duplicate_rate": _hidden_duplicate_rate,
    "expired_rate": _expired_rate,
    "verified_rate": _verified_rate,
    "submitted": _submitted,
    "accepted": _answered,
    "refused": _answered,
    "throttled": _answered,
    "unknown": _answered,
    "failed": _failed,
    "cost": _cost,
}
"""The formulas of all metrics but times, by the names of their definitions."""
