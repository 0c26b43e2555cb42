"""Nothing passes because nothing happened: faults fire, and expectations have something to judge.

That every kind of fault strikes in the swarm is tested with the swarm.
"""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.app.run import RunResult, run_loaded, run_scenario
from sandbox.scenario.library import builtin_names, find
from sandbox.scenario.loader import load
from tests.trust.same_seed import smaller

EMPTY: Final = """
schema: 1
cascades: {otp: [sms, whatsapp]}
load: [{burst: 3}]
faults: [{id: too-late, provider: sms, at: 5m, for: 1m, set: {receipts.lost: 50%}}]
expect: {during: {too-late: [delivery_rate >= 1%]}}
"""


def vacuous(result: RunResult) -> Sequence[str]:
    """What in a run says nothing: faults that were never felt, expectations without samples."""
    unfelt = [f"fault {fault} never fired" for fault, times in result.fired.items() if not times]
    asked = [each for each in result.expectations if each.scope not in ("never", "sometimes")]
    return unfelt + [f"{each.text} has no samples" for each in asked if not each.samples]


@pytest.mark.parametrize("name", builtin_names())
def test_faults_fire_and_expectations_have_samples(name: str) -> None:
    """Every shipped scenario is about something, even with a twentieth of its messages."""
    assert vacuous(run_loaded(smaller(load(find(name))))) == []


def test_it_notices_what_says_nothing() -> None:
    """A fault after the last message and an expectation about nobody are named."""
    assert vacuous(run_scenario(EMPTY)) == [
        "fault too-late never fired",
        "delivery_rate >= 1% has no samples",
    ]
