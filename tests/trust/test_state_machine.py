"""Walks of any kind, and that a walk would meet a broken engine."""

from collections import Counter
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import Phase
from hypothesis.stateful import run_state_machine_as_test

from sandbox.cascade.cascade import Cascade
from sandbox.cascade.vocabulary import Outcome, Status
from tests.laws.generated import ANSWERS, RECEIPTS
from tests.trust import state_machine
from tests.trust.state_machine import ACTS, Walk, check_one, seen, walks

EXAMPLES: Final = 100
STEPS: Final = 50
EACH_AT_LEAST: Final = 5


@cache
def _seen() -> Counter[str]:
    """Take the walks; what happened on them."""
    seen.clear()
    run_state_machine_as_test(Walk, settings=walks(EXAMPLES, STEPS, derandomize=True))
    return Counter(seen)


def test_engine_and_model_agree_on_every_step() -> None:
    """S1-S24, S35: whatever is told and whenever, both are at the same place."""
    assert _seen().total() > EXAMPLES * STEPS // 4


@pytest.mark.parametrize(
    "what",
    [
        *(f"answer {each.word}" for each in ANSWERS),
        *(f"receipt {each.word}" for each in RECEIPTS),
        *(f"act {each.value}" for each in dict.fromkeys(ACTS)),
        *(f"outcome {each.value}" for each in Outcome),
    ],
)
def test_everything_happens_on_some_walk(what: str) -> None:
    """No kind of news is only declared, and every outcome is reached."""
    assert _seen()[what] >= EACH_AT_LEAST


# It would notice ---------------------------------------------------------------------------------


def _problems(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(state_machine, "EXAMPLES", 60)
    monkeypatch.setattr(state_machine, "STEPS", 30)
    monkeypatch.setattr(state_machine, "PHASES", (Phase.generate,))
    return "\n".join(check_one(1).problems)


def test_it_finds_nothing_in_the_engine_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the next tests find is what they broke."""
    assert _problems(monkeypatch) == ""


def test_it_notices_a_wait_that_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that lets every receipt restart the wait wakes at another instant (S12)."""
    see_to = Cascade._see_to_timer

    def anew(self: Cascade, attempt: Any, _: Status, now: int, seq: int) -> None:
        see_to(self, attempt, Status.SUBMITTED, now, seq)

    monkeypatch.setattr(Cascade, "_see_to_timer", anew)
    assert "message " in _problems(monkeypatch)


def test_it_notices_a_retry_that_outlives_the_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that tries again although somebody moved the message on submits too much (S35)."""
    fall_back = Cascade._fall_back

    def forgetful(self: Cascade, *about: Any) -> None:
        kept = self._retry_seq and about[1] + 1_000_000
        fall_back(self, *about)
        if kept and self.outcome is None:
            self._retry_at = kept

    monkeypatch.setattr(Cascade, "_fall_back", forgetful)
    assert "message " in _problems(monkeypatch)
