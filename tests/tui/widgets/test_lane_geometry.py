from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.frame import LaneView
from sandbox.app.session import Session
from sandbox.tui.widgets.lane_geometry import (
    column_of,
    counts_of,
    divide,
    messages_per_step,
    ticks_of,
    wall_column,
)
from tests.tui.stage import scenario

S = 1_000_000


@pytest.fixture(scope="module")
def session() -> Session:
    """Two minutes of traffic, with messages on all levels."""
    made = Session(scenario())
    made.advance(int(120 * S / made.speed))
    return made


@given(
    width=st.integers(20, 250),
    height=st.integers(4, 80),
    lanes=st.integers(1, 16),
    data=st.data(),
)
def test_a_panel_is_divided_without_rest(
    width: int, height: int, lanes: int, data: st.DataObject
) -> None:
    """Every column and line belongs to something, and the selected lane is in sight."""
    selected = data.draw(st.integers(0, lanes - 1))
    room = divide(width, height, lanes, selected)
    assert room.left + room.field + room.right == width
    assert sum(room.rows) + len(room.rows) == height
    assert room.first <= selected < room.first + len(room.rows)
    assert room.first + len(room.rows) <= lanes


def test_a_line_of_the_panel_belongs_to_a_lane() -> None:
    """A click above, in and below a lane finds it."""
    room = divide(80, 18, 3, 0)
    assert [room.lane_at(y) for y in (0, 5, 6, 11, 12, 17)] == [0, 0, 1, 1, 2, 2]
    assert room.lane_at(500) == 2


@pytest.mark.parametrize(
    ("age_s", "column"), [(-1, 0), (0, 0), (29, 29), (44.9, 44), (45, 44), (9999, 44)]
)
def test_an_age_has_a_column(age_s: float, column: int) -> None:
    """What is older than the lane shows stands at its right end."""
    assert column_of(int(age_s * S), 45 * S, 45) == column


@given(columns=st.integers(1, 200), rows=st.integers(1, 40), later_us=st.integers(0, 100 * S))
def test_everybody_in_flight_stands_in_exactly_one_cell(
    session: Session, columns: int, rows: int, later_us: int
) -> None:
    """The cells of a lane add up to its messages in flight, at any size and instant."""
    frame = session.frame()
    for lane in frame.lanes:
        everyone, accepted, _ = counts_of(lane, frame.now_us + later_us, columns, rows)
        assert len(everyone) == len(accepted) == columns * rows
        assert sum(everyone) == lane.state.in_flight
        assert all(taken <= count for taken, count in zip(accepted, everyone, strict=True))


def crowded(session: Session) -> LaneView:
    """The lane of SMS, in which a hundred messages wait."""
    return session.frame().lanes[0]


@given(columns=st.integers(20, 150))
def test_nobody_stands_inside_the_wall(session: Session, columns: int) -> None:
    """The wall hides no message; whoever is about to fall stands before it."""
    lane = crowded(session)
    wall = wall_column(lane.plan, columns)
    everyone, *_ = counts_of(lane, session.frame().now_us, columns, 1)
    assert everyone[wall] == 0
    assert sum(everyone[:wall]) > 0


def test_a_level_without_a_wait_has_no_wall() -> None:
    """Where nothing ends the wait, no wall is drawn."""
    wait = "cascades.otp.levels.0.wait"
    lane = Session(scenario(**{wait.replace(".", "__"): "none"})).frame().lanes[0]
    assert wall_column(lane.plan, 50) == 50


@pytest.mark.parametrize(
    ("counts", "step"),
    [([], 1), ([0, 0], 1), ([1, 2, 0, 3], 1), ([3, 3, 3], 1), ([20, 10, 15], 5), ([90, 40], 25)],
)
def test_full_lanes_are_drawn_with_a_coarser_step(counts: list[int], step: int) -> None:
    """Density tells something however many messages there are."""
    assert messages_per_step(counts) == step


@given(span_s=st.integers(1, 1_000_000), columns=st.integers(10, 200))
def test_the_scale_can_be_read(span_s: int, columns: int) -> None:
    """Labels begin at zero, rise, and do not touch each other."""
    ticks = ticks_of(span_s * S, columns)
    assert ticks[0] == (0, "0 s")
    starts = [column for column, _ in ticks]
    assert starts == sorted(set(starts))
    for (column, text), (following, _) in pairwise(ticks):
        assert column + len(text) < following
