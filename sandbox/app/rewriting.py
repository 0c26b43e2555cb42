"""A loaded scenario with some of it written otherwise, so that its stored run can be repeated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.writer import data_text


def rewritten(scenario: Scenario, **sections: Any) -> Scenario:  # noqa: ANN401 - what YAML holds
    """The same scenario with some of its sections written otherwise, under the same seed.

    Where its settings stand, and which of them somebody wrote, is what the first scenario says.

    Args:
        scenario: As it was loaded.
        sections: By name; None leaves one out.

    Raises:
        ScenarioError: it cannot be run like that.
    """
    whole: Mapping[str, Any] = {**scenario.resolved, **sections}
    text = data_text({name: value for name, value in whole.items() if value is not None})
    made = load(text, seed=scenario.seed, is_resolved=True)
    return replace(made, file=scenario.file, used_files=scenario.used_files, tree=scenario.tree)
