"""What the laws of decisions and of news share: the messages under way, and what is overdue.

Most messages go smoothly: asked for, submitted, accepted, delivered by the first attempt. Each of
those is followed by the phase it is in (`Smooth`). The first line that is anything else opens the
message up into an `Open`, which can be anything; from then on it is followed there.
"""

from collections.abc import Sequence
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.cascade.plan import Plan
from sandbox.report.attempts import ALWAYS, ANSWERED, FIRST, TAKEN, Attempts, Report
from sandbox.report.circuit_rules import Circuits
from sandbox.report.message_rules import (
    ACCEPTED,
    FAR,
    POLICIES,
    SUBMITTED,
    Decision,
    Open,
    PlanRules,
)
from sandbox.report.recipient_rules import Memory

ASKED: Final = 1
"""It was requested, and must be submitted at once."""
AWAITED: Final = 2
"""Its first attempt was submitted, and no answer came yet."""
WAITED: Final = 3
"""Its first attempt was accepted, and the wait runs."""
TOLD: Final = 4
"""Its first attempt succeeded, and the outcome must follow at once."""


class Smooth:
    """A message that has gone smoothly so far."""

    __slots__ = (
        "bill",
        "detail",
        "known",
        "news_at",
        "news_seq",
        "phase",
        "requested_at",
        "requested_seq",
        "rules",
        "truth",
    )

    def __init__(self, rules: PlanRules, at: int, seq: int, detail: Detail) -> None:
        self.phase = ASKED
        self.rules = rules
        self.requested_at = at
        self.requested_seq = seq
        self.detail = detail
        """What was known of the recipient."""
        self.news_at = at
        """When the phase began."""
        self.news_seq = seq
        """The line it began with."""
        self.known = 0
        """What is known of the attempt, as a code of `message_rules`."""
        self.truth = ALWAYS
        """What became of it, as bits of `laws_of_truth`."""
        self.bill = 0


class Watch:
    """The messages that are not over, beside the table of all attempts."""

    def __init__(
        self, plans: Sequence[Plan], report: Report, circuits: Circuits | None = None
    ) -> None:
        self.report = report
        self.memory = Memory() if any(p.remember_us is not None for p in plans) else None
        """What recipients were found out not to have; None where no plan remembers it."""
        self.rules = {
            plan.name: PlanRules(plan, number, circuits, self.memory)
            for number, plan in enumerate(plans)
        }
        self.policies = [POLICIES[plan.conflict] for plan in plans]
        """For each plan, which of two finals holds."""
        names = (name for plan in plans for level in plan.levels for name in level.providers)
        self.providers = {name: index for index, name in enumerate(dict.fromkeys(names))}
        self.provider_names = tuple(self.providers)
        self.attempts = Attempts([self.providers[plan.levels[0].providers[0]] for plan in plans])
        self.under_way: dict[int, Smooth | Open] = {}
        """Messages without an outcome, or with an answer still out."""

    def state(self, message: int) -> Open | None:
        """A message that is not over, opened up; None for any other."""
        state = self.under_way.get(message)
        if isinstance(state, Smooth):
            opened = self.under_way[message] = self._opened_up(message, state)
            return opened
        return state

    def row(self, message: int, place: int) -> int:
        """The row of an attempt, the message opened up; 0 when it was never submitted."""
        self.state(message)
        return self.attempts.row(message, place)

    def _opened_up(self, message: int, smooth: Smooth) -> Open:
        state = Open(smooth.rules, smooth.requested_at, smooth.requested_seq, smooth.detail)
        if smooth.phase == ASKED:
            return state
        attempts, entry = self.attempts, smooth.rules.entry
        row = attempts.add(message, FIRST, self.providers[entry])
        attempts.truth[row], attempts.bill[row] = smooth.truth, smooth.bill
        state.expected = None
        state.submit(row, smooth.requested_at, smooth.news_seq, 1, entry, 0)
        if smooth.phase == AWAITED:
            return state
        attempts.status[row] = smooth.known | ANSWERED | TAKEN
        state.awaited = 0
        at, seq = smooth.news_at, smooth.news_seq
        state.see_to_wait(SUBMITTED, ACCEPTED, at, seq)
        if smooth.phase == TOLD:
            state.expected = (outputs.FINISHED, 0, 1, "delivered", at, seq)
        return state

    def overdue(self, state: Open, seq: int, at: int) -> None:
        """A timer should have acted before this line."""
        self.report("on-time", seq, f"a timer was due at {state.due} us, and now it is {at} us")
        state.plan_due()
        if at > state.due:
            state.due = FAR

    def look(self, state: Open, seq: int, at: int) -> None:
        """Before news is taken in: no timer is overdue and no decision is missing."""
        if at > state.due:
            self.overdue(state, seq, at)
        if state.expected is not None:
            self.report("consequence", seq, f"missing: {decision_text(state.expected)}")
            state.expected = None

    def finish(self, seq: int) -> None:
        """Judge what is missing when all is quiet."""
        for message in list(self.under_way):
            state = self.state(message)
            if state is not None and not state.outcome:
                self.report("settled", seq, f"m{message} has no outcome")
        attempts = self.attempts
        submitted, answered = [0] * len(self.providers), [0] * len(self.providers)
        for row in range(1, attempts.count + 1):
            submitted[attempts.provider[row]] += 1
            answered[attempts.provider[row]] += attempts.status[row] & ANSWERED != 0
        for name, index in self.providers.items():
            if submitted[index] != answered[index]:
                missing = submitted[index] - answered[index]
                self.report("answers-add-up", seq, f"{missing} submissions to {name} unanswered")


def decision_text(decision: Decision) -> str:
    """A decision in words."""
    kind, level, attempt, word, at, cause = decision
    where = str(level) if attempt is None else f"{level}.{attempt}"
    return f"{kind} {where} {word} at {at} us because of line {cause}"
