"""Many cascades behind one door.

The engine routes events to cascades and knows who wants to be woken when. It owns no clock: a
driver hands it the time, and looks at `wake_at` to learn when to come back. One driver turns it in
virtual time against simulated providers, another in real time against real ones; the engine cannot
tell which.

Each unfinished cascade has at most one live entry in the heap of wake-ups. Entries are not removed
when a cascade's plans change; a stale one is dropped, or renewed, when it comes to the top. A later
wake-up therefore costs nothing to plan, which is the common case: an answer replaces the timer for
the answer by the longer timer for the receipt.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NoReturn, assert_never

from sandbox.cascade import outputs
from sandbox.cascade.cascade import BAD_RECEIPTS, NEVER, Cascade
from sandbox.cascade.events import (
    Event,
    OrphanReceived,
    Reason,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
    WokeUp,
)
from sandbox.cascade.outputs import Fact, Output, Submit, words
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.errors import MisuseError

_FLAGGED = (ReasonClass.ACCOUNT, ReasonClass.CALLER_ERROR)


class Engine:
    """All cascades of one run."""

    def __init__(self, plans: Sequence[Plan], number: Callable[[], int]) -> None:
        """Make an engine without messages.

        Args:
            plans: What messages may run through; `Requested.plan` is an index into it.
            number: Gives the next line number of the log. The world that surrounds the engine
                draws from the same source, so that all lines stand in one order.
        """
        self._plans = tuple(plans)
        self._number = number
        self._cascades: dict[int, Cascade] = {}
        self.wakes: list[tuple[int, int, int]] = []
        """Heap of (instant, line that armed it, message); may hold stale entries.

        Its head's instant is a lower bound of `wake_at` that costs nothing to look at.
        """
        self._now = 0
        self._flagged: set[tuple[str, str]] = set()

    def receive(self, event: Event, now: int) -> list[Output]:
        """Take in one thing that happened; say what to do and what to know.

        Never raises for anything a provider did. Runs to completion.

        Args:
            event: What happened.
            now: Microseconds since the run began; never less than last time.

        Returns:
            Facts in order, and after them at most one command: that which the last fact announces.

        Raises:
            MisuseError: time ran backwards, a message was requested twice or is not known, there is
                no such plan, nobody asked to be woken, or a status is no answer or no receipt: all
                are bugs of a driver.
        """
        if now < self._now:
            raise MisuseError(f"time ran backwards: {now} < {self._now}")
        self._now = now
        match event:
            case ReceiptReceived():
                cascade = self._cascades.get(event.message) or self._unknown(event.message)
                out = cascade.receipt(event, now)
                if event.reason is not None and event.reason.reason_class in _FLAGGED:
                    self._flag(cascade, event, event.reason, out, now)
            case SubmitAnswered():
                cascade = self._cascades.get(event.message) or self._unknown(event.message)
                out = cascade.answer(event, now)
                if event.reason is not None and event.reason.reason_class in _FLAGGED:
                    self._flag(cascade, event, event.reason, out, now)
            case Requested():
                cascade = self._admit(event)
                out = cascade.request(event, now)
            case OrphanReceived():
                return [self._orphan(event, now)]
            case WokeUp():
                if self.wake_at > now:
                    raise MisuseError(f"woken at {now}, before {self.wake_at}")
                cascade = self._cascades[heappop(self.wakes)[2]]
                cascade.armed_at = NEVER
                out = cascade.wake(now)
            case _:
                assert_never(event)
        if cascade.wake_at < cascade.armed_at:
            self._arm(cascade)
        return out

    @property
    def wake_at(self) -> int:
        """When to send `WokeUp` next; `NEVER` when nothing is planned."""
        wakes = self.wakes
        while wakes:
            at, seq, message = wakes[0]
            cascade = self._cascades.get(message)
            if cascade is not None and cascade.wake_at == at and cascade.wake_seq == seq:
                return at
            heappop(wakes)
            if cascade is not None:
                cascade.armed_at = NEVER
                if cascade.wake_at < NEVER:
                    self._arm(cascade)
        return NEVER

    def forget(self, message: int) -> bool:
        """Let a settled cascade go, when nothing more can arrive for it.

        Returns:
            False when the message still has a timer or no outcome, and is kept.
        """
        if self._cascades[message].settled:
            del self._cascades[message]
            return True
        return False

    def open_messages(self) -> list[int]:
        """The numbers of the messages without an outcome, in order of arrival."""
        return [number for number, c in self._cascades.items() if c.outcome is None]

    def _admit(self, event: Requested) -> Cascade:
        if event.message in self._cascades:
            raise MisuseError(f"message {event.message} was requested twice")
        if not 0 <= event.plan < len(self._plans):
            raise MisuseError(f"there is no plan {event.plan}")
        cascade = Cascade(event.message, self._plans[event.plan], self._number)
        self._cascades[event.message] = cascade
        return cascade

    def _orphan(self, event: OrphanReceived, now: int) -> Fact:
        """Keep a receipt that matches nothing: written down, and never acted on (S7)."""
        provider, status, reason, owed_nano, cause = event
        if status <= Status.SUBMITTED and status not in BAD_RECEIPTS:
            raise MisuseError(f"{status.word} is no receipt")
        detail = outputs.orphan_detail(provider, status, reason, owed_nano)
        return (self._number(), now, None, None, None, outputs.ORPHAN_RECEIPT, cause, detail)

    @staticmethod
    def _unknown(message: int) -> NoReturn:
        raise MisuseError(f"message {message} is not known")

    def _arm(self, cascade: Cascade) -> None:
        """Enter the cascade's next wake-up into the heap."""
        cascade.armed_at = cascade.wake_at
        heappush(self.wakes, (cascade.wake_at, cascade.wake_seq, cascade.message))

    def _flag(
        self,
        cascade: Cascade,
        event: SubmitAnswered | ReceiptReceived,
        reason: Reason,
        out: list[Output],
        now: int,
    ) -> None:
        """Report trouble of the account or of our own making, once per provider and code (S3)."""
        heard = event.answer if isinstance(event, SubmitAnswered) else event.status
        if heard >= Status.UNKNOWN:
            return  # good news and silence have no reason, whatever comes along with them
        provider = cascade.provider_of(event.level, event.attempt)
        if not provider or (provider, reason.code) in self._flagged:
            return
        self._flagged.add((provider, reason.code))
        told = {"class": reason.reason_class.value, "code": reason.code, "text": reason.text}
        detail = words(provider=provider, **told)
        seq, cause = self._number(), out[0][0]
        where = (event.message, event.level, event.attempt)
        fact = (seq, now, *where, outputs.FLAGGED, cause, detail)
        out.insert(len(out) - isinstance(out[-1], Submit), fact)
