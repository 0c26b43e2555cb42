"""Credentials: found where they are kept, and shown nowhere."""

import copy
import pickle
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import SMS, Adapter, Credentials, OutgoingMessage, Secret, Text
from sandbox.app.live_secrets import (
    Found,
    SecretName,
    SecretStores,
    credentials_of,
    dummy_credentials,
    place_of,
)
from sandbox.errors import CannotSendError, MisuseError
from tests.support.locked import NUMBER, TOKEN, forbid_sockets

TWILIO: Final = ADAPTERS["twilio"]
SID: Final = "AC" + "1" * 32
ENVIRONMENT: Final = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_sockets(monkeypatch)


def nothing(*_: str) -> None:
    return None


def found(environment: dict[str, str], **places: SecretName) -> Found:
    names = {f"twilio.{name}": place for name, place in places.items()}
    return credentials_of(TWILIO, names, SecretStores(environment, nothing))


def test_a_variable_is_named_after_vendor_and_thing() -> None:
    got = found(ENVIRONMENT)
    assert got.problems == ()
    assert got.credentials.text("account_sid") == SID
    assert got.credentials.text("auth_token") == TOKEN


def test_every_vendor_has_variables_of_its_own() -> None:
    """No two things of any vendors share one, but what a vendor uses both ways."""
    places = {
        (adapter.vendor, need.name): place_of(adapter, need, {}).name
        for adapter in ADAPTERS.values()
        for need in adapter.sending
    }
    assert len(set(places.values())) == len(places)
    assert places["dexatel", "api_key"] == "DEXATEL_API_KEY"


def test_another_variable_is_looked_at_where_the_file_says_so() -> None:
    environment = {"TWILIO_ACCOUNT_SID": SID, "MINE": TOKEN}
    got = found(environment, auth_token=SecretName("env", "MINE"))
    assert got.credentials.text("auth_token") == TOKEN


def test_a_keyring_is_asked_by_service_and_user() -> None:
    asked = []

    def keyring(service: str, user: str) -> str:
        asked.append((service, user))
        return TOKEN

    names = {"twilio.auth_token": SecretName("keyring", "sandbox", "twilio")}
    got = credentials_of(TWILIO, names, SecretStores({"TWILIO_ACCOUNT_SID": SID}, keyring))
    assert asked == [("sandbox", "twilio")]
    assert got.credentials.text("auth_token") == TOKEN


def test_what_is_not_there_is_named_with_its_place() -> None:
    got = found({}, auth_token=SecretName("keyring", "sandbox", "twilio"))
    assert got.problems == (
        "twilio's 'account_sid' is not in env:TWILIO_ACCOUNT_SID",
        "twilio's 'auth_token' is not in keyring:sandbox/twilio",
    )


def test_what_is_not_needed_is_not_missed() -> None:
    assert found(ENVIRONMENT | {"TWILIO_API_KEY_SID": ""}).problems == ()


@pytest.mark.parametrize("odd", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\u200b", f"{TOKEN}\r\nX: 1"])
def test_what_could_not_stand_in_a_header_is_refused_unseen(odd: str) -> None:
    got = found(ENVIRONMENT | {"TWILIO_AUTH_TOKEN": odd})
    assert got.problems == ("env:TWILIO_AUTH_TOKEN holds a character no credential has",)
    assert got.credentials.text("auth_token") == ""


def broken(*_: str) -> str:
    raise RuntimeError(f"the keyring says {TOKEN}")


@pytest.mark.parametrize("keyring", [broken, None], ids=["broken", "not installed"])
def test_a_keyring_that_fails_has_nothing(
    keyring: Callable[[str, str], str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says is not repeated: it may be the secret."""
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    stores = SecretStores({}, keyring)
    assert stores.secret(SecretName("keyring", "a", "b")) is None


# Unseen ------------------------------------------------------------------------------------------


def test_no_form_shows_a_secret() -> None:
    stores = SecretStores(ENVIRONMENT, nothing)
    got = credentials_of(TWILIO, {}, stores)
    secret = stores.secret(SecretName("env", "TWILIO_AUTH_TOKEN"))
    for each in (stores, got, got.credentials, secret, [secret], {"a": secret}):
        for shown in (repr(each), str(each), f"{each}", f"{each!a}", ascii(each)):
            assert TOKEN not in shown
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_copied_or_stored(way: Callable[[Any], Any]) -> None:
    with pytest.raises(MisuseError):
        way(Secret(TOKEN))


def everything_of(error: BaseException) -> str:
    """A traceback as long as it can be: with causes, notes, and the local variables of ours."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format(chain=True))


def test_no_traceback_shows_a_secret_not_even_with_local_variables() -> None:
    """A message no adapter would send, with credentials at hand."""
    got = found(ENVIRONMENT)
    with pytest.raises(CannotSendError) as caught:
        _encode(got.credentials)
    text = everything_of(caught.value)
    assert "credentials = Credentials" in text
    assert TOKEN not in text


def _encode(credentials: Credentials) -> None:
    message = OutgoingMessage("ref", "key", SMS, "no number", "+447700900999", Text("hello"))
    TWILIO.encode(message, credentials)


def odd_credentials(adapter: Adapter) -> Credentials:
    """All that is needed, the secrets among it with a character that no credential has."""
    dummies = dummy_credentials(adapter)
    return Credentials.of({
        need.name: f"{TOKEN} \u200b" if need.is_secret else dummies.text(need.name)
        for need in adapter.sending if need.is_required
    })  # fmt: skip


@pytest.mark.parametrize("name", list(ADAPTERS))
def test_an_adapter_that_refuses_a_credential_does_not_show_it(name: str) -> None:
    """Not even in a traceback with the local variables of every function it went through."""
    adapter = ADAPTERS[name]
    credentials = odd_credentials(adapter)
    message = OutgoingMessage("ref", "key", adapter.channels[0], NUMBER, "", Text("hello"))
    if adapter.vendor != "meta":
        message = replace(message, sender="+447700900999")
    with pytest.raises(CannotSendError, match="holds a character no credential has") as caught:
        adapter.encode(message, credentials)
    text = everything_of(caught.value)
    assert "credentials = Credentials" in text
    assert TOKEN not in text


def test_a_failing_keyring_leaves_no_trace_of_its_words() -> None:
    def look(stores: SecretStores) -> None:
        assert stores.secret(SecretName("keyring", "a", "b")) is None
        raise RuntimeError("later")

    with pytest.raises(RuntimeError, match="later") as caught:
        look(SecretStores(dict(ENVIRONMENT), broken))
    text = everything_of(caught.value)
    assert "stores = SecretStores" in text
    assert TOKEN not in text


def test_a_traceback_with_a_text_in_it_would_be_noticed() -> None:
    """So the two tests above can fail."""

    def careless(token: str) -> None:
        raise RuntimeError("later" if token else "sooner")

    with pytest.raises(RuntimeError) as caught:
        careless(TOKEN)
    assert TOKEN in everything_of(caught.value)


# Dummies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(ADAPTERS))
def test_dummies_will_do_for_a_request_of_every_adapter(name: str) -> None:
    adapter = ADAPTERS[name]
    channel = adapter.channels[0]
    message = OutgoingMessage("ref", "key", channel, "+447700900123", "", Text("hello"))
    if name in {"twilio", "vonage", "dexatel", "infobip"}:
        message = OutgoingMessage(
            "ref", "key", channel, "+447700900123", "+447700900999", Text("hello")
        )
    request = adapter.encode(message, dummy_credentials(adapter))
    assert request.authorisation.value()
