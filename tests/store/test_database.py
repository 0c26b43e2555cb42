import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sandbox.errors import StorageError
from sandbox.store.database import ROWS_AT_ONCE, Database, Statement, open_database

ROOT: Final = Path(__file__).parents[2]


async def test_a_new_file_is_made_with_its_folders(tmp_path: Path) -> None:
    """The user's data folder need not be there; others may read while somebody writes."""
    path = tmp_path / "a b" / "ü#?%" / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        assert await database.rows("PRAGMA journal_mode") == [("wal",)]
        assert await database.rows("PRAGMA synchronous") == [(1,)]
        await database.execute("CREATE TABLE t (x)")
        assert await database.rows("PRAGMA auto_vacuum") == [(2,)]
        async with open_database(path, writable=False) as reader:
            assert await reader.rows("SELECT * FROM t") == []
    assert path.is_file()


async def test_what_is_opened_for_reading_is_not_changed(tmp_path: Path) -> None:
    """Not even by mistake, nor is a file made that is not there."""
    path = tmp_path / "runs.sqlite"
    with pytest.raises(StorageError, match="cannot be opened"):
        async with open_database(path, writable=False):
            pass
    async with open_database(path, writable=True) as database:
        await database.execute("CREATE TABLE t (x)")
    async with open_database(path, writable=False) as database:
        with pytest.raises(StorageError, match="cannot be written"):
            await database.execute("INSERT INTO t VALUES (1)")


async def written(database: Database, *rows: int, error: Exception | None = None) -> None:
    """Write in one transaction, which may end in an error."""
    async with database.transaction():
        await database.execute_many("INSERT INTO t VALUES (?)", [(row,) for row in rows])
        if error is not None:
            raise error


async def test_a_transaction_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """An error inside takes back what was written before it, and is told itself."""
    async with open_database(tmp_path / "runs.sqlite", writable=True) as database:
        await database.execute("CREATE TABLE t (x UNIQUE)")
        with pytest.raises(StorageError, match="UNIQUE"):
            await written(database, 1, 2, 2)
        with pytest.raises(ValueError, match="mine"):
            await written(database, 1, error=ValueError("mine"))
        assert await database.rows("SELECT * FROM t") == []
        await written(database, 3)
        assert await database.rows("SELECT * FROM t") == [(3,)]


async def test_many_rows_come_in_pieces(tmp_path: Path) -> None:
    """A query with more rows than fit at once gives all of them, in order."""
    count = ROWS_AT_ONCE * 2 + 1
    async with open_database(tmp_path / "runs.sqlite", writable=True) as database:
        await database.execute("CREATE TABLE t (x)")
        await database.execute_many("INSERT INTO t VALUES (?)", [(n,) for n in range(count)])
        read = [len(rows) async for rows in database.pieces("SELECT x FROM t ORDER BY x")]
        assert read == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


async def test_a_writer_that_does_not_let_go_is_waited_for_and_then_told(tmp_path: Path) -> None:
    """Busy: exit code 4 after the wait, not a traceback and not for ever."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as first:
        await first.execute("CREATE TABLE t (x)")
        async with first.transaction():
            await first.execute("INSERT INTO t VALUES (1)")
            async with open_database(path, writable=True, busy_s=0.01) as second:
                with pytest.raises(StorageError, match="another program is writing"):
                    async with second.transaction():
                        pass


async def test_a_file_that_changes_its_mode_is_waited_for(tmp_path: Path) -> None:
    """To let others read while it writes a new file needs SQLite's lock, which may be taken."""
    path = tmp_path / "runs.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="another program is writing"):
        async with open_database(path, writable=True, busy_s=0.05):
            pass
    other.execute("COMMIT")
    other.close()
    async with open_database(path, writable=True) as database:
        assert await database.rows("PRAGMA journal_mode") == [("wal",)]


async def test_what_is_no_sqlite_file_is_told(tmp_path: Path) -> None:
    """A text file, a folder: exit code 4 with the reason."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but long enough to be looked at " * 20)
    with pytest.raises(StorageError, match="no SQLite file"):
        async with open_database(path, writable=True):
            pass
    with pytest.raises(StorageError, match="cannot be opened"):
        async with open_database(tmp_path, writable=True):
            pass


@pytest.mark.parametrize("place", ["notes.txt/runs.sqlite"])
async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, place: str) -> None:
    """The system's refusal is a failure of the disk."""
    (tmp_path / "notes.txt").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot use"):
        async with open_database(tmp_path / place, writable=True):
            pass


HANGS = """
import asyncio, sys
from pathlib import Path
from sandbox.store.database import open_database

async def main():
    async with open_database(Path(sys.argv[1]), writable=True) as database:
        await database.execute("CREATE TABLE t (x)")
        {body}

asyncio.run(main())
"""


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('in the middle')",
        "await database.execute('no SQL')",
        "await asyncio.wait_for(asyncio.Event().wait(), 0.01)",
        "sys.exit(7)",
        "raise KeyboardInterrupt",
    ],
)
def test_the_process_ends_whatever_happens_while_a_file_is_open(tmp_path: Path, body: str) -> None:
    """A connection's thread must not keep the interpreter alive after an exception."""
    done = subprocess.run(
        [sys.executable, "-c", HANGS.format(body=body), str(tmp_path / "runs.sqlite")],
        check=False, capture_output=True, text=True, timeout=60, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode != 0
    assert (tmp_path / "runs.sqlite").exists()


async def test_statements_run_together_are_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """Each gives its row id; one that fails takes all of them back, and the next go on."""
    async with open_database(tmp_path / "runs.sqlite", writable=True) as database:
        await database.execute("CREATE TABLE t (x UNIQUE)")
        insert = "INSERT INTO t VALUES (?)"
        several = Statement(insert, [(7,), (8,)])
        given = await database.together([Statement(insert, [(6,)]), several, Statement(insert, [])])
        assert given == [1, 0, 0]
        with pytest.raises(StorageError):
            await database.together([Statement(insert, [(9,)]), Statement(insert, [(6,)])])
        with pytest.raises(StorageError):
            await database.together([Statement("INSERT INTO nowhere VALUES (1)")])
        assert await database.rows("SELECT x FROM t ORDER BY x") == [(6,), (7,), (8,)]
        assert await database.together([Statement(insert, [(9,)])]) == [4]


async def test_without_sets_of_parameters_nothing_is_run(tmp_path: Path) -> None:
    """Not even what could not be."""
    async with open_database(tmp_path / "runs.sqlite", writable=True) as database:
        await database.execute_many("INSERT INTO nowhere VALUES (?)", [])
