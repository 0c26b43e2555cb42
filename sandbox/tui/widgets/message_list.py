"""The messages, newest first; follows the newest until somebody moves.

Only the lines in sight are ever made, so the list costs the same for ten messages and a million.
Which messages there are, and in which order, may be somebody else's to say: see `Listing`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sandbox.app.frame import MessageRow
from sandbox.app.sieve import Order
from sandbox.cascade.vocabulary import Outcome
from sandbox.report.account import Surprise
from sandbox.tui.painting import Pen, heading
from sandbox.tui.themes import Palette
from sandbox.tui.wording import count, duration, money

RowSource = Callable[[int], MessageRow | None]


class Places(Protocol):
    """Some messages in some order, from place 0 at the top."""

    def __len__(self) -> int: ...

    def at(self, place: int) -> int:
        """The message at a place; 0 for none."""
        ...

    def place_of(self, message: int) -> int | None:
        """Where a message stands; None when it is not among them."""
        ...


class Kept:
    """All messages of which something is kept, the newest first."""

    def __init__(self, newest: int, oldest: int) -> None:
        self._newest = newest
        self._oldest = oldest

    def __len__(self) -> int:
        return self._newest - self._oldest + 1 if self._newest else 0

    def at(self, place: int) -> int:
        """The message at a place; 0 for none."""
        return self._newest - place if 0 <= place < len(self) else 0

    def place_of(self, message: int) -> int | None:
        """Where a message stands; None when it is not among them."""
        return self._newest - message if self.at(self._newest - message) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the list shows.

    Attributes:
        newest: Number of the latest message; 0 for none.
        places: The messages in their order.
        title: What stands in the frame.
        nothing: What an empty list says: why it is empty, and what to press.
        is_newest_first: Nothing but the newest is on top.
        order: By what they are sorted; a line of headings says it. None: there is no such line.
        is_reversed: The other way round.
    """

    newest: int
    places: Places
    title: str = "Messages"
    nothing: str = "no message yet"
    is_newest_first: bool = True
    order: Order | None = None
    is_reversed: bool = False


_SURPRISES: Final = {
    Surprise.NOTHING: "",
    Surprise.ARRIVED: "~✓",
    Surprise.MISSING: "~✗",
    Surprise.PARTLY: "~½",
}
_SURPRISE: Final = 3
_MANY: Final = 9
_PATH_MIN: Final = 18
_PHONE: Final = 16
_COST: Final = 9
_MESSAGE: Final = 11
_STATE: Final = 10
_TOOK: Final = 9
_HEADS_FROM: Final = 4
"""Below this height every line is for a message."""


def row_strip(
    row: MessageRow, width: int, palette: Palette, *, is_chosen: bool, has_cost: bool
) -> Strip:
    """One message as a line."""
    back = palette.cursor if is_chosen else Style()
    dim, text = palette.dim + back, palette.text + back
    pen = Pen(width).put("▸" if is_chosen else " ", palette.accent + back)
    glyph, word, look = state_of(row, palette)
    pen.put(f"{glyph} ", look + back).write(f"m{row.message}", text, 8)
    pen.write(word, dim if row.outcome == Outcome.DELIVERED else look + back, 10)
    pen.write(surprise_of(row), palette.warn + back, _SURPRISE)
    pen.put(f"{duration(row.took_us):>9}", text)
    if has_cost:
        pen.put(f"{money(row.ledger_nano, 4):>{_COST}}", dim)
    pen.put(" ", text)
    if row.is_real:
        pen.put("LIVE", palette.alarm).put(" ", text)
    tail = _PHONE if pen.room >= _PHONE + _PATH_MIN else 0
    _write_path(pen, row, pen.room - tail - bool(tail), palette, back)
    if tail:
        pen.put(" ", dim).write(row.name or row.phone, dim, tail)
    return pen.strip(text)


def columns_of(*, has_cost: bool) -> list[tuple[Order, str, int]]:
    """The columns before the path: by what a click sorts, heading, width."""
    cost = [(Order.COST, "cost", _COST)] if has_cost else []
    return [
        (Order.NEWEST, "message", _MESSAGE),
        (Order.STATE, "state", _STATE),
        (Order.COPIES, "×", _SURPRISE),
        (Order.TOOK, "took", _TOOK),
        *cost,
    ]


def heads_strip(listing: Listing, width: int, palette: Palette, *, has_cost: bool) -> Strip:
    """The headings, with an arrow at the one that says the order."""
    pen = Pen(width)
    arrow = "▲" if listing.is_reversed else "▼"
    for order, word, cells in columns_of(has_cost=has_cost):
        is_sorted = order is listing.order
        look = palette.accent if is_sorted else palette.dim
        told = f"{word}{arrow}" if is_sorted else word
        if word in {"took", "cost"}:
            pen.put(f"{told:>{cells}}", look)
        else:
            pen.put(f"{'   ' if word == 'message' else ''}{told}".ljust(cells), look)
    return pen.put(" path", palette.dim).strip(palette.text)


def order_at(x: int, *, has_cost: bool) -> Order | None:
    """By what a click on the headings sorts; None beside them.

    Args:
        x: Cells from the left.
        has_cost: There are prices.
    """
    for order, _, cells in columns_of(has_cost=has_cost):
        if x < cells:
            return order
        x -= cells
    return None


def _write_path(pen: Pen, row: MessageRow, width: int, palette: Palette, back: Style) -> None:
    """The way through the channels; the words of how each was left where there is room."""
    end = pen.room - width
    full = sum(len(name) + len(word) + 4 for _, name, word in row.path)
    for index, (channel, name, word) in enumerate(row.path):
        if index:
            pen.put(" → " if full <= width else "→", palette.dim + back)
        pen.brief(name, palette.channel(channel) + back, pen.room - end)
        if full <= width and word != "open":
            pen.brief(f" {word}", palette.dim + back, pen.room - end)
        if pen.room <= end:
            break
    pen.put(" " * (pen.room - end), palette.text + back)


def state_of(row: MessageRow, palette: Palette) -> tuple[str, str, Style]:
    """Glyph, word and style of how a message stands."""
    match row.outcome:
        case "":
            return "·", row.channel[:10] or "open", palette.channel(row.channel)
        case Outcome.DELIVERED:
            return "✓", "delivered", palette.good
        case _:
            return "✗", row.outcome, palette.bad


def surprise_of(row: MessageRow) -> str:
    """What the engine does not know of a message, after a `~`: `~×2`, got twice."""
    if row.surprise is Surprise.TWICE:
        return f"~×{min(row.copies, _MANY)}"
    return _SURPRISES[row.surprise]


class MessageList(ScrollView, can_focus=True):
    """Messages, a line each."""

    BORDER_TITLE = "Messages"

    BINDINGS = [
        Binding("up", "move(1)", "Newer", show=False),
        Binding("down", "move(-1)", "Older", show=False),
        Binding("pageup", "move_page(1)", "A page newer", show=False),
        Binding("pagedown", "move_page(-1)", "A page older", show=False),
        Binding("home", "newest", "Newest", show=False),
        Binding("end", "oldest", "Oldest", show=False),
    ]

    class Chosen(Message):
        """Somebody chose a message; None follows the newest again.

        Attributes:
            opens: They also want to see its timeline.
        """

        def __init__(self, message: int | None, *, opens: bool = False) -> None:
            self.message = message
            self.opens = opens
            super().__init__()

    class Sorted(Message):
        """Somebody clicked a heading.

        Attributes:
            order: By what the list is to be sorted; the same again: the other way round.
        """

        def __init__(self, order: Order) -> None:
            self.order = order
            super().__init__()

    def __init__(self, source: RowSource) -> None:
        """Make an empty list.

        Args:
            source: Gives a message as a row; None when it is no longer kept.
        """
        super().__init__(id="messages")
        self._source = source
        self._palette: Palette | None = None
        self._listing = Listing(newest=0, places=Kept(0, 0))
        self._has_cost = False
        self._heads = 0
        """Lines of headings, which do not scroll."""
        self._line = 0
        """The place of what is under the cursor, when the list was drawn last."""
        self.chosen: int | None = None
        """The message under the cursor; None while following the newest."""

    def follow(self, source: RowSource) -> None:
        """Show the messages of another run."""
        self._source = source
        self.chosen = None

    def show(self, listing: Listing, palette: Palette, *, has_cost: bool) -> None:
        """Show the messages there are now; whatever somebody reads stays where it is.

        Args:
            listing: Which messages, in which order.
            palette: The styles.
            has_cost: There are prices.
        """
        is_new_run = listing.newest < self._listing.newest
        self._listing, self._palette, self._has_cost = listing, palette, has_cost
        if is_new_run:
            self.chosen = None
        width, height = self.scrollable_content_region.size
        self._heads = int(listing.order is not None and height >= _HEADS_FROM)
        size = Size(width, len(listing.places) + self._heads)
        if size != self.virtual_size:
            self.virtual_size = size
        above = 0 if self.chosen is None else round(self.scroll_y)
        place = None if self.chosen is None else listing.places.place_of(self.chosen)
        if place is not None:
            above = max(above + place - self._line, 0)
            self._line = place
        if above != round(self.scroll_y):
            self.scroll_to(y=above, animate=False, immediate=True)
        self._name_frame(above)
        self.refresh()

    def _name_frame(self, above: int) -> None:
        if self.border_title != heading(self._listing.title):
            self.border_title = heading(self._listing.title)
        said = self._subtitle(above)
        if self.border_subtitle != said:
            self.border_subtitle = said

    def _subtitle(self, above: int) -> str:
        if self.chosen is None:
            head = "following the newest" if self._listing.is_newest_first else "from the top"
            return f"{head}  ↑↓ choose  / filter  s sort"
        where = "newer" if self._listing.is_newest_first else "above"
        return f"▲ {count(above)} {where} · esc follows again" if above else "esc follows again"

    def render_line(self, y: int) -> Strip:
        """One line in sight."""
        width = self.scrollable_content_region.width
        palette = self._palette
        if palette is None:
            return Strip.blank(width, self.rich_style)
        if y < self._heads:
            heads = heads_strip(self._listing, width, palette, has_cost=self._has_cost)
            return heads.apply_style(self.rich_style)
        message = self._message_at(y)
        row = self._source(message) if message else None
        if row is not None:
            is_chosen = message == self.chosen
            strip = row_strip(row, width, palette, is_chosen=is_chosen, has_cost=self._has_cost)
        elif y == self._heads and not len(self._listing.places):
            words = Pen(width).write(f"  {self._listing.nothing}", palette.dim, width)
            strip = words.strip(palette.text)
        else:
            strip = Strip.blank(width, palette.text)
        return strip.apply_style(self.rich_style)

    def _message_at(self, y: int) -> int:
        """The message on a line in sight; 0 for none."""
        return self._listing.places.at(y - self._heads + round(self.scroll_y))

    # Moving ----------------------------------------------------------------------------------

    def choose(self, message: int | None, *, opens: bool = False) -> None:
        """Put the cursor on a message, or follow the newest again."""
        newest = self._listing.newest
        if message is not None and newest:
            message = min(max(message, 1), newest)
        self.chosen = message if newest else None
        self._keep_in_sight()
        self.post_message(self.Chosen(self.chosen, opens=opens))
        self.refresh()

    def on_resize(self) -> None:
        """Keep the chosen message in sight, which may have been chosen out of it."""
        if self.chosen is not None:
            self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        if self.chosen is None:
            self.scroll_to(y=0, animate=False, immediate=True)
            return
        line, top = self._listing.places.place_of(self.chosen), round(self.scroll_y)
        if line is None:  # the filter leaves it out
            return
        self._line = line
        height = max(self.scrollable_content_region.height - self._heads, 1)
        if line < top:
            self.scroll_to(y=line, animate=False, immediate=True)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False, immediate=True)

    def action_move(self, messages: int) -> None:
        """Move the cursor up (positive) or down the list."""
        places = self._listing.places
        line = None if self.chosen is None else places.place_of(self.chosen)
        if line is None:
            line = round(self.scroll_y)
            line -= 0 if messages < 0 or messages == 1 else messages
        else:
            line -= messages
        message = places.at(min(max(line, 0), len(places) - 1))
        if message:
            self.choose(message)

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by what is in sight."""
        height = self.scrollable_content_region.height - self._heads
        self.action_move(pages * max(height - 1, 1))

    def action_newest(self) -> None:
        """Follow the newest again."""
        self.choose(None)

    def action_oldest(self) -> None:
        """Go to the last message of the list."""
        places = self._listing.places
        message = places.at(len(places) - 1)
        if message:
            self.choose(message)

    def on_click(self, event: events.Click) -> None:
        """Choose the message under the pointer, a second click shows its timeline; or sort."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < self._heads:
            order = order_at(offset.x, has_cost=self._has_cost)
            if order is not None:
                self.post_message(self.Sorted(order))
            return
        message = self._message_at(offset.y) if offset is not None else 0
        if message:
            self.choose(message, opens=event.chain > 1)

    def on_mouse_scroll_down(self, _: events.MouseScrollDown) -> None:
        """Stop following as soon as somebody scrolls."""
        self._anchor()

    def _anchor(self) -> None:
        top = self._listing.places.at(0)
        if self.chosen is None and top:
            self.chosen, self._line = top, 0
            self.post_message(self.Chosen(self.chosen))
