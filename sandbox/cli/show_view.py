"""Stored runs and their messages as JSON objects: what `sandbox show --json` prints, on one line.

Times are seconds, money a decimal string with its currency; a text is what somebody wrote, and is
never to be shown as markup. Members may be added, none changes.
"""

from typing import Final

from sandbox.app.message_object import OfRun, told_object
from sandbox.app.stored import StoredAnswer, StoredMessage
from sandbox.cli.money_view import money_object
from sandbox.cli.verdicts import FORMAT, Json, result_object
from sandbox.report.figures import money_text
from sandbox.report.leaving import Cause, Fired, Leaving
from sandbox.report.what_ifs import Fate, WhatIf
from sandbox.report.why import Explained

_SECOND_US: Final = 1_000_000


def run_object(stored: StoredAnswer) -> Json:
    """A stored run: the object of `sandbox run --json`, with what the store knows besides.

    One that did not come to its end has the same members about itself, and no figures.
    """
    row = stored.run
    kept: Json = {
        "state": row.state.value,
        "started_ms": row.started_ms,
        "lines": row.line_count,
        "trouble": row.trouble,
    }
    if stored.answer is not None:
        worst = stored.answer.highlights.worst
        return result_object(stored.answer.result, row.name) | kept | {"worst": worst}
    return {
        "schema": FORMAT,
        "scenario": row.scenario,
        "file": row.file,
        "seed": row.seed,
        "digest": row.digest,
        "run": row.name,
        "verdict": row.verdict,
        "virtual_s": row.virtual_us / _SECOND_US,
    } | kept


def message_object(stored: StoredMessage, explained: Explained | None = None) -> Json:
    """A message of a stored run, with every line about it.

    Args:
        stored: The message.
        explained: Why each entry of its path was left, where that is wanted.
    """
    scenario = stored.scenario
    of = OfRun(stored.run.name, scenario.name, stored.run.seed, scenario.currency)
    thing = told_object(of, stored.told(), stored.events(), money_object(stored))
    return thing if explained is None else thing | {"why": why_object(explained)}


# Why ---------------------------------------------------------------------------------------------


def why_object(explained: Explained) -> Json:
    """An explanation, entry by entry; instants are seconds since the request."""
    money = explained.currency
    return {
        "message": explained.message,
        "name": explained.name or None,
        "cascade": explained.cascade,
        "fate": _fate(explained.fate, money),
        "late": list(explained.late),
        "steps": [
            _leaving(leaving)
            | {
                "what_ifs": [
                    _what_if(answer, money)
                    for place, answer in explained.what_ifs
                    if place == position
                ]
            }
            for position, leaving in enumerate(explained.leavings)
        ],
        "notes": list(explained.notes),
    }


def _leaving(leaving: Leaving) -> Json:
    return {
        "entry": leaving.entry,
        "level": leaving.level,
        "level_where": leaving.level_where or None,
        "attempt": leaving.attempt or None,
        "channel": leaving.channel,
        "provider": leaving.provider or None,
        "began_s": _seconds(leaving.began_us),
        "left_s": _seconds(leaving.left_us),
        "line": leaving.seq or None,
        "then": leaving.then,
        "rules": [_fired(fired) for fired in leaving.rules],
        "causes": [_cause(cause) for cause in leaving.causes],
        "known": list(leaving.known),
        "truth": list(leaving.truth),
        "later": list(leaving.later),
    }


def _fired(fired: Fired) -> Json:
    return {
        "number": fired.number,
        "words": fired.words,
        "settings": [
            {"path": each.path, "value": each.value, "where": each.where or None}
            for each in fired.settings
        ],
    }


def _cause(cause: Cause) -> Json:
    return {
        "line": cause.seq,
        "at_s": _seconds(cause.offset_us),
        "kind": cause.kind,
        "words": cause.words,
        "truth": cause.is_truth,
    }


def _what_if(answer: WhatIf, money: str) -> Json:
    return {
        "question": answer.question.value,
        "level": answer.level,
        "needless": answer.is_needless,
        "needless_in_truth": answer.is_needless_in_truth,
        "words": answer.words,
        "fate": None if answer.fate is None else _fate(answer.fate, money),
    }


def _fate(fate: Fate, money: str) -> Json:
    return {
        "outcome": fate.outcome or None,
        "level": fate.level,
        "channel": fate.channel or None,
        "seconds": _seconds(fate.took_us),
        "first_copy_s": _seconds(fate.first_copy_us),
        "copies": fate.copies,
        "cost": {
            "known": money_text(fate.ledger_nano, money),
            "true": money_text(fate.bill_nano, money),
        },
        "path": list(fate.path),
    }


def _seconds(duration_us: int | None) -> float | None:
    return None if duration_us is None else duration_us / _SECOND_US
