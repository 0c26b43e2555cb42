"""What the watch says of acts: in vain without a reason, followed by nothing, or by the wrong."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import pytest

from sandbox.cascade import outputs
from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import Act, OnExpired, Status, Trigger
from sandbox.report.laws import Laws
from tests.support.hand import BUSY, Hand, level, plan, us
from tests.support.logs import Tampered, complete

PLAN: Final = plan(
    level("sms", wait=30, verify_within_us=us(20)),
    level("viber", wait=30, verify_within_us=us(40)),
    deadline=300, stops_on_verified=True, code_lifetime_us=us(100),
)  # fmt: skip
OWN: Final = plan(
    level("sms", wait=30), level("viber", wait=30),
    deadline=300, stops_on_verified=True, code_lifetime_us=us(100), has_code_per_level=True,
)  # fmt: skip
PLAIN: Final = plan(level("sms", wait=30), level("viber", wait=30), deadline=90)


def said(facts: Sequence[Fact], its_plan: Plan = PLAN) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,), with_truth=False)
    laws.watch(facts)
    laws.finish(quiet=True)
    return [f"{found.law}: {found.text}" for found in laws.violations]


@cache
def verified() -> Tampered:
    """Delivered by SMS, not entered, on to Viber at 26 s; the SMS's code is entered at 30 s."""
    hand = Hand(PLAN).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 6)
    hand.accept(27)
    hand.act(Act.VERIFIED, 30)
    hand.act(Act.VERIFIED, 31)
    hand.rest()
    return Tampered(complete(hand.facts))


@cache
def acted() -> Tampered:
    """Asked for once more, sent on, and cancelled: nothing of it in vain."""
    hand = Hand(PLAIN).request()
    hand.accept(1)
    hand.act(Act.RESEND, 10)
    hand.accept(11)
    hand.act(Act.VERIFIED, 12)
    hand.act(Act.NEXT, 15)
    hand.accept(16)
    hand.act(Act.CANCEL, 20)
    hand.act(Act.RESEND, 21)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_acts_that_are_as_they_must_be_break_no_law() -> None:
    """S33, S35: of every kind, in vain and not."""
    whys = [fact[7].text("why") for fact in verified().facts if fact[5] == "act"]
    assert whys == ["", "already delivered"]
    assert said(verified().facts) == []
    assert said(acted().facts, PLAIN) == []


WRONG: Final = {
    "in vain for another reason": (
        verified().change("act", 1, why="already cancelled"), PLAN,
        "acts-kept: verified in vain: already cancelled instead of in vain: already delivered",
    ),
    "in vain without one": (
        verified().change("act", 0, why="the code has expired"), PLAN,
        "acts-kept: verified in vain: the code has expired instead of not in vain",
    ),
    "not in vain, though no code is awaited": (
        acted().change("act", 1, why=None), PLAIN,
        "acts-kept: verified not in vain instead of in vain: no code is awaited",
    ),
    "not in vain after the outcome": (
        acted().change("act", -1, why=None), PLAIN,
        "acts-kept: resend not in vain instead of in vain: already delivered or exhausted or",
    ),
    "the code ends nothing": (
        verified().drop("finished"), PLAN,
        "consequence: missing: finished 0.1 delivered verified at 30000000 us",
    ),
    "credited to what did not bring it": (
        verified().change("finished", level=1), PLAN,
        "levels-in-order: finished 1.1 delivered verified",
    ),
    "delivered, and nobody says by a code": (
        verified().change("finished", verified=None), PLAN,
        "consequence: finished 0.1 delivered at 30000000 us",
    ),
    "a success ends it": (
        verified().change("wait_over", kind="finished", outcome="delivered", trigger=None), PLAN,
        "consequence: delivered for no reason",
    ),
    "too early not verified": (
        verified().change("wait_over", at=-1), PLAN,
        "on-time: a wait is over at 25999999 us, not at 26000000 us",
    ),
    "the receipt's timer runs on": (
        verified().change("wait_over", trigger="no_receipt"), PLAN,
        "consequence: no_receipt instead of not_verified",
    ),
    "cancelled, and ended otherwise": (
        acted().change("finished", outcome="expired"), PLAIN,
        "consequence: finished 1 expired at 20000000 us",
    ),
    "sent on, and left for another reason": (
        acted().change("fell_back", trigger="no_receipt"), PLAIN,
        "consequence: fell_back 1 no_receipt",
    ),
    "sent again under the old key": (
        acted().change("submitted", 1, key=1), PLAIN, "consequence: key 1 instead of 0",
    ),
    "sent again, and nobody asked": (
        acted().drop("act"), PLAIN, "one-in-flight: submitted while another attempt is in flight",
    ),
    "an act nobody knows": (
        acted().change("act", act="sing"), PLAIN, "known-kind: act about nothing that began",
    ),
    "about a message that never was": (
        acted().change("act", message=7), PLAIN,
        "known-kind: an act on a message that was never requested",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_about_an_act_is_said(what: str) -> None:
    """S33, S35: each wrong line by its law, and by what must stand there instead."""
    facts, its_plan, text = WRONG[what]
    assert [found for found in said(facts, its_plan) if found.startswith(text)], said(
        facts, its_plan
    )


def test_an_older_code_of_its_own_level_is_valid_for_its_lifetime() -> None:
    """S33: `per: level` counts from the level's first submission, and credits that level."""
    hand = Hand(OWN).request()
    hand.accept(1)
    hand.accept(32)
    hand.act(Act.VERIFIED, 50, code_of=0)
    log = Tampered(complete(hand.facts))
    assert log.facts[-1][3] == 0
    assert said(log.facts, OWN) == []
    nth = log.nth("act")
    for its_level, why in ((1, "levels-in-order: finished 0.1"), (2, "acts-kept: verified not in")):
        of_another = (*log.facts[nth][:7], outputs.act_detail("verified", its_level, ""))
        facts = [*log.facts[:nth], of_another, *log.facts[nth + 1 :]]
        assert said(facts, OWN)[0].startswith(why)


def test_a_success_that_is_no_longer_waited_for_arms_nothing() -> None:
    """S10: a timer whose trigger `next_on` does not list is never armed; only the deadline ends."""
    patient = plan(
        level("sms", wait=30, next_on=frozenset({Trigger.NO_RECEIPT})), level("viber"),
        deadline=90, stops_on_verified=True,
    )  # fmt: skip
    hand = Hand(patient).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 6)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert log.facts[-1][7].text("outcome") == "expired"
    assert said(log.facts, patient) == []


def test_a_resend_into_an_open_circuit_passes_it_over() -> None:
    """S22, S35: the next provider gets it, and where none is left the level is."""
    its = plan(level("sms", via=["a", "b"], wait=30), level("viber"), deadline=90)
    breakers = {"a": Breaker(open_after=1, for_us=us(60))}
    hand = Hand(its, breakers=breakers).request()
    hand.accept(1)
    hand.request(2, message=2)
    hand.refuse(3, BUSY, message=2)
    hand.act(Act.RESEND, 5)
    hand.rest()
    facts = complete(hand.facts)
    assert [f[7].text("provider") for f in facts if f[5] == "skipped"] == ["a"]
    laws = Laws((its,), breakers, with_truth=False)
    laws.watch(facts)
    assert laws.violations == []
    laws = Laws((its,), breakers, with_truth=False)
    laws.watch(Tampered(facts).drop("skipped"))
    assert laws.violations[0].text.startswith("submitted 0.2 b")


def test_what_is_held_for_quiet_hours_is_not_sent_once_more() -> None:
    """S19, S35: but may be sent on, or cancelled."""
    quiet = plan(level("sms", quiet=QuietHours(from_us=0, to_us=us(60))), level("viber"))
    hand = Hand(quiet).request()
    hand.act(Act.RESEND, 5)
    hand.act(Act.NEXT, 6)
    log = Tampered(complete(hand.facts))
    assert said(log.facts, quiet)[:-2] == []  # the run is broken off
    wrong = said(log.change("act", why=None), quiet)
    assert wrong[0] == "acts-kept: resend not in vain instead of in vain: held for quiet hours"


HELD_BELOW: Final = plan(
    level("sms", wait=30, timeout=10, on_expired=OnExpired.STOP),
    level("viber", wait=30, quiet=QuietHours(from_us=0, to_us=us(40))),
    deadline=300,
)  # fmt: skip
SMS_CUT_OFF: Final = {"sms": Breaker(open_after=1, for_us=us(90))}


def _left_by_a_resend(resend_at: int, *receipts: tuple[int, Status]) -> Tampered:
    """Sent once more into a circuit that has opened since, so held for Viber until 40 s.

    Args:
        resend_at: When, in seconds.
        receipts: What is heard of the SMS of 0 s, and when. Without any it is never answered and
            given up at 10 s, else it is accepted at 1 s.
    """
    hand = Hand(HELD_BELOW, breakers=SMS_CUT_OFF).request()
    if receipts:
        hand.accept(1)
    hand.request(2, message=2)
    hand.refuse(3, BUSY, message=2)
    hand.act(Act.CANCEL, 4, message=2)
    hand.act(Act.RESEND, resend_at)
    for at, status in receipts:
        hand.receipt(status, at, of="0.1")
    hand.accept(41)
    hand.act(Act.CANCEL, 45)
    return Tampered(complete(hand.facts))


def _said_of_held(facts: Sequence[Fact]) -> list[str]:
    laws = Laws((HELD_BELOW,), SMS_CUT_OFF, with_truth=False)
    laws.watch(facts)
    return [f"{found.law}: {found.text}" for found in laws.violations]


LEFT: Final[Mapping[str, Tampered]] = {
    "given up before the resend": _left_by_a_resend(14),
    "given up while the next level is held": _left_by_a_resend(9),
    "its first news": _left_by_a_resend(14, (20, Status.SENT)),
    "sent, and then failed": _left_by_a_resend(14, (20, Status.SENT), (25, Status.FAILED)),
    "expired, which stops a message at its own level": _left_by_a_resend(14, (25, Status.EXPIRED)),
}


@pytest.mark.parametrize("what", LEFT)
def test_what_a_resend_left_moves_nothing_while_the_next_level_is_held(what: str) -> None:
    """S10, S19, S22, S35: an attempt counts as in flight no more once its level was left."""
    log = LEFT[what]
    kinds = [f"{fact[5]} {fact[3]}" for fact in log.facts if fact[2] == 1]
    assert "held 1" in kinds
    assert "submitted 1" in kinds[kinds.index("held 1") :]
    assert _said_of_held(log.facts) == []


def test_what_a_resend_left_may_not_move_a_held_level() -> None:
    """S10, S17: a held level that ends, or begins, for news of the one before it breaks a law."""
    log = LEFT["expired, which stops a message at its own level"]
    expired = next(fact for fact in log.facts if fact[5] == "receipt")
    stopped = log.change("submitted", -1, kind="finished", outcome="stopped", attempt=None,
                         cause=expired[0], at=expired[1] - us(40))  # fmt: skip
    assert _said_of_held(stopped)[0] == "consequence: stopped for no reason"
    early = log.change("submitted", -1, cause=expired[0], at=expired[1] - us(40))
    assert _said_of_held(early)[0] == "on-time: a retry at 25000000 us, not at 40000000 us"
