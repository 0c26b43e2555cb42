"""What must follow when somebody does something about a message (S33, S35), for the watch.

Worked out from the lines of the log alone. Nothing here comes from the machine but its vocabulary
and the plan.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX
from sandbox.cascade.vocabulary import Act, Outcome, Trigger
from sandbox.report.attempts import CODE, Attempts
from sandbox.report.message_rules import CIRCUIT_OPEN, DELIVERED, FAR, READ, Open

ACTS: Final = {act.value: act for act in Act}

VERIFIED: Final = "delivered verified"
"""The end of a message whose code was entered, as the main word of a decision."""

NO_LEVEL: Final = -1
"""The one code of a message belongs to no level."""


def why_no_resend(state: Open) -> str:
    """Why a message is not sent once more at its level; "" where it is."""
    if state.is_held:
        return "held for quiet hours"
    left = ATTEMPTS_PER_LEVEL_MAX - state.attempt
    return "" if left > 0 else "no attempt is left at this level"


def why_no_success(state: Open, issued_at: int | None, at: int) -> str:
    """Why a right code is of no use to an open message; "" where it ends it.

    Args:
        state: The message.
        issued_at: When the code was made; None: it was never sent.
        at: When it was entered.
    """
    if not state.rules.awaits_code:
        return "no code is awaited"
    if issued_at is None:
        return "no such code"
    lifetime_us = state.rules.plan.code_lifetime_us
    is_old = lifetime_us is not None and at > issued_at + lifetime_us
    return "the code has expired" if is_old else ""


def credited(attempts: Attempts, message: int, level: int) -> tuple[int, int]:
    """Level and attempt that a code is credited to (S33); no attempt where none was submitted.

    Args:
        attempts: All of the run.
        message: Whose code it is.
        level: The code's own level; `NO_LEVEL` where it is the code of all.
    """
    rows = list(attempts.rows(message))
    its = [row for row in rows if level in (NO_LEVEL, attempts.place[row] >> 4)]
    brought = [row for row in its if DELIVERED <= attempts.status[row] & CODE <= READ]
    row = next(iter(brought or its or rows), 0)
    place = attempts.place[row] if row else 0
    return place >> 4, place & 15


def follow(state: Open, act: Act, credit: tuple[int, int], at: int, seq: int) -> None:
    """Leave in an open message what an act must lead to that is not in vain.

    Args:
        state: The message.
        act: What was done.
        credit: Level and attempt that a code is credited to.
        at: When it was done.
        seq: The line that says so.
    """
    match act:
        case Act.VERIFIED:
            state.expected = (outputs.FINISHED, *credit, VERIFIED, at, seq)
        case Act.CANCEL:
            word = Outcome.CANCELLED.value
            state.expected = (outputs.FINISHED, state.level, None, word, at, seq)
        case Act.NEXT:
            state.hurry(at, seq)
        case Act.RESEND:
            _resend(state, at, seq)
    state.plan_due()


def _resend(state: Open, at: int, seq: int) -> None:
    """Once more to the provider of the latest attempt, as a submission of its own (S35)."""
    state.retry_at = FAR
    if not state.is_verifying:
        state.wait_due = FAR
    name = state.here.level.providers[state.provider]
    if state.is_passed_over(state.provider, at):
        state.offered, state.passing = state.provider, Trigger.CIRCUIT_OPEN
        word = f"{CIRCUIT_OPEN} {name}"
        state.expected = (outputs.SKIPPED, state.level, None, word, at, seq)
    elif at >= state.deadline_at:
        word = Outcome.EXPIRED.value
        state.expected = (outputs.FINISHED, state.level, None, word, at, seq)
    else:
        state.expected = (outputs.SUBMITTED, state.level, state.attempt + 1, name, at, seq)
        state.expected_key = 0
