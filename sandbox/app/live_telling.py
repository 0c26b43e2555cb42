"""What happens in a run with the clock, told while it happens."""

from collections.abc import Callable

from sandbox.app.run import Fold, Progress
from sandbox.cascade.outputs import REQUESTED, Fact
from sandbox.report.plain import plain
from sandbox.report.trace import Trace


def telling(currency: str, write: Callable[[str], None], after_seq: int = 0) -> Fold:
    """A fold that tells each line of the log in words, fit to be shown.

    Args:
        currency: Of all prices.
        write: Takes a line.
        after_seq: Lines up to this one were told before.
    """
    trace = Trace(currency)

    def fold(facts: list[Fact]) -> None:
        for fact in facts:
            line = trace.line(fact)
            if line is not None and fact[0] > after_seq:
                write(plain(line))

    return fold


def counting(progress: Progress) -> Fold:
    """A fold that says how far the run has come.

    Args:
        progress: Called with the instant of the latest line, and the messages so far.
    """
    requested = 0

    def fold(facts: list[Fact]) -> None:
        nonlocal requested
        requested += sum(fact[5] == REQUESTED for fact in facts)
        if facts:
            progress(facts[-1][1], requested)

    return fold
