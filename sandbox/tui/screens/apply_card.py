"""What applying an edited scenario to new messages would do: asked before it is done."""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.strip import Strip

from sandbox.app.applying import Application
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.widgets.timeline import wrapped
from sandbox.tui.wording import clock

_FRAME: Final = 4


class ApplyLines(Lines):
    """What happens to which messages, and what cannot be."""

    def __init__(self, application: Application, palette: Palette) -> None:
        super().__init__("application")
        self._application = application
        self._palette = palette

    def on_resize(self) -> None:
        """Draw for the width."""
        lines = list(self._strips(self.size.width))
        self.styles.height = len(lines)
        self.paint(lines)

    def _strips(self, width: int) -> Iterator[Strip]:
        told, palette = self._application, self._palette
        parts = (
            (f"new messages, from {clock(told.at_us)} on", told.for_new, palette.good),
            ("all messages, also those under way", told.for_all, palette.warn),
            ("not to be had this way", told.refused, palette.bad),
        )
        for title, lines, look in parts:
            if not lines:
                continue
            yield Pen(width).put(title, look).strip(palette.text)
            for line in lines:
                for nth, text in enumerate(wrapped(line, width - 2)):
                    mark = "· " if not nth else "  "
                    yield (
                        Pen(width)
                        .put(mark, palette.dim)
                        .write(text, palette.text, width - 2)
                        .strip(palette.text)
                    )
        if told.refused:
            says = "nothing is applied: r runs it from its start, a as if it had always been so"
        else:
            says = "[ ⏎ apply ]  messages under way keep the plan they have"
        yield Pen(width).write(says, palette.key, width).strip(palette.text)


class ApplyCard(ModalScreen[Application | None]):
    """Asks whether to apply it; gives it where somebody wants that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,A", "apply", "Apply", show=False),
        Binding("escape,q", "dismiss(None)", "Leave it", show=False),
    ]

    def __init__(self, application: Application, palette: Palette) -> None:
        """Ask about an application.

        Args:
            application: What it would do.
            palette: The styles.
        """
        super().__init__()
        self._application = application
        self._lines = ApplyLines(application, palette)

    def compose(self) -> ComposeResult:
        """The card."""
        with VerticalScroll(id="applying") as card:
            card.border_title = "Apply to new messages only"
            card.border_subtitle = "esc leaves the run as it is"
            yield self._lines

    def action_apply(self) -> None:
        """Apply it, where it can be."""
        self.dismiss(None if self._application.refused else self._application)

    def on_click(self, event: events.Click) -> None:
        """A click on the last line applies it."""
        offset = event.get_content_offset(self._lines)
        if offset is not None and offset.y == self._lines.size.height - 1:
            self.action_apply()
