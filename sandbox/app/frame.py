"""What a screen shows of a run at one instant: immutable, and free of any screen.

A face asks the session for a `Frame` as often as it draws, and for the dearer `Figures` a few times
a second. Nothing in here changes while it is being looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from sandbox.app.knobs import Outage
from sandbox.cascade.vocabulary import CircuitState
from sandbox.report.account import Step, Surprise
from sandbox.report.lanes import Flash, LanePlan, LaneState, Place
from sandbox.report.troubles import Trouble


class Phase(StrEnum):
    """What the run is doing."""

    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"
    """All is quiet, or the scenario ends here."""
    BROKEN = "broken"
    """An error inside the simulation; what happened before it can still be looked at."""


class Condition(StrEnum):
    """How a provider is doing, worst last."""

    UP = "up"
    CHANGED = "changed"
    """Somebody turned one of its knobs."""
    LIMITED = "limited"
    """It takes no more just now: its rate or its quota is used up."""
    CUT_OFF = "cut off"
    """Its circuit is open, or a probe is out: we send it nothing, or next to nothing."""
    FAULT = "fault"
    """A fault of the scenario is on it."""
    OUTAGE = "outage"
    """Of any kind, switched on by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """A provider and its knobs.

    Attributes:
        level: The first level that uses it, for the order on the screen.
        failure_ppb: The share of accepted messages that fail, in parts per billion.
        latency: The factor on the scenario's time to deliver.
        median_us: The median time to deliver with that factor.
        lost_ppb: The share of receipts that never come.
        rate: Submissions a day it takes, in millionths; None: as many as come.
        outage: How it is out; None while it is not.
        out_since_us: When the outage began; None while there is none.
        faults: Ids of the faults that are on it now.
        submitted: Attempts handed to it so far.
        limit: The rate and the quota of the scenario, in words; "" without any.
        is_limited: A submission was over a limit within the last second.
        circuit: How its circuit stands; None without a breaker.
        cut_off_until_us: While it is open, when the next message goes there as a probe.
        troubles: What went wrong so far, by kind; 0 for what is missing.
        real: Where its submissions really go, in words; "": it is simulated.
    """

    name: str
    channel: str
    level: int
    failure_ppb: int
    failure_is_changed: bool
    latency: Fraction
    median_us: int
    out_since_us: int | None
    faults: tuple[str, ...]
    submitted: int
    limit: str
    is_limited: bool
    circuit: CircuitState | None
    cut_off_until_us: int
    troubles: Mapping[Trouble, int]
    lost_ppb: int = 0
    lost_is_changed: bool = False
    rate: int | None = None
    rate_is_changed: bool = False
    outage: Outage | None = None
    real: str = ""

    @property
    def throttled_share(self) -> Fraction:
        """The share of submissions that were answered `throttled`."""
        return Fraction(self.troubles.get(Trouble.THROTTLED, 0), self.submitted or 1)

    @property
    def is_out(self) -> bool:
        """The provider is out, in whichever way."""
        return self.out_since_us is not None

    @property
    def condition(self) -> Condition:
        """How it is doing, in one word."""
        if self.is_out:
            return Condition.OUTAGE
        if self.faults:
            return Condition.FAULT
        if self.circuit in (CircuitState.OPEN, CircuitState.HALF_OPEN):
            return Condition.CUT_OFF
        if self.is_limited:
            return Condition.LIMITED
        turned = self.failure_is_changed, self.lost_is_changed, self.rate_is_changed
        if any(turned) or self.latency != 1:
            return Condition.CHANGED
        return Condition.UP


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """A lane as it stands, and the providers it submits to.

    Attributes:
        providers: Indices into `Frame.providers`, in the order in which they are tried.
    """

    plan: LanePlan
    state: LaneState
    providers: tuple[int, ...]

    @property
    def provider(self) -> int:
        """The one that is tried first."""
        return self.providers[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything that moves.

    Attributes:
        now_us: The virtual instant shown.
        speed: Virtual seconds asked for per second of wall time.
        reached: The speed reached, when that is less; else None.
        opens_at_us: When something happens for the first time; None once it has.
        is_settled: All messages there will be have their outcome; only late news is still to come.
        requested: Messages so far.
        caption: What the scenario says about this instant; "" for nothing.
        trouble: What went wrong inside; "" for nothing.
        tracked: Where the message is that is being followed; None when it is not in flight.
        flash_us: How long ago something may have happened to be shown as just happened.
        changes: How many times a knob was turned.
    """

    now_us: int
    phase: Phase
    speed: Fraction
    reached: Fraction | None
    seed: int
    opens_at_us: int | None
    is_settled: bool
    requested: int
    in_flight: int
    caption: str
    trouble: str
    lanes: tuple[LaneView, ...]
    flashes: tuple[Flash, ...]
    flash_us: int
    tracked: Place | None
    providers: tuple[ProviderView, ...]
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the run is going: what is known beside what is true.

    Rates are of the messages that have their outcome, so that what is still in flight does not look
    like a failure. Money is in billionths of the currency.

    Attributes:
        finished: Messages with an outcome.
        known_delivered: Of those, delivered by what receipts said.
        true_delivered: Of those, with a copy on the handset.
        known_p50_us: Request to outcome, of messages delivered; None for no samples.
        true_p95_us: Request to the first copy on the handset.
        ledger_nano: The cost by what the providers said.
        bill_nano: The cost by what they charge.
        known_twice: Messages of which two attempts have delivered receipts.
        true_twice: Messages that people got more than once.
        hidden_twice: Of those, the ones of which the engine knows one copy at most.
        hidden_nano: What was paid for the further copies of those: paid twice, and nobody knew.
        has_truth: All of it was simulated; else nobody knows what is true.
    """

    requested: int
    finished: int
    in_flight: int
    known_delivered: int
    true_delivered: int
    known_p50_us: int | None
    known_p95_us: int | None
    true_p50_us: int | None
    true_p95_us: int | None
    ledger_nano: int
    bill_nano: int
    currency: str
    known_twice: int
    true_twice: int
    hidden_twice: int
    hidden_nano: int
    has_truth: bool = True

    @property
    def undelivered(self) -> int:
        """Messages that ended without being delivered, by what is known."""
        return self.finished - self.known_delivered

    @property
    def truly_undelivered(self) -> int:
        """Messages that ended without a copy on the handset."""
        return self.finished - self.true_delivered

    @property
    def known_rate(self) -> Fraction | None:
        """The known delivery rate; None before the first outcome."""
        return Fraction(self.known_delivered, self.finished) if self.finished else None

    @property
    def true_rate(self) -> Fraction | None:
        """The true delivery rate; None before the first outcome."""
        return Fraction(self.true_delivered, self.finished) if self.finished else None

    def per_thousand(self, nano: int) -> Fraction | None:
        """A cost for a thousand messages sent; None before the first."""
        return Fraction(nano * 1000, self.requested) if self.requested else None


class Hop(NamedTuple):
    """One attempt, or one level skipped, of the way of a message.

    Attributes:
        name: What it is called: the channel, or the next provider of the same level.
        word: How it was left.
    """

    channel: str
    name: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One line of the message list.

    Attributes:
        outcome: One of `Outcome`; "" while the message is open.
        level: Where it is, or where it ended; None before any submission.
        path: What was submitted, in order, with how each was left.
        surprise: What became of it and the engine does not know.
        copies: How many reached the handset.
        took_us: From the request to the outcome, or to now.
        ledger_nano: What it cost by what the providers said.
        is_real: It was really submitted at least once, and nobody knows the truth of that.
    """

    message: int
    name: str
    phone: str
    outcome: str
    channel: str
    path: tuple[Hop, ...]
    took_us: int
    ledger_nano: int
    surprise: Surprise
    copies: int
    is_real: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is being run; the same for the whole session, but for what is real.

    Attributes:
        live: Of a session in real time, what of it is real; "" for any other.
        is_real: Something is.
    """

    name: str
    title: str
    cascades: tuple[str, ...]
    currency: str
    clock_start: str
    file: str
    live: str = ""
    is_real: bool = False


def hops_of(steps: Sequence[Step]) -> Iterator[Hop]:
    """A path for a list: the channel, or the provider's own name where it is the level's next."""
    before: Step | None = None
    for step in steps:
        is_next = before is not None and before.level == step.level and step.provider
        changed = is_next and before is not None and before.provider != step.provider
        yield Hop(step.channel, step.provider if changed else step.channel, step.word)
        before = step
