"""All that is known of a message as plain data: what `sandbox show --json` prints, `Y` copies."""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sandbox.journal.entry import Entry
from sandbox.report.figures import money_text
from sandbox.report.timeline import MessageResult

FORMAT: Final = 1
"""How this shape is numbered."""

_SECOND_US: Final = 1_000_000

Json = dict[str, Any]


class OfRun(NamedTuple):
    """The run a message belongs to.

    Attributes:
        name: Where it is stored; None for a session that is not.
    """

    name: str | None
    scenario: str
    seed: int
    currency: str


def told_object(
    of: OfRun, told: MessageResult, events: Iterable[Entry], money: Json | None = None
) -> Json:
    """A message with every line about it.

    Args:
        of: Its run.
        told: What became of it.
        events: The lines of the log, in order.
        money: Its money entry by entry; None where nobody worked it out.
    """
    return {
        "schema": FORMAT,
        "run": of.name,
        "scenario": of.scenario,
        "seed": of.seed,
        "message": told.message,
        "name": told.name or None,
        "cascade": told.cascade,
        "outcome": told.outcome or None,
        "seconds": None if told.seconds_us is None else told.seconds_us / _SECOND_US,
        "path": list(told.path),
        "late": list(told.late),
        "copies": told.copies,
        "cost": {
            "known": money_text(told.cost_nano, of.currency),
            "true": money_text(told.true_cost_nano, of.currency),
        },
        **({} if money is None else {"money": money}),
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
            for event in events
        ],
    }
