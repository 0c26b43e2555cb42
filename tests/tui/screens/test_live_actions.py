from sandbox.tui.screens.live import LiveScreen
from sandbox.tui.screens.live_actions import LIVE_ACTIONS, LIVE_LATER


def test_every_action_of_the_live_screen_can_be_done() -> None:
    """A key in the list has a method behind it, in the screen or in the app."""
    names = [action.name.partition("(")[0] for action in LIVE_ACTIONS]
    missing = [
        name for name in names if "." not in name and not hasattr(LiveScreen, f"action_{name}")
    ]
    assert missing == []


def test_what_comes_later_has_words() -> None:
    """A key that is not built yet says what it will do."""
    assert all(LIVE_LATER.values())
