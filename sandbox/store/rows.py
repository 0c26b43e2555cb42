"""What the tables hold, as values. `sandbox/docs/stored-runs.md` tells what each column means."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How far the storing of a run has come."""

    RUNNING = "running"
    """It goes on, or was killed: the file cannot tell, whoever looks at the process can."""
    FINISHED = "finished"
    """It came to its end, and everything is there."""
    STOPPED = "stopped"
    """It was kept in the middle on purpose; everything up to there is there."""
    INTERRUPTED = "interrupted"
    """It was broken off; the lines up to there are there."""
    FAILED = "failed"
    """Something went wrong inside; the lines up to there are there."""
    PRUNED = "pruned"
    """It is being let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHeader:
    """What is known of a run when it begins.

    Attributes:
        file: As given; "" for a text.
        program: The version of the program.
        resolved: The resolved scenario as JSON: all that a replay needs besides the live changes.
        started_ms: Wall time, in milliseconds since 1970.
        process: The system's number of the process.
        places: Where the settings of the scenario stand, as JSON; "" where nobody knows.
    """

    scenario: str
    title: str
    file: str
    seed: int
    rules_version: int
    program: str
    scenario_hash: str
    resolved: str
    started_ms: int
    process: int
    places: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """What is known of a run when it is over.

    Attributes:
        result: Metrics, expectations and the rest of the answer, as JSON.
        virtual_us: The instant of the last event.
    """

    state: State
    verdict: str
    digest: str
    virtual_us: int
    wall_ms: int
    message_count: int
    delivered: int
    result: str


class RunRow(NamedTuple):
    """A stored run as a list shows it; figures that only a whole run has are None before."""

    run: int
    state: State
    scenario: str
    title: str
    file: str
    seed: int
    rules_version: int
    program: str
    scenario_hash: str
    started_ms: int
    beat_ms: int
    process: int
    line_count: int
    virtual_us: int
    wall_ms: int | None
    verdict: str | None
    digest: str | None
    message_count: int | None
    delivered: int | None
    trouble: str | None

    @property
    def name(self) -> str:
        """How people call it: `r7`."""
        return f"r{self.run}"


class MessageRow(NamedTuple):
    """What became of one message; a row of `message` without the run."""

    message: int
    name: str | None
    cascade: str
    requested_at_us: int
    outcome: str | None
    level: int | None
    attempts: int
    took_us: int | None
    first_copy_us: int | None
    copies: int
    ledger_nano: int
    bill_nano: int


class DeedRow(NamedTuple):
    """What was done or heard in a live run; `seq` is the last line it led to, `detail` JSON."""

    seq: int
    at_us: int
    kind: str
    detail: str


class ChangeRow(NamedTuple):
    """A change by hand; `seq` is the number of its own line, no value is the scenario's again."""

    seq: int
    at_us: int
    provider: str
    path: str
    value: str | None
