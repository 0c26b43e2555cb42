"""What is known of attempts and messages, and what a line of the log holds.

Written from the documents, not from the program.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from tests.store.independent.circuits import LADDER
from tests.store.independent.fronts import Front

ARRIVED: Final = ("delivered", "read")
BAD_FINALS: Final = ("failed", "rejected", "expired")
REFUSALS: Final = ("refused", "throttled")

Json = dict[str, Any]


def merged(policy: str, before: str, heard: str) -> str | None:
    """The status after news; None when the news says nothing new."""
    if before in ("submitted", "unknown"):
        return None if heard == before else heard
    if before in LADDER and heard in LADDER:
        return heard if LADDER[heard] > LADDER[before] else None
    if heard in BAD_FINALS:
        if before in ("accepted", "sent"):
            return heard
        contradicts = before not in REFUSALS and heard != before
        return heard if policy == "last" and contradicts else None
    return heard if heard in ARRIVED and policy != "first" else None


@dataclass
class Attempt:
    """One submission."""

    level: int
    number: int
    channel: str
    provider: str
    status: str = "submitted"
    word: str = ""
    """How it stood when the engine left it; "" while it has not."""
    answer: str = ""
    segments: set[int] = field(default_factory=set)
    """Those with a delivered receipt of their own."""
    owed: int = 0
    unsaid: int = 0
    """By how much it was said to cost less than was said before."""
    bill: int = 0
    refunded: int = 0
    copies: int = 0
    has_delivered_receipt: bool = False
    is_known_failed: bool = False
    is_lost: bool = False
    is_taken: bool = False
    """The provider has it although its answer never came."""
    key: int = 0
    """The number of the attempt at this level whose key it has: to the provider both are one."""
    is_partly_there: bool = False
    """Some of its segments reached the handset, and the others never will."""
    is_called_back: bool = False
    """The provider gave it back: no copy of it will come."""


@dataclass
class Message:
    """One message, and what the lines about it come to."""

    number: int
    cascade: str
    requested_at: int
    requested_seq: int
    front: Front
    attempts: dict[tuple[int, int], Attempt] = field(default_factory=dict)
    current: dict[int, Attempt] = field(default_factory=dict)
    """Level -> the attempt that was not left there."""
    steps: list[Attempt | str] = field(default_factory=list)
    """In order of submission; a text is what is told of a level that was skipped."""
    late: list[str] = field(default_factory=list)
    outcome: str | None = None
    due: Attempt | None = None
    """It has succeeded: the next thing the engine says is that the message is delivered."""
    credited: Attempt | None = None
    took: int | None = None
    first_copy: int | None = None
    first_copy_by: Attempt | None = None
    heard: list[Attempt] = field(default_factory=list)
    """Attempts with a delivered receipt, in the order they came."""
    is_late_known: bool = False
    is_verified: bool = False
    """Its code ended it."""
    has_entered: bool = False
    """Somebody entered its code while that was valid, whatever the outcome was (truth)."""

    @property
    def level(self) -> int:
        """The level entered last; the first of those that began together."""
        return self.front.first

    @property
    def level_submitted(self) -> int:
        """The open level of the latest submission; where there was none, the first open one."""
        there = self.front.open
        tried = (level for level, _ in reversed(self.attempts) if level in there)
        return next(tried, there[0] if there else self.level)

    def made_at(self, level: int) -> int:
        """How many attempts a level has made."""
        return sum(1 for at, _ in self.attempts if at == level)

    @property
    def ledger(self) -> int:
        """What is known of its cost."""
        return sum(attempt.owed for attempt in self.attempts.values())

    @property
    def bill(self) -> int:
        """What it really costs."""
        return sum(attempt.bill for attempt in self.attempts.values())

    @property
    def copies(self) -> int:
        """How many copies are on the handset."""
        return sum(attempt.copies for attempt in self.attempts.values())

    @property
    def is_hidden_duplicate(self) -> bool:
        """The person has it more than once, and at most one attempt was heard to be delivered."""
        return self.copies > 1 and len(self.heard) < 2

    def told_path(self) -> list[str]:
        """The path as scenarios write it."""
        return [
            step if isinstance(step, str) else f"{step.channel}:{step.word or '…'}"
            for step in self.steps
        ]


@dataclass
class Line:
    """One line of the log."""

    seq: int
    at: int
    message: int | None
    level: int | None
    attempt: int | None
    kind: str
    cause: int
    detail: Json

    def canonical(self) -> str:
        """The line as the digest takes it."""
        told = json.dumps(
            self.detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ) if self.detail else "-"  # fmt: skip
        columns = [self.seq, self.at, self.message, self.level, self.attempt, self.kind, self.cause]
        return "\t".join("-" if c is None else str(c) for c in [*columns, told]) + "\n"
