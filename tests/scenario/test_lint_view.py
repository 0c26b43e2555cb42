"""A scenario as the linter sees it."""

from sandbox.scenario.lint_view import view_of
from tests.support.lint_texts import LOAD, WORLD
from tests.support.scenario_texts import loaded


def test_each_level_stands_beside_the_place_it_was_written_at() -> None:
    """A key that is written is pointed at; of one that is not, the place it would have."""
    view = view_of(loaded(WORLD + "cascades: {c: [sms, {channel: viber, wait: 9s}]}\n" + LOAD))
    first, second = view.cascades[0].levels
    assert (first.name, second.name) == ("level 0 (sms)", "level 1 (viber)")
    assert (second.at("wait").mark.line, second.at("wait").mark.column) == (3, 44)
    assert first.at("validity") is first.node
    assert second.level.wait_us == 9_000_000


def test_phones_that_may_be_off_are_known_by_channel() -> None:
    """The built-in people have such phones; people without traits do not."""
    cascades = "cascades: {c: [sms]}\n"
    with_people = view_of(loaded("schema: 1\n" + cascades + LOAD))
    without = view_of(loaded(WORLD + cascades + LOAD))
    assert with_people.has_spells(with_people.world.plans[0].levels[0])
    assert not without.has_spells(without.world.plans[0].levels[0])
