"""Figures as people and programs read them."""

from fractions import Fraction

import pytest

from sandbox.report.definitions import Kind, Measure, Value
from sandbox.report.figures import (
    exact_seconds,
    format_measure,
    json_value,
    money_text,
    percent_text,
    seconds_text,
    span_text,
)


@pytest.mark.parametrize(
    ("kind", "value", "text", "json"),
    [
        (Kind.RATE, Fraction(973, 1000), "97.3 %", 0.973),
        (Kind.RATE, Fraction(1), "100.0 %", 1.0),
        (Kind.RATE, None, "\N{EN DASH}", None),
        (Kind.TIME, 12_849_999, "12.8 s", 12.849999),
        (Kind.TIME, Fraction(1_000_001, 2), "0.500 s", 0.5000005),
        (Kind.TIME, None, "\N{EN DASH}", None),
        (Kind.MONEY, 60_100_000, "0.0601 EUR", "0.0601 EUR"),
        (Kind.MONEY, Fraction(10**9, 3), "0.333333 EUR", "0.333333 EUR"),
        (Kind.COUNT, 1234, "1234", 1234),
    ],
)
def test_a_measure_has_one_form_for_people_and_one_for_programs(
    kind: Kind, value: Value, text: str, json: object
) -> None:
    """Rates are percent or fractions, times seconds, money a decimal with its currency."""
    assert format_measure(Measure(kind, value, 1), "EUR") == text
    assert json_value(Measure(kind, value, 1), "EUR") == json


@pytest.mark.parametrize(
    ("nano", "currency", "text"),
    [
        (4_310_000_000, "EUR", "4.310 EUR"),
        (0, "EUR", "0.000 EUR"),
        (0, "", "0"),
        (500, "EUR", "0.000 EUR"),
        (1_500, "EUR", "0.000002 EUR"),
        (2_500, "EUR", "0.000002 EUR"),
        (-45_000_000, "EUR", "-0.045 EUR"),
        (10**22, "EUR", "10000000000000.000 EUR"),
        (45_000_000, "", "0.045"),
    ],
)
def test_money_is_rounded_half_to_even_at_six_decimals(nano: int, currency: str, text: str) -> None:
    """S31: exact inside, rounded for display only; three decimals at least."""
    assert money_text(nano, currency) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(0), "0.0 %"),
        (Fraction(1, 10_000), "< 0.1 %"),
        (Fraction(1, 1000), "0.1 %"),
        (Fraction(9_999, 10_000), "> 99.9 %"),
        (Fraction(1, 8), "12.5 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_nor_to_all(share: Fraction, text: str) -> None:
    """Who reads 100 % may believe it."""
    assert percent_text(share) == text


def test_durations_in_words() -> None:
    """Short ones have three decimals, long ones one; configured ones are said as configured."""
    assert [seconds_text(us) for us in (0, 143_000, 7_900_000, 921_400_000)] == [
        "0.000 s", "0.143 s", "7.9 s", "921.4 s",
    ]  # fmt: skip
    assert [exact_seconds(us) for us in (0, 143_499, 30_143_000)] == ["0.000", "0.143", "30.143"]
    spans = (250_000, 30_000_000, 90_000_000, 600_000_000, 86_400_000_000, 1_001_000, 1_234_567)
    assert [span_text(us) for us in spans] == [
        "250 ms", "30 s", "1.5 min", "10 min", "24 h", "1001 ms", "1.235 s",
    ]  # fmt: skip
