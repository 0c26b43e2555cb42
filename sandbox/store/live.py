"""Live runs in the file of runs: what a process that dies must leave behind.

    async with open_live(path) as store:
        run = await store.begin(header, LiveHeader(("sms-main",)))
        await run.commit(LiveTurn(facts, deeds, changes, commands))    # then, and only then, send
        await run.note_exchange(Exchanged(...))                        # what came back
        hook = await run.keep("sms-main", webhook, received_ms)        # then, and only then, 200

When a call comes back, what it wrote is on the disk: the file is synchronised at the end of every
transaction, so neither a killed process nor a power cut loses it. To synchronise takes longer than
to write; so everything that was asked for meanwhile goes into the next transaction together, and
many callers wait for one disk.

What a request may hold is not stored: of headers nothing, of webhooks the type of the body alone,
and the path on which one came in, which is a secret, not at all.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple

from sandbox.adapters.codec import Webhook, header
from sandbox.adapters.reference import Reference
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.errors import StorageError
from sandbox.store.database import BUSY_S, Database, Statement, open_database
from sandbox.store.migrations import migrate
from sandbox.store.reader import DEEDS
from sandbox.store.rows import ChangeRow, DeedRow, MessageRow, RunEnd, RunHeader, State
from sandbox.store.writer import RunWriter, Writer

EXCERPT_MAX: Final = 500
"""So many characters of an answer are kept, to look at."""
KEPT_URL: Final = "https://kept.invalid/"
"""Instead of the address on which a webhook came in."""

_BEGIN: Final = "INSERT INTO live_run VALUES (?, ?, ?, 0, ?, ?, ?)"
_MARK: Final = "UPDATE live_run SET at_us = ?, wall_ms = ?, monotonic_ns = ? WHERE run = ?"
_DEED: Final = "INSERT INTO deed VALUES (?, ?, ?, ?, ?)"
_CHANGE: Final = "INSERT INTO live_change VALUES (?, ?, ?, ?, ?, ?)"
_PLAN: Final = """
INSERT INTO exchange (run, message, level, attempt, kind, provider, state, planned_ms, reference)
VALUES (?, ?, ?, ?, ?, ?, 'planned', ?, ?)"""
_DONE: Final = """
UPDATE exchange SET state = ?, done_ms = ?, reference = coalesce(nullif(?, ''), reference),
                    provider_id = ?, request = ?, answer = ?, event = ?
WHERE run = ? AND message = ? AND level = ? AND attempt = ? AND kind = ?"""
_HEARD: Final = """
UPDATE exchange SET heard_seq = ?
WHERE run = ? AND message = ? AND level = ? AND attempt = ? AND kind = ?"""
_HOOK: Final = """
INSERT INTO webhook (run, provider, received_ms, method, query, type, body)
VALUES (?, ?, ?, ?, ?, ?, ?)"""
_TAKEN: Final = "UPDATE webhook SET is_taken = 1 WHERE run = ? AND webhook = ?"
_BEAT: Final = "UPDATE run SET beat_ms = ? WHERE run = ?"
_TAKE_UP: Final = """
UPDATE run SET process = ?, state = 'running', trouble = NULL, beat_ms = ?
WHERE run = ? AND process = ? AND state IN ('running', 'stopped', 'interrupted', 'failed')"""

_STANDS: Final = """
SELECT r.line_count, r.process, l.outside, l.is_rehearsal, l.at_us, l.wall_ms, l.monotonic_ns,
       l.token
FROM run AS r JOIN live_run AS l ON l.run = r.run WHERE r.run = ?"""
_CHANGES: Final = """
SELECT seq, at_us, provider, path, value FROM live_change WHERE run = ? ORDER BY seq"""
_EXCHANGES: Final = """
SELECT message, level, attempt, kind, provider, state, planned_ms, done_ms, reference, provider_id,
       request, answer, event, heard_seq
FROM exchange WHERE run = ? ORDER BY message, level, attempt, kind"""
_HOOKS: Final = """
SELECT webhook, provider, received_ms, method, query, type, body
FROM webhook WHERE run = ? AND is_taken = 0 ORDER BY webhook"""
_SHAPES: Final = "SELECT coalesce(max(shape), 0) FROM shape WHERE run = ?"

_ASKED: Final = {Submit: "submit", Recall: "recall"}


class ExchangeState(StrEnum):
    """How far an exchange with a provider has come."""

    PLANNED = "planned"
    """It was written down and may have left; nobody knows."""
    ANSWERED = "answered"
    """The provider answered."""
    LOST = "lost"
    """It left, or may have, and no answer came."""
    NEVER_LEFT = "never_left"
    """It surely did not leave."""


class LiveHeader(NamedTuple):
    """What a live run has besides what any run has.

    Attributes:
        outside: The providers that are outside at its beginning.
        is_rehearsal: They are all on this machine.
        token: What its codes and the paths of its webhooks follow from; shown nowhere.
    """

    outside: tuple[str, ...]
    is_rehearsal: bool = False
    token: bytes = b""

    def __repr__(self) -> str:
        """Without the token."""
        return f"LiveHeader({self.outside!r}, is_rehearsal={self.is_rehearsal})"


class HeardRow(NamedTuple):
    """The result of an exchange was heard, at a line of the log; `kind` is `submit` or `recall`."""

    message: int
    level: int
    attempt: int
    kind: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTurn:
    """What is written in one transaction.

    Attributes:
        facts: The next lines of the log.
        deeds: Done and heard in it, besides the changes by hand.
        changes: Those.
        commands: What will be carried out when all of it is on the disk.
        heard: Whose results are among what was heard.
        taken: Webhooks of which everything has been heard.
    """

    facts: Sequence[Fact]
    deeds: Sequence[DeedRow] = ()
    changes: Sequence[ChangeRow] = ()
    commands: Sequence[Submit | Recall] = ()
    heard: Sequence[HeardRow] = ()
    taken: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What came of a command.

    Attributes:
        kind: `submit` or `recall`.
        reference: Ours, as it went along; "" for none.
        provider_id: What the provider calls the attempt; "" where it did not say.
        request: What was sent in a few words, without secrets: method and path.
        answer: How the answer begins, without secrets; longer ones are cut.
        event: What is heard of it, as JSON; "" for nothing.
    """

    message: int
    level: int
    attempt: int
    kind: str
    state: ExchangeState
    reference: str = ""
    provider_id: str = ""
    request: str = ""
    answer: str = ""
    event: str = ""


class ExchangeRow(NamedTuple):
    """A row of `exchange` without the run; wall time in milliseconds since 1970."""

    message: int
    level: int
    attempt: int
    kind: str
    provider: str
    state: ExchangeState
    planned_ms: int
    done_ms: int | None
    reference: str
    provider_id: str
    request: str
    answer: str
    event: str
    heard_seq: int | None


class HookRow(NamedTuple):
    """A webhook that was kept and of which not everything has been heard."""

    number: int
    provider: str
    received_ms: int
    hook: Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """All that a process needs to go on with the run of another.

    Attributes:
        last_seq: The last line of the log.
        process: Whose it was.
        at_us: The instant of that line.
        wall_ms: What the wall clock showed when it was written, in milliseconds since 1970.
        monotonic_ns: What the monotonic clock showed then.
        deeds: Done and heard, besides the changes by hand.
        exchanges: All of them.
        hooks: Webhooks of which not everything has been heard, oldest first.
    """

    run: int
    header: LiveHeader
    last_seq: int
    process: int
    at_us: int
    wall_ms: int
    monotonic_ns: int
    deeds: tuple[DeedRow, ...]
    changes: tuple[ChangeRow, ...]
    exchanges: tuple[ExchangeRow, ...]
    hooks: tuple[HookRow, ...]

    @property
    def pending(self) -> tuple[ExchangeRow, ...]:
        """Exchanges of which nobody knows what came of them."""
        return tuple(row for row in self.exchanges if row.state is ExchangeState.PLANNED)

    @property
    def unheard(self) -> tuple[ExchangeRow, ...]:
        """Exchanges whose result was noted, and not heard before the process died."""
        return tuple(row for row in self.exchanges if row.event and row.heard_seq is None)


@asynccontextmanager
async def open_live(
    path: Path,
    *,
    busy_s: float = BUSY_S,
    database: type[Database] = Database,
    monotonic_ns: Callable[[], int] = time.monotonic_ns,
) -> AsyncIterator["LiveStore"]:
    """Open the file of runs for live ones.

    Args:
        path: The file; made when there is none.
        busy_s: How long to wait for another writer, in seconds.
        database: What writes; a test may want to watch.
        monotonic_ns: A clock that does not go back.

    Raises:
        StorageError: it cannot be used, or does not synchronise.
    """
    opening = open_database(path, writable=True, busy_s=busy_s, database=database)
    async with opening as opened:
        await migrate(opened, _now_ms())
        await opened.execute("PRAGMA synchronous = FULL")
        if (await opened.rows("PRAGMA synchronous"))[0][0] < 2:
            raise StorageError(f"cannot use {path}: it does not synchronise with the disk")
        store = LiveStore(opened, monotonic_ns)
        try:
            yield store
        finally:
            await store.settle()


class LiveStore:
    """Live runs of one file. Any number of tasks may write through it at one time."""

    def __init__(self, database: Database, monotonic_ns: Callable[[], int]) -> None:
        self._database = database
        self._monotonic_ns = monotonic_ns
        self._waiting: list[tuple[Sequence[Statement], asyncio.Future[list[int]]]] = []
        self._draining: asyncio.Task[None] | None = None
        self.alone = asyncio.Lock()
        """Held by who writes: a connection has one transaction at a time."""

    async def begin(self, header: RunHeader, live: LiveHeader) -> "LiveRunStore":
        """Begin a run: from here on it is in the file, and says that it is running."""
        async with self.alone:
            writer = await Writer(self._database).begin(header)
        told = (json.dumps(live.outside), int(live.is_rehearsal), _now_ms(), self._monotonic_ns())
        row = (writer.run, *told, live.token)
        await self.write([Statement(_BEGIN, [row])])
        return LiveRunStore(self, self._database, writer, self._monotonic_ns)

    async def take_up(self, stands: LiveRun, process: int) -> "LiveRunStore":
        """Go on with the run of a process that died, or was stopped.

        Args:
            stands: As it was loaded.
            process: The system's number of this process.

        Raises:
            StorageError: it is over, or another process has taken it up meanwhile.
        """
        database, run = self._database, stands.run

        async with self.alone, database.transaction():
            await database.execute(_TAKE_UP, (process, _now_ms(), run, stands.process))
            if (await database.rows("SELECT changes()"))[0][0] != 1:
                raise StorageError(
                    f"{database.path}: run r{run} is over, or another process goes on with it",
                    hint=f"`sandbox show r{run}` says how it stands.",
                )
        shapes = (await database.rows(_SHAPES, (run,)))[0][0]
        writer = RunWriter(database, run, stands.last_seq, shapes)
        return LiveRunStore(self, database, writer, self._monotonic_ns)

    async def load(self, run: int) -> LiveRun:
        """How a live run stands.

        Raises:
            StorageError: there is no such live run.
        """
        rows = self._database.rows
        stands = await rows(_STANDS, (run,))
        if not stands:
            raise StorageError(f"{self._database.path}: run r{run} is no live run")
        last_seq, process, outside, is_rehearsal, at_us, wall_ms, monotonic_ns, token = stands[0]
        return LiveRun(
            run=run,
            header=LiveHeader(tuple(json.loads(outside)), bool(is_rehearsal), bytes(token)),
            last_seq=last_seq,
            process=process,
            at_us=at_us,
            wall_ms=wall_ms,
            monotonic_ns=monotonic_ns,
            deeds=tuple(DeedRow._make(row) for row in await rows(DEEDS, (run,))),
            changes=tuple(ChangeRow._make(row) for row in await rows(_CHANGES, (run,))),
            exchanges=tuple(_exchange_row(row) for row in await rows(_EXCHANGES, (run,))),
            hooks=tuple(_hook_row(row) for row in await rows(_HOOKS, (run,))),
        )

    # Many callers, one disk ------------------------------------------------------------------

    async def write(self, statements: Sequence[Statement]) -> list[int]:
        """Write something in a transaction with whatever else is waiting.

        Returns:
            What each statement gives; see `Database.together`.

        Raises:
            StorageError: nothing of that transaction was written.
        """
        done: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._waiting.append((statements, done))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await done

    async def settle(self) -> None:
        """Wait until nothing is being written."""
        while self._draining is not None and not self._draining.done():
            await asyncio.wait([self._draining])

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with self.alone:
                    results = await self._database.together(
                        [each for statements, _ in batch for each in statements]
                    )
            except BaseException as error:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(error)
                if not isinstance(error, Exception):
                    raise
            else:
                given = iter(results)
                for statements, done in batch:
                    its = [next(given) for _ in statements]
                    if not done.done():
                        done.set_result(its)


class LiveRunStore:
    """Writes one live run. Safe when a call comes back, and not before."""

    def __init__(
        self,
        store: LiveStore,
        database: Database,
        writer: RunWriter,
        monotonic_ns: Callable[[], int],
    ) -> None:
        self._store = store
        self._database = database
        self._writer = writer
        self._monotonic_ns = monotonic_ns
        self.run = writer.run

    @property
    def line_count(self) -> int:
        """Lines that are in the file."""
        return self._writer.line_count

    async def commit(self, turn: LiveTurn) -> None:
        """Write a turn: its lines, what was done and heard, and what will be sent.

        Raises:
            StorageError: it is not written, and nothing of it may be sent.
        """
        await self._store.write(self._statements(turn))
        if turn.facts:
            self._writer.written(turn.facts)

    def _statements(self, turn: LiveTurn) -> list[Statement]:
        run, now_ms = self.run, _now_ms()
        told: list[Statement] = []
        if turn.facts:
            mark = (turn.facts[-1][1], now_ms, self._monotonic_ns(), run)
            told = [*self._writer.statements(turn.facts), Statement(_MARK, [mark])]
        planned = [
            (run, *c[:3], _ASKED[type(c)], c.provider, now_ms, self._reference(c))
            for c in turn.commands
        ]
        heard = [(h.seq, run, h.message, h.level, h.attempt, h.kind) for h in turn.heard]
        told += [
            Statement(_DEED, [(run, *deed) for deed in turn.deeds]),
            Statement(_CHANGE, [(run, *change) for change in turn.changes]),
            Statement(_PLAN, planned),
            Statement(_HEARD, heard),
            Statement(_TAKEN, [(run, number) for number in turn.taken]),
        ]
        return [each for each in told if each.rows]

    def _reference(self, command: Submit | Recall) -> str:
        """Ours, as it goes along: a receipt may name it although no answer was ever noted."""
        if isinstance(command, Recall):
            return ""
        return Reference(f"r{self.run}", command.message, command.level, command.attempt).text

    async def note_exchange(self, done: Exchanged) -> None:
        """Note what came of a command."""
        where = (self.run, done.message, done.level, done.attempt, done.kind)
        told = (done.reference, done.provider_id, done.request[:EXCERPT_MAX])
        values = (done.state.value, _now_ms(), *told, done.answer[:EXCERPT_MAX], done.event)
        await self._store.write([Statement(_DONE, [(*values, *where)])])

    async def keep(self, provider: str, hook: Webhook, received_ms: int) -> int:
        """Keep a webhook, verified and not yet read; gives its number.

        Raises:
            StorageError: it is not kept, and must not be answered for.
        """
        query = hook.url.partition("?")[2]
        told = (self.run, provider, received_ms, hook.method, query)
        kind = header(hook.headers, "Content-Type")
        [number] = await self._store.write([Statement(_HOOK, [(*told, kind, hook.body)])])
        return number

    async def taken(self, numbers: Iterable[int]) -> None:
        """Tick off webhooks of which everything has been heard, or nothing is to be heard."""
        rows = [(self.run, number) for number in numbers]
        await self._store.write([Statement(_TAKEN, rows)])

    async def beat(self) -> None:
        """Say that the process lives, although nothing happens; a minute of silence is death."""
        await self._store.write([Statement(_BEAT, [(_now_ms(), self.run)])])

    async def finish(self, end: RunEnd, messages: Iterable[MessageRow]) -> None:
        """Write what became of the messages and of the run; from here on it is whole."""
        async with self._store.alone:
            await self._writer.finish(end, messages)

    async def break_off(self, state: State, trouble: str) -> None:
        """Say that the run did not come to its end, and why; it can be taken up."""
        async with self._store.alone:
            await self._writer.break_off(state, trouble)


def _exchange_row(row: tuple[Any, ...]) -> ExchangeRow:
    read = ExchangeRow._make(row)
    return read._replace(state=ExchangeState(read.state))


def _hook_row(row: tuple[Any, ...]) -> HookRow:
    number, provider, received_ms, method, query, kind, body = row
    url = f"{KEPT_URL}?{query}" if query else KEPT_URL
    headers = (("Content-Type", kind),) if kind else ()
    return HookRow(number, provider, received_ms, Webhook(method, url, headers, bytes(body)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
