"""What the providers of a scenario really ask, as far as the scenario says so.

A simulated provider that states no price has one all the same, from its built-in base. That figure
is made for simulations and is no vendor's price, so for real sending it counts as none. Nor does a
price of nothing: whoever is sure that a submission is free says so with `--max-price`.
"""

from collections.abc import Mapping

from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import MapNode
from sandbox.simulation.highest_price import Tariff


def stated_tariffs(scenario: Scenario) -> Mapping[str, Tariff | None]:
    """By provider, what the scenario's own files say a submission costs; None: they do not.

    In billionths of the scenario's currency. What a file states by `use:` or `--set` counts, too.
    """
    providers = scenario.tree.map("providers")
    return {
        spec.name: Tariff(spec.settings.price_nano, spec.per_segment)
        if spec.settings.price_nano and _is_stated(providers, spec.name)
        else None
        for spec in scenario.world.providers
    }


def _is_stated(providers: MapNode | None, name: str) -> bool:
    provider = providers.map(name) if providers else None
    price = provider.map("price") if provider else None
    amount = price.get("amount") if price else None
    return amount is not None and not amount.mark.source.is_built_in
