"""How likely each kind of recipient is, as far as a plan can tell them apart.

Traits are drawn once per person and shared by channels, so the levels of a cascade do not fail
independently: whoever has switched the phone off has it off for all of them. A kind is what a
person is at every level of a plan at once; kinds that no level can tell apart are one.

A phone that is off at the request has an exponential time left until it is on again, whatever it
has behind it. That time is cut into cells at the instants at which it makes a difference: the ends
of waits, and of what providers keep. A phone that is on at the request is taken to stay on.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Final, NamedTuple

from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.simulation.distributions import exponential
from sandbox.simulation.spec import (
    PPB,
    SUBMIT_OUTCOMES,
    Forced,
    KnownIneligible,
    Population,
    Trait,
    Unreachable,
)

RARE: Final = 1e-6
"""Combinations of traits rarer than this are left out, and the others scaled up."""

_ALL_LUCK: Final = 1 << 32


class Condition(NamedTuple):
    """What a person is to one level.

    Attributes:
        is_eligible: The engine does not skip the level.
        submit: The outcome that a submission is forced to; "" for none.
        submit_class: The class of its reason.
        delivery: The outcome that a delivery is forced to; "" for none.
        delivery_class: The class of its reason.
        off_us: How long after the request the phone is on again; 0: it is on.
    """

    is_eligible: bool = True
    submit: str = ""
    submit_class: ReasonClass | None = None
    delivery: str = ""
    delivery_class: ReasonClass | None = None
    off_us: int = 0


class Kind(NamedTuple):
    """People alike: how likely, and what they are to each level."""

    share: float
    levels: tuple[Condition, ...]


def kinds_of(population: Population, plan: Plan, cuts_us: Sequence[int]) -> list[Kind]:
    """The kinds of people for a plan; their shares sum to one.

    Args:
        population: Who receives; people named in the file are not among them.
        plan: What they are sent.
        cuts_us: Instants from the request at which it matters whether a phone is on.
    """
    channels = {level.channel for level in plan.levels}
    shares: dict[tuple[Condition, ...], float] = {}
    for share, traits in _combinations(population, channels):
        for part, off_us in _spells(traits, cuts_us):
            base = [_condition(traits, level.channel, off_us) for level in plan.levels]
            for living, eligible in _living(population, plan):
                conditions = tuple(
                    each if is_in else Condition(is_eligible=False)
                    for each, is_in in zip(base, eligible, strict=True)
                )
                shares[conditions] = shares.get(conditions, 0.0) + share * part * living
    kept = {each: share for each, share in shares.items() if share > RARE}
    total = sum(kept.values())
    return [Kind(share / total, conditions) for conditions, share in kept.items()]


def has_spells(population: Population, plan: Plan) -> bool:
    """Whether phones may be off at a level of the plan."""
    channels = {level.channel for level in plan.levels}
    return any(
        isinstance(trait.effect, Unreachable) and trait.share and trait.hits & channels
        for trait in population.traits
    )


# Traits ----------------------------------------------------------------------------------------


def _combinations(
    population: Population, channels: set[Channel]
) -> Iterator[tuple[float, tuple[Trait, ...]]]:
    """Which traits somebody has at once, with how likely that is, in the order of the file."""
    togethers = {name: (given, share) for given, name, share in population.together}
    shares = {trait.name: trait.share for trait in population.traits}
    needed = {trait.name for trait in population.traits if trait.share and trait.hits & channels}
    for name in list(needed):
        while name in togethers and togethers[name][0] not in needed:
            name = togethers[name][0]  # noqa: PLW2901 - up the chain of what it depends on
            needed.add(name)
    order = _after_what_it_depends_on([t.name for t in population.traits], togethers)
    worlds: list[tuple[float, frozenset[str]]] = [(1.0, frozenset())]
    for name in order:
        if name not in needed:
            continue
        grown = []
        for share, has in worlds:
            own = _share_given(name, has, shares, togethers)
            grown += [(share * own, has | {name}), (share * (1 - own), has)]
        worlds = [world for world in grown if world[0] > RARE / 10]
    for share, has in worlds:
        yield share, tuple(trait for trait in population.traits if trait.name in has)


def _after_what_it_depends_on(
    names: Sequence[str], togethers: Mapping[str, tuple[str, int]]
) -> list[str]:
    order: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in togethers and togethers[name][0] in waiting:
            waiting.append(name)
        else:
            order.append(name)
    return order


def _share_given(
    name: str,
    has: frozenset[str],
    shares: Mapping[str, int],
    togethers: Mapping[str, tuple[str, int]],
) -> float:
    """How likely a trait is for somebody of whom others are settled."""
    if name not in togethers:
        return shares[name] / PPB
    given, together = togethers[name]
    if given in has:
        return together / PPB
    whole = shares[given]
    if whole == PPB:
        return 0.0
    return (shares[name] * PPB - whole * together) / ((PPB - whole) * PPB)


def _condition(traits: Sequence[Trait], channel: Channel, off_us: Mapping[str, int]) -> Condition:
    hitting = [trait for trait in traits if channel in trait.hits]
    forced = [trait.effect for trait in hitting if isinstance(trait.effect, Forced)]
    submit = next((each for each in forced if each.outcome in SUBMIT_OUTCOMES), None)
    delivery = next((each for each in forced if each.outcome not in SUBMIT_OUTCOMES), None)
    return Condition(
        is_eligible=not any(isinstance(t.effect, KnownIneligible) for t in hitting),
        submit=submit.outcome if submit else "",
        submit_class=submit.reason.reason_class if submit and submit.reason else None,
        delivery=delivery.outcome if delivery else "",
        delivery_class=delivery.reason.reason_class if delivery and delivery.reason else None,
        off_us=max((off_us.get(trait.name, 0) for trait in hitting), default=0),
    )


# Phones and countries --------------------------------------------------------------------------


def _spells(
    traits: Sequence[Trait], cuts_us: Sequence[int]
) -> Iterator[tuple[float, Mapping[str, int]]]:
    """How long the phone may still be off by each trait, with how likely that is."""
    off = [(t.name, t.effect) for t in traits if isinstance(t.effect, Unreachable)]
    cells = [[(part, name, us) for part, us in _cells(effect, cuts_us)] for name, effect in off]
    for chosen in product(*cells):
        share = 1.0
        for part, _, _ in chosen:
            share *= part
        if share > RARE / 10:
            yield share, {name: us for _, name, us in chosen}


def _cells(effect: Unreachable, cuts_us: Sequence[int]) -> Iterator[tuple[float, int]]:
    """Being on, and being off for so long from the request."""
    off = effect.off_mean_us / (effect.off_mean_us + effect.on_mean_us)
    yield 1 - off, 0
    left = exponential(effect.off_mean_us)
    curve = left.curve()
    lucks = sorted({0, _ALL_LUCK, *(curve.below(cut)[1] for cut in cuts_us)})
    for low, high in pairwise(lucks):
        yield off * (high - low) / _ALL_LUCK, left.draw((low + high) // 2)


def _living(population: Population, plan: Plan) -> list[tuple[float, tuple[bool, ...]]]:
    """At which levels people are in the right country, with how many are."""
    if all(level.countries is None for level in plan.levels):
        return [(1.0, (True,) * len(plan.levels))]
    patterns: dict[tuple[bool, ...], float] = {}
    for country, share in population.countries:
        pattern = tuple(
            level.countries is None or country in level.countries for level in plan.levels
        )
        patterns[pattern] = patterns.get(pattern, 0.0) + share / PPB
    return [(share, pattern) for pattern, share in patterns.items()]
