"""Which message to look at first when a figure is not as it should be."""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import compress
from typing import Final

from sandbox.cascade.vocabulary import Outcome
from sandbox.report import columns as c
from sandbox.report.definitions import Kind, MetricRef, Side
from sandbox.report.formulas import hidden_duplicates
from sandbox.report.sample import Sample, both, either, table

_IS_DELIVERED: Final = table(mask=c.OUTCOME, values=(c.DELIVERED,))
_HAS_OUTCOME: Final = table(mask=c.OUTCOME)
_ENDED: Final = table(mask=c.OUTCOME, values=set(c.OUTCOMES.values()) - {c.DELIVERED})
_LEVEL_OF_PLACE: Final = 0xF0
_ANSWERS: Final[Mapping[str, Callable[[Side], bytes]]] = {
    "accepted": lambda side: table(
        mask=0xFF,
        values=(c.ACCEPTED,) if side is Side.KNOWN else (c.ACCEPTED, c.TAKEN, c.TAKEN | c.UNKNOWN),
    ),
    "refused": lambda _: table(mask=0xFF, values=(c.REFUSED,)),
    "throttled": lambda _: table(mask=0xFF, values=(c.THROTTLED,)),
    "unknown": lambda _: table(mask=0xFF, values=(c.UNKNOWN, c.TAKEN | c.UNKNOWN)),
}


def first_offender(chosen: Sample, ref: MetricRef, bound: Fraction, *, is_high: bool) -> int | None:
    """The first message that makes a metric too high or too low.

    Of a rate that is the first message that counts, or that does not; of a time the first that
    took longer than the bound, or shorter; of a count that is too high the first with such an
    attempt. Of all else no message can be named.

    Args:
        chosen: The sample the metric was computed of.
        ref: The metric.
        bound: What its value was compared with, in its own unit.
        is_high: It is too high, and not too low.
    """
    if ref.kind is Kind.TIME:
        return _first_by_time(chosen, ref, bound, is_high=is_high)
    if ref.kind is Kind.RATE or is_high:
        marks = counted(chosen, ref)
        if marks is not None:
            wanted = marks if is_high else marks.translate(_NOT)
            return next(compress(_denominator(chosen, ref), wanted), None)
    return None


def counted(chosen: Sample, ref: MetricRef) -> bytes | None:
    """For each message a rate or a count may count, whether it does; None for all other metrics."""
    columns, side = chosen.columns, ref.side
    match ref.name:
        case "delivery_rate" if side is Side.KNOWN:
            return chosen.states().translate(_IS_DELIVERED)
        case "delivery_rate":
            return bytes(map(c.NEVER.__ne__, chosen.messages(columns.copy_after)))
        case "late_rate" if side is Side.TRUTH:
            arrived = bytes(map(c.NEVER.__ne__, chosen.messages(columns.copy_after)))
            return both(arrived, chosen.states().translate(_ENDED))
        case "fallback_rate":
            return chosen.states().translate(table(mask=c.ENTERED))
        case "expired_rate":
            expired = c.OUTCOMES[Outcome.EXPIRED]
            return chosen.states().translate(table(mask=c.OUTCOME, values=(expired,)))
        case "verified_rate":
            verified = chosen.states().translate(table(mask=c.VERIFIED))
            if side is Side.KNOWN:
                return verified
            late = bytes(map(columns.verified_late.__contains__, chosen.numbers()))
            return either(verified, late)
        case "hidden_duplicate_rate" | "cost.hidden_duplicates":
            return bytes(map(hidden_duplicates(chosen).__contains__, chosen.numbers()))
        case _:
            attempts = _attempts(chosen, ref)
            return None if attempts is None else _with_such(chosen, ref, attempts)


_NOT: Final = bytes([1]) + bytes(255)


def _denominator(chosen: Sample, ref: MetricRef) -> Iterable[int]:
    """The messages that `counted` speaks of, by number."""
    if ref.name != "level.N.share":
        return chosen.numbers()
    return compress(chosen.numbers(), _delivered(chosen, ref.side))


def _delivered(chosen: Sample, side: Side) -> bytes:
    if side is Side.KNOWN:
        return chosen.states().translate(_IS_DELIVERED)
    return bytes(map(c.NEVER.__ne__, chosen.messages(chosen.columns.copy_after)))


def _attempts(chosen: Sample, ref: MetricRef) -> bytes | None:
    """For each attempt of the sample, whether it makes its message count."""
    columns, side = chosen.columns, ref.side
    flags = chosen.octets(columns.flags)
    match ref.name:
        case "late_rate":
            return flags.translate(table(mask=c.KNOWN_LATE))
        case "double_delivery_rate" | "cost.duplicates":
            mask, bit = _SECOND[side]
            return flags.translate(table(mask=mask, values=(bit,)))
        case "level.N.share":
            flag = c.CREDITED if side is Side.KNOWN else c.FIRST_COPY
            return both(flags.translate(table(mask=flag)), _at_level(chosen, ref))
        case "level.N.reached" | "level.N.attempts":
            return _at_level(chosen, ref)
        case "submitted":
            return chosen.marks_there()
        case "failed":
            flag = c.KNOWN_FAILED if side is Side.KNOWN else c.LOST
            return both(flags.translate(table(mask=flag)), chosen.marks_there())
        case name if name in _ANSWERS:
            answers = chosen.octets(columns.answer).translate(_ANSWERS[name](side))
            return both(answers, chosen.marks_there())
        case _:
            return None


_SECOND: Final = {
    Side.KNOWN: (c.KNOWN_DELIVERED | c.FIRST_KNOWN, c.KNOWN_DELIVERED),
    Side.TRUTH: (c.ARRIVED | c.FIRST_COPY, c.ARRIVED),
}


def _at_level(chosen: Sample, ref: MetricRef) -> bytes:
    wanted = table(mask=_LEVEL_OF_PLACE, values=((ref.level or 0) << 4,))
    return chosen.octets(chosen.columns.place).translate(wanted)


def _with_such(chosen: Sample, ref: MetricRef, attempts: bytes) -> bytes:
    columns = chosen.columns
    marks = bytearray(columns.message_count + 1)
    for message in compress(chosen.attempts(columns.message), attempts):
        marks[message] = 1
    return bytes(map(marks.__getitem__, _denominator(chosen, ref)))


def _first_by_time(chosen: Sample, ref: MetricRef, bound: Fraction, *, is_high: bool) -> int | None:
    columns = chosen.columns
    durations: Iterable[int]
    if ref.name == "time_to_delivered" and ref.side is Side.TRUTH:
        durations = chosen.messages(columns.copy_after)
        marks = bytes(map(c.NEVER.__ne__, chosen.messages(columns.copy_after)))
    else:
        durations = chosen.messages(columns.took)
        is_in = _IS_DELIVERED if ref.name == "time_to_delivered" else _HAS_OUTCOME
        marks = chosen.states().translate(is_in)
    rows: Iterable[tuple[int, int]] = compress(zip(chosen.numbers(), durations, strict=True), marks)
    for message, duration in rows:
        if duration != bound and (duration > bound) is is_high:
            return message
    return None
