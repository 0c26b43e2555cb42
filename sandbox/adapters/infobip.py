"""Infobip: SMS v3, WhatsApp, Viber v2, and the Messages API for a failover of its own.

Every submission is answered with HTTP 200 and a status of its own, refusals too. `callbackData`
carries our reference; `messageId` is made of the channel and our key, so that Infobip takes no
second message with it, and so that a poll knows which reports to ask for. Of a delivery only the
handset's counts: the group DELIVERED has the operator's too. Read from the vendor's libraries of
March 2026 and its registry of codes of July 2026, see `docs/providers.md`.
"""

import re
from typing import ClassVar, Final

from sandbox.adapters.answers import (
    JSON_HEADERS,
    cannot,
    is_success,
    polled_json,
    refusal,
    retry_after_us,
    without_body,
)
from sandbox.adapters.codec import (
    SMS,
    VIBER,
    WHATSAPP,
    Ability,
    Accepted,
    Answer,
    Authorisation,
    Credentials,
    HttpAnswer,
    HttpRequest,
    Ignored,
    Media,
    MediaKind,
    Need,
    News,
    NotVerified,
    OutgoingMessage,
    Receipt,
    Refused,
    Secret,
    Template,
    Text,
    Throttled,
    Traffic,
    Unreadable,
    Verification,
    Webhook,
    header,
)
from sandbox.adapters.forms import query_with
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.lacking import WithoutChallenge, WithoutRecall
from sandbox.adapters.outgoing import check_message, check_text, parts_of
from sandbox.adapters.reasons import UNKNOWN, table_of
from sandbox.adapters.signing import (
    ALGORITHMS,
    Encoding,
    verify_basic,
    verify_body,
    verify_header,
)
from sandbox.adapters.wire import (
    Json,
    Price,
    clean,
    count_at,
    excerpt,
    json_body,
    object_at,
    objects_at,
    price_of,
    read_json,
    text_at,
)
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.errors import CannotSendError, UnreadableError

TEXT_MAX: Final = {WHATSAPP: 4096, VIBER: 1000}
CAPTION_MAX: Final = 1000
"""None is published: Viber's of texts is taken for all."""

PARTS_MAX: Final = 25
"""Of an SMS: more are rejected with status 25."""

VALIDITY_MAX_S: Final = 172_800
FAILOVER_VALIDITY_MIN_S: Final = 10
"""Of the Messages API. A longer validity than 48 h would be cut without a word."""

FILE_NAME_MAX: Final = 25

GROUPS: Final = {
    0: Status.ACCEPTED,
    1: Status.ACCEPTED,
    2: Status.FAILED,
    3: Status.SENT,
    4: Status.EXPIRED,
    5: Status.REJECTED,
}
"""What a status is taken for whose id is not in `STATUSES`: no more than its group says."""

GROUP_NAMES: Final = {
    "OK": 0,
    "ACCEPTED": 0,
    "PENDING": 1,
    "UNDELIVERABLE": 2,
    "DELIVERED": 3,
    "EXPIRED": 4,
    "REJECTED": 5,
}
STATUSES: Final = {
    (1, 3): Status.SENT,
    (1, 7): Status.SENT,
    (1, 26): Status.ACCEPTED,
    (3, 2): Status.SENT,
    (3, 5): Status.DELIVERED,
    (4, 29): Status.UNKNOWN,
}
"""By group and id. 3 and 2 is a delivery to the operator, 4 and 29 a receipt that never came."""

SCHEMES: Final = ("basic", "header", *ALGORITHMS)
"""How a webhook may prove itself: what `webhook_auth` can be. `none` is not among them."""

_NO: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
_TAKEN: Final = (0, 1, 3)
_NOT_TAKEN: Final = (2, 5)
_SEEN: Final = "SEEN"
_PATHS: Final = {SMS: "/sms/3/messages", VIBER: "/viber/2/messages"}
_REPORTS: Final = {"sms": "/sms/3/reports", "viber": "/viber/2/reports"}
_CHANNELS: Final = {SMS: "SMS", WHATSAPP: "WHATSAPP", VIBER: "VIBER_BM"}
_OUR_CHANNELS: Final = {word: channel for channel, word in _CHANNELS.items()}
_TRAFFIC: Final = {Traffic.TRANSACTIONAL: "TRANSACTIONAL", Traffic.PROMOTIONAL: "PROMOTIONAL"}
_NUMBER: Final = re.compile(r"\+[0-9]{7,15}")
_TEMPLATE: Final = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Za-z]{2,4})?")
_POLLED: Final = re.compile(r"(sms|viber)-[!-~]{1,100}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,60}")


class InfobipAdapter(WithoutRecall, WithoutChallenge):
    """Messages through Infobip."""

    name: Final = "infobip"
    why_no_recall: ClassVar = "calls back scheduled messages only, and these are not"
    vendor: Final = "infobip"
    channels: Final = (SMS, WHATSAPP, VIBER)
    abilities: Final = (
        Ability.POLL, Ability.VALIDITY, Ability.ECHO, Ability.IDEMPOTENCY, Ability.FAILOVER,
        Ability.CALLBACK,
    )  # fmt: skip
    base_url: Final = ""
    hosts: Final = ("*.api.infobip.com",)
    sending: Final = (Need("api_key", "a key from the portal, Developer Tools, API Keys"),)
    hearing: Final = (
        Need("webhook_auth", f"as set with Infobip: {', '.join(SCHEMES)}", is_secret=False),
        Need("webhook_secret", "the password, the header's value, or the key of the HMAC"),
        Need("webhook_user", "the name, for basic", is_secret=False, is_required=False),
        Need("webhook_header", "its name, for all but basic", is_secret=False, is_required=False),
    )
    unverified: Final = (
        "Which header carries an HMAC is not published: whoever configures it names the header.",
        "An HMAC is taken to cover the raw body, in hex or in base64: the pages do not say.",
        "That a second message with the same 'messageId' is refused is told of SMS.",
        "What exactly makes a failover go on is not listed by the vendor.",
        "A report that a Viber message was seen is taken to look like that of the Messages API.",
    )

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message; one with a failover goes to the Messages API."""
        check_message(self, message)
        if message.failover:
            path, whole = "/messages-api/1/messages", self._cascade(message)
        elif message.channel == WHATSAPP:
            path, whole = self._whatsapp(message)
        else:
            path, whole = _PATHS[message.channel], self._plain(message)
        return HttpRequest("POST", path, JSON_HEADERS, json_body(whole), self._key(credentials))

    def _plain(self, message: OutgoingMessage) -> dict[str, object]:
        """An SMS or a Viber message."""
        is_sms = message.channel == SMS
        content = self._sms(message) if is_sms else self._viber(message)
        label = {} if is_sms else {"label": _TRAFFIC[message.traffic]}
        options: dict[str, object] = {**label, **_validity(message, 1)}
        webhooks: dict[str, object] = {"callbackData": message.reference}
        if message.callback_url:
            webhooks["delivery"] = {"url": message.callback_url}
            if not is_sms:
                webhooks["seen"] = {"url": message.callback_url}
        one = {
            **_sender(message),
            "destinations": [{"to": message.recipient[1:], "messageId": _message_id(message)}],
            "content": content,
            **({"options": options} if options else {}),
            "webhooks": webhooks,
        }
        more = {"options": {"includeSmsCountInResponse": True}} if is_sms else {}
        return {"messages": [one], **more}

    def _sms(self, message: OutgoingMessage) -> dict[str, object]:
        match message.content:
            case Text(text):
                parts = parts_of(message)
                if parts is None or parts > PARTS_MAX:
                    raise CannotSendError(f"infobip: an SMS of {parts} parts, at most {PARTS_MAX}")
                return {"text": text}
            case Template() | Media():
                raise CannotSendError("infobip: an SMS is a text, no template and no media")

    def _viber(self, message: OutgoingMessage) -> dict[str, object]:
        match message.content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX[VIBER])
                return {"type": "TEXT", "text": text}
            case Template():
                raise CannotSendError("infobip: Viber's templates name their values; not built")
            case Media() as media:
                return self._viber_media(media)

    def _viber_media(self, media: Media) -> dict[str, object]:
        match media.kind:
            case MediaKind.IMAGE:
                return {"type": "IMAGE", "mediaUrl": media.url, **self._words(media, "text")}
            case MediaKind.VIDEO:
                raise CannotSendError("infobip: a Viber video needs length and preview; not built")
            case MediaKind.DOCUMENT:
                check_text(self.name, "file name", media.file_name, FILE_NAME_MAX)
                if media.caption:
                    raise CannotSendError("infobip: a Viber document goes without a caption")
                return {"type": "FILE", "fileName": media.file_name, "mediaUrl": media.url}

    def _whatsapp(self, message: OutgoingMessage) -> tuple[str, dict[str, object]]:
        """The path and the body of a WhatsApp message; templates alone travel in a list."""
        if message.validity_s is not None:
            raise CannotSendError(
                "infobip: a WhatsApp message takes no validity, only one with a failover does"
            )
        kind, content = self._whatsapp_content(message.content)
        one: dict[str, object] = {
            "from": _sender(message)["sender"],
            "to": message.recipient[1:],
            "messageId": _message_id(message),
            "content": content,
            "callbackData": message.reference,
        }
        if message.callback_url:
            one["notifyUrl"] = message.callback_url
        path = f"/whatsapp/1/message/{kind}"
        return path, {"messages": [one]} if kind == "template" else one

    def _whatsapp_content(self, content: Text | Template | Media) -> tuple[str, dict[str, object]]:
        match content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX[WHATSAPP])
                return "text", {"text": text}
            case Template(name, language, parameters):
                _check_template(content)
                data = {"body": {"placeholders": list(parameters)}}
                return "template", {
                    "templateName": name,
                    "templateData": data,
                    "language": language,
                }
            case Media() as media:
                if media.kind is not MediaKind.IMAGE:
                    raise CannotSendError("infobip: of media WhatsApp gets images alone")
                return "image", {"mediaUrl": media.url, **self._words(media, "caption")}

    def _cascade(self, message: OutgoingMessage) -> dict[str, object]:
        """A message of the Messages API with its failover."""
        steps = (message, *message.failover)
        if len({step.channel for step in steps}) != len(steps):
            raise CannotSendError("infobip: a failover has each channel once")
        for step in message.failover:
            if step.callback_url not in {"", message.callback_url}:
                raise CannotSendError("infobip: a failover has one callback URL for all its steps")
            if step.traffic is not message.traffic:
                raise CannotSendError("infobip: a failover is of one kind of traffic")
        webhooks: dict[str, object] = {"callbackData": message.reference}
        if message.callback_url:
            url = message.callback_url
            webhooks["delivery"] = {"url": url, "receiveTriggeredFailoverReports": True}
            webhooks["seen"] = {"url": url}
        numbers = [{"channel": _CHANNELS[s.channel], "to": s.recipient[1:]} for s in steps]
        one = {
            **self._step(message),
            "destinations": [{"messageId": _message_id(message), "byChannel": numbers}],
            "options": {
                "adaptationMode": False,
                "trafficType": _TRAFFIC[message.traffic],
                **_validity(message, FAILOVER_VALIDITY_MIN_S),
            },
            "webhooks": webhooks,
            "failover": [
                {**self._step(step), **_validity(step, FAILOVER_VALIDITY_MIN_S)}
                for step in message.failover
            ],
        }
        return {"messages": [one]}

    def _step(self, message: OutgoingMessage) -> dict[str, object]:
        channel = message.channel
        if not message.sender:
            raise CannotSendError("infobip: every step of a failover needs its sender")
        begin: dict[str, object] = {"channel": _CHANNELS[channel], **_sender(message)}
        match message.content:
            case Text(text):
                if channel == SMS:
                    self._sms(message)
                else:
                    check_text(self.name, "text", text, TEXT_MAX[channel])
                return begin | {"content": {"body": {"type": "TEXT", "text": text}}}
            case Template(name, language, parameters):
                if channel != WHATSAPP or parameters:
                    raise CannotSendError(
                        "infobip: in a failover templates are for WhatsApp, without parameters",
                        hint="How their values are named there is not published.",
                    )
                _check_template(message.content)
                return begin | {"template": {"templateName": name, "language": language}}
            case Media() as media:
                return begin | {"content": {"body": self._step_media(channel, media)}}

    def _step_media(self, channel: str, media: Media) -> dict[str, object]:
        if channel == SMS or media.kind is not MediaKind.IMAGE:
            raise CannotSendError(
                "infobip: of media a failover has images alone, on WhatsApp and Viber"
            )
        return {"type": "IMAGE", "url": media.url, **self._words(media, "text")}

    def _words(self, image: Media, member: str) -> dict[str, object]:
        """The caption of an image as a member; none where it has none."""
        if image.file_name:
            raise CannotSendError("infobip: an image has no file name")
        if not image.caption:
            return {}
        check_text(self.name, "caption", image.caption, CAPTION_MAX)
        return {member: image.caption}

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the answer to a submission means; HTTP 200 alone says nothing."""
        try:
            body = read_json(answer.body)
        except UnreadableError as unreadable:
            return without_body(TABLE, answer, str(unreadable))
        if not is_success(answer.status):
            return refusal(TABLE, answer, _error_code(body), _error_told(body))
        one = next(objects_at(body, "messages"), body)
        provider_id, status = text_at(one, "messageId"), object_at(one, "status")
        group = _group(status)
        if group in _NOT_TAKEN:
            reason, wait_us = _reason(one), retry_after_us(answer.headers)
            kind = Throttled if TABLE.throttles(reason.code) else Refused
            return kind(reason, _raw_reason(one), wait_us)
        if not provider_id or group not in _TAKEN:
            return Unreadable("the answer names no message, or says neither", excerpt(answer.body))
        count = count_at(one, "details", "messageCount") or count_at(one, "messageCount")
        return Accepted(provider_id, count or None)

    def poll_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request for what is new about an SMS or a Viber message.

        A report is handed out once: what comes back must be kept before anything else.
        """
        found = _POLLED.fullmatch(provider_id)
        if found is None:
            raise cannot(self.name, "can be asked about the SMS and Viber messages sent here only")
        path = query_with(_REPORTS[found[1]], "messageId", provider_id)
        return HttpRequest("GET", path, JSON_HEADERS[1:], b"", self._key(credentials))

    def decode_poll(self, answer: HttpAnswer) -> tuple[News, ...]:
        """What the answer to a poll says; often nothing new."""
        body = polled_json(answer)
        if not isinstance(body.get("results"), list):
            raise UnreadableError("the answer has no list of results")
        return tuple(_news(each) for each in objects_at(body, "results"))

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed, in the way that was configured and in no other."""
        scheme, secret = credentials.text("webhook_auth"), credentials.text("webhook_secret")
        if scheme == "basic":
            given = header(hook.headers, "Authorization")
            return verify_basic(given, credentials.text("webhook_user"), secret)
        if scheme not in SCHEMES:
            return NotVerified(f"'webhook_auth' is none of {', '.join(SCHEMES)}")
        name = credentials.text("webhook_header")
        if not _HEADER.fullmatch(name):
            return NotVerified("'webhook_header' is not the name of a header")
        given = header(hook.headers, name)
        if scheme == "header":
            return verify_header(given, secret)
        encodings = (Encoding.HEX, Encoding.BASE64)
        return verify_body(hook.body, given, secret, encodings, ALGORITHMS[scheme])

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a webhook says: any number of reports, of any messages."""
        body = read_json(hook.body)
        return tuple(_news(each) for each in objects_at(body, "results")) or (
            Ignored("there are no 'results'", excerpt(hook.body)),
        )

    def _key(self, credentials: Credentials) -> Authorisation:
        return Authorisation(
            "Authorization", "App ", Secret(credentials.required("api_key", self.vendor))
        )


TABLE: Final = table_of(InfobipAdapter.vendor)


# Out ---------------------------------------------------------------------------------------------


def _message_id(message: OutgoingMessage) -> str:
    """What Infobip shall call a message: the same for the same key on the same way."""
    return f"{'cascade' if message.failover else message.channel}-{message.key}"


def _sender(message: OutgoingMessage) -> dict[str, object]:
    """The sender as a member; none where an SMS has none."""
    sender = message.sender
    if message.channel == WHATSAPP and not _NUMBER.fullmatch(sender):
        raise CannotSendError("infobip: a WhatsApp sender is a number with its plus")
    if not sender and message.channel != SMS:
        raise CannotSendError("infobip: on Viber a sender is required")
    number = sender[1:] if _NUMBER.fullmatch(sender) else sender
    return {"sender": number} if number else {}


def _validity(message: OutgoingMessage, least: int) -> dict[str, object]:
    validity_s = message.validity_s
    if validity_s is None:
        return {}
    if not least <= validity_s <= VALIDITY_MAX_S:
        raise CannotSendError(
            f"infobip: a validity of {validity_s} s, allowed are {least} to {VALIDITY_MAX_S} s"
        )
    return {"validityPeriod": {"amount": validity_s, "timeUnit": "SECONDS"}}


def _check_template(template: Template) -> None:
    if not _TEMPLATE.fullmatch(template.name):
        raise CannotSendError("infobip: a template's name has a to z, 0 to 9 and _ only")
    if not _LANGUAGE.fullmatch(template.language):
        raise CannotSendError("infobip: a template needs its language, such as en_US")


# In ----------------------------------------------------------------------------------------------


def _error_code(body: Json) -> str:
    """The code of an error that came with HTTP; older and newer bodies differ."""
    old = text_at(body, "requestError", "serviceException", "messageId")
    return old or text_at(body, "errorCode")


def _error_told(body: Json) -> str:
    old = text_at(body, "requestError", "serviceException", "text")
    complaints = (
        f"{text_at(each, 'property')} {text_at(each, 'violation')}".strip()
        for each in objects_at(body, "violations")
    )
    parts = (old, text_at(body, "description"), *complaints)
    return clean(" · ".join(part for part in parts if part))


def _group(status: Json) -> int | None:
    """The group of a status, by its number or its name; None where it has none that is known."""
    number = count_at(status, "groupId")
    if number is not None:
        return number if number in GROUPS else None
    return GROUP_NAMES.get(text_at(status, "groupName").upper())


def _reason(one: Json) -> Reason:
    """Why not: what says most of the error and the status.

    The error is the finer of the two, but it is often absent, 0, or not in the table.
    """
    error, status = object_at(one, "error"), object_at(one, "status")
    told = _raw_reason(one)
    codes = [text_at(error, "id"), f"status-{text_at(status, 'id')}"]
    given = [code for code in codes if code not in {"", "0", "status-"}]
    for code in given:
        if code in TABLE.lines and TABLE.lines[code].word != UNKNOWN:
            return TABLE.reason(code, told, ReasonClass.TRANSIENT)
    return TABLE.reason(given[0] if given else "", told, ReasonClass.TRANSIENT)


def _raw_reason(one: Json) -> str:
    error, status = object_at(one, "error"), object_at(one, "status")
    words = (
        text_at(status, "name"),
        text_at(status, "description"),
        text_at(error, "name"),
        text_at(error, "description"),
    )
    return clean(" · ".join(dict.fromkeys(word for word in words if word)))


def _news(one: Json) -> News:
    provider_id, status = text_at(one, "messageId"), object_at(one, "status")
    event = text_at(one, "event").upper()
    if not provider_id or not (status or event == _SEEN or text_at(one, "seenAt")):
        if text_at(one, "receivedAt"):
            return Ignored("a message from a person", "")
        return Ignored("it names no message, or no status", text_at(one, "event"))
    if event == _SEEN or not status:
        return _receipt(one, Status.READ, _SEEN, text_at(one, "seenAt"))
    group, number = _group(status), count_at(status, "id")
    known = Status.UNKNOWN
    if group is not None:
        known = STATUSES.get((group, -1 if number is None else number), GROUPS[group])
    words = (text_at(status, member) for member in ("name", "groupName", "id", "groupId"))
    word = next((each for each in words if each), "")
    if not word:
        return Ignored("it names no message, or no status", text_at(one, "event"))
    return _receipt(one, known, word, text_at(one, "doneAt") or text_at(one, "sentAt"))


def _receipt(one: Json, status: Status, word: str, time: str) -> Receipt:
    parts = count_at(one, "messageCount") or None
    return Receipt(
        text_at(one, "messageId"),
        status,
        word,
        reference=text_at(one, "callbackData"),
        reason=_reason(one) if status in _NO else None,
        raw_reason=_raw_reason(one),
        vendor_time=time,
        at_s=seconds_of(time),
        segments=parts,
        price=_price(one, parts),
        channel=_OUR_CHANNELS.get(text_at(one, "channel").upper()),
    )


def _price(one: Json, parts: int | None) -> Price | None:
    """What a message costs; None for several parts, of which nobody says what the price is of."""
    if parts is not None and parts > 1:
        return None
    currency = text_at(one, "price", "currency")
    return price_of(text_at(one, "price", "pricePerMessage"), currency)
