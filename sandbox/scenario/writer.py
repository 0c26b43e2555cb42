"""A scenario with every default filled in, as YAML a person can read and the loader reads back."""

import re
from collections.abc import Iterator
from json import dumps
from typing import Final

from sandbox.report.plain import plain
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import NOWHERE, Data, ScalarNode, core_value

_WIDTH: Final = 88
_BARE: Final = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.%/+-]*( [A-Za-z0-9_.%/+-]+)*")


def resolved_text(scenario: Scenario) -> str:
    """The resolved scenario as a YAML file, with its end of line."""
    return "\n".join(_lines(dict(scenario.resolved))) + "\n"


def _lines(what: Data, indent: str = "") -> Iterator[str]:
    for name, value in what.items():
        head = f"{indent}{_scalar(name)}:"
        short = _flow(value)
        if not isinstance(value, dict | list) or len(head) + len(short) < _WIDTH or not value:
            yield f"{head} {short}"
        elif isinstance(value, dict):
            yield head
            yield from _lines(value, indent + "  ")
        else:
            yield head
            for item in value:
                yield from _item(item, indent + "  ")


def _item(item: Data, indent: str) -> Iterator[str]:
    short = _flow(item)
    if not isinstance(item, dict) or not item or len(indent) + len(short) < _WIDTH:
        yield f"{indent}- {short}"
        return
    mark = f"{indent}- "
    for line in _lines(item, indent + "  "):
        yield mark + line[len(mark) :]
        mark = f"{indent}  "


def _flow(what: Data) -> str:
    match what:
        case dict():
            return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in what.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(item) for item in what) + "]"
        case _:
            return _scalar(what)


def _scalar(what: Data) -> str:
    """A value as YAML 1.2 reads it back: text that looks like something else is quoted."""
    if not isinstance(what, str):
        return dumps(what)
    if _BARE.fullmatch(what) and isinstance(core_value(ScalarNode(what, NOWHERE)), str):
        return what
    # JSON escapes quotes and backslashes as YAML does, `plain` whatever YAML has no name for.
    return f'"{plain(dumps(what, ensure_ascii=False)[1:-1])}"'
