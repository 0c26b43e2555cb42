"""What the customer configured: an ordered list of levels and what each one waits for.

A plan is immutable and checks itself when built; a running cascade keeps the plan it started with.
All durations are integer microseconds.
"""

from dataclasses import dataclass, field, replace
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
    QuietPolicy,
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


_DAY_US: Final = 86_400 * SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When a person is not to be written to, in the person's own time of day (S19).

    Attributes:
        from_us: Their begin, in microseconds since midnight.
        to_us: Their end; before `from_us` where they go on past midnight.
    """

    from_us: int
    to_us: int
    policy: QuietPolicy = QuietPolicy.HOLD

    def __post_init__(self) -> None:
        """Refuse hours that are none; the loader says it earlier, with a position."""
        if not (0 <= self.from_us < _DAY_US and 0 <= self.to_us < _DAY_US):
            raise MisuseError("quiet hours begin and end within a day")
        if self.from_us == self.to_us:
            raise MisuseError("quiet hours are neither empty nor a whole day")

    def left_us(self, local_us: int) -> int:
        """How long they last from a local instant on, in microseconds; 0: it is not quiet."""
        time_of_day = local_us % _DAY_US
        length_us = (self.to_us - self.from_us) % _DAY_US
        into_us = (time_of_day - self.from_us) % _DAY_US
        return length_us - into_us if into_us < length_us else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One step of a plan: a channel, its providers in order, and what counts as success there.

    Attributes:
        providers: Names, tried in order before the channel changes (S22).
        wait_us: How long the engine waits for `success`; None leaves it to receipts and deadline.
        validity_us: How long the provider may keep trying, from acceptance; None: the provider's.
        countries: Where the level may be used; None means everywhere (S26).
        text: What is sent here; None: the plan's own text (S29).
        verify_within_us: Where a code is awaited, how long from the level's success; None: as long
            as its wait (S33).
        quiet: When nothing goes out here; None: it always may.
        parallel: It begins together with the level before it (S25).
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
    verify_within_us: int | None = None
    quiet: QuietHours | None = None
    parallel: bool = False
    is_plain: bool = field(init=False, repr=False, compare=False)
    """The wait neither starts again nor changes its meaning after acceptance."""
    stays_at_sent: bool = field(init=False, repr=False, compare=False)
    """After acceptance, the news that it was sent changes neither the level nor its timer."""
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
        object.__setattr__(self, "stays_at_sent", plain and self.success is Status.DELIVERED)
        object.__setattr__(self, "plain_wait_us", self.wait_us if plain and armed else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A cascade as configured: its levels, and how long the message is of use.

    Attributes:
        deadline_us: Latest moment for anything to be sent, counted from the request; None: none.
        text: What is sent; decides the number of SMS segments. Never interpreted.
        stops_on_verified: Not a level's success ends the message, but the right code (S33).
        code_lifetime_us: How long a code is valid; None: for ever (S34).
        has_code_per_level: Each level has a code of its own.
        remember_us: How long it is remembered that a recipient cannot be reached on a channel, so
            that later messages skip it; None: not at all (S27).
    """

    name: str
    levels: tuple[Level, ...]
    deadline_us: int | None = 600 * SECOND_US
    late_success: LateSuccess = LateSuccess.RECORD
    conflict: Conflict = Conflict.BEST
    text: str = ""
    stops_on_verified: bool = False
    code_lifetime_us: int | None = None
    has_code_per_level: bool = False
    remember_us: int | None = None
    looks_closer: bool = field(init=False, repr=False, compare=False)
    """It matters who the recipient is, or where."""

    def __post_init__(self) -> None:
        """Refuse what no cascade could run; the loader says it earlier, with a position."""
        if not 1 <= len(self.levels) <= LEVELS_MAX:
            raise MisuseError(f"a cascade has 1 to {LEVELS_MAX} levels")
        if self.levels[0].parallel:
            raise MisuseError("there is no level before the first that it could be parallel to")
        closer = self.remember_us is not None or self.has_quiet_hours
        object.__setattr__(self, "looks_closer", closer)
        if self.deadline_us is None:
            for level in self.levels:
                if level.wait_us is None and level.success is not Status.ACCEPTED:
                    raise MisuseError(f"level {level.channel} of {self.name} could wait for ever")

    @property
    def has_quiet_hours(self) -> bool:
        """Some level must not be used at some time of day."""
        return any(level.quiet is not None for level in self.levels)

    @property
    def has_fronts(self) -> bool:
        """Some levels begin together."""
        return any(level.parallel for level in self.levels)

    def front_end(self, level: int) -> int:
        """The first level after those that begin together with this one."""
        end = level + 1
        while end < len(self.levels) and self.levels[end].parallel:
            end += 1
        return end

    def text_of(self, level: int) -> str:
        """What is sent at a level."""
        own = self.levels[level].text
        return self.text if own is None else own

    def worded(self, text: str) -> "Plan":
        """The same plan with another text, at every level."""
        levels = tuple(replace(level, text=None) for level in self.levels)
        return replace(self, text=text, levels=levels)
