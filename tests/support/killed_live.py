"""Processes that are killed with the ninth signal, each at another step of a live run.

    python -m tests.support.killed_live FOLDER

Each leaves `<step>.sqlite` and, beside it, a line for each call that came back; the last is whole.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from itertools import count
from pathlib import Path
from typing import Any, Final

from sandbox.adapters.codec import Webhook
from sandbox.cascade.outputs import Submit
from sandbox.store.database import Database, Statement
from sandbox.store.live import Exchanged, ExchangeState, LiveHeader, LiveTurn, open_live
from sandbox.store.rows import DeedRow, RunHeader
from tests.support.logs import line

SUBMIT: Final = Submit(1, 0, 1, 1, "sms", None, 10_000_000, 2)
HOOK: Final = Webhook(
    "POST", "https://a.example/secret-path?x=1", (("Content-Type", "t"),), b"\x00"
)
FIRST: Final = (line(1, 0, "requested", "1.0", 0), line(2, 0, "submitted", "1.0.1", 1))
SECOND: Final = (line(3, 1, "accepted", "1.0.1", 2),)


class Deadly(Database):
    """Kills its process before, or after, one of its statements."""

    deadly = 0
    statements = 0

    async def execute(self, sql: str, parameters: Any = ()) -> int:
        self._count()
        result = await super().execute(sql, parameters)
        self._count()
        return result

    async def execute_many(self, sql: str, rows: Any) -> None:
        self._count()
        await super().execute_many(sql, rows)

    def step(self, connection: sqlite3.Connection, statement: Statement) -> int:
        self._count()
        result = super().step(connection, statement)
        self._count()
        return result

    def _count(self) -> None:
        Deadly.statements += 1
        if Deadly.statements == Deadly.deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def header() -> RunHeader:
    """Of a run that need not be repeated."""
    return RunHeader(
        scenario="s", title="", file="", seed=1, rules_version=1, program="0", scenario_hash="h",
        resolved="{}", started_ms=1, process=os.getpid(),
    )  # fmt: skip


async def steps(path: Path) -> None:
    """Every kind of write, one after the other."""
    said = path.with_suffix(".said")

    def say(word: str) -> None:
        with said.open("a") as file:
            file.write(f"{word}\n")

    Deadly.deadly = 0
    async with open_live(path, database=Deadly) as store:
        Deadly.deadly, Deadly.statements = int(path.stem), 0  # the tables are there
        run = await store.begin(header(), LiveHeader(("sms",)))
        say("begun")
        await run.commit(LiveTurn(facts=FIRST, commands=[SUBMIT]))
        say("planned")
        answered = Exchanged(
            message=1, level=0, attempt=1, kind="submit", state=ExchangeState.ANSWERED,
            provider_id="SM1", event="{}",
        )  # fmt: skip
        await run.note_exchange(answered)
        say("answered")
        number = await run.keep("sms", HOOK, 7)
        say("kept")
        await run.commit(LiveTurn(facts=SECOND, deeds=[DeedRow(3, 1, "heard", "{}")]))
        say("heard")
        await run.taken([number])
        say("taken")


def main(folder: Path) -> None:
    """Fork a process for each step, until one gets to the end."""
    for step in count(1):
        process = os.fork()
        if process == 0:
            asyncio.run(steps(folder / f"{step}.sqlite"))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
