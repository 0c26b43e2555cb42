import asyncio
import sqlite3
from pathlib import Path

import pytest

from sandbox.errors import StorageError
from sandbox.store.database import open_database
from sandbox.store.migrations import APPLICATION_ID, FIRST_TABLES, MIGRATIONS, Migration, migrate

SECOND = Migration("add-colour", ("ALTER TABLE run ADD COLUMN colour TEXT",))
BROKEN = Migration("broken", ("CREATE TABLE half (x)", "CREATE TABLE half (x)"))


async def steps(path: Path) -> list[str]:
    """The names of the steps a file has been through."""
    async with open_database(path, writable=False) as database:
        rows = await database.rows("SELECT name FROM migration ORDER BY position")
        return [row[0] for row in rows]


async def test_a_new_file_gets_every_step_and_says_so(tmp_path: Path) -> None:
    """The steps are in the file by name, and the header says whose it is."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        await migrate(database, 1234)
        await migrate(database, 5678)
        assert await database.rows("PRAGMA application_id") == [(APPLICATION_ID,)]
        assert await database.rows("SELECT * FROM migration") == [
            (1, "first-tables", 1234),
            (2, "places", 1234),
            (3, "live", 1234),
        ]
    assert await steps(path) == [migration.name for migration in MIGRATIONS]


async def test_an_old_file_is_brought_up_to_date_with_what_is_in_it(tmp_path: Path) -> None:
    """Only what is missing is done; what was stored stays."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        await migrate(database, 1, [FIRST_TABLES])
        await database.execute("INSERT INTO shape VALUES (1, 1, 'requested', 0, NULL, NULL)")
        await migrate(database, 2, [FIRST_TABLES, SECOND])
        assert len(await database.rows("SELECT * FROM shape")) == 1
        await database.rows("SELECT colour FROM run")
    assert await steps(path) == ["first-tables", "add-colour"]


async def test_a_newer_file_is_refused_by_the_name_of_its_step(tmp_path: Path) -> None:
    """An older program does not touch what it does not understand."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        await migrate(database, 1, [FIRST_TABLES, SECOND])
        with pytest.raises(StorageError, match=r"newer version.* the step 'add-colour'"):
            await migrate(database, 2, [FIRST_TABLES])


async def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Each step is one transaction."""
    path = tmp_path / "runs.sqlite"
    async with open_database(path, writable=True) as database:
        with pytest.raises(StorageError, match="already exists"):
            await migrate(database, 1, [FIRST_TABLES, BROKEN])
        names = {row[0] for row in await database.rows("SELECT name FROM sqlite_master")}
        assert "event" in names
        assert "half" not in names
    assert await steps(path) == ["first-tables"]


async def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    """A browser's history is SQLite too."""
    path = tmp_path / "history.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE visits (url)")
    connection.close()
    async with open_database(path, writable=True) as database:
        with pytest.raises(StorageError, match="of another program"):
            await migrate(database, 1)


async def test_two_programs_may_begin_a_file_at_one_time(tmp_path: Path) -> None:
    """Each finds it whole in the end, and every step was done once."""
    path = tmp_path / "runs.sqlite"

    async def begin() -> None:
        async with open_database(path, writable=True) as database:
            await migrate(database, 1)

    await asyncio.gather(*(begin() for _ in range(8)))
    assert await steps(path) == [migration.name for migration in MIGRATIONS]
