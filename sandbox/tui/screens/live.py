"""The live screen: lanes, figures, providers, messages and one message's timeline."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from sandbox.app.frame import Frame, Phase
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.errors import SandboxError
from sandbox.tui.actions import bindings
from sandbox.tui.arrangement import (
    HEIGHT_MIN,
    PANELS,
    WIDTH_MIN,
    Arrangement,
    Part,
    arrange,
    views_of,
)
from sandbox.tui.painting import Pen
from sandbox.tui.talk import Talk
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.bars import (
    Bar,
    KeyBar,
    header_line,
    keys_line,
    notice_line,
    transport_line,
)
from sandbox.tui.widgets.channels import Channels, Cursor
from sandbox.tui.widgets.figures_strip import FiguresStrip
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.message_list import MessageList
from sandbox.tui.widgets.timeline import Timeline, Told

FRAMES_PER_SECOND: Final = 15
_SLOW_TIER: Final = 4
"""Figures and lists are drawn with every fourth frame; nobody reads faster."""

_BUDGET_US: Final = 45_000
"""What the simulation may take of one frame, in microseconds; the picture needs the rest."""

_LONGEST_GAP_US: Final = 250_000
"""A longer pause between two frames, such as a suspended terminal, is not caught up with."""


_OVER: Final = "the run is over: r starts it again, R with other luck"


class LiveScreen(Screen[None]):
    """One session on the screen; owns what is chosen, and nothing of the run."""

    BINDINGS = bindings()

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
        self._panel = Part.FLOW
        self._talk = Talk()
        self._arrangement = Arrangement({}, ())
        self.flow = Flow()
        self.channels = Channels()
        self.messages = MessageList(session.row)
        self.timeline = Timeline()
        self.figures = FiguresStrip()
        self.header = Bar("header")
        self.transport = Bar("transport")
        self.notice = Bar("notice")
        self.keys = KeyBar("keys")
        self.too_small = Bar("too-small")

    @property
    def _parts(self) -> dict[Part, Widget]:
        return {
            Part.HEADER: self.header,
            Part.FIGURES: self.figures,
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
            yield self.too_small

    def on_mount(self) -> None:
        """Start with the lanes under the keys."""
        self.flow.focus()

    # Layout ----------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Arrange anew for the size."""
        self._arrange(event.size.width, event.size.height)

    def _arrange(self, width: int, height: int) -> None:
        self._remember_panel()
        self._keep_view(views_of(width, height))
        arrangement = self._arrangement = arrange(width, height, self._view)
        self.too_small.display = arrangement.is_too_small
        for part, widget in self._parts.items():
            box = arrangement.boxes.get(part)
            widget.display = box is not None
            if box is not None:
                widget.styles.offset = (box.x, box.y)
                widget.styles.width, widget.styles.height = box.width, box.height
        if not arrangement.is_too_small:
            shown = arrangement.views[self._view % len(arrangement.views)]
            if self._panel not in shown:  # it is in another view, and this one was asked for
                self._panel = shown[-1 if Part.FLOW in shown and self._view else 0]
            self._parts[self._panel].focus()
        self.call_after_refresh(self.paint)

    def _remember_panel(self) -> None:
        """Note which panel has the keys; none has them while there is room for none."""
        for part in PANELS:
            if self._parts[part] is self.focused:
                self._panel = part

    def _keep_view(self, views: tuple[tuple[Part, ...], ...]) -> None:
        """When other views are to be had, go to the first with the panel that has the keys."""
        if views and views != self._views:
            self._view = next((i for i, view in enumerate(views) if self._panel in view), 0)
            self._views = views

    def _show_part(self, part: Part) -> None:
        """Go to a view that has a panel, if this one has not, and give it the keys."""
        if part not in self._arrangement.boxes:
            views = self._arrangement.views
            self._view = next((i for i, view in enumerate(views) if part in view), self._view)
            self._arrange(self.size.width, self.size.height)
        self._parts[part].focus()

    # Drawing ---------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the run catch up with the time that went by, and draw what changed.

        While another screen is on top the run stands still.
        """
        now = self._clock()
        wall_us = min(int((now - self._looked_at) * 1_000_000), _LONGEST_GAP_US)
        self._looked_at = now
        if self.app.screen is not self or not self._session.advance(wall_us, _BUDGET_US):
            return
        self._talk.pass_time(wall_us)
        self._frame_number += 1
        is_slow_turn = self._frame_number % _SLOW_TIER == 0
        is_last = self._session.phase is not Phase.RUNNING
        self._draw(slow=is_slow_turn or is_last)

    def paint(self) -> None:
        """Draw everything as it stands."""
        self._draw(slow=True)

    def _draw(self, *, slow: bool) -> None:
        palette = self._palette_of()
        if self._arrangement.is_too_small:
            self._draw_too_small(palette)
            return
        session = self._session
        frame = session.frame(self._tracked)
        self.flow.show(frame, self._lane, palette)
        width = self.size.width
        self.transport.show(transport_line(frame, width, palette))
        if not slow:
            return
        line = self._talk.line(frame)
        self.notice.show(notice_line(line.text, width, palette.tones[line.tone]))
        self.keys.show(keys_line(width, palette, is_running=frame.phase is not Phase.PAUSED))
        if Part.HEADER in self._arrangement.boxes:
            self.header.show(header_line(session.subject, width, palette))
        self.figures.show(session.figures(), palette)
        self._draw_panels(frame, palette)

    def _draw_panels(self, frame: Frame, palette: Palette) -> None:
        session, shown = self._session, self._arrangement.boxes
        if Part.CHANNELS in shown:
            self.channels.show(frame, self._cursor, palette)
        self.messages.show(
            session.message_count,
            session.oldest_kept,
            palette,
            has_cost=bool(session.scenario.currency),
        )
        if Part.TIMELINE in shown:
            self.timeline.show(self._told(frame), palette)

    def _told(self, frame: Frame) -> Told | None:
        message = self._tracked
        story = None if message is None else self._session.story(message)
        if message is None or story is None:
            return None
        is_picked = self.messages.chosen is None
        return Told(
            story=story,
            name=self._session.name_of(message),
            person="" if is_picked else self._session.person_of(message),
            phone=self._session.phone_of(message),
            now_us=frame.now_us,
            currency=self._session.scenario.currency,
            is_picked=is_picked,
        )

    def _draw_too_small(self, palette: Palette) -> None:
        width, height = self.size
        text = f"{width}x{height} is too small: {WIDTH_MIN}x{HEIGHT_MIN} is the least"
        self.too_small.paint([Pen(width).write(text, palette.warn).strip(palette.text)])

    @property
    def _tracked(self) -> int | None:
        """The message in the timeline, and pointed out in the lanes."""
        chosen = self.messages.chosen
        return self._session.followed if chosen is None else chosen

    # Keys ------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Stop the clock, or let it run again."""
        if self._session.phase in {Phase.OVER, Phase.BROKEN}:
            self._answer(_OVER)
            return
        self._session.pause()
        self._answer("paused: . lets one event happen" if self._session.is_paused else "")

    def action_step(self) -> None:
        """Let exactly one event happen."""
        told = self._session.step()
        if told:
            self._answer(" · ".join(told))
        elif self._session.phase is Phase.PAUSED:
            self._answer("an event that wrote nothing into the log")
        else:
            self._answer("nothing is left to happen")

    def action_faster(self) -> None:
        """Double the speed."""
        self._session.change_speed(1)
        self._answer("")

    def action_slower(self) -> None:
        """Halve the speed."""
        self._session.change_speed(-1)
        self._answer("")

    def action_outage(self) -> None:
        """Break the chosen provider, or mend it."""
        self._turn(Knob.OUTAGE, 1)

    def action_turn(self, steps: int) -> None:
        """Turn the chosen knob."""
        self._turn(self._cursor.knob, steps)

    def action_choose(self, rows: int) -> None:
        """Move to another lane, or to another knob."""
        if self.focused is self.channels:
            self._choose_knob(self._cursor.moved(rows, self._provider_count))
        elif self.focused is self.flow:
            self._choose_lane(self._lane + rows)

    def action_timeline(self) -> None:
        """Show the timeline of the chosen message."""
        if self.messages.chosen is None:
            self.messages.choose(self._session.followed or self._session.message_count or None)
        self._show_part(Part.TIMELINE)
        self.paint()

    def action_save(self) -> None:
        """Write the session as a scenario into the folder the app was started in."""
        is_over = self._session.phase is Phase.OVER
        try:
            path = self._session.save(self._folder)
        except SandboxError as error:
            self._answer(f"not saved: {str(error).splitlines()[0]}. {error.hint}".rstrip())
            return
        so_far = "" if is_over else " as far as it is"
        self._answer(f"saved{so_far} as {path.name}: `sandbox run {path.name}` runs it again")

    def action_restart(self) -> None:
        """Start again with the same luck."""
        self._restart(self._session.seed, "the same luck")

    def action_reseed(self) -> None:
        """Start again with the next seed."""
        self._restart(self._session.seed + 1, "other luck")

    def action_view(self) -> None:
        """Go to the next view."""
        if len(self._arrangement.views) < 2:
            self._answer("everything is on the screen already")
            return
        self._view = (self._view + 1) % len(self._arrangement.views)
        self._arrange(self.size.width, self.size.height)

    def action_next_panel(self) -> None:
        """Give the next panel the keys."""
        self._go_panel(1)

    def action_previous_panel(self) -> None:
        """Give the panel before the keys."""
        self._go_panel(-1)

    def action_back(self) -> None:
        """From the timeline to the list, from there to the newest message, then to the lanes."""
        if self.focused is self.timeline:
            self._show_part(Part.MESSAGES)
        elif self.messages.chosen is not None:
            self.messages.choose(None)
        elif not self._arrangement.is_too_small:
            self._show_part(Part.FLOW)
        self.paint()

    def action_not_built(self, what: str) -> None:
        """Say that a key will do something some day."""
        self._answer(f"not built yet: {what}")

    # Mouse -----------------------------------------------------------------------------------

    def on_flow_lane_chosen(self, event: Flow.LaneChosen) -> None:
        """A lane was clicked."""
        self._choose_lane(event.lane)

    def on_channels_knob_chosen(self, event: Channels.KnobChosen) -> None:
        """A knob was clicked, perhaps on its slider."""
        self._choose_knob(event.cursor)
        if event.is_switch:
            self._turn(Knob.OUTAGE, 1)
        elif event.share is not None:
            self._session.put(self._chosen_provider, event.cursor.knob, event.share)
            self.paint()

    def on_message_list_chosen(self, event: MessageList.Chosen) -> None:
        """A message was chosen, or the newest are followed again."""
        if event.opens:
            self.action_timeline()
        self.paint()

    # What they do ----------------------------------------------------------------------------

    @property
    def _provider_count(self) -> int:
        return len(self._session.providers())

    @property
    def _chosen_provider(self) -> str:
        return self._session.providers()[self._cursor.provider].name

    def _turn(self, knob: Knob, steps: int) -> None:
        if self._session.phase in {Phase.OVER, Phase.BROKEN}:
            self._answer(_OVER)
            return
        name = self._chosen_provider
        self._session.turn(name, knob, steps)
        provider = self._session.providers()[self._cursor.provider]
        if knob is Knob.OUTAGE and not provider.is_out:
            self._talk.say(f"{name} is mended: new messages get through again")
        else:
            self._talk.say("")
        self.paint()

    def _choose_knob(self, cursor: Cursor) -> None:
        self._cursor = cursor
        lanes = self._session.frame().lanes
        first = (i for i, lane in enumerate(lanes) if cursor.provider in lane.providers)
        self._lane = next(first, self._lane)
        self.paint()

    def _choose_lane(self, lane: int) -> None:
        lanes = self._session.frame().lanes
        self._lane = min(max(lane, 0), len(lanes) - 1)
        self._cursor = Cursor(lanes[self._lane].provider, self._cursor.knob)
        self.paint()

    def _restart(self, seed: int, luck: str) -> None:
        self._session.restart(seed)
        self.messages.chosen = None
        self._looked_at = self._clock()
        self._answer(f"again from the start with {luck}, seed {seed}; knobs as in the scenario")

    def _go_panel(self, by: int) -> None:
        if self._arrangement.is_too_small:
            return
        focused = [part for part in PANELS if self._parts[part] is self.focused]
        at = PANELS.index(focused[0]) if focused else -1
        self._show_part(PANELS[(at + by) % len(PANELS)])

    def _answer(self, text: str) -> None:
        self._talk.say(text)
        self.paint()
