from fractions import Fraction

import pytest

from sandbox.tui.wording import (
    clock,
    count,
    duration,
    money,
    percent,
    share,
    short_count,
    speed,
)

S = 1_000_000


@pytest.mark.parametrize(
    ("us", "text"),
    [(0, "00:00:00.0"), (181 * S + 99_999, "00:03:01.0"), (100 * 3600 * S, "100:00:00.0")],
)
def test_a_clock_shows_tenths_and_goes_beyond_a_day(us: int, text: str) -> None:
    """Virtual time is shown without rounding up."""
    assert clock(us) == text
    assert clock(us, tenths=False) == text[:-2]


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (None, "–"), (0, "0 ms"), (140_900, "140 ms"), (6_650_000, "6.6 s"), (99 * S, "99.0 s"),
        (125 * S, "2 m 05 s"), (5400 * S, "1 h 30 m"), (90_000 * S, "1 d 01 h"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_its_largest_units(us: int | None, text: str) -> None:
    """From milliseconds to days, a duration is short and never longer than it was."""
    assert duration(us) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (Fraction(988, 1000), "98.8 %"), (Fraction(1), "100.0 %")]
)
def test_a_share_is_told_in_percent(value: Fraction | None, text: str) -> None:
    """A share has one decimal, and nothing out of nothing is a dash."""
    assert share(value) == text


@pytest.mark.parametrize(("ppb", "text"), [(180_000_000, "18 %"), (35_000_000, "3.5 %")])
def test_a_knob_shows_decimals_only_where_there_are_some(ppb: int, text: str) -> None:
    """Whole percentages are shown whole."""
    assert percent(ppb) == text


@pytest.mark.parametrize(
    ("number", "full", "short"),
    [
        (0, "0", "0"), (9999, "9 999", "9999"), (12_345, "12 345", "12.3k"),
        (99_999, "99 999", "100.0k"), (123_456, "123 456", "123k"),
        (1_250_000, "1 250 000", "1.2M"),
    ],
)  # fmt: skip
def test_counts_can_be_said_in_full_or_briefly(number: int, full: str, short: str) -> None:
    """Large counts are grouped, or shortened where there is no room."""
    assert count(number) == full
    assert short_count(number) == short


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (None, "–"), (51_474_999_999, "51.47"), (51_475_000_000, "51.48"), (125_000_000, "0.12"),
        (-2_000_000_000, "−2.00"), (Fraction(1, 3), "0.00"),
    ],
)  # fmt: skip
def test_money_is_rounded_half_to_even(nano: int | Fraction | None, text: str) -> None:
    """Amounts are exact until they are shown."""
    assert money(nano) == text


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (Fraction(1, 4), "×¼"), (Fraction(1, 2), "×½"), (Fraction(4), "×4"),
        (Fraction(512), "×512"), (Fraction(21, 10), "×2.1"), (Fraction(2131, 10), "×213"),
    ],
)  # fmt: skip
def test_a_speed_is_told_as_a_factor(factor: Fraction, text: str) -> None:
    """Quarters and halves have signs of their own."""
    assert speed(factor) == text
