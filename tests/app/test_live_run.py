"""A live run from its first line to its last, and taken up where another process left it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.app.live_run import LiveResult, LiveRoom, number_of_run, stands
from sandbox.app.run import Verdict, run_loaded
from sandbox.app.stored import replay
from sandbox.cascade.outputs import SUBMITTED, Fact
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.store.live import ExchangeState
from tests.support.live_rooms import left_of, tried, until, vendors

pytestmark = pytest.mark.usefixtures("loopback")


def submissions(facts: Sequence[Fact]) -> int:
    return sum(fact[5] == SUBMITTED for fact in facts)


async def _run(path: Path, count: int = 8, **more: Any) -> tuple[LiveResult, list[Fact], int]:
    facts: list[Fact] = []
    # Twilio carries our reference in the callback's address alone: without one it has none.
    async with vendors(tried(count, sms="dexatel", viber="dexatel")) as there:
        result = await there.room(path, folds=(facts.extend,), **more).run()
        assert set(there.references.values()) == {1}
        return result, facts, there.references.total()


@pytest.mark.parametrize("hears", [True, False])
def test_a_run_comes_to_its_end_and_replays(tmp_path: Path, hears: bool) -> None:
    """By webhooks, and by asking: the same outcomes as the simulation, and the log is proven."""
    path = tmp_path / "runs.sqlite"
    result, facts, sent = asyncio.run(_run(path, hears=hears))
    simulated = run_loaded(tried())
    assert result.is_whole
    assert result.result.verdict is Verdict.PASSED
    assert result.result.metrics.message_counts() == simulated.metrics.message_counts()
    assert result.troubles == ()
    assert (result.webhooks > 0, result.asked > 0) == (hears, not hears)
    assert sent == submissions(facts) == simulated.metrics.columns.attempt_count
    proven = replay(path, "r1")
    assert proven.difference is None
    left = asyncio.run(left_of(path))
    assert {row.state for row in left.exchanges} == {ExchangeState.ANSWERED}
    assert left.unheard == ()
    assert left.hooks == ()


async def _stopped(path: Path) -> tuple[LiveResult, LiveResult, set[int], int]:
    async with vendors(tried(12)) as there:
        heard: list[Fact] = []
        room = there.room(path, folds=(heard.extend,))
        task = asyncio.create_task(room.run())
        await until(lambda: submissions(heard) >= 3)
        room.stop()
        first = await task
        again = await there.room(path).resume("r1")
        return first, again, set(there.references.values()), there.references.total()


def test_a_run_that_was_stopped_is_taken_up_and_sends_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    first, again, times, sent = asyncio.run(_stopped(path))
    assert not first.is_whole
    assert again.is_whole
    assert again.run == first.run == "r1"
    assert times == {1}
    assert sent == again.result.metrics.columns.attempt_count
    assert again.result.violations == ()
    assert again.result.metrics.message_counts()["total"] == 12
    assert replay(path, "r1").difference is None


def test_a_run_that_is_over_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"

    async def again() -> None:
        async with vendors(tried(2)) as there:
            await there.room(path).run()
            await there.room(path).resume("r1")

    with pytest.raises(StorageError, match="is over"):
        asyncio.run(again())


def test_without_a_pass_nothing_leaves(tmp_path: Path) -> None:
    """The lock has not let it through: nobody knows of it outside, and the log says so."""
    path = tmp_path / "runs.sqlite"

    async def refused() -> tuple[LiveResult, int]:
        async with vendors(tried(2)) as there:
            room = there.room(path)

            def nobody(_: int, __: str) -> Any:
                raise MisuseError("there is no pass")

            room = LiveRoom(replace(room._order, pass_of=nobody))
            return await room.run(), there.references.total()

    result, sent = asyncio.run(refused())
    assert sent == 0
    assert result.result.metrics.message_counts()["delivered"] == 0
    assert all("was not sent: there is no pass" in each for each in result.troubles)
    assert result.troubles


def test_how_a_run_stands_can_be_asked_without_changing_anything(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    asyncio.run(_run(path, 2))
    before = path.read_bytes()
    found = asyncio.run(stands(path, "r1"))
    assert found.header.outside == ("sms", "viber")
    assert found.header.is_rehearsal
    assert found.pending == ()
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["", "r", "r-1", "seven", "r1x", "r" + "9" * 30])
def test_a_run_has_a_name(name: str) -> None:
    with pytest.raises(UsageError, match="such as r7"):
        number_of_run(name)
    assert number_of_run("r7") == number_of_run("7") == 7
