"""Where a message stands, and the steps it can take; when it takes them is told elsewhere."""

from itertools import count

from sandbox.cascade.moving import Moving
from sandbox.cascade.vocabulary import NEVER
from tests.support.hand import level, plan


def test_a_message_that_was_not_requested_waits_for_nothing() -> None:
    """It stands before its first level, has no outcome, and wants not to be woken."""
    moving = Moving(1, plan(level()), count(1).__next__)
    assert (moving.outcome, moving.wake_at, moving.settled) == (None, NEVER, False)
    assert moving.provider_of(0, 1) == ""
