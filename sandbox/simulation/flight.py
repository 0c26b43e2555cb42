"""What the simulated world keeps of a message and of each of its attempts while they are under way.

A `Journey` is one message, a `Flight` one attempt as its provider sees it, a `Parcel` a receipt on
its way that needs looking after when it arrives. They are the world's notes; nothing here decides.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from sandbox.cascade.events import Reason, ReceiptReceived
from sandbox.cascade.outputs import Submit
from sandbox.simulation.chance import Slots
from sandbox.simulation.population import Person
from sandbox.simulation.spec import Script, ScriptEntry

if TYPE_CHECKING:
    from sandbox.simulation.provider import SimulatedProvider

ACCEPTED: Final = "accepted"
NO_SCRIPTS: Final[Mapping[int, Script]] = {}


class Journey:
    """What the world keeps of a message while anything about it is pending."""

    __slots__ = (
        "_submissions",
        "copies",
        "flights",
        "heard_keys",
        "is_typing",
        "pending",
        "person",
        "plan",
        "scripts",
        "taken_keys",
    )

    def __init__(self, plan: int, person: Person) -> None:
        self.plan = plan
        self.person = person
        self.pending = 0
        """Things on the agenda that belong to the message."""
        self._submissions: tuple[str, ...] = ()
        self.taken_keys: tuple[int, ...] = ()
        """Idempotency keys under which a provider has taken the message; see `Flight.key`."""
        self.heard_keys: tuple[int, ...] = ()
        """Those whose answer the engine has heard, where only that tells it the provider's id."""
        self.copies = 0
        """How many have reached the handset, where a code is awaited."""
        self.is_typing = False
        """The person is about to enter a code."""
        self.flights: tuple[Flight, ...] = ()
        """All attempts, where the plan may call them back."""
        self.scripts: Mapping[int, Script] = NO_SCRIPTS
        """Level -> what becomes of its first attempts."""

    def count_submission(self, provider: str) -> int:
        """Note a submission; how many there were to this provider before."""
        before = self._submissions.count(provider)
        self._submissions += (provider,)
        return before


class Flight:
    """One attempt as the simulated world sees it."""

    __slots__ = (
        "attempt",
        "billed_nano",
        "cause",
        "give_up_at",
        "held_back",
        "is_odd",
        "is_over",
        "is_reply_held",
        "is_taken",
        "journey",
        "key",
        "level",
        "luck",
        "message",
        "more_luck",
        "nth",
        "outcome",
        "provider",
        "queued_us",
        "reason",
        "reply_cause",
        "retry_after_us",
        "script",
        "segments",
        "validity_us",
    )

    def __init__(
        self,
        provider: "SimulatedProvider",
        journey: Journey,
        segments: int,
        submit: Submit,
        nth: int,
    ) -> None:
        self.provider = provider
        self.journey = journey
        self.segments = segments
        message, level, self.attempt, key, _, self.validity_us, _, self.cause = submit
        self.message = message
        self.level = level
        self.key = level << 4 | key
        """The idempotency key, as a small number: a level has at most ten attempts."""
        self.nth = nth
        """How many times this message was submitted to this provider before."""
        self.luck = provider.dice.sealed(message, nth)
        """The first block, to be read in pairs."""
        self.more_luck: Slots | None = None
        self.outcome = ACCEPTED
        """What the provider made of the submission, and after acceptance what became of it."""
        self.reason: Reason | None = None
        self.billed_nano = 0
        self.script: ScriptEntry | None = None
        self.retry_after_us = 0
        self.queued_us = 0
        """How long the provider keeps it until its turn comes."""
        self.is_taken = False
        """The provider has taken it, and not as what it had taken before."""
        self.is_over = False
        """What became of it has happened, or it was called back."""
        self.is_odd = False
        """Its receipts must be looked at one by one; see `SimulatedProvider.parcels`."""
        self.is_reply_held = False
        self.reply_cause = 0
        """The answer waits for the first receipt."""
        self.give_up_at = 0
        """When the engine stops listening for the answer; set only where that matters."""
        self.held_back: tuple[Parcel, ...] = ()
        """Receipts that wait for the next one."""

    def more(self) -> Slots:
        """The second block of the attempt's luck, hashed when first asked for."""
        if self.more_luck is None:
            self.more_luck = self.provider.dice.more_slots(self.message, self.nth)
        return self.more_luck

    def draw_more(self, slot: int) -> int:
        """One draw of the second block."""
        return self.more()[slot]

    def block(self, number: int) -> Slots:
        """The luck of one receipt; see `chance`."""
        return self.provider.dice.block(number, self.message, self.nth)

    @property
    def is_repeated(self) -> bool:
        """The provider has already taken the message under this idempotency key."""
        return self.key in self.journey.taken_keys


class Parcel:
    """A receipt on its way that is not just handed over when it arrives."""

    __slots__ = ("due_us", "flight", "is_over", "is_unmatched", "receipt")

    def __init__(
        self, flight: Flight, receipt: ReceiptReceived, due_us: int, *, is_unmatched: bool
    ) -> None:
        self.flight = flight
        self.receipt = receipt
        self.due_us = due_us
        """When it would arrive if it were not held back."""
        self.is_unmatched = is_unmatched
        self.is_over = False
        """It has been handed over."""


class Sending(NamedTuple):
    """How a receipt that is looked at comes: all durations in microseconds from now."""

    after_us: int
    copies: tuple[int, ...] = ()
    """When the further copies arrive."""
    held_us: int = 0
    """How much longer it may be held back, until the next one has gone by."""
    contradicted_us: int | None = None
    """When a final that says the opposite arrives."""
    is_unmatched: bool = False
