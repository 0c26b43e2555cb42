"""Currencies, as a file states them."""

from typing import Final

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import Pattern, Price
from sandbox.scenario.grammar.shapes import REQUIRED, MapOf, Struct, key

CURRENCY: Final = Pattern("a currency", "[A-Z]{3}", Code.BAD_MONEY, "EUR")

CURRENCIES: Final = Struct(
    "currencies",
    "The currency of the report, and what others are worth in it.",
    drafts.CurrenciesDraft,
    [
        key("base", CURRENCY, "What everything is counted in.", default=REQUIRED),
        key(
            "rates",
            MapOf(Price(), names=CURRENCY, most=200),
            "What one unit of another currency is worth, such as USD: 0.92 EUR.",
            default={},
        ),
        key(
            "as_of",
            Pattern("a date", "[0-9]{4}-[0-9]{2}-[0-9]{2}", Code.BAD_INSTANT, "2026-01-01"),
            "The day the rates are of; for people, nothing is looked up.",
        ),
    ],
    is_partial=True,
)
