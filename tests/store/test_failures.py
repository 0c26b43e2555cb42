import sqlite3
from pathlib import Path

import pytest

from sandbox.errors import ExitCode
from sandbox.store.failures import code_of, failure
from tests.support.kept import sqlite_error

PATH = Path("/data/runs.sqlite")
EXTENDED = 10 << 8
"""What SQLite adds to a result code to say where it happened."""


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_BUSY, "another program"),
        (sqlite3.SQLITE_LOCKED, "another program"),
        (sqlite3.SQLITE_READONLY, "cannot be written"),
        (sqlite3.SQLITE_PERM, "not allowed"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_IOERR, "the disk failed"),
        (sqlite3.SQLITE_CORRUPT, "damaged"),
        (sqlite3.SQLITE_NOTADB, "no SQLite file"),
    ],
)
def test_a_failure_names_the_file_the_trouble_and_what_to_do(code: int, word: str) -> None:
    """Whatever SQLite says becomes exit code 4, in words, also with the place of the failure."""
    for said in (code, code | EXTENDED):
        error = failure(sqlite_error(said), PATH)
        assert error.exit_code is ExitCode.STORAGE
        assert str(PATH) in str(error)
        assert word in str(error)
        assert error.hint.endswith(".")


def test_what_is_not_known_is_told_as_it_was_said() -> None:
    """An error without a code, or with a rare one, keeps SQLite's own words."""
    assert "no such table" in str(failure(sqlite3.OperationalError("no such table: x"), PATH))
    assert code_of(sqlite3.OperationalError("by hand")) == 0


def test_the_systems_own_errors_are_told_the_same_way() -> None:
    """A folder that cannot be made is a failure of the disk as well."""
    error = failure(PermissionError(13, "Permission denied"), PATH)
    assert str(error) == "cannot use /data/runs.sqlite: permission denied"
    assert error.exit_code is ExitCode.STORAGE
