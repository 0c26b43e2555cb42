"""The engine's own lines, said again from nothing but what it was told.

A log holds both what came in from outside (requests, answers, receipts, acts) and what the engine
made of it. Replay hands a fresh engine the first, in order, wakes it when it asks to be woken, and
compares everything it says with the second. Lines of the world are not even looked at: that a log
replays is the proof that the engine never reads truth. The same way a live log will be checked.

Who acts at one instant is read off the log: a line that takes something in is handed over; any
other line at this place can only stem from a wake-up. Line numbers and causes are not compared,
because the lines of the world are missing from the count.

Where a run was resumed by another process, timers that ended in between act at that instant, after
what was heard there: late, never early, and nothing else is forgiven.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, zip_longest
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.circuit import Breaker
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import (
    Acted,
    Event,
    OrphanReceived,
    Reason,
    RecallAnswered,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
    WokeUp,
)
from sandbox.cascade.outputs import Detail, Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import STATUSES, Act, ReasonClass, RecallResult, Status
from sandbox.errors import MisuseError
from sandbox.journal.entry import ENGINE_KINDS, RESUMED

NOT_AWAITED: Final = "no answer was awaited"
"""Why an answer is ignored; every other reason to ignore something belongs to a receipt."""

_ANSWERS: Final = (outputs.ACCEPTED, outputs.REFUSED, outputs.THROTTLED, outputs.UNKNOWN)
_RECEIPTS: Final = (outputs.RECEIPT, outputs.LATE_RECEIPT, outputs.SEGMENT_RECEIPT)
_NO_RECEIPT: Final = (Status.REFUSED, Status.THROTTLED, Status.UNKNOWN)
_EVEN_LUCK: Final = 1 << 31
_NO_BREAKERS: Final[Mapping[str, Breaker]] = {}


class Difference(NamedTuple):
    """The first place where a fresh engine says something else than the log.

    Attributes:
        seq: The line of the log; the last one where the engine says more than the log has.
        logged: The line; None where the log has none.
        said: What the engine says there; None where it says nothing.
    """

    seq: int
    logged: Fact | None
    said: Fact | None

    def __str__(self) -> str:
        """The difference in one line."""
        return f"line {self.seq}: the log has {_text(self.logged)}, replayed {_text(self.said)}"


def replay(
    facts: Iterable[Fact], plans: Sequence[Plan], breakers: Mapping[str, Breaker] = _NO_BREAKERS
) -> Difference | None:
    """Replay a whole log.

    Args:
        facts: The log from its first line on; lines that are not the engine's are passed over.
        plans: The cascades it was made with, in the same order.
        breakers: The breakers it was made with, by provider.

    Returns:
        The first difference; None when a fresh engine says the very same.
    """
    told = _Told(plans, breakers)
    last = before = 0
    for fact in facts:
        difference = None
        if fact[5] in ENGINE_KINDS:
            last = fact[0]
            difference = told.take(fact)
        elif fact[5] == RESUMED:
            difference = told.resume(fact, before)
        if difference is not None:
            return difference
        before = fact[1]
    return told.finish(last)


class _Told:
    """A fresh engine, and what it said that the log has not come to yet."""

    def __init__(self, plans: Sequence[Plan], breakers: Mapping[str, Breaker]) -> None:
        self._engine = Engine(plans, count(1).__next__, breakers)
        self._plans: Mapping[str, int] = {plan.name: index for index, plan in enumerate(plans)}
        self._said: list[Fact] = []
        self._give_ups: dict[tuple[int, int, int], tuple[int, int]] = {}
        """Attempt -> its `submitted` line in the log, and when its answer is given up."""
        self._timeouts = [[level.submit_timeout_us for level in plan.levels] for plan in plans]
        self._plan_of: dict[int, int] = {}
        self._awake_from = 0
        """When the latest process took the run up; no timer acts before."""

    def take(self, fact: Fact) -> Difference | None:
        """Compare the log's next line with what the engine says."""
        if not self._said:
            self._listen(fact)
        said = self._said.pop(0) if self._said else None
        if said is None or _content(said) != _content(fact):
            return Difference(fact[0], fact, said)
        self._note(fact)
        return None

    def resume(self, fact: Fact, before: int) -> Difference | None:
        """No process ran for a while: up to its beginning, all that was due must be in the log.

        Args:
            fact: The `resumed` line.
            before: The instant of the line before it.
        """
        since, at = fact[7].number("since_us"), fact[1]
        due_at = max(self._engine.wake_at, self._awake_from)
        if self._said or not before <= since <= at or due_at < since:
            return Difference(fact[0], fact, self._said[0] if self._said else None)
        self._awake_from = at
        return None

    def finish(self, last: int) -> Difference | None:
        """At the end of the log the engine has nothing more to say."""
        return Difference(last, None, self._said[0]) if self._said else None

    def _listen(self, fact: Fact) -> None:
        """Tell the engine what must have happened for it to say this line."""
        engine, at = self._engine, fact[1]
        try:
            event = self._event(fact)
            wake_at = max(engine.wake_at, self._awake_from)
            if event is None or wake_at < at:
                if wake_at <= at:
                    self._hear(WokeUp(), wake_at)
            else:
                self._hear(event, at)
        except (MisuseError, LookupError, ValueError):
            self._said = []  # such a thing cannot have happened: the engine says nothing to it

    def _hear(self, event: Event, now: int) -> None:
        said = self._engine.receive(event, now)
        self._said = [output for output in said if not isinstance(output, Submit | Recall)]

    def _note(self, fact: Fact) -> None:
        seq, at, message, level, attempt, kind, _, detail = fact
        if message is None or level is None:
            return
        if kind == outputs.REQUESTED:
            self._plan_of[message] = self._plans[detail.text("cascade")]
        elif kind == outputs.SUBMITTED and attempt is not None:
            timeout_us = self._timeouts[self._plan_of[message]][level]
            self._give_ups[message, level, attempt] = seq, at + timeout_us
        elif kind in _ANSWERS and attempt is not None:
            self._give_ups.pop((message, level, attempt), None)

    # What happened ---------------------------------------------------------------------------

    def _is_given_up(self, where: tuple[int, int, int], cause: int, at: int) -> bool:
        """Whether an answer is missing because nobody listens any more."""
        submitted, give_up_at = self._give_ups.get(where, (0, 0))
        return (cause, at) == (submitted, max(give_up_at, self._awake_from))

    def _event(self, fact: Fact) -> Event | None:
        """What a line took in from outside; None when the engine said it by itself."""
        _, at, message, level, attempt, kind, cause, detail = fact
        where = (message or 0, level or 0, attempt or 0)
        if kind == outputs.REQUESTED:
            plan = self._plans[detail.text("cascade")]
            recipient = detail.number("recipient") if "recipient" in detail.fields else -1
            of_whom = (detail.text("country"), _ineligible(detail), cause, recipient)
            return Requested(where[0], plan, *of_whom, detail.number("local_us"))
        if kind == outputs.UNKNOWN and self._is_given_up(where, cause, at):
            return None
        owed_nano, luck = detail.number("owed_nano"), detail.number("luck")
        if kind in _ANSWERS:
            luck = luck if "luck" in detail.fields else _EVEN_LUCK
            about = (owed_nano, luck, cause, detail.number("retry_after_us"))
            return SubmitAnswered(*where, STATUSES[kind], _reason(detail), *about)
        if kind in _RECEIPTS or kind == outputs.IGNORED:
            status = STATUSES[detail.text("status")]
            if detail.text("why") == NOT_AWAITED or status in _NO_RECEIPT:
                return SubmitAnswered(*where, status, _reason(detail), owed_nano, _EVEN_LUCK, cause)
            segment, segments = detail.number("segment"), detail.number("segments") or 1
            its = (owed_nano, cause, segment, segments)
            return ReceiptReceived(*where, status, _reason(detail), *its)
        if kind == outputs.ORPHAN_RECEIPT:
            provider, status = detail.text("provider"), STATUSES[detail.text("status")]
            return OrphanReceived(provider, status, _reason(detail), owed_nano, cause)
        if kind == outputs.ACT:
            level = detail.number("level") if "level" in detail.fields else -1
            return Acted(where[0], Act(detail.text("act")), level, cause)
        if kind == outputs.RECALLED:
            return RecallAnswered(*where, RecallResult(detail.text("result")), cause)
        return None


def engine_lines(facts: Iterable[Fact]) -> Iterator[tuple[object, ...]]:
    """What the engine decided, line by line, without line numbers and causes."""
    return (_content(fact) for fact in facts if fact[5] in ENGINE_KINDS)


def first_difference(one: Iterable[Fact], other: Iterable[Fact]) -> int | None:
    """Where two logs decide differently, counted in lines of the engine from 0; None: nowhere."""
    pairs = zip_longest(engine_lines(one), engine_lines(other))
    return next((nth for nth, (left, right) in enumerate(pairs) if left != right), None)


def _content(fact: Fact) -> tuple[object, ...]:
    _, at, message, level, attempt, kind, _, detail = fact
    return at, message, level, attempt, kind, detail


def _reason(detail: Detail) -> Reason | None:
    if "code" not in detail.fields:
        return None
    return Reason(detail.text("code"), ReasonClass(detail.text("class")), detail.text("text"))


def _ineligible(detail: Detail) -> tuple[tuple[str, str], ...]:
    told = detail.fields.get("ineligible", ())
    words = told if isinstance(told, tuple) else ()
    pairs = (word.partition("=") for word in words)
    return tuple((channel, reason) for channel, _, reason in pairs)


def _text(fact: Fact | None) -> str:
    if fact is None:
        return "nothing"
    at, message, level, attempt, kind, detail = _content(fact)
    place = f"m{message}.{level}" if attempt is None else f"m{message}.{level}.{attempt}"
    return f"{kind} {place} at {at} us {getattr(detail, 'json', '-')}"
