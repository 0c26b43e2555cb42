"""When messages come: every entry of the load as instants, merged lazily in the order of time.

Arithmetic is exact. The k-th message of a steady or rising load is due when its rate has added up
to k, so a rate of 3/s does not drift, whatever a third of a second is in microseconds. At one
instant the entries keep the order of the file.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import merge
from itertools import count, repeat
from math import isqrt
from typing import Final, NamedTuple

from sandbox.cascade.vocabulary import SECOND_US
from sandbox.errors import MisuseError
from sandbox.simulation.chance import Dice
from sandbox.simulation.distributions import exponential_units
from sandbox.simulation.moves import HandMove, plan_at
from sandbox.simulation.spec import (
    Burst,
    Constant,
    LoadEntry,
    Poisson,
    Ramp,
    Single,
    Trace,
    WorldSpec,
)

_new: Final = tuple.__new__
"""What a named tuple's own constructor calls, without the detour through its keywords."""


class Arrival(NamedTuple):
    """One message that is to be sent.

    Attributes:
        at_us: When it is requested.
        plan: Index of the plan it runs through.
        name: Its name in the file, or "".
        to: Name of the person it is for, or "" for anybody.
    """

    at_us: int
    plan: int
    name: str = ""
    to: str = ""


def arrivals(seed: int, load: tuple[LoadEntry, ...]) -> Iterator[Arrival]:
    """All messages of a load, in the order in which they come."""
    if len(load) == 1:
        return _arrivals_of(seed, 0, load[0])
    entries = [_arrivals_of(seed, nth, entry) for nth, entry in enumerate(load)]
    return merge(*entries, key=_instant)


def messages_of(spec: WorldSpec) -> Iterator[Arrival]:
    """All messages of a run as they come, each with the plan it goes through."""
    coming = arrivals(spec.seed, spec.load)
    return _moved(coming, spec.moved) if spec.moved else coming


def _moved(coming: Iterator[Arrival], moves: Sequence[HandMove]) -> Iterator[Arrival]:
    for arrival in coming:
        plan = plan_at(moves, arrival.at_us, arrival.plan)
        yield arrival if plan == arrival.plan else arrival._replace(plan=plan)


def _instant(arrival: Arrival) -> int:
    return arrival.at_us


def _arrivals_of(seed: int, nth: int, entry: LoadEntry) -> Iterator[Arrival]:
    match entry:
        case Burst():
            return repeat(Arrival(entry.at_us, entry.plan), entry.count)
        case Single():
            return iter((Arrival(entry.at_us, entry.plan, entry.name, entry.to),))
        case Trace():
            return _trace(entry)
        case Constant():
            return _unnamed(entry.plan, _constant(entry))
        case Poisson():
            return _unnamed(entry.plan, _poisson(entry, Dice(seed, f"load {nth}")))
        case Ramp():
            return _unnamed(entry.plan, _ramp(entry))


def _unnamed(plan: int, instants: Iterator[int]) -> Iterator[Arrival]:
    return (_new(Arrival, (at_us, plan, "", "")) for at_us in instants)


def _trace(entry: Trace) -> Iterator[Arrival]:
    names, people = entry.names or repeat(""), entry.people or repeat("")
    # Columns that are not there never end; plans and instants do, together.
    columns = zip(entry.instants, entry.plans, names, people, strict=False)
    return (Arrival(*row) for row in columns)


def _constant(entry: Constant) -> Iterator[int]:
    """The instants `k / rate` for k from 0, rounded down."""
    rate, at_us = _rate(entry.rate), entry.at_us
    if not rate:
        return iter(())
    step, per = SECOND_US * rate.denominator, rate.numerator
    messages = -(-entry.for_us * per // step)  # rounded up: the end does not belong to it
    return (at_us + k * step // per for k in range(messages))


def _poisson(entry: Poisson, dice: Dice) -> Iterator[int]:
    """Instants with exponential gaps; the k-th gap has a draw of its own."""
    rate, at_us = _rate(entry.rate), entry.at_us
    step, per = SECOND_US * rate.denominator, rate.numerator << 32
    end = entry.for_us * per
    total = 0
    for block in count():
        for luck in dice.slots(block):
            total += exponential_units(luck) * step
            if total >= end:
                return
            yield at_us + total // per


def _ramp(entry: Ramp) -> Iterator[int]:
    """The instants at which the rising or falling rate adds up to k, for k from 0, rounded down.

    With rates `a` to `b` over `d`, in whole messages per `unit` microseconds, `k` is reached after
    `t` where `(b - a) t^2 + 2 a d t = 2 d unit k`. The discriminant goes up evenly with k.
    """
    first, last = _rate(entry.rate_from), _rate(entry.rate_to)
    if first == last:
        steady = Constant(plan=entry.plan, at_us=entry.at_us, for_us=entry.for_us, rate=first)
        yield from _constant(steady)
        return
    unit = SECOND_US * first.denominator * last.denominator
    a = first.numerator * last.denominator
    slope = last.numerator * first.denominator - a
    at_us, half = entry.at_us, a * entry.for_us
    below = half * half
    step = 2 * slope * entry.for_us * unit
    for _ in range(-(-entry.for_us * (2 * a + slope) // (2 * unit))):
        if slope > 0:
            yield at_us + (isqrt(below) - half) // slope
        else:
            # Rounded up under the minus sign, so that the whole is rounded down.
            yield at_us + (half - (isqrt(below - 1) + 1 if below else 0)) // -slope
        below += step


def _rate(rate: Fraction) -> Fraction:
    if rate < 0:
        raise MisuseError(f"a rate of {rate}/s, must be at least 0")
    return rate
