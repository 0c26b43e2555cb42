"""Vonage's Messages API: SMS, WhatsApp and Viber through `POST /v1/messages`.

`client_ref` carries our reference and comes back with each status. A failover of its own is one
submission with whole messages as steps; the next step is taken when the one before is *rejected*,
which a step's validity brings about. There is no way to ask for a status, none to call a message
back, no idempotency key. Read from the OpenAPI document 1.4.0, the vendor's libraries of 2026 and
the error catalogue of 2021, see `docs/providers.md`.
"""

import base64
import re
from typing import ClassVar, Final

from sandbox.adapters.answers import JSON_HEADERS, is_success, refusal, without_body
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
    Refused,
    Secret,
    Template,
    Text,
    Traffic,
    Unreadable,
    Verification,
    Webhook,
    header,
)
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.lacking import WithoutChallenge, WithoutPolling, WithoutRecall
from sandbox.adapters.outgoing import check_message, check_text
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import verify_jwt
from sandbox.adapters.wire import (
    Json,
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

TEXT_MAX: Final = {SMS: 1000, WHATSAPP: 4096, VIBER: 1000}
CAPTION_MAX: Final = {WHATSAPP: 3000, VIBER: 1000}
"""WhatsApp's is told of images alone, Viber's is that of its texts."""

VALIDITY_S: Final = {SMS: (20, 604_800), VIBER: (30, 259_200)}
"""From and to, in seconds. WhatsApp has none."""

VIBER_SENDER_MAX: Final = 50
FILE_NAME_MAX: Final = 25

STATUSES: Final = {
    "submitted": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "rejected": Status.REJECTED,
    "undeliverable": Status.FAILED,
}
EXPIRED_CODE: Final = "1360"
"""`rejected` with it says that the validity has passed."""

_NO: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
_CHANNELS: Final = {SMS: "sms", WHATSAPP: "whatsapp", VIBER: "viber_service"}
_OUR_CHANNELS: Final = {word: channel for channel, word in _CHANNELS.items()}
_KINDS: Final = {MediaKind.IMAGE: "image", MediaKind.VIDEO: "video", MediaKind.DOCUMENT: "file"}
_CATEGORIES: Final = {Traffic.TRANSACTIONAL: "transaction", Traffic.PROMOTIONAL: "promotion"}
_OF_A_422: Final = (ReasonClass.CALLER_ERROR, ReasonClass.PERMANENT_RECIPIENT)
_NUMBER: Final = re.compile(r"\+[0-9]{7,15}")
_TEMPLATE: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,100}:)?[a-z0-9_]{1,512}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:[_-][A-Za-z]{2,4})?")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_CODE: Final = re.compile(r"[0-9]{3,5}")
_FRAGMENT: Final = re.compile(r"#([0-9a-z-]{1,40})\Z")


class VonageAdapter(WithoutPolling, WithoutRecall, WithoutChallenge):
    """Messages through Vonage."""

    name: Final = "vonage"
    why_no_recall: ClassVar = "has no call to take back an SMS, WhatsApp or Viber message"
    vendor: Final = "vonage"
    channels: Final = (SMS, WHATSAPP, VIBER)
    abilities: Final = (Ability.VALIDITY, Ability.ECHO, Ability.FAILOVER, Ability.CALLBACK)
    base_url: Final = "https://api.nexmo.com"
    hosts: Final = ("api.nexmo.com", "api-eu.vonage.com", "messages-sandbox.nexmo.com")
    sending: Final = (
        Need("api_key", "the account's key", is_secret=False),
        Need("api_secret", "the account's secret"),
        Need("jwt", "a token made elsewhere, sent instead of key and secret", is_required=False),
        Need("private_key", "an application's key: refused, RS256 is not built", is_required=False),
    )
    hearing: Final = (
        Need("signature_secret", "the account's signature secret; webhooks are signed with it"),
        Need("api_key", "the account a webhook must be for", is_secret=False),
    )
    unverified: Final = (
        "Whether a step of a failover comes back with its own reference is not published.",
        "The member names of 'workflow' in a status are told by pages, not by a schema.",
        "The error catalogue is of 2021; newer wording or codes were not read.",
    )

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message, with the whole of its failover."""
        check_message(self, message)
        whole = self._message(message)
        if message.failover:
            whole["failover"] = [self._message(step) for step in message.failover]
        proof = self._authorisation(credentials)
        return HttpRequest("POST", "/v1/messages", JSON_HEADERS, json_body(whole), proof)

    def _message(self, message: OutgoingMessage) -> dict[str, object]:
        channel = message.channel
        whole: dict[str, object] = {
            "to": message.recipient[1:],
            "from": self._sender(message),
            "channel": _CHANNELS[channel],
            **self._content(message),
            "client_ref": message.reference,
        }
        if message.callback_url:
            whole |= {"webhook_url": message.callback_url, "webhook_version": "v1"}
        validity = {} if message.validity_s is None else {"ttl": self._validity(message)}
        if channel == VIBER:
            whole["viber_service"] = {"category": _CATEGORIES[message.traffic]} | validity
        else:
            whole |= validity
        return whole

    def _sender(self, message: OutgoingMessage) -> str:
        sender, channel = message.sender, message.channel
        if not sender:
            raise CannotSendError("vonage: a sender is required")
        if channel == WHATSAPP and not _NUMBER.fullmatch(sender):
            raise CannotSendError("vonage: a WhatsApp sender is a number with its plus")
        if channel == VIBER and len(sender) > VIBER_SENDER_MAX:
            raise CannotSendError(
                f"vonage: a Viber sender has at most {VIBER_SENDER_MAX} characters"
            )
        return sender[1:] if _NUMBER.fullmatch(sender) else sender

    def _validity(self, message: OutgoingMessage) -> int:
        if message.channel not in VALIDITY_S or message.validity_s is None:
            raise CannotSendError("vonage: a WhatsApp message takes no validity")
        least, most = VALIDITY_S[message.channel]
        if not least <= message.validity_s <= most:
            raise CannotSendError(
                f"vonage: a validity of {message.validity_s} s, allowed are {least} to {most} s"
            )
        return message.validity_s

    def _content(self, message: OutgoingMessage) -> dict[str, object]:
        match message.content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX[message.channel])
                return {"message_type": "text", "text": text}
            case Template() as template:
                if message.channel != WHATSAPP:
                    raise CannotSendError("vonage: templates are for WhatsApp alone")
                return self._template(template)
            case Media() as media:
                kind = _KINDS[media.kind]
                return {"message_type": kind, kind: self._media(message, media)}

    def _template(self, template: Template) -> dict[str, object]:
        if not _TEMPLATE.fullmatch(template.name):
            raise CannotSendError("vonage: a template is named like namespace:name or name")
        if not _LANGUAGE.fullmatch(template.language):
            raise CannotSendError("vonage: a template needs its language, such as en_US")
        values = {"parameters": list(template.parameters)} if template.parameters else {}
        return {
            "message_type": "template",
            "template": {"name": template.name, **values},
            "whatsapp": {"policy": "deterministic", "locale": template.language},
        }

    def _media(self, message: OutgoingMessage, media: Media) -> dict[str, object]:
        channel, is_file = message.channel, media.kind is MediaKind.DOCUMENT
        if channel == SMS:
            raise CannotSendError("vonage: an SMS carries no media, and MMS is not built")
        if channel == VIBER and media.kind is MediaKind.VIDEO:
            raise CannotSendError("vonage: a Viber video needs length, size and preview; not built")
        named = {"name": media.file_name} if media.file_name else {}
        if named and not (channel == VIBER and is_file):
            raise CannotSendError("vonage: only a document on Viber has a file name")
        if channel == VIBER and is_file:
            check_text(self.name, "file name", media.file_name, FILE_NAME_MAX)
            if media.caption:
                raise CannotSendError("vonage: a document on Viber goes without a caption")
        if media.caption:
            check_text(self.name, "caption", media.caption, CAPTION_MAX[channel])
        shown = {"caption": media.caption} if media.caption else {}
        return {"url": media.url, **shown, **named}

    def _authorisation(self, credentials: Credentials) -> Authorisation:
        """A token where one was given, else Basic.

        An application's tokens are signed with RS256 and carry the time: this side has neither.
        """
        if credentials.text("jwt"):
            token = credentials.required("jwt", self.vendor)
            if not _TOKEN.fullmatch(token):
                raise CannotSendError("vonage's 'jwt' is no token of three parts")
            return Authorisation("Authorization", "Bearer ", Secret(token))
        if credentials.text("private_key"):
            raise CannotSendError(
                "vonage: a token of 'private_key' needs RS256, which is not built",
                hint="Give 'api_key' and 'api_secret' alone, or a token made elsewhere as 'jwt'.",
            )
        user = credentials.required("api_key", self.vendor)
        password = credentials.required("api_secret", self.vendor)
        if ":" in user:
            raise CannotSendError("vonage's 'api_key' has no colon")
        pair = base64.b64encode(f"{user}:{password}".encode("ascii")).decode("ascii")
        return Authorisation("Authorization", "Basic ", Secret(pair))

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the answer to a submission means.

        Numbers in an answer are believed with care: the OpenAPI document shows 1000 for an internal
        error, which the catalogue has for "too fast", and others of accounts for mere parameters.
        So a server's error always leaves it open, and a 422 is never about the account.
        """
        try:
            body = read_json(answer.body)
        except UnreadableError as unreadable:
            return without_body(TABLE, answer, str(unreadable))
        if not is_success(answer.status):
            return _refusal(answer, body)
        provider_id = text_at(body, "message_uuid")
        if not provider_id:
            return Unreadable("the answer names no message", excerpt(answer.body))
        return Accepted(provider_id, workflow_id=text_at(body, "workflow_id"))

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed: a fresh HS256 token with the hash of this body."""
        given = header(hook.headers, "Authorization")
        secret, api_key = credentials.text("signature_secret"), credentials.text("api_key")
        return verify_jwt(hook.body, given, secret, now_s, api_key)

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a status webhook says."""
        return (_news(read_json(hook.body)),)


TABLE: Final = table_of(VonageAdapter.vendor)


def _refusal(answer: HttpAnswer, body: Json) -> Answer:
    code, told = _code(body), _told(body)
    if answer.status >= 500:
        return refusal(TABLE, answer, "", told)
    line = TABLE.lines.get(code)
    if answer.status == 422 and line is not None and line.reason_class not in _OF_A_422:
        return Refused(Reason(code, ReasonClass.CALLER_ERROR, told), clean(f"{code} {told}"))
    return refusal(TABLE, answer, code, told)


def _code(error: Json) -> str:
    """The code of an error: its title where that is a number, else the last part of its address."""
    title = text_at(error, "title")
    if _CODE.fullmatch(title):
        return title
    found = _FRAGMENT.search(text_at(error, "type"))
    return found[1] if found else ""


def _told(error: Json) -> str:
    """What Vonage says, with the parameters it complains of."""
    complaints = (
        f"{text_at(each, 'name')} {text_at(each, 'reason')}".strip()
        for each in objects_at(error, "invalid_parameters")
    )
    parts = (text_at(error, "title"), text_at(error, "detail"), *complaints)
    return clean(" · ".join(dict.fromkeys(p for p in parts if p and not _CODE.fullmatch(p))))


def _news(body: Json) -> News:
    provider_id, word = text_at(body, "message_uuid"), text_at(body, "status")
    if provider_id and not word and text_at(body, "message_type"):
        return Ignored("a message from a person", text_at(body, "message_type"))
    if not provider_id or not word:
        return Ignored("it names no message, or no status", word)
    error = object_at(body, "error")
    code, told = _code(error), _told(error)
    status = STATUSES.get(word, Status.UNKNOWN)
    if status is Status.REJECTED and code == EXPIRED_CODE:
        status = Status.EXPIRED
    time, place = text_at(body, "timestamp"), count_at(body, "workflow", "items_number")
    return Receipt(
        provider_id,
        status,
        word,
        reference=text_at(body, "client_ref"),
        reason=TABLE.reason(code, told, ReasonClass.TRANSIENT) if error and status in _NO else None,
        raw_reason=clean(f"{code} {told}".strip()),
        vendor_time=time,
        at_s=seconds_of(time),
        segments=count_at(body, "sms", "count_total") or None,
        price=price_of(text_at(body, "usage", "price"), text_at(body, "usage", "currency")),
        channel=_OUR_CHANNELS.get(text_at(body, "channel")),
        step=place - 1 if place else None,
        workflow_id=text_at(body, "workflow", "workflow_id"),
    )
