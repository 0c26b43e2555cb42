"""The ground of the live screen: its panels, where they stand, and which of them has the keys."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from sandbox.app.breakdown import Breakdown
from sandbox.app.session import Session
from sandbox.app.trends import Trends
from sandbox.tui.actions import Action
from sandbox.tui.arrangement import PANELS, Arrangement, Box, Part, arrange, views_of
from sandbox.tui.collecting import Collector
from sandbox.tui.screens.live_actions import LIVE_ACTIONS
from sandbox.tui.screens.live_inspector import Inspector, Job, worked_out
from sandbox.tui.screens.live_list import ListKeeper
from sandbox.tui.talk import Talk
from sandbox.tui.themes import Palette
from sandbox.tui.tracer import Tracer
from sandbox.tui.widgets.bars import Bar, KeyBar
from sandbox.tui.widgets.channels import Channels, Cursor
from sandbox.tui.widgets.figures_strip import FiguresStrip
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from sandbox.report.why import Explained


class LiveGround(Screen[None]):
    """One session on the screen; owns what is chosen, and nothing of the run."""

    def __init__(
        self,
        session: Session,
        palette: Callable[[], Palette],
        clock: Callable[[], float],
        folder: Path,
    ) -> None:
        """Make the screen.

        Args:
            session: The run.
            palette: Gives the styles of the theme that is on.
            clock: Seconds of wall time.
            folder: Where sessions are saved.
        """
        super().__init__()
        self._session = session
        self._folder = folder
        self._palette_of = palette
        self._clock = clock
        self._looked_at = clock()
        self._frame_number = 0
        self._cursor = Cursor()
        self._lane = 0
        self._view = 0
        self._views: tuple[tuple[Part, ...], ...] = ()
        self._wanted_view: int | None = None
        """The view to begin with; None when it has begun."""
        self._panel = Part.FLOW
        self._is_filtering = False
        self._told_of: Breakdown | None = None
        """The error that was said already."""
        self._talk = Talk()
        self._arrangement = Arrangement({}, ())
        self.flow = Flow()
        self.channels = Channels()
        self.list = ListKeeper(session, clock)
        self.messages = self.list.messages
        self._tracer = Tracer()
        self._inspector = Inspector(self._work_out)
        self.timeline = Timeline()
        self._collector = Collector()
        self._trends = Trends()
        self.figures = FiguresStrip()
        self.pulse = Bar("pulse")
        self.header = Bar("header")
        self.transport = Bar("transport")
        self.notice = Bar("notice")
        self.keys = KeyBar(LIVE_ACTIONS)
        self.actions: Sequence[Action] = LIVE_ACTIONS
        """With the keys they really have."""
        self.too_small = Bar("too-small")

    @property
    def _parts(self) -> dict[Part, Widget]:
        return {
            Part.HEADER: self.header,
            Part.FIGURES: self.figures,
            Part.PULSE: self.pulse,
            Part.FLOW: self.flow,
            Part.CHANNELS: self.channels,
            Part.MESSAGES: self.messages,
            Part.TIMELINE: self.timeline,
            Part.TRANSPORT: self.transport,
            Part.NOTICE: self.notice,
            Part.KEYS: self.keys,
        }

    def compose(self) -> ComposeResult:
        """All parts; where they stand is decided by the size."""
        with Container(id="stage"):
            yield from self._parts.values()
            yield self.list.line
            yield self.too_small

    def paint(self) -> None:
        """Draw everything as it stands."""
        raise NotImplementedError

    def _work_out(self, job: Job) -> None:
        """Explain a message beside the screen."""

        def work() -> None:
            found = worked_out(job)
            self.app.call_from_thread(take, found)

        def take(found: "Explained | str") -> None:
            self._inspector.take(job.state, found)
            self.paint()

        self.run_worker(work, thread=True, group="why", exit_on_error=False)

    # Layout ----------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Arrange anew for the size."""
        self._arrange(event.size.width, event.size.height)

    def _arrange(self, width: int, height: int) -> None:
        self._remember_panel()
        self._keep_view(views_of(width, height))
        arrangement = self._arrangement = arrange(width, height, self._view)
        self.too_small.display = arrangement.is_too_small
        self.set_class(arrangement.is_too_small, "too-small")
        for part, widget in self._parts.items():
            box = arrangement.boxes.get(part)
            widget.display = box is not None
            if box is not None:
                _put(widget, box)
        self._put_filter()
        if not arrangement.is_too_small:
            shown = arrangement.views[self._view % len(arrangement.views)]
            if self._panel not in shown:  # it is in another view, and this one was asked for
                self._panel = shown[-1 if Part.FLOW in shown and self._view else 0]
            if not (self.list.line.display and self.list.line.has_focus):
                self._parts[self._panel].focus()
        self.call_after_refresh(self.paint)

    def _put_filter(self) -> None:
        """The line of the filter takes the uppermost line of the list."""
        box = self._arrangement.boxes.get(Part.MESSAGES)
        line = self.list.line
        line.display = self._is_filtering and box is not None
        if line.display and box is not None:
            _put(line, Box(box.x, box.y, box.width, 1))
            _put(self.messages, Box(box.x, box.y + 1, box.width, box.height - 1))

    def _remember_panel(self) -> None:
        """Note which panel has the keys; none has them while there is room for none."""
        if self._wanted_view is not None:  # it has not begun yet
            return
        for part in PANELS:
            if self._parts[part] is self.focused:
                self._panel = part
        if self.list.line.has_focus:
            self._panel = Part.MESSAGES

    def _keep_view(self, views: tuple[tuple[Part, ...], ...]) -> None:
        """When other views are to be had, go to the first with the panel that has the keys."""
        if views and views != self._views:
            self._view = next((i for i, view in enumerate(views) if self._panel in view), 0)
            wanted, self._wanted_view = self._wanted_view, None
            if wanted is not None and wanted < len(views) and self._panel in views[wanted]:
                self._view = wanted
            self._views = views

    @property
    def session(self) -> Session:
        """The run that is shown."""
        return self._session

    @property
    def stands(self) -> tuple[Part, int]:
        """The panel that has the keys, and which view is shown."""
        self._remember_panel()
        return self._panel, self._view if self._wanted_view is None else self._wanted_view

    def stand(self, panel: Part, view: int) -> None:
        """Begin with a panel under the keys and in a view, if it is there; called before that."""
        self._panel, self._wanted_view = panel, view

    def _show_part(self, part: Part) -> None:
        """Go to a view that has a panel, if this one has not, and give it the keys."""
        if part not in self._arrangement.boxes:
            views = self._arrangement.views
            self._view = next((i for i, view in enumerate(views) if part in view), self._view)
            self._arrange(self.size.width, self.size.height)
        self._parts[part].focus()


def _put(widget: Widget, box: Box) -> None:
    widget.styles.offset = (box.x, box.y)
    widget.styles.width, widget.styles.height = box.width, box.height
