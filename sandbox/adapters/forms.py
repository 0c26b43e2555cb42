"""Web forms and queries: `name=value&name=value`, percent-encoded.

The one place of the pure half that has `urllib`, and of it only `urllib.parse`, which computes.
"""

import re
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.errors import UnreadableError

FIELDS_MAX: Final = 200
"""Twilio's status callbacks have some twenty fields."""

_ESCAPES: Final = re.compile(rb"(?:[^%]|%[0-9A-Fa-f]{2})*", re.DOTALL)

Fields = tuple[tuple[str, str], ...]


def form_body(fields: Fields) -> bytes:
    """Write fields as the body of a form, in the order given."""
    return urlencode(fields).encode("ascii")


def query_with(url: str, name: str, value: str) -> str:
    """A URL with one more field in its query."""
    return f"{url}{'&' if '?' in url else '?'}{quote(name, safe='')}={quote(value, safe='')}"


def path_part(text: str) -> str:
    """A text as one part of a path: also `/` and `.` cannot leave their place."""
    return quote(text, safe="").replace(".", "%2E") if set(text) == {"."} else quote(text, safe="")


def read_form(body: bytes) -> Fields:
    """Read the fields of a form in UTF-8, in their order, empty ones too.

    Raises:
        UnreadableError: it is no form, or larger than any documented one.
    """
    if len(body) > BODY_BYTES_MAX:
        raise UnreadableError(f"the body has {len(body)} bytes, at most {BODY_BYTES_MAX} are read")
    if not _ESCAPES.fullmatch(body):
        raise UnreadableError("the form has a % that begins no escape")
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), encoding="utf-8",
            errors="strict", max_num_fields=FIELDS_MAX,
        )  # fmt: skip
    except ValueError:  # also what UnicodeError is
        raise UnreadableError("the body is not a form of UTF-8 fields") from None
    return tuple(pairs)


def query_of(url: str) -> Fields:
    """The fields of a URL's query.

    Raises:
        UnreadableError: it has no query in the form of fields, or is no URL.
    """
    try:
        query = urlsplit(url).query
    except ValueError:
        raise UnreadableError("the address is no URL") from None
    if not query.isascii():
        raise UnreadableError("the query is not ASCII")
    return read_form(query.encode("ascii"))


def value_of(fields: Fields, name: str) -> str:
    """The value of the first field of a name; "" where there is none."""
    return next((value for each, value in fields if each == name), "")


def with_and_without_port(url: str) -> tuple[str, str]:
    """A URL with its port written out, and without any.

    Raises:
        UnreadableError: it is no URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise UnreadableError("the address is no URL") from None
    user, at, host_and_port = parts.netloc.rpartition("@")
    host = host_and_port.partition("]")
    bare = f"{host[0]}]" if host[1] else host_and_port.partition(":")[0]
    with_port = parts._replace(netloc=f"{user}{at}{bare}:{port}")
    return urlunsplit(with_port), urlunsplit(parts._replace(netloc=f"{user}{at}{bare}"))
