"""The timeline of one message: a bar for each level, then every event with the reason for it."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sandbox.cascade.vocabulary import Outcome
from sandbox.report.account import OPEN, Account, Surprise
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.timeline import Bar, Row, Story
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.wording import duration

_OFFSET: Final = 10
_CHANNEL: Final = 9
_NAME_MAX: Final = 24
_ROOMY: Final = 12
"""A panel with fewer lines shows the bars with the events alone."""

_BEFORE_SWITCH: Final = 3
"""So many events before the first switch are in sight, since one of them is its reason."""


NOTHING_YET: Final = "Nothing has switched level yet. Choose a message and press enter."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as it stands, with what is not in the log.

    Attributes:
        now_us: The instant shown.
        name: What the scenario calls the message; "" for nothing.
        person: Whom it is for; "" when nobody needs to know.
        about: What message it is; "" for one that was chosen.
    """

    story: Story
    name: str
    person: str
    phone: str
    now_us: int
    currency: str
    about: str = ""


class Instead(NamedTuple):
    """What stands below the bars instead of the events.

    Attributes:
        title: What it is, for the frame.
    """

    title: str
    lines: list[Strip]


def head_lines(told: Told, width: int, palette: Palette) -> list[Strip]:
    """What always stays in sight: how the message stands, what it cost, a bar for each level."""
    story = told.story
    end_us = max(_end_of(told), 1)
    return [
        _title(told, width, palette),
        _subtitle(told, width, palette),
        *[_bar_line(story.account, bar, end_us, width, palette) for bar in story.bars],
    ]


def event_lines(story: Story, width: int, palette: Palette) -> list[Strip]:
    """Every event of a message with its reason: as many lines as that needs."""
    return [line for row in story.rows for line in _row_lines(row, width, palette)]


def _end_of(told: Told) -> int:
    account = told.story.account
    if account.took_us is not None:
        return account.took_us
    return told.now_us - account.requested_at_us


def _title(told: Told, width: int, palette: Palette) -> Strip:
    account = told.story.account
    pen = Pen(width).put(f" m{account.message} ", palette.accent)
    if told.name:
        pen.brief(told.name, palette.strong, _NAME_MAX).put(" ", palette.text)
    if not account.outcome:
        waiting = duration(_end_of(told))
        pen.put("in flight ", palette.text).put(f"for {waiting}", palette.strong)
    elif account.outcome == Outcome.DELIVERED:
        pen.put(f"✓ delivered in {duration(account.took_us)}", palette.good)
    else:
        pen.put(f"✗ {account.outcome} after {duration(account.took_us)}", palette.bad)
    told_apart = _surprise_words(account)
    if told_apart:
        pen.put(f"  ~ {told_apart}", palette.warn)
    return pen.strip(palette.text)


def _surprise_words(account: Account) -> str:
    """What the engine does not know of the message; "" for nothing."""
    match account.surprise:
        case Surprise.NOTHING:
            return ""
        case Surprise.TWICE:
            count = account.copy_count
            return "got it twice" if count == 2 else f"got it {count} times"
        case Surprise.ARRIVED:
            return "the person has it"
        case Surprise.MISSING:
            return "it never arrived"
        case Surprise.PARTLY:
            return "a part of it arrived"


def _subtitle(told: Told, width: int, palette: Palette) -> Strip:
    account = told.story.account
    pen = Pen(width).put(" ", palette.dim)
    if told.person:
        pen.brief(told.person, palette.text, _NAME_MAX).put(" ", palette.dim)
    pen.put(told.phone, palette.dim)
    if told.currency:
        known = money_text(account.ledger_nano, told.currency)
        true = money_text(account.bill_nano, told.currency)
        look = palette.dim if known == true else palette.warn
        pen.put(f"  cost {known}", palette.dim).put(f"  true {true}", look)
    return pen.strip(palette.text)


def _bar_line(account: Account, bar: Bar, end_us: int, width: int, palette: Palette) -> Strip:
    colour = palette.channel(bar.channel)
    word = _word_of(account, bar)
    room = max(width - _CHANNEL - len(word) - 4, 4)
    ended_us = end_us if bar.ended_us is None else min(bar.ended_us, end_us)
    start = bar.began_us * room // end_us
    stop = max(ended_us * room // end_us, start + 1)
    pen = Pen(width).put(" ", palette.text).write(bar.channel, colour, _CHANNEL)
    pen.put("·" * start, palette.faint).put("█" * (stop - start), colour)
    pen.put("·" * max(room - stop, 0), palette.faint)
    return pen.put("  ", palette.text).put(word, _look_of(word, palette)).strip(palette.text)


def _word_of(account: Account, bar: Bar) -> str:
    """How the level was left: the word of its latest attempt."""
    words = [step.word for step in account.steps if step.level == bar.level]
    return "waiting" if not words or words[-1] == OPEN else words[-1]


def _look_of(word: str, palette: Palette) -> Style:
    if word in {"delivered", "read", "accepted", "sent"}:
        return palette.good
    return palette.text if word in {"waiting", "overtaken"} else palette.warn


def _row_lines(row: Row, width: int, palette: Palette) -> list[Strip]:
    """One event; long words go on below, indented."""
    look = _row_look(row, palette)
    indent = _OFFSET + _CHANNEL + 3
    pieces = wrapped(row.words, max(width - indent, 12))
    pen = Pen(width).put(f"{exact_seconds(row.offset_us):>{_OFFSET}} ", palette.dim)
    pen.write(row.channel, palette.channel(row.channel), _CHANNEL)
    pen.put("~ " if row.is_truth else "  ", palette.dim).write(pieces[0], look)
    lines = [pen.strip(palette.text)]
    return lines + [
        Pen(width).tab(indent, palette.text).write(piece, look).strip(palette.text)
        for piece in pieces[1:]
    ]


def _row_look(row: Row, palette: Palette) -> Style:
    if row.is_truth:
        return palette.dim
    match row.kind:
        case "fell_back":
            return palette.warn
        case "finished":
            return palette.good if row.words.startswith("delivered") else palette.bad
        case _:
            return palette.text


def wrapped(words: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells, broken at spaces; a longer word is cut later."""
    lines, line = [], ""
    for word in words.split(" "):
        longer = f"{line} {word}" if line else word
        if line and cell_len(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def first_switch(story: Story) -> int:
    """Which of its events made the message switch; 0 when none did."""
    return next((n for n, row in enumerate(story.rows) if row.kind == "fell_back"), 0)


class Timeline(ScrollView, can_focus=True):
    """The timeline of the chosen message, or of one that switched level."""

    BORDER_TITLE = "Timeline"
    BORDER_SUBTITLE = "~ truth, which the engine cannot know"

    BINDINGS = [
        Binding("up", "scroll_up", "Up", show=False),
        Binding("down", "scroll_down", "Down", show=False),
    ]

    class Resized(Message):
        """It has another size now: what it shows was drawn for the one before."""

    def __init__(self, name: str = "timeline") -> None:
        super().__init__(id=name)
        self._head: list[Strip] = []
        self._events: list[Strip] = []
        self._shown: tuple[int, str] = (0, "")
        self._side = ""

    def on_resize(self) -> None:
        """Let whoever owns it draw anew."""
        self.post_message(self.Resized())

    def show(
        self,
        told: Told | None,
        palette: Palette,
        nothing: str = NOTHING_YET,
        instead: Instead | None = None,
    ) -> None:
        """Draw a timeline, or say why there is none.

        Args:
            told: The message.
            palette: The styles.
            nothing: What to say without one.
            instead: What to show below the bars instead of the events.
        """
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        head, events, title = _words(nothing, width, palette), [], "Timeline"
        if told is not None:
            head = head_lines(told, width, palette)
            events = event_lines(told.story, width, palette) if instead is None else instead.lines
            title = f"Timeline · {told.about}" if told.about else "Timeline"
            if instead is not None:
                title = f"Timeline · {instead.title}"
                if self.scrollable_content_region.height < _ROOMY:
                    head = head[:1]
        if self.border_title != title:
            self.border_title = title
        if head == self._head and events == self._events:
            return
        is_at_end = self.scroll_y >= self.max_scroll_y
        self._head, self._events = head, events
        self.virtual_size = Size(width, len(head) + len(events))
        side = "" if instead is None else instead.title
        if side != self._side:
            self.scroll_to(y=0, animate=False, immediate=True)
        if instead is None:
            self._scroll(told, is_at_end=is_at_end and side == self._side)
        self._side = side
        self.refresh()

    def _scroll(self, told: Told | None, *, is_at_end: bool) -> None:
        """Keep what is new in sight; of a message that is over, the first switch."""
        account = told.story.account if told is not None else None
        shown = (account.message, account.outcome) if account is not None else (0, "")
        is_new, self._shown = shown != self._shown, shown
        if account is None or not (is_new or is_at_end):
            return
        if account.outcome:
            if is_new and told is not None:
                at = first_switch(told.story) - _BEFORE_SWITCH
                self.scroll_to(y=max(at, 0), animate=False, immediate=True, force=True)
        else:
            self.scroll_end(animate=False, x_axis=False)

    def render_line(self, y: int) -> Strip:
        """One line in sight; the head does not scroll."""
        if y < len(self._head):
            return self._head[y].apply_style(self.rich_style)
        at = y - len(self._head) + round(self.scroll_y)
        if at < len(self._events):
            return self._events[at].apply_style(self.rich_style)
        return Strip.blank(self.scrollable_content_region.width, self.rich_style)

    @property
    def shown_text(self) -> str:
        """All lines as plain text, also those out of sight."""
        return "\n".join(line.text.rstrip() for line in (*self._head, *self._events))


def _words(words: str, width: int, palette: Palette) -> list[Strip]:
    return [
        Pen(width).put(f" {piece}", palette.dim).strip(palette.text)
        for piece in wrapped(words, width - 2)
    ]
