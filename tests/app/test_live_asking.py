"""From what was typed to what the lock is asked."""

from typing import Any, Final

import pytest

from sandbox.app.base_urls import base_url
from sandbox.app.guard import Ask, Command, Generated, OnCommandLine, Written
from sandbox.app.live_asking import Wanted, ask_of, choose
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import SecretStores
from sandbox.errors import UsageError
from sandbox.scenario.quantities import Money
from sandbox.simulation.highest_price import Tariff
from tests.support.scenario_texts import loaded

NUMBER: Final = "+447700900123"

TEXT: Final = """\
schema: 1
cascades:
  otp: {content: {text: Hello}, levels: [{channel: sms, via: [a, b]}, viber]}
  news: {content: {text: News}, levels: [{channel: sms, via: a}]}
  none: {content: {text: News}, levels: [viber]}
providers:
  a: {channel: sms, adapter: dexatel, sender: A, price: {amount: 0.04 EUR}}
  b: {channel: sms, adapter: infobip, sender: B}
recipients: {people: {anna: {phone: "+447700900123"}}}
load:
  - {message: for-anna, to: anna, at: 1s, cascade: otp}
  - {message: for-anybody, at: 1s, cascade: news}
  - {trace: {csv: "at,name,to,cascade\\n1s,traced,anna,news\\n2s,,anna,news\\n"}, cascade: otp}
"""

ONE: Final = """\
schema: 1
cascades: {otp: {content: {text: Hello}, levels: [sms]}}
providers: {sms: {adapter: twilio, sender: A}}
load: [{burst: 1}]
"""


def of(text: str = TEXT, **wanted: Any) -> Any:
    return choose(loaded(text), Wanted(**wanted))


# Which message -----------------------------------------------------------------------------------


def test_a_message_is_one_the_load_names() -> None:
    """Also in a trace; who is not named is made up."""
    chosen = of(message="for-anna")
    assert (chosen.name, chosen.plan.name) == ("for-anna", "otp")
    assert isinstance(chosen.recipient, Written)
    assert chosen.recipient.person.name == "anna"
    traced = of(message="traced")
    assert (traced.plan.name, traced.recipient.person.name) == ("news", "anna")
    assert of(message="for-anybody").recipient == Generated("")


def test_a_number_is_a_message_through_a_cascade() -> None:
    chosen = of(number=NUMBER, cascade="news")
    assert (chosen.name, chosen.plan.name) == ("", "news")
    assert chosen.recipient == OnCommandLine(NUMBER)
    assert of(ONE, number=NUMBER).plan.name == "otp"


def test_the_only_message_need_not_be_named() -> None:
    text = ONE.replace("{burst: 1}", "{message: m, at: 1s}")
    assert of(text).name == "m"


@pytest.mark.parametrize(
    ("text", "wanted", "why", "hint"),
    [
        (TEXT, {}, "which message is meant", r"--message NAME \(for-anna, for-anybody, traced\)"),
        (ONE, {}, "the load names no message", "--to NUMBER"),
        (TEXT, {"message": "for-ana"}, "no message 'for-ana'", "did you mean 'for-anna'"),
        (TEXT, {"message": "x"}, "no message 'x'", "Messages: for-anna, for-anybody, traced"),
        (ONE, {"message": "x"}, "no message 'x'", "Messages: none"),
        (TEXT, {"number": NUMBER}, "which cascade is meant", r"--name otp \| news"),
        (TEXT, {"number": NUMBER, "cascade": "new"}, "no cascade 'new'", "did you mean 'news'"),
        (ONE, {"number": NUMBER, "cascade": "xyz"}, "no cascade 'xyz'", "Cascades: otp"),
    ],
)
def test_what_is_not_clear_is_asked(text: str, wanted: dict[str, str], why: str, hint: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        of(text, **wanted)
    import re

    assert re.search(hint, caught.value.hint)


def test_a_hostile_name_moves_no_cursor() -> None:
    with pytest.raises(UsageError) as caught:
        of(message="\x1b[2Jfor-ann")
    assert str(caught.value).isprintable()
    assert caught.value.hint.isprintable()


# What the lock is asked --------------------------------------------------------------------------


def asked(config: LiveConfig | None = None, **wanted: Any) -> Ask:
    scenario, whole = loaded(TEXT), Wanted(**({"message": "for-anna"} | wanted))
    stores = SecretStores({"DEXATEL_API_KEY": "k"})
    command = Command(verb="send")
    return ask_of(
        scenario, choose(scenario, whole), whole, command, config or LiveConfig(), stores, "r"
    )


def test_the_wires_are_those_of_the_cascades_real_providers() -> None:
    """In its order, each once, with what its file states."""
    ask = asked()
    assert [(wire.provider, wire.adapter.name) for wire in ask.wires] == [
        ("a", "dexatel"),
        ("b", "infobip"),
    ]
    assert [wire.tariff for wire in ask.wires] == [Tariff(40_000_000, per_segment=True), None]
    assert [bool(wire.found.problems) for wire in ask.wires] == [False, True]
    assert (ask.currency, ask.run) == ("EUR", "r")
    assert [wire.provider for wire in asked(message="for-anybody").wires] == ["a"]


def test_what_each_level_says_goes_along() -> None:
    assert asked().says == ("Hello", "Hello")
    assert asked(message="for-anybody").says == ("News",)


def test_a_base_url_is_the_command_lines_then_the_users_then_the_vendors() -> None:
    own = base_url("https://x.api.infobip.com")
    told = base_url("http://127.0.0.1:9")
    ask = asked(LiveConfig(base_urls=(("infobip", own),)), base_urls=(("a", told),))
    assert [wire.base_url for wire in ask.wires] == [told, own]
    assert asked().wires[1].base_url is None


@pytest.mark.parametrize("name", ["viber", "nobody", "\x1b[2J"])
def test_a_base_url_is_for_real_providers_alone(name: str) -> None:
    """A simulated one goes nowhere, and a misspelt one would go to the vendor."""
    with pytest.raises(UsageError, match="--base-url is for a provider with a real") as caught:
        asked(base_urls=((name, base_url("http://127.0.0.1:9")),))
    assert str(caught.value).isprintable()
    assert caught.value.hint == "Real here: a, b."


def test_lists_and_the_price_go_along() -> None:
    ask = asked(allow=(NUMBER,), hosts=("stub.example.com",), max_price=Money(1, "EUR"))
    assert (ask.allow, ask.hosts) == ((NUMBER,), ("stub.example.com",))
    assert ask.max_price == Money(1, "EUR")
    assert ask.confirmation is None
