"""Where requests may go."""

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.base_urls import BaseUrl, Whose, base_url, host_name
from sandbox.errors import UsageError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://api.twilio.com", BaseUrl("https", "api.twilio.com")),
        ("https://api.twilio.com/", BaseUrl("https", "api.twilio.com")),
        ("http://127.0.0.1:8080", BaseUrl("http", "127.0.0.1", 8080)),
        ("http://[::1]:8080/fake/v1", BaseUrl("http", "[::1]", 8080, "/fake/v1")),
    ],
)
def test_a_base_url_is_read_and_written(text: str, url: BaseUrl) -> None:
    assert base_url(text) == url
    assert url.text == text.rstrip("/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.twilio.com",
        "ftp://api.twilio.com",
        "https://",
        "https://API.twilio.com",
        "https://api.twilio.com.",
        "https://api.twilio.com:0",
        "https://api.twilio.com:65536",
        "https://user:pass@api.twilio.com",
        "https://api.twilio.com@evil.example",
        "https://api.twilio.com\\@evil.example",
        "https://api.twilio.com#@evil.example",
        "https://api.twilio.com?x=1",
        "https://api.twilio.com/a/../b?",
        "https://api.twilio.com/%2e%2e",
        "https://api.twilio.com\n",
        " https://api.twilio.com",
        "https://аpi.twilio.com",
        "https://api..twilio.com",
        "https://-api.twilio.com",
        "https://[::2]",
        "https://a" + "a" * 300,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no base URL"):
        base_url(text)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        base_url("https://user:s3cret@api.twilio.com")
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("adapter", "text", "whose"),
    [
        ("twilio", "https://api.twilio.com", Whose.VENDOR),
        ("twilio", "https://api.twilio.com:8443", Whose.VENDOR),
        ("infobip", "https://x1y2.api.infobip.com", Whose.VENDOR),
        ("infobip", "https://api.infobip.com", Whose.STRANGE),
        ("twilio", "https://x1y2.api.infobip.com", Whose.STRANGE),
        ("twilio", "http://127.0.0.1", Whose.LOOPBACK),
        ("twilio", "https://localhost", Whose.LOOPBACK),
        ("twilio", "https://127.0.0.1.example.com", Whose.STRANGE),
        ("twilio", "https://localhost.example.com", Whose.STRANGE),
        ("twilio", "https://stub.example.com", Whose.ALLOWED),
        ("twilio", "https://a.stub.example.com", Whose.STRANGE),
        ("twilio", "https://169.254.169.254", Whose.STRANGE),
    ],
)
def test_whose_a_host_is(adapter: str, text: str, whose: Whose) -> None:
    allowed = ("stub.example.com",)
    assert base_url(text).whose(ADAPTERS[adapter], allowed) is whose


def test_to_allow_the_vendors_own_host_changes_nothing() -> None:
    """It keeps its credentials."""
    url = base_url("https://api.twilio.com")
    assert url.whose(ADAPTERS["twilio"], ("api.twilio.com",)) is Whose.VENDOR


@pytest.mark.parametrize(
    ("text", "is_private"),
    [
        ("https://api.twilio.com", True),
        ("http://api.twilio.com", False),
        ("http://localhost:1", True),
        ("http://127.0.0.2", False),
    ],
)
def test_what_is_not_encrypted_stays_on_this_machine(text: str, is_private: bool) -> None:
    assert base_url(text).is_private is is_private


def test_every_adapters_own_address_is_a_base_url_of_its_vendor() -> None:
    for adapter in ADAPTERS.values():
        if adapter.base_url:
            assert base_url(adapter.base_url).whose(adapter, ()) is Whose.VENDOR


@pytest.mark.parametrize("text", ["*.example.com", "https://a.example", "a.example:1", "", "A.b"])
def test_a_host_is_allowed_by_its_whole_name(text: str) -> None:
    with pytest.raises(UsageError, match="is no host"):
        host_name(text)


def test_a_whole_name_is_a_host() -> None:
    assert host_name("stub.example.com") == "stub.example.com"
