"""Which adapters there are, what they can do, and who may see their credentials."""

from pathlib import Path
from typing import Final

import pytest

import sandbox
from sandbox.adapters.catalogue import ADAPTERS, adapter_named, is_host_of
from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Ability, Adapter, Need, NotVerified
from sandbox.errors import CannotSendError, UsageError
from tests.support.submissions import GIVEN, credentials, hook

PACKAGE: Final = Path(sandbox.__file__).parent
EACH: Final = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)


def test_an_adapter_is_had_by_its_name() -> None:
    """And a name nobody has is answered with those there are."""
    assert adapter_named("dexatel").channels == (SMS, WHATSAPP, VIBER)
    with pytest.raises(
        UsageError, match="there is no adapter 'carrier', there are dexatel, twilio"
    ):
        adapter_named("carrier")


@EACH
def test_what_an_adapter_says_of_itself_holds_together(adapter: Adapter) -> None:
    """Names that can stand in a file, hosts over https, needs with words for people."""
    assert ADAPTERS[adapter.name] is adapter
    assert adapter.name.replace("-", "").isalnum()
    assert adapter.channels
    assert len(set(adapter.abilities)) == len(adapter.abilities)
    assert adapter.hosts
    if adapter.base_url:
        assert adapter.base_url.startswith("https://")
        assert is_host_of(adapter, adapter.base_url.removeprefix("https://"))
    for need in (*adapter.sending, *adapter.hearing):
        assert isinstance(need, Need)
        assert need.name.isidentifier()
        assert need.says
    assert any(need.is_secret and need.is_required for need in adapter.sending)
    assert any(need.is_secret for need in adapter.hearing)
    assert all(sentence.endswith(".") for sentence in adapter.unverified)


@EACH
def test_the_page_for_people_tells_of_it(adapter: Adapter) -> None:
    """Of every adapter, and of everything nobody has seen its vendor say."""
    page = " ".join((PACKAGE / "docs" / "providers.md").read_text("utf-8").split())
    assert f"Adapter `{adapter.name}`" in page
    assert [sentence for sentence in adapter.unverified if sentence not in page] == []


@EACH
def test_without_a_secret_no_webhook_is_believed(adapter: Adapter) -> None:
    """Fails closed, whatever else is given."""
    nothing = {need.name: "" for need in adapter.hearing if need.is_secret}
    given = credentials(adapter.vendor, **nothing)
    for method in ("POST", "GET"):
        asked = hook(b"{}", method=method)
        assert isinstance(adapter.verify_webhook(asked, given, 0), NotVerified)
        assert isinstance(adapter.handshake(asked, given), NotVerified)


@EACH
def test_what_an_adapter_cannot_do_is_refused_by_name(adapter: Adapter) -> None:
    """Asking and calling back, where the vendor has no such call."""
    given = credentials(adapter.vendor)
    calls = ((Ability.POLL, adapter.poll_request), (Ability.RECALL, adapter.recall_request))
    for ability, call in calls:
        if ability not in adapter.abilities:
            with pytest.raises(CannotSendError, match=adapter.name):
                call("x", given)


@EACH
def test_the_credentials_of_the_tests_are_those_an_adapter_needs(adapter: Adapter) -> None:
    """So that the tests speak of what will be asked for."""
    needs = {need.name for need in (*adapter.sending, *adapter.hearing)}
    required = {n.name for n in (*adapter.sending, *adapter.hearing) if n.is_required}
    assert required <= GIVEN[adapter.vendor].keys() <= needs


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("api.twilio.com", True),
        ("API.Twilio.com", True),
        ("twilio.com", False),
        ("api.twilio.com.evil.test", False),
        ("evilapi.twilio.com", False),
        ("x.api.twilio.com", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_credentials_are_for_the_vendors_hosts_alone(host: str, *, is_ours: bool) -> None:
    """Not for what looks like them."""
    assert is_host_of(ADAPTERS["twilio"], host) is is_ours


class _Personal:
    """An adapter whose customers have hosts of their own."""

    hosts = ("*.api.example.test",)


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("abc12.api.example.test", True),
        ("ABC-12.api.example.test", True),
        ("api.example.test", False),
        (".api.example.test", False),
        ("a.b.api.example.test", False),
        ("a/b.api.example.test", False),
        ("a@b.api.example.test", False),
        ("é.api.example.test", False),
        ("abc.api.example.test.evil.test", False),
    ],
)
def test_a_star_stands_for_one_name(host: str, *, is_ours: bool) -> None:
    """One, and one that can be a host's."""
    adapter: Adapter = _Personal()  # type: ignore[assignment] # only what is looked at
    assert is_host_of(adapter, host) is is_ours
