"""A filter and an order over all messages of a run, worked out in slices while the run goes on.

A million messages are looked at in blocks, the newest first, as far as the time given allows; what
was found can be listed meanwhile. When all blocks have been seen and the run has gone on, they are
seen again, one after the other, since a message may end, become dearer, or arrive once more.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from sandbox.app.message_filter import EVERYTHING, Amount, Filter, Level, State, Term
from sandbox.app.message_table import MessageTable
from sandbox.app.sorted_keys import SortedKeys
from sandbox.cascade.vocabulary import Outcome
from sandbox.report.columns import ENTERED, OUTCOME, OUTCOMES

BLOCK: Final = 256
"""Messages looked at between two looks at the time."""

_REST: Final = 8
"""So many calls after one sweep began, the next one may begin."""

_NUMBER_BITS: Final = 32
_MASK: Final = (1 << _NUMBER_BITS) - 1
_STATES: Final = range(256)
_RANKS: Final = {"": 0} | {outcome.value: n for n, outcome in enumerate(Outcome, 1)}


class Order(StrEnum):
    """By what messages are sorted, in the order of the key."""

    NEWEST = "newest"
    TOOK = "took"
    COST = "cost"
    COPIES = "copies"
    STATE = "state"

    @property
    def following(self) -> "Order":
        """The next one; after the last comes the first."""
        orders = tuple(Order)
        return orders[(orders.index(self) + 1) % len(orders)]


_AMOUNTS: Final = {
    Order.TOOK: Amount.TOOK,
    Order.COST: Amount.COST,
    Order.COPIES: Amount.COPIES,
}


class Sieve:
    """The messages that a filter means, in an order; the largest, or newest, first."""

    def __init__(self, table: MessageTable) -> None:
        self.filter = EVERYTHING
        self.order = Order.NEWEST
        self.is_reversed = False
        self.table = table
        self._begin()

    def sift(self, wanted: Filter, order: Order = Order.NEWEST) -> None:
        """Begin anew with a filter and an order."""
        self.filter, self.order = wanted, order
        self._begin()

    def reverse(self) -> None:
        """Turn the order around; nothing has to be looked at again."""
        self.is_reversed = not self.is_reversed

    def follow(self, table: MessageTable) -> None:
        """Look at another run, with the same filter."""
        self.table = table
        self._begin()

    def _begin(self) -> None:
        self._keys = SortedKeys()
        self._blocks: dict[int, list[int]] = {}
        """Block -> the keys of it that are listed, in ascending order."""
        self._todo: list[int] = []
        """Blocks not looked at since the sweep began, the next one last."""
        self._is_meant = _meant(self.filter)
        self._others = [t for t in self.filter.terms if not isinstance(t, State | Level)]
        self._swept: tuple[int, int] | None = None
        """What the run had come to when this sweep began."""
        self._seen = self.table.count
        """Messages there were when the newest block was looked at last."""
        self._rest = 0
        """So many calls until all messages are looked at again."""
        self._is_first = True

    # Working ---------------------------------------------------------------------------------

    @property
    def is_everything(self) -> bool:
        """Neither a filter nor an order: there is nothing to work out."""
        return not self.filter.terms and self.order is Order.NEWEST

    @property
    def is_at_work(self) -> bool:
        """Some messages have not been looked at for the first time."""
        return not self.is_everything and self._is_first

    @property
    def progress(self) -> float:
        """How much of the first sweep is done, from 0 to 1."""
        if self._swept is None:
            return 0.0
        return max(1 - len(self._todo) / (self.table.count // BLOCK + 1), 0.0)

    def work(self, stamp: tuple[int, int], may_go_on: Callable[[], bool]) -> bool:
        """Look at messages as long as there is time.

        Args:
            stamp: Lines of the log and the instant shown: what the run has come to.
            may_go_on: Asked after every block; False ends the call.

        Returns:
            Whether what is listed may have changed.
        """
        if self.is_everything:
            return False
        count = self.table.count
        if count != self._seen:  # somebody waits for what has just come
            self._todo += range(self._seen // BLOCK, count // BLOCK + 1)
            self._seen = count
        if not self._todo and self._is_due(stamp):
            self._swept, self._rest = stamp, _REST
            self._todo = list(range(count // BLOCK + 1))
        if not self._todo:
            return False
        while self._todo:
            self._look_at(self._todo.pop())
            if not may_go_on():
                break
        self._is_first = self._is_first and bool(self._todo)
        return True

    def _is_due(self, stamp: tuple[int, int]) -> bool:
        """Whether all messages are to be looked at again; not at every call: that is dear."""
        if self._swept == stamp:
            return False
        self._rest -= 1
        return self._is_first or self._rest <= 0

    def _look_at(self, block: int) -> None:
        first = max(block * BLOCK, 1)
        last = min((block + 1) * BLOCK, self.table.count + 1)
        kept = self._blocks.get(block, [])
        found = sorted(map(self._key, self._meant_of(first, last)))
        if found == kept:
            return
        self._keys.take(kept)
        self._keys.put(found)
        self._blocks[block] = found

    def _meant_of(self, first: int, last: int) -> list[int]:
        """The messages of a range that are meant."""
        table, others = self.table, self._others
        states = table.states[first:last].translate(self._is_meant)
        meant = [first + at for at, is_meant in enumerate(states) if is_meant]
        for term in others:
            holds: Callable[[MessageTable, int], bool] = term.holds
            meant = [message for message in meant if holds(table, message)]
        return meant

    def _key(self, message: int) -> int:
        if self.order is Order.NEWEST:
            return message
        if self.order is Order.STATE:
            value = _RANKS[self.table.outcome(message)]
        else:
            value = self.table.amount(message, _AMOUNTS[self.order])
        return value << _NUMBER_BITS | message

    # What is listed --------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.table.count if self.is_everything else len(self._keys)

    def at(self, place: int) -> int:
        """The message at a place of the list, from 0 at the top; 0 for none."""
        count = len(self)
        if not 0 <= place < count:
            return 0
        at = place if self.is_reversed else count - 1 - place
        return at + 1 if self.is_everything else self._keys[at] & _MASK

    def place_of(self, message: int) -> int | None:
        """Where a message stands in the list; None when it is not listed."""
        if self.is_everything:
            at = message - 1 if 1 <= message <= self.table.count else None
        else:
            block = self._blocks.get(message // BLOCK, [])
            key = next((key for key in block if key & _MASK == message), None)
            at = None if key is None else self._keys.position(key)
        if at is None:
            return None
        return at if self.is_reversed else len(self) - 1 - at


def _meant(wanted: Filter) -> bytes:
    """For every state of a message as the column has it, 1 or 0: what a filter says of that."""
    names = {0: ""} | {bits: outcome.value for outcome, bits in OUTCOMES.items()}
    return bytes(
        all(_of_state(t, names.get(state & OUTCOME, ""), state & ENTERED) for t in wanted.terms)
        for state in _STATES
    )


def _of_state(term: Term, outcome: str, level: int) -> bool:
    match term:
        case State():
            return term.is_meant(outcome)
        case Level():
            return term.number == level
        case _:
            return True
