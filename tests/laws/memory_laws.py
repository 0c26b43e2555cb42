"""What is remembered of recipients, read off the log alone (S27).

Every line that says that somebody cannot be reached on a channel is kept for good, and looked
through from the last one whenever somebody asks. Slow, and easy to check.
"""

from typing import Final, NamedTuple

from sandbox.journal.entry import Entry
from tests.laws.following import ANSWERS, Following, hears

REFUSALS: Final = ("refused", "throttled")
RECEIPTS: Final = ("receipt", "late_receipt")


class Learnt(NamedTuple):
    """Somebody is not on a channel."""

    recipient: int
    channel: str
    at_us: int
    for_us: int


class MemoryBook:
    """Follows what all messages of a run have learnt."""

    def __init__(self) -> None:
        self._learnt: list[Learnt] = []

    def knows(self, recipient: int, channel: str, at: int) -> bool:
        """Whether it is remembered now that somebody is not on a channel; the last word holds."""
        for each in reversed(self._learnt):
            if (each.recipient, each.channel) == (recipient, channel):
                return at < each.at_us + each.for_us
        return False

    def read(self, line: Entry, message: Following) -> None:
        """Take in the next line, before the laws of its message do."""
        for_us, recipient = message.plan.remember_us, message.recipient
        if for_us is None or recipient is None or line.level is None or line.attempt is None:
            return
        if line.detail.text("class") == "permanent-recipient" and _is_news(line, message):
            channel = message.plan.levels[line.level].channel
            self._learnt.append(Learnt(recipient, channel, line.at_us, for_us))


def _is_news(line: Entry, message: Following) -> bool:
    """A receipt that is not ignored, or an answer that a message under way learns from."""
    if line.kind in RECEIPTS:
        return line.detail.text("status") in ("failed", "rejected", "expired")
    one = message.tries.get((line.level or 0, line.attempt or 0))
    if line.kind not in REFUSALS or one is None or message.outcome:
        return False
    return hears(message.plan.conflict, one.status, ANSWERS[line.kind])
