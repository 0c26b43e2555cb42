"""Python's cycle collector, kept away from work that makes no cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused(*, freezes: bool = False) -> Iterator[None]:
    """Pause the collector: a run makes no cycles, and looking for them costs a fifth of it.

    Args:
        freezes: What was made meanwhile is never looked through, either. A session of 100 000
            messages is half a million objects, and a look takes a tenth of a second in which no key
            is answered. A session that is let go has no cycles.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if freezes:
                gc.freeze()
            gc.enable()
