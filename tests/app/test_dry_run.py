"""A message as it would be sent, with nothing secret in it and nothing sent."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.base_urls import base_url
from sandbox.app.dry_run import NO_HOST, Shown, lock_says, shown_steps
from sandbox.app.guard import Command, Condition
from sandbox.app.live_asking import Wanted, ask_of, choose
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import SecretStores
from sandbox.scenario.routes import CARRIED
from sandbox.store.caps import DEFAULT_CAPS
from tests.support.locked import NO_ROOM, forbid_sockets, keep_caps_in
from tests.support.scenario_texts import loaded

NUMBER: Final = "+447700900123"
SECRET: Final = "s3cret-9f8e7d6c"  # noqa: S105 - nobody's; tests look for it

TEXT: Final = """\
schema: 1
cascades:
  otp:
    content: {text: "Code {code}", code: {digits: 6}}
    levels:
      - {channel: sms, via: [a, b], retries: {max: 0}}
      - {channel: whatsapp, template: {name: otp_v2, language: en_US, parameters: ["{code}"]}}
      - viber
providers:
  a: {channel: sms, adapter: dexatel, sender: Shop}
  b: {channel: sms, adapter: infobip, sender: Shop}
  whatsapp: {adapter: whatsapp-cloud}
recipients:
  people:
    anna: {phone: "+447700900123"}
    ben: {phone: "+447700900124", addresses: {whatsapp: none}}
load:
  - {message: for-anna, to: anna, at: 1s}
  - {message: for-ben, to: ben, at: 1s}
  - {message: for-anybody, at: 1s}
"""


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No sockets, and caps that a dry run must not begin."""
    forbid_sockets(monkeypatch)
    return keep_caps_in(tmp_path, monkeypatch)


def steps(
    text: str = TEXT,
    environment: dict[str, str] | None = None,
    config: LiveConfig | None = None,
    **wanted: Any,
) -> tuple[Shown, ...]:
    scenario, whole = loaded(text), Wanted(**({"message": "for-anna"} | wanted))
    used = config or LiveConfig()
    stores = SecretStores(environment or {})
    chosen = choose(scenario, whole)
    ask = ask_of(scenario, chosen, whole, Command(verb="send"), used, stores, "dryrun")
    return shown_steps(scenario, ask, used)


def test_every_step_is_shown_in_order() -> None:
    """Also those that are simulated."""
    shown = steps()
    assert [(each.level, each.provider, each.line is None) for each in shown] == [
        (0, "a", False),
        (0, "b", False),
        (1, "whatsapp", False),
        (2, "viber", True),
    ]
    assert not any(each.refused for each in shown)


def test_the_request_is_the_one_that_would_leave() -> None:
    """Method, address, headers and body, with the code as stars."""
    request = steps(environment={"DEXATEL_API_KEY": SECRET})[0].request
    assert request[:-1] == (
        "POST https://api.dexatel.com/v1/messages",
        "Content-Type: application/json",
        "Accept: application/json",
        "X-Dexatel-Key: ***",
        "",
    )
    assert json.loads(request[-1]) == {
        "data": {
            "from": "Shop",
            "to": ["447700900123"],
            "channel": "SMS",
            "type": "text",
            "text": "Code ******",
            "payload": "fs1-dryrun-1-0-0",
        }
    }


@pytest.mark.parametrize("name", ADAPTERS)
def test_no_secret_of_any_adapter_is_shown(name: str) -> None:
    """Whatever an adapter does with it; what is no secret, such as an account's id, may be."""
    adapter = ADAPTERS[name]
    given = {
        f"{adapter.vendor}_{need.name}".upper(): (
            f"{SECRET}.{SECRET}.{SECRET}" if need.name == "jwt" else SECRET
        )
        for need in adapter.sending
        if need.is_secret and need.name != "private_key"
    }
    given |= {
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "META_PHONE_NUMBER_ID": "1000001",
        "VONAGE_API_KEY": "key1",
    }
    for channel in CARRIED[name]:
        shown = steps(_one(name, channel), given, INFOBIP)[0]
        assert not shown.is_made_up
        assert shown.request, shown.refused
        assert SECRET not in "\n".join(shown.request)
        assert "***" in "\n".join(shown.request)


INFOBIP: Final = LiveConfig(base_urls=(("infobip", base_url("https://x.api.infobip.com")),))


def _one(adapter: str, channel: str) -> str:
    """A message to Anna on one channel through one adapter."""
    sender = "" if adapter == "whatsapp-cloud" else ', sender: "+447700900111"'
    return (
        "schema: 1\n"
        f"cascades: {{c: {{content: {{text: Hello}}, levels: [{channel}]}}}}\n"
        f"providers: {{{channel}: {{adapter: {adapter}{sender}}}}}\n"
        'recipients: {people: {anna: {phone: "+447700900123"}}}\n'
        "load: [{message: for-anna, to: anna, at: 1s}]"
    )


def test_a_secret_in_a_body_would_be_masked_too() -> None:
    """Should an adapter ever put one there: here the text is the secret."""
    text = TEXT.replace("Code {code}", f"Code {SECRET}")
    assert SECRET in "".join(steps(text)[0].request)
    assert SECRET not in "".join(steps(text, {"DEXATEL_API_KEY": SECRET})[0].request)


def test_made_up_credentials_stand_for_those_that_are_missing() -> None:
    """And that is said."""
    assert [each.is_made_up for each in steps()] == [True, True, True, False]
    given = {"DEXATEL_API_KEY": SECRET}
    assert [each.is_made_up for each in steps(environment=given)] == [False, True, True, False]


def test_another_host_is_shown_with_made_up_credentials() -> None:
    """Though the real ones are there."""
    shown = steps(
        environment={"DEXATEL_API_KEY": SECRET},
        base_urls=(("a", base_url("http://127.0.0.1:8080/x")),),
    )[0]
    assert shown.request[0] == "POST http://127.0.0.1:8080/x/v1/messages"
    assert shown.is_made_up


def test_a_host_that_nobody_names_is_left_open() -> None:
    assert steps()[1].request[0].startswith(f"POST {NO_HOST}/sms/3/messages")


def test_a_channel_without_an_address_is_skipped() -> None:
    shown = steps(message="for-ben")
    assert [(each.provider, each.is_skipped) for each in shown] == [
        ("a", False),
        ("b", False),
        ("whatsapp", True),
        ("viber", False),
    ]


def test_somebody_made_up_is_not_shown_a_number() -> None:
    """It may be a stranger's."""
    shown = steps(message="for-anybody")
    assert [each.refused for each in shown[:3]] == ["nobody's number is written down"] * 3
    assert not any(each.request for each in shown)


def test_what_a_vendor_does_not_take_is_said() -> None:
    shown = steps(TEXT.replace(", sender: Shop}\n  b", "}\n  b"))
    assert shown[0].refused == "dexatel: a sender is required (1503)"
    assert shown[0].request == ()
    assert shown[1].request


def test_a_hostile_text_moves_no_cursor() -> None:
    """In the body it is written by its code, and the rest is made plain."""
    shown = steps(TEXT.replace("Code {code}", "\\u202eCode \\u200b \U0001f600"))
    for each in shown:
        assert all(line.isprintable() and line.isascii() for line in each.request)


def test_it_takes_no_room_in_the_caps(own_file: Path) -> None:
    steps()
    assert not own_file.exists()


def test_the_lock_is_asked_with_the_users_caps(own_file: Path) -> None:
    """What is full is told, and nothing is begun."""
    scenario, wanted = loaded(TEXT), Wanted(message="for-anna")
    for caps, is_full in ((DEFAULT_CAPS, False), (NO_ROOM, True)):
        config = LiveConfig(caps=caps)
        chosen = choose(scenario, wanted)
        ask = ask_of(
            scenario, chosen, wanted, Command(verb="send"), config, SecretStores({}), "dryrun"
        )
        refusal = lock_says(ask, config)
        assert refusal is not None
        assert (Condition.CAPS in refusal.names) is is_full
    assert not own_file.exists()
