import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.page.scales import (
    Line,
    LogLine,
    apart,
    clock_text,
    count_ticks,
    doublings,
    step_us,
    time_ticks,
)

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("at_s", "text"),
    [(0, "0"), (0.25, "250 ms"), (15, "15 s"), (60, "1 min"), (75, "1:15 min"), (3600, "1 h"),
     (5400, "1:30 h"), (86400, "1 d"), (90000, "25 h")],
)  # fmt: skip
def test_instants_are_told_in_few_letters(at_s: float, text: str) -> None:
    """In the greatest unit that is round."""
    assert clock_text(int(at_s * SECOND)) == text


@given(st.integers(1, 10**15), st.integers(2, 100))
def test_a_step_divides_a_span_into_no_more_parts_than_asked_for(span: int, most: int) -> None:
    """And its ticks stay on the axis."""
    assert step_us(span, most) * most >= span
    ticks = time_ticks(span, most)
    assert 0 < len(ticks) <= most + 1
    assert ticks[-1].at <= span


@given(st.integers(0, 10**15), st.integers(2, 10))
def test_marks_of_counts_are_round_and_reach_the_top(most: int, parts: int) -> None:
    """The last is not below what is counted."""
    marks = count_ticks(most, parts)
    assert marks[0] == 0
    assert marks[-1] >= most
    assert len(marks) <= parts + 1
    assert str(marks[1])[0] in "125"


@given(st.integers(1, 10**15), st.integers(1, 10**15))
def test_the_logarithm_of_the_picture_grows_and_is_exact_at_doublings(a: int, b: int) -> None:
    """Near enough to the true one in between."""
    assert (doublings(a) <= doublings(b)) == (a <= b)
    assert doublings(1 << 20) == 20
    assert abs(doublings(3) - 1.585) < 0.09


def test_nothing_leaves_an_axis() -> None:
    """What lies beyond is at its end."""
    line = Line(0, 10, 100, 200)
    assert [line.place(v) for v in (-5, 0, 5, 10, 50)] == [100, 100, 150, 200, 200]
    assert Line(0, 0, 100, 200).place(0) == 100
    log = LogLine(1000, 60 * SECOND, 0, 100)
    assert [log.place(1), log.place(60 * SECOND), log.place(10**12)] == [0, 100, 100]
    assert [tick.label for tick in log.ticks()][:3] == ["1 ms", "10 ms", "100 ms"]


def test_labels_are_moved_apart_in_their_order() -> None:
    """Within the picture, as long as there is room."""
    assert apart([50, 50, 10], 15, least=0, most=100) == [50, 65, 10]
    assert apart([98, 99], 15, least=0, most=100) == [85, 100]
