"""Reading runs, also while somebody writes.

A reader changes nothing. What it reads is as it was when the query began.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.errors import StorageError
from sandbox.store.database import BUSY_S, Database, Row, open_database
from sandbox.store.migrations import MIGRATIONS, migrate, missing
from sandbox.store.rows import ChangeRow, DeedRow, MessageRow, RunRow, State
from sandbox.store.shapes import Decoder, ShapeRow

_RUNS: Final = """
SELECT run, state, scenario, title, file, seed, rules_version, program, scenario_hash, started_ms,
       beat_ms, process, line_count, virtual_us, wall_ms, verdict, digest, message_count, delivered,
       trouble
FROM run WHERE state <> 'pruned' AND run BETWEEN ? AND ? ORDER BY run DESC"""
_TEXTS: Final = "SELECT resolved, result, places FROM run WHERE run = ?"
_CHANGES: Final = """
SELECT seq, at_us, provider, path, value FROM live_change WHERE run = ? ORDER BY seq"""
DEEDS: Final = "SELECT seq, at_us, kind, detail FROM deed WHERE run = ? ORDER BY seq"
OUTSIDE: Final = "SELECT outside FROM live_run WHERE run = ?"
_SHAPES: Final = "SELECT run, shape, kind, level, attempt, detail FROM shape WHERE run = ?"
_LINES: Final = """
SELECT seq, at_us, message, shape, cause, detail FROM event
WHERE run = ? AND seq >= ? ORDER BY seq"""
_TIMELINE: Final = """
SELECT e.seq, e.at_us, e.message, e.shape, e.cause, e.detail
FROM trail AS t JOIN event AS e ON e.run = t.run AND e.seq = t.seq
WHERE t.run = ? AND t.message = ? ORDER BY t.seq"""
_TIMELINE_WITHOUT_TRAIL: Final = """
SELECT seq, at_us, message, shape, cause, detail FROM event
WHERE run = ? AND message = ? ORDER BY seq"""
_MESSAGES: Final = """
SELECT message, name, cascade, requested_at_us, outcome, level, attempts, took_us, first_copy_us,
       copies, ledger_nano, bill_nano
FROM message WHERE run = ? ORDER BY message"""
_NAMES: Final = "SELECT message, name FROM message WHERE run = ? AND name IS NOT NULL"
_HAS_TRAIL: Final = "SELECT 1 FROM trail WHERE run = ? LIMIT 1"
_ALL_RUNS: Final = (0, (1 << 63) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run with all that is kept of it, lines and messages apart.

    Attributes:
        resolved: The resolved scenario as JSON.
        result: The answer as JSON; None when the run did not come to its end.
        places: Where the settings of the scenario stand, as JSON; "" where it is not kept.
        outside: The providers that were outside when it began; None: all of it was simulated.
        deeds: Done and heard in a live run, besides the changes by hand.
    """

    row: RunRow
    resolved: str
    result: str | None
    changes: tuple[ChangeRow, ...]
    places: str = ""
    outside: frozenset[str] | None = None
    deeds: tuple[DeedRow, ...] = ()


@asynccontextmanager
async def open_reader(path: Path, *, busy_s: float = BUSY_S) -> AsyncIterator["Reader"]:
    """Open a file for reading; an old one is brought up to date first.

    Raises:
        StorageError: there is none, or it cannot be used.
    """
    async with open_database(path, writable=False, busy_s=busy_s) as opened:
        steps = await missing(opened)
        if not 0 < len(steps) < len(MIGRATIONS):
            yield Reader(opened, is_blank=bool(steps))
            return
    async with open_database(path, writable=True, busy_s=busy_s) as opened:
        await migrate(opened, 0)
        yield Reader(opened)


class Reader:
    """Reads the runs of one file."""

    def __init__(self, database: Database, *, is_blank: bool = False) -> None:
        """Read from an open file.

        Args:
            database: The file.
            is_blank: There is nothing in it, not even tables: who made it got no further.
        """
        self._database = database
        self._is_blank = is_blank

    async def runs(self) -> list[RunRow]:
        """All runs, newest first."""
        if self._is_blank:
            return []
        return [_run_row(row) for row in await self._database.rows(_RUNS, _ALL_RUNS)]

    async def kept(self, run: int) -> KeptRun:
        """One run.

        Raises:
            StorageError: it is not there any more.
        """
        rows = await self._database.rows(_RUNS, (run, run))
        if not rows:
            raise StorageError(
                f"{self._database.path}: run r{run} is gone",
                hint="`sandbox runs` lists those that are there.",
            )
        texts = await self._database.rows(_TEXTS, (run,))
        changes = await self._database.rows(_CHANGES, (run,))
        deeds = await self._database.rows(DEEDS, (run,))
        outside = await self._database.rows(OUTSIDE, (run,))
        return KeptRun(
            row=_run_row(rows[0]),
            resolved=texts[0][0],
            result=texts[0][1],
            changes=tuple(ChangeRow._make(change) for change in changes),
            places=texts[0][2] or "",
            outside=frozenset(json.loads(outside[0][0])) if outside else None,
            deeds=tuple(DeedRow._make(deed) for deed in deeds),
        )

    async def lines(self, run: int, since: int = 1) -> AsyncGenerator[list[Fact], None]:
        """The log of a run in pieces, in order, from a line on."""
        decoder = await self._decoder(run)
        async with aclosing(self._database.pieces(_LINES, (run, since))) as pieces:
            async for rows in pieces:
                yield await self._facts(decoder, run, rows)

    async def timeline(self, run: int, message: int) -> list[Fact]:
        """The lines of one message, in order; empty when there is no such message.

        Takes well under a millisecond in a whole run of any size. A run that was broken off has no
        trail, and is looked through from one end to the other.
        """
        decoder = await self._decoder(run)
        database = self._database
        rows = await database.rows(_TIMELINE, (run, message))
        if not rows and not await database.rows(_HAS_TRAIL, (run,)):
            rows = await database.rows(_TIMELINE_WITHOUT_TRAIL, (run, message))
        return await self._facts(decoder, run, rows)

    async def messages(self, run: int) -> AsyncGenerator[list[MessageRow], None]:
        """What became of the messages of a whole run, in pieces, in order of arrival."""
        async with aclosing(self._database.pieces(_MESSAGES, (run,))) as pieces:
            async for rows in pieces:
                yield [MessageRow._make(row) for row in rows]

    async def message_names(self, run: int) -> dict[int, str]:
        """The names of those messages of a whole run that have one."""
        return {row[0]: row[1] for row in await self._database.rows(_NAMES, (run,))}

    async def _decoder(self, run: int) -> Decoder:
        decoder = Decoder()
        await self._learn(decoder, run)
        return decoder

    async def _learn(self, decoder: Decoder, run: int) -> None:
        for row in await self._database.rows(_SHAPES, (run,)):
            decoder.learn(ShapeRow._make(row))

    async def _facts(self, decoder: Decoder, run: int, rows: list[Row]) -> list[Fact]:
        """Lines; somebody may be writing, and new shapes may have come up since the first look."""
        if not all(decoder.knows(row[3]) for row in rows):
            await self._learn(decoder, run)
        try:
            return decoder.facts(rows)
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._database.path}: run r{run} is damaged",
                hint="Its lines do not fit together; `sandbox runs` lists the other runs.",
            ) from error


def _run_row(row: Row) -> RunRow:
    known = RunRow._make(row)
    return known._replace(state=State(known.state))
