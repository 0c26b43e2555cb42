"""Every message of a run, answered for from the columns: also those whose lines were let go.

The columns know how a message stands, through which providers it went, what it cost and how many
copies arrived. They do not know why an attempt was left, so a row made of them names the providers
and says of each what its receipts said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from sandbox.app.frame import Hop, MessageRow
from sandbox.app.message_filter import Amount, Known
from sandbox.cascade.plan import Plan
from sandbox.report.account import OPEN, Surprise
from sandbox.report.columns import (
    ARRIVED,
    DELIVERED,
    ENTERED,
    HEARD,
    KNOWN_DELIVERED,
    KNOWN_FAILED,
    OUTCOME,
    OUTCOMES,
    REFUSED,
    THROTTLED,
    Columns,
)

_OUTCOMES: Final[Mapping[int, str]] = {0: ""} | {bits: o.value for o, bits in OUTCOMES.items()}
_ANSWERS: Final = {REFUSED: "refused", THROTTLED: "throttled"}
_ANSWER_BITS: Final = 0b11

Named = Callable[[int], str]
"""Message -> its name, or its number."""


class MessageTable:
    """Answers about any message of one run; what it says goes with the run."""

    def __init__(
        self,
        columns: Columns,
        plans: Sequence[Plan],
        providers: Mapping[str, str],
        named: tuple[Named, Named],
        now_us: Callable[[], int],
    ) -> None:
        """Look at a run.

        Args:
            columns: Of its metrics.
            plans: Of the scenario.
            providers: Name -> channel, in the order of the columns.
            named: Give the name of a message, "" for none, and the number it goes to.
            now_us: Gives the instant shown.
        """
        self._columns = columns
        self._channels = [[str(level.channel) for level in plan.levels] for plan in plans]
        self._providers = list(providers)
        self._channel_of = list(providers.values())
        self._name_of, self._phone_of = named
        self._now_us = now_us
        self.known = Known(
            channels=list(dict.fromkeys(name for names in self._channels for name in names)),
            providers=list(
                dict.fromkeys(p for plan in plans for level in plan.levels for p in level.providers)
            ),
            level_count=max(map(len, self._channels), default=0),
        )

    @property
    def count(self) -> int:
        """Messages so far; they are numbered from 1."""
        return self._columns.message_count

    @property
    def states(self) -> bytearray:
        """The column of how messages stand, for whoever looks at many."""
        return self._columns.state

    # What can be asked -----------------------------------------------------------------------

    def outcome(self, message: int) -> str:
        """Its outcome; "" while it is open."""
        return _OUTCOMES[self._columns.state[message] & OUTCOME]

    def level(self, message: int) -> int:
        """The level entered last."""
        return self._columns.state[message] & ENTERED

    def channel(self, message: int) -> str:
        """The channel of that level."""
        columns = self._columns
        return self._channels[columns.plan[message]][columns.state[message] & ENTERED]

    def ways(self, message: int) -> Iterator[str]:
        """The channels and the providers of its attempts, latest first."""
        for row in self._rows(message):
            provider = self._columns.provider[row]
            yield self._channel_of[provider]
            yield self._providers[provider]

    def amount(self, message: int, amount: Amount) -> int:
        """Microseconds, billionths of the currency, or copies."""
        columns = self._columns
        match amount:
            case Amount.TOOK:
                if columns.state[message] & OUTCOME:
                    return columns.took[message]
                return self._now_us() - columns.requested_at[message]
            case Amount.COST:
                return sum(columns.owed[row] for row in self._rows(message))
            case Amount.COPIES:
                return sum(columns.flags[row] & ARRIVED != 0 for row in self._rows(message))

    def words(self, message: int) -> str:
        """Its name, its number and its id, in small letters, a line each."""
        return f"{self._name_of(message)}\n{self._phone_of(message)}\nm{message}".lower()

    def _rows(self, message: int) -> Iterator[int]:
        """The rows of its attempts, latest first."""
        row = self._columns.last[message]
        while row:
            yield row
            row = self._columns.previous[row]

    # For a list ------------------------------------------------------------------------------

    def row(self, message: int) -> MessageRow | None:
        """A message as a line of a list; None when there is no such message."""
        columns = self._columns
        if not 1 <= message <= columns.message_count:
            return None
        copies = self.amount(message, Amount.COPIES)
        return MessageRow(
            message=message,
            name=self._name_of(message),
            phone=self._phone_of(message),
            outcome=self.outcome(message),
            channel=self.channel(message),
            path=tuple(self._hop(row) for row in reversed(list(self._rows(message)))),
            took_us=self.amount(message, Amount.TOOK),
            ledger_nano=self.amount(message, Amount.COST),
            surprise=self._surprise(message, copies),
            copies=copies,
        )

    def _hop(self, row: int) -> Hop:
        columns = self._columns
        flags, provider = columns.flags[row], columns.provider[row]
        word = _ANSWERS.get(columns.answer[row] & _ANSWER_BITS, OPEN)
        if flags & KNOWN_DELIVERED:
            word = "delivered"
        elif flags & KNOWN_FAILED:
            word = "failed"
        channel = self._channel_of[provider]
        before = columns.previous[row]
        same = before and self._channel_of[columns.provider[before]] == channel
        changed = same and columns.provider[before] != provider
        return Hop(channel, self._providers[provider] if changed else channel, word)

    def _surprise(self, message: int, copies: int) -> Surprise:
        state = self._columns.state[message]
        is_delivered = state & OUTCOME == DELIVERED
        if copies > 1:
            return Surprise.TWICE
        if copies and state & OUTCOME and not is_delivered and not state & HEARD:
            return Surprise.ARRIVED
        is_missing = is_delivered and not copies and message not in self._columns.outside_messages
        return Surprise.MISSING if is_missing else Surprise.NOTHING
