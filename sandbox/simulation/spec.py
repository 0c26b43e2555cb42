"""What a simulated world is made of, before it runs: immutable values the scenario loader builds.

Instants and durations are integer microseconds since the start of the run, money is in billionths
of the run's currency, shares are parts per billion (`PPB`). The settings of a provider are flat: a
fault or a live change names one by its path in the file, and replaces or scales exactly that one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, Channel, Status
from sandbox.simulation.distributions import Distribution, fixed, lognormal
from sandbox.simulation.moves import HandMove

PPB: Final = 1_000_000_000
"""A share of one, in parts per billion."""

NANO: Final = 1_000_000_000
"""One unit of the currency, in billionths."""

SUBMIT_OUTCOMES: Final = (
    "refused.permanent",
    "refused.temporary",
    "throttled",
    "timeout.not_accepted",
    "timeout.accepted",
    "accepted",
)
"""What a provider may do with a submission, worst luck first: raising a bad share can only take
messages away from the good outcome, never give it some."""

DELIVERY_OUTCOMES: Final = (
    "rejected",
    "failed",
    "partial",
    "vanished",
    "filtered",
    "delivered",
)
"""What may become of an accepted message. `partial`: some segments of a long text never arrive, and
a text of one segment is delivered; `filtered`: the receipt says delivered, the handset got nothing;
`vanished`: neither the handset nor a receipt, the black hole of a dead route."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Shares of named outcomes that sum to one, in the order of the lists above."""

    shares: tuple[tuple[str, int], ...]
    thresholds: tuple[tuple[int, str], ...] = field(init=False, repr=False, compare=False)
    good: str = field(init=False, repr=False, compare=False)
    """The last and best outcome."""
    good_from: int = field(init=False, repr=False, compare=False)
    """Draws from here on fall on it."""

    def __post_init__(self) -> None:
        """Turn shares into thresholds of a 32-bit draw."""
        total = 0
        thresholds = []
        for word, share in self.shares:
            total += share
            thresholds.append(((total << 32) // PPB, word))
        object.__setattr__(self, "thresholds", tuple(thresholds))
        object.__setattr__(self, "good", thresholds[-1][1])
        object.__setattr__(self, "good_from", thresholds[-2][0] if len(thresholds) > 1 else 0)

    def pick(self, luck: int) -> str:
        """The outcome a 32-bit draw falls on."""
        for threshold, word in self.thresholds:
            if luck < threshold:
                return word
        return self.thresholds[-1][1]

    def share(self, word: str) -> int:
        """The share of an outcome in parts per billion; 0 where it is not listed."""
        return dict(self.shares).get(word, 0)


def outcomes(order: tuple[str, ...], shares: Mapping[str, int]) -> Outcomes:
    """Build outcomes in canonical order; what is missing to one goes to the last word."""
    named = [(word, shares.get(word, 0)) for word in order[:-1]]
    rest = PPB - sum(share for _, share in named)
    return Outcomes((*[pair for pair in named if pair[1]], (order[-1], rest)))


Reasons = tuple[tuple[str, tuple[tuple[Reason, int], ...]], ...]
"""For each outcome (`refused.permanent`, `failed`, …) its reasons with shares that sum to `PPB`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything about a provider that may change while a run goes on (see `PATHS`)."""

    submit_latency: Distribution = field(default_factory=lambda: fixed(0))
    submit_outcomes: Outcomes = outcomes(SUBMIT_OUTCOMES, {})
    delivery_time: Distribution = field(default_factory=lambda: fixed(0))
    delivery_outcomes: Outcomes = outcomes(DELIVERY_OUTCOMES, {})
    read_share: int = 0
    read_after: Distribution = field(default_factory=lambda: fixed(0))
    store_for_us: int = 86_400_000_000
    retry_every_us: int | None = None
    receipt_delay: Distribution = field(default_factory=lambda: fixed(0))
    receipt_lost: int = 0
    receipt_late_share: int = 0
    receipt_late_by: Distribution = field(default_factory=lambda: fixed(0))
    receipt_duplicated_share: int = 0
    receipt_copies: tuple[int, int] = (1, 1)
    """How many further copies of a duplicated receipt come, from and to."""
    receipt_gap: Distribution = field(default_factory=lambda: fixed(0))
    """From one copy to the next."""
    receipt_reordered_share: int = 0
    receipt_reordered_within_us: int = 0
    receipt_before_reply: int = 0
    receipt_contradictory: int = 0
    receipt_unknown_id: int = 0
    receipt_batch_every_us: int | None = None
    limit_rate: int | None = None
    """Submissions a day, in millionths, which says every rate exactly; None: as many as come."""
    limit_burst: int = 1
    quota_count: int | None = None
    price_nano: int = 0
    validity_us: int | None = None
    reasons: Reasons = ()
    has_odd_receipts: bool = field(init=False, repr=False, compare=False)
    """Some receipts do more than come late or not at all."""
    has_limits: bool = field(init=False, repr=False, compare=False)
    lost_below: int = field(init=False, repr=False, compare=False)
    """Draws below this lose a receipt."""

    def __post_init__(self) -> None:
        """Work out what need not be looked at, message after message."""
        is_odd = (
            self.receipt_duplicated_share
            or self.receipt_reordered_share
            or self.receipt_before_reply
            or self.receipt_contradictory
            or self.receipt_unknown_id
            or self.receipt_batch_every_us
        )
        object.__setattr__(self, "has_odd_receipts", bool(is_odd))
        has_limits = self.limit_rate is not None or self.quota_count is not None
        object.__setattr__(self, "has_limits", has_limits)
        object.__setattr__(self, "lost_below", (self.receipt_lost << 32) // PPB)


PATHS: Final[Mapping[str, str]] = {
    "submit.latency": "submit_latency",
    "submit.outcomes": "submit_outcomes",
    "delivery.time": "delivery_time",
    "delivery.outcomes": "delivery_outcomes",
    "delivery.reasons": "reasons",
    "delivery.read.share": "read_share",
    "delivery.read.after": "read_after",
    "delivery.unreachable.store_for": "store_for_us",
    "delivery.unreachable.retry_every": "retry_every_us",
    "receipts.delay": "receipt_delay",
    "receipts.lost": "receipt_lost",
    "receipts.late.share": "receipt_late_share",
    "receipts.late.by": "receipt_late_by",
    "receipts.duplicated.share": "receipt_duplicated_share",
    "receipts.duplicated.copies": "receipt_copies",
    "receipts.duplicated.gap": "receipt_gap",
    "receipts.reordered.share": "receipt_reordered_share",
    "receipts.reordered.within": "receipt_reordered_within_us",
    "receipts.before_reply": "receipt_before_reply",
    "receipts.contradictory": "receipt_contradictory",
    "receipts.unknown_id": "receipt_unknown_id",
    "receipts.batched.every": "receipt_batch_every_us",
    "limits.rate": "limit_rate",
    "limits.burst": "limit_burst",
    "limits.quota.count": "quota_count",
    "price.amount": "price_nano",
    "validity": "validity_us",
}
"""The settings a fault or a live change may name: path in the file -> field of `Settings`."""


class ChargedOn(StrEnum):
    """When a provider charges for an attempt (S31)."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, slots=True)
class OverAnswer:
    """A submission over the limit is answered so; it may say how long to stay away."""

    outcome: str = "throttled"
    """`throttled`, `refused.temporary` or `refused.permanent`."""
    retry_after_us: int = 0


@dataclass(frozen=True, slots=True)
class OverQueue:
    """A submission over the limit is accepted, and goes out when its turn comes."""


@dataclass(frozen=True, slots=True)
class OverDrop:
    """A submission over the limit is thrown away, and nobody answers it."""


Over = OverAnswer | OverQueue | OverDrop


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """A simulated provider: what it is for good, and its settings when the run begins.

    Attributes:
        reports: The receipts it sends at all, negative ones apart: SENT, DELIVERED, READ.
        per_segment: The price counts for each SMS segment of the text, not for the message.
        refunded_on: Negative finals that give the charge back.
        echoes_reference: Receipts carry our own reference, and not just the provider's id (S7).
        receipts_per_segment: Each segment of a text has a receipt of its own (S30).
        over: What happens to submissions over the rate.
        quota_over: What happens to submissions over the quota.
        quota_per_us: The quota is counted anew so often, from the start of the run.
        breaker: When we pass it over for a while; None: never. It is ours, not the provider's:
            the simulated provider knows nothing of it.
        can_recall: A message it has not delivered yet can be called back (S24).
    """

    name: str
    channel: Channel
    settings: Settings
    reports: frozenset[Status] = frozenset({Status.DELIVERED})
    charged_on: ChargedOn = ChargedOn.ACCEPTED
    per_segment: bool = False
    refunded_on: frozenset[Status] = frozenset()
    echoes_reference: bool = True
    receipts_per_segment: bool = False
    over: Over = OverAnswer()
    quota_over: Over = OverAnswer()
    quota_per_us: int = 86_400_000_000
    breaker: Breaker | None = None
    can_recall: bool = False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The phone alternates between off and on, exponential periods with these means."""

    off_mean_us: int
    on_mean_us: int


@dataclass(frozen=True, slots=True)
class Forced:
    """What the provider makes of a person with the trait: an outcome of submit or delivery."""

    outcome: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class KnownIneligible:
    """The engine knows beforehand, and skips the level (S26)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something about a person, drawn once and shared by every channel it hits."""

    name: str
    share: int
    hits: frozenset[Channel]
    effect: Unreachable | Forced | KnownIneligible


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """A person written in the file; has exactly the traits listed.

    Attributes:
        phone: E.164, or "" for a generated one.
        addresses: Channels where it is another number, or "" for none at all (S28).
        country: Upper-case letters, or "" to draw it.
        local_us: The person's time of day at the start of the run; None: that of the country.
    """

    name: str
    phone: str = ""
    addresses: tuple[tuple[Channel, str], ...] = ()
    country: str = ""
    traits: tuple[str, ...] = ()
    local_us: int | None = None

    def address(self, channel: Channel) -> str:
        """The number on a channel; "" where there is none, or a generated one."""
        return dict(self.addresses).get(channel, self.phone)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHabits:
    """What people do with a one-time code, where a cascade waits for one (S33).

    Attributes:
        entered: The share of copies on the handset whose code is entered at all.
        after: From the handset to the code.
        mistyped: The share of entries that are wrong; the person tries again, a few times.
        asks_again: The share of people who ask for the code once more.
        asks_again_after_us: From the request, if nothing has arrived by then.
    """

    entered: int = 950_000_000
    after: Distribution = field(default_factory=lambda: lognormal(8_000_000, 40_000_000))
    mistyped: int = 0
    asks_again: int = 0
    asks_again_after_us: int = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Who receives messages.

    Attributes:
        countries: `(country, share)`.
        traits: In the order of the file.
        together: `(given, trait, share)`: the share of a trait among those who have the given one.
        local_us: Country -> the time of day there at the start of the run, in microseconds.
    """

    size: int = 1000
    countries: tuple[tuple[str, int], ...] = (("DE", PPB),)
    traits: tuple[Trait, ...] = ()
    together: tuple[tuple[str, str, int], ...] = ()
    people: tuple[NamedPerson, ...] = ()
    codes: CodeHabits = CodeHabits()
    local_us: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """`count` messages at one instant."""

    plan: int
    at_us: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """Evenly spaced messages; `rate` is messages per second."""

    plan: int
    at_us: int
    for_us: int
    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Poisson:
    """Independent arrivals; `rate` is messages per second on average."""

    plan: int
    at_us: int
    for_us: int
    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """Evenly spread messages whose rate goes linearly from one to another."""

    plan: int
    at_us: int
    for_us: int
    rate_from: Fraction
    rate_to: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """One named message to a named person, or to anybody when `to` is ""."""

    plan: int
    at_us: int
    name: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Messages as they came once, in columns, since there may be very many.

    Attributes:
        at_us: Where it begins; the first message may come later.
        instants: When each comes, in order of time.
        plans: Which plan each runs through.
        names: The name of each, or ""; empty where none has one.
        people: Whom each is for, or ""; empty where all are for anybody.
    """

    at_us: int
    instants: tuple[int, ...]
    plans: tuple[int, ...]
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @property
    def for_us(self) -> int:
        """From its beginning to its last message."""
        return self.instants[-1] - self.at_us if self.instants else 0


LoadEntry = Burst | Constant | Poisson | Ramp | Single | Trace


@dataclass(frozen=True, slots=True)
class Scale:
    """A change that multiplies the base value, such as `x10`."""

    factor: Fraction


SettingValue = Distribution | Outcomes | Reasons | Scale | int | tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Change:
    """A new value for one setting; `text` is how a person wrote it."""

    path: str
    value: SettingValue
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Changes to one provider during `[at, at + for)`, then back over `recover`, linearly."""

    id: str
    provider: str
    at_us: int
    for_us: int
    changes: tuple[Change, ...]
    recover_us: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptScript:
    """What becomes of the receipts of one attempt; what is not said is drawn.

    Attributes:
        is_lost: None of them comes.
        is_unmatched: They come with an id nobody knows.
        delay_us: From the event to its receipt; None: drawn.
        copies: How many further copies come, right after the first.
        is_contradicted: A final that says the opposite comes after it.
    """

    is_lost: bool = False
    is_unmatched: bool = False
    delay_us: int | None = None
    copies: int = 0
    is_contradicted: bool = False


@dataclass(frozen=True, slots=True)
class ScriptEntry:
    """What becomes of one attempt, whatever the shares and traits say; "" and None: drawn.

    Attributes:
        submit: One of `SUBMIT_OUTCOMES`.
        delivery: One of `DELIVERY_OUTCOMES` or `expired`.
        after_us: From acceptance to that.
    """

    submit: str = ""
    delivery: str = ""
    after_us: int | None = None
    receipt: ReceiptScript | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The fate of a named message's attempts at one level, one entry each; then the shares."""

    id: str
    message: str
    level: int
    entries: tuple[ScriptEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAct:
    """Something that is done about a message at an instant (S35).

    It comes after all that happens at its instant but the engine's wake-ups.

    Attributes:
        name: Of a named message; "" where `message` says which.
        message: Its number; 0 where its name is given.
        level: Whose code was entered, of `verified` where each level has its own; else -1.
    """

    at_us: int
    act: Act
    name: str = ""
    message: int = 0
    level: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class HandChange:
    """A change made by hand in an earlier run, made again at the same instant.

    It comes after the fault edges of its instant and before everything else.

    Attributes:
        change: The new value; None hands the setting back to the scenario.
    """

    at_us: int
    provider: str
    path: str
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandForce:
    """What somebody decided that an attempt comes to: the one in flight at a level, or its next.

    It comes after the changes by hand of its instant and before everything else.

    Attributes:
        name: Of a named message; "" where `message` says which.
        message: Its number; 0 where its name is given.
        entry: What becomes of the attempt; None takes back what was decided before.
        text: How a person wrote it.
    """

    at_us: int
    level: int
    entry: ScriptEntry | None
    text: str
    name: str = ""
    message: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSpec:
    """All a run depends on.

    Attributes:
        scripts: Beat shares and traits.
        wordings: Named message -> a text of its own, instead of what its plan says.
        by_hand: In order of time.
        forced: In order of time.
        moved: In order of time.
        acts: In order of time.
        until_us: Where the run ends although things are pending; None: when all is quiet.
        limit_us: A run that is not quiet by then has failed.
    """

    seed: int
    plans: tuple[Plan, ...]
    providers: tuple[ProviderSpec, ...]
    population: Population
    load: tuple[LoadEntry, ...]
    faults: tuple[Fault, ...] = ()
    scripts: tuple[Script, ...] = ()
    wordings: tuple[tuple[str, str], ...] = ()
    by_hand: tuple[HandChange, ...] = ()
    forced: tuple[HandForce, ...] = ()
    moved: tuple[HandMove, ...] = ()
    acts: tuple[PlannedAct, ...] = ()
    until_us: int | None = None
    limit_us: int = 172_800_000_000

    @property
    def end_us(self) -> int:
        """The last instant of the run, if all is not quiet before."""
        return self.limit_us if self.until_us is None else min(self.until_us, self.limit_us)

    def plan_for(self, plan: int, message: str) -> Plan:
        """The plan of a message with the text it has of its own, by its name; "" for none."""
        text = dict(self.wordings).get(message)
        return self.plans[plan] if text is None else self.plans[plan].worded(text)

    @property
    def breakers(self) -> dict[str, Breaker]:
        """Provider -> its breaker, of those that have one."""
        return {p.name: p.breaker for p in self.providers if p.breaker is not None}
