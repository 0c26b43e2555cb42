"""The arbitrary worlds are worth something: everything that can go wrong does, in some of them."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sandbox.cascade.outputs import Fact
from sandbox.simulation.spec import OverAnswer, OverDrop, OverQueue, ProviderSpec
from sandbox.simulation.world import World
from tests.laws.generated_worlds import worlds
from tests.support.worlds import run

OVER: Final = {OverAnswer: "turned away", OverDrop: "dropped", OverQueue: "queued"}


Before = tuple[dict[int, str], set[int | None]]
"""The kinds of the lines before, and the messages that are over."""


def _of_a_line(fact: Fact, given: Before) -> dict[str, bool]:
    """What a line shows of answers, receipts and circuits, given what was before."""
    _, _, message, _, _, kind, cause, detail = fact
    before, over = given
    is_part = "segment" in detail.fields
    status, why = detail.text("status"), detail.text("why")
    return {
        "accepted after its receipt": kind == "accepted"
        and before[cause] == "accepted_at_provider",
        "changed by hand": kind == "knob_changed",
        "contradicted": kind == "receipt_contradicts",
        "told in parts": kind == "segment_receipt",
        "told twice": why == "duplicate" and not is_part,
        "told twice of one part": why == "duplicate" and is_part,
        "told of the last part": kind == "receipt" and is_part and status == "delivered",
        "told of a part after the end": kind == "segment_receipt" and message in over,
        "told in the wrong order": status == "sent" and why not in ("", "duplicate"),
        "an orphan": kind == "orphan_receipt",
        "asked to stay away": "retry_after_us" in detail.fields,
        "arrived in part": kind == "partly_reached_handset",
        "a circuit opened": kind == "circuit" and detail.text("state") == "open",
        "a probe": kind == "circuit" and detail.text("state") == "half_open",
        "a circuit closed": kind == "circuit" and detail.text("state") == "closed",
        "passed over": kind == "skipped" and "provider" in detail.fields,
        "a level without a provider": kind == "skipped"
        and detail.text("reason") == "circuit open"
        and "provider" not in detail.fields,
    }


def _of_people(fact: Fact, given: Before, level: int | None) -> dict[str, bool]:
    """What a line shows of people and what they do; `level` is where the message stands."""
    kind, cause, detail = fact[5:]
    why, act = detail.text("why"), detail.text("act")
    is_code = kind == "finished" and "verified" in detail.fields
    follows = kind == "submitted" and given[0].get(cause) == "act"
    return {
        "a code in time": is_code,
        "a code too late": why == "the code has expired",
        "a code of an earlier channel": is_code and fact[3] != level,
        "a code that is none": why == "no such code",
        "a code where none is awaited": why == "no code is awaited",
        "a code nobody entered": detail.text("trigger") == "not_verified",
        "mistyped": kind == "code_entered" and not detail.fields["right"],
        "an act after the outcome": act != "" and why.startswith("already"),
        "cancelled": detail.text("outcome") == "cancelled",
        "next by hand": kind == "fell_back" and detail.text("trigger") == "manual",
        "resent": follows and fact[4] != 1,
        "recalled": detail.text("result") == "recalled",
        "recalled too late": detail.text("result") == "too_late",
        "recall unsupported": detail.text("result") == "unsupported",
        "held": kind == "held",
        "sent after quiet hours": kind == "submitted" and given[0].get(cause) == "held",
        "skipped for quiet hours": kind == "fell_back" and given[0].get(cause) == "quiet",
        "dropped in quiet hours": kind == "finished" and given[0].get(cause) == "quiet",
        "known from before": detail.text("reason") == "known from before",
    }


def _limited(spec: ProviderSpec, facts: Sequence[Fact]) -> str:
    """What became of those over the rate, where more than a burst was submitted at the start."""
    at_once = [
        fact
        for fact in facts
        if fact[1] == 0 and fact[5] == "submitted" and fact[7].text("provider") == spec.name
    ]
    is_limited = spec.settings.limit_rate is not None and spec.settings.quota_count is None
    is_over = is_limited and len(at_once) > spec.settings.limit_burst
    return OVER[type(spec.over)] if is_over else "not limited"


def _of_a_world(its_world: World) -> set[str]:
    """All that is at work in a world, seen in its log."""
    facts = run(its_world)
    kinds: dict[int, str] = {}
    over: set[int | None] = set()
    levels: dict[int | None, int | None] = {}
    happened = set()
    for fact in facts:
        shown = _of_a_line(fact, (kinds, over)) | _of_people(
            fact, (kinds, over), levels.get(fact[2])
        )
        happened |= {word for word, is_so in shown.items() if is_so}
        is_quiet = fact[5] == "skipped" and fact[7].text("reason") == "quiet hours"
        kinds[fact[0]] = "quiet" if is_quiet else fact[5]
        if fact[5] == "finished":
            over.add(fact[2])
        elif fact[5] == "submitted":
            levels[fact[2]] = fact[3]
    happened |= {_limited(spec, facts) for spec in its_world.spec.providers}
    fired = {word for word, times in its_world.fired.items() if times}
    if fired & {script.id for script in its_world.spec.scripts}:
        happened.add("scripted")
    if "magic" in its_world.message_names.values():
        happened.add("a magic recipient")
    return happened | {f"a fault of {word.partition('.')[0]}" for word in fired}


@cache
def _happened() -> Counter[str]:
    """In how many of the same four hundred worlds each thing is at work."""
    happened: Counter[str] = Counter()

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds())
    def look(its_world: World) -> None:
        happened.update(_of_a_world(its_world))

    look()
    return happened


@pytest.mark.parametrize(
    "what",
    [
        "a circuit closed", "a circuit opened", "a fault of limits", "a fault of receipts",
        "a level without a provider", "a magic recipient", "a probe", "passed over",
        "accepted after its receipt", "an orphan", "arrived in part", "asked to stay away",
        "changed by hand", "contradicted", "dropped", "queued", "scripted",
        "told in parts", "told in the wrong order", "told of a part after the end",
        "told of the last part", "told twice", "told twice of one part", "turned away",
        "a code in time", "a code too late", "a code of an earlier channel", "a code that is none",
        "a code where none is awaited", "a code nobody entered", "mistyped", "cancelled",
        "an act after the outcome", "next by hand", "resent", "recalled", "recalled too late",
        "recall unsupported", "held", "sent after quiet hours", "skipped for quiet hours",
        "dropped in quiet hours", "known from before",
    ],
)  # fmt: skip
def test_everything_that_can_go_wrong_does_in_some_world(what: str) -> None:
    """A law that was never put to the test is none."""
    assert _happened()[what] >= 1
