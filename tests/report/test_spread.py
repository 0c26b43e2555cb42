"""Figures over seeds: exact means, deviations, and paired differences."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.definitions import Kind, Measure, Value
from sandbox.report.spread import (
    difference,
    heading,
    number_text,
    root,
    spread,
    spread_text,
    unit,
)


def rates(*values: Value) -> list[Measure]:
    return [Measure(Kind.RATE, value, 10) for value in values]


HALF = Fraction(1, 2)


def test_a_spread_is_exact() -> None:
    """Mean and ends are fractions, the deviation is that of a sample."""
    told = spread(rates(Fraction(1, 4), HALF, Fraction(3, 4)))
    assert (told.mean, told.least, told.most) == (HALF, Fraction(1, 4), Fraction(3, 4))
    assert told.deviation == Fraction(1, 4)


def test_seeds_without_a_value_are_left_out_and_counted() -> None:
    """A quotient over nothing is no 0."""
    told = spread(rates(None, HALF))
    assert (told.values, told.mean, told.deviation) == (1, HALF, None)
    nothing = spread(rates(None, None))
    assert (nothing.values, nothing.mean, nothing.least) == (0, None, None)


@given(st.lists(st.fractions(min_value=0, max_value=10**12), min_size=2, max_size=20))
def test_the_deviation_is_the_one_of_statistics(values: list[Fraction]) -> None:
    """As the standard library computes it."""
    told = spread(rates(*values))
    assert told.deviation is not None
    assert float(told.deviation) == pytest.approx(statistics.stdev(values), rel=1e-9, abs=1e-9)


@given(st.fractions(min_value=0, max_value=10**18))
def test_a_root_is_right_to_the_twelfth_decimal(value: Fraction) -> None:
    """It is the greatest number of twelve decimals whose square is not above."""
    found, step = root(value), Fraction(1, 10**12)
    assert found**2 <= value < (found + step) ** 2


def test_differences_are_taken_seed_by_seed() -> None:
    """Two worlds that spread widely can still differ by the same in every seed."""
    told = difference(rates(Fraction(1, 10), HALF), rates(Fraction(2, 10), Fraction(6, 10)))
    assert told.mean == told.least == told.most == Fraction(1, 10)
    assert told.error == 0
    assert (told.up, told.down, told.same, told.pairs) == (2, 0, 0, 2)


def test_a_seed_counts_where_both_worlds_have_a_value() -> None:
    """Signs are counted over those seeds."""
    told = difference(rates(HALF, None, HALF, HALF), rates(None, HALF, HALF, Fraction(1, 4)))
    assert (told.up, told.down, told.same, told.pairs) == (0, 1, 1, 2)
    assert told.error == Fraction(1, 8) or abs(float(told.error or 0) - 0.125) < 1e-9


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.RATE, Fraction(9735, 10_000), "97.35"),
        (Kind.TIME, 12_843_000, "12.84"),
        (Kind.TIME, 143_000, "0.143"),
        (Kind.MONEY, 60_100_000, "0.06010"),
        (Kind.MONEY, 348_418_000_000, "348.418"),
        (Kind.COUNT, 1234, "1,234"),
        (Kind.COUNT, Fraction(5, 2), "2.5"),
        (Kind.RATE, None, "–"),
        (Kind.RATE, Fraction(-1, 100), "-1.00"),
    ],
)
def test_a_number_is_told_without_its_unit(kind: Kind, value: Value, text: str) -> None:
    """The unit stands in the head of its column."""
    assert number_text(kind, value) == text


def test_a_difference_has_its_sign() -> None:
    """Except where there is none."""
    assert number_text(Kind.RATE, Fraction(1, 100), signed=True) == "+1.00"
    assert number_text(Kind.RATE, Fraction(0), signed=True) == "0.00"


def test_a_spread_in_words() -> None:
    """One seed has a value and nothing else."""
    assert spread_text(spread(rates(HALF))) == "50.00"
    assert spread_text(spread(rates(Fraction(1, 4), Fraction(3, 4)))) == (
        "50.00 ±35.36 [25.00, 75.00]"
    )


def test_the_head_says_the_unit() -> None:
    """Of money it is the currency, or all there are."""
    assert heading("x", Kind.MONEY, ["EUR", "EUR", "USD"]) == "x, EUR/USD"
    assert heading("x", Kind.COUNT, ["EUR"]) == "x"
    assert [unit(kind, "EUR") for kind in Kind] == ["%", "s", "EUR", ""]
