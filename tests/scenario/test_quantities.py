"""Numbers with units."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.scenario import quantities
from sandbox.scenario.quantities import (
    Money,
    QuantityError,
    decimal_text,
    duration,
    duration_text,
    exact_text,
    share,
    share_text,
)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (duration, "250ms", 250_000),
        (duration, "3s", 3_000_000),
        (duration, "1.5h", 5_400_000_000),
        (duration, "7d", 604_800_000_000),
        (duration, "0s", 0),
        (duration, "0.001ms", 1),
        (duration, "007s", 7_000_000),
        (share, "5%", 50_000_000),
        (share, "0.0000001%", 1),
        (share, "100%", 1_000_000_000),
        (quantities.money, "0.045 EUR", Money(45_000_000, "EUR")),
        (quantities.money, "0.000000001 USD", Money(1, "USD")),
        (quantities.money, "0", Money(0, "")),
        (quantities.money, "0.00", Money(0, "")),
        (quantities.rate, "20/s", Fraction(20)),
        (quantities.rate, "100/d", Fraction(100, 86_400)),
        (quantities.rate, "0.5/m", Fraction(1, 120)),
        (quantities.daily_rate, "20/s", 1_728_000_000_000),
        (quantities.daily_rate, "0.00000001/s", 864),
        (quantities.daily_rate, "0.000001/d", 1),
        (quantities.factor, "x10", Fraction(10)),
        (quantities.factor, "x0.5", Fraction(1, 2)),
        (quantities.speed, "20x", Fraction(20)),
        (quantities.integer, "017", 17),
        (quantities.integer, "-5", -5),
        (quantities.number, "1.25", Fraction(5, 4)),
    ],
)
def test_a_quantity_is_read_exactly(read: Callable[[str], Any], text: str, value: object) -> None:
    """Every unit ends as a whole number of its smallest part; nothing is rounded."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "code", "note"),
    [
        (duration, "30", "unit-missing", "write 30s, 30ms or 30m"),
        (duration, "1:30", "bad-duration", "write 90s or 90m"),
        (duration, "1:00:30", "bad-duration", "write 3630s"),
        (duration, "1m30s", "bad-duration", "write 90s"),
        (duration, "1_000", "bad-duration", "write 1000s, 1000ms or 1000m"),
        (duration, "1_000ms", "bad-duration", "write 1000ms"),
        (duration, "30 seconds", "bad-duration", "write 30s"),
        (duration, "5M", "bad-duration", "write 5m"),
        (duration, ".5s", "bad-duration", "write 0.5s"),
        (duration, "1,5s", "bad-duration", "write 1.5s"),
        (duration, "-5s", "out-of-range", ""),
        (duration, "367d", "out-of-range", ""),
        (duration, "0.0005ms", "bad-duration", ""),
        (duration, "\u0663s", "bad-duration", "write for example 30s"),
        (duration, ".nan", "bad-duration", "write for example 30s"),
        (share, "5", "unit-missing", "write 5%"),
        (share, "0.05", "unit-missing", "write 5%"),
        (share, "5 %", "bad-share", "write 5%"),
        (share, "1,5%", "bad-share", "write 1.5%"),
        (share, "101%", "out-of-range", "100% is the most"),
        (share, "-1%", "out-of-range", "0% is the least"),
        (share, "many", "bad-share", "write for example 5%"),
        (quantities.money, "0.045", "unit-missing", "write 0.045 EUR"),
        (quantities.money, "€0.045", "bad-money", "write 0.045 EUR"),
        (quantities.money, "eur 0.045", "bad-money", "write 0.045 EUR"),
        (quantities.money, "0.045EUR", "bad-money", "write 0.045 EUR"),
        (quantities.money, "much", "bad-money", "write for example 0.045 EUR"),
        (quantities.money, "1000001 EUR", "out-of-range", ""),
        (quantities.rate, "20", "unit-missing", "write 20/s, 20/m or 20/h"),
        (quantities.rate, "20/sec", "bad-rate", "write 20/s"),
        (quantities.rate, "20 / day", "bad-rate", "write 20/d"),
        (quantities.rate, "20/ms", "bad-rate", "write for example 20/s"),
        (quantities.rate, "2000000/s", "out-of-range", ""),
        (quantities.factor, "10x", "bad-factor", "write x10"),
        (quantities.factor, "10", "bad-factor", "write for example x10"),
        (quantities.factor, "x1000001", "out-of-range", ""),
        (quantities.speed, "x20", "bad-factor", "write 20x"),
        (quantities.speed, "fast", "bad-factor", "write for example 20x"),
        (quantities.integer, "1_000", "bad-number", "write 1000"),
        (quantities.integer, "1e3", "bad-number", "write 1000"),
        (quantities.integer, "0x1F", "bad-number", "write 31"),
        (quantities.integer, "0o17", "bad-number", "write 15"),
        (quantities.integer, "0o19", "bad-number", "write digits only"),
        (quantities.integer, "9" * 5000, "out-of-range", ""),
        (quantities.number, "1 000", "bad-number", "write 1000"),
        (quantities.number, "2.", "bad-number", "write digits only"),
    ],
)
def test_what_is_nearly_right_is_refused_with_the_right_spelling(
    read: Callable[[str], Any], text: str, code: str, note: str
) -> None:
    """Nothing is guessed; the suggestion can be pasted."""
    with pytest.raises(QuantityError) as caught:
        read(text)
    assert (caught.value.code, caught.value.note) == (code, note)


READERS = [
    duration,
    share,
    quantities.money,
    quantities.rate,
    quantities.factor,
    quantities.speed,
    quantities.number,
    quantities.integer,
]


@given(
    st.sampled_from(READERS),
    st.one_of(
        st.text(max_size=30),
        st.text("0123456789._-+eExX:%/ ,msdhEUR€", max_size=30),
        st.from_regex(r"[0-9]{0,30}(\.[0-9]{0,30})?(ms|s|m|h|d|%|/s| EUR|x)?", fullmatch=True),
    ),
)
def test_no_text_breaks_a_reader(read: Callable[[str], Any], text: str) -> None:
    """A reader gives a value or says why not, whatever it is given."""
    complaint = "none"
    try:
        read(text)
    except QuantityError as error:
        complaint = error.text
    assert complaint


@given(st.integers(min_value=0, max_value=quantities.DURATION_MAX_US))
def test_a_duration_written_is_the_duration_read(us: int) -> None:
    """Writing and reading a duration lose nothing."""
    assert duration(duration_text(us)) == us


@given(st.integers(min_value=0, max_value=1_000_000_000))
def test_a_share_written_is_the_share_read(ppb: int) -> None:
    """Writing and reading a share lose nothing."""
    assert share(share_text(ppb)) == ppb


def test_durations_are_written_as_people_write_them() -> None:
    """The largest unit without decimals wins."""
    written = [duration_text(us) for us in (0, 90_000_000, 60_000_000, 172_800_000_000, 1_500)]
    assert written == ["0s", "90s", "1m", "2d", "1.5ms"]
    assert decimal_text(Fraction(1, 3)) == "0.333333333"


@given(st.integers(0, 30 * 86_400_000_000))
def test_an_instant_is_written_to_the_microsecond(us: int) -> None:
    """Any instant of a run survives being written in seconds."""
    assert exact_text(us).endswith("s")
    assert duration(exact_text(us)) == us
