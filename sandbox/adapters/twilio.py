"""Twilio Programmable Messaging: SMS and WhatsApp through `Messages.json`.

A message carries no reference of ours, so it goes into the query of the callback address, which is
part of what Twilio signs. `ValidityPeriod` counts in Twilio's own queue only. There is no
idempotency key, and no fallback but RCS to SMS. Read from the OpenAPI document of April 2026 and
the pages named in `docs/providers.md`.
"""

import base64
import json
import re
from typing import ClassVar, Final

from sandbox.adapters.answers import cannot, is_success, polled_json, refusal, without_body
from sandbox.adapters.codec import (
    SMS,
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
    Need,
    News,
    OutgoingMessage,
    Receipt,
    Refused,
    Secret,
    Template,
    Text,
    Unreadable,
    Verification,
    Webhook,
    header,
)
from sandbox.adapters.forms import (
    Fields,
    form_body,
    path_part,
    query_of,
    query_with,
    read_form,
    value_of,
)
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.lacking import WithoutChallenge, WithoutRecall
from sandbox.adapters.outgoing import check_message, check_text
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import verify_twilio
from sandbox.adapters.wire import clean, count_at, excerpt, price_of, read_json, text_at
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass, Status
from sandbox.errors import CannotSendError, UnreadableError

TEXT_MAX: Final = 1600
VALIDITY_MAX_S: Final = 36_000

REFERENCE: Final = "reference"
"""The name under which our reference stands in the callback's query."""

STATUSES: Final = {
    "accepted": Status.ACCEPTED,
    "scheduled": Status.ACCEPTED,
    "queued": Status.ACCEPTED,
    "sending": Status.SENT,
    "sent": Status.SENT,
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}
"""Of a message of which only parts arrived no more is claimed than that it was sent (S30)."""

_INCOMING: Final = ("receiving", "received")
_NO: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
_FORM: Final = (
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Accept", "application/json"),
)
_API: Final = "/2010-04-01/Accounts"
_PREFIX: Final = "whatsapp:"
_ACCOUNT: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
_CONTENT: Final = re.compile(r"HX[0-9a-fA-F]{32}")
_MESSAGE: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_NUMBER: Final = re.compile(r"\+[0-9]{7,15}")


class TwilioAdapter(WithoutRecall, WithoutChallenge):
    """Messages through Twilio."""

    name: Final = "twilio"
    why_no_recall: ClassVar = "calls back scheduled messages only, and these are not"
    vendor: Final = "twilio"
    channels: Final = (SMS, WHATSAPP)
    abilities: Final = (Ability.POLL, Ability.VALIDITY, Ability.ECHO, Ability.CALLBACK)
    base_url: Final = "https://api.twilio.com"
    hosts: Final = ("api.twilio.com",)
    sending: Final = (
        Need("account_sid", "AC and 32 hexadecimal digits", is_secret=False),
        Need("auth_token", "the account's token"),
        Need("api_key_sid", "of an API key, used instead of the token", is_required=False),
        Need("api_key_secret", "of that API key", is_required=False),
    )
    hearing: Final = (Need("auth_token", "the account's token; an API key does not sign"),)
    unverified: Final = (
        "The member names of a status callback in JSON are taken to be those of the form.",
        "The time zone of RawDlrDoneDate is not published; it is kept as written.",
    )

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message."""
        check_message(self, message)
        prefix = _PREFIX if message.channel == WHATSAPP else ""
        fields = [("To", prefix + message.recipient), self._sender(message, prefix)]
        fields += self._content(message)
        if message.callback_url:
            url = query_with(message.callback_url, REFERENCE, message.reference)
            fields.append(("StatusCallback", url))
        if message.validity_s is not None:
            if message.validity_s > VALIDITY_MAX_S:
                raise CannotSendError(
                    f"twilio: a validity of {message.validity_s} s, at most {VALIDITY_MAX_S} s"
                )
            fields.append(("ValidityPeriod", str(message.validity_s)))
        path = f"{_API}/{self._account(credentials)}/Messages.json"
        return HttpRequest("POST", path, _FORM, form_body(tuple(fields)), self._basic(credentials))

    def _sender(self, message: OutgoingMessage, prefix: str) -> tuple[str, str]:
        sender = message.sender
        if not sender:
            raise CannotSendError(
                "twilio: a sender is required",
                hint="A number with its plus, a name, or the MG… id of a Messaging Service.",
            )
        if _SERVICE.fullmatch(sender):
            return ("MessagingServiceSid", sender)
        if prefix and not _NUMBER.fullmatch(sender):
            raise CannotSendError("twilio: a WhatsApp sender is a number with its plus")
        return ("From", prefix + sender)

    def _content(self, message: OutgoingMessage) -> Fields:
        match message.content:
            case Text(text):
                check_text(self.name, "text", text, TEXT_MAX)
                return (("Body", text),)
            case Template(name, language, parameters):
                if not _CONTENT.fullmatch(name) or language:
                    raise CannotSendError("twilio: a template is named by its HX… id alone")
                values = {str(place): text for place, text in enumerate(parameters, 1)}
                variables = json.dumps(values, separators=(",", ":"))
                more = (("ContentVariables", variables),) if values else ()
                return (("ContentSid", name), *more)
            case Media(_, url, caption):
                if message.channel != WHATSAPP:
                    raise CannotSendError("twilio: an SMS carries no media, and MMS is not built")
                if caption:
                    raise CannotSendError("twilio: media go without a caption")
                return (("MediaUrl", url),)

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the answer to a submission means."""
        try:
            body = read_json(answer.body)
        except UnreadableError as unreadable:
            return without_body(TABLE, answer, str(unreadable))
        if not is_success(answer.status):
            return refusal(TABLE, answer, text_at(body, "code"), text_at(body, "message"))
        provider_id = text_at(body, "sid")
        if not provider_id:
            return Unreadable("the answer names no message", excerpt(answer.body))
        if STATUSES.get(text_at(body, "status")) in _NO:
            code, told = text_at(body, "error_code"), text_at(body, "error_message")
            reason = TABLE.reason(code, told, ReasonClass.CALLER_ERROR)
            return Refused(reason, clean(f"{text_at(body, 'status')} {code} {told}".strip()))
        price = price_of(text_at(body, "price"), text_at(body, "price_unit"))
        return Accepted(provider_id, count_at(body, "num_segments") or None, price)

    def poll_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request that asks what became of a message."""
        if not _MESSAGE.fullmatch(provider_id):
            raise cannot(self.name, "knows messages by SM or MM and 32 hexadecimal digits only")
        path = f"{_API}/{self._account(credentials)}/Messages/{path_part(provider_id)}.json"
        return HttpRequest("GET", path, _FORM[1:], b"", self._basic(credentials))

    def decode_poll(self, answer: HttpAnswer) -> tuple[News, ...]:
        """What the answer to a poll says."""
        body = polled_json(answer)
        provider_id, word = text_at(body, "sid"), text_at(body, "status")
        if not provider_id or not word:
            raise UnreadableError("the answer names no message, or no status")
        if word in _INCOMING:
            return (Ignored("a message from a person", word),)
        time = text_at(body, "date_updated") or text_at(body, "date_sent")
        status = STATUSES.get(word, Status.UNKNOWN)
        code, told = text_at(body, "error_code"), text_at(body, "error_message")
        return (
            Receipt(
                provider_id,
                status,
                word,
                reason=_reason(status, code, told),
                raw_reason=clean(f"{code} {told}".strip()),
                vendor_time=time,
                at_s=seconds_of(time),
                segments=count_at(body, "num_segments") or None,
                price=price_of(text_at(body, "price"), text_at(body, "price_unit")),
                channel=_channel(text_at(body, "to")),
            ),
        )

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed: HMAC-SHA1 over the public address and the fields."""
        return verify_twilio(hook.url, hook.headers, hook.body, credentials.text("auth_token"))

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a status callback says."""
        kind = header(hook.headers, "Content-Type").partition(";")[0].strip().lower()
        if kind == "application/json":
            body = read_json(hook.body)
            fields = tuple((name, text_at(body, name)) for name in _READ)
        else:
            fields = tuple((name, clean(value)) for name, value in read_form(hook.body))
        return (_callback(fields, clean(value_of(query_of(hook.url), REFERENCE))),)

    def _account(self, credentials: Credentials) -> str:
        sid = credentials.required("account_sid", self.vendor)
        if not _ACCOUNT.fullmatch(sid):
            raise CannotSendError("twilio's 'account_sid' is AC and 32 hexadecimal digits")
        return sid

    def _basic(self, credentials: Credentials) -> Authorisation:
        if credentials.text("api_key_sid"):
            names = ("api_key_sid", "api_key_secret")
        else:
            names = ("account_sid", "auth_token")
        user, password = (credentials.required(name, self.vendor) for name in names)
        pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return Authorisation("Authorization", "Basic ", Secret(pair))


TABLE: Final = table_of(TwilioAdapter.vendor)

_READ: Final = (
    "MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode", "ErrorMessage", "To",
    "RawDlrDoneDate", "ChannelStatusMessage",
)  # fmt: skip
"""All else in a callback is passed over: Twilio says that more may come."""


def _callback(fields: Fields, reference: str) -> News:
    provider_id = value_of(fields, "MessageSid") or value_of(fields, "SmsSid")
    word = value_of(fields, "MessageStatus") or value_of(fields, "SmsStatus")
    if not provider_id or not word:
        return Ignored("it names no message, or no status", f"{provider_id} {word}".strip())
    if word.lower() in _INCOMING:
        return Ignored("a message from a person", word)
    status = STATUSES.get(word.lower(), Status.UNKNOWN)
    code = value_of(fields, "ErrorCode")
    told = value_of(fields, "ErrorMessage") or value_of(fields, "ChannelStatusMessage")
    return Receipt(
        provider_id,
        status,
        word,
        reference=reference,
        reason=_reason(status, code, told),
        raw_reason=clean(f"{code} {told}".strip()),
        vendor_time=value_of(fields, "RawDlrDoneDate"),
        channel=_channel(value_of(fields, "To")),
    )


def _reason(status: Status, code: str, told: str) -> Reason | None:
    """Why not; a code nobody knows is taken for trouble that passes, and the level is left."""
    if status not in _NO or not code or code == "0":
        return None
    return TABLE.reason(code, told, ReasonClass.TRANSIENT)


def _channel(address: str) -> Channel | None:
    if not address:
        return None
    return WHATSAPP if address.startswith(_PREFIX) else SMS
