"""What went wrong between us and each provider."""

from collections import Counter

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import OrphanReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Status
from sandbox.drivers.virtual import run_virtual
from sandbox.report.columns import Columns
from sandbox.report.troubles import Trouble, Troubles
from sandbox.scenario.loader import load
from sandbox.simulation.world import World
from tests.support.hand import BUSY, Hand, level, plan, us
from tests.support.logs import line

TWO = plan(level("sms", via=["main", "spare"], wait=30), level("viber", wait=30))


def troubles_of(facts: list[Fact]) -> Troubles:
    """The troubles of a log."""
    columns = Columns((TWO,), ("main", "spare", "viber"))
    troubles = Troubles(columns)
    columns.fold(facts)
    troubles.fold(facts)
    return troubles


def test_every_kind_is_counted_of_the_provider_it_belongs_to() -> None:
    """Throttled by one, taken over by the next, and every trouble of its receipts."""
    hand = Hand(TWO).request()
    hand.throttle(1, BUSY)
    hand.accept(2)
    hand.receipt(Status.DELIVERED, 3)
    hand.receipt(Status.DELIVERED, 4)
    hand.receipt(Status.SENT, 5)
    hand.receipt(Status.FAILED, 6)
    hand.receipt(Status.READ, 7)
    hand.feed(OrphanReceived("spare", Status.DELIVERED), 8)
    unseen = [
        line(90, 9, "receipt_lost", "1.0.2", status="sent"),
        line(91, 9, "receipt_contradicts", "1.0.2", status="failed"),
    ]
    troubles = troubles_of([*hand.facts, *unseen])
    assert troubles.of("main") == {Trouble.THROTTLED: 1}
    assert troubles.of("spare") == {
        Trouble.TOOK_OVER: 1, Trouble.TWICE: 1, Trouble.REORDERED: 1, Trouble.ORPHAN: 1,
        Trouble.LOST: 1, Trouble.CONTRADICTORY: 1,
    }  # fmt: skip
    assert troubles.of("viber") == {}
    assert troubles.total() == Counter(troubles.of("main")) + Counter(troubles.of("spare"))


def test_a_retry_and_the_next_level_take_over_from_nobody() -> None:
    """Only another provider of the same level does."""
    hand = Hand(plan(level("sms", via=["main"], wait=30, retries=1), level("viber"))).request()
    hand.refuse(1, BUSY)
    hand.wake(3)
    hand.accept(4)
    hand.wake(60)
    assert [fact[5] for fact in hand.facts].count("submitted") == 3
    assert troubles_of(hand.facts).total() == {}


def test_only_what_did_not_give_the_outcome_is_late() -> None:
    """A person who reads later is no trouble; a delivery after the message was given up is."""
    hand = Hand(plan(level("sms", via=["main"], wait=30), level("viber", wait=30))).request()
    hand.accept(1)
    hand.wake(40)
    hand.accept(41)
    hand.receipt(Status.DELIVERED, 42, of="1.1")
    hand.receipt(Status.READ, 50, of="1.1")
    hand.receipt(Status.DELIVERED, 60, of="0.1")
    assert troubles_of(hand.facts).total() == {Trouble.LATE: 1}


STORM = """\
schema: 1
seed: 3
cascades: {otp: [{channel: sms, via: [main, spare], wait: 20s, retries: {max: 0}}, viber]}
providers:
  main:
    channel: sms
    base: ideal
    receipts:
      lost: 10%
      duplicated: {share: 20%, copies: 1..2, gap: {fixed: 1s}}
      unknown_id: 10%
      contradictory: 5%
    limits: {rate: 4/s, burst: 2}
  spare: {channel: sms, base: ideal}
  viber: {base: ideal}
load: [{poisson: 6/s, for: 1m}]
"""


def test_the_counts_are_those_of_the_log() -> None:
    """In a storm of receipts, each line of the log is counted at the right provider."""
    scenario = load(STORM)
    columns = Columns(scenario.world.plans, ("main", "spare", "viber"))
    troubles, kinds, spare_count = Troubles(columns), Counter[str](), 0
    for piece in run_virtual(World(scenario.world)):
        columns.fold(piece)
        troubles.fold(piece)
        kinds.update(fact[5] for fact in piece)
        spare_count += sum(fact[7].text("provider") == "spare" for fact in piece)
    seen = troubles.of("main")
    for trouble, kind in (
        (Trouble.THROTTLED, "throttled"),
        (Trouble.LOST, "receipt_lost"),
        (Trouble.ORPHAN, "orphan_receipt"),
        (Trouble.CONTRADICTORY, "receipt_contradicts"),
    ):
        assert seen[trouble] == kinds[kind] > 0
    assert troubles.of("spare")[Trouble.TOOK_OVER] == spare_count > seen[Trouble.THROTTLED]
    assert columns.orphan_count == seen[Trouble.ORPHAN]


def test_what_an_open_circuit_keeps_away_is_counted() -> None:
    """S22: of whom it kept away, of whom took over, and how often it opened."""
    breakers = {"main": Breaker(open_after=1, for_us=us(9)), "spare": Breaker(open_after=1)}
    hand = Hand(TWO, breakers=breakers).request()
    hand.refuse(1, BUSY)
    hand.request(2, message=2)
    hand.throttle(3, message=2)
    hand.request(4, message=3)
    troubles = troubles_of(hand.facts)
    assert troubles.of("main") == {Trouble.CUT_OFF: 1, Trouble.PASSED_OVER: 2}
    assert troubles.of("spare") == {
        Trouble.TOOK_OVER: 2, Trouble.THROTTLED: 1, Trouble.CUT_OFF: 1, Trouble.PASSED_OVER: 1,
    }  # fmt: skip
    assert troubles.of("viber") == {}
