"""The first message to look at when a figure is not as it should be."""

from fractions import Fraction

import pytest

from sandbox.report.definitions import DEFINITIONS, Kind, parse_metric
from sandbox.report.metrics import Metrics
from sandbox.report.offenders import counted
from sandbox.report.sample import EVERYWHERE, Scope, sample
from tests.support.hand import Hand, level, plan, us
from tests.support.worlds import MIXED, mixed, run

CHANNELS = {"sms": "sms", "whatsapp": "whatsapp", "wa2": "whatsapp", "viber": "viber"}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """Of a run in which everything happens to somebody."""
    its = Metrics((MIXED,), CHANNELS, "EUR", us(3))
    its.fold(run(mixed(400)))
    return its


RATES = [
    f"{side}.{name}"
    for side in ("known", "truth")
    for definition in DEFINITIONS.values()
    for name in [definition.name.replace(".N.", ".1.")]
    if definition.kind is Kind.RATE
]


@pytest.mark.parametrize("name", RATES)
def test_a_rate_is_the_share_of_the_messages_that_count(metrics: Metrics, name: str) -> None:
    """Whom an offender is looked for among is whom the metric counts."""
    ref = parse_metric(name)
    chosen = sample(metrics.columns, since_us=us(3), plan=None, places=())
    marks = counted(chosen, ref)
    assert marks is not None
    assert Fraction(marks.count(1), len(marks)) == metrics.measure(ref).value
    numbers = [n for n in (first(metrics, name, is_high=h) for h in (True, False)) if n]
    assert min(numbers) == min(chosen.numbers()) or "share" in name


COUNTS = ("submitted", "accepted", "refused", "throttled", "unknown", "failed")


@pytest.mark.parametrize("side", ["known", "truth"])
@pytest.mark.parametrize("word", COUNTS)
def test_of_a_count_that_is_too_high_the_first_message_is_named(
    metrics: Metrics, side: str, word: str
) -> None:
    """It has such an attempt there, and no message before it has; of too few none can be named."""
    name = f"{side}.channel.sms.{word}"
    number = first(metrics, name, is_high=True)
    assert number is not None
    before = Scope(until_us=metrics.columns.requested_at[number])
    upto = Scope(until_us=metrics.columns.requested_at[number] + 1)
    assert metrics.measure(parse_metric(name), before).value == 0
    assert metrics.measure(parse_metric(name), upto).value
    assert first(metrics, name, is_high=False) is None


@pytest.mark.parametrize("name", ["time_to_delivered.p95", "truth.time_to_delivered.max",
                                  "time_to_final.mean"])  # fmt: skip
def test_of_a_time_the_first_that_took_longer_is_named(metrics: Metrics, name: str) -> None:
    """Longer than the bound, or shorter, and neither when it took just as long."""
    ref = parse_metric(name)
    slowest = metrics.measure(parse_metric(name.rpartition(".")[0] + ".max")).value
    assert isinstance(slowest, int)
    assert metrics.first_offender(ref, Fraction(slowest), is_high=True) is None
    number = metrics.first_offender(ref, Fraction(slowest - 1), is_high=True)
    assert number is not None
    its = Scope(
        since_us=metrics.columns.requested_at[number],
        until_us=metrics.columns.requested_at[number] + 1,
    )
    assert metrics.measure(ref, its).value
    assert metrics.first_offender(ref, Fraction(slowest), is_high=False) is not None


def test_money_names_nobody_but_who_was_paid_for_twice(metrics: Metrics) -> None:
    """Of a sum no message is to blame; of duplicates the first is."""
    for name in ("cost.total", "cost.per_delivered", "level.0.cost", "channel.sms.cost"):
        assert first(metrics, name, is_high=True) is None
    twice = first(metrics, "truth.cost.duplicates", is_high=True)
    assert twice == first(metrics, "truth.double_delivery_rate", is_high=True) is not None


@pytest.mark.parametrize("name", ["cost.hidden_duplicates", "hidden_duplicate_rate"])
def test_the_first_that_was_paid_twice_unknowingly_is_named(metrics: Metrics, name: str) -> None:
    """It counts, and none before it does."""
    number = first(metrics, name, is_high=True)
    assert number is not None
    count = metrics.columns.message_count + 1
    metrics.mark(("before", name), bytes(each < number for each in range(count)))
    metrics.mark(("it", name), bytes(each == number for each in range(count)))
    before, its = (Scope(marks=((mark, name),)) for mark in ("before", "it"))
    assert not metrics.measure(parse_metric(name), before).value
    assert metrics.measure(parse_metric(name), its).value


def test_an_offender_is_looked_for_in_the_scope_alone() -> None:
    """Messages requested outside the window are never named."""
    hand = Hand(plan(level("sms", wait=30)))
    for number, at in ((1, 0), (2, 50), (3, 100)):
        hand.request(at, message=number)
        hand.refuse(at + 1, message=number)
    metrics = Metrics((plan(level("sms", wait=30)),), {"sms": "sms"}, "EUR", 0)
    metrics.fold(hand.facts)
    ref = parse_metric("delivery_rate")
    assert metrics.first_offender(ref, Fraction(1), is_high=False) == 1
    assert metrics.first_offender(ref, Fraction(1), Scope(since_us=us(1)), is_high=False) == 2


def first(metrics: Metrics, name: str, *, is_high: bool) -> int | None:
    """The first offender of a metric that is not about a time."""
    return metrics.first_offender(parse_metric(name), Fraction(0), EVERYWHERE, is_high=is_high)
