"""The expectations of a scenario, judged while its run goes on: which hold so far, which do not.

A judgement looks at every message, so it grows dearer as the run does. While it is cheap, all
expectations are judged at every look; then one at a time; and when one takes too long to be judged
between two frames, and not just once, all wait for the end; what is shown says from when it is.

While the run goes on metrics are of the messages that have their outcome, as the figures beside
them are, so that what is still in flight does not look like a failure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.report.columns import OUTCOME
from sandbox.report.figures import format_measure
from sandbox.report.metrics import Metrics
from sandbox.scenario.expectations import NO_SAMPLES, Expectation, ExpectationResult
from sandbox.scenario.metric_expectations import MetricExpectation
from sandbox.scenario.model import Scenario
from sandbox.scenario.witness import Witness
from sandbox.simulation.world import World

_CHEAP_S: Final = 0.003
"""As long as all take no longer than this, all are judged at every look."""

_TOO_LONG_S: Final = 0.03
"""When judging an expectation takes longer than this, again and again, it waits for the end."""

_SLOW_MAX: Final = 3


_DECIDED: Final = ("outcome", "any")
"""How messages are marked that have their outcome."""

_MARKS: Final = bytes(state & OUTCOME != 0 for state in range(256))


class Standing(StrEnum):
    """How an expectation stands."""

    HOLDS = "holds"
    BROKEN = "broken"
    OPEN = "open"
    """There is nothing to judge yet, or what is expected may still come."""


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation, as it stands.

    Attributes:
        text: As it was written, with its scope where it has one.
        seen: What was seen, for people; "" for nothing yet.
        message: The first message that offends, where one can be named.
    """

    text: str
    standing: Standing
    seen: str = ""
    message: int | None = None


class LiveJudge:
    """Judges one run; sees its log go by."""

    def __init__(
        self, scenario: Scenario, metrics: Metrics, world: World, clock: Callable[[], float]
    ) -> None:
        """Begin with nothing judged.

        Args:
            scenario: What is run.
            metrics: Of the run; folded by somebody else, before this.
            world: Of the run.
            clock: Seconds of wall time.
        """
        self._expected = scenario.expectations
        self._so_far = [_of_decided(each) for each in self._expected]
        self._witness = Witness(scenario.expectations, scenario.world.plans, world.message_names)
        self._folds = self._witness.folds
        self._metrics = metrics
        self._world = world
        self._clock = clock
        self._checks = [Check(_text(e.scope, e.text), Standing.OPEN) for e in self._expected]
        self._next = 0
        self._slow = 0
        """So many judgements took too long, one after the other."""
        self._cost_s = 0.0
        """What judging all of them took, or would take."""
        self._is_final = False
        self._seen = -1
        """The instant at which all were judged last."""
        self.stopped_at_us: int | None = None
        """Since when judging has been too dear; None while it is not."""

    def fold(self, facts: list[Fact]) -> None:
        """Take in the next lines of the log."""
        self._is_final = False
        for fold in self._folds:
            fold(facts)

    @property
    def checks(self) -> Sequence[Check]:
        """All expectations, in the order of the file."""
        return self._checks

    def look(self, *, is_over: bool) -> None:
        """Judge all, or the next one; at the end of the run all of them, once.

        Args:
            is_over: Nothing will happen any more.
        """
        if not self._expected or self._is_final:
            return
        if is_over:
            self._is_final, self.stopped_at_us = True, None
            for nth in range(len(self._expected)):
                self._judge(nth, is_over=True)
            return
        if self.stopped_at_us is not None or self._seen == self._world.now:
            return
        count, began = len(self._expected), self._clock()
        at_once = count if self._cost_s <= _CHEAP_S else 1
        for nth in range(self._next, self._next + at_once):
            self._judge(nth % count, is_over=False)
        self._next = (self._next + at_once) % count
        if self._next == 0:
            self._seen = self._world.now
        each_s = (self._clock() - began) / at_once
        self._cost_s = each_s * count
        self._slow = self._slow + 1 if each_s > _TOO_LONG_S else 0
        if self._slow >= _SLOW_MAX:
            self.stopped_at_us = self._world.now

    def _judge(self, nth: int, *, is_over: bool) -> None:
        evidence = self._witness.evidence(self._metrics, self._world.person_of)
        if not is_over:
            columns = self._metrics.columns
            states = columns.state[: columns.message_count + 1]
            self._metrics.mark(_DECIDED, bytes(states.translate(_MARKS)))
        expected = self._expected if is_over else self._so_far
        result = expected[nth].check(evidence)
        self._checks[nth] = _check(result, self._metrics.currency, is_over=is_over)


def _of_decided(expected: Expectation) -> Expectation:
    """The same, of the messages that have their outcome."""
    if not isinstance(expected, MetricExpectation):
        return expected
    marks = (*expected.within.marks, _DECIDED)
    return replace(expected, within=replace(expected.within, marks=marks))


def _check(result: ExpectationResult, currency: str, *, is_over: bool) -> Check:
    seen = result.seen
    if not seen and result.measure is not None:
        seen = format_measure(result.measure, currency)
    may_come = result.scope == "sometimes" or result.scope.startswith("message ")
    is_open = not is_over and (result.why == NO_SAMPLES or may_come)
    standing = Standing.OPEN if is_open else Standing.BROKEN
    return Check(
        _text(result.scope, result.text),
        Standing.HOLDS if result.passed else standing,
        "" if result.why == NO_SAMPLES else seen,
        result.first_message,
    )


def _text(scope: str, text: str) -> str:
    return text if scope in {"", "all"} else f"{scope}: {text}"
