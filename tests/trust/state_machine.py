"""Walks of any kind: a few messages, anything told about them at any time, engine against model."""

from collections import Counter
from dataclasses import replace
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, event, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sandbox.cascade.events import Acted, Reason, ReceiptReceived, Requested, SubmitAnswered
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import NEVER, SECOND_US, Act, Conflict, ReasonClass, Status
from tests.laws.generated import ANSWERS, CHANNELS, RECEIPTS, plans
from tests.trust.findings import Report
from tests.trust.side_by_side import SideBySide

MESSAGES_MAX: Final = 3
EXAMPLES: Final = 50
STEPS: Final = 100
"""Walks and steps of one number by hand."""
PHASES: Final = (Phase.generate, Phase.shrink)

ACTS: Final = (Act.CANCEL, Act.NEXT, Act.NEXT, Act.RESEND, Act.RESEND)
WHY: Final = st.sampled_from(
    [None, None, None, *(Reason(each, each) for each in (*ReasonClass, ReasonClass.STOP))]
)
WHOM: Final = st.integers(0, MESSAGES_MAX - 1)
BACK: Final = st.sampled_from([0] * 9 + [1, 1, 2, 99])
"""Which submission of a message is meant, counted from the last; far back: one there never was."""

seen: Counter[str] = Counter()
"""How often each thing happened, and each end was reached, since somebody cleared it."""


def _known_to_the_model(plan: Plan) -> Plan:
    """The same plan without what the model leaves out."""
    levels = tuple(replace(level, countries=None) for level in plan.levels)
    return replace(plan, levels=levels, conflict=Conflict.BEST)


PLANS: Final = st.tuples(plans("one"), plans("two")).map(
    lambda both: tuple(_known_to_the_model(plan) for plan in both)
)


class Walk(RuleBasedStateMachine):
    """One walk; after every step engine and model must be at the same place."""

    both: SideBySide

    @initialize(its_plans=PLANS)
    def begin(self, its_plans: tuple[Plan, ...]) -> None:
        self.both = SideBySide(*its_plans)
        self._request(0, frozenset())

    def _request(self, plan: int, barred: frozenset[str]) -> None:
        message = len(self.both.models) + 1
        known = tuple((channel, "known") for channel in CHANNELS if channel in barred)
        self.both.tell(Requested(message, plan, "", known), self.both.now)
        seen["requested"] += 1

    @precondition(lambda self: len(self.both.models) < MESSAGES_MAX)
    @rule(plan=st.sampled_from([0, 1]), barred=st.sampled_from([(), (), ("sms",), CHANNELS]))
    def request(self, plan: int, barred: tuple[str, ...]) -> None:
        self._request(plan, frozenset(barred))

    @rule(whom=WHOM, back=BACK, answer=st.sampled_from(ANSWERS), why=WHY,
          stay_away=st.sampled_from([0, 0, 4 * SECOND_US]))  # fmt: skip
    def answer(
        self, whom: int, back: int, answer: Status, why: Reason | None, stay_away: int
    ) -> None:
        where = self._where(whom, back)
        told = SubmitAnswered(*where, answer, why, retry_after_us=stay_away)
        self.both.tell(told, self.both.now)
        seen[f"answer {answer.word}"] += 1

    @rule(whom=WHOM, back=BACK, status=st.sampled_from(RECEIPTS), why=WHY)
    def receipt(self, whom: int, back: int, status: Status, why: Reason | None) -> None:
        where = self._where(whom, back)
        self.both.tell(ReceiptReceived(*where, status, why), self.both.now)
        seen[f"receipt {status.word}"] += 1

    @rule(whom=WHOM, act=st.sampled_from(ACTS))
    def act(self, whom: int, act: Act) -> None:
        self.both.tell(Acted(self._whom(whom), act), self.both.now)
        seen[f"act {act.value}"] += 1

    @rule(seconds=st.sampled_from([0, 1, 1, 2, 9]))
    def time_passes(self, seconds: int) -> None:
        instant = self.both.now + seconds * SECOND_US
        self.both.wake(instant)
        self.both.now = instant

    @rule()
    def a_timer_is_due(self) -> None:
        """Up to its instant, but not over it: what comes now comes first."""
        if self.both.due < NEVER:
            self.both.now = max(self.both.now, self.both.due)

    @invariant()
    def both_agree(self) -> None:
        differences = self.both.differences()
        if differences:
            raise AssertionError("; ".join(differences))

    def teardown(self) -> None:
        """Let all timers act: every message has its end, and both agree on it."""
        if not hasattr(self, "both"):
            return
        self.both.wake(NEVER)
        self.both_agree()
        for message, model in self.both.models.items():
            if not model.outcome:
                raise AssertionError(f"message {message} has no end")
            event(model.outcome)
            seen[f"outcome {model.outcome}"] += 1

    def _whom(self, whom: int) -> int:
        return min(whom + 1, len(self.both.models))

    def _where(self, whom: int, back: int) -> tuple[int, int, int]:
        message = self._whom(whom)
        submits = self.both.submits.get(message, [])
        if back >= len(submits):
            return message, 7, 7
        _, submit = submits[-1 - back]
        return message, submit.level, submit.attempt


def walks(examples: int, steps: int, *, derandomize: bool = False) -> settings:
    """So many walks of so many steps, on however slow a machine."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        phases=PHASES,
    )


def check_one(number: int) -> Report:
    """Take the walks of a number."""
    seen.clear()
    machine = seed(number)(type(f"Walk{number}", (Walk,), {}))
    try:
        run_state_machine_as_test(machine, settings=walks(EXAMPLES, STEPS))
    except AssertionError as error:
        return Report((_in_words(error),), Counter(seen))
    return Report((), Counter(seen))


def _in_words(error: BaseException) -> str:
    """What went wrong and the steps to it, as hypothesis notes them."""
    notes = getattr(error, "__notes__", [])
    return " | ".join([str(error), *notes])
