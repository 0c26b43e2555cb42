import sqlite3
from pathlib import Path

import pytest

from sandbox.errors import StorageError
from sandbox.store.database import Database
from sandbox.store.migrations import FIRST_TABLES
from sandbox.store.reader import open_reader
from sandbox.store.rows import ChangeRow, MessageRow, State
from sandbox.store.writer import RunWriter, open_writer
from tests.support.kept import end, failing, full_after, header, log_of, pieces

FACTS = log_of()
MESSAGE = MessageRow(1, "=cmd", "zeta", 0, "delivered", 0, 1, 5, 5, 1, 45, 45)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "runs.sqlite"


async def keep(path: Path, *, started_ms: int = 1000) -> int:
    """Store a whole run."""
    async with open_writer(path) as writer:
        run = await writer.begin(header(started_ms=started_ms))
        for piece in pieces(FACTS, 500):
            await run.append(piece)
        await run.finish(end(), [MESSAGE])
    return run.run


def table_sizes(path: Path) -> dict[str, int]:
    """How many rows each table has, as any other tool sees it."""
    connection = sqlite3.connect(path)
    names = ("run", "shape", "event", "trail", "message", "live_change")
    count = "SELECT count(*) FROM {}"
    sizes = {n: connection.execute(count.format(n)).fetchone()[0] for n in names}
    connection.close()
    return sizes


def file_size(path: Path) -> int:
    """How much room the file takes, in bytes."""
    return path.stat().st_size


async def test_a_run_is_in_the_file_as_soon_as_it_begins(path: Path) -> None:
    """Whoever looks sees that it runs, and how far it is; lines are there when `append` is back."""
    async with open_writer(path) as writer:
        run = await writer.begin(header())
        for piece in pieces(FACTS, 400)[:3]:
            await run.append(piece)
            async with open_reader(path) as reader:
                row = (await reader.runs())[0]
                assert row.state is State.RUNNING
                assert row.line_count == run.line_count == piece[-1][0]
                read = [fact async for facts in reader.lines(1) for fact in facts]
            assert read == FACTS[: run.line_count]


async def test_any_tool_can_read_the_file(path: Path) -> None:
    """The views give the log with its columns, the timelines and the runs in plain words."""
    await keep(path)
    connection = sqlite3.connect(path)
    lines = connection.execute("SELECT * FROM events WHERE run = 1 ORDER BY seq").fetchall()
    assert lines == [
        (1, seq, at, message, level, attempt, kind, cause, d.json if d.fields else None)
        for seq, at, message, level, attempt, kind, cause, d in FACTS
    ]
    about_one = "SELECT seq FROM timelines WHERE run = 1 AND message = 1 ORDER BY seq"
    assert connection.execute(about_one).fetchall() == [(f[0],) for f in FACTS if f[2] == 1]
    told = connection.execute("SELECT state, scenario, verdict FROM runs").fetchall()
    assert told == [("finished", "busy", "passed")]
    connection.close()


async def test_runs_do_not_mix(path: Path) -> None:
    """Two runs that are written at one time have their own lines."""
    async with open_writer(path) as one, open_writer(path) as other:
        first, second = await one.begin(header(seed=1)), await other.begin(header(seed=2))
        for piece in pieces(FACTS, 700):
            await first.append(piece)
            await second.append(piece[:10])
    async with open_reader(path) as reader:
        assert [row.seed for row in await reader.runs()] == [2, 1]
        assert [f async for facts in reader.lines(first.run) for f in facts] == FACTS
        count = len([f async for facts in reader.lines(second.run) for f in facts])
        assert count == 10 * len(pieces(FACTS, 700))


async def test_nothing_to_write_is_not_written(path: Path) -> None:
    """A run may end at the end of a batch."""
    async with open_writer(path) as writer:
        run = await writer.begin(header())
        await run.append([])
        assert run.line_count == 0


async def test_a_run_that_is_broken_off_says_why(path: Path) -> None:
    """The lines up to there are there."""
    async with open_writer(path) as writer:
        run = await writer.begin(header(), [ChangeRow(3, 5, "sms", "validity", "5s")])
        await run.append(FACTS[:10])
        await run.break_off(State.FAILED, "a law broke")
    async with open_reader(path) as reader:
        row = (await reader.runs())[0]
        assert (row.state, row.trouble, row.line_count) == (State.FAILED, "a law broke", 10)
        assert (await reader.kept(1)).changes == (ChangeRow(3, 5, "sms", "validity", "5s"),)


async def test_old_runs_are_let_go_and_their_room_is_given_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only those before the instant, slice by slice; the file shrinks."""
    monkeypatch.setattr("sandbox.store.writer._PRUNED_AT_ONCE", 100)
    await keep(path, started_ms=1000)
    alone = file_size(path)
    await keep(path, started_ms=2000)
    async with open_writer(path) as writer:
        assert await writer.prune(1000) == 0
        assert await writer.prune(1001) == 1
    assert table_sizes(path)["event"] == len(FACTS)
    assert file_size(path) < alone * 1.2
    async with open_reader(path) as reader:
        assert [row.run for row in await reader.runs()] == [2]
        assert [f async for facts in reader.lines(2) for f in facts] == FACTS
    async with open_writer(path) as writer:
        assert await writer.prune(9999) == 1
        assert (await writer.begin(header())).run == 3, "a number is not given twice"
    assert table_sizes(path) == {
        "run": 1, "shape": 0, "event": 0, "trail": 0, "message": 0, "live_change": 0,
    }  # fmt: skip


async def test_a_run_that_is_half_let_go_is_not_seen_and_goes_with_the_next_call(
    path: Path,
) -> None:
    """Pruning that was interrupted leaves no half of a run to stumble over."""
    await keep(path)
    broken = failing(sqlite3.SQLITE_IOERR, "DELETE FROM trail")
    with pytest.raises(StorageError, match="the disk failed"):
        async with open_writer(path, database=broken) as writer:
            await writer.prune(9999)
    async with open_reader(path) as reader:
        assert await reader.runs() == []
    async with open_writer(path) as writer:
        assert await writer.prune(0) == 0
    assert set(table_sizes(path).values()) == {0}


FAILURES = [
    (failing(sqlite3.SQLITE_FULL, "INSERT INTO event"), "the disk is full"),
    (failing(sqlite3.SQLITE_BUSY, "BEGIN"), "another program is writing"),
    (failing(sqlite3.SQLITE_READONLY, "INSERT INTO event"), "cannot be written"),
    (failing(sqlite3.SQLITE_IOERR, "COMMIT"), "the disk failed"),
    (failing(sqlite3.SQLITE_CORRUPT, "UPDATE run"), "damaged"),
    (full_after(3), "the disk is full"),
]


@pytest.mark.parametrize(("database", "word"), FAILURES, ids=lambda value: str(value)[:30])
async def test_what_fails_is_told_and_what_was_acknowledged_stays(
    path: Path, database: type[Database], word: str
) -> None:
    """Disk full (injected and real), busy, read-only, I/O error, corrupt: exit code 4."""
    kept = await keep(path)
    begun: list[RunWriter] = []

    async def keep_another() -> None:
        async with open_writer(path, database=database) as writer:
            begun.append(await writer.begin(header()))
            for piece in pieces(FACTS, 100):
                await begun[0].append(piece)

    with pytest.raises(StorageError, match=word) as caught:
        await keep_another()
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 4
    async with open_reader(path) as reader:
        assert [f async for facts in reader.lines(kept) for f in facts] == FACTS
        for row in await reader.runs():
            lines = [f async for facts in reader.lines(row.run) for f in facts]
            assert len(lines) == row.line_count
            assert lines == FACTS[: row.line_count]
        for run in begun:
            assert (await reader.runs())[0].line_count == run.line_count


def test_one_insert_fits_the_smallest_sqlite() -> None:
    """Builds that take 999 values in a statement exist, and some are too old for strict tables."""
    from sandbox.store import writer

    assert writer._EVENTS.count("?") <= 999
    assert not any("STRICT" in statement for statement in FIRST_TABLES.statements)
