"""Infobip's side: SMS v3, WhatsApp, Viber v2 and the Messages API, their reports and webhooks.

Sources: the vendor's libraries of March 2026 and its registry of codes of July 2026, as for the
adapter; see `docs/providers.md`.
"""

import re
from typing import ClassVar, Final

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Credentials, HttpAnswer, Webhook
from sandbox.adapters.forms import query_of, value_of
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Json, object_at, objects_at, read_json, text_at
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import SECOND_US, Channel, ReasonClass, Status
from sandbox.dialects.dialect import Call, Codes, Dialect, json_answer, json_hook, with_header
from sandbox.dialects.signing import basic, hex_mac
from sandbox.dialects.words import (
    NEGATIVE,
    PRICELESS_ANSWER,
    SEGMENTS,
    SMS_NOT_READ,
    Asked,
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    Word,
    amount,
    digest_of,
    iso_time,
)
from sandbox.errors import UnreadableError

_PLAIN: Final = {"/sms/3/messages": SMS, "/viber/2/messages": VIBER}
_WHATSAPP: Final = re.compile(r"/whatsapp/1/message/(text|template|image)")
_CASCADE: Final = "/messages-api/1/messages"
_REPORTS: Final = ("/sms/3/reports", "/viber/2/reports")
_CHANNELS: Final = {"SMS": SMS, "WHATSAPP": WHATSAPP, "VIBER_BM": VIBER}
_WORDS: Final = {channel: word for word, channel in _CHANNELS.items()}
_NUMBER: Final = re.compile(r"[1-9][0-9]{6,14}")
_URL: Final = re.compile(r"https?://[!-~]{1,2040}")
_UNITS: Final = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600}
_VALIDITY_MAX_S: Final = 172_800
_ALGORITHMS: Final = {
    "HMAC_SHA_1": "sha1",
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}
_OF_STATUS: Final = "status-"
_UNAUTHORISED: Final = "UNAUTHORIZED"

_STATUSES: Final = {
    Status.ACCEPTED: (1, "PENDING", 26, "PENDING_ACCEPTED"),
    Status.SENT: (1, "PENDING", 7, "PENDING_ENROUTE"),
    Status.DELIVERED: (3, "DELIVERED", 5, "DELIVERED_TO_HANDSET"),
    Status.FAILED: (2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED"),
    Status.REJECTED: (5, "REJECTED", 100, "REJECTED_BY_PLATFORM"),
    Status.REFUSED: (5, "REJECTED", 100, "REJECTED_BY_PLATFORM"),
    Status.THROTTLED: (5, "REJECTED", 100, "REJECTED_BY_PLATFORM"),
    Status.EXPIRED: (4, "EXPIRED", 15, "EXPIRED_EXPIRED"),
}
"""Group, its name, id and name of what is said where no code says more."""


class InfobipDialect(Dialect):
    """Infobip, from its side."""

    name: ClassVar = "infobip"
    vendor: ClassVar = "infobip"
    channels: ClassVar = (SMS, WHATSAPP, VIBER)
    table: ClassVar = table_of("infobip")
    refusals: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "status-52",
        ReasonClass.TRANSIENT: "status-21",
        ReasonClass.CALLER_ERROR: "status-51",
        ReasonClass.ACCOUNT: "status-12",
        ReasonClass.STOP: "603",
    }
    failures: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "1",
        ReasonClass.TRANSIENT: "32",
        ReasonClass.CALLER_ERROR: "607",
        ReasonClass.ACCOUNT: "433",
        ReasonClass.STOP: "603",
    }
    throttle: ClassVar = "TOO_MANY_REQUESTS"
    throttle_text: ClassVar = "Too many requests"
    repeated: ClassVar = Reason("status-23", ReasonClass.CALLER_ERROR, "message id was used before")
    hands_out_once: ClassVar = True
    inabilities: ClassVar = (
        Inability(
            Lacks.STATUS,
            "Reports before the final one are sent to who asked for them, and the adapter does "
            "not: nothing is said.",
            statuses=(Status.SENT,),
        ),
        SMS_NOT_READ,
        PRICELESS_ANSWER,
        Inability(
            Lacks.PRICE, "A report that it was seen names no price.", statuses=(Status.READ,)
        ),
        Inability(
            Lacks.PRICE, "The price of several parts is not taken over by the adapter.",
            parts_from=2,
        ),
        SEGMENTS,
        Inability(
            Lacks.KEY,
            "What is sent again under a key that was taken is refused (status 23), not accepted "
            "once more.",
        ),
    )  # fmt: skip
    unverified: ClassVar = (
        "That a second message with the same 'messageId' is refused on WhatsApp and Viber too.",
        "An HMAC is written in hex, over the raw body, into the header that was configured.",
        "The name of the error that comes with 429 was not read.",
        "Of a failover of its own the first message alone is tried.",
    )
    retries_s: ClassVar = (60, 120, 300, 600, 1020, 1560)

    # In --------------------------------------------------------------------------------------

    def read(self, request: Request) -> Call:
        """What a request asks for."""
        if not request.is_proven("Authorization", "app ", "basic ", "bearer ", "ibsso "):
            return _failure(401, _UNAUTHORISED, "Invalid login details")
        route, whatsapp = request.route, _WHATSAPP.fullmatch(request.route)
        if route in _REPORTS and request.method == "GET":
            return _asked(request)
        known = route in _PLAIN or whatsapp is not None or route == _CASCADE
        if not known or request.method != "POST":
            return self.not_found()
        try:
            body = read_json(request.body)
            if route in _PLAIN:
                return _plain(_PLAIN[route], _first(body))
            if whatsapp is not None:
                return _on_whatsapp(body if whatsapp[1] != "template" else _first(body))
            return _cascade(_first(body))
        except UnreadableError as unreadable:
            return _failure(400, "BAD_REQUEST", str(unreadable))

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """The caller's own name for it, where he gave one; a stray's is ours."""
        return submitted.key or digest_of(self.vendor, number)

    # Out -------------------------------------------------------------------------------------

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """200 and the status of the message; refusals too, but for too many requests."""
        code = self.code(taken, word)
        after_s = -(-word.retry_after_us // SECOND_US)
        headers = (("Retry-After", str(after_s)),) if after_s else ()
        if code == self.throttle:
            return _failure(429, code, self.throttle_text, headers)
        if code == _UNAUTHORISED:
            return _failure(401, code, "Invalid login details", headers)
        submitted = taken.submitted
        one: dict[str, object] = {
            "messageId": taken.provider_id,
            "status": self._status(word.status, code),
        }
        if word.status is not Status.ACCEPTED:
            one["error"] = self._error(code)
        if submitted.channel == WHATSAPP and not submitted.steps:
            one |= {"to": submitted.recipient[1:], "messageCount": 1}
            is_listed = submitted.text is None and submitted.account == "template"
            return json_answer(200, {"messages": [one]} if is_listed else one, headers)
        one["destination"] = submitted.recipient[1:]
        if submitted.channel == SMS:
            one["details"] = {"messageCount": taken.segments}
        return json_answer(200, {"messages": [one]}, headers)

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """A report, of a delivery or that it was seen."""
        if self.status_said(taken, word) is None:
            return None
        one = self._report(taken, word)
        return json_hook(taken.submitted.callback_url, {"results": [one]})

    def status_said(self, taken: Taken, word: Word) -> Status | None:
        """As everywhere; that it was sent is told to who asked for it."""
        if word.status is Status.SENT and taken.submitted.wants_sent:
            return Status.SENT
        return super().status_said(taken, word)

    def code(self, taken: Taken, word: Word) -> str:
        """As everywhere; but a failure always has a status with a number."""
        if word.status in NEGATIVE and word.reason is None:
            return f"{_OF_STATUS}{_STATUSES[word.status][2]}"
        code = super().code(taken, word)
        if word.status in NEGATIVE and code == _UNAUTHORISED:
            return self.failures[ReasonClass.ACCOUNT]
        # EXPIRED with 29 says that nobody knows, which is something else.
        return "status-15" if (word.status, code) == (Status.EXPIRED, "status-29") else code

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """In the way that was configured."""
        scheme, secret = credentials.text("webhook_auth"), credentials.text("webhook_secret")
        name = credentials.text("webhook_header") or "X-Webhook-Secret"
        if scheme == "basic":
            proof = basic(credentials.text("webhook_user"), secret)
            return with_header(hook, "Authorization", proof)
        algorithm = _ALGORITHMS.get(scheme)
        value = secret if algorithm is None else hex_mac(secret, hook.body, algorithm)
        return with_header(hook, name, value)

    def polled(self, taken: Taken, word: Word) -> HttpAnswer:
        """The report of the delivery, if there is one that was not handed out yet."""
        if word.status in {Status.ACCEPTED, Status.SENT}:
            return json_answer(200, {"results": []})
        if word.status is Status.READ:  # there are reports of deliveries alone
            word = word._replace(status=Status.DELIVERED)
        return json_answer(200, {"results": [self._report(taken, word)]})

    def not_found(self) -> HttpAnswer:
        """404."""
        return _failure(404, "NOT_FOUND", "Requested URL not found")

    def _report(self, taken: Taken, word: Word) -> dict[str, object]:
        submitted, code = taken.submitted, self.code(taken, word)
        sent, done = (iso_time(at_s, ".000+0000") for at_s in (taken.at_s, word.at_s))
        one: dict[str, object] = {
            "messageId": taken.provider_id,
            "to": submitted.recipient[1:],
            "sender": submitted.sender,
            "sentAt": sent,
        }
        if submitted.steps:
            is_seen = word.status is Status.READ
            one |= {"event": "SEEN" if is_seen else "DELIVERY",
                    "channel": _WORDS[submitted.channel]}  # fmt: skip
        if taken.reference:
            one["callbackData"] = taken.reference
        if word.status is Status.READ:
            return one | {"seenAt": done}
        one |= {
            "doneAt": done,
            "messageCount": taken.segments,
            "status": self._status(word.status, code),
            "error": self._error(code),
        }
        if word.price is not None:
            one["price"] = {
                "pricePerMessage": _number(amount(word.price)),
                "currency": word.price.currency,
            }
        return one

    def _status(self, status: Status, code: str) -> dict[str, object]:
        group, group_name, number, name = _STATUSES[status]
        if code.startswith(_OF_STATUS):
            number = int(code.removeprefix(_OF_STATUS))
            name = f"{group_name}_{number}"
        description = self.table.lines[code].text if code in self.table.lines else name
        return {"groupId": group, "groupName": group_name, "id": number, "name": name,
                "description": description}  # fmt: skip

    def _error(self, code: str) -> dict[str, object]:
        if not code or code.startswith(_OF_STATUS):
            return {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR",
                    "description": "No Error", "permanent": False}  # fmt: skip
        line = self.table.lines[code]
        is_permanent = line.reason_class is not ReasonClass.TRANSIENT
        return {"groupId": 1, "groupName": "HANDSET_ERRORS", "id": int(code),
                "name": f"EC_{code}", "description": line.text,
                "permanent": is_permanent}  # fmt: skip


def _number(text: str) -> int | float | str:
    """An amount as a number of JSON, where that says it to the last digit."""
    if "." not in text:
        return int(text)
    return float(text) if repr(float(text)) == text else text


# What is read ------------------------------------------------------------------------------------


def _asked(request: Request) -> Call:
    try:
        return Asked(value_of(query_of(request.path), "messageId"))
    except UnreadableError:
        return _failure(400, "BAD_REQUEST", "The query cannot be read")


def _first(body: Json) -> Json:
    """The first message of a request.

    Raises:
        UnreadableError: there is none.
    """
    one = next(objects_at(body, "messages"), None)
    if one is None:
        raise UnreadableError("messages : must not be empty")
    return one


def _plain(channel: Channel, one: Json) -> Submitted:
    destination = next(objects_at(one, "destinations"), None)
    content = object_at(one, "content")
    is_text = channel == SMS or text_at(content, "type") == "TEXT"
    delivery = object_at(one, "webhooks", "delivery")
    return Submitted(
        channel=channel,
        recipient=_recipient(text_at(destination, "to")),
        sender=text_at(one, "sender"),
        text=_text(content.get("text")) if is_text else None,
        reference=text_at(one, "webhooks", "callbackData"),
        callback_url=_callback(text_at(delivery, "url")),
        validity_s=_validity(object_at(one, "options", "validityPeriod")),
        key=text_at(destination, "messageId"),
        wants_sent=delivery.get("intermediateReport") is True,
    )


def _on_whatsapp(one: Json) -> Submitted:
    content = object_at(one, "content")
    is_template = bool(text_at(content, "templateName"))
    is_text = not is_template and "mediaUrl" not in content
    if not text_at(one, "from"):
        raise UnreadableError("from : must not be empty")
    return Submitted(
        channel=WHATSAPP,
        recipient=_recipient(text_at(one, "to")),
        sender=text_at(one, "from"),
        text=_text(content.get("text")) if is_text else None,
        reference=text_at(one, "callbackData"),
        callback_url=_callback(text_at(one, "notifyUrl")),
        key=text_at(one, "messageId"),
        account="template" if is_template else "",
    )


def _cascade(one: Json) -> Submitted:
    destination = next(objects_at(one, "destinations"), None)
    numbers = {
        text_at(each, "channel"): text_at(each, "to")
        for each in objects_at(destination, "byChannel")
    }
    key, delivery = text_at(destination, "messageId"), object_at(one, "webhooks", "delivery")
    reference, url = text_at(one, "webhooks", "callbackData"), _callback(text_at(delivery, "url"))
    wants_sent = delivery.get("intermediateReport") is True

    def step(each: Json, validity: Json, steps: tuple[Submitted, ...] = ()) -> Submitted:
        channel = _CHANNELS.get(text_at(each, "channel"))
        if channel is None:
            raise UnreadableError("channel : is not one of those here")
        body = object_at(each, "content", "body")
        return Submitted(
            channel=channel,
            recipient=_recipient(numbers.get(text_at(each, "channel"), "")),
            sender=text_at(each, "sender"),
            text=_text(body.get("text")) if text_at(body, "type") == "TEXT" else None,
            reference=reference,
            callback_url=url,
            validity_s=_validity(validity),
            key=key,
            wants_sent=wants_sent,
            steps=steps,
        )

    others = tuple(
        step(each, object_at(each, "validityPeriod")) for each in objects_at(one, "failover")
    )
    return step(one, object_at(one, "options", "validityPeriod"), others)


def _recipient(digits: str) -> str:
    if not _NUMBER.fullmatch(digits):
        raise UnreadableError("to : is not a phone number")
    return f"+{digits}"


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise UnreadableError("content.text : must not be empty")
    return value


def _callback(url: str) -> str:
    if url and not _URL.fullmatch(url):
        raise UnreadableError("url : is not a URL")
    return url


def _validity(period: Json) -> int | None:
    if not period:
        return None
    count, unit = period.get("amount"), _UNITS.get(text_at(period, "timeUnit") or "MINUTES")
    if type(count) is not int or unit is None or count < 1:
        raise UnreadableError("validityPeriod : is not valid")
    return min(count * unit, _VALIDITY_MAX_S)


def _failure(
    status: int, code: str, told: str, headers: tuple[tuple[str, str], ...] = ()
) -> HttpAnswer:
    error = {"serviceException": {"messageId": code, "text": told}}
    return json_answer(status, {"requestError": error}, headers)
