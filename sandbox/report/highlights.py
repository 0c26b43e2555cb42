"""What stands out in a run: why messages switched level, and which message fared worst."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.vocabulary import Trigger

_ENDS_A_REASON: Final = frozenset({outputs.WAIT_OVER, outputs.CLOSED, outputs.UNKNOWN})
_BAD_NEWS: Final = frozenset({outputs.REFUSED, outputs.THROTTLED, outputs.RECEIPT})
_LOOKED_AT: Final = (
    _ENDS_A_REASON | _BAD_NEWS | {outputs.REQUESTED, outputs.FINISHED, outputs.FELL_BACK}
)


class Switch(NamedTuple):
    """One way of leaving a level: from where to where, the trigger, and the provider's reason."""

    left: str
    entered: str
    trigger: str
    code: str
    text: str


class Highlights:
    """A fold over the log that keeps counts and one message number, however long the run."""

    def __init__(self) -> None:
        self.switches: Counter[Switch] = Counter()
        """How often each way of switching was taken."""
        self.worst: int | None = None
        """The undelivered message that took longest, else the delivered one that did."""
        self._worst_rank = (-1, -1)
        self._requested_at: dict[int, int] = {}
        self._reasons: dict[int, Detail] = {}

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log."""
        for _, at_us, message, _, _, kind, _, detail in facts:
            if kind not in _LOOKED_AT or message is None:
                continue
            if kind == outputs.REQUESTED:
                self._requested_at[message] = at_us
            elif kind == outputs.FINISHED:
                self._finish(message, at_us, detail)
            elif kind == outputs.FELL_BACK:
                reason = self._reasons.pop(message, outputs.NOTHING)
                if detail.text("trigger") in (Trigger.CIRCUIT_OPEN, Trigger.MANUAL):
                    reason = outputs.NOTHING  # what an attempt before met is another matter
                told = (detail.text("from"), detail.text("to"), detail.text("trigger"))
                self.switches[Switch(*told, reason.text("code"), reason.text("text"))] += 1
            elif kind in _ENDS_A_REASON:
                self._reasons.pop(message, None)
            elif kind in _BAD_NEWS and "code" in detail.fields:
                self._reasons[message] = detail

    def top_switches(self, most: int) -> list[tuple[Switch, int]]:
        """The commonest ways of switching, most frequent first, ties in alphabetical order."""
        ranked = sorted(self.switches.items(), key=lambda item: (-item[1], item[0]))
        return ranked[:most]

    def _finish(self, message: int, at_us: int, detail: Detail) -> None:
        self._reasons.pop(message, None)
        lost = detail.text("outcome") != "delivered"
        rank = (int(lost), at_us - self._requested_at.pop(message))
        if rank > self._worst_rank:
            self._worst_rank, self.worst = rank, message
