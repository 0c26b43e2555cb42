"""Everything a simulated provider may say, for the tests of dialects."""

from collections.abc import Iterator
from typing import Final

from sandbox.adapters.codec import SMS, Ability, Adapter, OutgoingMessage
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import SECOND_US, Channel, ReasonClass, Status
from sandbox.dialects.dialect import Dialect
from sandbox.dialects.words import Word
from tests.support.submissions import HOOK_URL, message

NOW_S: Final = 1_767_607_241
"""2026-01-05 10:00:41 UTC."""
PRICE: Final = Price(7_500_000, "EUR")
RECEIPTS: Final = (
    Status.SENT,
    Status.DELIVERED,
    Status.READ,
    Status.FAILED,
    Status.REJECTED,
    Status.EXPIRED,
)
REASONS: Final = (None, *(Reason("no-such-code", each, "why") for each in ReasonClass))


def outgoing(adapter: Adapter, channel: Channel, **more: str) -> OutgoingMessage:
    """A text any adapter sends on a channel."""
    sender = "+15550100001" if channel != SMS else "ACME"
    url = HOOK_URL if Ability.CALLBACK in adapter.abilities else ""
    return message(channel=channel, sender=sender, callback_url=url, **more)  # type: ignore[arg-type]  # texts alone are given


def answers() -> Iterator[Word]:
    """Every answer with every class of reasons."""
    yield Word(Status.ACCEPTED, None, PRICE, NOW_S)
    for status in (Status.REFUSED, Status.THROTTLED):
        for reason in REASONS:
            yield Word(status, reason, None, NOW_S, 7 * SECOND_US)


def receipts() -> Iterator[Word]:
    """Every receipt, the negative ones with every class of reasons."""
    for status in RECEIPTS:
        for reason in REASONS if status < 0 else (None,):
            yield Word(status, reason, PRICE, NOW_S)


def own(dialect: Dialect) -> list[Reason]:
    """All reasons of the vendor's own table, but those of HTTP."""
    return [
        Reason(code, line.reason_class, "as the scenario says it")
        for code, line in dialect.table.lines.items()
        if not code.startswith("http-")
    ]
