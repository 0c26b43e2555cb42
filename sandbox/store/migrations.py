"""What the file looks like, as the ordered steps that lead there.

Each step has a name, is done in one transaction, and is written down in the file. A file that knows
a step this program does not know was made by a newer one and is refused by that step's name.
`sandbox/docs/stored-runs.md` describes the tables for whoever reads them with another tool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.errors import StorageError
from sandbox.store.database import Database

APPLICATION_ID: Final = 0x46425342
"""`FBSB` in SQLite's header: this file is ours."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its name never changes, nor do its statements once it has been released."""

    name: str
    statements: tuple[str, ...]


_LOG_TABLE: Final = """
CREATE TABLE migration (
    position   INTEGER PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    applied_ms INTEGER NOT NULL
)"""

FIRST_TABLES: Final = Migration(
    "first-tables",
    (
        """
CREATE TABLE run (
    run           INTEGER PRIMARY KEY AUTOINCREMENT,
    state         TEXT NOT NULL,
    scenario      TEXT NOT NULL,
    title         TEXT NOT NULL,
    file          TEXT NOT NULL,
    seed          INTEGER NOT NULL,
    rules_version INTEGER NOT NULL,
    program       TEXT NOT NULL,
    scenario_hash TEXT NOT NULL,
    resolved      TEXT NOT NULL,
    started_ms    INTEGER NOT NULL,
    beat_ms       INTEGER NOT NULL,
    process       INTEGER NOT NULL,
    line_count    INTEGER NOT NULL DEFAULT 0,
    virtual_us    INTEGER NOT NULL DEFAULT 0,
    wall_ms       INTEGER,
    verdict       TEXT,
    digest        TEXT,
    message_count INTEGER,
    delivered     INTEGER,
    trouble       TEXT,
    result        TEXT
)""",
        """
CREATE TABLE shape (
    run     INTEGER NOT NULL,
    shape   INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    level   INTEGER,
    attempt INTEGER,
    detail  TEXT,
    PRIMARY KEY (run, shape)
) WITHOUT ROWID""",
        """
CREATE TABLE event (
    run     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    at_us   INTEGER NOT NULL,
    message INTEGER,
    shape   INTEGER NOT NULL,
    cause   INTEGER NOT NULL,
    detail  TEXT,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID""",
        """
CREATE TABLE trail (
    run     INTEGER NOT NULL,
    message INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (run, message, seq)
) WITHOUT ROWID""",
        """
CREATE TABLE message (
    run             INTEGER NOT NULL,
    message         INTEGER NOT NULL,
    name            TEXT,
    cascade         TEXT NOT NULL,
    requested_at_us INTEGER NOT NULL,
    outcome         TEXT,
    level           INTEGER,
    attempts        INTEGER NOT NULL,
    took_us         INTEGER,
    first_copy_us   INTEGER,
    copies          INTEGER NOT NULL,
    ledger_nano     INTEGER NOT NULL,
    bill_nano       INTEGER NOT NULL,
    PRIMARY KEY (run, message)
) WITHOUT ROWID""",
        """
CREATE TABLE live_change (
    run      INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    provider TEXT NOT NULL,
    path     TEXT NOT NULL,
    value    TEXT,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID""",
        """
CREATE VIEW runs AS
SELECT run, state, scenario, seed, verdict, digest, line_count, message_count, delivered,
       datetime(started_ms / 1000, 'unixepoch') AS started_utc,
       virtual_us / 1e6 AS virtual_s, wall_ms / 1e3 AS wall_s, rules_version, program, file
FROM run WHERE state <> 'pruned'""",
        """
CREATE VIEW events AS
SELECT e.run, e.seq, e.at_us, e.message, s.level, s.attempt, s.kind, e.cause,
       coalesce(e.detail, s.detail) AS detail
FROM event AS e JOIN shape AS s ON s.run = e.run AND s.shape = e.shape""",
        """
CREATE VIEW timelines AS
SELECT t.run, t.message, t.seq, e.at_us, s.level, s.attempt, s.kind, e.cause,
       coalesce(e.detail, s.detail) AS detail
FROM trail AS t
JOIN event AS e ON e.run = t.run AND e.seq = t.seq
JOIN shape AS s ON s.run = e.run AND s.shape = e.shape""",
        """
CREATE VIEW metrics AS
SELECT run.run, m.key AS metric, json_extract(m.value, '$.kind') AS kind,
       json_extract(m.value, '$.value') AS value, json_extract(m.value, '$.samples') AS samples
FROM run, json_each(run.result, '$.metrics') AS m WHERE run.result IS NOT NULL""",
    ),
)

PLACES: Final = Migration("places", ("ALTER TABLE run ADD COLUMN places TEXT",))
"""Where the settings of a run's scenario stand, to explain its messages when the file is gone."""

LIVE: Final = Migration(
    "live",
    (
        """
CREATE TABLE live_run (
    run          INTEGER PRIMARY KEY,
    outside      TEXT NOT NULL,
    is_rehearsal INTEGER NOT NULL,
    at_us        INTEGER NOT NULL,
    wall_ms      INTEGER NOT NULL,
    monotonic_ns INTEGER NOT NULL,
    token        BLOB NOT NULL
)""",
        """
CREATE TABLE deed (
    run    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    at_us  INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID""",
        """
CREATE TABLE exchange (
    run         INTEGER NOT NULL,
    message     INTEGER NOT NULL,
    level       INTEGER NOT NULL,
    attempt     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    provider    TEXT NOT NULL,
    state       TEXT NOT NULL,
    planned_ms  INTEGER NOT NULL,
    done_ms     INTEGER,
    reference   TEXT NOT NULL DEFAULT '',
    provider_id TEXT NOT NULL DEFAULT '',
    request     TEXT NOT NULL DEFAULT '',
    answer      TEXT NOT NULL DEFAULT '',
    event       TEXT NOT NULL DEFAULT '',
    heard_seq   INTEGER,
    PRIMARY KEY (run, message, level, attempt, kind)
) WITHOUT ROWID""",
        """
CREATE TABLE webhook (
    webhook     INTEGER PRIMARY KEY AUTOINCREMENT,
    run         INTEGER NOT NULL,
    provider    TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    is_taken    INTEGER NOT NULL DEFAULT 0,
    method      TEXT NOT NULL,
    query       TEXT NOT NULL,
    type        TEXT NOT NULL,
    body        BLOB NOT NULL
)""",
        "CREATE INDEX webhook_untaken ON webhook (run) WHERE is_taken = 0",
    ),
)
"""Runs with real providers: what was heard from them, asked of them, and sent by them."""

MIGRATIONS: Final = (FIRST_TABLES, PLACES, LIVE)


async def migrate(
    database: Database, now_ms: int, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring a file up to date; one that is brand new gets everything.

    Args:
        database: Open for writing.
        now_ms: Wall time, in milliseconds since 1970.
        migrations: All that this program knows.

    Raises:
        StorageError: it is another program's file, or was made by a newer version of this one.
    """
    if await missing(database, migrations):
        await _apply(database, now_ms, migrations)


async def missing(
    database: Database, migrations: Sequence[Migration] = MIGRATIONS
) -> Sequence[Migration]:
    """The steps a file has not been through yet; all of them when there is nothing in it.

    Raises:
        StorageError: it is another program's file, or was made by a newer version of this one.
    """
    tables = {row[0] for row in await database.rows("SELECT name FROM sqlite_master")}
    application_id = (await database.rows("PRAGMA application_id"))[0][0]
    if tables and (application_id != APPLICATION_ID or "migration" not in tables):
        raise StorageError(
            f"{database.path} is an SQLite file of another program",
            hint="Name another with `--db FILE`.",
        )
    if not tables:
        return migrations
    done = [row[0] for row in await database.rows("SELECT name FROM migration ORDER BY position")]
    known = [migration.name for migration in migrations]
    if done != known[: len(done)]:
        unknown = next((name for name in done if name not in known), done[-1])
        raise StorageError(
            f"{database.path} was made by a newer version: its schema has the step {unknown!r}, "
            f"and this one knows {', '.join(known)}",
            hint="Use the newer version, or name another file with `--db FILE`.",
        )
    return migrations[len(done) :]


async def _apply(database: Database, now_ms: int, migrations: Sequence[Migration]) -> None:
    """Do what is missing, a transaction for each step.

    Two programs may open a new file at one time: what is missing is asked again inside.
    """
    while True:
        async with database.transaction():
            steps = await missing(database, migrations)
            if not steps:
                return
            position = len(migrations) - len(steps)
            if position == 0:
                await database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                await database.execute(_LOG_TABLE)
            for statement in steps[0].statements:
                await database.execute(statement)
            await database.execute(
                "INSERT INTO migration (position, name, applied_ms) VALUES (?, ?, ?)",
                (position + 1, steps[0].name, now_ms),
            )
