"""A process killed at any step loses nothing, sends nothing twice, and its caps still hold."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.app.live_run import LiveResult, LiveRoom
from sandbox.app.stored import replay
from sandbox.store import place
from tests.support.crashing import STEPS, order, scenario
from tests.support.live_rooms import Vendors, left_of, until, vendors
from tests.support.raw_servers import free_port

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.usefixtures("loopback"),
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
]


class Survived(NamedTuple):
    """What is left after a crash and a restart."""

    pending: int
    result: LiveResult
    submitted: dict[str, int]
    counted: int


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caps and runs of this test's own, for its children too."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setattr(place, "caps_path", lambda: folder / "fallback-sandbox" / "caps.sqlite")
    return folder


def counted(folder: Path) -> int:
    """Submissions that the caps count."""
    with closing(sqlite3.connect(folder / "fallback-sandbox" / "caps.sqlite")) as ledger:
        taken = ledger.execute("SELECT sum(held_count + spent_count) FROM reservations").fetchone()
        return int(taken[0])


async def _die_at(step: str, there: Vendors, path: Path, port: int) -> int:
    """Let a process die at a step; how it ended."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.crashing", step, str(path), there.url, str(port),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if step == "before the answer":
        await until(lambda: bool(there.references), 30)
        child.kill()
    async with asyncio.timeout(60):
        return await child.wait()


async def _crash(step: str, path: Path, folder: Path) -> Survived:
    port = free_port()
    async with vendors(scenario()) as there:
        ended = await _die_at(step, there, path, port)
        assert ended == -signal.SIGKILL, step
        pending = len((await left_of(path)).pending)
        room = LiveRoom(order(path, there.url, port))
        async with asyncio.timeout(60):
            result = await room.resume("r1")
        return Survived(pending, result, dict(there.references), counted(folder))


@pytest.mark.parametrize("step", STEPS)
def test_a_process_may_die_at_any_step(step: str, tmp_path: Path, own_folder: Path) -> None:
    """Nothing is sent twice under one reference; what may have been sent counts in the caps."""
    path = tmp_path / "runs.sqlite"
    survived = asyncio.run(_crash(step, path, own_folder))
    assert survived.result.is_whole
    assert set(survived.submitted.values()) <= {1}, survived.submitted
    counts = survived.result.result.metrics.message_counts()
    assert counts["total"] == 1
    assert counts["delivered"] == 1, survived
    assert survived.result.result.violations == ()
    assert survived.counted >= sum(survived.submitted.values())
    assert replay(path, "r1").difference is None
    is_unclear = step in {"before the request", "before the answer", "before the note"}
    assert survived.pending == int(is_unclear)


def test_without_a_crash_the_same_process_comes_to_the_end(
    tmp_path: Path, own_folder: Path
) -> None:
    """The drill would prove nothing if it could not succeed."""
    path = tmp_path / "runs.sqlite"

    async def lived() -> tuple[int, dict[str, int]]:
        async with vendors(scenario()) as there:
            return await _die_at("never", there, path, free_port()), dict(there.references)

    ended, submitted = asyncio.run(lived())
    assert (ended, list(submitted.values())) == (0, [1])
    assert replay(path, "r1").difference is None
    assert counted(own_folder) >= 1
