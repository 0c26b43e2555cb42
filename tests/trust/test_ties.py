"""Events at one instant in any order, and that it would notice where an order counts."""

from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.cascade import Cascade
from sandbox.cascade.outputs import Fact
from tests.trust.findings import Report, add_up
from tests.trust.ties import Shuffled, check_one

SEEDS: Final = range(1, 51)
FEW: Final = range(1, 21)


@cache
def _worlds() -> Report:
    return add_up(check_one, SEEDS)


def test_in_any_order_laws_hold_and_healed_providers_serve_everybody() -> None:
    """Architecture, rule 5: nothing hangs on what comes first at an instant."""
    assert _worlds().problems == ()


def test_the_order_is_another_indeed() -> None:
    """Nearly every world has a log of its own in another order."""
    figures = _worlds().figures
    assert figures["worlds"] == len(SEEDS)
    assert figures["worlds with another log than in the usual order"] >= len(SEEDS) * 9 // 10


def test_a_number_is_one_order() -> None:
    """What was found can be had again."""
    assert check_one(SEEDS[0]).figures == check_one(SEEDS[0]).figures


# It would notice ---------------------------------------------------------------------------------


class WakeUpsFirst(Shuffled):
    """A world in which a wait is over before what comes at its very end."""

    def advance(self, until_us: int, facts_max: int) -> list[Fact]:
        wake_at = self._engine.wake_at
        if len(self._agenda) and wake_at == self._agenda.head()[0]:
            self._wake(wake_at)
            said, self._out = self._out, []
            return said
        return super().advance(until_us, facts_max)


def test_it_notices_a_wait_that_is_over_too_early() -> None:
    """The one order that counts is kept: where wake-ups come first, laws break."""
    problems = "\n".join(add_up(lambda number: check_one(number, WakeUpsFirst), FEW).problems)
    assert "law " in problems


def test_it_notices_an_engine_that_hears_one_thing_an_instant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine that misses the second piece of news at an instant breaks the laws."""
    receipt = Cascade.receipt
    heard_at: dict[int, int] = {}

    def hard_of_hearing(self: Cascade, event: Any, now: int) -> Any:
        before, heard_at[self.message] = heard_at.get(self.message, -1), now
        is_busy = before == now
        return self._ignore_receipt(event, "busy", now) if is_busy else receipt(self, event, now)

    monkeypatch.setattr(Cascade, "receipt", hard_of_hearing)
    assert "law " in "\n".join(add_up(check_one, FEW).problems)
