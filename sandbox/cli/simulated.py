"""One line on standard error where a scenario has real providers: here they are simulated."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.report.plain import plain

if TYPE_CHECKING:
    from sandbox.scenario.model import Scenario


def tell_simulated(*scenarios: "Scenario") -> bool:
    """Say whose providers are simulated although a file gives them an adapter, if there are any.

    Returns:
        Something was said, so that whoever runs many files says it once.
    """
    told = ", ".join(dict.fromkeys(_told(scenarios)))
    if told:
        print(f"note: all providers are simulated here, also {told}", file=sys.stderr)
    return bool(told)


def _told(scenarios: "Iterable[Scenario]") -> "Iterable[str]":
    for scenario in scenarios:
        for route in scenario.routes:
            yield f"{plain(route.provider)} ({route.adapter})"
