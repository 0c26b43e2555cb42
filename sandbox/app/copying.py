"""A message of a session as it is copied: its JSON, and a file where there is no clipboard.

The members are those of `sandbox show RUN mN --json` that a session knows without a store: there is
no `run` yet, and no `money`.
"""

import json
from pathlib import Path

from sandbox.app.beside import write_beside
from sandbox.app.message_object import OfRun, told_object
from sandbox.app.session import Session
from sandbox.journal.entry import entry
from sandbox.report.timeline import message_results


def message_json(session: Session, message: int) -> str | None:
    """All that is known of a message, as JSON on one line; None where its lines were let go."""
    facts = session.facts(message)
    if not facts:
        return None
    names = {message: session.name_of(message)}
    told = next(message_results(facts, session.scenario.world.plans, names))
    scenario = session.scenario
    of = OfRun(None, scenario.name, session.seed, scenario.currency)
    thing = told_object(of, told, map(entry, facts))
    return json.dumps(thing, ensure_ascii=True)


def write_copy(folder: Path, name: str, text: str) -> Path:
    """Write what was to be copied into a file; one that is there stays as it is.

    Args:
        folder: Where.
        name: Such as `m17`; the file is `m17.json`, else `m17-2.json`.
        text: What stands in it.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    return write_beside(folder, name, ".json", text + "\n")
