"""Infobip's wire format, against the document of its library and its registry of codes."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any, Final

import pytest

from sandbox.adapters.codec import (
    VERIFIED,
    VIBER,
    WHATSAPP,
    Accepted,
    Content,
    Credentials,
    Headers,
    HttpAnswer,
    Media,
    MediaKind,
    NotVerified,
    OutgoingMessage,
    Refused,
    Template,
    Throttled,
    Traffic,
    Unreadable,
)
from sandbox.adapters.infobip import SCHEMES, InfobipAdapter
from sandbox.adapters.reasons import table_of
from sandbox.adapters.signing import ALGORITHMS
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.errors import CannotSendError
from tests.support.submissions import (
    HOOK_URL,
    answer,
    credentials,
    hook,
    infobip_status,
    message,
)
from tests.support.vendor_documents import answer_complaints, complaints

INFOBIP: Final = InfobipAdapter()
GIVEN: Final = credentials("infobip")
BASE: Final = "https://api.infobip.com"
LINES: Final = {c: line for c, line in table_of("infobip").lines.items() if "http" not in c}
ERRORS: Final = [code for code in LINES if code.isdigit()]
REJECTED: Final = [c.removeprefix("status-") for c in LINES if c.startswith("status-")]
FROM: Final = "+15550100001"
IMAGE: Final = Media(MediaKind.IMAGE, "https://a.test/x.jpg")
FILE: Final = Media(MediaKind.DOCUMENT, "https://a.test/x.pdf", file_name="x.pdf")


def _encoded(out: OutgoingMessage) -> tuple[str, Any]:
    """The path and the body, once the document has taken them."""
    request = INFOBIP.encode(out, GIVEN)
    assert complaints("infobip", request, BASE) == []
    return request.path, json.loads(request.body)


def test_the_documented_sms() -> None:
    """With our key as the message's id, so that it is taken once."""
    out = message("Order 1042 shipped", validity_s=120, callback_url=HOOK_URL, reference="c7.1")
    assert _encoded(replace(out, key="k7")) == (
        "/sms/3/messages",
        {
            "messages": [
                {
                    "sender": "ACME",
                    "destinations": [{"to": "37490000001", "messageId": "sms-k7"}],
                    "content": {"text": "Order 1042 shipped"},
                    "options": {"validityPeriod": {"amount": 120, "timeUnit": "SECONDS"}},
                    "webhooks": {"callbackData": "c7.1", "delivery": {"url": HOOK_URL}},
                }
            ],
            "options": {"includeSmsCountInResponse": True},
        },
    )
    request = INFOBIP.encode(out, GIVEN)
    assert request.method == "POST"
    assert request.wire_headers()[-1] == ("Authorization", "App fake-infobip-key")
    assert "Authorization: App ***" in request.masked(BASE)


def test_an_sms_may_leave_its_sender_to_infobip() -> None:
    """No empty member then; a number goes without its plus."""
    _, body = _encoded(message(sender=""))
    assert "sender" not in body["messages"][0]
    assert "options" not in body["messages"][0]
    _, body = _encoded(message(sender=FROM))
    assert body["messages"][0]["sender"] == "15550100001"


def test_a_whatsapp_text_travels_alone() -> None:
    """And is told where its receipts go in another member."""
    out = message("hi", WHATSAPP, sender=FROM, callback_url=HOOK_URL, reference="r")
    assert _encoded(out) == (
        "/whatsapp/1/message/text",
        {
            "from": "15550100001",
            "to": "37490000001",
            "messageId": "whatsapp-r",
            "content": {"text": "hi"},
            "callbackData": "r",
            "notifyUrl": HOOK_URL,
        },
    )


def test_a_whatsapp_template_travels_in_a_list() -> None:
    """With its values in order; without any, an empty list."""
    template = Template("order_update", "en_US", ("1042", "today"))
    path, body = _encoded(message(template, WHATSAPP, sender=FROM))
    assert path == "/whatsapp/1/message/template"
    (one,) = body["messages"]
    assert one["content"] == {
        "templateName": "order_update",
        "templateData": {"body": {"placeholders": ["1042", "today"]}},
        "language": "en_US",
    }
    _, body = _encoded(message(replace(template, parameters=()), WHATSAPP, sender=FROM))
    assert body["messages"][0]["content"]["templateData"]["body"] == {"placeholders": []}


def test_an_image_on_whatsapp_has_a_path_of_its_own() -> None:
    """With or without words."""
    path, body = _encoded(message(replace(IMAGE, caption="c"), WHATSAPP, sender=FROM))
    assert path == "/whatsapp/1/message/image"
    assert body["content"] == {"mediaUrl": IMAGE.url, "caption": "c"}
    _, body = _encoded(message(IMAGE, WHATSAPP, sender=FROM))
    assert body["content"] == {"mediaUrl": IMAGE.url}


def test_viber_is_told_what_a_message_is_for() -> None:
    """And where to report that it was seen."""
    out = message("hi", VIBER, validity_s=60, callback_url=HOOK_URL, reference="r")
    path, body = _encoded(out)
    assert path == "/viber/2/messages"
    assert body == {
        "messages": [
            {
                "sender": "ACME",
                "destinations": [{"to": "37490000001", "messageId": "viber-r"}],
                "content": {"type": "TEXT", "text": "hi"},
                "options": {
                    "label": "TRANSACTIONAL",
                    "validityPeriod": {"amount": 60, "timeUnit": "SECONDS"},
                },
                "webhooks": {
                    "callbackData": "r",
                    "delivery": {"url": HOOK_URL},
                    "seen": {"url": HOOK_URL},
                },
            }
        ]
    }
    _, body = _encoded(replace(out, traffic=Traffic.PROMOTIONAL, validity_s=None))
    assert body["messages"][0]["options"] == {"label": "PROMOTIONAL"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (IMAGE, {"type": "IMAGE", "mediaUrl": IMAGE.url}),
        (replace(IMAGE, caption="c"), {"type": "IMAGE", "mediaUrl": IMAGE.url, "text": "c"}),
        (FILE, {"type": "FILE", "fileName": "x.pdf", "mediaUrl": FILE.url}),
    ],
)
def test_viber_shows_images_and_documents(content: Media, expected: dict[str, str]) -> None:
    """As the document has them."""
    _, body = _encoded(message(content, VIBER))
    assert body["messages"][0]["content"] == expected


STEPS: Final = (
    message("Order 1042", VIBER, validity_s=60, reference="c7.1"),
    message("Order 1042", sender="", reference="c7.2", recipient="+37490000002"),
)


def test_a_failover_is_one_submission_of_the_messages_api() -> None:
    """Each channel with its number; reports of every step, and nothing adapted on the way."""
    steps = (STEPS[0], replace(STEPS[1], sender="ACME"))
    out = message(
        "Order 1042", WHATSAPP, sender=FROM, validity_s=120, callback_url=HOOK_URL,
        reference="c7", failover=steps,
    )  # fmt: skip
    text = {"body": {"type": "TEXT", "text": "Order 1042"}}
    assert _encoded(out) == (
        "/messages-api/1/messages",
        {
            "messages": [
                {
                    "channel": "WHATSAPP",
                    "sender": "15550100001",
                    "content": text,
                    "destinations": [
                        {
                            "messageId": "cascade-c7",
                            "byChannel": [
                                {"channel": "WHATSAPP", "to": "37490000001"},
                                {"channel": "VIBER_BM", "to": "37490000001"},
                                {"channel": "SMS", "to": "37490000002"},
                            ],
                        }
                    ],
                    "options": {
                        "adaptationMode": False,
                        "trafficType": "TRANSACTIONAL",
                        "validityPeriod": {"amount": 120, "timeUnit": "SECONDS"},
                    },
                    "webhooks": {
                        "callbackData": "c7",
                        "delivery": {"url": HOOK_URL, "receiveTriggeredFailoverReports": True},
                        "seen": {"url": HOOK_URL},
                    },
                    "failover": [
                        {
                            "channel": "VIBER_BM",
                            "sender": "ACME",
                            "content": text,
                            "validityPeriod": {"amount": 60, "timeUnit": "SECONDS"},
                        },
                        {"channel": "SMS", "sender": "ACME", "content": text},
                    ],
                }
            ]
        },
    )


@pytest.mark.parametrize(
    ("content", "channel", "expected"),
    [
        (IMAGE, VIBER, {"content": {"body": {"type": "IMAGE", "url": IMAGE.url}}}),
        (
            replace(IMAGE, caption="c"),
            WHATSAPP,
            {"content": {"body": {"type": "IMAGE", "url": IMAGE.url, "text": "c"}}},
        ),
        (
            Template("order_update", "en_US"),
            WHATSAPP,
            {"template": {"templateName": "order_update", "language": "en_US"}},
        ),
    ],
)
def test_a_step_may_be_more_than_a_text(
    content: Content, channel: Channel, expected: dict[str, object]
) -> None:
    """The first message as well as a later one."""
    rich, plain = message(content, channel, sender=FROM), message(sender=FROM)
    _, body = _encoded(replace(rich, failover=(plain,)))
    assert expected.items() <= body["messages"][0].items()
    _, body = _encoded(replace(plain, failover=(rich,)))
    assert expected.items() <= body["messages"][0]["failover"][0].items()


def _with(*steps: OutgoingMessage, **changes: Any) -> OutgoingMessage:
    return message(failover=steps, **changes)


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (message("ф" * 1676), "an SMS of 26 parts, at most 25"),
        (message("x" * 3826), "an SMS of 26 parts, at most 25"),
        (message(Template("otp", "en")), "an SMS is a text"),
        (message(IMAGE), "an SMS is a text"),
        (message(validity_s=172_801), "172801 s, allowed are 1 to 172800 s"),
        (message(channel=VIBER, validity_s=172_801), "allowed are 1 to 172800 s"),
        (message(channel=VIBER, sender=""), "on Viber a sender is required"),
        (message("x" * 1001, VIBER), "1001 characters, at most 1000"),
        (message(Template("otp", "en"), VIBER), "Viber's templates name their values"),
        (message(replace(IMAGE, kind=MediaKind.VIDEO), VIBER), "a Viber video needs length"),
        (message(replace(IMAGE, file_name="x"), VIBER), "an image has no file name"),
        (message(replace(IMAGE, caption="x" * 1001), VIBER), "at most 1000"),
        (message(replace(FILE, file_name=""), VIBER), "the file name is empty"),
        (message(replace(FILE, file_name="x" * 26), VIBER), "26 characters, at most 25"),
        (message(replace(FILE, caption="c"), VIBER), "goes without a caption"),
        (message(channel=WHATSAPP), "a number with its plus"),
        (message(channel=WHATSAPP, sender=""), "a number with its plus"),
        (message(channel=WHATSAPP, sender=FROM, validity_s=60), "WhatsApp message takes no valid"),
        (message("x" * 4097, WHATSAPP, sender=FROM), "4097 characters, at most 4096"),
        (message(Template("Otp", "en"), WHATSAPP, sender=FROM), "a to z, 0 to 9 and _ only"),
        (message(Template("otp"), WHATSAPP, sender=FROM), "needs its language"),
        (message(FILE, WHATSAPP, sender=FROM), "WhatsApp gets images alone"),
        (message(replace(IMAGE, kind=MediaKind.VIDEO), WHATSAPP, sender=FROM), "images alone"),
        (message(replace(IMAGE, file_name="x"), WHATSAPP, sender=FROM), "image has no file name"),
        (message(replace(IMAGE, caption="x" * 1001), WHATSAPP, sender=FROM), "at most 1000"),
        (_with(message()), "each channel once"),
        (_with(STEPS[0], STEPS[0]), "each channel once"),
        (_with(STEPS[0], sender=""), "every step of a failover needs its sender"),
        (_with(STEPS[1], channel=VIBER), "every step of a failover needs its sender"),
        (_with(replace(STEPS[0], callback_url=HOOK_URL)), "one callback URL"),
        (_with(replace(STEPS[0], traffic=Traffic.PROMOTIONAL)), "one kind of traffic"),
        (_with(STEPS[0], validity_s=9), "9 s, allowed are 10 to 172800 s"),
        (_with(replace(STEPS[0], validity_s=9)), "9 s, allowed are 10 to 172800 s"),
        (_with(replace(STEPS[0], validity_s=172_801)), "allowed are 10 to 172800 s"),
        (_with(message("x" * 1001, VIBER)), "1001 characters, at most 1000"),
        (_with(STEPS[0], content="x" * 3826), "an SMS of 26 parts"),
        (_with(message(Template("o", "en", ("1",)), WHATSAPP, sender=FROM)), "without parameters"),
        (_with(message(Template("o", "en"), VIBER)), "templates are for WhatsApp"),
        (_with(message(FILE, VIBER)), "images alone, on WhatsApp and Viber"),
        (_with(STEPS[0], content=IMAGE), "images alone, on WhatsApp and Viber"),
        (_with(message(replace(IMAGE, file_name="x"), VIBER)), "an image has no file name"),
    ],
)
def test_what_infobip_would_refuse_never_leaves(refused: OutgoingMessage, why: str) -> None:
    """With what was asked and what is allowed; a step like a message."""
    with pytest.raises(CannotSendError, match=why):
        INFOBIP.encode(refused, GIVEN)


@pytest.mark.parametrize(
    "taken",
    [message("x" * 3825), message("ф" * 1675), message(validity_s=172_800), message(validity_s=1),
     message("x" * 1000, VIBER), message("x" * 4096, WHATSAPP, sender=FROM),
     _with(STEPS[0], validity_s=10)],
)  # fmt: skip
def test_what_is_just_allowed_leaves(taken: OutgoingMessage) -> None:
    """At the very limits."""
    _encoded(taken)


def test_without_a_key_nothing_leaves() -> None:
    """Named, not shown."""
    with pytest.raises(CannotSendError, match="infobip needs 'api_key'"):
        INFOBIP.encode(message(), credentials("infobip", api_key=""))


def test_the_same_key_is_the_same_message() -> None:
    """On one way; on another it is another message, and so is a failover."""
    ids = set()
    for out in (
        message(),
        message(sender="OTHER"),
        message(channel=VIBER),
        message(failover=(STEPS[0],)),
    ):
        _, body = _encoded(replace(out, key="k"))
        ids.add(body["messages"][0]["destinations"][0]["messageId"])
    assert ids == {"sms-k", "viber-k", "cascade-k"}


# Answers -----------------------------------------------------------------------------------------


def _answer(status: object, **more: object) -> dict[str, object]:
    one = {"messageId": "sms-k7", "destination": "37490000001", "status": status}
    return {"bulkId": "b-1", "messages": [one | more]}


TAKEN: Final = _answer(infobip_status(1, 26, "PENDING_ACCEPTED"), details={"messageCount": 2})


def test_the_documented_answer() -> None:
    """In a list, or alone as WhatsApp's."""
    assert INFOBIP.decode_answer(answer(200, TAKEN)) == Accepted("sms-k7", 2)
    assert INFOBIP.decode_answer(answer(200, _answer(infobip_status(1, 7)))) == Accepted("sms-k7")
    alone = {
        "to": "1",
        "messageCount": 1,
        "messageId": "whatsapp-k",
        "status": infobip_status(1, 7),
    }
    assert INFOBIP.decode_answer(answer(200, alone)) == Accepted("whatsapp-k", 1)
    by_name = {"groupName": "PENDING", "name": "PENDING_ACCEPTED"}
    assert INFOBIP.decode_answer(answer(200, _answer(by_name))) == Accepted("sms-k7")


def test_the_answers_of_these_tests_are_ones_the_vendor_could_give() -> None:
    """By the document; and one it could not give is noticed."""
    error = {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "t"}}}
    for out in (message(), message(channel=VIBER), message(sender=FROM, failover=(STEPS[0],))):
        request = INFOBIP.encode(out, GIVEN)
        answer_of = ("infobip", request, BASE)
        taken = _answer(infobip_status(1, 26)) if out.channel == VIBER else TAKEN
        assert answer_complaints(*answer_of, 200, taken) == []
        assert answer_complaints(*answer_of, 200, {"messages": "none"}) != []
        assert answer_complaints(*answer_of, 401, error) == []


def _told(line_code: str, raw: str) -> Refused | Throttled:
    line = LINES[line_code]
    kind = Throttled if line.throttles else Refused
    return kind(Reason(line_code, line.reason_class, line.text), raw)


@pytest.mark.parametrize("number", REJECTED)
def test_a_refusal_comes_with_http_200(number: str) -> None:
    """Every status the registry has, in the groups of what was not taken."""
    for group in (2, 5):
        told = INFOBIP.decode_answer(answer(200, _answer(infobip_status(group, int(number)))))
        assert told == _told(f"status-{number}", f"NAME_{number} · d")


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_says_more_than_ainfobip_status(code: str) -> None:
    """Wherever the table knows what to do about it."""
    error = {"id": int(code), "name": "EC_X", "description": "e", "permanent": True}
    told = INFOBIP.decode_answer(answer(200, _answer(infobip_status(2, 9), error=error)))
    assert told == _told(code, "NAME_9 · d · EC_X · e")


def test_a_status_says_more_than_an_error_nobody_knows() -> None:
    """0 is no error; of two that say nothing the finer one is kept."""
    for number in (0, 99_999, 255, None):
        told = INFOBIP.decode_answer(
            answer(200, _answer(infobip_status(5, 12), error={"id": number}))
        )
        assert told == _told("status-12", "NAME_12 · d")
    for number in (9, 77):
        status = infobip_status(2, number)
        told = INFOBIP.decode_answer(answer(200, _answer(status, error={"id": 0})))
        assert isinstance(told, Refused)
        assert told.reason.code == f"status-{number}"
    told = INFOBIP.decode_answer(answer(200, _answer(infobip_status(5, 100), error={"id": 99_999})))
    assert isinstance(told, Refused)
    assert told.reason == Reason("99999", ReasonClass.TRANSIENT, "NAME_100 · d")
    told = INFOBIP.decode_answer(answer(200, _answer({"groupId": 5})))
    assert isinstance(told, Refused)
    assert told.reason == Reason("unknown", ReasonClass.TRANSIENT, "")
    told = INFOBIP.decode_answer(answer(200, _answer(infobip_status(5, 77))))
    assert isinstance(told, Refused)
    assert told.reason == Reason("status-77", ReasonClass.TRANSIENT, "NAME_77 · d")


@pytest.mark.parametrize(
    ("status", "body", "code", "raw"),
    [
        (
            401,
            {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "no"}}},
            "UNAUTHORIZED",
            "UNAUTHORIZED no",
        ),
        (
            400,
            {"errorCode": "E400", "description": "bad", "violations": [
                {"property": "messages[0].to", "violation": "is required"}, 7]},
            "E400",
            "E400 bad · messages[0].to is required",
        ),
        (403, {}, "http-403", "HTTP 403"),
        (404, {"requestError": "x"}, "http-404", "HTTP 404"),
        (400, b"<html>", "http-400", "HTTP 400"),
    ],
)  # fmt: skip
def test_older_and_newer_errors_of_http_are_read(
    status: int, body: object, code: str, raw: str
) -> None:
    """With the class of the table, else of the HTTP status."""
    told = INFOBIP.decode_answer(answer(status, body))
    assert isinstance(told, Refused)
    assert (told.reason.code, told.raw) == (code, raw)
    expected = ReasonClass.ACCOUNT if status in {401, 403} else ReasonClass.CALLER_ERROR
    assert told.reason.reason_class is expected


def test_who_is_too_fast_is_told_how_long_to_wait() -> None:
    """By HTTP."""
    body = {"errorCode": "E429", "description": "slow down"}
    told = INFOBIP.decode_answer(answer(429, body, headers=(("Retry-After", "2"),)))
    assert isinstance(told, Throttled)
    assert (told.reason.code, told.retry_after_us) == ("E429", 2_000_000)
    flooded = answer(200, _answer(infobip_status(5, 20)), headers=(("Retry-After", "3"),))
    told = INFOBIP.decode_answer(flooded)
    assert isinstance(told, Throttled)
    assert told.retry_after_us == 3_000_000


@pytest.mark.parametrize(
    "odd",
    [
        answer(200, {}),
        answer(200, b""),
        answer(200, {"messages": []}),
        answer(
            200, _answer(infobip_status(1, 26)) | {"messages": [{"status": infobip_status(1, 26)}]}
        ),
        answer(200, _answer({})),
        answer(200, _answer({"groupId": 9})),
        answer(200, _answer({"groupId": 9, "groupName": "PENDING"})),
        answer(200, _answer({"groupName": "TELEPORTED"})),
        answer(200, _answer(infobip_status(4, 29))),
        answer(200, _answer(infobip_status(4, 15))),
        answer(500, {"errorCode": "E500"}),
        answer(500, b""),
        answer(408, {}),
        answer(302, _answer(infobip_status(5, 12))),
    ],
    ids=range(14),
)
def test_an_answer_that_leaves_it_open_is_no_refusal(odd: HttpAnswer) -> None:
    """Something may have been sent."""
    assert isinstance(INFOBIP.decode_answer(odd), Unreadable)


# Who says so -------------------------------------------------------------------------------------

BODY: Final = b'{"results":[]}'
SECRET: Final = "fake-webhook-password"  # noqa: S105 # no secret, a test's
BASIC: Final = "Basic " + base64.b64encode(f"hooks:{SECRET}".encode()).decode()


def _is_believed(given: Credentials, headers: Headers, body: bytes = BODY) -> bool:
    return INFOBIP.verify_webhook(hook(body, headers=headers), given, 0) is VERIFIED


def test_a_name_and_password_are_believed_where_they_were_configured() -> None:
    """Exactly once, and no others."""
    assert _is_believed(GIVEN, (("authorization", BASIC),))
    wrong = "Basic " + base64.b64encode(b"hooks:another").decode()
    for headers in ((), (("Authorization", wrong),), (("Authorization", BASIC),) * 2):
        assert not _is_believed(GIVEN, headers)
    assert not _is_believed(credentials("infobip", webhook_user=""), (("Authorization", BASIC),))


def test_a_secret_header_is_believed_where_it_was_configured() -> None:
    """Under its own name."""
    given = credentials("infobip", webhook_auth="header", webhook_header="X-Sandbox-Key")
    assert _is_believed(given, (("x-sandbox-key", SECRET),))
    for headers in (
        (("X-Sandbox-Key", SECRET + "x"),),
        (("X-Sandbox-Key", SECRET),) * 2,
        (("X-Other", SECRET),),
        (("Authorization", BASIC),),
    ):
        assert not _is_believed(given, headers)


@pytest.mark.parametrize("scheme", ALGORITHMS)
def test_an_hmac_is_believed_where_it_was_configured(scheme: str) -> None:
    """Over the raw body, in hex or base64, by the algorithm chosen and no other."""
    given = credentials("infobip", webhook_auth=scheme, webhook_header="X-Signature")
    mac = hmac.new(SECRET.encode(), BODY, getattr(hashlib, ALGORITHMS[scheme])).digest()
    for text in (mac.hex(), base64.b64encode(mac).decode()):
        assert _is_believed(given, (("X-Signature", text),))
        assert not _is_believed(given, (("X-Signature", text),), BODY + b" ")
        assert not _is_believed(given, (("X-Signature", text[:-2]),))
        assert not _is_believed(given, (("X-Signature", text),) * 2)
    other = next(name for name in ALGORITHMS if name != scheme)
    chosen = credentials("infobip", webhook_auth=other, webhook_header="X-Signature")
    assert not _is_believed(chosen, (("X-Signature", mac.hex()),))


@pytest.mark.parametrize(
    "scheme", ["none", "", "NONE", "Basic", "HMAC_MD5", "hmac_sha_256", "oauth2", "certificate"]
)
def test_no_other_way_is_believed(scheme: str) -> None:
    """Above all none; and it is told which there are."""
    given = credentials("infobip", webhook_auth=scheme, webhook_header="Authorization")
    mac = hmac.new(SECRET.encode(), BODY, "md5").hexdigest()
    for value in ("", BASIC, SECRET, mac):
        told = INFOBIP.verify_webhook(hook(BODY, headers=(("Authorization", value),)), given, 0)
        assert isinstance(told, NotVerified)
        assert "basic, header, HMAC_SHA_1" in told.why


@pytest.mark.parametrize("name", ["", "X Key", "X:Key", "é", "x" * 61])
def test_a_header_without_a_name_is_not_believed(name: str) -> None:
    """Nor one with a name no header has."""
    for scheme in SCHEMES[1:]:
        given = credentials("infobip", webhook_auth=scheme, webhook_header=name)
        assert not _is_believed(given, ((name, SECRET),))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_secret_no_way_is_believed(scheme: str) -> None:
    """Whatever is sent, the MAC of an empty key too."""
    given = credentials(
        "infobip", webhook_auth=scheme, webhook_header="Authorization", webhook_secret=""
    )
    empty = base64.b64encode(b"hooks:").decode()
    mac = hmac.new(b"", BODY, ALGORITHMS.get(scheme, "sha256")).hexdigest()
    for value in ("", f"Basic {empty}", mac):
        assert not _is_believed(given, (("Authorization", value),))
