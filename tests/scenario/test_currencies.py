"""Prices in several currencies."""

from fractions import Fraction

import pytest

from sandbox.app.run import run_scenario
from sandbox.simulation.spec import Scale
from tests.support.scenario_texts import loaded, problems_of

BASE = """\
schema: 1
currencies: {base: EUR, rates: {USD: 0.92 EUR, JPY: 0.006123457 EUR}}
cascades: {otp: [sms, whatsapp]}
recipients: {traits: {}}
load: [{burst: 100}]
"""
DOLLARS = "providers: {sms: {price: {amount: 0.05 USD}}}\n"


def test_a_run_counts_in_the_base() -> None:
    """A provider priced in dollars is billed in euros, and the file keeps the dollars."""
    scenario = loaded(BASE + DOLLARS)
    assert scenario.currency == "EUR"
    prices = {p.name: p.settings.price_nano for p in scenario.world.providers}
    assert prices == {"sms": 46_000_000, "whatsapp": 45_600_000}
    assert scenario.resolved["providers"]["sms"]["price"]["amount"] == "0.05 USD"
    assert scenario.resolved["currencies"]["rates"]["USD"] == "0.92 EUR"


def test_the_resolved_file_gives_the_same_world() -> None:
    """What is stored of a run is converted by the same rates."""
    scenario = loaded(BASE + DOLLARS)
    again = run_scenario(BASE + DOLLARS)
    assert again.scenario.world == scenario.world
    assert again.scenario.resolved_hash == scenario.resolved_hash


def test_prices_that_faults_and_hands_set_are_converted_too() -> None:
    """A factor is none."""
    text = (
        BASE
        + "faults:\n"
        + "  - {at: 1s, for: 1s, provider: sms, set: {price.amount: 0.10 USD}}\n"
        + "  - {at: 3s, for: 1s, provider: sms, set: {price.amount: x2}}\n"
        + "by_hand: [{at: 5s, provider: sms, set: {price.amount: 1 JPY}}]\n"
    )
    world = loaded(text).world
    assert [fault.changes[0].value for fault in world.faults] == [92_000_000, Scale(Fraction(2))]
    (hand,) = world.by_hand
    assert hand.change is not None
    assert hand.change.value == 6_123_457
    assert hand.change.text == "1 JPY"


@pytest.mark.parametrize(
    ("expect", "passed"),
    [
        ("cost.per_message <= 0.0501 USD", True),
        ("cost.per_message <= 0.0499 USD", False),
        ("cost.per_message <= 0.04601 EUR", True),
        ("cost.per_message >= 7 JPY", True),
    ],
)
def test_an_expectation_may_be_in_any_stated_currency(expect: str, passed: bool) -> None:
    """It is compared exactly, as the base has it."""
    provider = "providers: {sms: {base: ideal, price: {amount: 0.05 USD}}}\n"
    result = run_scenario(BASE + provider + f"expect: [{expect}]\n")
    assert [each.passed for each in result.expectations] == [passed]


def test_without_a_rate_a_second_currency_stays_an_error() -> None:
    """It says which rate is missing, and where it belongs."""
    assert problems_of(BASE + DOLLARS.replace("USD", "GBP")) == [
        "6:35: error[second-currency]: there is no rate for GBP"
    ]
    assert problems_of(BASE.replace("currencies", "# ") + DOLLARS) == [
        "6:35: error[second-currency]: this is in USD, and 'whatsapp' is priced in EUR"
    ]
