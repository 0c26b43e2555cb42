from typing import Final

from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region

from sandbox.tui.painting import Pen
from sandbox.tui.widgets.lines import Lines

RED: Final = Style(color="red")


class Watched(Lines):
    """Lines that note what is painted again."""

    def __init__(self) -> None:
        super().__init__("watched")
        self.painted: list[int] = []
        self.refreshed: list[tuple[Region, ...]] = []

    def paint_words(self, *words: str) -> None:
        """Show one word a line."""
        self.paint([Pen(10).put(word, RED).strip(RED) for word in words])

    def refresh(self, *regions: Region, **how: bool) -> "Watched":
        """Note it, and do it."""
        if hasattr(self, "refreshed"):
            self.refreshed.append(regions)
        return super().refresh(*regions, **how)


class Alone(App[None]):
    """An app with four lines."""

    CSS = "Watched { height: 4; width: 10; background: blue; }"

    def __init__(self) -> None:
        super().__init__()
        self.lines = Watched()

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self.lines


async def test_only_lines_that_changed_are_painted_again() -> None:
    """A second frame that differs in one line repaints one line."""
    async with Alone().run_test(size=(20, 6)) as pilot:
        lines = pilot.app.query_one(Watched)
        lines.paint_words("a", "b", "c", "d")
        await pilot.pause()
        lines.refreshed.clear()
        lines.paint_words("a", "b", "x", "d")
        assert lines.refreshed == [(Region(0, 2, 10, 1),)]
        lines.refreshed.clear()
        lines.paint_words("a", "b", "x", "d")
        assert lines.refreshed == []
        lines.paint_words("1", "2", "3", "4")
        assert lines.refreshed == [()]


async def test_lines_have_the_background_of_their_widget() -> None:
    """There are no holes of another colour, whatever the lines leave out."""
    async with Alone().run_test(size=(20, 6)) as pilot:
        lines = pilot.app.query_one(Watched)
        lines.paint_words("a", "b")
        await pilot.pause()
        for y in range(4):
            for segment in lines.render_line(y):
                assert segment.style is not None
                assert segment.style.bgcolor is not None


async def test_what_is_shown_can_be_read() -> None:
    """The lines can be had as text."""
    async with Alone().run_test(size=(20, 6)) as pilot:
        lines = pilot.app.query_one(Watched)
        lines.paint_words("a", "b")
        assert lines.shown_text == "a\nb"
