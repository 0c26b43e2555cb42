"""The vendors' error codes and what each asks the cascade to do: tables in `codes/*.toml`.

A line of a table says what a code means, its class and where that was read. Two kinds of keys are
special: `http-401` is what an HTTP status means where the body holds no code, and `200-299` stands
for each of a hundred codes. The class `unknown` says that the code itself does not tell; the
machine has no such class, and takes it for trouble that passes (S14): a bounded retry of an answer,
and a receipt's trigger `failed`.

Tables are package data and are read once, like a module.
"""

import pkgutil
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from sandbox.adapters.wire import clean
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass
from sandbox.errors import InvariantError

UNKNOWN: Final = "unknown"
CLASSES: Final = {each.value: each for each in ReasonClass} | {UNKNOWN: ReasonClass.TRANSIENT}

CODE_MAX: Final = 60
"""Characters of a code that are kept; documented ones have up to 30."""

_RANGE: Final = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")
_LINE: Final = frozenset({"class", "text", "source", "throttles", "unverified"})


class Line(NamedTuple):
    """What a table says of a code.

    Attributes:
        word: Its class as written, `unknown` included.
        text: What it means, for people.
        source: Where that was read.
        throttles: We are too fast, rather than wrong: an answer with it is `throttled`.
        is_unverified: The vendor's own words were not read; a listing or another vendor said so.
    """

    word: str
    text: str
    source: str
    throttles: bool = False
    is_unverified: bool = False

    @property
    def reason_class(self) -> ReasonClass:
        """What the machine takes it for."""
        return CLASSES[self.word]


class ReasonTable(NamedTuple):
    """The codes of one vendor."""

    vendor: str
    read_on: str
    """When the sources were read, `YYYY-MM`."""
    lines: Mapping[str, Line]

    def reason(self, code: str, told: str, otherwise: ReasonClass) -> Reason:
        """The reason a code stands for.

        Args:
            code: As the vendor wrote it.
            told: The vendor's words; kept where the table has none of its own.
            otherwise: The class of a code the table does not have.
        """
        line = self.lines.get(code)
        if line is None:
            return Reason(clean(code, CODE_MAX) or UNKNOWN, otherwise, clean(told))
        return Reason(code, line.reason_class, line.text)

    def throttles(self, code: str) -> bool:
        """Whether a code says that we are too fast."""
        line = self.lines.get(code)
        return line is not None and line.throttles

    def of_http(self, status: int, told: str = "") -> Reason:
        """The reason an HTTP status stands for where the body tells none."""
        return self.reason(f"http-{status}", told or f"HTTP {status}", class_of_http(status))


def class_of_http(status: int) -> ReasonClass:
    """What an HTTP status asks for where no table says more."""
    match status:
        case 401 | 402 | 403:
            return ReasonClass.ACCOUNT
        case 408 | 425 | 429:
            return ReasonClass.TRANSIENT
        case _ if status < 500:
            return ReasonClass.CALLER_ERROR
        case _:
            return ReasonClass.TRANSIENT


@lru_cache(maxsize=16)
def table_of(vendor: str) -> ReasonTable:
    """The table of a vendor that has one, `codes/<vendor>.toml`."""
    try:
        data = pkgutil.get_data("sandbox.adapters", f"codes/{vendor}.toml")
    except OSError:
        data = None
    if data is None:
        raise InvariantError(f"sandbox.adapters has no codes/{vendor}.toml")
    return read_table(vendor, data.decode("utf-8"))


def read_table(vendor: str, text: str) -> ReasonTable:
    """Read a table.

    Raises:
        InvariantError: it is not in order; tables are ours.
    """
    document = tomllib.loads(text)
    sources, codes = document["sources"], document["codes"]
    lines = {
        code: _line(vendor, key, each, sources)
        for key, each in codes.items()
        for code in _codes(key)
    }
    return ReasonTable(vendor, document["read_on"], MappingProxyType(lines))


def _codes(key: str) -> tuple[str, ...]:
    """The codes a line is about."""
    found = _RANGE.fullmatch(key)
    if found is None:
        return (key,)
    return tuple(str(code) for code in range(int(found[1]), int(found[2]) + 1))


def _line(
    vendor: str, code: str, each: Mapping[str, str | bool], sources: Mapping[str, str]
) -> Line:
    where = f"codes/{vendor}.toml, {code}"
    if not {"class", "text", "source"} <= each.keys() <= _LINE:
        raise InvariantError(f"{where}: members {sorted(each)}, allowed {sorted(_LINE)}")
    word, source = str(each["class"]), str(each["source"])
    if word not in CLASSES:
        raise InvariantError(f"{where}: class {word!r}, allowed {sorted(CLASSES)}")
    if source not in sources:
        raise InvariantError(f"{where}: source {source!r}, allowed {sorted(sources)}")
    throttles, unverified = bool(each.get("throttles")), bool(each.get("unverified"))
    return Line(word, str(each["text"]), sources[source], throttles, unverified)
