"""Findings about what a cascade costs."""

from tests.support.lint_texts import LOAD, WORLD, found_in

PRICES = """\
cascades: {c: [{channel: sms, validity: 60s}, {channel: whatsapp}]}
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: accepted},
     delivery: {outcomes: {delivered: rest, failed: 60%}}}
  whatsapp:
    {channel: whatsapp, base: ideal,
     price: {amount: 0.08 EUR, per: message, charged_on: delivered}}
"""


def test_a_cheap_level_that_does_not_pay_is_found() -> None:
    """0.04 for each that is sent and 0.08 for six in ten is dearer than 0.08 for each."""
    assert found_in(WORLD + PRICES + LOAD) == [
        (
            "3:16: warning[cheap-first-costs-more]: sms is cheaper than whatsapp and comes "
            "first, but "
            "with it a delivered message costs 0.088 EUR, without it 0.080 EUR - put it behind, or "
            "leave it out"
        )
    ]


def test_a_cheap_level_that_pays_is_not() -> None:
    """Above the break-even of a half, which is 0.04 of 0.08, the saving is real."""
    assert found_in(WORLD + PRICES.replace("failed: 60%", "failed: 49%") + LOAD) == []


def test_a_level_that_costs_nothing_where_it_fails_always_pays() -> None:
    """Charged when delivered, the cheaper one is cheaper however often it fails."""
    text = PRICES.replace("accepted}", "delivered}")
    assert found_in(WORLD + text + LOAD) == []


def test_a_dear_level_before_a_cheap_one_is_meant() -> None:
    """Whoever puts the dearer one first has another reason than money."""
    text = PRICES.replace("0.04 EUR", "0.09 EUR")
    assert found_in(WORLD + text + LOAD) == []


def test_a_level_that_reaches_more_people_is_worth_its_price() -> None:
    """Without the SMS a fifth would get nothing: that is no saving."""
    text = PRICES.replace(
        "{channel: whatsapp, base: ideal,",
        "{channel: whatsapp, base: ideal, delivery: {outcomes: {delivered: rest, failed: 20%}},",
    )
    assert found_in(WORLD + text + LOAD) == []
