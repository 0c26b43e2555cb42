"""The words of the machine, as types.

Every word is the one of the glossary: a *message* runs through one *cascade* of ordered *levels*;
a level makes *attempts*, each one submission to one *provider*; providers *answer* at once and send
*receipts* later. Instants and durations are integer microseconds; an instant counts from the start
of the run.
"""

from enum import Enum, IntEnum, StrEnum
from typing import Final, NewType

Channel = NewType("Channel", str)
"""`sms`, `whatsapp`, `viber`; an open set: rcs, voice and email may join."""

SECOND_US: Final = 1_000_000

NEVER: Final = 1 << 62
"""Later than any instant a run can reach, in microseconds."""


class Status(IntEnum):
    """What is known of one attempt; the first five stand in the order of the status ladder.

    Positive statuses compare: `READ >= DELIVERED >= SENT >= ACCEPTED`. The rest are no rungs.
    """

    SUBMITTED = 0
    ACCEPTED = 1
    SENT = 2
    DELIVERED = 3
    READ = 4
    UNKNOWN = -1
    REFUSED = -2
    THROTTLED = -3
    FAILED = -4
    REJECTED = -5
    EXPIRED = -6

    @property
    def word(self) -> str:
        """The word used in files, logs and on screens."""
        return STATUS_WORDS[self]


STATUS_WORDS: Final = {status: status.name.lower() for status in Status}
STATUSES: Final = {word: status for status, word in STATUS_WORDS.items()}

SUCCESSES: Final = (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ)


class ReasonClass(StrEnum):
    """What a reason code asks the cascade to do (S14)."""

    PERMANENT_RECIPIENT = "permanent-recipient"
    """This recipient cannot be reached here: next level now."""
    TRANSIENT = "transient"
    """Trouble that passes: retry here when it came as an answer."""
    CALLER_ERROR = "caller-error"
    """Our own mistake: next level, and flag it."""
    ACCOUNT = "account"
    """Bad key, no credit: next provider or level, reported once per provider and run."""
    STOP = "stop"
    """Opted out, blocked, fraud: end the message, do not chase."""


class Trigger(StrEnum):
    """What closes a level without success (S10)."""

    REFUSED = "refused"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NO_RECEIPT = "no_receipt"
    NOT_READ = "not_read"
    INELIGIBLE = "ineligible"
    CIRCUIT_OPEN = "circuit_open"
    NOT_VERIFIED = "not_verified"
    MANUAL = "manual"


ALWAYS_MOVES_ON: Final = frozenset({Trigger.INELIGIBLE, Trigger.CIRCUIT_OPEN, Trigger.MANUAL})
"""Triggers that move on whatever `next_on` says, and may not be listed there."""

LISTABLE_TRIGGERS: Final = tuple(t for t in Trigger if t not in ALWAYS_MOVES_ON)


class Outcome(StrEnum):
    """The final state of a message; exactly one, once (S2)."""

    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Origin(StrEnum):
    """From when a level's wait runs (S12)."""

    ACCEPTED = "accepted"
    SUBMIT = "submit"
    SENT = "sent"
    DELIVERED = "delivered"


class OnUnknown(StrEnum):
    """What follows a submit whose answer never came (S21)."""

    WAIT = "wait"
    RESEND = "resend"
    NEXT = "next"


class OnExpired(StrEnum):
    """What follows a provider's `expired` receipt (S17)."""

    CONTINUE = "continue"
    STOP = "stop"


class LateSuccess(StrEnum):
    """What a success of an already closed level does (S23)."""

    RECORD = "record"
    CANCEL_NEXT = "cancel_next"
    IGNORE = "ignore"


class QuietPolicy(StrEnum):
    """What becomes of a message that would go out in quiet hours (S19)."""

    HOLD = "hold"
    """It waits for their end; the deadline goes on."""
    SKIP = "skip"
    """The level is passed over."""
    DROP = "drop"
    """The message is stopped."""


class Act(StrEnum):
    """What people do about a message while it is under way (S33, S35)."""

    VERIFIED = "verified"
    """The person has entered the right code."""
    CANCEL = "cancel"
    """The caller does not want it sent any more."""
    NEXT = "next"
    """On to the next level, now."""
    RESEND = "resend"
    """Once more at this level."""


class CircuitState(StrEnum):
    """What a provider's circuit does with a submission (S22)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class RecallResult(StrEnum):
    """What came of calling an attempt back (S24)."""

    RECALLED = "recalled"
    TOO_LATE = "too_late"
    UNSUPPORTED = "unsupported"


class Conflict(StrEnum):
    """Which of two contradictory finals of one attempt holds (S6)."""

    BEST = "best"
    FIRST = "first"
    LAST = "last"


class Retriable(Enum):
    """Answers a level may retry on (S20)."""

    REFUSED_TEMPORARY = "refused.temporary"
    THROTTLED = "throttled"
