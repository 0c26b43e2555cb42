"""What could have been is held against independent runs of files that were changed by hand."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.app import what_ifs as what_ifs_module
from sandbox.app.what_ifs import Reruns, as_it_was, shares_state
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange, live_change, run_retraced
from sandbox.drivers.virtual import run_virtual
from sandbox.report.account import begin
from sandbox.report.what_ifs import Fate, fate_of, waiting, without
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World
from tests.support.explained import scripted

Settings = list[tuple[str, str]]

LIMITED = """\
schema: 1
name: limited
seed: 5
cascades:
  otp: {deadline: 5m, levels: [{channel: sms, via: [sms], wait: 6s}, {channel: whatsapp, wait: 9s}]}
  other: {deadline: 5m, levels: [LEVELS]}
providers:
  sms:
    channel: sms
    delivery: {time: {uniform: [1s, 20s]}, outcomes: {delivered: rest, vanished: 10%}}
    limits: {rate: 1/s, burst: 3, over: queue}
  whatsapp: {channel: whatsapp, limits: {rate: 0.5/s, burst: 2}}
recipients: {population: 40}
load:
  - {burst: 12, at: 0s, cascade: otp}
  - {message: mine, at: 2s, cascade: CASCADE}
  - {burst: 12, at: 2s, cascade: otp}
"""


def lines_of(scenario: Scenario, messages: Collection[int]) -> dict[int, list[Fact]]:
    """All lines about some messages of a run."""
    lines: dict[int, list[Fact]] = {message: [] for message in messages}
    for piece in run_virtual(World(scenario.world)):
        for fact in piece:
            if fact[2] in lines:
                lines[fact[2] or 0].append(fact)
    return lines


def fate(facts: list[Fact], scenario: Scenario) -> Fate:
    """What became of a message."""
    account = begin(facts[0], {plan.name: plan for plan in scenario.world.plans})
    for fact in facts[1:]:
        account.take(fact)
    return fate_of(account)


def fates_with(source: str | Path, settings: Settings, messages: Collection[int]) -> Iterator[Fate]:
    """What becomes of messages in a run of the file as it is changed by settings."""
    scenario = load(source, overrides=settings)
    for facts in lines_of(scenario, messages).values():
        yield fate(facts, scenario)


@pytest.mark.parametrize("name", ["two-factor-codes", "late-receipt-after-the-switch"])
def test_waiting_is_what_a_file_without_the_wait_shows(name: str) -> None:
    """Message by message, for every level: outcome, instants, cost, copies and path."""
    scenario = load(name)
    messages = range(1, 300)
    lines = lines_of(scenario, messages)
    plan = scenario.world.plans[0]
    actual = [fate(facts, scenario) for facts in lines.values()]
    for level in range(len(plan.levels)):
        settings = [(f"cascades.{plan.name}.levels.{level}.wait", "none")]
        asked = waiting(plan, level)
        said = [Reruns(scenario.world, facts).fate(asked) for facts in lines.values()]
        assert said == list(fates_with(name, settings, messages))
        assert said != actual or level > 0  # somebody was left too early at the first


LEVELS = (
    "- {channel: sms, via: [sms], wait: 9s}\n"
    "- {channel: whatsapp, via: [wa], wait: 9s}\n"
    "- {channel: viber, via: [viber]}"
)
SCRIPTS = (
    "refused.temporary, {after: 20s}",
    "{submit: timeout.accepted, after: 40s}",
    "{after: 50s, receipt: lost}",
)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_that_is_not_there_is_what_a_file_without_it_shows(level: int) -> None:
    """Scripts of the levels below move up with them."""
    text = scripted(LEVELS, *SCRIPTS)
    scenario = load(text)
    facts = lines_of(scenario, [1])[1]
    fewer = without(scenario.world.plans[0], level)
    assert fewer is not None
    said = Reruns(scenario.world, facts).fate(fewer, level)
    levels = [line for n, line in enumerate(LEVELS.splitlines()) if n != level]
    scripts = [each for n, each in enumerate(SCRIPTS) if n != level]
    other = load(scripted("\n".join(levels), *scripts))
    assert said == fate(lines_of(other, [1])[1], other)
    assert said != fate(facts, scenario)


@pytest.mark.parametrize(
    ("level", "levels"),
    [
        (0, "{channel: sms, via: [sms], wait: none}, {channel: whatsapp, wait: 9s}"),
        (1, "{channel: sms, via: [sms], wait: 6s}, {channel: whatsapp, wait: none}"),
    ],
)
def test_where_messages_share_limits_all_of_them_are_run_again(level: int, levels: str) -> None:
    """Only the one has another plan; the others use up the limit as they did."""
    scenario = load(LIMITED.replace("LEVELS", "sms").replace("CASCADE", "otp"))
    facts = lines_of(scenario, [13])[13]
    reruns = Reruns(scenario.world, facts)
    assert shares_state(scenario.world)
    assert reruns.runs_all
    said = reruns.fate(waiting(scenario.world.plans[0], level))
    other = load(LIMITED.replace("LEVELS", levels).replace("CASCADE", "other"))
    assert said == fate(lines_of(other, [13])[13], other)
    assert reruns.fate(scenario.world.plans[0]) == fate(facts, scenario)


def test_what_is_remembered_is_shared_by_all_messages() -> None:
    """S27: where an earlier message found out, a later one alone would not know."""
    text = scripted("- {channel: whatsapp, via: [wa]}\n- sms", cascade="remember: 30d")
    assert shares_state(load(text).world)
    assert not shares_state(load(text.replace("remember: 30d", "remember: none")).world)


def test_a_message_alone_meets_the_luck_it_met_among_the_others() -> None:
    """Whatever its number: so a run of a million messages is no obstacle."""
    scenario = load("two-factor-codes")
    lines = lines_of(scenario, range(1, 1600, 7))
    plan = scenario.world.plans[0]
    for facts in lines.values():
        reruns = Reruns(scenario.world, facts)
        assert not reruns.runs_all
        assert reruns.fate(plan) == fate(facts, scenario)


def test_what_is_shared_unnoticed_shows_in_the_message_alone() -> None:
    """A log the message alone does not repeat is a reason to run all of them."""
    scenario = load("two-factor-codes")
    facts = lines_of(scenario, [12])[12]
    seq, at_us, *rest = facts[-1]
    assert not Reruns(scenario.world, facts).runs_all
    assert Reruns(scenario.world, [*facts[:-1], (seq, at_us + 1, *rest)]).runs_all  # type: ignore[list-item]  # a fact


def test_too_many_messages_are_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take longer than anybody waits; only where they share something."""
    scenario = load(LIMITED.replace("LEVELS", "sms").replace("CASCADE", "otp"))
    facts = lines_of(scenario, [13])[13]
    assert not Reruns(scenario.world, facts).is_too_large
    monkeypatch.setattr(what_ifs_module, "RETOLD_MAX", 24)
    assert Reruns(scenario.world, facts).is_too_large
    monkeypatch.setattr(what_ifs_module, "RETOLD_MAX", 25)
    assert not Reruns(scenario.world, facts).is_too_large


def live_run(scenario: Scenario) -> tuple[list[Fact], list[LiveChange]]:
    """A run in which somebody made whatsapp refuse everything, for a while."""
    world, facts, changes = World(scenario.world), list[Fact](), list[LiveChange]()
    refusing = load(
        scripted(
            "- {channel: sms, via: [sms]}",
            more="by_hand: [{at: 1s, provider: sms, set: {submit.outcomes: "
            "{refused.permanent: 100%}}}]",
        )
    ).world.by_hand[0]
    assert refusing.change is not None
    change = Change("submit.outcomes", refusing.change.value, refusing.change.text)
    for at_us, made in ((20_000_000, change), (50_000_000, None)):
        while bite := world.advance(at_us - 1, 100):
            facts += bite
        facts += world.change("whatsapp", "submit.outcomes", made, at_us)
        changes.append(live_change(facts, "submit.outcomes", made))
    facts += [fact for piece in run_virtual(world) for fact in piece]
    return facts, changes


def test_changes_by_hand_are_made_again_in_what_could_have_been() -> None:
    """At their instants: a switch into a provider that was turned off by hand stays one."""
    scenario = load("two-factor-codes")
    log, changes = live_run(scenario)
    spec = as_it_was(scenario.world, changes)
    assert [fact for piece in run_virtual(World(spec)) for fact in piece] == log
    retraced = run_retraced(World(scenario.world), changes)
    assert [fact for piece in retraced for fact in piece] == log
    refused = next(f for f in log if f[5] == "refused" and f[3] == 1 and 20e6 < f[1] < 50e6)
    facts = [fact for fact in log if fact[2] == refused[2]]
    plan = without(spec.plans[0], 2)
    assert plan is not None
    said = Reruns(spec, facts).fate(plan, 2)
    assert "whatsapp:refused.permanent" in said.path
    unchanged = Reruns(scenario.world, facts)
    assert unchanged.runs_all  # the message alone does not meet that fate without the hand
    assert unchanged.fate(spec.plans[0]) != fate(facts, replace(scenario, world=spec))


def test_of_a_run_that_was_broken_off_the_rest_can_be_known() -> None:
    """The message alone repeats what there is of it; what follows is the same luck."""
    scenario = load("two-factor-codes")
    facts = lines_of(scenario, [12])[12]
    reruns = Reruns(scenario.world, facts[:3])
    assert not reruns.runs_all
    assert reruns.fate(scenario.world.plans[0]) == fate(facts, scenario)
