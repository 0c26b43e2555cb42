"""What people do about a message under way: enter its code, cancel it, hurry it, ask once more.

An act is news like any other, but it is about the message and not about an attempt: it changes no
attempt's status and charges nothing. After the outcome it is written down and changes nothing.

Where a code is awaited (S33), a level's success does not end the message. It stops the level's
timer and starts another, for the person who reads and types; the level stays open until the right
code comes, or the time for it is over.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.attempt import Attempt
from sandbox.cascade.events import Acted, RecallAnswered
from sandbox.cascade.moving import Moving
from sandbox.cascade.outputs import Detail, Output, Recall, words
from sandbox.cascade.vocabulary import NEVER, Act, LateSuccess, Outcome, Status, Trigger

_VERIFIED: Final = Detail({"outcome": Outcome.DELIVERED.value, "verified": True})
_IN_FLIGHT: Final = (Status.SUBMITTED, Status.UNKNOWN, Status.ACCEPTED, Status.SENT)


class Acting(Moving):
    """A cascade that people act on."""

    __slots__ = ()

    def attend(self, event: Acted | RecallAnswered, now: int) -> list[Output]:
        """Take in what somebody did, or what came of calling an attempt back."""
        return self._act(event, now) if isinstance(event, Acted) else self._recalled(event, now)

    def _act(self, event: Acted, now: int) -> list[Output]:
        why = self._why_in_vain(event, now)
        seq, kind = self._number(), outputs.ACT
        detail = outputs.act_detail(event.act.value, event.level, why)
        out: list[Output] = [(seq, now, self.message, None, None, kind, event.cause, detail)]
        if why:
            return out
        match event.act:
            case Act.VERIFIED:
                credited = self._verified_attempt(event.level)
                level, number = credited.level, credited
                self._end(Outcome.DELIVERED, level, number, _VERIFIED, now, seq, out)
                self._recall_others(credited, out)
            case Act.CANCEL:
                self._finish(Outcome.CANCELLED, self._level, None, now, seq, out)
                self._recall_others(None, out)
            case Act.NEXT:
                self._wait_at = self._retry_at = NEVER
                self._is_held = False
                self._fall_back(Trigger.MANUAL, now, seq, out)
            case Act.RESEND:
                self._retry_at = NEVER
                passed = self._offer(self._latest.provider, None, now, seq, out)
                if passed:
                    self._fall_back(Trigger.CIRCUIT_OPEN, now, passed, out)
        self._plan_wake_up()
        return out

    def _recalled(self, event: RecallAnswered, now: int) -> list[Output]:
        seq, detail = self._number(), words(result=event.result.value)
        where = (self.message, event.level, event.attempt)
        return [(seq, now, *where, outputs.RECALLED, event.cause, detail)]

    def _why_in_vain(self, event: Acted, now: int) -> str:
        """Why nothing follows from an act; "" where something does."""
        plan = self.plan
        if self.outcome is not None:
            return f"already {self.outcome.value}"
        if event.act is Act.VERIFIED:
            if not plan.stops_on_verified:
                return "no code is awaited"
            issued_at = self._code_issued_at(event.level)
            if issued_at is None:
                return "no such code"
            if plan.code_lifetime_us is not None and now > issued_at + plan.code_lifetime_us:
                return "the code has expired"
        if event.act is Act.RESEND:
            if self._is_held:
                return "held for quiet hours"
            if not self._may_attempt():
                return "no attempt is left at this level"
        return ""

    def _code_issued_at(self, level: int) -> int | None:
        """When a code was made: with the message, or with its level's first submission.

        Returns:
            None where nobody can have such a code: nothing was submitted that held it.
        """
        if not self.plan.has_code_per_level:
            return self._requested_at if self._attempts else None
        first = next((a for a in self._attempts if a.level == level), None)
        if first is None:
            return None
        return first.give_up_at - self.plan.levels[level].submit_timeout_us

    def _verified_attempt(self, level: int) -> Attempt:
        """Which attempt a code is credited to (S33).

        A code of its own names its level. One code for all is credited to the latest level that is
        known to have delivered it, else to the latest submission.
        """
        candidates = [
            attempt
            for attempt in reversed(self._attempts)
            if level < 0 or not self.plan.has_code_per_level or attempt.level == level
        ]
        arrived = (a for a in candidates if a.status >= Status.DELIVERED)
        return next(arrived, candidates[0] if candidates else self._latest)

    def _await_code(self, attempt: Attempt, before: Status, now: int, seq: int) -> None:
        """A level has its success: from here on its code is waited for, and nothing else (S33).

        Nothing is tried again, and bad news of another attempt at the level changes nothing. A copy
        sent once more, because somebody asked for it, starts the time anew when it succeeds.
        """
        level = self.plan.levels[attempt.level]
        if before >= level.success or attempt.level != self._level:
            return
        self._has_success = True
        self._retry_at = NEVER
        within_us = level.wait_us if level.verify_within_us is None else level.verify_within_us
        is_armed = within_us is not None and Trigger.NOT_VERIFIED in level.next_on
        self._wait_at = now + within_us if within_us is not None and is_armed else NEVER
        self._wait_seq = seq

    def _recall_others(self, credited: Attempt | None, out: list[Output]) -> None:
        """Call back what is still under way, where the plan says so (S23, S24)."""
        if self.plan.late_success is not LateSuccess.CANCEL_NEXT:
            return
        cause = next(fact[0] for fact in reversed(out) if type(fact) is tuple)
        # Sent again under one key it is one message to the provider: nobody calls back what has
        # just brought the success, nor the same thing twice.
        known = set() if credited is None else {(credited.level, credited.key)}
        for attempt in self._attempts:
            its = (attempt.level, attempt.key)
            if attempt.status in _IN_FLIGHT and its not in known:
                known.add(its)
                provider = self.plan.levels[attempt.level].providers[attempt.provider]
                where = (self.message, attempt.level, attempt.number)
                out.append(Recall(*where, provider, cause))
