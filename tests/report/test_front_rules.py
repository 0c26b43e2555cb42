"""Where levels begin together, and which of them does."""

import pytest

from sandbox.cascade.outputs import Detail
from sandbox.report.front_rules import Front, front_of
from sandbox.report.message_rules import PlanRules
from tests.support.hand import level, plan, us

FOUR = plan(
    level("sms", wait=30),
    level("whatsapp", wait=60, parallel=True),
    level("viber"),
    level("rcs", parallel=True),
)


@pytest.mark.parametrize(("of", "front"), [(0, [0, 1]), (1, [0, 1]), (2, [2, 3]), (3, [2, 3])])
def test_a_front_is_the_same_from_each_of_its_levels(of: int, front: list[int]) -> None:
    """S25: a level and those after it that are marked."""
    assert list(front_of(FOUR, of)) == front


def test_a_message_knows_each_of_its_open_levels() -> None:
    """What is known of one is kept while another is looked at; the earliest timer counts."""
    state = Front(PlanRules(FOUR), 0, 1, Detail({"cascade": "otp"}))
    expected = [state.expected]
    state.submit(1, 0, 2, 1, "sms", 0)
    expected.append(state.expected)
    assert expected == [("submitted", 0, 1, "sms", 0, 1), ("joined", 1, None, "", 0, 1)]
    state.joined(1, 0, 3)
    state.submit(2, 0, 4, 1, "whatsapp", 0)
    state.expected = None
    state.turn_to(0)
    assert (state.level, state.current, state.first_open) == (0, 1, 0)
    state.answered(1)
    state.see_to_wait(0, 1, us(1), 5)
    state.turn_to(1)
    state.answered(2)
    state.see_to_wait(0, 1, us(2), 6)
    assert (state.level, state.wait_due, state.due) == (1, us(62), us(31))
