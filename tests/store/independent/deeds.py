"""What people do about messages: enter codes, cancel, go on, ask again; and what is called back.

Written from the documents, not from the program. What an act leads to stands in the very next line
of the log, and so does what a provider says of each attempt that is called back.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tests.store.independent.circuits import LADDER
from tests.store.independent.messages import ARRIVED, Attempt, Json, Line, Message

LEADS_TO: Final = {
    "verified": ("finished",),
    "cancel": ("finished",),
    "next": ("fell_back", "finished", "closed"),
    "resend": ("submitted", "skipped"),
}
"""Act -> the lines that may follow one that is not in vain."""
ENDS: Final = {"verified": "delivered", "cancel": "cancelled", "next": "exhausted"}
"""Act -> the outcome of a message that it ends."""
PHRASES: Final = (
    "verified", "code expired", "verified late", "switch by hand", "resend by hand",
    "recalled", "recall too late", "recall unsupported",
)  # fmt: skip
"""What `never` and `sometimes` say of acts."""
ENTRIES_MAX: Final = 3
ATTEMPTS_MAX: Final = 10
"""Of a level; then nothing is sent once more."""
IS_OVER: Final = (
    "reached_handset", "partly_reached_handset", "failed_at_provider", "expired_at_provider",
    "read_by_person", "billed",
)  # fmt: skip
"""What cannot happen any more to an attempt that was given back."""

Place = tuple[int | None, int | None]
"""Level and attempt."""


@dataclass
class Code:
    """What is known of one message's codes.

    Attributes:
        cascade: Of the message.
        requested: When the message was, and with it the one code that all its levels have.
        issued: Level -> when it submitted first.
        entries: Line of a copy or of a mistyped code -> how many entries there were before; gone
            once somebody has gone on from there.
        held: Levels that wait for the end of quiet hours.
    """

    cascade: Json
    requested: int
    issued: dict[int, int] = field(default_factory=dict)
    entries: dict[int, int] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)

    @property
    def is_awaited(self) -> bool:
        """The code ends the message, and no success does."""
        return bool(self.cascade.get("stop_on") == "verified")

    @property
    def told(self) -> Json:
        """The code's own settings."""
        code: Json = self.cascade.get("content", {}).get("code", {})
        return code

    @property
    def is_per_level(self) -> bool:
        """Each level has a code of its own."""
        return bool(self.told.get("per") == "level")

    def since(self, level: int | None) -> int | None:
        """Since when there is the code that somebody has from this level."""
        if self.is_per_level:
            return None if level is None else self.issued.get(level)
        return self.requested if self.issued else None


@dataclass(frozen=True)
class Due:
    """What the next line must be."""

    kinds: tuple[str, ...]
    cause: int


@dataclass(frozen=True)
class Root:
    """An act that no line led to: planned, by hand, or by habit.

    Attributes:
        is_there: A copy was on the handset already.
    """

    line: Line
    is_there: bool


class Deeds:
    """Judges every line by what people have done."""

    def __init__(self, resolved: Json, span_us: Callable[[str], int | None]) -> None:
        self._cascades = resolved["cascades"]
        self._providers = resolved["providers"]
        self._span_us = span_us
        self._codes: dict[int, Code] = {}
        self._due: Due | None = None
        self._to_call: list[list[Attempt]] = []
        self._ended_by = 0
        self.roots: list[Root] = []
        self.counts: Counter[str] = Counter()
        """As `never` and `sometimes` call it."""

    def begin(self, message: int, cascade: str, at: int) -> None:
        """A message was requested."""
        self._codes[message] = Code(self._cascades[cascade], at)

    def awaits_code(self, message: Message) -> bool:
        """Whether no success ends this message, but its code."""
        return self._codes[message.number].is_awaited

    def open_end(self) -> str | None:
        """What is missing where the log of a whole run ends."""
        return None if self._due is None else f"the log ends before {self._due.kinds}"

    def follow(self, line: Line) -> Iterator[str]:
        """Whether a line, about whatever message, is what the line before it leads to."""
        due, self._due = self._due, None
        if due is not None and (line.kind not in due.kinds or line.cause != due.cause):
            yield f"of {line.cause} stands where {due.cause} leads to {' or '.join(due.kinds)}"
            self._to_call = []
        elif due is None and line.kind in ("called_back", "recalled"):
            yield "calls back what is not to be called back"

    def judge(self, message: Message, line: Line, cause: Line | None) -> Iterator[str]:
        """What is wrong about a line of a message, before it is taken in."""
        code = self._codes[message.number]
        attempt = message.attempts.get((line.level or 0, line.attempt or 0))
        if line.kind in IS_OVER and attempt is not None and attempt.is_called_back:
            yield "happens to what was called back"
        if line.kind == "submitted":
            code.issued.setdefault(line.level or 0, line.at)
            code.held.discard(line.level or 0)
        elif line.kind == "held":
            code.held.add(line.level or 0)
        elif line.kind == "reached_handset":
            code.entries[line.seq] = 0
        elif line.kind == "code_entered":
            yield from self._entered(code, line, cause)
        elif line.kind == "act":
            yield from self._act(message, code, line, cause)
        elif line.kind == "wait_over" and code.is_awaited:
            yield from self._wait_over(message, code, line, cause)
        elif line.kind == "finished":
            self._finished(message, line)
        elif line.kind == "called_back" and attempt is not None:
            attempt.is_called_back = True
            self._due = Due(("recalled",), line.seq)
        elif line.kind == "recalled":
            yield from self._recalled(line, attempt)

    # Codes -----------------------------------------------------------------------------------

    def _entered(self, code: Code, line: Line, cause: Line | None) -> Iterator[str]:
        if not code.is_awaited:
            yield "enters a code that nobody awaits"
        if cause is None or (cause.level, cause.attempt) != (line.level, line.attempt):
            yield "enters the code of another attempt"
        before = code.entries.pop(line.cause, None)
        if before is None:
            yield "enters a code that nobody is looking at"
        elif before >= ENTRIES_MAX:
            yield f"enters a code after {before} entries"
        if not line.detail.get("right"):
            code.entries[line.seq] = 1 + (before or 0)
            return
        self._due = Due(("act",), line.seq)

    def _is_valid(self, code: Code, level: int | None, at: int) -> bool:
        since, lifetime = code.since(level), self._span_us(code.told.get("lifetime", "5m"))
        return since is not None and (lifetime is None or at <= since + lifetime)

    def _wait_over(
        self, message: Message, code: Code, line: Line, cause: Line | None
    ) -> Iterator[str]:
        level = code.cascade["levels"][line.level or 0]
        rung = LADDER[level["success"]]
        if line.detail.get("trigger") != "not_verified":
            attempt = message.current.get(line.level or 0)
            if attempt is not None and LADDER.get(attempt.status, 0) >= rung:
                yield f"goes on waiting for a receipt after {attempt.status}"
            return
        heard = message.attempts.get((line.level or 0, (cause and cause.attempt) or 0))
        within = self._span_us(level.get("verify_within", level["wait"])) or 0
        if heard is None or cause is None or LADDER.get(heard.status, 0) < rung:
            yield "waits for a code before the level's success"
        elif line.at != cause.at + within:
            yield f"is not {within} after the level's success"

    # Acts ------------------------------------------------------------------------------------

    def _act(self, message: Message, code: Code, line: Line, cause: Line | None) -> Iterator[str]:
        told, level = line.detail, line.detail.get("level")
        act, why = told.get("act", ""), told.get("why")
        if act not in LEADS_TO:
            yield f"is of the act {act}, which nobody documented"
            return
        if cause is None:
            self.roots.append(Root(line, message.copies > 0))
        elif act != "verified" or cause.kind != "code_entered" or line.at != cause.at:
            yield f"stems from {cause.kind}"
        elif not cause.detail.get("right"):
            yield "is what a mistyped code led to"
        elif level != (cause.level if code.is_per_level else None):
            yield f"is about the code of level {level}, entered from level {cause.level}"
        wanted = self._in_vain(message, code, line)
        if why != wanted:
            yield f"says {why!r} of its being in vain, and it is {wanted!r}"
        if act == "verified" and code.is_awaited:
            message.has_entered |= self._is_valid(code, level, line.at)
        self._count(message, act, why)
        if why is None:
            self._due = Due(LEADS_TO[act], line.seq)
            message.is_verified |= act == "verified"

    def _in_vain(self, message: Message, code: Code, line: Line) -> str | None:
        """Why an act changes nothing; None when it does."""
        if message.outcome:
            return f"already {message.outcome}"
        if line.detail["act"] == "verified":
            level = line.detail.get("level")
            if not code.is_awaited:
                return "no code is awaited"
            if code.since(level) is None:
                return "no such code"
            return None if self._is_valid(code, level, line.at) else "the code has expired"
        if line.detail["act"] == "resend":
            level = message.level_submitted
            if level in code.held:
                return "held for quiet hours"
            if message.made_at(level) >= ATTEMPTS_MAX:
                return "no attempt is left at this level"
        return None

    def _count(self, message: Message, act: str, why: str | None) -> None:
        if act == "next" and why is None:
            self.counts["switch by hand"] += 1
        elif act == "resend" and why is None:
            self.counts["resend by hand"] += 1
        elif act == "verified" and why is None:
            self.counts["verified"] += 1
        elif act == "verified" and why == "the code has expired":
            self.counts["code expired"] += 1
        elif act == "verified" and message.outcome not in (None, "delivered"):
            self.counts["verified late"] += 1

    # What is called back ---------------------------------------------------------------------

    def _finished(self, message: Message, line: Line) -> None:
        if line.detail.get("outcome") not in ("delivered", "cancelled"):
            return
        if self._codes[message.number].cascade["late_success"] != "cancel_next":
            return
        self._to_call = [
            group
            for group in by_key(message)
            if any(map(may_be_under_way, group))
            and not any((each.level, each.number) == (line.level, line.attempt) for each in group)
        ]
        self._ended_by = line.seq
        self._await_calls()

    def _await_calls(self) -> None:
        if self._to_call:
            self._due = Due(("called_back", "recalled"), self._ended_by)

    def _recalled(self, line: Line, attempt: Attempt | None) -> Iterator[str]:
        result = line.detail.get("result", "")
        self.counts[result if result == "recalled" else f"recall {result.replace('_', ' ')}"] += 1
        group = next((each for each in self._to_call if attempt in each), None)
        if group is None or attempt is None or not may_be_under_way(attempt):
            yield "is about an attempt that is not under way"
        else:
            self._to_call.remove(group)
            is_given_back = any(each.is_called_back for each in group)
            wanted = "unsupported"
            if self._providers[attempt.provider].get("cancel") == "supported":
                wanted = "recalled" if is_with_provider(group) else "too_late"
            if result != wanted or is_given_back is not (wanted == "recalled"):
                yield f"says {result}, and it is {wanted}"
        self._await_calls()


def by_key(message: Message) -> list[list[Attempt]]:
    """The attempts of a message; those under one key, which are one to the provider, together."""
    groups: dict[Place, list[Attempt]] = {}
    for attempt in message.attempts.values():
        groups.setdefault((attempt.level, attempt.key), []).append(attempt)
    return list(groups.values())


def is_with_provider(group: list[Attempt]) -> bool:
    """Whether the provider has it, and has neither delivered it, in part or whole, nor failed."""
    is_over = any(each.copies or each.is_partly_there or each.is_lost for each in group)
    has_it = any(each.is_taken or each.answer == "accepted" for each in group)
    return has_it and not is_over


def may_be_under_way(attempt: Attempt) -> bool:
    """Whether it may still bring a copy, as far as known."""
    return attempt.status in ("submitted", "unknown", "accepted", "sent")


def credited(message: Message, level: int | None) -> Attempt | None:
    """Whose code it was: the latest attempt known to have brought it, else the latest of all.

    Args:
        message: With all its attempts.
        level: Whose code was entered; None: the message has one code.
    """
    asked = [a for a in message.attempts.values() if level in (None, a.level)]
    there = [attempt for attempt in asked if attempt.status in ARRIVED]
    return next(reversed(there or asked), None)
