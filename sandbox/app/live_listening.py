"""A live run that stands still, and still takes in what vendors say.

Its process died or was stopped, and nobody has said that it may go on. Webhooks are verified, kept
and answered as ever, so that no vendor gives up on them; the engine hears them when the run is gone
on with. Nothing is sent, and nobody is asked.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sandbox.adapters.codec import News, Receipt
from sandbox.app.live_run import number_of_run
from sandbox.app.outgoing import SecretCodes
from sandbox.app.stopping import stopped_by_hand
from sandbox.app.ways_in import WaysIn, hook_routes
from sandbox.errors import UsageError
from sandbox.net.receiver import Receiver
from sandbox.net.serving import listen, served
from sandbox.scenario.model import Scenario
from sandbox.store.live import LiveRunStore, open_live
from sandbox.store.place import default_path
from sandbox.store.rows import State

BEAT_S: Final = 30.0
"""How often the run says that a process is at it."""

STANDS_STILL: Final = "stands still, and listened"

OnReady = Callable[[Mapping[str, str]], None]
"""Told by provider where webhooks are awaited; whoever knows one may knock."""
OnKept = Callable[[str, tuple[str, ...]], None]
"""Told of each webhook whose it was, and the vendor's words in it, after it was kept."""


def listen_to(
    path: Path | None,
    run: str,
    scenario: Scenario,
    ways: WaysIn,
    port: int,
    *,
    on_ready: OnReady = lambda _: None,
    on_kept: OnKept = lambda _, __: None,
) -> int:
    """Take webhooks of a run in, until Ctrl-C; gives how many were kept.

    Must not be called where an event loop runs.

    Raises:
        UsageError: no webhook of it can come in, or the port cannot be had.
        StorageError: it is no live run, is over, or another process is at it.
    """
    return asyncio.run(_listened(path, run, scenario, ways, port, on_ready, on_kept))


async def _listened(
    path: Path | None,
    run: str,
    scenario: Scenario,
    ways: WaysIn,
    port: int,
    on_ready: OnReady,
    on_kept: OnKept,
) -> int:
    if not ways.hearing:
        raise UsageError(
            f"no webhook of run {run} can come in",
            hint="--public-url URL says how the outside reaches this machine.",
        )
    async with open_live(path or default_path()) as store:
        before = await store.load(number_of_run(run))
        taken_up = await store.take_up(before, os.getpid())
        try:
            codes = SecretCodes(before.header.token)
            with listen(port) as door:
                routes = hook_routes(scenario.routes, ways.hearing, ways.public_url, codes.path)
                receiver = Receiver(
                    routes,
                    taken_up,
                    lambda _, provider, news: on_kept(provider, _words(news)),
                    time.time,
                )
                async with served(receiver, door):
                    on_ready({route.provider: route.url for route in routes})
                    await _until_stopped(taken_up)
            return receiver.counts.kept
        finally:
            await taken_up.break_off(State.INTERRUPTED, STANDS_STILL)


def _words(news: tuple[News, ...]) -> tuple[str, ...]:
    """What a webhook says, in the vendor's words; nothing where it cannot be read."""
    return tuple(each.raw_status if isinstance(each, Receipt) else each.why for each in news)


async def _until_stopped(run: LiveRunStore) -> None:
    stopped = asyncio.Event()
    with stopped_by_hand(stopped.set):
        while not stopped.is_set():
            await run.beat()
            try:
                async with asyncio.timeout(BEAT_S):
                    await stopped.wait()
            except TimeoutError:
                continue
