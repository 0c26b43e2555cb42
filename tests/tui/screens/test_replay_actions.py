from collections import Counter

import pytest

from sandbox.tui.actions import Action
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.replay import ReplayPage
from sandbox.tui.screens.replay_actions import (
    LIST_ACTIONS,
    PLAYER_ACTIONS,
    REPLAY_ACTIONS,
    TIME_KEYS,
)


@pytest.mark.parametrize("actions", [LIST_ACTIONS, PLAYER_ACTIONS, REPLAY_ACTIONS])
def test_every_action_can_be_done(actions: tuple[Action, ...]) -> None:
    """A key in the list has a method behind it, and does one thing."""
    for action in actions:
        name = action.name.partition("(")[0]
        owner = SandboxApp if name.startswith("app.") else ReplayPage
        assert hasattr(owner, f"action_{name.removeprefix('app.')}")
    keys = Counter(key for action in actions for key in action.keys.split(","))
    assert [key for key, times in keys.items() if times > 1] == []


def test_all_that_either_face_can_do_has_a_key_on_the_page() -> None:
    """The page binds the union of both."""
    names = {action.name for action in (*LIST_ACTIONS, *PLAYER_ACTIONS)}
    assert {action.name for action in REPLAY_ACTIONS} == names
    assert names > TIME_KEYS
