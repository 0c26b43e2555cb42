"""A run counted for its plots: what became of its messages, one by one, in bounded memory.

Messages are taken in one after the other and none is kept. Instants and durations fall into bins
that become wider when there would be too many; whatever is counted stays counted, so the bins of a
plot add up to the figures of the run. Messages of the warm-up are in no figure, and in no plot.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from sandbox.cascade.vocabulary import Outcome
from sandbox.report.columns import NOBODY_KNOWS

BINS_MAX: Final = 1 << 14
"""Bins of one time line; more are joined by twos."""

_FINE_BITS: Final = 7
"""A bin of durations is at most its value, shifted right by this, wide: under 1 %."""


class MessageLike(Protocol):
    """What became of a message; a row of the store has all of it."""

    @property
    def message(self) -> int:
        """Its number."""
        ...

    @property
    def requested_at_us(self) -> int:
        """Since the run began."""
        ...

    @property
    def outcome(self) -> str | None:
        """None while there is none."""
        ...

    @property
    def level(self) -> int | None:
        """The one that brought it, or the last one entered."""
        ...

    @property
    def attempts(self) -> int:
        """How many submissions there were."""
        ...

    @property
    def took_us(self) -> int | None:
        """From the request to the outcome."""
        ...

    @property
    def first_copy_us(self) -> int | None:
        """From the request to the first copy on the handset: truth."""
        ...

    @property
    def copies(self) -> int:
        """How many reached the handset: truth; NOBODY_KNOWS where a real provider had it."""
        ...

    @property
    def ledger_nano(self) -> int:
        """What providers said it costs."""
        ...

    @property
    def bill_nano(self) -> int:
        """What they charge."""
        ...


class Known(StrEnum):
    """What the engine takes a message for."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not delivered"
    OPEN = "still open"


class Truth(StrEnum):
    """What really became of a message."""

    ONCE = "arrived once"
    TWICE = "arrived more than once"
    NEVER = "never arrived"


class Fate(StrEnum):
    """A way for a message to fare that is worth a look, the most telling first."""

    FILTERED = "taken for delivered, and nobody got it"
    MISSED = "given up, and it did arrive"
    TWICE = "reached the person more than once"
    RESCUED = "brought by a later level"
    EXPIRED = "ran out of time"
    EXHAUSTED = "no level was left"
    STOPPED = "stopped, and not to be chased"
    CANCELLED = "cancelled by hand"
    OPEN = "still without an outcome"
    RETRIED = "brought by its first level, not at the first try"
    SMOOTH = "brought at the first try"


_ENDS: Final[Mapping[str | None, Fate]] = {
    Outcome.EXPIRED.value: Fate.EXPIRED,
    Outcome.EXHAUSTED.value: Fate.EXHAUSTED,
    Outcome.STOPPED.value: Fate.STOPPED,
    Outcome.CANCELLED.value: Fate.CANCELLED,
    None: Fate.OPEN,
}


_WIDTHS_US: Final = (1, *(1000 * step for step in (1, 10, 100, 1000, 5000, 15_000, 60_000)))
"""How wide bins may be: each divides the next, and the steps of a plot, so that what happens on the
full second is not told as of the second before."""


class Bins:
    """Sums on a line of time, in bins that become wider when there are too many."""

    __slots__ = ("_limit", "sums", "width_us")

    def __init__(self, limit: int = BINS_MAX) -> None:
        self.sums: dict[int, int] = {}
        """Bin -> its sum; a bin begins at its number times its width."""
        self.width_us = _WIDTHS_US[0]
        self._limit = limit

    def add(self, at_us: int, amount: int) -> None:
        """Add an amount at an instant, not negative."""
        sums, place = self.sums, at_us // self.width_us
        if place in sums:
            sums[place] += amount
            return
        sums[place] = amount
        while len(self.sums) > self._limit:
            self._widen()

    def _widen(self) -> None:
        before, factor = self.sums, _wider(self.width_us) // self.width_us
        self.width_us *= factor
        self.sums = {}
        for place, amount in before.items():
            self.sums[place // factor] = self.sums.get(place // factor, 0) + amount

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.sums.values())

    @property
    def end_us(self) -> int:
        """Where the last bin begins; 0 where there is none."""
        return max(self.sums, default=0) * self.width_us

    def spread(self, width_us: int, count: int) -> list[int]:
        """The sums of bins of a plot: `count` of them, what comes later is in the last."""
        sums = [0] * count
        for place, amount in self.sums.items():
            sums[min(place * self.width_us // width_us, count - 1)] += amount
        return sums


def _wider(width_us: int) -> int:
    return next((each for each in _WIDTHS_US if each > width_us), width_us * 5)


class Durations:
    """Durations counted by size, each bin under 1 % wide."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        """Where a bin begins, in microseconds -> how many are in it."""

    def add(self, duration_us: int) -> None:
        """Count one."""
        shift = max(duration_us.bit_length() - _FINE_BITS - 1, 0)
        self.counts[duration_us >> shift << shift] += 1

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()

    def steps(self) -> list[tuple[int, int]]:
        """Durations, shortest first, each with how many are not longer."""
        seen, steps = 0, []
        for duration in sorted(self.counts):
            seen += self.counts[duration]
            steps.append((duration, seen))
        return steps

    def percentile(self, percent: int) -> int | None:
        """The nearest-rank percentile, within 1 %; None where there is nothing."""
        wanted = self.total * percent
        return next((at for at, seen in self.steps() if seen * 100 >= wanted), None)


class Example(NamedTuple):
    """A fate, how many messages had it, and the first of them."""

    fate: Fate
    messages: int
    first: int


class Tally:
    """The fold."""

    def __init__(self, level_count: int, warm_up_us: int, end_us: int) -> None:
        """Count nothing yet.

        Args:
            level_count: Of the longest cascade.
            warm_up_us: Messages requested before are left out.
            end_us: The last instant of the run: where the money of an open message is put.
        """
        self.warm_up_us = warm_up_us
        self.end_us = end_us
        self.messages = 0
        self.warm_up_messages = 0
        self.requested = Bins()
        """How many were requested, by instant."""
        self.delivered = [Bins() for _ in range(level_count)]
        """By level: how many got the outcome delivered, by instant (known)."""
        self.undelivered = Bins()
        """How many got another outcome, by instant (known)."""
        self.durations = [Durations() for _ in range(level_count)]
        """By level: from the request to the outcome delivered (known)."""
        self.first_copies = Durations()
        """From the request to the first copy on the handset (truth)."""
        self.ledger = Bins()
        """What was said to be owed, at the instant the message ended (known)."""
        self.bills = [Bins() for _ in range(level_count)]
        """By the level that brought it: what was charged for messages that were delivered, at the
        instant they ended (truth)."""
        self.wasted = Bins()
        """What was charged for all other messages (truth)."""
        self.pairs: Counter[tuple[Known, Truth]] = Counter()
        self._fates: Counter[Fate] = Counter()
        self._firsts: dict[Fate, int] = {}

    def fold(self, rows: Iterable[MessageLike]) -> None:
        """Take in the next messages."""
        for row in rows:
            if row.requested_at_us < self.warm_up_us:
                self.warm_up_messages += 1
            else:
                self._take(row)

    def _take(self, row: MessageLike) -> None:
        self.messages += 1
        asked_us = row.requested_at_us
        self.requested.add(asked_us, 1)
        ended_us = self.end_us if row.took_us is None else asked_us + row.took_us
        known, bill = Known.OPEN, self.wasted
        if row.outcome == Outcome.DELIVERED:
            known = Known.DELIVERED
            level = row.level or 0
            self.delivered[level].add(ended_us, 1)
            self.durations[level].add(row.took_us or 0)
            bill = self.bills[level]
        elif row.outcome is not None:
            known = Known.NOT_DELIVERED
            self.undelivered.add(ended_us, 1)
        true = Truth.NEVER
        if row.first_copy_us is not None:
            true = Truth.ONCE if row.copies < 2 else Truth.TWICE
            self.first_copies.add(row.first_copy_us)
        if row.copies != NOBODY_KNOWS:
            self.pairs[known, true] += 1
        self.ledger.add(ended_us, row.ledger_nano)
        bill.add(ended_us, row.bill_nano)
        fate = fate_of(row)
        self._fates[fate] += 1
        self._firsts.setdefault(fate, row.message)

    @property
    def delivered_count(self) -> int:
        """How many have the outcome delivered."""
        return sum(bins.total for bins in self.delivered)

    @property
    def bill_nano(self) -> int:
        """What was charged in all."""
        return sum(bins.total for bins in self.bills) + self.wasted.total

    def examples(self) -> list[Example]:
        """Every fate there was, the most telling first."""
        return [Example(f, self._fates[f], self._firsts[f]) for f in Fate if f in self._firsts]


def fate_of(row: MessageLike) -> Fate:
    """How a message fared, in the most telling of the words."""
    is_delivered = row.outcome == Outcome.DELIVERED
    if row.copies > 1:
        return Fate.TWICE
    if is_delivered and not row.copies:
        return Fate.FILTERED
    if not is_delivered:
        is_missed = row.copies > 0 and row.outcome is not None
        return Fate.MISSED if is_missed else _ENDS[row.outcome]
    if row.level:
        return Fate.RESCUED
    return Fate.SMOOTH if row.attempts < 2 else Fate.RETRIED


def last_shown_us(lines: Sequence[Bins], end_us: int) -> int:
    """Where a plot may end: not much after nearly all has happened, however long the rest drags on.

    Args:
        lines: What is plotted.
        end_us: The last instant of the run.
    """
    sums = sorted(
        (place * bins.width_us, amount) for bins in lines for place, amount in bins.sums.items()
    )
    if not sums:
        return end_us
    wanted, seen, nearly = sum(amount for _, amount in sums) * 99, 0, 0
    for at_us, amount in sums:
        seen += amount
        if seen * 100 >= wanted:
            nearly = at_us
            break
    most = sums[-1][0]
    return most if most <= 3 * max(nearly, 1) else max(nearly * 5 // 4, 1)
