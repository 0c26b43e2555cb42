"""What must follow where levels begin together: the rules of fronts, for the watch over the laws.

A *front* is a level and those after it that are marked as parallel (S25). Each of its levels is
bound by the rules that bind any level; so a `Front` is an `Open` message that looks at one level of
its front at a time, and keeps what the rules know of the others until a line is about them. Beside
that there are three rules: they begin at one instant, in order; a level that closes while another
is open, or yet to begin, closes and moves nothing; the last one to close moves the message on.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.cascade import outputs
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Trigger
from sandbox.report.message_rules import FAR, Open

_OF_ONE_LEVEL: Final = (
    "here", "attempt", "current", "provider", "tries", "offered", "passing", "key",
    "submitted_seq", "give_up_at", "wait_from", "wait_due", "wait_seq",
    "retry_at", "retry_seq", "is_held", "is_verifying",
)  # fmt: skip
"""What an `Open` knows that is about its level alone, and not about the message."""

_NONE: Final = range(0)


def front_of(plan: Plan, level: int) -> range:
    """The levels that begin together with this one, it and those before it included."""
    first = level
    while plan.levels[first].parallel:
        first -= 1
    last = level
    while last + 1 < len(plan.levels) and plan.levels[last + 1].parallel:
        last += 1
    return range(first, last + 1)


class Front(Open):
    """One message of a plan with fronts that is not over."""

    beside: Mapping[int, Mapping[str, Any]] = {}  # replaced, never changed
    """The other open levels of the front: level -> the attributes that are about it alone."""
    to_begin = _NONE
    """Levels of the front that must begin at this very instant."""
    hurried: tuple[int, int] | None = None
    """Somebody wants the next level now: the instant and the line, until all levels have closed."""
    begun_at = 0
    begun_seq = 0
    """The line that began the front."""

    def enter(self, level: int, at: int, seq: int) -> None:
        """A front is entered: by its first level, and then by the others of it."""
        self.begun_at, self.begun_seq = at, seq
        self.to_begin = range(level + 1, front_of(self.rules.plan, level).stop)
        self.beside = {}
        self.hurried = None
        self._begin(level, at, seq)

    def joined(self, level: int, at: int, seq: int) -> None:
        """A further level of the front begins."""
        self.to_begin = range(level + 1, max(self.to_begin.stop, level + 1))
        if self._is_open_here:
            self._put_aside()
        self._begin(level, at, seq)

    def _begin(self, level: int, at: int, seq: int) -> None:
        self._forget()
        super().enter(level, at, seq)

    def closed(self, level: int) -> None:
        """A level closes, and others of its front go on; or all of them close by hand."""
        if self.hurried is not None:
            self.beside = {n: known for n, known in self.beside.items() if n != level}
            self.hurry(*self.hurried)
            return
        self.turn_to(level)
        self._forget()
        if self.beside:
            self.turn_to(min(self.beside))
        self._expect_joining()
        self.plan_due()

    # Looking at one level --------------------------------------------------------------------

    @property
    def _is_open_here(self) -> bool:
        return self.current != 0 or self.is_verifying or self.retry_at < FAR

    @property
    def open_levels(self) -> tuple[int, ...]:
        """All that are open; the one looked at comes first."""
        return (self.level, *self.beside) if self._is_open_here else tuple(self.beside)

    @property
    def first_open(self) -> int:
        """The first level that is open; the one looked at, where none is."""
        return min((self.level, *self.beside))

    def turn_to(self, level: int) -> None:
        """Look at an open level; at a closed one there is nothing to look at."""
        if level not in self.beside:
            return
        rest = dict(self.beside)
        known = rest.pop(level)
        self.beside = rest
        if self._is_open_here:
            self._put_aside()
        self._forget()
        self.level = level
        for name, value in known.items():
            setattr(self, name, value)

    def _put_aside(self) -> None:
        known = {name: getattr(self, name) for name in _OF_ONE_LEVEL}
        self.beside = {**self.beside, self.level: known}

    def _forget(self) -> None:
        """The level looked at is done with; answers that are out are still waited for."""
        if self.awaited:
            waits = {self.awaited: (self.give_up_at, self.submitted_seq)}
            self.also_awaited = {**self.also_awaited, **waits}
        self.awaited = self.current = 0
        self.wait_due = self.retry_at = FAR
        self.is_held = self.is_verifying = False

    # What an open message does, with others beside -------------------------------------------

    def plan_due(self) -> None:
        """Work out by when something must have happened at the latest, at any open level."""
        super().plan_due()
        for known in self.beside.values():
            self.due = min(self.due, known["wait_due"], known["retry_at"])

    def submit(
        self, row: int, at: int, seq: int, attempt: int, provider: object, key: object
    ) -> None:
        """An attempt begins; with a front's first ones, the next level must join."""
        super().submit(row, at, seq, attempt, provider, key)
        self.plan_due()
        self._expect_joining()

    def hold(self, until: int, seq: int) -> None:
        """Nothing goes out at this level before then; the others of the front begin."""
        super().hold(until, seq)
        self._expect_joining()

    def see_to_wait(self, before: int, known: int, at: int, seq: int) -> None:
        """From when the level's timer runs; those of the others run on."""
        super().see_to_wait(before, known, at, seq)
        self.plan_due()

    def hurry(self, at: int, seq: int) -> None:
        """Somebody wants the next level now: all levels of the front close (S35)."""
        if self.beside:
            self.hurried = at, seq
            first = min(self.beside)
            self.expected = (outputs.CLOSED, first, None, Trigger.MANUAL, at, seq)
            return
        self.hurried = None
        super().hurry(at, seq)

    def end(self) -> None:
        """The outcome is there: no timer of any level runs any more."""
        self.beside = {}
        self.to_begin = _NONE
        super().end()

    # What must follow ------------------------------------------------------------------------

    def _expect_joining(self) -> None:
        if self.to_begin:
            begins = self.to_begin.start
            self.expected = (outputs.JOINED, begins, None, "", self.begun_at, self.begun_seq)

    def _closes_alone(self, trigger: str, at: int, seq: int) -> bool:
        if not self.beside and not self.to_begin:
            return False
        self.expected = (outputs.CLOSED, self.level, None, trigger, at, seq)
        return True

    def _expect_leaving(self, trigger: str, at: int, seq: int) -> None:
        if not self._closes_alone(trigger, at, seq):
            super()._expect_leaving(trigger, at, seq)

    def expect_next_level(self, trigger: str, at: int, seq: int) -> None:
        """The level closes; where it is the last of its front, the next front is entered."""
        if not self._closes_alone(trigger, at, seq):
            super().expect_next_level(trigger, at, seq)

    def _next_level(self) -> int:
        return front_of(self.rules.plan, self.level).stop
