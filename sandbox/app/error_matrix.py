"""A cascade under every known error code: one code at a time, at one level, and all else goes well.

For each level and each code of its channel a small world is run in which every submission at that
level meets the code: as an answer, or as a receipt, the way the code comes. People have no traits,
receipts are perfect and nothing is limited, so what is seen is what the code does. Levels before
that one are left out; retries, waits, prices and latencies are the scenario's own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.app.workers import Steps
from sandbox.cascade import outputs
from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import SECOND_US, ReasonClass
from sandbox.drivers.virtual import run_virtual
from sandbox.report.account import Account, begin
from sandbox.report.laws import Laws
from sandbox.scenario.bases import catalogue, told_by_receipt
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    Constant,
    Population,
    ProviderSpec,
    Settings,
    WorldSpec,
    outcomes,
)
from sandbox.simulation.world import World

MESSAGES: Final = 20
"""With so many messages each code is shown, a minute apart."""

_MINUTE_US: Final = 60 * SECOND_US
_WORDLESS: Final = ("timeout.accepted", "timeout.not_accepted", "vanished", "filtered")
"""What goes wrong without a code."""


class Trouble(NamedTuple):
    """One thing that goes wrong.

    Attributes:
        outcome: What the provider does with every submission.
        reason: The code it says; None where there is none.
    """

    outcome: str
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """What the cascade does about one code at one level.

    Attributes:
        path: Of the first message.
        paths: How many messages went which way.
        outcome: Of the first message: `delivered` …
        ends_at: The channel that brought it; "" where none did.
        arrived: How many reached the handset.
        extra_us: How much later messages end than where all goes well, on average; None where they
            do not end.
        cost_nano: What a message is billed on average.
        broken: Laws of the engine that broke.
    """

    cascade: str
    level: int
    channel: str
    trouble: Trouble
    path: tuple[str, ...]
    paths: Mapping[str, int]
    outcome: str
    ends_at: str
    arrived: int
    extra_us: Fraction | None
    cost_nano: Fraction
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelErrors:
    """One level under all of its codes; `well` is how it fares where all goes well."""

    cascade: str
    level: int
    channel: str
    well_us: Fraction
    well_nano: Fraction
    rows: tuple[ErrorRow, ...]


def errors_of(scenario: Scenario, *, steps: Steps | None = None) -> Iterator[LevelErrors]:
    """Run every cascade of a scenario under every code, level by level.

    Args:
        scenario: Whose cascades, providers and prices.
        steps: Called for each level that is done.
    """
    places = [
        (place, level)
        for place, plan in enumerate(scenario.world.plans)
        for level in range(len(plan.levels))
    ]
    for done, (place, level) in enumerate(places, 1):
        yield _level(scenario, place, level)
        if steps is not None:
            steps(done, len(places))


def _level(scenario: Scenario, place: int, level: int) -> LevelErrors:
    plan = scenario.world.plans[place]
    channel = plan.levels[level].channel
    calm = _calm(scenario.world, plan, level)
    well, _ = _accounts(calm)
    well_us = _mean([account.took_us or 0 for account in well])
    rows = []
    for trouble in _troubles(scenario.world, plan, level):
        accounts, broken = _accounts(_forced(calm, trouble))
        rows.append(_row(accounts, well_us, plan=plan, level=level, trouble=trouble, broken=broken))
    return LevelErrors(
        cascade=plan.name,
        level=level,
        channel=str(channel),
        well_us=well_us,
        well_nano=_mean([account.bill_nano for account in well]),
        rows=tuple(rows),
    )


def _row(
    accounts: Sequence[Account],
    well_us: Fraction,
    *,
    plan: Plan,
    level: int,
    trouble: Trouble,
    broken: tuple[str, ...],
) -> ErrorRow:
    first = accounts[0]
    taken = [account.took_us for account in accounts if account.took_us is not None]
    credited = first.credited
    return ErrorRow(
        cascade=plan.name,
        level=level,
        channel=str(plan.levels[level].channel),
        trouble=trouble,
        path=tuple(map(str, first.steps)),
        paths=Counter(", ".join(map(str, account.steps)) for account in accounts),
        outcome=first.outcome,
        ends_at=str(first.plan.levels[credited[0]].channel) if credited else "",
        arrived=sum(account.copy_count > 0 for account in accounts),
        extra_us=_mean(taken) - well_us if taken else None,
        cost_nano=_mean([account.bill_nano for account in accounts]),
        broken=broken,
    )


def _mean(values: Sequence[int]) -> Fraction:
    return Fraction(sum(values), len(values))


# What can go wrong -------------------------------------------------------------------------------


def _troubles(world: WorldSpec, plan: Plan, level: int) -> list[Trouble]:
    """Every code of the level's channel, its providers' own codes, and what goes without a code."""
    channel = plan.levels[level].channel
    listed: dict[str, dict[str, Reason]] = {}
    for provider in world.providers:
        if provider.name in plan.levels[level].providers:
            for outcome, reasons in provider.settings.reasons:
                for reason, _ in reasons:
                    listed.setdefault(reason.code, {})[outcome] = reason
    by_receipt = told_by_receipt(channel)
    found = [
        Trouble(_outcome(reason, listed.get(code, {}), is_receipt=code in by_receipt), reason)
        for code, reason in catalogue(channel).items()
    ]
    known = catalogue(channel)
    for code, by_outcome in listed.items():
        if code not in known:
            found += [Trouble(outcome, reason) for outcome, reason in by_outcome.items()]
    return [*found, *(Trouble(outcome, None) for outcome in _WORDLESS)]


def _outcome(reason: Reason, listed: Mapping[str, Reason], *, is_receipt: bool) -> str:
    """As what a code comes: as the provider lists it, else as its class suggests."""
    if is_receipt:
        return "rejected" if "rejected" in listed and "failed" not in listed else "failed"
    if "throttled" in listed:
        return "throttled"
    is_transient = reason.reason_class is ReasonClass.TRANSIENT
    return "refused.temporary" if is_transient else "refused.permanent"


# The small world ---------------------------------------------------------------------------------


def _calm(world: WorldSpec, plan: Plan, level: int) -> WorldSpec:
    """One cascade from a level on, in which all goes well; that level has providers of its own."""
    first, *others = plan.levels[level:]
    own = tuple(f"{name}@{level}" for name in first.providers)
    providers = [replace(each, settings=_calm_settings(each.settings)) for each in world.providers]
    by_name = {provider.name: provider for provider in providers}
    clones = [
        replace(by_name[name], name=clone) for name, clone in zip(first.providers, own, strict=True)
    ]
    return replace(
        world,
        plans=(replace(plan, levels=(replace(first, providers=own, parallel=False), *others)),),
        providers=(*clones, *providers),
        population=Population(countries=_countries(world, plan)),
        load=(Constant(plan=0, at_us=0, for_us=MESSAGES * _MINUTE_US, rate=Fraction(1, 60)),),
        faults=(),
        scripts=(),
        by_hand=(),
        until_us=None,
    )


def _countries(world: WorldSpec, plan: Plan) -> tuple[tuple[str, int], ...]:
    """One country all levels are for, where there is one; else the scenario's own."""
    asked = [level.countries for level in plan.levels if level.countries is not None]
    for country, _ in world.population.countries:
        if all(country in countries for countries in asked):
            return ((country, PPB),)
    return world.population.countries


def _calm_settings(settings: Settings) -> Settings:
    return replace(
        settings,
        submit_outcomes=outcomes(SUBMIT_OUTCOMES, {}),
        delivery_outcomes=outcomes(DELIVERY_OUTCOMES, {}),
        receipt_lost=0,
        receipt_late_share=0,
        receipt_duplicated_share=0,
        receipt_reordered_share=0,
        receipt_before_reply=0,
        receipt_contradictory=0,
        receipt_unknown_id=0,
        receipt_batch_every_us=None,
        limit_rate=None,
        quota_count=None,
    )


def _forced(calm: WorldSpec, trouble: Trouble) -> WorldSpec:
    """The same with every submission at the first level meeting a trouble."""
    names = calm.plans[0].levels[0].providers
    providers = tuple(
        _troubled(each, trouble) if each.name in names else each for each in calm.providers
    )
    return replace(calm, providers=providers)


def _troubled(provider: ProviderSpec, trouble: Trouble) -> ProviderSpec:
    settings = provider.settings
    if trouble.outcome in SUBMIT_OUTCOMES:
        forced = outcomes(SUBMIT_OUTCOMES, {trouble.outcome: PPB})
        settings = replace(settings, submit_outcomes=forced)
    else:
        forced = outcomes(DELIVERY_OUTCOMES, {trouble.outcome: PPB})
        settings = replace(settings, delivery_outcomes=forced)
    if trouble.reason is not None:
        settings = replace(settings, reasons=((trouble.outcome, ((trouble.reason, PPB),)),))
    return replace(provider, settings=settings)


def _accounts(spec: WorldSpec) -> tuple[list[Account], tuple[str, ...]]:
    """What became of each message, and the laws that broke."""
    plans = {plan.name: plan for plan in spec.plans}
    world = World(spec)
    laws = Laws(spec.plans, spec.breakers)
    accounts: dict[int, Account] = {}
    for facts in run_virtual(world):
        laws.watch(facts)
        for fact in facts:
            message = fact[2]
            if message is None:
                continue
            if fact[5] == outputs.REQUESTED:
                accounts[message] = begin(fact, plans)
            else:
                accounts[message].take(fact)
    laws.finish(quiet=world.peek() is None)
    broken = tuple(dict.fromkeys(f"{item.law}: {item.text}" for item in laws.violations))
    return list(accounts.values()), broken
