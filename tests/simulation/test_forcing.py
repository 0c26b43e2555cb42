"""What somebody decides about an attempt: before it happens, never after (laws, and one log)."""

from dataclasses import replace
from typing import Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import MisuseError
from sandbox.report.laws import Laws
from sandbox.scenario.loader import load
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.forcing import TAKEN_BACK, Undecided
from sandbox.simulation.spec import HandForce, WorldSpec
from sandbox.simulation.world import World
from tests.support.hand import level, plan, us
from tests.support.worlds import deliveries, kinds, lines, provider, world

ONE = plan(level(wait=30))
TWO = plan(level(wait=30), level("whatsapp", wait=30))

WILD: Final = """\
schema: 1
seed: 3
cascades:
  otp:
    late_success: cancel_next
    levels:
      - {channel: sms, wait: 9s, via: [sms, sms-b], submit_timeout: 2s, on_unknown: resend}
      - {channel: whatsapp, wait: 12s, via: [wa]}
      - viber
providers:
  sms: {submit: {latency: {uniform: [100ms, 3s]}, outcomes: {accepted: rest, timeout.accepted: 9%,
        timeout.not_accepted: 9%, refused.temporary: 9%}}, receipts: {lost: 5%, duplicated: 20%,
        before_reply: 20%, reordered: {share: 20%, within: 4s}, reports: [sent, delivered]},
        price: {amount: 0.01 EUR, charged_on: submitted}}
  sms-b: {channel: sms, price: {amount: 0.02 EUR, charged_on: delivered}}
  wa: {channel: whatsapp, cancel: supported, receipts: {echoes_reference: false}}
recipients: {population: 90, traits: {phone_off: {share: 30%, off: {mean: 20s}, on: {mean: 20s}}}}
load: [{poisson: 4/s, for: 20s}]
"""


def told(word: str, number: int = 1, at_level: int = 0) -> HandForce:
    """A decision about a message by its word; "" takes it back."""
    decision = DECISIONS.get(word)
    entry, text = (None, "none") if decision is None else (decision.entry, decision.text)
    return HandForce(at_us=0, level=at_level, entry=entry, text=text, message=number)


def forced_run(its_world: World, *steps: tuple[float, HandForce]) -> list[Fact]:
    """A run in which things are decided at instants, in seconds."""
    facts: list[Fact] = []
    for at_s, hand in steps:
        facts += its_world.force(hand, us(at_s))
    for piece in run_virtual(its_world):
        facts += piece
    return facts


def end_of(facts: list[Fact]) -> str:
    """How message 1 ended, as `lines` has it."""
    return next(line for line in lines(facts) if " finished " in line)


# The attempt in flight ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("delivered", "6 receipt 0.1 delivered"),
        ("failed", "6 receipt 0.1 failed"),
        ("rejected", "6 receipt 0.1 rejected"),
        ("expired", "6 receipt 0.1 expired"),
        ("filtered", "6 receipt 0.1 delivered"),
        ("delivered, receipt lost", "5 receipt_lost 0.1 delivered"),
    ],
)
@pytest.mark.parametrize("at_s", [0.5, 3])
def test_what_is_in_flight_comes_to_what_was_decided(word: str, says: str, at_s: float) -> None:
    """Whether it has been taken or not, it comes at the instant at which its own fate would."""
    its_world = world(ONE, provider(delivery_outcomes=deliveries(failed=50, rejected=50)))
    facts = forced_run(its_world, (at_s, told(word)))
    assert says in lines(facts)
    assert [f[2:5] for f in facts if f[5] == "knob_changed"] == [(1, 0, None)]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("refused for good", "refused"),
        ("refused for now", "refused"),
        ("throttled", "throttled"),
        ("no answer", "unknown"),
        ("no answer, taken", "unknown"),
    ],
)
def test_an_answer_that_has_not_come_can_be_another(word: str, kind: str) -> None:
    """The engine hears of it as of any answer."""
    facts = forced_run(world(ONE, provider()), (0.5, told(word)))
    assert kind in kinds(facts)
    assert ("reached_handset" in kinds(facts)) is (word == "no answer, taken")


def test_nothing_is_refused_that_was_taken() -> None:
    """What has happened stays: the decision is about the next attempt, which never comes here."""
    its_world = world(ONE, provider())
    facts = forced_run(its_world, (3, told("refused for good")))
    assert "3 knob_changed {submit: refused.permanent}" in lines(facts)
    assert end_of(facts) == "6 finished 0.1 delivered"


def test_a_receipt_on_its_way_can_be_lost_and_nothing_else() -> None:
    """The copy is on the handset; that it failed is not to be had any more."""
    facts = forced_run(world(ONE, provider()), (5.5, told("receipt lost")))
    assert "5.5 receipt_lost 0.1 delivered" in lines(facts)
    assert "exhausted" in end_of(facts)
    facts = forced_run(world(ONE, provider()), (5.5, told("delivered, receipt lost")))
    assert "receipt_lost" in kinds(facts)
    failed = world(ONE, provider(delivery_outcomes=deliveries(failed=100)))
    facts = forced_run(failed, (5.5, told("delivered, receipt lost")))
    assert "receipt_lost" not in kinds(facts)


# The next attempt, and none ----------------------------------------------------------------------


def test_where_nothing_is_in_flight_the_next_attempt_is_meant() -> None:
    """WhatsApp is decided while the SMS is on its way, and met when its turn comes; once."""
    its_world = world(TWO, provider(delivery_outcomes=deliveries(failed=100)), provider("whatsapp"))
    facts = forced_run(its_world, (2, told("failed", at_level=1)))
    assert "exhausted" in end_of(facts)
    assert "reached_handset" not in kinds(facts)


def test_a_decision_beats_scripts_and_is_used_once() -> None:
    """The retry after it meets the luck it would have met."""
    its_world = world(plan(level(wait=30, retries=1)), provider())
    facts = forced_run(its_world, (0, told("refused for now")), (0.5, told("refused for now")))
    assert kinds(facts).count("refused") == 1
    assert end_of(facts).endswith("delivered")


def test_about_what_is_over_nothing_is_decided() -> None:
    """No line of the log says otherwise; nor about a message that never came, or no level."""
    for at_s, hand in [(90, told("failed")), (1, told("failed", 7)), (1, told("failed", 1, 5))]:
        facts = forced_run(world(ONE, provider()), (at_s, hand))
        assert "knob_changed" not in kinds(facts)
    its_world = world(ONE, provider())
    its_world.force(told("failed"), us(3))
    with pytest.raises(MisuseError, match="out of order"):
        its_world.force(told("failed"), us(2))


@pytest.mark.parametrize(
    ("at_s", "stage"),
    [
        (0.5, Undecided.ANSWER),
        (3, Undecided.FATE),
        (5.5, Undecided.RECEIPT),
        (7, Undecided.NOTHING),
    ],
)
def test_it_can_be_asked_what_is_undecided(at_s: float, stage: Undecided) -> None:
    """Before answer, fate and receipt; and of a level that has not been reached."""
    its_world = world(TWO, provider(), provider("whatsapp"))
    its_world.advance(us(at_s), 100)
    assert its_world.undecided(1, 0) is stage
    assert its_world.undecided(1, 1) is (Undecided.NEXT if at_s < 6 else Undecided.NOTHING)
    assert its_world.undecided(9, 0) is Undecided.NOTHING


# Taking back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", list(DECISIONS))
@pytest.mark.parametrize("at_s", [0.5, 3])
def test_what_is_taken_back_in_time_is_as_if_it_had_never_been(word: str, at_s: float) -> None:
    """But for the two lines that say so; where nothing was done there is nothing to take back."""
    plain = lines(forced_run(world(ONE, provider())))
    facts = forced_run(world(ONE, provider()), (at_s, told(word)), (at_s + 0.2, told("")))
    said = [f[7].text("value") for f in facts if f[5] == "knob_changed"]
    assert said == [DECISIONS[word].text, TAKEN_BACK]
    assert [line for line in lines(facts) if "knob_changed" not in line] == plain


def test_one_may_think_better_of_it_even_of_silence() -> None:
    """That no answer comes is decided otherwise, as long as the answer could have come."""
    its_world = world(ONE, provider())
    its_world.force(told("no answer"), us(0.5))
    assert its_world.undecided(1, 0) is Undecided.ANSWER
    assert its_world.decided(1, 0) == DECISIONS["no answer"].entry
    facts = forced_run(its_world, (0.7, told("rejected")))
    assert "6 receipt 0.1 rejected" in lines(facts)
    its_world = world(ONE, provider())
    facts = forced_run(its_world, (0.5, told("no answer")), (1.5, told("rejected")))
    assert "unknown" in kinds(facts)
    assert "reached_handset" not in kinds(facts)


def test_what_has_happened_is_not_taken_back() -> None:
    """The fate was decided, and it came."""
    facts = forced_run(world(ONE, provider()), (3, told("failed")), (5.5, told("")))
    assert kinds(facts).count("knob_changed") == 1
    assert "failed_at_provider" in kinds(facts)


# One log, and its laws ---------------------------------------------------------------------------


def decided(spec: WorldSpec, step: int) -> tuple[list[Fact], tuple[HandForce, ...]]:
    """A wild run in which something is decided over and over, and what was."""
    its_world, facts, done = World(spec), list[Fact](), list[HandForce]()
    words = [*DECISIONS, ""]
    for nth in range(1, 200):
        at = nth * us(0.2) + step
        facts += its_world.advance(at - 1, 1 << 40)
        number = its_world.message_count - (nth * 7 + step) % 12
        hand = told(words[(nth * 5 + step) % len(words)], number, (nth + step) % 3)
        said = its_world.force(hand, at)
        if any(f[5] == "knob_changed" for f in said):
            done.append(replace(hand, at_us=its_world.now))
        facts += said
    for piece in run_virtual(its_world):
        facts += piece
    return facts, tuple(done)


@pytest.mark.parametrize("step", range(12))
def test_decisions_break_no_law_and_lead_to_the_same_log_once_more(step: int) -> None:
    """In a world in which everything goes wrong, at all stages of attempts."""
    spec = load(WILD).world
    facts, done = decided(spec, step * 1237)
    laws = Laws(spec.plans, spec.breakers)
    laws.watch(facts)
    laws.finish(quiet=True)
    assert laws.violations == []
    assert len(done) > 60
    again = [fact for piece in run_virtual(World(replace(spec, forced=done))) for fact in piece]
    assert again == facts


def test_the_law_book_would_notice_a_truth_that_was_made_up() -> None:
    """The check above can fail: a copy that arrives after a failure is no fate."""
    spec = load(WILD).world
    facts, _ = decided(spec, 0)
    nth = next(n for n, fact in enumerate(facts) if fact[5] == "reached_handset")
    *head, kind, cause, detail = facts[nth]
    twice = [*facts[:nth], (*head, "failed_at_provider", cause, detail), *facts[nth:]]
    laws = Laws(spec.plans, spec.breakers)
    laws.watch([(seq, *fact[1:]) for seq, fact in enumerate(twice, 1)])  # type: ignore[misc]
    assert "one-fate" in {violation.law for violation in laws.violations}
    assert kind == "reached_handset"
