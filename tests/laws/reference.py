"""A second opinion: what becomes of a message, worked out attempt by attempt without a machine.

For plans whose levels have one provider, wait from acceptance for a delivery, and move on with
every trigger. No events, no timers: each attempt closes at the earliest of a few instants, and a
delivery of any attempt up to then ends the message. Receipts may come before the answer, one for
each segment, twice, and contradict each other; good news wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import Status


class Reply(Enum):
    """What the provider makes of a submission."""

    ACCEPTED = "accepted"
    REFUSED_FOR_GOOD = "refused for good"
    REFUSED_FOR_NOW = "refused for now"
    THROTTLED = "throttled"
    SILENCE = "silence"


@dataclass(frozen=True)
class Script:
    """What becomes of one attempt; instants count from its submission.

    Attributes:
        retry_after: How long the reply asks to be left alone.
        segments: When the receipts of single segments come; where there are any, a delivery is
            known with the last of them.
        copies: So many times everything is said once more; that changes nothing.
        then: A second final, later than the first.
    """

    reply: Reply
    reply_after: int = 0
    final: Status | None = None
    final_after: int = 0
    retry_after: int = 0
    segments: tuple[int, ...] = ()
    copies: int = 0
    then: Status | None = None
    then_after: int = 0

    @property
    def deliveries(self) -> list[int]:
        """When it is said to be delivered."""
        first = [max((self.final_after, *self.segments))] if self.final is Status.DELIVERED else []
        return first + ([self.then_after] if self.then is Status.DELIVERED else [])


@dataclass(frozen=True)
class Ending:
    """What a message came to: every submission, then the outcome, its instant and its credit."""

    path: tuple[tuple[int, int, int], ...]
    outcome: str
    at: int
    credit: tuple[int, int] | None = None


def predict(plan: Plan, script: Mapping[tuple[int, int], Script]) -> Ending:
    """Work out the ending of a message requested at 0."""
    forever = 1 << 60
    deadline = forever if plan.deadline_us is None else plan.deadline_us
    path: list[tuple[int, int, int]] = []
    arrivals: list[tuple[int, int, int]] = []
    now = 0

    def ended_by(at: int, *, by_timer: bool = True) -> Ending | None:
        """The end that has come by an instant; an answer at the very deadline is before it."""
        arrived, *credit = min(arrivals, default=(forever, 0, 0))
        if arrived <= min(at, deadline):
            return Ending(tuple(path), "delivered", arrived, (credit[0], credit[1]))
        is_over = at > deadline or (at == deadline and by_timer)
        return Ending(tuple(path), "expired", deadline) if is_over else None

    for index, level in enumerate(plan.levels):
        number = 0
        while True:
            if now >= deadline:
                return Ending(tuple(path), "expired", deadline)
            number += 1
            path.append((now, index, number))
            one = script[index, number]
            arrivals += [(now + after, index, number) for after in one.deliveries]
            closes_at = now + _closes_after(one, level)
            is_answered_no = one.reply not in (Reply.ACCEPTED, Reply.SILENCE)
            if end := ended_by(closes_at, by_timer=not is_answered_no):
                return end
            now = closes_at
            if not _is_retried(one) or number > level.retries.max:
                break
            now += max(_pause(level, number), one.retry_after)
            if end := ended_by(now):
                return end
    return Ending(tuple(path), "exhausted", now)


def _closes_after(one: Script, level: Level) -> int:
    """When an attempt that never delivers is given up, counted from its submission."""
    if one.reply in (Reply.ACCEPTED, Reply.SILENCE):
        is_silent = one.reply is Reply.SILENCE
        answered = level.submit_timeout_us if is_silent else one.reply_after
        since = min((answered, *one.segments))  # a segment that arrives was accepted before
        assert level.wait_us is not None
        ends = since + level.wait_us
        is_bad = one.final in (Status.FAILED, Status.REJECTED, Status.EXPIRED)
        return min(ends, one.final_after) if is_bad else ends
    return one.reply_after


def _is_retried(one: Script) -> bool:
    return one.reply in (Reply.REFUSED_FOR_NOW, Reply.THROTTLED)


def _pause(level: Level, retry: int) -> int:
    backoff = level.retries.backoff
    doubled = backoff.first_us * backoff.factor_ppm ** (retry - 1) // 1_000_000 ** (retry - 1)
    return int(min(doubled, backoff.max_us))
