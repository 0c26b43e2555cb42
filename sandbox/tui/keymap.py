"""Keys as somebody wants them: read from the settings, checked, and shown as they are bound.

An id is `place.action`, such as `live.pause`; `all.app.help` is the same in every place. What is no
id, no key, or a key that something else has already is told by name, and left as it was.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from textual.keys import KEY_NAME_REPLACEMENTS, Keys, key_to_character

from sandbox.report.plain import plain
from sandbox.tui.actions import Action
from sandbox.tui.desk import Place

EVERY_PLACE: Final = "all"
PRESENTER: Final = "presenter"
LIST_KEYS: Final = frozenset(
    ["up", "k", "down", "j", "pageup", "pagedown", "home", "g", "end", "G", "shift+g"]
)
"""What moves in every list; a list under the keys gets them first."""

_MODIFIERS: Final = ("ctrl", "shift", "alt", "super", "meta", "hyper")
_NAMED: Final = frozenset(key.value for key in Keys)
_LONG_NAMES: Final = {short: long for long, short in KEY_NAME_REPLACEMENTS.items()}
"""`plus` -> `plus_sign`, by which its character is found."""

_SHOWN: Final = {
    "enter": "⏎", "escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "pageup": "pgup", "pagedown": "pgdn",
}  # fmt: skip


class Keymap(NamedTuple):
    """Which actions have other keys than their usual ones.

    Attributes:
        keys: `place.action` -> its keys, separated by commas, as textual takes them.
        problems: What could not be used, in lines.
    """

    keys: Mapping[str, str]
    problems: tuple[str, ...]


USUAL: Final = Keymap({}, ())


def actions_by_place() -> dict[str, Sequence[Action]]:
    """All there is to do, by place; loads every place, so only for who has keys of his own."""
    from sandbox.tui.screens.compare import COMPARE_ACTIONS  # noqa: PLC0415 - see above
    from sandbox.tui.screens.config import CONFIG_ACTIONS  # noqa: PLC0415 - see above
    from sandbox.tui.screens.live_actions import LIVE_ACTIONS  # noqa: PLC0415 - see above
    from sandbox.tui.screens.presenter import PRESENTER_ACTIONS  # noqa: PLC0415 - see above
    from sandbox.tui.screens.replay_actions import REPLAY_ACTIONS  # noqa: PLC0415 - see above
    from sandbox.tui.screens.scenarios import SCENARIOS_ACTIONS  # noqa: PLC0415 - see above

    return {
        Place.LIVE: LIVE_ACTIONS,
        Place.SCENARIOS: SCENARIOS_ACTIONS,
        Place.COMPARE: COMPARE_ACTIONS,
        Place.REPLAY: REPLAY_ACTIONS,
        Place.CONFIG: CONFIG_ACTIONS,
        PRESENTER: PRESENTER_ACTIONS,
    }


# Reading -----------------------------------------------------------------------------------------


def read_keymap(
    wanted: Sequence[tuple[str, str]], places: Mapping[str, Sequence[Action]]
) -> Keymap:
    """Check keys that somebody wants.

    Args:
        wanted: `place.action` and its keys, separated by commas.
        places: Place -> what can be done there.
    """
    ids = {f"{place}.{action.name}" for place, actions in places.items() for action in actions}
    problems: list[str] = []
    keys: dict[str, str] = {}
    for name, text in wanted:
        found = _ids_of(name, ids)
        if not found:
            problems.append(f"there is no '{plain(name, 60)}' to give a key to")
        made = _keys_of(text)
        if made is None:
            problems.append(f"{plain(name, 60)}: '{plain(text, 40)}' is no key")
        elif found:
            keys |= dict.fromkeys(found, made)
    _drop_clashes(keys, places, problems)
    return Keymap(keys, tuple(problems))


def _ids_of(name: str, ids: set[str]) -> list[str]:
    place, _, action = name.partition(".")
    if place == EVERY_PLACE:
        return sorted(each for each in ids if each.partition(".")[2] == action)
    return [name] if name in ids else []


def _keys_of(text: str) -> str | None:
    """Keys as textual takes them; None where one of them is no key."""
    made: list[str] = []
    for word in text.split(","):
        key = word.strip()
        *modifiers, base = key.split("+") if len(key) > 1 else (key,)
        is_known = base in _NAMED or (_character_of(base) is not None) or len(base) == 1
        if not base or not is_known or not all(each in _MODIFIERS for each in modifiers):
            return None
        made.append(key)
        if len(key) == 1 and key.isupper():  # some terminals say it the one way, some the other
            made.append(f"shift+{key.lower()}")
    return ",".join(made)


def _drop_clashes(
    keys: dict[str, str], places: Mapping[str, Sequence[Action]], problems: list[str]
) -> None:
    """Leave a key with who had it; taking one wish back may bring up another clash."""
    while clash := _first_clash(keys, places):
        problems.append(clash.text)
        del keys[clash.wish]


class _Clash(NamedTuple):
    wish: str
    text: str


def _first_clash(keys: Mapping[str, str], places: Mapping[str, Sequence[Action]]) -> _Clash | None:
    for place, actions in places.items():
        owners: dict[str, list[str]] = defaultdict(list)
        for action in actions:
            name = f"{place}.{action.name}"
            for key in keys.get(name, action.keys).split(","):
                owners[_one_name(key)].append(name)
        for key, names in owners.items():
            wish = next((name for name in reversed(names) if name in keys), None)
            others = [name for name in names if name != wish]
            if wish and others:
                return _Clash(wish, f"{wish}: {shown_key(key)} is the key of {others[0]}")
            if wish and key in map(_one_name, LIST_KEYS):
                return _Clash(wish, f"{wish}: {shown_key(key)} moves in lists")
    return None


def _character_of(key: str) -> str | None:
    """The character a key writes; None for one that writes none."""
    return key_to_character(_LONG_NAMES.get(key, key))


def _one_name(key: str) -> str:
    """One spelling for a key that has several: `.` and full_stop, G and shift+g."""
    character = _character_of(key) if "+" not in key else None
    if key.startswith("shift+") and len(key) == len("shift+") + 1:
        return key[-1].upper()
    return character or key


# Showing -----------------------------------------------------------------------------------------


def keyed(place: str, actions: Sequence[Action], keymap: Keymap) -> Sequence[Action]:
    """The actions of a place with the keys they really have."""
    if not keymap.keys:
        return actions
    return [_with_key(action, keymap.keys.get(f"{place}.{action.name}")) for action in actions]


def _with_key(action: Action, keys: str | None) -> Action:
    if keys is None:
        return action
    shown = " ".join(dict.fromkeys(shown_key(_one_name(key)) for key in keys.split(",")))
    about = action.about or action.name.replace("_", " ")
    return replace(action, keys=keys, shown=shown, about=about)


def shown_key(key: str) -> str:
    """A key as people write it."""
    *modifiers, base = key.split("+") if len(key) > 1 else (key,)
    shown = _SHOWN.get(base) or (base if base == "space" else _character_of(base) or base)
    if modifiers == ["ctrl"]:
        return f"^{shown}"
    return "+".join([*modifiers, shown])
