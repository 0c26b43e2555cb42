"""What a run will show, before it runs: means from closed forms, and how far a run may be off.

A closed form exists for messages that are independent but for whom they go to: shares, latencies,
retries, several providers, waits, deadlines, late successes, traits. It does not where messages
stand in each other's way (limits, queues) or settings change while they are under way (faults); a
forecast says what it leaves out. Where levels begin together there is no forecast at all: which of
them is first, and what each costs, hang together.

The spread comes from the number of messages. Several messages to one person share that person's
traits, so that what people differ in averages out over people and not over messages.
"""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import sqrt
from typing import Final, NamedTuple

from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Origin
from sandbox.report.figures import money_text
from sandbox.report.odds_of_cascades import Odds, Tally, odds_of
from sandbox.report.odds_of_people import has_spells
from sandbox.simulation.spec import (
    Burst,
    Constant,
    LoadEntry,
    Poisson,
    ProviderSpec,
    Ramp,
    Single,
    Trace,
    WorldSpec,
)

STANDARD_ERRORS: Final = 2
"""A spread is so many standard errors: 19 of 20 runs are within it."""

_SECOND: Final = 1_000_000


class Estimate(NamedTuple):
    """A mean, and how far 19 of 20 runs are from it at most; a share of one, or billionths."""

    value: float
    spread: float


class Times(NamedTuple):
    """A percentile in microseconds, and between which two 19 of 20 runs have it."""

    value: float
    least: float
    most: float


class Forecast(NamedTuple):
    """What a run will show of one cascade.

    Attributes:
        messages: How many are expected of it.
        known: Delivered as the engine knows; `true` as a copy arrives.
        cost: The ledger for each message, `bill` likewise; in billionths of the currency.
        cost_delivered: The ledger for each message known as delivered; None: none is.
        p50: The time from the request to a delivered outcome; None: none is delivered.
        levels: Of what is delivered, the share with credit at each level.
        entered: Of all messages, the share that submits something at each level.
        left_out: What it does not know of, in words.
    """

    plan: Plan
    messages: int
    known: Estimate
    true: Estimate
    cost: Estimate
    bill: Estimate
    cost_delivered: Estimate | None
    p50: Times | None
    p95: Times | None
    levels: tuple[Estimate, ...]
    entered: tuple[float, ...]
    left_out: tuple[str, ...]


def unforeseen(spec: WorldSpec) -> Iterator[str]:
    """A line for every cascade that has no forecast, and why."""
    for index, plan in enumerate(spec.plans):
        if plan.has_fronts and messages_of(spec.load, index) >= 1:
            yield f"no forecast of {plan.name}: no closed form for levels that begin together"


def forecasts(spec: WorldSpec) -> list[Forecast]:
    """The forecast of every cascade that messages come through and that has one."""
    providers = {provider.name: provider for provider in spec.providers}
    found = []
    for index, plan in enumerate(spec.plans):
        messages = int(messages_of(spec.load, index))
        if messages and not plan.has_fronts:
            odds = odds_of(plan, providers, spec.population)
            left_out = tuple(_left_out(spec, plan, providers))
            found.append(_forecast(plan, odds, messages, spec.population.size, left_out))
    return found


def messages_of(load: tuple[LoadEntry, ...], plan: int) -> Fraction:
    """How many messages a load brings through a plan; on average, where they come at random."""
    total = Fraction(0)
    for entry in load:
        match entry:
            case Trace():
                total += entry.plans.count(plan)
            case _ if entry.plan != plan:
                continue
            case Burst():
                total += entry.count
            case Single():
                total += 1
            case Constant() | Poisson():
                total += entry.rate * Fraction(entry.for_us, _SECOND)
            case Ramp():
                total += (entry.rate_from + entry.rate_to) / 2 * Fraction(entry.for_us, _SECOND)
    return total


# Means and spreads -----------------------------------------------------------------------------


class _Sample(NamedTuple):
    """How many messages there are, and people they may go to."""

    messages: int
    people: int

    def error(self, variance: float, between: float) -> float:
        """The spread of a mean, of which kinds of people differ by a part of the variance."""
        messages = self.messages
        shared = between * (messages - 1) / (messages * self.people)
        return STANDARD_ERRORS * sqrt(max(variance, 0.0) / messages + shared)


def _forecast(
    plan: Plan, odds: Odds, messages: int, people: int, left_out: tuple[str, ...]
) -> Forecast:
    sample = _Sample(messages, people)
    known = odds.mean(lambda tally: tally.delivered)
    ledger = _mean(odds, sample, lambda tally: tally.ledger, odds.ledger_squared)
    cost_delivered = None
    if known:
        ratio = ledger.value / known
        squared = odds.ledger_squared - 2 * ratio * odds.delivered_ledger + ratio**2 * known
        rest = _mean(odds, sample, lambda tally: tally.ledger - ratio * tally.delivered, squared)
        cost_delivered = Estimate(ratio, rest.spread / known)
    return Forecast(
        plan=plan,
        messages=messages,
        known=_mean(odds, sample, lambda tally: tally.delivered, known),
        true=_mean(
            odds, sample, lambda t: t.reached, odds.mean(lambda t: t.reached)
        ),
        cost=ledger,
        bill=_mean(odds, sample, lambda tally: tally.bill, odds.bill_squared),
        cost_delivered=cost_delivered,
        p50=_percentile(odds.known_times, 0.50, messages),
        p95=_percentile(odds.known_times, 0.95, messages),
        levels=tuple(_level(odds, sample, level, known) for level in range(len(plan.levels))),
        entered=tuple(odds.entered),
        left_out=left_out,
    )  # fmt: skip


def _mean(
    odds: Odds, sample: _Sample, figure: Callable[[Tally], float], squared: float
) -> Estimate:
    """The mean of a figure; `squared` is the mean of the square of a single message's."""
    mean = odds.mean(figure)
    between = odds.mean(lambda tally: (figure(tally) - mean) ** 2)
    return Estimate(mean, sample.error(squared - mean**2, between))


def _level(odds: Odds, sample: _Sample, level: int, known: float) -> Estimate:
    """The share of a level in what is delivered."""
    if not known:
        return Estimate(0.0, 0.0)
    credited = odds.mean(lambda tally: tally.credited[level])
    share = credited / known
    squared = credited * (1 - 2 * share) + share**2 * known
    rest = _mean(odds, sample, lambda t: t.credited[level] - share * t.delivered, squared)
    return Estimate(share, rest.spread / known)


def _percentile(times: Mapping[int, float], rank: float, messages: int) -> Times | None:
    total = sum(times.values())
    if not total:
        return None
    ordered = sorted(times.items())
    error = STANDARD_ERRORS * sqrt(rank * (1 - rank) / (messages * total))
    found = [_at_rank(ordered, total, each) for each in (rank, rank - error, rank + error)]
    return Times(*found)


def _at_rank(ordered: list[tuple[int, float]], total: float, rank: float) -> float:
    """The time that a share of the messages does not exceed, joined linearly."""
    wanted, gone, before = rank * total, 0.0, (0.0, float(ordered[0][0]))
    for at, share in ordered:
        middle = gone + share / 2
        if middle >= wanted:
            low, value = before
            part = (wanted - low) / (middle - low) if middle > low else 1.0
            return value + (at - value) * max(part, 0.0)
        gone += share
        before = (middle, float(at))
    return before[1]


# What is left out ------------------------------------------------------------------------------


def _left_out(spec: WorldSpec, plan: Plan, providers: Mapping[str, ProviderSpec]) -> Iterator[str]:
    """What there is no closed form for."""
    used = {name for level in plan.levels for name in level.providers}
    faults = [fault.id for fault in spec.faults if fault.provider in used]
    if faults:
        yield f"faults ({', '.join(faults)}): left out, as if nothing went wrong"
    if spec.moved or any(change.provider in used for change in spec.by_hand):
        yield "changes by hand: left out"
    yield from _left_out_of_messages(spec, plan)
    limited = [name for name in sorted(used) if providers[name].settings.has_limits]
    if limited:
        yield f"limits of {', '.join(limited)}: left out, as if every message were alone"
    broken = [name for name in sorted(used) if providers[name].breaker is not None]
    if broken:
        yield f"breakers of {', '.join(broken)}: left out, as if they never opened"
    if has_spells(spec.population, plan):
        yield "phones that go off after the request: taken to stay as they are"
    if any(level.origin is Origin.SENT for level in plan.levels):
        yield "waits from sent: counted from acceptance"
    for name in sorted(used):
        settings = providers[name].settings
        if settings.receipt_contradictory or settings.receipt_before_reply:
            yield f"receipts of {name} before the reply, or contradicted: taken as usual ones"
        if settings.delivery_outcomes.share("partial") or providers[name].receipts_per_segment:
            yield f"segments of {name}: a text arrives as a whole or not at all"


def _left_out_of_messages(spec: WorldSpec, plan: Plan) -> Iterator[str]:
    if spec.scripts:
        yield "scripts of single messages: left out"
    if spec.acts or spec.forced:
        yield "acts on messages: left out"
    if spec.wordings:
        yield "texts of single messages: taken as their cascade has them"
    if plan.has_quiet_hours:
        yield "quiet hours: left out, as if it were day everywhere"
    if plan.remember_us is not None:
        yield "what is remembered of recipients: left out, as if every message tried for itself"
    if plan.stops_on_verified:
        yield "codes: left out, as if a level's success ended the message"


# Words -----------------------------------------------------------------------------------------


def forecast_lines(told: Forecast, currency: str) -> Iterator[str]:
    """A forecast as a few lines for a terminal."""
    yield f"forecast of {told.plan.name}, {told.messages} messages"
    yield f"  delivered   {_share(told.known)} known, {_share(told.true)} true"
    if currency and told.cost_delivered is not None:
        message, delivered = (_money(each, currency) for each in (told.cost, told.cost_delivered))
        yield f"  cost        {message} a message, {delivered} for each delivered"
        if abs(told.bill.value - told.cost.value) > told.cost.spread / 10:
            yield f"  bill        {_money(told.bill, currency)} a message"
    if told.p50 is not None and told.p95 is not None:
        yield f"  time        p50 {_times(told.p50)}, p95 {_times(told.p95)}"
    for level, share in enumerate(told.levels):
        entered = f"{100 * told.entered[level]:.1f} %"
        channel = told.plan.levels[level].channel
        yield f"  level {level}     {channel}: tried for {entered}, brings {_share(share)} of it"
    yield "  ± and ranges hold for 19 of 20 runs"
    yield from (f"  no closed form for {each}" for each in told.left_out)


def _share(told: Estimate) -> str:
    return f"{100 * told.value:.1f} % ± {100 * told.spread:.1f}"


def _money(told: Estimate, currency: str) -> str:
    spread = money_text(round(told.spread), "").strip()
    return f"{money_text(round(told.value), currency)} ± {spread}"


def _times(told: Times) -> str:
    value, least, most = (_seconds(us) for us in told)
    return f"{value} ({least} to {most})"


def _seconds(us: float) -> str:
    seconds = us / _SECOND
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
