"""What a scenario file says, read but not yet joined up: names are still names.

A draft keeps the node it was read from, so that what turns out wrong later (a provider nobody
described, two currencies) can still be shown in the file. There is no draft of what is broken in
itself. Durations are integer microseconds, shares parts per billion, money billionths. Drafts are
named tuples because thirty dataclasses would take longer to define than a file to read.
"""

from fractions import Fraction
from typing import Any, NamedTuple

from sandbox.cascade.plan import Retries
from sandbox.cascade.vocabulary import (
    Channel,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Status,
    Trigger,
)
from sandbox.scenario.grammar.mixtures import ReasonsDraft
from sandbox.scenario.nodes import MapNode, ScalarNode
from sandbox.scenario.quantities import Money
from sandbox.simulation.distributions import Distribution
from sandbox.simulation.spec import ChargedOn, Outcomes

# Cascades --------------------------------------------------------------------------------------


class OnlyIfDraft(NamedTuple):
    """Where a level may be used."""

    countries: tuple[str, ...] | None


class LevelDraft(NamedTuple):
    """One level; `via` is None where the channel has several providers and none is named."""

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


class ContentDraft(NamedTuple):
    """What is sent."""

    text: str


class CascadeDraft(NamedTuple):
    """One cascade; its name is the key it stands under."""

    node: MapNode
    profile: str
    deadline_us: int | None
    late_success: LateSuccess
    conflict: Conflict
    content: ContentDraft
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


class ReceiptsDraft(NamedTuple):
    """What a provider reports, and how reliably."""

    reports: tuple[Status, ...]
    delay: Distribution
    lost: int
    late: LateDraft


class ProviderDraft(NamedTuple):
    """One provider, with all its base says; its name is the key it stands under."""

    node: MapNode
    channel: Channel
    base: ScalarNode | None
    adapter: str
    price: PriceDraft
    submit: SubmitDraft
    delivery: DeliveryDraft
    receipts: ReceiptsDraft
    validity_us: int | None


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
    """A person with a name; has exactly the traits listed."""

    node: MapNode
    phone: str | None
    country: str | None
    traits: tuple[ScalarNode, ...]


class RecipientsDraft(NamedTuple):
    """Who receives."""

    node: MapNode
    population: int
    country: tuple[tuple[str, int], ...]
    traits: tuple[tuple[ScalarNode, TraitDraft], ...]
    together: tuple[TogetherDraft, ...]
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
    at_us: int
    cascade: ScalarNode | None


LoadDraft = BurstDraft | ConstantDraft | PoissonDraft | RampDraft | MessageDraft


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


# The whole file --------------------------------------------------------------------------------


class ClockDraft(NamedTuple):
    """When a run begins and ends; `until_us` is None for `quiet`."""

    node: MapNode
    start: str
    until_us: int | None
    limit_us: int
    warm_up_us: int


class ExpectDraft(NamedTuple):
    """What must be true in the end."""

    all: tuple[ScalarNode, ...]


class CaptionDraft(NamedTuple):
    """What a demo says at an instant."""

    at_us: int
    say: str


class DemoDraft(NamedTuple):
    """How a run is shown."""

    speed: Fraction | None
    captions: tuple[CaptionDraft, ...]


class ScenarioDraft(NamedTuple):
    """The whole file. Cascades, recipients or load are None where they are missing or broken."""

    node: MapNode
    schema: int
    name: str
    title: str
    description: str
    tags: tuple[str, ...]
    seed: int
    clock: ClockDraft
    cascades: tuple[tuple[ScalarNode, CascadeDraft], ...] | None
    providers: tuple[tuple[ScalarNode, ProviderDraft], ...]
    recipients: RecipientsDraft | None
    load: tuple[LoadDraft, ...] | None
    faults: tuple[FaultDraft, ...]
    expect: ExpectDraft
    demo: DemoDraft
