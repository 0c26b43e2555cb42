"""Figures as people and programs read them: shares, durations, money.

Everything is computed exactly and rounded here, last, and for display only: half to even, money to
six decimals. What has no value is a dash in text and null in JSON.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

from sandbox.report.definitions import Kind, Measure

NONE: Final = "\N{EN DASH}"
"""Stands for a quotient whose denominator is 0."""

_NANO_DIGITS: Final = 9
_MONEY_DECIMALS: Final = 6
_MONEY_DECIMALS_LEAST: Final = 3
_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_HOUR_US: Final = 60 * _MINUTE_US
_EXACT: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)


def format_measure(measure: Measure, currency: str) -> str:
    """A measure for people: `97.3 %`, `12.8 s`, `0.0601 EUR`, `1234`, or a dash."""
    value = measure.value
    if value is None:
        return NONE
    match measure.kind:
        case Kind.RATE:
            return percent_text(Fraction(value))
        case Kind.TIME:
            return seconds_text(value)
        case Kind.MONEY:
            return money_text(value, currency)
        case Kind.COUNT:
            return f"{int(value)}"


def json_value(measure: Measure, currency: str) -> float | int | str | None:
    """A measure for programs: a fraction, seconds, money as a decimal string, or a count."""
    value = measure.value
    if value is None:
        return None
    match measure.kind:
        case Kind.RATE:
            return float(value)
        case Kind.TIME:
            return float(Fraction(value, _SECOND_US))
        case Kind.MONEY:
            return money_text(value, currency)
        case Kind.COUNT:
            return int(value)


def percent_text(share: Fraction) -> str:
    """A share in percent with one decimal; never rounded to nothing, nor to all."""
    tenths = round(share * 1000)
    if tenths == 0 and share > 0:
        return "< 0.1 %"
    if tenths == 1000 and share < 1:
        return "> 99.9 %"
    return f"{tenths // 10}.{tenths % 10} %"


def seconds_text(duration_us: Fraction | int) -> str:
    """A duration in seconds: `0.143 s` below one, else with one decimal, such as `12.8 s`."""
    if duration_us < _SECOND_US:
        return f"{_fixed(Fraction(duration_us), 6, 3)} s"
    return f"{_fixed(Fraction(duration_us), 6, 1)} s"


def exact_seconds(duration_us: int) -> str:
    """A duration in seconds with exactly three decimals, such as `30.143`."""
    return _fixed(Fraction(duration_us), 6, 3)


def span_text(duration_us: int) -> str:
    """A configured duration in words: `250 ms`, `30 s`, `1.5 min`, `24 h`."""
    for unit_us, name in ((_HOUR_US, "h"), (_MINUTE_US, "min"), (_SECOND_US, "s")):
        if duration_us >= unit_us and duration_us * 10 % unit_us == 0:
            tenths = duration_us * 10 // unit_us
            return f"{tenths / 10:g} {name}"
    if duration_us % 1000:
        return f"{exact_seconds(duration_us)} s"
    return f"{duration_us // 1000} ms"


def money_text(nano: Fraction | int, currency: str) -> str:
    """An amount in billionths, with three to six decimals and its currency; `0` without prices."""
    if not currency and not nano:
        return "0"
    text = _fixed(Fraction(nano), _NANO_DIGITS, _MONEY_DECIMALS)
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0").ljust(_MONEY_DECIMALS_LEAST, "0")
    return f"{whole}.{decimals} {currency}".rstrip()


def _fixed(value: Fraction, digits: int, decimals: int) -> str:
    """`value / 10^digits` with so many decimals, rounded half to even."""
    units = round(value / 10 ** (digits - decimals))
    return f"{Decimal(units).scaleb(-decimals, context=_EXACT):f}"
