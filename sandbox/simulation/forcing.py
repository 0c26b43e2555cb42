"""What somebody decides by hand that an attempt comes to.

Luck has decided much of an attempt before it happens: its answer when it is submitted, its fate
when its provider takes it. As long as that has not happened nobody knows of it, and it may still be
decided otherwise. What has happened stays as it is; of that, only a receipt that is still on its
way can be lost. Where nothing is left to be decided of what is in flight, the decision holds for
the message's next attempt at the level.

The engine never knows: it gets other answers and receipts. The decision is a line of the run, which
stands with its message.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from sandbox.cascade.events import Reason, ReceiptReceived
from sandbox.cascade.outputs import Detail, words
from sandbox.cascade.vocabulary import STATUS_WORDS, Status
from sandbox.journal import entry as kinds
from sandbox.simulation.agenda import Item
from sandbox.simulation.attendance import Attendance
from sandbox.simulation.flight import ACCEPTED, Flight, Parcel
from sandbox.simulation.provider import FATES, TIMEOUT_ACCEPTED, TIMEOUT_NOT_ACCEPTED
from sandbox.simulation.spec import HandForce, Script, ScriptEntry, WorldSpec
from sandbox.simulation.stage import ANSWER, TRUTH

TAKEN_BACK: Final = "as in the scenario"
"""What the log says of a decision that is taken back."""

_ANY_LEVEL: Final = -1
"""No level: a script there makes the world look whether something was decided for an attempt."""
_LOOK: Final = Script(id="", message="", level=_ANY_LEVEL, entries=())

_HEARD: Final = (ACCEPTED, "refused.permanent", "refused.temporary", "throttled")
_ACCEPTING: Final = ("", ACCEPTED, TIMEOUT_ACCEPTED)


class Undecided(StrEnum):
    """What is still to be decided about a message at a level."""

    ANSWER = "answer"
    """Its attempt there waits for an answer: all of it."""
    FATE = "fate"
    """The provider has taken it: what becomes of it, and its receipts."""
    RECEIPT = "receipt"
    """That has happened, and receipts of it are on their way."""
    NEXT = "next"
    """No attempt is in flight there: the next one, if there is one."""
    NOTHING = "nothing"


class _Luck(NamedTuple):
    """What luck had decided of an attempt in flight, to be put back."""

    flight: Flight
    rank: int
    due_us: int
    outcome: str
    reason: Reason | None
    retry_after_us: int
    script: ScriptEntry | None
    is_odd: bool


class Forcing(Attendance):
    """Decisions by hand about attempts."""

    def __init__(self, spec: WorldSpec) -> None:
        """Begin without any."""
        super().__init__(spec)
        self._when_answered: Callable[[Flight], None] = self._on_answer
        self._when_decided: Callable[[Flight], None] = self._on_fate
        # Bound once, not once a message.
        self.message_names: dict[int, str] = {}
        """The names of named messages that have arrived."""
        self._forced: dict[tuple[int, int], ScriptEntry] = {}
        """Message and level -> what its next attempt there comes to."""
        self._luck: dict[tuple[int, int], _Luck] = {}
        """Message and level -> what was overruled there."""
        self._forced_at = -1
        """The instant of the latest decision."""

    def _on_answer(self, flight: Flight) -> None:
        """Let the provider answer."""
        raise NotImplementedError

    def _on_fate(self, flight: Flight) -> None:
        """Let happen what becomes of an attempt that was taken."""
        raise NotImplementedError

    def undecided(self, message: int, level: int) -> Undecided:
        """What is still to be decided about a message at a level."""
        if message not in self._journeys:
            return Undecided.NOTHING
        item = self._undecided((message, level))
        if item is None and self._can_be_put_back((message, level), None):
            return Undecided.ANSWER
        if item is not None:
            return Undecided.FATE if item[1] >= TRUTH else Undecided.ANSWER
        if any(not isinstance(item[3], Flight) for item in self._items_of((message, level))):
            return Undecided.RECEIPT
        levels = self._plans[self._journeys[message].plan].levels
        is_open = self._engine.is_open(message) and level < len(levels)
        return Undecided.NEXT if is_open else Undecided.NOTHING

    def decided(self, message: int, level: int) -> ScriptEntry | None:
        """What was decided by hand of an attempt at a level, as long as it can be taken back."""
        where = message, level
        if where in self._forced:
            return self._forced[where]
        if message in self._journeys and self._can_be_put_back(where, self._undecided(where)):
            return self._luck[where].flight.script
        return None

    def _on_forced(self, hand: HandForce) -> None:
        """Do what was decided, where there is still something to be decided, and log it."""
        message = hand.message or self._number_of(hand.name)
        if message not in self._journeys:
            return
        where = message, hand.level
        if hand.entry is None:
            is_done = self._forced.pop(where, None) is not None or self._put_back(where)
        else:
            is_done = self._overrule(where, hand.entry)
        lost = self._receipts_to_lose(where, hand.entry)
        if not is_done and not lost and hand.entry is not None and self._engine.is_open(message):
            is_done = self._decide_next(where, hand.entry)
        if not is_done and not lost:
            return
        self._forced_at = self.now
        detail = words(value=TAKEN_BACK if hand.entry is None else hand.text)
        where_to = (self.now, message, hand.level, None)
        self._out.append((self._number(), *where_to, kinds.KNOB_CHANGED, 0, detail))
        for item in lost:
            self._lose(item)

    def _number_of(self, name: str) -> int:
        """The number of a named message; 0 while it has not come."""
        return next((m for m, known in self.message_names.items() if known == name), 0)

    # The next attempt ------------------------------------------------------------------------

    def _decide_next(self, where: tuple[int, int], entry: ScriptEntry) -> bool:
        message, level = where
        journey = self._journeys[message]
        if level >= len(self._plans[journey.plan].levels):
            return False
        self._forced[where] = entry
        journey.scripts = {**journey.scripts, _ANY_LEVEL: _LOOK}
        return True

    # The attempt in flight -------------------------------------------------------------------

    def _overrule(self, where: tuple[int, int], entry: ScriptEntry) -> bool:
        """Decide otherwise what has not happened yet; whether there was such a thing."""
        item = self._undecided(where)
        if item is None and self._put_back(where):  # it was decided that no answer comes
            item = self._undecided(where)
        if item is None:
            return False
        due_us, rank, _, flight = item
        is_taken = rank >= TRUTH
        if is_taken and entry.submit not in _ACCEPTING:
            return False
        if not self._can_be_put_back(where, item):  # else the first decision overruled luck
            self._luck[where] = self._luck_of(flight, TRUTH if is_taken else ANSWER, due_us)
        self._agenda.remove(item)
        flight.script = entry
        flight.is_odd = flight.is_odd or entry.receipt is not None
        if is_taken:
            word = entry.delivery or flight.outcome
            due_us = flight.provider.forced_fate(flight, word, due_us, self.now)
            self._schedule(due_us, TRUTH, self._when_decided, flight)
            return True
        due_us = self._force_answer(flight, entry.submit or ACCEPTED, due_us)
        if flight.outcome == TIMEOUT_NOT_ACCEPTED:
            flight.journey.pending -= 1
        else:
            self._schedule(due_us, ANSWER, self._when_answered, flight)
        return True

    def _force_answer(self, flight: Flight, answer: str, due_us: int) -> int:
        """Decide how a submission is answered; gives the instant of that."""
        flight.retry_after_us = 0
        if answer in _HEARD and self.now > flight.give_up_at:  # nobody listens any more
            answer = TIMEOUT_ACCEPTED if answer == ACCEPTED else TIMEOUT_NOT_ACCEPTED
        flight.provider.forced_answer(flight, answer, self.now)
        return min(due_us, flight.give_up_at) if answer in _HEARD else due_us

    def _undecided(self, where: tuple[int, int]) -> Item | None:
        """The answer or the fate that the latest attempt at a level still has before it."""
        coming = [
            item
            for item in self._items_of(where)
            if item[2] == self._when_answered
            or (item[2] == self._when_decided and not item[3].is_over)
        ]
        return max(coming, key=lambda item: int(item[3].attempt), default=None)

    def _items_of(self, where: tuple[int, int]) -> Iterator[Item]:
        """What is to happen about the attempts of a message at a level, in order."""
        for item in self._agenda.items():
            what = item[3]
            if isinstance(what, Parcel):
                what = what.flight
            if isinstance(what, Flight | ReceiptReceived) and (what.message, what.level) == where:
                yield item

    # Taking back -----------------------------------------------------------------------------

    def _luck_of(self, flight: Flight, rank: int, due_us: int) -> _Luck:
        decided = (flight.outcome, flight.reason, flight.retry_after_us, flight.script)
        return _Luck(flight, rank, due_us, *decided, flight.is_odd)

    def _put_back(self, where: tuple[int, int]) -> bool:
        """Let luck have it its way after all; whether it has not happened meanwhile."""
        item = self._undecided(where)
        if not self._can_be_put_back(where, item):
            self._luck.pop(where, None)
            return False
        luck = self._luck.pop(where)
        flight = luck.flight
        if item is not None and item[3] is flight:
            self._agenda.remove(item)
        else:
            flight.journey.pending += 1
        flight.outcome, flight.reason, flight.retry_after_us = luck[3:6]
        flight.script, flight.is_odd = luck.script, luck.is_odd
        handler = self._when_decided if luck.rank == TRUTH else self._when_answered
        self._schedule(luck.due_us, luck.rank, handler, flight)
        return True

    def _can_be_put_back(self, where: tuple[int, int], item: Item | None) -> bool:
        """Whether what was overruled has not happened meanwhile; `item` is what is undecided."""
        luck = self._luck.get(where)
        if luck is None or luck.due_us < self.now:
            return False
        flight = luck.flight
        is_there = item is not None and item[3] is flight
        is_lost = luck.rank == ANSWER and flight.outcome == TIMEOUT_NOT_ACCEPTED
        return (is_there or is_lost) and flight.is_taken == (luck.rank == TRUTH)

    # Receipts on their way -------------------------------------------------------------------

    def _receipts_to_lose(self, where: tuple[int, int], entry: ScriptEntry | None) -> list[Item]:
        """The receipts on their way of what has happened already, where they shall be lost.

        A receipt that says something else than what was decided is not one of them: that has
        happened, and is not what was meant.
        """
        if entry is None or entry.receipt is None or not entry.receipt.is_lost:
            return []
        final = FATES.get(entry.delivery)
        lost = []
        for item in self._items_of(where):
            what = item[3]
            if isinstance(what, Flight) or (isinstance(what, Parcel) and what.is_over):
                continue
            receipt: ReceiptReceived = what.receipt if isinstance(what, Parcel) else what
            if not entry.delivery or receipt.status in (Status.SENT, Status.READ, final):
                lost.append(item)
        return lost

    def _lose(self, item: Item) -> None:
        """Lose a receipt on its way."""
        self._agenda.remove(item)
        what = item[3]
        receipt = what
        if isinstance(what, Parcel):
            what.is_over = True
            flight, receipt = what.flight, what.receipt
            flight.held_back = tuple(held for held in flight.held_back if held is not what)
        message, level, attempt, status, _, _, cause, segment, _ = receipt
        told = {"status": STATUS_WORDS[status]} | ({"segment": segment} if segment else {})
        number, kind = self._number(), kinds.RECEIPT_LOST
        self._out.append((number, self.now, message, level, attempt, kind, cause, Detail(told)))
        self._journeys[message].pending -= 1
        self._forget_if_over(message)
