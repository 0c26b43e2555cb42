"""Vonage from its side: what it complains of, and how its answers and webhooks look."""

from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Headers, HttpAnswer
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.vonage import VonageDialect
from sandbox.dialects.words import Request, Submitted, Taken, Word
from tests.support.dialects_read import error, post, shown
from tests.support.submissions import HOOK_URL, UUID
from tests.support.words_said import NOW_S

VONAGE: Final = VonageDialect()
BASIC: Final[Headers] = (("Authorization", "Basic anything"),)
PATH: Final = "/v1/messages"
GOOD: Final[dict[str, Any]] = {
    "channel": "sms", "message_type": "text", "to": "37490000001", "from": "ACME",
    "text": "hello", "client_ref": "r", "webhook_url": HOOK_URL, "ttl": 60,
}  # fmt: skip
ON_VIBER: Final = {
    "channel": "viber_service", "message_type": "text", "to": "37490000001", "from": "99",
    "text": "hi", "viber_service": {"category": "transaction", "ttl": 30},
}  # fmt: skip
ABOUT: Final = Taken(
    submitted=Submitted(
        channel=SMS, recipient="+37490000001", sender="ACME", text="hello", reference="r",
        callback_url=HOOK_URL, validity_s=60,
    ),
    provider_id=UUID,
    at_s=NOW_S,
)  # fmt: skip


def test_a_message_is_read() -> None:
    """Understanding: validities where each channel has them, and the steps of a failover."""
    assert post(VONAGE, PATH, BASIC, GOOD) == ABOUT.submitted
    whole = post(VONAGE, PATH, BASIC, GOOD | {"failover": [ON_VIBER]})
    assert isinstance(whole, Submitted)
    assert replace(whole, steps=()) == ABOUT.submitted
    (step,) = whole.steps
    assert (step.channel, step.validity_s, step.text) == (VIBER, 30, "hi")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"to": "+37490000001"}, "to"),
        ({"from": ""}, "from"),
        ({"message_type": ""}, "message_type"),
        ({"ttl": 19}, "ttl"),
        ({"ttl": "60"}, "ttl"),
        ({"channel": "whatsapp"}, "ttl"),
        ({"client_ref": "x" * 101}, "client_ref"),
        ({"webhook_url": "ftp://x"}, "webhook_url"),
        ({"text": ""}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"message_type": "image"}, "image"),
        ({"failover": {}}, "failover"),
        ({"failover": [{"channel": "pigeon"}]}, "channel"),
    ],
)
def test_what_is_not_in_order_is_named(changes: dict[str, Any], name: str) -> None:
    """Errors: 422 with the parameter."""
    status, body = error(post(VONAGE, PATH, BASIC, GOOD | changes))
    assert (status, body["type"]) == (422, "https://developer.vonage.com/api-errors#invalid-params")
    assert [each["name"] for each in body["invalid_parameters"]] == [name]


def test_another_path_body_or_nobody() -> None:
    """Errors: each with its own address."""
    for call, status, word in (
        (post(VONAGE, "/v2/messages", BASIC, GOOD), 404, "not-found"),
        (VONAGE.read(Request("GET", PATH, BASIC, b"")), 404, "not-found"),
        (post(VONAGE, PATH, BASIC, b"{"), 422, "invalid-json"),
        (post(VONAGE, PATH, (), GOOD), 401, "unauthorized"),
    ):
        assert error(call)[0] == status
        assert error(call)[1]["type"].endswith(f"#{word}")


@pytest.mark.parametrize(
    ("code", "status", "http"),
    [
        ("1170", Status.REFUSED, 422),
        ("1240", Status.REFUSED, 403),
        ("1331", Status.REFUSED, 403),
        ("low-balance", Status.REFUSED, 402),
        ("rate-limit", Status.THROTTLED, 429),
    ],
)
def test_a_code_comes_with_its_status(code: str, status: Status, http: int) -> None:
    """Errors: the last part of the address is the code."""
    reason = Reason(code, VONAGE.table.lines[code].reason_class)
    answer = VONAGE.answer(ABOUT, Word(status, reason))
    assert answer.status == http
    assert shown(answer)["type"].endswith(f"#{code}")


def test_the_answer_names_message_and_workflow() -> None:
    """Form: 202; a workflow where there is a failover."""
    assert shown(VONAGE.answer(ABOUT, Word(Status.ACCEPTED))) == {"message_uuid": UUID}
    step = Submitted(channel=WHATSAPP, recipient="+37490000001")
    whole = replace(ABOUT, submitted=replace(ABOUT.submitted, steps=(step,)))
    assert shown(VONAGE.answer(whole, Word(Status.ACCEPTED)))["workflow_id"] == f"wf-{UUID}"
    hook = VONAGE.receipt(whole, Word(Status.SENT))
    assert hook is not None
    assert shown(HttpAnswer(0, (), hook.body))["workflow"]["items_total"] == "2"


def test_the_webhook_has_price_and_parts() -> None:
    """Form: version v1, to the address that came along."""
    word = Word(Status.DELIVERED, None, Price(7_500_000, "EUR"), NOW_S)
    hook = VONAGE.receipt(ABOUT, word)
    assert hook is not None
    assert hook.url == HOOK_URL
    assert shown(HttpAnswer(0, (), hook.body)) == {
        "message_uuid": UUID, "to": "37490000001", "from": "ACME",
        "timestamp": "2026-01-05T10:00:41Z", "status": "delivered", "channel": "sms",
        "client_ref": "r", "usage": {"currency": "EUR", "price": "0.0075"},
        "sms": {"count_total": "1"},
    }  # fmt: skip


def test_1360_says_that_it_expired_and_nothing_else_does() -> None:
    """Codes: of a rejection with that very code another one stands there."""
    reason = Reason("1360", ReasonClass.TRANSIENT)
    assert VONAGE.code(ABOUT, Word(Status.EXPIRED)) == "1360"
    assert VONAGE.code(ABOUT, Word(Status.REJECTED, reason)) == "1331"
    assert VONAGE.code(ABOUT, Word(Status.FAILED, reason)) == "1360"
