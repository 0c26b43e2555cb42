"""What vendors say, from news that an adapter has read to what the engine hears.

    webhook or poll → (kept) → News → Correlation → driver.hear

The same news may come by both ways, and again: it is heard once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sandbox.adapters.codec import Ignored, News
from sandbox.app.carrying import Where
from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.vocabulary import Status
from sandbox.drivers.correlation import (
    Correlation,
    Match,
    Matched,
    Orphan,
    Parked,
    Repeated,
    Undecided,
)
from sandbox.simulation.mixed import Heard

_LAST_WORDS: Final = (Status.READ, Status.FAILED, Status.REJECTED, Status.EXPIRED)
_NEARLY_LAST: Final = (*_LAST_WORDS, Status.DELIVERED)


@dataclass(slots=True)
class Hearing:
    """Lets a driver hear what concerns it.

    Attributes:
        correlation: Knows what was sent.
        hear: The driver's.
        now_us: The instant of the run.
        ignored: News that were no receipts.
        delivered: Attempts that are known to have arrived; nobody need ask about them any more but
            to learn whether they were read.
        closed: Attempts about which the last word was heard.
        carries: Told which events will be heard of which kept webhook, before they are.
        over: Webhooks of which nothing will be heard.
    """

    correlation: Correlation
    hear: Callable[[Heard], None]
    now_us: Callable[[], int]
    ignored: int = 0
    delivered: set[Where] = field(default_factory=set)
    closed: set[Where] = field(default_factory=set)
    carries: Callable[[int, Sequence[Heard]], None] = lambda _, __: None
    over: list[int] = field(default_factory=list)

    def take(self, provider: str, news: tuple[News, ...], hook: int | None = None) -> None:
        """Take in what a webhook or a poll of a provider said.

        Args:
            provider: Whose it was.
            news: What its adapter has read.
            hook: The number under which it is kept, if it is. One that has brought something that
                is parked stays open: a later process will read it again.
        """
        events: list[Heard] = []
        is_parked = False
        for each in news:
            if isinstance(each, Ignored):
                self.ignored += 1
                continue
            match = self.correlation.match(provider, each, self.now_us())
            is_parked = is_parked or isinstance(match, Parked)
            events += self._heard(match)
        if hook is not None and not is_parked:
            if events:
                self.carries(hook, events)
            else:
                self.over.append(hook)
        for event in events:
            self.hear(event)

    def accepted(self, where: Where, provider_id: str) -> None:
        """An answer named what the vendor calls an attempt: what was parked for it is heard."""
        for event in self.correlation.accepted(where, provider_id):
            for heard in self._heard(Matched(event)):
                self.hear(heard)

    def heard(self, event: ReceiptReceived) -> None:
        """An earlier process has heard this."""
        self.correlation.heard(event)
        self._heard(Matched(event))

    def tidy(self) -> None:
        """Let those be orphans that have been parked for too long; now and then."""
        for event in self.correlation.expire(self.now_us()):
            self.hear(event)

    def _heard(self, match: Match) -> list[Heard]:
        """What of a match the engine hears."""
        match match:
            case Matched(event):
                where = (event.message, event.level, event.attempt)
                if event.status in _NEARLY_LAST and not event.segment:
                    self.delivered.add(where)
                if event.status in _LAST_WORDS and not event.segment:
                    self.closed.add(where)
                return [event]
            case Orphan(event):
                return [event]
            case Parked() | Repeated() | Undecided():
                return []  # counted by the correlation
