"""Why the engine moved on, in words for people.

A `Reasons` follows one message and can say at any moment why its current level was, or will be,
left: which receipt or answer, or which timer, how long it ran and from when.
"""

from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import (
    STATUSES,
    Act,
    Origin,
    ReasonClass,
    RecallResult,
    Status,
    Trigger,
)
from sandbox.report.account import CIRCUIT_OPEN
from sandbox.report.figures import span_text
from sandbox.report.plain import plain
from sandbox.report.recipient_rules import QUIET, REMEMBERED
from sandbox.simulation.decisions import WORDS

REASON_LENGTH: Final = 120
"""A provider's own words are cut after so many characters."""

DUPLICATE: Final = "duplicate"
"""Why a receipt was ignored that had been there before."""
_ALREADY: Final = "already "
"""Why others were: the status that was known already follows."""

_ORIGINS: Final = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}
_CLASSES: Final = {
    ReasonClass.PERMANENT_RECIPIENT: "this recipient cannot be reached here",
    ReasonClass.TRANSIENT: "trouble that passes",
    ReasonClass.CALLER_ERROR: "our own mistake",
    ReasonClass.ACCOUNT: "trouble with the account",
    ReasonClass.STOP: "not to be chased",
}


def reason_text(detail: Detail) -> str:
    """A provider's code and words, fit to be shown; "" where it gave none."""
    told = " ".join(word for word in (detail.text("code"), detail.text("text")) if word)
    return plain(told, REASON_LENGTH)


def segment_text(detail: Detail) -> str:
    """Which of several segments a receipt is about; "" where it is about the whole message."""
    segment = detail.number("segment")
    return f"segment {segment} of {detail.number('segments')}" if segment else ""


def forced_text(detail: Detail) -> str:
    """What somebody decided by hand about an attempt: `failed`, `delivery failed, after 3s`."""
    value = detail.text("value")
    told = value.removeprefix("{").removesuffix("}").replace(": ", " ")
    return WORDS.get(value) or plain(told, REASON_LENGTH)


def known_before(why: str) -> str:
    """The status that stood already when a receipt was ignored; "" where that was not the cause."""
    return why.removeprefix(_ALREADY) if why.startswith(_ALREADY) else ""


def is_contradiction(one: str, other: str) -> bool:
    """One status says that the message arrived, the other that it never will (S6)."""
    statuses = (STATUSES[one], STATUSES[other])
    return min(statuses) < Status.SUBMITTED and max(statuses) >= Status.DELIVERED


def class_text(detail: Detail) -> str:
    """What a reason's class means; "" without a class."""
    word = detail.text("class")
    return _CLASSES[ReasonClass(word)] if word else ""


ACTS: Final = {
    Act.VERIFIED: "the right code was entered",
    Act.CANCEL: "asked to cancel it",
    Act.NEXT: "asked to go on to the next level now",
    Act.RESEND: "asked to send it once more",
}
"""What somebody did about a message, in words."""

RECALLS: Final = {
    RecallResult.RECALLED: "called back in time",
    RecallResult.TOO_LATE: "called back too late",
    RecallResult.UNSUPPORTED: "its provider calls nothing back",
}
"""What came of calling an attempt back, in words."""


def act_text(detail: Detail) -> str:
    """What was done about a message, and why in vain if it was."""
    why = detail.text("why")
    return ACTS[Act(detail.text("act"))] + (f", in vain: {why}" if why else "")


_OF_RECIPIENTS: Final = {
    QUIET: "it is quiet hours where the recipient is",
    REMEMBERED: "the recipient is known from before not to be reachable here",
}
"""Why a level is skipped, where that has words of its own."""


class Reasons:
    """What led to the next switch of one message."""

    __slots__ = ("_counts_from", "_passed_over", "_status", "why")

    def __init__(self) -> None:
        self.why = ""
        """The latest bad news, as half a sentence."""
        self._counts_from = ""
        self._passed_over = ""
        self._status = Status.SUBMITTED

    def submitted(self) -> None:
        """A new attempt: its wait has not begun."""
        self._counts_from = ""
        self._status = Status.SUBMITTED

    def answered(self, kind: str, level: Level, detail: Detail) -> None:
        """Take in the answer to the current attempt."""
        told = reason_text(detail) or class_text(detail)
        ending = f": {told}" if told else ""
        if kind == outputs.ACCEPTED:
            self._begin(level, "acceptance")
        elif kind == outputs.UNKNOWN:
            self.why = f"no answer within {span_text(level.submit_timeout_us)}"
            self._begin(level, "giving up on the answer")
        elif kind == outputs.THROTTLED:
            self.why = f"throttled{ending}"
        else:
            self.why = f"refused{ending}"

    def heard(self, level: Level, detail: Detail) -> None:
        """Take in a receipt of the current attempt."""
        status = STATUSES[detail.text("status")]
        if status < Status.ACCEPTED:
            told = reason_text(detail) or class_text(detail)
            segment = segment_text(detail)
            of_it = f" for {segment}" if segment else ""
            self.why = f"{status.word} by receipt{of_it}" + (f": {told}" if told else "")
            return
        self._heard_well(level, status)

    def heard_of_segment(self, level: Level) -> None:
        """Take in that one of several segments has arrived: so the message was sent (S30)."""
        self._heard_well(level, Status.SENT)

    def _heard_well(self, level: Level, status: Status) -> None:
        self._begin(level, "acceptance")
        origin = _ORIGINS.get(level.origin)
        if origin is not None and self._status < origin <= status:
            self._counts_from = f"the {origin.word} receipt"
        self._status = max(self._status, status)

    def skipped(self, reason: str, provider: str = "") -> None:
        """The recipient cannot be reached on this level, or a provider's circuit is open."""
        if provider:
            self._passed_over = plain(provider)  # that alone closes no level
        elif reason == CIRCUIT_OPEN:
            self.passed_by()
        elif reason in _OF_RECIPIENTS:
            self.why = _OF_RECIPIENTS[reason]
        else:
            self.why = f"not eligible: {plain(reason, REASON_LENGTH)}"

    def passed_by(self) -> None:
        """The level is left because of the circuit of its last provider."""
        self.why = f"the circuit of {self._passed_over} is open"

    def wait_over(self, level: Level, trigger: str) -> None:
        """The level's timer ran out."""
        within = f"within {span_text(level.wait_us or 0)} of {self._counts_from}"
        if trigger == Trigger.NOT_VERIFIED:
            given_us = level.wait_us if level.verify_within_us is None else level.verify_within_us
            given = span_text(given_us or 0)
            self.why = f"{level.success.word}, but its code not entered within {given}"
        elif trigger == Trigger.NOT_READ:
            self.why = f"delivered, but not read {within}"
        elif level.success is Status.ACCEPTED:
            self.why = f"not accepted {within}"
        else:
            self.why = f"no {level.success.word} receipt {within}"

    def by_hand(self) -> None:
        """Somebody wants the message to go on."""
        self.why = "asked for"

    def _begin(self, level: Level, origin: str) -> None:
        if not self._counts_from:
            self._counts_from = "submission" if level.origin is Origin.SUBMIT else origin
