"""What the watch says of claims that are not so, fates that cannot be, and money out of nowhere."""

from collections.abc import Sequence
from typing import Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Status
from sandbox.report.laws import Laws
from sandbox.simulation.spec import ChargedOn
from tests.support.hand import level, plan
from tests.support.logs import Tampered
from tests.support.worlds import deliveries, percent, provider, run, submits, world

ONE: Final = plan(level("sms", wait=30))
ALL: Final = (Status.SENT, Status.DELIVERED, Status.READ)


def said(facts: Sequence[Fact]) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((ONE,))
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


def test_without_a_world_no_claim_is_judged() -> None:
    """A log of real providers holds no truth, and breaks no law by that."""
    facts = [fact for fact in _log().facts if fact[5] not in ("reached_handset", "billed")]
    laws = Laws((ONE,), with_truth=False)
    laws.watch(facts)
    laws.finish(quiet=True)
    assert {found.law for found in laws.violations} <= {"no-gaps"}
