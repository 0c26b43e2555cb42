"""A message that somebody has written while a run went on, as a scenario would have it.

It stands last in the load, at its instant; whom it is for stands among the people, if it is
somebody new, and what becomes of its attempts in scripts of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import Data, Source, data
from sandbox.scenario.problems import Problems
from sandbox.scenario.quantities import exact_text
from sandbox.scenario.reader import read
from sandbox.scenario.writer import data_text


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMessage:
    """A message of one's own.

    Attributes:
        name: No other message has it, and nobody else where it is for somebody new.
        to: A person of the scenario by name; "" for anybody.
        phone: The number of somebody new; "" where it is for `to`.
        text: Instead of the cascade's; None for that.
        scripts: Level -> entries of its script, each as a file writes it.
    """

    name: str
    at_us: int
    cascade: str
    to: str = ""
    phone: str = ""
    text: str | None = None
    scripts: tuple[tuple[int, tuple[str, ...]], ...] = ()


def with_messages(resolved: Mapping[str, Any], messages: Sequence[OwnMessage]) -> dict[str, Any]:
    """A whole scenario as plain data, with messages of one's own in it, in their order."""
    whole = dict(resolved)
    for own in messages:
        whole["load"] = [*whole["load"], _load_entry(own)]
        if own.phone:
            recipients = dict(whole.get("recipients", {}))
            person = {"phone": own.phone, "traits": []}
            recipients["people"] = {**recipients.get("people", {}), own.name: person}
            whole["recipients"] = recipients
        if own.scripts:
            scripts = [_script(own, level, entries) for level, entries in own.scripts]
            whole["faults"] = [*whole.get("faults", []), *scripts]
    return whole


def grown(scenario: Scenario, messages: Sequence[OwnMessage]) -> Scenario:
    """The scenario with messages of one's own, under the seed it is run with.

    Raises:
        ScenarioError: a name, a number or a text is none, or leads nowhere.
    """
    text = data_text(with_messages(scenario.resolved, messages))
    return load(text, seed=scenario.seed, is_resolved=True)


def _load_entry(own: OwnMessage) -> Data:
    to = own.name if own.phone else own.to
    return {
        "message": own.name,
        **({"to": to} if to else {}),
        **({} if own.text is None else {"text": own.text}),
        "at": exact_text(own.at_us),
        "cascade": own.cascade,
    }


def _script(own: OwnMessage, level: int, entries: Sequence[str]) -> Data:
    return {
        "id": f"{own.name}-level-{level}",
        "message": own.name,
        "level": level,
        "script": [_value(entry) for entry in entries],
    }


def _value(text: str) -> Data:
    problems = Problems()
    node = read(Source("<script>", text), text, problems)
    problems.raise_any()
    return data(node)
