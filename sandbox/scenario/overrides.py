"""`--set PATH=VALUE`: change one value of a file before it is read.

A path names keys and list positions from 0, joined by dots: `cascades.otp.levels.0.wait`. A key may
hold dots itself (`refused.temporary`, and the settings of a fault); where it may, the longest match
counts. Maps that are not there are made, list entries are not, except one behind the last.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import (
    ListNode,
    MapNode,
    Mark,
    Node,
    ScalarNode,
    Source,
    core_value,
)
from sandbox.scenario.problems import Problems
from sandbox.scenario.reader import read
from sandbox.simulation.spec import DELIVERY_OUTCOMES, PATHS, SUBMIT_OUTCOMES

_PATH: Final = re.compile(r"[^\x00-\x20=\x7f-\x9f]{1,300}")

_DOTTED: Final = {
    "set": tuple(PATHS),
    "outcomes": (*SUBMIT_OUTCOMES, *DELIVERY_OUTCOMES),
    "reasons": (*SUBMIT_OUTCOMES, *DELIVERY_OUTCOMES),
}
"""Keys with dots, by the key of the map they may stand in."""


class _PathError(Exception):
    """The path does not fit the file; says why."""


def overridden(top: Node, overrides: Sequence[tuple[str, str]], problems: Problems) -> Node:
    """Apply overrides in their order; what is wrong with one points at it.

    Args:
        top: A file whose short forms are written out.
        overrides: Pairs of path and value; the value is YAML.
        problems: Takes paths that lead nowhere.

    Raises:
        ScenarioError: a value is no YAML.
    """
    for rank, (path, text) in enumerate(overrides, 1):
        source = Source(f"--set {path}", text, rank=rank, prefix=f"{path}=")
        at = Mark(source, 1, 1, len(path))
        if not _PATH.fullmatch(path) or ".." in f".{path}.":
            problems.add(at, Code.BAD_OVERRIDE, f"'{path}' is not a path of keys and dots")
            continue
        value = read(source, text, problems) if text.strip() else ScalarNode("", at)
        try:
            top = _set(top, path.split("."), value, _Walk(source, ""))
        except _PathError as error:
            problems.add(at, Code.BAD_OVERRIDE, str(error))
    return top


class _Walk:
    """How far along its path an override is."""

    def __init__(self, source: Source, done: str) -> None:
        self._source = source
        self.done = done

    def below(self, key: str) -> "_Walk":
        return _Walk(self._source, f"{self.done}.{key}" if self.done else key)

    def name(self, key: str) -> ScalarNode:
        """The key as written in the override."""
        column = len(self.done) + (2 if self.done else 1)
        return ScalarNode(key, Mark(self._source, 1, column, len(key)))


def _set(node: Node | None, parts: list[str], value: Node, walk: _Walk, inside: str = "") -> Node:
    """The node with the value put where the parts lead; `inside` is the key the node is under."""
    if not parts:
        return value
    if node is None or (isinstance(node, ScalarNode) and core_value(node) is None):
        node = MapNode((), value.mark)
    match node:
        case ScalarNode():
            raise _PathError(f"'{walk.done}' is a value, it holds no '{parts[0]}'")
        case ListNode():
            return _set_item(node, parts, value, walk)
        case MapNode():
            key = _longest_key(node, parts, inside)
            rest = parts[key.count(".") + 1 :]
            item = _set(node.get(key), rest, value, walk.below(key), key)
            name = node.key(key) if rest else None
            return _with_entry(node, name or walk.name(key), item)


def _with_entry(node: MapNode, name: ScalarNode, item: Node) -> MapNode:
    """The entry in its old place, under a name that shows where it was written last."""
    if node.key(name.text) is None:
        return replace(node, entries=(*node.entries, (name, item)))
    entries = tuple((name, item) if key.text == name.text else (key, n) for key, n in node)
    return replace(node, entries=entries)


def _longest_key(node: MapNode, parts: list[str], inside: str) -> str:
    dotted = _DOTTED.get(inside.rpartition(".")[2], ())
    for length in range(len(parts), 1, -1):
        key = ".".join(parts[:length])
        if node.key(key) is not None or key in dotted:
            return key
    return parts[0]


def _set_item(node: ListNode, parts: list[str], value: Node, walk: _Walk) -> ListNode:
    size = len(node.items)
    if not re.fullmatch(r"[0-9]{1,6}", parts[0]):
        raise _PathError(f"'{walk.done}' is a list, and '{parts[0]}' is no position in it")
    position = int(parts[0])
    if position > size:
        raise _PathError(f"'{walk.done}' has {size} entries, and no entry {position}")
    old = node.items[position] if position < size else None
    item = _set(old, parts[1:], value, walk.below(parts[0]))
    items = (*node.items[:position], item, *node.items[position + 1 :])
    return replace(node, items=items)
