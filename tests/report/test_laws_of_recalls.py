"""What the watch says of recalls: of too much, of too little, twice, or of what is not so."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.events import RecallAnswered
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, LateSuccess, RecallResult, Status
from sandbox.report.laws import Laws
from sandbox.simulation.distributions import uniform
from tests.support.hand import Hand, level, plan, us
from tests.support.logs import Tampered, complete, line
from tests.support.worlds import percent, provider, run, world

PLAN: Final = plan(
    level("sms", wait=10), level("whatsapp", wait=10), level("viber", wait=20),
    deadline=60, late_success=LateSuccess.CANCEL_NEXT,
)  # fmt: skip


def said(
    facts: Sequence[Fact], its_plan: Plan = PLAN, *, truth: bool = True, quiet: bool = True
) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,), with_truth=truth)
    laws.watch(facts)
    laws.finish(quiet=quiet)
    return [f"{found.law}: {found.text}" for found in laws.violations]


@cache
def called() -> Tampered:
    """Sixty messages whose copies are called back in time, too late, and in vain."""
    lots: dict[str, Any] = {
        "delivery": uniform(0, us(30)), "receipt_late_share": percent(50),
        "receipt_late_by": uniform(0, us(30)),
    }  # fmt: skip
    can = {"can_recall": True}
    its = world(
        PLAN, provider("sms", more=can, **lots), provider("whatsapp", more=can, **lots),
        provider("viber", **lots), load=60,
    )  # fmt: skip
    return Tampered(run(its))


def _nth(result: str) -> int:
    """Which of the recalls is the first that came to this."""
    results = [fact[7].text("result") for fact in called().facts if fact[5] == "recalled"]
    return results.index(result)


def _under_way() -> int:
    """Which recall is the first of one that could not be called back, and came later."""
    came = {f[2:5]: f[0] for f in called().facts if f[5] == "reached_handset"}
    recalls = [fact for fact in called().facts if fact[5] == "recalled"]
    taken = {f[2:5]: f[0] for f in called().facts if f[5] == "accepted"}
    return next(
        nth
        for nth, fact in enumerate(recalls)
        if fact[7].text("result") == "unsupported"
        and taken.get(fact[2:5], fact[0]) < fact[0] < came.get(fact[2:5], 0)
    )


def test_recalls_break_no_law() -> None:
    """S23, S24: of each result one at least."""
    results = {fact[7].text("result") for fact in called().facts if fact[5] == "recalled"}
    assert results == {result.value for result in RecallResult}
    assert said(called().facts) == []


def _returned() -> Fact:
    return called().facts[called().nth("called_back")]


def _on_handset_after_all() -> list[Fact]:
    seq, at, message, its_level, attempt, *_ = _returned()
    place = f"{message}.{its_level}.{attempt}"
    recalled = called().facts[called().nth("recalled", _nth("recalled"))]
    return called().add(recalled[0], line(0, at / us(1), "reached_handset", place, seq))


WRONG: Final = {
    "not called back": (called().drop("recalled"), "recalls-kept: m"),
    "called back twice": (
        called().add(
            called().facts[called().nth("recalled")][0], called().facts[called().nth("recalled")]
        ),
        "recalls-kept: m",
    ),
    "given back, and nobody says so": (
        called().drop("called_back"), "recalls-kept: m",
    ),
    "given back, and said to be too late": (
        called().change("recalled", _nth("recalled"), result="too_late"),
        "recalls-kept: m",
    ),
    "too late, and said to be given back": (
        called().change("recalled", _nth("too_late"), result="recalled"),
        "recalls-kept: m",
    ),
    "too late, though it is under way": (
        called().change("recalled", _under_way(), result="too_late"),
        "recalls-kept: m",
    ),
    "because of something else": (
        called().change("recalled", cause=1), "recalls-kept: caused by line 1, not",
    ),
    "given back before anybody asked": (
        called().change("called_back", cause=1), "recalls-kept: m",
    ),
    "on the handset after all": (_on_handset_after_all(), "one-fate: an end after another one"),
    "a word nobody knows": (
        called().change("recalled", result="perhaps"), "known-kind: recalled about nothing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_about_a_recall_is_said(what: str) -> None:
    """S23, S24: each wrong line by its law."""
    facts, text = WRONG[what]
    assert [found for found in said(facts) if found.startswith(text)], said(facts)


def test_what_is_wrong_is_said_in_words() -> None:
    """One of each, in full."""
    result = said(called().change("recalled", _nth("recalled"), result="too_late"))[0]
    assert result.endswith("is said to be too_late, and it was given back")
    result = said(called().change("recalled", _nth("too_late"), result="recalled"))[0]
    assert result.endswith("is said to be recalled, and it is not")
    assert said(called().drop("recalled"))[0].endswith("was in flight, and never called back")


@pytest.mark.parametrize("policy", [LateSuccess.RECORD, LateSuccess.IGNORE])
def test_where_nothing_is_to_be_called_back_nothing_is(policy: LateSuccess) -> None:
    """S23: what is in flight is left alone."""
    its = plan(*PLAN.levels, deadline=60, late_success=policy)
    found = said(called().facts, its)
    assert any(text.endswith("called back for no reason, or once more") for text in found)
    assert any(text.endswith("is given back, and nobody asked for it") for text in found)


@cache
def cancelled() -> Tampered:
    """Two attempts under way, both called back when the message is cancelled at 15 s."""
    hand = Hand(PLAN).request()
    hand.accept(1)
    hand.wake(11)
    hand.accept(12)
    hand.act(Act.CANCEL, 15)
    for recall in hand.recalls:
        where = (recall.message, recall.level, recall.attempt)
        hand.feed(RecallAnswered(*where, RecallResult.UNSUPPORTED, recall.cause), 15)
    return Tampered(complete(hand.facts))


def test_a_message_that_is_cancelled_calls_back_all_that_is_under_way() -> None:
    """S24, S35: and a run that was broken off may not have heard of it."""
    log = cancelled()
    assert [fact[3] for fact in log.facts if fact[5] == "recalled"] == [0, 1]
    assert said(log.facts, truth=False) == []
    cut = log.drop("recalled", 1)
    assert said(cut, truth=False, quiet=False) == []
    assert said(cut, truth=False) == ["recalls-kept: m1.1.1 was in flight, and never called back"]


def test_what_had_failed_or_brought_it_is_not_called_back() -> None:
    """S23: exactly the attempts in flight."""
    hand = Hand(PLAN).request()
    hand.accept(1)
    hand.receipt(Status.FAILED, 2)
    hand.accept(3)
    hand.receipt(Status.DELIVERED, 4)
    assert hand.recalls == []
    log = complete(hand.facts)
    assert said(log, truth=False) == []
    extra = [*log, line(len(log) + 1, 4, "recalled", "1.0.1", len(log), result="unsupported")]
    assert said(extra, truth=False) == [
        "recalls-kept: m1.0.1 is called back for no reason, or once more"
    ]
