"""The few rules that hold whatever is on: a watch that need not know why something was decided.

The product's laws and the tests' lawbook work out what must stand on the next line, and so they
have to know every feature. This one asks only for what no feature may touch: one beginning and one
end, levels in order, attempts counted, every submission answered once, nothing sent after the end
or the deadline, and an end that something in the log speaks for.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Plan
from sandbox.cascade.vocabulary import STATUSES

_ANSWERS: Final = frozenset({"accepted", "refused", "throttled", "unknown"})
_DECISIONS: Final = frozenset(
    {"submitted", "fell_back", "retry_planned", "wait_over", "skipped", "held", "finished"}
)
_GOOD_NEWS: Final = frozenset({"accepted", "receipt", "segment_receipt"})


class _Message:
    """One message, as far as its lines have told."""

    def __init__(self, plan: Plan, requested_at: int) -> None:
        self.plan = plan
        self.requested_at = requested_at
        self.level = 0
        """The first of those that began together; mostly there is no other."""
        self.attempts: dict[int, int] = {}
        self.unanswered: set[tuple[int, int]] = set()
        self.known: dict[tuple[int, int], int] = {}
        self.acts: dict[int, str] = {}
        """Line -> what somebody did there that had an effect."""
        self.outcome = ""

    def read(self, fact: Fact) -> Iterator[str]:
        seq, at, _, level, attempt, kind, cause, detail = fact
        if self.outcome and kind in _DECISIONS:
            yield f"{kind} after the end"
        where = (level or 0, attempt or 0)
        match kind:
            case "fell_back":
                if level != self.plan.front_end(self.level):
                    yield f"from level {self.level} to level {level}"
                self.level = level or 0
            case "submitted":
                yield from self._submitted(where, at)
            case "accepted" | "refused" | "throttled" | "unknown":
                if where not in self.unanswered:
                    yield f"{kind} is no answer to anything"
                self.unanswered.discard(where)
            case "act" if not detail.text("why"):
                self.acts[seq] = detail.text("act")
            case "finished":
                yield from self._finished(fact, where, cause)
            case _:
                pass
        if kind in _GOOD_NEWS:
            word = "accepted" if kind == "accepted" else detail.text("status")
            self.known[where] = max(self.known.get(where, 0), STATUSES[word])

    def _submitted(self, where: tuple[int, int], at: int) -> Iterator[str]:
        level, attempt = where
        deadline_us = self.plan.deadline_us
        if not self.level <= level < self.plan.front_end(self.level):
            yield f"submitted at level {level} while at level {self.level}"
        if attempt != self.attempts.get(level, 0) + 1 or attempt > ATTEMPTS_PER_LEVEL_MAX:
            yield f"attempt {attempt} of level {level} after {self.attempts.get(level, 0)}"
        if deadline_us is not None and at >= self.requested_at + deadline_us:
            yield "submitted at or after the deadline"
        self.attempts[level] = attempt
        self.unanswered.add(where)

    def _finished(self, fact: Fact, where: tuple[int, int], cause: int) -> Iterator[str]:
        self.outcome, detail = fact[7].text("outcome"), fact[7]
        deadline_us = self.plan.deadline_us
        act = self.acts.get(cause, "")
        if self.outcome == "delivered" and "verified" in detail.fields:
            if act != "verified":
                yield "verified by nobody"
        elif self.outcome == "delivered":
            if self.known.get(where, 0) < self.plan.levels[where[0]].success:
                yield "delivered without a success"
            if self.plan.stops_on_verified:
                yield "delivered without the code"
        elif (self.outcome == "cancelled") != (act == "cancel"):
            yield f"{self.outcome} by {act or 'nobody'}"
        elif self.outcome == "expired" and (
            deadline_us is None or fact[1] < self.requested_at + deadline_us
        ):
            yield "expired before the deadline"


def broken_rules(facts: Sequence[Fact], plans: Sequence[Plan]) -> Iterator[str]:
    """What is wrong with a whole log; every line of it is looked at."""
    by_name = {plan.name: plan for plan in plans}
    messages: dict[int | None, _Message] = {}
    owners: list[int | None] = [None]
    now = 0
    for fact in facts:
        seq, at, message, _, _, kind, cause, detail = fact
        if seq != len(owners) or at < now:
            yield f"line {seq} at {at} us after line {len(owners) - 1} at {now} us"
        elif cause >= seq or (cause and message is not None and owners[cause] != message):
            yield f"line {seq}: its cause is {cause}"
        owners.append(message)
        now = at
        if kind == "requested":
            if message in messages:
                yield f"line {seq}: message {message} begins again"
            messages[message] = _Message(by_name[detail.text("cascade")], at)
        elif message is not None:
            if message not in messages:
                yield f"line {seq}: message {message} has not begun"
                return
            yield from (f"line {seq}: {text}" for text in messages[message].read(fact))
    for number, one in messages.items():
        if not one.outcome or one.unanswered:
            yield f"message {number} has {len(one.unanswered)} open ends, {one.outcome or 'no end'}"
