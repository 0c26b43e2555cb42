"""The engine's own lines, said again from nothing but what it was told.

Every line of truth is deleted and the rest renumbered; then a fresh engine hears the requests,
answers, receipts, acts and recalls that the remaining lines tell of, wakes up when it asked to, and
must say the same lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

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
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import STATUSES, Act, ReasonClass, RecallResult
from sandbox.journal.entry import ENGINE_KINDS, Entry
from tests.laws.generated import NO_BREAKERS

_ANSWERS = ("accepted", "refused", "throttled")
_RECEIPTS = ("receipt", "late_receipt", "segment_receipt", "ignored")


def without_truth(facts: Iterable[Fact]) -> list[Entry]:
    """The engine's lines only, numbered anew; a cause outside of them becomes 0."""
    kept = [Entry._make(fact) for fact in facts if fact[5] in ENGINE_KINDS]
    number = {line.seq: nth for nth, line in enumerate(kept, start=1)}
    return [line._replace(seq=number[line.seq], cause=number.get(line.cause, 0)) for line in kept]


def said_again(
    lines: Sequence[Entry], plans: Sequence[Plan], breakers: Mapping[str, Breaker] = NO_BREAKERS
) -> list[Entry]:
    """What a fresh engine says when it hears what these lines tell of."""
    engine = Engine(plans, count(1).__next__, breakers)
    said: list[Entry] = []
    for line in lines:
        if len(said) >= line.seq:
            continue  # it came with an earlier event
        event = _event(line, plans)
        outputs = engine.receive(event or WokeUp(), line.at_us)
        said += [
            Entry._make(output) for output in outputs if not isinstance(output, Submit | Recall)
        ]
    return said


def _event(line: Entry, plans: Sequence[Plan]) -> Event | None:
    """What the engine was told when it wrote this line first; None: it woke up by itself."""
    message, detail = line.message or 0, line.detail
    if line.kind == "requested":
        plan = [plan.name for plan in plans].index(detail.text("cascade"))
        recipient = detail.fields.get("recipient", -1)
        assert isinstance(recipient, int)
        told_of = (detail.text("country"), _ineligible(line), line.cause, recipient)
        return Requested(message, plan, *told_of, detail.number("local_us"))
    if line.kind == "act":
        level = detail.fields.get("level", -1)
        assert isinstance(level, int)
        return Acted(message, Act(detail.text("act")), level, line.cause)
    where = (message, line.level or 0, line.attempt or 0)
    if line.kind == "recalled":
        return RecallAnswered(*where, RecallResult(detail.text("result")), line.cause)
    reason, owed = _reason(line), detail.number("owed_nano")
    if line.kind in _ANSWERS:
        told = (owed, detail.number("luck"), line.cause, detail.number("retry_after_us"))
        return SubmitAnswered(*where, STATUSES[line.kind], reason, *told)
    if line.kind in _RECEIPTS:
        status, segment = STATUSES[detail.text("status")], detail.number("segment")
        its = (owed, line.cause, segment, detail.number("segments"))
        return ReceiptReceived(*where, status, reason, *its)
    if line.kind == "orphan_receipt":
        status = STATUSES[detail.text("status")]
        return OrphanReceived(detail.text("provider"), status, reason, owed, line.cause)
    return None


def _ineligible(line: Entry) -> tuple[tuple[str, str], ...]:
    told = line.detail.fields.get("ineligible", ())
    assert isinstance(told, tuple)
    pairs = [word.split("=", 1) for word in told]
    return tuple((channel, reason) for channel, reason in pairs)


def _reason(line: Entry) -> Reason | None:
    detail = line.detail
    if "code" not in detail.fields:
        return None
    return Reason(detail.text("code"), ReasonClass(detail.text("class")), detail.text("text"))
