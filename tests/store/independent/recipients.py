"""What lines may say of the people messages go to: how late it is there, and what is remembered.

Written from the documents, not from the program.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

DAY_US = 86_400 * 10**6
PERMANENT = "permanent-recipient"


def minutes_us(text: str) -> int:
    """A time of day such as `21:30`, in microseconds since midnight."""
    hours, minutes = text.split(":")
    return (60 * int(hours) + int(minutes)) * 60 * 10**6


@dataclass
class Person:
    """Whom one message goes to, and what is planned for it."""

    levels: list[Json]
    hours: Json | None
    remember: int | None
    number: int | None
    local: int | None
    held_until: int | None = None

    def hours_of(self, level: int) -> Json | None:
        """The quiet hours of a level: its own, or its cascade's."""
        told = self.levels[level].get("quiet_hours", self.hours)
        return None if told in (None, "none") else told

    def quiet_until(self, level: int, at: int) -> int | None:
        """When the quiet hours end that hold now; None where none do."""
        told = self.hours_of(level)
        if told is None or self.local is None:
            return None
        begin, end = minutes_us(told["from"]), minutes_us(told["to"])
        midnight = at - (self.local + at) % DAY_US
        for day in (-DAY_US, 0):
            begins, ends = midnight + day + begin, midnight + day + end
            ends += DAY_US if end < begin else 0
            if begins <= at < ends:
                return ends
        return None


class Recipients:
    """Judges every line by what is known of its message's recipient."""

    def __init__(self, resolved: Json, span_us: Callable[[str], int | None]) -> None:
        self._cascades = resolved["cascades"]
        self._span_us = span_us
        self._people: dict[int, Person] = {}
        self._known: dict[tuple[int, str], int] = {}
        """Person and channel, and until when it is remembered."""

    def begin(self, message: int, told: Json) -> None:
        """A message was requested."""
        cascade = self._cascades[told["cascade"]]
        remember = self._span_us(cascade.get("remember", "none"))
        hours = cascade.get("quiet_hours")
        who = told.get("recipient"), told.get("local_us")
        self._people[message] = Person(cascade["levels"], hours, remember, *who)

    def drops(self, message: Any, news: Json) -> bool:
        """Whether a message is dropped because it is quiet hours at its level."""
        hours = self._people[message.number].hours_of(message.level) or {}
        return news.get("reason") == "quiet hours" and hours["policy"] == "drop"

    def judge(self, message: Any, line: Any) -> Iterator[str]:
        """What is wrong about a line of a message, before it is taken in."""
        person = self._people[message.number]
        if line.kind == "submitted" and line.attempt == 1:
            yield from self._submitted(person, line)
        elif line.kind == "held":
            until = person.quiet_until(line.level, line.at)
            hours = person.hours_of(line.level) or {}
            if until is None or until != line.detail["until_us"] or hours["policy"] != "hold":
                yield f"holds until {line.detail['until_us']}, and quiet hours end at {until}"
            person.held_until = until
        elif line.kind == "skipped" and line.detail.get("reason") == "quiet hours":
            hours = person.hours_of(line.level) or {}
            is_quiet = person.quiet_until(line.level, line.at) is not None
            if not is_quiet or hours["policy"] == "hold":
                yield "skips a level for quiet hours that are not"
        elif line.kind == "skipped" and line.detail.get("reason") == "known from before":
            if not self._is_known(person, line.level, line.at):
                yield "skips a level as known from before, and nothing is"
        elif line.kind in ("fell_back", "finished"):
            person.held_until = None
        elif line.detail.get("class") == PERMANENT and _is_heard(message, line):
            self._learn(person, line)

    def _learn(self, person: Person, line: Any) -> None:
        if person.remember is not None and person.number is not None:
            place = person.number, person.levels[line.level]["channel"]
            self._known[place] = line.at + person.remember

    def _is_known(self, person: Person, level: int, at: int) -> bool:
        channel = person.levels[level]["channel"]
        until = self._known.get((-1 if person.number is None else person.number, channel), 0)
        return person.remember is not None and at < until

    def _submitted(self, person: Person, line: Any) -> Iterator[str]:
        if person.held_until is not None:
            if line.at != person.held_until:
                yield f"goes out at {line.at}, and quiet hours end at {person.held_until}"
            person.held_until = None
            return
        if person.quiet_until(line.level, line.at) is not None:
            yield "goes out in quiet hours"
        if self._is_known(person, line.level, line.at):
            yield "goes to somebody who is known not to be there"


def _is_heard(message: Any, line: Any) -> bool:
    """Whether a refusal or a receipt is news: a refusal only of an open message, and once."""
    if line.kind in ("receipt", "late_receipt"):
        return True
    attempt = message.attempts.get((line.level, line.attempt))
    return attempt is not None and attempt.status == "submitted" and not message.outcome
