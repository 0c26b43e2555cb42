"""One cascade turned by hand: times in seconds, and what it said in short lines.

`Hand` stands for a punctual driver: before anything happens at an instant, every wake-up that was
due earlier has happened, each at its own time. `story` is the log in words, one line per fact.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import (
    Acted,
    Event,
    Reason,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
    WokeUp,
)
from sandbox.cascade.outputs import Detail, Fact, Output, Recall, Submit
from sandbox.cascade.plan import Backoff, Level, Plan, Retries
from sandbox.cascade.vocabulary import NEVER, SECOND_US, Act, Channel, Outcome, ReasonClass, Status

Seconds = int | float

NOBODY: Final = Reason("131026", ReasonClass.PERMANENT_RECIPIENT, "not on this channel")
BUSY: Final = Reason("30017", ReasonClass.TRANSIENT, "carrier busy")
OUR_MISTAKE: Final = Reason("132000", ReasonClass.CALLER_ERROR, "template does not fit")
NO_CREDIT: Final = Reason("20003", ReasonClass.ACCOUNT, "no credit")
OPTED_OUT: Final = Reason("21610", ReasonClass.STOP, "opted out")

EVEN: Final = 1 << 31
"""Luck in the middle of the jitter band: a retry comes after exactly the backoff."""


def us(seconds: Seconds) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * SECOND_US)


def level(
    channel: str = "sms",
    *,
    via: Sequence[str] = (),
    wait: Seconds | None = 60,
    timeout: Seconds = 10,
    retries: int | Retries = 0,
    **others: Any,
) -> Level:
    """A level whose only provider is named after its channel, without retries unless asked for."""
    if isinstance(retries, int):
        retries = Retries(max=retries, backoff=Backoff(jitter_ppm=0))
    return Level(
        channel=Channel(channel),
        providers=tuple(via) or (channel,),
        wait_us=None if wait is None else us(wait),
        submit_timeout_us=us(timeout),
        retries=retries,
        **others,
    )


def plan(*levels: Level, deadline: Seconds | None = 600, name: str = "otp", **others: Any) -> Plan:
    """A plan of these levels; a deadline far away unless told."""
    deadline_us = None if deadline is None else us(deadline)
    return Plan(name=name, levels=levels, deadline_us=deadline_us, **others)


class Hand:
    """An engine with one message, and everything it has said."""

    def __init__(self, *plans: Plan, breakers: Mapping[str, Breaker] | None = None) -> None:
        self.engine = Engine(plans, count(1).__next__, breakers or {})
        self.facts: list[Fact] = []
        self.submits: list[Submit] = []
        self.recalls: list[Recall] = []

    # What happens ----------------------------------------------------------------------------

    def feed(self, event: Event, at: Seconds) -> list[Output]:
        """Let one thing happen, after all wake-ups that were due before it."""
        while self.engine.wake_at < us(at):
            self._receive(WokeUp(), self.engine.wake_at)
        return self._receive(event, us(at))

    def request(
        self,
        at: Seconds = 0,
        *,
        message: int = 1,
        plan: int = 0,
        country: str = "",
        ineligible: tuple[tuple[str, str], ...] = (),
        recipient: int = -1,
        local: Seconds = 0,
    ) -> "Hand":
        """Ask for a message; gives the hand back, to stand on one line with the plan."""
        told = (message, plan, country, ineligible, 0, recipient, us(local))
        self.feed(Requested(*told), at)
        return self

    def answer(
        self,
        answer: Status,
        at: Seconds,
        *,
        of: str = "",
        reason: Reason | None = None,
        luck: int = EVEN,
        owed: int = 0,
        message: int = 1,
    ) -> list[Output]:
        """Let a provider answer a submission, the latest unless `of` names another (`"0.1"`)."""
        where = self._where(of, message)
        return self.feed(SubmitAnswered(message, *where, answer, reason, owed, luck), at)

    def accept(self, at: Seconds, of: str = "", **others: Any) -> list[Output]:
        """Let a provider accept a submission."""
        return self.answer(Status.ACCEPTED, at, of=of, **others)

    def refuse(
        self, at: Seconds, reason: Reason | None = NOBODY, of: str = "", **others: Any
    ) -> list[Output]:
        """Let a provider refuse a submission; for good unless told."""
        return self.answer(Status.REFUSED, at, reason=reason, of=of, **others)

    def throttle(
        self, at: Seconds, reason: Reason | None = BUSY, of: str = "", **others: Any
    ) -> list[Output]:
        """Let a provider say that it was too much."""
        return self.answer(Status.THROTTLED, at, reason=reason, of=of, **others)

    def receipt(
        self,
        status: Status,
        at: Seconds,
        *,
        of: str = "",
        reason: Reason | None = None,
        owed: int = 0,
        message: int = 1,
    ) -> list[Output]:
        """Let a receipt come in for an attempt, the latest unless `of` names another."""
        where = self._where(of, message)
        return self.feed(ReceiptReceived(message, *where, status, reason, owed), at)

    def act(self, act: Act, at: Seconds, *, code_of: int = -1, message: int = 1) -> list[Output]:
        """Let somebody do something about a message; `code_of` is the level of an entered code."""
        return self.feed(Acted(message, act, code_of), at)

    def wake(self, until: Seconds) -> None:
        """Let all wake-ups happen that are due by then."""
        while self.engine.wake_at <= us(until):
            self._receive(WokeUp(), self.engine.wake_at)

    def rest(self) -> None:
        """Let all wake-ups happen that are still to come."""
        self.wake((NEVER - 1) // SECOND_US)

    # What was said ---------------------------------------------------------------------------

    @property
    def story(self) -> list[str]:
        """The whole log in words."""
        return [told(fact) for fact in self.facts]

    def since(self, at: Seconds) -> list[str]:
        """What was said at an instant or later, in words."""
        return [told(fact) for fact in self.facts if fact[1] >= us(at)]

    @property
    def end(self) -> str:
        """The line of the outcome; "" while the message is open."""
        return next((told(fact) for fact in self.facts if fact[5] == "finished"), "")

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, or None while the message is open."""
        ends = [fact[7].text("outcome") for fact in self.facts if fact[5] == "finished"]
        return Outcome(ends[0]) if ends else None

    @property
    def path(self) -> list[str]:
        """Every submission as `<instant> <level>.<attempt> <provider>`."""
        return [
            f"{submitted_at / SECOND_US:g} {level_index}.{attempt} {detail.text('provider')}"
            for _, submitted_at, _, level_index, attempt, kind, _, detail in self.facts
            if kind == "submitted"
        ]

    @property
    def wake_at(self) -> Seconds | None:
        """When the engine wants to be woken; None for never."""
        at = self.engine.wake_at
        return None if at == NEVER else at / SECOND_US

    def _receive(self, event: Event, now: int) -> list[Output]:
        said = self.engine.receive(event, now)
        self.facts += [output for output in said if not isinstance(output, Submit | Recall)]
        self.submits += [output for output in said if isinstance(output, Submit)]
        self.recalls += [output for output in said if isinstance(output, Recall)]
        return said

    def _where(self, of: str, message: int) -> tuple[int, int]:
        if of:
            level_index, attempt = of.split(".")
            return int(level_index), int(attempt)
        last = [submit for submit in self.submits if submit.message == message][-1]
        return last.level, last.attempt


def told(fact: Fact) -> str:
    """One fact in words: `<instant> <kind> <level>.<attempt> <what else>`."""
    _, at_us, _, level_index, attempt, kind, _, detail = fact
    where = "" if level_index is None else f"{level_index}"
    if attempt is not None:
        where += f".{attempt}"
    columns = (f"{at_us / SECOND_US:g}", kind, where, _rest(kind, detail))
    return " ".join(column for column in columns if column)


def _rest(kind: str, detail: Detail) -> str:
    match kind:
        case "retry_planned":
            return f"for {detail.number('retry_at_us') / SECOND_US:g}"
        case "circuit":
            until_us = detail.number("until_us")
            until = f" until {until_us / SECOND_US:g}" if until_us else ""
            return f"{detail.text('provider')} {detail.text('state')}{until}"
        case "submitted" if "key" in detail.fields:
            return f"{detail.text('provider')} key {detail.number('key')}"
        case "finished":
            if detail.fields.get("verified"):
                return f"{detail.text('outcome')} verified"
            names: tuple[str, ...] = ("outcome", "ended_by", "trigger")
        case "held":
            return f"until {detail.number('until_us') / SECOND_US:g}"
        case "act":
            names = ("act", "why")
        case "recalled":
            names = ("result",)
        case "ignored":
            names = ("status", "why")
        case "wait_over" | "fell_back" | "closed":
            names = ("trigger",)
        case _:
            names = ("reason", "provider", "status", "code")
    return " ".join(detail.text(name) for name in names if detail.text(name))
