"""What SQLite complains about, in words a person can act on.

Every failure of the file becomes a `StorageError` that names the file, what went wrong, and what to
do; the program then exits with 4.
"""

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.errors import StorageError


class _Meaning(NamedTuple):
    what: str
    hint: str


_KEEP_ELSEWHERE: Final = "`--db FILE` keeps runs elsewhere, `--no-store` runs without keeping them."

_MEANINGS: Final = {
    sqlite3.SQLITE_FULL: _Meaning(
        "the disk is full",
        "Make room (`sandbox runs --prune 30d` lets old runs go); `--db FILE` keeps runs elsewhere,"
        " `--no-store` runs without keeping them.",
    ),
    sqlite3.SQLITE_BUSY: _Meaning(
        "another program is writing to it and does not let go", "Try again when it is done."
    ),
    sqlite3.SQLITE_LOCKED: _Meaning(
        "another program is writing to it and does not let go", "Try again when it is done."
    ),
    sqlite3.SQLITE_READONLY: _Meaning("it cannot be written to", _KEEP_ELSEWHERE),
    sqlite3.SQLITE_PERM: _Meaning("access is not allowed", _KEEP_ELSEWHERE),
    sqlite3.SQLITE_CANTOPEN: _Meaning("it cannot be opened", _KEEP_ELSEWHERE),
    sqlite3.SQLITE_IOERR: _Meaning(
        "the disk failed to read or write it",
        "Check the disk; `--db FILE` keeps runs elsewhere.",
    ),
    sqlite3.SQLITE_CORRUPT: _Meaning(
        "it is damaged",
        "Move it away, and a new one is begun; `sqlite3 FILE .recover` saves what can be read.",
    ),
    sqlite3.SQLITE_NOTADB: _Meaning(
        "it is no SQLite file", "Name another with `--db FILE`, or move this one away."
    ),
}

_PRIMARY: Final = 0xFF
"""The bits of a result code that say what kind it is; the others say where it happened."""


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where the error carries none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY


def failure(error: sqlite3.Error | OSError, path: Path) -> StorageError:
    """The error to raise instead.

    Args:
        error: What SQLite or the system said.
        path: The file it is about.
    """
    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        return StorageError(f"cannot use {path}: {reason}", hint=_KEEP_ELSEWHERE)
    known = _MEANINGS.get(code_of(error))
    if known is None:
        return StorageError(f"cannot use {path}: {error}", hint=_KEEP_ELSEWHERE)
    return StorageError(f"cannot use {path}: {known.what} ({error})", hint=known.hint)
