import pytest

from sandbox.tui.actions import Action
from sandbox.tui.keymap import (
    LIST_KEYS,
    USUAL,
    actions_by_place,
    keyed,
    read_keymap,
    shown_key,
)
from sandbox.tui.widgets.row_list import RowList

PLACES = {
    "live": (
        Action("pause", "space", "space", "Pause", "Stop the clock"),
        Action("slower", "minus", "-", "", ""),
        Action("app.present", "p", "p", "Present", "Large"),
        Action("app.help", "question_mark", "?", "Help", "This"),
    ),
    "config": (Action("app.help", "question_mark", "?", "Help", "This"),),
}


def test_a_key_is_moved() -> None:
    """To a free one, also one with a modifier; a capital is known by both its names."""
    keymap = read_keymap([("live.pause", "x, ctrl+f5,Z")], PLACES)
    assert keymap.keys == {"live.pause": "x,ctrl+f5,Z,shift+z"}
    assert keymap.problems == ()


def test_two_keys_change_places() -> None:
    """That is no clash: afterwards each key does one thing."""
    keymap = read_keymap([("live.pause", "p"), ("live.app.present", "space")], PLACES)
    assert keymap.problems == ()
    assert len(keymap.keys) == 2


def test_one_wish_counts_for_every_place() -> None:
    """Help need not be moved five times."""
    keymap = read_keymap([("all.app.help", "f2")], PLACES)
    assert keymap.keys == {"live.app.help": "f2", "config.app.help": "f2"}


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ([("live.pase", "x")], "there is no 'live.pase' to give a key to"),
        ([("all.nothing", "x")], "there is no 'all.nothing'"),
        ([("live.pause", "ctrl-x")], "'ctrl-x' is no key"),
        ([("live.pause", "hyper")], "'hyper' is no key"),
        ([("live.pause", "")], "'' is no key"),
        ([("live.pause", "p")], "live.pause: p is the key of live.app.present"),
        ([("live.pause", "full_stop"), ("live.slower", ".")], "live.slower: . is the key of"),
        ([("live.pause", "G")], "live.pause: G moves in lists"),
        ([("live.pa\x1b[1mse", "x")], r"live.pa\x1b[1mse"),
    ],
)
def test_what_cannot_be_used_is_named(wanted: list[tuple[str, str]], problem: str) -> None:
    """Unknown ids, no keys, and keys that something has already; nothing is lost by them."""
    keymap = read_keymap(wanted, PLACES)
    assert problem in keymap.problems[0]
    assert len(keymap.keys) == len(wanted) - 1


def test_a_wish_taken_back_may_bring_up_another() -> None:
    """P cannot go to where help is, so pause cannot have p."""
    wanted = [("live.pause", "p"), ("live.app.present", "?")]
    keymap = read_keymap(wanted, PLACES)
    assert keymap.keys == {}
    assert len(keymap.problems) == 2


def test_keys_are_shown_as_they_are_bound() -> None:
    """In the key bar and in the help; an action that another's words covered gets its own."""
    keymap = read_keymap([("live.pause", "f5,ctrl+a"), ("live.slower", "comma")], PLACES)
    pause, slower, *rest = keyed("live", PLACES["live"], keymap)
    assert (pause.shown, slower.shown, slower.about) == ("f5 ^a", ",", "slower")
    assert rest == list(PLACES["live"][2:])
    assert keyed("live", PLACES["live"], USUAL) is PLACES["live"]


@pytest.mark.parametrize(
    ("key", "shown"),
    [("full_stop", "."), ("escape", "esc"), ("ctrl+s", "^s"), ("alt+up", "alt+↑"), ("+", "+"),
     ("space", "space"), ("G", "G")],
)  # fmt: skip
def test_a_key_is_written_as_people_do(key: str, shown: str) -> None:
    """Not as the terminal names it."""
    assert shown_key(key) == shown


def test_the_usual_keys_are_no_problem() -> None:
    """Every id of every place can be asked for with the key it has, but those that move."""
    places = actions_by_place()
    assert list(places) == ["live", "scenarios", "compare", "replay", "config", "presenter"]
    for place, actions in places.items():
        for action in actions:
            if not set(action.keys.split(",")) & LIST_KEYS:
                keymap = read_keymap([(f"{place}.{action.name}", action.keys)], places)
                if action.name != "refuse":
                    assert keymap.problems == (), keymap.problems


def test_what_moves_in_lists_is_what_lists_bind() -> None:
    """The list of them is that of the widget."""
    bound = {key for each in RowList.BINDINGS for key in each.key.split(",")}  # type: ignore[union-attr]  # all are Bindings
    assert bound == LIST_KEYS
