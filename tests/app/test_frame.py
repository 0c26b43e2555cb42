from fractions import Fraction
from typing import Any

import pytest

from sandbox.app.frame import Condition, Figures, ProviderView
from sandbox.cascade.vocabulary import CircuitState
from sandbox.report.troubles import Trouble

PROVIDER: dict[str, Any] = {
    "name": "sms",
    "channel": "sms",
    "level": 0,
    "failure_ppb": 0,
    "failure_is_changed": False,
    "latency": Fraction(1),
    "median_us": 1,
    "out_since_us": None,
    "faults": (),
    "submitted": 0,
    "limit": "",
    "is_limited": False,
    "circuit": None,
    "cut_off_until_us": 0,
    "troubles": {},
}


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({}, Condition.UP),
        ({"failure_is_changed": True}, Condition.CHANGED),
        ({"latency": Fraction(2)}, Condition.CHANGED),
        ({"latency": Fraction(2), "is_limited": True}, Condition.LIMITED),
        ({"circuit": CircuitState.CLOSED}, Condition.UP),
        ({"circuit": CircuitState.OPEN, "is_limited": True}, Condition.CUT_OFF),
        ({"circuit": CircuitState.HALF_OPEN}, Condition.CUT_OFF),
        ({"circuit": CircuitState.OPEN, "faults": ("f",)}, Condition.FAULT),
        ({"is_limited": True, "faults": ("f",)}, Condition.FAULT),
        ({"faults": ("f",), "out_since_us": 0}, Condition.OUTAGE),
    ],
)
def test_a_provider_is_as_bad_as_its_worst_trouble(
    changes: dict[str, Any], condition: Condition
) -> None:
    """An outage outweighs a fault, a fault an open circuit, that a limit, and a limit a knob."""
    assert ProviderView(**PROVIDER | changes).condition is condition


def test_what_was_throttled_is_a_share_of_what_was_submitted() -> None:
    """A provider that got nothing has throttled nothing."""
    busy = ProviderView(**PROVIDER | {"submitted": 8, "troubles": {Trouble.THROTTLED: 2}})
    assert busy.throttled_share == Fraction(1, 4)
    assert ProviderView(**PROVIDER).throttled_share == 0


def figures(**changes: Any) -> Figures:
    """Figures of a hundred messages, eighty of them finished."""
    values: dict[str, Any] = {
        "requested": 100,
        "finished": 80,
        "in_flight": 20,
        "known_delivered": 76,
        "true_delivered": 78,
        "known_p50_us": None,
        "known_p95_us": None,
        "true_p50_us": None,
        "true_p95_us": None,
        "ledger_nano": 5_000_000_000,
        "bill_nano": 6_000_000_000,
        "currency": "EUR",
        "known_twice": 1,
        "true_twice": 2,
        "hidden_twice": 1,
        "hidden_nano": 45_000_000,
    }
    return Figures(**values | changes)


def test_rates_are_of_the_messages_that_have_their_outcome() -> None:
    """What is still in flight does not look like a failure."""
    assert figures().known_rate == Fraction(76, 80)
    assert figures().true_rate == Fraction(78, 80)
    assert (figures().undelivered, figures().truly_undelivered) == (4, 2)


def test_before_the_first_outcome_there_is_no_rate() -> None:
    """Nothing out of nothing is no number."""
    nothing = figures(finished=0, known_delivered=0, true_delivered=0, requested=0)
    assert nothing.known_rate is None
    assert nothing.true_rate is None
    assert nothing.per_thousand(0) is None


def test_cost_is_told_for_a_thousand_messages() -> None:
    """A hundred messages for five come to fifty for a thousand."""
    assert figures().per_thousand(figures().ledger_nano) == 50_000_000_000
