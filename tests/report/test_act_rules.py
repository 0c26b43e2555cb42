"""What must follow an act, by the rules alone: in vain and why, credit, and the next decision."""

from typing import Final

import pytest

from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import Act
from sandbox.report.act_rules import NO_LEVEL, credited, follow, why_no_resend, why_no_success
from sandbox.report.attempts import ANSWERED, Attempts
from sandbox.report.message_rules import ACCEPTED, DELIVERED, READ, Open, PlanRules
from tests.support.hand import level, plan, us

CODED: Final = plan(
    level("sms"), level("viber"), stops_on_verified=True, code_lifetime_us=us(60), deadline=90
)


def _open(**others: object) -> Open:
    """A message requested at 1 s whose first attempt is out."""
    state = Open(PlanRules(CODED), us(1), 1, Detail({"cascade": "otp"}))
    state.submit(1, us(1), 2, 1, "sms", 0)
    state.expected = None
    for name, value in others.items():
        setattr(state, name, value)
    return state


def test_a_resend_needs_an_attempt_that_is_left_and_no_quiet_hours() -> None:
    """S35: in vain it says why."""
    assert why_no_resend(_open(attempt=9)) == ""
    assert why_no_resend(_open(attempt=10)) == "no attempt is left at this level"
    assert why_no_resend(_open(is_held=True)) == "held for quiet hours"


@pytest.mark.parametrize(
    ("issued", "at", "why"),
    [(1, 61, ""), (1, 61.000001, "the code has expired"), (None, 2, "no such code")],
)
def test_a_code_is_valid_to_the_end_of_its_lifetime(
    issued: int | None, at: float, why: str
) -> None:
    """S33, S34: to the instant, and only where it was sent."""
    issued_at = None if issued is None else us(issued)
    assert why_no_success(_open(), issued_at, us(at)) == why


def test_where_no_code_is_awaited_none_is_of_use() -> None:
    """S33: only `stop_on: verified` waits for one."""
    state = Open(PlanRules(plan(level("sms"))), 0, 1, Detail({"cascade": "otp"}))
    assert why_no_success(state, 0, 1) == "no code is awaited"


def _attempts(*known: int) -> Attempts:
    """A message with an attempt at each level, of which so much is known."""
    attempts = Attempts()
    attempts.begin(1, 0)
    for its_level, status in enumerate(known):
        row = attempts.add(1, its_level << 4 | 1, 0)
        attempts.status[row] = status | ANSWERED
    return attempts


@pytest.mark.parametrize(
    ("known", "its_level", "credit"),
    [
        ((DELIVERED, ACCEPTED, ACCEPTED), NO_LEVEL, (0, 1)),
        ((DELIVERED, READ, ACCEPTED), NO_LEVEL, (1, 1)),
        ((ACCEPTED, ACCEPTED), NO_LEVEL, (1, 1)),
        ((DELIVERED, DELIVERED), 0, (0, 1)),
        ((ACCEPTED, DELIVERED), 0, (0, 1)),
        ((ACCEPTED, DELIVERED), 7, (1, 1)),
        ((), NO_LEVEL, (0, 0)),
    ],
)
def test_a_code_is_credited_to_the_latest_that_brought_it(
    known: tuple[int, ...], its_level: int, credit: tuple[int, int]
) -> None:
    """S33: with a delivered status; else the latest submission; a code of its own by its level."""
    assert credited(_attempts(*known), 1, its_level) == credit


@pytest.mark.parametrize(
    ("act", "at", "expected"),
    [
        (Act.VERIFIED, 5, ("finished", 0, 1, "delivered verified")),
        (Act.CANCEL, 5, ("finished", 0, None, "cancelled")),
        (Act.NEXT, 5, ("fell_back", 1, None, "manual")),
        (Act.NEXT, 91, ("finished", 0, None, "expired")),
        (Act.RESEND, 5, ("submitted", 0, 2, "sms")),
        (Act.RESEND, 91, ("finished", 0, None, "expired")),
    ],
)
def test_an_act_has_one_consequence(act: Act, at: int, expected: tuple[object, ...]) -> None:
    """S33, S35: and at the deadline that is the end."""
    state = _open()
    follow(state, act, (0, 1), us(at), 9)
    assert state.expected == (*expected, us(at), 9)
