"""What stands on both sides of a dialect: calls that come in, and words to be put on the wire.

A dialect is the counterpart of an adapter, as pure as it is: it reads a request the way its vendor
does, and writes the vendor's answers, status webhooks and answers to polls. What is to be said is
decided elsewhere, and comes as a `Word`; what a vendor has no words for is an `Inability`.

    request → read → Submitted | Asked | Withdrawn | the vendor's own error
    Word → answer, receipt (→ sign), polled → what an adapter decodes
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

from sandbox.adapters.codec import SMS, Headers, header
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.message import segments
from sandbox.cascade.vocabulary import Channel, ReasonClass, Status

ANSWERS: Final = (Status.ACCEPTED, Status.REFUSED, Status.THROTTLED)
"""The words that answer a submission; all others are receipts."""

NEGATIVE: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
"""The receipts that say no."""

_DAY_S: Final = 86_400
_LAST_S: Final = 253_402_300_799
"""The end of the year 9999."""
_THURSDAY: Final = 3
"""1970 began on one."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                  "Dec")  # fmt: skip


# What comes in -----------------------------------------------------------------------------------


class Request(NamedTuple):
    """A request as it came, with when.

    Attributes:
        path: From its first slash, with the query; the vendor's own, without what a host puts
            before it.
        now_s: Seconds since 1970.
    """

    method: str
    path: str
    headers: Headers
    body: bytes
    now_s: int = 0

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def is_proven(self, name: str, *prefixes: str) -> bool:
        """Whether there is anything in the header that proves who calls; what, nobody looks at."""
        given = header(self.headers, name)
        return any(
            given.lower().startswith(prefix) and given[len(prefix) :].strip()
            for prefix in prefixes or ("",)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A message somebody wants sent.

    Attributes:
        channel: How it travels.
        recipient: E.164 with its plus.
        sender: As the vendor writes it.
        text: Free text; None for a template or media, whose words only the vendor knows.
        reference: Whatever the vendor echoes; "" where nothing was given.
        callback_url: Where receipts shall go, as the vendor calls it; "" where none was given.
        validity_s: How long it may be tried; None: nothing was said.
        key: What makes two submissions the same one, where the vendor knows such a thing.
        account: Whom the vendor takes the caller for, where the request says it openly.
        wants_sent: News before the final one was asked for, where the vendor must be asked.
        steps: What the vendor itself shall try next, in order.
    """

    channel: Channel
    recipient: str
    sender: str = ""
    text: str | None = None
    reference: str = ""
    callback_url: str = ""
    validity_s: int | None = None
    key: str = ""
    account: str = ""
    wants_sent: bool = False
    steps: tuple["Submitted", ...] = ()


def parts_of(submitted: Submitted) -> int:
    """How many parts a vendor counts: the segments of an SMS, and one of anything else."""
    if submitted.channel != SMS or submitted.text is None:
        return 1
    return segments(submitted.text).parts


class Asked(NamedTuple):
    """Somebody asks what became of a message; "" where all that is new is asked for."""

    provider_id: str


class Withdrawn(NamedTuple):
    """Somebody wants a message back."""

    provider_id: str


# What goes out -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message the vendor knows: all it needs to speak of it.

    Attributes:
        submitted: As it came.
        provider_id: What the vendor calls it.
        segments: How many parts it has.
        at_s: When it was taken, in seconds since 1970.
        echoes: Receipts carry the caller's reference.
    """

    submitted: Submitted
    provider_id: str
    segments: int = 1
    at_s: int = 0
    echoes: bool = True

    @property
    def reference(self) -> str:
        """What comes back with a receipt."""
        return self.submitted.reference if self.echoes else ""


class Word(NamedTuple):
    """What is to be said about a message.

    Attributes:
        status: ACCEPTED, REFUSED or THROTTLED of an answer; SENT, DELIVERED, READ, FAILED, REJECTED
            or EXPIRED of a receipt.
        reason: Why not; None where nobody says.
        price: What it costs so far; None where nobody says.
        at_s: When, in seconds since 1970.
        retry_after_us: How long to stay away, of an answer.
    """

    status: Status
    reason: Reason | None = None
    price: Price | None = None
    at_s: int = 0
    retry_after_us: int = 0


class Lacks(StrEnum):
    """What of a word a vendor may have no words for."""

    STATUS = "status"
    REASON = "reason"
    CLASS = "class"
    PRICE = "price"
    CURRENCY = "currency"
    RETRY_AFTER = "retry after"
    SEGMENT = "segment"
    KEY = "key"


class Inability(NamedTuple):
    """Something a vendor cannot say, or not in so many words.

    Attributes:
        lacks: Which part of a word.
        says: A sentence for people: what is heard instead.
        statuses: The words it is about; empty: all.
        channels: Where; empty: everywhere.
        classes: Of CLASS: those it cannot say.
        becomes: Of STATUS: what is heard instead; None: nothing at all.
        parts_from: From how many parts on; 1: always.
    """

    lacks: Lacks
    says: str
    statuses: tuple[Status, ...] = ()
    channels: tuple[Channel, ...] = ()
    classes: tuple[ReasonClass, ...] = ()
    becomes: Status | None = None
    parts_from: int = 1

    def is_about(self, status: Status, channel: Channel, parts: int = 1) -> bool:
        """Whether it concerns such a word."""
        return (
            (not self.statuses or status in self.statuses)
            and (not self.channels or channel in self.channels)
            and parts >= self.parts_from
        )


KEYS: Final = Inability(
    Lacks.KEY,
    "There is no idempotency key: what is sent again is a second message, not the same once more.",
)
SEGMENTS: Final = Inability(
    Lacks.SEGMENT,
    "A receipt is about the whole message: those of single segments are put together into one.",
)
REJECTED_IS_FAILED: Final = Inability(
    Lacks.STATUS,
    "A message that was rejected is 'failed', like any other.",
    statuses=(Status.REJECTED,),
    becomes=Status.FAILED,
)
SMS_NOT_READ: Final = Inability(
    Lacks.STATUS,
    "An SMS is not read: nothing is said.",
    statuses=(Status.READ,),
    channels=(SMS,),
)
PRICELESS_ANSWER: Final = Inability(Lacks.PRICE, "The answer names no price.", statuses=ANSWERS)
NO_RETRY_AFTER: Final = Inability(
    Lacks.RETRY_AFTER, "How long to stay away is not said with 429.", statuses=ANSWERS
)


# Names and times ---------------------------------------------------------------------------------


def digest_of(vendor: str, number: int) -> str:
    """32 hexadecimal digits that name the nth message of a vendor: derived, never drawn."""
    return blake2b(f"{vendor} {number}".encode(), digest_size=16).hexdigest()


def uuid_of(vendor: str, number: int) -> str:
    """The same in the shape of a random UUID."""
    d = digest_of(vendor, number)
    return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}"


def plain_time(at_s: int) -> str:
    """`2026-01-05 10:00:41`, in UTC."""
    return f"{_date(at_s)} {_time(at_s)}"


def iso_time(at_s: int, zone: str = "Z") -> str:
    """`2026-01-05T10:00:41Z`, in UTC."""
    return f"{_date(at_s)}T{_time(at_s)}{zone}"


def mail_time(at_s: int) -> str:
    """`Mon, 05 Jan 2026 10:00:41 +0000`."""
    year, month, day = _date(at_s).split("-")
    name = _DAYS[(_bounded(at_s) // _DAY_S + _THURSDAY) % 7]
    return f"{name}, {day} {_MONTHS[int(month) - 1]} {year} {_time(at_s)} +0000"


def _time(at_s: int) -> str:
    minutes, seconds = divmod(_bounded(at_s) % _DAY_S, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _date(at_s: int) -> str:
    """The day in the Gregorian calendar; years are counted from March, so that leap days end them.

    A cycle of 400 years has 146 097 days; 719 468 of them lie between March of the year 0 and 1970.
    """
    days = _bounded(at_s) // _DAY_S + 719_468
    cycle, of_cycle = divmod(days, 146_097)
    of_cycle_year = (of_cycle - of_cycle // 1460 + of_cycle // 36_524 - of_cycle // 146_096) // 365
    of_year = of_cycle - (365 * of_cycle_year + of_cycle_year // 4 - of_cycle_year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = 400 * cycle + of_cycle_year + (month <= 2)
    return f"{year:04}-{month:02}-{day:02}"


def _bounded(at_s: int) -> int:
    return min(max(at_s, 0), _LAST_S)


def amount(price: Price) -> str:
    """An amount as vendors write it: `0.0075`."""
    whole, part = divmod(price.nano, 10**9)
    digits = f"{part:09}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
