"""A session saved as a scenario: the same world, with what was done by hand written down.

    text = scenario_by_hand(scenario.resolved, changes, note="Saved on 2026-03-01.")

The text is a whole scenario file. Loaded and run, it makes the same changes, and does the same
about messages, at the same instants, so that its log is that of the session, line by line.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from sandbox.errors import MisuseError
from sandbox.scenario.grammar.cascades import TEXT_MAX
from sandbox.scenario.loader import load
from sandbox.scenario.nodes import Data, Source, data
from sandbox.scenario.problems import Problems
from sandbox.scenario.quantities import duration, exact_text
from sandbox.scenario.reader import read
from sandbox.scenario.writer import data_text
from sandbox.simulation.spec import HandChange, HandForce, PlannedAct

SAVED: Final = "Saved from a session; by_hand holds the changes that were made in it."

Done = HandChange | PlannedAct | HandForce
"""Something that was done by hand: to a provider, about a message, or about its attempts."""


class _Entry(NamedTuple):
    """One entry of `by_hand` as plain data, and its instant."""

    at_us: int
    written: Mapping[str, Data]


def scenario_by_hand(
    resolved: Mapping[str, Any], changes: Sequence[Done], *, note: str = ""
) -> str:
    """The text of a scenario file that does all this by itself.

    Args:
        resolved: What `Scenario.resolved` holds. Changes by hand it already has stay, and come
            before new ones of the same instant.
        changes: What was done, in its order. The text of a change is as `nodes.flow` writes it,
            since it is what stands in the log.
        note: A further sentence for the description, such as the date.

    Raises:
        ScenarioError: the file would be too large to be loaded: too many changes.
        MisuseError: the text of a change is not that of its value.
    """
    before = [_Entry(duration(each["at"]), each) for each in resolved.get("by_hand", ())]
    # Sorting is stable: what was there comes first, and each keeps its order.
    entries = sorted(chain(before, _entries(changes)), key=lambda entry: entry.at_us)
    whole: dict[str, Any] = {}
    for name, value in resolved.items():
        whole[name] = _described(value, note) if name == "description" else value
        if name == ("acts" if "acts" in resolved else "faults"):  # its place in the file
            whole["by_hand"] = []
    whole["by_hand"] = [entry.written for entry in entries]
    text = data_text(whole)
    _check(text, changes, sum(_size(entry.written) for entry in before))
    return text


def _described(description: str, note: str) -> str:
    added = [line for line in (SAVED, note) if line and line not in description]
    kept = description.rstrip()[: TEXT_MAX - sum(len(line) + 1 for line in added)]
    return "\n".join(filter(None, [kept, *added]))


def _entries(changes: Sequence[Done]) -> Iterator[_Entry]:
    """One entry for changes of one instant and provider, as long as no path comes twice."""
    at: tuple[int, str, bool] | None = None
    together: dict[str, Data] = {}
    for each in changes:
        if not isinstance(each, HandChange):
            if at is not None:
                yield _entry(at, together)
            at, together = None, {}
            yield _act(each) if isinstance(each, PlannedAct) else _force(each)
            continue
        here = (each.at_us, each.provider, each.change is None)
        if at is not None and (here != at or each.path in together):
            yield _entry(at, together)
            together = {}
        at = here
        together[each.path] = None if each.change is None else _value(each.change.text)
    if at is not None:
        yield _entry(at, together)


def _entry(at: tuple[int, str, bool], together: Mapping[str, Data]) -> _Entry:
    at_us, provider, is_reset = at
    what = {"reset": list(together)} if is_reset else {"set": dict(together)}
    return _Entry(at_us, {"at": exact_text(at_us), "provider": provider, **what})


def _act(act: PlannedAct) -> _Entry:
    message = act.name or act.message
    return _Entry(
        act.at_us, {"at": exact_text(act.at_us), "message": message, "act": act.act.value}
    )


def _force(force: HandForce) -> _Entry:
    message = force.name or force.message
    at = exact_text(force.at_us)
    told = {"at": at, "message": message, "level": force.level, "force": _value(force.text)}
    return _Entry(force.at_us, told)


def _value(text: str) -> Data:
    problems = Problems()
    node = read(Source("<change>", text), text, problems)
    problems.raise_any()
    return data(node)


def _size(written: Mapping[str, Data]) -> int:
    """How many changes an entry makes; an act is none."""
    return len(written.get("reset") or written.get("set") or ())


def _check(text: str, changes: Sequence[Done], had: int) -> None:
    """Load the text once: what is saved must be what was done."""
    world = load(text).world
    loaded = list(world.by_hand)
    for each in changes:
        if isinstance(each, PlannedAct):
            if each not in world.acts:
                raise MisuseError(f"{each.act} of a message would not be read back as it is")
        elif isinstance(each, HandForce):
            if each not in world.forced:
                raise MisuseError(f"{each.text} would not be read back as it is")
        elif each not in loaded:
            said = each.change.text if each.change else "reset"
            raise MisuseError(f"{each.path}: {said!r} would not be read back as it is")
    changes = [each for each in changes if isinstance(each, HandChange)]
    if len(loaded) != had + len(changes):
        raise MisuseError(f"{len(changes)} changes would be read back as {len(loaded) - had}")
