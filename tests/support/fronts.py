"""Messages whose levels begin together, turned by hand, for whoever folds their lines."""

from typing import Any

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Status
from tests.support.hand import NOBODY, Hand, level, plan
from tests.support.logs import complete


def both(**others: Any) -> Plan:
    """SMS and WhatsApp together, then Viber."""
    whatsapp = level("whatsapp", wait=50, parallel=True)
    return plan(level(wait=30), whatsapp, level("viber", wait=30), **others)


def asked_for(**others: Any) -> Hand:
    """Both were submitted at 0 and are accepted at 1 and 2 s."""
    hand = Hand(both(**others)).request()
    hand.accept(1, of="0.1")
    hand.accept(2, of="1.1")
    return hand


def whatsapp_first() -> list[Fact]:
    """WhatsApp is delivered at 5 s, and the SMS late, at 9 s."""
    hand = asked_for()
    hand.receipt(Status.DELIVERED, 5, of="1.1")
    hand.receipt(Status.DELIVERED, 9, of="0.1")
    return complete(hand.facts)


def all_in_vain() -> list[Fact]:
    """SMS closes at 31 s, WhatsApp moves on at 52 s, and nobody is there on Viber at 53 s."""
    hand = asked_for()
    hand.wake(31)
    hand.wake(52)
    hand.refuse(53, NOBODY, of="2.1")
    return complete(hand.facts)
