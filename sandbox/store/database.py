"""One connection to one file; every statement goes through here, and so does every failure.

aiosqlite runs SQLite in a thread of its own. A connection that is not closed keeps that thread, and
with it the whole process, alive for ever, so there is one way to get a `Database`, and it is an
`async with`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiosqlite

from sandbox.errors import StorageError
from sandbox.store.failures import code_of, failure

BUSY_S: Final = 10.0
"""How long a writer waits for another one, in seconds; a batch takes a few hundredths."""

ROWS_AT_ONCE: Final = 4096
"""Rows read at a time: few enough to be small, many enough that the way to the thread is cheap."""

_WAL_PAGES: Final = 4000
"""After this many pages of 4 KiB the write-ahead log is worked into the file."""

_RETRY_S: Final = 0.02

Row = tuple[Any, ...]
Parameters = Sequence[str | int | float | bytes | None]

_ONCE: Final[Sequence[Parameters]] = ((),)


class Statement(NamedTuple):
    """One of several statements that are run together, with each of some sets of parameters."""

    sql: str
    rows: Sequence[Parameters] = _ONCE


class Database:
    """An open file. What it cannot do becomes a `StorageError` that says why."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement.

        Each way to the thread and back costs more than what SQLite does there, so there is one: a
        cursor would have to be closed by another.

        Returns:
            The row id of an INSERT; of others something without meaning.
        """
        with translated(self.path):
            row = await self._connection.execute_insert(sql, parameters)
            return row[0] if row else 0

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """Run one statement with many sets of parameters; with none, do nothing."""
        if not rows:
            return
        with translated(self.path):
            async with self._connection.executemany(sql, rows):
                pass

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query that has few."""
        with translated(self.path):
            return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]

    async def pieces(
        self, sql: str, parameters: Parameters = ()
    ) -> AsyncGenerator[list[Row], None]:
        """The rows of a query that may have millions, some thousands at a time."""
        with translated(self.path):
            async with self._connection.execute(sql, parameters) as cursor:
                while rows := await cursor.fetchmany(ROWS_AT_ONCE):
                    yield list(rows)  # type: ignore[arg-type]  # without a row factory: tuples

    async def give_room_back(self) -> None:
        """Make the file as small as what is in it."""
        with translated(self.path):
            # As a script, because a single statement is stepped once, and gives back one page.
            async with self._connection.executescript("PRAGMA incremental_vacuum;"):
                pass

    async def together(self, statements: Sequence[Statement]) -> list[int]:
        """Run several statements as one transaction: all is there in the end, or nothing.

        On one way to the thread and back: with one for each statement, as in `transaction`, most of
        the time goes by in waiting for the other side.

        Returns:
            For each statement with one set of parameters what `execute` returns; 0 for others.
        """
        # aiosqlite itself offers ways to its thread for single statements only, and has no types.
        with translated(self.path):
            raw = self._connection._conn  # noqa: SLF001 - see above
            run = self._connection._execute  # noqa: SLF001 - see above
            done: list[int] = await run(self._together, raw, statements)  # type: ignore[no-untyped-call] # see above
            return done

    def _together(
        self, connection: sqlite3.Connection, statements: Sequence[Statement]
    ) -> list[int]:
        self.step(connection, Statement("BEGIN IMMEDIATE"))
        try:
            done = [self.step(connection, each) for each in statements]
            self.step(connection, Statement("COMMIT"))
        except BaseException:
            # Of two failures the first is told; SQLite may have rolled back already.
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise
        return done

    def step(self, connection: sqlite3.Connection, statement: Statement) -> int:
        """Run one statement of `together`, in the thread of the connection."""
        sql, rows = statement
        if len(rows) == 1:
            return connection.execute(sql, rows[0]).lastrowid or 0
        if rows:
            connection.executemany(sql, rows)
        return 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All that is written inside is there in the end, or none of it."""
        await self.execute("BEGIN IMMEDIATE")
        try:
            yield
            await self.execute("COMMIT")
        except BaseException:
            # Of two failures the first is told; SQLite may have rolled back already.
            with suppress(StorageError):
                await self.execute("ROLLBACK")
            raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a `StorageError`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise failure(error, path) from error


@asynccontextmanager
async def open_database(
    path: Path,
    *,
    writable: bool,
    busy_s: float = BUSY_S,
    database: type[Database] = Database,
) -> AsyncIterator[Database]:
    """Open a file, and close it whatever happens.

    Args:
        path: The file; made, with its folders, when it is opened for writing.
        writable: False: nothing is changed, not even by mistake.
        busy_s: How long to wait for another writer, in seconds.
        database: What to make of the connection; a test may want to watch.

    Raises:
        StorageError: it cannot be opened.
    """
    with translated(path):
        if writable:
            path.parent.mkdir(parents=True, exist_ok=True)
    async with _connected(path, "rwc" if writable else "ro", busy_s) as connection:
        opened = database(connection, path)
        if writable:
            await _prepare(opened, busy_s)
        yield opened


@asynccontextmanager
async def _connected(path: Path, mode: str, busy_s: float) -> AsyncIterator[aiosqlite.Connection]:
    """A connection that is closed in the end, and with it its thread.

    aiosqlite does not wait for the thread of a connection that could not be opened, which then
    finds no event loop to tell of it. So nothing of that kind is left to aiosqlite: where the file
    cannot be opened, an empty one in memory takes its place for the moment it takes to say so.
    """
    trouble: list[sqlite3.Error] = []

    def connect() -> sqlite3.Connection:
        uri = f"{path.absolute().as_uri()}?mode={mode}"
        try:
            return sqlite3.connect(uri, uri=True, timeout=busy_s, isolation_level=None)
        except sqlite3.Error as error:
            trouble.append(error)
            return sqlite3.connect(":memory:")

    async with aiosqlite.Connection(connect, iter_chunk_size=ROWS_AT_ONCE) as connection:
        for error in trouble:
            raise failure(error, path) from error
        yield connection


async def _prepare(opened: Database, busy_s: float) -> None:
    """Set up what is kept in the file itself, once, and what belongs to the connection."""
    if not await opened.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
        # Can only be said before there is anything: runs that are let go give their room back.
        await opened.execute("PRAGMA auto_vacuum = INCREMENTAL")
    await _use_write_ahead_log(opened, busy_s)
    await opened.execute("PRAGMA synchronous = NORMAL")
    await opened.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")


async def _use_write_ahead_log(opened: Database, busy_s: float) -> None:
    """Let others read while somebody writes.

    To change the mode SQLite needs the file for itself and does not wait for it, so two programs
    that begin a file at one time would be in each other's way.
    """
    waited_s = 0.0
    while (await opened.rows("PRAGMA journal_mode"))[0][0] != "wal":
        try:
            await opened.execute("PRAGMA journal_mode = WAL")
        except StorageError as error:
            cause = error.__cause__
            is_busy = isinstance(cause, sqlite3.Error) and code_of(cause) == sqlite3.SQLITE_BUSY
            if not is_busy or waited_s >= busy_s:
                raise
            waited_s += _RETRY_S
            await asyncio.sleep(_RETRY_S)
        else:
            return  # where there is no shared memory, the old mode stays
