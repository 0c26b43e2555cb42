"""Where the settings stand that decide about a message: in which line of which file.

    cascades.otp.levels[0].wait -> 30s, two-factor.yaml:14

They are kept with a stored run, whose scenario file may be changed or gone when somebody asks.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Final

from sandbox.report.leaving import Place
from sandbox.report.plain import CUT
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import MapNode, Mark, Node, flow

DEFAULT: Final = "default"

_VALUE_MAX: Final = 120
"""Longer values are cut: they are shown, never read back."""
_CASCADE_KEYS: Final = (
    "deadline",
    "late_success",
    "conflict",
    "stop_on",
    "quiet_hours",
    "remember",
)
_LEVEL_LEFT_OUT: Final = frozenset({"content", "template", "sender"})
_OPEN: Final = frozenset({"retries"})
"""Maps whose values are settings of their own."""
_PROVIDER_KEYS: Final = ("breaker",)


def places_of(scenario: Scenario) -> dict[str, Place]:
    """Path of a setting -> what it is and where it stands.

    Args:
        scenario: Loaded from what a person wrote: a resolved one has only the places in itself.
    """
    return dict(_places(scenario.tree))


def _places(tree: MapNode) -> Iterator[tuple[str, Place]]:
    for name, cascade in tree.map("cascades") or ():
        if isinstance(cascade, MapNode):
            path = f"cascades.{name.text}"
            yield from _chosen(path, cascade, _CASCADE_KEYS)
            levels = cascade.list("levels")
            for number, level in enumerate(levels.items if levels else ()):
                if isinstance(level, MapNode):
                    yield from _level(f"{path}.levels[{number}]", level)
    for name, provider in tree.map("providers") or ():
        if isinstance(provider, MapNode):
            yield from _chosen(f"providers.{name.text}", provider, _PROVIDER_KEYS)
    faults = tree.list("faults")
    changing = (item for item in (faults.items if faults else ()) if _is_changing(item))
    for number, fault in enumerate(changing):
        yield f"faults[{number}]", Place("", where(fault.mark))


def _is_changing(fault: Node) -> bool:
    """It changes settings, as the faults of a world do; scripts are counted apart."""
    return isinstance(fault, MapNode) and fault.get("set") is not None


def _level(path: str, level: MapNode) -> Iterator[tuple[str, Place]]:
    yield path, Place(level.text("channel"), where(level.mark))
    for key, node in level:
        if key.text in _LEVEL_LEFT_OUT:
            continue
        if key.text in _OPEN and isinstance(node, MapNode):
            for inner, value in node:
                yield f"{path}.{key.text}.{inner.text}", _place(value)
        else:
            yield f"{path}.{key.text}", _place(node)


def _chosen(path: str, node: MapNode, keys: tuple[str, ...]) -> Iterator[tuple[str, Place]]:
    for key in keys:
        value = node.get(key)
        if value is not None:
            yield f"{path}.{key}", _place(value)


def _place(node: Node) -> Place:
    value = flow(node)
    if len(value) > _VALUE_MAX:
        value = value[: _VALUE_MAX - 1] + CUT
    return Place(value, where(node.mark))


def where(mark: Mark) -> str:
    """A place in words: `file:line`, `default`, `built-in sms`, `profile dexatel`, `--set PATH`."""
    source = mark.source
    if source.is_built_in:
        path = PurePath(source.name)
        return f"{'profile' if path.parent.name == 'profiles' else 'built-in'} {path.stem}"
    if mark.is_default:
        return DEFAULT
    return source.name if source.is_override else f"{source.name}:{mark.line}"


# As it is kept -----------------------------------------------------------------------------------


def encoded(places: Mapping[str, Place]) -> str:
    """Places as JSON."""
    return json.dumps(places, ensure_ascii=False, separators=(",", ":"))


def decoded(text: str) -> dict[str, Place]:
    """Places from their JSON; none where it is something else, since nothing depends on them."""
    try:
        kept = json.loads(text) if text else {}
        return {path: Place(str(value), str(line)) for path, (value, line) in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
