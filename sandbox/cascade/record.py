"""What a cascade knows of its attempts, and how it writes a line of the log.

This is the memory of a `Cascade` without its decisions: to find an attempt, to merge news into it,
and to say what happened or why it is ignored.
"""

from collections.abc import Callable

from sandbox.cascade import outputs
from sandbox.cascade.attempt import NO_ATTEMPT, TRANSITIONS, Attempt
from sandbox.cascade.events import ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Detail, Output
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Status


class Record:
    """The attempts of one message."""

    __slots__ = ("_attempts", "_latest", "_number", "_transitions", "message", "plan")

    def __init__(self, message: int, plan: Plan, number: Callable[[], int]) -> None:
        """Begin without attempts.

        Args:
            message: The message's number.
            plan: What to run.
            number: Gives the next line number of the log.
        """
        self.message = message
        self.plan = plan
        self._number = number
        self._transitions = TRANSITIONS[plan.conflict]
        self._attempts: list[Attempt] = []
        self._latest = NO_ATTEMPT

    def _ignore_answer(
        self, attempt: Attempt | None, event: SubmitAnswered, now: int
    ) -> list[Output]:
        """Write down an answer nobody waits for; like all that is ignored, it changes nothing."""
        why = "no such attempt" if attempt is None else "no answer was awaited"
        detail = outputs.receipt_detail(event.answer, event.reason, event.owed_nano, why)
        out: list[Output] = []
        kind = outputs.IGNORED
        self._say(out, now, kind, event.cause, event.level, event.attempt, detail)
        return out

    def _ignore_receipt(self, event: ReceiptReceived, why: str, now: int) -> list[Output]:
        out: list[Output] = []
        kind, detail = outputs.IGNORED, receipt_detail(event, why)
        self._say(out, now, kind, event.cause, event.level, event.attempt, detail)
        return out

    def _find(self, level: int, number: int) -> Attempt | None:
        for attempt in reversed(self._attempts):
            if attempt.number == number and attempt.level == level:
                return attempt
        return None

    def _learn(self, attempt: Attempt, heard: Status) -> bool:
        """Merge news into the attempt; False when the table has no cell for it."""
        status = self._transitions[attempt.status].get(heard)
        if status is None:
            return False
        attempt.status = status
        return True

    def _say(
        self,
        out: list[Output],
        now: int,
        kind: str,
        cause: int,
        level: int | None,
        number: int | None,
        detail: Detail,
    ) -> int:
        seq = self._number()
        out.append((seq, now, self.message, level, number, kind, cause, detail))
        return seq

    def provider_of(self, level: int, number: int) -> str:
        """The provider an attempt went to; "" when there is no such attempt."""
        attempt = self._find(level, number)
        return "" if attempt is None else self.plan.levels[level].providers[attempt.provider]


def receipt_detail(event: ReceiptReceived, why: str = "") -> Detail:
    """The detail of a receipt, or of why it is ignored."""
    reason, owed_nano = event.reason, event.owed_nano
    return outputs.receipt_detail(
        event.status, reason, owed_nano, why, event.segment, event.segments
    )
