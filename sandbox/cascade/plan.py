"""What the customer configured: an ordered list of levels and what each one waits for.

A plan is immutable and checks itself when built; a running cascade keeps the plan it started with.
All durations are integer microseconds.
"""

from dataclasses import dataclass, field
from typing import Final

from sandbox.cascade.vocabulary import (
    ALWAYS_MOVES_ON,
    SECOND_US,
    SUCCESSES,
    Channel,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Retriable,
    Status,
    Trigger,
)
from sandbox.errors import MisuseError

LEVELS_MAX: Final = 8
PROVIDERS_PER_LEVEL_MAX: Final = 8
ATTEMPTS_PER_LEVEL_MAX: Final = 10

LUCK_BITS: Final = 32
"""A keyed draw, wherever it meets the machine, is an integer of this many bits."""

_EARLY_ORIGINS: Final = (Origin.ACCEPTED, Origin.SUBMIT)

PPM: Final = 1_000_000
"""Shares inside a plan are integers, in parts per million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The pause before retry k: `first x factor^(k-1)`, at most `max`, give or take `jitter`."""

    first_us: int = 1 * SECOND_US
    factor_ppm: int = 2 * PPM
    max_us: int = 30 * SECOND_US
    jitter_ppm: int = 200_000

    def delay_us(self, retry: int, luck: int) -> int:
        """The pause before the given retry (counted from 1), in microseconds.

        Args:
            retry: Which retry at this provider, from 1.
            luck: A keyed draw in `[0, 2^32)`; it places the pause inside the jitter band.
        """
        base = self.first_us
        for _ in range(retry - 1):
            base = base * self.factor_ppm // PPM
            if base >= self.max_us:
                break
        base = min(base, self.max_us)
        swing = base * self.jitter_ppm // PPM
        return base - swing + (2 * swing * luck >> LUCK_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Retries of transient answers, per provider of the level (S20)."""

    max: int = 1
    on: frozenset[Retriable] = frozenset(Retriable)
    backoff: Backoff = Backoff()


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of a plan: a channel, its providers in order, and what counts as success there.

    Attributes:
        providers: Names, tried in order before the channel changes (S22).
        wait_us: How long the engine waits for `success`; None leaves it to receipts and deadline.
        validity_us: How long the provider may keep trying, from acceptance; None: the provider's.
        countries: Where the level may be used; None means everywhere (S26).
        text: What is sent here; None: the plan's own text (S29).
    """

    channel: Channel
    providers: tuple[str, ...]
    success: Status = Status.DELIVERED
    submit_timeout_us: int = 10 * SECOND_US
    wait_us: int | None = 60 * SECOND_US
    origin: Origin = Origin.ACCEPTED
    validity_us: int | None = None
    retries: Retries = Retries()
    on_unknown: OnUnknown = OnUnknown.WAIT
    on_expired: OnExpired = OnExpired.CONTINUE
    next_on: frozenset[Trigger] = frozenset(Trigger) - ALWAYS_MOVES_ON
    countries: frozenset[str] | None = None
    text: str | None = None
    is_plain: bool = field(init=False, repr=False, compare=False)
    """The wait neither starts again nor changes its meaning after acceptance."""
    plain_wait_us: int | None = field(init=False, repr=False, compare=False)
    """The commonest timer of all: so long from acceptance; None where it is anything else."""

    def __post_init__(self) -> None:
        """Refuse what no cascade could run; the loader says it earlier, with a position."""
        if not 1 <= len(self.providers) <= PROVIDERS_PER_LEVEL_MAX:
            raise MisuseError(f"a level has 1 to {PROVIDERS_PER_LEVEL_MAX} providers")
        if self.success not in SUCCESSES:
            raise MisuseError(f"{self.success.word} is no success status")
        if self.submit_timeout_us <= 0 or (self.wait_us is not None and self.wait_us <= 0):
            raise MisuseError("submit_timeout and wait are longer than nothing")
        if self.next_on & ALWAYS_MOVES_ON:
            raise MisuseError("next_on lists a trigger that always moves on")
        plain = self.origin in _EARLY_ORIGINS and self.success is not Status.READ
        armed = Trigger.NO_RECEIPT in self.next_on and self.origin is Origin.ACCEPTED
        object.__setattr__(self, "is_plain", plain)
        object.__setattr__(self, "plain_wait_us", self.wait_us if plain and armed else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A cascade as configured: its levels, and how long the message is of use.

    Attributes:
        deadline_us: Latest moment for anything to be sent, counted from the request; None: none.
        text: What is sent; decides the number of SMS segments. Never interpreted.
    """

    name: str
    levels: tuple[Level, ...]
    deadline_us: int | None = 600 * SECOND_US
    late_success: LateSuccess = LateSuccess.RECORD
    conflict: Conflict = Conflict.BEST
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse what no cascade could run; the loader says it earlier, with a position."""
        if not 1 <= len(self.levels) <= LEVELS_MAX:
            raise MisuseError(f"a cascade has 1 to {LEVELS_MAX} levels")
        if self.deadline_us is None:
            for level in self.levels:
                if level.wait_us is None and level.success is not Status.ACCEPTED:
                    raise MisuseError(f"level {level.channel} of {self.name} could wait for ever")

    def text_of(self, level: int) -> str:
        """What is sent at a level."""
        own = self.levels[level].text
        return self.text if own is None else own
