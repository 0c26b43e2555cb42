"""The money of a stored message as a JSON object: every entry, and what they come to."""

from typing import Any, Final

from sandbox.app.stored import StoredMessage
from sandbox.report.definitions import Side
from sandbox.report.figures import money_text
from sandbox.report.ledger import COST, RESERVED, Book, Movement, Posting, book_of, price_list

Json = dict[str, Any]

_SECOND_US: Final = 1_000_000


def money_object(stored: StoredMessage) -> Json | None:
    """The entries of a message, and their sums; None where its first line is missing.

    Instants are seconds since the request, money a decimal string with its currency. An entry of
    the side `truth` is not known to the engine.
    """
    world = stored.scenario.world
    book = book_of(stored.facts, world.plans, price_list(world.providers))
    if book is None:
        return None
    currency = stored.scenario.currency
    return {
        "reserved": money_text(book.sum_of(Side.KNOWN, *RESERVED), currency),
        **{side.value: _sums(book, side, currency) for side in Side},
        "hidden_duplicates": money_text(book.hidden_nano, currency),
        "entries": [_entry(each, book, currency) for each in book.entries],
    }


def _sums(book: Book, side: Side, currency: str) -> Json:
    return {
        "cost": money_text(book.sum_of(side, *COST), currency),
        "refunded": money_text(-book.sum_of(side, Movement.REFUND), currency),
        "duplicates": money_text(book.sum_of(side, Movement.DUPLICATE), currency),
    }


def _entry(told: Posting, book: Book, currency: str) -> Json:
    return {
        "line": told.seq,
        "at_s": (told.at_us - book.requested_at_us) / _SECOND_US,
        "side": told.side.value,
        "movement": told.movement.value,
        "level": told.level,
        "attempt": told.attempt,
        "channel": told.channel,
        "provider": told.provider,
        "amount": money_text(told.amount_nano, currency),
        "because": told.because,
    }
