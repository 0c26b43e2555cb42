"""The scenario as it is run."""

import dataclasses
import os
import subprocess
import sys

import pytest

from sandbox.scenario.model import Caption
from tests.support.scenario_texts import SHIPPED, SMALL, loaded


def test_a_scenario_cannot_be_changed() -> None:
    """Whoever holds a scenario knows what it will run."""
    scenario = loaded(SMALL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.seed = 2  # type: ignore[misc]  # it is frozen
    assert Caption(at_us=1, say="x") == Caption(at_us=1, say="x")


def test_knowing_a_scenario_does_not_take_a_yaml_parser() -> None:
    """Only reading a file does."""
    code = "import sys, sandbox.scenario.model; print('yaml' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(SHIPPED.parent)},
    )
    assert run.stdout.strip() == "False"
