"""`use:` other files: maps merge deeply, lists replace, the later wins, the file itself is last.

A file that is used may hold any part of a scenario and use files in turn. Every node keeps the
source it was read from, so that what is wrong is shown where it stands. A file that cannot be read
does not keep the others from being read: all that is wrong with them is said in one pass.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.errors import ScenarioError
from sandbox.scenario.bases import merged, merged_traits
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.scenario import FORMAT, SCENARIO, USE
from sandbox.scenario.grammar.shapes import wrong_type
from sandbox.scenario.nearby import Nearby, read_nearby
from sandbox.scenario.nodes import (
    BESIDE,
    ListNode,
    MapNode,
    Mark,
    Node,
    ScalarNode,
    Source,
    placed,
)
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.reader import NODES_MAX, SIZE_MAX, read

FILES_MAX: Final = 32
"""Uses in all, of the file and of those it uses."""
DEPTH_MAX: Final = 8
"""A file may use one that uses one, and so on, this many deep."""

_NAMED: Final = ("cascades", "providers")
"""Maps of names from the file, which may look like keys that merge otherwise."""

_FOLLOWS: Final = frozenset({Code.MISSING_KEY, Code.TOO_FEW})
"""What a file may only seem to be as long as a file it uses is missing."""


class Whole(NamedTuple):
    """A file over all it uses.

    Attributes:
        top: Without `use`, its short forms written out.
        files: Where the files are that it uses, links resolved, each once.
    """

    top: MapNode
    files: tuple[Path, ...]


def with_uses(top: MapNode, problems: Problems) -> Whole:
    """Lay a file over those it uses.

    Args:
        top: A file as it was read.
        problems: Takes what is wrong with `use`, and with the files it names.

    Raises:
        ScenarioError: a file could not be read, so that what it would have said is missing.
    """
    return _Uses(top, problems).whole() if top.key("use") else Whole(_expanded(top), ())


class _Uses:
    """All the files of one scenario, each read once."""

    def __init__(self, top: MapNode, problems: Problems) -> None:
        self._top = top
        self._problems = problems
        source = top.mark.source
        self._size = len(source.text.encode("utf-8", "surrogatepass"))
        self._files = 0
        self._read: dict[Path, MapNode | Bad] = {}
        """What each file comes to, with all it uses; BAD where it cannot be read."""
        own = Path(source.name).name
        self._open: list[tuple[Path, str]] = [(_real(source), own)]
        """The files being put together, each using the next: where it is, and what it is called."""
        self._is_whole = True

    def whole(self) -> Whole:
        """The file itself over all it uses."""
        whole = self._laid_over_uses(self._top)
        count = sum(1 for _ in _nodes(whole))
        if count > NODES_MAX:
            use = self._top.key("use") or self._top
            text = f"more than {NODES_MAX} values, with those of the files it uses"
            self._problems.stop(use, Code.TOO_MANY_NODES, text)
        if not self._is_whole:
            self._complain_of_the_rest(whole)
        return Whole(whole, tuple(self._read))

    def _complain_of_the_rest(self, whole: MapNode) -> None:
        """Say what is wrong whatever the missing file would have said, and stop.

        Raises:
            ScenarioError: always.
        """
        rest = Problems()
        SCENARIO.parse(placed(SCENARIO.complete(whole)), rest)  # it reads maps with their defaults
        self._problems.take(each for each in rest.found() if each.code not in _FOLLOWS)
        self._problems.raise_any()

    def _laid_over_uses(self, top: MapNode) -> MapNode:
        use = top.get("use")
        own = _expanded(top.without("use"))
        if use is None:
            return own
        names = USE.parse(USE.expand(use), self._problems)
        if names is BAD:
            self._is_whole = False
            return own
        base = MapNode((), own.mark)
        for name in names:
            used = self._used(name)
            if used is BAD:
                self._is_whole = False
            else:
                base = _laid_over(base, used)
        # Each file says itself which format it is written in.
        return _laid_over(base.without("schema"), own)

    def _used(self, name: ScalarNode) -> MapNode | Bad:
        """What a file comes to; BAD, and complained about, where that cannot be said."""
        problems = self._problems
        self._files += 1
        if self._files > FILES_MAX:
            if self._files == FILES_MAX + 1:
                text = f"more than {FILES_MAX} files are used"
                problems.add(name, Code.TOO_MANY_FILES, text, note="use fewer")
            return BAD
        if len(self._open) > DEPTH_MAX:
            text = f"files use each other more than {DEPTH_MAX} deep"
            return problems.add(name, Code.TOO_MANY_FILES, text, note="use it from further up")
        nearby = read_nearby(name, problems)
        if nearby is BAD:
            return BAD
        cycle = [each for path, each in self._open if path == nearby.path]
        if cycle:
            names = [each for _, each in self._open]
            way = " -> ".join([*names[names.index(cycle[0]) :], name.text])
            return problems.add(name, Code.USE_CYCLE, f"{way} goes in circles", note="leave it out")
        if nearby.path not in self._read:
            self._read[nearby.path] = self._read_one(nearby, name)
        return self._read[nearby.path]

    def _read_one(self, nearby: Nearby, name: ScalarNode) -> MapNode | Bad:
        self._size += len(nearby.text.encode("utf-8", "surrogatepass"))
        if self._size > SIZE_MAX:
            text = f"the file and those it uses are larger than {SIZE_MAX // 1024} KiB"
            return self._problems.add(name, Code.FILE_TOO_BIG, text)
        source = Source(
            nearby.name,
            nearby.text,
            rank=BESIDE,
            folder=nearby.source.folder,
            included_from=name.mark,
        )
        own = Problems()
        try:
            top = read(source, nearby.text, own)
        except ScenarioError as error:
            self._problems.take(error.problems)
            return BAD
        self._problems.take(own.found())
        if not isinstance(top, MapNode):
            return wrong_type("a map", top, self._problems, "begin with schema: 1")
        self._check_version(top)
        self._open.append((nearby.path, name.text))
        whole = self._laid_over_uses(top)
        self._open.pop()
        return whole

    def _check_version(self, top: MapNode) -> None:
        version = top.get("schema")
        if version is not None:
            SCENARIO.keys["schema"].shape.parse(version, self._problems)
            return
        at = Mark(top.mark.source, 1, 1)
        text = "'schema' is missing in this file"
        self._problems.add(at, Code.MISSING_KEY, text, note=f"add schema: {FORMAT}")


def _real(source: Source) -> Path:
    """Where a file is, links resolved; nowhere for a text that is no file."""
    return Path() if source.folder is None else Path(os.path.realpath(source.name))


def _expanded(top: MapNode) -> MapNode:
    """The file with its short forms written out, so that they merge with long ones."""
    expanded = SCENARIO.expand(top)
    return expanded if isinstance(expanded, MapNode) else top


def _nodes(node: Node) -> Iterator[Node]:
    """A tree's nodes and keys, as the reader counts them."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        match each:
            case ScalarNode():
                pass
            case ListNode():
                waiting += each.items
            case MapNode():
                for key, item in each:
                    waiting += (key, item)


# Merging ---------------------------------------------------------------------------------------


def _laid_over(base: MapNode, over: MapNode) -> MapNode:
    """Lay a whole file over another, by the rules by which providers go over their base."""
    return _joined(base, over, _part_over)


def _joined(base: MapNode, over: MapNode, join: Callable[[str, Node, Node], Node]) -> MapNode:
    """Both maps in one; `join` makes one of what is in both."""
    written = {key.text: (key, node) for key, node in over}
    entries: list[tuple[ScalarNode, Node]] = []
    for key, node in base:
        own = written.pop(key.text, None)
        entries.append((own[0], join(key.text, node, own[1])) if own else (key, node))
    return replace(over, entries=(*entries, *written.values()))


def _part_over(name: str, base: Node, over: Node) -> Node:
    if not (isinstance(base, MapNode) and isinstance(over, MapNode)):
        return over
    if name in _NAMED:
        return _joined(base, over, lambda _, below, above: merged(below, above))
    if name == "recipients":
        return _recipients_over(base, over)
    return merged(base, over)


def _recipients_over(base: MapNode, over: MapNode) -> Node:
    """Traits merge by name; `traits: {}` leaves none of them."""
    theirs, traits = base.map("traits"), over.map("traits")
    whole = merged(base, over)
    if theirs is None or traits is None or not isinstance(whole, MapNode):
        return whole
    own_key = over.key("traits") or "traits"
    return whole.with_entry(own_key, merged_traits(theirs, traits) if traits.entries else traits)
