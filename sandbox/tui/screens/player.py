"""The panels of a replay: lanes, figures, messages and a timeline over a line of time."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size
from textual.widget import Widget

from sandbox.app.frame import Frame, Phase
from sandbox.app.replaying import Playback
from sandbox.app.session import Session
from sandbox.app.survey import Mark, Sort, Survey, marks_of
from sandbox.tui.screens.live_list import ListKeeper
from sandbox.tui.telling import told_of
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.bars import Bar, transport_line
from sandbox.tui.widgets.figures_strip import FiguresStrip
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.message_list import MessageList
from sandbox.tui.widgets.scrub import Scrub, Scrubbed
from sandbox.tui.widgets.timeline import Timeline
from sandbox.tui.wording import clock

WIDE: Final = 110
"""From here on there is room for two panels beside each other."""
_TALL: Final = 34
_ROOMY: Final = 20


class Player:
    """Shows a playback; owns what is chosen, its bookmarks, and nothing of the run."""

    def __init__(self, session: Session, clock_of: Callable[[], float]) -> None:
        """Make the panels.

        Args:
            session: Some session, until there is a playback.
            clock_of: Seconds of wall time.
        """
        self.playback: Playback | None = None
        self.survey: Survey | None = None
        self.progress = Fraction(0)
        """How much of the run has been looked at for the survey."""
        self.bookmarks: dict[int, list[int]] = {}
        """By run, for as long as the app is open."""
        self._marks: list[Mark] = []
        self._view = 0
        self._size = Size(0, 0)
        self.figures = FiguresStrip()
        self.flow = Flow()
        self.keeper = ListKeeper(session, clock_of)
        self.timeline = Timeline()
        self.told = Horizontal(id="told")
        self.scrub = Scrub()
        self.transport = Bar("transport")

    @property
    def messages(self) -> MessageList:
        """The messages of the run."""
        return self.keeper.messages

    def widgets(self) -> ComposeResult:
        """All panels, from top to bottom."""
        yield self.figures
        yield self.flow
        yield self.keeper.line
        with self.told:
            yield self.messages
            yield self.timeline
        yield self.scrub
        yield self.transport

    def open(self, playback: Playback | None) -> None:
        """Show another run, or none."""
        self.playback, self.survey, self.progress = playback, None, Fraction(0)
        self._marks = [] if playback is None else marks_of(playback.recording)
        if playback is not None:
            self.keeper.follow(playback.session)
            self.keeper.clear()

    def follow(self, playback: Playback, palette: Palette) -> None:
        """The session may be another one now; what was chosen stays so, if it is there."""
        chosen = self.messages.chosen
        self.keeper.follow(playback.session)
        self.keeper.show(palette)  # a list with fewer messages is taken for that of another run
        if chosen is not None and chosen <= playback.session.message_count:
            self.messages.choose(chosen)

    @property
    def tracked(self) -> int | None:
        """The message in the timeline, and pointed out in the lanes."""
        if self.playback is None or self.messages.chosen is not None:
            return self.messages.chosen
        return self.playback.session.followed

    # Marks -----------------------------------------------------------------------------------

    @property
    def _own(self) -> list[int]:
        """The bookmarks of this run."""
        if self.playback is None:
            return []
        return self.bookmarks.setdefault(self.playback.recording.run.run, [])

    def bookmark(self, at_us: int) -> bool:
        """Mark an instant, or take its bookmark away; whether there is one now."""
        own = self._own
        if at_us in own:
            own.remove(at_us)
        else:
            own.append(at_us)
        return at_us in own

    @property
    def marks(self) -> list[Mark]:
        """All marks of the run, in order of time."""
        made = [Mark(at_us, Sort.BOOKMARK, f"bookmark {clock(at_us)}") for at_us in self._own]
        return sorted([*self._marks, *made], key=lambda mark: mark.at_us)

    def marked(self, here_us: int, by: int) -> tuple[int, str] | None:
        """The next mark after an instant (`by` 1) or before it (-1).

        Returns:
            Its instant, and the words of all marks there; None where there is none.
        """
        marks = self.marks
        after = [m.at_us for m in marks if (m.at_us > here_us if by > 0 else m.at_us < here_us)]
        if not after:
            return None
        at_us = min(after) if by > 0 else max(after)
        return at_us, " · ".join(mark.words for mark in marks if mark.at_us == at_us)

    # Where the panels stand ------------------------------------------------------------------

    @property
    def views(self) -> tuple[tuple[Widget, ...], ...]:
        """What the view key goes through: the panels that have room together."""
        flow, messages, timeline = self.flow, self.messages, self.timeline
        is_wide, is_tall = self._size.width >= WIDE, self._size.height >= _TALL
        if is_wide and is_tall:
            return ((flow, messages, timeline),)
        if is_wide:
            return (flow,), (messages, timeline)
        if is_tall:
            return (flow, messages), (flow, timeline)
        return (flow,), (messages,), (timeline,)

    @property
    def shown(self) -> tuple[Widget, ...]:
        """The panels of the view that is on."""
        return self.views[self._view % len(self.views)]

    def next_view(self) -> bool:
        """Go to the next view; whether there is another one."""
        self._view += 1
        self.arrange(self._size)
        return len(self.views) > 1

    def bring(self, panel: Widget) -> None:
        """Go to a view that has a panel."""
        if panel not in self.shown:
            self._view = next(i for i, view in enumerate(self.views) if panel in view)
            self.arrange(self._size)

    def arrange(self, size: Size) -> None:
        """Show the panels that have room."""
        self._size = size
        shown = self.shown
        for panel in (self.flow, self.messages, self.timeline):
            panel.display = panel in shown
        self.told.display = shown != (self.flow,)
        self.keeper.line.display = self.messages in shown and bool(self.keeper.line.value)
        is_tall, is_roomy = size.height >= _TALL, size.height >= _ROOMY
        self.scrub.styles.height = 9 if is_tall else 6 if is_roomy else 4
        self.figures.styles.height = 3 if is_tall else 1

    # Drawing ---------------------------------------------------------------------------------

    def draw_moving(self, width: int, palette: Palette) -> None:
        """Draw what moves with every frame."""
        if self.playback is not None:
            frame = self.playback.frame(self.tracked)
            self.flow.show(without_headline(frame), 0, palette)
            self.transport.show(transport_line(frame, width, palette))

    def draw_rest(self, palette: Palette) -> None:
        """Draw figures, lists, and the line of time."""
        playback = self.playback
        if playback is None:
            return
        session = playback.session
        self.figures.show(session.figures(), palette)
        self.keeper.show(palette)
        message = self.tracked
        is_picked = self.messages.chosen is None
        told = None if message is None else told_of(session, message, is_picked=is_picked)
        self.timeline.show(told, palette)
        self.scrub.show(self._scrubbed(playback), palette)

    def _scrubbed(self, playback: Playback) -> Scrubbed:
        survey, end_us = self.survey, playback.recording.end_us
        return Scrubbed(
            now_us=playback.session.now_us,
            heading_us=playback.heading_us,
            end_us=end_us,
            shown_us=end_us if survey is None else survey.shown_us,
            marks=self.marks,
            chart=None if survey is None else survey.chart,
            progress=self.progress,
            event=None if survey is None else survey.event_at(playback.session.fact_count),
            events=0 if survey is None else survey.event_count,
        )


def without_headline(frame: Frame) -> Frame:
    """The lanes of an end without the words that tell the live screen's keys."""
    phase = Phase.PAUSED if frame.phase is Phase.OVER else frame.phase
    return replace(frame, phase=phase, is_settled=False)
