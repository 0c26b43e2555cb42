"""Every request an adapter can write, held against the vendor's own document.

Whatever is drawn, encoding either refuses it by `CannotSendError` or writes a request the corrected
OpenAPI document takes, with no member it does not know.
"""

import json
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import SMS, VIBER, WHATSAPP, Adapter, HttpRequest, OutgoingMessage
from sandbox.cascade.vocabulary import Channel
from sandbox.errors import CannotSendError
from tests.support.submissions import UUID, credentials, message, messages, sendable
from tests.support.vendor_documents import complaints

DOCUMENTS: Final = {
    "twilio": "twilio-messages",
    "whatsapp-cloud": "meta-whatsapp-cloud",
    "vonage": "vonage-messages-v1",
    "infobip": "infobip",
}
HOSTS: Final = {"infobip": "https://api.infobip.com"}
"""Where a vendor's document has a host and each of its customers has another."""

DEXATEL_MEMBERS: Final = {"from", "to", "channel", "type", "text", "template", "variables", "url",
                          "filename", "payload"}  # fmt: skip
"""Those of its reference page which the adapter uses: Dexatel publishes no document."""


def _complaints(adapter: Adapter, request: HttpRequest) -> list[str]:
    """What there is to say against a request; empty: nothing."""
    if adapter.name in DOCUMENTS:
        return complaints(DOCUMENTS[adapter.name], request, _base_url(adapter))
    return _against_dexatel(json.loads(request.body))


def _base_url(adapter: Adapter) -> str:
    return adapter.base_url or HOSTS[adapter.name]


def _against_dexatel(body: Any) -> list[str]:
    """The rules of Dexatel's page and of its error table, written down once more."""
    data = body.get("data", {})
    media = data.get("type") in {"image", "video", "document"}
    rules = {
        "1007": body.keys() == {"data"},
        "unknown": data.keys() <= DEXATEL_MEMBERS,
        "1503": isinstance(data.get("from"), str) and bool(data["from"]),
        "1506": isinstance(data.get("to"), list) and len(data["to"]) == 1,
        "1510": 1 <= len(data.get("text", "x")) <= 1000,
        "1512": data.get("template", UUID) == UUID,
        "1515": data.get("channel") in {"SMS", "WHATSAPP", "VIBER"},
        "1516": ("text" in data) + ("template" in data) + media == 1,
        "1518": not (media and data["channel"] == "SMS"),
        "1523": data["to"][0].isdigit() and data["to"][0].isascii(),
        "1526": all(1 <= len(each) <= 70 for each in data.get("variables", ())),
        "1532": ("url" in data) is media and data.get("url", "https://").startswith("https://"),
        "1533": ("filename" in data) is (data["type"] == "document"),
        "1534": data.get("type") in {"text", "image", "video", "document"},
        "1705": 1 <= len(data.get("payload", "")) <= 500,
    }
    return [rule for rule, holds in rules.items() if not holds]


JUDGED: Final = [ADAPTERS[name] for name in ("dexatel", *DOCUMENTS)]
EACH: Final = pytest.mark.parametrize("adapter", JUDGED, ids=lambda adapter: adapter.name)


def _judged(adapter: Adapter, out: OutgoingMessage) -> None:
    given = credentials(adapter.vendor)
    try:
        request = adapter.encode(out, given)
    except CannotSendError:
        event(f"{adapter.name} refused")
        return
    event(f"{adapter.name} encoded {type(out.content).__name__}")
    assert _complaints(adapter, request) == []
    shown = request.masked(adapter.base_url or "https://yours.api.example.test")
    assert request.authorisation.secret.reveal() not in shown
    assert shown.isascii()


@EACH
@given(data=st.data())
def test_whatever_is_asked_is_refused_or_valid(adapter: Adapter, data: st.DataObject) -> None:
    """Any texts, media, templates, senders, numbers, addresses and steps."""
    _judged(adapter, data.draw(messages()))


@EACH
@given(data=st.data())
def test_what_suits_a_vendor_is_valid(adapter: Adapter, data: st.DataObject) -> None:
    """The same with messages most of which can be sent."""
    out = data.draw(sendable(adapter))
    if adapter.name == "whatsapp-cloud":
        out = replace(out, sender="", validity_s=None, callback_url="")
    if adapter.name == "dexatel":
        out = replace(out, validity_s=None, callback_url="")
    if adapter.name == "twilio":
        out = replace(out, sender="+15550100001")
    if adapter.name in {"vonage", "infobip"} and out.channel == WHATSAPP:
        out = replace(out, sender="+15550100001", validity_s=None)
    _judged(adapter, out)


@pytest.mark.parametrize("name", ["vonage", "infobip"])
@given(data=st.data())
def test_a_failover_that_suits_a_vendor_is_valid(name: str, data: st.DataObject) -> None:
    """Whole messages as steps, of one to three channels, in any order."""
    adapter = ADAPTERS[name]
    steps = data.draw(st.lists(sendable(adapter), min_size=2, max_size=3))
    channels = data.draw(st.permutations(adapter.channels))
    first, *rest = (
        replace(
            step,
            channel=channel,
            sender="+15550100001",
            validity_s=None if (name, channel) == ("vonage", WHATSAPP) else step.validity_s,
            callback_url=steps[0].callback_url,
            traffic=steps[0].traffic,
        )
        for step, channel in zip(steps, channels, strict=False)
    )
    _judged(adapter, replace(first, failover=tuple(rest)))


@EACH
def test_an_ordinary_text_is_encoded_on_every_channel(adapter: Adapter) -> None:
    """So that the tests above do judge something."""
    for channel in adapter.channels:
        sender = "" if adapter.name == "whatsapp-cloud" else "+15550100001"
        request = adapter.encode(
            message(channel=channel, sender=sender), credentials(adapter.vendor)
        )
        assert _complaints(adapter, request) == []


# The judges can say no ---------------------------------------------------------------------------


def _request(name: str) -> HttpRequest:
    channel, sender = (WHATSAPP, "") if name == "whatsapp-cloud" else (SMS, "+15550100001")
    return ADAPTERS[name].encode(
        message(channel=channel, sender=sender), credentials(ADAPTERS[name].vendor)
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "found"),
    [
        ("twilio", b"To=", b"Too=", "To"),
        ("twilio", b"Body=", b"body=", "unknown: .body"),
        ("twilio", b"&Body", b"&StatusCallBack=x&Body", "unknown: .StatusCallBack"),
        ("twilio", b"&Body", b"&ContentSid=HX1&Body", "ContentSid|HX1"),
        ("whatsapp-cloud", b'"to"', b'"too"', "unknown: .too"),
        ("whatsapp-cloud", b'"messaging_product":"whatsapp",', b"", "not valid"),
        ("whatsapp-cloud", b'"body"', b'"text"', "unknown: .text.text"),
        ("whatsapp-cloud", b'"individual"', b'"person"', "not valid"),
        ("whatsapp-cloud", b'"type":"text"', b'"type":"txt"', "not valid"),
        ("whatsapp-cloud", b'"37490000001"', b"37490000001", "not valid"),
        ("vonage", b'"to"', b'"too"', "unknown: .too"),
        ("vonage", b'"client_ref"', b'"client_reference"', "unknown: .client_reference"),
        ("vonage", b'"message_type":"text",', b"", "not valid"),
        ("vonage", b'"channel":"sms"', b'"channel":"viber"', "not valid"),
        ("vonage", b'"37490000001"', b'"+37490000001"', "not valid"),
        ("infobip", b'"destinations"', b'"destination"', "unknown: .messages[0].destination"),
        ("infobip", b'"callbackData"', b'"callbackdata"', "unknown: .messages[0].webhooks"),
        ("infobip", b'"messageId"', b'"message_id"', "unknown: .messages[0].destinations[0]"),
        ("infobip", b'"37490000001"', b"37490000001", "not valid"),
        ("dexatel", b'"data"', b'"date"', "1007"),
        ("dexatel", b'"payload"', b'"payloads"', "unknown"),
        ("dexatel", b'"SMS"', b'"sms"', "1515"),
        ("dexatel", b'"type":"text",', b'"type":"image",', "1516"),
    ],
)  # fmt: skip
def test_a_request_out_of_order_is_noticed(name: str, old: bytes, new: bytes, found: str) -> None:
    """A misspelt member, a missing one, one of another kind."""
    request = _request(name)
    assert old in request.body
    bad = replace(request, body=request.body.replace(old, new, 1))
    adapter = ADAPTERS[name]
    told = (
        complaints(DOCUMENTS[name], bad, _base_url(adapter))
        if name in DOCUMENTS
        else _dexatel_or_rule(bad)
    )
    assert told != []
    assert any(word in " ".join(told) for word in found.split("|"))


def _dexatel_or_rule(bad: HttpRequest) -> list[str]:
    body = json.loads(bad.body)
    return _against_dexatel(body) if "data" in body else ["1007"]


def test_a_request_without_its_authorisation_is_noticed() -> None:
    """And one to another path."""
    for name, document in DOCUMENTS.items():
        request = _request(name)
        nameless = replace(request.authorisation, header="X-Nothing")
        base_url = _base_url(ADAPTERS[name])
        assert complaints(document, replace(request, authorisation=nameless), base_url)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("dexatel", b'"VIBER"', b'"viber"'),
        ("vonage", b'"viber_service":{', b'"viber":{'),
        ("vonage", b'"transaction"', b'"transactional"'),
        ("infobip", b'"TEXT"', b'"text"'),
        ("infobip", b'"TRANSACTIONAL"', b'"transactional"'),
    ],
)
def test_viber_is_judged_too(name: str, old: bytes, new: bytes) -> None:
    """By the documents of those that carry it."""
    adapter, out = ADAPTERS[name], message(channel=VIBER)
    request = adapter.encode(out, credentials(name))
    assert _complaints(adapter, request) == []
    assert old in request.body
    assert _complaints(adapter, replace(request, body=request.body.replace(old, new))) != []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("vonage", b'"failover"', b'"failovers"'),
        ("vonage", b'"channel":"viber_service"', b'"channel":"viber"'),
        ("infobip", b'"byChannel"', b'"by"'),
        ("infobip", b'"channel":"VIBER_BM"', b'"channel":"VIBER"'),
        ("infobip", b'"failover"', b'"failovers"'),
    ],
)
def test_a_failover_out_of_order_is_noticed(name: str, old: bytes, new: bytes) -> None:
    """The steps are judged as the first message is."""
    adapter = ADAPTERS[name]
    out = message(sender="+15550100001", failover=(message(channel=VIBER),))
    request = adapter.encode(out, credentials(name))
    assert _complaints(adapter, request) == []
    assert old in request.body
    assert _complaints(adapter, replace(request, body=request.body.replace(old, new))) != []


@pytest.mark.parametrize("channel", [SMS, VIBER])
def test_a_question_is_judged_too(channel: Channel) -> None:
    """Its path, its authorisation; a query of another name is not Infobip's."""
    adapter, given = ADAPTERS["infobip"], credentials("infobip")
    asked = adapter.poll_request(f"{channel}-k1", given)
    assert _complaints(adapter, asked) == []
    elsewhere = replace(asked, path=asked.path.replace("reports", "report"))
    assert _complaints(adapter, elsewhere) != []
