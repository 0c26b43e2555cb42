"""From a file to the world."""

from fractions import Fraction

from sandbox.cascade.vocabulary import (
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Status,
    Trigger,
)
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import (
    PATHS,
    Burst,
    ChargedOn,
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
    values = {
        "outcomes": "{%s: 100%%}", "latency": "{fixed: 1s}", "time": "x2", "after": "x2",
        "delay": "x2", "by": "x2", "share": "50%", "lost": "x2", "store_for": "1h",
        "retry_every": "none", "amount": "1 EUR", "validity": "1h",
        "reasons": "{failed: {7: rest}}",
    }  # fmt: skip
    for path in PATHS:
        outcome = "throttled" if path.startswith("submit") else "failed"
        value = values[path.rpartition(".")[2]].replace("%s", outcome).replace("%%", "%")
        fault = f"faults: [{{provider: viber, at: 1m, for: 1m, set: {{{path}: {value}}}}}]"
        text = f"schema: 1\ncascades: {{otp: [viber]}}\nload: [{{burst: 1}}]\n{fault}"
        assert [change.path for change in loaded(text).world.faults[0].changes] == [path]


def test_the_world_takes_what_the_loader_makes() -> None:
    """A loaded scenario runs."""
    world = World(loaded(EVERYTHING).world)
    assert world.advance(200_000_000, 10_000)
