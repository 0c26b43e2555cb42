"""What keys do: one list a screen, for its bindings, its key bar and its help.

What is the same everywhere, such as help, the way out and going from place to place, stands here;
what a place can do stands beside its screen.
"""

from collections.abc import Mapping, Sequence
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


EVERYWHERE: Final = (
    Action("app.go('live')", "1", "12345", "Places", "Live, Scenarios, Compare, Replay, Config", 3),
    Action("app.go('scenarios')", "2", "2", "", ""),
    Action("app.go('compare')", "3", "3", "", ""),
    Action("app.go('replay')", "4", "4", "", ""),
    Action("app.go('config')", "5", "5", "", ""),
    Action(
        "app.palette", "colon,ctrl+p", ":", "Find", "Find an action, a place, a theme, m123 …", 5
    ),
    Action("app.jump", "f", "f", "", "Go to a panel: a letter stands on each"),
    Action("app.next_theme", "T,shift+t", "T", "", "Next theme; : has all, and signs in ASCII"),
    Action("app.help", "question_mark,f1", "?", "Help", "Show this", 2),
    Action("app.quit", "q,ctrl+q,ctrl+c", "q", "Quit", "Leave; only what was saved is kept", 2),
)
"""What every place can do."""


SVG: Final = Action("app.save_svg", "e", "e", "", "Write this screen as an SVG that stands alone")
"""Where there is nothing else to export."""


def bindings(
    place: str, actions: Sequence[Action], later: Mapping[str, str] | None = None
) -> list[BindingType]:
    """The bindings of a screen.

    Args:
        place: Its name; with the action's own it makes the id by which a key can be remapped.
        actions: What can be done there.
        later: Key -> what it will do some day; pressed, it says so.
    """
    known: list[BindingType] = [
        Binding(
            action.keys,
            action.name,
            action.label or action.about,
            show=False,
            priority=False,
            id=f"{place}.{action.name}",
        )
        for action in actions
    ]
    not_yet: list[BindingType] = [
        Binding(key, f"not_built({what!r})", what, show=False)
        for key, what in (later or {}).items()
    ]
    return known + not_yet


def key_bar(actions: Sequence[Action], width: int) -> list[Action]:
    """The actions that fit into a line, the least important left out first."""
    shown = [action for action in actions if action.label]
    while shown and sum(map(cells_of, shown)) > width:
        shown.remove(max(shown, key=lambda action: (action.rank, action.shown)))
    return shown


def cells_of(action: Action) -> int:
    """How much room an action takes in the key bar."""
    return len(action.shown) + len(action.label) + 3
