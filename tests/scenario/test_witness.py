"""A run seen as far as something is expected of it, and judged in the end."""

from collections.abc import Sequence

from sandbox.app.run import metrics_for
from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.report.definitions import parse_metric
from sandbox.report.timeline import message_results
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.model import Scenario
from sandbox.scenario.witness import Witness
from sandbox.simulation.world import World
from tests.support.scenario_texts import loaded

TEXT = """\
schema: 1
cascades: {otp: {levels: [{channel: sms, wait: 5s}, {channel: viber, wait: 5s}]}}
recipients:
  country: {DE: 60%, PL: 40%}
  traits:
    no_viber: {share: 30%, hits: [viber], as: refused.permanent}
    phone_off: {share: 20%, off: {mean: 1h}, on: {mean: 1h}}
  people: {anna: {country: DE, traits: [no_viber]}, boris: {country: PL, traits: []}}
load:
  - {constant: 20/s, for: 10s}
  - {message: for-anna, to: anna, at: 1s}
  - {message: for-boris, to: boris, at: 2s}
expect:
"""


def watched(scenario: Scenario, witness_sees: bool = True) -> tuple[
    list[ExpectationResult], World, list[Fact], Witness
]:  # fmt: skip
    """Run a scenario and judge it."""
    world = World(scenario.world)
    metrics = metrics_for(scenario)
    witness = Witness(scenario.expectations, scenario.world.plans, world.message_names)
    whole: list[Fact] = []
    for facts in run_virtual(world):
        metrics.fold(facts)
        whole += facts
        for fold in witness.folds if witness_sees else ():
            fold(facts)
    return list(witness.judge(metrics, world.person_of)), world, whole, witness


def test_nothing_is_watched_that_nobody_asked_for() -> None:
    """Metrics alone need no second look at the log."""
    plain = loaded(
        TEXT + "  all: [delivery_rate >= 1%]\n  where: [{country: DE, that: [late_rate <= 1%]}]"
    )
    assert watched(plain)[3].folds == ()
    phrases = loaded(TEXT + "  never: [outcome expired]")
    assert len(watched(phrases)[3].folds) == 1
    both = loaded(TEXT + "  never: [outcome expired]\n  messages: {for-anna: {ends: delivered}}")
    assert len(watched(both)[3].folds) == 2


def test_people_are_told_apart_by_what_they_are() -> None:
    """Traits and countries of recipients, which the log does not say, are those of the world."""
    where = [
        ("trait no_viber", lambda person: "no_viber" in person.traits),
        ("trait phone_off", lambda person: "phone_off" in person.traits),
        ("country PL", lambda person: person.country == "PL"),
        ("trait no_viber, country DE",
         lambda person: "no_viber" in person.traits and person.country == "DE"),
    ]  # fmt: skip
    lines = [f"    - {{{w.replace('trait ', 'trait: ').replace('country ', 'country: ')}, "
             "that: [delivery_rate >= 0%]}" for w, _ in where]  # fmt: skip
    results, world, _, _ = watched(loaded(TEXT + "  where:\n" + "\n".join(lines)))
    people = [world.person_of(message) for message in range(1, world.message_count + 1)]
    for result, (words, fits) in zip(results, where, strict=True):
        assert (result.scope, result.samples) == (f"where {words}", sum(map(fits, people)))
        assert 0 < result.samples < len(people)


def test_a_scope_that_splits_all_messages_loses_none() -> None:
    """What two countries come to is what both together come to."""
    text = TEXT + "  all: [level.0.attempts >= 0]\n  where:\n" + "".join(
        f"    - {{country: {code}, that: [level.0.attempts >= 0]}}\n" for code in ("DE", "PL")
    )  # fmt: skip
    (whole, *parts), _, _, _ = watched(loaded(text))
    assert sum(part.value or 0 for part in parts) == whole.value
    assert sum(part.samples for part in parts) == whole.samples == 202


def test_named_messages_are_followed_to_their_end() -> None:
    """What is seen of each is what its timeline says, and no other message is kept."""
    expect = "  messages: {for-anna: {path: []}, for-boris: {path: [], late: []}}"
    scenario = loaded(TEXT + expect)
    results, world, facts, _ = watched(scenario)
    numbers = {name: number for number, name in world.message_names.items()}
    told = {
        each.name: each
        for each in message_results(
            facts, scenario.world.plans, world.message_names, set(numbers.values())
        )
    }
    for result, name in zip(results, ("for-anna", "for-boris"), strict=True):
        assert result.first_message == numbers[name]
        assert result.seen.startswith(", ".join(told[name].path))


def test_a_named_message_that_did_not_come_by_the_end_is_missed() -> None:
    """A run that stops early shows nothing of what comes later."""
    scenario = loaded(
        "schema: 1\nclock: {until: 1s}\ncascades: {otp: [sms]}\n"
        "load: [{message: soon, at: 0s}, {message: later, at: 5s}]\n"
        "expect: {messages: {soon: {path: []}, later: {path: []}}}"
    )
    soon, later = watched(scenario)[0]
    assert (later.passed, later.why, later.first_message) == (False, "no such message came", None)
    assert soon.first_message == 1


def test_the_first_offender_is_one_of_the_scope() -> None:
    """A message that can be looked at, to whom what is complained about happened."""
    expect = "  where: [{trait: no_viber, that: [truth.delivery_rate >= 100%]}]"
    (result,), world, facts, _ = watched(loaded(TEXT + expect))
    first = result.first_message
    assert not result.passed
    assert first is not None
    assert "no_viber" in world.person_of(first).traits
    arrived = {fact[2] for fact in facts if fact[5] == "reached_handset"}
    assert first not in arrived
    assert all(
        message in arrived
        for message in range(1, first)
        if "no_viber" in world.person_of(message).traits
    )


def test_the_whole_is_measured_after_parts_were() -> None:
    """Marks and scopes leave no trace in other figures."""
    scenario = loaded(TEXT + "  where: [{country: DE, that: [delivery_rate >= 1%]}]")
    world = World(scenario.world)
    metrics, fresh = metrics_for(scenario), metrics_for(scenario)
    for facts in run_virtual(world):
        metrics.fold(facts)
        fresh.fold(facts)
    Witness(scenario.expectations, scenario.world.plans, world.message_names).judge(
        metrics, world.person_of
    )
    names: Sequence[str] = ("delivery_rate", "time_to_final.p95", "cost.total")
    for name in names:
        assert metrics.measure(parse_metric(name)) == fresh.measure(parse_metric(name))
