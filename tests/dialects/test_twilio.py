"""Twilio from its side: what it complains of, and how its answers and callbacks look."""

from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest

from sandbox.adapters.codec import SMS, WHATSAPP, Headers, HttpAnswer
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.twilio import TwilioDialect
from sandbox.dialects.words import Asked, Request, Submitted, Taken, Word
from tests.support.dialects_read import error, post, shown
from tests.support.submissions import ACCOUNT_SID, HOOK_URL, MESSAGE_SID
from tests.support.words_said import NOW_S

TWILIO: Final = TwilioDialect()
BASIC: Final[Headers] = (("Authorization", "Basic anything"),)
PATH: Final = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
GOOD: Final = {
    "To": "+37490000001",
    "From": "+15550100001",
    "Body": "hello",
    "StatusCallback": f"{HOOK_URL}&reference=r",
}
ABOUT: Final = Taken(
    submitted=Submitted(
        channel=SMS, recipient="+37490000001", sender="+15550100001", text="hello", reference="r",
        callback_url=f"{HOOK_URL}&reference=r", account=ACCOUNT_SID,
    ),
    provider_id=MESSAGE_SID,
    segments=2,
    at_s=NOW_S,
)  # fmt: skip


def fields(**changes: str) -> tuple[tuple[str, str], ...]:
    """A form with changes; "" takes a field away."""
    return tuple((name, value) for name, value in (GOOD | changes).items() if value)


def test_a_message_is_read() -> None:
    """Understanding: our reference is what stands in the callback's query."""
    assert post(TWILIO, PATH, BASIC, fields()) == ABOUT.submitted
    changes = {
        "To": "whatsapp:+37490000001", "From": "", "MessagingServiceSid": "MG1", "Body": "",
        "ContentSid": "HX1", "StatusCallback": "", "ValidityPeriod": "60",
    }  # fmt: skip
    assert post(TWILIO, PATH, BASIC, fields(**changes)) == Submitted(
        channel=WHATSAPP, recipient="+37490000001", sender="MG1", validity_s=60,
        account=ACCOUNT_SID,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": "37490000001"}, 21211),
        ({"To": ""}, 21211),
        ({"From": ""}, 21212),
        ({"Body": ""}, None),
        ({"Body": "x" * 1601}, None),
        ({"StatusCallback": "ftp://x"}, None),
        ({"ValidityPeriod": "0"}, None),
        ({"ValidityPeriod": "36001"}, None),
        ({"ValidityPeriod": "x"}, None),
    ],
)
def test_what_is_not_in_order_is_told(changes: dict[str, str], code: int | None) -> None:
    """Errors: with the code where one was read."""
    status, body = error(post(TWILIO, PATH, BASIC, fields(**changes)))
    assert (status, body["status"], body.get("code")) == (400, 400, code)
    assert body["message"]


def test_another_path_method_or_form() -> None:
    """Errors: 20404, 405, and a body that is no form."""
    assert (
        error(post(TWILIO, "/2010-04-01/Accounts/x/Messages.json", BASIC, fields()))[1]["code"]
        == 20404
    )
    assert error(post(TWILIO, PATH, BASIC, b"%"))[0] == 400
    one = PATH.replace(".json", f"/{MESSAGE_SID}.json")
    assert TWILIO.read(Request("GET", one, BASIC, b"")) == Asked(MESSAGE_SID)
    for method, path, expected in (("GET", PATH, 405), ("DELETE", one, 404)):
        call = TWILIO.read(Request(method, path, BASIC, b""))
        assert isinstance(call, HttpAnswer)
        assert call.status == expected


@pytest.mark.parametrize(
    ("code", "status", "http"),
    [
        ("20003", Status.REFUSED, 401),
        ("20503", Status.REFUSED, 503),
        ("21610", Status.REFUSED, 400),
        ("20429", Status.THROTTLED, 429),
        ("21611", Status.THROTTLED, 429),
    ],
)
def test_a_code_comes_with_its_status(code: str, status: Status, http: int) -> None:
    """Errors: the body says the same as HTTP."""
    reason = Reason(code, TWILIO.table.lines[code].reason_class)
    answer = TWILIO.answer(ABOUT, Word(status, reason))
    assert (answer.status, shown(answer)["status"], shown(answer)["code"]) == (
        http, http, int(code)
    )  # fmt: skip


def test_the_answer_counts_in_texts() -> None:
    """Form: numbers as texts, no price yet; `accepted` where a service picks the sender."""
    body = shown(TWILIO.answer(ABOUT, Word(Status.ACCEPTED, at_s=NOW_S)))
    assert (body["sid"], body["status"], body["num_segments"], body["price"]) == (
        MESSAGE_SID, "queued", "2", None,
    )  # fmt: skip
    served = replace(ABOUT, submitted=replace(ABOUT.submitted, sender="MG1"))
    body = shown(TWILIO.answer(served, Word(Status.ACCEPTED)))
    assert (body["status"], body["from"], body["messaging_service_sid"]) == (
        "accepted",
        None,
        "MG1",
    )


def callback(about: Taken, word: Word) -> tuple[str, dict[str, str]]:
    """Where a callback goes, and its fields."""
    hook = TWILIO.receipt(about, word)
    assert hook is not None
    return hook.url, dict(parse_qsl(hook.body.decode(), strict_parsing=True))


def test_the_callback_goes_where_it_was_told() -> None:
    """Form: fields twice by two names, the code of a failure, and the address with our query."""
    reason = Reason("30003", ReasonClass.TRANSIENT)
    url, said = callback(ABOUT, Word(Status.FAILED, reason))
    assert url == f"{HOOK_URL}&reference=r"
    assert said == {
        "SmsSid": MESSAGE_SID, "SmsStatus": "undelivered", "MessageStatus": "undelivered",
        "MessageSid": MESSAGE_SID, "AccountSid": ACCOUNT_SID, "From": "+15550100001",
        "To": "+37490000001", "ApiVersion": "2010-04-01", "ErrorCode": "30003",
        "ErrorMessage": "handset unreachable",
    }  # fmt: skip
    assert callback(replace(ABOUT, echoes=False), Word(Status.SENT))[0] == HOOK_URL


def test_on_whatsapp_it_is_read_and_says_so() -> None:
    """Form: the prefix, and the event of a reading."""
    about = replace(ABOUT, submitted=replace(ABOUT.submitted, channel=WHATSAPP))
    _, said = callback(about, Word(Status.READ))
    assert (said["To"], said["EventType"]) == ("whatsapp:+37490000001", "READ")
    assert TWILIO.receipt(ABOUT, Word(Status.READ)) is None


def test_who_asks_hears_the_price() -> None:
    """Poll: with its minus, and why it failed."""
    reason = Reason("30003", ReasonClass.TRANSIENT)
    word = Word(Status.FAILED, reason, Price(7_500_000, "EUR"), NOW_S)
    body: Any = shown(TWILIO.polled(ABOUT, word))
    assert (body["price"], body["price_unit"], body["error_code"]) == ("-0.0075", "EUR", 30003)
    assert body["date_updated"] == "Mon, 05 Jan 2026 10:00:41 +0000"
