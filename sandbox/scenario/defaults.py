"""Defaults that depend on the rest of the file; the grammar has those that do not.

The name of the scenario, the provider of a level, the cascade and the beginning of a load entry,
the names of faults, where people are, and all that comes from bases. What cannot be worked out
because something is broken is left as it is: the reader complains where it is broken.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from sandbox.scenario import quantities
from sandbox.scenario.bases import Providers, whole_recipients
from sandbox.scenario.grammar.recipients import E164
from sandbox.scenario.grammar.traffic import SPEED, TRACE_FILE
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode, node_of
from sandbox.scenario.problems import BAD, Problems
from sandbox.scenario.quantities import QuantityError, duration_text
from sandbox.scenario.verification import with_codes
from sandbox.simulation.phones import country_of


def filled_in(top: MapNode, name: str, problems: Problems) -> MapNode:
    """Fill in what follows from the rest of a file whose short forms are written out."""
    if top.key("name") is None:
        top = top.with_entry("name", node_of(name, top.mark))
    providers = Providers(top.map("providers"), problems)
    top = _changed(top, "cascades", lambda node: with_codes(_with_via(node, providers)))
    top = _changed(top, "load", lambda node: _with_beginnings(_with_cascade(node, top)))
    top = _changed(top, "faults", _with_ids)
    top = _with_providers(top, providers)
    recipients = whole_recipients(top.get("recipients"), top)
    return top.with_entry(top.key("recipients") or "recipients", _with_countries(recipients))


def _changed(top: MapNode, name: str, change: Callable[[Node], Node]) -> MapNode:
    node = top.get(name)
    return top if node is None else top.with_entry(name, change(node))


# Providers -------------------------------------------------------------------------------------


def levels_of(cascades: Node | None) -> Iterator[MapNode]:
    """The levels of all cascades, as far as they are maps."""
    for _, cascade in cascades if isinstance(cascades, MapNode) else ():
        levels = cascade.list("levels") if isinstance(cascade, MapNode) else None
        for level in levels.items if levels else ():
            if isinstance(level, MapNode):
                yield level


def _with_via(cascades: Node, providers: Providers) -> Node:
    """Name the provider of each level that names none, where there is no choice."""

    def of_level(level: Node) -> Node:
        if not isinstance(level, MapNode) or level.key("via"):
            return level
        names = providers.of_channel(level.text("channel")) if level.text("channel") else []
        return level.with_entry("via", node_of(names, level.mark)) if len(names) == 1 else level

    def of_cascade(cascade: Node) -> Node:
        levels = cascade.list("levels") if isinstance(cascade, MapNode) else None
        if not isinstance(cascade, MapNode) or levels is None:
            return cascade
        items = tuple(of_level(level) for level in levels.items)
        return cascade.with_entry("levels", replace(levels, items=items))

    if not isinstance(cascades, MapNode):
        return cascades
    return cascades.mapped(lambda _, cascade: of_cascade(cascade))


def _with_providers(top: MapNode, providers: Providers) -> MapNode:
    """Put every provider that is written or used, with all its base says, under `providers`."""
    written = top.get("providers")
    if written is not None and not isinstance(written, MapNode):
        return top
    entries: list[tuple[ScalarNode, Node]] = []
    for key, node in written or ():
        entries.append((key, providers.whole(key.text) or node))
    have = {key.text for key, _ in entries}
    for name in _used(top):
        whole = None if name.text in have else providers.whole(name.text)
        if whole is not None:
            have.add(name.text)
            entries.append((replace(name, mark=whole.mark), whole))
    mark = top.mark if written is None else written.mark
    return top.with_entry(top.key("providers") or "providers", MapNode(tuple(entries), mark))


def _used(top: MapNode) -> Iterator[ScalarNode]:
    """The names of providers that levels, faults and changes by hand speak of."""
    for level in levels_of(top.get("cascades")):
        via = level.list("via")
        for name in via.items if via else ():
            if isinstance(name, ScalarNode):
                yield name
    for key in ("faults", "by_hand"):
        changes = top.list(key)
        for change in changes.items if changes else ():
            provider = change.get("provider") if isinstance(change, MapNode) else None
            if isinstance(provider, ScalarNode):
                yield provider


# People ----------------------------------------------------------------------------------------


def _with_countries(recipients: Node) -> Node:
    """Say where people are whose number tells it, so that it is written down once and for all."""

    def of_person(person: Node) -> Node:
        number = person.get("phone") if isinstance(person, MapNode) else None
        if not isinstance(person, MapNode) or not isinstance(number, ScalarNode):
            return person
        is_told = person.key("country") is None and re.fullmatch(E164, number.text)
        country = country_of(number.text) if is_told and not number.plain else ""
        return person.with_entry("country", node_of(country, number.mark)) if country else person

    people = recipients.map("people") if isinstance(recipients, MapNode) else None
    if not isinstance(recipients, MapNode) or people is None:
        return recipients
    return recipients.with_entry("people", people.mapped(lambda _, person: of_person(person)))


# Load and faults -------------------------------------------------------------------------------


def _with_cascade(load: Node, top: MapNode) -> Node:
    """Say what each entry runs through where there is only one cascade."""
    cascades = top.map("cascades")
    if not isinstance(load, ListNode) or cascades is None or len(cascades.entries) != 1:
        return load
    only = cascades.entries[0][0].text
    items = [
        item.with_entry("cascade", node_of(only, item.mark))
        if isinstance(item, MapNode) and item.key("cascade") is None
        else item
        for item in load.items
    ]
    return replace(load, items=tuple(items))


def _with_beginnings(load: Node) -> Node:
    """Let each entry begin where the one before ended; the first at 0s, and a burst takes none."""
    if not isinstance(load, ListNode):
        return load
    before: MapNode | None = None
    items: list[Node] = []
    for item in load.items:
        if isinstance(item, MapNode):
            at = item.get("at") or node_of(duration_text(_end_us(before)), item.mark)
            before = item.with_entry(item.key("at") or "at", at)
            items.append(before)
        else:
            items.append(item)
    return replace(load, items=tuple(items))


def _end_us(entry: MapNode | None) -> int:
    """Where a load entry ends that says where it begins; 0 where there is none."""
    if entry is None:
        return 0
    trace = entry.get("trace")
    lasts_us = _recorded_us(entry, trace) if trace else _duration_us(entry.get("for"))
    return _duration_us(entry.get("at")) + lasts_us


def _recorded_us(entry: MapNode, trace: Node) -> int:
    """How long a trace takes; 0 where it is broken, which the reader will complain about."""
    recorded = TRACE_FILE.parse(trace, Problems())
    speed = SPEED.parse(entry.get("speed") or node_of("1x", entry.mark), Problems())
    return 0 if recorded is BAD or speed is BAD else int(recorded.end_us / speed)


def _duration_us(node: Node | None) -> int:
    """A duration; 0 where there is none, or a broken one the reader will complain about."""
    try:
        return quantities.duration(node.text) if isinstance(node, ScalarNode) else 0
    except QuantityError:
        return 0


def _with_ids(faults: Node) -> Node:
    """Call faults without a name by their number, from 1."""
    if not isinstance(faults, ListNode):
        return faults
    items = [
        item.with_entry("id", node_of(f"fault-{number}", item.mark))
        if isinstance(item, MapNode) and item.key("id") is None
        else item
        for number, item in enumerate(faults.items, 1)
    ]
    return replace(faults, items=tuple(items))
