"""Receipts that misbehave: what they are on the wire, and what the engine hears of them."""

from collections.abc import Sequence
from typing import Any

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Conflict, OnUnknown, Origin, Status
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import ChargedOn, ReceiptScript, Script, ScriptEntry, Single
from tests.support.hand import level, plan, us
from tests.support.worlds import (
    deliveries,
    kinds,
    lines,
    percent,
    provider,
    run,
    submits,
    told_world,
    world,
)

ALL = percent(100)
ONE = plan(level(wait=100))
BOTH = (Status.SENT, Status.DELIVERED)
LONG = "x" * 400  # three segments of GSM-7


def _heard(facts: Sequence[Fact]) -> list[str]:
    kinds_heard = (
        "accepted", "receipt", "late_receipt", "ignored", "segment_receipt", "orphan_receipt",
        "unknown",
    )  # fmt: skip
    return [told_world(fact) for fact in facts if fact[5] in kinds_heard]


def _run(its_plan: Any = ONE, **options: Any) -> list[Fact]:
    return run(world(its_plan, provider(**options)))


# Copies, order ---------------------------------------------------------------------------------


def test_copies_of_a_receipt_come_one_after_the_other_and_count_once() -> None:
    """S5: duplicated, a receipt comes again and again, and each copy is ignored as one."""
    facts = _run(receipt_duplicated_share=ALL, receipt_copies=(2, 2), receipt_gap=fixed(us(3)))
    assert _heard(facts) == [
        "1 accepted 0.1",
        "6 receipt 0.1 delivered",
        "9 ignored 0.1 delivered duplicate",
        "12 ignored 0.1 delivered duplicate",
    ]


def test_how_many_copies_come_is_a_matter_of_luck_within_bounds() -> None:
    """From 1 to 3 copies: every number occurs, and no other."""
    its_world = world(ONE, provider(receipt_duplicated_share=ALL, receipt_copies=(1, 3)), load=200)
    facts = run(its_world)
    counts = {
        message: sum(fact[2] == message and fact[5] == "ignored" for fact in facts)
        for message in range(1, 201)
    }
    assert set(counts.values()) == {1, 2, 3}


def test_a_reordered_receipt_lets_the_next_one_go_first() -> None:
    """S4: held back until the next has gone by, it says nothing new any more."""
    facts = _run(
        reports=BOTH, receipt_reordered_share=ALL, receipt_reordered_within_us=us(30), delivery=4
    )
    assert _heard(facts)[:2] == ["1 accepted 0.1", "32 receipt 0.1 sent"]
    straight = _run(reports=BOTH)
    assert _heard(straight)[1:] == ["2 receipt 0.1 sent", "6 receipt 0.1 delivered"]


def test_only_the_receipt_that_is_held_back_is_late() -> None:
    """S4: `sent` is held back, `delivered` comes in its time, and `sent` right behind it."""
    held = [seed for seed in range(1, 60) if _overtakes(seed)]
    assert 5 < len(held) < 50


def _overtakes(seed: int) -> bool:
    half = provider(
        reports=BOTH, receipt_reordered_share=percent(50), receipt_reordered_within_us=us(30)
    )
    heard = _heard(run(world(ONE, half, seed=seed)))
    if "6 receipt 0.1 delivered" in heard and "2 receipt 0.1 sent" not in heard:
        assert heard[-1] == "6 ignored 0.1 sent already delivered"
        return True
    return False


def test_batched_receipts_arrive_together() -> None:
    """Batched: at whole multiples of the interval, whenever the statuses arose."""
    facts = run(world(ONE, provider(delivery=9, receipt_batch_every_us=us(20)), load=3))
    assert [fact[1] for fact in facts if fact[5] == "receipt"] == [us(20)] * 3


# Before the reply ------------------------------------------------------------------------------


def test_a_receipt_can_come_before_the_reply() -> None:
    """S12: a receipt before the answer counts as acceptance; the answer changes nothing more."""
    assert lines(_run(receipt_before_reply=ALL)) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted_at_provider 0.1",
        "5 reached_handset 0.1",
        "6 receipt 0.1 delivered",
        "6 finished 0.1 delivered",
        "6 accepted 0.1",
    ]


def test_a_reply_that_waits_for_a_receipt_comes_in_time_without_one() -> None:
    """S21: where no receipt comes, the answer is heard at the last instant, and is not unknown."""
    facts = _run(receipt_before_reply=ALL, delivery=50)
    assert _heard(facts) == ["10 accepted 0.1", "52 receipt 0.1 delivered"]


def test_what_is_billed_on_acceptance_is_told_with_the_reply() -> None:
    """S31: the receipt and the late answer say the same price, and it is billed once."""
    facts = _run(receipt_before_reply=ALL, price_nano=7)
    assert [fact[7].number("amount_nano") for fact in facts if fact[5] == "billed"] == [7]
    said = [fact[7].number("owed_nano") for fact in facts if fact[5] in ("receipt", "accepted")]
    assert said == [7, 7]


# Claims ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "heard"),
    [
        (Conflict.BEST, "7 ignored 0.1 failed already delivered"),
        (Conflict.FIRST, "7 ignored 0.1 failed already delivered"),
        (Conflict.LAST, "7 late_receipt 0.1 failed"),
    ],
)
def test_a_final_can_be_contradicted(policy: Conflict, heard: str) -> None:
    """S6: delivered, then failed: the policy decides what holds, and the outcome stays."""
    facts = _run(plan(level(wait=100), conflict=policy), receipt_contradictory=ALL)
    assert _heard(facts)[-2:] == ["6 receipt 0.1 delivered", heard]
    claim = next(fact for fact in facts if fact[5] == "receipt_contradicts")
    assert claim[7].text("status") == "failed"
    assert facts[-1][6] == claim[0], "the claim stems from its own line"
    assert kinds(facts).count("finished") == 1


def test_a_failure_can_be_contradicted_by_a_delivery() -> None:
    """S6, S23: failed, then delivered though nothing is there: the level after it is in vain."""
    two = plan(level(wait=100), level("whatsapp", wait=100))
    bad = provider(receipt_contradictory=ALL, delivery_outcomes=deliveries(failed=100))
    facts = run(world(two, bad, provider("whatsapp")))
    assert "7 receipt 0.1 delivered" in _heard(facts)
    assert "7 finished 0.1 delivered" in lines(facts)


def test_a_receipt_with_an_id_nobody_knows_is_an_orphan() -> None:
    """S7: kept and counted, and the engine acts as if it had not come."""
    facts = _run(plan(level(wait=20)), receipt_unknown_id=ALL)
    unmatched = next(fact for fact in facts if fact[5] == "receipt_unmatched")
    orphan = next(fact for fact in facts if fact[5] == "orphan_receipt")
    assert (orphan[0], orphan[6], orphan[2:5]) == (unmatched[0] + 1, unmatched[0], (None,) * 3)
    assert dict(orphan[7].fields) == {"provider": "sms", "status": "delivered"}
    assert lines(facts)[-1].startswith("21 finished 0 exhausted")


# Matching --------------------------------------------------------------------------------------


def _without_echo(**settings: Any) -> list[Fact]:
    its_plan = plan(level(wait=20, on_unknown=OnUnknown.RESEND, retries=1))
    return _run(its_plan, more={"echoes_reference": False}, **settings)


def test_a_receipt_is_matched_by_the_id_of_the_answer() -> None:
    """S7: a provider that does not echo our reference is understood as long as it answers."""
    assert _heard(_without_echo()) == ["1 accepted 0.1", "6 receipt 0.1 delivered"]


def test_a_receipt_of_an_unanswered_submission_is_an_orphan_without_echo() -> None:
    """S7: nobody knows the id, so the receipt of a message that did arrive goes nowhere."""
    facts = _without_echo(submit_outcomes=submits(timeout_accepted=100))
    assert kinds(facts).count("orphan_receipt") == 1
    assert "receipt" not in kinds(facts)


def test_with_echo_the_receipt_of_an_unanswered_submission_is_matched() -> None:
    """S7, S21: our own reference comes back, and the doubt is over."""
    its_plan = plan(level(wait=40))
    facts = _run(its_plan, submit_outcomes=submits(timeout_accepted=100))
    assert _heard(facts) == ["6 receipt 0.1 delivered", "10 unknown 0.1"]


def test_a_receipt_before_the_reply_waits_for_it_without_echo() -> None:
    """S7: until the answer tells the id, nobody could say whose receipt it is."""
    facts = _without_echo(receipt_before_reply=ALL)
    assert _heard(facts) == ["6 accepted 0.1", "6 receipt 0.1 delivered"]


# Segments --------------------------------------------------------------------------------------


def _segments(its_plan: Any = None, **options: Any) -> list[Fact]:
    its_plan = its_plan or plan(level(wait=100), text=LONG)
    return _run(its_plan, more={"receipts_per_segment": True}, per_segment=True, **options)


def test_every_segment_has_a_receipt_and_the_last_one_counts() -> None:
    """S30: two segments delivered are not a message delivered."""
    assert _heard(_segments()) == [
        "1 accepted 0.1",
        "6 segment_receipt 0.1 delivered",
        "6 segment_receipt 0.1 delivered",
        "6 receipt 0.1 delivered",
    ]


def test_a_partly_delivered_text_fails_with_the_receipt_of_what_is_missing() -> None:
    """S30: some segments arrived; the message did not, and the next level is tried."""
    facts = _segments(delivery_outcomes=deliveries(partial=100), price_nano=5)
    part = next(fact for fact in facts if fact[5] == "partly_reached_handset")
    assert part[7].number("segments") == 3
    assert 0 < part[7].number("arrived") < 3
    assert "reached_handset" not in kinds(facts)
    assert "failed" in next(line for line in _heard(facts) if "receipt 0.1 failed" in line)


def test_what_arrived_of_a_partly_delivered_text_is_charged_on_delivery() -> None:
    """S30, S31: price is per segment, and segments that never came are not billed."""
    facts = _segments(
        delivery_outcomes=deliveries(partial=100), price_nano=5, charged_on=ChargedOn.DELIVERED
    )
    part = next(fact for fact in facts if fact[5] == "partly_reached_handset")
    billed = [fact[7].number("amount_nano") for fact in facts if fact[5] == "billed"]
    assert billed == [5 * part[7].number("arrived")]


def test_without_receipts_of_segments_a_partly_delivered_text_is_said_to_have_failed() -> None:
    """S30: one status for the whole cannot tell that half of it is there."""
    its_plan = plan(level(wait=100), text=LONG)
    facts = _run(its_plan, delivery_outcomes=deliveries(partial=100))
    assert _heard(facts) == ["1 accepted 0.1", "6 receipt 0.1 failed"]


def test_a_text_of_one_segment_is_never_partly_delivered() -> None:
    """S30: there is nothing to lose a part of."""
    facts = _run(plan(level(wait=100), text="short"), delivery_outcomes=deliveries(partial=100))
    assert "reached_handset" in kinds(facts)


def test_a_delivered_segment_means_that_the_message_was_sent() -> None:
    """S12, S30: the wait from `sent` starts once more with the first segment that arrived."""
    its_plan = plan(level(wait=5, origin=Origin.SENT), text=LONG)
    per_segment = {"receipts_per_segment": True}
    outcomes = set()
    for seed in range(1, 30):
        its_provider = provider(
            delivery=3, receipt_lost=percent(40), per_segment=True, more=per_segment
        )
        facts = run(world(its_plan, its_provider, seed=seed))
        heard = kinds(facts)
        if "segment_receipt" in heard and "receipt" not in heard:
            outcomes.add(next(fact[1] for fact in facts if fact[5] == "wait_over"))
    assert outcomes == {us(10)}


# Scripts ---------------------------------------------------------------------------------------


def _scripted(*entries: ScriptEntry, **options: Any) -> list[Fact]:
    its_plan = plan(level(wait=30, retries=2))
    script = Script(id="said", message="one", level=0, entries=entries)
    load = [Single(plan=0, at_us=0, name="one"), Single(plan=0, at_us=0, name="two")]
    its_world = world(its_plan, provider(**options), load=load, scripts=(script,))
    facts = run(its_world)
    assert its_world.fired["said"] == min(
        len(entries), sum(fact[2] == 1 and fact[5] == "submitted" for fact in facts)
    )
    return facts


def test_a_script_says_what_becomes_of_each_attempt_in_turn() -> None:
    """Rule 15: entry by entry, and after the last one the shares apply."""
    facts = _scripted(ScriptEntry("refused.temporary"), ScriptEntry("throttled"))
    heard = [line for line in lines(facts) if "submitted" not in line]
    assert [line.split()[1] for line in heard] == [
        "requested", "refused", "retry_planned", "throttled", "retry_planned", "accepted",
        "reached_handset", "receipt", "finished",
    ]  # fmt: skip
    assert "6 receipt 0.1 delivered" in lines(facts, 2), "another message has its own luck"


def test_a_script_beats_shares_and_says_when() -> None:
    """Rule 6, 15: delivered after 9 s with a receipt 2 s later, though the shares say failed."""
    receipt = ReceiptScript(delay_us=us(2))
    entry = ScriptEntry("accepted", "delivered", us(9), receipt)
    facts = _scripted(entry, delivery_outcomes=deliveries(failed=100), receipt_lost=ALL)
    assert lines(facts)[-3:] == [
        "10 reached_handset 0.1",
        "12 receipt 0.1 delivered",
        "12 finished 0.1 delivered",
    ]


def test_a_script_can_lose_the_receipt_of_what_was_never_answered() -> None:
    """Rule 15: the dearest failure there is, on demand."""
    facts = _scripted(ScriptEntry("timeout.accepted", receipt=ReceiptScript(is_lost=True)))
    assert "5 receipt_lost 0.1 delivered" in lines(facts)
    assert "receipt" not in kinds([fact for fact in facts if fact[2] == 1])


def test_a_script_can_repeat_and_contradict_a_receipt() -> None:
    """Rule 15: every fault of a receipt can be had for one message."""
    receipt = ReceiptScript(delay_us=us(1), copies=2, is_contradicted=True)
    facts = _scripted(ScriptEntry("accepted", "delivered", us(4), receipt))
    mine = [fact for fact in facts if fact[2] == 1]
    assert [line.split(maxsplit=1)[1] for line in _heard(mine)] == [
        "accepted 0.1",
        "receipt 0.1 delivered",
        "ignored 0.1 delivered duplicate",
        "ignored 0.1 delivered duplicate",
        "ignored 0.1 failed already delivered",
    ]
