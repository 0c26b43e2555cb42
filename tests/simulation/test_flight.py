"""What is noted of a message and its attempts while they are under way."""

from sandbox.simulation.flight import Journey
from sandbox.simulation.population import People
from sandbox.simulation.spec import Population


def test_submissions_are_counted_provider_by_provider() -> None:
    """Luck is keyed by how often this message went to this provider before (architecture, 6)."""
    journey = Journey(0, People(1, Population()).person(0))
    went = ["sms", "whatsapp", "sms", "sms", "viber"]
    assert [journey.count_submission(name) for name in went] == [0, 0, 1, 2, 0]
