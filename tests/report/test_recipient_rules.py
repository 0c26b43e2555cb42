"""What the watch says of quiet hours and of what is remembered: too early, too long, unsaid."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import QuietPolicy, Status
from sandbox.report.laws import Laws
from sandbox.report.recipient_rules import NOT_QUIET, Memory, quiet_until
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, Hand, level, plan, us
from tests.support.logs import Tampered, complete

HOUR: Final = 3600


def hours(policy: QuietPolicy, begin: int = 21, end: int = 8) -> QuietHours:
    """From nine in the evening to eight in the morning."""
    return QuietHours(from_us=us(begin * HOUR), to_us=us(end * HOUR), policy=policy)


HOLDS: Final = plan(level(quiet=hours(QuietPolicy.HOLD)), level("viber"), deadline=None)
SKIPS: Final = plan(level(quiet=hours(QuietPolicy.SKIP)), level("viber"), name="skips")
DROPS: Final = plan(level(quiet=hours(QuietPolicy.DROP)), level("viber"), name="drops")
REMEMBERS: Final = plan(level("whatsapp"), level("sms"), remember_us=us(100), name="remembers")
PLANS: Final = (HOLDS, SKIPS, DROPS, REMEMBERS)


def said(facts: Sequence[Fact], *plans: Plan, breakers: dict[str, Breaker] | None = None) -> str:
    """Every violation as `law: text`, one a line."""
    laws = Laws(plans or PLANS, breakers or {}, with_truth=False)
    laws.watch(facts)
    laws.finish(quiet=True)
    return "\n".join(f"{found.law}: {found.text}" for found in laws.violations)


@cache
def night() -> Tampered:
    """Held, skipped and dropped at eleven in the evening; and sent at once at noon."""
    hand = Hand(*PLANS)
    for number in range(3):
        hand.request(0, message=number + 1, plan=number, local=23 * HOUR)
    hand.accept(1, "1.1", message=2)
    hand.receipt(Status.DELIVERED, 2, of="1.1", message=2)
    hand.request(3, message=4, local=12 * HOUR)
    hand.accept(4, message=4)
    hand.receipt(Status.DELIVERED, 5, message=4)
    hand.wake(9 * HOUR)
    hand.accept(9 * HOUR + 1)
    hand.receipt(Status.DELIVERED, 9 * HOUR + 2)
    return Tampered(complete(hand.facts))


@cache
def memory() -> Tampered:
    """Turned away at 1 s, skipped at 5 s, tried anew at 101 s; somebody else is none of that."""
    hand = Hand(*PLANS)
    hand.request(0, plan=3, recipient=7)
    hand.refuse(1, NOBODY)
    hand.request(5, message=2, plan=3, recipient=7)
    hand.request(6, message=3, plan=3, recipient=8)
    hand.request(101, message=4, plan=3, recipient=7)
    hand.accept(102, message=4)
    hand.receipt(Status.FAILED, 103, reason=NOBODY, message=4)
    hand.request(104, message=5, plan=3, recipient=7)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_good_logs_break_no_law() -> None:
    """S19, S27: whatever the policy, and whatever is remembered."""
    assert said(night().facts) == ""
    assert said(memory().facts) == ""


NIGHTLY: Final = {
    "held a moment too long": (
        night().change("held", 0, until_us=us(9 * HOUR) + 1),
        "quiet-hours-kept: held 0 32400000001 at 0 us because of line 1 instead of held 0 32400",
    ),
    "sent in spite of the hour": (
        night().change("held", 0, kind="submitted", attempt=1, channel="sms", provider="sms"),
        "quiet-hours-kept: submitted 0.1 sms at 0 us because of line 1 instead of held 0",
    ),
    "sent too early": (
        night().change("submitted", 2, at=-1),
        "on-time: a retry at 32399999999 us, not at 32400000000 us",
    ),
    "sent too late": (
        night().change("submitted", 2, at=1),
        "on-time: a timer was due at 32400000000 us",
    ),
    "sent for another reason": (night().change("submitted", 2, cause=1), "consequence: submitted"),
    "sent somewhere else": (
        night().change("submitted", 2, provider="viber"),
        "consequence: after quiet hours submitted to viber",
    ),
    "held by day": (
        night().change("submitted", 1, kind="held", attempt=None, until_us=us(9 * HOUR)),
        "quiet-hours-kept: held 0 32400000000",
    ),
    "held and not skipped": (
        night().change("skipped", 0, kind="held", until_us=us(9 * HOUR)),
        "quiet-hours-kept: held 0 32400000000",
    ),
    "skipped for another reason": (
        night().change("skipped", 0, reason="known from before"),
        "quiet-hours-kept: skipped 0 known from before",
    ),
    "dropped and called something else": (
        night().change("finished", 0, outcome="expired"),
        "consequence: finished 0 expired",
    ),
    "held twice": (
        night().add(2, night().facts[1]),
        "quiet-hours-kept: held until 32400000000 us for no reason",
    ),
    "held after the end": (
        night().add(len(night().facts), night().facts[1]),
        "silence-after-outcome: held for m1",
    ),
    "the hour is not told": (
        night().change("requested", 0, local_us=None),
        "known-kind: requested about nothing that began",
    ),
}


@pytest.mark.parametrize("what", NIGHTLY)
def test_what_is_wrong_about_quiet_hours_is_said(what: str) -> None:
    """S19: each wrong line by its law, and by what must stand there instead."""
    facts, text = NIGHTLY[what]
    assert text in said(facts), said(facts)


SKIPPED: Final[dict[str, Any]] = {
    "kind": "skipped", "attempt": None, "provider": None, "reason": "known from before",
}  # fmt: skip
REMEMBERED: Final = {
    "skipped for no reason": (
        memory().change("submitted", 3, **SKIPPED),
        "memory-kept: skipped 0 known from before at 6000000 us",
    ),
    "skipped for too long": (
        memory().change("submitted", 5, **SKIPPED),
        "memory-kept: skipped 0 known from before at 101000000 us",
    ),
    "tried although it is known": (
        memory().change("skipped", 0, kind="submitted", attempt=1, provider="whatsapp"),
        "memory-kept: submitted 0.1",
    ),
    "learnt from a refusal that may pass": (
        memory().change("refused", 0, **{"class": "stop"}),
        "memory-kept: skipped 0 known from before at 5000000 us",
    ),
    "learnt from a receipt that says nothing of it": (
        memory().change("receipt", 0, **{"class": "transient"}),
        "memory-kept: skipped 0 known from before at 104000000 us",
    ),
    "learnt of somebody else": (
        memory().change("requested", 0, recipient=8),
        "memory-kept: skipped 0 known from before at 5000000 us",
    ),
}


@pytest.mark.parametrize("what", REMEMBERED)
def test_what_is_wrong_about_the_memory_is_said(what: str) -> None:
    """S27: only after such a refusal, only of this person, and only for its time."""
    facts, text = REMEMBERED[what]
    assert text in said(facts), said(facts)


def test_a_late_receipt_teaches_too() -> None:
    """S27: long after the outcome."""
    hand = Hand(*PLANS)
    hand.request(0, plan=3, recipient=7)
    hand.accept(1)
    hand.wake(61)
    hand.accept(62, "1.1")
    hand.receipt(Status.DELIVERED, 63, of="1.1")
    hand.receipt(Status.FAILED, 64, of="0.1", reason=NOBODY)
    hand.request(70, message=2, plan=3, recipient=7)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert "known from before" in [fact[7].text("reason") for fact in log.facts]
    assert said(log.facts) == ""
    wrong = log.change("late_receipt", 0, **{"class": "transient"})
    assert said(wrong).startswith("memory-kept: skipped 0 known from before")


def test_who_was_held_meets_a_circuit_that_opened_meanwhile() -> None:
    """S19, S22: what is passed over at the end of quiet hours is judged then."""
    its = plan(level(via=["main", "spare"], quiet=hours(QuietPolicy.HOLD)), deadline=None)
    breakers = {"main": Breaker(open_after=1, for_us=us(20 * HOUR))}
    hand = Hand(its, breakers=breakers)
    hand.request(0, local=23 * HOUR)
    hand.request(1, message=2, local=12 * HOUR)
    hand.refuse(2, NO_CREDIT, message=2)
    hand.refuse(3, BUSY, message=2)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert said(log.facts, its, breakers=breakers) == ""
    assert [f[7].text("provider") for f in log.facts if f[5] == "skipped"][-1] == "main"
    wrong = log.change("skipped", -1, provider="spare")
    assert "skipped for no reason" in said(wrong, its, breakers=breakers)


@pytest.mark.parametrize(
    ("begin", "end", "local", "at", "until"),
    [
        (21, 8, 20, 0, None), (21, 8, 21, 0, 11), (21, 8, 7, 0, 1), (21, 8, 8, 0, None),
        (13, 15, 12, 0, None), (13, 15, 12, 1, 3), (13, 15, 14, 0, 1), (13, 15, 15, 0, None),
        (21, 8, 12, 60, 68),
    ],
)  # fmt: skip
def test_until_when_it_is_quiet(
    begin: int, end: int, local: int, at: int, until: int | None
) -> None:
    """S19: in hours, in the recipient's own time; past midnight, and on later days."""
    told = quiet_until(hours(QuietPolicy.HOLD, begin, end), us(local * HOUR), us(at * HOUR))
    assert told == (NOT_QUIET if until is None else us(until * HOUR))


def test_the_memory_ends_exactly_with_its_time() -> None:
    """S27: a moment before it is known, and then not any more."""
    known = Memory()
    known.begin(1, 7, REMEMBERS)
    known.hear(1, 0, "permanent-recipient", us(1))
    known.hear(2, 0, "permanent-recipient", us(1))
    assert known.knows(7, "whatsapp", us(101) - 1)
    assert not known.knows(7, "whatsapp", us(101))
    assert not known.knows(7, "sms", us(2))
