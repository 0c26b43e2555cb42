"""What a check of one number came to, and of many."""

import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class EndlessError(AssertionError):
    """Something that does not come to rest."""


@contextmanager
def within(cpu_s: float) -> Iterator[None]:
    """Stop what takes more of the processor than that, even inside one call.

    Raises:
        EndlessError: it took more.
    """

    def stop(*_: object) -> None:
        raise EndlessError(f"no end after {cpu_s} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class Report(NamedTuple):
    """What a check of one number came to.

    Attributes:
        problems: What is wrong; empty when all is well.
        figures: What was seen and how often, so that a reader can tell that there was something.
    """

    problems: tuple[str, ...]
    figures: Counter[str]


Check = Callable[[int], Report]


def report(check: Check, number: int) -> Report:
    """Check a number; each problem says which it was, and a check that raises has found one."""
    try:
        one = check(number)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what was looked for
        return Report((f"{number}: {type(error).__name__}: {error}",), Counter(raised=1))
    return Report(tuple(f"{number}: {problem}" for problem in one.problems), one.figures)


def add_up(check: Check, numbers: Iterable[int]) -> Report:
    """Check every number."""
    problems: list[str] = []
    figures: Counter[str] = Counter()
    for number in numbers:
        one = report(check, number)
        problems += one.problems
        figures += one.figures
    return Report(tuple(problems), figures)
