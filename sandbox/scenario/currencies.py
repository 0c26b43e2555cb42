"""Prices in several currencies, by rates the file states (S31).

    currencies: {base: EUR, rates: {USD: 0.92 EUR}, as_of: 2026-01-01}

A rate is a decimal number, so a price in another currency is an exact fraction of the base; it is
rounded once, half to even, to the billionth in which all prices are counted. No rate is ever looked
up: the same file gives the same bill for ever.
"""

from typing import Any

from sandbox.scenario.codes import Code
from sandbox.scenario.exchange import NO_EXCHANGE, Exchange
from sandbox.scenario.grammar.drafts import (
    CurrenciesDraft,
    FaultDraft,
    HandDraft,
    HandSetDraft,
    ProviderDraft,
    ScenarioDraft,
)
from sandbox.scenario.problems import Problems
from sandbox.scenario.quantities import Money

"""That of a file with one currency."""


def exchange_of(draft: ScenarioDraft) -> Exchange:
    """The rates a file states."""
    stated = draft.currencies
    if stated is None:
        return NO_EXCHANGE
    rates = {name.text: rate.nano for name, rate in stated.rates if rate.nano}
    return Exchange(stated.base, rates)


def check_rates(stated: CurrenciesDraft, problems: Problems) -> None:
    """Complain about rates that say nothing: of the base itself, or not told in it."""
    base = stated.base
    for name, rate in stated.rates:
        at = (stated.node.map("rates") or stated.node).get(name.text) or name
        if name.text == base:
            text = f"{base} is the base, and worth itself"
            problems.add(name, Code.BAD_EXCHANGE_RATE, text, note="leave it out")
        elif not rate.nano:
            text = f"one {name.text} is worth nothing"
            problems.add(at, Code.BAD_EXCHANGE_RATE, text, note=f"write for example 0.92 {base}")
        elif rate.currency != base:
            text = f"this is in {rate.currency}, and the base is {base}"
            note = f"say what one {name.text} is worth in {base}"
            problems.add(at, Code.BAD_EXCHANGE_RATE, text, note=note)


# Converting ------------------------------------------------------------------------------------


def in_base_currency(draft: ScenarioDraft) -> ScenarioDraft:
    """A checked file with every price in the base; its nodes keep what was written."""
    exchange = exchange_of(draft)
    if not exchange.base:
        return draft
    providers = tuple((name, _provider(each, exchange)) for name, each in draft.providers)
    faults = tuple(
        each._replace(settings=_settings(each.settings, exchange))
        if isinstance(each, FaultDraft)
        else each
        for each in draft.faults
    )
    by_hand = draft.by_hand
    if by_hand is not None:
        by_hand = tuple(_by_hand(each, exchange) for each in by_hand)
    return draft._replace(providers=providers, faults=faults, by_hand=by_hand)


def _provider(provider: ProviderDraft, exchange: Exchange) -> ProviderDraft:
    price = provider.price
    return provider._replace(price=price._replace(amount=exchange.in_base(price.amount)))


def _by_hand(change: HandDraft, exchange: Exchange) -> HandDraft:
    if isinstance(change, HandSetDraft):
        return change._replace(settings=_settings(change.settings, exchange))
    return change


def _settings(settings: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
    return {
        path: exchange.in_base(value) if isinstance(value, Money) else value
        for path, value in settings.items()
    }
