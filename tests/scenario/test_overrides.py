"""`--set PATH=VALUE`."""

import pytest

from sandbox.errors import ScenarioError
from sandbox.scenario.loader import load
from sandbox.simulation.spec import OverQueue
from tests.support.scenario_texts import SMALL, codes_of, loaded, problems_of

FAULTY = SMALL + (
    "faults: [{id: f, provider: sms, at: 1m, for: 1m, set: {submit.outcomes: {throttled: 100%}}}]"
)


def test_a_value_in_a_list_is_named_by_its_position() -> None:
    """Short forms are written out first, so a level has a wait to change."""
    scenario = loaded(SMALL, ("cascades.otp.levels.1.wait", "15s"))
    waits = [level.wait_us for level in scenario.world.plans[0].levels]
    assert waits == [60_000_000, 15_000_000, 60_000_000]


def test_what_is_not_there_is_made() -> None:
    """A setting of a provider the file does not mention can be set."""
    scenario = loaded(
        SMALL,
        ("providers.sms.receipts.lost", "30%"),
        ("recipients.traits.phone_off.share", "50%"),
        ("expect", "[delivery_rate >= 1%]"),
        ("clock.warm_up", "5s"),
    )
    assert scenario.world.providers[0].settings.receipt_lost == 300_000_000
    assert scenario.world.population.traits[0].share == 500_000_000
    assert [each.text for each in scenario.expectations] == ["delivery_rate >= 1%"]
    assert scenario.warm_up_us == 5_000_000


def test_a_value_may_be_any_yaml_and_a_short_form() -> None:
    """Lists and maps replace what was there."""
    scenario = loaded(SMALL, ("cascades.otp", "[viber, sms]"), ("load", "[{burst: 3}, {burst: 4}]"))
    assert [level.channel for level in scenario.world.plans[0].levels] == ["viber", "sms"]
    assert len(scenario.world.load) == 2


def test_keys_with_dots_are_found() -> None:
    """Outcomes and the settings of faults have dots in their names."""
    scenario = loaded(
        FAULTY,
        ("providers.sms.submit.outcomes.accepted", "rest"),
        ("providers.sms.submit.outcomes.refused.temporary", "7%"),
        ("providers.sms.delivery.reasons.refused.temporary.20503", "rest"),
        ("faults.0.set.submit.outcomes.throttled", "rest"),
        ("faults.0.set.submit.outcomes.refused.permanent", "60%"),
        ("faults.0.set.receipts.lost", "x10"),
    )
    settings = scenario.world.providers[0].settings
    assert settings.submit_outcomes.share("refused.temporary") == 70_000_000
    changes = {change.path: change.text for change in scenario.world.faults[0].changes}
    assert changes == {
        "submit.outcomes": "{throttled: rest, refused.permanent: 60%}",
        "receipts.lost": "x10",
    }


def test_the_later_override_wins() -> None:
    """Overrides are applied in their order, each to the result of those before."""
    assert loaded(SMALL, ("seed", "5"), ("seed", "6")).seed == 6
    second = loaded(SMALL, ("load.1", "{burst: 5}"), ("load.1.burst", "6")).world.load[1]
    assert second.count == 6  # type: ignore[union-attr]  # a burst


def test_a_fault_can_be_taken_away() -> None:
    """An empty list leaves nothing of what was there."""
    assert loaded(FAULTY, ("faults", "[]")).world.faults == ()


def test_an_override_can_complete_a_file() -> None:
    """What is missing in the file may come from the command line."""
    scenario = loaded("schema: 1\ncascades: {otp: [sms]}", ("load", "[{burst: 2}]"))
    assert len(scenario.world.load) == 1


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("cascades.otp.levels.0.wait", "30",
         "error[unit-missing]: 30 has no unit"),
        ("cascades.otp.levels.0.wiat", "30s",
         "error[unknown-key]: unknown key 'wiat'"),
        ("cascades.otp.levels.7.wait", "30s",
         "error[bad-override]: 'cascades.otp.levels' has 3 entries, and no entry 7"),
        ("cascades.otp.levels.sms.wait", "30s",
         "error[bad-override]: 'cascades.otp.levels' is a list, and 'sms' is no position in it"),
        ("schema.x", "1",
         "error[bad-override]: 'schema' is a value, it holds no 'x'"),
        ("seed", "",
         "error[missing-value]: expected a whole number, found nothing"),
        ("seed", "[1",
         "error[yaml-syntax]: this [ is not closed"),
        ("cascades.otp.levels.0.wait", "*x",
         "error[yaml-alias]: *x stands for nothing"),
        ("a b", "1",
         "error[bad-override]: 'a b' is not a path of keys and dots"),
        ("a..b", "1",
         "error[bad-override]: 'a..b' is not a path of keys and dots"),
        ("", "1",
         "error[bad-override]: '' is not a path of keys and dots"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_override_points_at_it(path: str, value: str, problem: str) -> None:
    """The command line is the place to look, not the file."""
    assert problems_of(SMALL, (path, value)) == [f"--set {path}: {problem}"]


def test_an_override_is_shown_as_it_was_written() -> None:
    """The caret stands under the value, or under the part of the path that leads nowhere."""
    with pytest.raises(ScenarioError) as caught:
        load(
            SMALL,
            overrides=[
                ("cascades.otp.levels.0.wait", "30"),
                ("cascades.otp.levels.1.wiat", "30s"),
            ],
        )
    shown = str(caught.value).split("\n")
    assert shown[1:3] == [
        "--set | cascades.otp.levels.0.wait=30",
        "      |                            ^^ write 30s, 30ms or 30m",
    ]
    assert shown[6:8] == [
        "--set | cascades.otp.levels.1.wiat=30s",
        "      |                       ^^^^ did you mean 'wait'?",
    ]


def test_problems_of_the_file_come_before_those_of_overrides() -> None:
    """Everything wrong is found in one pass, the file first."""
    assert codes_of(SMALL + "sede: 1", ("seed", "x"), ("name", "5")) == [
        "unknown-key",
        "bad-number",
        "wrong-type",
    ]


def test_receipt_faults_limits_and_changes_by_hand_can_be_set() -> None:
    """Short forms, words and settings with dots are understood as in the file."""
    text = FAULTY + "\nby_hand: [{at: 1s, provider: sms, set: {receipts.lost: 5%}}]"
    scenario = loaded(
        text,
        ("providers.sms.receipts.reordered", "5%"),
        ("providers.sms.receipts.duplicated.copies", "1..3"),
        ("providers.sms.limits.over", "queue"),
        ("providers.sms.limits.quota.count", "10"),
        ("faults.0.set.limits.rate", "5/s"),
        ("by_hand.0.set.receipts.lost", "x2"),
        ("by_hand.1", "{at: 2s, provider: sms, reset: [receipts.lost]}"),
    )
    sms = scenario.world.providers[0]
    assert (sms.settings.receipt_reordered_share, sms.settings.receipt_copies) == (
        50_000_000, (1, 3),
    )  # fmt: skip
    assert (sms.over, sms.settings.quota_count) == (OverQueue(), 10)
    assert [change.path for change in scenario.world.faults[0].changes] == [
        "submit.outcomes", "limits.rate",
    ]  # fmt: skip
    assert [each.change and each.change.text for each in scenario.world.by_hand] == ["x2", None]
    assert codes_of(text, ("providers.sms.limits.rate", "20")) == ["unit-missing"]
