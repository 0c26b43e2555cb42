"""What may be written at a place of a scenario file, for whoever is writing it.

The place is found by indentation alone, so it is known while the text around it is not yet YAML.
What may stand there is read off the JSON Schema of the format.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from sandbox.scenario.schema import schema

Json = Mapping[str, Any]

_KEY: Final = re.compile(r"^(?P<key>[^\s:#'\"{}\[\],]+):(?P<rest>(?: .*)?)$")
_ENTRY: Final = "[]"
_DEPTH_MAX: Final = 20


class Suggestion(NamedTuple):
    """Something that may be written here.

    Attributes:
        text: What is written.
        about: What it means, in a line; "" where its name says it.
    """

    text: str
    about: str


class Here(NamedTuple):
    """Where somebody writes.

    Attributes:
        path: Keys from the top; "[]" is an entry of a list.
        key: The key whose value is written; "" where a key is written.
        begun: What stands there already, up to the cursor.
    """

    path: tuple[str, ...]
    key: str
    begun: str


def here(lines: Sequence[str], line: int, column: int) -> Here:
    """Where a cursor stands.

    Args:
        lines: The text.
        line: From 0.
        column: From 0, in characters.
    """
    stack: list[_Step] = []
    for above in lines[:line]:
        if above.strip() and not above.lstrip().startswith("#"):
            _go_in(stack, above)
    text = (lines[line] if line < len(lines) else "")[:column]
    key, begun = _go_in(stack, text)
    if key:
        stack.pop()
    return Here(tuple(step.name for step in stack), key, begun)


class _Step(NamedTuple):
    name: str
    column: int


def _go_in(stack: list[_Step], text: str) -> tuple[str, str]:
    """Leave what a line is not in, and enter what it opens; its key, and what follows it."""
    rest = text.lstrip(" ")
    column = len(text) - len(rest)
    while rest == "-" or rest.startswith("- "):
        # An entry may stand right below its key, at the same column.
        while stack and (stack[-1].column > column or stack[-1] == (_ENTRY, column)):
            stack.pop()
        stack.append(_Step(_ENTRY, column))
        after = rest[1:].lstrip(" ")
        column += len(rest) - len(after)
        rest = after
    while stack and stack[-1].column >= column:
        stack.pop()
    written = _KEY.match(rest)
    if written is None:
        return "", rest.strip()
    stack.append(_Step(written["key"], column))
    return written["key"], written["rest"].strip()


def suggestions(lines: Sequence[str], line: int, column: int) -> list[Suggestion]:
    """What may be written at a cursor, in the order of the schema; what is there already is not."""
    at = here(lines, line, column)
    found: list[Suggestion] = []
    for each in _at(schema_top(), at.path):
        if at.key:
            member = _members(each).get(at.key)
            found += [] if member is None else _values(member)
        else:
            found += _keys(each)
            found += _values(each)
    unique = {suggestion.text: suggestion for suggestion in reversed(found)}
    ordered = [s for s in dict.fromkeys(s.text for s in found) if s.startswith(at.begun)]
    return [unique[text] for text in ordered]


@cache
def schema_top() -> Json:
    """The schema of a whole file."""
    return schema()


def _at(top: Json, path: Sequence[str]) -> Iterator[Json]:
    """The schemas that may hold at a path."""
    nodes = list(_alternatives(top))
    for step in path:
        following: list[Json] = []
        for node in nodes:
            below: Json | None = None
            if step == _ENTRY:
                below = node.get("items")
            else:
                below = _members(node).get(step) or node.get("additionalProperties")
            if isinstance(below, Mapping):
                following += _alternatives(below)
        nodes = following
    yield from nodes


def _alternatives(node: Json, depth: int = 0) -> Iterator[Json]:
    """The schema itself, references followed and alternatives taken apart."""
    if depth > _DEPTH_MAX:
        return
    target = node.get("$ref")
    if target is not None:
        yield from _alternatives(schema_top()["$defs"][target.rpartition("/")[2]], depth + 1)
    others = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    for other in others:
        yield from _alternatives(other, depth + 1)
    if target is None:
        yield node


def _members(node: Json) -> Mapping[str, Json]:
    members: Mapping[str, Json] = node.get("properties", {})
    return members


def _keys(node: Json) -> list[Suggestion]:
    return [
        Suggestion(f"{name}: ", str(member.get("description", "")))
        for name, member in _members(node).items()
    ]


def _values(node: Json) -> list[Suggestion]:
    """The words a value may be."""
    told: list[Suggestion] = []
    for each in _alternatives(node):
        words = [each["const"]] if "const" in each else each.get("enum", ())
        told += [Suggestion(_word(word), "") for word in words]
    if (
        "default" in node
        and isinstance(node["default"], str | int | bool)
        and node["default"] != ""
    ):
        told.append(Suggestion(_word(node["default"]), "the default"))
    return told


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
