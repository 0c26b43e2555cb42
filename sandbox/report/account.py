"""What became of one message: its path, its outcome, its cost. A fold over its lines of the log.

A path has one entry per attempt, and one per level skipped without one, in order of submission:
how the attempt stood when the engine left it. News that comes later never rewrites an entry; it is
kept apart, as `late`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, Outcome, ReasonClass, Status, Trigger
from sandbox.journal import entry

CIRCUIT_OPEN: Final = "circuit open"
"""Why a provider, or a level without any left, is passed over (S22)."""

VERIFIED: Final = "verified"
"""How an attempt stands whose code was entered (S33)."""

OPEN: Final = "open"
"""How an attempt stands that the engine has not left."""

_FINAL_STATUSES: Final = ("delivered", "read", "failed", "rejected", "expired")
_NEGATIVE: Final = _FINAL_STATUSES[2:]


class Surprise(StrEnum):
    """What became of a message and the engine does not know: the most telling, else nothing."""

    NOTHING = ""
    TWICE = "twice"
    """Several copies reached the handset."""
    ARRIVED = "arrived"
    """The person has it; the receipt that would say so was lost or matched nothing, or it ended
    otherwise before a receipt could say so."""
    MISSING = "missing"
    """The outcome is delivered, and nothing reached the handset."""
    PARTLY = "partly"
    """Only some segments of it ever came."""


class Step(NamedTuple):
    """One entry of a path."""

    channel: str
    provider: str
    """"" for a level that was skipped."""
    level: int
    attempt: int
    """0 for a level that was skipped."""
    word: str

    def __str__(self) -> str:
        """The entry as scenarios write it, such as `sms:no_receipt`."""
        return f"{self.channel}:{self.word}"


class Account:
    """One message. Everything is public to be read; only `take` changes it."""

    __slots__ = (
        "_copies",
        "_has_receipt",
        "_is_unheard",
        "_open",
        "_owed",
        "_partly",
        "_stranded",
        "bill_nano",
        "credited",
        "ended_by",
        "first_copy_us",
        "is_verified",
        "late",
        "message",
        "outcome",
        "plan",
        "requested_at_us",
        "steps",
        "took_us",
        "trigger",
    )

    def __init__(self, message: int, plan: Plan, requested_at_us: int) -> None:
        self.message = message
        self.plan = plan
        self.requested_at_us = requested_at_us
        self.steps: list[Step] = []
        self.late: list[Step] = []
        self.outcome = ""
        """"" while the message is open."""
        self.ended_by = ""
        self.trigger = ""
        self.is_verified = False
        """It ended with its code."""
        self.credited: tuple[int, int] | None = None
        """Level and attempt that gave the outcome delivered."""
        self.took_us: int | None = None
        """From the request to the outcome."""
        self.first_copy_us: int | None = None
        """From the request to the first copy on the handset (truth)."""
        self.bill_nano = 0
        self._owed: dict[tuple[int, int], int] = {}
        self._has_receipt: set[tuple[int, int]] = set()
        self._copies = 0
        self._open: dict[int, int] = {}
        """Level -> which entry of the path is not left there; several where levels run together."""
        self._is_unheard = False
        self._stranded: set[tuple[int, int]] = set()
        self._partly = False

    @property
    def ledger_nano(self) -> int:
        """What is known of the cost: for every attempt what the provider last said."""
        return sum(self._owed.values())

    @property
    def copy_count(self) -> int:
        """How many copies reached the handset (truth)."""
        return self._copies

    @property
    def surprise(self) -> Surprise:
        """What the engine does not know of it (truth)."""
        is_delivered = self.outcome == Outcome.DELIVERED
        if self._copies > 1:
            return Surprise.TWICE
        if self._copies:
            is_told = is_delivered or not (self.outcome or self._is_unheard)
            return Surprise.NOTHING if is_told else Surprise.ARRIVED
        if is_delivered and self.credited in self._stranded:
            return Surprise.PARTLY if self._partly else Surprise.MISSING
        return Surprise.PARTLY if self._partly else Surprise.NOTHING

    def is_current(self, level: int, attempt: int) -> bool:
        """Whether the engine has not left an attempt."""
        place = self._open.get(level)
        return place is not None and self.steps[place].attempt == attempt

    def owed_nano(self, level: int, attempt: int) -> int:
        """What the provider last said an attempt costs."""
        return self._owed.get((level, attempt), 0)

    def step(self, level: int, attempt: int) -> Step | None:
        """The entry of an attempt; None when it was never submitted."""
        for step in reversed(self.steps):
            if step.level == level and step.attempt == attempt:
                return step
        return None

    def take(self, fact: Fact) -> None:
        """Take in the message's next line of the log; its first is taken in by `begin`."""
        _, at_us, _, level, attempt, kind, _, detail = fact
        handler = self._HANDLERS.get(kind)
        if handler is not None:
            handler(self, at_us, level or 0, attempt or 0, detail)

    # What the engine says --------------------------------------------------------------------

    def _on_skipped(self, _: int, level: int, __: int, detail: Detail) -> None:
        if detail.text("provider"):  # one provider of several; the level has more to say
            return
        channel = str(self.plan.levels[level].channel)
        word = "circuit_open" if detail.text("reason") == CIRCUIT_OPEN else "ineligible"
        self.steps.append(Step(channel, "", level, 0, word))

    def _on_submitted(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        self._leave(level, "unknown")  # only a resend finds an attempt that was not left
        channel, provider = detail.text("channel"), detail.text("provider")
        self._open[level] = len(self.steps)
        self.steps.append(Step(channel, provider, level, attempt, OPEN))

    def _on_accepted(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        self._owed[level, attempt] = detail.number("owed_nano")

    def _on_refused(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        passes = detail.text("class") in ("", ReasonClass.TRANSIENT)
        self._bad_answer(level, attempt, "refused.temporary" if passes else "refused.permanent")
        self._owed[level, attempt] = detail.number("owed_nano")

    def _on_throttled(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        self._bad_answer(level, attempt, "throttled")
        self._owed[level, attempt] = detail.number("owed_nano")

    def _bad_answer(self, level: int, attempt: int, word: str) -> None:
        if (level, attempt) not in self._has_receipt:
            self._bad_news(level, attempt, word)

    def _bad_news(self, level: int, attempt: int, word: str) -> None:
        if self.is_current(level, attempt):
            self._leave(level, word)
        else:
            self._add_late(level, attempt, word)

    def _on_receipt(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        status = detail.text("status")
        self._owed[level, attempt] = detail.number("owed_nano")
        self._has_receipt.add((level, attempt))
        if status in _NEGATIVE:
            self._bad_news(level, attempt, status)
        elif status in _FINAL_STATUSES and not self.is_current(level, attempt):
            self._add_late(level, attempt, status)

    def _on_segment_receipt(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        self._owed[level, attempt] = detail.number("owed_nano")
        self._has_receipt.add((level, attempt))

    def _on_closed(self, _: int, level: int, __: int, detail: Detail) -> None:
        self._leave(level, detail.text("trigger"))

    def _on_fell_back(self, _: int, __: int, ___: int, detail: Detail) -> None:
        self._leave_all(detail.text("trigger"))

    def _on_finished(self, at_us: int, level: int, attempt: int, detail: Detail) -> None:
        self.outcome = detail.text("outcome")
        self.ended_by = detail.text("ended_by")
        self.trigger = detail.text("trigger")
        self.took_us = at_us - self.requested_at_us
        if self.outcome == Outcome.DELIVERED:
            self.credited = (level, attempt)
            self.is_verified = bool(detail.fields.get("verified"))
            word = VERIFIED if self.is_verified else self.plan.levels[level].success.word
            if self.is_current(level, attempt):
                self._leave(level, word)
            self._leave_all("overtaken")
        elif self.outcome == Outcome.EXPIRED:
            self._leave_all("deadline")
        else:
            self._leave_all(self.trigger or self.outcome)

    def _on_act(self, _: int, __: int, ___: int, detail: Detail) -> None:
        """Whoever asks for another attempt leaves the one before; all else is told by what ends."""
        if detail.text("act") == Act.RESEND and not detail.text("why") and self._open:
            level = max(self._open, key=lambda level: self._open[level])
            self._leave(level, Trigger.MANUAL.value)

    # What happened ---------------------------------------------------------------------------

    def _on_reached_handset(self, at_us: int, _: int, __: int, ___: Detail) -> None:
        self._copies += 1
        if self.first_copy_us is None:
            self.first_copy_us = at_us - self.requested_at_us

    def _on_stranded(self, _: int, level: int, attempt: int, __: Detail) -> None:
        self._stranded.add((level, attempt))

    def _on_partly_reached_handset(self, _: int, level: int, attempt: int, __: Detail) -> None:
        self._stranded.add((level, attempt))
        self._partly = True

    def _on_no_receipt(self, _: int, level: int, attempt: int, detail: Detail) -> None:
        """A receipt that would have told of a copy is lost, or matches nothing."""
        is_good = detail.text("status") == Status.DELIVERED.word
        if is_good and (level, attempt) not in self._stranded:
            self._is_unheard = True

    def _on_billed(self, _: int, __: int, ___: int, detail: Detail) -> None:
        self.bill_nano += detail.number("amount_nano")

    # Small change ----------------------------------------------------------------------------

    def _leave(self, level: int, word: str) -> None:
        place = self._open.pop(level, None)
        if place is not None:
            self.steps[place] = self.steps[place]._replace(word=word)

    def _leave_all(self, word: str) -> None:
        for level in list(self._open):
            self._leave(level, word)

    def _add_late(self, level: int, attempt: int, word: str) -> None:
        step = self.step(level, attempt)
        if step is not None:
            self.late.append(step._replace(word=word))

    _HANDLERS: ClassVar[Mapping[str, Callable[["Account", int, int, int, Detail], None]]] = {
        outputs.SKIPPED: _on_skipped,
        outputs.SUBMITTED: _on_submitted,
        outputs.ACCEPTED: _on_accepted,
        outputs.REFUSED: _on_refused,
        outputs.THROTTLED: _on_throttled,
        outputs.RECEIPT: _on_receipt,
        outputs.LATE_RECEIPT: _on_receipt,
        outputs.SEGMENT_RECEIPT: _on_segment_receipt,
        outputs.WAIT_OVER: _on_closed,
        outputs.CLOSED: _on_closed,
        outputs.FELL_BACK: _on_fell_back,
        outputs.FINISHED: _on_finished,
        outputs.ACT: _on_act,
        entry.REACHED_HANDSET: _on_reached_handset,
        entry.PARTLY_REACHED_HANDSET: _on_partly_reached_handset,
        entry.FAILED_AT_PROVIDER: _on_stranded,
        entry.RECEIPT_LOST: _on_no_receipt,
        entry.RECEIPT_UNMATCHED: _on_no_receipt,
        entry.BILLED: _on_billed,
    }


def begin(fact: Fact, plans: Mapping[str, Plan]) -> Account:
    """Open the account of a message with its `requested` line.

    Args:
        fact: The line.
        plans: The cascades of the run by name.
    """
    _, at_us, message, _, _, _, _, detail = fact
    return Account(message or 0, plans[detail.text("cascade")], at_us)
