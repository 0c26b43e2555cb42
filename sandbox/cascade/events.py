"""What happens outside and reaches the machine: the door in.

Events are past tense, immutable, and as small as Python lets them be: a run of a million messages
makes about four million of them, so they are named tuples (a third of the cost of a frozen
dataclass) and still compare, `match` and print. Each carries the `cause`: the sequence number of
the log line that led to it, 0 for the run itself.
"""

from typing import NamedTuple

from sandbox.cascade.vocabulary import Act, ReasonClass, RecallResult, Status


class Reason(NamedTuple):
    """Why a provider said no: its code, our class for it, and words for people."""

    code: str
    reason_class: ReasonClass
    text: str = ""


class Requested(NamedTuple):
    """Somebody asked for a message to be sent.

    Attributes:
        message: Its number, from 1 in order of arrival.
        plan: Index of the plan it runs through.
        country: The recipient's country, upper-case ISO 3166 letters; "" when not known.
        ineligible: Channels known not to work for this recipient, each with the reason (S26).
        recipient: Who it is, as a number that stays the same; -1: not known.
        local_us: The recipient's time of day at the start of the run, in microseconds.
    """

    message: int
    plan: int
    country: str = ""
    ineligible: tuple[tuple[str, str], ...] = ()
    cause: int = 0
    recipient: int = -1
    local_us: int = 0


class SubmitAnswered(NamedTuple):
    """A provider's immediate reply to a submission, or the news that none will come.

    Attributes:
        answer: ACCEPTED, REFUSED, THROTTLED, or UNKNOWN for a connection lost after sending.
        reason: Why not; None when accepted or unknown.
        owed_nano: What the provider says the attempt costs so far, in billionths.
        luck: A keyed draw in `[0, 2^32)` that places a retry inside its jitter band.
        retry_after_us: How long the provider asks to be left alone; a retry comes no sooner.
    """

    message: int
    level: int
    attempt: int
    answer: Status
    reason: Reason | None = None
    owed_nano: int = 0
    luck: int = 1 << 31
    cause: int = 0
    retry_after_us: int = 0


class ReceiptReceived(NamedTuple):
    """A later word from a provider about an attempt.

    Attributes:
        status: ACCEPTED, SENT, DELIVERED, READ, FAILED, REJECTED or EXPIRED.
        owed_nano: What the provider says the attempt costs so far, in billionths.
        segment: The segment it is about, from 1; 0: the whole message.
        segments: How many segments the message has (S30).
    """

    message: int
    level: int
    attempt: int
    status: Status
    reason: Reason | None = None
    owed_nano: int = 0
    cause: int = 0
    segment: int = 0
    segments: int = 1


class OrphanReceived(NamedTuple):
    """A receipt that cannot be matched with any attempt (S7): kept and counted, never acted on."""

    provider: str
    status: Status
    reason: Reason | None = None
    owed_nano: int = 0
    cause: int = 0


class Acted(NamedTuple):
    """Somebody did something about a message.

    Attributes:
        level: The level whose code was entered, of `verified`; -1 where every level has the same.
    """

    message: int
    act: Act
    level: int = -1
    cause: int = 0


class RecallAnswered(NamedTuple):
    """What came of calling an attempt back."""

    message: int
    level: int
    attempt: int
    result: RecallResult
    cause: int = 0


Heard = SubmitAnswered | ReceiptReceived | OrphanReceived | RecallAnswered
"""What a provider says, or what stands for its silence."""


class WokeUp(NamedTuple):
    """The clock reached `Engine.wake_at`."""


Event = Requested | Heard | Acted | WokeUp
