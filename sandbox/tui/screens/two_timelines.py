"""What became of one message in two worlds: two timelines beside or below each other."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from sandbox.tui.painting import heading
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.timeline import Timeline, Told

_NARROW = 110


class TwoTimelines(ModalScreen[None]):
    """Two stories of one message."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Close", show=False),
        Binding("tab,shift+tab", "other", "The other one", show=False),
    ]

    def __init__(
        self, told: Sequence[Told | None], titles: Sequence[str], palette: Palette
    ) -> None:
        """Make the screen.

        Args:
            told: The two stories; None where its lines are no longer kept.
            titles: What the worlds are called.
            palette: The styles.
        """
        super().__init__()
        self._told = list(told)
        self._titles = list(titles)
        self._palette = palette
        self._timelines = [Timeline(f"timeline-{letter}") for letter in "ab"]

    def compose(self) -> ComposeResult:
        """Both."""
        with Container(id="two-timelines"):
            yield from self._timelines

    def on_mount(self) -> None:
        """Give the first one the keys."""
        self._timelines[0].focus()

    def on_resize(self) -> None:
        """Stand beside each other where there is room."""
        self.set_class(self.size.width < _NARROW, "narrow")
        self.call_after_refresh(self._draw)

    def on_timeline_resized(self) -> None:
        """The layout follows the class later than the screen's own size does."""
        self._draw()

    def _draw(self) -> None:
        for timeline, told, title in zip(self._timelines, self._told, self._titles, strict=True):
            timeline.show(told, self._palette)
            timeline.border_title = heading(title)

    def action_other(self) -> None:
        """Give the other one the keys."""
        first, second = self._timelines
        (second if self.focused is first else first).focus()
