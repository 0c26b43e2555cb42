"""The stories of the latest messages: their lines of the log, kept so that each can be explained.

Older messages are let go as new ones come, so that a session of any length fits into memory. One
message that switched level is followed without being asked, for a screen that has nothing better to
show.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.report.account import Account, begin
from sandbox.report.timeline import Story
from sandbox.report.trace import Trace

KEPT: Final = 10_000
"""How many of the latest messages keep their lines; about 25 MB."""

_TURNING_POINTS: Final = frozenset({outputs.FELL_BACK, outputs.FINISHED})


class Stories:
    """A fold over the log that remembers the lines themselves."""

    def __init__(self, plans: Sequence[Plan], currency: str, kept: int = KEPT) -> None:
        """Know no message yet.

        Args:
            plans: The cascades of the run.
            currency: Of all prices.
            kept: How many messages keep their lines.
        """
        self._plans: Mapping[str, Plan] = {plan.name: plan for plan in plans}
        self._currency = currency
        self._kept = kept
        self._facts: dict[int, list[Fact]] = {}
        self._accounts: dict[int, tuple[int, Account]] = {}
        self._story: Story | None = None
        self._story_facts = 0
        self.followed: int | None = None
        """A message that switched level."""
        self._followed_ended_us: int | None = None

    def take(self, fact: Fact, patience_us: int) -> None:
        """Take in the next line of the log that is about a message.

        Args:
            fact: The line.
            patience_us: For how long a message that is over is still followed.
        """
        message, kind = fact[2], fact[5]
        if message is None:
            return
        if kind == outputs.REQUESTED:
            self._facts[message] = [fact]
            if len(self._facts) > self._kept:
                self._forget(self.oldest)
        elif message in self._facts:
            self._facts[message].append(fact)
            if kind in _TURNING_POINTS:
                self._follow(message, fact[1], kind, patience_us)

    @property
    def oldest(self) -> int:
        """The first message that is remembered; 0 when there is none."""
        return next(iter(self._facts), 0)

    def facts(self, message: int) -> Sequence[Fact]:
        """All lines about a message; empty when they have been let go."""
        return self._facts.get(message, ())

    def account(self, message: int) -> Account | None:
        """What became of a message so far; None when its lines have been let go."""
        facts = self._facts.get(message)
        if facts is None:
            return None
        taken, account = self._accounts.get(message) or (1, begin(facts[0], self._plans))
        for fact in facts[taken:]:
            account.take(fact)
        self._accounts[message] = (len(facts), account)
        return account

    def story(self, message: int) -> Story | None:
        """The timeline of a message; None when its lines have been let go.

        The story of the latest message asked for is kept, and only grows.
        """
        facts = self._facts.get(message)
        if facts is None:
            return None
        story = self._story
        if story is None or story.account.message != message:
            story = self._story = Story(facts[0], self._plans, self._currency)
            self._story_facts = 1
        for fact in facts[self._story_facts :]:
            story.take(fact)
        self._story_facts = len(facts)
        return story

    def told(self, facts: Sequence[Fact]) -> tuple[str, ...]:
        """Some lines of the log, just taken in, in words; the instant is shown elsewhere."""
        trace = Trace(self._currency)
        told: list[str] = []
        for message in dict.fromkeys(fact[2] for fact in facts):
            # A trace wants all lines of a message, to know what the last ones mean.
            if message is None:
                known: Sequence[Fact] = [fact for fact in facts if fact[2] is None]
            else:
                known = self.facts(message)
            for fact in known:
                line = trace.line(fact)
                if line is not None and fact in facts:
                    _, who, _, words = line.split(maxsplit=3)
                    told.append(words if told else f"{who}: {words}")
        return tuple(told)

    def _forget(self, message: int) -> None:
        del self._facts[message]
        self._accounts.pop(message, None)
        if message == self.followed:
            self.followed, self._followed_ended_us = None, None

    def _follow(self, message: int, at_us: int, kind: str, patience_us: int) -> None:
        """Pick a message that switches, and stay with it for a while after its end."""
        if kind == outputs.FINISHED:
            if message == self.followed:
                self._followed_ended_us = at_us
            return
        ended_us = self._followed_ended_us
        if self.followed is None or (ended_us is not None and at_us >= ended_us + patience_us):
            self.followed, self._followed_ended_us = message, None
