"""What a message costs, entry by entry: what is known beside what is true (S31, S32).

A `Book` is a fold over the lines of one message. Beside the ledger, which is what answers and
receipts have told, stands the bill, which is what providers charged and nobody is told. At
submission the most that the attempt can cost by the price list is reserved; the first news that
states a cost, or says that there will be none, releases it.

Entries are differences: every line is taken into a few numbers for each attempt, and what it moved
is written down. So the sums of the entries are the figures, whatever came in which order. Which
copy counts as the one beyond the first may turn out later, when another attempt gets the credit;
then the duplicate of one attempt is taken back and that of the other one written.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.message import segments
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import STATUSES, Outcome, RecallResult, Status
from sandbox.journal import entry
from sandbox.report.definitions import PAID_UNKNOWINGLY, Side
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.plain import plain
from sandbox.simulation.spec import ChargedOn, ProviderSpec


class Movement(StrEnum):
    """What an entry is; each moves one sum."""

    RESERVE = "reserve"
    """What the attempt can cost at most is set aside."""
    RELEASE = "release"
    """It is set aside no longer: the cost is known, or there is none."""
    CHARGE = "charge"
    REFUND = "refund"
    """Of the ledger also where less is said to be owed than was said before."""
    DUPLICATE = "duplicate"
    """A charge, already written, turns out to be one for a copy beyond the first, or not to be."""


RESERVED: Final = (Movement.RESERVE, Movement.RELEASE)
COST: Final = (Movement.CHARGE, Movement.REFUND)


class Price(NamedTuple):
    """What the price list says of a provider, in billionths."""

    nano: int
    per_segment: bool
    charged_on: ChargedOn


Prices = Mapping[str, Price]
"""Provider -> its price."""


def price_list(providers: Iterable[ProviderSpec]) -> Prices:
    """The prices of a scenario as they are when the run begins; no fault has changed them yet."""
    return {
        each.name: Price(each.settings.price_nano, each.per_segment, each.charged_on)
        for each in providers
    }


class Posting(NamedTuple):
    """One entry.

    Attributes:
        seq: The line of the log that made it; `at_us` is its instant.
        side: KNOWN: of the ledger. TRUTH: of the bill.
        amount_nano: What its sum is moved by: negative for what is released or given back.
        because: The line that led to it, in words: `accepted`, `receipt delivered`.
    """

    seq: int
    at_us: int
    side: Side
    movement: Movement
    level: int
    attempt: int
    channel: str
    provider: str
    amount_nano: int
    because: str


class _Item:
    """One attempt: the numbers whose changes are the entries."""

    __slots__ = (
        "attempt", "bill", "channel", "known_twice", "level", "owed", "price", "provider",
        "reserved", "true_twice",
    )  # fmt: skip

    def __init__(self, fact: Fact, price: Price | None) -> None:
        detail = fact[7]
        self.level, self.attempt = fact[3] or 0, fact[4] or 0
        self.channel, self.provider = detail.text("channel"), detail.text("provider")
        self.price = price
        self.reserved = 0
        self.owed = 0
        self.bill = 0
        self.known_twice = 0
        """What of `owed` is for a copy beyond the first."""
        self.true_twice = 0
        """What of `bill` is."""

    def is_settled(self, word: str) -> bool:
        """Whether no charge is to come once a status is known, of an attempt that owes nothing."""
        status = STATUSES[word]
        basis = ChargedOn.ACCEPTED if self.price is None else self.price.charged_on
        return status < Status.SUBMITTED or status >= _NEEDED[basis]


_NEEDED: Final = {
    ChargedOn.SUBMITTED: Status.ACCEPTED,
    ChargedOn.ACCEPTED: Status.ACCEPTED,
    ChargedOn.DELIVERED: Status.DELIVERED,
    ChargedOn.READ: Status.READ,
}
"""From which status on nothing more is charged; what it did not bring will not come."""

_ANSWERS: Final = (outputs.ACCEPTED, outputs.REFUSED, outputs.THROTTLED)
_RECEIPTS: Final = (outputs.RECEIPT, outputs.LATE_RECEIPT)


class Book:
    """The entries of one message, from its `requested` line on."""

    def __init__(self, requested: Fact, plans: Mapping[str, Plan], prices: Prices) -> None:
        """Open the book.

        Args:
            requested: The message's first line.
            plans: The cascades of the run by name.
            prices: What is reserved; a provider that is not in it reserves nothing.
        """
        self.entries: list[Posting] = []
        self.requested_at_us = requested[1]
        self._plan = plans[requested[7].text("cascade")]
        self._prices = prices
        self._items: dict[tuple[int, int], _Item] = {}
        self._heard: list[_Item] = []
        """Attempts with a delivered receipt, in the order they came."""
        self._arrived: list[_Item] = []
        """Attempts whose copy is on the handset, in the order they came."""
        self._credited: _Item | None = None
        self._words: dict[int, str] = {}
        """Line of the log -> what it is, for entries that it leads to."""

    # Figures ---------------------------------------------------------------------------------

    def sum_of(self, side: Side, *movements: Movement) -> int:
        """The sum of the entries of one side and of these kinds, in billionths."""
        return sum(
            e.amount_nano for e in self.entries if e.side is side and e.movement in movements
        )

    @property
    def is_hidden_duplicate(self) -> bool:
        """The person got it twice, and the engine knows of one copy at most."""
        return len(self._arrived) > 1 >= len(self._heard)

    @property
    def hidden_nano(self) -> int:
        """What was paid twice without its being known (`cost.hidden_duplicates`)."""
        return self.sum_of(Side.TRUTH, Movement.DUPLICATE) if self.is_hidden_duplicate else 0

    # The fold --------------------------------------------------------------------------------

    def take(self, fact: Fact) -> None:
        """Take in the message's next line of the log."""
        seq, _, _, level, attempt, kind, cause, detail = fact
        self._words[seq] = _words_of(kind, detail)
        if kind == outputs.SUBMITTED:
            self._submit(fact)
        item = self._items.get((level or 0, attempt or 0))
        if item is None:
            return
        if kind in _ANSWERS:
            self._state(fact, item, kind)
        elif kind in _RECEIPTS:
            self._state(fact, item, detail.text("status"))
            is_heard = STATUSES[detail.text("status")] >= Status.DELIVERED
            if is_heard and item not in self._heard:
                self._heard.append(item)
        elif kind == outputs.SEGMENT_RECEIPT:
            self._state(fact, item, Status.SENT.word)
        elif kind == outputs.RECALLED and detail.text("result") == RecallResult.RECALLED:
            self._reserve(fact, item, 0, outputs.RECALLED)
        elif kind == outputs.FINISHED and detail.text("outcome") == Outcome.DELIVERED:
            self._credited = item
        elif kind == entry.REACHED_HANDSET:
            self._arrived.append(item)
        elif kind == entry.BILLED:
            amount = detail.number("amount_nano")
            item.bill += amount
            self._post(fact, item, Side.TRUTH, _cost(amount), amount, self._words.get(cause, ""))
        self._tell_duplicates(fact)

    def _submit(self, fact: Fact) -> None:
        """Reserve; a resend is the same message to the provider, and takes the reserve over."""
        level, attempt, detail = fact[3] or 0, fact[4] or 0, fact[7]
        item = _Item(fact, self._prices.get(detail.text("provider")))
        self._items[level, attempt] = item
        if item.price is None:
            return
        key = detail.number("key")
        if key:
            for (its_level, number), earlier in self._items.items():
                if its_level == level and key <= number < attempt:
                    self._reserve(fact, earlier, 0, "resend")
        parts = segments(self._plan.text_of(level)).parts
        most = item.price.nano * (parts if item.price.per_segment else 1)
        self._reserve(fact, item, most, "resend" if key else outputs.SUBMITTED)

    def _state(self, fact: Fact, item: _Item, word: str) -> None:
        """Take in what an answer or a receipt says: the cost in all, and how the attempt stands."""
        owed = fact[7].number("owed_nano")
        because = self._words[fact[0]]
        moved = owed - item.owed
        item.owed = owed
        if owed or item.is_settled(word):
            self._reserve(fact, item, 0, because)
        self._post(fact, item, Side.KNOWN, _cost(moved), moved, because)

    def _reserve(self, fact: Fact, item: _Item, amount: int, because: str) -> None:
        moved = amount - item.reserved
        item.reserved = amount
        movement = Movement.RESERVE if moved > 0 else Movement.RELEASE
        self._post(fact, item, Side.KNOWN, movement, moved, because)

    def _tell_duplicates(self, fact: Fact) -> None:
        """Write down by how much each attempt now costs more or less for a further copy."""
        is_billed = fact[5] == entry.BILLED
        because = self._words.get(fact[6], "") if is_billed else self._words[fact[0]]
        kept = self._credited if self._credited in self._heard else next(iter(self._heard), None)
        for item in self._heard:
            twice = 0 if item is kept else item.owed
            moved, item.known_twice = twice - item.known_twice, twice
            self._post(fact, item, Side.KNOWN, Movement.DUPLICATE, moved, because)
        for item in self._arrived[1:]:
            moved, item.true_twice = item.bill - item.true_twice, item.bill
            self._post(fact, item, Side.TRUTH, Movement.DUPLICATE, moved, because)

    def _post(
        self, fact: Fact, item: _Item, side: Side, movement: Movement, amount: int, because: str
    ) -> None:
        if not amount:
            return
        where = (item.level, item.attempt, item.channel, item.provider)
        self.entries.append(Posting(fact[0], fact[1], side, movement, *where, amount, because))


def _cost(amount: int) -> Movement:
    return Movement.CHARGE if amount > 0 else Movement.REFUND


def _words_of(kind: str, detail: Detail) -> str:
    status = detail.text("status")
    return " ".join(filter(None, (kind.replace("_", " "), status)))


def book_of(facts: Iterable[Fact], plans: Sequence[Plan], prices: Prices) -> Book | None:
    """The book of the message that the first `requested` line is about.

    Lines about other messages are passed over. None when there is no such line.
    """
    by_name = {plan.name: plan for plan in plans}
    book: Book | None = None
    message: int | None = None
    for fact in facts:
        if book is None:
            if fact[5] == outputs.REQUESTED:
                book, message = Book(fact, by_name, prices), fact[2]
        elif fact[2] == message:
            book.take(fact)
    return book


# For people --------------------------------------------------------------------------------------

_HEADS: Final = ("amount", "reserved", "known", "true")


def money_lines(book: Book, currency: str) -> list[str]:
    """The entries as lines of text with the sums so far; truth is marked with `~`.

    Empty where nothing has a price.
    """
    if not book.entries:
        return []
    rows = []
    width = max(len(plain(told.channel)) for told in book.entries)
    reserved = known = true = 0
    for told in book.entries:
        if told.movement in RESERVED:
            reserved += told.amount_nano
        elif told.movement in COST and told.side is Side.KNOWN:
            known += told.amount_nano
        elif told.movement in COST:
            true += told.amount_nano
        sums = (told.amount_nano, reserved, known, true)
        rows.append((_entry(told, book, width), *(_amount(nano, currency) for nano in sums)))
    first = max(len(row[0]) for row in rows)
    widths = [
        max(len(row[column]) for row in (("", *_HEADS), *rows)) for column in range(1, len(rows[0]))
    ]
    title = f"money, {currency}" if currency else "money"
    lines = [
        line[0].ljust(first)
        + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths, strict=True))
        for line in ((title, *_HEADS), *rows)
    ]
    return lines + _twice(book, currency)


def _entry(told: Posting, book: Book, width: int) -> str:
    offset = exact_seconds(told.at_us - book.requested_at_us)
    mark = "~" if told.side is Side.TRUTH else " "
    channel = plain(told.channel)
    return f"{offset:>10}  {told.level} {channel:<{width}} {mark} {told.movement}: {told.because}"


def _amount(nano: int, currency: str) -> str:
    return money_text(nano, currency).removesuffix(currency).rstrip()


def _twice(book: Book, currency: str) -> list[str]:
    """What copies beyond the first cost, where there were any."""
    known, true = (book.sum_of(side, Movement.DUPLICATE) for side in Side)
    if not known and not true:
        return []
    lines = [f"twice {money_text(known, currency)} known, {money_text(true, currency)} true"]
    if book.hidden_nano:
        lines.append(f"{PAID_UNKNOWINGLY}: {money_text(book.hidden_nano, currency)}")
    return lines
