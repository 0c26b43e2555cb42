"""One line of the event log, with names for its columns."""

from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact

# Kinds the simulated world writes: truth, which the engine never reads.
REACHED_HANDSET: Final = "reached_handset"
READ_BY_PERSON: Final = "read_by_person"
EXPIRED_AT_PROVIDER: Final = "expired_at_provider"
FAILED_AT_PROVIDER: Final = "failed_at_provider"
ACCEPTED_AT_PROVIDER: Final = "accepted_at_provider"
RECEIPT_LOST: Final = "receipt_lost"
RECEIPT_UNMATCHED: Final = "receipt_unmatched"
RECEIPT_CONTRADICTS: Final = "receipt_contradicts"
PARTLY_REACHED_HANDSET: Final = "partly_reached_handset"
CODE_ENTERED: Final = "code_entered"
CALLED_BACK: Final = "called_back"
BILLED: Final = "billed"
WORLD_KINDS: Final = frozenset(
    {
        REACHED_HANDSET,
        READ_BY_PERSON,
        EXPIRED_AT_PROVIDER,
        FAILED_AT_PROVIDER,
        ACCEPTED_AT_PROVIDER,
        RECEIPT_LOST,
        RECEIPT_UNMATCHED,
        RECEIPT_CONTRADICTS,
        PARTLY_REACHED_HANDSET,
        CODE_ENTERED,
        CALLED_BACK,
        BILLED,
    }
)

# Kinds of the run itself.
FAULT_BEGAN: Final = "fault_began"
FAULT_ENDED: Final = "fault_ended"
KNOB_CHANGED: Final = "knob_changed"
RESUMED: Final = "resumed"
"""A process took a live run up again; what was due since the one before it is late (`since_us`)."""
RUN_KINDS: Final = frozenset({FAULT_BEGAN, FAULT_ENDED, KNOB_CHANGED, RESUMED})

ADAPTER: Final = "adapter"
"""The path of a knob that says who speaks for a provider: REAL or SIMULATED."""
REAL: Final = "real"
SIMULATED: Final = "simulated"

ENGINE_KINDS: Final = frozenset(
    {
        outputs.REQUESTED,
        outputs.SKIPPED,
        outputs.SUBMITTED,
        outputs.ACCEPTED,
        outputs.REFUSED,
        outputs.THROTTLED,
        outputs.UNKNOWN,
        outputs.RECEIPT,
        outputs.LATE_RECEIPT,
        outputs.IGNORED,
        outputs.WAIT_OVER,
        outputs.RETRY_PLANNED,
        outputs.FELL_BACK,
        outputs.FINISHED,
        outputs.FLAGGED,
        outputs.SEGMENT_RECEIPT,
        outputs.ORPHAN_RECEIPT,
        outputs.HELD,
        outputs.JOINED,
        outputs.CLOSED,
        outputs.RECALLED,
        outputs.ACT,
        outputs.CIRCUIT,
    }
)


class Entry(NamedTuple):
    """One thing that happened, as it stands in the log.

    Attributes:
        seq: From 1, without gaps, in the order things happened.
        at_us: Microseconds since the run began.
        message: The message's number; None for things of the run.
        level: From 0; None where no level is meant.
        attempt: From 1 over the whole level; None where no attempt is meant.
        kind: One of the words above and in `cascade.outputs`.
        cause: The line that led to it; 0 for arrivals, faults and knobs.
        detail: What else there is to know.
    """

    seq: int
    at_us: int
    message: int | None
    level: int | None
    attempt: int | None
    kind: str
    cause: int
    detail: Detail


def entry(fact: Fact) -> Entry:
    """Give names to the columns of a fact."""
    return Entry._make(fact)
