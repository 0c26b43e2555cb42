"""Every metric once more, the slow and obvious way: objects, dictionaries and loops over a log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from sandbox.cascade.outputs import Fact
from sandbox.report.definitions import MetricRef, Side

GOOD = ("delivered", "read")
BAD = ("failed", "rejected", "expired")
ANSWERS = ("accepted", "refused", "throttled", "unknown")


@dataclass
class Attempt:
    """What the log says of one attempt."""

    level: int
    provider: str
    channel: str
    answer: str = ""
    taken: bool = False
    owed: int = 0
    bill: int = 0
    unsaid: int = 0
    refunded: int = 0
    told_at: int | None = None
    """The number of the line that first said delivered or read."""
    failed: bool = False
    arrived_at: int | None = None
    """The number of the line of its copy."""
    lost: bool = False


@dataclass
class Message:
    """What the log says of one message."""

    cascade: str
    requested_at: int
    entered: int = 0
    outcome: str = ""
    ended_at: int = 0
    ended_seq: int = 0
    credited: tuple[int, int] | None = None
    first_copy_at: int | None = None
    code_made_at: dict[int, int] = field(default_factory=dict)
    """By level; at -1 that of the message."""
    is_verified: bool = False
    codes_after: list[tuple[int, int]] = field(default_factory=list)
    """Right codes that came when it had another outcome: when, and whose."""
    attempts: dict[tuple[int, int], Attempt] = field(default_factory=dict)


def messages_of(facts: Sequence[Fact]) -> list[Message]:
    """All messages of a log, in order of arrival."""
    messages: dict[int, Message] = {}
    for fact in facts:
        _read(messages, fact)
    return list(messages.values())


def _read(messages: dict[int, Message], fact: Fact) -> None:
    seq, at, number, level, attempt, kind, _, detail = fact
    if number is None:
        return
    if kind == "requested":
        messages[number] = Message(detail.text("cascade"), at, code_made_at={-1: at})
        return
    message, place = messages[number], (level or 0, attempt or 0)
    if kind == "submitted":
        told = detail.text("provider"), detail.text("channel")
        message.attempts[place] = Attempt(level or 0, *told)
        message.code_made_at.setdefault(level or 0, at)
    elif kind == "fell_back":
        message.entered = level or 0
    elif kind == "finished":
        message.outcome, message.ended_at, message.ended_seq = detail.text("outcome"), at, seq
        message.credited = place if message.outcome == "delivered" else None
        message.is_verified = detail.fields.get("verified") is True
    elif kind == "act":
        if detail.text("act") == "verified" and message.outcome and not message.is_verified:
            of = detail.number("level") if "level" in detail.fields else -1
            message.codes_after.append((at, of))
    elif place in message.attempts:
        _read_attempt(message, message.attempts[place], fact)


def _read_attempt(message: Message, attempt: Attempt, fact: Fact) -> None:
    seq, at, _, _, _, kind, _, detail = fact
    if kind in ANSWERS:
        attempt.answer = kind
    if kind in (*ANSWERS[:3], "receipt", "late_receipt"):
        attempt.unsaid += max(0, attempt.owed - detail.number("owed_nano"))
        attempt.owed = detail.number("owed_nano")
    if kind in ("receipt", "late_receipt"):
        attempt.failed = attempt.failed or detail.text("status") in BAD
        if detail.text("status") in GOOD and attempt.told_at is None:
            attempt.told_at = seq
    if kind == "accepted_at_provider":
        attempt.taken = True
    if kind == "billed":
        attempt.bill += detail.number("amount_nano")
        attempt.refunded += max(0, -detail.number("amount_nano"))
    if kind in ("failed_at_provider", "expired_at_provider"):
        attempt.lost = True
    if kind == "reached_handset":
        attempt.arrived_at = seq
        message.first_copy_at = at if message.first_copy_at is None else message.first_copy_at


def measure(
    messages: Sequence[Message],
    ref: MetricRef,
    warm_up_us: int = 0,
    until_us: int | None = None,
    *,
    code_lifetime_us: int | None = None,
) -> tuple[Fraction | int | None, int]:
    """The value of a metric and its samples."""
    chosen = [
        m
        for m in messages
        if m.requested_at >= warm_up_us
        and (until_us is None or m.requested_at < until_us)
        and _fits(m, ref)
    ]
    if ref.statistic:
        return _statistic(_durations(chosen, ref), ref.statistic)
    name, known = ref.name, ref.side is Side.KNOWN
    here = [a for m in chosen for a in m.attempts.values() if _went_there(a, ref)]
    cost = sum(a.owed if known else a.bill for m in chosen for a in m.attempts.values())
    delivered = [m for m in chosen if _is_delivered(m, known=known)]
    rates = {
        "delivery_rate": len(delivered),
        "late_rate": sum(_is_late(m, known=known) for m in chosen),
        "double_delivery_rate": sum(len(_copies(m, known=known)) > 1 for m in chosen),
        "hidden_duplicate_rate": sum(map(_is_hidden, chosen)),
        "fallback_rate": sum(m.entered > 0 for m in chosen),
        "expired_rate": sum(m.outcome == "expired" for m in chosen),
        "verified_rate": sum(
            m.is_verified or (not known and _is_verified_late(m, code_lifetime_us)) for m in chosen
        ),
        "level.N.reached": sum(
            any(a.level == ref.level for a in m.attempts.values()) for m in chosen
        ),
    }
    if name in rates:
        return _quotient(rates[name], len(chosen))
    if name == "level.N.share":
        levels = [_first_level(m, known=known) for m in delivered]
        return _quotient(levels.count(ref.level or 0), len(delivered))
    if name == "cost.per_attempt":
        return _quotient(sum(a.owed if known else a.bill for a in here), len(here))
    if name in ("cost.per_message", "cost.per_delivered"):
        return _quotient(cost, len(chosen if name == "cost.per_message" else delivered))
    totals = {
        "cost.total": cost,
        "cost.duplicates": sum(_duplicates(m, known=known) for m in chosen),
        "cost.hidden_duplicates": sum(_duplicates(m, known=False) for m in chosen if _is_hidden(m)),
        "cost.refunded": sum(
            a.unsaid if known else a.refunded for m in chosen for a in m.attempts.values()
        ),
        "level.N.attempts": sum(a.level == ref.level for m in chosen for a in m.attempts.values()),
        "level.N.cost": sum(
            a.owed if known else a.bill
            for m in chosen
            for a in m.attempts.values()
            if a.level == ref.level
        ),
        "submitted": len(here),
        "accepted": sum(a.answer == "accepted" or (a.taken and not known) for a in here),
        "failed": sum(a.failed if known else a.lost for a in here),
        "cost": sum(a.owed if known else a.bill for a in here),
    }
    totals |= {word: sum(a.answer == word for a in here) for word in ANSWERS[1:]}
    return totals[name], len(chosen)


def _fits(message: Message, ref: MetricRef) -> bool:
    attempts = message.attempts.values()
    return (
        ref.cascade in ("", message.cascade)
        and (not ref.channel or any(a.channel == ref.channel for a in attempts))
        and (not ref.provider or any(a.provider == ref.provider for a in attempts))
    )


def _went_there(attempt: Attempt, ref: MetricRef) -> bool:
    return ref.channel in ("", attempt.channel) and ref.provider in ("", attempt.provider)


def _is_delivered(message: Message, *, known: bool) -> bool:
    return message.outcome == "delivered" if known else message.first_copy_at is not None


def _copies(message: Message, *, known: bool) -> list[Attempt]:
    """The attempts that arrived, or of which that was heard, in that order."""
    if known:
        told = [a for a in message.attempts.values() if a.told_at is not None]
        return sorted(told, key=lambda a: a.told_at or 0)
    arrived = [a for a in message.attempts.values() if a.arrived_at is not None]
    return sorted(arrived, key=lambda a: a.arrived_at or 0)


def _is_hidden(message: Message) -> bool:
    return len(_copies(message, known=False)) > 1 >= len(_copies(message, known=True))


def _is_late(message: Message, *, known: bool) -> bool:
    if message.outcome in ("", "delivered"):
        return False
    if known:
        return any((a.told_at or 0) > message.ended_seq for a in message.attempts.values())
    return message.first_copy_at is not None


def _is_verified_late(message: Message, lifetime_us: int | None) -> bool:
    return any(
        lifetime_us is None or at - message.code_made_at[of] <= lifetime_us
        for at, of in message.codes_after
    )


def _first_level(message: Message, *, known: bool) -> int:
    if known:
        assert message.credited is not None
        return message.credited[0]
    return _copies(message, known=False)[0].level


def _duplicates(message: Message, *, known: bool) -> int:
    copies = _copies(message, known=known)
    if not known:
        return sum(a.bill for a in copies[1:])
    credited = message.attempts.get(message.credited) if message.credited else None
    counts = credited if credited in copies else copies[0] if copies else None
    return sum(a.owed for a in copies if a is not counts)


def _durations(messages: Sequence[Message], ref: MetricRef) -> list[int]:
    if ref.name == "time_to_final":
        return [m.ended_at - m.requested_at for m in messages if m.outcome]
    if ref.side is Side.KNOWN:
        return [m.ended_at - m.requested_at for m in messages if m.outcome == "delivered"]
    return [m.first_copy_at - m.requested_at for m in messages if m.first_copy_at is not None]


def _statistic(durations: list[int], name: str) -> tuple[Fraction | int | None, int]:
    values = sorted(durations)
    if not values:
        return None, 0
    if name == "mean":
        return Fraction(sum(values), len(values)), len(values)
    percent = {"p50": 50, "p95": 95, "p99": 99, "max": 100}[name]
    return values[ceil(Fraction(percent * len(values), 100)) - 1], len(values)


def _quotient(numerator: int, denominator: int) -> tuple[Fraction | None, int]:
    return (Fraction(numerator, denominator) if denominator else None), denominator
