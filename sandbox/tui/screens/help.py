"""The help: how to read the picture, and what every key does."""

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sandbox.tui.actions import Action
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.timeline import wrapped

Reading = tuple[tuple[str, str], ...]

LIVE_READING: Final = (
    ("lane", "one level of the cascade; a message enters at its left end and moves right"),
    ("┃", "where the wait of the level ends: who is not delivered by then falls"),
    ("▼", "a message falls to the next lane, for whatever reason"),
    ("· • ● ◉ █", "one, two, three, four, five or more messages in one place"),
    ("○", "a message that no provider has taken yet"),
    ("◆", "the message of the timeline"),
    ("✓ ✗", "just delivered, just given up"),
    ("~", "the person has it, but the receipt was lost: the engine waits for nothing"),
    ("~✓ ~✗ ~½ ~×2", "in the list: arrived after all, never arrived, in part, got twice"),
    ("● ◐ ◔ ! ✖", "a provider is up, changed by hand, over its limit, under a fault, out"),
    ("/", "words of name, number or id; and state:failed channel:viber level:1 path:sms took>10s"),
    ("", 'cost>0.05 copies>1 twice m123 "two words"; blanks mean and'),
    ("known", "what answers and receipts have told the engine; what it acts on"),
    ("true", "what really happened, which no production dashboard can show"),
)

_NAME: Final = 17


def help_lines(
    actions: Sequence[Action], reading: Reading, width: int, palette: Palette
) -> list[Strip]:
    """Draw the help of a place: what its signs mean, and what its keys do."""
    lines: list[Strip] = []
    if reading:
        lines.append(Pen(width).put("Reading the picture", palette.accent).strip(palette.text))
        for name, about in reading:
            lines += _entry(name, about, width, palette)
        lines.append(Strip.blank(width, palette.text))
    lines.append(Pen(width).put("Keys", palette.accent).strip(palette.text))
    for action in filter(_has_words, actions):
        lines += _entry(action.shown, action.about, width, palette)
    return lines


def _has_words(action: Action) -> bool:
    return bool(action.about)


def _entry(name: str, about: str, width: int, palette: Palette) -> list[Strip]:
    pieces = wrapped(about, max(width - _NAME, 10))
    lines = [Pen(width).put(f"  {name:<{_NAME - 2}}", palette.key).put(pieces[0], palette.text)]
    lines += [Pen(width).tab(_NAME, palette.text).put(p, palette.text) for p in pieces[1:]]
    return [pen.strip(palette.text) for pen in lines]


class HelpText(ScrollView, can_focus=True):
    """The help as a page that can be scrolled."""

    BORDER_TITLE = "Help"
    BORDER_SUBTITLE = "esc closes · the run stands still meanwhile"

    def __init__(self, actions: Sequence[Action], reading: Reading, palette: Palette) -> None:
        super().__init__(id="help")
        self._actions = actions
        self._reading = reading
        self._palette = palette
        self._strips: list[Strip] = []

    def on_resize(self) -> None:
        """Fill the page for its width."""
        width = self.scrollable_content_region.width
        self._strips = help_lines(self._actions, self._reading, width, self._palette)
        self.virtual_size = Size(width, len(self._strips))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line in sight."""
        at = y + round(self.scroll_y)
        if at < len(self._strips):
            return self._strips[at].apply_style(self.rich_style)
        return Strip.blank(self.scrollable_content_region.width, self.rich_style)


class HelpScreen(ModalScreen[None]):
    """The help, over whatever is on the screen."""

    BINDINGS = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Close", show=False),
    ]

    def __init__(self, actions: Sequence[Action], reading: Reading, palette: Palette) -> None:
        """Make the help of a place.

        Args:
            actions: What can be done there.
            reading: Sign -> what it means.
            palette: The styles.
        """
        super().__init__()
        self._page = HelpText(actions, reading, palette)

    def compose(self) -> ComposeResult:
        """The page."""
        yield self._page

    def on_mount(self) -> None:
        """Give the page the arrow keys."""
        self._page.focus()
