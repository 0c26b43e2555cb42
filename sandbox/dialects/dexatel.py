"""Dexatel's side of `POST /v1/messages`, of the questions about a message, and of its webhook.

Sources: the reference pages of 2024 to 2026, as for the adapter; see `docs/providers.md`.
"""

import re
from typing import ClassVar, Final

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Credentials, HttpAnswer, Webhook
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Json, object_at, read_json, text_at
from sandbox.cascade.message import segments
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.dialect import Call, Codes, Dialect, json_answer, json_hook, with_header
from sandbox.dialects.signing import base64_mac
from sandbox.dialects.words import (
    KEYS,
    NEGATIVE,
    NO_RETRY_AFTER,
    PRICELESS_ANSWER,
    SEGMENTS,
    SMS_NOT_READ,
    Asked,
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    Withdrawn,
    Word,
    amount,
    plain_time,
    uuid_of,
)
from sandbox.errors import UnreadableError

_CHANNELS: Final = {"SMS": SMS, "WHATSAPP": WHATSAPP, "VIBER": VIBER}
_WORDS: Final = {channel: word for word, channel in _CHANNELS.items()}
_STATUSES: Final = {
    Status.ACCEPTED: "enroute",
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "seen",
    Status.FAILED: "failed",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "expired",
}
_MEDIA: Final = ("image", "video", "document")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[1-9][0-9]{6,14}")
_HTTPS: Final = re.compile(r"https://.{1,992}")
_ABOUT_ONE: Final = re.compile(r"/v1/messages/([^/]+)")
_ACCOUNT: Final = uuid_of("dexatel account", 0)
_RECIPIENTS_MAX: Final = 10
_TEXT_MAX: Final = 1000
_VARIABLE_MAX: Final = 70
_PAYLOAD_MAX: Final = 500

_MESSAGES: Final = {
    "1005": "Request body is not valid JSON",
    "1007": "Data is required",
    "1501": "Message not found",
    "1502": "Message ID is not valid",
    "1503": "Sender is required",
    "1506": "Recipients are required",
    "1507": "Too many recipients",
    "1508": "Text is required",
    "1510": "Text is too long",
    "1512": "Template ID is not valid",
    "1515": "Channel is not valid",
    "1518": "Media are not allowed on SMS",
    "1523": "Invalid recipient number(s)",
    "1526": "A variable is too long",
    "1532": "URL is required",
    "1533": "URL and filename are required",
    "1534": "Type is required",
    "1705": "Payload is not valid",
}
"""Ours: of most the vendor's own words were not read."""


class DexatelDialect(Dialect):
    """Dexatel, from its side."""

    name: ClassVar = "dexatel"
    vendor: ClassVar = "dexatel"
    channels: ClassVar = (SMS, WHATSAPP, VIBER)
    table: ClassVar = table_of("dexatel")
    refusals: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "1523",
        ReasonClass.TRANSIENT: "1535",
        ReasonClass.CALLER_ERROR: "1509",
        ReasonClass.ACCOUNT: "1524",
        ReasonClass.STOP: "1530",
    }
    failures: ClassVar[Codes] = {}
    throttle: ClassVar = "http-429"
    inabilities: ClassVar = (
        Inability(
            Lacks.REASON,
            "A message that failed later has no code: nobody hears why, opted out or not.",
            statuses=NEGATIVE,
        ),
        Inability(
            Lacks.CLASS,
            "No code says that a person has opted out: 'number is blocked' (1530) is heard, and "
            "the cascade goes on.",
            statuses=(Status.REFUSED,),
            classes=(ReasonClass.STOP,),
        ),
        SMS_NOT_READ,
        PRICELESS_ANSWER,
        Inability(Lacks.CURRENCY, "A receipt's price has no currency."),
        NO_RETRY_AFTER,
        SEGMENTS,
        KEYS,
    )
    unverified: ClassVar = (
        "A refusal that passes is 1535, the only code that is not clearly somebody's fault.",
        "Webhooks tell 'sent' and 'seen' too; the page of the webhook lists the finals alone.",
        "The signature is written in base64, over the raw body.",
        "A webhook that was not taken comes no second time: a retry policy was not found.",
    )
    retries_s: ClassVar = ()

    def read(self, request: Request) -> Call:
        """What a request asks for."""
        if not request.is_proven("X-Dexatel-Key"):
            return _error(request, 401, "", "Unauthorized")
        about = _ABOUT_ONE.fullmatch(request.route)
        if about is not None:
            return self._about(request, about[1])
        if request.route != "/v1/messages":
            return _error(request, 404, "", "Not found")
        if request.method != "POST":
            return _error(request, 405, "", "Method not allowed")
        try:
            body = read_json(request.body)
        except UnreadableError:
            return _coded(request, "1005")
        data = object_at(body, "data")
        wrong = "1007" if not data else _complaint(data)
        if wrong:
            return _coded(request, wrong)
        text = data.get("text")
        return Submitted(
            channel=_CHANNELS[text_at(data, "channel")],
            recipient=f"+{_recipients(data)[0]}",
            sender=text_at(data, "from"),
            text=text if isinstance(text, str) else None,
            reference=text_at(data, "payload"),
        )

    def _about(self, request: Request, provider_id: str) -> Call:
        if request.method not in {"GET", "DELETE"}:
            return _error(request, 405, "", "Method not allowed")
        if not _UUID.fullmatch(provider_id):
            return _coded(request, "1502")
        return Asked(provider_id) if request.method == "GET" else Withdrawn(provider_id)

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """A UUID."""
        return uuid_of(self.vendor, number)

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """201 with the message in a list, or an error."""
        if word.status is Status.ACCEPTED:
            return json_answer(201, {"data": [self._shown(taken, word)]})
        request = Request("POST", "/v1/messages", (), b"", word.at_s)
        if word.status is Status.THROTTLED:
            return _error(request, 429, "", "Too many requests")
        return _coded(request, self.code(taken, word))

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """The event `delivery`; it goes where the account was told once for all."""
        if self.status_said(taken, word) is None:
            return None
        submitted = taken.submitted
        data = {
            "account_id": _ACCOUNT,
            "message_id": taken.provider_id,
            "event": "delivery",
            "status": _STATUSES[word.status].upper(),
            "channel": _WORDS[submitted.channel],
            "to": submitted.recipient[1:],
            **({} if word.price is None else {"price": amount(word.price)}),
            "timestamp": plain_time(word.at_s),
            **({"payload": taken.reference} if taken.reference else {}),
        }
        return json_hook("", {"data": data})

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """HMAC-SHA256 over the raw body."""
        mac = base64_mac(credentials.text("webhook_secret"), hook.body)
        return with_header(hook, "X-Dexatel-Signature", mac)

    def polled(self, taken: Taken, word: Word) -> HttpAnswer:
        """The message with its status."""
        return json_answer(200, {"data": self._shown(taken, word)})

    def withdrawn(self, taken: Taken, *, is_recalled: bool) -> HttpAnswer:
        """204 without a body; what follows from the error table where it is too late."""
        if is_recalled:
            return HttpAnswer(204, (), b"")
        route = f"/v1/messages/{taken.provider_id}"
        return _error(Request("DELETE", route, (), b"", taken.at_s), 409, "", "Conflict")

    def not_found(self) -> HttpAnswer:
        """1501."""
        return _coded(Request("GET", "/v1/messages", (), b""), "1501", 404)

    def _shown(self, taken: Taken, word: Word) -> dict[str, object]:
        submitted = taken.submitted
        text = submitted.text or ""
        return {
            "id": taken.provider_id,
            "account_id": _ACCOUNT,
            "from": submitted.sender,
            "to": submitted.recipient[1:],
            "channel": _WORDS[submitted.channel],
            "text": text,
            "status": _STATUSES[self.status_said(taken, word) or Status.DELIVERED],
            "segments_count": taken.segments,
            "encoding": segments(text).encoding,
            **({"payload": taken.reference} if taken.reference else {}),
            "create_date": plain_time(taken.at_s),
            "update_date": plain_time(word.at_s),
        }


def _recipients(data: Json) -> list[object]:
    given = data.get("to")
    return given if isinstance(given, list) else []


def _complaint(data: Json) -> str:
    """The code of what is wrong with a message; "" where nothing is."""
    recipients, channel, kind = _recipients(data), text_at(data, "channel"), text_at(data, "type")
    payload = data.get("payload", "")
    rules = {
        "1503": bool(text_at(data, "from")),
        "1506": bool(recipients),
        "1507": len(recipients) <= _RECIPIENTS_MAX,
        "1523": all(isinstance(to, str) and _NUMBER.fullmatch(to) for to in recipients),
        "1515": channel in _CHANNELS,
        "1534": kind in {"text", *_MEDIA},
        "1518": channel != "SMS" or kind not in _MEDIA,
        "1705": isinstance(payload, str) and len(payload) <= _PAYLOAD_MAX,
    }
    return next((code for code, holds in rules.items() if not holds), "") or _complaint_of_content(
        data, kind
    )


def _complaint_of_content(data: Json, kind: str) -> str:
    if kind in _MEDIA:
        if not _HTTPS.fullmatch(text_at(data, "url")):
            return "1532" if kind != "document" else "1533"
        return "1533" if kind == "document" and not text_at(data, "filename") else ""
    if "template" in data:
        variables = data.get("variables", [])
        if not _UUID.fullmatch(text_at(data, "template")):
            return "1512"
        fits = isinstance(variables, list) and all(
            isinstance(each, str) and len(each) <= _VARIABLE_MAX for each in variables
        )
        return "" if fits else "1526"
    text = data.get("text")
    if not isinstance(text, str) or not text:
        return "1508"
    return "1510" if len(text) > _TEXT_MAX else ""


def _coded(request: Request, code: str, status: int = 400) -> HttpAnswer:
    line = DexatelDialect.table.lines.get(code)
    told = _MESSAGES.get(code) or ("" if line is None else line.text)
    return _error(request, status, code, told)


def _error(request: Request, status: int, code: str, told: str) -> HttpAnswer:
    error = {
        "timestamp": plain_time(request.now_s),
        "path": request.route,
        "method": request.method,
        "status": status,
        "message": told,
        **({"code": int(code)} if code else {}),
    }
    return json_answer(status, {"errors": [error]})
