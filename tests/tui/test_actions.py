from collections import Counter

import pytest

from sandbox.tui.actions import bindings, cells_of, key_bar
from sandbox.tui.screens.live_actions import LIVE_ACTIONS, LIVE_LATER


def test_no_key_does_two_things() -> None:
    """Every key is bound once, also those that only say they will do something later."""
    written = [b.key for b in bindings("live", LIVE_ACTIONS, LIVE_LATER)]  # type: ignore[union-attr]  # all are Bindings
    keys = Counter(key for keys in written for key in keys.split(","))
    assert [key for key, times in keys.items() if times > 1] == []


def test_what_is_not_built_is_in_no_help() -> None:
    """The help promises nothing."""
    keys = {key for action in LIVE_ACTIONS for key in action.keys.split(",")}
    assert not keys & set(LIVE_LATER)


@pytest.mark.parametrize("width", range(0, 220, 7))
def test_the_key_bar_never_cuts_a_word(width: int) -> None:
    """Keys that do not fit are left out whole."""
    assert sum(map(cells_of, key_bar(LIVE_ACTIONS, width))) <= width


@pytest.mark.parametrize("name", ["pause", "outage", "view", "app.help", "app.quit"])
def test_at_eighty_columns_what_one_must_know_is_there(name: str) -> None:
    """Pause, outage, other panels, help and the way out are in sight on the smallest product."""
    assert name in {action.name for action in key_bar(LIVE_ACTIONS, 80)}


def test_on_a_wide_screen_every_labelled_key_is_in_sight() -> None:
    """Where there is room, nothing is left out."""
    assert len(key_bar(LIVE_ACTIONS, 200)) == sum(bool(action.label) for action in LIVE_ACTIONS)
