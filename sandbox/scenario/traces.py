"""Recorded traffic as a whole: names that lead nowhere, and the messages it becomes."""

from collections.abc import Iterable, Sequence

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import LoadDraft, MessageDraft, TraceDraft
from sandbox.scenario.nodes import Mark
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.simulation.spec import Trace

Named = dict[str, tuple[str, int]]
"""Where each named message stands: the name of the file, and the line in it."""


def check_trace(
    entry: TraceDraft,
    cascades: Sequence[str],
    people: Sequence[str],
    named: Named,
    problems: Problems,
) -> None:
    """Look up the cascades and people that rows name, and see that no two names are alike.

    Args:
        entry: The trace.
        cascades: The names of the cascades there are.
        people: The names of the people there are.
        named: The messages with names so far; those of the trace are added.
        problems: Takes what is wrong, where it stands in the table.
    """
    rows = entry.trace
    known_cascades, known_people = set(cascades), set(people)
    for row in rows.rows:
        if row.cascade and row.cascade not in known_cascades:
            text = f"there is no cascade '{row.cascade}'"
            note = did_you_mean(row.cascade, cascades) or f"one of {', '.join(cascades)}"
            rows.complain(row, "cascade", problems, Code.UNKNOWN_CASCADE, text, note)
        elif not row.cascade and entry.cascade is None and len(cascades) > 1:
            text = f"for which cascade: {', '.join(cascades)}?"
            note = "name it here, or in the load entry"
            rows.complain(row, "cascade", problems, Code.AMBIGUOUS_CASCADE, text, note)
        if row.to and row.to not in known_people:
            text = f"there is nobody called '{row.to}'"
            note = did_you_mean(row.to, people) or "add them under recipients.people"
            rows.complain(row, "to", problems, Code.UNKNOWN_PERSON, text, note)
        if row.name:
            if row.name in named:
                text = already_named(row.name, named, rows.table.node.mark)
                note = "choose another name"
                rows.complain(row, "name", problems, Code.DUPLICATE_NAME, text, note)
            named.setdefault(row.name, rows.table.where(row.line))
        if rows.table.is_hopeless:
            return


def already_named(name: str, named: Named, seen_from: Mark) -> str:
    """Say in words where another message of a name stands."""
    file, line = named[name]
    of_file = "" if file == seen_from.source.name else f" of {file}"
    return f"there is a message '{name}' already, in line {line}{of_file}"


def cascades_by_message(load: Iterable[LoadDraft]) -> dict[str, str]:
    """The named messages of a load, each with its cascade; "" where that is not known."""
    named: dict[str, str] = {}
    for entry in load:
        otherwise = entry.cascade.text if entry.cascade else ""
        if isinstance(entry, MessageDraft):
            named.setdefault(entry.name.text, otherwise)
        elif isinstance(entry, TraceDraft):
            for row in entry.trace.rows:
                if row.name:
                    named.setdefault(row.name, row.cascade or otherwise)
    return named


def trace_of(entry: TraceDraft, plans: Sequence[str]) -> Trace:
    """The messages of a checked trace."""
    rows = entry.trace.rows
    otherwise = plans.index(entry.cascade.text) if entry.cascade else 0
    plan_of = {"": otherwise, **{name: position for position, name in enumerate(plans)}}
    many, one = (entry.speed.numerator, entry.speed.denominator) if entry.speed else (1, 1)
    return Trace(
        at_us=entry.at_us,
        instants=tuple(entry.at_us + row.at_us * one // many for row in rows),
        plans=tuple(plan_of[row.cascade] for row in rows),
        names=tuple(row.name for row in rows) if any(row.name for row in rows) else (),
        people=tuple(row.to for row in rows) if any(row.to for row in rows) else (),
    )
