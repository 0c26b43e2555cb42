"""What of a scenario is for real sending, and that nothing of it is in the world that is run."""

from typing import Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.run import run_loaded
from sandbox.scenario.loader import load
from sandbox.scenario.model import Route, UsedTemplate, Wording
from sandbox.scenario.routes import CARRIED
from sandbox.scenario.writer import resolved_text
from tests.support.scenario_texts import codes_of, loaded, problems_of

TEXT: Final = """\
schema: 1
cascades:
  otp:
    content: {text: "Your code is {code}", code: {digits: 5}}
    templates: {otp_v2: {text: "{code} is your code"}}
    levels:
      - {channel: sms, via: [main, spare]}
      - channel: whatsapp
        template: {name: otp_v2, language: en_US, parameters: ["{code}", again]}
        sender: "+447700900111"
      - {channel: viber, content: {text: "Code {code}"}}
      - {channel: sms, via: [spare], template: otp_v2, sender: none}
providers:
  main: {channel: sms, adapter: dexatel, sender: Example}
  spare: {base: main, sender: "38765"}
  whatsapp: {adapter: whatsapp-cloud}
  idle: {channel: sms, adapter: twilio}
load: [{burst: 20}]
"""

SIMULATED: Final = TEXT.replace("adapter: dexatel, ", "").replace(
    "{adapter: whatsapp-cloud}", "{adapter: simulated}"
)


def test_the_routes_are_those_of_the_providers_that_are_used() -> None:
    """What comes from a base counts, too: whoever is like a real provider is one."""
    assert loaded(TEXT).routes == (
        Route("main", "dexatel", "Example"),
        Route("spare", "dexatel", "38765"),
        Route("whatsapp", "whatsapp-cloud"),
    )
    assert loaded(SIMULATED).routes == ()


def test_a_level_says_what_is_written_with_the_place_of_its_code() -> None:
    """A plan has zeros there, since only the length counts in a run."""
    scenario = loaded(TEXT)
    template = UsedTemplate("otp_v2", "en_US", ("{code}", "again"))
    assert scenario.wordings == {
        ("otp", 0): Wording("Your code is {code}", 5),
        ("otp", 1): Wording("{code} is your code", 5, "+447700900111", template),
        ("otp", 2): Wording("Code {code}", 5),
        ("otp", 3): Wording("{code} is your code", 5, "", UsedTemplate("otp_v2")),
    }
    assert scenario.world.plans[0].text_of(2) == "Code 00000"


def test_without_a_code_the_braces_are_a_text() -> None:
    scenario = loaded(TEXT.replace(", code: {digits: 5}", ""))
    assert scenario.wordings["otp", 0] == Wording("Your code is {code}", 0)


def test_the_world_and_the_log_are_the_same_whoever_is_behind_the_providers() -> None:
    """The resolved scenario is another, and so is its hash."""
    real, simulated = loaded(TEXT), loaded(SIMULATED)
    assert real.world == simulated.world
    assert real.resolved_hash != simulated.resolved_hash
    assert run_loaded(real).digest == run_loaded(simulated).digest


def test_a_stored_scenario_knows_its_routes() -> None:
    """And what its levels say, from nothing but the resolved text."""
    scenario = loaded(TEXT)
    again = load(resolved_text(scenario), is_resolved=True)
    assert (again.routes, again.wordings) == (scenario.routes, scenario.wordings)
    assert again.resolved_hash == scenario.resolved_hash


def test_the_channels_are_those_of_the_adapters() -> None:
    assert {name: adapter.channels for name, adapter in ADAPTERS.items()} == CARRIED


@pytest.mark.parametrize(
    ("adapter", "channel", "said"),
    [
        ("twilio", "viber", "twilio carries sms, whatsapp, this provider viber"),
        ("whatsapp-cloud", "sms", "whatsapp-cloud carries whatsapp, this provider sms"),
        ("whatsapp-cloud", "viber", "whatsapp-cloud carries whatsapp, this provider viber"),
    ],
)
def test_an_adapter_that_does_not_carry_the_channel_is_an_error(
    adapter: str, channel: str, said: str
) -> None:
    """Where it stands."""
    text = f"schema: 1\ncascades: {{c: [{channel}]}}\nload: [{{burst: 1}}]\nproviders:\n"
    text += f"  {channel}: {{adapter: {adapter}}}\n"
    column = len(f"  {channel}: {{adapter: ") + 1
    assert problems_of(text) == [f"5:{column}: error[wrong-channel]: {said}"]


def test_an_adapter_that_carries_the_channel_is_none() -> None:
    for adapter, channels in CARRIED.items():
        for channel in channels:
            text = f"schema: 1\ncascades: {{c: [{channel}]}}\nload: [{{burst: 1}}]\n"
            assert codes_of(text + f"providers: {{{channel}: {{adapter: {adapter}}}}}") == []
