"""What the rules say of a recipient: how late it is there, and what is remembered (S19, S27).

For the watch over the laws, worked out from the lines of the log alone. Nothing here comes from the
machine but its vocabulary and what was configured.
"""

from typing import Final

from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import ReasonClass

QUIET: Final = "quiet hours"
"""Why a level is skipped, or its message dropped, at the recipient's time of day."""

REMEMBERED: Final = "known from before"
"""Why a level is skipped that turned the recipient away not long ago."""

_DAY_US: Final = 86_400_000_000
NOT_QUIET: Final = -1


def quiet_until(hours: QuietHours, local_us: int, at: int) -> int:
    """When quiet hours end that hold at an instant of the run; `NOT_QUIET` where none do.

    Args:
        hours: Those of a level.
        local_us: The recipient's time of day at the start of the run.
        at: In microseconds of the run, as is what comes out.
    """
    clock, begin, end = (local_us + at) % _DAY_US, hours.from_us, hours.to_us
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    return at + (end - clock) % _DAY_US if is_quiet else NOT_QUIET


class Memory:
    """Which recipients are known not to be on which channels, for all messages of a run."""

    __slots__ = ("_recipients", "_until")

    def __init__(self) -> None:
        self._until: dict[tuple[int, str], int] = {}
        self._recipients: dict[int, tuple[int, Plan]] = {}
        """Message -> whom it is for, and its plan: news of it may come long after its outcome."""

    def begin(self, message: int, recipient: int, plan: Plan) -> None:
        """A message was requested that may teach something."""
        self._recipients[message] = recipient, plan

    def hear(self, message: int, level: int, reason_class: str, at: int) -> None:
        """A provider said no to a message: remember it where that is about the recipient."""
        if reason_class != ReasonClass.PERMANENT_RECIPIENT or message not in self._recipients:
            return
        recipient, plan = self._recipients[message]
        if plan.remember_us is not None:
            self._until[recipient, plan.levels[level].channel] = at + plan.remember_us

    def knows(self, recipient: int, channel: str, at: int) -> bool:
        """Whether a recipient is remembered not to be on a channel."""
        return at < self._until.get((recipient, channel), 0)
