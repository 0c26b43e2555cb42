"""Pairs of drawn worlds on the same luck, of which one is changed, and what may follow from that.

- Worse SMS never raises the SMS share: what SMS delivers when it is worse, it delivered before.
- A provider nobody uses changes nothing: not a line of the log is another.
- A longer wait never adds a fallback: no message moves on more often than it did.

Each holds message by message, which is more than in sum. They hold where messages do not meet and
nothing depends on the time of day: a message that comes to WhatsApp later may find its phone off.
So what is shared or bound to an instant is off in the worlds of the first and the last.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Channel
from sandbox.simulation.distributions import scaled
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    Outcomes,
    ProviderSpec,
    WorldSpec,
    outcomes,
)
from sandbox.simulation.world import World
from tests.trust.drawing import SHARED, SPECIAL_FEATURES
from tests.trust.drawn_worlds import Drawn, draw_world
from tests.trust.findings import Report
from tests.trust.lots import Lots
from tests.trust.swarm import run_to_rest

APART: Final = SHARED | {
    *SPECIAL_FEATURES, "phones off", "faults", "hands", "batched", "scripts", "magic",
    "backup providers", "reasons", "contradictory", "resend",
}  # fmt: skip
"""Features by which messages meet, by which it matters when something happens, or by which worse
luck of one attempt may be better luck of another: a reason leaves a channel or stays in it, a false
receipt makes good news of bad, and of two submissions under one key the provider takes one."""

Make = Callable[[WorldSpec], World]


def check_one(number: int, make: Make = World) -> Report:
    """Draw a pair by its number, and compare."""
    relations = (_worse_sms, _unused_provider, _longer_wait)
    figures: Counter[str] = Counter(pairs=1)
    problems = tuple(relations[number % len(relations)](number, make, figures))
    return Report(problems, figures)


def _apart(number: int, *also_off: str) -> Drawn:
    """A world in which every message goes its own way."""
    return draw_world(number, off=APART.union(also_off), heals=False)


# Worse SMS ---------------------------------------------------------------------------------------


def _worse_sms(number: int, make: Make, figures: Counter[str]) -> Iterator[str]:
    lots = Lots(number, "worse")
    how = lots.one_of(("refuses more", "rejects more", "is slower"))
    # Slow is good for a level that is content with `sent`: the bad news comes after it.
    drawn = _apart(number, "early success") if how == "is slower" else _apart(number)
    worse = tuple(
        _worse(each, how, lots) if each.channel == "sms" else each for each in drawn.spec.providers
    )
    before = _by_sms(run_to_rest(make(drawn.spec)), drawn.spec.plans)
    after = _by_sms(run_to_rest(make(replace(drawn.spec, providers=worse))), drawn.spec.plans)
    figures[f"worse SMS: {how}"] += 1
    figures["worse SMS: delivered by SMS before"] += len(before)
    figures["worse SMS: delivered by SMS after"] += len(after)
    for message in sorted(after - before):
        yield f"SMS {how}, and delivers message {message} that it did not deliver before"


def _worse(spec: ProviderSpec, how: str, lots: Lots) -> ProviderSpec:
    """A provider that is worse in one way, and in the others as it was."""
    settings = spec.settings
    more = lots.between(10, 100)
    if how == "refuses more":
        shares = _worst_rises(settings.submit_outcomes, SUBMIT_OUTCOMES, more)
        return replace(spec, settings=replace(settings, submit_outcomes=shares))
    if how == "rejects more":
        shares = _worst_rises(settings.delivery_outcomes, DELIVERY_OUTCOMES, more)
        return replace(spec, settings=replace(settings, delivery_outcomes=shares))
    slower = scaled(settings.delivery_time, Fraction(lots.between(2, 9)))
    return replace(spec, settings=replace(settings, delivery_time=slower))


def _worst_rises(before: Outcomes, order: tuple[str, ...], percent: int) -> Outcomes:
    """Shares of which the worst takes all of the bad ones and so much of the good one.

    So every draw either falls on the worst, or where it fell before. Did the worst only push the
    others up, a draw could go from one bad outcome to another that is not as bad after all: from
    silence to a refusal that is tried again.
    """
    good = before.share(order[-1]) * (100 - percent) // 100
    return outcomes(order, {order[0]: PPB - good})


def _by_sms(facts: Sequence[Fact], plans: Sequence[Plan]) -> set[int]:
    """The messages that are known to be delivered, and by SMS."""
    levels = {plan.name: plan.levels for plan in plans}
    plan_of: dict[int | None, str] = {}
    found = set()
    for _, _, message, level, _, kind, _, detail in facts:
        if kind == "requested":
            plan_of[message] = detail.text("cascade")
        elif kind == "finished" and detail.text("outcome") == "delivered":
            assert message is not None
            assert level is not None
            if levels[plan_of[message]][level].channel == "sms":
                found.add(message)
    return found


# A provider nobody uses --------------------------------------------------------------------------


def _unused_provider(number: int, make: Make, figures: Counter[str]) -> Iterator[str]:
    drawn = draw_world(number, heals=False)
    providers = drawn.spec.providers
    other = providers[number % len(providers)]
    unused = replace(
        other, name="unused", channel=Channel("sms"), breaker=Breaker(open_after=1, for_us=1)
    )
    nth = number % (len(providers) + 1)
    more = (*providers[:nth], unused, *providers[nth:])
    before = run_to_rest(make(drawn.spec))
    after = run_to_rest(make(replace(drawn.spec, providers=more)))
    figures["unused provider: lines"] += len(before)
    if before != after:
        pairs = zip(before, after, strict=False)
        where = next((a for a, b in pairs if a != b), ("its end",))[0]
        yield f"a provider nobody uses changes line {where}"


# A longer wait -----------------------------------------------------------------------------------


def _longer_wait(number: int, make: Make, figures: Counter[str]) -> Iterator[str]:
    drawn = _apart(number)
    lots = Lots(number, "longer")
    plans = tuple(_longer(plan, lots) for plan in drawn.spec.plans)
    before = _fallbacks(run_to_rest(make(drawn.spec)))
    after = _fallbacks(run_to_rest(make(replace(drawn.spec, plans=plans))))
    figures["longer wait: fallbacks before"] += before.total()
    figures["longer wait: fallbacks after"] += after.total()
    for message, times in sorted(after.items()):
        if times > before[message]:
            yield f"with a longer wait message {message} moves on {times} times"


def _longer(plan: Plan, lots: Lots) -> Plan:
    """The plan with longer waits at some levels."""
    levels = tuple(
        replace(level, wait_us=level.wait_us * lots.between(1, 5)) if level.wait_us else level
        for level in plan.levels
    )
    return replace(plan, levels=levels)


def _fallbacks(facts: Sequence[Fact]) -> Counter[int]:
    return Counter(fact[2] for fact in facts if fact[5] == "fell_back" and fact[2] is not None)
