"""How long things take: distributions as integer quantile functions of one 32-bit draw.

A distribution turns luck, an integer in `[0, 2^32)`, into microseconds: little luck is a short
time, so raising a percentile moves every draw the same way and never shuffles them. All arithmetic
is on integers, because `log` and `exp` of C libraries differ in the last bit and a run has the same
bytes on every machine.

Lognormal, Weibull and exponential are tables of 1217 quantiles, joined linearly: cells of 2^-8 for
the body, and the last sixteenth split again and again, down to cells of 2^-24, since a long tail is
the point of them. A table is made at the first draw and shared by everything with the same
parameters. A draw above `max` counts as drawn again: luck is spread over the part of the
distribution below it.

A mixture does not choose a part and then draw from it, which would take two draws and shuffle
times: the shares of its parts are added up at every duration, and that sum is read backwards. It is
a table too, with a knot wherever a part has one, so that a gap between two parts stays a gap.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import Final, NamedTuple

from sandbox.errors import MisuseError
from sandbox.simulation.quantiles import EXPONENTIAL, LN_2, NORMAL, NORMAL_95

LONGEST_US: Final = 1 << 50
"""No draw and no parameter goes beyond this, 35 years."""

_PPM: Final = 1_000_000
_PPB: Final = 1_000_000_000
_ALL_LUCK: Final = 1 << 32
_BODY_END: Final = 0xF000_0000


class Distribution:
    """A duration that varies; equal by parameters, immutable."""

    __slots__ = ()

    def draw(self, luck: int) -> int:
        """The duration in microseconds, for luck in `[0, 2^32)`; more luck is never less of it."""
        raise NotImplementedError

    def describe(self) -> str:
        """The distribution in a few words, such as `lognormal p50 3s p95 20s`."""
        raise NotImplementedError

    def curve(self) -> "Curve":
        """All draws at once, as a line that a mixture is made of; not of what changes another."""
        raise NotImplementedError


class Curve(NamedTuple):
    """Durations over luck, joined linearly; neither ever goes down.

    Attributes:
        lucks: From 0 to 2^32; the same twice where durations have a gap.
        values: In microseconds; the same twice where many lucks give one duration.
    """

    lucks: tuple[int, ...]
    values: tuple[int, ...]

    def below(self, us: int) -> tuple[int, int]:
        """How many lucks give less than a duration, and how many at most that."""
        first = bisect_left(self.values, us)
        if first == len(self.values):
            return _ALL_LUCK, _ALL_LUCK
        if self.values[first] == us:
            return self.lucks[first], self.lucks[bisect_right(self.values, us, first) - 1]
        if first == 0:
            return 0, 0
        low, high = self.values[first - 1], self.values[first]
        luck = self.lucks[first - 1]
        luck += (self.lucks[first] - luck) * (us - low) // (high - low)
        return luck, luck


# What the rest of the program calls ----------------------------------------------------------


def fixed(us: int) -> Distribution:
    """Always the same duration."""
    return _Fixed(_duration("a fixed duration", us, at_least=0))


def uniform(low_us: int, high_us: int) -> Distribution:
    """Every microsecond from low to high alike, both included."""
    _duration("the low end", low_us, at_least=0)
    _duration("the high end", high_us, at_least=low_us)
    return _Uniform(low_us, high_us)


def lognormal(p50_us: int, p95_us: int, max_us: int | None = None) -> Distribution:
    """Lognormal by its median and its 95th percentile, before `max_us` cuts it.

    Raises:
        MisuseError: not 0 < p50 <= p95, or max not above p50.
    """
    _duration("p50", p50_us, at_least=1)
    _duration("p95", p95_us, at_least=p50_us)
    if max_us is not None:
        _duration("max", max_us, at_least=p50_us + 1)
    return _Fixed(p50_us) if p50_us == p95_us else _Lognormal(p50_us, p95_us, max_us)


def weibull(p50_us: int, p95_us: int, max_us: int | None = None) -> Distribution:
    """Weibull by its median and its 95th percentile, before `max_us` cuts it.

    A p95 of about 4.3 times the median is the exponential; further apart the tail is heavier.

    Raises:
        MisuseError: not 0 < p50 <= p95, or max not above p50.
    """
    _duration("p50", p50_us, at_least=1)
    _duration("p95", p95_us, at_least=p50_us)
    if max_us is not None:
        _duration("max", max_us, at_least=p50_us + 1)
    return _Fixed(p50_us) if p50_us == p95_us else _Weibull(p50_us, p95_us, max_us)


def empirical(measured: Iterable[tuple[int, int]]) -> Distribution:
    """Durations that were measured: a draw is one of them, each as often as it was seen.

    Args:
        measured: Pairs of microseconds and how often; in any order, and the same again.

    Raises:
        MisuseError: a duration or a number of times below 0, or nothing was seen at all.
    """
    times: Counter[int] = Counter()
    for us, count in measured:
        if count < 0:
            raise MisuseError(f"a duration was seen {count} times, must be at least 0")
        times[_duration("a measured duration", us, at_least=0)] += count
    seen, total = 0, times.total()
    if not total:
        raise MisuseError("no duration was measured, must be at least one")
    values, ends = [], [0]
    for us in sorted(times):
        seen += times[us]
        end = (seen << 32) // total
        if end > ends[-1]:
            values.append(us)
            ends.append(end)
    return _Fixed(values[0]) if len(values) == 1 else _Empirical(tuple(values), tuple(ends[1:]))


def mix(parts: Sequence[tuple[Distribution, int]]) -> Distribution:
    """Some of the draws from one distribution, some from others.

    Args:
        parts: Each with its share in billionths; they sum to one.

    Raises:
        MisuseError: shares that are negative or do not sum to one, or a part that is itself a
            mixture, or a change of another distribution.
    """
    total = sum(share for _, share in parts)
    if total != _PPB or any(share < 0 for _, share in parts):
        raise MisuseError(f"shares of a mixture sum to {total} ppb, must be {_PPB}, none below 0")
    for part, _ in parts:
        if isinstance(part, _Mix | _Scaled | _Blend):
            raise MisuseError(f"no part of a mixture: {part.describe()}")
    kept = tuple((part, share) for part, share in parts if share)
    return kept[0][0] if len(kept) == 1 else _Mix(kept)


def exponential(mean_us: int, max_us: int | None = None) -> Distribution:
    """Exponential with a mean, before `max_us` cuts it.

    Raises:
        MisuseError: a mean or max that is not positive.
    """
    _duration("the mean", mean_us, at_least=1)
    if max_us is not None:
        _duration("max", max_us, at_least=1)
    return _Exponential(mean_us, max_us)


def scaled(base: Distribution, factor: Fraction) -> Distribution:
    """Every draw of `base` times a factor, rounded down, and at most `LONGEST_US`."""
    if factor < 0:
        raise MisuseError(f"a factor is {factor}, must be at least 0")
    return base if factor == 1 else _Scaled(base, factor.numerator, factor.denominator)


def blend(base: Distribution, other: Distribution, weight_ppm: int) -> Distribution:
    """Each draw on the straight way from `base` to `other`, this many millionths along it."""
    if not 0 <= weight_ppm <= _PPM:
        raise MisuseError(f"a weight is {weight_ppm} ppm, must be between 0 and {_PPM}")
    if weight_ppm == 0 or base == other:
        return base
    return other if weight_ppm == _PPM else _Blend(base, other, weight_ppm)


def exponential_units(luck: int) -> int:
    """A standard exponential draw (mean 1) in units of 2^-32."""
    if luck < _BODY_END:
        cell = luck >> 24
        low = EXPONENTIAL[cell]
        return low + ((EXPONENTIAL[cell + 1] - low) * (luck & 0xFF_FFFF) >> 24)
    return _quantile(EXPONENTIAL, luck)


def _duration(what: str, us: int, *, at_least: int) -> int:
    if not at_least <= us <= LONGEST_US:
        raise MisuseError(f"{what} is {us} us, must be between {at_least} and {LONGEST_US} us")
    return us


# The kinds -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fixed(Distribution):
    us: int

    def draw(self, luck: int) -> int:  # noqa: ARG002 - luck does not matter here
        return self.us

    def curve(self) -> Curve:
        return Curve((0, _ALL_LUCK), (self.us, self.us))

    def describe(self) -> str:
        return f"fixed {_text(self.us)}"


@dataclass(frozen=True, slots=True)
class _Uniform(Distribution):
    low_us: int
    high_us: int

    def draw(self, luck: int) -> int:
        return self.low_us + ((self.high_us - self.low_us + 1) * luck >> 32)

    def curve(self) -> Curve:
        return Curve((0, _ALL_LUCK), (self.low_us, self.high_us + 1))

    def describe(self) -> str:
        return f"uniform {_text(self.low_us)} to {_text(self.high_us)}"


@dataclass(frozen=True, slots=True)
class _Scaled(Distribution):
    base: Distribution
    numerator: int
    denominator: int

    def draw(self, luck: int) -> int:
        return min(self.base.draw(luck) * self.numerator // self.denominator, LONGEST_US)

    def describe(self) -> str:
        return f"{self.base.describe()}, x{_ratio(self.numerator, self.denominator)}"


@dataclass(frozen=True, slots=True)
class _Blend(Distribution):
    base: Distribution
    other: Distribution
    weight_ppm: int

    def draw(self, luck: int) -> int:
        low = self.base.draw(luck)
        return low + (self.other.draw(luck) - low) * self.weight_ppm // 1_000_000

    def describe(self) -> str:
        share = f"{_ratio(self.weight_ppm, 10_000)}%"
        return f"{share} of the way from {self.base.describe()} to {self.other.describe()}"


@dataclass(frozen=True, slots=True)
class _Tabled(Distribution):
    """A distribution read from a table of quantiles.

    Attributes:
        knots: The quantiles in microseconds; empty until the first draw.
        cut: How many of the 2^32 lucks stay below `max`; 0 when there is none.
    """

    knots: tuple[int, ...] = field(default=(), init=False, repr=False, compare=False)
    cut: int = field(default=0, init=False, repr=False, compare=False)

    def draw(self, luck: int) -> int:
        # The hottest leaf of the program, so the body of the table is read here.
        knots = self.knots or self._prepare()
        if self.cut:
            luck = luck * self.cut >> 32
        if luck < _BODY_END:
            cell = luck >> 24
            low = knots[cell]
            return low + ((knots[cell + 1] - low) * (luck & 0xFF_FFFF) >> 24)
        return _quantile(knots, luck)

    def _prepare(self) -> tuple[int, ...]:
        table = self._table()
        # Not a change of value: the table follows from the parameters.
        object.__setattr__(self, "cut", table.cut)
        object.__setattr__(self, "knots", table.knots)
        return table.knots

    def curve(self) -> Curve:
        knots = self.knots or self._prepare()
        if not self.cut:
            return Curve(_lucks_of_knots(), knots)
        kept = bisect_left(_lucks_of_knots(), self.cut)
        lucks = [(luck << 32) // self.cut for luck in _lucks_of_knots()[:kept]]
        last = _quantile(knots, self.cut - 1)
        return Curve((*lucks, _ALL_LUCK), (*knots[:kept], last))

    def _table(self) -> "_Table":
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class _Lognormal(_Tabled):
    p50_us: int
    p95_us: int
    max_us: int | None

    def _table(self) -> "_Table":
        return _lognormal_table(self.p50_us, self.p95_us, self.max_us)

    def describe(self) -> str:
        text = f"lognormal p50 {_text(self.p50_us)} p95 {_text(self.p95_us)}"
        return text + _max_text(self.max_us)


@dataclass(frozen=True, slots=True)
class _Weibull(_Tabled):
    p50_us: int
    p95_us: int
    max_us: int | None

    def _table(self) -> "_Table":
        return _weibull_table(self.p50_us, self.p95_us, self.max_us)

    def describe(self) -> str:
        text = f"weibull p50 {_text(self.p50_us)} p95 {_text(self.p95_us)}"
        return text + _max_text(self.max_us)


@dataclass(frozen=True, slots=True)
class _Exponential(_Tabled):
    mean_us: int
    max_us: int | None

    def _table(self) -> "_Table":
        return _exponential_table(self.mean_us, self.max_us)

    def describe(self) -> str:
        return f"exponential mean {_text(self.mean_us)}" + _max_text(self.max_us)


@dataclass(frozen=True, slots=True)
class _Empirical(Distribution):
    """Durations that were measured.

    Attributes:
        values: In microseconds, ascending, each once.
        ends: The luck at which each ends and the next begins; the last is 2^32.
    """

    values: tuple[int, ...] = field(repr=False)
    ends: tuple[int, ...] = field(repr=False)

    def draw(self, luck: int) -> int:
        return self.values[bisect_right(self.ends, luck)]

    def curve(self) -> Curve:
        lucks = (0, *(end for end in self.ends[:-1] for _ in range(2)), _ALL_LUCK)
        return Curve(lucks, tuple(us for us in self.values for _ in range(2)))

    def describe(self) -> str:
        p50, p95 = (self.draw(_ALL_LUCK * percent // 100) for percent in (50, 95))
        return f"empirical p50 {_text(p50)} p95 {_text(p95)}, {len(self.values)} durations"


@dataclass(frozen=True, slots=True)
class _Mix(Distribution):
    """Shares of several distributions.

    Attributes:
        parts: Each with its share in billionths.
        table: All of them together; empty until the first draw.
    """

    parts: tuple[tuple[Distribution, int], ...]
    table: Curve = field(default=Curve((), ()), init=False, repr=False, compare=False)

    def draw(self, luck: int) -> int:
        lucks, values = self.table if self.table.lucks else self._prepare()
        after = bisect_right(lucks, luck)
        start, low = lucks[after - 1], values[after - 1]
        return low + (values[after] - low) * (luck - start) // (lucks[after] - start)

    def _prepare(self) -> Curve:
        table = _mix_table(self.parts)
        # Not a change of value: the table follows from the parts.
        object.__setattr__(self, "table", table)
        return table

    def describe(self) -> str:
        parts = (f"{_ratio(share, 10_000_000)}% {part.describe()}" for part, share in self.parts)
        return f"mix of {' and '.join(parts)}"


# Tables --------------------------------------------------------------------------------------


class _Table(NamedTuple):
    knots: tuple[int, ...]
    cut: int


@lru_cache(maxsize=1024)
def _lognormal_table(p50_us: int, p95_us: int, max_us: int | None) -> _Table:
    knots = _spread(p50_us, p95_us, NORMAL, NORMAL_95)
    return _Table(knots, _cut(knots, max_us))


@lru_cache(maxsize=1024)
def _weibull_table(p50_us: int, p95_us: int, max_us: int | None) -> _Table:
    knots = _spread(p50_us, p95_us, _weibull_exponents(), _weibull_exponent(20, 1))
    return _Table(knots, _cut(knots, max_us))


@lru_cache(maxsize=1)
def _weibull_exponents() -> tuple[int, ...]:
    """The exponents of a Weibull distribution at the knots, in units of 2^-62.

    Its quantile at u is `p50 * log2(1 / (1 - u))^(1 / k)`, so that the exponent is the binary
    logarithm of that logarithm. The ends stand at 2^-33 and 1 - 2^-33, where it is finite.
    """
    rests = [2 * (_ALL_LUCK - luck) for luck in _lucks_of_knots()]
    rests[0], rests[-1] = rests[0] - 1, 1
    return tuple(_weibull_exponent(2 * _ALL_LUCK, rest) for rest in rests)


def _weibull_exponent(numerator: int, denominator: int) -> int:
    bits = _log2(numerator, denominator)
    return _log2(bits, 1 << 62) if bits >> 62 else -_log2(1 << 62, bits)


@lru_cache(maxsize=1)
def _lucks_of_knots() -> tuple[int, ...]:
    """Where the 1217 knots of a table stand."""
    lucks = [
        _ALL_LUCK - (_ALL_LUCK >> 4 * level) + (cell << 24 - 4 * level)
        for level in range(5)
        for cell in range(256 if level == 4 else 240)
    ]
    return (*lucks, _ALL_LUCK)


def _spread(
    p50_us: int, p95_us: int, exponents: tuple[int, ...], exponent_95: int
) -> tuple[int, ...]:
    """Quantiles p50 * (p95 / p50)^(z / z95), for exponents z at the knots and z95 at 95 %."""
    doublings = _log2(p95_us, p50_us)  # 2^-62 units
    knots = []
    for z in exponents:
        whole, rest = divmod(doublings * z // exponent_95, 1 << 62)
        value = p50_us * _exp2(rest)  # 2^-62 units
        shift = 62 - whole
        # Half a unit is added to round; far out there is nothing left to round.
        rounded = (value + (1 << shift >> 1)) >> shift if shift >= 0 else LONGEST_US
        knots.append(min(rounded, LONGEST_US))
    return tuple(knots)


@lru_cache(maxsize=1024)
def _exponential_table(mean_us: int, max_us: int | None) -> _Table:
    knots = tuple(min((mean_us * units + (1 << 31)) >> 32, LONGEST_US) for units in EXPONENTIAL)
    return _Table(knots, _cut(knots, max_us))


def _cut(knots: tuple[int, ...], max_us: int | None) -> int:
    """How many lucks give at most `max_us`; 0 when all do. At least one is left."""
    if max_us is None or knots[-1] <= max_us:
        return 0
    low, high = 1, _ALL_LUCK
    while low < high:
        middle = (low + high) // 2
        if _quantile(knots, middle) <= max_us:
            low = middle + 1
        else:
            high = middle
    return low


@lru_cache(maxsize=256)
def _mix_table(parts: tuple[tuple[Distribution, int], ...]) -> Curve:
    """Add the lucks of the parts up, wherever one of them has a knot."""
    curves = [(part.curve(), share) for part, share in parts]
    lucks: list[int] = []
    values: list[int] = []
    for us in sorted({us for curve, _ in curves for us in curve.values}):
        less = most = 0
        for curve, share in curves:
            below, up_to = curve.below(us)
            less += share * below
            most += share * up_to
        # Two knots where many lucks give this very duration, and where the next one is far.
        lucks += (less // _PPB, most // _PPB)
        values += (us, us)
    return Curve(tuple(lucks), tuple(values))


def _quantile(knots: tuple[int, ...], luck: int) -> int:
    """Read a table: find the level from what is left above luck, the cell in it, go linearly."""
    level = min((32 - (luck ^ 0xFFFF_FFFF).bit_length()) >> 2, 4)
    shift = 24 - 4 * level
    cell = 240 * level + (luck >> shift & 0xFF)
    low = knots[cell]
    return low + ((knots[cell + 1] - low) * (luck & ((1 << shift) - 1)) >> shift)


# Logarithms and powers in integers -----------------------------------------------------------


def _log2(numerator: int, denominator: int) -> int:
    """The binary logarithm of a ratio of at least 1, in units of 2^-62."""
    whole = numerator.bit_length() - denominator.bit_length()
    if numerator < denominator << whole:
        whole -= 1
    rest = (numerator << 96) // (denominator << whole)  # in [1, 2), 2^-96 units
    bits = 0
    for _ in range(62):
        rest = rest * rest >> 96
        carry = rest >> 97
        rest >>= carry
        bits = bits << 1 | carry
    return (whole << 62) + bits


def _powers() -> tuple[int, ...]:
    """2^(i/64) for i in 0..63, in units of 2^-62."""
    root = 2 << 124
    for _ in range(6):
        root = isqrt(root << 124)
    power, powers = 1 << 124, []
    for _ in range(64):
        powers.append(power >> 62)
        power = power * root >> 124
    return tuple(powers)


_POWERS: Final = _powers()


def _exp2(fraction: int) -> int:
    """2 to a power in `[0, 1)`; both in units of 2^-62, right to 2^-47.

    The top six bits come from the table; for the rest, below 2^-6, five terms of the series of
    exp are enough.
    """
    x = (fraction & ((1 << 56) - 1)) * LN_2 >> 62
    series = x // 5 + (1 << 62)
    series = (series * x >> 62) // 4 + (1 << 62)
    series = (series * x >> 62) // 3 + (1 << 62)
    series = (series * x >> 62) // 2 + (1 << 62)
    series = (series * x >> 62) + (1 << 62)
    return _POWERS[fraction >> 56] * series >> 62


# Words ---------------------------------------------------------------------------------------

_UNITS: Final = (
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
)


def _text(us: int) -> str:
    """A duration in the largest unit that leaves no fraction, such as `90s`."""
    for unit, size in _UNITS:
        if us % size == 0 and (us or unit == "s"):
            return f"{us // size}{unit}"
    return f"{us}us"


def _max_text(max_us: int | None) -> str:
    return "" if max_us is None else f" max {_text(max_us)}"


def _ratio(numerator: int, denominator: int) -> str:
    whole, rest = divmod(numerator, denominator)
    if not rest:
        return str(whole)
    return f"{numerator / denominator:.4g}"
