"""Which attempt a receipt is about (S7). Pure: the instant is an argument.

    correlation.submitted("sms-main", "fs1-r7-1-0-1", (1, 0, 1))         # before the request
    for event in correlation.accepted((1, 0, 1), "SM123"): hear(event)   # the answer names an id
    match correlation.match("sms-main", receipt, now_us): ...            # a webhook, or a poll

Our own reference says it where the vendor echoes it, and only where it is one we have given out to
that very provider. Otherwise it is the vendor's id, which the answer told. A receipt with an id
that no answer has told yet is parked, for the answer may be on its way; what nobody claims within
an hour was never ours. One with a reference that somebody else has given out is an orphan at once.

The same word about the same attempt, or the same part of it, is taken once: webhooks are sent
again, and polls say what webhooks have said. A word that nobody has documented decides nothing.

Everything here has a limit, and what is dropped at a limit is counted.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.adapters.codec import Receipt
from sandbox.cascade.events import OrphanReceived, ReceiptReceived
from sandbox.cascade.vocabulary import SECOND_US, Status
from sandbox.simulation.mixed import Where

KEPT_MAX: Final = 10_000
"""So many receipts are parked at once, and so many orphans are remembered."""

KEPT_US: Final = 3600 * SECOND_US
"""For so long. An answer that takes longer than an hour will not come."""

SAID_MAX: Final = 1024
"""So many different words about one attempt are remembered: each status, each of some segments."""

_DECIDING: Final = (
    Status.ACCEPTED,
    Status.SENT,
    Status.DELIVERED,
    Status.READ,
    Status.FAILED,
    Status.REJECTED,
    Status.EXPIRED,
)


class Matched(NamedTuple):
    """The receipt is about an attempt; to be heard."""

    event: ReceiptReceived


class Parked(NamedTuple):
    """Its id is not known yet; what comes of it is heard later, if anything."""


class Orphan(NamedTuple):
    """It is about nothing we know; to be heard, so that it is kept and counted (S7)."""

    event: OrphanReceived


class Repeated(NamedTuple):
    """It was said before."""


class Undecided(NamedTuple):
    """Its word is none that is documented; kept where webhooks are kept, and counted here."""


Match = Matched | Parked | Orphan | Repeated | Undecided


@dataclass(slots=True)
class Counts:
    """What became of receipts, besides being heard.

    Attributes:
        repeated: Were said before.
        undecided: Their word is not documented.
        orphans: Were about nothing we know.
        released: Were parked, and then an answer told their id.
        parked_dropped: Were parked when there was no room any more: the oldest goes.
        parked_expired: Were parked for an hour, and are orphans since.
        orphans_forgotten: Orphans of which it is no longer remembered that they were said before.
    """

    repeated: int = 0
    undecided: int = 0
    orphans: int = 0
    released: int = 0
    parked_dropped: int = 0
    parked_expired: int = 0
    orphans_forgotten: int = 0


class _Waiting(NamedTuple):
    """A receipt that is parked, and since when."""

    at_us: int
    provider: str
    receipt: Receipt


_Said = tuple[Status, int]
"""What a receipt says, and of which segment."""
_Id = tuple[str, str]
"""A provider and what it calls something."""


class Correlation:
    """Knows what was sent, and finds it again."""

    def __init__(
        self, currency: str = "", *, kept_max: int = KEPT_MAX, kept_us: int = KEPT_US
    ) -> None:
        """Begin knowing nothing.

        Args:
            currency: Of the run; what a receipt says in another one is no price of ours.
            kept_max: How many receipts are parked, and orphans remembered.
            kept_us: For how long, in microseconds.
        """
        self.counts = Counts()
        self._currency = currency
        self._kept_max = kept_max
        self._kept_us = kept_us
        self._by_reference: dict[_Id, Where] = {}
        self._by_id: dict[_Id, Where] = {}
        self._provider_of: dict[Where, str] = {}
        self._said: dict[Where, set[_Said]] = {}
        self._parked: OrderedDict[tuple[_Id, _Said], _Waiting] = OrderedDict()
        """Oldest first; the same word about the same id once."""
        self._parked_words: dict[_Id, tuple[_Said, ...]] = {}
        """What is parked about an id, in the order in which it came."""
        self._orphans: OrderedDict[tuple[_Id, _Said], int] = OrderedDict()
        """What has been handed out as an orphan, and when; oldest first."""

    @property
    def parked_count(self) -> int:
        """How many receipts are parked."""
        return len(self._parked)

    @property
    def orphan_count(self) -> int:
        """How many orphans are remembered."""
        return len(self._orphans)

    # What is sent ----------------------------------------------------------------------------

    def submitted(self, provider: str, reference: str, where: Where) -> None:
        """An attempt is about to leave; from here on its reference is known.

        Args:
            provider: Who it goes to.
            reference: Ours, as it goes along; "" where nothing goes along.
            where: The attempt.
        """
        self._provider_of[where] = provider
        if reference:
            self._by_reference[provider, reference] = where

    def accepted(self, where: Where, provider_id: str) -> list[ReceiptReceived]:
        """An answer named the vendor's id of an attempt.

        Returns:
            Receipts that were parked for it, in the order in which they came; to be heard now.
        """
        provider = self._provider_of.get(where)
        if provider is None or not provider_id:
            return []
        self._by_id.setdefault((provider, provider_id), where)
        words = self._parked_words.get((provider, provider_id), ())
        mine = [((provider, provider_id), word) for word in words]
        released = [self._event(self._unpark(key).receipt, where) for key in mine]
        heard = [event for event in released if self._is_new(where, event)]
        self.counts.released += len(heard)
        self.counts.repeated += len(released) - len(heard)
        return heard

    def sent(
        self, provider: str, reference: str, where: Where, provider_id: str
    ) -> list[ReceiptReceived]:
        """Both at once: what an earlier process sent, or an answer that came at once."""
        self.submitted(provider, reference, where)
        return self.accepted(where, provider_id)

    def heard(self, event: ReceiptReceived) -> None:
        """A receipt was heard by an earlier process; the same word is not taken once more."""
        self._is_new((event.message, event.level, event.attempt), event)

    def ids(self) -> Iterator[tuple[Where, str, str]]:
        """Every attempt whose id is known: the attempt, its provider and the id; for polling."""
        return ((where, *its) for its, where in self._by_id.items())

    # What comes in ---------------------------------------------------------------------------

    def match(self, provider: str, receipt: Receipt, now_us: int) -> Match:
        """Say what a receipt is about.

        Args:
            provider: Whose webhook it came through, or who was asked.
            receipt: As its adapter has read it.
            now_us: The instant of the run.
        """
        if receipt.status not in _DECIDING:
            self.counts.undecided += 1
            return Undecided()
        where = self._find(provider, receipt)
        if where is not None:
            event = self._event(receipt, where)
            if self._is_new(where, event):
                return Matched(event)
            self.counts.repeated += 1
            return Repeated()
        if receipt.reference or not receipt.provider_id:
            # It names an attempt, and it is none of ours; or it names nothing at all.
            return self._orphaned(provider, receipt, now_us)
        return self._park(provider, receipt, now_us)

    def expire(self, now_us: int) -> list[OrphanReceived]:
        """What was parked for too long; to be heard as orphans. Call it now and then."""
        until = now_us - self._kept_us
        self._forget_orphans(until)
        gone: list[OrphanReceived] = []
        while self._parked:
            key, waiting = next(iter(self._parked.items()))
            if waiting.at_us > until:
                break
            self._unpark(key)
            self.counts.parked_expired += 1
            orphan = self._orphaned(waiting.provider, waiting.receipt, now_us)
            if isinstance(orphan, Orphan):
                gone.append(orphan.event)
        return gone

    # How it is found -------------------------------------------------------------------------

    def _find(self, provider: str, receipt: Receipt) -> Where | None:
        """The attempt that is meant.

        A vendor that runs a cascade of its own (`step`, `workflow_id`) says the same reference of
        several messages with ids of their own. Nobody sends such a thing so far; here is the place
        where a step would be told from the first.
        """
        named = self._by_reference.get((provider, receipt.reference)) if receipt.reference else None
        return self._by_id.get((provider, receipt.provider_id)) if named is None else named

    def _is_new(self, where: Where, event: ReceiptReceived) -> bool:
        said = self._said.setdefault(where, set())
        word = (event.status, event.segment)
        if word in said or len(said) >= SAID_MAX:
            return False
        said.add(word)
        return True

    def _event(self, receipt: Receipt, where: Where) -> ReceiptReceived:
        told = (receipt.status, receipt.reason, self._nano(receipt))
        return ReceiptReceived(*where, *told, 0, receipt.segment, receipt.segments or 1)

    def _nano(self, receipt: Receipt) -> int:
        price = receipt.price
        is_ours = price is not None and bool(price.currency) and price.currency == self._currency
        return price.nano if price is not None and is_ours else 0

    def _park(self, provider: str, receipt: Receipt, now_us: int) -> Match:
        key = _key(provider, receipt)
        if key in self._parked or key in self._orphans:
            self.counts.repeated += 1
            return Repeated()
        if len(self._parked) >= self._kept_max:
            self._unpark(next(iter(self._parked)))
            self.counts.parked_dropped += 1
        its, word = key
        self._parked[key] = _Waiting(now_us, provider, receipt)
        self._parked_words[its] = (*self._parked_words.get(its, ()), word)
        return Parked()

    def _unpark(self, key: tuple[_Id, _Said]) -> _Waiting:
        its, word = key
        left = tuple(each for each in self._parked_words[its] if each != word)
        if left:
            self._parked_words[its] = left
        else:
            del self._parked_words[its]
        return self._parked.pop(key)

    def _orphaned(self, provider: str, receipt: Receipt, now_us: int) -> Match:
        key = _key(provider, receipt)
        self._forget_orphans(now_us - self._kept_us)
        if key in self._orphans:
            self.counts.repeated += 1
            return Repeated()
        if len(self._orphans) >= self._kept_max:
            self._orphans.popitem(last=False)
            self.counts.orphans_forgotten += 1
        self._orphans[key] = now_us
        self.counts.orphans += 1
        told = (receipt.status, receipt.reason, self._nano(receipt))
        return Orphan(OrphanReceived(provider, *told))

    def _forget_orphans(self, until_us: int) -> None:
        while self._orphans:
            key, at_us = next(iter(self._orphans.items()))
            if at_us > until_us:
                return
            del self._orphans[key]
            self.counts.orphans_forgotten += 1


def _key(provider: str, receipt: Receipt) -> tuple[_Id, _Said]:
    """What makes two receipts of something unknown the same one."""
    return (provider, receipt.provider_id or receipt.reference), (receipt.status, receipt.segment)
