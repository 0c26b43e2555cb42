"""Meta's WhatsApp Cloud API: `POST /{version}/{phone number id}/messages`.

`biz_opaque_callback_data` carries our reference and comes back with each status. There is no way to
ask for a status, none to call a message back, no validity per message (a template has its own), no
idempotency key. Read from the OpenAPI document of v23.0 (November 2025) and the error pages of May
2026, see `docs/providers.md`.
"""

import hmac
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from sandbox.adapters.answers import JSON_HEADERS, is_success, refusal, without_body
from sandbox.adapters.codec import (
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
    Secret,
    Template,
    Text,
    Unreadable,
    Verification,
    Webhook,
    header,
)
from sandbox.adapters.forms import query_of, value_of
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.lacking import WithoutPolling, WithoutRecall
from sandbox.adapters.outgoing import check_message, check_text
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import NO_SECRET, NO_SIGNATURE, Encoding, verify_body
from sandbox.adapters.wire import (
    Json,
    clean,
    excerpt,
    json_body,
    object_at,
    objects_at,
    read_json,
    text_at,
)
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.errors import CannotSendError, UnreadableError

TEXT_MAX: Final = 4096
PARAMETER_MAX: Final = 32_768
DEFAULT_VERSION: Final = "v23.0"
"""The version the requests were checked against."""

STATUSES: Final = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.DELIVERED,
    "failed": Status.FAILED,
}
"""`played` is of voice messages; that one was delivered is all it says for certain."""

_VERSION: Final = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_NUMBER_ID: Final = re.compile(r"[0-9]{5,20}")
_TEMPLATE: Final = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Za-z]{2,4})?")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_SIGNED: Final = "sha256="


class MetaAdapter(WithoutPolling, WithoutRecall):
    """WhatsApp messages through Meta itself."""

    name: Final = "whatsapp-cloud"
    why_no_recall: ClassVar = "has no call to take a message back"
    vendor: Final = "meta"
    channels: Final = (WHATSAPP,)
    abilities: Final = (Ability.HANDSHAKE, Ability.ECHO)
    base_url: Final = "https://graph.facebook.com"
    hosts: Final = ("graph.facebook.com",)
    sending: Final = (
        Need("access_token", "a token that may send for the number"),
        Need("phone_number_id", "the id of the number, not the number itself", is_secret=False),
        Need("phone_number", "the number itself", is_secret=False, is_required=False),
        Need("graph_version", f"such as {DEFAULT_VERSION}", is_secret=False, is_required=False),
    )
    hearing: Final = (
        Need("app_secret", "the app's secret, with which webhooks are signed"),
        Need("verify_token", "the word chosen for the handshake"),
    )
    unverified: Final = (
        "That a status echoes our reference is told by the pages, not by the OpenAPI document.",
        "Whether a webhook tells that a template's time to live has passed is not published.",
        "The HTTP status that goes with each error code is not published.",
    )

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message."""
        check_message(self, message)
        number_id = credentials.required("phone_number_id", self.vendor)
        version = credentials.text("graph_version") or DEFAULT_VERSION
        if not _NUMBER_ID.fullmatch(number_id) or not _VERSION.fullmatch(version):
            raise CannotSendError(
                "whatsapp-cloud: 'phone_number_id' is digits, 'graph_version' like v23.0"
            )
        if message.sender not in {"", number_id, credentials.text("phone_number")}:
            raise CannotSendError(
                "whatsapp-cloud sends from the number of 'phone_number_id', from no other sender",
                hint="Give 'phone_number' too, and name that number as the sender.",
            )
        body = json_body({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": message.recipient[1:],
            **self._content(message),
            "biz_opaque_callback_data": message.reference,
        })  # fmt: skip
        token = Secret(credentials.required("access_token", self.vendor))
        path = f"/{version}/{number_id}/messages"
        bearer = Authorisation("Authorization", "Bearer ", token)
        return HttpRequest("POST", path, JSON_HEADERS, body, bearer)

    def _content(self, message: OutgoingMessage) -> dict[str, object]:
        match message.content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX)
                return {"type": "text", "text": {"body": text}}
            case Template() as template:
                return {"type": "template", "template": self._template(template)}
            case Media(kind, url, caption, file_name):
                shown = {"link": url} | ({"caption": caption} if caption else {})
                if file_name:
                    if kind is not MediaKind.DOCUMENT:
                        raise CannotSendError(
                            f"whatsapp-cloud: a document has a file name, no {kind}"
                        )
                    shown["filename"] = file_name
                return {"type": kind.value, kind.value: shown}

    def _template(self, template: Template) -> dict[str, object]:
        if not _TEMPLATE.fullmatch(template.name):
            raise CannotSendError("whatsapp-cloud: a template's name has a to z, 0 to 9 and _ only")
        if not _LANGUAGE.fullmatch(template.language):
            raise CannotSendError("whatsapp-cloud: a template needs its language, such as en_US")
        named: dict[str, object] = {
            "name": template.name,
            "language": {"code": template.language},
        }
        if template.parameters:
            for parameter in template.parameters:
                check_text(self.name, "parameter", parameter, PARAMETER_MAX)
            values = [{"type": "text", "text": text} for text in template.parameters]
            named["components"] = [{"type": "body", "parameters": values}]
        return named

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the answer to a submission means; 200 says accepted and no more."""
        try:
            body = read_json(answer.body)
        except UnreadableError as unreadable:
            return without_body(TABLE, answer, str(unreadable))
        if not is_success(answer.status):
            error = object_at(body, "error")
            return refusal(TABLE, answer, text_at(error, "code"), _told(error))
        provider_id = text_at(next(objects_at(body, "messages"), None), "id")
        if not provider_id:
            return Unreadable("the answer names no message", excerpt(answer.body))
        return Accepted(provider_id)

    def handshake(self, hook: Webhook, credentials: Credentials) -> str | NotVerified:
        """The challenge to be answered as plain text, where the verify token is ours."""
        expected = credentials.text("verify_token")
        if not expected:
            return NO_SECRET
        try:
            fields = query_of(hook.url)
        except UnreadableError as unreadable:
            return NotVerified(str(unreadable))
        given, challenge = value_of(fields, "hub.verify_token"), value_of(fields, "hub.challenge")
        if hook.method != "GET" or value_of(fields, "hub.mode") != "subscribe":
            return NotVerified("it is no handshake")
        if not hmac.compare_digest(given.encode(), expected.encode(errors="surrogatepass")):
            return NotVerified("the verify token is another")
        if not _CHALLENGE.fullmatch(challenge):
            return NotVerified("the challenge is no plain word")
        return challenge

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed: HMAC-SHA256 over the raw body, in hex."""
        given = header(hook.headers, "X-Hub-Signature-256")
        if given and not given.startswith(_SIGNED):
            return NO_SIGNATURE
        secret = credentials.text("app_secret")
        return verify_body(hook.body, given.removeprefix(_SIGNED), secret, (Encoding.HEX,))

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a webhook says: any number of statuses, in any order."""
        body = read_json(hook.body)
        if text_at(body, "object") != "whatsapp_business_account":
            return (Ignored("it is not about a WhatsApp account", text_at(body, "object")),)
        return tuple(_news(body))


TABLE: Final = table_of(MetaAdapter.vendor)


def _news(body: Json) -> Iterator[News]:
    for entry in objects_at(body, "entry"):
        for change in objects_at(entry, "changes"):
            field = text_at(change, "field")
            if field != "messages":
                yield Ignored("a change of something else than messages", field)
                continue
            value = object_at(change, "value")
            for status in objects_at(value, "statuses"):
                yield _receipt(status)
            for message in objects_at(value, "messages"):
                yield Ignored("a message from a person", text_at(message, "type"))
            for error in objects_at(value, "errors"):
                yield Ignored("trouble that is of no message", clean(_told(error)))


def _receipt(status: Json) -> News:
    provider_id, word = text_at(status, "id"), text_at(status, "status")
    if not provider_id or not word:
        return Ignored("it names no message, or no status", word)
    time = text_at(status, "timestamp")
    known = STATUSES.get(word, Status.UNKNOWN)
    error = next(objects_at(status, "errors"), None)
    return Receipt(
        provider_id,
        known,
        word,
        reference=text_at(status, "biz_opaque_callback_data"),
        reason=_reason(error) if error is not None and known is Status.FAILED else None,
        raw_reason="" if error is None else clean(f"{text_at(error, 'code')} {_told(error)}"),
        vendor_time=time,
        at_s=seconds_of(time),
        channel=WHATSAPP,
    )


def _reason(error: Json) -> Reason:
    """Why not; a code nobody knows is taken for trouble that passes, and the level is left."""
    return TABLE.reason(text_at(error, "code"), _told(error), ReasonClass.TRANSIENT)


def _told(error: Json) -> str:
    """What Meta says, the details first: they say more than the title."""
    words = (
        text_at(error, "error_data", "details"),
        text_at(error, "message"),
        text_at(error, "title"),
    )
    return " · ".join(dict.fromkeys(word for word in words if word))
