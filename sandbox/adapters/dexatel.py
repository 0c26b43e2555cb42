"""Dexatel: SMS, WhatsApp and Viber through `POST /v1/messages`.

The cascade runs on our side, one submission per level: how a message with a fallback is requested
is not published. `payload` carries our reference and comes back with the receipt. There is no
idempotency key and no validity; an asynchronous failure carries no code. Read from the reference
pages of 2024 to 2026, see `docs/providers.md`.
"""

import re
from typing import Final

from sandbox.adapters.answers import (
    JSON_HEADERS,
    cannot,
    is_success,
    polled_json,
    refusal,
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
    OutgoingMessage,
    Receipt,
    Secret,
    Template,
    Text,
    Unreadable,
    Verification,
    Webhook,
    header,
)
from sandbox.adapters.forms import path_part
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.lacking import WithoutChallenge
from sandbox.adapters.outgoing import check_message, check_text
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import Encoding, verify_body
from sandbox.adapters.wire import (
    Json,
    count_at,
    excerpt,
    json_body,
    object_at,
    objects_at,
    price_of,
    read_json,
    text_at,
)
from sandbox.cascade.vocabulary import RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError

TEXT_MAX: Final = 1000
VARIABLE_MAX: Final = 70

STATUSES: Final = {
    "scheduled": Status.ACCEPTED,
    "enroute": Status.ACCEPTED,
    "pending": Status.ACCEPTED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "seen": Status.READ,
    "read": Status.READ,
    "failed": Status.FAILED,
    "rejected": Status.REJECTED,
    "expired": Status.EXPIRED,
}
"""The union of what the pages list, in lower case; they write both. `received` is of messages that
come in, and so no status of ours."""

_CHANNELS: Final = {SMS: "SMS", WHATSAPP: "WHATSAPP", VIBER: "VIBER"}
_OUR_CHANNELS: Final = {word: channel for channel, word in _CHANNELS.items()}
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\+[0-9]+")
_TOO_LATE: Final = (400, 404, 409)


class DexatelAdapter(WithoutChallenge):
    """Messages through Dexatel."""

    name: Final = "dexatel"
    vendor: Final = "dexatel"
    channels: Final = (SMS, WHATSAPP, VIBER)
    abilities: Final = (Ability.POLL, Ability.RECALL, Ability.ECHO)
    base_url: Final = "https://api.dexatel.com"
    hosts: Final = ("api.dexatel.com",)
    sending: Final = (Need("api_key", "the key from the dashboard, APIs, API Keys"),)
    hearing: Final = (Need("webhook_secret", "the secret given when the webhook was created"),)
    unverified: Final = (
        "The signature is taken to cover the raw body, in base64 or in hex: the pages do not say.",
        "A template goes out with type 'text': whether it needs a type is not published.",
        "The currency of a receipt's price is not published.",
    )

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message."""
        check_message(self, message)
        if not message.sender:
            raise CannotSendError("dexatel: a sender is required (1503)")
        data = {
            "from": message.sender[1:] if _NUMBER.fullmatch(message.sender) else message.sender,
            "to": [message.recipient[1:]],
            "channel": _CHANNELS[message.channel],
            **self._content(message),
            "payload": message.reference,
        }
        body = json_body({"data": data})
        return HttpRequest("POST", "/v1/messages", JSON_HEADERS, body, self._key(credentials))

    def _content(self, message: OutgoingMessage) -> dict[str, object]:
        match message.content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX)
                return {"type": "text", "text": text}
            case Template(name, language, parameters):
                if not _UUID.fullmatch(name) or language:
                    raise CannotSendError("dexatel: a template is named by its UUID alone (1512)")
                for parameter in parameters:
                    check_text(self.name, "variable", parameter, VARIABLE_MAX)
                variables = {"variables": list(parameters)} if parameters else {}
                return {"type": "text", "template": name, **variables}
            case Media() as media:
                return self._media(message, media)

    def _media(self, message: OutgoingMessage, media: Media) -> dict[str, object]:
        if message.channel == SMS:
            raise CannotSendError("dexatel: an SMS carries no media (1518)")
        if media.caption:
            raise CannotSendError(
                "dexatel: media go without a caption (1516, 1520)",
                hint="Send the words as a text of their own.",
            )
        fields = {"type": media.kind.value, "url": media.url}
        if media.kind is MediaKind.DOCUMENT:
            if not media.file_name:
                raise CannotSendError("dexatel: a document needs a file name (1533)")
            fields["filename"] = media.file_name
        return {**fields}

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the answer to a submission means."""
        try:
            body = read_json(answer.body)
        except UnreadableError as unreadable:
            return without_body(TABLE, answer, str(unreadable))
        if not is_success(answer.status):
            error = next(objects_at(body, "errors"), body)
            return refusal(TABLE, answer, text_at(error, "code"), text_at(error, "message"))
        data = next(iter(_items(body)), None)
        provider_id = text_at(data, "id")
        if not provider_id:
            return Unreadable("the answer names no message", excerpt(answer.body))
        return Accepted(provider_id, count_at(data, "segments_count"))

    def poll_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request that asks what became of a message."""
        return self._about("GET", provider_id, credentials)

    def decode_poll(self, answer: HttpAnswer) -> tuple[News, ...]:
        """What the answer to a poll says."""
        return tuple(_receipt(each, "id") for each in _items(polled_json(answer)))

    def recall_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request that calls a message back, as long as it is not sent."""
        return self._about("DELETE", provider_id, credentials)

    def decode_recall(self, answer: HttpAnswer) -> RecallResult:
        """What came of calling back: 204 is documented, the rest follows from the error table."""
        if is_success(answer.status):
            return RecallResult.RECALLED
        if answer.status in _TOO_LATE:
            return RecallResult.TOO_LATE
        raise UnreadableError(f"HTTP {answer.status} instead of an answer")

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed: HMAC-SHA256 over the raw body."""
        given = header(hook.headers, "X-Dexatel-Signature")
        secret = credentials.text("webhook_secret")
        return verify_body(hook.body, given, secret, (Encoding.BASE64, Encoding.HEX))

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a webhook says."""
        items = tuple(_items(read_json(hook.body)))
        return tuple(_news(each) for each in items) or (
            Ignored("there is no 'data'", excerpt(hook.body)),
        )

    def _about(self, method: str, provider_id: str, credentials: Credentials) -> HttpRequest:
        if not _UUID.fullmatch(provider_id):
            raise cannot(self.name, "knows messages by their UUID only")
        path = f"/v1/messages/{path_part(provider_id)}"
        return HttpRequest(method, path, JSON_HEADERS[1:], b"", self._key(credentials))

    def _key(self, credentials: Credentials) -> Authorisation:
        return Authorisation(
            "X-Dexatel-Key", "", Secret(credentials.required("api_key", self.vendor))
        )


TABLE: Final = table_of(DexatelAdapter.vendor)


def _items(body: Json) -> tuple[Json, ...]:
    """What is in `data`: the pages show a list, copies of them an object."""
    found = tuple(objects_at(body, "data"))
    single = object_at(body, "data")
    return found or ((single,) if single else ())


def _news(data: Json) -> News:
    event = text_at(data, "event").lower()
    if event == "delivery":
        return _receipt(data, "message_id")
    why = "a message from a person" if event == "message" else "an event nobody has documented"
    return Ignored(why, excerpt(json_body({"event": event})))


def _receipt(data: Json, name_of_id: str) -> News:
    provider_id, word = text_at(data, name_of_id), text_at(data, "status")
    if not provider_id or not word:
        return Ignored("it names no message, or no status", text_at(data, "status"))
    time = text_at(data, "timestamp") or text_at(data, "update_date")
    return Receipt(
        provider_id,
        STATUSES.get(word.lower(), Status.UNKNOWN),
        word,
        reference=text_at(data, "payload"),
        raw_reason=text_at(data, "status_details"),
        vendor_time=time,
        at_s=seconds_of(time),
        segments=count_at(data, "segments_count"),
        price=price_of(text_at(data, "price"), ""),
        channel=_OUR_CHANNELS.get(text_at(data, "channel").upper()),
    )
