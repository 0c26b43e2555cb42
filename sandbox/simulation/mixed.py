"""A world of which some providers are outside: real ones, or whoever speaks for them.

    world = MixedWorld(spec, frozenset({"sms-main"}))
    facts = world.advance(now_us, 1024)
    for command in world.take_commands(): ...          # what goes out
    facts = world.hear(SubmitAnswered(...), now_us)    # what comes back

Submissions to a provider outside leave by a door, `take_commands`, and what it says comes in by
another, `hear`. All else is the simulated world's: load, people, the other providers, and the
engine, which cannot tell one from the other. So one log holds both, and it is a pure function of
the world's description and of what was done and heard, each at its instant.

What is heard takes place at the end of its instant, right before the engine's wake-ups: an answer
that comes exactly when a wait ends still counts. Several things may be heard at one instant, in
their order. The chance in a retry's pause is the simulated provider's own, so a rehearsal retries
when the simulation does.

Truth about attempts outside is not known to anybody, and none is written. The log says from which
line on a provider is outside (`knob_changed`, path `adapter`), the first time at instant 0.

A process may die, and another go on with the run (`sleep`). In between nothing happened: what was
due then happens late, at the instant of the `resumed` line, in the usual order of one instant.
"""

from collections.abc import Callable
from heapq import heappop
from typing import Any, Final

from sandbox.cascade import events
from sandbox.cascade.events import (
    OrphanReceived,
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.outputs import ACT, Detail, Fact, Recall, Submit, words
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, Status
from sandbox.errors import MisuseError
from sandbox.journal.entry import ADAPTER, KNOB_CHANGED, REAL, RESUMED, SIMULATED
from sandbox.simulation import chance
from sandbox.simulation.agenda import Item
from sandbox.simulation.flight import Flight
from sandbox.simulation.spec import Change, HandChange, WorldSpec
from sandbox.simulation.stage import ACT_BY_HAND, BY_HAND, FAULT_EDGE
from sandbox.simulation.world import World

Heard = events.Heard
"""What a provider outside says, or what stands for its silence."""

Where = tuple[int, int, int]
"""Message, level and attempt."""

SEGMENT_MAX: Final = 255
"""A text in parts counts them in one octet (3GPP TS 23.040, 9.2.3.24.1): no receipt is about a
later one."""

_IS_REAL: Final = Change(ADAPTER, 1, REAL)
_IS_SIMULATED: Final = Change(ADAPTER, 0, SIMULATED)
_NO_REASON: Final = (Status.ACCEPTED, Status.UNKNOWN)
_LAST_WORDS: Final = (
    Status.DELIVERED,
    Status.READ,
    Status.FAILED,
    Status.REJECTED,
    Status.EXPIRED,
)
_PLACES: Final = FAULT_EDGE - 1
"""The bits of a rank that say which of its class was scheduled first."""
_NEVER: Final = -1


class MixedWorld(World):
    """One run, some of whose providers are outside; turned by a driver."""

    def __init__(self, spec: WorldSpec, outside: frozenset[str] = frozenset()) -> None:
        """Set the world up at instant 0.

        Args:
            spec: The world, all of its providers described as simulated ones.
            outside: Those that are outside from the beginning.

        Raises:
            MisuseError: one of them is no provider of the world.
        """
        super().__init__(spec)
        names = [provider.name for provider in spec.providers]
        strangers = outside.difference(names)
        if strangers:
            raise MisuseError(f"no provider {min(strangers)!r}")
        self.was_heard = False
        """The last `hear`, or `act`, led to lines of its own."""
        self._outside: dict[str, None] = {}
        self._commands: list[Submit | Recall] = []
        self._flights: dict[Where, Flight] = {}
        """Attempts outside. None is ever forgotten, because a receipt may come hours later."""
        self._awaited: dict[Where, None] = {}
        self._owed: dict[Where, int] = {}
        """What an attempt outside was last said to cost, in billionths."""
        self._recalled: dict[Where, int] = {}
        """Those that are called back -> the line that made them needless."""
        self._heard_at = _NEVER
        """Something was heard at this instant, and nothing happened since."""
        self._late_at = _NEVER
        """The instant of `resumed`, until all that was due before it has happened."""
        self._awake_from = 0
        for name in names:
            if name in outside:
                real = HandChange(at_us=0, provider=name, path=ADAPTER, change=_IS_REAL)
                self._schedule(0, BY_HAND, self._on_changed_by_hand, real)

    # The doors -------------------------------------------------------------------------------

    @property
    def outside(self) -> tuple[str, ...]:
        """The providers that are outside now, in the order in which they went there."""
        return tuple(self._outside)

    @property
    def awaited(self) -> tuple[Where, ...]:
        """Attempts outside of which the last word has not been heard, in order; it may never be."""
        return tuple(self._awaited)

    def plan_of(self, message: int) -> Plan:
        """The cascade of a message that is under way."""
        return self._plans[self._journeys[message].plan]

    def take_commands(self) -> list[Submit | Recall]:
        """What is to be carried out by providers outside, since the last call, in order."""
        commands, self._commands = self._commands, []
        return commands

    def hear(self, event: Heard, at_us: int) -> list[Fact]:
        """Take in what a provider outside says.

        Like an act it waits for the end of an instant that has begun otherwise; `was_heard` tells
        whether it led to anything. It leads to nothing when an answer is given up at that instant
        anyway, or when the result of a recall comes twice.

        A receipt of no attempt that went outside is written down as an orphan. Causes, and the luck
        of a retry, are the world's own; those of the event are not looked at.

        Args:
            event: What was said.
            at_us: The instant; not before the last event.

        Returns:
            What had to happen before, and last the lines it led to.

        Raises:
            MisuseError: an instant in the past, an answer of an attempt that never went outside, or
                a status that is no answer or no receipt: bugs of the driver.
        """
        if at_us < self.now:
            raise MisuseError(f"something heard at {at_us} is out of order")
        is_begun = at_us == self.now and not self._is_fresh and at_us != self._heard_at
        at = at_us + 1 if is_begun else at_us
        facts = self._all_until(at - 1)
        agenda = self._agenda
        while agenda.head() < (at, ACT_BY_HAND):
            self.now, _, handler, what = heappop(agenda.near)
            handler(what)
        self.now = self._heard_at = at
        self._is_fresh = False
        told = len(self._out)
        self._take_in(event)
        self.was_heard = len(self._out) > told
        self._out, said = [], self._out
        return facts + said

    def act(self, message: int, act: Act, at_us: int | None = None, level: int = -1) -> list[Fact]:
        """Do something about a message by hand; `was_heard` tells whether it led to anything."""
        facts = super().act(message, act, at_us, level)
        done = (self.now, message, ACT)
        self.was_heard = any((fact[1], fact[2], fact[5]) == done for fact in facts)
        return facts

    def switch(self, provider: str, is_outside: bool, at_us: int) -> list[Fact]:  # noqa: FBT001 - the state it has afterwards
        """Send a provider outside, or have it simulated again; for later submissions only.

        A change by hand like any other. What is under way is not touched: its receipts are heard.

        Raises:
            MisuseError: no such provider, or an instant in the past.
        """
        return self.change(provider, ADAPTER, _IS_REAL if is_outside else _IS_SIMULATED, at_us)

    def sleep(self, until_us: int) -> list[Fact]:
        """Go on after a time in which no process ran.

        All that was due meanwhile happens when the world is next advanced: at that instant, fault
        edges first and wake-ups last, and in each class what was due first. What is heard before
        the world is advanced comes before the wake-ups: receipts count, timers are late.

        Args:
            until_us: Now; not before the last event.

        Returns:
            The `resumed` line.

        Raises:
            MisuseError: an instant in the past.
        """
        if until_us < self.now:
            raise MisuseError(f"resumed at {until_us}, before {self.now}")
        until = until_us if self._is_fresh or until_us > self.now else until_us + 1
        since = self.now
        self._postpone(until)
        self.now = self._late_at = self._awake_from = until
        self._schedule = self._schedule_awake
        self._is_fresh = True
        self._heard_at = _NEVER
        detail = Detail({"since_us": since})
        return [(self._number(), until, None, None, None, RESUMED, 0, detail)]

    # The hand --------------------------------------------------------------------------------

    def peek(self) -> int | None:
        """The instant of the next event; None when all is quiet."""
        at = super().peek()
        return at if at is None else max(at, self._late_at)

    def advance(self, until_us: int, facts_max: int) -> list[Fact]:
        """Let events happen up to and including an instant, or until enough was logged."""
        if until_us >= self._heard_at:
            self._heard_at = _NEVER
        if self._late_at == _NEVER:
            return super().advance(until_us, facts_max)
        if until_us < self._late_at:
            return []
        facts = self._catch_up(facts_max)
        if len(facts) < facts_max:
            facts += super().advance(until_us, facts_max - len(facts))
        return facts

    def _all_until(self, at: int) -> list[Fact]:
        """All that happens up to an instant."""
        return self.advance(at, 1 << 62)  # more lines than any run has

    def _catch_up(self, facts_max: int) -> list[Fact]:
        """Let happen what is late, or due at the instant of `resumed`."""
        agenda, engine, at = self._agenda, self._engine, self._late_at
        while len(self._out) < facts_max:
            if agenda.head()[0] <= at:
                self.now, _, handler, what = heappop(agenda.near)
                handler(what)
            elif engine.wake_at <= at:
                self._wake(at)
            else:
                self._late_at = _NEVER
                break
        self._out, facts = [], self._out
        if facts:
            self._is_fresh = False
        return facts

    def _postpone(self, until: int) -> None:
        """Put what was due before an instant at that instant, what was due first in front."""
        agenda = self._agenda
        late: list[Item] = []
        while agenda.head()[0] <= until:
            late.append(heappop(agenda.near))
        late.sort(key=lambda item: (item[1] & ~_PLACES, item[0], item[1]))
        for _, rank, handler, what in late:
            agenda.add(until, rank & ~_PLACES, handler, what)

    def _schedule_awake(
        self, at: int, rank: int, handler: Callable[[Any], None], what: object
    ) -> None:
        """Plan something; nothing happens before the run was resumed."""
        self._agenda.add(max(at, self._awake_from), rank, handler, what)

    # What the engine asks for ----------------------------------------------------------------

    def _carry_out(self, submit: Submit) -> None:
        message, level, attempt, _, name, _, timeout_us, _ = submit
        if name not in self._outside:
            super()._carry_out(submit)
            return
        journey = self._journeys[message]
        nth = journey.count_submission(name)
        parts = self._segments[journey.plan][level]
        flight = Flight(self._providers[name], journey, parts, submit, nth)
        flight.give_up_at = self.now + timeout_us
        journey.pending += 1  # for good: nobody knows when the last receipt has come
        self._flights[message, level, attempt] = flight
        self._awaited[message, level, attempt] = None
        self._commands.append(submit)

    def _call_back(self, recall: Recall) -> None:
        where = (recall.message, recall.level, recall.attempt)
        if where not in self._flights:
            super()._call_back(recall)
            return
        self._recalled[where] = recall.cause
        self._commands.append(recall)

    # What comes in ---------------------------------------------------------------------------

    def _take_in(self, event: Heard) -> None:
        match event:
            case SubmitAnswered():
                self._take_answer(event)
            case ReceiptReceived():
                self._take_receipt(event)
            case OrphanReceived():
                self._tell(event._replace(cause=0))
            case RecallAnswered():
                where = (event.message, event.level, event.attempt)
                cause = self._recalled.pop(where, None)
                if cause is not None:
                    self._tell(event._replace(cause=cause))

    def _take_answer(self, event: SubmitAnswered) -> None:
        where = (event.message, event.level, event.attempt)
        flight = self._flights.get(where)
        if flight is None:
            raise MisuseError(f"an answer to m{'.'.join(map(str, where))}, which is not outside")
        answer = event.answer
        if answer is Status.UNKNOWN and self.now >= flight.give_up_at:
            return  # the engine stops listening by itself, and says so
        if answer in _NO_REASON:
            # Good news and silence have no reason, and silence says nothing about money either.
            owed = 0 if answer is Status.UNKNOWN else event.owed_nano
            told = SubmitAnswered(*where, answer, None, owed, cause=flight.cause)
            self._owed[where] = owed or self._owed.get(where, 0)
        else:
            self._awaited.pop(where, None)
            luck = flight.draw_more(chance.RETRY_JITTER)
            told = event._replace(luck=luck, cause=flight.cause)
        flight.cause = self._tell(told)

    def _take_receipt(self, event: ReceiptReceived) -> None:
        status, segment = event.status, event.segment
        reason = None if status > 0 else event.reason
        where = (event.message, event.level, event.attempt)
        flight = self._flights.get(where)
        if flight is None or not 0 <= segment <= SEGMENT_MAX:
            name = "" if flight is None else flight.provider.spec.name
            self._tell(OrphanReceived(name, status, reason, event.owed_nano))
            return
        # Who does not say how many segments there are means those we count.
        segments = event.segments if event.segments > 1 else flight.segments
        segments = min(max(segments, segment), SEGMENT_MAX) if segment else 1
        if status in _LAST_WORDS:
            self._awaited.pop(where, None)
        # Most receipts say nothing of money, and then what was said before holds.
        self._owed[where] = owed = event.owed_nano or self._owed.get(where, 0)
        told = event._replace(reason=reason, segments=segments, owed_nano=owed, cause=flight.cause)
        self._tell(told)

    def _on_changed_by_hand(self, hand: HandChange) -> None:
        if hand.path != ADAPTER:
            super()._on_changed_by_hand(hand)
            return
        is_real = hand.change == _IS_REAL
        if is_real:
            self._outside[hand.provider] = None
        else:
            self._outside.pop(hand.provider, None)
        value = REAL if is_real else SIMULATED
        detail = words(provider=hand.provider, path=ADAPTER, value=value)
        self._out.append((self._number(), self.now, None, None, None, KNOB_CHANGED, 0, detail))
