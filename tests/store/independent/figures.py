"""The metrics of a run, computed as `sandbox explain METRIC` says, in exact fractions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tests.store.independent.lines import Log
from tests.store.independent.messages import Attempt, Message

PERCENTILES: Final = {"p50": 50, "p95": 95, "p99": 99, "max": 100}

Figure = tuple[str, Fraction | int | None, int]
"""Kind, value, samples."""


@dataclass
class Sample:
    """The messages a metric looks at."""

    messages: list[Message]
    level: int | None = None
    place: tuple[str, str] = ("", "")
    """Channel and provider, "" for any."""
    is_truth: bool = False

    @property
    def attempts(self) -> list[Attempt]:
        """Of these messages, at the channel and provider in question."""
        channel, provider = self.place
        return [
            attempt
            for message in self.messages
            for attempt in message.attempts.values()
            if channel in ("", attempt.channel) and provider in ("", attempt.provider)
        ]

    @property
    def delivered(self) -> list[Message]:
        """Those that were delivered, as far as known or in truth."""
        if self.is_truth:
            return [message for message in self.messages if message.copies]
        return [message for message in self.messages if message.outcome == "delivered"]

    def rate(self, part: Iterable[object], whole: int | None = None) -> Figure:
        """A share of one."""
        return "rate", *self._quotient(sum(1 for each in part if each), whole)

    def _quotient(self, part: int, whole: int | None = None) -> tuple[Fraction | None, int]:
        below = len(self.messages) if whole is None else whole
        return (Fraction(part, below) if below else None), below

    def count(self, part: Iterable[object]) -> Figure:
        """How many there are."""
        return "count", sum(1 for each in part if each), len(self.messages)

    def money(self, name: str) -> Figure | None:
        """One of the costs; None when there is no such one."""
        total = self._cost(a for m in self.messages for a in m.attempts.values())
        there = self._cost(self.attempts)
        match name:
            case "cost.total":
                return "money", total, len(self.messages)
            case "cost.per_message":
                return "money", *self._quotient(total)
            case "cost.per_delivered":
                return "money", *self._quotient(total, len(self.delivered))
            case "cost.per_attempt":
                return "money", *self._quotient(there, len(self.attempts))
            case "cost.duplicates":
                return "money", sum(map(self._duplicates, self.messages)), len(self.messages)
            case "cost.hidden_duplicates":
                hidden = [m for m in self.messages if m.is_hidden_duplicate]
                return "money", sum(map(self._true_duplicates, hidden)), len(self.messages)
            case "cost.refunded":
                back = (a.refunded if self.is_truth else a.unsaid
                        for m in self.messages for a in m.attempts.values())  # fmt: skip
                return "money", sum(back), len(self.messages)
            case "cost":
                return "money", there, len(self.messages)
            case _:
                return None

    def _cost(self, attempts: Iterable[Attempt]) -> int:
        return sum(attempt.bill if self.is_truth else attempt.owed for attempt in attempts)

    def _duplicates(self, message: Message) -> int:
        if self.is_truth:
            return self._true_duplicates(message)
        kept = message.credited if message.credited in message.heard else None
        kept = kept or next(iter(message.heard), None)
        return sum(attempt.owed for attempt in message.heard if attempt is not kept)

    def _true_duplicates(self, message: Message) -> int:
        told = [a for a in message.attempts.values() if a.copies]
        return sum(a.bill for a in told if a is not message.first_copy_by)

    def time(self, name: str, statistic: str) -> Figure:
        """A statistic of durations."""
        if name == "time_to_final":
            taken = [m.took for m in self.messages]
        elif self.is_truth:
            taken = [m.first_copy for m in self.messages]
        else:
            taken = [m.took for m in self.delivered]
        spans = sorted(span for span in taken if span is not None)
        if not spans:
            return "time", None, 0
        if statistic == "mean":
            return "time", Fraction(sum(spans), len(spans)), len(spans)
        place = -(-PERCENTILES[statistic] * len(spans) // 100)
        return "time", spans[place - 1], len(spans)

    def of_level(self, name: str) -> Figure | None:
        """A metric of one level; None when there is no such one."""
        here = [a for m in self.messages for a in m.attempts.values() if a.level == self.level]
        match name:
            case "share":
                by = [m.first_copy_by if self.is_truth else m.credited for m in self.delivered]
                return self.rate((a and a.level == self.level for a in by), len(by))
            case "reached":
                return self.rate((self.level, 1) in m.attempts for m in self.messages)
            case "attempts":
                return self.count(here)
            case "cost":
                return "money", self._cost(here), len(self.messages)
            case _:
                return None

    def of_place(self, name: str) -> Figure | None:
        """A metric of a channel or provider; None when there is no such one."""
        if name == "submitted":
            return self.count(self.attempts)
        if name == "failed":
            return self.count(a.is_lost if self.is_truth else a.is_known_failed
                              for a in self.attempts)  # fmt: skip
        if name in ("accepted", "refused", "throttled", "unknown"):
            is_taken = name == "accepted" and self.is_truth
            return self.count(a.answer == name or (is_taken and a.is_taken) for a in self.attempts)
        return None

    def figure(self, name: str) -> Figure | None:
        """A metric by its name without prefixes; None when there is no such one."""
        stem, _, last = name.rpartition(".")
        if stem in ("time_to_delivered", "time_to_final"):
            return self.time(stem, last)
        if self.level is not None:
            return self.of_level(name)
        if name.startswith("cost"):
            return self.money(name)
        messages = self.messages
        if name == "delivery_rate":
            return self.rate(self.delivered)
        if name == "late_rate":
            if self.is_truth:
                return self.rate(m.copies and m.outcome not in (None, "delivered")
                                 for m in messages)  # fmt: skip
            return self.rate(m.is_late_known for m in messages)
        if name == "double_delivery_rate":
            return self.rate((m.copies if self.is_truth else len(m.heard)) > 1 for m in messages)
        if name == "verified_rate":
            return self.rate(m.has_entered if self.is_truth else m.is_verified for m in messages)
        both_sides: dict[str, Callable[[Message], object]] = {
            "fallback_rate": lambda m: m.level,
            "hidden_duplicate_rate": lambda m: m.is_hidden_duplicate,
            "expired_rate": lambda m: m.outcome == "expired",
        }
        return (
            self.rate(map(both_sides[name], messages))
            if name in both_sides
            else (self.of_place(name))
        )


def figure(log: Log, requested: range, name: str) -> Figure | None:
    """A metric by its full name, such as `truth.cascade.otp.level.1.share`.

    Args:
        log: What all lines come to.
        requested: Only messages requested at these instants are in the sample.
        name: As written in a scenario.
    """
    parts, side = name.split("."), ""
    scopes = {"cascade": "", "channel": "", "provider": ""}
    while len(parts) > 1 and (parts[0] in ("known", "truth") or parts[0] in scopes):
        if parts[0] in scopes:
            scopes[parts[0]] = parts.pop(1)
        else:
            side = parts[0]
        parts.pop(0)
    level = int(parts.pop(1)) if parts[0] == "level" else None
    parts = parts[1:] if level is not None else parts
    place = scopes["channel"], scopes["provider"]
    chosen = [
        message
        for message in log.messages.values()
        if message.requested_at in requested
        and scopes["cascade"] in ("", message.cascade)
        and (not place[0] or any(a.channel == place[0] for a in message.attempts.values()))
        and (not place[1] or any(a.provider == place[1] for a in message.attempts.values()))
    ]
    return Sample(chosen, level, place, side == "truth").figure(".".join(parts))
