"""Where the figures of the built-in providers and people come from.

The last document of each built-in file says it: for a figure, or for all below a path, whether it
is `sourced` (published), `derived` (calculated from what is published) or `assumed`, by which
references, and what else there is to know. What is said nearest to a figure holds for it.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from sandbox.scenario.bases import BUILT_IN_FOLDER, CHANNEL_REPORTS, built_in
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode, Source, flow
from sandbox.scenario.quantities import NUMBER
from sandbox.scenario.reader import read_documents

FILES: Final = (*CHANNEL_REPORTS, "recipients")
"""The built-in files with figures; the base `ideal` has none that could be right or wrong."""

UNSAID: Final = "unsaid"
"""The basis of a figure nothing is said about; a test sees to it that there is none."""

_FIGURE: Final = re.compile(rf"-?{NUMBER}(ms|s|m|h|d|%|/s| [A-Z]{{3}})?")
_CODES: Final = ".reason"
"""Below such keys a number is a name."""


class Figure(NamedTuple):
    """A number in a built-in file: its path there, and how it is written."""

    path: str
    value: str


class Basis(NamedTuple):
    """What figures are based on.

    Attributes:
        path: The figure, or what all of them stand below.
        word: `sourced`, `derived` or `assumed`.
        references: Who says so, spelled out.
        note: What else there is to know; may be "".
    """

    path: str
    figures: tuple[Figure, ...]
    word: str
    references: tuple[str, ...]
    note: str


def bases_of(name: str) -> list[Basis]:
    """What the figures of a built-in file are based on, in the order of the file.

    Args:
        name: One of `FILES`.
    """
    said = _said(name)
    told = said.map("sources") or MapNode((), said.mark)
    references = said.map("references") or MapNode((), said.mark)
    groups: dict[str, list[Figure]] = {}
    for figure in figures_of(name):
        groups.setdefault(_nearest(figure.path, told), []).append(figure)
    return [
        _basis(path, tuple(figures), told.map(path), references) for path, figures in groups.items()
    ]


def figures_of(name: str) -> list[Figure]:
    """Every number in a built-in file."""
    return list(_figures(built_in(name)[0], ""))


def _figures(node: Node, path: str) -> Iterator[Figure]:
    match node:
        case MapNode():
            for key, item in node:
                yield from _figures(item, f"{path}.{key.text}" if path else key.text)
        case ListNode():
            if node.items and all(_is_figure(item, path) for item in node.items):
                yield Figure(path, flow(node))
            else:
                for item in node.items:
                    yield from _figures(item, path)
        case ScalarNode():
            if _is_figure(node, path):
                yield Figure(path, node.text)


def _is_figure(node: Node, path: str) -> bool:
    is_number = isinstance(node, ScalarNode) and _FIGURE.fullmatch(node.text) is not None
    return is_number and not path.endswith(_CODES)


def _said(name: str) -> MapNode:
    """The document on sources, the last of a file."""
    text = BUILT_IN_FOLDER.joinpath(f"{name}.yaml").read_text("utf-8")
    source = Source(f"sandbox/scenario/builtin/{name}.yaml", text)
    *_, node = read_documents(source, text, most=3 if name in CHANNEL_REPORTS else 2)
    return node if isinstance(node, MapNode) else MapNode((), node.mark)


def _nearest(path: str, told: MapNode) -> str:
    """The longest path something is said about that leads to a figure; its own where none is."""
    parts = path.split(".")
    heads = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((head for head in heads if told.key(head)), path)


def _basis(
    path: str, figures: tuple[Figure, ...], said: MapNode | None, references: MapNode
) -> Basis:
    if said is None:
        return Basis(path, figures, UNSAID, (), "")
    keys = said.list("source")
    named = [key.text for key in keys.items if isinstance(key, ScalarNode)] if keys else []
    spelled = tuple(references.text(key) or key for key in named)
    return Basis(path, figures, said.text("basis"), spelled, said.text("note"))
