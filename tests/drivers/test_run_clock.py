"""The clock of a live run: it follows the monotonic clock, and no jump makes a timer early."""

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.drivers.run_clock import Mark, RunClock

SECOND_NS: Final = 10**9
MARK: Final = Mark(at_us=5_000_000, wall_ms=1_000_000, monotonic_ns=70 * SECOND_NS)


class Source:
    """A monotonic clock that a test sets."""

    def __init__(self, seconds: float = 0) -> None:
        self.ns = round(seconds * SECOND_NS)

    def __call__(self) -> int:
        return self.ns


def test_it_counts_from_the_beginning() -> None:
    """Microseconds since the run began, whatever the source counts from."""
    source = Source(1234)
    clock = RunClock(source)
    assert clock.now_us() == 0
    source.ns += 1_500_999
    assert clock.now_us() == 1500
    assert clock.seconds_until(2_001_500) == pytest.approx(2)
    assert clock.seconds_until(0) == 0


def test_what_was_prepared_takes_no_time_of_the_run() -> None:
    """It can begin when everything is there; from then on it goes on as before."""
    source = Source(9)
    clock = RunClock(source, from_us=7)
    source.ns += SECOND_NS
    assert clock.now_us() == 1_000_007
    clock.begin()
    assert clock.now_us() == 7
    source.ns += 2000
    assert clock.now_us() == 9


def test_a_rehearsal_goes_faster() -> None:
    """Ten seconds of the run in one of wall time."""
    source = Source()
    clock = RunClock(source, speed=Fraction(10))
    source.ns = 2 * SECOND_NS
    assert clock.now_us() == 20_000_000
    assert clock.seconds_until(30_000_000) == 1


def test_it_never_goes_back() -> None:
    """Not even with a source that does."""
    source = Source(10)
    clock = RunClock(source)
    source.ns = 12 * SECOND_NS
    assert clock.now_us() == 2_000_000
    source.ns = 3 * SECOND_NS
    assert clock.now_us() == 2_000_000


@pytest.mark.parametrize(
    ("wall_s", "monotonic_s", "expected_s"),
    [
        (1030, 100, 35),  # both agree: half a minute
        (1030, 3, 35),  # the machine was started anew
        (4600, 100, 35),  # the wall clock was put forward by an hour
        (1002, 100, 7),  # it was put back a little: late, never early
        (10, 100, 5),  # it was put back a lot
        (10, 3, 5),  # and the machine was started anew: no time has gone by
    ],
)
def test_after_a_restart_the_shorter_absence_counts(
    wall_s: int, monotonic_s: int, expected_s: int
) -> None:
    """A wall clock that jumps makes no timer early."""
    source = Source(monotonic_s)
    clock = RunClock.resumed(MARK, monotonic_ns=source, wall_ms=wall_s * 1000)
    assert clock.now_us() == expected_s * 1_000_000
    source.ns += SECOND_NS
    assert clock.now_us() == (expected_s + 1) * 1_000_000


@given(away_s=st.integers(0, 10**6), jump_s=st.integers(-(10**7), 10**7), speed=st.integers(1, 60))
def test_no_jump_makes_it_early(away_s: int, jump_s: int, speed: int) -> None:
    """Never later than it really is, and never before what was stored."""
    source = Source(70 + away_s)
    clock = RunClock.resumed(
        MARK, monotonic_ns=source, wall_ms=(1000 + away_s + jump_s) * 1000, speed=Fraction(speed)
    )
    really_us = MARK.at_us + away_s * speed * 1_000_000
    assert MARK.at_us <= clock.now_us() <= really_us
    if jump_s >= 0:
        assert clock.now_us() == really_us
