"""The laws of one message, read off its lines in the log alone.

`MessageLaws` reads the engine's lines of one message, in order, and knows before each line what it
must be: the one consequence that the line before has by the rules, or one of the few things that
may happen by themselves, at the one instant at which they may. Nothing here comes from the machine
but its vocabulary.
"""

from typing import Final

from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.vocabulary import (
    STATUSES,
    Act,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Outcome,
    QuietPolicy,
    Status,
)
from sandbox.journal.entry import Entry
from tests.laws.following import (
    ANSWERS,
    ATTEMPTS_MAX,
    IN_FLIGHT,
    NEWS,
    Expected,
    Following,
    LawBrokenError,
    Try,
    hears,
    pause,
)

__all__ = ["LawBrokenError", "MessageLaws", "hears"]

RESULTS: Final = ("recalled", "too_late", "unsupported")


class MessageLaws(Following):
    """Reads the lines of one message and breaks off at the first that is against the rules."""

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
        self._law(not self.called_back, f"called back in vain: {self.called_back} (S24)")

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
            case "submitted" | "skipped":
                self._law(self._is_due(self.retry_at, line), "no such retry (S20)", line)
                self._law(not at_deadline, "the deadline comes first (S18)", line)
                self._is_the_consequence(line, self._planned(line))
            case _:
                self._law(False, "happened by itself", line)

    def _planned(self, line: Entry) -> Expected:
        """What a planned retry does, or a level whose quiet hours are over (S19, S20, S22)."""
        is_held, self.is_held, self.retry_at = self.is_held, False, None
        provider = 0 if is_held else self._latest().provider
        if line.kind == "skipped":
            self._expect_offer(line, provider, "circuit_open")
            expected = self.expected
            assert expected is not None
        elif is_held:
            expected = self._submission(provider, 1, 1, 1)
        else:
            one = self._latest()
            expected = self._submission(provider, one.number + 1, one.key, one.number)
        self.expected_cause = self.retry_seq
        return expected

    def _is_due(self, at: int | None, line: Entry) -> bool:
        return at is not None and (at == line.at_us if self.punctual else at <= line.at_us)

    def _timeout(self, one: Try) -> int:
        return self.plan.levels[one.level].submit_timeout_us

    # The kinds of lines ----------------------------------------------------------------------

    def _read_requested(self, line: Entry) -> None:
        self._law(not self.requested_seq, "requested twice", line)
        self.requested_seq, self.requested_at = line.seq, line.at_us
        if self.plan.deadline_us is not None:
            self.deadline = line.at_us + self.plan.deadline_us
        self.country = line.detail.text("country")
        told_of = line.detail.fields.get("ineligible", ())
        assert isinstance(told_of, tuple)
        for word in told_of:
            channel, reason = word.split("=")
            self.ineligible.setdefault(channel, reason)
        is_there = "local_us" in line.detail.fields
        self._law(is_there == self.plan.has_quiet_hours, "whose clock? (S19)", line)
        self.local_us = line.detail.number("local_us")
        if "recipient" in line.detail.fields:
            self._law(self.plan.remember_us is not None, "why should it matter? (S27)", line)
            self.recipient = line.detail.number("recipient")
        self._expect_entry(line)

    def _read_skipped(self, line: Entry) -> None:
        provider, quiet = line.detail.text("provider"), self.plan.levels[self.level].quiet
        left = len(self.plan.levels[self.level].providers) - self.offered - 1
        is_quiet = line.detail.text("reason") == "quiet hours"
        if is_quiet and quiet is not None and quiet.policy is QuietPolicy.DROP:
            self._expect_end(line, Outcome.STOPPED, self.level, None)
        elif not provider:
            is_open = line.detail.text("reason") == "circuit open"
            self._expect_next_level(line, "circuit_open" if is_open else "ineligible")
        elif left:
            self._expect_offer(line, self.offered + 1, self.if_none_is_left)
        elif self.if_none_is_left:
            self._expect_leaving(line, self.if_none_is_left)
        else:
            says = {"reason": "circuit open", "provider": None}
            self._expect(line, "skipped", self.level, None, **says)

    def _read_held(self, line: Entry) -> None:
        self.retry_at, self.retry_seq = line.detail.number("until_us"), line.seq
        self.is_held = True

    def _read_fell_back(self, line: Entry) -> None:
        self.level += 1
        self.current, self.tries_here, self.wait_end = None, 0, None
        self.has_success = False
        self._expect_entry(line)

    def _read_submitted(self, line: Entry) -> None:
        providers = self.plan.levels[self.level].providers
        first = self.latest.provider + 1 if self.latest and self.latest.level == self.level else 0
        same = self.tries_here and line.detail.text("provider") == providers[first - 1]
        provider = first - 1 if same else providers.index(line.detail.text("provider"))
        assert line.attempt is not None
        key = line.detail.number("key") or line.attempt
        one = Try(self.level, line.attempt, provider, key, line.at_us, line.seq)
        self.tries[one.level, one.number] = one
        self.tries_here = self.tries_here + 1 if same else 1
        self.current = self.latest = one
        self.wait_end = self.wait_end if self.has_success else None
        self.retry_at, self.is_held = None, False
        level, name = self.plan.levels[self.level], providers[provider]
        where = (self.message, one.level, one.number, key, name)
        self.commands.append(Submit(*where, level.validity_us, level.submit_timeout_us, line.seq))

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
        elif one is self.current and self._may_close(line):
            self._bad_answer(one, line)

    _read_accepted = _read_refused = _read_throttled = _read_unknown = _read_answer

    def _may_close(self, line: Entry) -> bool:
        """A level that has its success and waits for a code is closed by no bad news (S33)."""
        return not self.has_success or line.detail.text("class") == "stop"

    def _bad_answer(self, one: Try, line: Entry) -> None:
        level = self.plan.levels[self.level]
        if line.detail.text("class") == "stop":
            self._expect_end(line, Outcome.STOPPED, self.level, None)
        elif line.kind == "unknown":
            may_try = self._may_try_again(level) and not self._is_open_here(line)
            if level.on_unknown is OnUnknown.RESEND and may_try:
                self._expect_submission(line, one.provider, one.number + 1, one.key)
            elif level.on_unknown is OnUnknown.NEXT:
                self._expect_closing(line, "unknown")
            else:
                self._see_to_wait(one, Status.SUBMITTED, line)
        elif self._retries(line, level):
            after = pause(level, self.tries_here, line.detail.number("luck"))
            at = line.at_us + max(after, line.detail.number("retry_after_us"))
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
        elif one is not self.current or not self._may_close(line):
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
        one, trigger = self._latest(), line.detail.text("trigger")
        is_its = (line.level, line.attempt) == (one.level, one.number)
        is_its &= trigger == self._timer_trigger(one)
        self._law(is_its, "whose wait, and what for (S10, S12)?", line)
        self.wait_end = None
        self._expect_closing(line, trigger)

    def _read_finished(self, line: Entry) -> None:
        self._law(not self.outcome, "a second outcome (S2)", line)
        self.outcome, self.finished_seq = line.detail.text("outcome"), line.seq
        self.current = self.wait_end = self.retry_at = self.deadline = None
        self.is_held = False
        calls_back = self.plan.late_success is LateSuccess.CANCEL_NEXT
        if calls_back and self.outcome in ("delivered", "cancelled"):
            self._call_back(line)

    def _call_back(self, line: Entry) -> None:
        """What is still under way is recalled, but for what the message is credited to (S23)."""
        brought = self.tries.get((line.level or 0, line.attempt or 0))
        asked = [] if brought is None else [(brought.level, brought.key)]
        for one in self.tries.values():
            place = (one.level, one.number)
            if one.status in IN_FLIGHT and (one.level, one.key) not in asked:
                asked.append((one.level, one.key))
                name = self.plan.levels[one.level].providers[one.provider]
                self.commands.append(Recall(self.message, *place, name, line.seq))
                self.called_back.add(place)

    def _read_recalled(self, line: Entry) -> None:
        """What came of calling an attempt back, once; nothing follows from it (S24)."""
        place, result = (line.level, line.attempt), line.detail.text("result")
        self._law(place in self.called_back, "nobody called it back (S24)", line)
        self._law(result in RESULTS, "no such result (S24)", line)
        # Where a provider gave it back, that is a line of truth of its own and stands in between.
        stems = result == "recalled" or line.cause == self.finished_seq
        self._law(stems, "caused by something else", line)
        self.called_back = {each for each in self.called_back if each != place}

    # What people do --------------------------------------------------------------------------

    def _read_act(self, line: Entry) -> None:
        """An act is about the message; in vain, it says why, and nothing follows (S33, S35)."""
        self._law((line.level, line.attempt) == (None, None), "about an attempt", line)
        act, level = Act(line.detail.text("act")), line.detail.fields.get("level")
        code = level if isinstance(level, int) else None
        why = self._why_in_vain(act, code, line)
        self._law(line.detail.text("why") == why, f"in vain: {why!r}", line)
        if why:
            return
        match act:
            case Act.VERIFIED:
                one = self._credited(code)
                end, place = Outcome.DELIVERED, (one.level, one.number)
                self._expect_end(line, end, *place, verified=True)
            case Act.CANCEL:
                self._expect_end(line, Outcome.CANCELLED, self.level, None)
            case Act.NEXT:
                self.retry_at, self.is_held = None, False
                self._expect_next_level(line, "manual")
            case Act.RESEND:
                self.retry_at = None
                self._expect_offer(line, self._latest().provider, "circuit_open")

    def _why_in_vain(self, act: Act, code: int | None, line: Entry) -> str:
        if self.outcome:
            return f"already {self.outcome}"
        if act is Act.VERIFIED:
            return self._why_no_code(code, line.at_us)
        if act is Act.RESEND and self.is_held:
            return "held for quiet hours"
        if act is Act.RESEND and self._latest().number >= ATTEMPTS_MAX:
            return "no attempt is left at this level"
        return ""

    def _read_flagged(self, line: Entry) -> None:
        same = line.detail.text("provider") == self.provider_of(line)
        self._law(same, "another provider (S3)", line)
        is_ours = line.detail.text("class") in ("account", "caller-error")
        self._law(is_ours, "nothing to mend on our side (S3)", line)
