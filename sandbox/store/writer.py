"""Writing runs: one writer, thousands of lines at a time.

Every batch is one transaction. When `append` comes back, its lines are in the file: a process that
is killed right after loses none of them.
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.store.database import BUSY_S, Database, Statement, open_database
from sandbox.store.migrations import migrate
from sandbox.store.rows import ChangeRow, MessageRow, RunEnd, RunHeader, State
from sandbox.store.shapes import Encoder

BATCH: Final = 8192
"""Lines in a transaction. More gain nothing that can be measured, and cost memory."""

_COLUMNS: Final = 7
_ROWS_AT_ONCE: Final = 128
"""Rows in one INSERT: half the time of one row each. SQLite may be built to take only 999 values.
"""

_PRUNED_AT_ONCE: Final = 100_000
"""Lines let go in one transaction, so that the write-ahead log stays small."""

_RUN: Final = """
INSERT INTO run (state, scenario, title, file, seed, rules_version, program, scenario_hash,
                 resolved, started_ms, beat_ms, process, places)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_CHANGE: Final = "INSERT INTO live_change VALUES (?, ?, ?, ?, ?, ?)"
_SHAPE: Final = "INSERT INTO shape VALUES (?, ?, ?, ?, ?, ?)"
_MESSAGE: Final = "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BEAT: Final = "UPDATE run SET line_count = ?, virtual_us = ?, beat_ms = ? WHERE run = ?"
_END: Final = """
UPDATE run SET state = ?, verdict = ?, digest = ?, virtual_us = ?, wall_ms = ?, message_count = ?,
               delivered = ?, result = ?, beat_ms = ?
WHERE run = ?"""
_TRAIL: Final = """
INSERT INTO trail SELECT run, message, seq FROM event
WHERE run = ? AND message IS NOT NULL ORDER BY message, seq"""

_INTO_EVENT: Final = "INSERT INTO event VALUES"
_ROW: Final = "(?, ?, ?, ?, ?, ?, ?)"


def _events(count: int) -> str:
    return f"{_INTO_EVENT} {', '.join([_ROW] * count)}"


_EVENTS: Final = _events(_ROWS_AT_ONCE)

_EMPTY: Final = {
    "SELECT seq FROM event WHERE run = ? ORDER BY seq LIMIT 1 OFFSET ?":
        "DELETE FROM event WHERE run = ? AND seq <= ?",
    "SELECT message FROM trail WHERE run = ? ORDER BY message LIMIT 1 OFFSET ?":
        "DELETE FROM trail WHERE run = ? AND message <= ?",
}  # fmt: skip
"""For each big table how to find the end of the next slice of a run, and how to delete it."""

_EMPTY_SMALL: Final = (
    "DELETE FROM message WHERE run = ?",
    "DELETE FROM shape WHERE run = ?",
    "DELETE FROM live_change WHERE run = ?",
    "DELETE FROM deed WHERE run = ?",
    "DELETE FROM exchange WHERE run = ?",
    "DELETE FROM webhook WHERE run = ?",
    "DELETE FROM live_run WHERE run = ?",
    "DELETE FROM run WHERE run = ?",
)
_EVERYTHING: Final = (1 << 63) - 1


@asynccontextmanager
async def open_writer(
    path: Path, *, busy_s: float = BUSY_S, database: type[Database] = Database
) -> AsyncIterator["Writer"]:
    """Open a file for writing; a new one is made, an old one brought up to date.

    Args:
        path: The file.
        busy_s: How long to wait for another writer, in seconds.
        database: What writes; a test may want to watch.

    Raises:
        StorageError: it cannot be used.
    """
    opening = open_database(path, writable=True, busy_s=busy_s, database=database)
    async with opening as opened:
        await migrate(opened, _now_ms())
        yield Writer(opened)


class Writer:
    """Writes runs into one file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, header: RunHeader, changes: Sequence[ChangeRow] = ()) -> "RunWriter":
        """Begin a run: from here on it is in the file, and says that it is running."""
        database = self._database
        async with database.transaction():
            run = await database.execute(
                _RUN,
                (
                    State.RUNNING.value,
                    header.scenario,
                    header.title,
                    header.file,
                    header.seed,
                    header.rules_version,
                    header.program,
                    header.scenario_hash,
                    header.resolved,
                    header.started_ms,
                    header.started_ms,
                    header.process,
                    header.places or None,
                ),
            )
            await database.execute_many(_CHANGE, [(run, *change) for change in changes])
        return RunWriter(database, run)

    async def prune(self, before_ms: int) -> int:
        """Let go of all runs that began before an instant.

        What is being let go is marked first, so that nobody sees half a run; what an earlier call
        did not finish is finished by this one.

        Args:
            before_ms: Wall time, in milliseconds since 1970.

        Returns:
            How many runs there were.
        """
        database = self._database
        async with database.transaction():
            old = await database.rows(
                "SELECT run FROM run WHERE started_ms < ? AND state <> ?",
                (before_ms, State.PRUNED.value),
            )
            await database.execute_many(
                "UPDATE run SET state = ? WHERE run = ?",
                [(State.PRUNED.value, run) for (run,) in old],
            )
        marked = "SELECT run FROM run WHERE state = ? ORDER BY run"
        for (run,) in await database.rows(marked, (State.PRUNED.value,)):
            await self._let_go(run)
        await database.give_room_back()
        return len(old)

    async def _let_go(self, run: int) -> None:
        database = self._database
        for find_end, delete in _EMPTY.items():
            is_more = True
            while is_more:
                end = await database.rows(find_end, (run, _PRUNED_AT_ONCE))
                is_more = bool(end)
                async with database.transaction():
                    await database.execute(delete, (run, end[0][0] if end else _EVERYTHING))
        async with database.transaction():
            for statement in _EMPTY_SMALL:
                await database.execute(statement, (run,))


class RunWriter:
    """Writes one run."""

    def __init__(
        self, database: Database, run: int, line_count: int = 0, shape_count: int = 0
    ) -> None:
        """Go on where a run stands; one that has just begun has no lines."""
        self._database = database
        self._encoder = Encoder(run, shape_count)
        self.run = run
        self.line_count = line_count
        """Lines that are in the file."""

    async def append(self, facts: Sequence[Fact]) -> None:
        """Write the next lines of the log; they are safe when this comes back."""
        if not facts:
            return
        async with self._database.transaction():
            for sql, rows in self.statements(facts):
                if len(rows) == 1:
                    await self._database.execute(sql, rows[0])
                else:
                    await self._database.execute_many(sql, rows)
        self.written(facts)

    def statements(self, facts: Sequence[Fact]) -> list[Statement]:
        """What writes the next lines; `written` says that it was run."""
        values = self._encoder.values(facts)
        shapes, self._encoder.new_shapes = self._encoder.new_shapes, []
        step = _ROWS_AT_ONCE * _COLUMNS
        whole = len(values) // step * step
        parts = [values[at : at + step] for at in range(0, whole, step)]
        rest = values[whole:]
        told = [Statement(_SHAPE, shapes), Statement(_EVENTS, parts)]
        if rest:
            told.append(Statement(_events(len(rest) // _COLUMNS), [rest]))
        last_seq, last_us = facts[-1][:2]
        told.append(Statement(_BEAT, [(last_seq, last_us, _now_ms(), self.run)]))
        return [each for each in told if each.rows]

    def written(self, facts: Sequence[Fact]) -> None:
        """Note that lines are in the file."""
        self.line_count = facts[-1][0]

    async def finish(self, end: RunEnd, messages: Iterable[MessageRow]) -> None:
        """Write what became of the messages and of the run; from here on it is whole."""
        database, run = self._database, self.run
        left = iter(messages)
        async with database.transaction():
            while batch := [(run, *message) for message in islice(left, BATCH)]:
                await database.execute_many(_MESSAGE, batch)
            # The trail is an index over one run; as an index of SQLite it would have to be kept up
            # to date while lines come in, which takes twice as long.
            await database.execute(_TRAIL, (run,))
            await database.execute(
                _END,
                (
                    end.state.value,
                    end.verdict,
                    end.digest,
                    end.virtual_us,
                    end.wall_ms,
                    end.message_count,
                    end.delivered,
                    end.result,
                    _now_ms(),
                    run,
                ),
            )

    async def break_off(self, state: State, trouble: str) -> None:
        """Say that the run did not come to its end, and why."""
        await self._database.execute(
            "UPDATE run SET state = ?, trouble = ?, beat_ms = ? WHERE run = ?",
            (state.value, trouble, _now_ms(), self.run),
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
