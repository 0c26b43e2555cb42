"""Percentiles for a screen: cheap, and off by less than a screen shows."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.histogram import Histogram

DURATIONS = st.lists(st.integers(0, 1 << 45), min_size=1, max_size=200)


@given(DURATIONS, st.sampled_from([1, 50, 95, 99, 100]))
def test_a_percentile_is_within_a_fifth_of_a_percent(durations: list[int], percent: int) -> None:
    """Nearest rank over the durations, each known to 0.2 %."""
    histogram = Histogram()
    for duration in durations:
        histogram.add(duration)
    exact = sorted(durations)[-(-percent * len(durations) // 100) - 1]
    seen = histogram.percentile(percent)
    assert seen is not None
    assert abs(seen - exact) * 500 <= exact
    assert histogram.count == len(durations)


def test_small_durations_are_exact() -> None:
    """Below half a millisecond nothing is rounded."""
    histogram = Histogram()
    for duration in (0, 1, 511):
        histogram.add(duration)
    assert [histogram.percentile(p) for p in (33, 66, 100)] == [0, 1, 511]


def test_nothing_counted_has_no_percentile() -> None:
    """No durations, no figure."""
    assert Histogram().percentile(95) is None
