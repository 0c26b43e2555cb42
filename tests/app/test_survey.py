"""What the line of time shows, held against the log itself."""

from fractions import Fraction

import pytest

from sandbox.app.survey import Mark, Sort, Survey, column_us, marks_of
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.simulation.world import World
from tests.app.test_replaying import SECOND, recording, survey


def facts_of(name: str) -> list[Fact]:
    """The whole log."""
    world = World(recording(name).as_it_was.world)
    return [fact for facts in run_virtual(world) for fact in facts]


def test_marks_are_what_was_done_by_hand_and_the_edges_of_faults() -> None:
    """In order of time, each with words."""
    sorts = [(mark.at_us, mark.sort) for mark in marks_of(recording("r2"))]
    assert (8 * SECOND, Sort.CHANGE) in sorts
    assert (20 * SECOND, Sort.CHANGE) in sorts
    assert [sort for _, sort in sorts if sort is Sort.ACT] == [Sort.ACT]
    assert sorts == sorted(sorts, key=lambda each: each[0])
    assert marks_of(recording("r1")) == [
        Mark(3 * SECOND, Sort.FAULT_BEGAN, "fault sms-down begins"),
        Mark(9 * SECOND, Sort.FAULT_ENDED, "fault sms-down ends"),
    ]


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_every_event_is_found(name: str) -> None:
    """Each line belongs to one event; going back by one is going to the event before."""
    made = survey(name)
    assert made.event_at(0) == 0
    assert made.event_before(0) is None
    assert made.event_at(recording(name).run.line_count) == made.event_count
    facts = facts_of(name)
    lines = len(facts)
    seen = 0
    while goal := made.event_before(lines):
        seen += 1
        assert goal.lines is not None
        assert goal.lines < lines
        assert goal.lines == 0 or facts[goal.lines - 1][1] == goal.at_us
        lines = goal.lines
    assert seen == made.event_count
    assert lines == 0


@pytest.mark.parametrize("columns", [1, 7, 60, 300])
def test_the_chart_counts_what_the_log_says(columns: int) -> None:
    """Delivered of those that ended in a column, and those in flight at its end."""
    made, facts = survey("r2"), facts_of("r2")
    chart = made.chart(columns)
    width_us = column_us(made.shown_us, columns)
    for column in range(columns):
        end_us = (column + 1) * width_us if column < columns - 1 else 1 << 62
        before = [fact for fact in facts if fact[1] < end_us]
        asked = sum(fact[5] == outputs.REQUESTED for fact in before)
        over = [fact for fact in before if fact[5] == outputs.FINISHED]
        assert chart.in_flight[column] == asked - len(over)
        ended = [fact for fact in over if fact[1] >= column * width_us]
        good = sum(fact[7].text("outcome") == "delivered" for fact in ended)
        assert chart.delivered[column] == (Fraction(good, len(ended)) if ended else None)
    assert made.chart(columns) is chart


def test_a_tail_of_late_news_does_not_press_the_rest_into_a_corner() -> None:
    """The line ends not much after nearly all has happened."""
    made = survey("r1")
    assert made.shown_us <= recording("r1").end_us
    assert column_us(recording("r1").end_us, 10) * 10 > recording("r1").end_us


def test_progress_goes_from_nothing_to_all() -> None:
    """Piece by piece."""
    made = Survey(recording("r2"))
    assert made.progress == 0
    assert not made.go_on(200)
    assert 0 < made.progress < 1
    while not made.go_on(200):
        pass
    assert made.progress == 1
