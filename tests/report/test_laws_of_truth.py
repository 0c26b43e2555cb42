"""What the watch says of claims that are not so, fates that cannot be, and money out of nowhere."""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Status
from sandbox.report.laws import Laws
from sandbox.simulation.spec import Burst, ChargedOn
from tests.support.hand import level, plan
from tests.support.logs import Tampered, line
from tests.support.worlds import deliveries, percent, provider, run, submits, world

ONE: Final = plan(level("sms", wait=30))
ALL: Final = (Status.SENT, Status.DELIVERED, Status.READ)


def said(facts: Sequence[Fact], its_plan: Plan = ONE) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,))
    laws.watch(facts)
    laws.finish(quiet=True)
    return [f"{found.law}: {found.text}" for found in laws.violations]


def _log(**settings: object) -> Tampered:
    """The log of one message."""
    priced = provider(price_nano=45, **settings)  # type: ignore[arg-type]  # the test knows
    return Tampered(run(world(ONE, priced)))


@pytest.mark.parametrize(
    ("settings", "dropped", "word"),
    [
        ({}, "reached_handset", "delivered"),
        ({"delivery_outcomes": deliveries(failed=100)}, "failed_at_provider", "failed"),
        ({"delivery_outcomes": deliveries(rejected=100)}, "failed_at_provider", "rejected"),
        ({"validity_us": 1_000_000}, "expired_at_provider", "expired"),
        ({"delivery_outcomes": deliveries(filtered=100)}, "failed_at_provider", "delivered"),
    ],
)  # fmt: skip
def test_a_receipt_is_backed_by_what_happened(
    settings: dict[str, object], dropped: str, word: str
) -> None:
    """Known never claims what truth denies; a filtered message is the declared exception."""
    log = _log(**settings)
    assert said(log.facts) == []
    assert f"known-within-truth: a receipt says {word}, and it is not so" in said(log.drop(dropped))


def test_read_is_more_than_delivered() -> None:
    """Who has it need not have read it."""
    log = _log(reports=ALL, read_share=percent(100))
    assert said(log.facts) == []
    assert said(log.drop("read_by_person")) == [
        "known-within-truth: a receipt says read, and it is not so"
    ]
    assert "one-fate: read, though not on the handset" in said(log.drop("reached_handset"))


def test_an_attempt_has_one_fate_and_only_if_a_provider_took_it() -> None:
    """Nothing arrives twice, or both arrives and fails, or out of nowhere."""
    log = _log()
    (arrival,) = [fact for fact in log.facts if fact[5] == "reached_handset"]
    twice = said(log.add(arrival[0], arrival))
    assert "one-fate: an end after another one" in twice
    assert "one-fate: an end of what was never submitted" in said(
        log.change("reached_handset", attempt=2)
    )
    refused = _log(submit_outcomes=submits(refused_permanent=100))
    assert "one-fate: an end of what no provider took" in said(refused.add(3, arrival))


def test_what_is_said_to_be_owed_was_billed() -> None:
    """S31: the ledger never runs ahead of the bill."""
    log = _log()
    assert said(log.facts) == []
    text = "money-adds-up: 45 billionths are said to be owed, and were not billed"
    assert text in said(log.drop("billed"))
    assert text in said(log.change("billed", amount_nano=44))
    assert text in said(log.change("billed", at=1))
    assert "money-adds-up: 46 billionths are said to be owed, and were not billed" in said(
        log.change("receipt", owed_nano=46)
    )


def test_a_refund_lowers_the_bill_and_never_below_nothing() -> None:
    """A receipt on its way when the refund came may still say the old price."""
    log = _log(
        delivery_outcomes=deliveries(failed=100), refunded_on=[Status.FAILED],
        charged_on=ChargedOn.SUBMITTED,
    )  # fmt: skip
    assert said(log.facts) == []
    assert "money-adds-up: billed -1 in all, or for no submission" in said(
        log.change("billed", 1, amount_nano=-46)
    )


def test_a_receipt_nobody_can_match_is_an_orphan_at_once() -> None:
    """S7: it is kept on the very next line, with its provider and what it says."""
    log = _log(receipt_unknown_id=percent(100))
    assert said(log.facts) == []
    (unmatched,) = [fact[0] for fact in log.facts if fact[5] == "receipt_unmatched"]
    lost = f"receipts-matched: the receipt of line {unmatched} is neither matched nor an orphan"
    assert lost in said(log.drop("orphan_receipt"))
    told_of_nothing = "receipts-matched: an orphan of sms that nothing tells of"
    assert told_of_nothing in said(log.drop("receipt_unmatched"))
    for new in ({"status": "sent"}, {"at": 1}, {"cause": 1}):
        assert told_of_nothing in said(log.change("orphan_receipt", **new))
    assert "receipts-matched: an orphan of viber that nothing tells of" in said(
        log.change("orphan_receipt", provider="viber")
    )
    assert "known-within-truth: a receipt says read, and it is not so" in said(
        log.change("receipt_unmatched", status="read")
    )
    assert "receipts-matched: a receipt of no submission" in said(
        log.change("receipt_unmatched", attempt=2)
    )


def test_the_orphan_of_a_message_long_delivered_is_its_providers() -> None:
    """Of a message that went smoothly it is still known who carried it."""
    two = (plan(level("viber", wait=30), name="first"), plan(level("sms", wait=30)))
    its_world = world(
        two,
        *(provider(name, reports=ALL, read_share=percent(100)) for name in ("viber", "sms")),
        load=[Burst(plan=1, at_us=0, count=1)],
    )
    log = Tampered(run(its_world))
    for name, expected in (("sms", 0), ("viber", 1)):
        facts = [
            (*fact[:5], "receipt_unmatched", *fact[6:]) if fact[5] == "late_receipt" else fact
            for fact in log.facts
        ]
        orphan = line(len(facts) + 1, 0, "orphan_receipt", "", len(facts), provider=name,
                      status="read")  # fmt: skip
        laws = Laws(two)
        laws.watch([*facts, (orphan[0], facts[-1][1], *orphan[2:])])
        laws.finish(quiet=True)
        assert len(laws.violations) == expected


def test_a_receipt_may_contradict_what_is_so_once_the_world_says_that_it_will() -> None:
    """S6: only a final can, and only the opposite of what is so."""
    log = _log(receipt_contradictory=percent(100))
    assert said(log.facts) == []
    (claim,) = [fact for fact in log.facts if fact[5] == "receipt_contradicts"]
    assert claim[7].text("status") == "failed"
    heard = log.change("ignored", kind="late_receipt")
    assert said(heard) == ["knowledge-grows: failed is nothing new after delivered"]
    made_up = Tampered(heard).drop("receipt_contradicts")
    assert "known-within-truth: a receipt says failed, and it is not so" in said(made_up)
    for word in ("sent", "read", "delivered"):
        assert f"known-within-truth: {word} contradicts nothing" in said(
            log.change("receipt_contradicts", status=word)
        )
    assert "known-within-truth: failed contradicts nothing" in said(log.drop("reached_handset"))
    assert "receipts-matched: a receipt of no submission" in said(
        log.change("receipt_contradicts", attempt=2)
    )


LONG: Final = plan(level("sms", wait=30), text="a" * 400)
"""Three segments."""


def _part(**settings: object) -> Tampered:
    partly = deliveries(partial=100)
    parts = {"receipts_per_segment": True}
    spec = provider(delivery_outcomes=partly, more=parts, **settings)  # type: ignore[arg-type]  # as above
    return Tampered(run(world(LONG, spec)))


def test_no_more_segments_are_said_to_be_delivered_than_arrived() -> None:
    """S30: part of a text is no copy of it, and its receipts say which part."""
    log = _part()
    assert said(log.facts, LONG) == []
    (part,) = [fact for fact in log.facts if fact[5] == "partly_reached_handset"]
    arrived = part[7].number("arrived")
    told = [fact for fact in log.facts if fact[7].text("status") == "delivered"]
    assert len(told) == arrived
    assert [fact[5] for fact in log.facts].count("segment_receipt") >= 1
    fewer = said(log.change("partly_reached_handset", arrived=arrived - 1), LONG)
    text = "known-within-truth: {} segments are said to be delivered, and {} are"
    assert text.format(arrived, arrived - 1) in fewer
    assert "one-fate: 3 of 3 segments are not a part" in said(
        log.change("partly_reached_handset", arrived=3), LONG
    )
    nothing = said(log.drop("partly_reached_handset"), LONG)
    assert "known-within-truth: 1 segments are said to be delivered, and 0 are" in nothing
    assert "known-within-truth: a receipt says failed, and it is not so" in nothing
    whole = log.change("segment_receipt", kind="receipt", segment=None, segments=None)
    assert "known-within-truth: a receipt says delivered, and it is not so" in said(whole, LONG)


def test_a_part_of_a_text_is_an_end_like_any_other() -> None:
    """An attempt that partly arrived does not arrive once more, and cannot be read."""
    log = _part()
    (part,) = [fact for fact in log.facts if fact[5] == "partly_reached_handset"]
    assert "one-fate: an end after another one" in said(log.add(part[0], part), LONG)
    read = (*part[:5], "read_by_person", part[6], part[7])
    assert "one-fate: read, though not on the handset" in said(log.add(part[0], read), LONG)


def test_segments_may_come_by_other_ways() -> None:
    """A segment's receipt that is lost or matches nothing must be true as well."""
    for settings in ({"receipt_lost": percent(100)}, {"receipt_unknown_id": percent(100)}):
        assert said(_part(**settings).facts, LONG) == []
    lost = _part(receipt_lost=percent(100))
    arrived = lost.facts[lost.nth("partly_reached_handset")][7].number("arrived")
    failed = next(
        nth for nth, fact in enumerate(f for f in lost.facts if f[5] == "receipt_lost")
        if fact[7].text("status") == "failed"
    )  # fmt: skip
    more = said(lost.change("receipt_lost", failed, status="delivered"), LONG)
    text = "known-within-truth: {} segments are said to be delivered, and {} are"
    assert text.format(arrived + 1, arrived) in more


def test_an_answer_may_come_after_the_receipt_it_was_late_for() -> None:
    """The provider has it, the receipt says so, and the answer is counted once all the same."""
    log = _log(receipt_before_reply=percent(100))
    kinds = [fact[5] for fact in log.facts]
    assert kinds.index("accepted_at_provider") < kinds.index("receipt") < kinds.index("accepted")
    assert said(log.facts) == []
    assert "answers-add-up: 1 submissions to sms unanswered" in said(log.drop("accepted"))
    again = log.facts[log.nth("accepted")]
    assert "answered-once: accepted after an answer" in said(log.add(again[0], again))


def test_without_a_world_no_claim_is_judged() -> None:
    """A log of real providers holds no truth, and breaks no law by that."""
    facts = [fact for fact in _log().facts if fact[5] not in ("reached_handset", "billed")]
    laws = Laws((ONE,), with_truth=False)
    laws.watch(facts)
    laws.finish(quiet=True)
    assert {found.law for found in laws.violations} <= {"no-gaps"}
