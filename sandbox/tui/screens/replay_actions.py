"""What keys do in Replay: in the list of stored runs, and in one of them."""

from typing import Final

from sandbox.tui.actions import EVERYWHERE, Action

_SECOND: Final = 1_000_000

_OPEN: Final = Action(
    "open", "enter", "⏎", "Open", "Replay the chosen run; in it, tell the chosen message", 0
)
_FILTER: Final = Action("filter", "slash", "/", "Filter", "Only runs, or messages, with words", 5)
_EXPORT: Final = Action(
    "app.export", "e", "e", "Export", "Write the run as a report, or this screen as an SVG", 8
)
_PANEL: Final = Action("next_panel", "tab", "tab", "Panel", "Go to the next panel", 10)

LIST_ACTIONS: Final = (
    _OPEN,
    _FILTER,
    Action("reload", "r", "r", "Reload", "Look again at what is stored", 6),
    _EXPORT,
    _PANEL,
    *EVERYWHERE,
)
"""While the runs are listed."""

_TIME: Final = (
    Action(f"move({_SECOND})", "right", "←→", "1 s", "Go on, or back, by a second", 1),
    Action(f"move({-_SECOND})", "left", "←", "", ""),
    Action(f"move({10 * _SECOND})", "shift+right", "shift ←→", "", "The same by ten seconds"),
    Action(f"move({-10 * _SECOND})", "shift+left", "shift ←", "", ""),
    Action("start", "home", "home end", "", "Go to the beginning, or to the end"),
    Action("end", "end", "end", "", ""),
)

PLAYER_ACTIONS: Final = (
    Action("play", "space", "space", "Play", "Let it play, or stand still", 0),
    *_TIME,
    Action("step", "full_stop", ",.", "Event", "Go on, or back, by exactly one event", 2),
    Action("unstep", "comma", ",", "", ""),
    Action(
        "mark(1)", "right_square_bracket", "[ ]", "Mark",
        "Go to the next mark, or to the one before", 4,
    ),
    Action("mark(-1)", "left_square_bracket", "[", "", ""),
    Action("bookmark", "b", "b", "Bookmark", "Mark this instant, or take its bookmark away", 8),
    Action(
        "branch", "B,shift+b", "B", "Branch",
        "Go on from here on the live screen, with other settings", 1,
    ),
    Action("app.compare", "c", "c", "Compare", "Compare the branch with what it left", 7),
    Action("faster", "plus,equals_sign", "+-", "Speed", "Play at twice or half the speed", 9),
    Action("slower", "minus,underscore", "-", "", ""),
    Action("view", "v", "v", "View", "Show other panels, where not all have room", 6),
    Action(_OPEN.name, _OPEN.keys, _OPEN.shown, "Timeline", "", 8),
    Action(_FILTER.name, _FILTER.keys, _FILTER.shown, "", ""),
    Action("app.copy_id", "y", "y", "", "Copy the id of the message"),
    Action("app.copy_json", "Y,shift+y", "Y", "", "Copy it as JSON, with its events so far"),
    _EXPORT,
    _PANEL,
    Action("back", "escape", "esc", "Runs", "Stay where it is; then back to the list of runs", 3),
    Action("refuse", "o,O,shift+o,a,u,U,shift+u,0,n,w,k", "o", "", ""),
    *EVERYWHERE,
)  # fmt: skip
"""While one of them is replayed."""

REPLAY_ACTIONS: Final = (
    *(action for action in LIST_ACTIONS if action not in EVERYWHERE),
    *(action for action in PLAYER_ACTIONS if action not in (*LIST_ACTIONS, *EVERYWHERE)
      and action.name not in (_OPEN.name, _FILTER.name)),
    *EVERYWHERE,
)  # fmt: skip
"""All of them, each key once."""

TIME_KEYS: Final = frozenset(action.name for action in _TIME)
"""Actions whose keys a list would take for itself."""
