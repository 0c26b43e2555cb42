"""What is compared for speed does the same work."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import pytest

from sandbox.app.run import run_loaded, run_scenario
from sandbox.scenario.loader import load
from tests.benchmarks import figures, heap_loop
from tests.benchmarks.simpy_model import Model

MESSAGES: Final = 8000
OWN_KINDS: Final = {"flagged"}
"""Lines of the engine that the plain model has no counterpart for."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one model did, in figures that both have."""

    messages: int
    kinds: Counter[str]
    outcomes: Counter[str]
    levels: Counter[int]
    billed: float

    def per_message(self, kind: str) -> float:
        """How many lines of a kind there are for each message."""
        return self.kinds[kind] / self.messages


@pytest.fixture(scope="module")
def ours() -> Counted:
    """The engine's run, counted from its log."""
    kinds: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    levels: Counter[int] = Counter()
    nano = 0
    for event in run_scenario(figures.scenario_text(MESSAGES)).events():
        kinds[event.kind] += 1
        if event.kind == "finished":
            outcomes[event.detail.text("outcome")] += 1
            if event.detail.text("outcome") == "delivered" and event.level is not None:
                levels[event.level] += 1
        elif event.kind == "billed":
            nano += event.detail.number("amount_nano")
    return Counted(kinds["requested"], kinds, outcomes, levels, nano / 1e9)


@pytest.fixture(scope="module")
def theirs() -> Counted:
    """The SimPy model's run."""
    model = Model(1, MESSAGES)
    model.run()
    kinds = Counter(row[4] for row in model.rows)
    return Counted(model.message_count, kinds, model.outcomes, model.levels, model.true_cost)


@pytest.mark.parametrize(("seed", "rate"), [(1, figures.RATE), (2, 1000), (3, 20_000)])
def test_the_loop_leaves_the_very_same_lines(seed: int, rate: int) -> None:
    """The loop is told from the engine by its speed alone: the same totals, the same digest."""
    scenario = load(figures.scenario_text(MESSAGES, rate), seed=seed)
    result = run_loaded(scenario)
    outcomes: Counter[str] = Counter()
    levels: Counter[int] = Counter()
    lines = nano = 0
    for event in result.events():
        lines += 1
        if event.kind == "finished":
            outcomes[event.detail.text("outcome")] += 1
            if event.detail.text("outcome") == "delivered":
                levels[event.level or 0] += 1
        elif event.kind == "billed":
            nano += event.detail.number("amount_nano")
    totals = heap_loop.run(scenario.world)
    assert (totals.messages, totals.lines) == (outcomes.total(), lines)
    assert (totals.outcomes, totals.levels, totals.billed_nano) == (outcomes, levels, nano)
    assert totals.digest == result.digest


def test_the_loop_is_told_from_another_run() -> None:
    """That the digests agree says something: with other luck they do not."""
    luck_of = [load(figures.scenario_text(200), seed=seed).world for seed in (1, 2)]
    assert heap_loop.run(luck_of[0]).digest != heap_loop.run(luck_of[1]).digest


def test_both_models_deliver_the_same_share(ours: Counted, theirs: Counted) -> None:
    """As many messages are known to be delivered, up to noise."""
    share = theirs.outcomes["delivered"] / theirs.messages
    assert ours.outcomes["delivered"] / ours.messages == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_both_models_credit_the_same_levels(ours: Counted, theirs: Counted, level: int) -> None:
    """Each level brings as many of the delivered messages, up to noise."""
    share = theirs.levels[level] / theirs.levels.total()
    assert ours.levels[level] / ours.levels.total() == pytest.approx(share, abs=0.015)


def test_both_models_bill_the_same(ours: Counted, theirs: Counted) -> None:
    """A message costs as much, up to noise."""
    cost = theirs.billed / theirs.messages
    assert ours.billed / ours.messages == pytest.approx(cost, rel=0.02)


def test_both_models_write_the_same_number_of_lines(ours: Counted, theirs: Counted) -> None:
    """A message leaves as many lines in the log: neither side has less to write."""
    lines = theirs.kinds.total() / theirs.messages
    assert ours.kinds.total() / ours.messages == pytest.approx(lines, rel=0.02)


def test_both_models_write_lines_of_the_same_kinds(ours: Counted, theirs: Counted) -> None:
    """Each kind of line is about as frequent, so that no event is missing on either side."""
    assert set(ours.kinds) - OWN_KINDS == set(theirs.kinds)
    for kind in theirs.kinds:
        allowed = 0.01 + 0.05 * theirs.per_message(kind)
        assert ours.per_message(kind) == pytest.approx(theirs.per_message(kind), abs=allowed), kind
