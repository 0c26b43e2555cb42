"""The message list of the live screen with its filter and its order: what is listed, and why."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sandbox.app.message_filter import EVERYTHING, FilterError, parse
from sandbox.app.session import Session
from sandbox.app.sieve import Order, Sieve
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.filter_line import FilterLine
from sandbox.tui.widgets.message_list import Listing, MessageList
from sandbox.tui.wording import count

_SLICE_S: Final = 0.005
"""For how long messages are looked at between two frames, in seconds."""

_ORDERS: Final = {
    Order.NEWEST: ("newest first", "oldest first"),
    Order.TOOK: ("longest first", "shortest first"),
    Order.COST: ("dearest first", "cheapest first"),
    Order.COPIES: ("most copies first", "fewest copies first"),
    Order.STATE: ("by state, open last", "by state, open first"),
}


class ListKeeper:
    """Owns what is listed; the widgets show it."""

    def __init__(self, session: Session, clock: Callable[[], float]) -> None:
        """List everything, the newest first.

        Args:
            session: The run.
            clock: Seconds of wall time.
        """
        self._session = session
        self._clock = clock
        self._sieve = Sieve(session.table)
        self.error = ""
        """What is wrong with what is typed; "" for nothing."""
        self.messages = MessageList(session.row)
        self.line = FilterLine()

    def follow(self, session: Session) -> None:
        """List another run; filter and order stay."""
        self._session = session
        self.messages.follow(session.row)

    # Filter and order ------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Take what was typed as the filter; what is wrong is said, the words before it hold."""
        self.error = ""
        try:
            self._sift(text)
        except FilterError as error:
            self.error = str(error)
            before, _, _ = text.rstrip().rpartition(" ")
            with suppress(FilterError):
                self._sift(before)
        self.line.mark(is_wrong=bool(self.error))

    def _sift(self, text: str) -> None:
        wanted = parse(text, self._session.table.known)
        if wanted.terms != self._sieve.filter.terms:
            self._sieve.sift(wanted, self._sieve.order)

    def clear(self) -> bool:
        """Take the filter away; whether there was one."""
        was_there = bool(self._sieve.filter.terms or self.line.value)
        self.error = ""
        self.line.value = ""
        self.line.mark(is_wrong=False)
        if self._sieve.filter.terms:
            self._sieve.sift(EVERYTHING, self._sieve.order)
        return was_there

    @property
    def sifted(self) -> tuple[str, Order, bool]:
        """The filter that holds, the order, and whether it is turned around."""
        sieve = self._sieve
        return sieve.filter.text, sieve.order, sieve.is_reversed

    def sift_as(self, text: str, order: Order, *, is_reversed: bool) -> None:
        """List what `sifted` said another time; a filter that means nothing any more is none."""
        try:
            wanted = parse(text, self._session.table.known)
        except FilterError:
            wanted = EVERYTHING
        self.line.begins_with = wanted.text
        self._sieve.sift(wanted, order)
        if self._sieve.is_reversed is not is_reversed:
            self._sieve.reverse()

    def sort(self) -> str:
        """Sort by the next column; says by which."""
        self._sieve.sift(self._sieve.filter, self._sieve.order.following)
        return self._order

    def sort_by(self, order: Order) -> str:
        """Sort by a column, the usual way round; by the same once more: the other way round."""
        sieve = self._sieve
        if order is sieve.order:
            return self.reverse()
        sieve.sift(sieve.filter, order)
        if sieve.is_reversed:
            sieve.reverse()
        return self._order

    def reverse(self) -> str:
        """Turn the order around; says which it is."""
        self._sieve.reverse()
        return self._order

    @property
    def _order(self) -> str:
        return _ORDERS[self._sieve.order][self._sieve.is_reversed]

    # Working and showing ---------------------------------------------------------------------

    def work(self) -> bool:
        """Look at messages for a slice of time; whether the list may have changed."""
        session = self._session
        self._see_to_run()
        end = self._clock() + _SLICE_S
        stamp = session.fact_count, session.now_us
        return self._sieve.work(stamp, lambda: self._clock() < end)

    def _see_to_run(self) -> None:
        """A session that starts again has other messages."""
        if self._session.table is not self._sieve.table:
            self._sieve.follow(self._session.table)

    def show(self, palette: Palette) -> None:
        """Draw the list as it stands."""
        self._see_to_run()
        sieve, total = self._sieve, self._session.message_count
        is_plain = sieve.order is Order.NEWEST and not sieve.is_reversed
        listing = Listing(
            newest=total,
            places=sieve,
            title=self._title(total),
            nothing=self._nothing(total),
            is_newest_first=is_plain,
            order=sieve.order,
            is_reversed=sieve.is_reversed,
        )
        self.messages.show(listing, palette, has_cost=bool(self._session.scenario.currency))

    def _title(self, total: int) -> str:
        sieve = self._sieve
        if self.error:
            return f"Messages  ✗ {self.error}"
        parts = ["Messages"]
        if sieve.filter.terms:
            parts.append(f"{sieve.filter.text}  {count(len(sieve))} of {count(total)}")
        if sieve.order is not Order.NEWEST or sieve.is_reversed:
            parts.append(self._order)
        if sieve.is_at_work and total:
            parts.append(f"looking … {sieve.progress:.0%}")
        return "  ".join(parts)

    def _nothing(self, total: int) -> str:
        if not total or not self._sieve.filter.terms:
            return "no message yet"
        if self._sieve.is_at_work:
            return f"looking through {count(total)} messages …"
        return f"none of {count(total)} messages matches · / changes the filter, esc clears it"
