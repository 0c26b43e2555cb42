"""Dexatel's wire format, against the examples of its reference pages."""

import json
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
    Text,
    Throttled,
    Unreadable,
)
from sandbox.adapters.dexatel import STATUSES, DexatelAdapter
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import UUID, answer, credentials, hook, message

DEXATEL: Final = DexatelAdapter()
GIVEN: Final = credentials("dexatel")


def _sent(out: OutgoingMessage) -> Any:
    request = DEXATEL.encode(out, GIVEN)
    assert (request.method, request.path) == ("POST", "/v1/messages")
    assert ("Content-Type", "application/json") in request.headers
    assert request.wire_headers()[-1] == ("X-Dexatel-Key", "FAKE-KEY")
    return json.loads(request.body)


def test_the_documented_request() -> None:
    """The example of the reference page, byte for byte but for its line break."""
    request = DEXATEL.encode(message(), GIVEN)
    assert request.body == (
        b'{"data":{"from":"ACME","to":["37490000001"],"channel":"SMS","type":"text",'
        b'"text":"Your order 1042 has shipped","payload":"cascade=7;step=1"}}'
    )
    assert "FAKE-KEY" not in request.masked(DEXATEL.base_url)
    assert "X-Dexatel-Key: ***" in request.masked(DEXATEL.base_url)


@pytest.mark.parametrize(
    ("content", "channel", "fields"),
    [
        (Text("Hi"), WHATSAPP, {"channel": "WHATSAPP", "type": "text", "text": "Hi"}),
        (Text("Hi"), VIBER, {"channel": "VIBER", "type": "text", "text": "Hi"}),
        (Text("x" * 1000), SMS, {"channel": "SMS", "type": "text", "text": "x" * 1000}),
        (
            Template(UUID, "", ("4711", "Anna")),
            WHATSAPP,
            {"channel": "WHATSAPP", "type": "text", "template": UUID,
             "variables": ["4711", "Anna"]},
        ),
        (Template(UUID), VIBER, {"channel": "VIBER", "type": "text", "template": UUID}),
        (
            Media(MediaKind.IMAGE, "https://a.test/x.jpg"),
            VIBER,
            {"channel": "VIBER", "type": "image", "url": "https://a.test/x.jpg"},
        ),
        (
            Media(MediaKind.VIDEO, "https://a.test/x.mp4"),
            WHATSAPP,
            {"channel": "WHATSAPP", "type": "video", "url": "https://a.test/x.mp4"},
        ),
        (
            Media(MediaKind.DOCUMENT, "https://a.test/x.pdf", "", "order.pdf"),
            WHATSAPP,
            {"channel": "WHATSAPP", "type": "document", "url": "https://a.test/x.pdf",
             "filename": "order.pdf"},
        ),
    ],
)  # fmt: skip
def test_each_content_becomes_documented_fields(
    content: Content, channel: Any, fields: dict[str, object]
) -> None:
    """And nothing more."""
    always = {"from": "ACME", "to": ["37490000001"], "payload": "cascade=7;step=1"}
    assert _sent(message(content, channel)) == {"data": always | fields}


def test_a_senders_number_goes_without_its_plus() -> None:
    """As all numbers do; a name goes as it is."""
    assert _sent(message(sender="+15550100001"))["data"]["from"] == "15550100001"
    assert _sent(message(sender="+A"))["data"]["from"] == "+A"


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message(sender=""), "1503"),
        (message("x" * 1001), "1001 characters, at most 1000"),
        (message(Template("order_update"), WHATSAPP), "UUID alone"),
        (message(Template(UUID, "en"), WHATSAPP), "UUID alone"),
        (message(Template(UUID, "", ("x" * 71,)), WHATSAPP), "71 characters, at most 70"),
        (message(Media(MediaKind.IMAGE, "https://a.test/x.jpg"), SMS), "1518"),
        (
            message(Media(MediaKind.IMAGE, "https://a.test/x.jpg", "words"), VIBER),
            "without a caption",
        ),
        (message(Media(MediaKind.DOCUMENT, "https://a.test/x.pdf"), VIBER), "1533"),
        (message(validity_s=60), "cannot be told a validity"),
        (message(failover=(message(),)), "no failover of its own"),
    ],
)
def test_what_dexatel_would_refuse_never_leaves(refused: OutgoingMessage, why: str) -> None:
    """Where its error table has a number, that number is told."""
    with pytest.raises(CannotSendError, match=why):
        DEXATEL.encode(refused, GIVEN)


def test_without_a_key_nothing_leaves() -> None:
    """And it is missed by name."""
    with pytest.raises(CannotSendError, match="'api_key'"):
        DEXATEL.encode(message(), credentials("dexatel", api_key=""))


TAKEN: Final = {"id": UUID, "from": "ACME", "to": "37490000001", "channel": "SMS",
                "status": "enroute", "segments_count": 1, "encoding": "GSM-7"}  # fmt: skip


@pytest.mark.parametrize("data", [[TAKEN], TAKEN, [TAKEN | {"to": ["37490000001"]}]])
def test_an_accepted_message(data: object) -> None:
    """The pages show a list, copies of them an object."""
    assert DEXATEL.decode_answer(answer(201, {"data": data})) == Accepted(UUID, 1)


def test_the_documented_error() -> None:
    """Code, class and words; the vendor's own kept beside ours."""
    error = {"timestamp": "2026-01-05 10:00:00", "path": "/v1/messages", "method": "POST",
             "status": 400, "message": "Invalid recipient number(s)", "code": 1523}  # fmt: skip
    assert DEXATEL.decode_answer(answer(400, {"errors": [error]})) == Refused(
        Reason("1523", ReasonClass.PERMANENT_RECIPIENT, "recipient number not valid"),
        "1523 Invalid recipient number(s)",
    )


@pytest.mark.parametrize("code", [c for c in table_of("dexatel").lines if "http" not in c])
def test_every_code_is_told_as_the_table_has_it(code: str) -> None:
    """With HTTP 400, and as a number or as text."""
    line = table_of("dexatel").lines[code]
    for written in (int(code), code):
        told = DEXATEL.decode_answer(answer(400, {"errors": [{"code": written, "message": "m"}]}))
        assert told == Refused(Reason(code, line.reason_class, line.text), f"{code} m")


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "account"), (403, "account"), (404, "caller-error"), (409, "transient"),
     (413, "caller-error"), (415, "caller-error"), (422, "caller-error")],
)  # fmt: skip
def test_a_status_without_a_code_is_told_by_itself(status: int, word: str) -> None:
    """With a body of another shape, or none."""
    bodies: list[object] = [{"message": "no"}, {"errors": []}, b"", b"<html>"]
    for body in bodies:
        told = DEXATEL.decode_answer(answer(status, body))
        assert isinstance(told, Refused)
        assert (told.reason.code, told.reason.reason_class) == (f"http-{status}", ReasonClass(word))


def test_too_many_requests() -> None:
    """No number is published; what the server asks for counts."""
    told = DEXATEL.decode_answer(answer(429, {}, headers=(("Retry-After", "3"),)))
    assert isinstance(told, Throttled)
    assert told.retry_after_us == 3_000_000


@pytest.mark.parametrize(
    "odd",
    [answer(201, {}), answer(201, {"data": []}), answer(201, {"data": [{"status": "enroute"}]}),
     answer(200, b"ok"), answer(500, {}), answer(502, b"<html>"), answer(504, {"errors": []}),
     answer(500, {"errors": [{"code": 1535}]}), answer(302)],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_no_refusal(odd: HttpAnswer) -> None:
    """Something may have been sent."""
    assert isinstance(DEXATEL.decode_answer(odd), Unreadable)


def test_a_message_is_asked_after_and_called_back_by_its_uuid() -> None:
    """And by nothing that could lead elsewhere."""
    asked = DEXATEL.poll_request(UUID, GIVEN)
    assert (asked.method, asked.path, asked.body) == ("GET", f"/v1/messages/{UUID}", b"")
    back = DEXATEL.recall_request(UUID, GIVEN)
    assert (back.method, back.path) == ("DELETE", f"/v1/messages/{UUID}")
    for bad in ("", "../accounts/self", "x", f"{UUID}/x"):
        with pytest.raises(CannotSendError, match="UUID"):
            DEXATEL.poll_request(bad, GIVEN)


@pytest.mark.parametrize("word", STATUSES)
def test_every_status_is_known_in_any_case(word: str) -> None:
    """Pages write both; asked for and pushed they are the same."""
    for written in (word, word.upper(), word.title()):
        told = TAKEN | {"status": written, "update_date": "2026-01-05 10:00:41"}
        (news,) = DEXATEL.decode_poll(answer(200, {"data": told}))
        assert news == Receipt(
            UUID, STATUSES[word], written, vendor_time="2026-01-05 10:00:41",
            at_s=1_767_607_241, segments=1, channel=SMS,
        )  # fmt: skip


def test_a_poll_that_tells_nothing_is_not_guessed() -> None:
    """Not found, no body, no status."""
    for bad in (answer(404, {}), answer(200, b""), answer(429, {})):
        with pytest.raises(UnreadableError):
            DEXATEL.decode_poll(bad)
    assert DEXATEL.decode_poll(answer(200, {"data": []})) == ()
    (news,) = DEXATEL.decode_poll(answer(200, {"data": {"id": UUID}}))
    assert isinstance(news, Ignored)


@pytest.mark.parametrize(
    ("status", "result"),
    [(204, RecallResult.RECALLED), (404, RecallResult.TOO_LATE), (400, RecallResult.TOO_LATE),
     (409, RecallResult.TOO_LATE)],
)  # fmt: skip
def test_what_comes_of_calling_back(status: int, result: RecallResult) -> None:
    """204 is documented; what is not there any more came too late."""
    assert DEXATEL.decode_recall(answer(status)) is result


@pytest.mark.parametrize("status", [401, 429, 500, 302])
def test_an_answer_to_calling_back_may_leave_it_open(status: int) -> None:
    """Then nothing is claimed."""
    with pytest.raises(UnreadableError):
        DEXATEL.decode_recall(answer(status))


DELIVERY: Final = {
    "account_id": "22222222-2222-4222-8222-222222222222", "message_id": UUID, "event": "delivery",
    "status": "FAILED", "channel": "SMS", "to": "37490000001", "mccmnc": "28310", "price": "0.03",
    "timestamp": "2026-01-05 10:00:41", "payload": "cascade=7;step=1",
}  # fmt: skip


def test_the_documented_delivery_event() -> None:
    """Why it failed is not told, so no reason is made up."""
    assert DEXATEL.decode_webhook(hook({"data": DELIVERY})) == (
        Receipt(
            UUID,
            Status.FAILED,
            "FAILED",
            reference="cascade=7;step=1",
            vendor_time="2026-01-05 10:00:41",
            at_s=1_767_607_241,
            price=Price(30_000_000, ""),
            channel=SMS,
        ),
    )


def test_a_price_may_be_a_number() -> None:
    """And is exact then too."""
    (news,) = DEXATEL.decode_webhook(hook(b'{"data":{"event":"delivery","message_id":"m",'
                                          b'"status":"delivered","price":0.1}}'))  # fmt: skip
    assert isinstance(news, Receipt)
    assert news.price == Price(100_000_000, "")


def test_a_status_nobody_has_documented_decides_nothing() -> None:
    """Its word is kept."""
    (news,) = DEXATEL.decode_webhook(hook({"data": DELIVERY | {"status": "Teleported\x1b"}}))
    assert isinstance(news, Receipt)
    assert (news.status, news.raw_status) == (Status.UNKNOWN, "Teleported\ufffd")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"data": DELIVERY | {"event": "message"}}, "a message from a person"),
        ({"data": DELIVERY | {"event": "typing"}}, "an event nobody has documented"),
        ({"data": DELIVERY | {"message_id": ""}}, "names no message"),
        ({"data": DELIVERY | {"status": None}}, "names no message, or no status"),
        ({"data": None}, "there is no 'data'"),
        ({}, "there is no 'data'"),
    ],
)
def test_what_is_no_receipt_is_kept_as_such(body: object, why: str) -> None:
    """It is counted, and nothing follows from it."""
    (news,) = DEXATEL.decode_webhook(hook(body))
    assert isinstance(news, Ignored)
    assert why in news.why


def test_a_webhook_is_believed_by_its_signature() -> None:
    """Of the raw body, under the webhook's own secret; not the API key's older header."""
    body = b'{"data":{"event":"delivery","status":"DELIVERED"}}'
    signature = "RSaEUPmWdGrNy0x+QY14tBHWcYQEFAlYBdfoMZw84GM="
    signed = (("x-dexatel-signature", signature),)
    assert DEXATEL.verify_webhook(hook(body, headers=signed), GIVEN, 0) is VERIFIED
    for headers in ((), (("X-Dexatel-Key", "FAKE-KEY"),), (("X-Dexatel-Signature", "x"),)):
        told = DEXATEL.verify_webhook(hook(body, headers=headers), GIVEN, 0)
        assert isinstance(told, NotVerified)
    changed = hook(body.replace(b"DELIVERED", b"FAILED"), headers=signed)
    assert isinstance(DEXATEL.verify_webhook(changed, GIVEN, 0), NotVerified)
    assert isinstance(DEXATEL.handshake(hook(b"", method="GET"), GIVEN), NotVerified)
