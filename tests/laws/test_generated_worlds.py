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


def _of_a_line(fact: Fact, before: dict[int, str], over: set[int | None]) -> dict[str, bool]:
    """What a line shows, given the kinds of the lines before and the messages that are over."""
    _, _, message, _, _, kind, cause, detail = fact
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
    happened = set()
    for fact in facts:
        happened |= {word for word, is_so in _of_a_line(fact, kinds, over).items() if is_so}
        kinds[fact[0]] = fact[5]
        if fact[5] == "finished":
            over.add(fact[2])
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
        "a fault of limits", "a fault of receipts", "a magic recipient",
        "accepted after its receipt", "an orphan", "arrived in part", "asked to stay away",
        "changed by hand", "contradicted", "dropped", "queued", "scripted",
        "told in parts", "told in the wrong order", "told of a part after the end",
        "told of the last part", "told twice", "told twice of one part", "turned away",
    ],
)  # fmt: skip
def test_everything_that_can_go_wrong_does_in_some_world(what: str) -> None:
    """A law that was never put to the test is none."""
    assert _happened()[what] >= 1
