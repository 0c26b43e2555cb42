"""Dexatel from its side: what it complains of, and how its answers and webhooks look."""

from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.codec import SMS, VIBER, Headers, HttpAnswer
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.dexatel import DexatelDialect
from sandbox.dialects.words import Asked, Request, Submitted, Taken, Withdrawn, Word
from tests.support.dialects_read import error, post, shown
from tests.support.submissions import UUID
from tests.support.words_said import NOW_S

DEXATEL: Final = DexatelDialect()
KEY: Final[Headers] = (("X-Dexatel-Key", "anything"),)
GOOD: Final[dict[str, Any]] = {
    "from": "ACME", "to": ["37490000001"], "channel": "SMS", "type": "text", "text": "hello",
    "payload": "r",
}  # fmt: skip
IMAGE: Final = {"type": "image", "url": "https://media.example.test/a.jpg", "channel": "VIBER"}
ABOUT: Final = Taken(
    submitted=Submitted(
        channel=SMS, recipient="+37490000001", sender="ACME", text="hello", reference="r"
    ),
    provider_id=UUID,
    at_s=NOW_S - 41,
)


def said(**changes: Any) -> Any:
    """A body with changes; None takes a member away."""
    data = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return {"data": data}


def test_a_message_is_read() -> None:
    """Understanding: whom, from whom, what, and what comes back."""
    assert post(DEXATEL, "/v1/messages", KEY, said()) == Submitted(
        channel=SMS, recipient="+37490000001", sender="ACME", text="hello", reference="r"
    )
    viber = post(DEXATEL, "/v1/messages", KEY, said(text=None, **IMAGE))
    assert viber == Submitted(channel=VIBER, recipient="+37490000001", sender="ACME", reference="r")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 1005),
        ({"from": "ACME"}, 1007),
        (said(**{"from": ""}), 1503),
        (said(to=None), 1506),
        (said(to=["37490000001"] * 11), 1507),
        (said(to=["+37490000001"]), 1523),
        (said(to=[{}]), 1523),
        (said(channel="PIGEON"), 1515),
        (said(type=None), 1534),
        (said(**IMAGE, text=None) | {"data": GOOD | IMAGE | {"channel": "SMS"}}, 1518),
        (said(payload="x" * 501), 1705),
        (said(text=None), 1508),
        (said(text="x" * 1001), 1510),
        (said(text=None, template="order"), 1512),
        (said(text=None, template=UUID, variables=["x" * 71]), 1526),
        (said(**IMAGE | {"url": "http://media.example.test/a.jpg"}), 1532),
        (said(**IMAGE | {"type": "document"}), 1533),
    ],
)
def test_what_is_not_in_order_has_its_code(body: Any, code: int) -> None:
    """Errors: the table of the reference page, in its envelope."""
    status, answer = error(post(DEXATEL, "/v1/messages", KEY, body))
    ((one,),) = answer.values()
    assert (status, one["code"], one["status"], one["path"]) == (400, code, 400, "/v1/messages")
    assert one["timestamp"] == "2026-01-05 10:00:41"
    assert one["message"]


def test_another_path_method_or_id() -> None:
    """Errors: of HTTP, and for an id that is none."""
    assert error(post(DEXATEL, "/v2/messages", KEY, said()))[0] == 404
    for method, path, expected in (
        ("GET", f"/v1/messages/{UUID}", Asked(UUID)),
        ("DELETE", f"/v1/messages/{UUID}", Withdrawn(UUID)),
    ):
        assert DEXATEL.read(Request(method, path, KEY, b"")) == expected
    for method, path, status in (
        ("GET", "/v1/messages", 405),
        ("PUT", f"/v1/messages/{UUID}", 405),
        ("GET", "/v1/messages/1", 400),
    ):
        call = DEXATEL.read(Request(method, path, KEY, b""))
        assert isinstance(call, HttpAnswer)
        assert call.status == status


def test_the_answer_is_a_list_of_one() -> None:
    """Form: as documented, with the parts and the alphabet."""
    answer = DEXATEL.answer(ABOUT, Word(Status.ACCEPTED, at_s=NOW_S))
    ((one,),) = shown(answer).values()
    assert answer.status == 201
    assert (one["id"], one["to"], one["status"], one["encoding"], one["segments_count"]) == (
        UUID, "37490000001", "enroute", "GSM-7", 1,
    )  # fmt: skip
    assert one["create_date"] == "2026-01-05 10:00:00"


def test_the_webhook_is_the_documented_one() -> None:
    """Form: `delivery`, with price and payload; no code, whatever the reason."""
    reason = Reason("1530", ReasonClass.PERMANENT_RECIPIENT)
    word = Word(Status.FAILED, reason, Price(30_000_000, "EUR"), NOW_S)
    hook = DEXATEL.receipt(ABOUT, word)
    assert hook is not None
    data = shown(HttpAnswer(0, (), hook.body))["data"]
    assert data.pop("account_id")
    assert data == {
        "message_id": UUID, "event": "delivery", "status": "FAILED", "channel": "SMS",
        "to": "37490000001", "price": "0.03", "timestamp": "2026-01-05 10:00:41", "payload": "r",
    }  # fmt: skip
    assert hook.url == ""
    silent = DEXATEL.receipt(replace(ABOUT, echoes=False), Word(Status.DELIVERED))
    assert silent is not None
    assert b"payload" not in silent.body
