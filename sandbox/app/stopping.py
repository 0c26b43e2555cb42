"""Ctrl-C while a live run goes on: once is a wish to stop, twice is the end."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stopped_by_hand(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C stop a run in good order, and the next break it off.

    Call it inside the event loop, on the main thread. Where a platform has no such thing, or in
    another thread, Ctrl-C is what it always is.

    Args:
        stop: Asks the run to stop; returns at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    is_asked = False

    def interrupted() -> None:
        nonlocal is_asked
        if is_asked and task is not None:
            task.cancel()
        is_asked = True
        stop()

    try:
        loop.add_signal_handler(signal.SIGINT, interrupted)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    except asyncio.CancelledError:
        if is_asked:
            raise KeyboardInterrupt from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGINT)
