"""A first scenario of one's own: a file with comments that runs as it is."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.errors import StorageError, UsageError
from sandbox.scenario.schema import schema

SCHEMA_NAME: Final = "scenario.schema.json"
"""What the first line of the starter points its editor to; stands beside it."""

_STARTER: Final = Path(__file__).parent / "starter.yaml"
_SUFFIXES: Final = (".yaml", ".yml")


class Started(NamedTuple):
    """What was written.

    Attributes:
        scenario: The new file.
        schema: The schema for editors; None where there was one already, which is left alone.
    """

    scenario: Path
    schema: Path | None


def starter_text() -> str:
    """The starter."""
    return _STARTER.read_text("utf-8")


def schema_text() -> str:
    """The JSON Schema of the format as a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def write_starter(name: str) -> Started:
    """Write a starter scenario, and the schema for editors beside it unless there is one.

    Args:
        name: Of the scenario, or a path that ends in `.yaml` or `.yml`.

    Raises:
        UsageError: there is such a file already, or no file can have this name.
        StorageError: it cannot be written.
    """
    path = Path(name if name.endswith(_SUFFIXES) else f"{name}.yaml")
    if "\0" in name or not name.strip() or Path(name).name in {"", ".", "..", *_SUFFIXES}:
        raise UsageError(f"{name!r} names no file", hint="Write `sandbox new my-scenario`.")
    _write(path, starter_text())
    beside = path.parent / SCHEMA_NAME
    try:
        _write(beside, schema_text())
    except UsageError:  # there is one, perhaps with changes of its own
        return Started(path, None)
    return Started(path, beside)


def _write(path: Path, text: str) -> None:
    """Write a new file.

    Raises:
        UsageError: there is one.
        StorageError: it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        hint = "Choose another name: nothing is ever overwritten."
        raise UsageError(f"{path} is there already", hint=hint) from None
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or "not a name of a file").lower()
        hint = "Write to a folder that exists and is yours."
        raise StorageError(f"cannot write {str(path)[:300]!r}: {reason}", hint=hint) from error
