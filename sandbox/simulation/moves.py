"""New messages of a plan go through another one from an instant on; those under way keep theirs."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HandMove:
    """A decision of somebody's: from `at_us` on, new messages of a plan go through another.

    It comes after the changes by hand of its instant and before everything else.

    Attributes:
        plan: The one that the load names.
        becomes: The one they go through.
    """

    at_us: int
    plan: int
    becomes: int


def plan_at(moves: Sequence[HandMove], at_us: int, plan: int) -> int:
    """Which plan a message goes through that comes at an instant; the latest decision holds."""
    for move in reversed(moves):
        if move.plan == plan and move.at_us <= at_us:
            return move.becomes
    return plan
