"""Work over processes."""

import io
import multiprocessing
import os
import time
from itertools import islice

import pytest

from sandbox.app import workers
from sandbox.app.workers import core_count, each_in_order
from sandbox.errors import StorageError


def square(number: int) -> tuple[int, int]:
    """The square of a number, and who worked it out."""
    return number * number, os.getpid()


def die(number: int) -> int:
    """End the process without a word."""
    os._exit(number)


def fail(number: int) -> int:
    """A bug."""
    raise ZeroDivisionError(number)


def dawdle(number: int) -> int:
    """Take long, except for the first."""
    if number:
        time.sleep(60)
    return number


def test_what_comes_out_is_in_the_order_of_the_work() -> None:
    """Whoever is done first, and whether or not processes are used."""
    work = range(40)
    alone = list(each_in_order(square, work, processes=1))
    spread = list(each_in_order(square, work, processes=2))
    assert [number for number, _ in alone] == [number for number, _ in spread]
    assert {who for _, who in alone} == {os.getpid()}
    assert os.getpid() not in {who for _, who in spread}


def test_a_small_study_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done within a moment is done right here; what is not goes to others."""
    assert {who for _, who in each_in_order(square, range(5))} == {os.getpid()}
    monkeypatch.setattr(workers, "PATIENCE_S", 0)
    monkeypatch.setattr(workers, "core_count", lambda: 2)
    assert os.getpid() not in {who for _, who in each_in_order(square, range(2))}


def test_no_work_is_done_at_once() -> None:
    """There is nothing to wait for."""
    assert list(each_in_order(square, [], processes=4)) == []
    assert core_count() >= 1


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_is_told_up_to_the_end(processes: int) -> None:
    """It never goes back, and ends with everything."""
    told: list[tuple[int, int]] = []
    list(each_in_order(square, range(9), processes=processes, steps=lambda *s: told.append(s)))
    assert told == sorted(told)
    assert told[-1] == (9, 9)


def test_a_process_that_dies_is_an_error_and_no_silence() -> None:
    """Memory that ran out says so, and exits with the code of a machine that failed."""
    with pytest.raises(StorageError, match="a process ended before its work was done") as caught:
        list(each_in_order(die, [7, 7], processes=2))
    assert caught.value.exit_code == 4
    assert multiprocessing.active_children() == []


def test_a_bug_comes_through() -> None:
    """As it was raised, and no process stays behind."""
    with pytest.raises(ZeroDivisionError):
        list(each_in_order(fail, [1, 2], processes=2))
    assert multiprocessing.active_children() == []


def test_whoever_stops_early_leaves_no_process_behind() -> None:
    """Work that would go on for a minute is ended with those who do it."""
    results = each_in_order(dawdle, [0, 1, 2, 3], processes=2)
    assert list(islice(results, 1)) == [0]
    results.close()
    assert multiprocessing.active_children() == []


def test_processes_start_although_standard_error_is_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An app that has the whole terminal puts something else in its place."""
    monkeypatch.setattr("sys.stderr", _NoFile())
    monkeypatch.setattr("multiprocessing.resource_tracker._resource_tracker._fd", None)
    monkeypatch.setattr("multiprocessing.resource_tracker._resource_tracker._pid", None)
    results = each_in_order(square, [2, 3], processes=2)
    assert [squared for squared, _ in results] == [4, 9]


class _NoFile(io.StringIO):
    """What stands for standard error in such an app."""

    def fileno(self) -> int:
        """No file is behind it."""
        return -1
