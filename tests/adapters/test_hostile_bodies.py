"""Bodies from anybody: every adapter reads them, or refuses them by our own error, and no other."""

import json
import random
import unicodedata
from contextlib import suppress
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import (
    Accepted,
    Adapter,
    Answer,
    HttpAnswer,
    Ignored,
    News,
    Receipt,
    Refused,
    Throttled,
    Unreadable,
    Webhook,
)
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass
from sandbox.errors import UnreadableError
from tests.support.submissions import HOOK_URL, UUID, credentials

EACH: Final = pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)

WORDS: Final = (
    "data", "id", "errors", "code", "message", "status", "event", "message_id", "payload", "price",
    "sid", "MessageSid", "MessageStatus", "ErrorCode", "To", "num_segments", "error_code", "entry",
    "changes", "field", "value", "statuses", "messages", "error", "error_data", "details",
    "timestamp", "object", "biz_opaque_callback_data", "segments_count", "channel",
    "message_uuid", "title", "detail", "type", "workflow", "items_number", "usage", "currency",
    "results", "messageId", "groupId", "groupName", "name", "doneAt", "pricePerMessage",
    "callbackData", "bulkId", "requestError", "serviceException", "text", "errorCode",
    "workflow_id", "client_ref", "sms", "count_total", "invalid_parameters", "reason",
    "description", "violations", "property", "violation", "seenAt", "messageCount",
)  # fmt: skip
"""Every name some adapter looks for, so that what is drawn gets past the first look."""

VALUES: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["delivery", "failed", "delivered", "messages", "whatsapp_business_account",
                     "text", "DELIVERED", "rejected", UUID, "\ud800", "\x1b[2J", "\u202e", "1" * 60,
                     "9" * 400, "0.0000000000001", "-1", "1e400", "2026-01-05 10:00:00"]),
)  # fmt: skip
NAMES: Final = st.sampled_from(WORDS) | st.text(max_size=5)
BODIES: Final = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
STATUSES: Final = st.sampled_from(
    [200, 201, 202, 204, 302, 400, 401, 404, 408, 429, 500, 503, 504, 999, 0]
)
KINDS: Final = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "", "é"])
URLS: Final = st.sampled_from(
    [
        HOOK_URL,
        "",
        "https://[",
        f"{HOOK_URL}&reference=%ff",
        f"{HOOK_URL}&reference=%E2%80%AE%00",
        "\ud800",
        f"{HOOK_URL}&%",
    ]
)


def _is_fit(text: str) -> bool:
    """Whether a text can be stored and shown: bounded, and nothing in it that is not seen."""
    bad = {"Cc", "Cs", "Zl", "Zp"}
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    return len(text) <= 500 and not any(
        unicodedata.category(char) in bad or unicodedata.bidirectional(char) in turns
        for char in text
    )


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\u202e", "\u2028", "\ud800", "x" * 501])
def test_what_must_not_come_out_would_be_noticed(bad: str) -> None:
    """The test of every text below can fail."""
    assert _is_fit("plain words, grüß dich 😀")
    assert not _is_fit(bad)
    assert _texts(Refused(Reason("a", ReasonClass.STOP, bad), "raw")) == ["a", bad, "raw"]


def _texts(value: Any) -> list[str]:
    """Every text in a decoded thing."""
    match value:
        case str():
            return [value]
        case Reason():
            return [value.code, value.text]
        case Accepted() | Refused() | Throttled() | Unreadable() | Receipt() | Ignored():
            names = value.__slots__
            return [text for name in names for text in _texts(getattr(value, name))]
        case _:
            return []


def _check(adapter: Adapter, raw: bytes, status: int, kind: str, url: str) -> None:
    answer = HttpAnswer(status, (("Content-Type", kind),), raw)
    told = adapter.decode_answer(answer)
    assert isinstance(told, Accepted | Refused | Throttled | Unreadable)
    hook = Webhook("POST", url, (("Content-Type", kind),), raw)
    decoded: list[Answer | News] = [told]
    with suppress(UnreadableError):
        decoded += adapter.decode_webhook(hook)
    with suppress(UnreadableError):
        decoded += adapter.decode_poll(answer)
    assert all(isinstance(each, Receipt | Ignored) for each in decoded[1:])
    for each in decoded:
        assert all(_is_fit(text) for text in _texts(each)), each
    adapter.verify_webhook(hook, credentials(adapter.vendor), 0)
    adapter.handshake(hook, credentials(adapter.vendor))


@EACH
@given(BODIES, STATUSES, KINDS, URLS)
def test_any_json_is_decoded_or_refused(
    adapter: Adapter, value: Any, status: int, kind: str, url: str
) -> None:
    """And whatever text comes out is bounded and fit to be shown."""
    _check(adapter, json.dumps(value).encode(), status, kind, url)


@EACH
@given(st.binary(max_size=200), STATUSES, KINDS, URLS)
def test_any_bytes_are_decoded_or_refused(
    adapter: Adapter, raw: bytes, status: int, kind: str, url: str
) -> None:
    """Text or not."""
    _check(adapter, raw, status, kind, url)


GOOD: Final = {
    "dexatel": b'{"data":{"message_id":"m","id":"m","event":"delivery","status":"FAILED",'
    b'"channel":"SMS","price":"0.03","timestamp":"2026-01-05 10:00:41","payload":"r"}}',
    "twilio": b"MessageSid=SM00000000000000000000000000000042&MessageStatus=undelivered"
    b"&ErrorCode=30003&To=whatsapp%3A%2B15550100002",
    "whatsapp-cloud": b'{"object":"whatsapp_business_account","entry":[{"id":"W",'
    b'"changes":[{"field":"messages","value":{"statuses":[{"id":"w","status":"failed","timestamp":"1767600000",'
    b'"errors":[{"code":131026,"title":"t","error_data":{"details":"d"}}]}]}}]}]}',
    "vonage": b'{"message_uuid":"m","status":"rejected","channel":"sms","client_ref":"r",'
    b'"timestamp":"2026-01-05T10:00:41Z","error":{"type":"https://x/#1300","title":"1300",'
    b'"detail":"d"},"workflow":{"workflow_id":"w","items_number":"1","items_total":"3"},'
    b'"usage":{"currency":"EUR","price":"0.03"},"sms":{"count_total":"2"}}',
    "infobip": b'{"results":[{"messageId":"m","callbackData":"r","doneAt":"2026-01-05T10:00:41Z",'
    b'"messageCount":1,"channel":"SMS","price":{"pricePerMessage":0.03,"currency":"EUR"},'
    b'"status":{"groupId":2,"groupName":"UNDELIVERABLE","id":9,"name":"n","description":"d"},'
    b'"error":{"groupId":1,"id":6,"name":"e","description":"d","permanent":false}}]}',
}


def test_every_adapter_has_its_good_body() -> None:
    """So that none goes unmangled, and each says something as it stands."""
    assert GOOD.keys() == ADAPTERS.keys()
    for name, good in GOOD.items():
        (news,) = ADAPTERS[name].decode_webhook(Webhook("POST", HOOK_URL, (), good))
        assert isinstance(news, Receipt)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_body_mangled_is_decoded_or_refused(name: str) -> None:
    """Cut off anywhere, a byte changed anywhere, a piece twice: two thousand ways."""
    adapter, good, dice = ADAPTERS[name], GOOD[name], random.Random(6)
    for cut in range(len(good)):
        _check(adapter, good[:cut], 200, "", HOOK_URL)
    for _ in range(1500):
        raw = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(raw))
            if dice.random() < 0.3:
                raw[at:at] = raw[at : at + dice.randint(1, 40)]
            else:
                raw[at] = dice.randrange(256)
        _check(adapter, bytes(raw), dice.choice([200, 400, 500]), "", HOOK_URL)


@EACH
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"data":' + b"[" * 31 + b"]" * 31 + b"}",
        b'{"data":{"id":' + b"9" * 4400 + b"}}",
        b'{"data":{"price":1e' + b"9" * 20 + b"}}",
        b'{"data":NaN}',
        b'{"\\ud800":"\\udfff","data":{"id":"\\ud800","event":"delivery","status":"\\ud800"}}',
        b'{"entry":' + b"[{}," * 30_000 + b"{}]}",
        b"a=" + b"%F0%9F%98%80" * 20_000,
        b"&".join(b"a%d=1" % n for n in range(10_000)),
        b"x" * 1_000_000,
    ],
    ids=range(11),
)
def test_the_well_known_attacks_are_refused(adapter: Adapter, raw: bytes) -> None:
    """Depth, length, great numbers, no numbers, halves of characters, ten thousand fields."""
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        for status in (200, 400, 500):
            _check(adapter, raw, status, kind, HOOK_URL)
