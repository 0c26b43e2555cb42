"""Levels that begin together, as a file says them: read, refused, and built."""

from sandbox.scenario.fronts import check_fronts
from tests.support.scenario_texts import codes_of, loaded, problems_of

TEXT = "schema: 1\ncascades: {{alert: {{levels: [{}]}}}}\nload: [{{burst: 1}}]\n"


def test_a_level_says_that_it_begins_with_the_one_before_it() -> None:
    """S25: and the plan has it; no level does by default."""
    plan = loaded(
        TEXT.format("sms, {channel: whatsapp, parallel: true}, {channel: viber, parallel: false}")
    ).world.plans[0]
    assert [level.parallel for level in plan.levels] == [False, True, False]
    assert plan.front_end(0) == 2


def test_the_first_level_has_none_before_it() -> None:
    """It is said at the very word, and of the first alone."""
    assert check_fronts.__module__ == "sandbox.scenario.fronts"
    text = TEXT.format("{channel: sms, parallel: true}, {channel: viber, parallel: true}")
    assert problems_of(text) == [
        (
            "2:54: error[parallel-to-nothing]: there is no level before the first that it could be "
            "parallel to"
        )
    ]
    assert codes_of(TEXT.format("{channel: sms, parallel: false}, viber")) == []
