"""Many pieces of work over processes: what comes out is in the order of the work.

Every simulation is a pure function of its scenario and seed, so it does not matter who does it.
Work and results are plain data that can be sent, and the function is one that a fresh interpreter
finds by its name: processes are *spawned* everywhere, as on macOS and Windows, and inherit nothing.
A program that calls this from its own main file therefore keeps that behind
`if __name__ == "__main__":`.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, redirect_stderr
from multiprocessing import resource_tracker
from typing import Final, TypeVar

from sandbox.errors import StorageError

Work = TypeVar("Work")
Outcome = TypeVar("Outcome")

Steps = Callable[[int, int], None]
"""Called with how many pieces are done, and how many there are."""

PATIENCE_S: Final = 0.5
"""So long work is done right here before processes are started: a small study needs none."""

_AHEAD: Final = 4
"""Pieces handed out in advance for each process."""


def core_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def each_in_order(
    function: Callable[[Work], Outcome],
    work: Sequence[Work],
    *,
    processes: int | None = None,
    steps: Steps | None = None,
) -> Generator[Outcome, None, None]:
    """Do all pieces of work, and give what comes out in the order of the work.

    Closed early (Ctrl-C included), it ends its processes and leaves none behind.

    Args:
        function: Of a module; raises only what is a bug.
        work: What it is called with.
        processes: How many; 1 does everything here. None: one a processor, if it takes longer than
            `PATIENCE_S`.
        steps: Called when a piece is done.

    Raises:
        StorageError: a process was ended from outside, such as for want of memory.
    """
    total = len(work)
    patience_s = PATIENCE_S if processes is None else 0
    count = min(core_count() if processes is None else processes, total)
    began = time.monotonic()
    position = 0
    while position < total and (count == 1 or time.monotonic() - began < patience_s):
        outcome = function(work[position])
        position += 1
        if steps is not None:
            steps(position, total)
        yield outcome
    if position < total:
        yield from _spread(function, work, position, min(count, total - position), steps)


def _spread(
    function: Callable[[Work], Outcome],
    work: Sequence[Work],
    first: int,
    count: int,
    steps: Steps | None,
) -> Generator[Outcome, None, None]:
    """The work from a position on, over so many processes."""
    _begin_tracker()
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, mp_context=context, initializer=_begin)
    ready: dict[int, Future[Outcome]] = {}
    running: dict[Future[Outcome], int] = {}
    due = done = handed_out = first
    is_finished = False
    try:
        while due < len(work):
            while handed_out < len(work) and len(running) < count * _AHEAD:
                with _interrupt_waits():  # handing out work is what starts a process
                    running[executor.submit(function, work[handed_out])] = handed_out
                handed_out += 1
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                ready[running.pop(future)] = future
                done += 1
            if steps is not None:
                steps(done, len(work))
            while due in ready:
                yield ready.pop(due).result()
                due += 1
        is_finished = True
    except BrokenProcessPool as error:
        raise StorageError(
            f"a process ended before its work was done, after {due} of {len(work)}",
            hint="Memory may have run out: try fewer --jobs.",
        ) from error
    finally:
        if not is_finished:
            for child in {*multiprocessing.active_children()} - others:
                child.terminate()  # the executor notices, gives up what is left, and joins it
        executor.shutdown(cancel_futures=True)


def _begin_tracker() -> None:
    """Start the helper process of `multiprocessing` while standard error is a real file.

    It is handed the file that stands for standard error. An app on the whole terminal puts
    something else in that place, which is no file.
    """
    if hasattr(os, "fork"):  # elsewhere there is no such helper
        with redirect_stderr(sys.__stderr__):
            resource_tracker.ensure_running()


@contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Keep Ctrl-C waiting meanwhile; a process that is started now never hears it.

    It is started with what is held back here held back there, long before it could say so itself.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Begin a process: Ctrl-C is for the one that started it, and it does not outlive that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
