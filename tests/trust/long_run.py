"""The checks that go on by hand for longer than every run of the tests could.

    python -m tests.trust.long_run NAME [--runs N] [--from K] [--seconds S]

NAME is one of

    swarm          a drawn world a number: laws hold, and healed providers serve everybody; 20 000
    same-seed      10 seeds a number: all shipped scenarios, made small, in two processes that
                   differ in all that must not matter; 50, which is 500 seeds
    state-machine  50 walks of 100 steps a number, engine against model; 40, which is 2 000 walks
    ties           a drawn world a number, whose events at one instant come in any order; 2 000
    metamorphic    a pair of drawn worlds a number; 5 000

Numbers are gone through from K on, 1 unless told; a number is the same run on every machine. Every
10 seconds it says how far it is. Broken off by Ctrl-C, by a signal to end or by `--seconds`, it
finishes the number it is at, says what it found and with which `--from` to go on. What was seen is
counted, so that a reader can tell that there was something to find. Exits with 1 when anything was
found.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Final, NamedTuple, TextIO

from tests.trust.findings import Check, report

_SAYS_EVERY_S: Final = 10
_FINDINGS_SHOWN: Final = 20
_STOPPED_BY: Final = (signal.SIGINT, signal.SIGTERM)


class Entry(NamedTuple):
    """A check that can go on.

    Attributes:
        module: Where it is; its `check_one` takes a number.
        runs: How many numbers by hand, unless told.
    """

    module: str
    runs: int


ENTRIES: Final[Mapping[str, Entry]] = {
    "swarm": Entry("tests.trust.swarm", 20_000),
    "same-seed": Entry("tests.trust.same_seed", 50),
    "state-machine": Entry("tests.trust.state_machine", 40),
    "ties": Entry("tests.trust.ties", 2_000),
    "metamorphic": Entry("tests.trust.metamorphic", 5_000),
}


class _Stop:
    """Whether somebody wants it to end."""

    def __init__(self) -> None:
        self.is_wanted = False

    def want(self, *_: object) -> None:
        self.is_wanted = True


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop.want) for number in _STOPPED_BY}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """Check as many numbers as the command line says; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust.long_run")
    parser.add_argument("name", choices=tuple(ENTRIES))
    parser.add_argument("--runs", type=int, help="how many numbers")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first number")
    parser.add_argument("--seconds", type=float, default=0, help="stop after so long")
    told = parser.parse_args(arguments)
    entry = ENTRIES[told.name]
    check: Check = import_module(entry.module).check_one
    runs = entry.runs if told.runs is None else told.runs
    return go_on(check, told.name, range(told.first, told.first + runs), told.seconds)


def go_on(
    check: Check,
    name: str,
    numbers: range,
    seconds: float = 0,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Check numbers until all are done or somebody stops it, and say what was found.

    Args:
        check: What is done with one number.
        name: What it is called on the command line.
        numbers: Which ones, in order.
        seconds: When to stop; 0: never.
        clock: Seconds that go by.

    Returns:
        1 when anything was found, else 0.
    """
    began = said = clock()
    found: list[str] = []
    figures: Counter[str] = Counter()
    done = 0
    with _stoppable() as stop:
        for number in numbers:
            if stop.is_wanted or (seconds and clock() - began >= seconds):
                break
            one = report(check, number)
            found += one.problems
            figures += one.figures
            done += 1
            if clock() - said >= _SAYS_EVERY_S:
                said = clock()
                share = f"{done} of {len(numbers)}"
                _say(f"{share}, {len(found)} found, {said - began:.0f} s", to=sys.stderr)
    _say(f"{name}: {done} from {numbers.start} on, {clock() - began:.0f} s")
    for what, times in sorted(figures.items()):
        _say(f"  {times:>10}  {what}")
    for problem in found[:_FINDINGS_SHOWN]:
        _say(f"FOUND {problem}")
    _say(f"{len(found)} found")
    if done < len(numbers):
        _say(f"go on with {name} --from {numbers.start + done} --runs {len(numbers) - done}")
    return int(bool(found))


def _say(line: str, to: TextIO | None = None) -> None:
    stream = sys.stdout if to is None else to
    stream.write(f"{line}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
