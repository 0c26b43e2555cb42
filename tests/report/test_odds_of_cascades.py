"""What becomes of a message, worked out: against the arithmetic of the closed forms."""

import pytest

from sandbox.report.odds_of_cascades import Odds, odds_of
from tests.laws.test_closed_forms import CONFIGURATIONS, figures
from tests.support.scenario_texts import loaded


def odds(text: str) -> Odds:
    """The odds of the first cascade of a configuration without traits."""
    head = "schema: 1\nrecipients: {traits: {}}\nload: [{burst: 10}]\n"
    world = loaded(head + text).world
    return odds_of(world.plans[0], {p.name: p for p in world.providers}, world.population)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_odds_are_what_arithmetic_says(name: str) -> None:
    """Deliveries, shares and costs of every configuration that can be solved on paper.

    Where nothing varies but by shares, to the last digit; where a duration decides, which is
    followed in coarse steps, to one and a half percentage points, and what levels bring to five.
    """
    text, ways = CONFIGURATIONS[name]
    found, expected = odds(text), figures(ways())
    near = 0.015 if name in {"deadline", "short-wait"} else 1e-9
    known = found.mean(lambda tally: tally.delivered)
    assert known == pytest.approx(expected["known.delivery_rate"].value, abs=near)
    true = found.mean(lambda tally: tally.reached)
    assert true == pytest.approx(expected["truth.delivery_rate"].value, abs=near)
    ledger = found.mean(lambda tally: tally.ledger) / 1e9
    assert ledger == pytest.approx(expected["known.cost.per_message"].value, abs=near / 10)
    bill = found.mean(lambda tally: tally.bill) / 1e9
    assert bill == pytest.approx(expected["truth.cost.per_message"].value, abs=near / 10)
    for level, entered in enumerate(found.entered):
        share = found.mean(lambda tally, level=level: tally.credited[level]) / known  # type: ignore[misc] # a lambda's default has no type
        assert share == pytest.approx(expected[f"level.{level}.share"].value, abs=3.5 * near)
        assert entered == pytest.approx(expected[f"level.{level}.reached"].value, abs=3.5 * near)


def test_the_times_of_what_is_delivered_have_its_share() -> None:
    """The distribution of the times adds up to the share that is delivered."""
    text, _ = CONFIGURATIONS["lost-receipts"]
    found = odds(text)
    known = found.mean(lambda tally: tally.delivered)
    assert sum(found.known_times.values()) == pytest.approx(known)
    assert sum(found.true_times.values()) == pytest.approx(found.mean(lambda t: t.reached))
