"""What every message must be before it is encoded, whichever vendor it is for.

What one vendor alone asks is in its adapter. Nothing is repaired on the way: a message that does
not fit is refused, with what was seen and what is allowed.
"""

import re
from typing import Final

from sandbox.adapters.codec import (
    SMS,
    Ability,
    Adapter,
    Content,
    Media,
    OutgoingMessage,
    Template,
    Text,
)
from sandbox.cascade.message import segments
from sandbox.errors import CannotSendError

SENDER_MAX: Final = 60
PARAMETERS_MAX: Final = 100
URL_MAX: Final = 1000

_REFERENCE: Final = re.compile(r"[!-~]{1,100}")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_HTTPS: Final = re.compile(r"https://[^\x00-\x20\x7f-\U0010ffff\"<>\\^`{|}/?#@]+(?:[/?][!-~]*)?")
_LOOPBACK: Final = re.compile(
    r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?(?:[/?][!-~]*)?"
)
_UNSENT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


def check_message(adapter: Adapter, message: OutgoingMessage) -> None:
    """Refuse a message no adapter could send, or this one cannot.

    Raises:
        CannotSendError: names the adapter, what was asked and what is allowed.
    """
    name = adapter.name
    if message.channel not in adapter.channels:
        allowed = ", ".join(adapter.channels)
        raise CannotSendError(f"{name} carries no {message.channel}, it carries {allowed}")
    for what, text in (("reference", message.reference), ("key", message.key)):
        if not _REFERENCE.fullmatch(text):
            raise CannotSendError(f"{name}: the {what} is 1 to 100 printable ASCII characters")
    if not _E164.fullmatch(message.recipient):
        raise CannotSendError(
            f"{name}: the recipient is a number with + and country code, 7 to 15 digits"
        )
    _check_sender(name, message.sender)
    _check_callback(adapter, message.callback_url)
    if message.validity_s is not None:
        _check_validity(adapter, message.validity_s)
    _check_content(name, message.content)
    _check_failover(adapter, message)


def _check_sender(name: str, sender: str) -> None:
    if len(sender) > SENDER_MAX or sender != sender.strip() or not sender.isprintable():
        raise CannotSendError(
            f"{name}: a sender has at most {SENDER_MAX} characters, all printable"
        )


def _check_callback(adapter: Adapter, url: str) -> None:
    if url and Ability.CALLBACK not in adapter.abilities:
        raise CannotSendError(
            f"{adapter.name} is told once for all where receipts go, not with each message",
            hint="Register the address with the vendor, and give no callback URL here.",
        )
    if url and not is_our_url(url):
        raise CannotSendError(
            f"{adapter.name}: the callback URL is https, or http on this machine only"
        )


def _check_validity(adapter: Adapter, validity_s: int) -> None:
    if Ability.VALIDITY not in adapter.abilities:
        raise CannotSendError(
            f"{adapter.name} cannot be told a validity, {validity_s} s was asked",
            hint="Leave 'validity' out, or say 'none'.",
        )
    if validity_s < 1:
        raise CannotSendError(f"{adapter.name}: a validity of {validity_s} s, at least 1 s")


def _check_failover(adapter: Adapter, message: OutgoingMessage) -> None:
    if message.failover and Ability.FAILOVER not in adapter.abilities:
        raise CannotSendError(
            f"{adapter.name} has no failover of its own",
            hint="Let the cascade run here, with one submission per level.",
        )
    for step in message.failover:
        if step.failover:
            raise CannotSendError(f"{adapter.name}: a step of a failover has none of its own")
        check_message(adapter, step)


def _check_content(name: str, content: Content) -> None:
    match content:
        case Text(text):
            check_text(name, "text", text)
        case Template():
            check_text(name, "template's name", content.name)
            if len(content.parameters) > PARAMETERS_MAX:
                count = len(content.parameters)
                raise CannotSendError(f"{name}: {count} parameters, at most {PARAMETERS_MAX}")
            for parameter in content.parameters:
                check_text(name, "parameter", parameter)
        case Media():
            if not is_https(content.url):
                raise CannotSendError(
                    f"{name}: media lie at an https address of at most {URL_MAX} characters"
                )
            for what, text in (("caption", content.caption), ("file name", content.file_name)):
                if text:
                    check_text(name, what, text)


def check_text(name: str, what: str, text: str, most: int | None = None) -> None:
    """Refuse a text that is empty, too long, or cannot be written.

    Raises:
        CannotSendError: says which, and what is allowed.
    """
    if not text.strip():
        raise CannotSendError(f"{name}: the {what} is empty")
    if _UNSENT.search(text):
        raise CannotSendError(f"{name}: the {what} holds a character that cannot be sent")
    if most is not None and len(text) > most:
        raise CannotSendError(f"{name}: the {what} has {len(text)} characters, at most {most}")


def parts_of(message: OutgoingMessage) -> int | None:
    """How many parts a vendor will charge for; None where only the vendor knows the text.

    Of an SMS these are its segments (S30). Whether a vendor keeps pairs of units together is not
    published; if it does not, it counts fewer than this, never more.
    """
    if message.channel != SMS:
        return 1
    match message.content:
        case Text(text):
            return segments(text).parts
        case Template() | Media():
            return None


def is_https(url: str) -> bool:
    """Whether a text is an `https` address without a user's name in it, all of it ASCII."""
    return len(url) <= URL_MAX and _HTTPS.fullmatch(url) is not None


def is_our_url(url: str) -> bool:
    """Whether a vendor may be told to call it: `https`, or plain `http` on this machine."""
    return is_https(url) or (len(url) <= URL_MAX and _LOOPBACK.fullmatch(url) is not None)
