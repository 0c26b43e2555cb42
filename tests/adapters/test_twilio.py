"""Twilio's wire format, against its OpenAPI document and its pages."""

import base64
from typing import Final
from urllib.parse import parse_qsl

import pytest

from sandbox.adapters.codec import (
    SMS,
    VERIFIED,
    WHATSAPP,
    Accepted,
    HttpAnswer,
    Ignored,
    Media,
    MediaKind,
    NotVerified,
    OutgoingMessage,
    Receipt,
    Refused,
    Template,
    Throttled,
    Unreadable,
)
from sandbox.adapters.reasons import table_of
from sandbox.adapters.twilio import STATUSES, TwilioAdapter
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import (
    ACCOUNT_SID,
    HOOK_URL,
    MESSAGE_SID,
    answer,
    credentials,
    hook,
    message,
)
from tests.support.vendor_documents import answer_complaints

TWILIO: Final = TwilioAdapter()
GIVEN: Final = credentials("twilio")
CODES: Final = [code for code in table_of("twilio").lines if "http" not in code]
CONTENT_SID: Final = "HX" + "0" * 32
SERVICE_SID: Final = "MG" + "0" * 32
TO: Final = "+14155552671"
FROM: Final = "+15005550006"


def _fields(out: OutgoingMessage) -> list[tuple[str, str]]:
    return parse_qsl(TWILIO.encode(out, GIVEN).body.decode(), strict_parsing=True)


def test_the_documented_request() -> None:
    """Byte for byte what the vendor's own library writes."""
    request = TWILIO.encode(message("Your code is 4711", recipient=TO, sender=FROM), GIVEN)
    assert request.method == "POST"
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert request.body == b"To=%2B14155552671&From=%2B15005550006&Body=Your+code+is+4711"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers
    name, value = request.wire_headers()[-1]
    assert name == "Authorization"
    pair = base64.b64decode(value.removeprefix("Basic ")).decode()
    assert pair == f"{ACCOUNT_SID}:fake-auth-token-for-tests"
    assert "Authorization: Basic ***" in request.masked(TWILIO.base_url)


def test_whatsapp_is_said_on_both_ends() -> None:
    """A template by its id, its values as a JSON text counted from 1."""
    out = message(Template(CONTENT_SID, "", ("4711", 'a"b')), WHATSAPP, recipient=TO, sender=FROM)
    assert _fields(out) == [
        ("To", f"whatsapp:{TO}"),
        ("From", f"whatsapp:{FROM}"),
        ("ContentSid", CONTENT_SID),
        ("ContentVariables", '{"1":"4711","2":"a\\"b"}'),
    ]
    assert _fields(message(Template(CONTENT_SID), recipient=TO, sender=FROM))[2:] == [
        ("ContentSid", CONTENT_SID)
    ]
    media = Media(MediaKind.IMAGE, "https://a.test/x.jpg")
    assert _fields(message(media, WHATSAPP, sender=FROM))[2:] == [("MediaUrl", media.url)]


def test_our_reference_rides_on_the_callbacks_address() -> None:
    """Where Twilio signs it; and the validity is told in seconds."""
    out = message(recipient=TO, sender=FROM, validity_s=120, callback_url=HOOK_URL)
    assert _fields(out)[3:] == [
        ("StatusCallback", f"{HOOK_URL}&reference=cascade%3D7%3Bstep%3D1"),
        ("ValidityPeriod", "120"),
    ]


def test_a_messaging_service_may_choose_the_sender() -> None:
    """Named by its id in the sender's place."""
    assert _fields(message(sender=SERVICE_SID))[1] == ("MessagingServiceSid", SERVICE_SID)
    out = message(Template(CONTENT_SID), WHATSAPP, sender=SERVICE_SID)
    assert _fields(out)[1] == ("MessagingServiceSid", SERVICE_SID)
    assert _fields(message(sender="ACME"))[1] == ("From", "ACME")


def test_an_api_key_may_stand_for_the_token() -> None:
    """The account's id stays in the path."""
    given = credentials("twilio", api_key_sid="SK1", api_key_secret="s", auth_token="")  # noqa: S106 # a test's
    request = TWILIO.encode(message(), given)
    assert ACCOUNT_SID in request.path
    assert request.wire_headers()[-1][1] == "Basic " + base64.b64encode(b"SK1:s").decode()


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message(sender=""), "a sender is required"),
        (message(channel=WHATSAPP, sender="ACME"), "a number with its plus"),
        (message("x" * 1601, sender=FROM), "1601 characters, at most 1600"),
        (message(validity_s=36_001), "36001 s, at most 36000"),
        (message(Template("order_update")), "HX… id alone"),
        (message(Template(CONTENT_SID, "en")), "HX… id alone"),
        (message(Media(MediaKind.IMAGE, "https://a.test/x.jpg")), "an SMS carries no media"),
        (
            message(Media(MediaKind.IMAGE, "https://a.test/x.jpg", "words"), WHATSAPP, sender=FROM),
            "without a caption",
        ),
        (message(failover=(message(),)), "no failover of its own"),
    ],
)
def test_what_twilio_would_refuse_never_leaves(refused: OutgoingMessage, why: str) -> None:
    """With what was asked and what is allowed."""
    with pytest.raises(CannotSendError, match=why):
        TWILIO.encode(refused, GIVEN)


@pytest.mark.parametrize("sid", ["", "AC0", "ACxx" + "0" * 30, f"{ACCOUNT_SID}/../x"])
def test_without_an_account_nothing_leaves(sid: str) -> None:
    """An id of another form would lead elsewhere."""
    with pytest.raises(CannotSendError, match="account_sid"):
        TWILIO.encode(message(), credentials("twilio", account_sid=sid))


TAKEN: Final = {
    "sid": MESSAGE_SID, "account_sid": ACCOUNT_SID, "from": "+15550100001", "to": "+15550100002",
    "body": "hello", "status": "queued", "num_segments": "1", "num_media": "0",
    "direction": "outbound-api", "error_code": None, "error_message": None,
    "messaging_service_sid": None, "price": None, "price_unit": "USD",
    "date_created": "Mon, 05 Jan 2026 10:00:00 +0000", "date_sent": None,
    "api_version": "2010-04-01",
}  # fmt: skip


def test_the_documented_answer() -> None:
    """Numbers come as texts; no segments are told before a service has chosen its sender."""
    assert TWILIO.decode_answer(answer(201, TAKEN)) == Accepted(MESSAGE_SID, 1)
    assert TWILIO.decode_answer(answer(201, TAKEN | {"num_segments": "0"})) == Accepted(MESSAGE_SID)
    priced = TAKEN | {"price": "-0.00750"}
    assert TWILIO.decode_answer(answer(201, priced)) == Accepted(
        MESSAGE_SID, 1, Price(7_500_000, "USD")
    )


def test_the_answers_of_these_tests_are_ones_the_vendor_could_give() -> None:
    """By its document; and one it could not give is noticed."""
    asked = TWILIO.encode(message(sender=FROM), GIVEN)
    again = TWILIO.poll_request(MESSAGE_SID, GIVEN)
    for request, status in ((asked, 201), (again, 200)):
        for changes in ({}, {"price": "-0.00750"}, {"status": "delivered"}):
            body = TAKEN | changes
            args = ("twilio-messages", request, TWILIO.base_url, status)
            assert answer_complaints(*args, body) == []
            assert answer_complaints(*args, body | {"status": "teleported"}) != []


def test_an_answer_that_says_it_failed_is_a_refusal() -> None:
    """Whatever HTTP says."""
    body = TAKEN | {"status": "failed", "error_code": 21610, "error_message": "no"}
    assert TWILIO.decode_answer(answer(201, body)) == Refused(
        Reason("21610", ReasonClass.STOP, "recipient opted out"), "failed 21610 no"
    )


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_told_as_the_table_has_it(code: str) -> None:
    """In an answer, in a callback, and asked for."""
    line = table_of("twilio").lines[code]
    reason = Reason(code, line.reason_class, line.text)
    error = {"code": int(code), "message": "m", "more_info": "https://…", "status": 400}
    told = TWILIO.decode_answer(answer(400, error))
    assert told == (Throttled if line.throttles else Refused)(reason, f"{code} m")
    fields = f"MessageSid={MESSAGE_SID}&MessageStatus=undelivered&ErrorCode={code}"
    (pushed,) = TWILIO.decode_webhook(hook(fields.encode()))
    asked_for = TAKEN | {"status": "undelivered", "error_code": int(code), "error_message": "m"}
    (asked,) = TWILIO.decode_poll(answer(200, asked_for))
    for news in (pushed, asked):
        assert isinstance(news, Receipt)
        assert (news.status, news.reason) == (Status.FAILED, reason)


@pytest.mark.parametrize(
    "odd",
    [answer(201, {}), answer(201, b""), answer(200, b"<html>"), answer(500, {"message": "x"}),
     answer(500, {"code": 30008}), answer(504, {"code": 20503}), answer(307)],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_no_refusal(odd: HttpAnswer) -> None:
    """Something may have been sent."""
    assert isinstance(TWILIO.decode_answer(odd), Unreadable)


def test_a_message_is_asked_after_by_its_sid() -> None:
    """And by nothing that could lead elsewhere."""
    request = TWILIO.poll_request(MESSAGE_SID, GIVEN)
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{MESSAGE_SID}.json"
    assert (request.method, request.path, request.body) == ("GET", path, b"")
    for bad in ("", "SM1", "../x", MESSAGE_SID + "/x"):
        with pytest.raises(CannotSendError, match="32 hexadecimal digits"):
            TWILIO.poll_request(bad, GIVEN)


@pytest.mark.parametrize("word", STATUSES)
def test_every_status_is_known(word: str) -> None:
    """Asked for and pushed."""
    body = TAKEN | {"status": word, "date_updated": "Mon, 05 Jan 2026 10:00:41 +0000"}
    assert TWILIO.decode_poll(answer(200, body)) == (
        Receipt(
            MESSAGE_SID, STATUSES[word], word, vendor_time="Mon, 05 Jan 2026 10:00:41 +0000",
            at_s=1_767_607_241, segments=1, channel=SMS,
        ),
    )  # fmt: skip
    (pushed,) = TWILIO.decode_webhook(hook(f"SmsSid={MESSAGE_SID}&SmsStatus={word}".encode()))
    assert pushed == Receipt(MESSAGE_SID, STATUSES[word], word)


def test_a_partly_delivered_message_is_not_claimed_to_have_arrived() -> None:
    """Only that it was sent."""
    assert STATUSES["partially_delivered"] is Status.SENT


def test_a_poll_that_tells_nothing_is_not_guessed() -> None:
    """Not found, no body, no status; and a message from a person is none of ours."""
    for bad in (answer(404, {"code": 20404}), answer(200, b""), answer(200, {"sid": MESSAGE_SID})):
        with pytest.raises(UnreadableError):
            TWILIO.decode_poll(bad)
    (news,) = TWILIO.decode_poll(answer(200, TAKEN | {"status": "received"}))
    assert isinstance(news, Ignored)


def test_nothing_is_called_back() -> None:
    """Only what was scheduled could be."""
    with pytest.raises(CannotSendError, match="scheduled"):
        TWILIO.recall_request(MESSAGE_SID, GIVEN)
    assert TWILIO.decode_recall(answer(200)) is RecallResult.UNSUPPORTED


CALLBACK: Final = (
    b"MessageSid=SM00000000000000000000000000000042&MessageStatus=undelivered&ErrorCode=30003"
    b"&From=%2B15550100001&To=%2B15550100002&AccountSid=AC00000000000000000000000000000000"
    b"&ApiVersion=2010-04-01&RawDlrDoneDate=2601051000&Something=new"
)
FORM: Final = (
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("X-Twilio-Signature", "1MTQ2K7srmqcqHltxhrsGfu4NnU="),
)


def test_the_documented_callback() -> None:
    """With our reference from the address; what is new in it is passed over."""
    url = f"{HOOK_URL}&reference=cascade%3D7%3Bstep%3D1"
    assert TWILIO.decode_webhook(hook(CALLBACK, url=url)) == (
        Receipt(
            MESSAGE_SID,
            Status.FAILED,
            "undelivered",
            reference="cascade=7;step=1",
            reason=Reason("30003", ReasonClass.TRANSIENT, "handset unreachable"),
            raw_reason="30003",
            vendor_time="2601051000",
            channel=SMS,
        ),
    )


def test_a_reference_from_an_address_is_made_fit_to_be_stored() -> None:
    """As every other text from outside."""
    (news,) = TWILIO.decode_webhook(hook(CALLBACK, url=f"{HOOK_URL}&reference=a%E2%80%AE%00b"))
    assert isinstance(news, Receipt)
    assert news.reference == "a\ufffd\ufffdb"


def test_a_callback_in_json_says_the_same() -> None:
    """Under the same names, as far as anybody knows."""
    body = {"MessageSid": MESSAGE_SID, "MessageStatus": "read", "To": "whatsapp:+15550100002"}
    json_type = (("Content-Type", "application/json; charset=utf-8"),)
    assert TWILIO.decode_webhook(hook(body, headers=json_type)) == (
        Receipt(MESSAGE_SID, Status.READ, "read", channel=WHATSAPP),
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "names no message"),
        (b"MessageSid=SM1", "or no status"),
        (b"MessageSid=SM1&SmsStatus=received&Body=hi", "a message from a person"),
    ],
)
def test_what_is_no_receipt_is_kept_as_such(body: bytes, why: str) -> None:
    """It is counted, and nothing follows from it."""
    (news,) = TWILIO.decode_webhook(hook(body))
    assert isinstance(news, Ignored)
    assert why in news.why


def test_codes_and_statuses_nobody_knows_are_kept() -> None:
    """A new status decides nothing; a new code leaves the level like trouble that passes."""
    (news,) = TWILIO.decode_webhook(hook(b"MessageSid=SM1&MessageStatus=teleported&ErrorCode=1"))
    assert isinstance(news, Receipt)
    assert (news.status, news.raw_status, news.reason) == (Status.UNKNOWN, "teleported", None)
    body = b"MessageSid=SM1&MessageStatus=failed&ErrorCode=39999&ErrorMessage=brand%20new"
    (news,) = TWILIO.decode_webhook(hook(body))
    assert isinstance(news, Receipt)
    assert news.reason == Reason("39999", ReasonClass.TRANSIENT, "brand new")


def test_a_webhook_is_believed_by_its_signature() -> None:
    """Over the configured address; an API key does not sign."""
    url = "https://sandbox.example.test/hooks/twilio?run=7"
    body = CALLBACK.partition(b"&RawDlr")[0]
    assert TWILIO.verify_webhook(hook(body, headers=FORM, url=url), GIVEN, 0) is VERIFIED
    elsewhere = hook(body, headers=FORM, url=url.replace("sandbox", "other"))
    assert isinstance(TWILIO.verify_webhook(elsewhere, GIVEN, 0), NotVerified)
    more = hook(body + b"&x=y", headers=FORM, url=url)
    assert isinstance(TWILIO.verify_webhook(more, GIVEN, 0), NotVerified)
    assert isinstance(TWILIO.handshake(hook(b"", method="GET"), GIVEN), NotVerified)
