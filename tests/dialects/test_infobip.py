"""Infobip from its side: what it complains of, and how its answers and reports look."""

from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Headers, HttpAnswer
from sandbox.adapters.infobip import InfobipAdapter
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.infobip import InfobipDialect
from sandbox.dialects.words import Asked, Request, Submitted, Taken, Word
from tests.support.dialects_read import error, post, shown
from tests.support.submissions import HOOK_URL, credentials
from tests.support.words_said import NOW_S

INFOBIP: Final = InfobipDialect()
APP: Final[Headers] = (("Authorization", "App anything"),)
SMS_PATH: Final = "/sms/3/messages"
DESTINATION: Final = {"to": "37490000001", "messageId": "sms-1"}
GOOD: Final[dict[str, Any]] = {
    "sender": "ACME", "destinations": [DESTINATION], "content": {"text": "hello"},
    "options": {"validityPeriod": {"amount": 2, "timeUnit": "MINUTES"}},
    "webhooks": {"callbackData": "r", "delivery": {"url": HOOK_URL}},
}  # fmt: skip
ABOUT: Final = Taken(
    submitted=Submitted(
        channel=SMS, recipient="+37490000001", sender="ACME", text="hello", reference="r",
        callback_url=HOOK_URL, validity_s=120, key="sms-1",
    ),
    provider_id="sms-1",
    at_s=NOW_S - 41,
)  # fmt: skip


def said(**changes: Any) -> Any:
    """A request with one message, with changes."""
    return {"messages": [GOOD | changes]}


def test_a_message_is_read_on_each_way() -> None:
    """Understanding: SMS, Viber, WhatsApp, and a cascade with its steps."""
    assert post(INFOBIP, SMS_PATH, APP, said()) == ABOUT.submitted
    viber = post(INFOBIP, "/viber/2/messages", APP, said(content={"type": "IMAGE"}))
    assert isinstance(viber, Submitted)
    assert (viber.channel, viber.text) == (VIBER, None)
    text = {"from": "1", "to": "37490000001", "content": {"text": "hi"}, "notifyUrl": HOOK_URL}
    whatsapp = post(INFOBIP, "/whatsapp/1/message/text", APP, text)
    assert isinstance(whatsapp, Submitted)
    assert (whatsapp.channel, whatsapp.text, whatsapp.callback_url) == (WHATSAPP, "hi", HOOK_URL)
    body = {"body": {"type": "TEXT", "text": "hi"}}
    numbers = [{"channel": each, "to": "37490000001"} for each in ("WHATSAPP", "SMS")]
    cascade = {
        "channel": "WHATSAPP", "sender": "1", "content": body,
        "destinations": [{"messageId": "c", "byChannel": numbers}],
        "failover": [{"channel": "SMS", "sender": "A", "content": body,
                      "validityPeriod": {"amount": 1, "timeUnit": "HOURS"}}],
    }  # fmt: skip
    whole = post(INFOBIP, "/messages-api/1/messages", APP, {"messages": [cascade]})
    assert isinstance(whole, Submitted)
    assert (whole.channel, whole.key) == (WHATSAPP, "c")
    assert [(step.channel, step.validity_s) for step in whole.steps] == [(SMS, 3600)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (SMS_PATH, b"{"),
        (SMS_PATH, {"messages": []}),
        (SMS_PATH, said(destinations=[{"to": "+37490000001"}])),
        (SMS_PATH, said(destinations=[])),
        (SMS_PATH, said(content={})),
        (SMS_PATH, said(options={"validityPeriod": {"amount": "2"}})),
        (SMS_PATH, said(options={"validityPeriod": {"amount": 2, "timeUnit": "DAYS"}})),
        (SMS_PATH, said(webhooks={"delivery": {"url": "ftp://x"}})),
        ("/whatsapp/1/message/text", {"to": "37490000001", "content": {"text": "hi"}}),
        ("/messages-api/1/messages", {"messages": [{"channel": "PIGEON"}]}),
    ],
)
def test_what_is_not_in_order_is_400(path: str, body: Any) -> None:
    """Errors: in the older envelope, which the document has."""
    status, answer = error(post(INFOBIP, path, APP, body))
    assert status == 400
    assert answer["requestError"]["serviceException"]["messageId"] == "BAD_REQUEST"


def test_another_path_or_nobody() -> None:
    """Errors: 404 and 401."""
    assert error(post(INFOBIP, "/sms/9/messages", APP, said()))[0] == 404
    assert error(INFOBIP.read(Request("GET", SMS_PATH, APP, b"")))[0] == 404
    assert error(post(INFOBIP, SMS_PATH, (), said()))[0] == 401
    question = "/sms/3/reports?messageId=sms-1"
    assert INFOBIP.read(Request("GET", question, APP, b"")) == Asked("sms-1")
    assert INFOBIP.read(Request("GET", "/sms/3/reports", APP, b"")) == Asked("")
    assert error(INFOBIP.read(Request("GET", f"{question}%", APP, b"")))[0] == 400


@pytest.mark.parametrize(
    ("word", "http", "group", "numbers"),
    [
        (Word(Status.ACCEPTED), 200, 1, (26, None)),
        (Word(Status.REFUSED, Reason("status-12", ReasonClass.ACCOUNT)), 200, 5, (12, 0)),
        (Word(Status.REFUSED, Reason("603", ReasonClass.STOP)), 200, 5, (100, 603)),
        (Word(Status.THROTTLED, Reason("7017", ReasonClass.TRANSIENT)), 200, 5, (100, 7017)),
    ],
)
def test_a_status_says_it_and_http_says_yes(
    word: Word, http: int, group: int, numbers: tuple[int, int | None]
) -> None:
    """Form: 200 with a status of its own, refusals too."""
    answer = INFOBIP.answer(ABOUT, word)
    (one,) = shown(answer)["messages"]
    assert (answer.status, one["status"]["groupId"]) == (http, group)
    assert (one["status"]["id"], one.get("error", {}).get("id")) == numbers


def test_who_is_too_fast_hears_for_how_long() -> None:
    """Form: 429 and Retry-After, rounded up to a second."""
    answer = INFOBIP.answer(ABOUT, Word(Status.THROTTLED, retry_after_us=1_500_000))
    assert answer.status == 429
    assert ("Retry-After", "2") in answer.headers


def test_who_is_not_believed_hears_401() -> None:
    """Form: the one code that is a word."""
    reason = Reason("UNAUTHORIZED", ReasonClass.ACCOUNT)
    assert INFOBIP.answer(ABOUT, Word(Status.REFUSED, reason)).status == 401


def report(about: Taken, word: Word) -> Any:
    """The one report of a webhook."""
    hook = INFOBIP.receipt(about, word)
    assert hook is not None
    assert hook.url == HOOK_URL
    (one,) = shown(HttpAnswer(0, (), hook.body))["results"]
    return one


def test_the_report_is_the_documented_one() -> None:
    """Form: times with milliseconds, a price as a number, a status and no error."""
    one = report(ABOUT, Word(Status.DELIVERED, None, Price(7_500_000, "EUR"), NOW_S))
    assert (one["messageId"], one["callbackData"], one["messageCount"]) == ("sms-1", "r", 1)
    assert one["doneAt"] == "2026-01-05T10:00:41.000+0000"
    assert one["price"] == {"pricePerMessage": 0.0075, "currency": "EUR"}
    assert (one["status"]["groupId"], one["status"]["id"], one["error"]["id"]) == (3, 5, 0)


@pytest.mark.parametrize(
    ("nano", "written"),
    [(1, "0.000000001"), (5 * 10**8, 0.5), (3 * 10**9, 3), (10**17 + 1, "100000000.000000001")],
)
def test_a_price_is_never_rounded(nano: int, written: object) -> None:
    """Money: a number of JSON, or a text where that would lose a digit."""
    one = report(ABOUT, Word(Status.DELIVERED, None, Price(nano, "EUR"), NOW_S))
    assert one["price"]["pricePerMessage"] == written


def test_that_it_was_sent_is_told_to_who_asked() -> None:
    """Intermediate reports: only with `intermediateReport`, which our adapter does not set."""
    assert INFOBIP.receipt(ABOUT, Word(Status.SENT)) is None
    delivery = {"url": HOOK_URL, "intermediateReport": True}
    asked = post(INFOBIP, SMS_PATH, APP, said(webhooks={"delivery": delivery}))
    assert isinstance(asked, Submitted)
    one = report(replace(ABOUT, submitted=asked), Word(Status.SENT))
    assert (one["status"]["groupId"], one["status"]["id"]) == (1, 7)
    assert INFOBIP.heard(replace(ABOUT, submitted=asked), Word(Status.SENT)) == Word(Status.SENT)


def test_reports_that_are_not_there_yet() -> None:
    """Poll: an empty list; of a reading the delivery."""
    assert shown(INFOBIP.polled(ABOUT, Word(Status.ACCEPTED))) == {"results": []}
    (one,) = shown(INFOBIP.polled(ABOUT, Word(Status.READ)))["results"]
    assert one["status"]["id"] == 5


@pytest.mark.parametrize("scheme", ["header", "HMAC_SHA_1", "HMAC_SHA_256", "HMAC_SHA_512"])
def test_a_report_proves_itself_as_configured(scheme: str) -> None:
    """Signatures: a secret in a header, or an HMAC in it."""
    adapter = InfobipAdapter()
    given = credentials("infobip", webhook_auth=scheme, webhook_header="X-Proof")
    hook = INFOBIP.receipt(ABOUT, Word(Status.DELIVERED))
    assert hook is not None
    signed = INFOBIP.sign(hook, given, NOW_S)
    assert signed.headers[-1][0] == "X-Proof"
    assert type(adapter.verify_webhook(signed, given, NOW_S)).__name__ == "Verified"


def test_expired_without_a_receipt_is_never_said() -> None:
    """Codes: 29 would say that nobody knows."""
    reason = Reason("status-29", ReasonClass.TRANSIENT)
    assert INFOBIP.code(ABOUT, Word(Status.EXPIRED, reason)) == "status-15"
