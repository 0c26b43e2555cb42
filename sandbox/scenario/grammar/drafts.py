"""What a scenario file says, read but not yet joined up: names are still names.

A draft keeps the node it was read from, so that what turns out wrong later (a provider nobody
described, two currencies) can still be shown in the file. There is no draft of what is broken in
itself. Durations are integer microseconds, shares parts per billion, money billionths. Drafts are
named tuples because thirty dataclasses would take longer to define than a file to read.
"""

from fractions import Fraction
from typing import Any, NamedTuple

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.plan import QuietHours, Retries
from sandbox.cascade.vocabulary import (
    Act,
    Channel,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Status,
    Trigger,
)
from sandbox.scenario.grammar.hand_drafts import HandMoveDraft
from sandbox.scenario.grammar.matrix import MatrixDraft
from sandbox.scenario.grammar.mixtures import ReasonsDraft
from sandbox.scenario.grammar.traces import TraceTable
from sandbox.scenario.nodes import MapNode, ScalarNode
from sandbox.scenario.quantities import Money
from sandbox.simulation.distributions import Distribution
from sandbox.simulation.spec import ChargedOn, Outcomes, Over, ScriptEntry

# Cascades --------------------------------------------------------------------------------------


class OnlyIfDraft(NamedTuple):
    """Where a level may be used."""

    countries: tuple[str, ...] | None


class CodeDraft(NamedTuple):
    """A one-time code; `lifetime_us` is None where it is valid for ever."""

    node: MapNode
    digits: int
    lifetime_us: int | None
    is_per_level: bool


class ContentDraft(NamedTuple):
    """What is sent."""

    node: MapNode
    text: str
    code: CodeDraft | None


class LevelContentDraft(NamedTuple):
    """What is sent at one level, in place of the cascade's text."""

    node: MapNode
    text: str


class TemplateDraft(NamedTuple):
    """A text the channel has approved; for any channel where none is named."""

    node: MapNode
    text: str
    channel: Channel | None


class UsedTemplateDraft(NamedTuple):
    """The template a level is sent by; None: not said."""

    name: ScalarNode
    language: str | None
    parameters: tuple[str, ...] | None


class LevelDraft(NamedTuple):
    """One level; `via` is None where the channel has several providers and none is named.

    Sender and template are None where they are left to the provider, and `NONE` or `NO_TEMPLATE`
    for the word none.
    """

    node: MapNode
    channel: Channel
    via: tuple[ScalarNode, ...] | None
    success: Status
    submit_timeout_us: int
    wait_us: int | None
    origin: Origin
    validity_us: int | None
    retries: Retries
    on_unknown: OnUnknown
    on_expired: OnExpired
    next_on: tuple[Trigger, ...]
    only_if: OnlyIfDraft | None
    verify_within_us: int | None
    sender: ScalarNode | None
    template: UsedTemplateDraft | None
    content: LevelContentDraft | None
    quiet: QuietHours | None
    parallel: bool


class CascadeDraft(NamedTuple):
    """One cascade; its name is the key it stands under."""

    node: MapNode
    profile: str
    deadline_us: int | None
    stops_on_verified: bool | None
    late_success: LateSuccess
    conflict: Conflict
    content: ContentDraft
    templates: tuple[tuple[ScalarNode, TemplateDraft], ...] | None
    quiet: QuietHours | None
    remember_us: int | None
    levels: tuple[LevelDraft, ...]


# Providers -------------------------------------------------------------------------------------


class PriceDraft(NamedTuple):
    """What an attempt costs, when it is charged, and when that is given back."""

    node: MapNode
    amount: Money
    per_segment: bool
    charged_on: ChargedOn
    refunded_on: tuple[Status, ...]


class SubmitDraft(NamedTuple):
    """How a provider answers."""

    latency: Distribution
    outcomes: Outcomes


class UnreachableDraft(NamedTuple):
    """What a provider does about a phone that is off."""

    store_for_us: int
    retry_every_us: int | None


class ReadDraft(NamedTuple):
    """Whether and when people read what arrived."""

    share: int
    after: Distribution


class DeliveryDraft(NamedTuple):
    """What becomes of accepted messages."""

    time: Distribution
    outcomes: Outcomes
    reasons: ReasonsDraft
    unreachable: UnreachableDraft
    read: ReadDraft


class LateDraft(NamedTuple):
    """Receipts that come much later than they should."""

    share: int
    by: Distribution


class DuplicatedDraft(NamedTuple):
    """Receipts that come more than once; `copies` from and to."""

    share: int
    copies: tuple[int, int]
    gap: Distribution


class ReorderedDraft(NamedTuple):
    """Receipts the next one overtakes."""

    share: int
    within_us: int


class BatchedDraft(NamedTuple):
    """Receipts that come in batches; None: each on its own."""

    every_us: int | None


class ReceiptsDraft(NamedTuple):
    """What a provider reports, and how reliably."""

    node: MapNode
    reports: tuple[Status, ...]
    per_segment: bool
    delay: Distribution
    lost: int
    late: LateDraft
    duplicated: DuplicatedDraft
    reordered: ReorderedDraft
    before_reply: int
    contradictory: int
    unknown_id: int
    batched: BatchedDraft
    echoes_reference: bool


class QuotaDraft(NamedTuple):
    """How many submissions in a window; `over` is None where the limit's own holds."""

    most: int | None
    per_us: int
    over: Over | None


class LimitsDraft(NamedTuple):
    """How much a provider takes; `rate` in millionths of a submission a day."""

    rate: int | None
    burst: int
    over: Over
    quota: QuotaDraft


class ProviderDraft(NamedTuple):
    """One provider, with all its base says; its name is the key it stands under."""

    node: MapNode
    channel: Channel
    base: ScalarNode | None
    adapter: str
    sender: str | None
    price: PriceDraft
    submit: SubmitDraft
    delivery: DeliveryDraft
    receipts: ReceiptsDraft
    limits: LimitsDraft
    breaker: Breaker | None
    can_recall: bool
    validity_us: int | None


# Money -----------------------------------------------------------------------------------------


class CurrenciesDraft(NamedTuple):
    """The currency of the report, and what one unit of each other is worth in it."""

    node: MapNode
    base: str
    rates: tuple[tuple[ScalarNode, Money], ...]
    as_of: str | None


# People ----------------------------------------------------------------------------------------


class TraitDraft(NamedTuple):
    """Something about a person: an outcome, spells of being off, or known to the engine."""

    node: MapNode
    share: int
    hits: tuple[Channel, ...]
    outcome: str | None
    reason: str | None
    off_mean_us: int | None
    on_mean_us: int | None


class TogetherDraft(NamedTuple):
    """Of those who have one trait, the share who have another."""

    node: MapNode
    given: ScalarNode
    trait: ScalarNode
    share: int


class PersonDraft(NamedTuple):
    """A person with a name; has exactly the traits listed. An address "" says there is none."""

    node: MapNode
    phone: str | None
    addresses: tuple[tuple[Channel, str], ...] | None
    country: str | None
    time_zone: str | None
    traits: tuple[ScalarNode, ...]


class AskingDraft(NamedTuple):
    """How many people ask for their code once more, and when."""

    share: int
    after_us: int


class CodesDraft(NamedTuple):
    """What people do with one-time codes."""

    entered: int
    after: Distribution
    mistyped: int
    asks_again: AskingDraft


class RecipientsDraft(NamedTuple):
    """Who receives."""

    node: MapNode
    population: int
    country: tuple[tuple[str, int], ...]
    time_zones: tuple[tuple[ScalarNode, str], ...] | None
    traits: tuple[tuple[ScalarNode, TraitDraft], ...]
    together: tuple[TogetherDraft, ...]
    codes: CodesDraft
    people: tuple[tuple[ScalarNode, PersonDraft], ...]


# Load, faults ----------------------------------------------------------------------------------


class BurstDraft(NamedTuple):
    """Many messages at one instant."""

    node: MapNode
    messages: int
    at_us: int
    cascade: ScalarNode | None


class ConstantDraft(NamedTuple):
    """Messages at a steady rate."""

    node: MapNode
    rate: Fraction
    at_us: int
    for_us: int
    cascade: ScalarNode | None


class PoissonDraft(NamedTuple):
    """Messages at random, at this rate on average."""

    node: MapNode
    rate: Fraction
    at_us: int
    for_us: int
    cascade: ScalarNode | None


class SlopeDraft(NamedTuple):
    """A rate at each end."""

    rate_from: Fraction
    rate_to: Fraction


class RampDraft(NamedTuple):
    """Messages at a rate that rises or falls."""

    node: MapNode
    ramp: SlopeDraft
    at_us: int
    for_us: int
    cascade: ScalarNode | None


class MessageDraft(NamedTuple):
    """One message with a name."""

    node: MapNode
    name: ScalarNode
    to: ScalarNode | None
    text: str | None
    at_us: int
    cascade: ScalarNode | None


class TraceDraft(NamedTuple):
    """Messages as they came once; None leaves the speed as it was."""

    node: MapNode
    trace: TraceTable
    at_us: int
    speed: Fraction | None
    cascade: ScalarNode | None


LoadDraft = BurstDraft | ConstantDraft | PoissonDraft | RampDraft | MessageDraft | TraceDraft


class RecoverDraft(NamedTuple):
    """How a fault goes away."""

    over_us: int


class FaultDraft(NamedTuple):
    """Something that goes wrong for a while; `settings` by their paths, of the path's own type."""

    node: MapNode
    id: ScalarNode
    provider: ScalarNode
    at_us: int
    for_us: int
    settings: dict[str, Any]
    recover: RecoverDraft | None


class ScriptDraft(NamedTuple):
    """What becomes of a named message's attempts at one level."""

    node: MapNode
    id: ScalarNode
    message: ScalarNode
    level: int
    entries: tuple[ScriptEntry, ...]


class HandSetDraft(NamedTuple):
    """Settings somebody changed by hand, by their paths."""

    node: MapNode
    at_us: int
    provider: ScalarNode
    settings: dict[str, Any]


class HandResetDraft(NamedTuple):
    """Settings somebody handed back to the scenario."""

    node: MapNode
    at_us: int
    provider: ScalarNode
    paths: tuple[str, ...]


class HandActDraft(NamedTuple):
    """What somebody did about a message by hand; the message by its number, or by its name."""

    node: MapNode
    at_us: int
    message: ScalarNode | int
    act: Act


class HandForceDraft(NamedTuple):
    """What somebody decided that an attempt comes to; no entry: that was taken back."""

    node: MapNode
    at_us: int
    message: ScalarNode | int
    level: int
    entry: ScriptEntry | None


HandDraft = HandSetDraft | HandResetDraft | HandActDraft | HandForceDraft | HandMoveDraft


class ActDraft(NamedTuple):
    """What is done about a named message."""

    node: MapNode
    message: ScalarNode
    at_us: int
    act: Act


# The whole file --------------------------------------------------------------------------------


class ClockDraft(NamedTuple):
    """When a run begins and ends; `until_us` is None for `quiet`."""

    node: MapNode
    start: str
    until_us: int | None
    limit_us: int
    warm_up_us: int


class WhereDraft(NamedTuple):
    """What must be true of some messages: those for which all that is not None holds."""

    node: MapNode
    trait: ScalarNode | None
    country: str | None
    cascade: ScalarNode | None
    channel: Channel | None
    provider: ScalarNode | None
    that: tuple[ScalarNode, ...]


class NamedMessageDraft(NamedTuple):
    """What must become of a named message, as far as it is not None."""

    node: MapNode
    path: tuple[ScalarNode, ...] | None
    ends: str | None
    within_us: int | None
    cost: ScalarNode | None
    bill: ScalarNode | None
    late: tuple[ScalarNode, ...] | None
    verified: bool | None


class ExpectDraft(NamedTuple):
    """What must be true in the end; None where nothing is said, or what is said is broken."""

    all: tuple[ScalarNode, ...] | None
    during: tuple[tuple[ScalarNode, tuple[ScalarNode, ...]], ...] | None
    after: tuple[tuple[ScalarNode, tuple[ScalarNode, ...]], ...] | None
    where: tuple[WhereDraft, ...] | None
    messages: tuple[tuple[ScalarNode, NamedMessageDraft], ...] | None
    never: tuple[ScalarNode, ...] | None
    sometimes: tuple[ScalarNode, ...] | None


class CaptionDraft(NamedTuple):
    """What a demo says at an instant."""

    at_us: int
    say: str


class LintDraft(NamedTuple):
    """Findings that are meant."""

    accept: tuple[ScalarNode, ...]


class DemoDraft(NamedTuple):
    """How a run is shown."""

    speed: Fraction | None
    captions: tuple[CaptionDraft, ...]


class ScenarioDraft(NamedTuple):
    """The whole file. Cascades, recipients or load are None where they are missing or broken."""

    node: MapNode
    schema: int
    use: tuple[ScalarNode, ...] | None
    name: str
    title: str
    description: str
    tags: tuple[str, ...]
    seed: int
    clock: ClockDraft
    currencies: CurrenciesDraft | None
    cascades: tuple[tuple[ScalarNode, CascadeDraft], ...] | None
    providers: tuple[tuple[ScalarNode, ProviderDraft], ...]
    recipients: RecipientsDraft | None
    load: tuple[LoadDraft, ...] | None
    faults: tuple[FaultDraft | ScriptDraft, ...]
    acts: tuple[ActDraft, ...] | None
    by_hand: tuple[HandDraft, ...] | None
    expect: ExpectDraft
    lint: LintDraft | None
    matrix: MatrixDraft | None
    demo: DemoDraft

    @property
    def changing_faults(self) -> tuple[FaultDraft, ...]:
        """The faults that change settings for a while."""
        return tuple(fault for fault in self.faults if isinstance(fault, FaultDraft))

    @property
    def scripts(self) -> tuple[ScriptDraft, ...]:
        """The faults that are scripts of a message."""
        return tuple(fault for fault in self.faults if isinstance(fault, ScriptDraft))

    @property
    def changes_by_hand(self) -> tuple[HandSetDraft | HandResetDraft, ...]:
        """What was done by hand to settings of providers."""
        entries = self.by_hand or ()
        return tuple(e for e in entries if isinstance(e, HandSetDraft | HandResetDraft))

    @property
    def acts_by_hand(self) -> tuple[HandActDraft, ...]:
        """What was done by hand about messages."""
        return tuple(entry for entry in self.by_hand or () if isinstance(entry, HandActDraft))

    @property
    def forced_by_hand(self) -> tuple[HandForceDraft, ...]:
        """What was decided by hand about attempts."""
        return tuple(entry for entry in self.by_hand or () if isinstance(entry, HandForceDraft))
