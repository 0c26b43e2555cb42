"""Ctrl-C while a run goes on: a wish first, and then the end."""

import asyncio
import os
import signal
import sys
import threading

import pytest

from sandbox.app.stopping import stopped_by_hand

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals of a loop there")


def interrupt() -> None:
    """As the terminal does."""
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_a_wish() -> None:
    """The run ends in its own time, and gives its result."""

    async def run() -> str:
        wished = asyncio.Event()
        with stopped_by_hand(wished.set):
            interrupt()
            await wished.wait()
            return "done"

    assert asyncio.run(run()) == "done"


def test_the_second_is_the_end() -> None:
    """Whatever the run waits for; it can still put things in order."""
    seen = []

    async def run() -> None:
        try:
            with stopped_by_hand(lambda: seen.append("asked")):
                interrupt()
                await asyncio.sleep(0)
                interrupt()
                await asyncio.sleep(30)
        finally:
            seen.append("in order")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(run())
    assert seen == ["asked", "asked", "in order"]


def test_who_is_cancelled_otherwise_is_cancelled() -> None:
    async def run() -> None:
        with stopped_by_hand(lambda: None):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    async def run() -> None:
        with stopped_by_hand(lambda: None):
            pass

    asyncio.run(run())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_another_thread_nothing_is_changed() -> None:
    """Signals come to the main thread alone."""
    done = []

    async def run() -> None:
        with stopped_by_hand(lambda: None):
            done.append(True)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join(5)
    assert done == [True]
