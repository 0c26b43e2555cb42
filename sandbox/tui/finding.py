"""What the command palette offers: keys, places, themes, scenarios, messages, runs."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from sandbox.app.session import Session
from sandbox.errors import SandboxError
from sandbox.tui.actions import Action
from sandbox.tui.desk import Place
from sandbox.tui.screens.palette import Entry, Finder

_MESSAGE: Final = re.compile(r"\s*(?:m\s*)?#?([0-9]{1,12})\s*")
_RUNS_MAX: Final = 200
_HIDDEN: Final = ("app.palette", "refuse")


def action_entries(actions: Sequence[Action], do: Callable[[str], None]) -> list[Entry]:
    """What the keys of a place do, and what has no key; each once.

    Args:
        actions: With the keys they have.
        do: Does an action by its name.
    """
    made: list[Entry] = []
    for action in actions:
        is_place = action.name.startswith("app.go(")
        has_words = bool(action.label or action.about)
        if is_place or action.name in _HIDDEN or not (has_words or "(" not in action.name):
            continue
        text = action.about or action.label or action.name.replace("_", " ")
        name = f"{action.label}: {text}" if action.label and action.about else text
        made.append(Entry("do", name, action.shown, partial(do, action.name)))
    return made


def place_entries(go: Callable[[Place], None]) -> list[Entry]:
    """The places."""
    return [Entry("go to", place.label, place.key, partial(go, place)) for place in Place]


def theme_entries(names: Sequence[str], put_on: Callable[[str], None]) -> list[Entry]:
    """The themes; under the cursor each is shown."""
    return [Entry("theme", name, "", partial(put_on, name), theme=name) for name in names]


def message_finder(session: Session, show: Callable[[int], None]) -> Finder:
    """Finds a message of the live run by its number: `m123`, `123`."""

    def find(query: str) -> list[Entry]:
        named = _MESSAGE.fullmatch(query)
        number = int(named.group(1)) if named else 0
        if not 0 < number <= session.message_count:
            return []
        row = session.row(number)
        told = "" if row is None else f"  {row.phone}  {row.outcome or 'open'}"
        return [Entry("message", f"m{number}{told}", "", partial(show, number))]

    return find


def scenario_entries(folder: Path, show: Callable[[str], None]) -> list[Entry]:
    """The scenarios within reach, those of the folder first; reads names alone."""
    from sandbox.app.shelf import scenario_names  # noqa: PLC0415 - the first picture needs no list

    return [
        Entry("scenario", name, "", partial(show, source))
        for source, name in scenario_names(folder)
    ]


def run_entries(store: Path | None, show: Callable[[str], None]) -> list[Entry]:
    """The latest stored runs; none where there is no store, or it cannot be read."""
    from sandbox.app.stored import list_runs  # noqa: PLC0415 - the first picture needs no store

    try:
        runs = list_runs(store)[:_RUNS_MAX]
    except (SandboxError, OSError):
        return []
    return [
        Entry("run", f"{run.name}  {run.scenario}  {run.verdict or ''}".rstrip(), "",
              partial(show, run.name))
        for run in runs
    ]  # fmt: skip
