"""A cassette fitted: YAML that loads, and a simulation with it that does what was recorded."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.cassette import Cassette, read_cassette
from sandbox.app.fitting import FEW, distribution, fitted, quantile, samples_of
from sandbox.app.recording import recording
from sandbox.app.rehearsing import Rehearsal, rehearse
from sandbox.app.run import run_loaded
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.words import Word
from sandbox.errors import UsageError
from sandbox.net.sender import NeverLeft, NoAnswer
from sandbox.scenario.model import Scenario
from sandbox.simulation.distributions import lognormal
from sandbox.simulation.spec import Settings
from tests.support.cassettes import Tape, taped
from tests.support.scenario_texts import loaded

WORLD: Final = """\
schema: 1
name: fitted
seed: 11
recipients: {traits: {}}
cascades: {otp: {deadline: 30m, levels: [{channel: %s, wait: 5m, submit_timeout: 60s%s}]}}
load: [{constant: 100/s, for: 40s}]
"""
_LUCK: Final = 1 << 32
COUNT: Final = 400


def settings(scenario: Scenario) -> Settings:
    return scenario.world.providers[0].settings


def again(cassette: Cassette, channel: str = "sms", more: str = "") -> Scenario:
    """A scenario with the providers of a cassette; it loads without a problem."""
    return loaded(WORLD % (channel, more) + "\n".join(fitted(cassette).lines))


def recorded(channel: str = "sms") -> Cassette:
    """400 submissions: 3 % refused for good, 2 % for now, 1 % throttled; of the rest 10 % fail."""
    tape = Tape(taped("dexatel" if channel == "sms" else "whatsapp-cloud", channel))
    answered, arrived = lognormal(300_000, 1_200_000), lognormal(4_000_000, 20_000_000)
    gone = Reason("x", ReasonClass.PERMANENT_RECIPIENT)
    for number in range(COUNT):
        spread = (number * 157 % COUNT * 2 + 1) * _LUCK // (2 * COUNT)
        took = answered.draw(spread)
        word = Word(Status.ACCEPTED)
        if number % 100 < 3:
            word = Word(Status.REFUSED, gone)
        elif number % 100 < 5:
            word = Word(Status.REFUSED, Reason("x", ReasonClass.TRANSIENT))
        elif number % 100 < 6:
            word = Word(Status.THROTTLED)
        where = tape.submit(number, word, took_us=took)
        if word.status is not Status.ACCEPTED:
            continue
        luck = (number * 211 % COUNT * 2 + 1) * _LUCK // (2 * COUNT)
        at_us = took + arrived.draw(luck)
        if number % 10 == 9:
            tape.receipt(where, Word(Status.FAILED, gone), at_us)
            continue
        tape.receipt(where, Word(Status.DELIVERED), at_us)
        if channel != "sms" and number % 2:
            tape.receipt(where, Word(Status.READ), at_us + 60_000_000)
    assert tape.recorder.troubles == []
    return tape.cassette


def test_a_simulation_with_it_does_what_was_recorded() -> None:
    scenario = again(recorded())
    made = settings(scenario)
    half, most = _LUCK // 2, _LUCK * 95 // 100
    assert made.submit_latency.draw(half) == pytest.approx(300_000, rel=0.05)
    assert made.submit_latency.draw(most) == pytest.approx(1_200_000, rel=0.10)
    assert made.delivery_time.draw(half) == pytest.approx(4_000_000, rel=0.05)
    assert made.delivery_time.draw(most) == pytest.approx(20_000_000, rel=0.15)
    shares = {word: share / 1e9 for word, share in made.submit_outcomes.shares}
    assert shares["refused.permanent"] == pytest.approx(0.03, abs=0.001)
    assert shares["refused.temporary"] == pytest.approx(0.02, abs=0.001)
    assert shares["throttled"] == pytest.approx(0.01, abs=0.001)
    failed = dict(made.delivery_outcomes.shares)["failed"] / 1e9
    assert failed == pytest.approx(40 / 376, abs=0.002)
    result = run_loaded(scenario)
    counts = result.metrics.message_counts()
    assert counts["total"] == 4000
    assert counts["delivered"] / 4000 == pytest.approx(336 / 400, abs=0.02)
    assert result.violations == ()


def test_who_reads_is_fitted_too() -> None:
    scenario = again(recorded("whatsapp"), "whatsapp", ", success: read")
    made = settings(scenario)
    assert made.read_share / 1e9 == pytest.approx(148 / 336, abs=0.01)
    assert made.read_after.draw(_LUCK // 2) == 60_000_000
    assert Status.READ in scenario.world.providers[0].reports
    delivered = run_loaded(scenario).metrics.message_counts()["delivered"]
    assert delivered / 4000 == pytest.approx(148 / 400, abs=0.03)


def test_every_figure_has_its_samples_beside_it_and_few_are_warned_of() -> None:
    tape = Tape(taped())
    first = tape.submit(1, Word(Status.ACCEPTED))
    tape.submit(2, Word(Status.REFUSED, Reason("x", ReasonClass.ACCOUNT)))
    tape.submit(3, NoAnswer("reset", ""))
    tape.submit(4, NeverLeft("dns", ""))
    late = tape.submit(5, NoAnswer("reset", ""))
    tape.submit(6, Word(Status.ACCEPTED))
    tape.receipt(first, Word(Status.DELIVERED), 2_100_000)
    tape.receipt(first, Word(Status.DELIVERED), 2_200_000)
    tape.receipt(late, Word(Status.EXPIRED), 9_000_000)
    answer = fitted(tape.cassette)
    text = "\n".join(answer.lines)
    assert "# 1 more never left this machine, and say nothing" in text
    assert "latency: {fixed: 100ms}  # 3 samples, few" in text
    told = (
        "{accepted: rest, refused.permanent: 20%, timeout.accepted: 20%, timeout.not_accepted: 20%}"
    )
    assert f"outcomes: {told}  # 5 samples, few" in text
    assert "# 1 of those that failed have expired" in text
    assert "outcomes: {delivered: rest, failed: 33.33%, vanished: 33.33%}  # 3 samples, few" in text
    assert "duplicated: 50%  # 2 samples, few" in text
    assert "how long a delivery took and" in text
    assert len(answer.warnings) == 4
    assert answer.warnings[2] == "sms: delivery.time rests on 1 sample, few; 30 say something"
    assert fitted(recorded()).warnings == ()
    assert settings(again(tape.cassette)).receipt_duplicated_share == 500_000_000


def test_reasons_have_their_codes_and_classes() -> None:
    reasons = dict(settings(again(recorded())).reasons)
    refused = [(reason.code, reason.reason_class) for reason, _ in reasons["refused.permanent"]]
    assert refused == [("1523", ReasonClass.PERMANENT_RECIPIENT)]
    assert "rest, class: permanent-recipient" in "\n".join(fitted(recorded()).lines)


def test_hostile_reasons_are_written_so_that_they_are_read_back() -> None:
    tape = Tape(taped("twilio"))
    where = tape.submit(1, Word(Status.ACCEPTED))
    hook = tape.dialect.receipt(
        tape.taken[where], Word(Status.FAILED, Reason("30008", ReasonClass.TRANSIENT))
    )
    assert hook is not None
    tape.hook(type(hook)(hook.method, hook.url, hook.headers,
                         hook.body.replace(b"30008", b"%22%7D%0Ax:%5C")), 5)  # fmt: skip
    scenario = again(tape.cassette)
    assert dict(settings(scenario).reasons)["failed"]


@pytest.mark.parametrize("count", [1, 2, 5, 29, 30, 200])
def test_any_number_of_samples_makes_a_distribution(count: int) -> None:
    samples = [1_000_000 + 10_000 * (number * 37 % count) for number in range(count)]
    text = distribution(samples)
    line = f"{{submit: {{latency: {text}}}, channel: sms, base: ideal}}"
    made = settings(loaded(WORLD % ("sms", "") + f"providers: {{sms: {line}}}")).submit_latency
    assert min(samples) * 0.9 <= made.draw(_LUCK // 2) <= max(samples) * 1.1
    assert ("lognormal" in text) == (count >= FEW)
    assert made.draw(_LUCK // 2) == pytest.approx(quantile(sorted(samples), 50), rel=0.05)


@pytest.mark.parametrize("samples", [[0] * 50, [0] * 40 + [5_000_000] * 10, [7] * 3, [0, 400]])
def test_times_of_nothing_do_no_harm(samples: list[int]) -> None:
    line = f"{{submit: {{latency: {distribution(samples)}}}, channel: sms, base: ideal}}"
    made = settings(loaded(WORLD % ("sms", "") + f"providers: {{sms: {line}}}"))
    assert made.submit_latency.draw(0) <= samples[-1]


def test_one_provider_is_named_or_none_is_there() -> None:
    cassette = recorded()
    assert fitted(cassette, "sms") == fitted(cassette)
    with pytest.raises(UsageError, match="nothing of 'viber' was recorded; there is sms"):
        fitted(cassette, "viber")
    with pytest.raises(UsageError, match="has no submission"):
        fitted(Tape(taped()).cassette)


def test_a_recording_of_failures_alone_can_be_loaded() -> None:
    tape = Tape(taped())
    tape.submit(1, NeverLeft("dns", ""))
    assert settings(again(tape.cassette)).submit_latency.draw(0) == 0


KNOWN: Final = """\
schema: 1
name: known
seed: 2
recipients: {traits: {}}
cascades:
  otp:
    deadline: 5m
    content: {text: hello}
    levels: [{channel: sms, wait: 2m, submit_timeout: 60s}]
providers:
  sms:
    base: ideal
    adapter: dexatel
    sender: ACME
    submit: {latency: {uniform: [3s, 5s]}, outcomes: {accepted: rest, refused.permanent: 20%}}
    delivery: {time: {uniform: [10s, 30s]}, outcomes: {delivered: rest, failed: 25%}}
load: [{constant: 10/s, for: 6s}]
"""


@pytest.mark.usefixtures("loopback")
def test_what_was_rehearsed_is_found_again(tmp_path: Path) -> None:
    """A known scenario over HTTP, recorded, fitted and simulated: the same shares and times."""
    scenario, path, speed = loaded(KNOWN), tmp_path / "c", Fraction(25)
    with recording(path, scenario, is_rehearsal=True, speed=speed) as recorder:
        done = rehearse(Rehearsal(scenario=scenario, speed=speed, watch=recorder))
    cassette = read_cassette(path)
    made, samples = settings(again(cassette)), samples_of(cassette, "sms")
    half, fitted_latency = _LUCK // 2, made.submit_latency
    assert fitted_latency.draw(half) == pytest.approx(
        quantile(sorted(samples.latency), 50), rel=0.1
    )
    assert made.delivery_time.draw(half) == pytest.approx(
        quantile(sorted(samples.arrival), 50), rel=0.1
    )
    # A busy machine is late, and never early.
    assert 3_600_000 < fitted_latency.draw(half) < 12_000_000
    assert 15_000_000 < made.delivery_time.draw(half) < 40_000_000
    assert samples.outcomes.total() == 60
    counts = done.live.result.metrics.message_counts()
    simulated = run_loaded(again(cassette)).metrics.message_counts()
    share = counts["delivered"] / counts["total"]
    assert simulated["delivered"] / simulated["total"] == pytest.approx(share, abs=0.05)
