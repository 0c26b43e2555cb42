"""The script that goes on: counts, stops cleanly, and can be taken up again."""

import os
import signal
from collections import Counter
from importlib import import_module

import pytest

from tests.trust.findings import Report, add_up
from tests.trust.long_run import ENTRIES, go_on, main


def _odd_is_wrong(number: int) -> Report:
    return Report(("odd",) if number % 2 else (), Counter(seen=1))


def _fine(_: int) -> Report:
    return Report((), Counter(seen=1))


def test_many_reports_add_up_to_one() -> None:
    """Each problem says which number it was; figures are sums."""
    assert add_up(_odd_is_wrong, range(1, 4)) == (("1: odd", "3: odd"), Counter(seen=3))


def test_a_check_that_raises_has_found_something() -> None:
    """An engine that raises is as wrong as one that errs, and the next number is checked."""

    def raises(number: int) -> Report:
        return Report((), Counter(seen=6 // number))

    (problem,), figures = add_up(raises, range(2))
    assert problem.startswith("0: ZeroDivisionError: ")
    assert figures["seen"] == 6


def test_it_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything that was found and seen is said, and the exit code tells that there was any."""
    assert go_on(_odd_is_wrong, "swarm", range(1, 4)) == 1
    said = capsys.readouterr().out
    assert "swarm: 3 from 1 on" in said
    assert "3  seen" in said
    assert "FOUND 1: odd\nFOUND 3: odd\n2 found\n" in said
    assert "go on" not in said


def test_nothing_found_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """All well, it exits with 0."""
    assert go_on(_fine, "ties", range(1, 4)) == 0
    assert "0 found" in capsys.readouterr().out


def test_it_stops_in_time_and_says_where_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Stopped after some seconds, it names the number that comes next, and how many are left."""
    ticks = iter(range(100))
    assert go_on(_fine, "ties", range(5, 105), 4, lambda: float(next(ticks))) == 0
    said = capsys.readouterr().out
    assert "ties: 2 from 5 on" in said
    assert "go on with ties --from 7 --runs 98" in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_lets_it_finish_its_number(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked to end, it finishes what it is at and reports; then signals mean what they did."""
    before = signal.getsignal(number)

    def interrupted(_: int) -> Report:
        os.kill(os.getpid(), number)
        return Report((), Counter(seen=1))

    assert go_on(interrupted, "swarm", range(1, 4)) == 0
    assert "go on with swarm --from 2 --runs 2" in capsys.readouterr().out
    assert signal.getsignal(number) == before


def test_it_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Now and then there is a line about the way so far."""
    ticks = iter(range(0, 1000, 6))
    go_on(_fine, "swarm", range(1, 4), 0, lambda: float(next(ticks)))
    assert "2 of 3, 0 found" in capsys.readouterr().err


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_has_its_check(name: str) -> None:
    """What the command line offers is there."""
    assert callable(import_module(ENTRIES[name].module).check_one)


@pytest.mark.parametrize("name", ["swarm", "state-machine", "ties", "metamorphic"])
def test_a_short_run_by_hand(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line leads to the check: a few numbers from the middle."""
    assert main([name, "--runs", "2", "--from", "100"]) == 0
    assert f"{name}: 2 from 100 on" in capsys.readouterr().out
