"""A scenario with sections written otherwise runs, and knows who wrote its settings."""

import pytest

from sandbox.app.live_prices import stated_tariffs
from sandbox.app.rewriting import rewritten
from sandbox.errors import ScenarioError
from sandbox.scenario.loader import load

TEXT = """\
schema: 1
cascades: {otp: [sms, viber]}
providers: {sms: {adapter: dexatel, price: {amount: 0.04 EUR}}}
load: [{burst: 5}]
expect: [delivery_rate >= 1%]
"""


def test_sections_are_written_otherwise_or_left_out() -> None:
    scenario = load(TEXT, seed=7)
    made = rewritten(scenario, load=[{"burst": 2, "at": "0s", "cascade": "otp"}], expect=None)
    assert made.seed == made.world.seed == 7
    assert made.world.load != scenario.world.load
    assert made.expectations == ()
    assert made.routes == scenario.routes
    assert made.wordings == scenario.wordings
    assert made.resolved_hash != scenario.resolved_hash


def test_a_built_in_price_does_not_become_one_that_somebody_wrote() -> None:
    """With all defaults written out it would look like one."""
    scenario = load(TEXT)
    bare = load(str(scenario.resolved).replace("'", '"'), is_resolved=True)
    assert stated_tariffs(bare)["viber"] is not None
    made = rewritten(scenario, expect=None)
    assert stated_tariffs(made)["viber"] is None
    assert stated_tariffs(made)["sms"] is not None


def test_what_cannot_be_run_is_refused() -> None:
    with pytest.raises(ScenarioError):
        rewritten(load(TEXT), load=[{"message": "x", "to": "nobody", "at": "0s", "cascade": "no"}])
