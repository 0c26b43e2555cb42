"""The swarm in its small size, and that it would notice."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.cascade import Cascade
from sandbox.simulation.spec import WorldSpec
from tests.support.worlds import deliveries
from tests.trust import drawn_providers
from tests.trust.drawing import FEATURES, SPECIAL_FEATURES, draw_features
from tests.trust.drawn_worlds import draw_world
from tests.trust.findings import Report, add_up
from tests.trust.strikes import KINDS, TalliedWorld
from tests.trust.swarm import (
    UNKNOWN_TO,
    broken_laws,
    check_one,
    run_to_rest,
)

RUNS: Final = range(1, 501)
EACH_AT_LEAST: Final = 100
FEW: Final = range(1, 41)


@cache
def _swarm() -> Report:
    return add_up(check_one, RUNS)


def test_no_world_of_the_swarm_breaks_a_law_or_stays_ill() -> None:
    """Invariants and liveness: whatever was on, laws hold, and healed providers serve everybody."""
    assert _swarm().problems == ()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_fault_strikes_in_the_swarm(kind: str) -> None:
    """No kind of fault is only declared: each has struck a hundred times."""
    assert _swarm().figures[kind] >= EACH_AT_LEAST


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_is_now_on_and_now_off(feature: str) -> None:
    """Swarm testing lives from runs that lack a feature as much as from those that have it."""
    on = sum(feature in draw_features(number) for number in RUNS)
    assert len(RUNS) // 5 < on < 4 * len(RUNS) // 5


def test_a_number_is_a_world() -> None:
    """A run that found something can be had again by its number, to the byte."""
    for number in FEW:
        first, again = (TalliedWorld(draw_world(number).spec) for _ in range(2))
        assert run_to_rest(first) == run_to_rest(again)


# Which watches look ------------------------------------------------------------------------------


def _finds(feature: str, watch: str) -> bool:
    """Whether a watch complains of a sound engine where a feature is on, and only that one."""
    others = frozenset(SPECIAL_FEATURES) - {feature}
    for number in range(2, 202, 2):
        drawn = draw_world(number, off=others)
        if feature in drawn.features:
            facts = run_to_rest(TalliedWorld(drawn.spec))
            if any(problem.startswith(watch) for problem in broken_laws(facts, drawn.spec)):
                return True
    return False


@pytest.mark.parametrize(
    ("watch", "feature"),
    [(watch, feature) for watch, unknown in UNKNOWN_TO.items() for feature in sorted(unknown)],
)
def test_a_watch_is_excused_only_from_what_it_does_not_know(watch: str, feature: str) -> None:
    """A feature a watch has learnt is taken off its list, so that it watches it from then on."""
    assert _finds(feature, watch), f"take {feature!r} off UNKNOWN_TO[{watch!r}] in swarm.py"


# It would notice ---------------------------------------------------------------------------------


def _do_nothing(self: Cascade) -> None:
    """Forget the timers."""


def _problems(make: Any = TalliedWorld) -> str:
    return "\n".join(add_up(lambda number: check_one(number, make), FEW).problems)


def test_it_notices_a_broken_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that leaves a level before its wait is over breaks the law of timers."""
    arm = Cascade._see_to_timer

    def too_soon(self: Cascade, *about: Any) -> None:
        arm(self, *about)
        self._wait_at = min(self._wait_at, about[2] + 1_000_000)

    monkeypatch.setattr(Cascade, "_see_to_timer", too_soon)
    assert "law on-time" in _problems()
    assert "lawbook: " in _problems()


def test_it_notices_a_lost_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that never wakes up leaves messages without an end."""
    monkeypatch.setattr(Cascade, "_plan_wake_up", _do_nothing)
    assert "has no end" in _problems()
    assert "open messages remain" in _problems()


def test_it_notices_what_is_never_forgotten() -> None:
    """A world that keeps what is over is told so."""

    class Hoarder(TalliedWorld):
        def _forget_if_over(self, message: int) -> None:
            pass

    assert "journeys remain" in _problems(Hoarder)


def test_it_notices_a_provider_that_does_not_recover() -> None:
    """A provider that stays ill after it was healed fails the messages of the end."""

    class Chronic(TalliedWorld):
        def __init__(self, spec: WorldSpec) -> None:
            kept = [hand for hand in spec.by_hand if hand.path != "delivery.outcomes"]
            super().__init__(replace(spec, by_hand=tuple(kept)))

    assert "us on" in _problems(Chronic)


def test_it_notices_a_message_that_only_seems_to_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Healed, a message is not just called delivered, it is there."""
    ideal = {**drawn_providers.IDEAL_VALUES, "delivery.outcomes": deliveries(filtered=100)}
    monkeypatch.setattr(drawn_providers, "IDEAL_VALUES", ideal)
    assert "has not arrived" in _problems()


def test_it_notices_a_world_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A world that goes on for ever is stopped and named."""
    monkeypatch.setattr("tests.trust.swarm.FACTS_MAX", 50)
    assert "and no end" in _problems()


def test_it_notices_an_engine_that_never_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that goes round in circles inside one call is stopped, too."""

    def in_circles(*_: Any) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.trust.swarm.CPU_S_MAX", 0.2)
    monkeypatch.setattr(Cascade, "wake", in_circles)
    assert "no end after 0.2 s" in "".join(check_one(FEW[0]).problems)


def test_it_notices_an_engine_that_knows_more_than_it_is_told() -> None:
    """A log that a fresh engine would not write from the same news is no log of this engine."""

    class Peeking(TalliedWorld):
        def step(self) -> list[Any]:
            return list(self._altered(super().step()))

        @staticmethod
        def _altered(facts: list[Any]) -> Iterator[Any]:
            for fact in facts:
                is_wait = fact[5] == "wait_over"
                yield (*fact[:6], fact[6], fact[7]) if not is_wait else (*fact[:3], 0, *fact[4:])

    assert "replay: " in _problems(Peeking)
