"""A message of a session as it is copied: its JSON, and a file where there is no clipboard.

The members are those of `sandbox show RUN mN --json` that a session knows without a store: there is
no `run` yet, and no `money`.
"""

import json
from itertools import count
from pathlib import Path
from typing import Any, Final

from sandbox.app.session import Session
from sandbox.errors import StorageError
from sandbox.journal.entry import entry
from sandbox.report.figures import money_text
from sandbox.report.timeline import message_results

FORMAT: Final = 1
"""As `sandbox show --json` numbers its format."""

_SECOND_US: Final = 1_000_000


def message_json(session: Session, message: int) -> str | None:
    """All that is known of a message, as JSON on one line; None where its lines were let go."""
    facts = session.facts(message)
    if not facts:
        return None
    names = {message: session.name_of(message)}
    told = next(message_results(facts, session.scenario.world.plans, names))
    currency = session.scenario.currency
    thing: dict[str, Any] = {
        "schema": FORMAT,
        "run": None,
        "scenario": session.scenario.name,
        "seed": session.seed,
        "message": told.message,
        "name": told.name or None,
        "cascade": told.cascade,
        "outcome": told.outcome or None,
        "seconds": None if told.seconds_us is None else told.seconds_us / _SECOND_US,
        "path": list(told.path),
        "late": list(told.late),
        "copies": told.copies,
        "cost": {
            "known": money_text(told.cost_nano, currency),
            "true": money_text(told.true_cost_nano, currency),
        },
        "events": [
            {
                "seq": event.seq,
                "at_us": event.at_us,
                "level": event.level,
                "attempt": event.attempt,
                "kind": event.kind,
                "cause": event.cause,
                "detail": json.loads(event.detail.json) if event.detail.fields else None,
            }
            for event in map(entry, facts)
        ],
    }
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
    for number in count(1):
        path = folder / (f"{name}.json" if number == 1 else f"{name}-{number}.json")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text + "\n")
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(
                f"cannot write {path}: {error.strerror or error}",
                hint="Start the app in a folder that can be written to.",
            ) from error
        return path
    raise AssertionError(folder)  # numbers do not end
