"""One message on its way down the levels of its plan.

    requested -> level 0: submitted -> answered -> (receipts) -> success: finished
                             |            |            |
                             |            +-- retry    +-- trigger: next provider, then next level
                             +-- nobody answered: given up, unknown

A cascade is a state machine with one door: `receive(event, now)` takes in one thing that happened
and gives back facts and commands. `wake_at` says when it wants to be woken next; it follows from
the state, and there is nothing to set or cancel.

The order of decisions when news comes in is fixed (S10): success, then a reason that stops the
message, then a retry, then the level's next provider, then the next level; where none is left, or
`next_on` does not list the trigger, the message is exhausted. At one instant a wake-up looks at the
deadline first, then at the level's timer, then at a planned retry.

What comes from outside never raises here. It is reacted to, or written down as ignored. Only a
driver that takes a receipt for an answer, or the other way round, is told so.
"""

from collections.abc import Callable
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.attempt import TRANSITIONS, Attempt
from sandbox.cascade.events import Reason, ReceiptReceived, Requested, SubmitAnswered
from sandbox.cascade.outputs import NOTHING, Detail, Output, Submit, words
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan
from sandbox.cascade.vocabulary import (
    STATUS_WORDS,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Outcome,
    ReasonClass,
    Retriable,
    Status,
    Trigger,
)
from sandbox.errors import MisuseError

NEVER: Final = 1 << 62
"""Later than any instant a run can reach."""

_ANSWER_KINDS: Final = {
    Status.ACCEPTED: outputs.ACCEPTED,
    Status.REFUSED: outputs.REFUSED,
    Status.THROTTLED: outputs.THROTTLED,
    Status.UNKNOWN: outputs.UNKNOWN,
}
_REFUSALS: Final = (Status.REFUSED, Status.THROTTLED)
BAD_RECEIPTS: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
_TRIGGERS: Final = {
    Status.REFUSED: Trigger.REFUSED,
    Status.THROTTLED: Trigger.THROTTLED,
    Status.UNKNOWN: Trigger.UNKNOWN,
    Status.FAILED: Trigger.FAILED,
    Status.REJECTED: Trigger.REJECTED,
    Status.EXPIRED: Trigger.EXPIRED,
}
_ORIGIN_STATUSES: Final = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}
_new: Final = tuple.__new__
"""What a named tuple's own constructor calls, without the detour through its keywords."""
_NOT_REQUESTED: Final = Requested(0, 0)
_NO_ATTEMPT: Final = Attempt(level=-1, number=-1, key=0, provider=0, give_up_at=0, seq=0)
"""Stands for the latest attempt while there is none; nothing that happens names it."""
_SUBMITTED: Final = Status.SUBMITTED
_ACCEPTED: Final = Status.ACCEPTED
_FINISHED: Final = {outcome: words(outcome=outcome.value) for outcome in Outcome}
_DELIVERED: Final = _FINISHED[Outcome.DELIVERED]
_WAIT_OVER: Final = {trigger: words(trigger=trigger.value) for trigger in Trigger}
_LEAVES_THE_CHANNEL: Final = (ReasonClass.PERMANENT_RECIPIENT, ReasonClass.CALLER_ERROR)
"""Reasons that another provider of the same channel would only repeat (S14)."""


class Cascade:
    """The running of one plan for one message."""

    __slots__ = (
        "_attempts",
        "_current",
        "_deadline_at",
        "_latest",
        "_level",
        "_number",
        "_request",
        "_requested_seq",
        "_retry_at",
        "_retry_seq",
        "_transitions",
        "_tries",
        "_unanswered",
        "_wait_at",
        "_wait_began_at",
        "_wait_seq",
        "armed_at",
        "message",
        "outcome",
        "plan",
        "wake_at",
        "wake_seq",
    )

    def __init__(self, message: int, plan: Plan, number: Callable[[], int]) -> None:
        """Make a cascade that has not been requested yet.

        Args:
            message: The message's number.
            plan: What to run.
            number: Gives the next line number of the log.
        """
        self.message = message
        self.plan = plan
        self.outcome: Outcome | None = None
        self.wake_at = NEVER
        self.wake_seq = 0
        """The log line that armed what `wake_at` waits for: first armed, first served."""
        self.armed_at = NEVER
        """Kept for the engine: the earliest entry of this cascade in its heap of wake-ups."""
        self._number = number
        self._transitions = TRANSITIONS[plan.conflict]
        self._attempts: list[Attempt] = []
        self._latest = _NO_ATTEMPT
        self._current: Attempt | None = None
        """The attempt whose bad news moves the cascade on; None while a retry is pending."""
        self._level = 0
        self._tries = 0
        """Submissions to the current provider of the current level."""
        self._unanswered = 0
        self._deadline_at = NEVER
        self._requested_seq = 0
        self._wait_at = NEVER
        self._wait_began_at = 0
        self._wait_seq = 0
        self._retry_at = NEVER
        self._retry_seq = 0
        self._request = _NOT_REQUESTED

    # The door in -----------------------------------------------------------------------------

    def request(self, event: Requested, now: int) -> list[Output]:
        """Start the message at level 0."""
        plan = self.plan
        self._request = event
        if plan.deadline_us is not None:
            self._deadline_at = now + plan.deadline_us
        detail = outputs.requested_detail(plan.name, event.country, event.ineligible)
        self._requested_seq = seq = self._number()
        out: list[Output] = [
            (seq, now, self.message, 0, None, outputs.REQUESTED, event.cause, detail)
        ]
        self._enter(0, now, seq, out)
        self._plan_wake_up()
        return out

    def answer(self, event: SubmitAnswered, now: int) -> list[Output]:
        """Take in a provider's immediate reply to a submission."""
        message, level, number, answer, reason, owed_nano, luck, cause, retry_after_us = event
        try:
            kind = _ANSWER_KINDS[answer]
        except KeyError:
            raise MisuseError(f"{answer.word} is no answer") from None
        attempt = self._latest
        if attempt.number != number or attempt.level != level or attempt.answered:
            found = self._find(level, number)
            if found is None or found.answered:
                return self._ignore_answer(found, event, now)
            attempt = found
        attempt.answered = True
        self._unanswered -= 1
        if answer is not _ACCEPTED and answer in _REFUSALS:
            detail = outputs.answer_detail(reason, owed_nano, luck, retry_after_us)
        else:
            detail = outputs.answer_detail(None, owed_nano, None) if owed_nano else NOTHING
        seq = self._number()
        out: list[Output] = [(seq, now, message, level, number, kind, cause, detail)]
        before = attempt.status
        after = self._transitions[before].get(answer)
        if after is not None:
            attempt.status = after
            if self.outcome is None:
                self._after_answer(attempt, event, now, seq, out)
        self._plan_wake_up()
        return out

    def receipt(self, event: ReceiptReceived, now: int) -> list[Output]:
        """Take in a later word from a provider."""
        message, level, number, status, reason, owed_nano, cause, segment, segments = event
        if status <= _SUBMITTED and status not in BAD_RECEIPTS:
            raise MisuseError(f"{status.word} is no receipt")
        attempt = self._latest
        if attempt.number != number or attempt.level != level:
            found = self._find(level, number)
            if found is None:
                return self._ignore_receipt(event, "no such attempt", now)
            attempt = found
        if segment and status is Status.DELIVERED:
            heard = attempt.delivered_segments
            attempt.delivered_segments = all_heard = heard | 1 << segment
            if all_heard == heard:
                return self._ignore_receipt(event, "duplicate", now)
            if all_heard.bit_count() < segments:
                return self._segment_receipt(attempt, event, now)
        before = attempt.status
        after = self._transitions[before].get(status)
        if after is None:
            why = "duplicate" if status is before else f"already {STATUS_WORDS[before]}"
            return self._ignore_receipt(event, why, now)
        attempt.status = after
        detail = outputs.receipt_detail(status, reason, owed_nano, "", segment, segments)
        seq = self._number()
        if self.outcome is not None:
            return [(seq, now, message, level, number, outputs.LATE_RECEIPT, cause, detail)]
        out: list[Output] = [(seq, now, message, level, number, outputs.RECEIPT, cause, detail)]
        if status >= _ACCEPTED:
            self._after_good_news(attempt, before, now, seq, out)
        elif attempt is self._current:
            self._after_bad_news(event, now, seq, out)
        self._plan_wake_up()
        return out

    def _segment_receipt(self, attempt: Attempt, event: ReceiptReceived, now: int) -> list[Output]:
        """Note that one segment has arrived and others have not: so the message was sent (S30)."""
        seq, kind = self._number(), outputs.SEGMENT_RECEIPT
        where = (self.message, attempt.level, attempt.number)
        out: list[Output] = [(seq, now, *where, kind, event.cause, _receipt_detail(event))]
        before = attempt.status
        if self._learn(attempt, Status.SENT) and self.outcome is None:
            self._after_good_news(attempt, before, now, seq, out)
        self._plan_wake_up()
        return out

    def wake(self, now: int) -> list[Output]:
        """Let the timers that are due by now act: deadline, then waits, then the retry."""
        out: list[Output] = []
        if self._deadline_at <= now and self.outcome is None:
            self._finish(Outcome.EXPIRED, self._level, None, now, self._requested_seq, out)
        for attempt in self._attempts:
            if not attempt.answered and attempt.give_up_at <= now:
                self._give_up(attempt, now, out)
        if self._wait_at <= now:
            self._wait_over(now, out)
        if self._retry_at <= now:
            self._retry_at = NEVER
            last = self._latest
            # What follows a resend may still be in the provider's hands: it stays the same message.
            key = None if last.key == last.number else last.key
            self._submit(last.provider, key, now, self._retry_seq, out)
        self._plan_wake_up()
        return out

    # What news leads to ----------------------------------------------------------------------

    def _after_answer(
        self, attempt: Attempt, event: SubmitAnswered, now: int, seq: int, out: list[Output]
    ) -> None:
        answer, reason = event.answer, event.reason
        if answer is _ACCEPTED:
            self._after_good_news(attempt, _SUBMITTED, now, seq, out)
        elif attempt is not self._current:
            return
        elif answer is Status.UNKNOWN:
            self._after_unknown(attempt, now, seq, out)
        elif self._stops(reason, now, seq, out) or self._retry(attempt, event, now, seq, out):
            return
        else:
            self._close(_TRIGGERS[answer], reason, now, seq, out)

    def _after_bad_news(
        self, event: ReceiptReceived, now: int, seq: int, out: list[Output]
    ) -> None:
        if self._stops(event.reason, now, seq, out):
            return
        on_expired = self.plan.levels[self._level].on_expired
        if event.status is Status.EXPIRED and on_expired is OnExpired.STOP:
            self._finish(Outcome.STOPPED, self._level, None, now, seq, out)
        else:
            self._close(_TRIGGERS[event.status], event.reason, now, seq, out)

    def _after_good_news(
        self, attempt: Attempt, before: Status, now: int, seq: int, out: list[Output]
    ) -> None:
        """Finish when the attempt has what its level asks for; else see to the level's timer."""
        level = self.plan.levels[attempt.level]
        if attempt.status >= level.success:
            if attempt.level == self._level or self.plan.late_success is LateSuccess.RECORD:
                self._end(Outcome.DELIVERED, attempt.level, attempt, _DELIVERED, now, seq, out)
        elif attempt is self._current:
            if before is _SUBMITTED and level.plain_wait_us is not None:
                self._wait_at = now + level.plain_wait_us
                self._wait_seq = seq
            elif before is not _ACCEPTED or not level.is_plain:
                self._see_to_timer(attempt, before, now, seq)

    def _see_to_timer(self, attempt: Attempt, before: Status, now: int, seq: int) -> None:
        """Start the wait at acceptance, and once more from its origin where that comes later (S12).

        No other status restarts it, nor does the first one after an unknown submit. A timer whose
        trigger could not move the cascade on is never armed (S10).
        """
        level = self.plan.levels[self._level]
        if level.wait_us is None:
            return
        origin = _ORIGIN_STATUSES.get(level.origin)
        if before is _SUBMITTED or (origin and before < origin <= attempt.status):
            sent_at = attempt.give_up_at - level.submit_timeout_us
            self._wait_began_at = sent_at if level.origin is Origin.SUBMIT else now
            self._wait_seq = seq
        armed = self._timer_trigger(attempt, level) in level.next_on
        self._wait_at = max(now, self._wait_began_at + level.wait_us) if armed else NEVER

    @staticmethod
    def _timer_trigger(attempt: Attempt, level: Level) -> Trigger:
        if level.success is Status.READ and attempt.status is Status.DELIVERED:
            return Trigger.NOT_READ
        return Trigger.NO_RECEIPT

    def _give_up(self, attempt: Attempt, now: int, out: list[Output]) -> None:
        """Stop listening for an answer: recorded as unknown, never as failed (S21)."""
        attempt.answered = True
        self._unanswered -= 1
        kind = outputs.UNKNOWN
        seq = self._say(out, now, kind, attempt.seq, attempt.level, attempt.number, NOTHING)
        learned = self._learn(attempt, Status.UNKNOWN)
        if learned and self.outcome is None and attempt is self._current:
            self._after_unknown(attempt, now, seq, out)

    def _after_unknown(self, attempt: Attempt, now: int, seq: int, out: list[Output]) -> None:
        level = self.plan.levels[self._level]
        may_try = self._tries <= level.retries.max and self._may_attempt()
        if level.on_unknown is OnUnknown.RESEND and may_try:
            self._submit(attempt.provider, attempt.key, now, seq, out)
        elif level.on_unknown is OnUnknown.NEXT:
            self._close(Trigger.UNKNOWN, None, now, seq, out)
        else:
            self._see_to_timer(attempt, Status.SUBMITTED, now, seq)
            if self._wait_at == NEVER and self._deadline_at == NEVER:
                # Success is `accepted`, and nobody will ever say so: nothing else ends it (S13).
                self._close(Trigger.UNKNOWN, None, now, seq, out)

    def _wait_over(self, now: int, out: list[Output]) -> None:
        attempt = self._latest
        trigger = self._timer_trigger(attempt, self.plan.levels[self._level])
        kind, detail = outputs.WAIT_OVER, _WAIT_OVER[trigger]
        seq = self._say(out, now, kind, self._wait_seq, self._level, attempt.number, detail)
        self._close(trigger, None, now, seq, out)

    # Moving on -------------------------------------------------------------------------------

    def _stops(self, reason: Reason | None, now: int, seq: int, out: list[Output]) -> bool:
        """End the message when the reason says not to chase the person elsewhere (S14)."""
        if reason is None or reason.reason_class is not ReasonClass.STOP:
            return False
        self._finish(Outcome.STOPPED, self._level, None, now, seq, out)
        return True

    def _retry(
        self, attempt: Attempt, event: SubmitAnswered, now: int, seq: int, out: list[Output]
    ) -> bool:
        """Plan another try at the same provider after a transient answer (S20)."""
        retries, reason = self.plan.levels[self._level].retries, event.reason
        is_throttled = event.answer is Status.THROTTLED
        kind_of_answer = Retriable.THROTTLED if is_throttled else Retriable.REFUSED_TEMPORARY
        is_transient = reason is None or reason.reason_class is ReasonClass.TRANSIENT
        if not is_transient or kind_of_answer not in retries.on:
            return False
        if self._tries > retries.max or not self._may_attempt():
            return False
        pause_us = retries.backoff.delay_us(self._tries, event.luck)
        self._retry_at = now + max(pause_us, event.retry_after_us)
        self._current = None
        self._wait_at = NEVER
        detail = Detail({"retry_at_us": self._retry_at})
        kind = outputs.RETRY_PLANNED
        self._retry_seq = self._say(out, now, kind, seq, attempt.level, attempt.number, detail)
        return True

    def _may_attempt(self) -> bool:
        return self._latest.number < ATTEMPTS_PER_LEVEL_MAX

    def _close(
        self, trigger: Trigger, reason: Reason | None, now: int, seq: int, out: list[Output]
    ) -> None:
        """Leave the current attempt for a stated trigger: next provider, next level, or the end."""
        level = self.plan.levels[self._level]
        attempt = self._latest
        self._wait_at = NEVER
        repeats = reason is not None and reason.reason_class in _LEAVES_THE_CHANNEL
        if not repeats and attempt.provider + 1 < len(level.providers) and self._may_attempt():
            self._tries = 0
            self._submit(attempt.provider + 1, None, now, seq, out)
        elif trigger not in level.next_on:
            self._exhaust("policy", trigger, now, seq, out)
        else:
            self._fall_back(trigger, now, seq, out)

    def _fall_back(self, trigger: Trigger, now: int, seq: int, out: list[Output]) -> None:
        entered = self._level + 1
        levels = self.plan.levels
        if entered == len(levels):
            self._exhaust("last_level", trigger, now, seq, out)
            return
        self._current = None
        left, right = levels[self._level].channel, levels[entered].channel
        detail = words(**{"from": left, "to": right, "trigger": trigger.value})
        if now >= self._deadline_at:
            self._finish(Outcome.EXPIRED, self._level, None, now, seq, out)
            return
        seq = self._say(out, now, outputs.FELL_BACK, seq, entered, None, detail)
        self._enter(entered, now, seq, out)

    def _enter(self, index: int, now: int, seq: int, out: list[Output]) -> None:
        self._level = index
        self._tries = 0
        level = self.plan.levels[index]
        why = self._why_ineligible(level)
        if why:
            kind = outputs.SKIPPED
            seq = self._say(out, now, kind, seq, index, None, words(reason=why))
            self._fall_back(Trigger.INELIGIBLE, now, seq, out)
        else:
            self._submit(0, None, now, seq, out)

    def _why_ineligible(self, level: Level) -> str:
        country = self._request.country
        if level.countries is not None and country not in level.countries:
            return f"country {country}" if country else "country not known"
        for channel, why in self._request.ineligible:
            if channel == level.channel:
                return why
        return ""

    def _submit(
        self, provider: int, key: int | None, now: int, seq: int, out: list[Output]
    ) -> None:
        if now >= self._deadline_at:
            self._finish(Outcome.EXPIRED, self._level, None, now, seq, out)
            return
        index = self._level
        level = self.plan.levels[index]
        last = self._latest
        number = last.number + 1 if last.level == index else 1
        name = level.providers[provider]
        detail = outputs.submitted_detail(level.channel, name, key)
        cause, seq = seq, self._number()
        kind = outputs.SUBMITTED
        out.append((seq, now, self.message, index, number, kind, cause, detail))
        timeout_us = level.submit_timeout_us
        own_key = number if key is None else key
        attempt = Attempt(index, number, own_key, provider, now + timeout_us, seq)
        self._attempts.append(attempt)
        self._latest = self._current = attempt
        self._tries += 1
        self._unanswered += 1
        self._wait_at = NEVER
        validity_us = level.validity_us
        told = (self.message, index, number, own_key, name, validity_us, timeout_us, seq)
        out.append(_new(Submit, told))

    def _exhaust(
        self, ended_by: str, trigger: Trigger, now: int, seq: int, out: list[Output]
    ) -> None:
        self._end(
            Outcome.EXHAUSTED,
            self._level,
            None,
            words(outcome="exhausted", ended_by=ended_by, trigger=trigger.value),
            now,
            seq,
            out,
        )

    def _finish(
        self,
        outcome: Outcome,
        level: int,
        attempt: Attempt | None,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        self._end(outcome, level, attempt, _FINISHED[outcome], now, seq, out)

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
        self.outcome = outcome
        self._current = None
        self._wait_at = self._retry_at = self._deadline_at = NEVER
        number = None if attempt is None else attempt.number
        line = self._number()
        out.append((line, now, self.message, level, number, outputs.FINISHED, seq, detail))

    # Small change ----------------------------------------------------------------------------

    def _ignore_answer(
        self, attempt: Attempt | None, event: SubmitAnswered, now: int
    ) -> list[Output]:
        """Write down an answer nobody waits for; like all that is ignored, it changes nothing."""
        why = "no such attempt" if attempt is None else "no answer was awaited"
        detail = outputs.receipt_detail(event.answer, event.reason, event.owed_nano, why)
        out: list[Output] = []
        kind = outputs.IGNORED
        self._say(out, now, kind, event.cause, event.level, event.attempt, detail)
        return out

    def _ignore_receipt(self, event: ReceiptReceived, why: str, now: int) -> list[Output]:
        out: list[Output] = []
        kind, detail = outputs.IGNORED, _receipt_detail(event, why)
        self._say(out, now, kind, event.cause, event.level, event.attempt, detail)
        return out

    def _find(self, level: int, number: int) -> Attempt | None:
        for attempt in reversed(self._attempts):
            if attempt.number == number and attempt.level == level:
                return attempt
        return None

    def _learn(self, attempt: Attempt, heard: Status) -> bool:
        """Merge news into the attempt; False when the table has no cell for it."""
        status = self._transitions[attempt.status].get(heard)
        if status is None:
            return False
        attempt.status = status
        return True

    def _say(
        self,
        out: list[Output],
        now: int,
        kind: str,
        cause: int,
        level: int | None,
        number: int | None,
        detail: Detail,
    ) -> int:
        seq = self._number()
        out.append((seq, now, self.message, level, number, kind, cause, detail))
        return seq

    def _plan_wake_up(self) -> None:
        """Derive the next wake-up from the state; an earlier line breaks a tie."""
        at, seq = self._deadline_at, self._requested_seq
        if self._wait_at < at:
            at, seq = self._wait_at, self._wait_seq
        elif self._retry_at < at:  # never beside a wait: a retry stops it
            at, seq = self._retry_at, self._retry_seq
        if self._unanswered:
            for attempt in self._attempts:
                if not attempt.answered and attempt.give_up_at < at:
                    at, seq = attempt.give_up_at, attempt.seq
        self.wake_at = at
        self.wake_seq = seq

    def provider_of(self, level: int, number: int) -> str:
        """The provider an attempt went to; "" when there is no such attempt."""
        attempt = self._find(level, number)
        return "" if attempt is None else self.plan.levels[level].providers[attempt.provider]

    @property
    def settled(self) -> bool:
        """The outcome is there and no timer runs; only late news can still come."""
        return self.outcome is not None and self.wake_at == NEVER


def _receipt_detail(event: ReceiptReceived, why: str = "") -> Detail:
    reason, owed_nano = event.reason, event.owed_nano
    return outputs.receipt_detail(
        event.status, reason, owed_nano, why, event.segment, event.segments
    )
