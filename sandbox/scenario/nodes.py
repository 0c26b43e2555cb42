"""A scenario file as a tree that remembers where everything stood.

Three kinds of node: a `ScalarNode` is text, a `ListNode` holds nodes, a `MapNode` holds keys and
nodes. A scalar has no type: `NO`, `017` and `30s` are text until whoever reads them asks for
something, and `core_value` says what YAML 1.2 takes an unquoted one for. Trees are immutable.

What is not in the file (a default, a built-in provider) is a node too, and points at the place in
the file it belongs to or at the built-in file it comes from.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from json import dumps
from pathlib import Path
from typing import Any, Final

from sandbox.report.plain import plain

LINE_BREAK: Final = re.compile("\r\n|\r|\n")


BUILT_IN: Final = 1 << 16
"""The rank of our own files: what is wrong in the user's is shown first."""

BESIDE: Final = 1 << 15
"""The rank of files a scenario names: what is wrong in the scenario itself is shown first."""


class Source:
    """A text that positions point into."""

    __slots__ = (
        "folder",
        "included_from",
        "is_built_in",
        "is_override",
        "name",
        "prefix",
        "rank",
        "text",
    )

    def __init__(
        self,
        name: str,
        text: str,
        *,
        rank: int = 0,
        prefix: str = "",
        folder: Path | None = None,
        included_from: "Mark | None" = None,
    ) -> None:
        """Name a text.

        Args:
            name: How it is shown: a file's name as given, `<text>`, or `--set PATH`.
            text: All of it.
            rank: Problems are sorted by source first: 0 the file, then overrides in their order,
                `BESIDE` files it names, `BUILT_IN` what is ours.
            prefix: What is shown before the first line and was not read with it: `PATH=`.
            folder: Where the files lie that the text names; None where nothing lies beside it.
            included_from: Where another file says `use:` of this one; None where none does.
        """
        self.name = name
        self.rank = rank
        self.prefix = prefix
        self.is_override = bool(prefix)
        self.is_built_in = rank == BUILT_IN
        self.folder = folder
        self.included_from = included_from
        self.text = text

    @property
    def has_text(self) -> bool:
        """There is something to show."""
        return bool(self.text or self.prefix)

    @property
    def lines(self) -> list[str]:
        """The text in lines, without their ends."""
        return LINE_BREAK.split(self.prefix + self.text)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a source: line and column from 1, and how many characters are meant.

    Attributes:
        is_default: Nothing stands there: it is where a default that was filled in belongs.
    """

    source: Source
    line: int
    column: int
    width: int = 1
    is_default: bool = False


NOWHERE: Final = Mark(Source("", ""), 1, 1)


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A text.

    Attributes:
        place: What it stands in, in words of the format: `cascades.otp.levels[0] (sms)`. The place
            of a list or a map is its own.
        plain: Written without quotes, so YAML may take it for a number.
    """

    text: str
    mark: Mark
    plain: bool = True
    place: str = ""


@dataclass(frozen=True, slots=True)
class ListNode:
    """Several nodes in order."""

    items: "tuple[Node, ...]"
    mark: Mark
    place: str = ""


@dataclass(frozen=True, slots=True)
class MapNode:
    """Nodes by name, in the order of the file; every name once."""

    entries: "tuple[tuple[ScalarNode, Node], ...]"
    mark: Mark
    place: str = ""

    def __iter__(self) -> "Iterator[tuple[ScalarNode, Node]]":
        return iter(self.entries)

    def get(self, name: str) -> "Node | None":
        """The node under a name."""
        for key, node in self.entries:
            if key.text == name:
                return node
        return None

    def key(self, name: str) -> "ScalarNode | None":
        """The name itself, for its position."""
        for key, _ in self.entries:
            if key.text == name:
                return key
        return None

    def text(self, name: str) -> str:
        """The scalar under a name; "" where there is none."""
        node = self.get(name)
        return node.text if isinstance(node, ScalarNode) else ""

    def map(self, name: str) -> "MapNode | None":
        """The map under a name; None where there is none."""
        node = self.get(name)
        return node if isinstance(node, MapNode) else None

    def list(self, name: str) -> "ListNode | None":
        """The list under a name; None where there is none."""
        node = self.get(name)
        return node if isinstance(node, ListNode) else None

    def with_entry(self, name: "str | ScalarNode", node: "Node") -> "MapNode":
        """The same map with one entry replaced, or added at the end."""
        key = ScalarNode(name, node.mark) if isinstance(name, str) else name
        entries = tuple((k, node if k.text == key.text else n) for k, n in self.entries)
        if self.key(key.text) is None:
            entries = (*entries, (key, node))
        return replace(self, entries=entries)

    def without(self, *names: str) -> "MapNode":
        """The same map without some entries."""
        return replace(self, entries=tuple(e for e in self.entries if e[0].text not in names))

    def mapped(self, change: "Callable[[str, Node], Node]") -> "MapNode":
        """The same names over changed nodes."""
        return replace(self, entries=tuple((k, change(k.text, n)) for k, n in self.entries))


Node = ScalarNode | ListNode | MapNode


# What a scalar is to YAML ----------------------------------------------------------------------

_NULL: Final = re.compile(r"~|null|Null|NULL|")
_BOOL: Final = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DIGITS_MAX: Final = 300
"""Longer numbers stay text: nothing here is meant by them, and reading them takes long."""


def core_value(node: ScalarNode) -> str | int | float | bool | None:
    """What YAML 1.2 (core schema) takes a scalar for; a quoted one is always text."""
    text = node.text
    if not node.plain or len(text) > _DIGITS_MAX:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if _INT.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", "", 1))
    return text


# Trees and data --------------------------------------------------------------------------------

Data = Any
"""What JSON can say: text, numbers, booleans, null, lists and maps with text as names."""


def data(node: Node) -> Data:
    """A tree as plain data, typed as YAML 1.2 types it."""
    match node:
        case ScalarNode():
            return core_value(node)
        case ListNode():
            return [data(item) for item in node.items]
        case MapNode():
            return {key.text: data(item) for key, item in node}


def node_of(what: Data, mark: Mark) -> Node:
    """Plain data as a tree that points at one place, as a default that belongs there."""
    return _node_of(what, replace(mark, is_default=True))


def _node_of(what: Data, mark: Mark) -> Node:
    match what:
        case dict():
            entries = tuple((ScalarNode(k, mark), _node_of(v, mark)) for k, v in what.items())
            return MapNode(entries, mark)
        case list() | tuple():
            return ListNode(tuple(_node_of(item, mark) for item in what), mark)
        case str():
            return ScalarNode(what, mark, plain=False)
        case None:
            return ScalarNode("null", mark)
        case _:
            return ScalarNode(str(what), mark)


_BARE: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.%/+-]*( [A-Za-z0-9_.%/+-]+)*")
"""Texts that stand anywhere in YAML without quotes."""


def scalar_text(what: Data) -> str:
    """A value as YAML 1.2 reads it back: text that looks like something else is quoted."""
    if not isinstance(what, str):
        return dumps(what)
    if _BARE.fullmatch(what) and isinstance(core_value(ScalarNode(what, NOWHERE)), str):
        return what
    # JSON escapes quotes and backslashes as YAML does, `plain` whatever YAML has no name for.
    return f'"{plain(dumps(what, ensure_ascii=False)[1:-1])}"'


def flow(node: Node) -> str:
    """A tree as a person would write it on one line, which reads back as the same tree.

    The same for a tree and for what `data` makes of it: numbers are written as they are understood.
    """
    match node:
        case ScalarNode():
            return scalar_text(core_value(node))
        case ListNode():
            return "[" + ", ".join(flow(item) for item in node.items) + "]"
        case MapNode():
            return "{" + ", ".join(f"{_key_text(key)}: {flow(item)}" for key, item in node) + "}"


def _key_text(key: ScalarNode) -> str:
    """A key is a name whatever its quotes; a reason code that is a number needs none."""
    return key.text if re.fullmatch(r"[1-9][0-9]{0,17}", key.text) else scalar_text(key.text)


def placed(node: Node, path: str = "", inside: str = "") -> Node:
    """The same tree with every node told its place.

    Args:
        node: The tree.
        path: Its own path, such as `cascades.otp.levels[0]`.
        inside: The place of what holds it; that is where a scalar is said to be.
    """
    match node:
        case ScalarNode():
            return replace(node, place=inside)
        case ListNode():
            items = (placed(item, f"{path}[{i}]", path) for i, item in enumerate(node.items))
            return replace(node, items=tuple(items), place=path)
        case MapNode():
            own = path + (_label(node) if path.endswith("]") else "")
            entries = tuple(
                (replace(key, place=own), placed(item, _below(path, key.text), own))
                for key, item in node
            )
            return replace(node, entries=entries, place=own)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _label(node: MapNode) -> str:
    """What tells a thing in a list from its neighbours: its channel, id or name."""
    for name in ("channel", "id", "message"):
        if node.text(name):
            return f" ({node.text(name)})"
    return ""
