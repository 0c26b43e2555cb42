"""A scenario with every default filled in, as YAML a person can read and the loader reads back."""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import Data, scalar_text

_WIDTH: Final = 88


def resolved_text(scenario: Scenario) -> str:
    """The resolved scenario as a YAML file, with its end of line."""
    return data_text(scenario.resolved)


def data_text(what: Mapping[str, Data]) -> str:
    """A map of plain data as a YAML file, with its end of line."""
    return "\n".join(_lines(dict(what))) + "\n"


def _lines(what: Data, indent: str = "") -> Iterator[str]:
    for name, value in what.items():
        head = f"{indent}{scalar_text(name)}:"
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
            return "{" + ", ".join(f"{scalar_text(k)}: {_flow(v)}" for k, v in what.items()) + "}"
        case list():
            return "[" + ", ".join(_flow(item) for item in what) + "]"
        case _:
            return scalar_text(what)
