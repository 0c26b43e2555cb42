"""A small scenario to keep, its log, and databases that break on purpose."""

import os
import signal
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.scenario.loader import load
from sandbox.simulation.world import World
from sandbox.store.database import Database, Parameters, translated
from sandbox.store.rows import RunEnd, RunHeader, State

SCENARIO: Final = """\
schema: 1
name: busy
title: Ein Ausfall — всё падает, أخيرًا
seed: 7
cascades:
  zeta: [sms, whatsapp, viber]
  alpha: {deadline: 40s, levels: [{channel: whatsapp, wait: 10s}, {channel: sms, wait: 10s}]}
recipients: {population: 50, country: {DE: 60%, PL: 30%, NO: 10%}}
load:
  - {burst: 60, cascade: zeta}
  - {burst: 60, at: 1s, cascade: alpha}
  - {message: otp-anna, at: 2s, cascade: zeta}
faults:
  - {id: sms-down, at: 3s, for: 6s, provider: sms,
     set: {submit.outcomes: {refused.temporary: 100%}}}
expect: [delivery_rate >= 50%, cost.total >= 1 EUR]
"""


def log_of(text: str = SCENARIO, seed: int | None = None) -> list[Fact]:
    """The whole log of a scenario."""
    world = World(load(text, seed=seed).world)
    return [fact for facts in run_virtual(world) for fact in facts]


def header(**others: str | int) -> RunHeader:
    """The beginning of a run that nobody looks at closely."""
    known: dict[str, str | int] = {
        "scenario": "busy", "title": "", "file": "busy.yaml", "seed": 7, "rules_version": 1,
        "program": "0.1.0", "scenario_hash": "sha256:0", "resolved": "{}", "started_ms": 1000,
        "process": os.getpid(),
    }  # fmt: skip
    return RunHeader(**known | others)  # type: ignore[arg-type]  # of their own types


def end(**others: str | int) -> RunEnd:
    """The end of a run that nobody looks at closely."""
    known: dict[str, str | int] = {
        "state": State.FINISHED, "verdict": "passed", "digest": "sha256:1", "virtual_us": 5,
        "wall_ms": 6, "message_count": 2, "delivered": 1, "result": "{}",
    }  # fmt: skip
    return RunEnd(**known | others)  # type: ignore[arg-type]  # of their own types


def sqlite_error(code: int) -> sqlite3.OperationalError:
    """An error as SQLite raises it."""
    error = sqlite3.OperationalError(f"result code {code}")
    error.sqlite_errorcode = code
    return error


def failing(code: int, sql: str) -> type[Database]:
    """A database on which statements that begin so fail with a result code of SQLite."""

    class Failing(Database):
        async def execute(self, statement: str, parameters: Parameters = ()) -> int:
            self._check(statement)
            return await super().execute(statement, parameters)

        async def execute_many(self, statement: str, rows: Sequence[Parameters]) -> None:
            self._check(statement)
            await super().execute_many(statement, rows)

        def _check(self, statement: str) -> None:
            with translated(self.path):
                if statement.lstrip().startswith(sql):
                    raise sqlite_error(code)

    return Failing


def full_after(pages: int) -> type[Database]:
    """A database on a disk with room for so many pages more than the first tables take."""

    class Full(Database):
        is_limited = False

        async def execute(self, statement: str, parameters: Parameters = ()) -> int:
            if "INTO run" in statement and not self.is_limited:
                self.is_limited = True
                count = (await self.rows("PRAGMA page_count"))[0][0]
                await super().execute(f"PRAGMA max_page_count = {count + pages}")
            return await super().execute(statement, parameters)

    return Full


def killed_at(write: int, acknowledged: Path) -> type[Database]:
    """A database whose process is killed right before a write.

    Args:
        write: Counted from 1.
        acknowledged: Gets the number of lines whenever some are said to be safe.
    """

    class Killed(Database):
        writes = 0
        line_count = 0

        async def execute(self, statement: str, parameters: Parameters = ()) -> int:
            self._count()
            result = await super().execute(statement, parameters)
            if statement.startswith("UPDATE run SET line_count"):
                self.line_count = int(parameters[0] or 0)
            if statement == "COMMIT":
                self._acknowledge()
            return result

        async def execute_many(self, statement: str, rows: Sequence[Parameters]) -> None:
            self._count()
            await super().execute_many(statement, rows)

        def _acknowledge(self) -> None:
            acknowledged.write_text(str(self.line_count), encoding="utf-8")

        def _count(self) -> None:
            self.writes += 1
            if self.writes == write:
                os.kill(os.getpid(), signal.SIGKILL)

    return Killed


def pieces(facts: Sequence[Fact], size: int) -> list[Sequence[Fact]]:
    """A log in pieces."""
    return [facts[at : at + size] for at in range(0, len(facts), size)]
