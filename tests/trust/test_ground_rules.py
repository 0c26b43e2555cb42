"""Each ground rule finds the log that breaks it, and no other."""

from typing import Any, Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act, Status
from tests.support.hand import Hand, level, plan
from tests.support.logs import Tampered
from tests.trust.ground_rules import broken_rules

PLAN: Final = plan(level("sms", wait=20, retries=1), level("viber", wait=20), deadline=50)
CODE: Final = plan(level("sms", wait=20), name="code", stops_on_verified=True)


def _told() -> list[Fact]:
    """A message refused for now and then silent, delivered by Viber; one cancelled; one in vain."""
    hand = Hand(PLAN, CODE).request()
    hand.throttle(1)
    hand.wake(2)
    hand.accept(3)
    hand.wake(23)
    hand.accept(24)
    hand.receipt(Status.DELIVERED, 25)
    hand.request(30, message=2)
    hand.act(Act.CANCEL, 31, message=2)
    hand.request(32, message=3)
    hand.wake(90)
    hand.request(100, message=4, plan=1)
    hand.accept(101, message=4)
    hand.act(Act.VERIFIED, 102, message=4)
    hand.rest()
    return hand.facts


def _problems(facts: list[Fact]) -> str:
    return "\n".join(broken_rules(facts, (PLAN, CODE)))


def test_a_log_of_the_engine_breaks_none() -> None:
    """What the rules find below is what was tampered with."""
    assert _problems(_told()) == ""


@pytest.mark.parametrize(
    ("kind", "which", "new", "said"),
    [
        ("accepted", 0, {"seq": 9}, "after line"),
        ("accepted", 1, {"at": -5_000_000}, "after line"),
        ("accepted", 0, {"cause": 99}, "its cause is 99"),
        ("accepted", 0, {"message": 2}, "message 2 has not begun"),
        ("fell_back", 0, {"level": 2}, "from level 0 to level 2"),
        ("submitted", 1, {"attempt": 3}, "attempt 3 of level 0 after 1"),
        ("submitted", 2, {"level": 0}, "submitted at level 0 while at level 1"),
        ("accepted", 0, {"attempt": 1}, "accepted is no answer to anything"),
        ("accepted", 0, {"kind": "ignored"}, "has 1 open ends"),
        ("receipt", 0, {"status": "sent"}, "delivered without a success"),
        ("finished", 1, {"outcome": "stopped"}, "stopped by cancel"),
        ("finished", 0, {"outcome": "cancelled"}, "cancelled by nobody"),
        ("finished", 0, {"outcome": "expired"}, "expired before the deadline"),
        ("finished", 3, {"verified": None, "attempt": 1}, "delivered without the code"),
        ("act", 1, {"act": "resend"}, "verified by nobody"),
        ("requested", 1, {"message": 1}, "message 1 begins again"),
        ("submitted", 3, {"at": 60_000_000}, "submitted at or after the deadline"),
    ],
)
def test_a_rule_is_seen_to_break(kind: str, which: int, new: dict[str, Any], said: str) -> None:
    """A line with something else in it breaks the rule about it."""
    assert said in _problems(Tampered(_told()).change(kind, which, **new))


def test_nothing_is_decided_after_the_end() -> None:
    """An outcome that comes twice is noticed, and one that is missing."""
    log = Tampered(_told())
    end = log.facts[log.nth("finished")]
    assert "finished after the end" in _problems(log.add(end[0], end))
    assert "no end" in _problems(log.drop("finished"))
