"""How a run stands right now, for a screen."""

from collections.abc import Sequence
from fractions import Fraction

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Status
from sandbox.report.current import LevelNow, Snapshot
from sandbox.report.definitions import parse_metric
from sandbox.report.metrics import Metrics
from tests.support.fronts import all_in_vain, both
from tests.support.hand import Hand, level, plan, us
from tests.support.logs import line
from tests.support.worlds import MIXED, mixed, run

CHANNELS = {"sms": "sms", "whatsapp": "whatsapp", "wa2": "whatsapp", "viber": "viber"}
TWO = plan(level("sms", wait=30), level("viber", wait=30))


def _watched(facts: Sequence[Fact], *, looks_at: int, piece: int) -> Snapshot:
    """The last of the snapshots of a run that is looked at from some line on."""
    metrics = Metrics((MIXED,), CHANNELS, "EUR", 0)
    for begin in range(0, len(facts), piece):
        if begin >= looks_at:
            metrics.snapshot()
        metrics.fold(facts[begin : begin + piece])
    return metrics.snapshot()


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize("looks_at", [0, 500, 100_000])
def test_a_snapshot_is_the_same_however_it_was_looked_at(looks_at: int, piece: int) -> None:
    """Looking on from the start, from the middle or only at the end shows the same."""
    facts = run(mixed(300))
    assert _watched(facts, looks_at=looks_at, piece=piece) == _watched(facts, looks_at=0, piece=64)


def test_when_quiet_a_snapshot_agrees_with_the_metrics() -> None:
    """The screen and the report of a run without a warm-up show one truth."""
    metrics = Metrics((MIXED,), CHANNELS, "EUR", 0)
    metrics.fold(run(mixed(600)))
    now = metrics.snapshot()

    def value(name: str) -> object:
        return metrics.measure(parse_metric(name)).value

    assert now.known_delivery_rate == value("known.delivery_rate")
    assert now.true_delivery_rate == value("truth.delivery_rate")
    assert (now.ledger_nano, now.bill_nano) == (
        value("known.cost.total"),
        value("truth.cost.total"),
    )
    assert (now.open, now.messages) == (0, 600)
    assert {"total": 600, **now.outcomes} == metrics.message_counts()
    for seen, name in ((now.known_p95_us, "known"), (now.true_p95_us, "truth")):
        exact = metrics.measure(parse_metric(f"{name}.time_to_delivered.p95")).value
        assert seen is not None
        assert isinstance(exact, int)
        assert abs(seen - exact) * 500 <= exact


def test_a_snapshot_counts_where_messages_are() -> None:
    """Per level: who is there, who fell, who was delivered by it."""
    hand = Hand(TWO)
    for message in (1, 2, 3):
        hand.request(0, message=message)
    for message in (1, 2, 3):
        hand.accept(1, message=message)
    hand.receipt(Status.DELIVERED, 5, message=1)
    hand.wake(40)
    hand.receipt(Status.DELIVERED, 41, of="0.1", message=2)
    metrics = Metrics((TWO,), {"sms": "sms", "viber": "viber"}, "", 0)
    metrics.fold(hand.facts)
    now = metrics.snapshot()
    assert now.levels == (
        LevelNow(open=0, fell=2, delivered=2),
        LevelNow(open=1, fell=0, delivered=0),
    )
    assert (now.messages, now.open, now.known_delivery_rate) == (3, 1, Fraction(1))
    assert now.known_p95_us is not None
    assert abs(now.known_p95_us - us(41)) < us(0.1)


def test_before_anything_ended_there_are_no_rates() -> None:
    """A quotient over nothing is nothing."""
    now = Metrics((TWO,), {"sms": "sms"}, "", 0).snapshot()
    assert (now.known_delivery_rate, now.true_delivery_rate, now.known_p95_us) == (None, None, None)


def test_what_was_paid_twice_unknowingly_is_counted_until_it_is_known() -> None:
    """Copy by copy and charge by charge; the second delivered receipt makes it known."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(40)
    hand.accept(41)
    hand.receipt(Status.DELIVERED, 42, of="1.1")
    metrics = Metrics((TWO,), {"sms": "sms", "viber": "viber"}, "", 0)
    metrics.fold(hand.facts)
    seen = [(now.hidden_twice, now.hidden_nano) for now in [metrics.snapshot()]]
    for told in (
        line(90, 33, "reached_handset", "1.0.1"),
        line(91, 41, "reached_handset", "1.1.1"),
        line(92, 41, "billed", "1.1.1", amount_nano=20),
        line(93, 42, "billed", "1.1.1", amount_nano=3),
        line(94, 50, "late_receipt", "1.0.1", status="delivered"),
    ):
        metrics.fold([told])
        now = metrics.snapshot()
        seen.append((now.hidden_twice, now.hidden_nano))
    assert seen == [(0, 0), (0, 0), (1, 0), (1, 20), (1, 23), (0, 0)]


def test_who_got_it_twice_is_counted_once() -> None:
    """By receipts and by truth; a third copy adds nobody."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(40)
    hand.accept(41)
    hand.receipt(Status.DELIVERED, 42, of="0.1")
    hand.receipt(Status.DELIVERED, 43, of="1.1")
    copies = [line(90 + n, 50 + n, "reached_handset", f"1.{n}.1") for n in (0, 1, 1)]
    metrics = Metrics((TWO,), {"sms": "sms", "viber": "viber"}, "", 0)
    metrics.snapshot()
    metrics.fold([*hand.facts, *copies])
    now = metrics.snapshot()
    assert (now.known_twice, now.true_twice) == (1, 1)


def test_a_message_of_a_front_is_open_at_each_of_its_levels() -> None:
    """S25: and leaves them one by one."""
    channels = {"sms": "sms", "whatsapp": "whatsapp", "viber": "viber"}
    metrics = Metrics((both(),), channels, "EUR", 0)
    metrics.snapshot()
    seen = []
    for fact in all_in_vain():
        metrics.fold([fact])
        if fact[5] in ("joined", "closed", "fell_back", "finished"):
            levels = metrics.snapshot().levels
            seen.append([(level.open, level.fell) for level in levels])
    assert seen == [
        [(1, 0), (1, 0), (0, 0)],
        [(0, 1), (1, 0), (0, 0)],
        [(0, 1), (0, 1), (1, 0)],
        [(0, 1), (0, 1), (0, 0)],
    ]
