"""Bodies, paths and queries of vendors with nothing in them that belongs to anybody.

Nothing is looked for: everything is replaced but what is known to be harmless. Kept are the names
of members that adapters read, and of their values words of closed lists (statuses, channels, codes
of the vendor's table), small numbers, prices, times close to now, and our own references.

All else becomes something made up of the same form: letters for letters, digits for digits, `***`
for whatever has spaces in it. The same text becomes the same everywhere in one recording, so that
an answer and its webhooks still belong together; nobody can tell the old from the new, because the
key of that is never written down.
"""

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, urlencode

from sandbox.adapters import dexatel, infobip, meta, twilio, vonage
from sandbox.adapters.codec import MASK, Headers, header
from sandbox.adapters.forms import form_body, read_form
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.reasons import table_of
from sandbox.adapters.reference import read_reference
from sandbox.adapters.wire import read_json
from sandbox.errors import UnreadableError

JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "application/x-www-form-urlencoded"

NEAR_S: Final = 2 * 86_400
"""A time is kept that is at most so far from now; a number that looks like one is not."""

LEARNED_DIGITS: Final = 4
"""So many digits in a row, and more, are remembered of what must not be seen again."""

_ALIAS_MAX: Final = 200
_TRIES: Final = 50

_MEMBERS: Final = frozenset("""
    biz_opaque_callback_data callbackdata changes channel channelstatusmessage client_ref code
    contacts count_total currency data date_sent date_updated description detail details doneat
    entry error error_code error_data error_message errorcode errormessage errors event field fr
    from groupid groupname hub.challenge hub.mode hub.verify_token id input instance
    invalid_parameters items_number message message_id message_type message_uuid messagecount
    messageid messages messagesid messagestatus messaging_product metadata name num_segments object
    payload price pricepermessage price_unit rawdlrdonedate reason receivedat recipient_id
    requesterror results seenat segments_count sentat serviceexception sid sms smssid smsstatus
    status status_details statuses text timestamp title to type update_date usage value violations
    wa_id workflow workflow_id
""".lower().split())  # fmt: skip
"""What adapters read, and a few more, in lower case."""

_STATUS: Final = frozenset({"status", "messagestatus", "smsstatus", "groupname", "event"})
_WORD_OF: Final[Mapping[str, frozenset[str]]] = {
    "channel": frozenset({"sms", "whatsapp", "viber", "viber_service"}),
    "object": frozenset({"whatsapp_business_account"}),
    "field": frozenset({"messages"}),
    "messaging_product": frozenset({"whatsapp"}),
    "message_type": frozenset({"text", "image", "video", "file", "template", "custom"}),
}
_STATUSES: Final = frozenset(
    word.lower()
    for word in (
        *dexatel.STATUSES, *twilio.STATUSES, *vonage.STATUSES, *meta.STATUSES,
        *infobip.GROUP_NAMES, "delivery", "message", "seen", "received", "receiving",
    )
)  # fmt: skip
_CODE: Final = frozenset({"code", "error_code", "errorcode", "title", "messageid", "id"})
_OF_HTTP: Final = (
    "BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "TOO_MANY_REQUESTS",
    "GENERAL_ERROR", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE",
)  # fmt: skip
"""Words that stand for codes where a vendor says no more than HTTP does."""
_PRICE: Final = frozenset({"price", "pricepermessage"})
_CURRENCY: Final = frozenset({"currency", "price_unit"})
_TIME: Final = frozenset({
    "timestamp", "update_date", "date_updated", "date_sent", "doneat", "sentat", "seenat",
    "receivedat", "rawdlrdonedate",
})  # fmt: skip
_CODED_TYPE: Final = "https://developer.vonage.com/api-errors/messages#"

_SMALL: Final = re.compile(r"[0-9]{1,3}")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,9})?")
_LETTERS_3: Final = re.compile(r"[A-Za-z]{3}")
_OTHER_CODE: Final = re.compile(r"[0-9]{1,6}")
_NUMBER: Final = re.compile(r"\+?[0-9]{7,15}")
_FRAGMENT: Final = re.compile(r"#([0-9a-z-]{1,40})\Z")
_PREFIX: Final = re.compile(
    r"(?:SM|MM|AC)(?=[0-9a-fA-F]{32}\Z)|wamid\.|(?:sms|whatsapp|viber|cascade)[-:]"
)
_RUN_OF_REFERENCE: Final = re.compile(r"r[0-9]{1,9}|rehearsal")
_PATH_WORD: Final = re.compile(
    r"[A-Za-z][A-Za-z_-]{0,23}(?:\.json)?|v?[0-9]{1,3}(?:\.[0-9]{1,2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_DIGITS: Final = re.compile(rf"[0-9]{{{LEARNED_DIGITS},}}")
_HEX_LOWER: Final = re.compile(r"[0-9a-f-]+")
_HEX_UPPER: Final = re.compile(r"[0-9A-F-]+")
_RETRY_AFTER: Final = re.compile(r"[0-9]{1,6}")
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"

NOBODY: Final = "999"
"""Numbers that are made up begin with it: a country code that is nobody's (E.164, reserved)."""


class Masks:
    """What one recording makes of what it must not show. Shows nothing of it."""

    def __init__(self, now_s: int, key: bytes | None = None) -> None:
        """Begin knowing nothing.

        Args:
            now_s: Seconds since 1970, from which times are near or far.
            key: Decides what things become; None: drawn, and forgotten with this object.
        """
        self._now_s = now_s
        self._key = secrets.token_bytes(32) if key is None else key
        self._learned: set[str] = set()
        self._digits: set[str] = set()
        self._aliases: dict[str, str] = {}
        self._taken: set[str] = set()

    def learn(self, texts: Iterable[str]) -> None:
        """Remember what must not be seen: numbers, texts, credentials, and digits in them."""
        for text in texts:
            if len(text) >= LEARNED_DIGITS:
                self._learned.add(text.casefold())
                self._digits.update(_DIGITS.findall(text))

    def learn_body(self, content_type: str, body: bytes) -> None:
        """Remember all values of a request of ours."""
        if content_type.startswith(FORM_TYPE):
            try:
                self.learn(value for _, value in read_form(body))
            except UnreadableError:
                return
            return
        try:
            self.learn(_leaves(read_json(body)))
        except UnreadableError:
            return

    # Whole things ----------------------------------------------------------------------------

    def headers(self, headers: Headers) -> Headers:
        """The two headers that adapters read, where they hold what such a header holds."""
        kind = _type_of(headers)
        wait = header(headers, "Retry-After")
        kept = [("Content-Type", kind)] if kind else []
        return (*kept, *((("Retry-After", wait),) if _RETRY_AFTER.fullmatch(wait) else ()))

    def body(self, vendor: str, headers: Headers, body: bytes, *, is_ours: bool = False) -> str:
        """A body; what cannot be read is `***`.

        Args:
            vendor: Who wrote or gets it.
            headers: What it came with.
            body: As it was sent.
            is_ours: An adapter wrote it, so the names of its members are nobody's.
        """
        if not body:
            return ""
        try:
            if _type_of(headers) == FORM_TYPE:
                fields = tuple(
                    (self._name(name, is_ours=is_ours), self._text(vendor, name.lower(), value))
                    for name, value in read_form(body)
                )
                return form_body(fields).decode("ascii")
            masked = self._value(vendor, "", read_json(body), is_ours=is_ours)
        except UnreadableError:
            return MASK
        return json.dumps(masked, separators=(",", ":"))

    def path(self, vendor: str, path: str) -> str:
        """A path with its query."""
        way, mark, query = path.partition("?")
        parts = [self._part(part) for part in way.split("/")]
        return "/".join(parts) + (f"?{self.query(vendor, query)}" if mark else "")

    def query(self, vendor: str, query: str) -> str:
        """A query without its question mark."""
        fields = parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace")
        return urlencode([
            (self._name(name, is_ours=False), self._text(vendor, name.lower(), value))
            for name, value in fields
        ])  # fmt: skip

    # Their parts -----------------------------------------------------------------------------

    def _value(self, vendor: str, member: str, value: object, *, is_ours: bool) -> object:
        match value:
            case dict():
                return {
                    self._name(name, is_ours=is_ours): self._value(
                        vendor, name.lower(), inner, is_ours=is_ours
                    )
                    for name, inner in value.items()
                }
            case list():
                return [self._value(vendor, member, inner, is_ours=is_ours) for inner in value]
            case None | bool():
                return value
            case str():
                return self._text(vendor, member, value)
            case int() | Decimal():
                return self._number(vendor, member, value)
            case _:
                return MASK

    def _number(self, vendor: str, member: str, value: int | Decimal) -> object:
        text = str(value)
        masked = self._text(vendor, member, text)
        if masked == text:
            return value if isinstance(value, int) else float(value)
        digits = "".join(each for each in masked if each.isdigit())[:18]
        return int(digits) if digits else 0

    def _name(self, name: str, *, is_ours: bool) -> str:
        """The name of a member: kept where an adapter reads or writes it."""
        known = is_ours or name.lower() in _MEMBERS or name == twilio.REFERENCE
        return name if known else self.alias(name)

    def _part(self, part: str) -> str:
        """One part of a path."""
        is_known = _PATH_WORD.fullmatch(part) and not self._is_learned(part)
        if not part or is_known:
            return part
        stem, dot, suffix = part.rpartition(".json")
        return self.alias(stem) + ".json" if dot and not suffix else self.alias(part)

    def _text(self, vendor: str, member: str, text: str) -> str:
        return text if self._is_harmless(vendor, member, text) else self._coded(vendor, text)

    def _coded(self, vendor: str, text: str) -> str:
        """An address of Vonage's that names a code of its table keeps the code."""
        found = _FRAGMENT.search(text)
        if vendor == "vonage" and found and found[1] in table_of(vendor).lines:
            return _CODED_TYPE + found[1]
        return self.alias(text)

    def _is_harmless(self, vendor: str, member: str, text: str) -> bool:
        """Whether a value may stay as it is."""
        if not text or _SMALL.fullmatch(text):
            return True
        lower = text.lower()
        if member in _STATUS:
            return lower in _STATUSES
        if member in _WORD_OF:
            return lower in _WORD_OF[member]
        if member in _PRICE:
            return bool(_AMOUNT.fullmatch(text))
        if member in _CURRENCY:
            return bool(_LETTERS_3.fullmatch(text))
        if member in _TIME:
            at_s = seconds_of(text)
            is_near = at_s is not None and abs(at_s - self._now_s) <= NEAR_S
            return is_near and not self._is_learned(text)
        if member in _CODE:
            if text in table_of(vendor).lines or text in _OF_HTTP:
                return True
            if _OTHER_CODE.fullmatch(text):
                return not self._is_learned(text)
        return self._is_reference(text)

    def _is_reference(self, text: str) -> bool:
        found = _PREFIX.match(text)
        named = read_reference(text[found.end() :] if found else text)
        return named is not None and bool(_RUN_OF_REFERENCE.fullmatch(named.run))

    def _is_learned(self, text: str) -> bool:
        is_whole = text.casefold() in self._learned
        return is_whole or any(run in self._digits for run in _DIGITS.findall(text))

    # Made up ---------------------------------------------------------------------------------

    def alias(self, text: str) -> str:
        """What stands for a text: always the same, and for no other one."""
        if not text or text == MASK:
            return text
        if len(text) > _ALIAS_MAX or not text.isascii() or not text.isprintable() or " " in text:
            return MASK
        known = self._aliases.get(text)
        if known is None:
            drawn = (self._drawn(text, nth) for nth in range(_TRIES))
            known = next((each for each in drawn if self._is_free(text, each)), MASK)
            self._aliases[text] = known
            self._taken.add(known)
        return known

    def _is_free(self, text: str, drawn: str) -> bool:
        is_same = drawn == text and any(each.isalnum() for each in text)
        return not is_same and drawn not in self._taken and not self._is_learned(drawn)

    def _drawn(self, text: str, nth: int) -> str:
        found = _PREFIX.match(text)
        prefix, rest = (found[0], text[found.end() :]) if found else ("", text)
        if _NUMBER.fullmatch(rest):
            plus = "+" if rest.startswith("+") else ""
            made = self._shaped(rest.removeprefix("+"), nth)
            return f"{prefix}{plus}{NOBODY}{made[len(NOBODY) :]}"
        return prefix + self._shaped(rest, nth)

    def _shaped(self, text: str, nth: int) -> str:
        stream = self._stream(f"{nth} {text}", len(text))
        hexes = (
            "0123456789abcdef" if _HEX_LOWER.fullmatch(text)
            else "0123456789ABCDEF" if _HEX_UPPER.fullmatch(text) else ""
        )  # fmt: skip
        if text.replace("-", "").isdigit():
            hexes = ""
        return "".join(map(_replaced, text, stream, [hexes] * len(text)))

    def _stream(self, text: str, length: int) -> bytes:
        drawn = bytearray()
        while len(drawn) < length:
            drawn += hmac.digest(self._key, f"{len(drawn)} {text}".encode(), sha256)
        return bytes(drawn)

    def __repr__(self) -> str:
        return f"Masks({MASK})"


def _replaced(character: str, luck: int, hexes: str) -> str:
    if not character.isalnum():
        return character
    if hexes:
        return hexes[luck % 16]
    if character.isdigit():
        return str(luck % 10)
    drawn = _LOWER[luck % 26]
    return drawn.upper() if character.isupper() else drawn


def _type_of(headers: Headers) -> str:
    """The content type without its parameters, where it is one that adapters know; else ""."""
    kind = header(headers, "Content-Type").partition(";")[0].strip().lower()
    return kind if kind in {JSON_TYPE, FORM_TYPE} else ""


def _leaves(value: object) -> Iterable[str]:
    match value:
        case dict():
            for inner in value.values():
                yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case str():
            yield value
        case int() if not isinstance(value, bool):
            yield str(value)
        case _:
            return
