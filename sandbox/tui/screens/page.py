"""What every place but the live screen looks like: a line on top, a body, talk, and the keys."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from sandbox.app.session import Session
from sandbox.tui.actions import Action
from sandbox.tui.arrangement import HEIGHT_MIN, WIDTH_MIN
from sandbox.tui.desk import Desk, Place
from sandbox.tui.screens.help import Reading
from sandbox.tui.talk import Tone
from sandbox.tui.widgets.bars import (
    Bar,
    KeyBar,
    keys_line,
    notice_line,
    places_line,
    too_small_lines,
)


class Page(Screen[None]):
    """One place of the app; a subclass has the body, and `BINDINGS` made of its `ACTIONS`."""

    PLACE: ClassVar[Place]
    ACTIONS: ClassVar[Sequence[Action]]
    READING: ClassVar[Reading] = ()

    def __init__(self, desk: Desk) -> None:
        """Make the page; nothing is read or run before it is shown."""
        super().__init__()
        self.desk = desk
        self._said = ("", Tone.HINT)
        self._is_paint_due = False
        self.header = Bar("header")
        self.notice = Bar("notice")
        self.keys = KeyBar(self.ACTIONS)
        self.too_small = Bar("too-small")

    def compose(self) -> ComposeResult:
        """The lines around the body."""
        yield self.header
        with Vertical(id="body"):
            yield from self.body()
        yield self.notice
        yield self.keys
        yield self.too_small

    def body(self) -> ComposeResult:
        """What the place is about."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the body as it stands."""
        raise NotImplementedError

    def tick(self) -> None:
        """Let what moves here move; called for each frame while the page is shown."""

    @property
    def about(self) -> str:
        """What stands behind the places in the line on top."""
        return ""

    @property
    def hint(self) -> str:
        """What the line of talk says while there is nothing else to say."""
        return ""

    @property
    def offered(self) -> Sequence[Action]:
        """What the key bar shows."""
        return self.ACTIONS

    @property
    def chosen_message(self) -> tuple[Session, int] | None:
        """The message under the cursor, with its run; None for none."""
        return None

    @property
    def chosen_run(self) -> str | None:
        """The stored run that is shown or chosen, "" for none; None where none is shown."""
        return None

    # Drawing ---------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Draw for the size."""
        self.call_after_refresh(self.paint)

    def on_screen_resume(self) -> None:
        """Draw what may have changed while another place was shown."""
        self.call_after_refresh(self.paint)

    def on_lines_resized(self) -> None:
        """A panel has room now that it had not when it was drawn: all are drawn once more."""
        if not self._is_paint_due:
            self._is_paint_due = True
            self.call_later(self.paint)

    def paint(self) -> None:
        """Draw everything as it stands."""
        self._is_paint_due = False
        palette, (width, height) = self.desk.palette(), self.size
        self.too_small.display = width < WIDTH_MIN or height < HEIGHT_MIN
        if self.too_small.display:
            self.too_small.paint(too_small_lines(width, height, palette))
        self.header.show(places_line(self.PLACE, self.about, width, palette))
        text, tone = self._said
        if not text:
            text, tone = self.hint, Tone.HINT
        self.notice.show(notice_line(text, width, palette.tones[tone]))
        offered = self.desk.keyed(self.PLACE, self.offered)
        self.keys.offer(offered)
        self.keys.show(keys_line(offered, width, palette))
        self.draw()

    def say(self, text: str, tone: Tone = Tone.NOTICE) -> None:
        """Answer a key, until the next one is answered."""
        self._said = (text, tone)
        if self.is_mounted:
            self.paint()

    def action_not_built(self, what: str) -> None:
        """Say that a key will do something some day."""
        self.say(f"not built yet: {what}")
