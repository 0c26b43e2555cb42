"""The wire format of Meta's WhatsApp Cloud API, against its OpenAPI document and its pages."""

import json
from dataclasses import replace
from typing import Any, Final

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
from sandbox.adapters.meta import STATUSES, MetaAdapter
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import NO_SECRET
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import answer, credentials, hook, message
from tests.support.vendor_documents import answer_complaints, complaints

META: Final = MetaAdapter()
GIVEN: Final = credentials("meta")
DOCUMENT: Final = "meta-whatsapp-cloud"
WAMID: Final = "wamid.FAKE0001"
CODES: Final = [code for code in table_of("meta").lines if "http" not in code]
ORDER: Final = Template("order_update", "en_US", ("1042",))


def _sent(content: Any, **changes: Any) -> Any:
    out = message(content, WHATSAPP, sender="", **changes)
    return json.loads(META.encode(out, GIVEN).body)


def test_the_documented_request() -> None:
    """The vendor's example, member by member."""
    out = message(ORDER, WHATSAPP, sender="", reference="cascade=7;step=2")
    request = META.encode(out, GIVEN)
    assert (request.method, request.path) == ("POST", "/v23.0/1000000000001/messages")
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": "37490000001",
        "type": "template",
        "template": {"name": "order_update", "language": {"code": "en_US"},
                     "components": [{"type": "body",
                                     "parameters": [{"type": "text", "text": "1042"}]}]},
        "biz_opaque_callback_data": "cascade=7;step=2",
    }  # fmt: skip
    assert request.wire_headers()[-1] == ("Authorization", "Bearer fake-access-token")
    assert "Authorization: Bearer ***" in request.masked(META.base_url)


def test_each_content_becomes_documented_members() -> None:
    """A template without parameters has no components."""
    assert _sent("Hi")["text"] == {"body": "Hi"}
    assert _sent(Template("order_update", "en"))["template"] == {
        "name": "order_update",
        "language": {"code": "en"},
    }
    url = "https://a.test/x"
    assert _sent(Media(MediaKind.IMAGE, url, "words"))["image"] == {"link": url, "caption": "words"}
    assert _sent(Media(MediaKind.VIDEO, url))["video"] == {"link": url}
    document = _sent(Media(MediaKind.DOCUMENT, url, "", "order.pdf"))
    assert document["type"] == "document"
    assert document["document"] == {"link": url, "filename": "order.pdf"}


def test_another_version_may_be_asked_for() -> None:
    """In the path, and only where it has the form of one."""
    out = message(channel=WHATSAPP, sender="")
    request = META.encode(out, credentials("meta", graph_version="v24.0"))
    assert request.path == "/v24.0/1000000000001/messages"
    for changes in ({"graph_version": "latest"}, {"phone_number_id": "12/../3"}):
        with pytest.raises(CannotSendError, match="phone_number_id"):
            META.encode(out, credentials("meta", **changes))


@pytest.mark.parametrize("sender", ["", "+15550100001", "1000000000001"])
def test_the_sender_is_the_number_of_the_account(sender: str) -> None:
    """By its number, its id, or not said."""
    assert META.encode(message(channel=WHATSAPP, sender=sender), GIVEN).path.startswith(
        "/v23.0/1000"
    )


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message(channel=SMS, sender=""), "carries no sms"),
        (message(channel=WHATSAPP, sender="+15550100009"), "from no other sender"),
        (message(channel=WHATSAPP, sender="ACME"), "from no other sender"),
        (message("x" * 4097, WHATSAPP, sender=""), "4097 characters, at most 4096"),
        (message(Template("Order Update", "en"), WHATSAPP, sender=""), "a to z, 0 to 9"),
        (message(Template("order_update"), WHATSAPP, sender=""), "needs its language"),
        (message(Template("order_update", "x/y"), WHATSAPP, sender=""), "needs its language"),
        (
            message(Media(MediaKind.IMAGE, "https://a.test/x", "", "a.jpg"), WHATSAPP, sender=""),
            "a document has a file name, no image",
        ),
        (message(channel=WHATSAPP, sender="", validity_s=60), "cannot be told a validity"),
    ],
)
def test_what_meta_would_refuse_never_leaves(refused: OutgoingMessage, why: str) -> None:
    """With what was asked and what is allowed."""
    with pytest.raises(CannotSendError, match=why):
        META.encode(refused, GIVEN)


@pytest.mark.parametrize("name", ["access_token", "phone_number_id"])
def test_without_credentials_nothing_leaves(name: str) -> None:
    """And what is missing is named."""
    with pytest.raises(CannotSendError, match=f"'{name}'"):
        META.encode(message(channel=WHATSAPP, sender=""), credentials("meta", **{name: ""}))


@pytest.mark.parametrize("word", ["accepted", "held_for_quality_assessment", "paused"])
def test_the_documented_answer(word: str) -> None:
    """200 says accepted and no more, also where a template is held back for now."""
    body = {"messaging_product": "whatsapp",
            "contacts": [{"input": "37490000001", "wa_id": "37490000001"}],
            "messages": [{"id": WAMID, "message_status": word}]}  # fmt: skip
    assert META.decode_answer(answer(200, body)) == Accepted(WAMID)


def test_the_answers_and_webhooks_of_these_tests_are_ones_the_vendor_could_send() -> None:
    """By its document; and ones it could not send are noticed."""
    asked = META.encode(message(channel=WHATSAPP, sender=""), GIVEN)
    taken = {"messaging_product": "whatsapp", "messages": [{"id": WAMID}],
             "contacts": [{"input": "37490000001", "wa_id": "37490000001"}]}  # fmt: skip
    args = (DOCUMENT, asked, META.base_url, 200)
    assert answer_complaints(*args, taken) == []
    assert answer_complaints(*args, taken | {"messages": 7}) != []
    metadata = {"display_phone_number": "15550100001", "phone_number_id": "1000000000001"}
    error = {"code": 131026, "title": "t", "message": "m", "error_data": {"details": "d"}}
    for word in ("sent", "delivered", "read", "failed"):
        told = _status(word, *([error] if word == "failed" else []))
        pushed = replace(
            asked,
            path="/whatsapp/webhooks",
            body=json.dumps(_pushed(told, metadata=metadata)).encode(),
        )
        # The document leaves out the echo of our reference, of which the pages tell.
        echo = "unknown: .entry[0].changes[0].value.statuses[0].biz_opaque_callback_data"
        assert complaints(DOCUMENT, pushed, META.base_url) == [echo]
        bad = replace(pushed, body=pushed.body.replace(b'"statuses"', b'"statusses"'))
        assert "unknown: .entry[0].changes[0].value.statusses" in complaints(
            DOCUMENT, bad, META.base_url
        )


def _error(code: object, **more: object) -> dict[str, object]:
    return {"error": {"message": f"(#{code}) m", "type": "OAuthException", "code": code,
                      "error_data": {"messaging_product": "whatsapp", "details": "d"},
                      "fbtrace_id": "FAKE"} | more}  # fmt: skip


def _status(word: str, *errors: object) -> dict[str, object]:
    told = {"id": WAMID, "status": word, "timestamp": "1767600000", "recipient_id": "37490000001",
            "biz_opaque_callback_data": "cascade=7;step=2"}  # fmt: skip
    return told | ({"errors": list(errors)} if errors else {})


def _pushed(*statuses: object, **value: object) -> dict[str, object]:
    whole = {"messaging_product": "whatsapp", "statuses": list(statuses)} | value
    changes = [{"field": "messages", "value": whole}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": changes}]}


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_told_as_the_table_has_it(code: str) -> None:
    """With an answer and with a webhook: the same code may come either way."""
    line = table_of("meta").lines[code]
    reason = Reason(code, line.reason_class, line.text)
    told = META.decode_answer(answer(400, _error(int(code))))
    expected = Throttled if line.throttles else Refused
    assert told == expected(reason, f"{code} d · (#{code}) m")
    failed = _status("failed", {"code": int(code), "title": "t", "error_data": {"details": "d"}})
    (news,) = META.decode_webhook(hook(_pushed(failed)))
    assert isinstance(news, Receipt)
    assert news.reason == reason
    assert news.raw_reason == f"{code} d · t"


@pytest.mark.parametrize("code", [200, 210, 299])
def test_permissions_are_one_line_for_a_hundred_codes(code: int) -> None:
    """From 200 to 299, each under its own number; 300 is a code nobody knows."""
    told = META.decode_answer(answer(403, _error(code)))
    assert isinstance(told, Refused)
    assert told.reason == Reason(str(code), ReasonClass.ACCOUNT, "permission missing")
    other = META.decode_answer(answer(400, _error(300)))
    assert isinstance(other, Refused)
    assert (other.reason.code, other.reason.reason_class) == ("300", ReasonClass.CALLER_ERROR)


@pytest.mark.parametrize(
    "odd",
    [answer(200, {}), answer(200, {"messages": []}), answer(200, b""),
     answer(200, {"success": True}), answer(500, _error(131000)), answer(500, {"error": {}}),
     answer(502, b"<html>")],
)  # fmt: skip
def test_an_answer_that_leaves_it_open_is_no_refusal(odd: HttpAnswer) -> None:
    """Something may have been sent."""
    assert isinstance(META.decode_answer(odd), Unreadable)


def test_meta_can_neither_be_asked_nor_take_anything_back() -> None:
    """Webhooks are the only source."""
    for call in (META.poll_request, META.recall_request):
        with pytest.raises(CannotSendError, match="whatsapp-cloud"):
            call(WAMID, GIVEN)
    with pytest.raises(UnreadableError):
        META.decode_poll(answer(200, {}))
    assert META.decode_recall(answer(200)) is RecallResult.UNSUPPORTED


def test_the_documented_webhook() -> None:
    """With its code, and our reference echoed."""
    error = {"code": 131026, "title": "Message undeliverable", "message": "Message undeliverable",
             "error_data": {"details": "Some."}}  # fmt: skip
    assert META.decode_webhook(hook(_pushed(_status("failed", error)))) == (
        Receipt(
            WAMID,
            Status.FAILED,
            "failed",
            reference="cascade=7;step=2",
            reason=Reason("131026", ReasonClass.PERMANENT_RECIPIENT, "undeliverable"),
            raw_reason="131026 Some. · Message undeliverable",
            vendor_time="1767600000",
            at_s=1_767_600_000,
            channel=WHATSAPP,
        ),
    )


@pytest.mark.parametrize("word", STATUSES)
def test_every_status_is_known(word: str) -> None:
    """And a failure without an error has no reason made up."""
    (news,) = META.decode_webhook(hook(_pushed(_status(word))))
    assert isinstance(news, Receipt)
    assert (news.status, news.reason) == (STATUSES[word], None)


def test_several_statuses_in_one_webhook_are_all_told() -> None:
    """One that cannot be read does not take the others with it."""
    body = _pushed(_status("read"), {"id": 7}, "odd", _status("delivered"), _status("deleted"))
    first, second, third, fourth = META.decode_webhook(hook(body))
    assert isinstance(second, Ignored)
    words = [n.status for n in (first, third, fourth) if isinstance(n, Receipt)]
    assert words == [Status.READ, Status.DELIVERED, Status.UNKNOWN]


def test_what_is_no_receipt_is_kept_as_such() -> None:
    """A message from a person, trouble of the account, other fields, another object."""
    body = _pushed(messages=[{"type": "text"}], errors=[{"title": "t"}])
    told = [*META.decode_webhook(hook(body)), *META.decode_webhook(hook({"object": "page"}))]
    other = {"object": "whatsapp_business_account",
             "entry": [{"changes": [{"field": "account_alerts"}]}]}  # fmt: skip
    told += META.decode_webhook(hook(other))
    assert all(isinstance(news, Ignored) for news in told)
    assert [news.why for news in told if isinstance(news, Ignored)] == [
        "a message from a person",
        "trouble that is of no message",
        "it is not about a WhatsApp account",
        "a change of something else than messages",
    ]
    assert META.decode_webhook(hook({"object": "whatsapp_business_account", "entry": []})) == ()


def test_a_webhook_is_believed_by_its_signature() -> None:
    """In hex, with its prefix."""
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    mac = "fba0304b5bc26a376c2ff0b5a332da3307403347eb9ef25f5f4c0af76fb27df6"
    signed = (("X-Hub-Signature-256", f"sha256={mac}"),)
    assert META.verify_webhook(hook(body, headers=signed), GIVEN, 0) is VERIFIED
    for given in (mac, f"sha1={mac}", "sha256=", f"sha256=sha256={mac}", ""):
        headers = (("X-Hub-Signature-256", given),)
        assert isinstance(META.verify_webhook(hook(body, headers=headers), GIVEN, 0), NotVerified)
    changed = hook(body + b" ", headers=signed)
    assert isinstance(META.verify_webhook(changed, GIVEN, 0), NotVerified)


HANDSHAKE: Final = (
    "https://sandbox.example.test/hooks/meta?hub.mode=subscribe"
    "&hub.verify_token=fake-verify-token&hub.challenge=1158201444"
)


def test_the_handshake_is_answered_with_the_challenge() -> None:
    """Where the token is ours."""
    assert META.handshake(hook(b"", method="GET", url=HANDSHAKE), GIVEN) == "1158201444"


def test_without_a_verify_token_no_handshake_is_answered() -> None:
    """Not even one that brings none either."""
    url = HANDSHAKE.replace("fake-verify-token", "")
    given = credentials("meta", verify_token="")
    assert META.handshake(hook(b"", method="GET", url=url), given) == NO_SECRET


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", HANDSHAKE),
        ("GET", HANDSHAKE.replace("subscribe", "unsubscribe")),
        ("GET", HANDSHAKE.replace("fake-verify-token", "another")),
        ("GET", HANDSHAKE.replace("fake-verify-token", "")),
        ("GET", HANDSHAKE.replace("1158201444", "")),
        ("GET", HANDSHAKE.replace("1158201444", "%3Cscript%3E")),
        ("GET", HANDSHAKE.replace("1158201444", "1" * 201)),
        ("GET", HANDSHAKE.replace("1158201444", "%zz")),
        ("GET", HANDSHAKE.partition("?")[0]),
    ],
)
def test_no_other_handshake_is_answered(method: str, url: str) -> None:
    """And nothing is sent back that could be markup."""
    assert isinstance(META.handshake(hook(b"", method=method, url=url), GIVEN), NotVerified)
