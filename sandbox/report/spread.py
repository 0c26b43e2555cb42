"""Figures over several seeds: how far they lie apart, and how two worlds differ on the same luck.

All of it is exact until the last step: means are fractions, and a square root is rounded once, to
twelve digits below the unit it is in.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Final, NamedTuple

from sandbox.report.definitions import Kind, Measure, Value
from sandbox.report.figures import NONE

_ROOT_SCALE: Final = 10**12
_PERCENT: Final = 100
_MICRO: Final = 1_000_000
_NANO: Final = 1_000_000_000


class Spread(NamedTuple):
    """One metric over several seeds.

    Attributes:
        values: How many seeds gave a value; the others had nothing to divide by.
        mean: None where no seed gave a value.
        deviation: The standard deviation of the sample (n - 1); None below two values.
        least: Exact, as is `most`.
    """

    kind: Kind
    values: int
    mean: Fraction | None
    deviation: Fraction | None
    least: Value
    most: Value


class Difference(NamedTuple):
    """One metric in two worlds, seed by seed on the same luck; a difference is B less A.

    Attributes:
        first: In world A; `second` is B's.
        pairs: How many seeds gave a value in both.
        mean: The mean difference; None where no seed gave both values.
        error: The standard error of the mean difference; None below two pairs.
        least: The least difference of a seed; `most` is the greatest.
        up: In how many seeds B is greater; `down` where it is less, `same` where it is equal.
    """

    first: Spread
    second: Spread
    pairs: int
    mean: Fraction | None
    error: Fraction | None
    least: Value
    most: Value
    up: int
    down: int
    same: int


def spread(measures: Sequence[Measure]) -> Spread:
    """Sum up a metric's values over seeds.

    Args:
        measures: One a seed, all of one kind; at least one.
    """
    values = [Fraction(m.value) for m in measures if m.value is not None]
    kind = measures[0].kind
    if not values:
        return Spread(kind, 0, None, None, None, None)
    mean = Fraction(sum(values), len(values))
    return Spread(kind, len(values), mean, _deviation(values, mean), min(values), max(values))


def difference(first: Sequence[Measure], second: Sequence[Measure]) -> Difference:
    """Compare a metric of two worlds.

    Args:
        first: One a seed, in world A.
        second: One for each of the same seeds, in world B.
    """
    deltas = [
        Fraction(b.value) - Fraction(a.value)
        for a, b in zip(first, second, strict=True)
        if a.value is not None and b.value is not None
    ]
    count = len(deltas)
    mean = Fraction(sum(deltas), count) if count else None
    deviation = None if mean is None else _deviation(deltas, mean)
    return Difference(
        first=spread(first),
        second=spread(second),
        pairs=count,
        mean=mean,
        error=None if deviation is None else deviation / root(Fraction(count)),
        least=min(deltas, default=None),
        most=max(deltas, default=None),
        up=sum(delta > 0 for delta in deltas),
        down=sum(delta < 0 for delta in deltas),
        same=deltas.count(Fraction(0)),
    )


def _deviation(values: Sequence[Fraction], mean: Fraction) -> Fraction | None:
    if len(values) < 2:
        return None
    return root(sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1))


def root(value: Fraction) -> Fraction:
    """The square root of what is not negative, rounded down at the twelfth decimal."""
    return Fraction(isqrt(value.numerator * _ROOT_SCALE**2 // value.denominator), _ROOT_SCALE)


# For people --------------------------------------------------------------------------------------


def unit(kind: Kind, currency: str) -> str:
    """What the numbers below are counted in; "" for counts, and for money without prices."""
    match kind:
        case Kind.RATE:
            return "%"
        case Kind.TIME:
            return "s"
        case Kind.MONEY:
            return currency
        case Kind.COUNT:
            return ""


def number_text(kind: Kind, value: Value, *, signed: bool = False) -> str:
    """A value without its unit: percent with two decimals, seconds with two, money with five."""
    if value is None:
        return NONE
    scaled, decimals = _scaled(kind, Fraction(value))
    return _fixed(scaled, decimals, signed=signed)


def _scaled(kind: Kind, value: Fraction) -> tuple[Fraction, int]:
    """A value in its unit for people, and with how many decimals it is told."""
    match kind:
        case Kind.RATE:
            return value * _PERCENT, 2
        case Kind.TIME:
            return value / _MICRO, 2 if abs(value) >= _MICRO else 3
        case Kind.MONEY:
            return value / _NANO, 3 if abs(value) >= _NANO else 5
        case Kind.COUNT:
            return value, 0 if value.denominator == 1 else 1


def _fixed(value: Fraction, decimals: int, *, signed: bool) -> str:
    units = round(value * 10**decimals)
    whole, part = divmod(abs(units), 10**decimals)
    sign = "-" if units < 0 else "+" if signed and units else ""
    return f"{sign}{whole:,}" + (f".{part:0{decimals}}" if decimals else "")


def spread_text(told: Spread) -> str:
    """A spread in a cell of a table: `97.35 ±0.42 [96.10, 98.20]`, or just the value."""
    text = number_text(told.kind, told.mean)
    if told.deviation is None:
        return text
    low, high = (number_text(told.kind, each) for each in (told.least, told.most))
    return f"{text} ±{number_text(told.kind, told.deviation)} [{low}, {high}]"


def heading(name: str, kind: Kind, currencies: Iterable[str]) -> str:
    """The head of a column, with the unit of its numbers."""
    told = "/".join(dict.fromkeys(unit(kind, currency) for currency in currencies))
    return f"{name}, {told}" if told else name
