"""What a circuit does by the rules, worked out from lines of the log."""

from sandbox.cascade.circuit import Breaker
from sandbox.report.circuit_rules import CLOSED, HALF_OPEN, OPEN, CircuitRules, circuits_of

TEN = Breaker(open_after=2, for_us=10)
ONE, TWO, THREE = (1, 1), (2, 1), (3, 1)


def _open(at: int = 5) -> CircuitRules:
    """A circuit that two refusals have opened."""
    circuit = CircuitRules(TEN)
    assert circuit.hear(ONE, "refused", "", at) == ""
    assert circuit.hear(TWO, "refused", "transient", at) == OPEN
    return circuit


def test_it_opens_after_failures_in_a_row_and_lets_nobody_through() -> None:
    """S22: for as long as its breaker says."""
    circuit = _open()
    assert (circuit.blocks(5), circuit.blocks(14), circuit.blocks(15)) == (True, True, False)


def test_whoever_works_starts_the_count_anew() -> None:
    """S14, S22: accepted, or refused for a reason that is not the provider's."""
    for kind, word in (("accepted", ""), ("refused", "permanent-recipient"), ("refused", "stop")):
        circuit = CircuitRules(TEN)
        circuit.hear(ONE, "throttled", "", 1)
        assert circuit.hear(TWO, kind, word, 2) == ""
        assert circuit.hear(THREE, "unknown", "", 3) == ""
        assert circuit.open_until is None


def test_one_probe_at_a_time_decides() -> None:
    """S22: closed by a good answer, open for as long again after a bad one."""
    circuit = _open()
    assert circuit.submit(THREE) == HALF_OPEN
    assert circuit.blocks(99)
    assert circuit.hear(ONE, "accepted", "", 16) == ""
    assert circuit.hear(THREE, "unknown", "", 20) == OPEN
    assert circuit.open_until == 30
    circuit.submit(THREE)
    assert circuit.hear(THREE, "accepted", "", 31) == CLOSED
    assert not circuit.blocks(31)
    assert circuit.submit(ONE) == ""


def test_trouble_with_the_account_opens_it_whatever_it_is_told_by() -> None:
    """S14: said where it was not open; where it was, it stays so for longer."""
    circuit = CircuitRules(Breaker(open_after=None, for_us=10))
    assert circuit.hear(ONE, "refused", "", 1) == ""
    assert circuit.hear(ONE, "receipt", "account", 2) == OPEN
    assert circuit.hear(TWO, "refused", "account", 4) == ""
    assert circuit.open_until == 14
    circuit.submit(THREE)
    assert circuit.hear(ONE, "receipt", "account", 15) == OPEN


def test_only_who_has_a_breaker_has_a_circuit() -> None:
    """Everybody else is never passed over."""
    assert set(circuits_of({"sms": TEN})) == {"sms"}
