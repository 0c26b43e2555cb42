"""The money of a message, entry by entry: the entries are the figures, whatever happens."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import LateSuccess, OnUnknown, Status
from sandbox.report.definitions import Side, parse_metric
from sandbox.report.ledger import (
    COST,
    RESERVED,
    Book,
    Movement,
    Price,
    Prices,
    book_of,
    money_lines,
    price_list,
)
from sandbox.report.metrics import Metrics
from sandbox.simulation.spec import ChargedOn
from sandbox.simulation.world import World
from tests.laws.generated_worlds import worlds
from tests.support.hand import BUSY, Hand, level, plan
from tests.support.logs import line
from tests.support.worlds import deliveries, percent, provider, run, world

TWO: Final = plan(level("sms", wait=30), level("viber", wait=30))
PRICES: Final = {
    "sms": Price(30_000_000, False, ChargedOn.ACCEPTED),
    "viber": Price(20_000_000, False, ChargedOn.DELIVERED),
}
PER_SEGMENT: Final = {"sms": Price(7, True, ChargedOn.ACCEPTED)}


def book(facts: Iterable[Fact], its_plan: Plan = TWO, prices: Prices = PRICES) -> Book:
    """The book of the first message of a log."""
    found = book_of(facts, (its_plan,), prices)
    assert found is not None
    return found


def told(found: Book) -> list[str]:
    """Its entries in short: side, movement, attempt, amount in thousandths, cause."""
    return [
        f"{e.side} {e.movement} {e.level}.{e.attempt} {e.amount_nano // 1_000_000}: {e.because}"
        for e in found.entries
    ]


def books(facts: Sequence[Fact], plans: Sequence[Plan], prices: Prices) -> list[Book]:
    """The books of all messages of a log."""
    of: dict[int, list[Fact]] = {}
    for fact in facts:
        if fact[2] is not None:
            of.setdefault(fact[2], []).append(fact)
    found = [book_of(its, plans, prices) for its in of.values()]
    return [each for each in found if each is not None]


# Entries are figures -----------------------------------------------------------------------------


@settings(suppress_health_check=list(HealthCheck))
@given(its_world=worlds())
def test_the_entries_sum_to_the_metrics_exactly(its_world: World) -> None:
    """Cost, refunds, duplicates and what nobody knew of: not one billionth is missing or made."""
    spec = its_world.spec
    facts = run(its_world)
    channels = {each.name: str(each.channel) for each in spec.providers}
    metrics = Metrics(spec.plans, channels, "", 0)
    metrics.snapshot()  # from here on it keeps count, line by line
    for fact in facts:
        metrics.fold([fact])
    found = books(facts, spec.plans, price_list(spec.providers))

    def measured(name: str) -> Any:
        return metrics.measure(parse_metric(name)).value

    for side in Side:
        sums = Counter[str]()
        for each in found:
            sums["cost.total"] += each.sum_of(side, *COST)
            sums["cost.refunded"] -= each.sum_of(side, Movement.REFUND)
            sums["cost.duplicates"] += each.sum_of(side, Movement.DUPLICATE)
            sums["cost.hidden_duplicates"] += each.hidden_nano
        assert {name: measured(f"{side}.{name}") for name in sums} == dict(sums)
    hidden = sum(each.is_hidden_duplicate for each in found)
    assert measured("hidden_duplicate_rate") * len(found) == hidden
    assert (metrics.snapshot().hidden_twice, metrics.snapshot().hidden_nano) == (
        hidden, measured("cost.hidden_duplicates"),
    )  # fmt: skip


@settings(suppress_health_check=list(HealthCheck))
@given(its_world=worlds())
def test_no_sum_is_ever_negative(its_world: World) -> None:
    """Nothing is given back or released that was not charged or reserved before."""
    spec = its_world.spec
    for each in books(run(its_world), spec.plans, price_list(spec.providers)):
        sums = Counter[tuple[Side, int, int, str]]()
        for entry in each.entries:
            key = (entry.side, entry.level, entry.attempt, _sum_of(entry.movement))
            sums[key] += entry.amount_nano
            assert sums[key] >= 0
            is_less = entry.movement in (Movement.REFUND, Movement.RELEASE)
            assert is_less is (entry.amount_nano < 0) or entry.movement is Movement.DUPLICATE
        for (side, its_level, attempt, what), amount in sums.items():
            if what == "duplicates":
                assert amount <= sums[side, its_level, attempt, "cost"]


@settings(suppress_health_check=list(HealthCheck))
@given(its_world=worlds())
def test_no_charge_is_above_what_was_reserved_for_it(its_world: World) -> None:
    """Every charge is that of the price list, once; some of it where only a part arrived."""
    spec = its_world.spec
    for each in books(run(its_world), spec.plans, price_list(spec.providers)):
        charged = Counter[tuple[Side, int, int]]()
        reserved = Counter[tuple[int, int]]()
        for entry in each.entries:
            if entry.movement is Movement.CHARGE:
                charged[entry.side, entry.level, entry.attempt] += entry.amount_nano
            elif entry.movement is Movement.RESERVE:
                reserved[entry.level, entry.attempt] += entry.amount_nano
        for (side, its_level, attempt), amount in charged.items():
            if side is Side.TRUTH:
                assert 0 < amount <= reserved[its_level, attempt]


@settings(suppress_health_check=list(HealthCheck), max_examples=25)
@given(its_world=worlds(honest=True))
def test_where_all_is_told_the_ledger_ends_at_the_bill(its_world: World) -> None:
    """Receipts that are complete and true leave nothing between what is known and what is so."""
    spec = its_world.spec
    for each in books(run(its_world), spec.plans, price_list(spec.providers)):
        assert each.sum_of(Side.KNOWN, *COST) == each.sum_of(Side.TRUTH, *COST)


def _sum_of(movement: Movement) -> str:
    """Which sum a movement moves."""
    if movement in RESERVED:
        return "reserved"
    return "cost" if movement in COST else "duplicates"


# The ledger --------------------------------------------------------------------------------------


def test_what_an_attempt_can_cost_is_reserved_until_its_cost_is_known() -> None:
    """An answer settles what is charged for it, a receipt what is charged for delivery."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=30_000_000)
    hand.wake(40)
    hand.accept(40)
    hand.receipt(Status.DELIVERED, 41, owed=20_000_000)
    assert told(book(hand.facts)) == [
        "known reserve 0.1 30: submitted",
        "known release 0.1 -30: accepted",
        "known charge 0.1 30: accepted",
        "known reserve 1.1 20: submitted",
        "known release 1.1 -20: receipt delivered",
        "known charge 1.1 20: receipt delivered",
    ]


@pytest.mark.parametrize(
    ("basis", "until"),
    [(ChargedOn.SUBMITTED, 1), (ChargedOn.ACCEPTED, 1), (ChargedOn.DELIVERED, 5),
     (ChargedOn.READ, 9)],
)  # fmt: skip
def test_what_costs_nothing_after_all_is_released_when_that_is_sure(
    basis: ChargedOn, until: int
) -> None:
    """A free attempt is not reserved for longer than its provider may still charge."""
    one = plan(level("sms", wait=30, success=Status.READ))
    hand = Hand(one).request()
    hand.accept(1)
    hand.receipt(Status.SENT, 3)
    hand.receipt(Status.DELIVERED, 5)
    hand.receipt(Status.READ, 9)
    found = book(hand.facts, one, {"sms": Price(9, False, basis)})
    [release] = [e for e in found.entries if e.movement is Movement.RELEASE]
    assert release.at_us == until * 1_000_000


def test_a_refusal_or_a_failure_releases_what_was_reserved() -> None:
    """Nothing more will be charged for it."""
    hand = Hand(TWO).request()
    hand.refuse(1)
    hand.accept(2)
    hand.receipt(Status.FAILED, 3)
    releases = [line for line in told(book(hand.facts)) if "release" in line]
    assert releases == [
        "known release 0.1 -30: refused",
        "known release 1.1 -20: receipt failed",
    ]


def test_an_attempt_nobody_heard_of_stays_reserved() -> None:
    """The provider may have it, and may charge for it."""
    hand = Hand(TWO).request()
    hand.rest()
    found = book(hand.facts)
    assert found.sum_of(Side.KNOWN, *RESERVED) == 30_000_000 + 20_000_000
    assert found.sum_of(Side.KNOWN, *COST) == 0


def test_a_resend_takes_the_reserve_over() -> None:
    """It is the same message under the same key: at most one of the two is charged."""
    again = plan(level("sms", wait=60, timeout=5, retries=2, on_unknown=OnUnknown.RESEND))
    hand = Hand(again).request()
    hand.wake(20)
    hand.accept(30, owed=30_000_000)
    assert told(book(hand.facts, again))[:3] == [
        "known reserve 0.1 30: submitted",
        "known release 0.1 -30: resend",
        "known reserve 0.2 30: resend",
    ]


def test_a_retry_reserves_for_itself() -> None:
    """The attempt before it was refused, and is settled."""
    again = plan(level("sms", wait=60, retries=1))
    hand = Hand(again).request()
    hand.refuse(1, BUSY)
    hand.rest()
    assert [entry.split(":")[0] for entry in told(book(hand.facts, again))] == [
        "known reserve 0.1 30", "known release 0.1 -30", "known reserve 0.2 30",
    ]  # fmt: skip


def test_every_segment_is_reserved_where_each_is_charged() -> None:
    """S30: two parts of a text cost twice as much as one."""
    long = plan(level("sms"), text="a" * 200)
    found = book(Hand(long).request().facts, long, PER_SEGMENT)
    assert [entry.amount_nano for entry in found.entries] == [14]


def test_the_receipt_of_one_segment_tells_the_cost_of_all() -> None:
    """S30: it is charged when the first part is said to be there, and no part twice."""
    long = plan(level("sms"), text="a" * 200)
    sms = provider(price_nano=7, per_segment=True, charged_on=ChargedOn.DELIVERED,
                   more={"receipts_per_segment": True})  # fmt: skip
    prices = price_list([sms])
    found = book(run(world(long, sms)), long, prices)
    assert [
        (e.movement, e.amount_nano, e.because) for e in found.entries if e.side is Side.KNOWN
    ] == [
        (Movement.RESERVE, 14, "submitted"),
        (Movement.RELEASE, -14, "segment receipt delivered"),
        (Movement.CHARGE, 14, "segment receipt delivered"),
    ]


def test_a_receipt_that_says_less_is_a_refund() -> None:
    """And what was given back is not charged any more."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=30_000_000)
    hand.receipt(Status.FAILED, 3, owed=0)
    assert told(book(hand.facts))[3] == "known refund 0.1 -30: receipt failed"


def test_the_copy_that_is_not_credited_is_the_duplicate() -> None:
    """A late success ignored: when a later level gets the credit, the first copy was one too many.

    Until then the second one was.
    """
    ignoring = plan(level("sms", wait=30), level("viber", wait=60, success=Status.READ),
                    late_success=LateSuccess.IGNORE)  # fmt: skip
    hand = Hand(ignoring).request()
    hand.accept(1, owed=30_000_000)
    hand.wake(35)
    hand.accept(35)
    hand.receipt(Status.DELIVERED, 40, of="0.1", owed=30_000_000)
    hand.receipt(Status.DELIVERED, 41, of="1.1", owed=20_000_000)
    hand.receipt(Status.READ, 42, of="1.1", owed=20_000_000)
    found = book(hand.facts, ignoring)
    assert [entry for entry in told(found) if "duplicate" in entry] == [
        "known duplicate 1.1 20: receipt delivered",
        "known duplicate 0.1 30: finished",
        "known duplicate 1.1 -20: finished",
    ]


# The bill ----------------------------------------------------------------------------------------


def test_what_was_charged_and_never_told_stands_in_the_bill_alone() -> None:
    """Both receipts are lost: the person has two copies, and the engine knows of none."""
    both = plan(level(wait=10), level("viber", wait=10))
    its = world(both, provider(receipt_lost=percent(100), price_nano=5),
                provider("viber", price_nano=7, receipt_lost=percent(100),
                         charged_on=ChargedOn.DELIVERED))  # fmt: skip
    found = book(run(its), both, {})
    assert [(e.side, e.movement, e.amount_nano, e.because) for e in found.entries] == [
        (Side.KNOWN, Movement.CHARGE, 5, "accepted"),
        (Side.TRUTH, Movement.CHARGE, 5, "accepted"),
        (Side.TRUTH, Movement.CHARGE, 7, "reached handset"),
        (Side.TRUTH, Movement.DUPLICATE, 7, "reached handset"),
    ]
    assert (found.is_hidden_duplicate, found.hidden_nano) == (True, 7)


def test_a_duplicate_that_was_told_is_not_hidden() -> None:
    """Two delivered receipts of two attempts: it was paid twice, and everybody knows."""
    both = plan(level(wait=10), level("viber", wait=60))
    its = world(both, provider(delay=15, price_nano=5), provider("viber", price_nano=7))
    found = book(run(its), both, {})
    assert found.sum_of(Side.TRUTH, Movement.DUPLICATE) == 7
    assert (found.is_hidden_duplicate, found.hidden_nano) == (False, 0)


def test_a_refund_is_given_back_in_the_bill_first() -> None:
    """The ledger learns of it with the receipt."""
    one = plan(level())
    sms = provider(refunded_on=[Status.FAILED], delivery_outcomes=deliveries(failed=100),
                   price_nano=5)  # fmt: skip
    found = book(run(world(one, sms)), one, {})
    assert [(e.side, e.amount_nano) for e in found.entries if e.movement is Movement.REFUND] == [
        (Side.TRUTH, -5), (Side.KNOWN, -5),
    ]  # fmt: skip


# For people --------------------------------------------------------------------------------------


def test_the_entries_are_shown_with_their_sums() -> None:
    """What is known beside what is true, line by line, and at the end what it comes to."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=30_000_000)
    hand.wake(40)
    hand.receipt(Status.DELIVERED, 41, of="0.1", owed=30_000_000)
    truth = [
        line(90, 1, "billed", "1.0.1", cause=3, amount_nano=30_000_000),
        line(91, 20, "reached_handset", "1.0.1"),
        line(92, 44, "reached_handset", "1.1.1"),
        line(93, 44, "billed", "1.1.1", amount_nano=20_000_000),
    ]
    lines = money_lines(book([*hand.facts, *truth]), "EUR")
    assert lines == [
        "money, EUR                                        amount  reserved  known   true",
        "     0.000  0 sms     reserve: submitted           0.030     0.030  0.000  0.000",
        "     1.000  0 sms     release: accepted           -0.030     0.000  0.000  0.000",
        "     1.000  0 sms     charge: accepted             0.030     0.000  0.030  0.000",
        "    31.000  1 viber   reserve: submitted           0.020     0.020  0.030  0.000",
        "     1.000  0 sms   ~ charge: accepted             0.030     0.020  0.030  0.030",
        "    44.000  1 viber ~ charge: reached handset      0.020     0.020  0.030  0.050",
        "    44.000  1 viber ~ duplicate: reached handset   0.020     0.020  0.030  0.050",
        "twice 0.000 EUR known, 0.020 EUR true",
        "paid twice and did not know it: 0.020 EUR",
    ]


def test_without_prices_there_is_no_money_to_show() -> None:
    """Nothing is reserved, charged or given back."""
    assert money_lines(book(run(world(TWO, provider(), provider("viber"))), prices={}), "") == []


def test_lines_of_others_are_passed_over() -> None:
    """A log without the message has no book; the first one asked for is the one that is told."""
    assert book_of([], (TWO,), PRICES) is None
    hand = Hand(TWO).request()
    hand.request(0, message=2)
    hand.accept(1, message=2, owed=5)
    assert [entry.movement for entry in book(hand.facts).entries] == [Movement.RESERVE]
