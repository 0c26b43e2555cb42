"""The laws of one message, read off its lines in the log alone.

`MessageLaws` reads the engine's lines of one message, in order, and knows before each line what it
must be: the one consequence that the line before has by the rules, or one of the few things that
may happen by themselves, at the one instant at which they may. Nothing here comes from the machine
but its vocabulary.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import (
    STATUSES,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    Outcome,
    Retriable,
    Status,
)
from sandbox.journal.entry import Entry
from tests.support.hand import told

ANSWERS: Final = {
    "accepted": Status.ACCEPTED,
    "refused": Status.REFUSED,
    "throttled": Status.THROTTLED,
    "unknown": Status.UNKNOWN,
}
NEWS: Final = frozenset({*ANSWERS, "receipt", "late_receipt", "segment_receipt", "ignored"})
IN_DOUBT: Final = (Status.SUBMITTED, Status.UNKNOWN)
UNDELIVERED: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
ATTEMPTS_MAX: Final = 10


class LawBrokenError(AssertionError):
    """A line of the log that may not be there, or one that is missing."""


def hears(policy: Conflict, status: Status, heard: Status) -> bool:
    """Whether an attempt that stands at `status` learns something from `heard` (S4, S6)."""
    if heard is Status.UNKNOWN:
        return status is Status.SUBMITTED
    if heard in (Status.REFUSED, Status.THROTTLED):
        return status in IN_DOUBT
    if heard in UNDELIVERED:
        if status in (*IN_DOUBT, Status.ACCEPTED, Status.SENT):
            return True
        answered_no = status in (Status.REFUSED, Status.THROTTLED)
        return policy is Conflict.LAST and not answered_no and heard is not status
    if status in IN_DOUBT or status >= Status.ACCEPTED:
        return heard > max(status, Status.SUBMITTED)
    return heard >= Status.DELIVERED and policy is not Conflict.FIRST


@dataclass
class Try:
    """One submission as far as the log has told about it."""

    level: int
    number: int
    provider: int
    key: int
    at: int
    seq: int
    answer: str = ""
    status: Status = Status.SUBMITTED
    arrived: set[int] = field(default_factory=set)
    """The segments that have a delivered receipt of their own."""

    def counts(self, line: Entry) -> bool:
        """Whether a receipt is about all of the message, or makes it whole (S30)."""
        segment, segments = line.detail.number("segment"), line.detail.number("segments")
        if not segment or line.detail.text("status") != "delivered":
            return True
        is_new = segment not in self.arrived
        self.arrived.add(segment)
        return is_new and len(self.arrived) == segments


class Expected(NamedTuple):
    """The line that must come next."""

    kind: str
    level: int
    attempt: int | None
    says: dict[str, object]


class MessageLaws:
    """Reads the lines of one message and breaks off at the first that is against the rules."""

    def __init__(self, plan: Plan, *, punctual: bool = True) -> None:
        """Take the plan the message runs through.

        Args:
            plan: What was configured.
            punctual: The driver woke the engine at the very instants it asked for.
        """
        self.plan = plan
        self.punctual = punctual
        self.outcome = ""
        self.tries: dict[tuple[int, int], Try] = {}
        self.level = 0
        self.current: Try | None = None
        self.latest: Try | None = None
        self.tries_here = 0
        self.expected: Expected | None = None
        self.expected_cause = 0
        self.deadline: int | None = None
        self.requested_seq = 0
        self.wait_from = 0
        self.wait_seq = 0
        self.wait_end: int | None = None
        self.retry_at: int | None = None
        self.retry_seq = 0
        self.country = ""
        self.ineligible: dict[str, str] = {}

    # Reading ---------------------------------------------------------------------------------

    def read(self, line: Entry) -> None:
        """Check the next line and take it in."""
        if self.punctual:
            self._nothing_is_overdue(line)
        if self.expected is not None and line.kind != "flagged":
            self._is_the_consequence(line, self.expected)
        elif line.kind not in NEWS and line.kind not in ("requested", "flagged"):
            self._may_happen_by_itself(line)
        self.expected = None if line.kind != "flagged" else self.expected
        getattr(self, f"_read_{line.kind}")(line)

    def end(self) -> None:
        """Check that nothing is missing, once all is quiet."""
        self._law(self.expected is None, f"missing: {self.expected}")
        self._law(bool(self.outcome), "no outcome (S2)")
        for one in self.tries.values():
            self._law(bool(one.answer), f"{one.level}.{one.number} was never counted (S21)")

    def _law(self, holds: bool, text: str, line: Entry | None = None) -> None:
        if not holds:
            raise LawBrokenError(text if line is None else f"{text}: {told(line)}")

    def _nothing_is_overdue(self, line: Entry) -> None:
        due = [] if self.outcome else [self.deadline, self.wait_end, self.retry_at]
        due += [one.at + self._timeout(one) for one in self.tries.values() if not one.answer]
        late = [at for at in due if at is not None and at < line.at_us]
        self._law(not late, f"something was due at {late} (S12, S18, S20, S21)", line)

    def _is_the_consequence(self, line: Entry, expected: Expected) -> None:
        fits = (line.kind, line.level, line.attempt) == expected[:3]
        says = {name: line.detail.fields.get(name) for name in expected.says}
        self._law(fits and says == expected.says, f"instead of {expected}", line)
        self._law(line.cause == self.expected_cause, "caused by something else", line)

    def _may_happen_by_itself(self, line: Entry) -> None:
        """The deadline, the end of a wait, a planned retry; at one instant in this order (S15)."""
        self._law(not self.outcome, "after the outcome", line)
        at_deadline = self._is_at_deadline(line)
        match line.kind:
            case "finished":
                is_expiry = line.detail.text("outcome") == "expired" and line.attempt is None
                self._law(at_deadline and is_expiry, "ended by nothing", line)
                self._law(line.level == self.level, "credited to another level", line)
                self._law(line.cause == self.requested_seq, "caused by something else", line)
            case "wait_over":
                self._law(self._is_due(self.wait_end, line), "no such wait (S12)", line)
                self._law(line.cause == self.wait_seq, "caused by something else", line)
                self._law(not at_deadline, "the deadline comes first (S18)", line)
            case "submitted":
                self._law(self._is_due(self.retry_at, line), "no such retry (S20)", line)
                self._law(line.cause == self.retry_seq, "caused by something else", line)
                self._law(not at_deadline, "the deadline comes first (S18)", line)
                one = self._latest()
                expected = self._submission(one.provider, one.number + 1, one.key, one.number)
                self.expected_cause = line.cause
                self._is_the_consequence(line, expected)
            case _:
                self._law(False, "happened by itself", line)

    def _is_due(self, at: int | None, line: Entry) -> bool:
        return at is not None and (at == line.at_us if self.punctual else at <= line.at_us)

    def _latest(self) -> Try:
        assert self.latest is not None
        return self.latest

    def _timeout(self, one: Try) -> int:
        return self.plan.levels[one.level].submit_timeout_us

    # What must follow ------------------------------------------------------------------------

    def _expect(
        self, line: Entry, kind: str, level: int, attempt: int | None, **says: object
    ) -> None:
        self.expected = Expected(kind, level, attempt, says)
        self.expected_cause = line.seq

    def _expect_end(
        self, line: Entry, outcome: Outcome, level: int, attempt: int | None, **says: object
    ) -> None:
        self._expect(line, "finished", level, attempt, outcome=outcome.value, **says)

    def _expect_exhaustion(self, line: Entry, ended_by: str, trigger: str) -> None:
        end, level = Outcome.EXHAUSTED, self.level
        self._expect_end(line, end, level, None, ended_by=ended_by, trigger=trigger)

    def _expect_entry(self, line: Entry) -> None:
        """The level just entered is used, or skipped with its reason (S26)."""
        level = self.plan.levels[self.level]
        reason = self.ineligible.get(level.channel)
        if level.countries is not None and self.country not in level.countries:
            reason = f"country {self.country}" if self.country else "country not known"
        if reason is not None:
            self._expect(line, "skipped", self.level, None, reason=reason)
        else:
            self._expect_submission(line, 0, 1, 1)

    def _expect_submission(self, line: Entry, provider: int, number: int, key: int) -> None:
        """Nothing is submitted at the deadline or after it (S18)."""
        if self._is_at_deadline(line):
            self._expect_end(line, Outcome.EXPIRED, self.level, None)
        else:
            self.expected = self._submission(provider, number, key, number)
            self.expected_cause = line.seq

    def _is_at_deadline(self, line: Entry) -> bool:
        return self.deadline is not None and line.at_us >= self.deadline

    def _submission(self, provider: int, number: int, key: int, key_of: int) -> Expected:
        level = self.plan.levels[self.level]
        says: dict[str, object] = {"channel": level.channel, "provider": level.providers[provider]}
        says["key"] = None if key == key_of else key
        return Expected("submitted", self.level, number, says)

    def _expect_next_level(self, line: Entry, trigger: str) -> None:
        levels = self.plan.levels
        if self.level + 1 == len(levels):
            self._expect_exhaustion(line, "last_level", trigger)
        elif self._is_at_deadline(line):
            self._expect_end(line, Outcome.EXPIRED, self.level, None)
        else:
            here, there = levels[self.level].channel, levels[self.level + 1].channel
            says = {"from": here, "to": there, "trigger": trigger}
            self._expect(line, "fell_back", self.level + 1, None, **says)

    def _expect_closing(self, line: Entry, trigger: str) -> None:
        """Next provider, else next level, else the end (S10, S14, S22)."""
        level, latest = self.plan.levels[self.level], self._latest()
        repeats = line.detail.text("class") in ("permanent-recipient", "caller-error")
        left = latest.provider + 1 < len(level.providers) and latest.number < ATTEMPTS_MAX
        if left and not repeats:
            number = latest.number + 1
            self._expect_submission(line, latest.provider + 1, number, number)
        elif trigger not in level.next_on:
            self._expect_exhaustion(line, "policy", trigger)
        else:
            self._expect_next_level(line, trigger)

    def _may_try_again(self, level: Level) -> bool:
        tries_left = self.tries_here <= level.retries.max
        return tries_left and self._latest().number < ATTEMPTS_MAX

    def _retries(self, line: Entry, level: Level) -> bool:
        """Only transient answers of a listed kind are tried again (S20)."""
        throttled = line.kind == "throttled"
        kind = Retriable.THROTTLED if throttled else Retriable.REFUSED_TEMPORARY
        is_transient = line.detail.text("class") in ("", "transient")
        return is_transient and kind in level.retries.on and self._may_try_again(level)

    # The kinds of lines ----------------------------------------------------------------------

    def _read_requested(self, line: Entry) -> None:
        self._law(not self.requested_seq, "requested twice", line)
        self.requested_seq = line.seq
        if self.plan.deadline_us is not None:
            self.deadline = line.at_us + self.plan.deadline_us
        self.country = line.detail.text("country")
        told_of = line.detail.fields.get("ineligible", ())
        assert isinstance(told_of, tuple)
        for word in told_of:
            channel, reason = word.split("=")
            self.ineligible.setdefault(channel, reason)
        self._expect_entry(line)

    def _read_skipped(self, line: Entry) -> None:
        self._expect_next_level(line, "ineligible")

    def _read_fell_back(self, line: Entry) -> None:
        self.level += 1
        self.current, self.tries_here, self.wait_end = None, 0, None
        self._expect_entry(line)

    def _read_submitted(self, line: Entry) -> None:
        providers = self.plan.levels[self.level].providers
        first = self.latest.provider + 1 if self.latest and self.latest.level == self.level else 0
        same = self.tries_here and line.detail.text("provider") == providers[first - 1]
        provider = first - 1 if same else first
        assert line.attempt is not None
        key = line.detail.number("key") or line.attempt
        one = Try(self.level, line.attempt, provider, key, line.at_us, line.seq)
        self.tries[one.level, one.number] = one
        self.tries_here = self.tries_here + 1 if same else 1
        self.current = self.latest = one
        self.wait_end = self.retry_at = None

    def _read_answer(self, line: Entry) -> None:
        one = self._try(line)
        self._law(not one.answer, "answered twice (S4)", line)
        one.answer = line.kind
        given_up = line.kind == "unknown" and line.cause == one.seq
        if given_up and self.punctual:
            due = one.at + self._timeout(one)
            self._law(line.at_us == due, f"given up at another instant than {due}", line)
        before, heard = one.status, ANSWERS[line.kind]
        if not hears(self.plan.conflict, before, heard):
            return
        one.status = heard
        if self.outcome:
            return
        if heard is Status.ACCEPTED:
            self._good_news(one, Status.SUBMITTED, line)
        elif one is self.current:
            self._bad_answer(one, line)

    _read_accepted = _read_refused = _read_throttled = _read_unknown = _read_answer

    def _bad_answer(self, one: Try, line: Entry) -> None:
        level = self.plan.levels[self.level]
        if line.detail.text("class") == "stop":
            self._expect_end(line, Outcome.STOPPED, self.level, None)
        elif line.kind == "unknown":
            if level.on_unknown is OnUnknown.RESEND and self._may_try_again(level):
                self._expect_submission(line, one.provider, one.number + 1, one.key)
            elif level.on_unknown is OnUnknown.NEXT:
                self._expect_closing(line, "unknown")
            else:
                self._see_to_wait(one, Status.SUBMITTED, line)
        elif self._retries(line, level):
            pause = _pause(level, self.tries_here, line.detail.number("luck"))
            at = line.at_us + max(pause, line.detail.number("retry_after_us"))
            self._expect(line, "retry_planned", self.level, one.number, retry_at_us=at)
        else:
            self._expect_closing(line, line.kind)

    def _read_receipt(self, line: Entry) -> None:
        self._law(not self.outcome, "not late although after the outcome (S8)", line)
        one, heard = self._try(line), STATUSES[line.detail.text("status")]
        before = one.status
        self._law(one.counts(line), "a segment is not the message (S30)", line)
        self._law(hears(self.plan.conflict, before, heard), "nothing new (S4, S5)", line)
        one.status = heard
        if heard >= Status.ACCEPTED:
            self._good_news(one, before, line)
        elif one is not self.current:
            pass
        elif line.detail.text("class") == "stop" or (
            heard is Status.EXPIRED and self.plan.levels[self.level].on_expired is OnExpired.STOP
        ):
            self._expect_end(line, Outcome.STOPPED, self.level, None)
        else:
            self._expect_closing(line, heard.word)

    def _read_late_receipt(self, line: Entry) -> None:
        self._law(bool(self.outcome), "late although the message is open (S8)", line)
        one, heard = self._try(line), STATUSES[line.detail.text("status")]
        self._law(one.counts(line), "a segment is not the message (S30)", line)
        self._law(hears(self.plan.conflict, one.status, heard), "nothing new (S4, S5)", line)
        one.status = heard

    def _read_segment_receipt(self, line: Entry) -> None:
        """One of several segments has arrived: so the message was sent at least (S30)."""
        one, segment = self._try(line), line.detail.number("segment")
        self._law(line.detail.text("status") == "delivered", "it decides the attempt", line)
        self._law(0 < segment <= line.detail.number("segments"), "no such segment", line)
        self._law(segment not in one.arrived, "it was there before (S5)", line)
        self._law(not one.counts(line), "it was the last one missing (S30)", line)
        before = one.status
        if hears(self.plan.conflict, before, Status.SENT):
            one.status = Status.SENT
            if not self.outcome:
                self._good_news(one, before, line)

    def _read_ignored(self, line: Entry) -> None:
        assert line.level is not None
        assert line.attempt is not None
        one = self.tries.get((line.level, line.attempt))
        heard, why = STATUSES[line.detail.text("status")], line.detail.text("why")
        if why == "no such attempt":
            self._law(one is None, "there is such an attempt (S7)", line)
        elif why == "no answer was awaited":
            self._law(one is not None and bool(one.answer), "the answer was awaited", line)
        elif one is None:
            self._law(False, "there is no such attempt (S7)", line)
        else:
            is_first = line.detail.number("segment") not in one.arrived
            counts = one.counts(line)
            new = counts and hears(self.plan.conflict, one.status, heard)
            is_part = is_first and not counts
            self._law(not new and not is_part, "something new was ignored (S4, S6)", line)

    def _read_retry_planned(self, line: Entry) -> None:
        self.retry_at, self.retry_seq = line.detail.number("retry_at_us"), line.seq
        self.current, self.wait_end = None, None

    def _read_wait_over(self, line: Entry) -> None:
        one = self._latest()
        self._law((line.level, line.attempt) == (one.level, one.number), "whose wait?", line)
        trigger = line.detail.text("trigger")
        self._law(trigger == self._timer_trigger(one), "another trigger (S10)", line)
        self.wait_end = None
        self._expect_closing(line, trigger)

    def _read_finished(self, line: Entry) -> None:
        self._law(not self.outcome, "a second outcome (S2)", line)
        self.outcome = line.detail.text("outcome")
        self.current = self.wait_end = self.retry_at = self.deadline = None

    def _read_flagged(self, line: Entry) -> None:
        same = line.detail.text("provider") == self.provider_of(line)
        self._law(same, "another provider (S3)", line)
        is_ours = line.detail.text("class") in ("account", "caller-error")
        self._law(is_ours, "nothing to mend on our side (S3)", line)

    # Good news and the timer -----------------------------------------------------------------

    def _good_news(self, one: Try, before: Status, line: Entry) -> None:
        level = self.plan.levels[one.level]
        is_open = one.level == self.level
        if one.status < level.success:
            if one is self.current:
                self._see_to_wait(one, before, line)
        elif is_open or self.plan.late_success is LateSuccess.RECORD:
            self._expect_end(line, Outcome.DELIVERED, one.level, one.number)

    def _see_to_wait(self, one: Try, before: Status, line: Entry) -> None:
        """Where the wait runs from, and whether its end could mean anything (S10, S12)."""
        level = self.plan.levels[one.level]
        if level.wait_us is None:
            return
        later = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}.get(level.origin)
        if before is Status.SUBMITTED:
            self.wait_from = one.at if level.origin is Origin.SUBMIT else line.at_us
            self.wait_seq = line.seq
        elif later is not None and before < later <= one.status:
            self.wait_from, self.wait_seq = line.at_us, line.seq
        armed = self._timer_trigger(one) in level.next_on
        self.wait_end = max(line.at_us, self.wait_from + level.wait_us) if armed else None

    def _timer_trigger(self, one: Try) -> str:
        reads = self.plan.levels[one.level].success is Status.READ
        return "not_read" if reads and one.status is Status.DELIVERED else "no_receipt"

    def provider_of(self, line: Entry) -> str:
        """The provider of the attempt a line is about."""
        one = self._try(line)
        return self.plan.levels[one.level].providers[one.provider]

    def _try(self, line: Entry) -> Try:
        assert line.level is not None
        assert line.attempt is not None
        one = self.tries.get((line.level, line.attempt))
        if one is None:
            raise LawBrokenError(f"no such attempt: {told(line)}")
        return one


def _pause(level: Level, retry: int, luck: int) -> int:
    """The backoff, counted with exact fractions of a million and rounded down (S20)."""
    backoff = level.retries.backoff
    pause = backoff.first_us
    for _ in range(retry - 1):
        pause = min(pause * backoff.factor_ppm // 1_000_000, backoff.max_us)
    pause = min(pause, backoff.max_us)
    swing = pause * backoff.jitter_ppm // 1_000_000
    return pause - swing + (2 * swing * luck) // (1 << 32)
