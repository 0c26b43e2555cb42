"""What the lines of a log come to: what each attempt is known to be, and what became of a message.

Written from the documents, not from the program. Whatever a line cannot be is complained about.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

LADDER: Final = {"accepted": 1, "sent": 2, "delivered": 3, "read": 4}
ARRIVED: Final = ("delivered", "read")
BAD_FINALS: Final = ("failed", "rejected", "expired")
REFUSALS: Final = ("refused", "throttled")
ROOTS: Final = ("requested", "fault_began", "fault_ended", "knob_changed")
"""Lines that nothing led to."""
SAYS_COST: Final = (
    "accepted", "refused", "throttled", "receipt", "late_receipt", "segment_receipt",
)  # fmt: skip
UNIT_US: Final = {"ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}

Json = dict[str, Any]
Complain = Callable[[str], None]


def duration_us(text: str) -> int | None:
    """A duration such as `1.5h` in microseconds; None for `none`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    return int(Decimal(found[1]) * UNIT_US[found[2]]) if found else None


# What is known of an attempt ---------------------------------------------------------------------


def merged(policy: str, before: str, heard: str) -> str | None:
    """The status after news; None when the news says nothing new."""
    if before in ("submitted", "unknown"):
        return None if heard == before else heard
    if before in LADDER and heard in LADDER:
        return heard if LADDER[heard] > LADDER[before] else None
    if heard in BAD_FINALS:
        if before in ("accepted", "sent"):
            return heard
        contradicts = before not in REFUSALS and heard != before
        return heard if policy == "last" and contradicts else None
    return heard if heard in ARRIVED and policy != "first" else None


@dataclass
class Attempt:
    """One submission."""

    level: int
    number: int
    channel: str
    provider: str
    status: str = "submitted"
    word: str = ""
    """How it stood when the engine left it; "" while it has not."""
    answer: str = ""
    segments: set[int] = field(default_factory=set)
    """Those with a delivered receipt of their own."""
    owed: int = 0
    bill: int = 0
    copies: int = 0
    has_delivered_receipt: bool = False
    is_known_failed: bool = False
    is_lost: bool = False
    is_taken: bool = False
    """The provider has it although its answer never came."""


@dataclass
class Message:
    """One message, and what the lines about it come to."""

    number: int
    cascade: str
    requested_at: int
    requested_seq: int
    level: int = 0
    attempts: dict[tuple[int, int], Attempt] = field(default_factory=dict)
    current: Attempt | None = None
    steps: list[Attempt | str] = field(default_factory=list)
    """In order of submission; a text is the channel of a level that was skipped."""
    late: list[str] = field(default_factory=list)
    outcome: str | None = None
    due: Attempt | None = None
    """It has succeeded: the next thing the engine says is that the message is delivered."""
    credited: Attempt | None = None
    took: int | None = None
    first_copy: int | None = None
    first_copy_by: Attempt | None = None
    heard: list[Attempt] = field(default_factory=list)
    """Attempts with a delivered receipt, in the order they came."""
    is_late_known: bool = False

    @property
    def ledger(self) -> int:
        """What is known of its cost."""
        return sum(attempt.owed for attempt in self.attempts.values())

    @property
    def bill(self) -> int:
        """What it really costs."""
        return sum(attempt.bill for attempt in self.attempts.values())

    @property
    def copies(self) -> int:
        """How many copies are on the handset."""
        return sum(attempt.copies for attempt in self.attempts.values())

    def told_path(self) -> list[str]:
        """The path as scenarios write it."""
        return [
            f"{step}:ineligible" if isinstance(step, str) else f"{step.channel}:{step.word or '…'}"
            for step in self.steps
        ]


@dataclass
class Line:
    """One line of the log."""

    seq: int
    at: int
    message: int | None
    level: int | None
    attempt: int | None
    kind: str
    cause: int
    detail: Json

    def canonical(self) -> str:
        """The line as the digest takes it."""
        told = json.dumps(
            self.detail, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        ) if self.detail else "-"  # fmt: skip
        columns = [self.seq, self.at, self.message, self.level, self.attempt, self.kind, self.cause]
        return "\t".join("-" if c is None else str(c) for c in [*columns, told]) + "\n"


# The log -----------------------------------------------------------------------------------------


class Log:
    """Goes through the lines of one run, and works out what they come to."""

    def __init__(self, resolved: Json, complain: Complain) -> None:
        self.cascades: Json = resolved["cascades"]
        self.messages: dict[int, Message] = {}
        self.knobs: dict[int, Line] = {}
        self.edges: Counter[tuple[str, str, str, int]] = Counter()
        self.switches: Counter[tuple[str, str, str, str, str]] = Counter()
        self.count = 0
        self.now = 0
        self.ended: list[Message] = []
        """In the order they got their outcomes."""
        self._lines: list[Line] = []
        self._complain = complain
        self._hash = sha256(b"fallback-sandbox log 1\n")

    @property
    def digest(self) -> str:
        """Of all lines so far."""
        return f"sha256:{self._hash.hexdigest()}"

    def take(self, line: Line) -> None:
        """Take in the next line."""
        self._hash.update(line.canonical().encode())
        if line.seq != self.count + 1:
            self._say(line, f"comes after line {self.count}")
        if line.at < self.now:
            self._say(line, f"is at {line.at}, and the line before at {self.now}")
        self._check_cause(line)
        self.count, self.now = line.seq, line.at
        self._lines.append(line)
        if line.message is None:
            self._take_of_run(line)
            return
        message = self.messages.get(line.message)
        if line.kind == "requested":
            self._request(line)
        elif message is None:
            self._say(line, "is about a message that was never requested")
        else:
            self._take_of_message(message, line)

    def _say(self, line: Line, what: str) -> None:
        place = f"m{line.message}.{line.level}.{line.attempt}"
        self._complain(f"line {line.seq} ({line.kind} {place}) {what}")

    def _check_cause(self, line: Line) -> None:
        if line.cause == 0:
            if line.kind not in ROOTS:
                self._say(line, "has no cause")
            return
        cause = self._cause(line)
        if cause is None:
            self._say(line, f"has the cause {line.cause}, which is no earlier line")
        elif line.message is not None and cause.message != line.message:
            self._say(line, f"has a cause about message {cause.message}")
        elif line.kind == "orphan_receipt" and cause.kind != "receipt_unmatched":
            self._say(line, f"stems from {cause.kind}")

    def _cause(self, line: Line) -> Line | None:
        return self._lines[line.cause - 1] if 0 < line.cause <= len(self._lines) else None

    def _take_of_run(self, line: Line) -> None:
        if line.kind == "knob_changed":
            self.knobs[line.seq] = line
        elif line.kind in ("fault_began", "fault_ended"):
            told = line.detail
            self.edges[line.kind, told.get("fault", ""), told.get("provider", ""), line.at] += 1
        elif line.kind != "orphan_receipt":
            self._say(line, "is about no message")

    def _request(self, line: Line) -> None:
        number, name = line.message or 0, line.detail.get("cascade", "")
        if number != len(self.messages) + 1:
            self._say(line, f"is message {number} after {len(self.messages)} messages")
        if name not in self.cascades:
            self._say(line, f"goes through {name!r}, which is no cascade of the scenario")
            return
        self.messages[number] = Message(number, name, line.at, line.seq)

    def _take_of_message(self, message: Message, line: Line) -> None:
        if line.kind in _DECISIONS:
            self._check_decision(message, line)
        handler = _HANDLERS.get(line.kind)
        if handler is not None:
            handler(self, message, line)
            return
        attempt = message.attempts.get((line.level or 0, line.attempt or 0))
        if attempt is None:
            self._say(line, "is about an attempt that was never submitted")
            return
        if line.kind in SAYS_COST:
            attempt.owed = line.detail.get("owed_nano", 0)
        about = _ABOUT_ATTEMPTS.get(line.kind)
        if about is not None:
            about(self, message, attempt, line)
        elif line.kind not in _SAID_ONLY:
            self._say(line, "is of a kind nobody documented")

    # Decisions -------------------------------------------------------------------------------

    def _check_decision(self, message: Message, line: Line) -> None:
        if message.outcome:
            self._say(line, "comes after the outcome")
        if message.due and line.kind != "finished":
            self._say(line, "comes although the message has succeeded")
        deadline = self._deadline(message)
        if deadline is not None and line.at > deadline:
            self._say(line, "comes after the deadline")
        cause = self._cause(line)
        if cause and cause.detail.get("class") == "stop" and line.kind != "finished":
            self._say(line, "goes on after a reason that ends the message")

    def _deadline(self, message: Message) -> int | None:
        span = duration_us(self.cascades[message.cascade]["deadline"])
        return None if span is None else message.requested_at + span

    def _level(self, message: Message, index: int) -> Json:
        level: Json = self.cascades[message.cascade]["levels"][index]
        return level

    def _skipped(self, message: Message, line: Line) -> None:
        if line.level != message.level:
            self._say(line, f"skips a level that was not entered: it is at {message.level}")
        message.steps.append(self._level(message, message.level)["channel"])

    def _submitted(self, message: Message, line: Line) -> None:
        level, number = line.level or 0, line.attempt or 0
        self._leave(message, "unknown")
        made = [n for at, n in message.attempts if at == level]
        if level != message.level or number != len(made) + 1:
            self._say(line, f"is out of order: level {message.level}, {len(made)} attempts")
        told, planned = line.detail, self._level(message, level)
        if told.get("provider") not in planned["via"] or told.get("channel") != planned["channel"]:
            self._say(line, "goes where the level does not go")
        attempt = Attempt(level, number, told.get("channel", ""), told.get("provider", ""))
        message.attempts[level, number] = message.current = attempt
        message.steps.append(attempt)
        if line.at == self._deadline(message):
            self._say(line, "is not before the deadline")

    def _leave(self, message: Message, word: str) -> None:
        if message.current is not None:
            message.current.word = message.current.word or word
            message.current = None

    def _wait_over(self, message: Message, line: Line) -> None:
        self._leave(message, line.detail.get("trigger", ""))

    def _fell_back(self, message: Message, line: Line) -> None:
        told = line.detail
        if line.level != message.level + 1:
            self._say(line, f"enters level {line.level} from {message.level}")
            return
        self._leave(message, told.get("trigger", ""))
        message.level += 1
        cause = self._cause(line)
        reason = cause.detail if cause else {}
        why = (reason.get("code", ""), reason.get("text", ""))
        self.switches[told["from"], told["to"], told["trigger"], *why] += 1

    def _finished(self, message: Message, line: Line) -> None:
        told = line.detail.get("outcome")
        wanted = self._outcomes(message, line)
        if told not in wanted:
            self._say(line, f"says {told}; what came before leads to {' or '.join(wanted)}")
        message.outcome, message.took = told, line.at - message.requested_at
        if told == "delivered":
            place = (line.level or 0, line.attempt or 0)
            message.credited = message.attempts.get(place)
            if message.credited is None or message.credited is not message.due:
                self._say(line, "credits an attempt that did not succeed just now")
            is_current = message.credited is message.current
            word = self._level(message, place[0])["success"] if is_current else "overtaken"
            self._leave(message, word)
        elif told == "expired":
            self._leave(message, "deadline")
        else:
            self._leave(message, line.detail.get("trigger") or str(told))
            self._check_end(message, line)
        message.due = None
        self.ended.append(message)

    def _outcomes(self, message: Message, line: Line) -> tuple[str, ...]:
        """What the message may come to at this line, by what is known."""
        if message.due:
            return ("delivered",)
        cause = self._cause(line)
        news = cause.detail if cause else {}
        on_expired = self._level(message, message.level).get("on_expired")
        gave_up = news.get("status") == "expired" and on_expired == "stop"
        if news.get("class") == "stop" or gave_up:
            return ("stopped",)
        if line.at == self._deadline(message):
            # At that instant a level that closes is not followed by another; the last one ends it.
            return ("expired",) if line.cause == message.requested_seq else ("expired", "exhausted")
        return ("exhausted",)

    def _check_end(self, message: Message, line: Line) -> None:
        """Whether an exhausted message had nothing left to try."""
        told = line.detail
        if told.get("outcome") != "exhausted":
            return
        cascade = self.cascades[message.cascade]
        trigger = told.get("trigger", "")
        moves_on = trigger in (*self._level(message, message.level)["next_on"], "ineligible")
        ended_by = "last_level" if moves_on else "policy"
        if told.get("ended_by") != ended_by:
            self._say(line, f"says ended_by {told.get('ended_by')}, it is {ended_by}")
        if moves_on and message.level + 1 != len(cascade["levels"]):
            self._say(line, "ends the message though a level is left")

    # News ------------------------------------------------------------------------------------

    def _answer(self, message: Message, attempt: Attempt, line: Line) -> None:
        if attempt.answer:
            self._say(line, f"is a second answer, after {attempt.answer}")
        attempt.answer = line.kind
        self._learn(message, attempt, line, line.kind)

    def _receipt(self, message: Message, attempt: Attempt, line: Line) -> None:
        heard = line.detail.get("status", "")
        is_late = message.outcome is not None
        if is_late is not (line.kind == "late_receipt"):
            self._say(line, f"with the outcome {message.outcome or 'open'}")
        self._note_segment(attempt, line, is_all=True)
        if not self._learn(message, attempt, line, heard):
            self._say(line, f"says {heard}, which is no news after {attempt.status}")
        if heard in BAD_FINALS:
            attempt.is_known_failed = True
        elif heard in ARRIVED and not attempt.has_delivered_receipt:
            attempt.has_delivered_receipt = True
            message.heard.append(attempt)
            if is_late and message.outcome != "delivered":
                message.is_late_known = True

    def _segment_receipt(self, message: Message, attempt: Attempt, line: Line) -> None:
        self._note_segment(attempt, line, is_all=False)
        self._learn(message, attempt, line, "sent")

    def _note_segment(self, attempt: Attempt, line: Line, *, is_all: bool) -> None:
        told = line.detail
        if told.get("status") != "delivered" or "segment" not in told:
            return
        attempt.segments.add(told["segment"])
        if (len(attempt.segments) == told["segments"]) is not is_all:
            self._say(line, f"with {len(attempt.segments)} of {told['segments']} segments")

    def _ignored(self, message: Message, line: Line) -> None:
        told = line.detail
        attempt = message.attempts.get((line.level or 0, line.attempt or 0))
        heard, policy = told.get("status", ""), self.cascades[message.cascade]["conflict"]
        if attempt is None or told.get("why") == "no answer was awaited" or heard in REFUSALS:
            return
        if heard == "delivered" and "segment" in told and told["segment"] in attempt.segments:
            return
        if merged(policy, attempt.status, heard) is not None:
            self._say(line, f"ignores {heard}, which is news after {attempt.status}")

    def _learn(self, message: Message, attempt: Attempt, line: Line, heard: str) -> bool:
        """Merge news into an attempt, and note what it leads to; False when it is no news."""
        cascade = self.cascades[message.cascade]
        after = merged(cascade["conflict"], attempt.status, heard)
        if after is None:
            return False
        attempt.status = after
        word = heard
        if heard == "refused":
            passes = line.detail.get("class") in (None, "transient")
            word = "refused.temporary" if passes else "refused.permanent"
        is_bad = heard in BAD_FINALS or heard in REFUSALS
        is_told = line.kind != "segment_receipt" and (is_bad or heard in ARRIVED)
        if is_told and attempt is not message.current:
            message.late.append(f"{attempt.channel}:{word}")
        elif is_bad:
            self._leave(message, word)
        if message.outcome is None and heard in LADDER:
            success = self._level(message, attempt.level)["success"]
            counts = attempt.level == message.level or cascade["late_success"] == "record"
            if counts and LADDER[after] >= LADDER[success]:
                message.due = attempt
        return True

    # What happened ---------------------------------------------------------------------------

    def _reached_handset(self, message: Message, attempt: Attempt, line: Line) -> None:
        attempt.copies += 1
        if message.first_copy is None:
            message.first_copy, message.first_copy_by = line.at - message.requested_at, attempt

    def _billed(self, _: Message, attempt: Attempt, line: Line) -> None:
        attempt.bill += line.detail.get("amount_nano", 0)

    def _lost(self, _: Message, attempt: Attempt, __: Line) -> None:
        attempt.is_lost = True

    def _taken(self, _: Message, attempt: Attempt, __: Line) -> None:
        attempt.is_taken = True


_DECISIONS: Final = (
    "skipped", "submitted", "wait_over", "retry_planned", "fell_back", "finished",
)  # fmt: skip
_SAID_ONLY: Final = (
    "retry_planned", "flagged", "read_by_person", "receipt_lost", "receipt_unmatched",
    "receipt_contradicts", "partly_reached_handset",
)  # fmt: skip
_HANDLERS: Final[dict[str, Callable[[Log, Message, Line], None]]] = {
    "skipped": Log._skipped,
    "submitted": Log._submitted,
    "wait_over": Log._wait_over,
    "fell_back": Log._fell_back,
    "finished": Log._finished,
    "ignored": Log._ignored,
}
_ABOUT_ATTEMPTS: Final[dict[str, Callable[[Log, Message, Attempt, Line], None]]] = {
    **dict.fromkeys(("accepted", "refused", "throttled", "unknown"), Log._answer),
    **dict.fromkeys(("receipt", "late_receipt"), Log._receipt),
    "segment_receipt": Log._segment_receipt,
    "reached_handset": Log._reached_handset,
    "billed": Log._billed,
    **dict.fromkeys(("failed_at_provider", "expired_at_provider"), Log._lost),
    "accepted_at_provider": Log._taken,
}
