import sqlite3
from pathlib import Path

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.errors import StorageError
from sandbox.store import reader as reader_module
from sandbox.store.database import open_database
from sandbox.store.migrations import FIRST_TABLES, MIGRATIONS, Migration, migrate, missing
from sandbox.store.reader import open_reader
from sandbox.store.rows import MessageRow, State
from sandbox.store.writer import open_writer
from tests.support.kept import end, header, log_of, pieces

FACTS = log_of()
MESSAGES = [
    MessageRow(number, "otp-anna" if number == 121 else None, "zeta", 0, None, 0, 1, None, None,
               0, 0, 0)
    for number in range(1, 122)
]  # fmt: skip


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A file with a whole run (1) and one that is broken off (2)."""
    path = tmp_path / "runs.sqlite"
    async with open_writer(path) as writer:
        whole = await writer.begin(header(resolved='{"a": 1}'))
        for piece in pieces(FACTS, 1000):
            await whole.append(piece)
        await whole.finish(end(result='{"b": 2}'), MESSAGES)
        half = await writer.begin(header())
        await half.append(FACTS[:700])
    return path


def about(facts: list[Fact], message: int) -> list[Fact]:
    """The lines of one message."""
    return [fact for fact in facts if fact[2] == message]


async def test_what_was_kept_comes_back(path: Path) -> None:
    """Runs newest first, the resolved scenario, the answer, the messages and their names."""
    async with open_reader(path) as reader:
        assert [row.run for row in await reader.runs()] == [2, 1]
        kept = await reader.kept(1)
        assert (kept.row.state, kept.resolved, kept.result) == (
            State.FINISHED, '{"a": 1}', '{"b": 2}',
        )  # fmt: skip
        assert (await reader.kept(2)).result is None
        assert [row async for rows in reader.messages(1) for row in rows] == MESSAGES
        assert await reader.message_names(1) == {121: "otp-anna"}


async def test_a_timeline_is_found_by_the_trail_or_by_looking(path: Path) -> None:
    """A whole run has a trail, a run that was broken off is looked through; both give the lines."""
    async with open_reader(path) as reader:
        for message in (1, 60, 121):
            assert await reader.timeline(1, message) == about(FACTS, message)
            assert await reader.timeline(2, message) == about(FACTS[:700], message)
        assert await reader.timeline(1, 999) == []
        assert await reader.timeline(2, 999) == []


async def test_a_timeline_of_a_whole_run_scans_nothing(path: Path) -> None:
    """The way to it is by keys only, so the size of the run does not matter."""
    connection = sqlite3.connect(path)
    query = f"EXPLAIN QUERY PLAN {reader_module._TIMELINE}"
    plan = [row[3] for row in connection.execute(query, (1, 1))]
    connection.close()
    assert len(plan) == 2
    assert all(step.startswith("SEARCH") and "PRIMARY KEY" in step for step in plan)


async def test_a_log_can_be_read_from_a_line_on(path: Path) -> None:
    """In order, in pieces."""
    async with open_reader(path) as reader:
        assert [f async for facts in reader.lines(1, since=500) for f in facts] == FACTS[499:]


async def test_lines_with_shapes_that_came_up_meanwhile_are_read(path: Path) -> None:
    """Somebody writes while somebody reads; neither notices the other."""
    async with open_writer(path) as writer, open_reader(path) as reader:
        run = await writer.begin(header())
        await run.append(FACTS[:1])
        decoder = await reader._decoder(run.run)
        await run.append(FACTS[1:])
        rows = await reader._database.rows(reader_module._LINES, (run.run, 1))
        assert await reader._facts(decoder, run.run, rows) == FACTS


async def test_a_run_that_is_gone_is_told(path: Path) -> None:
    """Somebody may have let it go since the list was shown."""
    async with open_reader(path) as reader:
        with pytest.raises(StorageError, match="run r77 is gone"):
            await reader.kept(77)


async def test_an_old_file_is_brought_up_to_date_before_it_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of a newer version reads what an older one wrote."""
    newer = (*MIGRATIONS, Migration("add-colour", ("ALTER TABLE run ADD COLUMN colour TEXT",)))
    monkeypatch.setattr(reader_module, "MIGRATIONS", newer)
    for function in (missing, migrate):
        monkeypatch.setattr(function, "__defaults__", (newer,))
    async with open_reader(path) as reader:
        assert len(await reader.runs()) == 2
        assert await reader._database.rows("SELECT colour FROM run") == [(None,), (None,)]


async def test_a_run_keeps_where_its_settings_stand(tmp_path: Path) -> None:
    """Also beside runs of an older version, which kept nothing of the kind."""
    path = tmp_path / "runs.sqlite"
    async with open_writer(path) as writer:
        await writer.begin(header(places='{"cascades.otp.levels[0].wait":["30s","otp.yaml:7"]}'))
        await writer.begin(header())
    async with open_reader(path) as reader:
        assert "otp.yaml:7" in (await reader.kept(1)).places
        assert (await reader.kept(2)).places == ""


async def test_a_file_of_the_first_version_is_read(tmp_path: Path) -> None:
    """Its runs are there, and what was not kept then is empty."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        await migrate(database, 1, [FIRST_TABLES])
        await database.execute(
            "INSERT INTO run (state, scenario, title, file, seed, rules_version, program,"
            " scenario_hash, resolved, started_ms, beat_ms, process)"
            " VALUES ('finished', 'old', '', 'old.yaml', 1, 1, '0.1.0', '', '{}', 1, 1, 1)"
        )
    async with open_reader(path) as reader:
        assert [row.scenario for row in await reader.runs()] == ["old"]
        assert (await reader.kept(1)).places == ""


async def test_a_file_that_was_only_just_made_holds_no_run(tmp_path: Path) -> None:
    """Whoever made it got no further."""
    path = tmp_path / "runs.sqlite"
    path.touch()
    async with open_reader(path) as reader:
        assert await reader.runs() == []


def damage(path: Path, since: int) -> None:
    """Spoil the beginning of every page from one on."""
    content = bytearray(path.read_bytes())
    for page in range(since, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(content)


async def read_all(path: Path) -> None:
    """Read whatever there is."""
    async with open_reader(path) as reader:
        for row in await reader.runs():
            async for _ in reader.lines(row.run):
                pass


@pytest.mark.parametrize("since", [1, 14], ids=["tables", "lines"])
async def test_a_damaged_page_is_told(path: Path, since: int) -> None:
    """Exit code 4 with the file's name, not a traceback and not wrong figures."""
    damage(path, since)
    with pytest.raises(StorageError, match="damaged") as caught:
        await read_all(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 4


async def test_lines_that_do_not_fit_together_are_told(path: Path) -> None:
    """A row may be whole for SQLite and still be nonsense."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM shape WHERE run = 1")
    connection.commit()
    connection.close()
    async with open_reader(path) as reader:
        with pytest.raises(StorageError, match="run r1 is damaged"):
            await reader.timeline(1, 1)
