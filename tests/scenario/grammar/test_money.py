"""Currencies, as a file states them."""

import pytest

from tests.support.scenario_texts import SMALL, codes_of


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{base: EUR}", []),
        ("{base: EUR, rates: {USD: 0.92 EUR}, as_of: 2026-01-01}", []),
        ("{rates: {USD: 0.92 EUR}}", ["missing-key"]),
        ("{base: eur}", ["bad-money"]),
        ("{base: EUR, rates: {USD: 0.92}}", ["unit-missing"]),
        ("{base: EUR, rates: {dollar: 0.92 EUR}}", ["bad-money"]),
        ("{base: EUR, rates: [USD]}", ["wrong-type"]),
        ("{base: EUR, as_of: 1 January}", ["bad-instant"]),
        ("{base: EUR, date: 2026-01-01}", ["unknown-key"]),
    ],
)
def test_rates_are_read_or_explained(text: str, codes: list[str]) -> None:
    """A base, what others are worth in it, and the day they are of."""
    assert codes_of(SMALL + f"currencies: {text}") == codes
