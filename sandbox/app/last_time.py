"""Where the app was left: `session.toml` beside the settings, for the next start.

    version = 1
    scenario = "two-factor-codes"   # what the seed and the filter are of
    seed = 7
    place = "compare"
    panel = "messages"              # of the live screen: which had the keys, and in which view
    view = 1
    filter = "state:failed"
    order = "took"
    reversed = false

The app writes it when it is left, and nobody else. So what cannot be read is as if nothing were
there, one value at a time, and is written anew: nothing in it is worth keeping a start from.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sandbox.app.drafting import write_text
from sandbox.app.sieve import Order
from sandbox.errors import StorageError

FILE: Final = "session.toml"
VERSION: Final = 1
BYTES_MAX: Final = 65_536
TEXT_MAX: Final = 4096
VIEW_MAX: Final = 99
SEED_MAX: Final = 2**63 - 1

_HEAD: Final = "# The app writes this when it is left. Take it away to begin anew.\n"

Value = TypeVar("Value", str, int, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTime:
    """Where the app was left.

    Attributes:
        scenario: What seed and filter are of, as the settings have it; "" for none.
        seed: None: the scenario's own.
        place: Its name; "" for the one the app opens with.
        panel: Of the live screen, which had the keys; "" for the usual one.
        view: Which of the views there are at a size was shown, from 0.
        filter: Of its messages, as it was typed.
        order: By what they were sorted.
        is_reversed: The other way round.
    """

    scenario: str = ""
    seed: int | None = None
    place: str = ""
    panel: str = ""
    view: int = 0
    filter: str = ""
    order: Order = Order.NEWEST
    is_reversed: bool = False


def last_time_path(settings: Path) -> Path:
    """The file that belongs to a file of settings."""
    return settings.with_name(FILE)


# Reading -----------------------------------------------------------------------------------------


def read_last_time(file: Path) -> LastTime:
    """Where the app was left, as far as that can be read; never fails."""
    try:
        with file.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except OSError:
        return LastTime()
    return parse_last_time(content)


def parse_last_time(content: bytes) -> LastTime:
    """Read the content of such a file; never fails."""
    if len(content) > BYTES_MAX:
        return LastTime()
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return LastTime()
    if document.get("version") != VERSION:
        return LastTime()
    seed = _one(document, "seed", int, -1, lambda value: 0 <= value <= SEED_MAX)
    order = _text(document, "order")
    return LastTime(
        scenario=_text(document, "scenario"),
        seed=None if seed < 0 else seed,
        place=_text(document, "place"),
        panel=_text(document, "panel"),
        view=_one(document, "view", int, 0, lambda value: 0 <= value <= VIEW_MAX),
        filter=_text(document, "filter"),
        order=Order(order) if order in list(Order) else Order.NEWEST,
        is_reversed=_one(document, "reversed", bool, False, lambda _: True),  # noqa: FBT003 - a default
    )


def _text(document: Mapping[str, object], name: str) -> str:
    return _one(document, name, str, "", lambda value: len(value) <= TEXT_MAX)


def _one(
    document: Mapping[str, object],
    name: str,
    kind: type[Value],
    otherwise: Value,
    may_be: Callable[[Value], bool],
) -> Value:
    """One value, where it is what it must be; else what is taken otherwise."""
    value = document.get(name, otherwise)
    return value if type(value) is kind and may_be(value) else otherwise


# Writing -----------------------------------------------------------------------------------------


def last_time_text(last: LastTime) -> str:
    """Where the app was left, as TOML."""
    lines = [f"version = {VERSION}", f"scenario = {_quoted(last.scenario)}"]
    if last.seed is not None:
        lines.append(f"seed = {last.seed}")
    lines += [
        f"place = {_quoted(last.place)}",
        f"panel = {_quoted(last.panel)}",
        f"view = {last.view}",
        f"filter = {_quoted(last.filter)}",
        f"order = {_quoted(last.order)}",
        f"reversed = {'true' if last.is_reversed else 'false'}",
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML and JSON both write it; half characters, which neither can, as `?`."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_last_time(file: Path, last: LastTime) -> None:
    """Keep where the app was left, over what was there.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {file.parent}: {error.strerror or error}") from error
    write_text(file, last_time_text(last))
