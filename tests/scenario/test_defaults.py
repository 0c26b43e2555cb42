"""Defaults that depend on the rest of the file."""

from pathlib import Path

from sandbox.simulation.spec import Burst, Constant, Single
from tests.support.scenario_texts import SMALL, codes_of, loaded


def test_the_complete_scenario_of_five_lines_runs() -> None:
    """Everything else has a sensible default."""
    scenario = loaded(
        "schema: 1\nname: first-look\ncascades: {otp: [sms, whatsapp, viber]}\n"
        "load: [{burst: 200}]\nexpect: [delivery_rate >= 95%]"
    )
    plan = scenario.world.plans[0]
    assert (plan.name, plan.deadline_us, plan.text) == ("otp", 600_000_000, "")
    assert (plan.late_success, plan.conflict) == ("record", "best")
    level = plan.levels[0]
    assert (level.providers, level.success.word, level.origin) == (
        ("sms",), "delivered", "accepted",
    )  # fmt: skip
    assert (level.wait_us, level.submit_timeout_us) == (60_000_000, 10_000_000)
    assert (level.on_unknown, level.on_expired, level.validity_us) == ("wait", "continue", None)
    assert (level.retries.max, {each.value for each in level.retries.on}) == (
        1, {"refused.temporary", "throttled"},
    )  # fmt: skip
    backoff = level.retries.backoff
    assert (backoff.first_us, backoff.factor_ppm, backoff.max_us, backoff.jitter_ppm) == (
        1_000_000, 2_000_000, 30_000_000, 200_000,
    )  # fmt: skip
    assert len(level.next_on) == 8
    assert (scenario.seed, scenario.warm_up_us, scenario.clock_start) == (
        1, 0, "2026-01-01T00:00:00Z",
    )  # fmt: skip
    assert (scenario.world.until_us, scenario.world.limit_us) == (None, 172_800_000_000)


def test_a_scenario_is_called_like_its_file(tmp_path: Path) -> None:
    """Without a name it has the file's stem."""
    from sandbox.scenario.loader import load

    file = tmp_path / "my-outage.yaml"
    file.write_text(SMALL, encoding="utf-8")
    assert load(file).name == "my-outage"
    assert loaded(SMALL).name == "unnamed"
    assert loaded(SMALL + "name: mine").name == "mine"


def test_a_load_entry_begins_where_the_one_before_ended() -> None:
    """The first begins at 0s, and a burst or a message takes no time."""
    scenario = loaded(
        "schema: 1\ncascades: {otp: [sms]}\nload:\n"
        "  - {constant: 1/s, for: 90s}\n"
        "  - {burst: 5}\n"
        "  - {message: m}\n"
        "  - {ramp: {from: 1/s, to: 2/s}, for: 30s}\n"
        "  - {burst: 1, at: 10s}\n"
        "  - {poisson: 1/s, for: 1s}\n"
    )
    assert [entry.at_us // 1_000_000 for entry in scenario.world.load] == [0, 90, 90, 90, 10, 10]
    assert data_of(scenario.resolved, "load")[1]["at"] == "90s"


def test_a_trace_ends_with_its_last_message() -> None:
    """What follows begins then, as fast as the trace is played; a broken one takes no time."""
    csv = '{csv: "at\\n9s\\n10.000001s\\n"}'
    scenario = loaded(
        "schema: 1\ncascades: {otp: [sms]}\nload:\n"
        "  - {burst: 1, at: 5s}\n"
        f"  - {{trace: {csv}}}\n"
        f"  - {{trace: {csv}, speed: 2x}}\n"
        "  - {burst: 1}\n"
    )
    begins = [entry.at_us for entry in scenario.world.load]
    assert begins == [5_000_000, 5_000_000, 15_000_001, 20_000_001]
    assert data_of(scenario.resolved, "load")[3]["at"] == "20000.001ms"
    broken = SMALL.replace("{burst: 20}", "{trace: {csv: at}, at: 1s}, {burst: 1}, 5")
    assert codes_of(broken) == ["too-few", "wrong-type"]


def data_of(resolved: object, name: str) -> list[dict[str, object]]:
    """A list of the resolved file."""
    assert isinstance(resolved, dict)
    found = resolved[name]
    assert isinstance(found, list)
    return found


def test_with_one_cascade_nobody_has_to_name_it() -> None:
    """With several, each entry says what it is for."""
    only = loaded(SMALL).world.load[0]
    assert isinstance(only, Burst)
    assert only.plan == 0
    two = "schema: 1\ncascades: {a: [sms], b: [viber]}\nload: [{message: m, cascade: b}]"
    entry = loaded(two).world.load[0]
    assert isinstance(entry, Single)
    assert entry.plan == 1


def test_faults_without_a_name_are_numbered() -> None:
    """They can be told apart in the log."""
    fault = "{provider: sms, at: %dm, for: 1m, set: {receipts.lost: 1%%}}"
    text = f"faults: [{fault % 1}, {fault % 5}]"
    assert [f.id for f in loaded(SMALL + text).world.faults] == ["fault-1", "fault-2"]


def test_a_number_says_where_a_person_is() -> None:
    """A country is taken from the number, unless it is written."""
    text = (
        "recipients: {people: {anna: {phone: '+4915112345678'}, "
        "ben: {phone: '+4915112345678', country: AT}, cleo: {}}}"
    )
    scenario = loaded(SMALL + text)
    assert [person.country for person in scenario.world.population.people] == ["DE", "AT", ""]
    assert scenario.resolved["recipients"]["people"]["anna"]["country"] == "DE"


def test_what_is_broken_spoils_no_default() -> None:
    """An entry after a broken one still gets its beginning, and only the broken one is told."""
    from tests.support.scenario_texts import problems_of

    assert problems_of(
        "schema: 1\ncascades: {otp: [sms]}\nload: [{constant: 1/s, for: soon}, {burst: 1}, 5]"
    ) == [
        "3:29: error[bad-duration]: soon is no duration",
        "3:48: error[wrong-type]: expected a map, found the number 5",
    ]


def test_rates_are_exact() -> None:
    """A third of a message per second is a third."""
    entry = loaded(SMALL.replace("{burst: 20}", "{constant: 20/m, for: 3m}")).world.load[0]
    assert isinstance(entry, Constant)
    assert (entry.rate.numerator, entry.rate.denominator) == (1, 3)


def test_a_provider_that_is_only_changed_by_hand_is_there() -> None:
    """It is taken in like one that only a fault speaks of, and changes nothing of the others."""
    change = "by_hand: [{at: 1s, provider: viber, reset: [validity]}]"
    sms_only = SMALL.replace("[sms, whatsapp, viber]", "[sms]")
    names = [provider.name for provider in loaded(sms_only + change).world.providers]
    assert names == ["sms", "viber"]


def test_scripts_are_counted_among_the_faults() -> None:
    """What has no name is called by its place in the list."""
    text = SMALL.replace("{burst: 20}", "{message: anna}") + (
        "faults:\n"
        "  - {message: anna, script: [throttled]}\n"
        "  - {provider: sms, at: 1s, for: 1s, set: {receipts.lost: 1%}}\n"
    )
    world = loaded(text).world
    assert [script.id for script in world.scripts] == ["fault-1"]
    assert [fault.id for fault in world.faults] == ["fault-2"]
