"""What a run will show: against runs."""

import gc
from fractions import Fraction
from typing import Final

import pytest

from sandbox.drivers.virtual import run_virtual
from sandbox.report.definitions import parse_metric
from sandbox.report.forecast import (
    Estimate,
    Forecast,
    forecast_lines,
    forecasts,
    messages_of,
    unforeseen,
)
from sandbox.report.metrics import Metrics
from sandbox.scenario.model import Scenario
from sandbox.simulation.world import World
from tests.support.scenario_texts import loaded

BUILT_IN: Final = """\
schema: 1
seed: 4
cascades:
  otp:
    deadline: 5m
    levels: [{channel: whatsapp, wait: 20s, validity: 2m}, {channel: sms, wait: 40s}, viber]
recipients: {population: 20000}
load: [{burst: 20000}]
"""


def metrics_of(scenario: Scenario) -> Metrics:
    """The metrics of a run."""
    spec = scenario.world
    channels = {provider.name: str(provider.channel) for provider in spec.providers}
    metrics = Metrics(spec.plans, channels, scenario.currency, scenario.warm_up_us)
    gc.disable()
    try:
        for facts in run_virtual(World(spec)):
            metrics.fold(facts)
    finally:
        gc.enable()
    return metrics


def value(metrics: Metrics, name: str) -> float:
    """A metric as a plain number."""
    found = metrics.measure(parse_metric(name)).value
    assert found is not None
    return float(found)


def test_a_run_of_the_built_in_world_is_within_the_forecast() -> None:
    """Receipts that are lost and late, traits, phones that are off: all within twice the spread.

    The spread is two standard errors, and durations are cut into points: half a percentage point
    is allowed for them.
    """
    scenario = loaded(BUILT_IN)
    (told,) = forecasts(scenario.world)
    metrics = metrics_of(scenario)
    for name, estimate in {
        "known.delivery_rate": told.known,
        "truth.delivery_rate": told.true,
        "level.0.share": told.levels[0],
        "level.1.share": told.levels[1],
    }.items():
        assert value(metrics, name) == pytest.approx(estimate.value, abs=estimate.spread + 0.005), (
            name
        )
    assert told.cost_delivered is not None
    assert value(metrics, "known.cost.per_message") == pytest.approx(told.cost.value, rel=0.02)
    assert value(metrics, "truth.cost.per_message") == pytest.approx(told.bill.value, rel=0.02)
    per_delivered = value(metrics, "known.cost.per_delivered")
    assert per_delivered == pytest.approx(told.cost_delivered.value, rel=0.02)
    assert told.p50 is not None
    median = value(metrics, "known.time_to_delivered.p50")
    assert median == pytest.approx(told.p50.value, rel=0.05)


SMALL: Final = """\
schema: 1
cascades: {c: [sms, whatsapp]}
recipients: {population: 50, traits: {gone: {share: 30%, hits: [sms, whatsapp], as: failed}}}
providers:
  sms: {base: ideal, delivery: {outcomes: {delivered: rest, failed: 20%}}}
  whatsapp: {base: ideal, delivery: {outcomes: {delivered: rest, failed: 50%}}}
load: [{burst: 400}]
"""


def test_the_spread_holds_for_nineteen_of_twenty_runs() -> None:
    """People of whom each gets eight messages: what they differ in averages over people."""
    text = SMALL.replace("traits: {gone", "together: [], traits: {gone")
    scenario = loaded(_alone(text))
    (told,) = forecasts(scenario.world)
    within = 0
    for seed in range(40):
        rate = value(metrics_of(loaded(_alone(text), seed=seed)), "known.delivery_rate")
        within += abs(rate - told.known.value) <= told.known.spread
    assert 35 <= within <= 40
    independent = 2 * (told.known.value * (1 - told.known.value) / 400) ** 0.5
    assert told.known.spread > 1.5 * independent


def _alone(text: str) -> str:
    """Without the traits of the built-in people."""
    others = (
        "phone_off", "app_offline", "no_whatsapp", "no_viber", "opted_out_sms", "blocked_whatsapp",
        "blocked_viber",
    )  # fmt: skip
    none = ", ".join(f"{name}: {{share: 0%}}" for name in others)
    return text.replace("traits: {", f"traits: {{{none}, ")


def forecast(text: str) -> Forecast:
    """The forecast of the only cascade."""
    (told,) = forecasts(loaded(text).world)
    return told


def test_what_has_no_closed_form_is_said() -> None:
    """Faults, limits and phones are named, and nothing is where there is nothing."""
    plain = "schema: 1\ncascades: {c: [sms]}\nrecipients: {traits: {}}\nload: [{burst: 9}]\n"
    assert forecast(plain).left_out == ()
    more = plain.replace("recipients: {traits: {}}\n", "") + (
        "providers: {sms: {limits: {rate: 1/s}, breaker: {}}}\n"
        "faults: [{id: f, at: 1s, for: 1s, provider: sms, set: {delivery.time: x2}}]\n"
    )
    assert forecast(more).left_out == (
        "faults (f): left out, as if nothing went wrong",
        "limits of sms: left out, as if every message were alone",
        "breakers of sms: left out, as if they never opened",
        "phones that go off after the request: taken to stay as they are",
    )


def test_a_forecast_does_not_know_what_was_done_by_hand() -> None:
    """Decisions, moves to another cascade, and texts of single messages."""
    text = (
        "schema: 1\ncascades: {c: [sms]}\nrecipients: {traits: {}}\n"
        "load: [{message: anna, text: Hi}]\n"
    )
    assert forecast(text).left_out == ("texts of single messages: taken as their cascade has them",)
    by_hand = (
        "by_hand: [{at: 1s, message: anna, level: 0, force: throttled},"
        " {at: 2s, cascade: c, becomes: c}]\n"
    )
    assert forecast(text.replace(", text: Hi", "") + by_hand).left_out == (
        "changes by hand: left out",
        "acts on messages: left out",
    )


def test_a_forecast_knows_neither_night_nor_yesterday() -> None:
    """S19, S27: what depends on the hour, or on earlier messages, is named."""
    text = (
        "schema: 1\nrecipients: {traits: {}}\nload: [{burst: 9}]\n"
        'cascades: {c: {remember: 1d, quiet_hours: {from: "21:00", to: "08:00"}, levels: [sms]}}\n'
    )
    assert forecast(text).left_out == (
        "quiet hours: left out, as if it were day everywhere",
        "what is remembered of recipients: left out, as if every message tried for itself",
    )


def test_a_cascade_nothing_comes_through_has_no_forecast() -> None:
    """One line of the load, one forecast."""
    text = (
        "schema: 1\ncascades: {a: [sms], b: [sms]}\nload: [{burst: 9, cascade: b}]\n"
        "recipients: {traits: {}}\n"
    )
    assert [told.plan.name for told in forecasts(loaded(text).world)] == ["b"]


def test_the_messages_of_a_load_are_counted() -> None:
    """At random, on average; rising, by its mean."""
    text = (
        "schema: 1\ncascades: {a: [sms], b: [sms]}\nload:\n"
        "  - {burst: 9, cascade: a}\n"
        "  - {poisson: 2/s, for: 10s, cascade: a}\n"
        "  - {ramp: {from: 1/s, to: 3/s}, for: 10s, cascade: b}\n"
        "  - {message: one, cascade: b}\n"
    )
    load = loaded(text).world.load
    assert messages_of(load, 0) == 29
    assert messages_of(load, 1) == Fraction(21)


def test_it_is_told_in_a_few_lines() -> None:
    """With prices or without, and every level by its channel."""
    plain = (
        "schema: 1\ncascades: {c: [sms]}\nrecipients: {traits: {}}\nload: [{burst: 100}]\n"
        "providers: {sms: {base: ideal, delivery: {time: {fixed: 3s}, outcomes: "
        "{delivered: rest, failed: 20%}}}}\n"
    )
    assert list(forecast_lines(forecast(plain), "")) == [
        "forecast of c, 100 messages",
        "  delivered   80.0 % ± 8.0 known, 80.0 % ± 8.0 true",
        "  time        p50 3.0 s (3.0 s to 3.0 s), p95 3.0 s (3.0 s to 3.0 s)",
        "  level 0     sms: tried for 100.0 %, brings 100.0 % ± 0.0 of it",
        "  ± and ranges hold for 19 of 20 runs",
    ]
    priced = plain.replace("base: ideal,", "base: ideal, price: {amount: 0.05 EUR},")
    assert list(forecast_lines(forecast(priced), "EUR"))[2] == (
        "  cost        0.050 EUR ± 0 a message, 0.0625 EUR ± 0.00625 for each delivered"
    )


def test_where_nothing_is_delivered_there_is_no_cost_of_it() -> None:
    """Nor a time."""
    text = (
        "schema: 1\ncascades: {c: [sms]}\nrecipients: {traits: {}}\nload: [{burst: 100}]\n"
        "providers: {sms: {base: ideal, delivery: {outcomes: {delivered: rest, failed: 100%}}}}\n"
    )
    told = forecast(text)
    assert (told.cost_delivered, told.p50, told.p95) == (None, None, None)
    assert told.known == Estimate(0.0, 0.0)


def test_levels_that_begin_together_have_no_forecast() -> None:
    """S25: none is made up; it is said which cascade has none, and why."""
    its = loaded(
        "schema: 1\ncascades:\n  a: [sms, {channel: viber, parallel: true}]\n  b: [sms]\n"
        "load: [{burst: 5, cascade: a}, {burst: 5, cascade: b}]\n"
    ).world
    assert [told.plan.name for told in forecasts(its)] == ["b"]
    assert list(unforeseen(its)) == [
        "no forecast of a: no closed form for levels that begin together"
    ]
