from textual.app import App, ComposeResult

from sandbox.app.message_filter import FILTER_MAX
from sandbox.tui.widgets.filter_line import FilterLine


class Alone(App[None]):
    """An app with nothing but the line."""

    def compose(self) -> ComposeResult:
        """The line."""
        yield FilterLine()


async def test_the_line_is_one_line_and_says_when_it_means_nothing() -> None:
    """It takes one character more than is allowed, so that this can be said."""
    async with Alone().run_test() as pilot:
        line = pilot.app.query_one(FilterLine)
        assert not line.display
        line.display = True
        line.focus()
        await pilot.press(*"x" * 3)
        assert line.value == "xxx"
        assert line.size.height == 1
        assert line.max_length == FILTER_MAX + 1
        line.mark(is_wrong=True)
        assert line.has_class("wrong")
        line.mark(is_wrong=False)
        assert not line.has_class("wrong")
