"""Pairs of worlds on the same luck, and that a pair would tell of an engine that errs."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.cascade import Cascade
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Outcome
from sandbox.simulation.spec import WorldSpec
from sandbox.simulation.world import World
from tests.support.hand import us
from tests.trust.findings import Report, add_up
from tests.trust.metamorphic import check_one

PAIRS: Final = range(1, 201)


@cache
def _pairs() -> Report:
    return add_up(check_one, PAIRS)


def test_what_must_follow_follows() -> None:
    """Worse SMS, an unused provider, a longer wait: in no pair follows what must not."""
    assert _pairs().problems == ()


def test_the_pairs_have_something_in_them() -> None:
    """Each change is made often, and it changes something where it may."""
    figures = _pairs().figures
    assert figures["pairs"] == len(PAIRS)
    for how in ("refuses more", "rejects more", "is slower"):
        assert figures[f"worse SMS: {how}"] >= 10
    before, after = (figures[f"worse SMS: delivered by SMS {when}"] for when in ("before", "after"))
    assert before - after >= 20
    assert figures["unused provider: lines"] >= 1000
    waits = (figures[f"longer wait: fallbacks {when}"] for when in ("before", "after"))
    assert next(waits) - next(waits) >= 20


# It would notice ---------------------------------------------------------------------------------


def _problems(make: Callable[[WorldSpec], World] = World) -> str:
    return "\n".join(add_up(lambda number: check_one(number, make), PAIRS).problems)


def test_it_notices_luck_that_hangs_on_the_other_providers() -> None:
    """A world whose luck is drawn anew when a provider is added is not the same world."""

    def drawn_anew(spec: WorldSpec) -> World:
        return World(replace(spec, seed=spec.seed + len(spec.providers)))

    assert "a provider nobody uses changes line " in _problems(drawn_anew)


def test_it_notices_an_engine_that_believes_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that takes a refusal for good news delivers more by SMS where SMS is worse."""

    def hopeful(self: Cascade, attempt: Any, _: Any, now: int, seq: int, out: Any) -> None:
        self._finish(Outcome.DELIVERED, attempt.level, attempt, now, seq, out)

    monkeypatch.setattr(Cascade, "_after_no", hopeful)
    assert "that it did not deliver before" in _problems()


def test_it_notices_waits_taken_the_other_way_round() -> None:
    """Where patience is punished, a longer wait adds fallbacks."""

    def hasty(spec: WorldSpec) -> World:
        return World(replace(spec, plans=tuple(_other_way_round(plan) for plan in spec.plans)))

    assert "with a longer wait message " in _problems(hasty)


def _other_way_round(plan: Plan) -> Plan:
    levels = (
        replace(level, wait_us=max(us(1), us(60) - level.wait_us)) if level.wait_us else level
        for level in plan.levels
    )
    return replace(plan, levels=tuple(levels))
