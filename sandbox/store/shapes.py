"""Lines of the log as rows: what repeats is written once.

Of the columns of a line, kind, level, attempt and detail together take only a few hundred values in
a whole run. Such a combination is a *shape*, and has a number; a row holds that number instead. A
detail that is not seen a second time (the instant of a retry) stands in the row itself.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from sandbox.cascade.outputs import NOTHING, Detail, DetailValue, Fact

SHAPES_MAX: Final = 1 << 16
"""After so many, details stand in their rows: the numbers of a run must not fill the memory."""

SEEN_MAX: Final = 1 << 15
"""How many details that came once are remembered, to notice the second time."""

_Key = tuple[int | None, int | None, str, str]
"""Level, attempt, kind, and the detail as JSON (`-` for none)."""

_IN_ROW: Final = "="
"""Instead of a detail in a key: it stands in the row."""


class ShapeRow(NamedTuple):
    """A row of the table `shape`; no detail: there is none, or it stands in the rows."""

    run: int
    shape: int
    kind: str
    level: int | None
    attempt: int | None
    detail: str | None


class Encoder:
    """Turns the lines of one run into rows."""

    def __init__(self, run: int, shape_count: int = 0) -> None:
        """Begin without shapes of its own.

        Args:
            run: Whose lines they are.
            shape_count: How many another encoder has numbered for it already.
        """
        self._run = run
        self._shape_count = shape_count
        self._shapes: dict[_Key, int] = {}
        self._seen: set[_Key] = set()
        self.new_shapes: list[ShapeRow] = []
        """Shapes that came up since the list was last emptied; to be stored with the rows."""

    def values(self, facts: Iterable[Fact]) -> list[int | str | None]:
        """The columns of many rows of `event`, one row after the other: seven values each."""
        flat: list[int | str | None] = []
        extend = flat.extend
        get = self._shapes.get
        run = self._run
        for seq, at_us, message, level, attempt, kind, cause, detail in facts:
            shape = get((level, attempt, kind, detail.json))
            if shape is not None:
                extend((run, seq, at_us, message, shape, cause, None))
            else:
                shape, text = self._shape((level, attempt, kind, detail.json))
                extend((run, seq, at_us, message, shape, cause, text))
        return flat

    def _shape(self, key: _Key) -> tuple[int, str | None]:
        """The number of a shape that has none yet, and the detail if it stands in the row."""
        level, attempt, kind, detail = key
        if detail == NOTHING.json:
            return self._number(key, None), None
        if key in self._seen and len(self._shapes) < SHAPES_MAX:
            self._seen.discard(key)
            return self._number(key, detail), None
        if len(self._seen) >= SEEN_MAX:
            self._seen.clear()
        self._seen.add(key)
        return self._number((level, attempt, kind, _IN_ROW), None), detail

    def _number(self, key: _Key, detail: str | None) -> int:
        number = self._shapes.get(key)
        if number is None:
            number = self._shapes[key] = self._shape_count + len(self._shapes) + 1
            level, attempt, kind, _ = key
            self.new_shapes.append(ShapeRow(self._run, number, kind, level, attempt, detail))
        return number


EventRow = tuple[int, int, int | None, int, int, str | None]
"""`(seq, at_us, message, shape, cause, detail)`."""


class Decoder:
    """Turns rows of one run back into lines."""

    def __init__(self) -> None:
        self._shapes: dict[int, tuple[int | None, int | None, str, Detail]] = {}

    def learn(self, row: ShapeRow) -> None:
        """Take in a row of the table `shape`."""
        self._shapes[row.shape] = (row.level, row.attempt, row.kind, detail_of(row.detail))

    def knows(self, shape: int) -> bool:
        """The shape has been taken in."""
        return shape in self._shapes

    def facts(self, rows: Iterable[EventRow]) -> list[Fact]:
        """The lines that rows stand for.

        Raises:
            KeyError: a shape is not known.
        """
        shapes = self._shapes
        facts: list[Fact] = []
        for seq, at_us, message, shape, cause, text in rows:
            level, attempt, kind, detail = shapes[shape]
            if text is not None:
                detail = detail_of(text)
            facts.append((seq, at_us, message, level, attempt, kind, cause, detail))
        return facts


@lru_cache(maxsize=4096)
def detail_of(text: str | None) -> Detail:
    """The detail that some JSON stands for; None for none."""
    if text is None:
        return NOTHING
    fields: dict[str, DetailValue] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(text).items()
    }
    return Detail(fields)
