"""A message of one's own: written on a card over the live screen, and sent from there.

What is written is shown as it would travel, key by key: in how many segments, and what it costs at
most. Nothing of it is ever taken for markup, nor does it reach the terminal as it is.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input, Label

from sandbox.app.composing import Draft, Offered, Preview
from sandbox.app.forcing import ABOUT
from sandbox.report.figures import money_text
from sandbox.report.plain import plain
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import count

_LABEL: Final = 12
_CHOICE: Final = 27
TEXT_MAX: Final = 2000
"""So much can be typed; no channel takes more."""
_TO_MAX: Final = 60
_EXAMPLE: Final = "such as: Your code is 123456"
_LUCK: Final = "as luck has it"
_FATES: Final = ("", *ABOUT)

Look = Callable[[Draft], Preview]
Send = Callable[[Draft], str]
"""Sends a draft; gives why that is not possible, "" where it was."""


class OwnLine(Input):
    """A line to be written."""

    def __init__(self, name: str, placeholder: str, most: int) -> None:
        super().__init__(id=name, placeholder=placeholder, compact=True, max_length=most)
        self.cursor_blink = False

    def render_line(self, y: int) -> Strip:
        """A line as it may be shown: what was pasted must not reach the terminal as it is."""
        strip = super().render_line(y)
        if strip.text.isprintable():
            return strip
        shown = [Segment(plain(text), style) for text, style, _ in strip]
        return Strip(shown).adjust_cell_length(strip.cell_length)


class Choices(Lines, can_focus=True):
    """The cascade, and what the attempts at each of its levels come to: a line each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("left", "turn(-1)", "Other", show=False),
        Binding("right,space", "turn(1)", "Other", show=False),
        Binding("enter", "screen.send", "Send", show=False),
    ]

    def __init__(self, cascades: Sequence[Offered], changed: Callable[[], None]) -> None:
        super().__init__("own-choices")
        self._cascades = cascades
        self._changed = changed
        self._place = 0
        self._fates = [0] * len(self.cascade.channels)
        self._row = 0

    @property
    def cascade(self) -> Offered:
        """The one that is chosen."""
        return self._cascades[self._place]

    @property
    def fates(self) -> tuple[str, ...]:
        """For each level a word, "" for luck."""
        return tuple(_FATES[fate] for fate in self._fates)

    @property
    def rows(self) -> int:
        """How many lines there are."""
        return 1 + len(self._fates)

    def action_move(self, by: int) -> None:
        """Go to another line; beyond the ends to what stands above and below."""
        if not 0 <= self._row + by < self.rows:
            (self.screen.focus_next if by > 0 else self.screen.focus_previous)()
            return
        self._row += by
        self._changed()

    def action_turn(self, by: int) -> None:
        """Choose another cascade, or another fate."""
        if self._row:
            level = self._row - 1
            self._fates[level] = (self._fates[level] + by) % len(_FATES)
        else:
            self._place = (self._place + by) % len(self._cascades)
            self._fates = [0] * len(self.cascade.channels)
        self._changed()

    def on_click(self, event: events.Click) -> None:
        """A click goes to a line; on the line that is chosen it takes the next choice."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self.rows:
            return
        is_chosen, self._row = offset.y == self._row, offset.y
        if is_chosen:
            self.action_turn(1)
        self._changed()

    def on_focus(self) -> None:
        """Show which line the keys act on."""
        self._changed()

    def on_blur(self) -> None:
        """Show that no line has the keys."""
        self._changed()

    def draw(self, told: Preview, palette: Palette) -> None:
        """Draw the lines as they stand."""
        self.styles.height = self.rows
        chain = " → ".join(self.cascade.channels)
        lines = [self._line(0, "cascade", self.cascade.name, chain, palette)]
        for each in told.levels:
            word = self.fates[each.level]
            is_sms = each.channel == "sms"
            parts = count(each.segments.parts) if is_sms else ""
            units = f"{each.segments.units} units {each.segments.encoding}"
            text = f"{parts} segment{'s' * (each.segments.parts > 1)}, {units}" if is_sms else ""
            about = ABOUT[word] if word else text
            name = f"{each.level} {each.channel}"
            lines.append(self._line(1 + each.level, name, word or _LUCK, about, palette))
        self.paint(lines)

    def _line(self, row: int, name: str, choice: str, about: str, palette: Palette) -> Strip:
        is_chosen = self.has_focus and row == self._row
        back = palette.cursor if is_chosen else palette.text
        pen = Pen(self.content_size.width).write(name, palette.dim + back, _LABEL)
        pen.put("< " if is_chosen else "  ", palette.key + back)
        pen.brief(choice, palette.text + back, _CHOICE - 4)
        pen.put(" >" if is_chosen else "  ", palette.key + back)
        pen.tab(_LABEL + _CHOICE, back)
        return pen.write(about, palette.dim + back, max(pen.room, 0)).strip(back)


class Told(Lines):
    """Whom it is for, what it costs at most, and what sends it."""

    SEND_ROW: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__("own-told")
        self.after = "the run stops there: . lets one event happen"
        """What follows when it is sent."""

    def draw(self, told: Preview, refused: str, currency: str, palette: Palette) -> None:
        """Draw the lines as they stand."""
        width = self.content_size.width
        first = Pen(width).put("for".ljust(_LABEL), palette.dim)
        first.write(told.recipient, palette.text, first.room)
        price = Pen(width).put("at most".ljust(_LABEL), palette.dim)
        most = money_text(told.most_nano, currency)
        price.write(f"{count(told.submissions)} submissions, {most}", palette.text, price.room)
        problem = refused or told.problem
        if problem:
            send = Pen(width).put("✗ ", palette.bad).write(problem, palette.bad, width - 2)
        else:
            send = Pen(width).put("[ ⏎ send ]", palette.key)
            send.write(f"  {self.after}", palette.dim)
        self.paint([pen.strip(palette.text) for pen in (first, price, send)])

    def on_click(self, event: events.Click) -> None:
        """A click on the last line sends it."""
        offset = event.get_content_offset(self)
        if (
            offset is not None
            and offset.y == self.SEND_ROW
            and isinstance(self.screen, ComposeCard)
        ):
            self.screen.action_send()


class ComposeCard(ModalScreen[None]):
    """Asks for a message, and sends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Nothing", show=False),
        Binding("ctrl+j,ctrl+enter", "send", "Send", show=False),
    ]

    def __init__(
        self, cascades: Sequence[Offered], look: Look, send: Send, currency: str, palette: Palette
    ) -> None:
        """Ask for a message.

        Args:
            cascades: What it may run through.
            look: Says what a draft would be.
            send: Sends it.
            currency: Of all prices.
            palette: The styles.
        """
        super().__init__()
        self._look, self._send = look, send
        self._currency, self._palette = currency, palette
        self._refused = ""
        self.choices = Choices(cascades, self._changed)
        self.text = OwnLine("own-text", "", TEXT_MAX)
        self.to = OwnLine("own-to", "anybody, a name, or a number such as +447700900110", _TO_MAX)
        self.told = Told()

    def compose(self) -> ComposeResult:
        """The card."""
        with VerticalScroll(id="composing", can_focus=False) as card:
            card.border_title = "A message of your own"
            card.border_subtitle = "tab next · ←→ other · esc sends nothing"
            with Horizontal():
                yield Label("text", markup=False)
                yield self.text
            with Horizontal():
                yield Label("to", markup=False)
                yield self.to
            yield self.choices
            yield self.told

    def on_mount(self) -> None:
        """Give the text the keys."""
        self.text.focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Draw for the size."""
        self.call_after_refresh(self._draw)

    @property
    def draft(self) -> Draft:
        """What is written; without a text the cascade's own is sent."""
        plan = self.choices.cascade
        return Draft(plan.name, self.text.value or plan.text, self.to.value, self.choices.fates)

    def on_input_changed(self) -> None:
        """Say at once what it would be."""
        self._changed()

    def on_input_submitted(self) -> None:
        """Enter sends from everywhere."""
        self.action_send()

    def on_key(self, event: events.Key) -> None:
        """Up and down go from line to line."""
        if isinstance(self.focused, OwnLine) and event.key in {"up", "down"}:
            (self.focus_next if event.key == "down" else self.focus_previous)()
            event.stop()

    def _changed(self) -> None:
        self._refused = ""
        self._draw()

    def _draw(self) -> None:
        if not self.is_mounted:
            return
        told, palette = self._look(self.draft), self._palette
        own = self.choices.cascade.text
        self.text.placeholder = f"as the cascade has it: {plain(own)}" if own else _EXAMPLE
        self.choices.draw(told, palette)
        self.told.draw(told, self._refused, self._currency, palette)

    def action_send(self) -> None:
        """Send it, unless something is wrong; then it is said, and nothing is lost."""
        self._refused = self._send(self.draft)
        if self._refused:
            self._draw()
        else:
            self.dismiss(None)
