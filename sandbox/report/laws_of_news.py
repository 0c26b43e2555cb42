"""The laws of what the engine hears: answers, receipts, and the ends of waits.

An answer or a receipt may come when it wants, but is counted once, matched, and says something new
or is ignored; a timer acts at its instant. What must follow is left in the open message, for the
next line to be compared with.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import ReasonClass
from sandbox.report import message_rules as rules
from sandbox.report.attempts import ANSWERED, CODE, FIRST, TAKEN, WHOLE, Handler
from sandbox.report.laws_of_truth import BACKING, SEGMENTS_MAX, TruthLaws
from sandbox.report.message_rules import (
    ACCEPTED,
    CODES,
    DELIVERED,
    NEWS,
    READ,
    SENT,
    SUBMITTED,
    Open,
)
from sandbox.report.watch import AWAITED, TOLD, WAITED, Smooth, Watch

_OURS: Final = (ReasonClass.ACCOUNT, ReasonClass.CALLER_ERROR)

# What a receipt says that is about one segment, or about none (S30).
_OF_THE_WHOLE, _HEARD_BEFORE, _ONE_OF_SEVERAL, _LAST_OF_SEVERAL = range(4)


class NewsLaws:
    """Watches answers, receipts and timers."""

    def __init__(self, watch: Watch, truth: TruthLaws) -> None:
        self._watch = watch
        self._truth = truth
        self._attempts = watch.attempts
        self._report = watch.report
        self._flagged: set[tuple[str, str]] = set()
        self._segments: dict[int, int] = {}
        """Row -> a bit for each segment that was said to be delivered, until all of them were."""
        self.handlers: dict[str, Handler] = {
            outputs.ACCEPTED: self._on_accepted,
            outputs.REFUSED: self._on_refused,
            outputs.THROTTLED: self._on_throttled,
            outputs.UNKNOWN: self._on_unknown,
            outputs.RECEIPT: self._on_receipt,
            outputs.LATE_RECEIPT: self._on_late_receipt,
            outputs.SEGMENT_RECEIPT: self._on_segment_receipt,
            outputs.IGNORED: self._on_ignored,
            outputs.WAIT_OVER: self._on_wait_over,
            outputs.FLAGGED: self._on_flagged,
        }

    # Answers ---------------------------------------------------------------------------------

    def _on_accepted(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        watch = self._watch
        smooth = watch.under_way.get(message)
        if (
            isinstance(smooth, Smooth)
            and smooth.phase == AWAITED
            and level << 4 | attempt == FIRST
            and at <= smooth.requested_at + smooth.rules.timeout_us
        ):
            smooth.phase = WAITED
            smooth.known = ACCEPTED
            smooth.news_at = at
            smooth.news_seq = seq
            owed: int = detail.fields.get("owed_nano", 0)  # type: ignore[assignment]  # a number
            if owed > smooth.bill:
                self._truth.promise(seq, at, message, FIRST, owed)
            return
        attempts, owed = self._attempts, detail.number("owed_nano")
        state = watch.state(message)
        row = attempts.row(message, level << 4 | attempt)
        if not row or state is None or attempts.status[row] & ANSWERED:
            self._odd_answer(seq, row, outputs.ACCEPTED)
            return
        if at > state.due or state.expected is not None:
            watch.look(state, seq, at)
        state.answered(row)
        if owed:
            self._truth.owe(seq, at, message, row, owed)
        status = attempts.status[row]
        known = status & CODE
        attempts.status[row] = status - known + (known or ACCEPTED) | ANSWERED | TAKEN
        if known == SUBMITTED and not state.outcome:
            state.after_good_news(row, level, attempt, SUBMITTED, ACCEPTED, at, seq)
            if row != state.current:  # of an attempt left by hand: its answer is not due any more
                state.plan_due()
        else:  # it means nothing any more: a receipt was quicker, or the message is over
            self._settle(state, message)

    def _on_refused(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        self._on_bad_answer(seq, at, message, level << 4 | attempt, outputs.REFUSED, detail)

    def _on_throttled(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        self._on_bad_answer(seq, at, message, level << 4 | attempt, outputs.THROTTLED, detail)

    def _on_bad_answer(
        self, seq: int, at: int, message: int, place: int, kind: str, detail: Detail
    ) -> None:
        attempts, state = self._attempts, self._watch.state(message)
        row = attempts.row(message, place)
        if not row or state is None or attempts.status[row] & ANSWERED:
            self._odd_answer(seq, row, kind)
            return
        self._watch.look(state, seq, at)
        state.answered(row)
        self._truth.owe(seq, at, message, row, detail.number("owed_nano"))
        heard = CODES[kind]
        memory, is_first = self._watch.memory, attempts.status[row] & CODE == SUBMITTED
        if memory is not None and is_first and not state.outcome:
            memory.hear(message, place >> 4, detail.text("class"), at)
        if self._learn_answer(state, row, heard):
            state.after_bad_answer(heard, detail, at, seq)
        self._settle(state, message)

    def _on_unknown(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, _: Detail
    ) -> None:
        attempts, state = self._attempts, self._watch.state(message)
        row = attempts.row(message, level << 4 | attempt)
        if not row or state is None or attempts.status[row] & ANSWERED:
            self._odd_answer(seq, row, outputs.UNKNOWN)
            return
        self._watch.look(state, seq, at)
        give_up_at, submitted_seq = state.answered(row)
        is_lost = at < give_up_at and row in attempts.outside  # a connection, and nobody waits
        if cause == submitted_seq and at != give_up_at and not is_lost:
            self._report("on-time", seq, f"given up at {at} us, not at {give_up_at} us")
        if self._learn_answer(state, row, rules.DOUBT):
            state.after_unknown(at, seq)
        self._settle(state, message)

    def _learn_answer(self, state: Open, row: int, heard: int) -> bool:
        """Take in that an attempt was answered; says whether that moves the message on."""
        status = self._attempts.status
        known = status[row] & CODE
        is_news = NEWS[state.rules.policy][known][heard]
        status[row] = status[row] & ~CODE | (heard if is_news else known) | ANSWERED
        return is_news and not state.outcome and row == state.current

    def _odd_answer(self, seq: int, row: int, kind: str) -> None:
        if row:
            self._report("answered-once", seq, f"{kind} after an answer")
        else:
            self._report("known-kind", seq, f"{kind}, though it was never submitted")

    def _settle(self, state: Open, message: int) -> None:
        """Drop a message with an outcome as soon as all its attempts are answered."""
        if state.outcome and not state.awaited and not state.also_awaited:
            del self._watch.under_way[message]
        else:
            state.plan_due()

    # Receipts --------------------------------------------------------------------------------

    def _on_receipt(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        watch = self._watch
        smooth = watch.under_way.get(message)
        place = level << 4 | attempt
        if isinstance(smooth, Smooth) and smooth.phase == WAITED and place == FIRST:
            rules_of_plan, fields = smooth.rules, detail.fields
            heard = CODES[fields["status"]]
            if (
                smooth.known < heard <= READ
                and at <= smooth.news_at + rules_of_plan.wait_us
                and at <= smooth.requested_at + rules_of_plan.deadline_us
                and smooth.truth & BACKING[heard]
                and fields.get("owed_nano", 0) == smooth.bill
                and (rules_of_plan.is_short or "segment" not in fields)
            ):
                smooth.known = heard
                if heard >= rules_of_plan.success:
                    smooth.phase = TOLD
                    smooth.news_at = at
                    smooth.news_seq = seq
                return
        attempts = self._attempts
        state = watch.state(message)
        row = attempts.row(message, place)
        if not row or state is None or state.outcome:
            law = "late-is-late" if row else "receipts-matched"
            self._report(law, seq, "a receipt of no submission, or after the outcome")
            return
        if at > state.due or state.expected is not None:
            watch.look(state, seq, at)
        before = attempts.status[row] & CODE
        heard = self._hear(seq, at, message, row, detail)
        if heard <= READ:
            state.after_good_news(row, level, attempt, before, heard, at, seq)
        elif row == state.current:
            state.after_bad_receipt(heard, detail, at, seq)
            state.plan_due()

    def _on_late_receipt(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        row = self._watch.row(message, level << 4 | attempt)
        if not row:
            self._report("receipts-matched", seq, "a late receipt of no submission")
            return
        state = self._watch.state(message)
        if state is not None:
            self._watch.look(state, seq, at)
            if not state.outcome:
                self._report("late-is-late", seq, "a receipt called late before the outcome")
        self._hear(seq, at, message, row, detail)

    def _hear(self, seq: int, at: int, message: int, row: int, detail: Detail) -> int:
        """Take in what a receipt says of an attempt, its price too; gives its code."""
        attempts = self._attempts
        heard = CODES[detail.fields["status"]]
        if "segment" in detail.fields:
            self._hear_segment(seq, row, heard, detail)
        status = attempts.status[row]
        known = status & CODE
        if not self._is_news(message, known, heard):
            text = f"{rules.WORDS[heard]} is nothing new after {rules.WORDS[known]}"
            self._report("knowledge-grows", seq, text)
        attempts.status[row] = status - known + heard
        if heard > READ and self._watch.memory is not None:
            self._watch.memory.hear(message, attempts.place[row] >> 4, detail.text("class"), at)
        if not attempts.truth[row] & BACKING[heard]:
            self._truth.claim(seq, row, heard)
        owed = detail.number("owed_nano")
        if owed > attempts.bill[row]:
            self._truth.owe(seq, at, message, row, owed)
        return heard

    def _is_news(self, message: int, known: int, heard: int) -> bool:
        return NEWS[self._watch.policies[self._attempts.plan[message]]][known][heard]

    def _hear_segment(self, seq: int, row: int, heard: int, detail: Detail) -> None:
        """A receipt about a segment that is taken for one about the whole message."""
        noted = self._note_segment(row, heard, detail)
        if noted not in (_OF_THE_WHOLE, _LAST_OF_SEVERAL):
            segment, segments = detail.number("segment"), detail.number("segments")
            text = f"segment {segment} of {segments} does not make the message delivered"
            self._report("knowledge-grows", seq, text)

    def _note_segment(self, row: int, heard: int, detail: Detail) -> int:
        """Take in which segment a receipt says was delivered, and what that makes of the rest."""
        segment, segments = detail.number("segment"), detail.number("segments")
        if heard != DELIVERED or not 0 < segment <= segments < SEGMENTS_MAX:
            return _OF_THE_WHOLE
        status = self._attempts.status
        before = self._segments.get(row, 0)
        noted = before | 1 << segment
        if status[row] & WHOLE or noted == before:
            return _HEARD_BEFORE
        if noted.bit_count() < segments:
            self._segments[row] = noted
            return _ONE_OF_SEVERAL
        self._segments.pop(row, None)
        status[row] |= WHOLE
        return _LAST_OF_SEVERAL

    def _on_segment_receipt(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        attempts, state = self._attempts, self._watch.state(message)
        row = attempts.row(message, level << 4 | attempt)
        if not row:
            self._report("receipts-matched", seq, "a receipt of no submission")
            return
        if state is not None:
            self._watch.look(state, seq, at)
        heard, segment = CODES[detail.fields["status"]], detail.number("segment")
        if self._note_segment(row, heard, detail) == _ONE_OF_SEVERAL:
            self._truth.claim_segment(seq, row, segment)
        else:
            text = f"{detail.text('status')} of segment {segment} is not one of several to come"
            self._report("knowledge-grows", seq, text)
        self._truth.owe(seq, at, message, row, detail.number("owed_nano"))
        status = attempts.status[row]
        known = status & CODE
        if self._is_news(message, known, SENT):
            attempts.status[row] = status - known + SENT
            if state is not None and not state.outcome:
                state.after_good_news(row, level, attempt, known, SENT, at, seq)

    def _on_ignored(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        attempts = self._attempts
        state = self._watch.state(message)
        if state is not None:
            self._watch.look(state, seq, at)
        row = attempts.row(message, level << 4 | attempt)
        why, word = detail.text("why"), detail.text("status")
        if why == "no such attempt":
            if row:
                self._report("receipts-matched", seq, f"{word} is ignored, though it was submitted")
        elif not row:
            self._report("receipts-matched", seq, f"{word} of no submission, ignored as {why}")
        elif why == "no answer was awaited":
            if not attempts.status[row] & ANSWERED:
                self._report("answered-once", seq, f"{word} is ignored, though nothing else came")
        else:
            noted = self._note_segment(row, CODES[word], detail)
            is_news = self._is_news(message, attempts.status[row] & CODE, CODES[word])
            if noted == _ONE_OF_SEVERAL or (is_news and noted != _HEARD_BEFORE):
                self._report("knowledge-grows", seq, f"{word} is ignored, though it is news")

    # Timers and flags ------------------------------------------------------------------------

    def _on_wait_over(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        state = self._watch.state(message)
        row = self._watch.row(message, level << 4 | attempt)
        if state is None or state.outcome or not row or not _is_waited_for(state, row, attempt):
            self._report("on-time", seq, "the wait of an attempt that was left is over")
            return
        self._watch.look(state, seq, at)
        if at != state.wait_due or at >= state.deadline_at:
            self._report("on-time", seq, f"a wait is over at {at} us, not at {state.wait_due} us")
        elif cause != state.wait_seq:
            self._report("consequence", seq, f"caused by line {cause}, not {state.wait_seq}")
        trigger = detail.text("trigger")
        due = state.timer_trigger(self._attempts.status[row] & CODE)
        if trigger != due:
            self._report("consequence", seq, f"{trigger} instead of {due}")
        state.close(trigger, "", at, seq)
        state.plan_due()

    def _on_flagged(
        self, seq: int, _: int, message: int, level: int, attempt: int, __: int, detail: Detail
    ) -> None:
        flag = (detail.text("provider"), detail.text("code"))
        if flag in self._flagged or detail.text("class") not in _OURS:
            self._report("flagged-once", seq, f"{' '.join(flag)} is nothing to flag")
        elif not self._watch.row(message, level << 4 | attempt):
            self._report("known-kind", seq, "flagged, though it was never submitted")
        self._flagged.add(flag)


def _is_waited_for(state: Open, row: int, attempt: int) -> bool:
    """A wait is that of the current attempt, or, for a code, of the level's latest one."""
    return row == state.current or (state.is_verifying and attempt == state.attempt)
