"""What Infobip says later: reports, pushed or asked for, by its registry of codes."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.adapters.codec import (
    SMS,
    VIBER,
    WHATSAPP,
    HttpRequest,
    Ignored,
    NotVerified,
    Receipt,
)
from sandbox.adapters.infobip import GROUPS, InfobipAdapter
from sandbox.adapters.reasons import table_of
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import answer, credentials, hook, infobip_status, message
from tests.support.vendor_documents import answer_complaints

INFOBIP: Final = InfobipAdapter()
GIVEN: Final = credentials("infobip")
BASE: Final = "https://api.infobip.com"
LINES: Final = {c: line for c, line in table_of("infobip").lines.items() if "http" not in c}
ERRORS: Final = [code for code in LINES if code.isdigit()]
REJECTED: Final = [c.removeprefix("status-") for c in LINES if c.startswith("status-")]

REPORT: Final = {
    "bulkId": "b-1",
    "messageId": "sms-k7",
    "to": "37490000001",
    "sender": "ACME",
    "sentAt": "2026-01-05T10:00:00.000+00:00",
    "doneAt": "2026-01-05T10:00:41.000+00:00",
    "messageCount": 1,
    "mccMnc": "28310",
    "price": {"pricePerMessage": 0.0333, "currency": "EUR"},
    "status": infobip_status(2, 9, "UNDELIVERABLE_NOT_DELIVERED"),
    "error": {"groupId": 1, "groupName": "HANDSET_ERRORS", "id": 6,
              "name": "EC_ABSENT_SUBSCRIBER", "description": "Absent", "permanent": False},
    "callbackData": "cascade=7;step=1",
}  # fmt: skip


def _pushed(*reports: object) -> tuple[Receipt | Ignored, ...]:
    return INFOBIP.decode_webhook(hook({"results": list(reports)}))


def _one(**changes: object) -> Receipt:
    left = {name: value for name, value in REPORT.items() if name != "error"}
    (news,) = _pushed(left | changes)
    assert isinstance(news, Receipt)
    return news


def test_the_documented_report() -> None:
    """Pushed or asked for, it says the same."""
    expected = Receipt(
        "sms-k7",
        Status.FAILED,
        "UNDELIVERABLE_NOT_DELIVERED",
        reference="cascade=7;step=1",
        reason=Reason("6", ReasonClass.TRANSIENT, "absent subscriber"),
        raw_reason="UNDELIVERABLE_NOT_DELIVERED · d · EC_ABSENT_SUBSCRIBER · Absent",
        vendor_time="2026-01-05T10:00:41.000+00:00",
        at_s=1_767_607_241,
        segments=1,
        price=Price(33_300_000, "EUR"),
    )
    assert _pushed(REPORT) == (expected,)
    assert INFOBIP.decode_poll(answer(200, {"results": [REPORT, REPORT]})) == (expected, expected)


def test_the_reports_of_these_tests_are_ones_the_vendor_could_give() -> None:
    """By the document, to somebody who asks."""
    for channel in (SMS, VIBER):
        asked = INFOBIP.poll_request(f"{channel}-k7", GIVEN)
        assert answer_complaints("infobip", asked, BASE, 200, {"results": [REPORT]}) == []
        assert answer_complaints("infobip", asked, BASE, 200, {"results": "none"}) != []


@pytest.mark.parametrize(
    ("group", "number", "expected"),
    [
        (0, 0, Status.ACCEPTED),
        (1, 3, Status.SENT),
        (1, 7, Status.SENT),
        (1, 26, Status.ACCEPTED),
        (1, 999, Status.ACCEPTED),
        (2, 4, Status.FAILED),
        (2, 9, Status.FAILED),
        (2, 31, Status.FAILED),
        (3, 2, Status.SENT),
        (3, 5, Status.DELIVERED),
        (3, 999, Status.SENT),
        (4, 15, Status.EXPIRED),
        (4, 29, Status.UNKNOWN),
        (4, 87, Status.EXPIRED),
        (5, 87, Status.REJECTED),
        (5, 999, Status.REJECTED),
    ],
)
def test_every_status_is_known(group: int, number: int, expected: Status) -> None:
    """An id nobody has documented says no more than its group."""
    news = _one(status=infobip_status(group, number))
    assert (news.status, news.raw_status) == (expected, f"NAME_{number}")
    says_no = expected in {Status.FAILED, Status.REJECTED, Status.EXPIRED}
    assert (news.reason is not None) is says_no


def test_a_delivery_to_the_operator_is_none_to_the_phone() -> None:
    """However the group is called."""
    assert _one(status={"groupName": "DELIVERED", "id": 2}).status is Status.SENT
    assert _one(status={"groupName": "delivered", "id": 5}).status is Status.DELIVERED
    assert _one(status={"groupName": "DELIVERED"}).status is Status.SENT
    assert set(GROUPS.values()) & {Status.DELIVERED, Status.READ} == set()


@pytest.mark.parametrize("number", REJECTED)
def test_every_rejection_is_told_as_the_table_has_it(number: str) -> None:
    """In a report."""
    line = LINES[f"status-{number}"]
    expected = Reason(f"status-{number}", line.reason_class, line.text)
    assert _one(status=infobip_status(5, int(number))).reason == expected


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_is_told_as_the_table_has_it(code: str) -> None:
    """In a report; the flag `permanent` decides nothing."""
    line = LINES[code]
    for permanent in (True, False):
        news = _one(error={"id": int(code), "name": "EC_X", "permanent": permanent})
        assert news.reason == Reason(code, line.reason_class, line.text)


def test_codes_and_statuses_nobody_knows_are_kept() -> None:
    """A new status decides nothing; a new code leaves the level like trouble that passes."""
    news = _one(status={"groupId": 9, "groupName": "TELEPORTED", "id": 1, "name": "T"})
    assert (news.status, news.raw_status, news.reason) == (Status.UNKNOWN, "T", None)
    news = _one(status=infobip_status(2, 4321), error={"id": 8765, "name": "EC_NEW"})
    assert news.reason == Reason("8765", ReasonClass.TRANSIENT, "NAME_4321 · d · EC_NEW")


def test_what_was_seen_was_read() -> None:
    """With the channel, where it is told."""
    seen = {"event": "SEEN", "channel": "VIBER_BM", "messageId": "viber-k", "callbackData": "r",
            "seenAt": "2026-01-05T10:00:41.000+00:00"}  # fmt: skip
    expected = Receipt(
        "viber-k", Status.READ, "SEEN", reference="r", channel=VIBER, at_s=1_767_607_241,
        vendor_time="2026-01-05T10:00:41.000+00:00",
    )  # fmt: skip
    assert _pushed(seen) == (expected,)
    nameless = {name: value for name, value in seen.items() if name != "event"}
    assert _pushed(nameless) == (expected,)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("SMS", SMS), ("WHATSAPP", WHATSAPP), ("VIBER_BM", VIBER), ("RCS", None), ("", None)],
)
def test_the_step_of_a_failover_is_told_by_its_channel(theirs: str, ours: Channel | None) -> None:
    """In reports of the Messages API."""
    assert _one(event="DELIVERY", channel=theirs).channel == ours


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({}, Price(33_300_000, "EUR")),
        ({"messageCount": None}, Price(33_300_000, "EUR")),
        ({"messageCount": 2}, None),
        ({"price": {"pricePerMessage": 0, "currency": "EUR"}}, Price(0, "EUR")),
        ({"price": None}, None),
        ({"price": {"pricePerMessage": "x"}}, None),
    ],
)
def test_a_price_is_told_where_it_is_certain_of_what(
    changes: dict[str, object], price: Price | None
) -> None:
    """Of several parts nobody says whether it is that of one or of all."""
    assert _one(**changes).price == price


def test_a_webhook_may_tell_of_many() -> None:
    """In their order; what is no report among them is kept as such."""
    news = _pushed(REPORT, {"messageId": "x"}, 7, REPORT | {"messageId": "sms-k8"})
    assert [type(each) for each in news] == [Receipt, Ignored, Receipt]
    assert isinstance(news[2], Receipt)
    assert news[2].provider_id == "sms-k8"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({}, "there are no 'results'"),
        ({"results": []}, "there are no 'results'"),
        ({"results": [{}]}, "names no message"),
        ({"results": [{"messageId": "x"}]}, "or no status"),
        ({"results": [{"messageId": "x", "status": {"x": 1}}]}, "or no status"),
        ({"results": [{"status": infobip_status(3, 5)}]}, "names no message"),
        ({"results": [{"messageId": "x", "receivedAt": "2026"}]}, "a message from a person"),
    ],
)
def test_what_is_no_receipt_is_kept_as_such(body: object, why: str) -> None:
    """It is counted, and nothing follows from it."""
    (news,) = INFOBIP.decode_webhook(hook(body))
    assert isinstance(news, Ignored)
    assert why in news.why


# Asking ------------------------------------------------------------------------------------------


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.path).query, strict_parsing=True)


def test_reports_are_asked_for_by_the_channel_and_the_id() -> None:
    """What is odd in an id cannot lead elsewhere."""
    request = INFOBIP.poll_request("sms-a&b=c/../#?é"[:-1], GIVEN)
    assert (request.method, request.body) == ("GET", b"")
    assert urlsplit(request.path).path == "/sms/3/reports"
    assert _query(request) == [("messageId", "sms-a&b=c/../#?")]
    assert request.wire_headers()[-1] == ("Authorization", "App fake-infobip-key")
    assert INFOBIP.poll_request("viber-k", GIVEN).path == "/viber/2/reports?messageId=viber-k"


@pytest.mark.parametrize("bad", ["", "sms-", "k", "whatsapp-k", "cascade-k", "sms-a b", "sms-é"])
def test_of_the_rest_webhooks_alone_tell(bad: str) -> None:
    """WhatsApp, failovers, and what was not sent here."""
    with pytest.raises(CannotSendError, match="infobip can be asked about"):
        INFOBIP.poll_request(bad, GIVEN)


def test_what_was_sent_can_be_asked_for() -> None:
    """By the id that went along."""
    for channel in (SMS, VIBER):
        out = message(channel=channel, reference="k9")
        sent = f"{channel}-k9"
        assert f'"messageId":"{sent}"'.encode() in INFOBIP.encode(out, GIVEN).body
        assert _query(INFOBIP.poll_request(sent, GIVEN)) == [("messageId", sent)]


def test_nothing_new_is_an_answer_and_no_answer_is_none() -> None:
    """An empty list; all else is tried later."""
    assert INFOBIP.decode_poll(answer(200, {"results": []})) == ()
    for bad in (answer(200, {}), answer(200, b""), answer(429, {}), answer(200, {"results": {}})):
        with pytest.raises(UnreadableError):
            INFOBIP.decode_poll(bad)


def test_nothing_is_called_back() -> None:
    """Only what was scheduled could be."""
    with pytest.raises(CannotSendError, match="scheduled"):
        INFOBIP.recall_request("sms-k", GIVEN)
    assert INFOBIP.decode_recall(answer(200)) is RecallResult.UNSUPPORTED
    assert isinstance(INFOBIP.handshake(hook(b"", method="GET"), GIVEN), NotVerified)
