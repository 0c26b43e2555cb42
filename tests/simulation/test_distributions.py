import ast
import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import log1p
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import MisuseError
from sandbox.simulation import distributions, quantiles
from sandbox.simulation.chance import Dice
from sandbox.simulation.distributions import (
    LONGEST_US,
    Distribution,
    blend,
    empirical,
    exponential,
    exponential_units,
    fixed,
    lognormal,
    mix,
    scaled,
    uniform,
    weibull,
)

SECOND = 1_000_000
ALL_LUCK = 1 << 32
LUCK = st.integers(0, ALL_LUCK - 1)

SHAPES = [(3, 20), (20, 600), (1, 2), (1, 1000)]
"""Medians and 95th percentiles in seconds, from mild to wild."""

ALL_KINDS = [
    fixed(7),
    uniform(100_000, 30 * SECOND),
    lognormal(3 * SECOND, 20 * SECOND),
    lognormal(3 * SECOND, 20 * SECOND, 60 * SECOND),
    lognormal(1, LONGEST_US),
    exponential(5 * SECOND),
    exponential(5 * SECOND, 6 * SECOND),
    weibull(3 * SECOND, 20 * SECOND),
    weibull(3 * SECOND, 20 * SECOND, 60 * SECOND),
    weibull(1, LONGEST_US),
    weibull(SECOND, SECOND + 1),
    empirical([(SECOND, 3), (2 * SECOND, 1), (90 * SECOND, 7)]),
    mix([(lognormal(3 * SECOND, 20 * SECOND), 900_000_000), (fixed(30 * SECOND), 100_000_000)]),
    mix([(uniform(0, 5), 500_000_000), (uniform(3, 9), 499_999_999), (fixed(10**9), 1)]),
    mix(
        [
            (weibull(3 * SECOND, 20 * SECOND, 9 * SECOND), 300_000_000),
            (empirical([(0, 1), (SECOND, 1), (2 * SECOND, 5)]), 300_000_000),
            (exponential(SECOND), 400_000_000),
        ]
    ),
    scaled(mix([(fixed(1), 10**8), (exponential(SECOND), 9 * 10**8)]), Fraction(10)),
    blend(weibull(5 * SECOND, 6 * SECOND), empirical([(1, 1), (2, 2)]), 300_000),
    scaled(lognormal(3 * SECOND, 20 * SECOND), Fraction(10)),
    scaled(exponential(5 * SECOND), Fraction(1, 3)),
    blend(exponential(5 * SECOND), uniform(0, SECOND), 300_000),
]


def _lucks(count: int) -> list[int]:
    dice = Dice(7, "test of distributions")
    return [luck for key in range(count // 8 + 1) for luck in dice.slots(key)][:count]


KEYED = _lucks(100_000)


def _quantile(values: list[int], percent: int) -> int:
    return sorted(values)[len(values) * percent // 100]


def _at(distribution: Distribution, share: float) -> int:
    return distribution.draw(int(share * ALL_LUCK))


# Percentiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p50", "p95"), SHAPES)
def test_lognormal_draws_have_the_percentiles_of_the_file(p50: int, p95: int) -> None:
    """Half of the draws are below p50 and 95 % below p95, as the scenario says."""
    drawn = [lognormal(p50 * SECOND, p95 * SECOND).draw(luck) for luck in KEYED]
    # Three standard errors of the sampled p95 are 0.02 in z; in time that grows with the spread.
    tolerance = max(0.02, (p95 / p50) ** (0.02 / NormalDist().inv_cdf(0.95)) - 1)
    assert _quantile(drawn, 50) == pytest.approx(p50 * SECOND, rel=tolerance)
    assert _quantile(drawn, 95) == pytest.approx(p95 * SECOND, rel=tolerance)


@pytest.mark.parametrize(("p50", "p95"), SHAPES)
def test_lognormal_has_its_percentiles_by_construction(p50: int, p95: int) -> None:
    """The table itself meets p50 and p95 within half a percent, and is right far out."""
    distribution = lognormal(p50 * SECOND, p95 * SECOND)
    assert _at(distribution, 0.5) == p50 * SECOND
    assert _at(distribution, 0.95) == pytest.approx(p95 * SECOND, rel=0.005)
    inverse = NormalDist().inv_cdf
    for share in (0.05, 0.25, 0.75, 0.9, 0.99, 0.996, 0.999, 0.9999, 0.99999, 0.999999):
        true = p50 * SECOND * (p95 / p50) ** (inverse(share) / inverse(0.95))
        assert _at(distribution, share) == pytest.approx(true, rel=0.02)


def test_exponential_draws_have_the_mean_of_the_file() -> None:
    """The mean of many draws is the one asked for, and the quantiles are those of the shape."""
    distribution = exponential(5 * SECOND)
    drawn = [distribution.draw(luck) for luck in KEYED]
    assert sum(drawn) / len(drawn) == pytest.approx(5 * SECOND, rel=3 / len(drawn) ** 0.5)
    for share in (0.01, 0.5, 0.95, 0.99, 0.996, 0.999, 0.9999, 0.999999):
        true = -5 * SECOND * log1p(-share)
        assert _at(distribution, share) == pytest.approx(true, rel=0.002)


def _exact_weibull(p50_us: int, p95_us: int, share: Fraction) -> Decimal:
    """The quantile by its definition, scale * (-ln(1 - u))^(1/k), to forty digits."""
    with localcontext() as context:
        context.prec = 40
        middle, high = Decimal(2).ln(), Decimal(20).ln()
        shape = (high / middle).ln() / (Decimal(p95_us) / p50_us).ln()
        scale = p50_us / middle ** (1 / shape)
        rest = Decimal((1 - share).numerator) / Decimal((1 - share).denominator)
        return scale * (-rest.ln()) ** (1 / shape)


@pytest.mark.parametrize(("p50", "p95"), [*SHAPES, (1000, 1001), (10, 43)])
def test_weibull_is_right_at_every_knot(p50: int, p95: int) -> None:
    """The table agrees to the microsecond with the definition, worked out in forty digits."""
    distribution = weibull(p50 * SECOND, p95 * SECOND)
    for level in range(5):
        for cell in range(1 if level == 0 else 0, 240, 7):
            luck = ALL_LUCK - (ALL_LUCK >> 4 * level) + (cell << 24 - 4 * level)
            exact = _exact_weibull(p50 * SECOND, p95 * SECOND, Fraction(luck, ALL_LUCK))
            # What 48 bits of a logarithm are worth, far out in a wild tail.
            tolerance = 1 + exact * Decimal(2) ** -44
            assert abs(distribution.draw(luck) - min(exact, Decimal(LONGEST_US))) <= tolerance


@pytest.mark.parametrize(("p50", "p95"), SHAPES)
def test_weibull_has_the_percentiles_of_the_file(p50: int, p95: int) -> None:
    """Half of the draws are at most p50 and 19 of 20 at most p95, and in between it bends right."""
    distribution = weibull(p50 * SECOND, p95 * SECOND)
    assert _at(distribution, 0.5) == p50 * SECOND
    assert _at(distribution, 0.95) == pytest.approx(p95 * SECOND, rel=0.001)
    for share in (0.05, 0.25, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999):
        exact = _exact_weibull(p50 * SECOND, p95 * SECOND, Fraction(share))
        assert _at(distribution, share) == pytest.approx(float(exact), rel=0.002, abs=1)


def test_a_weibull_of_the_right_spread_is_the_exponential() -> None:
    """With p95 = p50 * ln 20 / ln 2 both are one distribution."""
    p50, p95 = 693_147_181, 2_995_732_274
    for luck in KEYED[:1000]:
        expected = exponential(1000 * SECOND).draw(luck)
        assert weibull(p50, p95).draw(luck) == pytest.approx(expected, rel=1e-6, abs=2)


def test_measured_durations_come_as_often_as_they_were_seen() -> None:
    """No duration that was not measured, and each with its share of the lucks, to one."""
    distribution = empirical([(500, 1), (100, 2), (100, 0), (900, 3), (100, 1), (700, 0)])
    ends = [3 * ALL_LUCK // 7, 4 * ALL_LUCK // 7, ALL_LUCK]
    begins = [0, *ends[:-1]]
    assert [distribution.draw(luck) for luck in begins] == [100, 500, 900]
    assert [distribution.draw(luck - 1) for luck in ends] == [100, 500, 900]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 100)), min_size=1, max_size=50))
def test_a_measured_percentile_is_that_of_the_measurement(seen: list[tuple[int, int]]) -> None:
    """The order in which they are written does not matter, nor how counts are split."""
    distribution = empirical(seen)
    every = sorted(us for us, count in seen for _ in range(count))
    assert distribution == empirical([(us, 1) for us in reversed(every)])
    for rank in range(len(every)):
        luck = (2 * rank + 1) * ALL_LUCK // (2 * len(every))
        assert distribution.draw(luck) == every[rank]


PARTS = [
    lognormal(3 * SECOND, 20 * SECOND),
    lognormal(3 * SECOND, 20 * SECOND, 9 * SECOND),
    weibull(2 * SECOND, 3 * SECOND),
    exponential(SECOND, 700_000),
    uniform(SECOND, 5 * SECOND),
    uniform(7, 7),
    fixed(4 * SECOND),
    fixed(30 * SECOND),
    empirical([(SECOND, 1), (4 * SECOND, 2), (90 * SECOND, 1)]),
]


def _lucks_up_to(distribution: Distribution, us: int) -> int:
    """How many lucks draw at most a duration, by looking for where it goes beyond."""
    low, high = 0, ALL_LUCK
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if distribution.draw(middle) <= us else (low, middle)
    return low


@given(
    st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 1000)), min_size=2, max_size=5),
    st.integers(0, 40 * SECOND),
)
def test_a_mix_holds_each_part_in_its_share(parts: list[tuple[Distribution, int]], us: int) -> None:
    """Of every duration as many draws are at most that as the parts' shares say together."""
    total = sum(weight for _, weight in parts)
    shares = [10**9 * weight // total for _, weight in parts]
    shares[0] += 10**9 - sum(shares)
    mixed = mix([(part, share) for (part, _), share in zip(parts, shares, strict=True)])
    # Draws are whole microseconds, so that what lies between two of them may count as either.
    least, most = (
        sum(
            Fraction(_lucks_up_to(part, us + slack) * share, 10**9)
            for (part, _), share in zip(parts, shares, strict=True)
        )
        for slack in (-2, 2)
    )
    assert least - 2 <= _lucks_up_to(mixed, us) <= most + 2


def test_a_gap_between_the_parts_of_a_mix_stays_a_gap() -> None:
    """Nothing is drawn between two parts that nothing lies between, however fine one looks."""
    mixed = mix([(fixed(SECOND), 333_333_333), (fixed(60 * SECOND), 666_666_667)])
    edge = _lucks_up_to(mixed, SECOND)
    assert edge == ALL_LUCK * 333_333_333 // 10**9
    drawn = {mixed.draw(luck) for luck in (0, edge - 1, edge, edge + 1, ALL_LUCK - 1)}
    assert drawn == {SECOND, 60 * SECOND}
    assert (mixed.draw(edge - 1), mixed.draw(edge)) == (SECOND, 60 * SECOND)


def test_a_mix_of_one_thing_is_that_thing() -> None:
    """Parts without a share do not count, and the same part twice is the part."""
    part = exponential(SECOND)
    assert mix([(part, 10**9), (fixed(1), 0)]) is part
    twice = mix([(part, 4 * 10**8), (part, 6 * 10**8)])
    for luck in KEYED[:1000]:
        assert twice.draw(luck) == pytest.approx(part.draw(luck), abs=1)


def test_standard_exponential_is_the_same_shape() -> None:
    """Loads use the exponential in its own unit, and mean the same."""
    for luck in KEYED[:1000]:
        in_seconds = exponential(SECOND).draw(luck)
        assert exponential_units(luck) * SECOND >> 32 == pytest.approx(in_seconds, abs=1)


def test_uniform_gives_every_microsecond_alike_and_both_ends() -> None:
    """Four equal quarters of luck for a range of four."""
    distribution = uniform(10, 13)
    quarter = ALL_LUCK // 4
    edges = [0, quarter - 1, quarter, 2 * quarter, 3 * quarter, ALL_LUCK - 1]
    assert [distribution.draw(luck) for luck in edges] == [10, 10, 11, 12, 13, 13]


def test_fixed_is_always_the_same() -> None:
    """No luck changes a fixed duration."""
    assert {fixed(250_000).draw(luck) for luck in (0, 1, ALL_LUCK - 1)} == {250_000}


# What holds for all -------------------------------------------------------------------------------


@pytest.mark.parametrize("distribution", ALL_KINDS, ids=[kind.describe() for kind in ALL_KINDS])
def test_more_luck_is_never_a_shorter_time(distribution: Distribution) -> None:
    """So a fault that raises a percentile makes everybody slower, and nobody faster."""
    lucks = [*sorted(KEYED[:5000]), *range(ALL_LUCK - 2000, ALL_LUCK)]
    edges = [knot * ALL_LUCK // 65536 for knot in range(65536)]
    drawn = [distribution.draw(luck) for luck in sorted({*lucks, *edges, 0, 1})]
    assert all(low <= high for low, high in pairwise(drawn))
    assert drawn[0] >= 0
    assert drawn[-1] <= LONGEST_US


@given(luck=LUCK, p50=st.integers(1, 10**10), factor=st.integers(1, 10**6))
def test_any_lognormal_can_be_drawn_from(luck: int, p50: int, factor: int) -> None:
    """However wild the parameters, a draw is a number of microseconds within bounds."""
    p95 = min(p50 + factor * p50 // 1000, LONGEST_US)
    drawn = lognormal(p50, p95).draw(luck)
    assert 0 <= drawn <= LONGEST_US
    assert (drawn <= p50) if luck < ALL_LUCK // 2 else (drawn >= p50)


@pytest.mark.parametrize("distribution", ALL_KINDS, ids=[kind.describe() for kind in ALL_KINDS])
def test_distributions_are_values(distribution: Distribution) -> None:
    """Equal parameters are equal, before and after the first draw, in this process and another."""
    twin = pickle.loads(pickle.dumps(distribution))  # noqa: S301 - our own bytes
    assert copy.deepcopy(distribution) == distribution
    before = hash(distribution)
    distribution.draw(1)
    assert (twin, hash(twin)) == (distribution, before)
    assert twin.draw(ALL_LUCK // 3) == distribution.draw(ALL_LUCK // 3)
    value: Any = distribution
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[-1].name, 1)


def test_different_parameters_are_different() -> None:
    """Every pair of the kinds above can be told apart."""
    assert len(set(ALL_KINDS)) == len(ALL_KINDS)
    assert lognormal(3, 20, 60) != lognormal(3, 20)


# Max ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "cut", "max_us"),
    [
        (
            lognormal(3_000_000, 20_000_000),
            lognormal(3_000_000, 20_000_000, 60_000_000),
            60_000_000,
        ),
        (lognormal(3_000_000, 20_000_000), lognormal(3_000_000, 20_000_000, 4_000_000), 4_000_000),
        (exponential(5_000_000), exponential(5_000_000, 1_000_000), 1_000_000),
        (weibull(3_000_000, 20_000_000), weibull(3_000_000, 20_000_000, 6_000_000), 6_000_000),
    ],
)
def test_a_draw_above_max_is_drawn_again(
    free: Distribution, cut: Distribution, max_us: int
) -> None:
    """What stays is the shape below max, nothing piles up at max itself."""
    kept = [drawn for drawn in map(free.draw, KEYED) if drawn <= max_us]
    drawn = [cut.draw(luck) for luck in KEYED]
    assert max(drawn) <= max_us
    assert cut.draw(ALL_LUCK - 1) == pytest.approx(max_us, rel=1e-4)
    assert sum(each > max_us * 0.999 for each in drawn) < len(drawn) / 200
    for percent in (5, 50, 90, 99):
        assert _quantile(drawn, percent) == pytest.approx(_quantile(kept, percent), rel=0.05)


def test_a_max_nothing_reaches_changes_nothing() -> None:
    """A generous max gives the very same draws as none."""
    free, cut = lognormal(1000, 2000), lognormal(1000, 2000, 3_600_000_000)
    assert [cut.draw(luck) for luck in KEYED[:1000]] == [free.draw(luck) for luck in KEYED[:1000]]


def test_a_max_below_nearly_everything_still_holds() -> None:
    """Even a max that leaves a sliver of the distribution is kept."""
    distribution = exponential(3_600_000_000, 1)
    assert {distribution.draw(luck) for luck in KEYED[:1000]} <= {0, 1}


# Scaled and blended -------------------------------------------------------------------------------


@given(luck=LUCK, numerator=st.integers(0, 1000), denominator=st.integers(1, 1000))
def test_scaling_is_exact(luck: int, numerator: int, denominator: int) -> None:
    """`x10` is ten times each draw, rounded down to a microsecond."""
    base = lognormal(3 * SECOND, 20 * SECOND)
    factor = Fraction(numerator, denominator)
    assert scaled(base, factor).draw(luck) == base.draw(luck) * factor // 1


@given(luck=LUCK, weight_ppm=st.integers(0, 1_000_000))
def test_blending_goes_linearly_from_one_to_the_other(luck: int, weight_ppm: int) -> None:
    """While a fault recovers, every draw is on the straight way back, to the microsecond."""
    base, other = exponential(SECOND), lognormal(3 * SECOND, 20 * SECOND)
    low, high = base.draw(luck), other.draw(luck)
    exact = low + (high - low) * Fraction(weight_ppm, 1_000_000)
    assert blend(base, other, weight_ppm).draw(luck) == exact // 1


def test_ends_of_a_blend_are_the_ends_themselves() -> None:
    """A recovery that has not begun is the fault, one that is over is the base."""
    base, other = exponential(SECOND), fixed(SECOND)
    assert blend(base, other, 0) is base
    assert blend(base, other, 1_000_000) is other
    assert scaled(base, Fraction(1)) is base


# Misuse and words ---------------------------------------------------------------------------------


def test_equal_percentiles_are_a_fixed_duration() -> None:
    """A lognormal or Weibull without spread is a constant, with or without a max."""
    assert lognormal(SECOND, SECOND) == lognormal(SECOND, SECOND, 2 * SECOND) == fixed(SECOND)
    assert weibull(SECOND, SECOND) == weibull(SECOND, SECOND, 2 * SECOND) == fixed(SECOND)
    assert empirical([(SECOND, 3), (SECOND, 4), (5, 0)]) == fixed(SECOND)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: fixed(-1), "a fixed duration is -1 us"),
        (lambda: fixed(LONGEST_US + 1), "must be between 0 and"),
        (lambda: uniform(-1, 5), "the low end is -1 us"),
        (lambda: uniform(6, 5), "the high end is 5 us, must be between 6"),
        (lambda: lognormal(0, 5), "p50 is 0 us"),
        (lambda: lognormal(6, 5), "p95 is 5 us, must be between 6"),
        (lambda: lognormal(6, 9, 6), "max is 6 us, must be between 7"),
        (lambda: exponential(0), "the mean is 0 us"),
        (lambda: exponential(5, 0), "max is 0 us"),
        (lambda: weibull(0, 5), "p50 is 0 us"),
        (lambda: weibull(6, 5), "p95 is 5 us, must be between 6"),
        (lambda: weibull(6, 9, 6), "max is 6 us, must be between 7"),
        (lambda: empirical([]), "no duration was measured"),
        (lambda: empirical([(5, 0)]), "no duration was measured"),
        (lambda: empirical([(-1, 1)]), "a measured duration is -1 us"),
        (lambda: empirical([(1, -1)]), "a duration was seen -1 times"),
        (lambda: mix([]), "shares of a mixture sum to 0 ppb"),
        (lambda: mix([(fixed(1), 5)]), "shares of a mixture sum to 5 ppb"),
        (lambda: mix([(fixed(1), -5), (fixed(2), 10**9 + 5)]), "none below 0"),
        (lambda: mix([(scaled(fixed(1), Fraction(2)), 10**9)]), "no part of a mixture: fixed 1us"),
        (
            lambda: mix([(mix([(fixed(1), 5 * 10**8), (fixed(2), 5 * 10**8)]), 10**9)]),
            "no part of a mixture: mix of 50% fixed 1us and 50% fixed 2us",
        ),
        (lambda: scaled(fixed(1), Fraction(-1)), "a factor is -1"),
        (lambda: blend(fixed(1), fixed(2), 1_000_001), "a weight is 1000001 ppm"),
    ],
)
def test_impossible_parameters_are_refused(make: object, says: str) -> None:
    """What the loader should have caught is named, with the value and what is allowed."""
    assert callable(make)
    with pytest.raises(MisuseError) as caught:
        make()
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("distribution", "words"),
    [
        (fixed(0), "fixed 0s"),
        (fixed(250_000), "fixed 250ms"),
        (fixed(1_500), "fixed 1500us"),
        (uniform(100_000, 90 * SECOND), "uniform 100ms to 90s"),
        (lognormal(3 * SECOND, 20 * SECOND), "lognormal p50 3s p95 20s"),
        (lognormal(3 * SECOND, 20 * SECOND, 60 * SECOND), "lognormal p50 3s p95 20s max 1m"),
        (weibull(3 * SECOND, 20 * SECOND, 60 * SECOND), "weibull p50 3s p95 20s max 1m"),
        (exponential(6 * 3600 * SECOND), "exponential mean 6h"),
        (
            empirical([(SECOND, 8), (2 * SECOND, 8), (90 * SECOND, 1)]),
            "empirical p50 2s p95 90s, 3 durations",
        ),
        (
            mix([(lognormal(3 * SECOND, 20 * SECOND), 875 * 10**6), (fixed(SECOND), 125 * 10**6)]),
            "mix of 87.5% lognormal p50 3s p95 20s and 12.5% fixed 1s",
        ),
        (scaled(fixed(SECOND), Fraction(10)), "fixed 1s, x10"),
        (scaled(fixed(SECOND), Fraction(5, 2)), "fixed 1s, x2.5"),
        (blend(fixed(1), fixed(2), 250_000), "25% of the way from fixed 1us to fixed 2us"),
    ],
)
def test_a_distribution_says_what_it_is(distribution: Distribution, words: str) -> None:
    """Screens and reports print a distribution the way a file writes it."""
    assert distribution.describe() == words


# Integers only ------------------------------------------------------------------------------------


def test_tables_are_made_of_integers_alone() -> None:
    """No float and no libm in what is hashed: a run has the same bytes on every machine."""
    for module in (distributions, quantiles):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        imported = {
            name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "math"
            for name in node.names
        }
        assert imported <= {"isqrt"}
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Import)]
        assert not [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, float)
        ]
        divided = [node for node in ast.walk(tree) if isinstance(node, ast.Div)]
        assert len(divided) == (1 if module is distributions else 0), "only words divide"


def test_logarithms_and_powers_in_integers_are_right() -> None:
    """Fixed-point arithmetic agrees with decimal arithmetic to fourteen digits."""
    two, unit = Decimal(2), 1 << 62
    for nth in range(1000):
        fraction = unit * nth // 1000
        exact = two ** (Decimal(fraction) / unit) * unit
        assert abs(distributions._exp2(fraction) - exact) < unit >> 47
    for numerator, denominator in [
        (1, 1),
        (20, 3),
        (8, 1),
        (3, 2),
        (10**15, 7),
        (10**6 + 1, 10**6),
    ]:
        exact = (Decimal(numerator) / denominator).ln() / two.ln() * unit
        assert abs(distributions._log2(numerator, denominator) - exact) < unit >> 48


def test_known_draws() -> None:
    """A few draws written down: a change here is a change of every digest there is."""
    lucks = (0, 1 << 30, 1 << 31, 0xF0000000, 0xFFFFFFFF)
    cut = lognormal(3 * SECOND, 20 * SECOND, 60 * SECOND)
    assert [cut.draw(luck) for luck in lucks] == [2006, 1372204, 2979739, 16910663, 60000000]
    assert [exponential(5 * SECOND).draw(luck) for luck in lucks] == [
        0,
        1438410,
        3465736,
        13862944,
        114247442,
    ]
    assert [weibull(3 * SECOND, 20 * SECOND).draw(luck) for luck in lucks] == [
        0,
        959666,
        3000000,
        18090806,
        278426148,
    ]
    mixed = mix([(lognormal(3 * SECOND, 20 * SECOND), 9 * 10**8), (fixed(30 * SECOND), 10**8)])
    assert [mixed.draw(luck) for luck in lucks] == [2006, 1520072, 3524583, 30000000, 4471906006]
