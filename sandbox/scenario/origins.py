"""A scenario written out whole, with where each value comes from in a comment behind it.

    wait: 30s                     # two-factor.yaml:14
    submit_timeout: 10s           # default
    price: {amount: 0.064 EUR}    # presets/providers-eu.yaml:9

Comments are for people: the text loads to the same scenario. A line has one origin; what comes from
several places is spread over several lines.
"""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final, NamedTuple

from sandbox.report.plain import cells, plain
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import ListNode, MapNode, Mark, Node, ScalarNode, flow, scalar_text

_WIDTH: Final = 64
"""A map or list that is longer is spread over several lines, to leave room for the comment."""
_ROW_WIDTH: Final = 100
"""The same for a list of words, which would take many lines."""
_COLUMN_MAX: Final = 66
"""Comments of a section stand in one column, no further right than this unless a line is longer."""
_DEFAULT: Final = "default"


def text_with_origins(scenario: Scenario) -> str:
    """The resolved scenario as a YAML file whose comments say where each value comes from.

    An origin is a place in the file (`two-factor.yaml:14`), in a file it uses or a preset, `--set
    PATH`, `built-in sms`, or `default`.
    """
    writer = _Writer(Path(scenario.file).parent)
    text = [line for key, node in scenario.tree for line in _aligned(writer.entry(key, node, ""))]
    return "\n".join(text) + "\n"


class _Line(NamedTuple):
    """A line of YAML, and where its value comes from; "" for the head of a block."""

    text: str
    origin: str


def _aligned(lines: Iterator[_Line]) -> list[str]:
    """The lines of a section with their comments in one column."""
    section = [(line, cells(line.text)) for line in lines]
    widths = [width for line, width in section if line.origin and width <= _COLUMN_MAX - 2]
    column = max(widths, default=0) + 2
    return [
        f"{line.text}{' ' * max(column - width, 2)}# {line.origin}" if line.origin else line.text
        for line, width in section
    ]


class _Writer:
    """Writes a tree line by line."""

    def __init__(self, home: Path) -> None:
        """Set what names of files are shortened by.

        Args:
            home: The folder of the scenario, as it was given.
        """
        self._home = home

    def entry(self, key: ScalarNode, node: Node, indent: str) -> Iterator[_Line]:
        """A key and what is under it."""
        head = f"{indent}{scalar_text(key.text)}:"
        if self._is_short(node, len(head)):
            yield _Line(f"{head} {flow(node)}", self._origins(node)[0])
            return
        yield _Line(head, "")
        match node:
            case MapNode():
                for name, item in node:
                    yield from self.entry(name, item, indent + "  ")
            case ListNode():
                for item in node.items:
                    yield from self._item(item, indent + "  ")
            case ScalarNode():
                pass  # is always short

    def _item(self, node: Node, indent: str) -> Iterator[_Line]:
        mark = f"{indent}- "
        if not isinstance(node, MapNode) or self._is_short(node, len(mark)):
            yield _Line(mark + flow(node), ", ".join(dict.fromkeys(self._origins(node))))
            return
        for key, item in node:
            for line in self.entry(key, item, indent + "  "):
                yield _Line(mark + line.text[len(mark) :], line.origin)
                mark = f"{indent}  "

    def _is_short(self, node: Node, taken: int) -> bool:
        """It stands on one line: it has one origin, and is not too long."""
        match node:
            case ScalarNode():
                return True
            case ListNode(items=inside) | MapNode(entries=inside):
                if not inside:
                    return True
                is_one = len(set(self._origins(node))) == 1
                is_row = all(isinstance(each, ScalarNode) for each in inside)
                return is_one and taken + cells(flow(node)) <= (_ROW_WIDTH if is_row else _WIDTH)

    def _origins(self, node: Node) -> list[str]:
        """Where the values of a node come from, in their order."""
        match node:
            case ListNode(items=inside) if inside:
                return [origin for item in inside for origin in self._origins(item)]
            case MapNode(entries=entries) if entries:
                return [origin for _, item in entries for origin in self._origins(item)]
            case _:
                return [self._origin(node.mark)]

    def _origin(self, mark: Mark) -> str:
        source = mark.source
        if source.is_built_in:
            path = PurePath(source.name)
            return f"{'profile' if path.parent.name == 'profiles' else 'built-in'} {path.stem}"
        if mark.is_default:
            return _DEFAULT
        if source.is_override:
            return plain(source.name)
        path = PurePath(source.name)
        name = path.relative_to(self._home) if path.is_relative_to(self._home) else path
        return f"{plain(name.as_posix())}:{mark.line}"
