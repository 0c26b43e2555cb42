"""Vonage's wire format, against its OpenAPI document, its libraries' requests and its vectors."""

import base64
import json
from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.codec import (
    SMS,
    VERIFIED,
    VIBER,
    WHATSAPP,
    Accepted,
    Content,
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
    Traffic,
    Unreadable,
)
from sandbox.adapters.reasons import table_of
from sandbox.adapters.vonage import STATUSES, VonageAdapter
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import HOOK_URL, UUID, answer, credentials, hook, message
from tests.support.vendor_documents import answer_complaints, complaints

VONAGE: Final = VonageAdapter()
GIVEN: Final = credentials("vonage")
CODES: Final = [code for code in table_of("vonage").lines if "http" not in code]
NUMBERS: Final = [code for code in CODES if code.isdigit()]
TO: Final = "+14155552671"
FROM: Final = "+15005550006"
IMAGE: Final = Media(MediaKind.IMAGE, "https://a.test/x.jpg")
FILE: Final = Media(MediaKind.DOCUMENT, "https://a.test/x.pdf", file_name="x.pdf")
DOCUMENT: Final = "vonage-messages-v1"


def _body(out: OutgoingMessage) -> Any:
    return json.loads(VONAGE.encode(out, GIVEN).body)


def test_the_documented_request() -> None:
    """With the members the vendor's own library writes, and Basic."""
    out = message("Your code is 4711", recipient=TO, sender=FROM, validity_s=60, reference="ref-1")
    request = VONAGE.encode(out, GIVEN)
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert ("Content-Type", "application/json") in request.headers
    assert json.loads(request.body) == {
        "to": "14155552671",
        "from": "15005550006",
        "channel": "sms",
        "message_type": "text",
        "text": "Your code is 4711",
        "client_ref": "ref-1",
        "ttl": 60,
    }
    pair = base64.b64encode(b"fakekey1:fake-api-secret").decode()
    assert request.wire_headers()[-1] == ("Authorization", f"Basic {pair}")
    assert "Authorization: Basic ***" in request.masked(VONAGE.base_url)


def test_a_template_names_its_language_and_policy() -> None:
    """As the vendor's own library writes it."""
    out = message(Template("ns:otp", "en_US", ("4711",)), WHATSAPP, recipient=TO, sender=FROM)
    assert _body(out) == {
        "to": "14155552671",
        "from": "15005550006",
        "channel": "whatsapp",
        "message_type": "template",
        "template": {"name": "ns:otp", "parameters": ["4711"]},
        "whatsapp": {"policy": "deterministic", "locale": "en_US"},
        "client_ref": "cascade=7;step=1",
    }
    bare = _body(message(Template("otp", "en"), WHATSAPP, sender=FROM))
    assert bare["template"] == {"name": "otp"}


def test_viber_is_told_what_a_message_is_for() -> None:
    """And how long to keep it, in its own object."""
    out = message("hi", VIBER, sender="Acme", validity_s=600, callback_url=HOOK_URL)
    body = _body(out)
    assert body["from"] == "Acme"
    assert body["channel"] == "viber_service"
    assert body["viber_service"] == {"category": "transaction", "ttl": 600}
    assert "ttl" not in body
    assert (body["webhook_url"], body["webhook_version"]) == (HOOK_URL, "v1")
    promoted = _body(replace(out, traffic=Traffic.PROMOTIONAL, validity_s=None))
    assert promoted["viber_service"] == {"category": "promotion"}


@pytest.mark.parametrize(
    ("content", "channel", "kind", "shown"),
    [
        (IMAGE, WHATSAPP, "image", {"url": IMAGE.url}),
        (replace(IMAGE, caption="c"), WHATSAPP, "image", {"url": IMAGE.url, "caption": "c"}),
        (replace(IMAGE, kind=MediaKind.VIDEO), WHATSAPP, "video", {"url": IMAGE.url}),
        (replace(FILE, file_name=""), WHATSAPP, "file", {"url": FILE.url}),
        (replace(IMAGE, caption="c"), VIBER, "image", {"url": IMAGE.url, "caption": "c"}),
        (FILE, VIBER, "file", {"url": FILE.url, "name": "x.pdf"}),
    ],
)
def test_media_are_shown_where_the_document_has_them(
    content: Media, channel: Channel, kind: str, shown: dict[str, str]
) -> None:
    """And the document takes each."""
    request = VONAGE.encode(message(content, channel, sender=FROM), GIVEN)
    body = json.loads(request.body)
    assert (body["message_type"], body[kind]) == (kind, shown)
    assert complaints(DOCUMENT, request, VONAGE.base_url) == []


STEPS: Final = (
    message("Order 1042", VIBER, sender="99", validity_s=60, reference="cascade-7.1"),
    message("Order 1042", sender="ACME", reference="cascade-7.2", recipient=TO),
)


def test_a_failover_is_one_submission_of_whole_messages() -> None:
    """In their order, each with its own sender, recipient, validity and reference."""
    out = message("Order 1042", WHATSAPP, sender=FROM, reference="cascade-7", failover=STEPS)
    request = VONAGE.encode(out, GIVEN)
    assert json.loads(request.body) == {
        "to": "37490000001",
        "from": "15005550006",
        "channel": "whatsapp",
        "message_type": "text",
        "text": "Order 1042",
        "client_ref": "cascade-7",
        "failover": [
            {
                "to": "37490000001",
                "from": "99",
                "channel": "viber_service",
                "message_type": "text",
                "text": "Order 1042",
                "client_ref": "cascade-7.1",
                "viber_service": {"category": "transaction", "ttl": 60},
            },
            {
                "to": "14155552671",
                "from": "ACME",
                "channel": "sms",
                "message_type": "text",
                "text": "Order 1042",
                "client_ref": "cascade-7.2",
            },
        ],
    }
    assert complaints(DOCUMENT, request, VONAGE.base_url) == []


@pytest.mark.parametrize(
    "step",
    [Template("ns:otp", "en_US", ("1",)), IMAGE, replace(IMAGE, kind=MediaKind.VIDEO)],
    ids=["template", "image", "video"],
)
def test_a_step_may_be_more_than_a_text(step: Content) -> None:
    """Whatever a message may be."""
    out = message(sender=FROM, failover=(message(step, WHATSAPP, sender=FROM), STEPS[0]))
    request = VONAGE.encode(out, GIVEN)
    assert complaints(DOCUMENT, request, VONAGE.base_url) == []


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message(sender=""), "a sender is required"),
        (message(channel=WHATSAPP, sender="ACME"), "a number with its plus"),
        (message(channel=VIBER, sender="x" * 51), "at most 50 characters"),
        (message("x" * 1001), "1001 characters, at most 1000"),
        (message("x" * 1001, VIBER), "1001 characters, at most 1000"),
        (message("x" * 4097, WHATSAPP, sender=FROM), "4097 characters, at most 4096"),
        (message(validity_s=19), "19 s, allowed are 20 to 604800 s"),
        (message(validity_s=604_801), "604801 s, allowed are 20 to 604800 s"),
        (message(channel=VIBER, validity_s=29), "29 s, allowed are 30 to 259200 s"),
        (message(channel=VIBER, validity_s=259_201), "allowed are 30 to 259200 s"),
        (message(channel=WHATSAPP, sender=FROM, validity_s=60), "WhatsApp message takes no valid"),
        (message(Template("otp", "en")), "for WhatsApp alone"),
        (message(Template("otp", "en"), VIBER), "for WhatsApp alone"),
        (message(Template("Otp x", "en"), WHATSAPP, sender=FROM), "namespace:name"),
        (message(Template("otp"), WHATSAPP, sender=FROM), "needs its language"),
        (message(IMAGE), "an SMS carries no media"),
        (message(replace(IMAGE, kind=MediaKind.VIDEO), VIBER), "a Viber video needs length"),
        (message(replace(FILE, file_name=""), VIBER), "the file name is empty"),
        (message(replace(FILE, file_name="x" * 26), VIBER), "26 characters, at most 25"),
        (message(replace(FILE, caption="c"), VIBER), "goes without a caption"),
        (message(FILE, WHATSAPP, sender=FROM), "only a document on Viber"),
        (message(replace(IMAGE, file_name="x"), VIBER), "only a document on Viber"),
        (message(replace(IMAGE, caption="x" * 3001), WHATSAPP, sender=FROM), "at most 3000"),
        (message(replace(IMAGE, caption="x" * 1001), VIBER), "at most 1000"),
        (message(failover=(message(channel=VIBER, validity_s=29),)), "allowed are 30 to 259200"),
        (message(failover=(message(failover=(message(),)),)), "has none of its own"),
    ],
)
def test_what_vonage_would_refuse_never_leaves(refused: OutgoingMessage, why: str) -> None:
    """With what was asked and what is allowed; a step like a message."""
    with pytest.raises(CannotSendError, match=why):
        VONAGE.encode(refused, GIVEN)


@pytest.mark.parametrize(
    "taken",
    [message("x" * 1000), message(validity_s=20), message(validity_s=604_800),
     message("x" * 4096, WHATSAPP, sender=FROM), message(channel=VIBER, validity_s=259_200),
     message(channel=VIBER, sender="x" * 50)],
)  # fmt: skip
def test_what_is_just_allowed_leaves(taken: OutgoingMessage) -> None:
    """At the very limits, where the document agrees."""
    request = VONAGE.encode(taken, GIVEN)
    assert complaints(DOCUMENT, request, VONAGE.base_url) == []


# Who we are --------------------------------------------------------------------------------------

TOKEN: Final = "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjF9.c2ln"  # noqa: S105 # no secret, a test's


def test_a_token_made_elsewhere_goes_as_it_is() -> None:
    """Instead of the key and its secret, which then need not be given."""
    given = credentials("vonage", jwt=TOKEN, api_secret="", private_key="")
    request = VONAGE.encode(message(), given)
    assert request.wire_headers()[-1] == ("Authorization", f"Bearer {TOKEN}")
    assert TOKEN not in request.masked(VONAGE.base_url)
    assert complaints(DOCUMENT, request, VONAGE.base_url) == []


@pytest.mark.parametrize("bad", ["x", "a.b", "a.b.c.d", "a.b.", "a.b.c=", "a.b.é", "a.b.c\nX: y"])
def test_what_is_no_token_is_not_sent(bad: str) -> None:
    """And is not shown either."""
    with pytest.raises(CannotSendError, match="'jwt'") as caught:
        VONAGE.encode(message(), credentials("vonage", jwt=bad))
    assert "a.b" not in str(caught.value)


def test_an_applications_key_is_refused_by_name() -> None:
    """Its tokens need RS256; nobody is authorised in another way than asked for."""
    pem = "-----BEGIN PRIVATE KEY-----\nFAKE\n-----END PRIVATE KEY-----"
    with pytest.raises(CannotSendError, match="'private_key' needs RS256") as caught:
        VONAGE.encode(message(), credentials("vonage", private_key=pem))
    assert "FAKE" not in str(caught.value)


@pytest.mark.parametrize("name", ["api_key", "api_secret"])
def test_without_its_credentials_nothing_leaves(name: str) -> None:
    """Named, not shown; a colon would move the border between the two."""
    with pytest.raises(CannotSendError, match=f"vonage needs '{name}'"):
        VONAGE.encode(message(), credentials("vonage", **{name: ""}))
    with pytest.raises(CannotSendError, match="no colon"):
        VONAGE.encode(message(), credentials("vonage", api_key="a:b"))


# Answers -----------------------------------------------------------------------------------------


def _error(code: str, detail: str = "d") -> dict[str, object]:
    url = f"https://developer.vonage.com/api-errors/messages#{code}"
    return {"type": url, "title": "t", "detail": detail, "instance": "x1"}


def test_the_documented_answer() -> None:
    """The whole of a failover has a name of its own."""
    assert VONAGE.decode_answer(answer(202, {"message_uuid": UUID})) == Accepted(UUID)
    whole = {"message_uuid": UUID, "workflow_id": "wf-fake"}
    assert VONAGE.decode_answer(answer(202, whole)) == Accepted(UUID, workflow_id="wf-fake")


def test_the_answers_of_these_tests_are_ones_the_vendor_could_give() -> None:
    """By its document; and one it could not give is noticed."""
    args = (DOCUMENT, VONAGE.encode(message(), GIVEN), VONAGE.base_url)
    assert answer_complaints(*args, 202, {"message_uuid": UUID, "workflow_id": "wf"}) == []
    assert answer_complaints(*args, 202, {"message_id": UUID}) != []
    for status in (402, 429, 500):
        assert answer_complaints(*args, status, _error("low-balance")) == []
        assert answer_complaints(*args, status, {"title": "t"}) != []


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_told_as_the_table_has_it(code: str) -> None:
    """In an answer, whatever the address before it."""
    line = table_of("vonage").lines[code]
    reason = Reason(code, line.reason_class, line.text)
    expected = (Throttled if line.throttles else Refused)(reason, f"{code} t · d")
    assert VONAGE.decode_answer(answer(400, _error(code))) == expected
    older = _error(code) | {"type": f"https://developer.nexmo.com/api-errors/#{code}"}
    assert VONAGE.decode_answer(answer(400, older)) == expected


@pytest.mark.parametrize("code", NUMBERS)
def test_a_422_is_never_about_the_account(code: str) -> None:
    """The document shows 1060, 1100 and 1140 there for mere parameters, the catalogue otherwise."""
    line = table_of("vonage").lines[code]
    told = VONAGE.decode_answer(answer(422, _error(code)))
    assert isinstance(told, Refused)
    if line.reason_class in {ReasonClass.CALLER_ERROR, ReasonClass.PERMANENT_RECIPIENT}:
        assert told.reason == Reason(code, line.reason_class, line.text)
    else:
        assert told.reason == Reason(code, ReasonClass.CALLER_ERROR, "t · d")


@pytest.mark.parametrize("code", CODES)
def test_a_servers_error_leaves_it_open_whatever_it_says(code: str) -> None:
    """The document shows 1000 for an internal error: nothing may be sent twice for it."""
    assert isinstance(VONAGE.decode_answer(answer(500, _error(code))), Unreadable)
    assert isinstance(VONAGE.decode_answer(answer(503, _error(code))), Unreadable)


def test_parameters_complained_of_are_told() -> None:
    """By name, with what is wrong."""
    bad = [{"name": "to", "reason": "is required."}, "x", {"name": "from"}]
    told = VONAGE.decode_answer(answer(422, _error("1150") | {"invalid_parameters": bad}))
    assert isinstance(told, Refused)
    assert told.raw == "1150 t · d · to is required. · from"


def test_who_is_too_fast_is_told_how_long_to_wait() -> None:
    """By code or by HTTP; a date is not read."""
    wait = (("Retry-After", "7"),)
    told = VONAGE.decode_answer(answer(429, _error("1000"), headers=wait))
    assert isinstance(told, Throttled)
    assert told.retry_after_us == 7_000_000
    assert isinstance(VONAGE.decode_answer(answer(429, b"slow down")), Throttled)


def test_an_error_nobody_knows_keeps_what_was_said() -> None:
    """With the class of its HTTP status."""
    told = VONAGE.decode_answer(answer(403, _error("brand-new", "sorry")))
    assert told == Refused(
        Reason("brand-new", ReasonClass.ACCOUNT, "t · sorry"), "brand-new t · sorry"
    )
    nameless = VONAGE.decode_answer(answer(401, {"title": "Unauthorized"}))
    assert isinstance(nameless, Refused)
    assert nameless.reason.code == "http-401"


@pytest.mark.parametrize(
    "odd",
    [answer(202, {}), answer(202, b""), answer(200, b"<html>"), answer(500, {"title": "x"}),
     answer(504, _error("low-balance")), answer(408, _error("1000")), answer(307)],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_no_refusal(odd: HttpAnswer) -> None:
    """Something may have been sent."""
    assert isinstance(VONAGE.decode_answer(odd), Unreadable)


def test_there_is_nothing_to_ask_and_nothing_to_call_back() -> None:
    """Only webhooks tell."""
    for call in (VONAGE.poll_request, VONAGE.recall_request):
        with pytest.raises(CannotSendError, match="vonage"):
            call(UUID, GIVEN)
    with pytest.raises(UnreadableError):
        VONAGE.decode_poll(answer(200, {"message_uuid": UUID, "status": "delivered"}))
    assert VONAGE.decode_recall(answer(200)) is RecallResult.UNSUPPORTED


# Webhooks ----------------------------------------------------------------------------------------

STATUS: Final = {
    "message_uuid": UUID,
    "to": "37490000001",
    "from": "15550100001",
    "channel": "whatsapp",
    "timestamp": "2026-01-05T10:00:41Z",
    "status": "rejected",
    "client_ref": "cascade-7",
    "error": {
        "type": "https://developer.vonage.com/api-errors/messages#1300",
        "title": "1300",
        "detail": "Not part of the provider network",
        "instance": "x1",
    },
    "workflow": {"workflow_id": "wf-fake", "items_number": "2", "items_total": "3"},
    "usage": {"currency": "EUR", "price": "0.0333"},
}


def test_the_documented_status() -> None:
    """With its place in the failover, counted from 0."""
    assert VONAGE.decode_webhook(hook(STATUS)) == (
        Receipt(
            UUID,
            Status.REJECTED,
            "rejected",
            reference="cascade-7",
            reason=Reason(
                "1300", ReasonClass.PERMANENT_RECIPIENT, "recipient is not on this channel"
            ),
            raw_reason="1300 Not part of the provider network",
            vendor_time="2026-01-05T10:00:41Z",
            at_s=1_767_607_241,
            price=Price(33_300_000, "EUR"),
            channel=WHATSAPP,
            step=1,
            workflow_id="wf-fake",
        ),
    )


def _plain(**changes: object) -> dict[str, object]:
    left = {name: value for name, value in STATUS.items() if name not in {"error", "workflow"}}
    return left | changes


def test_the_status_of_these_tests_is_one_the_vendor_could_send() -> None:
    """By its document, which has the webhook as a request of its own."""
    request = VONAGE.encode(message(), GIVEN)
    pushed = replace(request, path="/webhooks/message-status")
    for body in (STATUS, _plain(channel="sms", status="submitted", sms={"count_total": "2"})):
        sent = replace(pushed, body=json.dumps(body).encode())
        assert complaints(DOCUMENT, sent, VONAGE.base_url) == []
    odd = replace(pushed, body=json.dumps(STATUS | {"status": "teleported"}).encode())
    assert complaints(DOCUMENT, odd, VONAGE.base_url) != []


@pytest.mark.parametrize("word", STATUSES)
def test_every_status_is_known(word: str) -> None:
    """On every channel; no reason where none is told."""
    for channel, theirs in ((SMS, "sms"), (WHATSAPP, "whatsapp"), (VIBER, "viber_service")):
        (news,) = VONAGE.decode_webhook(hook(_plain(status=word, channel=theirs)))
        assert isinstance(news, Receipt)
        assert (news.status, news.raw_status, news.reason) == (STATUSES[word], word, None)
        assert (news.channel, news.step, news.workflow_id) == (channel, None, "")


@pytest.mark.parametrize("code", NUMBERS)
def test_every_code_of_a_status_is_told_as_the_table_has_it(code: str) -> None:
    """By the title, and by the address where the title is words; TTL passed is expired."""
    line = table_of("vonage").lines[code]
    titled = {"title": code, "detail": "d"}
    linked = {"title": "Words", "type": f"https://x.test/messages#{code}", "detail": "d"}
    for error in (titled, linked):
        (news,) = VONAGE.decode_webhook(hook(_plain(error=error)))
        assert isinstance(news, Receipt)
        assert news.reason == Reason(code, line.reason_class, line.text)
        assert news.status is (Status.EXPIRED if code == "1360" else Status.REJECTED)
        assert news.raw_status == "rejected"
    (news,) = VONAGE.decode_webhook(hook(_plain(error=titled, status="undeliverable")))
    assert isinstance(news, Receipt)
    assert news.status is Status.FAILED


def test_codes_and_statuses_nobody_knows_are_kept() -> None:
    """A new status decides nothing; a new code leaves the level like trouble that passes."""
    (news,) = VONAGE.decode_webhook(hook(STATUS | {"status": "teleported"}))
    assert isinstance(news, Receipt)
    assert (news.status, news.raw_status, news.reason) == (Status.UNKNOWN, "teleported", None)
    new = {"title": "1999", "detail": "brand new"}
    (news,) = VONAGE.decode_webhook(hook(_plain(error=new)))
    assert isinstance(news, Receipt)
    assert news.reason == Reason("1999", ReasonClass.TRANSIENT, "brand new")
    (news,) = VONAGE.decode_webhook(hook(_plain(error={"detail": "no code"})))
    assert isinstance(news, Receipt)
    assert news.reason == Reason("unknown", ReasonClass.TRANSIENT, "no code")


@pytest.mark.parametrize("place", ["0", "", "x", "-1", None, 1.5, "99999"])
def test_a_place_that_is_none_is_not_guessed(place: object) -> None:
    """Numbers from 1, as texts or not."""
    (news,) = VONAGE.decode_webhook(hook(_plain(workflow={"items_number": place})))
    assert isinstance(news, Receipt)
    assert news.step is None
    (news,) = VONAGE.decode_webhook(hook(_plain(workflow={"items_number": 3})))
    assert isinstance(news, Receipt)
    assert news.step == 2


def test_segments_are_told() -> None:
    """As a text."""
    (news,) = VONAGE.decode_webhook(hook(_plain(channel="sms", sms={"count_total": "2"})))
    assert isinstance(news, Receipt)
    assert news.segments == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "names no message"),
        ({"message_uuid": UUID}, "or no status"),
        ({"status": "delivered"}, "names no message"),
        ({"message_uuid": UUID, "message_type": "text", "text": "hi"}, "a message from a person"),
    ],
)
def test_what_is_no_receipt_is_kept_as_such(body: object, why: str) -> None:
    """It is counted, and nothing follows from it."""
    (news,) = VONAGE.decode_webhook(hook(body))
    assert isinstance(news, Ignored)
    assert why in news.why


VECTOR: Final = b'{"message_uuid":"00000000-0000-4000-8000-000000000001","status":"delivered"}'
VECTOR_AT_S: Final = 1_700_000_000
VECTOR_TOKEN: Final = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"  # noqa: S105 # no secret, a vector's
    ".eyJpYXQiOjE3MDAwMDAwMDAsImp0aSI6IjAwMDAwMDAwLTAwMDAtNDAw"
    "MC04MDAwLTAwMDAwMDAwMDAwMiIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImNjYjQzYTJiZjhhNWY2YTc2Mm"
    "UwZDMzY2UzMDE2N2UzYzY2MWMxNDUxODNjY2ZkY2Q1ZmM1MTVmZTUxYjU1ZjciLCJhcGlfa2V5IjoiZmFrZWtleTEiLCJh"
    "cHBsaWNhdGlvbl9pZCI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMyJ9"
    ".e0n0p3I7onVmehXvNa7XmFxMXO_4bzzOfXYbrxzSFtg"
)
BEARER: Final = (("Authorization", f"Bearer {VECTOR_TOKEN}"),)


def test_a_webhook_is_believed_by_its_token() -> None:
    """The vendor's own validator takes this one too; it ages in five minutes, to either side."""
    good = hook(VECTOR, headers=BEARER)
    for late_s in (0, 300, -300):
        assert VONAGE.verify_webhook(good, GIVEN, VECTOR_AT_S + late_s) is VERIFIED
    for late_s in (301, -301, 86_400):
        told = VONAGE.verify_webhook(good, GIVEN, VECTOR_AT_S + late_s)
        assert isinstance(told, NotVerified)
    assert isinstance(VONAGE.handshake(hook(b"", method="GET"), GIVEN), NotVerified)


def _bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("Authorization", f"Bearer {token}"),)


@pytest.mark.parametrize(
    "bad",
    [
        hook(VECTOR),
        hook(VECTOR + b" ", headers=BEARER),
        hook(VECTOR[:-1], headers=BEARER),
        hook(b"", headers=BEARER),
        hook(VECTOR.replace(b"delivered", b"rejected!"), headers=BEARER),
        hook(VECTOR, headers=BEARER * 2),
        hook(VECTOR, headers=_bearer(VECTOR_TOKEN[:-4])),
        hook(VECTOR, headers=_bearer(VECTOR_TOKEN.rpartition(".")[0] + ".")),
        hook(VECTOR, headers=_bearer("eyJhbGciOiJub25lIn0" + VECTOR_TOKEN[36:])),
        hook(VECTOR, headers=_bearer("eyJhbGciOiJSUzI1NiJ9" + VECTOR_TOKEN[36:])),
        hook(VECTOR, headers=(("Authorization", f"Basic {VECTOR_TOKEN}"),)),
        hook(VECTOR, headers=(("X-Authorization", f"Bearer {VECTOR_TOKEN}"),)),
    ],
    ids=range(12),
)
def test_a_webhook_that_was_changed_is_not_believed(bad: Any) -> None:
    """Body, token, algorithm, scheme, header."""
    assert isinstance(VONAGE.verify_webhook(bad, GIVEN, VECTOR_AT_S), NotVerified)


def test_a_webhook_is_for_one_account() -> None:
    """Where its key is given; another account's secret may be the same."""
    good = hook(VECTOR, headers=BEARER)
    other = credentials("vonage", api_key="fakekey2")
    assert VONAGE.verify_webhook(good, other, VECTOR_AT_S) == NotVerified(
        "the token is for another api_key"
    )
    wrong = credentials("vonage", signature_secret="another")  # noqa: S106 # a test's
    assert isinstance(VONAGE.verify_webhook(good, wrong, VECTOR_AT_S), NotVerified)
    sender_only = credentials("vonage", signature_secret="")
    assert isinstance(VONAGE.verify_webhook(good, sender_only, VECTOR_AT_S), NotVerified)
