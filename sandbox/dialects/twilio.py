"""Twilio's side of `Messages.json`, and its status callbacks.

Sources: the OpenAPI document and the pages of April 2026, as for the adapter; see
`docs/providers.md`.
"""

import re
from typing import ClassVar, Final

from sandbox.adapters.codec import SMS, WHATSAPP, Credentials, Headers, HttpAnswer, Webhook
from sandbox.adapters.forms import Fields, form_body, query_of, read_form, value_of
from sandbox.adapters.reasons import table_of
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.dialect import Call, Codes, Dialect, json_answer, with_header
from sandbox.dialects.signing import twilio_mac
from sandbox.dialects.words import (
    KEYS,
    NEGATIVE,
    NO_RETRY_AFTER,
    REJECTED_IS_FAILED,
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
    mail_time,
)
from sandbox.errors import UnreadableError

_FORM: Final[Headers] = (("Content-Type", "application/x-www-form-urlencoded"),)
_VERSION: Final = "2010-04-01"
_ROUTE: Final = re.compile(rf"/{_VERSION}/Accounts/([^/]+)/Messages(?:/([^/]+))?\.json")
_ACCOUNT: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_MESSAGE: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_TO: Final = re.compile(r"(whatsapp:)?(\+[1-9][0-9]{6,14})")
_PREFIX: Final = "whatsapp:"
_REFERENCE: Final = "reference"
_ECHO: Final = re.compile(r"[?&]reference=[^&#]*\Z")
_CALLBACK: Final = re.compile(r"https?://[!-~]{1,4000}")
_TEXT_MAX: Final = 1600
_VALIDITY_MAX_S: Final = 36_000

_STATUSES: Final = {
    Status.ACCEPTED: "queued",
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.FAILED: "undelivered",
    Status.REJECTED: "failed",
    Status.EXPIRED: "failed",
}
_HTTP: Final = {"20003": 401, "20404": 404, "20429": 429, "20503": 503}
"""The statuses of codes that have one of their own; all others come with 400."""


class TwilioDialect(Dialect):
    """Twilio, from its side."""

    name: ClassVar = "twilio"
    vendor: ClassVar = "twilio"
    channels: ClassVar = (SMS, WHATSAPP)
    table: ClassVar = table_of("twilio")
    refusals: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "21614",
        ReasonClass.TRANSIENT: "20503",
        ReasonClass.CALLER_ERROR: "21606",
        ReasonClass.ACCOUNT: "21408",
        ReasonClass.STOP: "21610",
    }
    failures: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "30005",
        ReasonClass.TRANSIENT: "30003",
        ReasonClass.CALLER_ERROR: "30007",
        ReasonClass.ACCOUNT: "30002",
        ReasonClass.STOP: "63014",
    }
    throttle: ClassVar = "20429"
    inabilities: ClassVar = (
        REJECTED_IS_FAILED,
        Inability(
            Lacks.STATUS,
            "A message that expired is 'failed', like any other.",
            statuses=(Status.EXPIRED,),
            becomes=Status.FAILED,
        ),
        SMS_NOT_READ,
        Inability(Lacks.PRICE, "Neither answer nor callback names a price; asking does."),
        NO_RETRY_AFTER,
        SEGMENTS,
        KEYS,
    )
    unverified: ClassVar = (
        "The status of HTTP that goes with most codes is taken to be 400.",
        "Which code comes with a validity that has passed was not read; it is that of the reason.",
        "Errors for a field that is missing have no code here: their codes were not read.",
        "A callback that was not taken comes no second time: a retry policy was not read.",
    )
    retries_s: ClassVar = ()

    def read(self, request: Request) -> Call:
        """What a request asks for."""
        if not request.is_proven("Authorization", "basic "):
            return self._error("20003", "Authenticate")
        found = _ROUTE.fullmatch(request.route)
        if found is None or not _ACCOUNT.fullmatch(found[1]):
            return self.not_found()
        if found[2] is not None:
            is_asked = request.method == "GET" and _MESSAGE.fullmatch(found[2])
            return Asked(found[2]) if is_asked else self.not_found()
        if request.method != "POST":
            return self._uncoded(405, "Method not allowed")
        try:
            fields = read_form(request.body)
        except UnreadableError as unreadable:
            return self._uncoded(400, str(unreadable))
        return self._submitted(found[1], fields)

    def _submitted(self, account: str, fields: Fields) -> Call:
        to, callback = value_of(fields, "To"), value_of(fields, "StatusCallback")
        sender = value_of(fields, "From") or value_of(fields, "MessagingServiceSid")
        body = value_of(fields, "Body")
        found = _TO.fullmatch(to)
        if found is None:
            return self._error("21211", f"The 'To' number {to} is not a valid phone number.")
        if not sender:
            return self._error("21212", "A 'From' phone number is required.")
        if not (body or value_of(fields, "ContentSid") or value_of(fields, "MediaUrl")):
            return self._uncoded(400, "Message body is required.")
        if len(body) > _TEXT_MAX:
            return self._uncoded(400, f"The message body exceeds {_TEXT_MAX} characters.")
        if callback and not _CALLBACK.fullmatch(callback):
            return self._uncoded(400, "StatusCallback is not a valid URL.")
        validity = value_of(fields, "ValidityPeriod")
        if validity and not _is_validity(validity):
            return self._uncoded(400, f"ValidityPeriod is from 1 to {_VALIDITY_MAX_S}.")
        return Submitted(
            channel=WHATSAPP if found[1] else SMS,
            recipient=found[2],
            sender=sender,
            text=body or None,
            reference=_reference(callback),
            callback_url=callback,
            validity_s=int(validity) if validity else None,
            account=account,
        )

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """`SM` and 32 hexadecimal digits."""
        return f"SM{digest_of(self.vendor, number)}"

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """201 with the message, or an error."""
        if word.status is Status.ACCEPTED:
            return json_answer(201, self._shown(taken, word, None))
        code = self.code(taken, word)
        return self._error(code, self.table.lines[code].text, word.status)

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """A status callback, as a form; it goes to the address that came with the message."""
        if self.status_said(taken, word) is None:
            return None
        submitted, status = taken.submitted, _STATUSES[word.status]
        prefix = _PREFIX if submitted.channel == WHATSAPP else ""
        fields = [
            ("SmsSid", taken.provider_id),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("MessageSid", taken.provider_id),
            ("AccountSid", submitted.account),
            ("From", submitted.sender),
            ("To", prefix + submitted.recipient),
            ("ApiVersion", _VERSION),
        ]
        if prefix:
            fields.append(("ChannelToAddress", submitted.recipient))
        if prefix and word.status is Status.READ:
            fields.append(("EventType", "READ"))
        code = self.code(taken, word)
        if code:
            fields += [("ErrorCode", code), ("ErrorMessage", self.table.lines[code].text)]
        url = submitted.callback_url
        return Webhook(
            "POST", url if taken.echoes else _ECHO.sub("", url), _FORM, form_body(tuple(fields))
        )

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """HMAC-SHA1 over the address called and the fields."""
        mac = twilio_mac(hook.url, read_form(hook.body), credentials.text("auth_token"))
        return with_header(hook, "X-Twilio-Signature", mac)

    def polled(self, taken: Taken, word: Word) -> HttpAnswer:
        """The message with its status, and by now its price."""
        shown = self._shown(taken, word, None if word.price is None else f"-{amount(word.price)}")
        code = self.code(taken, word)
        if code:
            shown |= {"error_code": int(code), "error_message": self.table.lines[code].text}
        return json_answer(200, shown)

    def not_found(self) -> HttpAnswer:
        """20404."""
        return self._error("20404", "The requested resource was not found")

    def _shown(self, taken: Taken, word: Word, price: str | None) -> dict[str, object]:
        submitted, has_service = taken.submitted, taken.submitted.sender.startswith("MG")
        prefix = _PREFIX if submitted.channel == WHATSAPP else ""
        status = self.status_said(taken, word)
        account = f"/{_VERSION}/Accounts/{submitted.account}"
        is_over = status in {*NEGATIVE, Status.DELIVERED, Status.READ, Status.SENT}
        return {
            "sid": taken.provider_id,
            "account_sid": submitted.account,
            "from": None if has_service else submitted.sender,
            "to": prefix + submitted.recipient,
            "body": submitted.text or "",
            "status": "accepted" if has_service and status is Status.ACCEPTED
            else _STATUSES[word.status if status else Status.DELIVERED],
            "num_segments": str(taken.segments),
            "num_media": "0",
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "messaging_service_sid": submitted.sender if has_service else None,
            "price": price,
            "price_unit": "USD" if word.price is None else word.price.currency or "USD",
            "date_created": mail_time(taken.at_s),
            "date_updated": mail_time(word.at_s),
            "date_sent": mail_time(word.at_s) if is_over else None,
            "api_version": _VERSION,
            "uri": f"{account}/Messages/{taken.provider_id}.json",
            "subresource_uris": {"media": f"{account}/Messages/{taken.provider_id}/Media.json"},
        }  # fmt: skip

    def _error(self, code: str, told: str, status: Status = Status.REFUSED) -> HttpAnswer:
        http = 429 if status is Status.THROTTLED else _HTTP.get(code, 400)
        more = f"https://www.twilio.com/docs/errors/{code}"
        return json_answer(
            http, {"code": int(code), "message": told, "more_info": more, "status": http}
        )

    @staticmethod
    def _uncoded(status: int, told: str) -> HttpAnswer:
        return json_answer(status, {"message": told, "status": status})


def _reference(callback: str) -> str:
    """What our side has put into the query of its callback; "" where there is none."""
    if not callback:
        return ""
    try:
        return value_of(query_of(callback), _REFERENCE)
    except UnreadableError:
        return ""


def _is_validity(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= _VALIDITY_MAX_S
