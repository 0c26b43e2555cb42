"""Hostile JSON, texts and money."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.wire import (
    BODY_BYTES_MAX,
    DEPTH_MAX,
    TEXT_MAX,
    Price,
    clean,
    count_at,
    excerpt,
    json_body,
    object_at,
    objects_at,
    price_of,
    read_json,
    text_at,
)
from sandbox.errors import UnreadableError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{}x", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":NaN}', "not JSON"),
        (b'{"a":-Infinity}', "not JSON"),
        (b'{"a":1e999999999999999999999999999999}', "not JSON"),
        (b'{"a":1e99999999999999999999}', "not JSON"),
        (b'{"a":' + b"9" * 31 + b"}", "not JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":0.' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a":"\n"}', "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b"[]", "a JSON array"),
        (b'"a"', "a JSON text"),
        (b"1", "a JSON number"),
        (b"1.5", "a JSON number"),
        (b"true", "a JSON boolean"),
        (b"null", "a JSON null"),
        (b'{"a":' * 40_000, "nested deeper"),
        (b"[" * 200_000, "nested deeper"),
        (b'{"a":' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}", "nested deeper"),
        (b"{" + b" " * BODY_BYTES_MAX + b"}", "262146 bytes"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else None,
)
def test_what_is_no_usable_json_is_refused(body: bytes, why: str) -> None:
    """Always by the same error, in good time, and without a word of the body in it."""
    began = time.perf_counter()
    with pytest.raises(UnreadableError, match=why):
        read_json(body)
    assert time.perf_counter() - began < 1


def test_what_is_just_within_the_limits_is_read() -> None:
    """The deepest and the longest body that pass."""
    deep = b'{"a":' + b"[" * (DEPTH_MAX - 1) + b"]" * (DEPTH_MAX - 1) + b"}"
    assert set(read_json(deep)) == {"a"}
    assert read_json(b"{" + b" " * (BODY_BYTES_MAX - 2) + b"}") == {}


def test_fractions_are_exact() -> None:
    """Money never goes through a binary float."""
    assert read_json(b'{"a":0.1}')["a"] == Decimal("0.1")
    assert text_at(read_json(b'{"a":0.10}'), "a") == "0.10"


@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    """Nothing else happens, and looking for members in it never raises."""
    try:
        body = read_json(json.dumps({"a": value, "b": [value]}).encode())
    except UnreadableError:
        return
    for path in (("a",), ("b",), ("a", "b"), ("b", "a", "c")):
        assert isinstance(text_at(body, *path), str)
        assert isinstance(object_at(body, *path), dict) or not object_at(body, *path)
        assert all(isinstance(each, dict) for each in objects_at(body, *path))
        count = count_at(body, *path)
        assert count is None or 0 <= count <= 9999


def test_members_of_another_kind_count_as_absent() -> None:
    """A text where an object should be, an object where a text should be, a yes or no."""
    body = read_json(
        b'{"t":"x","n":7,"f":1.5,"y":true,"z":null,"o":{"t":"y"},"l":[1,{"t":"z"},"a"]}'
    )
    assert [text_at(body, name) for name in "tnfyzolq"] == ["x", "7", "1.5", "", "", "", "", ""]
    assert text_at(body, "o", "t") == "y"
    assert text_at(body, "t", "o") == text_at(None, "t") == text_at([], "t") == ""
    assert list(objects_at(body, "l")) == [{"t": "z"}]
    assert list(objects_at(body, "o")) == list(objects_at(body, "t", "l")) == []
    assert count_at(body, "n") == 7
    assert count_at({"a": "12"}, "a") == 12
    assert {count_at({"a": each}, "a") for each in ("-1", "1.0", "", "99999", True)} == {None}


@pytest.mark.parametrize(
    "bad",
    ["\x00", "\x1b[31m", "\x7f", "\x9b", "\r\n", "\u202e", "\u2066", "\u200f", "\u2028", "\ud800",
     "\ufeff"],
)  # fmt: skip
def test_what_would_spoil_a_screen_or_a_store_is_replaced(bad: str) -> None:
    """Control characters, marks of direction, halves of surrogate pairs."""
    kept = clean(f"a{bad}b")
    assert bad[0] not in kept
    assert kept[0] == "a"
    assert "\ufffd" in kept
    kept.encode()


def test_a_text_is_kept_as_far_as_somebody_would_read() -> None:
    """What is cut says so."""
    assert clean("x" * TEXT_MAX) == "x" * TEXT_MAX
    assert clean("x" * 10_000) == "x" * (TEXT_MAX - 1) + "…"
    assert clean("grüß dich 😀") == "grüß dich 😀"
    assert excerpt(b"\xff\x1b<html>") == "\ufffd\ufffd<html>"
    assert len(excerpt(b"x" * 10_000)) == TEXT_MAX


def test_a_body_is_ascii_without_spaces_in_the_order_given() -> None:
    """Which is safe to print as it is."""
    assert json_body({"b": "я\u202e", "a": [1]}) == b'{"b":"\\u044f\\u202e","a":[1]}'


@pytest.mark.parametrize(
    ("amount", "currency", "price"),
    [
        ("0.0075", "USD", Price(7_500_000, "USD")),
        ("-0.0075", "usd", Price(7_500_000, "USD")),
        ("3", "EUR", Price(3_000_000_000, "EUR")),
        ("0.000000001", "EUR", Price(1, "EUR")),
        ("0.0000000010", "", Price(1, "")),
        ("0.03", "$", Price(30_000_000, "")),
        ("0.0000000001", "EUR", None),
        ("", "EUR", None),
        ("free", "EUR", None),
        ("1e3", "EUR", None),
        ("NaN", "EUR", None),
        ("1,5", "EUR", None),
        ("٣", "EUR", None),
        ("9" * 40, "EUR", None),
    ],
)
def test_money_is_exact_or_not_told(amount: str, currency: str, price: Price | None) -> None:
    """In billionths; what is finer, or no amount at all, is no price."""
    assert price_of(amount, currency) == price
