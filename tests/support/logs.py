"""Logs made by hand: a log that a machine wrote, made complete, or with something wrong in it.

`complete` gives the lines of a hand-turned engine the causes that a world would have given them.
`Tampered` changes one line at a time and keeps the rest of the log as it was.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.vocabulary import SECOND_US

NEWS = (
    "accepted", "refused", "throttled", "unknown", "receipt", "late_receipt", "segment_receipt",
    "ignored",
)  # fmt: skip


def line(
    seq: int,
    at: float,
    kind: str,
    place: str = "1",
    cause: int | None = None,
    **says: Any,
) -> Fact:
    """One line of a log: `place` is `<message>[.<level>[.<attempt>]]`, or "" for the run itself."""
    parts = [int(part) for part in place.split(".")] if place else []
    message, level, attempt = [*parts, *[None] * 3][:3]
    at_us = round(at * SECOND_US)
    why = seq - 1 if cause is None else cause
    return (seq, at_us, message, level, attempt, kind, why, Detail(says))


def complete(facts: Iterable[Fact]) -> list[Fact]:
    """The log of a hand: news of which nobody said where it came from stems from the request."""
    requested: dict[int | None, int] = {}
    whole: list[Fact] = []
    for seq, at, message, level, attempt, kind, cause, detail in facts:
        if kind == "requested":
            requested[message] = seq
        elif kind in NEWS and not cause:
            cause = requested[message]  # noqa: PLW2901 - the test knows
        whole.append((seq, at, message, level, attempt, kind, cause, detail))
    return whole


class Tampered:
    """A log with one line changed, dropped or added; the others stay as they are."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = list(facts)

    def nth(self, kind: str, which: int = 0) -> int:
        """The place of a line of a kind, counted from 0; negative counts from the end."""
        return [nth for nth, fact in enumerate(self.facts) if fact[5] == kind][which]

    def change(self, its_kind: str, which: int = 0, **new: Any) -> list[Fact]:
        """Another instant (`at`, in microseconds more), place, cause, kind or words in one line."""
        nth = self.nth(its_kind, which)
        seq, at, message, level, attempt, _, cause, detail = self.facts[nth]
        told = dict(detail.fields)
        line_now: Fact = (
            new.pop("seq", seq),
            at + new.pop("at", 0),
            new.pop("message", message),
            new.pop("level", level),
            new.pop("attempt", attempt),
            new.pop("kind", its_kind),
            new.pop("cause", cause),
            Detail({name: value for name, value in (told | new).items() if value is not None}),
        )
        return [*self.facts[:nth], line_now, *self.facts[nth + 1 :]]

    def drop(self, kind: str, which: int = 0) -> list[Fact]:
        """One line gone, the rest numbered anew; what it caused is caused by its own cause."""
        nth = self.nth(kind, which)
        gone = self.facts[nth]
        return renumbered([*self.facts[:nth], *self.facts[nth + 1 :]], {gone[0]: gone[6]})

    def add(self, after: int, fact: Fact) -> list[Fact]:
        """One line more after the line with this number, the rest numbered anew."""
        nth = next(nth for nth, one in enumerate(self.facts) if one[0] == after) + 1
        extra = (-1, *fact[1:])
        return renumbered([*self.facts[:nth], extra, *self.facts[nth:]], {})


def renumbered(facts: Sequence[Fact], instead: dict[int, int]) -> list[Fact]:
    """The lines numbered from 1, causes too; `instead` has the causes of lines that are gone."""
    number = {fact[0]: new for new, fact in enumerate(facts, start=1)}
    return [(number[f[0]], *f[1:6], number.get(instead.get(f[6], f[6]), 0), f[7]) for f in facts]
