"""What a scenario says that real messages cost."""

from collections.abc import Mapping

from sandbox.app.live_prices import stated_tariffs
from sandbox.scenario.loader import load
from sandbox.simulation.highest_price import Tariff

SCENARIO = """\
schema: 1
cascades: {{otp: [sms, whatsapp, viber]}}
load: [{{burst: 1}}]
providers:
  sms: {{channel: sms{sms}}}
  whatsapp: {{channel: whatsapp{whatsapp}}}
"""


def tariffs(sms: str = "", whatsapp: str = "") -> Mapping[str, Tariff | None]:
    return stated_tariffs(load(SCENARIO.format(sms=sms, whatsapp=whatsapp)))


def test_what_the_file_states_is_a_price() -> None:
    stated = ", price: {amount: 0.045 EUR, per: segment}"
    got = tariffs(sms=stated, whatsapp=", price: {amount: 0.07 EUR, per: message}")
    assert got["sms"] == Tariff(45_000_000, per_segment=True)
    assert got["whatsapp"] == Tariff(70_000_000, per_segment=False)


def test_what_the_built_in_provider_costs_is_none() -> None:
    """It has a price in the simulation, which no vendor has ever asked."""
    scenario = load(SCENARIO.format(sms="", whatsapp=""))
    assert all(provider.settings.price_nano for provider in scenario.world.providers)
    assert set(stated_tariffs(scenario).values()) == {None}


def test_other_words_about_the_price_do_not_make_one() -> None:
    assert tariffs(sms=", price: {charged_on: delivered}")["sms"] is None


def test_a_price_of_nothing_is_none() -> None:
    assert tariffs(sms=", price: {amount: 0}")["sms"] is None
