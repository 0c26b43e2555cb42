"""Forms and queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.forms import (
    FIELDS_MAX,
    form_body,
    path_part,
    query_of,
    query_with,
    read_form,
    value_of,
    with_and_without_port,
)
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.errors import UnreadableError

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def test_a_form_is_written_as_vendors_want_it() -> None:
    """A plus is escaped, a space is a plus, the order stays."""
    fields = (("To", "whatsapp:+1415"), ("Body", "Your code is ä"))
    assert form_body(fields) == b"To=whatsapp%3A%2B1415&Body=Your+code+is+%C3%A4"


@given(st.lists(st.tuples(TEXTS.filter(bool), TEXTS), min_size=1, max_size=10))
def test_what_was_written_is_read_again(fields: list[tuple[str, str]]) -> None:
    """Empty values and repeated names included."""
    assert read_form(form_body(tuple(fields))) == tuple(fields)


@pytest.mark.parametrize(
    "body",
    [b"%", b"a=%2", b"a=%zz", b"\xff", b"a=\xc3\xa4", b"a=%ff", b"a=%ed%a0%80", b"a", b"a=1&&b=2",
     b"&".join([b"a=1"] * (FIELDS_MAX + 1)), b"a=" + b"x" * BODY_BYTES_MAX],
)  # fmt: skip
def test_what_is_no_form_is_refused(body: bytes) -> None:
    """Always by the same error."""
    with pytest.raises(UnreadableError):
        read_form(body)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Nothing else happens."""
    try:
        read_form(body)
    except UnreadableError:
        return


def test_an_empty_form_has_no_fields() -> None:
    """And a field that is not there has no value."""
    assert read_form(b"") == ()
    assert value_of((("a", "1"), ("a", "2")), "a") == "1"
    assert value_of((), "a") == ""


def test_a_query_gets_one_more_field() -> None:
    """Behind a question mark, or an ampersand where there is a query already."""
    assert query_with("https://a/b", "r", "x=1;y&z") == "https://a/b?r=x%3D1%3By%26z"
    assert query_with("https://a/b?c=d", "r", "m1.0.1") == "https://a/b?c=d&r=m1.0.1"


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_what_went_into_a_query_comes_out(text: str) -> None:
    """A reference survives the way to the vendor and back."""
    assert value_of(query_of(query_with("https://a/b?c=d", "r", text)), "r") == text


@pytest.mark.parametrize("url", ["https://[", "https://a/?%", "https://a/?x", "https://a/?é=1"])
def test_a_query_that_cannot_be_read_is_refused(url: str) -> None:
    """Always by the same error."""
    with pytest.raises(UnreadableError):
        query_of(url)


@pytest.mark.parametrize(
    ("text", "part"),
    [("a-1", "a-1"), ("../x?y#z", "..%2Fx%3Fy%23z"), ("..", "%2E%2E"), (".", "%2E")],
)
def test_a_part_of_a_path_stays_one(text: str, part: str) -> None:
    """Whatever a vendor's id holds, the request goes where it should."""
    assert path_part(text) == part


@pytest.mark.parametrize(
    ("url", "with_port", "without"),
    [
        ("https://a.test/b?c", "https://a.test:443/b?c", "https://a.test/b?c"),
        ("http://a.test/b", "http://a.test:80/b", "http://a.test/b"),
        ("https://u@a.test:8443/b", "https://u@a.test:8443/b", "https://u@a.test/b"),
        ("https://[::1]:1/b", "https://[::1]:1/b", "https://[::1]/b"),
    ],
)
def test_an_address_is_told_with_and_without_port(url: str, with_port: str, without: str) -> None:
    """Also of an IPv6 address, and of a user's."""
    assert with_and_without_port(url) == (with_port, without)


@pytest.mark.parametrize("url", ["https://[", "https://a:b/", "https://a:99999/"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """Always by the same error."""
    with pytest.raises(UnreadableError):
        with_and_without_port(url)
