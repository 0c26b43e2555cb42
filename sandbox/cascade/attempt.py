"""One submission to one provider, and the table that is the truth about it.

The laws of an attempt (S4, S6):

- Knowledge only grows. A status moves up the ladder or to a final; a late lower status is ignored,
  and a skipped rung is implied by the one above it.
- A receipt may overtake the answer: every receipt is welcome while the answer is still out.
- `unknown` is doubt, not failure: whatever is heard later replaces it.
- Two finals may contradict each other (failed, then delivered). Which one holds is the plan's
  choice: `best` lets good news win, `first` keeps what came first, `last` believes the last word.

What would surprise you: an attempt the engine has moved on from keeps its status and goes on
learning. Whether news still matters to the *message* is the cascade's business, not the table's.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade.vocabulary import Conflict, Status

Row = Mapping[Status, Status]

_NEGATIVE_RECEIPTS: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
_ARRIVED: Final = (Status.DELIVERED, Status.READ)

_GOOD: Final[Row] = {status: status for status in _ARRIVED}
_BAD: Final[Row] = {status: status for status in _NEGATIVE_RECEIPTS}
_ANSWERS: Final[Row] = {
    status: status for status in (Status.ACCEPTED, Status.REFUSED, Status.THROTTLED, Status.UNKNOWN)
}
_BASE: Final[Mapping[Status, Row]] = {
    Status.SUBMITTED: {**_ANSWERS, Status.SENT: Status.SENT, **_GOOD, **_BAD},
    Status.UNKNOWN: {
        Status.ACCEPTED: Status.ACCEPTED,
        Status.REFUSED: Status.REFUSED,
        Status.THROTTLED: Status.THROTTLED,
        Status.SENT: Status.SENT,
        **_GOOD,
        **_BAD,
    },
    Status.ACCEPTED: {Status.SENT: Status.SENT, **_GOOD, **_BAD},
    Status.SENT: {**_GOOD, **_BAD},
    Status.DELIVERED: {Status.READ: Status.READ},
    Status.READ: {},
    Status.REFUSED: {},
    Status.THROTTLED: {},
    Status.FAILED: {},
    Status.REJECTED: {},
    Status.EXPIRED: {},
}

_REFUSALS: Final = (Status.REFUSED, Status.THROTTLED)


def _table(policy: Conflict) -> dict[Status, dict[Status, Status]]:
    """The base table plus the cells in which two finals meet, by policy."""
    table = {state: dict(row) for state, row in _BASE.items()}
    if policy is not Conflict.FIRST:
        for state in (*_NEGATIVE_RECEIPTS, *_REFUSALS):
            table[state] |= _GOOD
    if policy is Conflict.LAST:
        for state in (*_ARRIVED, *_NEGATIVE_RECEIPTS):
            table[state] |= {new: new for new in _NEGATIVE_RECEIPTS if new is not state}
    return table


TRANSITIONS: Final[Mapping[Conflict, Mapping[Status, Row]]] = {
    policy: _table(policy) for policy in Conflict
}
"""`TRANSITIONS[policy][state][heard]` is the new state; a missing cell means: nothing new."""


class Attempt:
    """What is known of one attempt. Only a `Cascade` changes it."""

    __slots__ = (
        "answered",
        "delivered_segments",
        "give_up_at",
        "key",
        "level",
        "number",
        "provider",
        "seq",
        "status",
    )

    def __init__(
        self, level: int, number: int, key: int, provider: int, give_up_at: int, seq: int
    ) -> None:
        self.level = level
        self.number = number
        """From 1, over the whole level."""
        self.key = key
        self.provider = provider
        """Which of the level's providers, from 0."""
        self.status = Status.SUBMITTED
        self.answered = False
        """An answer came, or was given up; each attempt is counted by its answer, once."""
        self.delivered_segments = 0
        """One bit for each segment that has a delivered receipt of its own (S30)."""
        self.give_up_at = give_up_at
        self.seq = seq
        """The number of its `submitted` line."""


NO_ATTEMPT: Final = Attempt(level=-1, number=-1, key=0, provider=0, give_up_at=0, seq=0)
"""Stands for the latest attempt while there is none; nothing that happens names it."""
