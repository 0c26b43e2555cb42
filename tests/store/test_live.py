"""What a live run leaves in the file, whenever its process dies."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.codec import Webhook
from sandbox.cascade.outputs import Recall, Submit
from sandbox.errors import StorageError
from sandbox.store.database import Database, Statement
from sandbox.store.live import (
    EXCERPT_MAX,
    Exchanged,
    ExchangeState,
    HeardRow,
    LiveHeader,
    LiveRun,
    LiveTurn,
    open_live,
)
from sandbox.store.reader import open_reader
from sandbox.store.rows import ChangeRow, DeedRow, RunEnd, State
from sandbox.store.writer import open_writer
from tests.support.killed_live import FIRST, HOOK, SECOND, SUBMIT, header
from tests.support.logs import line

ROOT: Final = Path(__file__).parents[2]
WHERE: Final = {"message": 1, "level": 0, "attempt": 1, "kind": "submit"}
RECALL: Final = Recall(1, 0, 1, "sms", 3)


async def load(path: Path, run: int = 1) -> LiveRun:
    """How a run stands, as another process finds it."""
    async with open_live(path) as store:
        return await store.load(run)


async def test_a_turn_is_written_as_a_whole_and_found_again(tmp_path: Path) -> None:
    """Lines, deeds, changes and what will be sent; the clocks beside them."""
    path = tmp_path / "runs.sqlite"
    ticks = iter(range(100, 200))
    async with open_live(path, monotonic_ns=lambda: next(ticks)) as store:
        run = await store.begin(header(), LiveHeader(("sms", "viber"), is_rehearsal=True))
        assert (await store.load(1)).monotonic_ns == 100
        await run.commit(
            LiveTurn(
                facts=FIRST,
                deeds=[DeedRow(2, 0, "heard", "{}")],
                changes=[ChangeRow(1, 0, "sms", "price.amount", "7")],
                commands=[SUBMIT, RECALL],
            )
        )
        assert run.line_count == 2
    live = await load(path)
    assert live.header == LiveHeader(("sms", "viber"), is_rehearsal=True)
    assert (live.last_seq, live.at_us, live.monotonic_ns) == (2, 0, 101)
    assert live.process == os.getpid()
    assert live.wall_ms > 1_700_000_000_000
    assert live.deeds == (DeedRow(2, 0, "heard", "{}"),)
    assert live.changes == (ChangeRow(1, 0, "sms", "price.amount", "7"),)
    assert [(row.kind, row.provider, row.state, row.reference) for row in live.pending] == [
        ("recall", "sms", ExchangeState.PLANNED, ""),
        ("submit", "sms", ExchangeState.PLANNED, "fs1-r1-1-0-1"),
    ]
    async with open_reader(path) as reader:
        assert [fact async for piece in reader.lines(1) for fact in piece] == list(FIRST)
        kept = await reader.kept(1)
        assert kept.outside == frozenset({"sms", "viber"})
        assert kept.deeds == live.deeds


async def test_an_answer_is_noted_and_then_heard(tmp_path: Path) -> None:
    """Between the two a process may die: then it is unheard, and not pending."""
    path = tmp_path / "runs.sqlite"
    async with open_live(path) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        await run.commit(LiveTurn(facts=FIRST, commands=[SUBMIT]))
        done = Exchanged(
            **WHERE, state=ExchangeState.ANSWERED, reference="fs1", provider_id="SM1",  # type: ignore[arg-type]  # its words fit
            request="POST /v1", answer="x" * 9999, event='{"v":1}',
        )  # fmt: skip
        await run.note_exchange(done)
        (unheard,) = (await store.load(1)).unheard
        assert unheard.provider_id == "SM1"
        assert unheard.answer == "x" * EXCERPT_MAX
        assert (await store.load(1)).pending == ()
        await run.commit(LiveTurn(facts=SECOND, heard=[HeardRow(1, 0, 1, "submit", 3)]))
    live = await load(path)
    assert live.unheard == ()
    assert live.exchanges[0].heard_seq == 3


async def test_of_a_webhook_no_secret_is_kept(tmp_path: Path) -> None:
    """Not the path it came in on, nor any header that may prove something."""
    path = tmp_path / "runs.sqlite"
    told = (("content-type", "text/x"), ("Authorization", "Bearer s3cret"), ("X-Sign", "s3cret"))
    hook = Webhook("POST", "https://me.example/hook/s3cret?ref=7", told, b"\xff\x00body")
    async with open_live(path) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        numbers = [await run.keep("sms", each, 5) for each in (hook, HOOK)]
        await run.taken([numbers[1]])
        (kept,) = (await store.load(1)).hooks
        assert kept.number == numbers[0]
        assert kept[1:3] == ("sms", 5)
        assert kept.hook == Webhook(
            "POST", "https://kept.invalid/?ref=7", (("Content-Type", "text/x"),), b"\xff\x00body"
        )
        await run.commit(LiveTurn(facts=FIRST, taken=numbers))
        assert (await store.load(1)).hooks == ()
    everything = all_bytes(tmp_path)
    assert b"body" in everything
    assert b"s3cret" not in everything
    assert b"secret-path" not in everything


def all_bytes(folder: Path) -> bytes:
    """What is on the disk."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


class Counting(Database):
    """Counts transactions, and fails when it is told to."""

    commits = 0
    fails = False

    def step(self, connection: sqlite3.Connection, statement: Statement) -> int:
        if statement.sql == "COMMIT":
            Counting.commits += 1
            if Counting.fails:
                raise StorageError("the disk is full")
        return super().step(connection, statement)


async def test_many_callers_share_a_transaction(tmp_path: Path) -> None:
    """Two hundred webhooks at a time do not synchronise two hundred times."""
    async with open_live(tmp_path / "runs.sqlite", database=Counting) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        Counting.commits = 0
        writes = [run.keep("sms", HOOK, n) for n in range(200)]
        numbers = await asyncio.gather(*writes, run.commit(LiveTurn(facts=FIRST)))
        assert numbers[:-1] == list(range(1, 201))
        assert Counting.commits <= 3


async def test_where_the_disk_fails_everybody_is_told(tmp_path: Path) -> None:
    """And nothing of that transaction is there; the next one may succeed."""
    path = tmp_path / "runs.sqlite"
    async with open_live(path, database=Counting) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        Counting.fails = True
        turn = run.commit(LiveTurn(facts=FIRST, commands=[SUBMIT]))
        told = await asyncio.gather(turn, run.keep("sms", HOOK, 1), return_exceptions=True)
        Counting.fails = False
        assert [str(error) for error in told] == ["the disk is full"] * 2
        await run.beat()
    live = await load(path)
    assert (live.last_seq, live.exchanges, live.hooks) == (0, (), ())


async def test_a_caller_that_gives_up_disturbs_nobody(tmp_path: Path) -> None:
    """What it wrote may be there or not; the others' is."""
    async with open_live(tmp_path / "runs.sqlite") as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        impatient = asyncio.create_task(run.keep("sms", HOOK, 1))
        patient = asyncio.create_task(run.keep("sms", HOOK, 2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == 2
        assert impatient.cancelled()


async def test_the_disk_is_synchronised(tmp_path: Path) -> None:
    """`synchronous = FULL`, and a file that will not have it is refused."""
    path = tmp_path / "runs.sqlite"
    async with open_live(path) as store:
        assert await store._database.rows("PRAGMA synchronous") == [(2,)]

    class Careless(Database):
        async def execute(self, sql: str, parameters: Any = ()) -> int:
            return 0 if sql.endswith("= FULL") else await super().execute(sql, parameters)

    with pytest.raises(StorageError, match="does not synchronise"):
        async with open_live(path, database=Careless):
            pass


# Another process ---------------------------------------------------------------------------------


async def test_a_run_is_taken_up_by_one_process(tmp_path: Path) -> None:
    """Its lines go on, and its details are read as they were written."""
    path = tmp_path / "runs.sqlite"
    more = [line(n, 1, "orphan_receipt", "", 0, provider="sms", n=n // 2) for n in range(3, 9)]
    async with open_live(path) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        await run.commit(LiveTurn(facts=[*FIRST, *more]))
    stands = await load(path)
    rest = [line(n, 2, "orphan_receipt", "", 0, provider="sms", n=n // 2) for n in range(9, 15)]
    async with open_live(path) as store:
        run = await store.take_up(stands, 4711)
        await run.commit(LiveTurn(facts=rest))
        with pytest.raises(StorageError, match="another process goes on"):
            await store.take_up(stands, 4712)
        assert (await store.load(1)).process == 4711
    async with open_reader(path) as reader:
        lines = [fact async for piece in reader.lines(1) for fact in piece]
    assert lines == [*FIRST, *more, *rest]


async def test_a_run_that_is_over_is_not_taken_up(tmp_path: Path) -> None:
    """One that was stopped, or broke, is."""
    path = tmp_path / "runs.sqlite"
    end = RunEnd(
        state=State.FINISHED, verdict="passed", digest="d", virtual_us=1, wall_ms=1,
        message_count=0, delivered=0, result="{}",
    )  # fmt: skip
    async with open_live(path) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        await run.commit(LiveTurn(facts=FIRST))
        await run.break_off(State.FAILED, "a bug")
        run = await store.take_up(await store.load(1), os.getpid())
        await run.finish(end, ())
        with pytest.raises(StorageError, match="is over"):
            await store.take_up(await store.load(1), os.getpid())


async def test_a_simulated_run_is_no_live_run(tmp_path: Path) -> None:
    """Nor is one that is not there."""
    path = tmp_path / "runs.sqlite"
    async with open_writer(path) as writer:
        await writer.begin(header())
    for run in (1, 2):
        with pytest.raises(StorageError, match=f"run r{run} is no live run"):
            await load(path, run)
    async with open_reader(path) as reader:
        assert (await reader.kept(1)).outside is None


async def test_a_run_that_is_let_go_takes_everything_along(tmp_path: Path) -> None:
    """Nothing of what vendors said stays behind."""
    path = tmp_path / "runs.sqlite"
    async with open_live(path) as store:
        run = await store.begin(header(), LiveHeader(("sms",)))
        deed = DeedRow(2, 0, "heard", "{}")
        await run.commit(LiveTurn(facts=FIRST, deeds=[deed], commands=[SUBMIT]))
        await run.keep("sms", HOOK, 1)
    async with open_writer(path) as writer:
        assert await writer.prune(10**15) == 1
    connection = sqlite3.connect(path)
    for table in ("live_run", "deed", "exchange", "webhook"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - of this list
    connection.close()


# Killed ------------------------------------------------------------------------------------------

SAID: Final = ("begun", "planned", "answered", "kept", "heard", "taken")
LINES: Final = {"begun": 0, "planned": 2, "answered": 2, "kept": 2, "heard": 3, "taken": 3}


def killed(folder: Path) -> dict[str, list[str]]:
    """What each of many processes had been told when it was killed, by its file."""
    subprocess.run(
        [sys.executable, "-m", "tests.support.killed_live", str(folder)],
        check=True, timeout=120, cwd=ROOT,
    )  # fmt: skip
    files = sorted(folder.glob("*.said"), key=lambda file: int(file.stem))
    return {file.stem: file.read_text().split() for file in files}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
async def test_what_came_back_survives_a_kill_at_any_step(tmp_path: Path) -> None:
    """Before and after every statement: what was told is there, and of the rest all or nothing."""
    told = killed(tmp_path)
    assert list(told.values())[-1] == list(SAID)
    assert {said[-1] for said in told.values()} == set(SAID), "killed at each of them"
    for stem, said in told.items():
        live = await load(tmp_path / f"{stem}.sqlite")
        assert live.last_seq >= LINES[said[-1]]
        assert len(live.exchanges) == (live.last_seq >= 2), "planned with its lines, or not at all"
        assert len(live.deeds) == (live.last_seq >= 3)
        if "answered" in said:
            assert live.pending == ()
            assert live.exchanges[0].provider_id == "SM1"
        if said[-1] in ("kept", "heard"):
            assert [hook.hook.body for hook in live.hooks] in ([HOOK.body], [])
            assert live.hooks or said[-1] == "heard"
        if said[-1] == "taken":
            assert live.hooks == ()


def test_commands_know_what_they_are() -> None:
    """Both kinds are written under their own word."""
    assert {type(command) for command in (SUBMIT, RECALL)} == {Submit, Recall}
