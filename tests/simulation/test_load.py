import os
import subprocess
import sys
from fractions import Fraction
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import MisuseError
from sandbox.simulation.load import Arrival, arrivals
from sandbox.simulation.spec import Burst, Constant, LoadEntry, Poisson, Ramp, Single, Trace

SECOND = 1_000_000
MINUTE = 60 * SECOND

RATES = st.fractions(min_value=0, max_value=500, max_denominator=1000)
DURATIONS = st.integers(0, 5 * SECOND)


def _instants(*load: LoadEntry, seed: int = 1) -> list[int]:
    return [arrival.at_us for arrival in arrivals(seed, load)]


def _poisson(rate: int, for_us: int, at_us: int = 0) -> Poisson:
    return Poisson(plan=0, at_us=at_us, for_us=for_us, rate=Fraction(rate))


def _ramp(first: Fraction, last: Fraction, for_us: int, at_us: int = 0) -> Ramp:
    return Ramp(plan=0, at_us=at_us, for_us=for_us, rate_from=first, rate_to=last)


# Bursts and single messages -----------------------------------------------------------------------


def test_a_burst_is_that_many_messages_at_one_instant() -> None:
    """500 at 12 minutes are 500 at 12 minutes."""
    burst = Burst(plan=3, at_us=12 * MINUTE, count=500)
    assert list(arrivals(1, (burst,))) == [Arrival(12 * MINUTE, 3)] * 500


def test_a_single_message_has_a_name_and_a_recipient() -> None:
    """A named message keeps its name, and who it is for."""
    single = Single(plan=1, at_us=90 * SECOND, name="otp-anna", to="anna")
    assert list(arrivals(1, (single,))) == [Arrival(90 * SECOND, 1, "otp-anna", "anna")]


def test_a_trace_is_played_as_it_was_recorded() -> None:
    """Each message at its instant, through its plan, with its name and recipient."""
    trace = Trace(
        at_us=5, instants=(5, 7, 7), plans=(0, 2, 0), names=("", "a", ""), people=("", "", "anna")
    )
    assert list(arrivals(1, (trace,))) == [
        Arrival(5, 0), Arrival(7, 2, "a"), Arrival(7, 0, "", "anna"),
    ]  # fmt: skip
    assert trace.for_us == 2


def test_a_trace_without_names_and_people_is_for_anybody() -> None:
    """Columns that nobody filled in take no room."""
    trace = Trace(at_us=1, instants=(1, 9), plans=(1, 1))
    assert list(arrivals(1, (trace,))) == [Arrival(1, 1), Arrival(9, 1)]
    assert Trace(at_us=1, instants=(), plans=()).for_us == 0


def test_a_trace_keeps_its_place_among_other_entries() -> None:
    """Load: messages of one instant come in the order of the entries, then of the rows."""
    load = (
        Single(plan=0, at_us=7, name="before"),
        Trace(at_us=0, instants=(6, 7, 7, 8), plans=(0,) * 4, names=("r1", "r2", "r3", "r4")),
        Single(plan=0, at_us=7, name="after"),
    )
    names = [arrival.name for arrival in arrivals(1, load)]
    assert names == ["r1", "before", "r2", "r3", "after", "r4"]


def test_no_load_is_no_message() -> None:
    """A load that is empty, or lasts no time, or has no rate, sends nothing."""
    nothing = (
        Burst(plan=0, at_us=0, count=0),
        Constant(plan=0, at_us=0, for_us=0, rate=Fraction(9)),
        Constant(plan=0, at_us=0, for_us=MINUTE, rate=Fraction(0)),
        _poisson(0, MINUTE),
        _poisson(9, 0),
        _ramp(Fraction(0), Fraction(0), MINUTE),
        _ramp(Fraction(1), Fraction(2), 0),
    )
    assert _instants() == []
    assert _instants(*nothing) == []


# Constant -----------------------------------------------------------------------------------------


def test_a_constant_load_is_evenly_spaced_and_does_not_drift() -> None:
    """Three a second is every third message on the second, for hours."""
    load = Constant(plan=0, at_us=5, for_us=3600 * SECOND, rate=Fraction(3))
    instants = _instants(load)
    assert len(instants) == 3 * 3600
    assert instants[:4] == [5, 333_338, 666_671, 1_000_005]
    assert instants[-1] == 5 + 3600 * SECOND - 333_334
    assert {later - earlier for earlier, later in pairwise(instants)} == {333_333, 333_334}


@given(rate=RATES, for_us=DURATIONS, at_us=DURATIONS)
def test_a_constant_load_is_k_over_rate(rate: Fraction, for_us: int, at_us: int) -> None:
    """The k-th message, from 0, is due k / rate after the beginning, before the end."""
    instants = _instants(Constant(plan=0, at_us=at_us, for_us=for_us, rate=rate))
    for k, instant in enumerate(instants):
        assert instant == at_us + k * SECOND / rate // 1
        assert k * SECOND / rate < for_us
    assert rate == 0 or len(instants) * SECOND / rate >= for_us


# Ramp ---------------------------------------------------------------------------------------------


def _sum_of_rate(ramp: Ramp, after_us: int) -> Fraction:
    """How many messages are due by then: the integral of the rate."""
    slope = (ramp.rate_to - ramp.rate_from) / ramp.for_us
    return (ramp.rate_from * after_us + slope * after_us**2 / 2) / SECOND


def _check_ramp(ramp: Ramp) -> None:
    """The k-th message comes in the very microsecond in which the integral reaches k."""
    instants = _instants(ramp)
    for k, instant in enumerate(instants):
        after_us = instant - ramp.at_us
        assert 0 <= after_us < ramp.for_us
        assert _sum_of_rate(ramp, after_us) <= k < _sum_of_rate(ramp, after_us + 1)
    if ramp.for_us:
        assert len(instants) >= _sum_of_rate(ramp, ramp.for_us) > len(instants) - 1


@given(first=RATES, last=RATES, for_us=DURATIONS, at_us=DURATIONS)
def test_a_ramp_sends_when_its_rate_has_added_up(
    first: Fraction, last: Fraction, for_us: int, at_us: int
) -> None:
    """Any ramp is right to the microsecond, up or down."""
    _check_ramp(_ramp(first, last, for_us, at_us))


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 2), (1, 0), (0, 1), (7, 5), (5, 7)])
def test_a_gentle_ramp_does_not_round_the_wrong_way(first: int, last: int) -> None:
    """With slopes of one or two, every root that is no integer shows how it was rounded."""
    for seconds in (3, 10, 37):
        _check_ramp(_ramp(Fraction(first), Fraction(last), seconds * SECOND + 1))


@pytest.mark.parametrize(("first", "last"), [(4, 40), (40, 4), (0, 44), (44, 0), (22, 22)])
def test_a_ramp_has_the_mean_of_its_two_rates(first: int, last: int) -> None:
    """From 4/s to 40/s is 22/s on average, up or down, and ends before its end."""
    instants = _instants(_ramp(Fraction(first), Fraction(last), 5 * MINUTE, at_us=7))
    assert len(instants) == 22 * 300
    assert instants == sorted(instants)
    assert instants[0] == 7
    assert instants[-1] < 7 + 5 * MINUTE
    half = sum(instant < 7 + 150 * SECOND for instant in instants)
    assert half == pytest.approx((3 * first + last) / 4 * 150, abs=1)


# Poisson ------------------------------------------------------------------------------------------


def test_poisson_arrivals_have_their_rate_and_its_scatter() -> None:
    """Counts in many equal windows have the mean asked for, and a variance equal to it."""
    windows, rate = 4000, 5
    instants = _instants(_poisson(rate, windows * SECOND))
    counts = [0] * windows
    for instant in instants:
        counts[instant // SECOND] += 1
    mean = sum(counts) / windows
    assert mean == pytest.approx(rate, abs=3 * (rate / windows) ** 0.5)
    variance = sum((count - mean) ** 2 for count in counts) / (windows - 1)
    # For Poisson counts the variance of the sample variance is about (mu + 2 mu^2) / n.
    error = ((rate + 2 * rate**2) / windows) ** 0.5
    assert variance == pytest.approx(mean, abs=3 * error)


def test_gaps_of_a_poisson_load_are_exponential() -> None:
    """A share of exp(-2) of the gaps is longer than two mean gaps, and none depends on the last."""
    gaps = [later - earlier for earlier, later in pairwise(_instants(_poisson(10, 2000 * SECOND)))]
    long = sum(gap > 200_000 for gap in gaps) / len(gaps)
    assert long == pytest.approx(0.1353, abs=3 * (0.1353 * 0.8647 / len(gaps)) ** 0.5)
    mean = sum(gaps) / len(gaps)
    following = sum((a - mean) * (b - mean) for a, b in pairwise(gaps)) / len(gaps) / mean**2
    assert following == pytest.approx(0, abs=3 / len(gaps) ** 0.5)


def test_poisson_luck_is_keyed_by_seed_and_entry() -> None:
    """Two entries do not come in step, another seed is another load, a longer one goes on."""
    minute = _poisson(20, MINUTE)
    first, both = _instants(minute), list(arrivals(1, (minute, _poisson(20, MINUTE))))
    assert _instants(minute) == first
    assert _instants(minute, seed=2) != first
    assert len(both) > 1.5 * len(first)
    assert len({arrival.at_us for arrival in both}) > 1.5 * len(first)
    assert _instants(_poisson(20, 2 * MINUTE))[: len(first)] == first
    shifted = _instants(_poisson(20, MINUTE, at_us=77))
    assert [instant - 77 for instant in shifted] == first


def test_a_faster_poisson_load_has_the_same_pattern() -> None:
    """Doubling the rate squeezes the same gaps: the draws do not depend on the rate."""
    slow, fast = _instants(_poisson(10, MINUTE)), _instants(_poisson(20, MINUTE))
    assert [instant // 2 for instant in slow] == fast[: len(slow)]


# Together -----------------------------------------------------------------------------------------

MIXED = (
    Burst(plan=0, at_us=SECOND, count=3),
    Constant(plan=1, at_us=0, for_us=2 * SECOND, rate=Fraction(2)),
    Single(plan=2, at_us=SECOND, name="one"),
    _ramp(Fraction(2), Fraction(20), 2 * SECOND),
    Single(plan=3, at_us=0, name="zero", to="anna"),
    Poisson(plan=4, at_us=500_000, for_us=SECOND, rate=Fraction(30)),
)


def test_entries_are_merged_in_order_of_time() -> None:
    """Whatever entries a load has, its messages come in order of time, none is lost."""
    merged = list(arrivals(1, MIXED))
    assert [a.at_us for a in merged] == sorted(a.at_us for a in merged)
    assert len(merged) == sum(len(_instants(entry)) for entry in MIXED[:5]) + sum(
        arrival.plan == 4 for arrival in merged
    )


def test_at_one_instant_entries_keep_the_order_of_the_file() -> None:
    """First written, first sent; a burst is not interrupted."""
    merged = [arrival for arrival in arrivals(1, MIXED) if arrival.at_us in (0, SECOND)]
    assert [(arrival.plan, arrival.name) for arrival in merged if arrival.at_us == 0] == [
        (1, ""),
        (0, ""),
        (3, "zero"),
    ]
    at_one = [(a.plan, a.name) for a in merged if a.at_us == SECOND]
    assert at_one[:5] == [(0, ""), (0, ""), (0, ""), (1, ""), (2, "one")]


def test_a_load_is_made_as_it_is_taken() -> None:
    """Ten million messages cost nothing until they come."""
    endless = Constant(plan=0, at_us=0, for_us=10**15, rate=Fraction(10**4))
    load = (endless, Burst(plan=1, at_us=0, count=10**9), _poisson(10**4, 10**15))
    assert len(list(islice(arrivals(1, load), 1000))) == 1000


@pytest.mark.parametrize(
    "entry",
    [
        Constant(plan=0, at_us=0, for_us=1, rate=Fraction(-1)),
        _poisson(-1, 1),
        _ramp(Fraction(1), Fraction(-1), 1),
        _ramp(Fraction(-1), Fraction(1), 1),
    ],
)
def test_a_negative_rate_is_refused(entry: LoadEntry) -> None:
    """There is no sending backwards."""
    with pytest.raises(MisuseError, match="a rate of -1/s"):
        list(arrivals(1, (entry,)))


def test_a_load_is_the_same_in_every_process() -> None:
    """The hash seed of the interpreter moves no message."""
    script = (
        "from tests.simulation.test_load import MIXED\n"
        "from sandbox.simulation.load import arrivals\n"
        "print(*arrivals(1, MIXED), sep='\\n')"
    )
    told = set()
    for hash_seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1
    assert told.pop().count(b"Arrival(") == len(list(arrivals(1, MIXED)))
