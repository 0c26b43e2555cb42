"""The live screen: lanes, figures, providers, messages and one message's timeline."""

from typing import Final

from textual import events
from textual.widgets import Input

from sandbox.app.frame import Frame, Phase
from sandbox.app.knobs import Knob
from sandbox.app.live_judge import Standing
from sandbox.app.session import Session
from sandbox.errors import SandboxError
from sandbox.tui.actions import bindings
from sandbox.tui.arrangement import PANELS, Part
from sandbox.tui.desk import Place
from sandbox.tui.screens.error_card import ErrorCard
from sandbox.tui.screens.help import LIVE_READING
from sandbox.tui.screens.live_actions import LIVE_ACTIONS, LIVE_LATER
from sandbox.tui.screens.live_deeds import OVER
from sandbox.tui.screens.live_switching import LiveSwitching
from sandbox.tui.screens.outage_menu import Chosen, OutageMenu
from sandbox.tui.telling import gone_words, not_saved, report_of, told_of
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.bars import (
    header_line,
    keys_line,
    notice_line,
    too_small_lines,
    transport_line,
)
from sandbox.tui.widgets.channels import Channels, Cursor
from sandbox.tui.widgets.first_card import FirstCard
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.message_list import MessageList
from sandbox.tui.widgets.pulse import checks_pieces, pulse_line
from sandbox.tui.widgets.timeline import Instead

FRAMES_PER_SECOND: Final = 15
_SLOW_TIER: Final = 4
"""Figures and lists are drawn with every fourth frame; nobody reads faster."""

_BUDGET_US: Final = 45_000
"""What the simulation may take of one frame, in microseconds; the picture needs the rest."""

_LONGEST_GAP_US: Final = 250_000
"""A longer pause between two frames, such as a suspended terminal, is not caught up with."""


_OVER: Final = OVER
_HAPPENED: Final = "that has happened meanwhile: what has happened is not undone"


class LiveScreen(LiveSwitching):
    """One session on the screen; owns what is chosen, and nothing of the run."""

    ACTIONS = LIVE_ACTIONS
    PLACE = Place.LIVE
    BINDINGS = bindings(Place.LIVE, LIVE_ACTIONS, LIVE_LATER)
    READING = LIVE_READING

    def on_mount(self) -> None:
        """Start with the lanes under the keys, or with what had them the last time."""
        self._parts[self._panel].focus()

    def on_key(self, event: events.Key) -> None:
        """Put the card of the first start away, if it is there; the key does what it does."""
        for card in self.query(FirstCard):
            card.answer(event)

    def on_unmount(self) -> None:
        """Leave nothing of the process changed."""
        self._collector.end()

    def show_session(self, session: Session) -> None:
        """Show another run from here on."""
        self._session = session
        self._cursor = Cursor()
        self._lane = 0
        self._talk.say("")
        self.list.follow(session)
        self._tracer.let_go()
        self._inspector.forget()
        self._looked_at = self._clock()

    def open_message(self, message: int) -> None:
        """Choose a message, and show its timeline."""
        self.list.show(self._palette_of())
        self.messages.choose(message)
        self.call_after_refresh(self.action_timeline)

    # Drawing ---------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the run catch up with the time that went by, and draw what changed.

        While another screen is on top the run stands still.
        """
        now = self._clock()
        wall_us = min(int((now - self._looked_at) * 1_000_000), _LONGEST_GAP_US)
        self._looked_at = now
        self._collector.look(stands_still=self._session.phase is not Phase.RUNNING)
        if self.app.screen is not self:
            return
        has_sifted = self.list.work()
        if not self._session.advance(wall_us, _BUDGET_US):
            if has_sifted:
                self.list.show(self._palette_of())
            return
        self._talk.pass_time(wall_us)
        self._look_at_tracer()
        self._frame_number += 1
        is_slow_turn = self._frame_number % _SLOW_TIER == 0
        is_last = self._session.phase is not Phase.RUNNING
        self._draw(slow=is_slow_turn or is_last)

    def paint(self) -> None:
        """Draw everything as it stands."""
        self._look_at_tracer()
        self._draw(slow=True)

    def _look_at_tracer(self) -> None:
        """Say how the message ended that is followed."""
        end = self._tracer.look(self._session.row)
        if end:
            self._talk.say(end)

    def _draw(self, *, slow: bool) -> None:
        self.show_error()
        palette = self._palette_of()
        if self._arrangement.is_too_small:
            self._draw_too_small(palette)
            return
        session = self._session
        frame = session.frame(self.tracked)
        if slow:
            session.judge.look(is_over=session.is_at_end)
        self.flow.show(frame, self._lane, palette)
        width = self.size.width
        self.transport.show(transport_line(frame, width, palette))
        if not slow:
            return
        line = self._talk.line(frame, self._broken_words(palette))
        self.notice.show(notice_line(line.text, width, palette.tones[line.tone]))
        instead = {"pause": "Run"} if frame.phase is Phase.PAUSED else {}
        self.keys.offer(self.actions)
        self.keys.show(keys_line(self.actions, width, palette, instead))
        if Part.HEADER in self._arrangement.boxes:
            self.header.show(header_line(session.subject, width, palette))
        self._draw_figures(palette)
        self._draw_panels(frame, palette)

    def _broken_words(self, palette: Palette) -> str:
        """What of the expectations does not hold, where there is no line for them."""
        if Part.PULSE in self._arrangement.boxes:
            return ""
        judge = self._session.judge
        if all(check.standing is not Standing.BROKEN for check in judge.checks):
            return ""
        pieces = checks_pieces(judge.checks, judge.stopped_at_us, palette)
        return "".join(text for text, _ in pieces)

    def _draw_figures(self, palette: Palette) -> None:
        session, trends = self._session, self._trends
        figures = session.figures()
        trends.note(session.now_us, figures, session.speed, session.last_turn)
        self.figures.show(figures, palette, tuple(trends.samples))
        if Part.PULSE in self._arrangement.boxes:
            judge = session.judge
            told = trends.since(figures), judge.checks, judge.stopped_at_us
            self.pulse.show(pulse_line(*told, self.size.width, palette))

    def _draw_panels(self, frame: Frame, palette: Palette) -> None:
        shown = self._arrangement.boxes
        if Part.CHANNELS in shown:
            self.channels.show(frame, self._cursor, palette)
        self.list.show(palette)
        if Part.TIMELINE in shown:
            self._draw_timeline(palette)

    def _draw_timeline(self, palette: Palette) -> None:
        session, message, side = self._session, self.tracked, self._inspector.side
        if message is None:
            self.timeline.show(None, palette)
            return
        is_traced = message == self._tracer.message
        is_picked = self.messages.chosen is None and not is_traced
        about = "◆ the tracer" if is_traced else "a message that switched" if is_picked else ""
        told = told_of(session, message, about=about, is_picked=is_picked)
        width = self.timeline.scrollable_content_region.width
        lines = None if told is None else self._inspector.lines(session, message, width, palette)
        instead = None if lines is None else Instead(f"{side} · i {side.following}", lines)
        self.timeline.show(told, palette, gone_words(message), instead)

    def _draw_too_small(self, palette: Palette) -> None:
        self.too_small.paint(too_small_lines(*self.size, palette))

    @property
    def tracked(self) -> int | None:
        """The message in the timeline and pointed out in the lanes: chosen, traced, or picked."""
        chosen = self.messages.chosen
        if chosen is not None:
            return chosen
        return self._tracer.shown(self._session.message_count) or self._session.followed

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

    def action_outage_menu(self) -> None:
        """Ask in which way the chosen provider is to be out."""
        session, provider = self._session, self._session.providers()[self._cursor.provider]
        if session.is_at_end:
            self._answer(_OVER)
            return

        def take(chosen: Chosen | None) -> None:
            if chosen is not None:
                session.break_down(provider.name, chosen.outage)
                mended = f"{provider.name} is mended: new messages get through again"
                self._answer("" if chosen.outage else mended)

        self.app.push_screen(OutageMenu(provider.name, provider.outage, self._palette_of()), take)

    def action_turn(self, steps: int) -> None:
        """Turn the chosen knob."""
        self._turn(self._cursor.knob, steps)

    def action_undo(self) -> None:
        """Turn the knobs turned last back to where they were."""
        name = self._session.undo()
        done = f"{name} as before: U turns it again" if name else _HAPPENED
        self._answer("nothing to take back" if name is None else done)

    def action_redo(self) -> None:
        """Turn the knobs that were taken back once more."""
        name = self._session.redo()
        done = f"{name} turned again" if name else _HAPPENED
        self._answer("nothing was taken back" if name is None else done)

    def action_reset(self) -> None:
        """Put the knobs of the chosen provider where the scenario has them."""
        name = self._chosen_provider
        is_changed = self._session.reset(name)
        self._answer(f"{name} is as in the scenario" + ("" if is_changed else " already"))

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

    def action_trace(self) -> None:
        """Follow the chosen message to its end, or the next one that is requested."""
        session, chosen, traced = self._session, self.messages.chosen, self._tracer.message
        if traced is not None and chosen in (None, traced):
            self._answer(self._tracer.let_go())
        elif chosen is None and session.is_at_end:
            self._answer(_OVER)
        else:
            message = session.message_count + 1 if chosen is None else chosen
            self._answer(self._tracer.follow(message, session.message_count))

    def action_inspect(self) -> None:
        """Show the next side of the message in the timeline: events, why it fell, money."""
        self._inspector.turn()
        self._show_part(Part.TIMELINE)
        self.paint()

    def action_filter(self) -> None:
        """Write a filter for the messages."""
        self._is_filtering = True
        self._show_part(Part.MESSAGES)
        self._put_filter()
        self.list.line.focus()

    def action_sort(self) -> None:
        """Sort the messages by the next column."""
        self._answer(f"messages: {self.list.sort()}")

    def action_sort_reverse(self) -> None:
        """Turn the order of the messages around."""
        self._answer(f"messages: {self.list.reverse()}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """A filter is being typed: it is used, or it is said at once what is wrong."""
        self.list.type(event.value)
        self.list.work()
        self._answer(self.list.error)

    def on_input_submitted(self) -> None:
        """The filter is as it shall be: the keys go to the list."""
        self._close_filter()

    def _close_filter(self) -> None:
        if self.list.error:  # what means nothing is not kept
            self.list.clear()
        self._is_filtering = False
        self._arrange(self.size.width, self.size.height)
        self._show_part(Part.MESSAGES)
        self.paint()

    def action_save(self) -> None:
        """Write the session as a scenario into the folder the app was started in."""
        self._answer(self._save())

    def _save(self) -> str:
        is_over = self._session.phase is Phase.OVER
        try:
            path = self._session.save(self._folder)
        except SandboxError as error:
            return not_saved(error)
        so_far = "" if is_over else " as far as it is"
        return f"saved{so_far} as {path.name}: `sandbox run {path.name}` runs it again"

    def _report(self) -> str:
        """Write what is known of an error into a file."""
        try:
            path = report_of(self._session, self._folder)
        except SandboxError as error:
            return not_saved(error)
        return f"written to {path.name}: it holds no texts and no numbers of people"

    def show_error(self) -> None:
        """Say once that the session broke, whatever is on the screen."""
        broken = self._session.breakdown
        if broken is None or broken is self._told_of:
            return
        self._told_of = broken
        deeds = {"report": self._report, "save": self._save}
        self.app.push_screen(ErrorCard(broken, deeds, self._palette_of()))

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
        """Out of the filter, else from the timeline to the list, to the newest, to the lanes."""
        if self._is_filtering or (self.focused is self.messages and self.messages.chosen is None):
            was_there = self.list.clear()
            if self._is_filtering:
                self._close_filter()
            if was_there:
                self._answer("all messages are listed")
                return
            if self.focused is self.list.line:
                return
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

    def on_timeline_resized(self) -> None:
        """What it shows was drawn for another size, or for none."""
        self.paint()

    def on_message_list_sorted(self, event: MessageList.Sorted) -> None:
        """A heading of the messages was clicked."""
        self._answer(f"messages: {self.list.sort_by(event.order)}")

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
        self._tracer.let_go()
        self.messages.chosen = None
        self._looked_at = self._clock()
        self._answer(f"again from the start with {luck}, seed {seed}; knobs as in the scenario")

    def _go_panel(self, by: int) -> None:
        if self._arrangement.is_too_small:
            return
        focused = [part for part in PANELS if self._parts[part] is self.focused]
        at = PANELS.index(focused[0]) if focused else -1
        self._show_part(PANELS[(at + by) % len(PANELS)])

    def say(self, text: str) -> None:
        """Answer a key."""
        self._answer(text)

    def _answer(self, text: str) -> None:
        self._talk.say(text)
        self.paint()
