"""What the watch says of levels that begin together: joined, closed, and moved on from."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import Act, LateSuccess, OnUnknown, Status
from sandbox.report.laws import Laws
from sandbox.report.laws_of_fronts import FrontLaws
from tests.support.hand import BUSY, NOBODY, OPTED_OUT, Hand, level, plan, us
from tests.support.logs import Tampered, complete, line


def _plan(first: Any = None, second: Any = None, **others: Any) -> Plan:
    sms = level(wait=30, **(first or {}))
    whatsapp = level("whatsapp", wait=50, parallel=True, **(second or {}))
    return plan(sms, whatsapp, level("viber", wait=30), **others)


BOTH: Final = _plan(deadline=200)


def said(facts: Sequence[Fact], its_plan: Plan = BOTH) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,), with_truth=False)
    laws.watch(facts)
    return [f"{found.law}: {found.text}" for found in laws.violations]


def _log(its_plan: Plan = BOTH, **asked: Any) -> Hand:
    return Hand(its_plan).request(**asked)


def _closed() -> Tampered:
    """Both are accepted, SMS closes at 31 s, WhatsApp moves on at 51 s, Viber ends it."""
    hand = _log()
    hand.accept(1, of="0.1")
    hand.accept(1, of="1.1")
    hand.wake(51)
    hand.accept(52, of="2.1")
    hand.rest()
    return Tampered(complete(hand.facts))


def _stories() -> dict[str, tuple[Hand, Plan]]:
    """Fronts of all sorts, each played to its end."""
    told: dict[str, tuple[Hand, Plan]] = {}
    for of in ("0.1", "1.1"):
        hand = _log()
        hand.accept(1, of="0.1")
        hand.accept(1, of="1.1")
        hand.receipt(Status.DELIVERED, 5, of=of)
        told[f"success of {of}"] = (hand, BOTH)
    hand = _log()
    hand.refuse(1, NOBODY, of="0.1")
    hand.accept(1, of="1.1")
    told["one cannot be reached"] = (hand, BOTH)
    its = _plan({"retries": 1, "via": ("a", "b")}, {"on_unknown": OnUnknown.NEXT})
    hand = _log(its)
    hand.refuse(1, BUSY, of="0.1")
    hand.wake(20)
    hand.refuse(21, of="0.2")
    told["retry, next provider, silence"] = (hand, its)
    hand = _log()
    hand.refuse(1, OPTED_OUT, of="1.1")
    hand.accept(2, of="0.1")
    told["a reason to stop"] = (hand, BOTH)
    for ineligible in ((("sms", "x"),), (("whatsapp", "x"),), (("sms", "x"), ("whatsapp", "x"))):
        told[f"ineligible {len(told)}"] = (_log(ineligible=ineligible), BOTH)
    its = _plan({"quiet": QuietHours(from_us=0, to_us=us(20))}, deadline=200)
    hand = _log(its)
    hand.refuse(1, of="1.1")
    told["held beside"] = (hand, its)
    for late in (LateSuccess.IGNORE, LateSuccess.RECORD):
        its = _plan(late_success=late)
        hand = _log(its)
        hand.accept(1, of="0.1")
        hand.accept(1, of="1.1")
        hand.wake(31)
        hand.receipt(Status.DELIVERED, 40, of="0.1")
        told[f"late success, {late}"] = (hand, its)
    for act in (Act.NEXT, Act.RESEND, Act.CANCEL):
        hand = _log()
        hand.accept(1, of="0.1")
        hand.act(act, 5)
        told[f"by hand, {act}"] = (hand, BOTH)
    its = _plan(deadline=40)
    told["deadline"] = (_log(its), its)
    its = plan(level(), level("whatsapp"), level("viber", parallel=True))
    hand = _log(its)
    hand.refuse(1)
    hand.refuse(2, of="1.1")
    told["a front as a fallback"] = (hand, its)
    for hand, _ in told.values():
        hand.rest()
    return told


STORIES: Final = _stories()


@pytest.mark.parametrize("name", STORIES)
def test_what_the_engine_does_with_fronts_breaks_no_law(name: str) -> None:
    """S25: each level by itself, and all of them together."""
    hand, its_plan = STORIES[name]
    assert said(complete(hand.facts), its_plan) == []


def test_levels_join_at_once_and_because_of_what_began_the_front() -> None:
    """Neither later, nor without a reason, nor another one; and none is left out."""
    log = _closed()
    assert said(log.facts) == []
    assert said(log.change("joined", at=1))[0].startswith("fronts-kept: joined 1  at 1 us")
    assert said(log.change("joined", level=2))[0].startswith("fronts-kept: joined 2")
    assert said(log.change("joined", cause=2))[0].startswith("fronts-kept: joined 1")
    assert said(log.drop("joined"))[0].startswith("fronts-kept: submitted 1.1")
    twice = log.add(4, line(0, 0, "joined", "1.2", cause=1))
    assert said(twice)[0] == "fronts-kept: level 2 joins for no reason"


def test_a_level_closes_by_itself_exactly_when_due() -> None:
    """S25: it switches nothing while another one is open, and says so."""
    log = _closed()
    assert said(log.change("closed", trigger="failed"))[0].startswith("fronts-kept: closed 0")
    assert said(log.change("closed", level=1))[0].startswith("fronts-kept: closed 1")
    early = said(log.change("closed", kind="fell_back", level=2))
    assert early[0].startswith("fronts-kept: fell_back 2")
    late = said(log.change("fell_back", kind="closed", level=1))
    assert late[0].startswith("fronts-kept: closed 1 no_receipt")
    assert "fell_back 2" in late[0]
    no_reason = log.add(6, line(0, 1, "closed", "1.0", cause=6, trigger="no_receipt"))
    assert said(no_reason)[0] == "fronts-kept: level 0 closes for no reason"


def test_each_level_of_a_front_has_its_own_wait() -> None:
    """S12: a wait that is over too early, or never, is noticed at either level."""
    log = _closed()
    assert said(log.change("wait_over", 0, at=-1))[0].startswith("on-time: a wait is over")
    assert any("on-time" in text for text in said(log.change("wait_over", 1, at=5)))
    without = [fact for fact in log.facts if fact[5] not in ("wait_over", "closed")]
    assert any(text.startswith("on-time") for text in said(without))


def test_by_hand_all_levels_close_before_the_next_one() -> None:
    """S35: none is left out, and none keeps on."""
    log = Tampered(complete(STORIES["by hand, next"][0].facts))
    assert said(log.drop("closed"))[0].startswith("fronts-kept: fell_back 2 manual")


def test_where_no_levels_begin_together_such_lines_are_unknown() -> None:
    """A plan without fronts has the common watch, and it knows no such kinds."""
    assert not isinstance(Laws((plan(level()),)), FrontLaws)
    strict = plan(level(wait=30), level("whatsapp", wait=50), level("viber"), deadline=200)
    assert "known-kind: joined is no kind" in said(_closed().facts, strict)


def test_beside_a_front_another_plan_may_have_none() -> None:
    """Both are watched in one run."""
    strict = plan(level(), level("viber"), name="strict")
    hand = Hand(BOTH, strict)
    hand.request(0, message=1)
    hand.request(0, message=2, plan=1)
    hand.rest()
    facts = complete(hand.facts)
    laws = Laws((BOTH, strict), with_truth=False)
    laws.watch(facts)
    laws.finish(quiet=True)
    assert laws.violations == []
    joined = line(len(facts) + 1, 700, "joined", "2.1", cause=1)
    laws = Laws((BOTH, strict), with_truth=False)
    laws.watch([*facts[:-1], (len(facts), *joined[1:])])
    assert laws.violations != []
