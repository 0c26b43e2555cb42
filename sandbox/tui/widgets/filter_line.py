"""The line above the messages in which a filter is written."""

from textual.widgets import Input

from sandbox.app.message_filter import FILTER_MAX

_EXAMPLES = "words  state:failed  channel:viber  path:sms  took>10s  cost>0.05  twice  m123"


class FilterLine(Input):
    """A single line; letters are typed here, `esc` leaves it and takes the filter away."""

    def __init__(self) -> None:
        super().__init__(
            id="filter", placeholder=_EXAMPLES, compact=True, max_length=FILTER_MAX + 1
        )
        self.cursor_blink = False
        self.display = False
        self.begins_with = ""
        """What stands in it when it is shown for the first time; nobody is told that it changed."""

    def on_mount(self) -> None:
        """Write what it begins with."""
        with self.prevent(Input.Changed):
            self.value = self.begins_with

    def mark(self, *, is_wrong: bool) -> None:
        """Show whether what was typed means something."""
        self.set_class(is_wrong, "wrong")
