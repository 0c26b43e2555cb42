"""What the machine says: the door out. Facts to be logged, and commands to be carried out.

A fact is one line of the event log and is written by its final shape at once, a plain tuple
`(seq, at_us, message, level, attempt, kind, cause, detail)`; `sandbox.journal.entry` gives the
columns names at the edges. The engine and the simulated world number their lines from one shared
counter, so causes are known when a line is written.

A `Detail` is immutable and keeps its canonical JSON, because the same few hundred details are
written millions of times.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import STATUS_WORDS, Status

# Kinds the engine writes. Part of the interface: kinds may be added, none is ever renamed.
REQUESTED: Final = "requested"
SKIPPED: Final = "skipped"
SUBMITTED: Final = "submitted"
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
THROTTLED: Final = "throttled"
UNKNOWN: Final = "unknown"
RECEIPT: Final = "receipt"
LATE_RECEIPT: Final = "late_receipt"
IGNORED: Final = "ignored"
WAIT_OVER: Final = "wait_over"
RETRY_PLANNED: Final = "retry_planned"
FELL_BACK: Final = "fell_back"
FINISHED: Final = "finished"
FLAGGED: Final = "flagged"
SEGMENT_RECEIPT: Final = "segment_receipt"
ORPHAN_RECEIPT: Final = "orphan_receipt"
CIRCUIT: Final = "circuit"
ACT: Final = "act"
RECALLED: Final = "recalled"
HELD: Final = "held"
JOINED: Final = "joined"
CLOSED: Final = "closed"

DetailValue = str | int | bool | tuple[str, ...]


_canonical: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False
).encode


class Detail:
    """The last column of a log line: a few named facts, with their canonical JSON."""

    __slots__ = ("fields", "json")

    def __init__(self, fields: Mapping[str, DetailValue]) -> None:
        own = dict(fields)
        self.fields: Mapping[str, DetailValue] = MappingProxyType(own)
        self.json = _canonical(own) if own else "-"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Detail) and self.json == other.json

    def __hash__(self) -> int:
        return hash(self.json)

    def __repr__(self) -> str:
        return f"Detail({self.json})"

    def number(self, name: str) -> int:
        """An integer fact; 0 where it is absent."""
        value = self.fields.get(name, 0)
        return value if isinstance(value, int) else 0

    def text(self, name: str) -> str:
        """A textual fact; "" where it is absent."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""


NOTHING: Final = Detail({})

Fact = tuple[int, int, int | None, int | None, int | None, str, int, Detail]
"""`(seq, at_us, message, level, attempt, kind, cause, detail)`."""


class Submit(NamedTuple):
    """Hand the message to a provider. Its `submitted` line is in the log already.

    Attributes:
        key: The attempt whose idempotency key is used; differs from `attempt` for a resend (S21).
        validity_us: How long the provider may keep trying; None: as the provider likes.
        timeout_us: After this long without an answer nobody listens for one any more.
        cause: The number of the `submitted` line.
    """

    message: int
    level: int
    attempt: int
    key: int
    provider: str
    validity_us: int | None
    timeout_us: int
    cause: int


class Recall(NamedTuple):
    """Call back what a provider has; best effort (S24).

    Attributes:
        cause: The number of the line that made it needless.
    """

    message: int
    level: int
    attempt: int
    provider: str
    cause: int


Output = Fact | Submit | Recall


@lru_cache(maxsize=4096)
def answer_detail(
    reason: Reason | None, owed_nano: int, luck: int | None, retry_after_us: int = 0
) -> Detail:
    """The detail of an answer: what it says, and what places a retry after it."""
    told = _told(reason, owed_nano) | ({} if luck is None else {"luck": luck})
    return Detail(told | ({"retry_after_us": retry_after_us} if retry_after_us else {}))


@lru_cache(maxsize=4096)
def receipt_detail(
    status: Status,
    reason: Reason | None,
    owed_nano: int,
    why: str = "",
    segment: int = 0,
    segments: int = 1,
) -> Detail:
    """The detail of a receipt.

    Args:
        status: What it says.
        reason: Why, where it says no.
        owed_nano: What the attempt costs so far, in billionths.
        why: For what reason it was ignored.
        segment: The segment it is about, from 1; 0: the whole message.
        segments: How many there are.
    """
    told = {"status": STATUS_WORDS[status]} | _told(reason, owed_nano)
    if why:
        told["why"] = why
    if segment:
        told |= {"segment": segment, "segments": segments}
    return Detail(told)


@lru_cache(maxsize=4096)
def orphan_detail(provider: str, status: Status, reason: Reason | None, owed_nano: int) -> Detail:
    """The detail of a receipt nothing is known to match."""
    told = {"provider": provider, "status": STATUS_WORDS[status]}
    return Detail(told | _told(reason, owed_nano))


def _told(reason: Reason | None, owed_nano: int) -> dict[str, DetailValue]:
    fields: dict[str, DetailValue] = {}
    if reason is not None:
        fields["code"] = reason.code
        fields["class"] = reason.reason_class.value
        if reason.text:
            fields["text"] = reason.text
    if owed_nano:
        fields["owed_nano"] = owed_nano
    return fields


@lru_cache(maxsize=1024)
def requested_detail(
    plan: str,
    country: str,
    ineligible: tuple[tuple[str, str], ...],
    recipient: int = -1,
    local_us: int | None = None,
) -> Detail:
    """The detail of a request: which plan, and what was known of the recipient that matters."""
    fields: dict[str, DetailValue] = {"cascade": plan}
    if country:
        fields["country"] = country
    if ineligible:
        fields["ineligible"] = tuple(f"{channel}={reason}" for channel, reason in ineligible)
    if recipient >= 0:
        fields["recipient"] = recipient
    if local_us is not None:
        fields["local_us"] = local_us
    return Detail(fields)


@lru_cache(maxsize=1024)
def submitted_detail(channel: str, provider: str, key: int | None) -> Detail:
    """The detail of a submission; `key` only for a resend under an earlier attempt's key."""
    fields: dict[str, DetailValue] = {"channel": channel, "provider": provider}
    return Detail(fields if key is None else fields | {"key": key})


@lru_cache(maxsize=1024)
def circuit_detail(provider: str, state: str, until_us: int) -> Detail:
    """The detail of a circuit's new state; `until_us` only where it is open."""
    fields: dict[str, DetailValue] = {"provider": provider, "state": state}
    return Detail(fields | ({"until_us": until_us} if until_us else {}))


@lru_cache(maxsize=1024)
def act_detail(act: str, level: int, why: str) -> Detail:
    """The detail of an act; `why` says for what reason nothing follows from it."""
    fields: dict[str, DetailValue] = {"act": act}
    if level >= 0:
        fields["level"] = level
    return Detail(fields | ({"why": why} if why else {}))


@lru_cache(maxsize=4096)
def words(**fields: str) -> Detail:
    """A detail of plain words, made once."""
    return Detail({name: value for name, value in fields.items() if value})
