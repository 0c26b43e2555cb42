"""A line of the log as a line of JSON, for files that other programs read; and back.

    {"v":1,"seq":4,"at_us":143000,"message":1,"level":0,"attempt":1,"kind":"accepted","cause":3,
     "detail":{"owed_nano":45000000}}

One object a line, ASCII only, so that nothing in it moves a cursor; absent columns are null. `v` is
the version of this form: members may be added without a new one. (The digest has a form of its own,
see `digest`.)
"""

import json
from typing import Any, Final

from sandbox.cascade.outputs import NOTHING, Detail, DetailValue
from sandbox.errors import StorageError
from sandbox.journal.entry import Entry

VERSION: Final = 1


def encode_entry(entry: Entry) -> str:
    """One line of JSON, without its end."""
    columns = entry._asdict()
    columns["detail"] = dict(entry.detail.fields)
    return json.dumps({"v": VERSION} | columns, separators=(",", ":"))


def decode_entry(line: str) -> Entry:
    """Read a line that `encode_entry` wrote.

    Raises:
        StorageError: it is no such line, or one of a later version.
    """
    try:
        columns = json.loads(line)
    except ValueError as error:
        raise StorageError(f"a line of a log is no JSON: {error}") from error
    if not isinstance(columns, dict):
        raise StorageError(f"a line of a log is an object, not {type(columns).__name__}")
    version = columns.get("v")
    if version != VERSION:
        raise StorageError(
            f"a line of a log is of version {version!r}, this program reads {VERSION}"
        )
    kind = columns.get("kind")
    if not isinstance(kind, str):
        raise StorageError(f"the kind of a line of a log is a word, not {kind!r}")
    return Entry(
        seq=_number(columns, "seq"),
        at_us=_number(columns, "at_us"),
        message=_number_or_none(columns, "message"),
        level=_number_or_none(columns, "level"),
        attempt=_number_or_none(columns, "attempt"),
        kind=kind,
        cause=_number(columns, "cause"),
        detail=_detail(columns.get("detail")),
    )


def _number(columns: dict[str, Any], name: str) -> int:
    value = columns.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise StorageError(f"{name} of a line of a log is an integer, not {value!r}")
    return value


def _number_or_none(columns: dict[str, Any], name: str) -> int | None:
    return None if columns.get(name) is None else _number(columns, name)


def _detail(fields: object) -> Detail:
    if not isinstance(fields, dict):
        raise StorageError(f"the detail of a line of a log is an object, not {fields!r}")
    return Detail({name: _value(value) for name, value in fields.items()}) if fields else NOTHING


def _value(value: object) -> DetailValue:
    if isinstance(value, str | int):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise StorageError(f"a detail is a text, an integer or a list of texts, not {value!r}")
