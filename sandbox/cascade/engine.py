"""Many cascades behind one door.

The engine routes events to cascades and knows who wants to be woken when. It owns no clock: a
driver hands it the time, and looks at `wake_at` to learn when to come back. One driver turns it in
virtual time against simulated providers, another in real time against real ones; the engine cannot
tell which.

Each unfinished cascade has at most one live entry among the wake-ups. Entries are not removed when
a cascade's plans change; a stale one is dropped, or renewed, when its turn comes. A later wake-up
therefore costs nothing to plan, which is the common case: an answer replaces the timer for the
answer by the longer timer for the receipt.

Most timers never go off, so most entries are stale by their time. Only those of the next second or
so stand in order, in a heap; the others lie in a list for each second, which is gone through when
it is reached, and most of what is in it is never put in order at all. So there is only the number
of a message in such a list: its cascade is asked again when it wants to be woken.
"""

from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NoReturn, assert_never

from sandbox.cascade import outputs
from sandbox.cascade.abreast import Abreast
from sandbox.cascade.cascade import BAD_RECEIPTS, Cascade
from sandbox.cascade.circuit import Breaker, Circuit
from sandbox.cascade.events import (
    Acted,
    Event,
    OrphanReceived,
    Reason,
    RecallAnswered,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
    WokeUp,
)
from sandbox.cascade.moving import Memory
from sandbox.cascade.outputs import Fact, Output, words
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import NEVER, ReasonClass, Status
from sandbox.errors import MisuseError

_NO_BREAKERS: Final[Mapping[str, Breaker]] = {}
_STRETCH_BITS: Final = 20
"""A stretch of the wake-ups is 2^20 microseconds, about a second."""
_Wake = tuple[int, int, int]
"""Instant, line that armed it, message."""
_FLAGGED: Final = (ReasonClass.ACCOUNT, ReasonClass.CALLER_ERROR)


class Engine:
    """All cascades of one run."""

    def __init__(
        self,
        plans: Sequence[Plan],
        number: Callable[[], int],
        breakers: Mapping[str, Breaker] = _NO_BREAKERS,
    ) -> None:
        """Make an engine without messages.

        Args:
            plans: What messages may run through; `Requested.plan` is an index into it.
            number: Gives the next line number of the log. The world that surrounds the engine
                draws from the same source, so that all lines stand in one order.
            breakers: Provider -> when its circuit opens; others have none.
        """
        self._plans = tuple(plans)
        self._circuits = {name: Circuit(name, breaker) for name, breaker in breakers.items()}
        self._number = number
        self._cascades: dict[int, Cascade] = {}
        self._memory: Memory = {}
        self._kinds = [Abreast if plan.has_fronts else Cascade for plan in plans]
        self.wakes: list[_Wake] = []
        """Heap of those that come before the end of stretch `_near`; may hold stale entries."""
        self.wakes_from = NEVER
        """A lower bound of `wake_at` that costs nothing to look at."""
        self._near = -1
        self._far: dict[int, list[int]] = {}
        """Number of a later stretch -> the messages that have a wake-up in it."""
        self._stretches: list[int] = []
        """A heap of the numbers of these."""
        self._now = 0
        self._flagged: set[tuple[str, str]] = set()

    def receive(self, event: Event, now: int) -> list[Output]:
        """Take in one thing that happened; say what to do and what to know.

        Never raises for anything a provider did. Runs to completion.

        Args:
            event: What happened.
            now: Microseconds since the run began; never less than last time.

        Returns:
            Facts in order, and after them commands: a submission that the last fact announces, or
            one for each of the levels that begin together, or recalls of what is in flight.

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
                message, reason = event[0], event[4]
                cascade = self._cascades.get(message) or self._unknown(message)
                out = cascade.receipt(event, now)
                if reason is not None and reason.reason_class in _FLAGGED:
                    self._flag(cascade, event, reason, out, now)
            case SubmitAnswered():
                message, reason = event[0], event[4]
                cascade = self._cascades.get(message) or self._unknown(message)
                out = cascade.answer(event, now)
                if reason is not None and reason.reason_class in _FLAGGED:
                    self._flag(cascade, event, reason, out, now)
            case Requested():
                cascade = self._admit(event)
                out = cascade.request(event, now)
            case OrphanReceived():
                return [self._orphan(event, now)]
            case Acted() | RecallAnswered():
                cascade = self._cascades.get(event.message) or self._unknown(event.message)
                out = cascade.attend(event, now)
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
        while wakes or self._look_further():
            wake = wakes[0]
            if self._stands(wake):
                self.wakes_from = wake[0]
                return self.wakes_from
            heappop(wakes)
            self._renew(wake)
        self.wakes_from = NEVER
        return NEVER

    def _stands(self, wake: "_Wake") -> bool:
        """Whether an entry is what its cascade still waits for."""
        at, seq, message = wake
        cascade = self._cascades.get(message)
        return (
            cascade is not None
            and cascade.armed_at == at
            and cascade.wake_at == at
            and cascade.wake_seq == seq
        )

    def _renew(self, wake: "_Wake") -> None:
        """Put another entry in the place of one that has been taken out and no longer stands."""
        cascade = self._cascades.get(wake[2])
        if cascade is not None and cascade.armed_at == wake[0]:
            cascade.armed_at = NEVER
            if cascade.wake_at < NEVER:
                self._arm(cascade)

    def _look_further(self) -> bool:
        """Go through the next stretches until there is a wake-up; False when none is left."""
        cascades, wakes = self._cascades, self.wakes
        while self._stretches and not wakes:
            self._near = near = heappop(self._stretches)
            for message in self._far.pop(near):
                cascade = cascades.get(message)
                if cascade is None or cascade.armed_at >> _STRETCH_BITS != near:
                    continue  # it is over, or has been entered earlier since
                if cascade.wake_at < NEVER:
                    self._arm(cascade)
                else:
                    cascade.armed_at = NEVER
        return bool(wakes)

    def forget(self, message: int) -> bool:
        """Let a settled cascade go, when nothing more can arrive for it.

        Returns:
            False when the message still has a timer or no outcome, and is kept.
        """
        cascade = self._cascades[message]
        if cascade.wake_at < NEVER or cascade.outcome is None:
            return False
        del self._cascades[message]
        return True

    def is_open(self, message: int) -> bool:
        """Whether a message is under way: requested, and without an outcome."""
        cascade = self._cascades.get(message)
        return cascade is not None and cascade.outcome is None

    def open_messages(self) -> list[int]:
        """The numbers of the messages without an outcome, in order of arrival."""
        return [number for number, c in self._cascades.items() if c.outcome is None]

    def _admit(self, event: Requested) -> Cascade:
        if event.message in self._cascades:
            raise MisuseError(f"message {event.message} was requested twice")
        if not 0 <= event.plan < len(self._plans):
            raise MisuseError(f"there is no plan {event.plan}")
        plan, kind = self._plans[event.plan], self._kinds[event.plan]
        cascade = kind(event.message, plan, self._number, self._circuits, self._memory)
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
        """Enter the cascade's next wake-up."""
        cascade.armed_at = at = cascade.wake_at
        self.wakes_from = min(self.wakes_from, at)
        stretch = at >> _STRETCH_BITS
        if stretch <= self._near:
            heappush(self.wakes, (at, cascade.wake_seq, cascade.message))
            return
        try:
            self._far[stretch].append(cascade.message)
        except KeyError:
            self._far[stretch] = [cascade.message]
            heappush(self._stretches, stretch)

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
        commands = sum(type(output) is not tuple for output in out)
        out.insert(len(out) - commands, fact)
