"""Findings about what a cascade costs."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sandbox.report.figures import money_text
from sandbox.report.odds_of_cascades import odds_of
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import CascadeView, Found, View
from sandbox.simulation.spec import ChargedOn

_NOTICEABLE: Final = 0.005
"""A level that gets so many more of the messages to their people is worth its price for that."""


def lint_prices(view: View) -> Iterator[Found]:
    """Cascades that begin with a cheaper level and are dearer for it."""
    for cascade in view.cascades:
        # Of levels that begin together none comes first, and there is no closed form (`odds_of`).
        is_strict = len(cascade.levels) > 1 and not cascade.plan.has_fronts
        if is_strict and _may_cost_more(cascade, view):
            yield from _cheap_first(cascade, view)


def _may_cost_more(cascade: CascadeView, view: View) -> bool:
    """Whether the first level is the cheaper one, and charged also where it brings nothing."""
    first, second = (view.providers[each.level.providers[0]] for each in cascade.levels[:2])
    is_cheaper = 0 < first.settings.price_nano < second.settings.price_nano
    return is_cheaper and first.charged_on in {ChargedOn.SUBMITTED, ChargedOn.ACCEPTED}


def _cheap_first(cascade: CascadeView, view: View) -> Iterator[Found]:
    plan = cascade.plan
    without = replace(plan, levels=plan.levels[1:])
    population = view.world.population
    costs, rates = [], []
    for each in (plan, without):
        odds = odds_of(each, view.providers, population)
        delivered = odds.mean(lambda tally: tally.reached)
        if not delivered:
            return
        rates.append(delivered)
        costs.append(odds.mean(lambda tally: tally.bill) / delivered)
    if costs[0] > costs[1] and rates[1] >= rates[0] - _NOTICEABLE:
        whole, rest = (money_text(round(cost), view.scenario.currency) for cost in costs)
        first, second = cascade.levels[:2]
        text = (
            f"{first.level.channel} is cheaper than {second.level.channel} and comes first, but "
            f"with it a delivered message costs {whole}, without it {rest}"
        )
        note = "put it behind, or leave it out"
        yield Found(Finding.CHEAP_FIRST, first.node, text, note)
