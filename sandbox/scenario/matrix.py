"""A matrix: the cells that come of the values to vary, and what is wrong with a value of one.

A value is written as a person would write it where its path leads, and put there as `--set` does.
What is wrong with it is shown where the value stands, once, however many cells have it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from operator import itemgetter
from typing import Final, NamedTuple

from sandbox.errors import UsageError
from sandbox.report.definitions import MetricRef
from sandbox.scenario.grammar.matrix import MATRIX, MatrixDraft
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import ListNode, MapNode, Mark, Node, ScalarNode, Source, flow, placed
from sandbox.scenario.problems import BAD, Problems, ScenarioProblem
from sandbox.scenario.reader import read

RUNS_MAX: Final = 10_000
"""How many runs a matrix may come to: cells times seeds."""

Settings = tuple[tuple[str, str], ...]
"""Pairs of path and value, as for `--set`."""


class Axis(NamedTuple):
    """A path, and the values that stand there in turn."""

    path: str
    values: tuple[Node, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The values as a person would write them on one line."""
        return tuple(map(flow, self.values))


class Matrix(NamedTuple):
    """What is varied, with which seeds, and what is told of it; empty where nothing is said."""

    axes: tuple[Axis, ...] = ()
    seeds: tuple[int, ...] = ()
    report: tuple[MetricRef, ...] = ()


class Cell(NamedTuple):
    """One combination of values.

    Attributes:
        number: From 1, in the order in which cells are told: the last axis changes fastest.
    """

    number: int
    settings: Settings

    @property
    def text(self) -> str:
        """The cell in words, for messages."""
        pairs = ", ".join(f"{path}={value}" for path, value in self.settings)
        return f"cell {self.number} ({pairs})" if pairs else f"cell {self.number}"


def matrix_of(scenario: Scenario) -> Matrix:
    """What a scenario's own `matrix:` says; it was checked when the file was read."""
    node = scenario.tree.get("matrix")
    if node is None:
        return Matrix()
    draft = MATRIX.parse(node, Problems())
    return Matrix() if draft is BAD else _matrix(draft)


def _matrix(draft: MatrixDraft) -> Matrix:
    axes = tuple(Axis(path.text, values) for path, values in draft.vary)
    return Matrix(axes, draft.seeds or (), draft.report or ())


def axis_of(path: str, text: str) -> Axis:
    """What `--vary PATH=V1,V2` says: the values of a YAML list without its brackets.

    Raises:
        ScenarioError: it is none.
    """
    problems = Problems()
    written = f"[{text}]"
    source = Source(f"--vary {path}", written, rank=1)
    values = read(source, written, problems)
    entry = (ScalarNode(path, Mark(source, 1, 1)), values)
    vary = MapNode((entry,), Mark(source, 1, 1))
    whole = placed(MapNode(((ScalarNode("vary", vary.mark), vary),), vary.mark), "matrix")
    draft = MATRIX.parse(whole, problems)
    if draft is BAD or not isinstance(values, ListNode):
        problems.raise_any()
        raise UsageError(f"--vary {path} has no values")
    problems.raise_any()
    return _matrix(draft).axes[0]


def cells_of(axes: Sequence[Axis], seeds: int) -> list[Cell]:
    """Every combination of the values.

    Args:
        axes: What is varied.
        seeds: With how many seeds each cell is run.

    Raises:
        UsageError: there are too many; says how they come about.
    """
    sizes = [len(axis.values) for axis in axes]
    runs = prod(sizes) * seeds
    if runs > RUNS_MAX:
        times = " x ".join(map(str, sizes))
        raise UsageError(
            f"{times} cells with {seeds:,} seeds are {runs:,} runs, {RUNS_MAX:,} are the most",
            hint="Take fewer values, or fewer seeds.",
        )
    pairs = ([(axis.path, text) for text in axis.texts] for axis in axes)
    return [Cell(number, settings) for number, settings in enumerate(product(*pairs), 1)]


def shown_where_written(
    problems: Iterable[ScenarioProblem], cell: Cell, axes: Sequence[Axis]
) -> list[ScenarioProblem]:
    """The same problems: of a varied value where that value stands, of others naming the cell."""
    chosen = dict(cell.settings)
    nodes = {
        f"--set {axis.path}": node
        for axis in axes
        for node, text in zip(axis.values, axis.texts, strict=True)
        if chosen.get(axis.path) == text
    }
    return [_shown(problem, nodes, cell) for problem in problems]


def _shown(problem: ScenarioProblem, nodes: Mapping[str, Node], cell: Cell) -> ScenarioProblem:
    source = problem.mark.source
    node = nodes.get(source.name) if source.is_override else None
    if node is None:
        place = f"{problem.place} of {cell.text}" if problem.place else cell.text
        return replace(problem, place=place)
    column = problem.mark.column - 1 - len(source.prefix)
    start, part = max(
        ((start, part) for start, part in _parts(node) if start <= column), key=itemgetter(0)
    )
    mark = part.mark
    if problem.mark.width < mark.width:
        # Part of a text: the same part of the text as it stands in the file.
        mark = replace(mark, column=mark.column + column - start, width=problem.mark.width)
    place = f"matrix.vary.{source.name.removeprefix('--set ')}"
    return replace(problem, mark=mark, place=place)


def _parts(node: Node, start: int = 0) -> Iterator[tuple[int, Node]]:
    """A node and all below it, each with the column at which `flow` writes it, from 0."""
    yield start, node
    at = start + 1
    match node:
        case ListNode():
            for item in node.items:
                yield from _parts(item, at)
                at += len(flow(item)) + len(", ")
        case MapNode():
            for key, item in node:
                written = len(flow(MapNode(((key, item),), node.mark))) - len("{}")
                yield at, key
                yield from _parts(item, at + written - len(flow(item)))
                at += written + len(", ")
        case ScalarNode():
            pass
