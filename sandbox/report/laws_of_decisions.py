"""The laws of what the engine decides: each decision must be the one the rules ask for.

What must follow from the line before is known (`message_rules`), and compared. Decisions that stem
from no news are the deadline's and a planned retry's, each at its instant. Most lines are just
right, and there are millions of them: each handler looks for that first, and finds out what is
wrong only when something is.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, words
from sandbox.report.attempts import ANSWERED, TAKEN, Handler
from sandbox.report.message_rules import FAR, Decision, Open
from sandbox.report.recipient_rules import QUIET, REMEMBERED
from sandbox.report.watch import ASKED, AWAITED, TOLD, Smooth, Watch, decision_text

_DELIVERED: Final = words(outcome="delivered").json
_OF_FRONTS: Final = (outputs.JOINED, outputs.CLOSED)


class DecisionLaws:
    """Watches requests, submissions, switches and outcomes."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._attempts = watch.attempts
        self._report = watch.report
        self.handlers: dict[str, Handler] = {
            outputs.REQUESTED: self._on_requested,
            outputs.SKIPPED: self._on_skipped,
            outputs.HELD: self._on_held,
            outputs.SUBMITTED: self._on_submitted,
            outputs.RETRY_PLANNED: self._on_retry_planned,
            outputs.FELL_BACK: self._on_fell_back,
            outputs.FINISHED: self._on_finished,
        }

    # The kinds of lines ----------------------------------------------------------------------

    def _on_requested(
        self, seq: int, at: int, message: int, _: int, __: int, ___: int, detail: Detail
    ) -> None:
        watch, fields = self._watch, detail.fields
        rules = watch.rules[fields["cascade"]]  # type: ignore[index]
        if message != self._attempts.message_count + 1:
            self._report("known-kind", seq, f"m{message} is requested out of order")
            return
        self._attempts.begin(message, rules.number)
        if rules.memory is not None and "recipient" in fields:
            rules.memory.begin(message, detail.number("recipient"), rules.plan)
        if rules.goes_smoothly and ("ineligible" not in fields or rules.may_enter(detail)):
            watch.under_way[message] = Smooth(rules, at, seq, detail)
        else:
            watch.under_way[message] = Open(rules, at, seq, detail)

    def _on_submitted(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        fields = detail.fields
        provider = fields["provider"]
        smooth = self._watch.under_way.get(message)
        if (
            isinstance(smooth, Smooth)
            and smooth.phase == ASKED
            and cause == smooth.requested_seq
            and at == smooth.requested_at
            and level == 0
            and attempt == 1
            and provider == smooth.rules.entry
            and "key" not in fields
        ):
            smooth.phase = AWAITED
            smooth.news_seq = seq
            return
        key = fields.get("key", 0)
        seen: Decision = (outputs.SUBMITTED, level, attempt, provider, at, cause)
        state = self._submitted_state(seq, message, seen, key)
        if state is None:
            return
        state.expected = None
        index = self._watch.providers[provider]  # type: ignore[index]
        row = self._attempts.add(message, level << 4 | attempt, index)
        state.submit(row, at, seq, attempt, provider, key)

    def _submitted_state(self, seq: int, message: int, seen: Decision, key: object) -> Open | None:
        """Judge a submission: the one that must come, a planned retry, or wrong."""
        state = self._undecided(seq, message, outputs.SUBMITTED)
        if state is None:
            return None
        if not self._meets(state, seq, seen):
            _, level, attempt, _, at, cause = seen
            state.expected_key = state.key
            if state.current:
                self._report("one-in-flight", seq, "submitted while another attempt is in flight")
            elif state.retry_at == FAR:
                self._report("consequence", seq, "submitted for no reason")
            elif at != state.retry_at:
                self._report("on-time", seq, f"a retry at {at} us, not at {state.retry_at} us")
            elif (level, attempt, cause) != (state.level, state.attempt + 1, state.retry_seq):
                self._report("consequence", seq, "submitted as another attempt than was planned")
            elif state.is_held and seen[3] != state.here.entry:
                self._report("consequence", seq, f"after quiet hours submitted to {seen[3]}")
        if key != state.expected_key:
            self._report("consequence", seq, f"key {key} instead of {state.expected_key}")
        return state

    def _on_finished(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        watch, outcome = self._watch, detail.fields["outcome"]
        smooth = watch.under_way.get(message)
        if (
            isinstance(smooth, Smooth)
            and smooth.phase == TOLD
            and cause == smooth.news_seq
            and at == smooth.news_at
            and (level, attempt) == (0, 1)
            and detail.json == _DELIVERED
        ):
            attempts = self._attempts
            attempts.smooth_status[message] = smooth.known | ANSWERED | TAKEN
            attempts.smooth_truth[message] = smooth.truth
            attempts.smooth_bill[message] = smooth.bill
            del watch.under_way[message]
            return
        seen: Decision = (outputs.FINISHED, level, attempt, outcome, at, cause)
        state = self._ended_state(seq, message, seen, detail)
        if state is None:
            return
        if state.awaited or state.also_awaited:
            state.end()
        else:
            del watch.under_way[message]

    def _ended_state(self, seq: int, message: int, seen: Decision, detail: Detail) -> Open | None:
        """Judge an outcome: the one that must come, the deadline's, or wrong."""
        state = self._undecided(seq, message, outputs.FINISHED)
        if state is None:
            return None
        kind, level, attempt, word, at, cause = seen
        if word == "exhausted":
            word = f"{word} {detail.text('ended_by')} {detail.text('trigger')}"
        elif detail.fields.get("verified"):
            word = f"{word} verified"
        if not self._meets(state, seq, (kind, level, attempt, word, at, cause)):
            is_expiry = word == "expired" and (level, cause) == (state.level, state.requested_seq)
            if not is_expiry:
                self._report("consequence", seq, f"{word} for no reason")
            elif at != state.deadline_at:
                self._report("on-time", seq, f"expired at {at} us, not at {state.deadline_at} us")
        return state

    def _on_skipped(
        self, seq: int, at: int, message: int, level: int, _: int, cause: int, detail: Detail
    ) -> None:
        state = self._undecided(seq, message, outputs.SKIPPED)
        if state is None:
            return
        reason, provider = detail.text("reason"), detail.text("provider")
        word = f"{reason} {provider}" if provider else reason
        if not self._meets(state, seq, (outputs.SKIPPED, level, None, word, at, cause)):
            is_retry = bool(provider) and state.pass_over_retry(provider, at, cause)
            if not is_retry or level != state.level:
                self._report("consequence", seq, f"level {level} is skipped for no reason: {word}")
        if provider:
            state.passed_over(at, seq)
        else:
            state.skipped(reason, at, seq)

    def _on_held(
        self, seq: int, at: int, message: int, level: int, _: int, cause: int, detail: Detail
    ) -> None:
        state = self._undecided(seq, message, outputs.HELD)
        if state is None:
            return
        until = detail.number("until_us")
        if not self._meets(state, seq, (outputs.HELD, level, None, until, at, cause)):
            self._report("quiet-hours-kept", seq, f"held until {until} us for no reason")
        state.hold(until, seq)

    def _on_retry_planned(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        state = self._undecided(seq, message, outputs.RETRY_PLANNED)
        if state is None:
            return
        retry_at = detail.number("retry_at_us")
        seen: Decision = (outputs.RETRY_PLANNED, level, attempt, retry_at, at, cause)
        if not self._meets(state, seq, seen):
            self._report("consequence", seq, "a retry is planned for no reason")
        state.current, state.wait_due = 0, FAR
        state.retry_at, state.retry_seq = retry_at, seq
        state.plan_due()

    def _on_fell_back(
        self, seq: int, at: int, message: int, level: int, _: int, cause: int, detail: Detail
    ) -> None:
        state = self._undecided(seq, message, outputs.FELL_BACK)
        if state is None:
            return
        trigger = detail.text("trigger")
        if not self._meets(state, seq, (outputs.FELL_BACK, level, None, trigger, at, cause)):
            law = "one-in-flight" if state.current else "consequence"
            self._report(law, seq, f"fell back to level {level} for no reason")
        if 0 <= level < len(state.rules.levels):
            state.enter(level, at, seq)

    # What decisions are measured by ----------------------------------------------------------

    def _undecided(self, seq: int, message: int, kind: str) -> Open | None:
        """The message a decision is about; None, and a broken law, when it is over or unknown."""
        state = self._watch.state(message)
        if state is not None and not state.outcome:
            return state
        known = 0 < message <= self._attempts.message_count
        law = "silence-after-outcome" if known else "known-kind"
        if known and kind == outputs.FINISHED:
            law = "one-outcome"
        self._report(law, seq, f"{kind} for m{message}")
        return None

    def _meets(self, state: Open, seq: int, seen: Decision) -> bool:
        """Compare a decision with the one that must come; False when none must."""
        at = seen[4]
        if at > state.due:
            self._watch.overdue(state, seq, at)
        expected = state.expected
        if expected is None:
            return False
        state.expected = None
        if seen != expected:
            law = "consequence"
            if seen[0] == outputs.SUBMITTED and expected[3] == "delivered":
                law = "nothing-after-success"
            elif outputs.HELD in (seen[0], expected[0]) or QUIET in (seen[3], expected[3]):
                law = "quiet-hours-kept"
            elif REMEMBERED in (seen[3], expected[3]):
                law = "memory-kept"
            elif seen[0] in _OF_FRONTS or expected[0] in _OF_FRONTS:
                law = "fronts-kept"
            elif seen[0] == outputs.SUBMITTED and expected[0] != outputs.SUBMITTED:
                law = "attempts-bounded"
            elif seen[1] != expected[1]:
                law = "levels-in-order"
            self._report(law, seq, f"{decision_text(seen)} instead of {decision_text(expected)}")
        return True
