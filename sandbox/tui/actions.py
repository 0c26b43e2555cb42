"""Everything a key does on the live screen: one list for bindings, key bar and help."""

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does.

    Attributes:
        name: The action of the screen, with arguments if it takes any.
        keys: As textual writes them, separated by commas.
        shown: How the key is written for people.
        label: One or two words for the key bar; "" keeps it out.
        about: What it does, for the help; "" where another key's words cover it.
        rank: The lower, the longer it stays in the key bar when there is no room.
    """

    name: str
    keys: str
    shown: str
    label: str
    about: str
    rank: int = 99


ACTIONS: Final = (
    Action("pause", "space", "space", "Pause", "Stop the clock, or let it run again", 0),
    Action("step", "full_stop", ".", "Step", "Let exactly one event happen", 7),
    Action(
        "faster",
        "plus,equals_sign",
        "+-",
        "Speed",
        "Run at twice or at half the speed, from ×¼ to ×512",
        4,
    ),
    Action("slower", "minus,underscore", "-", "", ""),
    Action("outage", "o", "o", "Outage", "Break the chosen provider, or mend it", 1),
    Action("choose(1)", "down", "↑↓", "Choose", "Choose a lane, a knob or a message", 9),
    Action("choose(-1)", "up", "↑", "", ""),
    Action("turn(1)", "right", "←→", "Turn", "Turn the chosen knob by a step", 5),
    Action("turn(-1)", "left", "←", "", ""),
    Action("turn(10)", "shift+right", "shift ←→", "", "Turn it by ten steps at once"),
    Action("turn(-10)", "shift+left", "shift ←", "", ""),
    Action("timeline", "enter", "⏎", "Timeline", "Show why the chosen message went its way", 6),
    Action("save", "w", "w", "Save", "Save this session as a scenario that runs it again", 7),
    Action("restart", "r", "r", "Again", "Start again with the same luck", 8),
    Action("reseed", "R,shift+r", "R", "", "Start again with other luck: the next seed"),
    Action("view", "v", "v", "View", "Show other panels, where not all have room", 3),
    Action("next_panel", "tab", "tab", "Panel", "Go to the next panel", 10),
    Action("previous_panel", "shift+tab", "shift tab", "", "Go to the panel before"),
    Action("back", "escape", "esc", "", "Follow the newest message again, or go back"),
    Action("app.help", "question_mark,f1", "?", "Help", "Show this", 2),
    Action("app.quit", "q,ctrl+q,ctrl+c", "q", "Quit", "Leave; only what was saved is kept", 2),
)

NOT_BUILT: Final = {
    "slash": "a filter for messages",
    "u": "undo",
    "n": "a message of your own",
    "t": "the tracer",
    "c": "comparing two runs",
    "O": "a choice of outages",
    "s": "sorting",
    "z": "a panel in full size",
    "y": "copying",
    "e": "export",
    "p": "the presenter's view",
    "b": "bookmarks",
    "1": "more screens",
    "2": "more screens",
    "3": "more screens",
    "4": "more screens",
    "5": "more screens",
}
"""Keys that people know from other programs and that a later version will have."""


def bindings() -> list[BindingType]:
    """The bindings of the live screen."""
    known: list[BindingType] = [
        Binding(action.keys, action.name, action.label or action.about, show=False, priority=False)
        for action in ACTIONS
    ]
    later: list[BindingType] = [
        Binding(key, f"not_built({what!r})", what, show=False) for key, what in NOT_BUILT.items()
    ]
    return known + later


def key_bar(width: int) -> list[Action]:
    """The actions that fit into a line, the least important left out first."""
    shown = [action for action in ACTIONS if action.label]
    while shown and sum(map(cells_of, shown)) > width:
        shown.remove(max(shown, key=lambda action: (action.rank, action.shown)))
    return shown


def cells_of(action: Action) -> int:
    """How much room an action takes in the key bar."""
    return len(action.shown) + len(action.label) + 3
