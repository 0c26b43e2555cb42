"""Load and faults, as a file says them."""

import pytest

from sandbox.scenario.grammar.traffic import SETTINGS
from sandbox.simulation.spec import PATHS
from tests.support.scenario_texts import SMALL, codes_of


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("{burst: 1}", []),
        ("{burst: 1, at: 30d}", []),
        ("{burst: 1, at: 31d}", ["out-of-range"]),
        ("{burst: 10000001}", ["out-of-range"]),
        ("{burst: 20/s}", ["bad-number"]),
        ("{burst: 1, for: 1m}", ["unknown-key"]),
        ("{constant: 2/s, for: 1m, cascade: otp}", []),
        ("{constant: 2/s}", ["missing-key"]),
        ("{constant: 2, for: 1m}", ["unit-missing"]),
        ("{poisson: 0.5/m, for: 1h, at: 5s}", []),
        ("{ramp: {from: 0/s, to: 4/s}, for: 1m}", []),
        ("{ramp: {from: 1/s}, for: 1m}", ["missing-key"]),
        ("{ramp: 4/s, for: 1m}", ["wrong-type"]),
        ("{message: m}", []),
        ("{message: m, at: 90s, cascade: otp}", []),
        ("{message: m, for: 1m}", ["unknown-key"]),
        ("{trace: x.csv}", ["not-built"]),
        ("{pause: 1m}", ["not-built"]),
        ("{burst: 1, message: m}", ["one-of"]),
        ("{}", ["one-of"]),
        ("burst", ["wrong-type"]),
    ],
)
def test_load_is_read_or_explained(entry: str, codes: list[str]) -> None:
    """Bursts, steady, random and rising traffic, and single messages."""
    assert codes_of(SMALL.replace("{burst: 20}", entry)) == codes


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ("{receipts.lost: 30%}", []),
        ("{receipts.lost: x3, receipts.delay: x10}", []),
        ("{submit.outcomes: {refused.temporary: 100%}}", []),
        ("{submit.outcomes: x3}", ["wrong-type"]),
        ("{delivery.reasons: x3}", ["wrong-type"]),
        ("{delivery.time: {lognormal: {p50: 3s}}}", ["missing-key"]),
        ("{delivery.unreachable.retry_every: none, validity: none}", []),
        ("{delivery.unreachable.store_for: none}", ["bad-duration"]),
        ("{submit: {outcomes: {accepted: rest}}}", ["unknown-key"]),
        ("{channel: viber}", ["unknown-key"]),
        ("{}", ["too-few"]),
    ],
)
def test_faults_are_read_or_explained(settings: str, codes: list[str]) -> None:
    """A fault sets whole settings, by their paths, or multiplies them."""
    fault = f"faults: [{{provider: sms, at: 1m, for: 1m, set: {settings}}}]"
    assert codes_of(SMALL + fault) == codes


@pytest.mark.parametrize(
    "later", ["message: m", "level: 0", "script: []", "channel: sms", "recipients: x"]
)
def test_what_a_fault_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    fault = "provider: sms, at: 1m, for: 1m, set: {receipts.lost: 1%}"
    assert codes_of(SMALL + f"faults: [{{{fault}, {later}}}]") == ["not-built"]


def test_a_fault_may_set_what_the_world_can_change() -> None:
    """The same paths, no more and no less."""
    assert set(SETTINGS.keys) == set(PATHS)
