"""What no vendor could send is refused before anything is written."""

from dataclasses import replace
from typing import Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import (
    SMS,
    VIBER,
    WHATSAPP,
    Ability,
    Adapter,
    Media,
    MediaKind,
    OutgoingMessage,
    Template,
    Text,
)
from sandbox.adapters.outgoing import (
    check_message,
    check_text,
    is_https,
    is_our_url,
    parts_of,
)
from sandbox.errors import CannotSendError
from tests.support.submissions import HOOK_URL, message

DEXATEL: Final = ADAPTERS["dexatel"]
TWILIO: Final = ADAPTERS["twilio"]


def _why(adapter: Adapter, refused: OutgoingMessage) -> str:
    with pytest.raises(CannotSendError) as caught:
        check_message(adapter, refused)
    return str(caught.value)


def test_an_ordinary_message_passes() -> None:
    """On every channel a vendor has."""
    for adapter in ADAPTERS.values():
        for channel in adapter.channels:
            check_message(adapter, message(channel=channel))


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message(channel=VIBER), "twilio carries no viber, it carries sms, whatsapp"),
        (message(reference=""), "the reference is 1 to 100"),
        (message(reference="x" * 101), "the reference is 1 to 100"),
        (message(reference="a b"), "the reference is 1 to 100"),
        (message(reference="é"), "the reference is 1 to 100"),
        (message(recipient="37490000001"), "a number with + and country code"),
        (message(recipient="+0490000001"), "a number with + and country code"),
        (message(recipient="+374900"), "a number with + and country code"),
        (message(recipient="+3749000000012345"), "a number with + and country code"),
        (message(recipient="+٣٧٤٩٠٠٠٠٠٠١"), "a number with + and country code"),
        (message(recipient="+37490000001\n"), "a number with + and country code"),
        (message(sender="x" * 61), "a sender has at most 60"),
        (message(sender=" ACME"), "a sender has at most 60"),
        (message(sender="A\x00"), "a sender has at most 60"),
        (message(sender="A\r\nX: y"), "a sender has at most 60"),
        (message(validity_s=0), "a validity of 0 s"),
        (message(callback_url="http://example.test/h"), "the callback URL is https"),
        (message(callback_url="javascript:x"), "the callback URL is https"),
        (message(""), "the text is empty"),
        (message(" \n"), "the text is empty"),
        (message("a\x00b"), "a character that cannot be sent"),
        (message("a\ud800b"), "a character that cannot be sent"),
        (message("a\x1b[31mb"), "a character that cannot be sent"),
        (message(Template("")), "the template's name is empty"),
        (message(Template("a", "", ("",))), "the parameter is empty"),
        (message(Template("a", "", ("b",) * 101)), "101 parameters"),
        (message(Media(MediaKind.IMAGE, "http://a.test/x.jpg")), "media lie at an https address"),
        (message(Media(MediaKind.IMAGE, "https://a.test/x", "\ud800")), "the caption holds"),
        (message(Media(MediaKind.IMAGE, "https://a.test/x", "", "\x00")), "the file name holds"),
        (message(failover=(message(),)), "has no failover of its own"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(refused: OutgoingMessage, why: str) -> None:
    """What was asked and what is allowed, with the adapter's name before it."""
    told = _why(TWILIO, refused)
    assert why in told
    assert told.startswith("twilio")


def test_line_breaks_and_tabs_may_be_sent() -> None:
    """They are part of a text, as are characters beyond the first plane."""
    check_message(TWILIO, message("one\ntwo\tthree\r\n😀"))


def test_the_recipient_and_the_text_are_not_in_an_error() -> None:
    """Errors end up in logs, and these are somebody's."""
    assert "4900000" not in _why(TWILIO, message(recipient="4900000"))
    assert "secret" not in _why(TWILIO, message("secret\x00"))


def test_what_a_vendor_has_not_is_refused() -> None:
    """A validity, and a callback with each message."""
    assert Ability.VALIDITY not in DEXATEL.abilities
    assert "cannot be told a validity" in _why(DEXATEL, message(validity_s=60))
    assert "told once for all" in _why(DEXATEL, message(callback_url=HOOK_URL))
    check_message(TWILIO, message(validity_s=60, callback_url=HOOK_URL))


class _WithFailover:
    """An adapter that hands on all but one thing."""

    name = "twilio"
    channels = (SMS, WHATSAPP)
    abilities = (Ability.FAILOVER,)


def test_the_steps_of_a_failover_are_checked_like_messages() -> None:
    """And have none of their own."""
    adapter: Adapter = _WithFailover()  # type: ignore[assignment] # only what is looked at
    check_message(adapter, message(failover=(message(channel=WHATSAPP),)))
    nested = message(failover=(message(failover=(message(),)),))
    assert "none of its own" in _why(adapter, nested)
    assert "carries no viber" in _why(adapter, message(failover=(message(channel=VIBER),)))
    bad = replace(message(), content=Text("\x00"))
    assert "cannot be sent" in _why(adapter, message(failover=(message(), bad)))


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("a" * 152 + "€" + "a" * 152, 3), ("я" * 70, 1), ("я" * 71, 2), ("я" * 135, 3),
     ("😀" * 35, 1), ("😀" * 36, 2), ("я" * 66 + "😀" + "я" * 66, 3)],
)  # fmt: skip
def test_the_parts_of_an_sms_are_its_segments(text: str, parts: int) -> None:
    """And every other channel charges one message, whatever its length."""
    assert parts_of(message(text)) == parts
    assert parts_of(message(text, WHATSAPP)) == 1
    assert parts_of(message(Template("a"), SMS)) is None


def test_a_text_has_a_longest() -> None:
    """In characters, as vendors count them."""
    check_text("x", "text", "😀" * 10, 10)
    with pytest.raises(CannotSendError, match="x: the text has 11 characters, at most 10"):
        check_text("x", "text", "😀" * 11, 10)


@pytest.mark.parametrize(
    ("url", "https", "ours"),
    [
        ("https://a.example.test/b?c=d%20e", True, True),
        ("https://a.example.test", True, True),
        ("https://a.example.test:8443/b", True, True),
        ("https://xn--mnchen-3ya.test/", True, True),
        ("http://127.0.0.1:8080/b", False, True),
        ("http://localhost/b", False, True),
        ("http://[::1]:1/b", False, True),
        ("http://127.0.0.1.evil.test/b", False, False),
        ("http://localhost@evil.test/b", False, False),
        ("http://a.example.test/", False, False),
        ("https://u:p@a.example.test/", False, False),
        ("https://a.example.test/ b", False, False),
        ("https://a.example.test/\n", False, False),
        ("https://münchen.test/", False, False),
        ("https:///b", False, False),
        ("https://" + "a" * 1000, False, False),
        ("ftp://a.test/", False, False),
        ("", False, False),
    ],
)
def test_addresses_are_https_or_on_this_machine(url: str, *, https: bool, ours: bool) -> None:
    """Media always `https`; a callback also on the loopback, for rehearsals."""
    assert is_https(url) is https
    assert is_our_url(url) is ours
