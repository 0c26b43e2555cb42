"""From what was typed to what the live lock is asked: which message, to whom, through whom.

A message is one that the scenario's load names, or one to a number from the command line. Nothing
here decides anything about sending; that is the lock's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.adapters.catalogue import adapter_named
from sandbox.app.base_urls import BaseUrl
from sandbox.app.guard import Ask, Command, Generated, OnCommandLine, Recipient, Written, wire_of
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_prices import stated_tariffs
from sandbox.app.live_secrets import SecretStores
from sandbox.app.outgoing import says_of
from sandbox.cascade.plan import Plan
from sandbox.errors import UsageError
from sandbox.report.plain import plain
from sandbox.scenario.model import Scenario
from sandbox.scenario.problems import did_you_mean
from sandbox.scenario.quantities import Money
from sandbox.simulation.spec import Single, Trace

_LISTED: Final = 8
"""So many names are listed where one is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed about one message.

    Attributes:
        message: Its name in the load; "" for one to a number.
        number: Of the recipient; "" for a message of the load.
        cascade: For a number; "" where there is but one.
        base_urls: By provider.
        hosts: Further hosts that may be sent to.
        allow: Numbers that may be written to.
        max_price: The most a submission may cost; None: not said.
    """

    message: str = ""
    number: str = ""
    cascade: str = ""
    base_urls: tuple[tuple[str, BaseUrl], ...] = ()
    hosts: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    max_price: Money | None = None


class Chosen(NamedTuple):
    """A message that is meant.

    Attributes:
        name: In the load; "" for one to a number.
    """

    name: str
    plan: Plan
    recipient: Recipient


class _Named(NamedTuple):
    plan: int
    to: str


def choose(scenario: Scenario, wanted: Wanted) -> Chosen:
    """The message that is meant.

    Raises:
        UsageError: there is none of that name, or it is not clear which.
    """
    plans = scenario.world.plans
    if wanted.number:
        return Chosen("", _cascade(plans, wanted.cascade), OnCommandLine(wanted.number))
    named = dict(_named(scenario))
    name = wanted.message or (next(iter(named)) if len(named) == 1 else "")
    if not name:
        listed = ", ".join([*named][:_LISTED])
        why = "which message is meant" if named else "the load names no message"
        hint = f"--message NAME ({listed}), or --to NUMBER." if named else "--to NUMBER is one."
        raise UsageError(why, hint=plain(hint))
    if name not in named:
        near = did_you_mean(name, named) or f"Messages: {', '.join([*named][:_LISTED]) or 'none'}."
        raise UsageError(f"the load has no message '{plain(name, 60)}'", hint=plain(near))
    one = named[name]
    plan = scenario.world.plan_for(one.plan, name)
    return Chosen(name, plan, _person(scenario, one.to))


def _cascade(plans: tuple[Plan, ...], name: str) -> Plan:
    names = [plan.name for plan in plans]
    if name and name not in names:
        near = did_you_mean(name, names) or f"Cascades: {', '.join(names)}."
        raise UsageError(f"there is no cascade '{plain(name, 60)}'", hint=plain(near))
    if not name and len(names) > 1:
        raise UsageError("which cascade is meant", hint=plain(f"--name {' | '.join(names)}"))
    return plans[names.index(name)] if name else plans[0]


def _named(scenario: Scenario) -> Iterator[tuple[str, _Named]]:
    """The messages of the load that have a name, in its order."""
    for entry in scenario.world.load:
        match entry:
            case Single(plan=plan, name=name, to=to):
                yield name, _Named(plan, to)
            case Trace(plans=plans, names=names, people=people):
                for place, name in enumerate(names):
                    if name:
                        yield name, _Named(plans[place], people[place] if people else "")
            case _:
                pass


def _person(scenario: Scenario, name: str) -> Recipient:
    for person in scenario.world.population.people:
        if person.name == name:
            return Written(person)
    return Generated("")


def ask_of(
    scenario: Scenario,
    chosen: Chosen,
    wanted: Wanted,
    command: Command,
    config: LiveConfig,
    stores: SecretStores,
    run: str,
) -> Ask:
    """What the lock is asked.

    Args:
        scenario: Whose message it is.
        chosen: Which one.
        wanted: What was typed.
        command: The command it was typed with.
        config: The user's file.
        stores: Where secrets are kept.
        run: What the run is called in the cap ledger.

    Raises:
        UsageError: a base URL is for a provider that is not real.
    """
    urls, tariffs = dict(wanted.base_urls), stated_tariffs(scenario)
    routes = {route.provider: route for route in scenario.routes}
    for name in urls:
        if name not in routes:
            real = ", ".join(routes) or "none"
            raise UsageError(
                f"--base-url is for a provider with a real adapter, not for '{plain(name, 60)}'",
                hint=plain(f"Real here: {real}."),
            )
    used = dict.fromkeys(name for level in chosen.plan.levels for name in level.providers)
    wires = tuple(
        wire_of(name, adapter_named(routes[name].adapter), tariffs.get(name), config, stores,
                urls.get(name))
        for name in used
        if name in routes
    )  # fmt: skip
    return Ask(
        command=command,
        run=run,
        plan=chosen.plan,
        wires=wires,
        recipient=chosen.recipient,
        currency=scenario.currency,
        says=says_of(chosen.plan, scenario.wordings),
        allow=wanted.allow,
        hosts=wanted.hosts,
        max_price=wanted.max_price,
    )
