"""What an attempt of a message shall come to: a card over the live screen, level by level."""

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.strip import Strip

from sandbox.app.forcing import ABOUT, LevelChoice
from sandbox.tui.painting import Pen, heading
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines

_KEYS: Final = "abcdefgijlmno"
"""One for each decision, in their order; h and k move, as everywhere."""
_WORD: Final = 24
_WHEN: Final = 6
_FIRST_ROW: Final = 1


class Forced(NamedTuple):
    """What somebody decided."""

    level: int
    word: str


class ForceCard(Lines, can_focus=True):
    """The level on top, and the decisions, a line each."""

    def __init__(self, choices: Sequence[LevelChoice], level: int, palette: Palette) -> None:
        super().__init__("decisions")
        self._palette = palette
        self.choices = choices
        self.level = level
        self.row = 0

    def on_resize(self) -> None:
        """Draw them for the width."""
        self.draw()

    @property
    def choice(self) -> LevelChoice:
        """The level that is shown."""
        return self.choices[self.level]

    def draw(self) -> None:
        """Draw the card as it stands."""
        rows = [self._row(row, word) for row, word in enumerate(ABOUT)]
        self.paint([self._head(), *rows])

    def _head(self) -> Strip:
        palette, choice = self._palette, self.choice
        pen = (
            Pen(self.content_size.width)
            .put("←→ ", palette.key)
            .put(f"{choice.level} ", palette.dim)
        )
        pen.write(choice.channel, palette.channel(choice.channel)).put(" · ", palette.dim)
        return pen.write(choice.standing, palette.bad if choice.why_not else palette.text).strip(
            palette.text
        )

    def _row(self, row: int, word: str) -> Strip:
        palette, choice = self._palette, self.choice
        back = palette.cursor if row == self.row else palette.text
        can_be = not choice.why_not
        look = (palette.text if can_be else palette.dim) + back
        when = ("now" if choice.is_now(word) else "next") if can_be else ""
        pen = Pen(self.content_size.width).put("▸" if row == self.row else " ", palette.key + back)
        pen.put("● " if word == choice.decided else "  ", palette.accent + back)
        pen.put(f"{_KEYS[row]} ", palette.key + back).put(f"{word:<{_WORD}}", look)
        pen.put(f"{when:<{_WHEN}}", palette.dim + back)
        return pen.write(ABOUT[word], palette.dim + back, pen.room).strip(back)


class ForceMenu(ModalScreen[Forced | None]):
    """Asks what an attempt shall come to; gives None for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, f"take({row})", word, show=False)
            for row, (key, word) in enumerate(zip(_KEYS, ABOUT, strict=True))
        ),
        Binding("left,h", "level(-1)", "Level before", show=False),
        Binding("right", "level(1)", "Next level", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("enter", "take_chosen", "Take", show=False),
        Binding("escape,q,K", "dismiss(None)", "Nothing", show=False),
    ]

    def __init__(self, message: int, choices: Sequence[LevelChoice], palette: Palette) -> None:
        """Ask about a message.

        Args:
            message: Its number.
            choices: What may be decided, level by level; at least one.
            palette: The styles.
        """
        super().__init__()
        levels = [each.level for each in choices if not each.why_not]
        now = [each.level for each in choices if each.is_in_flight and not each.why_not]
        shown = (now or levels or [0])[-1 if now else 0]
        self._card = ForceCard(choices, shown, palette)
        self._card.border_title = heading(f"m{message}: what shall it come to?")
        self._card.border_subtitle = "enter decides · esc leaves it to luck"

    def compose(self) -> ComposeResult:
        """The card."""
        yield self._card

    def on_mount(self) -> None:
        """Give the card the keys."""
        self._card.focus()

    def action_level(self, by: int) -> None:
        """Show another level."""
        card = self._card
        card.level = (card.level + by) % len(card.choices)
        card.draw()

    def action_move(self, by: int) -> None:
        """Go to another decision."""
        self._card.row = (self._card.row + by) % len(ABOUT)
        self._card.draw()

    def action_take_chosen(self) -> None:
        """Decide for the one under the cursor."""
        self.action_take(self._card.row)

    def action_take(self, row: int) -> None:
        """Decide, unless nothing can be at this level."""
        self._card.row = row
        if self._card.choice.why_not:
            self._card.draw()
            return
        self.dismiss(Forced(self._card.level, list(ABOUT)[row]))

    def on_click(self, event: events.Click) -> None:
        """A click decides; on the line of the level it shows the next one."""
        offset = event.get_content_offset(self._card)
        if offset is None:
            return
        if offset.y < _FIRST_ROW:
            self.action_level(1)
        elif offset.y - _FIRST_ROW < len(ABOUT):
            self.action_take(offset.y - _FIRST_ROW)
