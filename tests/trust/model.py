"""The reference model: one message, worked out from the semantics alone, with none of the engine.

It has no log, no heap, no numbers and no plan of what to do next: it knows what was heard of each
attempt, and a few timers by name. What it is told is what the engine is told; what it must agree
with is where the message is, what was submitted when, when the next timer is due, and the end.

Left out: breakers, codes, quiet hours, memory, segments, levels side by side, and contradictions
under another policy than `best`.
"""

from typing import Final

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import (
    Act,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    ReasonClass,
    Retriable,
    Status,
    Trigger,
)

Place = tuple[int, int]
"""Level and attempt."""

_TRIGGERS: Final = {
    Status.REFUSED: Trigger.REFUSED,
    Status.THROTTLED: Trigger.THROTTLED,
    Status.FAILED: Trigger.FAILED,
    Status.REJECTED: Trigger.REJECTED,
    Status.EXPIRED: Trigger.EXPIRED,
}
_ORIGINS: Final = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}
_KINDS: Final = {Status.REFUSED: Retriable.REFUSED_TEMPORARY, Status.THROTTLED: Retriable.THROTTLED}
_ONLY_HERE: Final = (ReasonClass.PERMANENT_RECIPIENT, ReasonClass.CALLER_ERROR)
_DEADLINE: Final = "0 deadline"
_GIVE_UP: Final = "1 give up"
_WAIT: Final = "2 wait"
_RETRY: Final = "3 retry"
Timer = tuple[str, Place]


class Model:
    """One message on its way."""

    def __init__(self, plan: Plan, now: int, barred: frozenset[str] = frozenset()) -> None:
        """Request a message; `barred` are channels known not to work for its recipient."""
        self.plan, self.barred = plan, barred
        self.path: list[tuple[int, int, int, int, str]] = []
        """Every submission: instant, level, attempt, key, provider."""
        self.known: dict[Place, Status] = {}
        self.outcome, self.credit, self.ended_at = "", (-1, 0), -1
        self.timers: dict[Timer, int] = {}
        if plan.deadline_us is not None:
            self.timers[_DEADLINE, (0, 0)] = now + plan.deadline_us
        self.level, self.number, self.key, self.provider, self.tries = -1, 0, 0, 0, 0
        self.current: Place | None = None
        self.began = 0
        self._next_level(now)

    # What happens ----------------------------------------------------------------------------

    @property
    def due(self) -> int | None:
        """When the next timer is due."""
        return min(self.timers.values(), default=None)

    def wake(self, now: int) -> None:
        """Let everything that is due act: the deadline, answers, the wait, the retry."""
        for timer in sorted(self.timers):
            if self.timers.get(timer, now + 1) <= now:
                del self.timers[timer]
                what, place = timer
                if what == _DEADLINE:
                    self._end("expired", now)
                elif what == _GIVE_UP:
                    self._learn(place, Status.UNKNOWN, None, 0, now)
                elif what == _WAIT:
                    self._leave(self._meaning_of_wait(place), None, now)
                else:  # what follows a resend stays the same message to the provider
                    self._submit(self.provider, now, 0 if self.key == self.number else self.key)

    def answer(
        self, place: Place, answer: Status, why: ReasonClass | None, stay_away: int, now: int
    ) -> None:
        """A provider answers; only the first word about a submission counts."""
        if self.timers.pop((_GIVE_UP, place), None) is not None:
            self._learn(place, answer, why, stay_away, now)

    def receipt(self, place: Place, status: Status, why: ReasonClass | None, now: int) -> None:
        """A receipt comes, about a submission that there was."""
        if place in self.known:
            self._learn(place, status, why, -1, now)

    def act(self, act: Act, now: int) -> None:
        """Somebody does something."""
        if self.outcome:
            return
        if act is Act.CANCEL:
            self._end("cancelled", now)
        elif act is Act.NEXT:
            self._stop_waiting(_WAIT, _RETRY)
            self._next_level(now)
        elif act is Act.RESEND and self.number < 10:
            self._stop_waiting(_RETRY)
            self._submit(self.provider, now)

    # What follows ----------------------------------------------------------------------------

    def _learn(
        self, place: Place, heard: Status, why: ReasonClass | None, stay_away: int, now: int
    ) -> None:
        before = self.known[place]
        if not _is_news(before, heard, is_receipt=stay_away < 0):
            return
        self.known[place] = heard
        if self.outcome:
            return
        if heard > Status.SUBMITTED:
            self._good_news(place, before, now)
        elif place != self.current:
            return
        elif heard is Status.UNKNOWN:
            self._unknown(place, before, now)
        elif why is ReasonClass.STOP or (
            heard is Status.EXPIRED and self._here.on_expired is OnExpired.STOP
        ):
            self._end("stopped", now)
        elif stay_away >= 0 and self._may_retry(heard, why):
            pause = self._here.retries.backoff.delay_us(self.tries, 1 << 31)
            self._stop_waiting(_WAIT)
            self.timers[_RETRY, place] = now + max(pause, stay_away)
            self.current = None
        else:
            self._leave(_TRIGGERS[heard], why, now)

    def _good_news(self, place: Place, before: Status, now: int) -> None:
        is_late = place[0] != self.level
        if self.known[place] >= self.plan.levels[place[0]].success:
            if not is_late or self.plan.late_success is not LateSuccess.IGNORE:
                self.credit = place
                self._end("delivered", now)
        elif place == self.current:
            self._see_to_wait(place, before, now)

    def _unknown(self, place: Place, before: Status, now: int) -> None:
        here = self._here
        if here.on_unknown is OnUnknown.RESEND and self._has_tries():
            self._submit(self.provider, now, self.key)
        elif here.on_unknown is OnUnknown.NEXT:
            self._leave(Trigger.UNKNOWN, None, now)
        else:
            self._see_to_wait(place, before, now)

    def _see_to_wait(self, place: Place, before: Status, now: int) -> None:
        here, origin = self._here, _ORIGINS.get(self._here.origin, Status.READ)
        if before is Status.SUBMITTED or before < origin <= self.known[place]:
            sent_at = next(at for at, *where, _, _ in self.path if tuple(where) == place)
            self.began = sent_at if here.origin is Origin.SUBMIT else now
        self._stop_waiting(_WAIT)
        if here.wait_us is not None and self._meaning_of_wait(place) in here.next_on:
            self.timers[_WAIT, place] = max(now, self.began + here.wait_us)

    def _meaning_of_wait(self, place: Place) -> Trigger:
        is_delivered = self.known[place] is Status.DELIVERED
        return (
            Trigger.NOT_READ
            if is_delivered and self._here.success is Status.READ
            else Trigger.NO_RECEIPT
        )

    def _may_retry(self, heard: Status, why: ReasonClass | None) -> bool:
        passes = why in (None, ReasonClass.TRANSIENT) and _KINDS[heard] in self._here.retries.on
        return passes and self._has_tries()

    def _has_tries(self) -> bool:
        return self.tries <= self._here.retries.max and self.number < 10

    def _leave(self, trigger: Trigger, why: ReasonClass | None, now: int) -> None:
        self._stop_waiting(_WAIT)
        has_more = self.provider + 1 < len(self._here.providers) and self.number < 10
        if has_more and why not in _ONLY_HERE:
            self.tries = 0
            self._submit(self.provider + 1, now)
        elif trigger in self._here.next_on:
            self._next_level(now)
        else:
            self._end("exhausted", now)

    def _next_level(self, now: int) -> None:
        self.current = None
        self.level, self.number, self.tries = self.level + 1, 0, 0
        if self.level == len(self.plan.levels):
            self._end("exhausted", now)
        elif now >= self._deadline:
            self._end("expired", now)
        elif self._here.channel in self.barred:
            self._next_level(now)
        else:
            self._submit(0, now)

    def _submit(self, provider: int, now: int, key: int = 0) -> None:
        if now >= self._deadline:
            self._end("expired", now)
            return
        self.provider, self.number, self.tries = provider, self.number + 1, self.tries + 1
        self.key = key or self.number
        self.current = place = (self.level, self.number)
        self._stop_waiting(_WAIT)
        self.known[place] = Status.SUBMITTED
        self.path.append((now, *place, self.key, self._here.providers[provider]))
        self.timers[_GIVE_UP, place] = now + self._here.submit_timeout_us

    def _end(self, outcome: str, now: int) -> None:
        self.outcome, self.ended_at, self.current = outcome, now, None
        self._stop_waiting(_DEADLINE, _WAIT, _RETRY)

    def _stop_waiting(self, *what: str) -> None:
        self.timers = {timer: at for timer, at in self.timers.items() if timer[0] not in what}

    @property
    def _here(self) -> Level:
        return self.plan.levels[self.level]

    @property
    def _deadline(self) -> int:
        return self.timers.get((_DEADLINE, (0, 0)), 1 << 62)


def _is_news(known: Status, heard: Status, *, is_receipt: bool) -> bool:
    """Whether an attempt learns anything (S4, S6): up the ladder, to a final, best news wins."""
    if not is_receipt and heard is not Status.ACCEPTED:
        return known is Status.SUBMITTED
    if known is Status.UNKNOWN or known >= Status.SUBMITTED:
        return heard > max(known, Status.SUBMITTED) or (
            heard < Status.SUBMITTED and known < Status.DELIVERED
        )
    return heard >= Status.DELIVERED
