"""A run that stands still takes in receipts, sends nothing, and hears them when it goes on."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.adapters.catalogue import adapter_named
from sandbox.app import live_listening
from sandbox.app.live_listening import listen_to
from sandbox.app.live_run import LiveRoom
from sandbox.app.stored import find_run, replay
from sandbox.app.ways_in import WaysIn
from sandbox.cascade.outputs import ACCEPTED, Fact
from sandbox.errors import StorageError, UsageError
from sandbox.store.rows import State
from tests.support.crashing import TEXT, order_of, scenario
from tests.support.live_rooms import left_of, until, vendors
from tests.support.locked import keep_caps_in
from tests.support.raw_servers import free_port
from tests.support.scenario_texts import loaded
from tests.support.submissions import credentials

pytestmark = [
    pytest.mark.usefixtures("loopback"),
    pytest.mark.skipif(sys.platform == "win32", reason="no handler for Ctrl-C there"),
]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_caps_in(tmp_path, monkeypatch)


async def _listened(path: Path) -> tuple[int, int, list[str], int, Any]:
    """Stop a run after its message was accepted; listen; go on."""
    port, words = free_port(), list[str]()
    # The receipt comes two seconds of wall time after the acceptance: the run stands still by then.
    script = "script: [{delivery: delivered, after: 50s}]"
    tried = loaded(f"{TEXT}faults: [{{id: late, message: first, level: 0, {script}}}]\n")
    async with asyncio.timeout(60), vendors(tried) as there:
        urls = {route.provider: f"{there.url}/{route.provider}" for route in tried.routes}
        wanted = order_of(tried, path, urls, port)
        seen: list[Fact] = []
        room = LiveRoom(wanted, folds=(seen.extend,))
        task = asyncio.create_task(room.run())
        await until(lambda: any(fact[5] == ACCEPTED for fact in seen))
        room.stop()
        assert not (await task).is_whole
        sent = there.references.total()
        ways = WaysIn(public_url=wanted.public_url, hearing=wanted.hearing)

        def kept(provider: str, said: tuple[str, ...]) -> None:
            assert provider == "sms"
            words.extend(said)
            if "delivered" in said:
                signal.raise_signal(signal.SIGINT)

        count = await live_listening._listened(path, "r1", tried, ways, port, lambda _: None, kept)
        hooks = len((await left_of(path)).hooks)
        assert (await asyncio.to_thread(find_run, path, "r1")).state is State.INTERRUPTED
        assert there.references.total() == sent
        result = await LiveRoom(order_of(tried, path, urls, port)).resume("r1")
        return count, hooks, words, there.references.total() - sent, result


def test_receipts_are_kept_and_heard_when_the_run_goes_on(tmp_path: Path) -> None:
    """Nothing is sent meanwhile, and what came decides: no other level is tried."""
    path = tmp_path / "runs.sqlite"
    count, hooks, words, sent_later, result = asyncio.run(_listened(path))
    assert count == hooks >= 1
    assert words[-1] == "delivered"
    assert sent_later == 0
    assert result.is_whole
    assert result.result.metrics.message_counts()["delivered"] == 1
    assert result.result.violations == ()
    assert replay(path, "r1").difference is None


def test_where_no_webhook_can_come_in_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no webhook of run r1 can come in"):
        listen_to(tmp_path / "runs.sqlite", "r1", scenario(), WaysIn(), 0)


def test_there_must_be_such_a_run(tmp_path: Path) -> None:
    hearing = {"sms": credentials(adapter_named("twilio").vendor)}
    ways = WaysIn(public_url="http://127.0.0.1:9", hearing=hearing)
    with pytest.raises(StorageError, match="no live run"):
        listen_to(tmp_path / "runs.sqlite", "r7", scenario(), ways, 0)
