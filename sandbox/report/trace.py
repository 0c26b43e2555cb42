"""A run as text in fixed columns: one line of the log, one line to read and to compare.

    at       message  level  what
     0.000   m1       0      requested
     0.000   m1       0      -> submit sms via sms-main  m1.0.1
     6.021   m1       0      receipt failed (30005 unknown number)  m1.0.1
     6.021   m1       1      -> fell back sms -> whatsapp: failed

`->` stands before what the engine decided, `~` before truth, which the engine does not know, and
`!` before what was done to the run. Times are seconds since the run began, the money on a line is
the ledger of its attempt, or of the whole message where it ends. Every line stands for itself, so
that two traces can be compared line by line.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar, Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.vocabulary import Outcome
from sandbox.journal import entry
from sandbox.report.explanations import forced_text, reason_text, segment_text
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.plain import plain

HEADER: Final = "    at       message  level  what"

_NOTHING: Final = "-"


class Trace:
    """Turns facts into lines; keeps a little of every open message: when it began, what it owes."""

    def __init__(self, currency: str = "", *, with_truth: bool = True) -> None:
        """Begin a trace.

        Args:
            currency: Of all prices; "" when there are none.
            with_truth: Whether the lines of the world are shown.
        """
        self._currency = currency
        self._with_truth = with_truth
        self._requested_at: dict[int, int] = {}
        self._owed: dict[int, dict[tuple[int, int], int]] = {}

    def lines(self, facts: Iterable[Fact]) -> Iterator[str]:
        """The lines of the next facts, without ends of line; the header is not among them."""
        for fact in facts:
            line = self.line(fact)
            if line is not None:
                yield line

    def line(self, fact: Fact) -> str | None:
        """The line of the next fact; None when it is not shown."""
        _, at_us, message, level, attempt, kind, _, detail = fact
        if kind in entry.WORLD_KINDS and not self._with_truth:
            return None
        words_of = self._WORDS.get(kind)
        words = kind if words_of is None else words_of(self, fact, detail)
        if attempt is not None and kind not in _WITHOUT_ATTEMPT:
            words += f"  m{message}.{level}.{attempt}"
        who = _NOTHING if message is None else f"m{message}"
        where = _NOTHING if level is None else str(level)
        return f"{exact_seconds(at_us):>10}   {who:<8} {where:<6} {words}"

    # Money -----------------------------------------------------------------------------------

    def _owing(self, fact: Fact, detail: Detail) -> str:
        """Note what an answer or a receipt says an attempt costs; tells it when that changed."""
        message, place = fact[2] or 0, (fact[3] or 0, fact[4] or 0)
        owed = self._owed.get(message)
        if owed is None:  # after the outcome: nothing is summed up any more
            nano = detail.number("owed_nano")
            return f" {self._money(nano)}" if nano else ""
        before, owed[place] = owed.get(place, 0), detail.number("owed_nano")
        return "" if owed[place] == before else f" {self._money(owed[place])}"

    def _money(self, nano: int) -> str:
        return money_text(nano, self._currency)

    # Words, one kind each --------------------------------------------------------------------

    def _requested(self, fact: Fact, detail: Detail) -> str:
        message = fact[2] or 0
        self._requested_at[message] = fact[1]
        self._owed[message] = {}
        known = detail.fields.get("ineligible", ())
        if not isinstance(known, tuple) or not known:
            return "requested"
        return f"requested ({plain(', '.join(known))})"

    def _skipped(self, _: Fact, detail: Detail) -> str:
        reason, provider = (plain(detail.text(name)) for name in ("reason", "provider"))
        return f"-> passed over {provider}: {reason}" if provider else f"-> skipped: {reason}"

    def _held(self, _: Fact, detail: Detail) -> str:
        return f"-> held until {exact_seconds(detail.number('until_us'))}"

    def _circuit(self, _: Fact, detail: Detail) -> str:
        provider, state = plain(detail.text("provider")), detail.text("state").replace("_", "-")
        until_us = detail.number("until_us")
        until = f" until {exact_seconds(until_us)}" if until_us else ""
        return f"-> circuit of {provider} {state}{until}"

    def _submitted(self, _: Fact, detail: Detail) -> str:
        key = f", key {detail.number('key')}" if "key" in detail.fields else ""
        channel, provider = (plain(detail.text(name)) for name in ("channel", "provider"))
        return f"-> submit {channel} via {provider}{key}"

    def _answered(self, fact: Fact, detail: Detail) -> str:
        again_us = detail.number("retry_after_us")
        again = f", not again within {exact_seconds(again_us)} s" if again_us else ""
        return f"{fact[5]}{_reason(detail)}{again}{self._owing(fact, detail)}"

    def _unknown(self, _: Fact, __: Detail) -> str:
        return "unknown: no answer"

    def _receipt(self, fact: Fact, detail: Detail) -> str:
        late = "late " if fact[5] == outputs.LATE_RECEIPT else ""
        return f"{late}receipt {_told(detail)}{self._owing(fact, detail)}"

    def _segment_receipt(self, fact: Fact, detail: Detail) -> str:
        which = f"{detail.number('segment')} of {detail.number('segments')}"
        what = f"{detail.text('status')} {which}{_reason(detail)}"
        return f"segment receipt {what}{self._owing(fact, detail)}"

    def _orphan_receipt(self, _: Fact, detail: Detail) -> str:
        return f"orphan receipt {_told(detail)} from {plain(detail.text('provider'))}"

    def _ignored(self, _: Fact, detail: Detail) -> str:
        return f"ignored {_told(detail)}: {detail.text('why')}"

    def _wait_over(self, _: Fact, detail: Detail) -> str:
        return f"wait over: {detail.text('trigger')}"

    def _retry_planned(self, _: Fact, detail: Detail) -> str:
        return f"-> retry at {exact_seconds(detail.number('retry_at_us'))}"

    def _fell_back(self, _: Fact, detail: Detail) -> str:
        left, entered = (plain(detail.text(name)) for name in ("from", "to"))
        return f"-> fell back {left} -> {entered}: {detail.text('trigger')}"

    def _joined(self, fact: Fact, _: Detail) -> str:
        return f"-> begins beside level {(fact[3] or 0) - 1}"

    def _closed(self, _: Fact, detail: Detail) -> str:
        return f"-> closed: {detail.text('trigger')}"

    def _finished(self, fact: Fact, detail: Detail) -> str:
        message = fact[2] or 0
        took = exact_seconds(fact[1] - self._requested_at.pop(message, fact[1]))
        cost = self._money(sum(self._owed.pop(message, {}).values()))
        outcome = detail.text("outcome")
        if outcome == Outcome.DELIVERED:
            outcome = f"delivered at level {fact[3]}"
            outcome += ", verified" if detail.fields.get("verified") else ""
        elif outcome == Outcome.EXHAUSTED:
            outcome = f"exhausted by {detail.text('ended_by')}: {detail.text('trigger')}"
        return f"-> {outcome}, {took} s, {cost}"

    def _act(self, _: Fact, detail: Detail) -> str:
        whose = f" of level {detail.number('level')}" if "level" in detail.fields else ""
        why = detail.text("why")
        return f"act {detail.text('act')}{whose}" + (f": {why}" if why else "")

    def _recalled(self, _: Fact, detail: Detail) -> str:
        return f"recall: {detail.text('result').replace('_', ' ')}"

    def _code_entered(self, _: Fact, detail: Detail) -> str:
        return f"~ code entered: {'right' if detail.fields['right'] else 'wrong'}"

    def _flagged(self, _: Fact, detail: Detail) -> str:
        provider, word = plain(detail.text("provider")), detail.text("class")
        return f"-> flagged {provider}: {word}{_reason(detail)}"

    def _happened(self, fact: Fact, _: Detail) -> str:
        return f"~ {fact[5].replace('_', ' ')}"

    def _failed_at_provider(self, _: Fact, detail: Detail) -> str:
        return f"~ {detail.text('status')} at provider{_reason(detail)}"

    def _partly_reached_handset(self, _: Fact, detail: Detail) -> str:
        arrived, segments = detail.number("arrived"), detail.number("segments")
        return f"~ partly reached handset: {arrived} of {segments} segments"

    def _receipt_lost(self, _: Fact, detail: Detail) -> str:
        return f"~ receipt lost: {_told(detail)}"

    def _receipt_unmatched(self, _: Fact, detail: Detail) -> str:
        return f"~ receipt with an unknown id: {_told(detail)}"

    def _receipt_contradicts(self, _: Fact, detail: Detail) -> str:
        return f"~ receipt will contradict: {_told(detail)}"

    def _billed(self, _: Fact, detail: Detail) -> str:
        return f"~ billed {self._money(detail.number('amount_nano'))}"

    def _fault(self, fact: Fact, detail: Detail) -> str:
        verb = fact[5].removeprefix("fault_")
        return f"! fault {plain(detail.text('fault'))} {verb}: {plain(detail.text('provider'))}"

    def _knob(self, fact: Fact, detail: Detail) -> str:
        if fact[2] is not None:
            return f"! forced: {forced_text(detail)}"
        if detail.text("cascade"):
            new = f"new messages of {plain(detail.text('cascade'))}"
            return f"! {new} go through {plain(detail.text('value'))}"
        provider, path, value = (plain(detail.text(n)) for n in ("provider", "path", "value"))
        return f"! knob {provider} {path}: {value}"

    def _resumed(self, fact: Fact, detail: Detail) -> str:
        away_us = fact[1] - detail.number("since_us")
        return f"! resumed after {exact_seconds(away_us)} s: what was due meanwhile is late"

    _WORDS: ClassVar[Mapping[str, Callable[["Trace", Fact, Detail], str]]] = {
        outputs.REQUESTED: _requested,
        outputs.SKIPPED: _skipped,
        outputs.HELD: _held,
        outputs.SUBMITTED: _submitted,
        outputs.ACCEPTED: _answered,
        outputs.REFUSED: _answered,
        outputs.THROTTLED: _answered,
        outputs.UNKNOWN: _unknown,
        outputs.RECEIPT: _receipt,
        outputs.LATE_RECEIPT: _receipt,
        outputs.SEGMENT_RECEIPT: _segment_receipt,
        outputs.ORPHAN_RECEIPT: _orphan_receipt,
        outputs.IGNORED: _ignored,
        outputs.WAIT_OVER: _wait_over,
        outputs.RETRY_PLANNED: _retry_planned,
        outputs.FELL_BACK: _fell_back,
        outputs.JOINED: _joined,
        outputs.CLOSED: _closed,
        outputs.FINISHED: _finished,
        outputs.FLAGGED: _flagged,
        outputs.CIRCUIT: _circuit,
        outputs.ACT: _act,
        outputs.RECALLED: _recalled,
        entry.CODE_ENTERED: _code_entered,
        entry.CALLED_BACK: _happened,
        entry.REACHED_HANDSET: _happened,
        entry.READ_BY_PERSON: _happened,
        entry.EXPIRED_AT_PROVIDER: _happened,
        entry.ACCEPTED_AT_PROVIDER: _happened,
        entry.FAILED_AT_PROVIDER: _failed_at_provider,
        entry.PARTLY_REACHED_HANDSET: _partly_reached_handset,
        entry.RECEIPT_LOST: _receipt_lost,
        entry.RECEIPT_UNMATCHED: _receipt_unmatched,
        entry.RECEIPT_CONTRADICTS: _receipt_contradicts,
        entry.BILLED: _billed,
        entry.FAULT_BEGAN: _fault,
        entry.FAULT_ENDED: _fault,
        entry.KNOB_CHANGED: _knob,
        entry.RESUMED: _resumed,
    }


_WITHOUT_ATTEMPT: Final = frozenset({outputs.FINISHED, outputs.FELL_BACK})


def _reason(detail: Detail) -> str:
    told = reason_text(detail)
    return f" ({told})" if told else ""


def _told(detail: Detail) -> str:
    """What a receipt says: its status, the segment it is about, the reason."""
    segment = segment_text(detail)
    return f"{detail.text('status')}{f' {segment}' if segment else ''}{_reason(detail)}"
