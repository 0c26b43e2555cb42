"""How vendors are heard: by webhook where they can be believed, else asked, else not at all."""

from typing import Final

import pytest

from sandbox.app.live_config import LiveConfig, parse_live_config
from sandbox.app.live_secrets import SecretStores
from sandbox.app.ways_in import WaysIn, hook_routes, ways_in
from sandbox.errors import UsageError
from sandbox.scenario.model import Route
from tests.support.submissions import GIVEN

URL: Final = "https://hooks.example.com/in"
ALL: Final = tuple(
    Route(name, name) for name in ("dexatel", "twilio", "vonage", "infobip", "whatsapp-cloud")
)
ENVIRONMENT: Final = {
    f"{vendor}_{name}".upper(): value
    for vendor, given in GIVEN.items()
    for name, value in given.items()
}


def ways(
    public_url: str = "", without: str = "-", used: tuple[str, ...] = (), config: bytes = b""
) -> WaysIn:
    """The ways in of all vendors, or of some."""
    kept = {name: value for name, value in ENVIRONMENT.items() if not name.startswith(without)}
    read = parse_live_config(config, "live.toml") if config else LiveConfig()
    names = used or tuple(route.provider for route in ALL)
    return ways_in(ALL, names, read, SecretStores(kept), public_url)


def test_without_a_public_url_those_are_asked_who_can_be() -> None:
    """The others are deaf, and that is refused before anything is sent."""
    found = ways()
    assert found.asked == ("dexatel", "twilio", "infobip")
    assert [name for name, _ in found.deaf] == ["vonage", "whatsapp-cloud"]
    assert (found.hearing, found.registered, found.public_url) == ({}, (), "")
    with pytest.raises(UsageError, match="vonage cannot be asked") as caught:
        found.check()
    assert "--deaf" in caught.value.hint


def test_with_one_webhooks_come_in() -> None:
    """Whoever can be asked and must be registered by hand is asked; Meta must be registered."""
    found = ways(URL)
    assert [*found.hearing] == ["twilio", "vonage", "infobip", "whatsapp-cloud"]
    assert found.asked == ("dexatel",)
    assert found.registered == ("whatsapp-cloud",)
    assert found.public_url == URL
    found.check()


def test_without_its_secrets_a_webhook_is_not_taken_in() -> None:
    """Who can be asked is; who cannot is deaf, and the missing secret is named, not its value."""
    found = ways(URL, without="TWILIO_AUTH")
    assert "twilio" in found.asked
    found = ways(URL, without="VONAGE_SIGN")
    assert found.deaf == (
        ("vonage", "vonage's 'signature_secret' is not in env:VONAGE_SIGNATURE_SECRET"),
    )
    named = b'[secrets.vonage]\nsignature_secret = "env:VONAGE_API_SECRET"\n'
    assert ways(URL, without="VONAGE_SIGN", config=named).deaf == ()


def test_only_providers_that_may_be_sent_to_matter() -> None:
    assert ways(used=("dexatel",)).deaf == ()
    assert ways(URL, used=("dexatel",)).public_url == ""


@pytest.mark.parametrize("url", ["http://hooks.example.com", "hooks.example.com", "https://a/b?c"])
def test_what_is_no_public_url_is_refused(url: str) -> None:
    """Before anything is sent, and not when the first webhook comes."""
    with pytest.raises(UsageError, match="the public URL"):
        ways(url)


def test_a_way_to_sign_that_proves_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Infobip's `none` is no signature."""
    monkeypatch.setitem(ENVIRONMENT, "INFOBIP_WEBHOOK_AUTH", "none")
    with pytest.raises(UsageError, match="webhooks of 'infobip' cannot be verified"):
        ways(URL)


def test_nothing_of_a_secret_is_shown() -> None:
    assert "fake-" not in repr(ways(URL))


def test_who_is_heard_has_a_route_and_nobody_else() -> None:
    """In the order of the scenario, each on the path that is its own."""
    hearing = ways(URL).hearing
    routes = hook_routes(ALL, hearing, URL, lambda name: f"/{name:-<43}")
    assert [route.provider for route in routes] == [
        r.provider for r in ALL if r.provider in hearing
    ]
    assert [route.url for route in routes] == [f"{URL}/{r.provider:-<43}" for r in routes]
    assert 0 < len(routes) < len(ALL)
