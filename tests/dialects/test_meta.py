"""Meta from its side: what it complains of, and how its answers and webhooks look."""

from typing import Any, Final

import pytest

from sandbox.adapters.codec import WHATSAPP, Headers, HttpAnswer
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.meta import MetaDialect
from sandbox.dialects.words import Request, Submitted, Taken, Word
from tests.support.dialects_read import error, post, shown
from tests.support.submissions import credentials
from tests.support.words_said import NOW_S

META: Final = MetaDialect()
BEARER: Final[Headers] = (("Authorization", "Bearer anything"),)
PATH: Final = "/v23.0/1000000000001/messages"
GOOD: Final[dict[str, Any]] = {
    "messaging_product": "whatsapp", "to": "37490000001", "type": "text",
    "text": {"body": "hello"}, "biz_opaque_callback_data": "r",
}  # fmt: skip
TEMPLATE: Final = {"name": "order", "language": {"code": "en"}}
ABOUT: Final = Taken(
    submitted=Submitted(
        channel=WHATSAPP, recipient="+37490000001", text="hello", reference="r",
        account="1000000000001",
    ),
    provider_id="wamid.1",
    at_s=NOW_S,
)  # fmt: skip


def test_a_message_is_read() -> None:
    """Understanding: a text, and a template whose words only Meta knows."""
    assert post(META, PATH, BEARER, GOOD) == ABOUT.submitted
    read = post(META, PATH, BEARER, GOOD | {"type": "template", "template": TEMPLATE})
    assert isinstance(read, Submitted)
    assert read.text is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 100),
        ({}, 100),
        (GOOD | {"type": "pigeon"}, 131051),
        (GOOD | {"text": {}}, 131008),
        (GOOD | {"text": {"body": "x" * 4097}}, 131009),
        (GOOD | {"to": "x"}, 131009),
        (GOOD | {"type": "image", "image": {}}, 131008),
        (GOOD | {"type": "template", "template": {"name": "order"}}, 131008),
        (GOOD | {"type": "template", "template": TEMPLATE | {"components": [{}]}}, 132012),
    ],
)
def test_what_is_not_in_order_has_its_code(body: Any, code: int) -> None:
    """Errors: in the envelope, told apart by code."""
    status, answer = error(post(META, PATH, BEARER, body))
    assert (status, answer["error"]["code"]) == (400, code)
    assert answer["error"]["message"].startswith(f"(#{code}) ")


def test_another_path_or_nobody() -> None:
    """Errors: no such object, and no token."""
    assert error(post(META, "/v23.0/x/messages", BEARER, GOOD))[1]["error"]["code"] == 100
    assert error(META.read(Request("GET", PATH, BEARER, b"")))[1]["error"]["code"] == 100
    assert error(post(META, PATH, (), GOOD))[0] == 401


@pytest.mark.parametrize(
    ("code", "status", "http"),
    [
        ("190", Status.REFUSED, 401),
        ("200", Status.REFUSED, 403),
        ("131016", Status.REFUSED, 503),
        ("131026", Status.REFUSED, 400),
        ("130429", Status.THROTTLED, 429),
    ],
)
def test_a_code_comes_with_its_status(code: str, status: Status, http: int) -> None:
    """Errors: the statuses are ours, see `unverified`."""
    reason = Reason(code, META.table.lines[code].reason_class)
    answer = META.answer(ABOUT, Word(status, reason))
    assert (answer.status, shown(answer)["error"]["code"]) == (http, int(code))


def test_the_answer_names_the_message() -> None:
    """Form: as documented."""
    assert shown(META.answer(ABOUT, Word(Status.ACCEPTED))) == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "37490000001", "wa_id": "37490000001"}],
        "messages": [{"id": "wamid.1"}],
    }


def test_the_webhook_is_deep() -> None:
    """Form: one status, its time as text, and why it failed."""
    reason = Reason("131026", ReasonClass.PERMANENT_RECIPIENT)
    hook = META.receipt(ABOUT, Word(Status.REJECTED, reason, None, NOW_S))
    assert hook is not None
    body = shown(HttpAnswer(0, (), hook.body))
    ((change,),) = [entry["changes"] for entry in body["entry"]]
    assert change["value"]["metadata"]["phone_number_id"] == "1000000000001"
    (status,) = change["value"]["statuses"]
    assert (status["id"], status["status"], status["timestamp"]) == (
        "wamid.1", "failed", "1767607241",
    )  # fmt: skip
    assert [each["code"] for each in status["errors"]] == [131026]
    assert META.receipt(ABOUT, Word(Status.EXPIRED)) is None


def test_the_handshake_asks_with_our_word() -> None:
    """Handshake: a GET with mode, word and challenge."""
    hook = META.handshake("http://127.0.0.1/h", credentials("meta"), "c1")
    assert hook is not None
    assert (hook.method, hook.url) == (
        "GET",
        "http://127.0.0.1/h?hub.mode=subscribe&hub.verify_token=fake-verify-token&hub.challenge=c1",
    )
