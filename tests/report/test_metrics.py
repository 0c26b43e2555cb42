"""Metrics against the slow and obvious way of computing them, and the odd cases by hand."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import LateSuccess, Status
from sandbox.errors import MisuseError
from sandbox.report.definitions import (
    DEFINITIONS,
    STATISTICS,
    Kind,
    UnknownMetricError,
    parse_metric,
)
from sandbox.report.metrics import Metrics, standard_metrics
from sandbox.report.sample import Scope
from sandbox.simulation.distributions import uniform
from sandbox.simulation.spec import Burst, CodeHabits, Population
from tests.support import slow_metrics
from tests.support.hand import Hand, level, plan, us
from tests.support.logs import line
from tests.support.worlds import MIXED, deliveries, mixed, percent, provider, run, world

CHANNELS: Final = {"sms": "sms", "whatsapp": "whatsapp", "wa2": "whatsapp", "viber": "viber"}
TWO: Final = plan(level("sms", wait=30), level("whatsapp", wait=30), deadline=100)


def folded(
    facts: Sequence[Fact], *plans: Plan, warm_up: float = 0, channels: dict[str, str] | None = None
) -> Metrics:
    """Metrics of a whole log."""
    metrics = Metrics(plans or (TWO,), channels or CHANNELS, "EUR", us(warm_up))
    metrics.fold(facts)
    return metrics


def value(metrics: Metrics, name: str) -> Any:
    """The value of a metric."""
    return metrics.measure(parse_metric(name)).value


def spellings() -> list[str]:
    """Every metric on both sides, every level and every place."""
    names: list[str] = []
    for definition in DEFINITIONS.values():
        if definition.kind is Kind.TIME:
            names += [f"{definition.name}.{statistic}" for statistic in STATISTICS]
        elif definition.needs_place:
            places = ("channel.whatsapp", "provider.wa2", "channel.whatsapp.provider.whatsapp")
            names += [f"{place}.{definition.name}" for place in places]
        else:
            names += [definition.name.replace(".N.", f".{n}.") for n in range(4)][
                : 4 if ".N." in definition.name else 1
            ]
    return [f"{side}.{name}" for name in names for side in ("known", "truth")]


@cache
def troubled() -> tuple[Fact, ...]:
    """A log in which everything happens to somebody."""
    return tuple(run(mixed(600)))


# Against the slow way ----------------------------------------------------------------------------


@pytest.mark.parametrize("warm_up", [0, 15], ids=["all", "after the warm-up"])
def test_every_metric_is_what_the_slow_way_says(warm_up: int) -> None:
    """Each metric means what the documentation says, counted message by message."""
    metrics = folded(troubled(), MIXED, warm_up=warm_up)
    messages = slow_metrics.messages_of(troubled())
    for name in spellings():
        ref = parse_metric(name)
        measured = metrics.measure(ref)
        expected = slow_metrics.measure(messages, ref, us(warm_up))
        assert (name, measured.value, measured.samples) == (name, *expected)


def coded(its_plan: Plan, seed: int) -> list[Fact]:
    """A log of people who enter codes: some never, some too late, some of an earlier copy."""
    slow: dict[str, Any] = {"delivery": uniform(us(1), us(70)), "receipt_lost": percent(30)}
    habits = CodeHabits(entered=percent(80), after=uniform(us(2), us(60)), mistyped=percent(20))
    its = world(
        its_plan, provider("sms", **slow), provider("whatsapp", **slow),
        load=300, population=Population(codes=habits), seed=seed,
    )  # fmt: skip
    return run(its)


@pytest.mark.parametrize("lifetime", [90, None], ids=["for a while", "for ever"])
@pytest.mark.parametrize("per_level", [False, True], ids=["one code", "one a level"])
def test_codes_count_as_the_slow_way_says(lifetime: int | None, per_level: bool) -> None:
    """S33, S34: a code after another outcome is true and not known, if it was valid still."""
    lifetime_us = None if lifetime is None else us(lifetime)
    its = plan(
        level("sms", wait=30), level("whatsapp", wait=30), deadline=70,
        stops_on_verified=True, code_lifetime_us=lifetime_us, has_code_per_level=per_level,
    )  # fmt: skip
    facts = coded(its, seed=3)
    metrics, messages = folded(facts, its), slow_metrics.messages_of(facts)
    known, true = (parse_metric(f"{side}.verified_rate") for side in ("known", "truth"))
    for ref in (known, true):
        measured = metrics.measure(ref)
        assert (measured.value, measured.samples) == slow_metrics.measure(
            messages, ref, code_lifetime_us=lifetime_us
        )
    assert 0 < value(metrics, "known.verified_rate") < value(metrics, "truth.verified_rate") < 1
    if lifetime_us is not None:
        late = [m for m in messages if m.codes_after]
        valid = slow_metrics.measure(late, true, code_lifetime_us=lifetime_us)[0]
        assert valid is not None
        assert 0 < valid < 1, "some codes came too late even for that"


@pytest.mark.parametrize("scope", ["cascade.otp", "channel.whatsapp", "provider.wa2"])
def test_a_restricted_metric_looks_at_the_messages_that_were_there(scope: str) -> None:
    """`cascade.`, `channel.` and `provider.` restrict the sample, and nothing else."""
    metrics = folded(troubled(), MIXED)
    messages = slow_metrics.messages_of(troubled())
    for name in spellings():
        if name.split(".")[1] in ("channel", "provider"):
            continue
        side, _, rest = name.partition(".")
        ref = parse_metric(f"{side}.{scope}.{rest}")
        measured = metrics.measure(ref)
        assert (ref.text, measured.value, measured.samples) == (
            ref.text, *slow_metrics.measure(messages, ref),
        )  # fmt: skip


def test_a_scope_restricts_a_metric_further() -> None:
    """A window of time, a cascade, places and marks each take messages away, prefixes kept."""
    metrics = folded(troubled(), MIXED)
    messages = slow_metrics.messages_of(troubled())
    window = Scope(since_us=us(5), until_us=us(12))
    even = bytes(number % 2 == 0 for number in range(len(messages) + 1))
    metrics.mark(("trait", "even"), even)
    marked = Scope(cascade="otp", marks=(("trait", "even"),))
    for name in spellings():
        ref = parse_metric(name)
        measured = metrics.measure(ref, window)
        expected = slow_metrics.measure(messages, ref, us(5), us(12))
        assert (name, measured.value, measured.samples) == (name, *expected)
        measured = metrics.measure(ref, marked)
        assert (name, measured.value, measured.samples) == (
            name, *slow_metrics.measure(messages[1::2], ref),
        )  # fmt: skip


@pytest.mark.parametrize("scope", [Scope(channel="whatsapp"), Scope(provider="wa2")])
def test_a_scope_of_a_place_keeps_the_attempts_elsewhere(scope: Scope) -> None:
    """`where: {channel: whatsapp}` chooses messages; the metric says which attempts it counts."""
    metrics = folded(troubled(), MIXED)
    messages = [
        m
        for m in slow_metrics.messages_of(troubled())
        if any(
            scope.channel == a.channel or scope.provider == a.provider for a in m.attempts.values()
        )
    ]
    for name in ("cost.total", "channel.sms.submitted", "level.0.attempts", "cost.per_attempt"):
        ref = parse_metric(name)
        measured = metrics.measure(ref, scope)
        assert (measured.value, measured.samples) == slow_metrics.measure(messages, ref)
        assert measured.value


def test_what_every_level_costs_sums_to_the_total() -> None:
    """No attempt is outside a level, on either side."""
    metrics = folded(troubled(), MIXED)
    for side in ("known", "truth"):
        levels = [value(metrics, f"{side}.level.{number}.cost") for number in range(4)]
        assert sum(levels) == value(metrics, f"{side}.cost.total") > 0


def test_the_troubled_log_has_something_to_count() -> None:
    """The comparison above is over a run in which known and truth differ everywhere."""
    metrics = folded(troubled(), MIXED)
    for name in ("delivery_rate", "late_rate", "cost.total", "cost.duplicates",
                 "double_delivery_rate", "time_to_delivered.p95", "level.1.share"):  # fmt: skip
        assert value(metrics, f"known.{name}") != value(metrics, f"truth.{name}"), name


def test_the_pieces_a_log_comes_in_do_not_show() -> None:
    """A log folded line by line measures the same."""
    whole, pieces = folded(troubled(), MIXED), Metrics((MIXED,), CHANNELS, "EUR", 0)
    for fact in troubled():
        pieces.fold([fact])
    refs = standard_metrics(3)
    assert [pieces.measure(ref) for ref in refs] == [whole.measure(ref) for ref in refs]


def test_two_cascades_are_told_apart() -> None:
    """`cascade.NAME.` looks at the messages of that cascade alone."""
    first, second = plan(level("sms"), name="one"), plan(level("viber"), name="two")
    its = world(
        (first, second), provider("sms"), provider("viber"),
        load=[Burst(plan=0, at_us=0, count=3), Burst(plan=1, at_us=0, count=5)],
    )  # fmt: skip
    metrics = folded(run(its), first, second)
    assert value(metrics, "cascade.two.level.0.attempts") == 5
    assert value(metrics, "channel.sms.submitted") == 3
    assert metrics.measure(parse_metric("cascade.one.delivery_rate")).samples == 3


# By hand -----------------------------------------------------------------------------------------


def test_a_quotient_over_nothing_has_no_value() -> None:
    """Without messages, or without a delivery, a quotient is nothing: never 0."""
    empty = Metrics((TWO,), CHANNELS, "EUR", 0)
    assert value(empty, "delivery_rate") is None
    assert value(empty, "time_to_delivered.p50") is None
    assert value(empty, "cost.total") == 0
    hand = Hand(TWO).request()
    hand.rest()
    exhausted = folded(hand.facts)
    assert value(exhausted, "delivery_rate") == 0
    assert value(exhausted, "cost.per_delivered") is None
    assert value(exhausted, "level.0.share") is None


def test_percentiles_are_nearest_rank_over_exact_microseconds() -> None:
    """The 95th percentile of 20 durations is the 19th, not something between two."""
    facts: list[Fact] = []
    for number in range(1, 21):
        seq = len(facts) + 1
        place = f"{number}.0"
        facts += [
            line(seq, 0, "requested", place, cause=0, cascade="otp"),
            line(seq + 1, 0, "submitted", f"{place}.1", channel="sms", provider="sms"),
            line(seq + 2, number, "finished", f"{place}.1", outcome="delivered"),
        ]
    metrics = folded(facts)
    seconds = {name: value(metrics, f"time_to_delivered.{name}") for name in STATISTICS}
    assert seconds == {
        "p50": us(10), "p95": us(19), "p99": us(20), "max": us(20), "mean": Fraction(us(210), 20),
    }  # fmt: skip


def test_what_is_owed_is_a_statement_not_an_increment() -> None:
    """The ledger of an attempt is what the provider said last, be it less."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=50)
    hand.receipt(Status.SENT, 2, owed=50)
    assert value(folded(hand.facts), "cost.total") == 50
    hand.receipt(Status.FAILED, 3)
    assert value(folded(hand.facts), "cost.total") == 0


def test_a_late_success_is_credited_to_the_level_that_sent_it() -> None:
    """The share of a level is about who delivered, not about who was waiting."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(40)
    hand.receipt(Status.DELIVERED, 41, of="0.1")
    metrics = folded(hand.facts)
    assert (value(metrics, "level.0.share"), value(metrics, "level.1.share")) == (1, 0)
    assert value(metrics, "fallback_rate") == 1


def test_late_is_only_what_came_after_another_outcome() -> None:
    """A delivered receipt before the outcome is no late one, whatever the outcome is."""
    ignoring = plan(level("sms", wait=10), level("viber", wait=10), late_success=LateSuccess.IGNORE)
    hand = Hand(ignoring).request()
    hand.accept(1)
    hand.wake(12)
    hand.receipt(Status.DELIVERED, 12, of="0.1")
    hand.rest()
    assert value(folded(hand.facts, ignoring), "late_rate") == 0
    late = Hand(TWO).request()
    late.accept(1)
    late.rest()
    late.receipt(Status.READ, 150, of="0.1")
    assert value(folded(late.facts), "late_rate") == 1


def test_of_two_known_copies_the_credited_one_is_no_duplicate() -> None:
    """What was paid twice is what was paid beside the delivery that counts."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=3)
    hand.wake(40)
    hand.accept(40, owed=20)
    hand.receipt(Status.DELIVERED, 41, owed=20)
    hand.receipt(Status.DELIVERED, 42, of="0.1", owed=3)
    metrics = folded(hand.facts)
    assert value(metrics, "double_delivery_rate") == 1
    assert value(metrics, "cost.duplicates") == 3


def test_a_filtered_message_is_known_as_delivered_and_truly_is_not() -> None:
    """The receipt lies: known and truth part."""
    its = world(plan(level()), provider(delivery_outcomes=deliveries(filtered=100)), load=4)
    metrics = folded(run(its), plan(level()))
    assert value(metrics, "known.delivery_rate") == 1
    assert value(metrics, "truth.delivery_rate") == 0
    assert value(metrics, "truth.provider.sms.failed") == 4


def test_a_lost_receipt_makes_the_truth_better_than_what_is_known() -> None:
    """The costliest failure of a cascade: delivered, and paid for again."""
    both = plan(level(wait=10), level("viber", wait=10))
    its = world(both, provider(receipt_lost=percent(100), price_nano=5),
                provider("viber", price_nano=7), load=2)  # fmt: skip
    metrics = folded(run(its), both)
    assert value(metrics, "known.level.1.share") == 1
    assert value(metrics, "truth.level.0.share") == 1
    assert value(metrics, "truth.double_delivery_rate") == 1
    assert value(metrics, "known.double_delivery_rate") == 0
    assert value(metrics, "truth.cost.duplicates") == 14
    assert value(metrics, "known.cost.duplicates") == 0
    for side in ("known.", "truth.", ""):
        assert value(metrics, f"{side}cost.hidden_duplicates") == 14
        assert value(metrics, f"{side}hidden_duplicate_rate") == 1


def test_a_duplicate_is_hidden_until_two_receipts_tell_of_it() -> None:
    """What the engine knows of has been paid twice, but not without its knowledge."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=3)
    hand.wake(40)
    hand.accept(40, owed=20)
    hand.receipt(Status.DELIVERED, 41, owed=20)
    truth = [line(90, 33, "reached_handset", "1.0.1"), line(91, 41, "reached_handset", "1.1.1"),
             line(92, 41, "billed", "1.1.1", amount_nano=20)]  # fmt: skip
    hidden = folded([*hand.facts, *truth])
    assert value(hidden, "cost.hidden_duplicates") == value(hidden, "truth.cost.duplicates") == 20
    hand.receipt(Status.DELIVERED, 42, of="0.1", owed=3)
    told = folded([*hand.facts, *truth])
    assert value(told, "truth.cost.duplicates") == 20
    assert value(told, "cost.hidden_duplicates") == value(told, "hidden_duplicate_rate") == 0


def test_a_refund_is_known_when_its_receipt_comes() -> None:
    """What was charged and given back is in no cost, and yet is told."""
    one = plan(level())
    failing = {"delivery_outcomes": deliveries(failed=100), "price_nano": 5}
    for lost, known in ((0, 20), (100, 0)):
        sms = provider(refunded_on=[Status.FAILED], receipt_lost=percent(lost), **failing)
        metrics = folded(run(world(one, sms, load=4)), one)
        assert value(metrics, "truth.cost.refunded") == 20
        assert value(metrics, "truth.cost.total") == 0
        assert value(metrics, "known.cost.refunded") == known
        assert value(metrics, "known.cost.total") == 20 - known


def test_messages_before_the_warm_up_are_in_no_metric_but_are_counted() -> None:
    """The warm-up is cut off by when a message was requested, exactly at its end."""
    its = world(
        plan(level()), provider(), load=[Burst(plan=0, at_us=us(t), count=1) for t in (1, 2, 3)]
    )
    metrics = folded(run(its), plan(level()), warm_up=2)
    assert metrics.measure(parse_metric("delivery_rate")).samples == 2
    assert value(metrics, "provider.sms.submitted") == 2
    assert metrics.message_counts() == {
        "total": 3, "delivered": 3, "exhausted": 0, "expired": 0, "stopped": 0, "cancelled": 0,
    }  # fmt: skip


def test_a_metric_of_an_unknown_place_is_refused_with_the_nearest() -> None:
    """A typo in a provider's name is no empty sample."""
    metrics = folded(troubled(), MIXED)
    with pytest.raises(UnknownMetricError) as caught:
        metrics.measure(parse_metric("provider.whatsap.delivery_rate"))
    assert str(caught.value) == "no provider 'whatsap' in 'provider.whatsap.delivery_rate'"
    assert caught.value.hint == "Did you mean 'whatsapp'?"


def test_a_log_with_lines_missing_is_refused() -> None:
    """Figures over half a log would be wrong in silence."""
    facts = [line(1, 0, "requested", "2.0", cause=0, cascade="otp")]
    with pytest.raises(MisuseError, match="message 2 was requested after 0"):
        folded(facts)
    with pytest.raises(MisuseError, match=r"attempt m1.0.1 was never submitted"):
        folded([line(1, 0, "requested", "1.0", cause=0, cascade="otp"),
                line(2, 1, "accepted", "1.0.1")])  # fmt: skip


def test_a_report_has_the_main_metrics_on_both_sides_and_every_level() -> None:
    """Editors, CI jobs and scripts find the names of the interface."""
    names = [ref.text for ref in standard_metrics(3)]
    wanted = {
        "known.delivery_rate", "truth.delivery_rate", "known.time_to_delivered.p95",
        "known.cost.total", "level.0.share", "level.0.attempts", "level.2.reached",
    }  # fmt: skip
    assert wanted <= set(names)
    assert len(names) == len(set(names))
