"""What comes from outside, read with suspicion: JSON, texts, money.

Everything here is hostile until read. A body that is no JSON, is too deep, holds `NaN` or a number
of a thousand digits is refused with `UnreadableError`, never with anything else. A text is kept
only so far as it can be stored and shown: no control characters, no halves of surrogate pairs, no
marks that turn the direction of writing, and not longer than somebody would read.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

from sandbox.errors import UnreadableError

BODY_BYTES_MAX: Final = 256 * 1024
"""No vendor's answer or webhook comes near it; what is larger is not looked at."""

DEPTH_MAX: Final = 32
"""The deepest documented body (Meta's webhook with a template) has twelve levels."""

TEXT_MAX: Final = 500
"""How much of a vendor's words is kept."""

_DIGITS_MAX: Final = 30
_NANO_DIGITS: Final = 9
_AMOUNT: Final = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,18}))?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

Json = Mapping[str, object]

NOTHING: Final[Json] = MappingProxyType({})


# JSON --------------------------------------------------------------------------------------------


def json_body(value: object) -> bytes:
    """Write a request's body: ASCII, without spaces, in the order the members were given."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def read_json(body: bytes) -> Json:
    """Read a body that must be one JSON object in UTF-8.

    Fractions become `Decimal`, so no money goes through binary floats. Of a member written twice
    the last one counts, as everywhere.

    Raises:
        UnreadableError: it is anything else, or larger or deeper than any documented body.
    """
    if len(body) > BODY_BYTES_MAX:
        raise UnreadableError(f"the body has {len(body)} bytes, at most {BODY_BYTES_MAX} are read")
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_float=_fraction, parse_int=_whole, parse_constant=_constant)
    except UnicodeDecodeError:
        raise UnreadableError("the body is not UTF-8") from None
    except RecursionError:
        raise UnreadableError(f"the body is nested deeper than {DEPTH_MAX} levels") from None
    except ValueError:
        raise UnreadableError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise UnreadableError(f"the body is a JSON {_kind(value)}, it should be an object")
    if _is_deeper(value):
        raise UnreadableError(f"the body is nested deeper than {DEPTH_MAX} levels")
    return value


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise ValueError("too many digits")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > _DIGITS_MAX:
        raise ValueError("too many digits")
    try:
        return Decimal(digits)
    except ArithmeticError:  # an exponent beyond all bounds
        raise ValueError("too large an exponent") from None


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "text"
        case list():
            return "array"
        case _:
            return "number"


def _is_deeper(value: object) -> bool:
    """Whether anything lies deeper than `DEPTH_MAX`; without recursion, level by level."""
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


# Members -----------------------------------------------------------------------------------------


def object_at(value: object, *path: str) -> Json:
    """The object at a path of names; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict | MappingProxyType) else None
    return value if isinstance(value, dict) else NOTHING


def objects_at(value: object, *path: str) -> Iterator[Json]:
    """The objects of the list at a path; whatever else is in it is passed over."""
    *way, name = path
    found = object_at(value, *way).get(name)
    for each in found if isinstance(found, list) else ():
        if isinstance(each, dict):
            yield each


def text_at(value: object, *path: str) -> str:
    """The text at a path, or a whole number as text; "" where there is neither."""
    *way, name = path
    found = object_at(value, *way) if way else value
    found = found.get(name) if isinstance(found, dict | MappingProxyType) else None
    match found:
        case bool():
            return ""
        case str():
            return clean(found)
        case int() | Decimal():
            return str(found)
        case _:
            return ""


def count_at(value: object, *path: str) -> int | None:
    """The whole number from 0 to 9999 at a path, also where it is written as text."""
    text = text_at(value, *path)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def clean(text: str, most: int = TEXT_MAX) -> str:
    """Make a text from outside fit to be stored and shown."""
    kept = _UNSHOWN.sub("\ufffd", text[: most + 1])
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def excerpt(body: bytes) -> str:
    """The beginning of a body nobody could read, fit to be stored and shown."""
    return clean(body[: 4 * TEXT_MAX].decode("utf-8", errors="replace"))


# Money -------------------------------------------------------------------------------------------


class Price(NamedTuple):
    """What a vendor says something costs.

    Attributes:
        nano: In billionths of the currency; never negative.
        currency: Three upper-case letters; "" where the vendor does not say.
    """

    nano: int
    currency: str


def price_of(amount: str, currency: str) -> Price | None:
    """Read an amount such as `0.0075`; None where it is none, or finer than billionths.

    A sign is passed over: Twilio writes what it takes from an account with a minus.
    """
    found = _AMOUNT.fullmatch(amount.removeprefix("-"))
    if found is None:
        return None
    part = (found["part"] or "").rstrip("0")
    if len(part) > _NANO_DIGITS:
        return None
    nano = int(found["whole"]) * 10**_NANO_DIGITS + int(part.ljust(_NANO_DIGITS, "0"))
    upper = currency.upper()
    return Price(nano, upper if _CURRENCY.fullmatch(upper) else "")
