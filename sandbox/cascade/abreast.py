"""Levels side by side: a cascade whose plan marks some of its levels as `parallel` (S25).

A level marked so begins together with the one before it. Levels that begin together are a *front*:

    sms ----------+                              sms and whatsapp begin at one instant; whichever
    whatsapp -----+--> viber                     succeeds first ends the message; viber's turn comes
    (parallel)                                   when both have closed

A cascade attends to one level at a time, and so does this one: it lays aside where the other open
levels of the front stand, and turns to the level that news is about before it listens. All that is
decided about a level is decided by the same lines as ever.

A level that closes while another of its front is open closes, and that is all. The last one to
close decides what its trigger leads to: the level after the front, or the end. Acts are about the
whole front: "next level now" closes all of it, a resend goes to that of its open levels which was
submitted to last.
"""

from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.attempt import NO_ATTEMPT, Attempt
from sandbox.cascade.cascade import Cascade
from sandbox.cascade.events import (
    Acted,
    RecallAnswered,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
)
from sandbox.cascade.outputs import NOTHING, Detail, Output, words
from sandbox.cascade.vocabulary import NEVER, Outcome, Trigger

_CLOSED: Final = {trigger: words(trigger=trigger.value) for trigger in Trigger}
_NONE: Final = range(0)


class _Aside(NamedTuple):
    """Where an open level stands that is not attended to."""

    current: Attempt | None
    latest: Attempt
    tries: int
    wait_at: int
    wait_began_at: int
    wait_seq: int
    retry_at: int
    retry_seq: int
    is_held: bool
    has_success: bool


_UNTOUCHED: Final = _Aside(None, NO_ATTEMPT, 0, NEVER, 0, 0, NEVER, 0, False, False)  # noqa: FBT003 - a row of blanks


class Abreast(Cascade):
    """The running of a plan with fronts for one message."""

    __slots__ = ("_aside", "_joining")

    # The door in -----------------------------------------------------------------------------

    def request(self, event: Requested, now: int) -> list[Output]:
        """Start the message with its first front."""
        self._aside: dict[int, _Aside] = {}
        self._joining = _NONE
        """Levels of the front that are yet to begin, at this very instant."""
        return _commands_last(super().request(event, now))

    def answer(self, event: SubmitAnswered, now: int) -> list[Output]:
        """Take in a provider's immediate reply to a submission."""
        self._turn_to(event.level)
        return _commands_last(super().answer(event, now))

    def receipt(self, event: ReceiptReceived, now: int) -> list[Output]:
        """Take in a later word from a provider."""
        self._turn_to(event.level)
        return _commands_last(super().receipt(event, now))

    def attend(self, event: Acted | RecallAnswered, now: int) -> list[Output]:
        """Take in what somebody did, or what came of calling an attempt back."""
        open_levels = {*self._aside, self._level} if self._is_open_here else {*self._aside}
        latest = (a.level for a in reversed(self._attempts) if a.level in open_levels)
        self._turn_to(next(latest, max(open_levels, default=self._level)))
        return _commands_last(super().attend(event, now))

    def wake(self, now: int) -> list[Output]:
        """Let the timers that are due by now act: the deadline, then level by level."""
        self._turn_to(min((self._level, *self._aside)))
        out = super().wake(now)
        while (level := self._due_aside(now)) is not None:
            self._turn_to(level)
            out += super().wake(now)
        return _commands_last(out)

    def _due_aside(self, now: int) -> int | None:
        due = (n for n in sorted(self._aside) if _due(self._aside[n])[0] <= now)
        return next(due, None)

    # Turning ---------------------------------------------------------------------------------

    @property
    def _is_open_here(self) -> bool:
        """The level attended to has an attempt to hear of, one to make, or a code to wait for."""
        return self._current is not None or self._retry_at < NEVER or self._has_success

    def _turn_to(self, level: int) -> None:
        """Attend to a level, if it is open; news about a closed one is heard from any."""
        stands = self._aside.pop(level, None)
        if stands is not None:
            if self._is_open_here:
                self._lay_aside()
            self._take_up(level, stands)

    def _lay_aside(self) -> None:
        self._aside[self._level] = _Aside(
            self._current,
            self._latest,
            self._tries,
            self._wait_at,
            self._wait_began_at,
            self._wait_seq,
            self._retry_at,
            self._retry_seq,
            self._is_held,
            self._has_success,
        )

    def _take_up(self, level: int, stands: _Aside) -> None:
        self._level = level
        self._current, self._latest, self._tries = stands[:3]
        self._wait_at, self._wait_began_at, self._wait_seq = stands[3:6]
        self._retry_at, self._retry_seq, self._is_held, self._has_success = stands[6:]

    def _give_up(self, attempt: Attempt, now: int, out: list[Output]) -> None:
        """Stop listening for an answer, at the attempt's own level."""
        self._turn_to(attempt.level)
        super()._give_up(attempt, now, out)

    def _plan_wake_up(self) -> None:
        """Derive the next wake-up from all levels that are open."""
        super()._plan_wake_up()
        for level in sorted(self._aside):
            at, seq = _due(self._aside[level])
            if at < self.wake_at:
                self.wake_at, self.wake_seq = at, seq

    # Moving on -------------------------------------------------------------------------------

    def _enter(self, index: int, now: int, seq: int, out: list[Output]) -> None:
        """Enter a front: its first level, and with it those that are marked as parallel."""
        joining = range(index + 1, self.plan.front_end(index))
        self._joining = joining
        super()._enter(index, now, seq, out)
        for level in joining:
            if self.outcome is not None:
                return
            if self._is_open_here:
                self._lay_aside()
            self._joining = range(level + 1, joining.stop)
            self._take_up(level, _UNTOUCHED)
            joined = self._say(out, now, outputs.JOINED, seq, level, None, NOTHING)
            super()._enter(level, now, joined, out)

    def _next_level(self) -> int:
        return self.plan.front_end(self._level)

    def _fall_back(self, trigger: Trigger, now: int, seq: int, out: list[Output]) -> None:
        """Leave the level: for the next front, if this was the last one open."""
        if trigger is Trigger.MANUAL:
            for level in sorted(self._aside):
                self._say(out, now, outputs.CLOSED, seq, level, None, _CLOSED[trigger])
            self._aside.clear()
        if not self._closes_alone(trigger, now, seq, out):
            super()._fall_back(trigger, now, seq, out)

    def _exhaust(
        self, ended_by: str, trigger: Trigger, now: int, seq: int, out: list[Output]
    ) -> None:
        """End the message, if no other level of the front is open."""
        if not self._closes_alone(trigger, now, seq, out):
            super()._exhaust(ended_by, trigger, now, seq, out)

    def _closes_alone(self, trigger: Trigger, now: int, seq: int, out: list[Output]) -> bool:
        """Close the level and turn to another of its front; False where there is none."""
        if not self._aside and not self._joining:
            return False
        self._say(out, now, outputs.CLOSED, seq, self._level, None, _CLOSED[trigger])
        self._take_up(self._level, _UNTOUCHED)
        if self._aside:
            self._turn_to(min(self._aside))
        return True

    def _end(
        self,
        outcome: Outcome,
        level: int,
        attempt: Attempt | None,
        detail: Detail,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        """End the message; nothing is waited for at any level."""
        self._aside.clear()
        super()._end(outcome, level, attempt, detail, now, seq, out)


def _due(stands: _Aside) -> tuple[int, int]:
    """When a level wants to be looked at, and the line that armed it."""
    if stands.wait_at < NEVER:
        return stands.wait_at, stands.wait_seq
    return stands.retry_at, stands.retry_seq


def _commands_last(out: list[Output]) -> list[Output]:
    """The facts in order, and after them the commands: a front has one for each of its levels."""
    return sorted(out, key=lambda output: type(output) is not tuple)
