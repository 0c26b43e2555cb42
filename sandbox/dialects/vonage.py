"""Vonage's side of the Messages API, and its status webhooks.

Sources: the OpenAPI document 1.4.0, the vendor's libraries of 2026 and the error catalogue of 2021,
as for the adapter; see `docs/providers.md`.
"""

import hashlib
import re
from typing import ClassVar, Final

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Credentials, HttpAnswer, Webhook
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Json, object_at, read_json, text_at
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.dialect import Call, Codes, Dialect, json_answer, json_hook, with_header
from sandbox.dialects.signing import vonage_token
from sandbox.dialects.words import (
    KEYS,
    NO_RETRY_AFTER,
    PRICELESS_ANSWER,
    SEGMENTS,
    SMS_NOT_READ,
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    Word,
    amount,
    iso_time,
    uuid_of,
)
from sandbox.errors import UnreadableError

_CHANNELS: Final = {"sms": SMS, "whatsapp": WHATSAPP, "viber_service": VIBER}
_WORDS: Final = {channel: word for word, channel in _CHANNELS.items()}
_STATUSES: Final = {
    Status.SENT: "submitted",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.FAILED: "undeliverable",
    Status.REJECTED: "rejected",
    Status.EXPIRED: "rejected",
}
_TO: Final = re.compile(r"[1-9][0-9]{6,14}")
_NUMBER: Final = re.compile(r"[0-9]{3,5}")
_URL: Final = re.compile(r"https?://[!-~]{1,2000}")
_KINDS: Final = ("text", "image", "video", "file", "template")
_EXPIRED: Final = "1360"
_TEXT_MAX: Final = {SMS: 1000, WHATSAPP: 4096, VIBER: 1000}
_TTL: Final = {SMS: (20, 604_800), VIBER: (30, 259_200)}
_REFERENCE_MAX: Final = 100
_ERRORS: Final = "https://developer.vonage.com/api-errors"
_HTTP: Final = {
    "unauthorized": 401,
    "unathorized": 401,
    "invalid-api-key": 401,
    "jwt-expired": 401,
    "jwt-revoked": 401,
    "low-balance": 402,
    "not-found": 404,
}
_OF_A_422: Final = (ReasonClass.CALLER_ERROR, ReasonClass.PERMANENT_RECIPIENT)


class VonageDialect(Dialect):
    """Vonage, from its side."""

    name: ClassVar = "vonage"
    vendor: ClassVar = "vonage"
    channels: ClassVar = (SMS, WHATSAPP, VIBER)
    table: ClassVar = table_of("vonage")
    refusals: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "1170",
        ReasonClass.TRANSIENT: "1331",
        ReasonClass.CALLER_ERROR: "invalid-params",
        ReasonClass.ACCOUNT: "low-balance",
        ReasonClass.STOP: "1240",
    }
    failures: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "1300",
        ReasonClass.TRANSIENT: "1331",
        ReasonClass.CALLER_ERROR: "1210",
        ReasonClass.ACCOUNT: "1070",
        ReasonClass.STOP: "1240",
    }
    throttle: ClassVar = "rate-limit"
    inabilities: ClassVar = (
        SMS_NOT_READ,
        Inability(
            Lacks.CLASS,
            "That a message expired is told by its code (1360), which leaves no room for a reason.",
            statuses=(Status.EXPIRED,),
        ),
        PRICELESS_ANSWER,
        NO_RETRY_AFTER,
        SEGMENTS,
        KEYS,
    )
    unverified: ClassVar = (
        "A refusal for what passes, or of who opted out, comes with 403 and the catalogue's code.",
        "The address of an error in an answer ends with its code; only some were seen.",
        "Of a failover of its own the first message alone is tried.",
    )
    retries_s: ClassVar = (5, 10, 20, 40, 80, 160, 320, 640, 900)

    def read(self, request: Request) -> Call:
        """What a request asks for."""
        if not request.is_proven("Authorization", "basic ", "bearer "):
            return self._error("unauthorized", "You did not provide correct credentials.")
        if request.route != "/v1/messages" or request.method != "POST":
            return self.not_found()
        try:
            body = read_json(request.body)
        except UnreadableError:
            return self._error("invalid-json", "The body is not valid JSON.")
        steps = body.get("failover", [])
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            return self._invalid("failover", "must be a list of messages")
        read = [self._submitted(each) for each in (body, *steps)]
        wrong = next((each for each in read if isinstance(each, HttpAnswer)), None)
        if wrong is not None:
            return wrong
        first, *others = (each for each in read if isinstance(each, Submitted))
        return first if not others else Submitted(
            channel=first.channel, recipient=first.recipient, sender=first.sender,
            text=first.text, reference=first.reference, callback_url=first.callback_url,
            validity_s=first.validity_s, steps=tuple(others),
        )  # fmt: skip

    def _submitted(self, body: Json) -> Submitted | HttpAnswer:
        channel = _CHANNELS.get(text_at(body, "channel"))
        if channel is None:
            return self._invalid("channel", f"must be one of {', '.join(_CHANNELS)}")
        kind, to = text_at(body, "message_type"), text_at(body, "to")
        text, url = body.get("text"), text_at(body, "webhook_url")
        own = object_at(body, "viber_service") if channel == VIBER else body
        ttl = own.get("ttl")
        content = body.get(kind)
        rules = (
            ("to", _TO.fullmatch(to)),
            ("from", text_at(body, "from")),
            ("message_type", kind in _KINDS),
            ("ttl", ttl is None or (channel in _TTL and _is_within(ttl, _TTL[channel]))),
            ("client_ref", len(str(body.get("client_ref", ""))) <= _REFERENCE_MAX),
            ("webhook_url", not url or _URL.fullmatch(url)),
            (kind, content and isinstance(content, str if kind == "text" else dict)),
            ("text", not isinstance(text, str) or len(text) <= _TEXT_MAX[channel]),
        )
        for name, holds in rules:
            if not holds:
                return self._invalid(name, "is missing or not valid")
        return Submitted(
            channel=channel,
            recipient=f"+{to}",
            sender=text_at(body, "from"),
            text=text if kind == "text" and isinstance(text, str) else None,
            reference=text_at(body, "client_ref"),
            callback_url=url,
            validity_s=ttl if isinstance(ttl, int) else None,
        )

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """A UUID."""
        return uuid_of(self.vendor, number)

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """202 with the message's id, or a problem."""
        if word.status is Status.ACCEPTED:
            workflow = {"workflow_id": self._workflow(taken)} if taken.submitted.steps else {}
            return json_answer(202, {"message_uuid": taken.provider_id, **workflow})
        code = self.code(taken, word)
        return self._error(code, self.table.lines[code].text, word.status)

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """A status of version v1."""
        if self.status_said(taken, word) is None:
            return None
        submitted = taken.submitted
        body: dict[str, object] = {
            "message_uuid": taken.provider_id,
            "to": submitted.recipient[1:],
            "from": submitted.sender,
            "timestamp": iso_time(word.at_s),
            "status": _STATUSES[word.status],
            "channel": _WORDS[submitted.channel],
        }
        if taken.reference:
            body["client_ref"] = taken.reference
        if word.price is not None:
            body["usage"] = {"currency": word.price.currency, "price": amount(word.price)}
        if submitted.channel == SMS:
            body["sms"] = {"count_total": str(taken.segments)}
        code = self.code(taken, word)
        if code:
            body["error"] = {
                "type": f"{_ERRORS}/messages#{code}",
                "title": code if _NUMBER.fullmatch(code) else self.table.lines[code].text,
                "detail": self.table.lines[code].text,
                "instance": taken.provider_id,
            }
        if submitted.steps:
            total = str(1 + len(submitted.steps))
            body["workflow"] = {
                "workflow_id": self._workflow(taken),
                "items_number": "1",
                "items_total": total,
            }
        return json_hook(submitted.callback_url, body)

    def code(self, taken: Taken, word: Word) -> str:
        """As everywhere; but 1360, and it alone, says that a message has expired."""
        if word.status is Status.EXPIRED:
            return _EXPIRED
        code = super().code(taken, word)
        is_misleading = word.status is Status.REJECTED and code == _EXPIRED
        return self.failures[ReasonClass.TRANSIENT] if is_misleading else code

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """A token with the hash of the body."""
        token_id = uuid_of(hashlib.sha256(hook.body).hexdigest(), now_s)
        secret, api_key = credentials.text("signature_secret"), credentials.text("api_key")
        token = vonage_token(hook.body, secret, now_s, api_key, token_id)
        return with_header(hook, "Authorization", f"Bearer {token}")

    def not_found(self) -> HttpAnswer:
        """404."""
        return self._error("not-found", "The requested resource does not exist.")

    @staticmethod
    def _workflow(taken: Taken) -> str:
        return f"wf-{taken.provider_id}"

    def _invalid(self, name: str, why: str) -> HttpAnswer:
        more: dict[str, object] = {
            "invalid_parameters": [{"name": name, "reason": f"`{name}` {why}"}]
        }
        return self._error("invalid-params", "The value of one or more parameters is invalid.",
                           more=more)  # fmt: skip

    def _error(
        self,
        code: str,
        told: str,
        status: Status = Status.REFUSED,
        more: dict[str, object] | None = None,
    ) -> HttpAnswer:
        is_of_422 = self.table.lines[code].reason_class in _OF_A_422
        http = 429 if status is Status.THROTTLED else _HTTP.get(code, 422 if is_of_422 else 403)
        where = f"{_ERRORS}/messages" if _NUMBER.fullmatch(code) else _ERRORS
        return json_answer(http, {
            "type": f"{where}#{code}",
            "title": self.table.lines[code].text,
            "detail": told,
            "instance": uuid_of(self.vendor, -http),
            **(more or {}),
        })  # fmt: skip


def _is_within(value: object, limits: tuple[int, int]) -> bool:
    return type(value) is int and limits[0] <= value <= limits[1]
