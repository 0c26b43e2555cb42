"""The list of stored runs with its filter, and what is told of the one under the cursor."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from sandbox.tui.painting import Pen, heading
from sandbox.tui.screens.run_rows import run_lines, run_strip, with_words
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.row_list import RowList, Wanted
from sandbox.tui.widgets.timeline import wrapped

if TYPE_CHECKING:
    from sandbox.store.rows import RunRow

NOTHING: Final = (
    "nothing is stored yet: k on the live screen keeps a session, `sandbox run FILE` a run"
)
_WORDS_MAX: Final = 200
_LEAST: Final = 20
_DETAILS_MIN: Final = 4
_DETAILS_MAX: Final = 12


class StoredRuns:
    """Owns what is listed; the widgets show it."""

    def __init__(self) -> None:
        """List nothing yet."""
        self.all_runs: list[RunRow] = []
        self.runs: list[RunRow] = []
        """Those that are listed."""
        self._lines: list[str] = []
        self._trouble = ""
        self.filter = Input(
            id="run-filter", placeholder="words", compact=True, max_length=_WORDS_MAX
        )
        self.filter.cursor_blink = False
        self.filter.display = False
        self.list = RowList("runs", self._run_strip, nothing="reading the stored runs …")
        self.list.border_title = "Stored runs"
        self.details = RowList("details", self._detail_strip, nothing="no run is chosen")

    def widgets(self) -> Iterator[Widget]:
        """The filter, the list, and the details."""
        yield self.filter
        yield self.list
        yield self.details

    @property
    def chosen(self) -> "RunRow | None":
        """The run under the cursor."""
        return self.runs[min(self.list.cursor, len(self.runs) - 1)] if self.runs else None

    def have(self, runs: "list[RunRow]", trouble: str) -> None:
        """Take what is stored; the cursor stays on its run, and on the newest if it was there.

        Args:
            runs: Newest first.
            trouble: Why they cannot be read; "" where they can.
        """
        chosen = self.chosen if self.list.cursor else None
        self.all_runs, self._trouble = runs, trouble
        self.sift()
        if chosen is not None:
            again = (row for row, run in enumerate(self.runs) if run.run == chosen.run)
            self.list.cursor = next(again, 0)

    def sift(self) -> None:
        """List the runs with the words of the filter."""
        self.runs = with_words(self.all_runs, self.filter.value)
        self.list.cursor = 0

    def leave_filter(self) -> bool:
        """Take the filter away; whether there was one."""
        was_there = self.filter.display
        self.filter.value = ""
        self.filter.display = False
        return was_there

    def arrange(self, height: int) -> None:
        """Give the details a third of the height, and no more than they need."""
        self.details.styles.height = min(max(height // 3, _DETAILS_MIN), _DETAILS_MAX)

    def draw(self, palette: Palette) -> None:
        """Draw list and details."""
        total, shown, chosen = len(self.all_runs), len(self.runs), self.chosen
        words = heading(f"{self.filter.value}: {shown} of {total}")
        self.list.border_subtitle = words if shown < total else ""
        self.list.nothing = self._trouble or NOTHING
        if total and not shown:
            self.list.nothing = f"none of {total} has these words: esc clears them"
        self.list.show(shown, palette)
        self.details.border_title = "" if chosen is None else heading(chosen.name)
        width = max(self.details.scrollable_content_region.width, _LEAST)
        lines = [] if chosen is None else run_lines(chosen)
        self._lines = [piece for line in lines for piece in wrapped(line, width)]
        self.details.show(len(self._lines), palette)

    def _run_strip(self, wanted: Wanted) -> Strip:
        return run_strip(self.runs[wanted.row], wanted)

    def _detail_strip(self, wanted: Wanted) -> Strip:
        row, width, _, palette = wanted
        look = palette.strong if row == 0 else palette.text
        return Pen(width).write(self._lines[row], look, width).strip(palette.text)
