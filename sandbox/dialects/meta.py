"""Meta's side of the WhatsApp Cloud API, and its status webhooks.

Sources: the OpenAPI document of v23.0 and the error pages of May 2026, as for the adapter; see
`docs/providers.md`.
"""

import re
from typing import ClassVar, Final

from sandbox.adapters.codec import WHATSAPP, Credentials, HttpAnswer, Webhook
from sandbox.adapters.forms import query_with
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Json, object_at, objects_at, read_json, text_at
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.dialect import Call, Codes, Dialect, json_answer, json_hook, with_header
from sandbox.dialects.signing import hex_mac
from sandbox.dialects.words import (
    KEYS,
    NO_RETRY_AFTER,
    REJECTED_IS_FAILED,
    SEGMENTS,
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    Word,
    digest_of,
)
from sandbox.errors import UnreadableError

_ROUTE: Final = re.compile(r"/v[0-9]{1,3}\.[0-9]{1,2}/([0-9]{5,20})/messages")
_TO: Final = re.compile(r"\+?([1-9][0-9]{6,14})")
_KINDS: Final = ("text", "template", "image", "video", "document")
_TEXT_MAX: Final = 4096
_BUSINESS: Final = "1000000000000001"
_SHOWN_NUMBER: Final = "15550100000"

_STATUSES: Final = {
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.FAILED: "failed",
    Status.REJECTED: "failed",
}
_HTTP: Final = {"0": 401, "190": 401, "3": 403, "10": 403, "131005": 403, "131016": 503,
                "133004": 503}  # fmt: skip
"""The statuses of codes that have one of their own here; all others come with 400."""


class MetaDialect(Dialect):
    """Meta, from its side."""

    name: ClassVar = "whatsapp-cloud"
    vendor: ClassVar = "meta"
    channels: ClassVar = (WHATSAPP,)
    table: ClassVar = table_of("meta")
    refusals: ClassVar[Codes] = {
        ReasonClass.PERMANENT_RECIPIENT: "131026",
        ReasonClass.TRANSIENT: "131016",
        ReasonClass.CALLER_ERROR: "131009",
        ReasonClass.ACCOUNT: "131042",
        ReasonClass.STOP: "131050",
    }
    failures: ClassVar[Codes] = refusals
    throttle: ClassVar = "130429"
    inabilities: ClassVar = (
        REJECTED_IS_FAILED,
        Inability(
            Lacks.STATUS,
            "That a time to live has passed is not told: nothing is said.",
            statuses=(Status.EXPIRED,),
        ),
        Inability(Lacks.PRICE, "No amount is ever named."),
        NO_RETRY_AFTER,
        SEGMENTS,
        KEYS,
    )
    unverified: ClassVar = (
        "The status of HTTP that goes with each code is a guess, but for 401: it is not published.",
        "How soon a webhook that was not taken comes again is not published, but that it does.",
    )
    # Ours: published is that it goes on, ever more slowly, for seven days.
    retries_s: ClassVar = (5, 30, 180, 1080, 6480, 38_880)

    def read(self, request: Request) -> Call:
        """What a request asks for."""
        if not request.is_proven("Authorization", "bearer "):
            return self._error("190", "Invalid OAuth access token.")
        found = _ROUTE.fullmatch(request.route)
        if found is None or request.method != "POST":
            return self.not_found()
        try:
            body = read_json(request.body)
        except UnreadableError:
            return self._error("100", "The body is not valid JSON.")
        to, kind = _TO.fullmatch(text_at(body, "to")), text_at(body, "type") or "text"
        wrong = self._complaint(body, kind)
        if wrong is not None:
            return wrong
        if to is None:
            return self._error("131009", "Parameter value is not valid: to")
        text = object_at(body, "text").get("body") if kind == "text" else None
        return Submitted(
            channel=WHATSAPP,
            recipient=f"+{to[1]}",
            text=text if isinstance(text, str) else None,
            reference=text_at(body, "biz_opaque_callback_data"),
            account=found[1],
        )

    def _complaint(self, body: Json, kind: str) -> HttpAnswer | None:
        if text_at(body, "messaging_product") != "whatsapp":
            return self._error("100", "The parameter messaging_product is required.")
        if kind not in _KINDS:
            return self._error("131051", "Unsupported message type")
        said = object_at(body, kind)
        needed = {"text": "body", "template": "name"}.get(kind, "link")
        value = said.get(needed)
        if not isinstance(value, str) or not value:
            return self._error("131008", f"Required parameter is missing: {kind}.{needed}")
        if kind == "text" and len(value) > _TEXT_MAX:
            return self._error("131009", f"text.body has more than {_TEXT_MAX} characters")
        if kind == "template" and not text_at(said, "language", "code"):
            return self._error("131008", "Required parameter is missing: template.language.code")
        counted = [object_at(each).get("parameters") for each in objects_at(said, "components")]
        if any(not isinstance(each, list) for each in counted):
            return self._error("132012", "The parameters of a component are a list")
        return None

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """`wamid.` and what looks like more."""
        return f"wamid.{digest_of(self.vendor, number).upper()}"

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """200 with the message's id, or an error."""
        if word.status is not Status.ACCEPTED:
            code = self.code(taken, word)
            return self._error(code, self.table.lines[code].text, word.status)
        number = taken.submitted.recipient[1:]
        is_text = taken.submitted.text is not None
        return json_answer(200, {
            "messaging_product": "whatsapp",
            "contacts": [{"input": number, "wa_id": number}],
            "messages": [
                {"id": taken.provider_id} | ({} if is_text else {"message_status": "accepted"})
            ],
        })  # fmt: skip

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """One status; it goes where the app was told once for all."""
        if self.status_said(taken, word) is None:
            return None
        submitted = taken.submitted
        status: dict[str, object] = {
            "id": taken.provider_id,
            "status": _STATUSES[word.status],
            "timestamp": str(word.at_s),
            "recipient_id": submitted.recipient[1:],
        }
        if taken.reference:
            status["biz_opaque_callback_data"] = taken.reference
        code = self.code(taken, word)
        if code:
            told = self.table.lines[code].text
            status["errors"] = [
                {"code": int(code), "title": told, "message": told, "error_data": {"details": told}}
            ]
        value = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": _SHOWN_NUMBER,
                "phone_number_id": submitted.account,
            },
            "statuses": [status],
        }
        changes = [{"field": "messages", "value": value}]
        entry = [{"id": _BUSINESS, "changes": changes}]
        return json_hook("", {"object": "whatsapp_business_account", "entry": entry})

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """HMAC-SHA256 over the raw body."""
        mac = hex_mac(credentials.text("app_secret"), hook.body)
        return with_header(hook, "X-Hub-Signature-256", f"sha256={mac}")

    def handshake(self, url: str, credentials: Credentials, challenge: str) -> Webhook | None:
        """The question whether a webhook is there."""
        url = query_with(url, "hub.mode", "subscribe")
        url = query_with(url, "hub.verify_token", credentials.text("verify_token"))
        return Webhook("GET", query_with(url, "hub.challenge", challenge), (), b"")

    def not_found(self) -> HttpAnswer:
        """100: an unsupported request."""
        return self._error("100", "Unsupported request: no such object or method")

    def _error(self, code: str, told: str, status: Status = Status.REFUSED) -> HttpAnswer:
        is_grant = 200 <= int(code) <= 299
        http = 429 if status is Status.THROTTLED else 403 if is_grant else _HTTP.get(code, 400)
        return json_answer(http, {"error": {
            "message": f"(#{code}) {told}",
            "type": "OAuthException",
            "code": int(code),
            "error_data": {"messaging_product": "whatsapp", "details": told},
            "fbtrace_id": digest_of(self.vendor, -http)[:11],
        }})  # fmt: skip
