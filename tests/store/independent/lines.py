"""What the lines of a log come to: what each attempt is known to be, and what became of a message.

Written from the documents, not from the program. Whatever a line cannot be is complained about.
"""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from tests.store.independent.circuits import LADDER, circuits_of, duration_us
from tests.store.independent.deeds import ENDS, Deeds, credited
from tests.store.independent.fronts import Front, end_of
from tests.store.independent.messages import (
    ARRIVED,
    BAD_FINALS,
    REFUSALS,
    Attempt,
    Json,
    Line,
    Message,
    merged,
)
from tests.store.independent.recipients import Recipients

ROOTS: Final = ("requested", "fault_began", "fault_ended", "knob_changed", "act")
"""Lines that nothing need have led to."""
SAYS_COST: Final = (
    "accepted", "refused", "throttled", "receipt", "late_receipt", "segment_receipt",
)  # fmt: skip

Complain = Callable[[str], None]


# The log -----------------------------------------------------------------------------------------


class Log:
    """Goes through the lines of one run, and works out what they come to."""

    def __init__(self, resolved: Json, complain: Complain) -> None:
        self.cascades: Json = resolved["cascades"]
        self.circuits = circuits_of(resolved)
        self._circuit_says: Json | None = None
        self._recipients = Recipients(resolved, duration_us)
        self.deeds = Deeds(resolved, duration_us)
        self.messages: dict[int, Message] = {}
        self.knobs: dict[int, Line] = {}
        self.decisions: list[Line] = []
        """What somebody decided about an attempt: as a change by hand, and about a message."""
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
        for text in self.deeds.follow(line):
            self._say(line, text)
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

    def _news(self, line: Line) -> Line | None:
        """What a decision stems from: the cause, before whoever was passed over in between."""
        cause = self._cause(line)
        while cause and cause.kind == "skipped" and "provider" in cause.detail:
            cause = self._cause(cause)
        return cause

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
        end = end_of(self.cascades[name]["levels"], 0)
        front = Front(0, end, (line.at, line.seq))
        self.messages[number] = Message(number, name, line.at, line.seq, front)
        self._recipients.begin(number, line.detail)
        self.deeds.begin(number, name, line.at)

    def _take_of_message(self, message: Message, line: Line) -> None:
        if line.kind == "knob_changed":
            self.decisions.append(line)
            return
        self._check_circuit(message, line)
        for text in self._recipients.judge(message, line):
            self._say(line, text)
        for text in self.deeds.judge(message, line, self._cause(line)):
            self._say(line, text)
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
            owed = line.detail.get("owed_nano", 0)
            attempt.unsaid += max(attempt.owed - owed, 0)
            attempt.owed = owed
        about = _ABOUT_ATTEMPTS.get(line.kind)
        if about is not None:
            about(self, message, attempt, line)
        elif line.kind not in _SAID_ONLY:
            self._say(line, "is of a kind nobody documented")

    # Circuits --------------------------------------------------------------------------------

    def _check_circuit(self, message: Message, line: Line) -> None:
        """Whether a circuit's every change is told on the very next line, and no other is."""
        due, self._circuit_says = self._circuit_says, None
        seen = line.detail if line.kind == "circuit" else None
        if seen != due:
            self._say(line, f"says {seen} of a circuit, and it must be {due}")
        if line.kind == "skipped" or line.kind not in (*SAYS_COST, "submitted", "unknown"):
            return
        attempt = message.attempts.get((line.level or 0, line.attempt or 0))
        provider = attempt.provider if attempt else line.detail.get("provider", "")
        circuit = self.circuits.get(provider)
        if circuit is None:
            return
        if line.kind == "submitted" and circuit.is_shut(line.at):
            self._say(line, "goes into an open circuit")
        state = circuit.told(line)
        self._circuit_says = None if state is None else {"provider": provider, **state}

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
        entered, told = message.front.open, line.detail
        if line.level not in entered:
            self._say(line, f"skips a level that was not entered: it is at {entered}")
            return
        level = self._level(message, line.level)
        is_shut = told.get("reason") == "circuit open"
        passed = [told["provider"]] if "provider" in told else level["via"] if is_shut else []
        for name in passed:
            if name not in level["via"] or not self._is_shut(name, line.at):
                self._say(line, f"passes {name} over, whose circuit is not open")
        if "provider" not in told:
            message.steps.append(
                f"{level['channel']}:{'circuit_open' if is_shut else 'ineligible'}"
            )

    def _is_shut(self, provider: str, at: int) -> bool:
        return provider in self.circuits and self.circuits[provider].is_shut(at)

    def _submitted(self, message: Message, line: Line) -> None:
        level, number = line.level or 0, line.attempt or 0
        made = message.made_at(level)
        self._leave(message, "unknown", level)
        if level not in message.front.open or number != made + 1:
            self._say(line, f"is out of order: level {message.level}, {made} attempts")
        told, planned = line.detail, self._level(message, level)
        if told.get("provider") not in planned["via"] or told.get("channel") != planned["channel"]:
            self._say(line, "goes where the level does not go")
        attempt = Attempt(level, number, told.get("channel", ""), told.get("provider", ""))
        attempt.key = told.get("key", number)
        message.attempts[level, number] = message.current[level] = attempt
        message.steps.append(attempt)
        if line.at == self._deadline(message):
            self._say(line, "is not before the deadline")

    def _act(self, message: Message, line: Line) -> None:
        if line.detail.get("act") == "resend" and "why" not in line.detail:
            self._leave(message, "manual", message.level_submitted)

    def _leave(self, message: Message, word: str, only: int | None = None) -> None:
        for level in list(message.current) if only is None else [only]:
            attempt = message.current.pop(level, None)
            if attempt is not None:
                attempt.word = attempt.word or word

    def _closes(self, message: Message, line: Line) -> None:
        if line.kind == "closed":
            for text in message.front.close(line.level):
                self._say(line, text)
        self._leave(message, line.detail.get("trigger", ""), line.level)

    def _joined(self, message: Message, line: Line) -> None:
        for text in message.front.join(line.level, (line.at, line.cause)):
            self._say(line, text)

    def _fell_back(self, message: Message, line: Line) -> None:
        told, front = line.detail, message.front
        if line.level != front.end or not front.is_last:
            self._say(line, f"enters level {line.level} from {front.open}")
            return
        self._leave(message, told.get("trigger", ""))
        end = end_of(self.cascades[message.cascade]["levels"], front.end)
        message.front = Front(front.end, end, (line.at, line.seq))
        cause = self._news(line)
        reason = cause.detail if cause and told["trigger"] != "circuit_open" else {}
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
            self._check_credit(message, line)
            if message.credited is message.current.get(place[0]):
                success = self._level(message, place[0])["success"]
                self._leave(message, "verified" if message.is_verified else success, place[0])
            self._leave(message, "overtaken")
        elif told == "expired":
            self._leave(message, "deadline")
        else:
            self._leave(message, line.detail.get("trigger") or str(told))
            self._check_end(message, line)
        message.due = None
        self.ended.append(message)

    def _check_credit(self, message: Message, line: Line) -> None:
        """Whether a delivered message is credited to what succeeded, or brought its code."""
        if line.detail.get("verified", False) is not message.is_verified:
            self._say(line, f"says verified: {line.detail.get('verified', False)}")
        cause, wanted = self._cause(line), message.due
        if message.is_verified and cause:
            wanted = credited(message, cause.detail.get("level"))
        if message.credited is None or message.credited is not wanted:
            self._say(line, "credits an attempt that did not succeed just now")

    def _outcomes(self, message: Message, line: Line) -> tuple[str, ...]:
        """What the message may come to at this line, by what is known."""
        if message.due:
            return ("delivered",)
        cause = self._cause(line)
        if cause and cause.kind == "act":
            return (ENDS.get(cause.detail.get("act", ""), "open"),)
        news = cause.detail if cause else {}
        own = cause.level if cause and cause.message == message.number else None
        on_expired = self._level(message, message.level if own is None else own).get("on_expired")
        gave_up = news.get("status") == "expired" and on_expired == "stop"
        if news.get("class") == "stop" or gave_up or self._recipients.drops(message, news):
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
        always = ("ineligible", "circuit_open", "manual")
        moves_on = trigger in (*self._level(message, line.level or 0)["next_on"], *always)
        ended_by = "last_level" if moves_on else "policy"
        if told.get("ended_by") != ended_by:
            self._say(line, f"says ended_by {told.get('ended_by')}, it is {ended_by}")
        is_last = message.front.is_last and message.front.end == len(cascade["levels"])
        if not message.front.is_last or (moves_on and not is_last):
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
        if is_told and attempt is not message.current.get(attempt.level):
            message.late.append(f"{attempt.channel}:{word}")
        elif is_bad:
            self._leave(message, word, attempt.level)
        if message.outcome is None and heard in LADDER and not self.deeds.awaits_code(message):
            success = self._level(message, attempt.level)["success"]
            counts = attempt.level in message.front.open or cascade["late_success"] != "ignore"
            if counts and LADDER[after] >= LADDER[success]:
                message.due = attempt
        return True

    # What happened ---------------------------------------------------------------------------

    def _reached_handset(self, message: Message, attempt: Attempt, line: Line) -> None:
        attempt.copies += 1
        if message.first_copy is None:
            message.first_copy, message.first_copy_by = line.at - message.requested_at, attempt

    def _partly_reached(self, _: Message, attempt: Attempt, __: Line) -> None:
        attempt.is_partly_there = True

    def _billed(self, _: Message, attempt: Attempt, line: Line) -> None:
        amount = line.detail.get("amount_nano", 0)
        attempt.bill += amount
        attempt.refunded += max(-amount, 0)

    def _lost(self, _: Message, attempt: Attempt, __: Line) -> None:
        attempt.is_lost = True

    def _taken(self, _: Message, attempt: Attempt, __: Line) -> None:
        attempt.is_taken = True


_DECISIONS: Final = (
    "skipped", "held", "submitted", "wait_over", "retry_planned", "fell_back", "finished",
    "joined", "closed",
)  # fmt: skip
_SAID_ONLY: Final = (
    "retry_planned", "flagged", "circuit", "read_by_person", "receipt_lost", "receipt_unmatched",
    "receipt_contradicts", "code_entered", "called_back", "recalled",
)  # fmt: skip
_HANDLERS: Final[dict[str, Callable[[Log, Message, Line], None]]] = {
    "skipped": Log._skipped,
    "held": lambda _, __, ___: None,
    "submitted": Log._submitted,
    "wait_over": Log._closes,
    "closed": Log._closes,
    "joined": Log._joined,
    "fell_back": Log._fell_back,
    "finished": Log._finished,
    "ignored": Log._ignored,
    "act": Log._act,
}
_ABOUT_ATTEMPTS: Final[dict[str, Callable[[Log, Message, Attempt, Line], None]]] = {
    **dict.fromkeys(("accepted", "refused", "throttled", "unknown"), Log._answer),
    **dict.fromkeys(("receipt", "late_receipt"), Log._receipt),
    "segment_receipt": Log._segment_receipt,
    "reached_handset": Log._reached_handset,
    "billed": Log._billed,
    "partly_reached_handset": Log._partly_reached,
    **dict.fromkeys(("failed_at_provider", "expired_at_provider"), Log._lost),
    "accepted_at_provider": Log._taken,
}
