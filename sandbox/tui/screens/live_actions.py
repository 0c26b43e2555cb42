"""What keys do on the live screen."""

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
    Action("choose(1)", "down", "↑↓", "Choose", "Choose a lane, a knob or a message", 9),
    Action("choose(-1)", "up", "↑", "", ""),
    Action("turn(1)", "right", "←→", "Turn", "Turn the chosen knob by a step", 5),
    Action("turn(-1)", "left", "←", "", ""),
    Action("turn(10)", "shift+right", "shift ←→", "", "Turn it by ten steps at once"),
    Action("turn(-10)", "shift+left", "shift ←", "", ""),
    Action("undo", "u", "u", "Undo", "Turn the knob turned last back to where it was", 11),
    Action("redo", "U,shift+u", "U", "", "Turn it once more after all"),
    Action("reset", "0", "0", "", "Put all knobs of the chosen provider as in the scenario"),
    Action("act", "a", "a", "Act", "Next level now, cancel, send again, code entered", 8),
    Action("timeline", "enter", "⏎", "Timeline", "Show why the chosen message went its way", 6),
    Action("trace", "t", "t", "Tracer", "Follow this message to its end, or else the next one", 10),
    Action("inspect", "i", "i", "Why", "Events of the message, why it fell, or its money", 9),
    Action("filter", "slash", "/", "Filter", "Filter the messages: state:failed took>10s …", 9),
    Action("sort", "s", "s", "", "Sort the messages by the next column: time, cost, copies, state"),
    Action("sort_reverse", "S,shift+s", "S", "", "Turn the order of the messages around"),
    Action("save", "w", "w", "Save", "Save this session as a scenario that runs it again", 7),
    Action("app.keep", "k", "k", "", "Keep this session as a stored run: Replay shows it again"),
    Action("app.compare", "c", "c", "", "Compare a branch with the stored run it left"),
    Action("app.copy_id", "y", "y", "", "Copy the id of the message"),
    Action("app.copy_json", "Y,shift+y", "Y", "", "Copy the message as JSON, with all its events"),
    Action("restart", "r", "r", "Again", "Start again with the same luck", 8),
    Action("reseed", "R,shift+r", "R", "", "Start again with other luck: the next seed"),
    Action("view", "v", "v", "View", "Show other panels, where not all have room", 3),
    Action("next_panel", "tab", "tab", "Panel", "Go to the next panel", 10),
    Action("previous_panel", "shift+tab", "shift tab", "", "Go to the panel before"),
    Action("app.present", "p", "p", "Present", "Large figures and captions, for a room", 12),
    Action("back", "escape", "esc", "", "Follow the newest message again, or go back"),
    *EVERYWHERE,
)

LIVE_LATER: Final = {
    "n": "a message of your own",
    "z": "a panel in full size",
    "e": "export",
    "b": "bookmarks",
}
"""Keys that people know from other programs and that a later version will have."""
