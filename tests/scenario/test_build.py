"""From a file to the world."""

import json
from fractions import Fraction

import pytest

from sandbox.cascade.vocabulary import (
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Status,
    Trigger,
)
from sandbox.scenario.writer import resolved_text
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import (
    PATHS,
    Burst,
    ChargedOn,
    OverAnswer,
    OverQueue,
    Poisson,
    Ramp,
    Scale,
    Single,
)
from sandbox.simulation.world import World
from tests.support.scenario_texts import loaded

EVERYTHING = """
schema: 1
name: everything
seed: 7
clock: {start: "2026-03-01T08:00:00+01:00", until: 2h, limit: 3h, warm_up: 1m}
cascades:
  otp:
    profile: none
    deadline: none
    late_success: ignore
    conflict: last
    content: {text: "Your code is 123456"}
    levels:
      - channel: sms
        via: [main, spare]
        success: sent
        submit_timeout: 5s
        wait: 45s
        from: submit
        validity: 10m
        retries: {max: 2, on: [throttled], backoff: {first: 2s, factor: 1.5, max: 9s, jitter: 0%}}
        on_unknown: resend
        on_expired: stop
        next_on: [failed, no_receipt]
        only_if: {country: [DE, PL]}
      - {channel: whatsapp, success: read, from: delivered}
  news: [viber]
providers:
  main:
    channel: sms
    base: ideal
    adapter: simulated
    price: {amount: 0.05 EUR, per: segment, charged_on: submitted, refunded_on: [failed, expired]}
    validity: 1h
    receipts: {reports: [sent], lost: 1%}
  spare: {base: main, delivery: {unreachable: {store_for: 2h, retry_every: none}}}
recipients:
  population: 50
  people: {anna: {}}
load:
  - {poisson: 4/s, for: 10m, cascade: otp}
  - {ramp: {from: 4/s, to: 40/s}, for: 5m, cascade: otp}
  - {burst: 500, at: 12m, cascade: news}
  - {message: otp-anna, to: anna, at: 90s, cascade: otp}
faults:
  - id: down
    provider: main
    at: 2m
    for: 5m
    recover: {over: 2m}
    set: {receipts.lost: 30%, receipts.delay: x10, validity: none, price.amount: x2,
          submit.latency: {fixed: 1s}}
"""


VIBER = """\
schema: 1
cascades: {otp: [viber]}
load: [{burst: 1}]
"""

_TIMES = ["x2", "{fixed: 1s}", "{uniform: [1s, 2s]}", "{lognormal: {p50: 1s, p95: 1.5m, max: 1h}}"]
_SHARES = ["50%", "0.0000001%", "x0.5"]
_DURATIONS = ["1h", "x10"]
_COUNTS = ["5", "x2"]
VALUES = {
    "submit.latency": _TIMES,
    "submit.outcomes": ["{throttled: 100%}", "{accepted: rest, refused.temporary: 7%}"],
    "delivery.time": _TIMES,
    "delivery.outcomes": ["{failed: 100%}", "{vanished: 10%, delivered: rest}"],
    "delivery.reasons": [
        "{failed: {7: rest}}",
        '{failed: {X-1: {share: rest, class: transient, text: "off, or gone: \\"5\\" #1"}}}',
        '{failed: {"a,b": {share: 40%, class: stop}, "0x1f": {share: rest, class: account}}}',
        '{rejected: {"<<": {share: rest, class: transient, text: "5"}}}',
        '{rejected: {"~": {share: rest, class: transient, text: ""}}}',
        '{rejected: {"1.5": {share: rest, class: transient, text: "\\u202e\\\\"}}}',
        "{}",
    ],
    "delivery.read.share": _SHARES,
    "delivery.read.after": _TIMES,
    "delivery.unreachable.store_for": _DURATIONS,
    "delivery.unreachable.retry_every": ["1h", "none"],
    "receipts.delay": _TIMES,
    "receipts.lost": _SHARES,
    "receipts.late.share": _SHARES,
    "receipts.late.by": _TIMES,
    "receipts.duplicated.share": _SHARES,
    "receipts.duplicated.copies": ["1", "5", "1..3"],
    "receipts.duplicated.gap": _TIMES,
    "receipts.reordered.share": _SHARES,
    "receipts.reordered.within": _DURATIONS,
    "receipts.before_reply": _SHARES,
    "receipts.contradictory": _SHARES,
    "receipts.unknown_id": _SHARES,
    "receipts.batched.every": ["5s", "none"],
    "limits.rate": ["20/s", "0.5/d", "none"],
    "limits.burst": _COUNTS,
    "limits.quota.count": ["100000", "none"],
    "price.amount": ["1 EUR", "0", "0.045 EUR", "x2"],
    "validity": ["1h", "none"],
}
"""For each setting, ways of writing it."""


def test_a_plan_is_what_the_file_says() -> None:
    """Every key of a cascade and its levels arrives."""
    plan = loaded(EVERYTHING).world.plans[0]
    level = plan.levels[0]
    assert (plan.name, plan.deadline_us, plan.text) == ("otp", None, "Your code is 123456")
    assert (plan.late_success, plan.conflict) == (LateSuccess.IGNORE, Conflict.LAST)
    assert (level.providers, level.success) == (("main", "spare"), Status.SENT)
    assert (level.submit_timeout_us, level.wait_us, level.origin) == (
        5_000_000, 45_000_000, Origin.SUBMIT,
    )  # fmt: skip
    assert level.validity_us == 600_000_000
    assert (level.on_unknown, level.on_expired) == (OnUnknown.RESEND, OnExpired.STOP)
    assert level.next_on == {Trigger.FAILED, Trigger.NO_RECEIPT}
    assert level.countries == frozenset({"DE", "PL"})
    assert (level.retries.max, [each.value for each in level.retries.on]) == (2, ["throttled"])
    backoff = level.retries.backoff
    assert (backoff.first_us, backoff.factor_ppm, backoff.max_us, backoff.jitter_ppm) == (
        2_000_000, 1_500_000, 9_000_000, 0,
    )  # fmt: skip
    assert plan.levels[1].success is Status.READ


def test_providers_are_those_in_use_in_the_order_of_use() -> None:
    """With settings, prices and what they report."""
    main, spare, whatsapp, viber = loaded(EVERYTHING).world.providers
    assert [main.name, spare.name, whatsapp.name, viber.name] == [
        "main", "spare", "whatsapp", "viber",
    ]  # fmt: skip
    assert (main.per_segment, main.charged_on) == (True, ChargedOn.SUBMITTED)
    assert main.refunded_on == {Status.FAILED, Status.EXPIRED}
    assert main.reports == {Status.SENT}
    assert (main.settings.validity_us, main.settings.receipt_lost) == (3_600_000_000, 10_000_000)
    assert (spare.settings.store_for_us, spare.settings.retry_every_us) == (7_200_000_000, None)
    assert spare.settings.price_nano == 50_000_000


def test_load_people_and_clock_are_what_the_file_says() -> None:
    """Instants in microseconds, rates exact, cascades by their position."""
    world = loaded(EVERYTHING).world
    assert world.load == (
        Poisson(plan=0, at_us=0, for_us=600_000_000, rate=Fraction(4)),
        Ramp(
            plan=0, at_us=600_000_000, for_us=300_000_000, rate_from=Fraction(4),
            rate_to=Fraction(40),
        ),
        Burst(plan=1, at_us=720_000_000, count=500),
        Single(plan=0, at_us=90_000_000, name="otp-anna", to="anna"),
    )  # fmt: skip
    assert (world.population.size, world.population.people[0].name) == (50, "anna")
    assert (world.seed, world.until_us, world.limit_us) == (7, 7_200_000_000, 10_800_000_000)


def test_a_fault_keeps_value_and_words() -> None:
    """Each change has the type of its setting, and the text a person wrote."""
    fault = loaded(EVERYTHING).world.faults[0]
    assert (fault.id, fault.provider, fault.at_us, fault.for_us, fault.recover_us) == (
        "down", "main", 120_000_000, 300_000_000, 120_000_000,
    )  # fmt: skip
    assert {(change.path, change.value, change.text) for change in fault.changes} == {
        ("receipts.lost", 300_000_000, "30%"),
        ("receipts.delay", Scale(Fraction(10)), "x10"),
        ("validity", None, "none"),
        ("price.amount", Scale(Fraction(2)), "x2"),
        ("submit.latency", fixed(1_000_000), "{fixed: 1s}"),
    }


def test_every_setting_can_be_changed_by_a_fault() -> None:
    """The format and the world know the same paths."""
    assert set(VALUES) == set(PATHS)
    for path, values in VALUES.items():
        for value in values:
            fault = f"{{provider: viber, at: 1m, for: 1m, set: {{{path}: {value}}}}}"
            change = loaded(f"{VIBER}faults: [{fault}]").world.faults[0].changes[0]
            assert (change.path, change.text) == (path, value)


@pytest.mark.parametrize("path", PATHS)
def test_the_words_of_a_change_read_back_as_the_change(path: str) -> None:
    """A change by hand stands in the log as it would stand in a scenario: quotes, order and all."""
    written = VIBER + "by_hand: [{at: 1.5s, provider: viber, set: {%s: %s}}]"
    for value in VALUES[path]:
        by_hand = loaded(written % (path, value))
        first = by_hand.world.by_hand[0]
        assert (first.at_us, first.provider, first.path) == (1_500_000, "viber", path)
        assert first.change is not None
        assert loaded(written % (path, first.change.text)).world.by_hand == (first,)
        resolved = loaded(json.dumps(by_hand.resolved), is_resolved=True)
        assert resolved.world.by_hand == (first,)
        assert resolved.resolved_hash == by_hand.resolved_hash


def test_changes_by_hand_keep_their_order() -> None:
    """One change for each setting of an entry, as written; a reset is a change to nothing."""
    text = VIBER + (
        "by_hand:\n"
        "  - {at: 1s, provider: viber, set: {validity: none, receipts.lost: x2}}\n"
        "  - {at: 1s, provider: viber, set: {receipts.lost: 017.50%}}\n"
        "  - {at: 12.345678s, provider: viber, reset: [validity, receipts.lost]}\n"
    )
    assert [
        (each.at_us, each.path, each.change and each.change.text)
        for each in loaded(text).world.by_hand
    ] == [
        (1_000_000, "validity", "none"),
        (1_000_000, "receipts.lost", "x2"),
        (1_000_000, "receipts.lost", "017.50%"),
        (12_345_678, "validity", None),
        (12_345_678, "receipts.lost", None),
    ]


def test_all_of_it_written_out_reads_back() -> None:
    """Scripts, changes by hand, limits and receipt faults survive as data and as a file."""
    sets = [
        f"  - {{at: 1s, provider: viber, set: {{{path}: {value}}}}}\n"
        for path, values in VALUES.items()
        for value in values
    ]
    scenario = loaded(
        VIBER.replace("{burst: 1}", "{message: anna}, {burst: 3}")
        + "providers: {viber: {receipts: {duplicated: 2%, batched: 5s, echoes_reference: false},"
        " limits: {rate: 20/s, burst: 4, over: drop, quota: {count: 5, over: queue}}}}\n"
        "faults: [{message: anna, script: [throttled, {}, {receipt: {delay: 5s, copies: 1}}]}]\n"
        "by_hand:\n" + "".join(sets)
    )
    assert len(scenario.world.by_hand) == len(sets)
    for text in (json.dumps(scenario.resolved), resolved_text(scenario)):
        again = loaded(text, is_resolved=True)
        assert again.world == scenario.world
        assert again.resolved_hash == scenario.resolved_hash


def test_receipt_faults_and_limits_are_what_the_file_says() -> None:
    """Every key of them arrives, shares in parts per billion and the rate by the day."""
    text = VIBER.replace("viber", "sms") + (
        "providers:\n"
        "  sms:\n"
        "    delivery: {outcomes: {delivered: rest, partial: 3%}}\n"
        "    receipts:\n"
        "      duplicated: {share: 2%, copies: 1..3, gap: {fixed: 2s}}\n"
        "      reordered: {share: 1%, within: 5s}\n"
        "      before_reply: 0.2%\n"
        "      contradictory: 0.1%\n"
        "      unknown_id: 0.05%\n"
        "      batched: 5s\n"
        "      echoes_reference: false\n"
        "      per: segment\n"
        "    limits: {rate: 20/s, burst: 40, over: {answer: throttled, retry_after: 1s},\n"
        "             quota: {count: 100000, per: hour, over: queue}}\n"
    )
    sms = loaded(text).world.providers[0]
    settings = sms.settings
    assert settings.delivery_outcomes.share("partial") == 30_000_000
    assert (settings.receipt_duplicated_share, settings.receipt_copies) == (20_000_000, (1, 3))
    assert settings.receipt_gap == fixed(2_000_000)
    assert settings.receipt_reordered_share == 10_000_000
    assert settings.receipt_reordered_within_us == 5_000_000
    assert settings.receipt_before_reply == 2_000_000
    assert settings.receipt_contradictory == 1_000_000
    assert settings.receipt_unknown_id == 500_000
    assert settings.receipt_batch_every_us == 5_000_000
    assert (settings.limit_rate, settings.limit_burst) == (20 * 86_400 * 1_000_000, 40)
    assert settings.quota_count == 100_000
    assert (sms.echoes_reference, sms.receipts_per_segment) == (False, True)
    assert (sms.over, sms.quota_over) == (OverAnswer("throttled", 1_000_000), OverQueue())
    assert sms.quota_per_us == 3_600_000_000


def test_the_world_takes_what_the_loader_makes() -> None:
    """A loaded scenario runs."""
    world = World(loaded(EVERYTHING).world)
    assert world.advance(200_000_000, 10_000)
