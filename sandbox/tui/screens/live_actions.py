"""What keys do on the live screen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sandbox.tui.actions import EVERYWHERE, Action

LIVE_ACTIONS: Final = (
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
    Action("outage_menu", "O,shift+o", "O", "", "Break it in another way: it refuses, throttles …"),
    Action("choose(1)", "down", "↑↓", "Pick", "Choose a lane, a knob or a message", 9),
    Action("choose(-1)", "up", "↑", "", ""),
    Action("turn(1)", "right", "←→", "Turn", "Turn the chosen knob by a step", 5),
    Action("turn(-1)", "left", "←", "", ""),
    Action("turn(10)", "shift+right", "shift ←→", "", "Turn it by ten steps at once"),
    Action("turn(-10)", "shift+left", "shift ←", "", ""),
    Action("go_live", "L,shift+l", "L", "", "Really send through the chosen provider"),
    Action("all_simulated", "x", "x", "", "Have everything simulated again, at once"),
    Action("undo", "u", "u", "Undo", "Turn the knob turned last back to where it was", 11),
    Action("redo", "U,shift+u", "U", "", "Turn it once more after all"),
    Action("reset", "0", "0", "", "Put all knobs of the chosen provider as in the scenario"),
    Action("act", "a", "a", "Act", "Next level now, cancel, send again, code entered, force", 8),
    Action("compose", "n", "n", "New", "Write a message of your own, and send it into the run", 10),
    Action("force", "K,shift+k", "K", "", "Force what its attempt comes to, in flight or next"),
    Action("timeline", "enter", "⏎", "Timeline", "Show why the chosen message went its way", 6),
    Action("trace", "t", "t", "Trace", "Follow this message to its end, or else the next one", 10),
    Action("inspect", "i", "i", "Why", "Events of the message, why it fell, or its money", 9),
    Action("filter", "slash", "/", "Filter", "Filter the messages: state:failed took>10s …", 9),
    Action("sort", "s", "s", "", "Sort the messages by the next column: time, cost, copies, state"),
    Action("sort_reverse", "S,shift+s", "S", "", "Turn the order of the messages around"),
    Action("save", "w", "w", "Save", "Save this session as a scenario that runs it again", 7),
    Action(
        "app.save_pinned",
        "W,shift+w",
        "W",
        "",
        "Save it with what was seen as its expectations: whoever runs it must see it again",
    ),
    Action(
        "app.export", "e", "e", "Export", "Write this screen as an SVG, or the run as a report", 11
    ),
    Action("app.keep", "k", "k", "", "Keep this session as a stored run: Replay shows it again"),
    Action("app.compare", "c", "c", "", "Compare a branch with the stored run it left"),
    Action("app.copy_id", "y", "y", "", "Copy the id of the message"),
    Action("app.copy_json", "Y,shift+y", "Y", "", "Copy the message as JSON, with all its events"),
    Action("restart", "r", "r", "Again", "Start again with the same luck", 8),
    Action("reseed", "R,shift+r", "R", "", "Start again with other luck: the next seed"),
    Action("view", "v", "v", "View", "Show other panels, where not all have room", 3),
    Action("next_panel", "tab", "tab", "", "Go to the next panel"),
    Action("previous_panel", "shift+tab", "shift tab", "", "Go to the panel before"),
    Action("app.present", "p", "p", "Show", "Large figures and captions, for a room", 12),
    Action("back", "escape", "esc", "", "Follow the newest message again, or go back"),
    *EVERYWHERE,
)

_SHOWN_WHEN_LIVE: Final = {"go_live": ("Real", 1), "all_simulated": ("Simulated", 0)}
_NOT_IN_REAL_TIME: Final = frozenset({"pause", "step", "faster", "slower", "restart", "reseed"})

REFUSED_IN_REAL_TIME: Final = {
    **dict.fromkeys(sorted(_NOT_IN_REAL_TIME), "real time does not stop: a live session goes on"),
    **dict.fromkeys(
        ("save", "save_pinned"), "a live session is kept as a stored run: no scenario repeats it"
    ),
    "keep": "a live session is kept already: Replay has it when it is over",
}
"""What a live session does not do -> why."""


def in_real_time(actions: Sequence[Action]) -> Sequence[Action]:
    """The actions as the key bar of a live session has them."""
    shown = []
    for action in actions:
        label, rank = _SHOWN_WHEN_LIVE.get(action.name, (action.label, action.rank))
        label = "" if action.name in REFUSED_IN_REAL_TIME else label
        shown.append(replace(action, label=label, rank=rank))
    return shown


LIVE_LATER: Final = {
    "z": "a panel in full size",
    "b": "bookmarks",
}
"""Keys that people know from other programs and that a later version will have."""
