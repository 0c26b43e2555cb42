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

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.acting import Acting
from sandbox.cascade.attempt import Attempt
from sandbox.cascade.events import Reason, ReceiptReceived, Requested, SubmitAnswered
from sandbox.cascade.outputs import NOTHING, Detail, Output, words
from sandbox.cascade.plan import Level
from sandbox.cascade.record import receipt_detail
from sandbox.cascade.vocabulary import (
    NEVER,
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
_SUBMITTED: Final = Status.SUBMITTED
_ACCEPTED: Final = Status.ACCEPTED
_SENT: Final = Status.SENT
_DELIVERED: Final = words(outcome=Outcome.DELIVERED.value)
_WAIT_OVER: Final = {trigger: words(trigger=trigger.value) for trigger in Trigger}


class Cascade(Acting):
    """The running of one plan for one message."""

    __slots__ = ()

    # The door in -----------------------------------------------------------------------------

    def request(self, event: Requested, now: int) -> list[Output]:
        """Start the message at level 0."""
        plan = self.plan
        self._request = event
        self._requested_at = now
        if plan.deadline_us is not None:
            self._deadline_at = now + plan.deadline_us
        if plan.looks_closer:
            recipient = event.recipient if plan.remember_us is not None else -1
            local_us = event.local_us if plan.has_quiet_hours else None
            known = (event.country, event.ineligible, recipient, local_us)
            detail = outputs.requested_detail(plan.name, *known)
        else:
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
        if self._circuits:
            self._tell_circuit(attempt, answer, reason, now, seq, out)
        before = attempt.status
        after = self._transitions[before].get(answer)
        if after is not None:
            attempt.status = after
            if self.outcome is None and answer is _ACCEPTED:
                self._after_good_news(attempt, _SUBMITTED, now, seq, out)
            elif self.outcome is None:
                self._after_no(attempt, event, now, seq, out)
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
        kind = outputs.RECEIPT if self.outcome is None else outputs.LATE_RECEIPT
        out: list[Output] = [(seq, now, message, level, number, kind, cause, detail)]
        if status < 0:
            self._take_note(attempt, status, reason, now, seq, out)
        if self.outcome is not None or (
            # Nothing follows from the commonest news of all.
            status is _SENT and before is _ACCEPTED and self.plan.levels[level].stays_at_sent
        ):
            return out
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
        out: list[Output] = [(seq, now, *where, kind, event.cause, receipt_detail(event))]
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
            provider = last.provider
            if self._is_held:
                key, provider, self._is_held = None, 0, False
            passed = self._offer(provider, key, now, self._retry_seq, out)
            if passed:
                self._fall_back(Trigger.CIRCUIT_OPEN, now, passed, out)
        self._plan_wake_up()
        return out

    # What news leads to ----------------------------------------------------------------------

    def _after_no(
        self, attempt: Attempt, event: SubmitAnswered, now: int, seq: int, out: list[Output]
    ) -> None:
        answer = event.answer
        reason = None if answer is Status.UNKNOWN else event.reason  # silence has none
        if self.plan.remember_us is not None:
            self._learn_about(attempt, reason, now)
        if attempt is not self._current or self._is_told_to_wait(reason):
            return
        if answer is Status.UNKNOWN:
            self._after_unknown(attempt, now, seq, out)
        elif self._stops(reason, now, seq, out) or self._retry(attempt, event, now, seq, out):
            return
        else:
            self._close(_TRIGGERS[answer], reason, now, seq, out)

    def _after_bad_news(
        self, event: ReceiptReceived, now: int, seq: int, out: list[Output]
    ) -> None:
        if self._is_told_to_wait(event.reason) or self._stops(event.reason, now, seq, out):
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
            if self.plan.stops_on_verified:
                self._await_code(attempt, before, now, seq)
            elif attempt.level == self._level or self.plan.late_success is not LateSuccess.IGNORE:
                self._end(Outcome.DELIVERED, attempt.level, attempt, _DELIVERED, now, seq, out)
                self._recall_others(attempt, out)
        elif attempt is self._current and not self._has_success:
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

    def _timer_trigger(self, attempt: Attempt, level: Level) -> Trigger:
        if self._has_success:
            return Trigger.NOT_VERIFIED
        if level.success is Status.READ and attempt.status is Status.DELIVERED:
            return Trigger.NOT_READ
        return Trigger.NO_RECEIPT

    def _give_up(self, attempt: Attempt, now: int, out: list[Output]) -> None:
        """Stop listening for an answer: recorded as unknown, never as failed (S21)."""
        attempt.answered = True
        self._unanswered -= 1
        kind = outputs.UNKNOWN
        seq = self._say(out, now, kind, attempt.seq, attempt.level, attempt.number, NOTHING)
        if self._circuits:
            self._tell_circuit(attempt, Status.UNKNOWN, None, now, seq, out)
        learned = self._learn(attempt, Status.UNKNOWN)
        is_over = self.outcome is not None or self._has_success
        if learned and not is_over and attempt is self._current:
            self._after_unknown(attempt, now, seq, out)

    def _after_unknown(self, attempt: Attempt, now: int, seq: int, out: list[Output]) -> None:
        level = self.plan.levels[self._level]
        may_try = self._tries <= level.retries.max and self._may_attempt()
        if may_try and self._circuits:
            may_try = not self._is_passed_over(level.providers[attempt.provider], now)
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

    def _is_told_to_wait(self, reason: Reason | None) -> bool:
        """Whether bad news changes nothing: the level has its success; a reason to stop does."""
        is_stop = reason is not None and reason.reason_class is ReasonClass.STOP
        return self._has_success and not is_stop

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
        provider = self.plan.levels[self._level].providers[attempt.provider]
        if self._circuits and self._is_passed_over(provider, now):
            return False
        pause_us = retries.backoff.delay_us(self._tries, event.luck)
        self._retry_at = now + max(pause_us, event.retry_after_us)
        self._current = None
        self._wait_at = NEVER
        detail = Detail({"retry_at_us": self._retry_at})
        kind = outputs.RETRY_PLANNED
        self._retry_seq = self._say(out, now, kind, seq, attempt.level, attempt.number, detail)
        return True
