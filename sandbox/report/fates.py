"""What became of each message, in a word that can be compared: the same message in two worlds.

Messages pair by number: with the same load and seed, message 17 is the same person at the same
instant with the same luck in both. A fate is an integer, so that two runs of a million messages are
compared by counting pairs of integers.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import compress, islice
from operator import ne
from typing import Final, NamedTuple

from sandbox.cascade.plan import Plan
from sandbox.report import columns as c
from sandbox.report.columns import Columns

_ARRIVED: Final = 1 << 6
_TWICE: Final = 1 << 7
_PAID_TWICE: Final = 1 << 8
_LEVEL: Final = 9
"""From this bit on four bits: the credited level, from 1; 0 for none."""
_CHANNEL: Final = 13
"""From this bit on: the place of its channel in the list both worlds share, from 1."""


class Kind(StrEnum):
    """In which way a message fares differently in the two worlds."""

    DELIVERED = "delivered"
    ENDED = "not delivered, and ended otherwise"
    CHANNEL = "delivered through another channel"
    LEVEL = "delivered by another level of the same channel"
    ARRIVED = "reached the handset"
    TWICE = "got it twice"
    PAID_TWICE = "second copy was paid for"


TRUTH: Final = frozenset({Kind.ARRIVED, Kind.TWICE, Kind.PAID_TWICE})
"""What no receipt tells."""

SIDED: Final = frozenset({Kind.DELIVERED, Kind.ARRIVED, Kind.TWICE, Kind.PAID_TWICE})
"""Kinds of which one world has it and the other has not."""


class Tally(NamedTuple):
    """How many messages differ in one way.

    Attributes:
        both: Where neither world has more of it than the other, such as another channel.
    """

    only_first: int = 0
    only_second: int = 0
    both: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


class Differing(NamedTuple):
    """Whose fate differs between two runs of one seed.

    Attributes:
        messages: How many there are in each run.
        different: How many of them differ.
        numbers: The first of those, in order.
        tallies: By kind; a message may be in several.
    """

    messages: int
    different: int
    numbers: tuple[int, ...]
    tallies: Mapping[Kind, Tally]


def fates(
    columns: Columns,
    plans: Sequence[Plan],
    channels: Sequence[str],
    orders: Sequence[Sequence[int]] = (),
) -> "array[int]":
    """The fate of each message of a run, from message 1 on.

    Args:
        columns: Everything was folded into them.
        plans: The cascades of the run.
        channels: Names of channels, in an order both worlds share.
        orders: For each cascade the numbers its levels have in the file; empty: from 0 on.
    """
    count = columns.message_count
    brought = _brought(plans, channels, orders)
    found = array("L", [bits & c.OUTCOME for bits in columns.state[: count + 1]])
    for row in range(1, columns.attempt_count + 1):
        flags = columns.flags[row]
        if not flags & (c.CREDITED | c.ARRIVED):
            continue
        message = columns.message[row]
        if flags & c.CREDITED:
            found[message] |= brought[columns.plan[message]][columns.place[row] >> 4]
        if flags & c.ARRIVED:
            found[message] |= _ARRIVED
            if not flags & c.FIRST_COPY:
                found[message] |= _TWICE
                if columns.bill[row] > 0:
                    found[message] |= _PAID_TWICE
    return found[1:]


def _brought(
    plans: Sequence[Plan], channels: Sequence[str], orders: Sequence[Sequence[int]]
) -> list[list[int]]:
    """For each cascade the bits of its levels; takes what `fates` takes."""
    numbers = {channel: place for place, channel in enumerate(channels, 1)}
    return [
        [
            numbers[str(level.channel)] << _CHANNEL | place + 1 << _LEVEL
            for place, level in zip(order, plan.levels, strict=True)
        ]
        for plan, order in zip(plans, orders or [range(len(p.levels)) for p in plans], strict=True)
    ]


class Fates:
    """The fates of a run that goes on, one by one: the same integers as `fates` gives."""

    def __init__(self, columns: Columns, plans: Sequence[Plan], channels: Sequence[str]) -> None:
        """Look at a run; takes what `fates` takes."""
        self._columns = columns
        self._levels = _brought(plans, channels, ())

    def of(self, message: int) -> int:
        """The fate of a message as it stands."""
        columns = self._columns
        fate = columns.state[message] & c.OUTCOME
        row = columns.last[message]
        while row:
            flags = columns.flags[row]
            if flags & c.CREDITED:
                fate |= self._levels[columns.plan[message]][columns.place[row] >> 4]
            if flags & c.ARRIVED:
                fate |= _ARRIVED
                if not flags & c.FIRST_COPY:
                    fate |= _TWICE
                    if columns.bill[row] > 0:
                        fate |= _PAID_TWICE
            row = columns.previous[row]
        return fate


def differing(first: "array[int]", second: "array[int]", numbers_max: int) -> Differing:
    """Compare the fates of two runs of equally many messages.

    Args:
        first: In world A.
        second: In world B.
        numbers_max: So many of those that differ are named.
    """
    pairs = Counter(zip(first, second, strict=True))
    tallies: dict[Kind, Tally] = {}
    for (a, b), times in pairs.items():
        for kind, tally in _kinds(a, b):
            before = tallies.get(kind, Tally())
            tallies[kind] = Tally(*(x + y * times for x, y in zip(before, tally, strict=True)))
    numbers = compress(range(1, len(first) + 1), map(ne, first, second))
    return Differing(
        messages=len(first),
        different=sum(times for (a, b), times in pairs.items() if a != b),
        numbers=tuple(islice(numbers, numbers_max)),
        tallies=tallies,
    )


def gravity(a: int, b: int) -> int:
    """How much it matters that a message fares so in one world and so in the other.

    Returns:
        3: delivered in one of them only. 2: what no receipt tells differs, such as that it came
        twice. 1: delivered on another way. 0: nothing differs.
    """
    if a == b:
        return 0
    if a & c.OUTCOME != b & c.OUTCOME:
        return 3
    return 2 if (a ^ b) & (_ARRIVED | _TWICE | _PAID_TWICE) else 1


def summed(each: Sequence[Mapping[Kind, Tally]]) -> dict[Kind, Tally]:
    """Tallies of several seeds together, in the order of the kinds."""
    total: dict[Kind, Tally] = {}
    for kind in Kind:
        tallies = [tallies[kind] for tallies in each if kind in tallies]
        if tallies:
            total[kind] = Tally(*map(sum, zip(*tallies, strict=True)))
    return total


_FIRST: Final = Tally(only_first=1)
_SECOND: Final = Tally(only_second=1)
_BOTH: Final = Tally(both=1)
_OF_TRUTH: Final = (
    (_ARRIVED, Kind.ARRIVED),
    (_TWICE, Kind.TWICE),
    (_PAID_TWICE, Kind.PAID_TWICE),
)


def _kinds(a: int, b: int) -> Iterator[tuple[Kind, Tally]]:
    """In which ways two fates differ."""
    if a == b:
        return
    outcomes = a & c.OUTCOME, b & c.OUTCOME
    if outcomes[0] != outcomes[1]:
        if c.DELIVERED in outcomes:
            yield Kind.DELIVERED, _FIRST if outcomes[0] == c.DELIVERED else _SECOND
        else:
            yield Kind.ENDED, _BOTH
    elif a >> _CHANNEL != b >> _CHANNEL:
        yield Kind.CHANNEL, _BOTH
    elif a >> _LEVEL != b >> _LEVEL:
        yield Kind.LEVEL, _BOTH
    for bit, kind in (
        (_ARRIVED, Kind.ARRIVED),
        (_TWICE, Kind.TWICE),
        (_PAID_TWICE, Kind.PAID_TWICE),
    ):
        if (a ^ b) & bit:
            yield kind, _FIRST if a & bit else _SECOND
