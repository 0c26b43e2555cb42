"""One message as a person follows it: row by row, with the reason for every switch.

A story is a fold over the lines of one message. Rows of truth, which no production dashboard can
have, are marked; without them it is what the engine knew. Texts of providers and files are made fit
to be shown, and are still to be shown without markup.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import CircuitState, Outcome, ReasonClass, RecallResult, Trigger
from sandbox.journal import entry
from sandbox.report.account import CIRCUIT_OPEN, Account, begin
from sandbox.report.explanations import (
    DUPLICATE,
    REASON_LENGTH,
    RECALLS,
    Reasons,
    act_text,
    class_text,
    forced_text,
    is_contradiction,
    known_before,
    reason_text,
    segment_text,
)
from sandbox.report.figures import exact_seconds, money_text, seconds_text, span_text
from sandbox.report.plain import plain

ARROW: Final = "→"
"""In front of what the engine decided to do."""

_FAILURES: Final = {
    "vanished": "the provider lost it, and will never say so",
    "filtered": "filtered on the way; the receipt will say delivered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a timeline.

    Attributes:
        offset_us: Since the request.
        words: What happened; fit to be shown, without markup.
        is_truth: The engine does not know it.
    """

    seq: int
    at_us: int
    offset_us: int
    level: int
    channel: str
    kind: str
    words: str
    is_truth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How long a message was on a level, both ends since the request; still there when None."""

    level: int
    channel: str
    began_us: int
    ended_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageResult:
    """What became of a message.

    Attributes:
        name: "" unless the scenario names it.
        outcome: "" while there is none.
        path: One entry per attempt and per skipped level, such as `sms:no_receipt`.
        late: What was heard of attempts the engine had left, in the same form.
        seconds_us: From the request to the outcome, in microseconds; None while there is none.
        cost_nano: The ledger, in billionths of the currency.
        true_cost_nano: The bill.
        copies: How many copies reached the handset: truth.
    """

    message: int
    name: str
    cascade: str
    outcome: str
    path: tuple[str, ...]
    late: tuple[str, ...]
    seconds_us: int | None
    cost_nano: int
    true_cost_nano: int
    copies: int


class Story:
    """The timeline of one message, from its `requested` line on."""

    def __init__(self, requested: Fact, plans: Mapping[str, Plan], currency: str = "") -> None:
        """Open the story.

        Args:
            requested: The message's first line.
            plans: The cascades of the run by name.
            currency: Of all prices; "" when there are none.
        """
        self.account: Account = begin(requested, plans)
        self.rows: list[Row] = []
        self.bars: list[Bar] = []
        self._currency = currency
        self._reasons = Reasons()
        self._level = 0
        self._beside: dict[int, Reasons] = {}
        """Levels that run at the same time -> what led to the next switch there."""
        self._answered: set[tuple[int | None, int | None]] = set()
        """Level and attempt, of those that were answered or whose answer was given up."""
        self._heard: set[tuple[int | None, int | None]] = set()
        """The same of those that had a receipt."""
        self._probes: set[tuple[int | None, int | None]] = set()
        """The same of those that probed whether their provider works again."""
        self._account_trouble: tuple[int | None, int | None] | None = None
        """The latest that met trouble with the account."""
        self._held_at: set[int] = set()
        """Levels that wait for the end of quiet hours."""
        detail = requested[7]
        self._local_us = detail.number("local_us")
        country = detail.text("country")
        ending = f", recipient in {plain(country)}" if country else ""
        if "local_us" in detail.fields:
            ending += f", where it is {self._time_of_day(requested[1])}"
        self._add(requested, 0, f"requested through {plain(self.account.plan.name)}{ending}")
        self._enter(requested[1], 0)

    def take(self, fact: Fact) -> None:
        """Take in the message's next line of the log."""
        level, kind, detail = fact[3], fact[5], fact[7]
        before = self.account.owed_nano(level or 0, fact[4] or 0)
        words_of = self._WORDS.get(kind)
        is_current = self._is_current(fact)
        if words_of is None:
            self.account.take(fact)
            return
        self._turn_to(level)
        self._learn_of_circuit(fact)
        self._learn(fact, is_current=is_current)
        self.account.take(fact)
        words = words_of(self, fact, detail)
        owed = self.account.owed_nano(level or 0, fact[4] or 0)
        if owed != before:
            words += f", {self._money(owed)}"
        if words:
            self._add(fact, self._level if level is None else level, words)
        if kind == outputs.FINISHED:
            self._close_bars(fact[1])

    @property
    def why(self) -> str:
        """The latest bad news, as half a sentence; "" while there was none."""
        return self._reasons.why

    def result(self, name: str = "") -> MessageResult:
        """What became of the message so far."""
        return result_of(self.account, name)

    # What is known of the current attempt ----------------------------------------------------

    def _is_current(self, fact: Fact) -> bool:
        return self.account.is_current(fact[3] or 0, fact[4] or 0)

    def _turn_to(self, level: int | None) -> None:
        """Follow another of the levels that run at the same time."""
        reasons = self._beside.get(-1 if level is None else level)
        if reasons is not None and level is not None:
            self._level, self._reasons = level, reasons

    def _learn(self, fact: Fact, *, is_current: bool) -> None:
        """Keep the reason for the next switch up to date."""
        kind, detail = fact[5], fact[7]
        if kind in _ANSWERS:
            self._answered.add((fact[3], fact[4]))
        elif kind in _NEWS:
            self._heard.add((fact[3], fact[4]))
        if kind == outputs.SUBMITTED:
            self._reasons.submitted()
        elif kind == outputs.SKIPPED:
            self._reasons.skipped(detail.text("reason"), detail.text("provider"))
        elif kind in _MOVES:
            self._move(fact)
        elif not is_current:
            return
        elif kind == outputs.RECEIPT:
            self._reasons.heard(self._plan_level, detail)
        elif kind == outputs.SEGMENT_RECEIPT:
            self._reasons.heard_of_segment(self._plan_level)
        elif kind == outputs.WAIT_OVER:
            self._reasons.wait_over(self._plan_level, detail.text("trigger"))
        elif kind in _ANSWERS:
            self._reasons.answered(kind, self._plan_level, detail)

    def _move(self, fact: Fact) -> None:
        """Levels begin and close."""
        level = fact[3] or 0
        if fact[5] == outputs.CLOSED:
            self._held_at.discard(level)
            self._close_bars(fact[1], only=level)
            return
        if fact[5] == outputs.FELL_BACK:
            self._held_at.clear()
            self._close_bars(fact[1])
            self._beside = {}
        else:
            self._beside.setdefault(self._level, self._reasons)
            self._reasons = self._beside[level] = Reasons()
        self._enter(fact[1], level)

    def _learn_of_circuit(self, fact: Fact) -> None:
        detail = fact[7]
        if detail.text("trigger") == Trigger.CIRCUIT_OPEN:
            self._reasons.passed_by()
        elif fact[5] == outputs.ACT and not detail.text("why"):
            self._reasons.by_hand()
        elif detail.text("class") == ReasonClass.ACCOUNT:
            self._account_trouble = (fact[3], fact[4])

    @property
    def _plan_level(self) -> Level:
        return self.account.plan.levels[self._level]

    def _enter(self, at_us: int, level: int) -> None:
        self._level = level
        offset_us = at_us - self.account.requested_at_us
        channel = str(self._plan_level.channel)
        self.bars.append(Bar(level=level, channel=channel, began_us=offset_us, ended_us=None))

    def _close_bars(self, at_us: int, only: int | None = None) -> None:
        ended_us = at_us - self.account.requested_at_us
        for place, bar in enumerate(self.bars):
            if bar.ended_us is None and only in (None, bar.level):
                self.bars[place] = replace(bar, ended_us=ended_us)

    def _add(self, fact: Fact, level: int, words: str) -> None:
        seq, at_us, _, _, _, kind, _, _ = fact
        self.rows.append(
            Row(
                seq=seq,
                at_us=at_us,
                offset_us=at_us - self.account.requested_at_us,
                level=level,
                channel=str(self.account.plan.levels[level].channel),
                kind=kind,
                words=words,
                is_truth=kind in entry.WORLD_KINDS,
            )
        )

    def _money(self, nano: int) -> str:
        return money_text(nano, self._currency)

    # Words, one kind each --------------------------------------------------------------------

    def _skipped(self, _: Fact, detail: Detail) -> str:
        if detail.text("provider"):
            return f"{plain(detail.text('provider'))} is passed over: its circuit is open"
        if detail.text("reason") == CIRCUIT_OPEN:
            return "skipped: no provider is left on this level"
        return f"skipped, {self._reasons.why}"

    def _time_of_day(self, at_us: int) -> str:
        """How late it is where the recipient is."""
        minutes = (self._local_us + at_us) // 60_000_000 % 1440
        return f"{minutes // 60:02}:{minutes % 60:02}"

    def _held(self, fact: Fact, detail: Detail) -> str:
        self._held_at.add(fact[3] or 0)
        until_us = detail.number("until_us")
        until = f"until {self._time_of_day(until_us)} where the recipient is"
        return f"{ARROW} held for quiet hours {until}, for {span_text(until_us - fact[1])}"

    def _circuit(self, fact: Fact, detail: Detail) -> str:
        whose, place = f"the circuit of {plain(detail.text('provider'))}", (fact[3], fact[4])
        state = detail.text("state")
        if state == CircuitState.HALF_OPEN:
            self._probes.add(place)
            return f"{whose} is half-open: this message probes whether it works"
        if state == CircuitState.CLOSED:
            return f"{whose} is closed: it works again"
        why = "after too many failures in a row"
        if place == self._account_trouble:
            why = "because of trouble with the account"
        elif place in self._probes:
            why = "again, the probe failed"
        until_us = detail.number("until_us")
        span = f"{span_text(until_us - fact[1])}, until {exact_seconds(until_us)} s of the run"
        return f"{whose} opens {why}: passed over for {span}"

    def _submitted(self, fact: Fact, detail: Detail) -> str:
        provider = plain(detail.text("provider"))
        here = [step for step in self.account.steps if step.level == fact[3]]
        was_held = fact[3] in self._held_at
        self._held_at.discard(fact[3] or 0)
        if (fact[4] or 0) == 1:
            before = "quiet hours are over " if was_held else ""
            return f"{before}{ARROW} submit to {provider}"
        if "key" in detail.fields:
            return f"{self._reasons.why} {ARROW} resend to {provider} under the same key"
        if here[-2].provider == detail.text("provider"):
            return f"{ARROW} submit to {provider} again"
        return f"{self._reasons.why} {ARROW} next provider: {provider}"

    def _accepted(self, fact: Fact, _: Detail) -> str:
        is_after = (fact[3], fact[4]) in self._heard
        return "accepted: the reply came after the receipt" if is_after else "accepted"

    def _refused(self, fact: Fact, detail: Detail) -> str:
        told = reason_text(detail)
        meaning = class_text(detail)
        words = f"{fact[5]}: {told}" if told else fact[5]
        words += f" ({meaning})" if meaning else ""
        again_us = detail.number("retry_after_us")
        return f"{words}, not again within {seconds_text(again_us)}" if again_us else words

    def _unknown(self, fact: Fact, _: Detail) -> str:
        timeout_us = self.account.plan.levels[fact[3] or 0].submit_timeout_us
        return f"no answer within {span_text(timeout_us)}: the provider may have it or not"

    def _receipt(self, fact: Fact, detail: Detail) -> str:
        is_early = (fact[3], fact[4]) not in self._answered
        return _receipt_words(detail) + (" (it came before the reply)" if is_early else "")

    def _late_receipt(self, _: Fact, detail: Detail) -> str:
        return f"late {_receipt_words(detail)} (the outcome stands)"

    def _ignored(self, _: Fact, detail: Detail) -> str:
        status, why = detail.text("status"), detail.text("why")
        segment = segment_text(detail)
        which = f"{status} receipt for {segment}" if segment else f"{status} receipt"
        if why == DUPLICATE:
            return f"ignored: the {which} came twice, it counts once"
        known = known_before(why)
        if not known:
            return f"ignored {status}: {why}"
        verb = "contradicts" if is_contradiction(known, status) else "came after"
        return f"ignored: the {which} {verb} the {known} one"

    def _wait_over(self, _: Fact, __: Detail) -> str:
        return ""  # what follows says why

    def _retry_planned(self, fact: Fact, detail: Detail) -> str:
        pause_us = detail.number("retry_at_us") - fact[1]
        return f"{ARROW} try again in {seconds_text(pause_us)}"

    def _fell_back(self, _: Fact, detail: Detail) -> str:
        return f"{self._reasons.why} {ARROW} next level: {plain(detail.text('to'))}"

    def _joined(self, fact: Fact, _: Detail) -> str:
        return f"{ARROW} begins at the same time, beside {self._channel((fact[3] or 0) - 1)}"

    def _closed(self, _: Fact, __: Detail) -> str:
        return f"{self._reasons.why} {ARROW} closed; what runs beside it goes on"

    def _channel(self, level: int) -> str:
        return plain(str(self.account.plan.levels[level].channel))

    def _finished(self, fact: Fact, _: Detail) -> str:
        account = self.account
        after = seconds_text(account.took_us or 0)
        if account.outcome == Outcome.DELIVERED:
            late = " after all" if self._was_left(*account.credited or (0, 0)) else ""
            what = "delivered and verified" if account.is_verified else f"delivered{late}"
            return f"{what} at level {fact[3]}, {after} after the request"
        if account.outcome == Outcome.EXPIRED:
            over = f"the deadline of {span_text(account.plan.deadline_us or 0)} is over"
            return f"expired: {over}" + (", and quiet hours are not" if self._held_at else "")
        if account.outcome == Outcome.EXHAUSTED:
            end = "no level is left"
            if account.ended_by == "policy":
                end = f"the plan does not move on when {account.trigger}"
            return f"exhausted: {self._reasons.why}, and {end}"
        return f"{account.outcome}: {self._reasons.why}" if self._reasons.why else account.outcome

    def _was_left(self, level: int, attempt: int) -> bool:
        """Whether another attempt was waited for when this one succeeded."""
        steps = self.account.steps
        is_left = all(
            s.word != self.account.plan.levels[level].success.word
            for s in steps
            if (s.level, s.attempt) == (level, attempt)
        )
        return is_left and any(step.word == "overtaken" for step in steps)

    def _act(self, _: Fact, detail: Detail) -> str:
        return act_text(detail)

    def _recalled(self, _: Fact, detail: Detail) -> str:
        return RECALLS[RecallResult(detail.text("result"))]

    def _flagged(self, _: Fact, detail: Detail) -> str:
        return f"flagged: {class_text(detail)} at {plain(detail.text('provider'))}"

    def _reached_handset(self, _: Fact, __: Detail) -> str:
        count = self.account.copy_count
        return "on the handset" if count == 1 else f"on the handset, copy {count}"

    def _code_entered(self, _: Fact, detail: Detail) -> str:
        return "the person enters the code" if detail.fields["right"] else "the code is mistyped"

    def _called_back(self, _: Fact, __: Detail) -> str:
        return "called back: it will not arrive"

    def _read_by_person(self, _: Fact, __: Detail) -> str:
        return "read by the person"

    def _expired_at_provider(self, _: Fact, __: Detail) -> str:
        return "the provider stopped trying"

    def _failed_at_provider(self, _: Fact, detail: Detail) -> str:
        status = detail.text("status")
        told = reason_text(detail)
        return _FAILURES.get(status, f"{status} at the provider") + (f": {told}" if told else "")

    def _accepted_at_provider(self, _: Fact, __: Detail) -> str:
        return "the provider has it, and has not said so"

    def _partly_reached_handset(self, _: Fact, detail: Detail) -> str:
        arrived, segments = detail.number("arrived"), detail.number("segments")
        return f"only {arrived} of {segments} segments came on the handset"

    def _receipt_lost(self, _: Fact, detail: Detail) -> str:
        segment = segment_text(detail)
        of_it = f" for {segment}" if segment else ""
        return f"the {detail.text('status')} receipt{of_it} got lost"

    def _receipt_unmatched(self, _: Fact, detail: Detail) -> str:
        status = detail.text("status")
        return f"the {status} receipt came with an id we do not know: kept as an orphan"

    def _receipt_contradicts(self, _: Fact, detail: Detail) -> str:
        return f"the provider will also say {detail.text('status')}, which is not so"

    def _billed(self, _: Fact, detail: Detail) -> str:
        amount = detail.number("amount_nano")
        return (
            f"billed {self._money(amount)}" if amount >= 0 else f"refunded {self._money(-amount)}"
        )

    def _forced(self, _: Fact, detail: Detail) -> str:
        return f"by hand, its attempt here: {forced_text(detail)}"

    _WORDS: ClassVar[Mapping[str, Callable[["Story", Fact, Detail], str]]] = {
        outputs.SKIPPED: _skipped,
        outputs.HELD: _held,
        outputs.SUBMITTED: _submitted,
        outputs.ACCEPTED: _accepted,
        outputs.REFUSED: _refused,
        outputs.THROTTLED: _refused,
        outputs.UNKNOWN: _unknown,
        outputs.RECEIPT: _receipt,
        outputs.LATE_RECEIPT: _late_receipt,
        outputs.SEGMENT_RECEIPT: _receipt,
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
        entry.CALLED_BACK: _called_back,
        entry.REACHED_HANDSET: _reached_handset,
        entry.READ_BY_PERSON: _read_by_person,
        entry.EXPIRED_AT_PROVIDER: _expired_at_provider,
        entry.FAILED_AT_PROVIDER: _failed_at_provider,
        entry.ACCEPTED_AT_PROVIDER: _accepted_at_provider,
        entry.PARTLY_REACHED_HANDSET: _partly_reached_handset,
        entry.RECEIPT_LOST: _receipt_lost,
        entry.RECEIPT_UNMATCHED: _receipt_unmatched,
        entry.RECEIPT_CONTRADICTS: _receipt_contradicts,
        entry.BILLED: _billed,
        entry.KNOB_CHANGED: _forced,
    }


_ANSWERS: Final = (outputs.ACCEPTED, outputs.REFUSED, outputs.THROTTLED, outputs.UNKNOWN)
_NEWS: Final = (outputs.RECEIPT, outputs.LATE_RECEIPT, outputs.SEGMENT_RECEIPT)
_MOVES: Final = (outputs.FELL_BACK, outputs.JOINED, outputs.CLOSED)


def _receipt_words(detail: Detail) -> str:
    told, segment = reason_text(detail), segment_text(detail)
    what = f"{segment} {detail.text('status')}" if segment else detail.text("status")
    return f"receipt: {what}" + (f", {told}" if told else "")


def result_of(account: Account, name: str = "") -> MessageResult:
    """What became of a message so far."""
    return MessageResult(
        message=account.message,
        name=name,
        cascade=account.plan.name,
        outcome=account.outcome,
        path=tuple(map(str, account.steps)),
        late=tuple(map(str, account.late)),
        seconds_us=account.took_us,
        cost_nano=account.ledger_nano,
        true_cost_nano=account.bill_nano,
        copies=account.copy_count,
    )


def story_of(facts: Iterable[Fact], plans: Sequence[Plan], currency: str = "") -> Story | None:
    """The timeline of the first message that is requested; lines of others are left out."""
    by_name = {plan.name: plan for plan in plans}
    story: Story | None = None
    for fact in facts:
        if story is None:
            if fact[5] == outputs.REQUESTED:
                story = Story(fact, by_name, currency)
        elif fact[2] == story.account.message:
            story.take(fact)
    return story


def story_lines(
    facts: Iterable[Fact], plans: Sequence[Plan], names: Mapping[int, str], currency: str = ""
) -> list[str]:
    """The timeline of one message as lines of text; truth is marked with `~`."""
    story = story_of(facts, plans, currency)
    if story is None:
        return []
    account = story.account
    name = names.get(account.message, "")
    title = f"m{account.message}" + (f" {plain(name, REASON_LENGTH)}" if name else "")
    lines = [title]
    width = max(len(row.channel) for row in story.rows)
    for row in story.rows:
        mark = "~" if row.is_truth else " "
        where = f"{row.level} {plain(row.channel):<{width}}"
        lines.append(f"{exact_seconds(row.offset_us):>10}  {where} {mark} {row.words}")
    lines.append("path  " + ", ".join(map(str, account.steps)))
    if account.late:
        lines.append("late  " + ", ".join(map(str, account.late)))
    known, true = (money_text(n, currency) for n in (account.ledger_nano, account.bill_nano))
    lines.append(f"cost  {known} known, {true} true")
    return lines


def message_results(
    facts: Iterable[Fact],
    plans: Sequence[Plan],
    names: Mapping[int, str],
    wanted: Collection[int] | None = None,
) -> Iterator[MessageResult]:
    """What became of each message, in order of arrival.

    News may come until the last line, so nothing is handed out before all lines are taken in.

    Args:
        facts: The whole log.
        plans: The cascades of the run.
        names: Message -> its name; looked at when all lines are taken in.
        wanted: Only these messages; None for all.
    """
    by_name = {plan.name: plan for plan in plans}
    accounts: dict[int, Account] = {}
    for fact in facts:
        message = fact[2]
        if message is None or (wanted is not None and message not in wanted):
            continue
        if fact[5] == outputs.REQUESTED:
            accounts[message] = begin(fact, by_name)
        else:
            accounts[message].take(fact)
    for message, account in accounts.items():
        yield result_of(account, names.get(message, ""))
