"""Replay: the stored runs, and one of them moved through time."""

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import get_current_worker

from sandbox.app.collector import collector_paused
from sandbox.app.frame import Phase
from sandbox.app.replaying import (
    Branch,
    Goal,
    Playback,
    Recording,
    branched,
    fresh,
    open_recording,
    travel,
)
from sandbox.app.session import Session
from sandbox.app.stored import list_runs
from sandbox.app.survey import Survey
from sandbox.errors import SandboxError
from sandbox.report.plain import plain
from sandbox.tui.actions import Action, bindings
from sandbox.tui.desk import Desk, Place
from sandbox.tui.screens.page import Page
from sandbox.tui.screens.player import WIDE, Player
from sandbox.tui.screens.replay_actions import (
    LIST_ACTIONS,
    PLAYER_ACTIONS,
    REPLAY_ACTIONS,
    TIME_KEYS,
)
from sandbox.tui.screens.stored_runs import StoredRuns
from sandbox.tui.talk import Tone
from sandbox.tui.widgets.message_list import MessageList
from sandbox.tui.widgets.row_list import RowList
from sandbox.tui.widgets.scrub import Scrub
from sandbox.tui.wording import clock, count, speed

if TYPE_CHECKING:
    from sandbox.store.rows import RunRow

_SLICE_US: Final = 10_000
"""How long the run is turned between two looks at the keys, while it goes somewhere."""
_GAP_S: Final = 0.003
"""How long keys and picture have the processor between two slices."""
_BUDGET_US: Final = 45_000
_LONGEST_GAP_US: Final = 250_000
_SLOW_TIER: Final = 4
"""Figures, lists and the line of time are drawn with every fourth frame."""
_EVENTS_AT_ONCE: Final = 500
_BREATH_S: Final = 0.001
"""So often, and for so long, the survey in its thread leaves the processor to the screen."""
READ_ONLY: Final = "replay is read-only: B branches from here"


def _bindings() -> list[BindingType]:
    """Those of the actions; the keys of time come before what a list does with them."""
    made = bindings(Place.REPLAY, REPLAY_ACTIONS)
    return [
        replace(each, priority=True)
        if isinstance(each, Binding) and each.action in TIME_KEYS
        else each
        for each in made
    ]


class ReplayPage(Page):
    """The list of stored runs; or one of them, with its lanes over a line of time."""

    PLACE = Place.REPLAY
    ACTIONS = REPLAY_ACTIONS
    BINDINGS: ClassVar[list[BindingType]] = _bindings()
    READING = (
        ("●", "on the line of time: where you are; ○ is where it is going"),
        ("✖ ● ━", "a fault begins, ends, and is on"),
        ("✎ » § ⚑", "a setting changed by hand, an act on a message, a caption, a bookmark"),
        ("branch", "a live run with this past, and a future of your own"),
    )

    def __init__(self, desk: Desk) -> None:
        """Make the page; nothing is read before it is shown."""
        super().__init__(desk)
        self.stored = StoredRuns()
        self.player = Player(desk.session, desk.clock)
        self._arrival = ""
        self._frames = 0
        self._looked_at = desk.clock()

    @property
    def playback(self) -> Playback | None:
        """The run that is replayed; None while the runs are listed."""
        return self.player.playback

    @property
    def chosen_message(self) -> tuple[Session, int] | None:
        """The message in the timeline, with the run as far as it is."""
        playback, message = self.playback, self.player.tracked
        return None if playback is None or message is None else (playback.session, message)

    @property
    def chosen_run(self) -> str:
        """The run that is replayed, or the one under the cursor; "" for none."""
        playback, chosen = self.playback, self.stored.chosen
        if playback is not None:
            return playback.recording.run.name
        return "" if chosen is None else chosen.name

    def body(self) -> ComposeResult:
        """Both faces; one of them is shown."""
        with Container(id="stored-runs"):
            yield from self.stored.widgets()
        with Container(id="player"):
            yield from self.player.widgets()

    def on_mount(self) -> None:
        """Read what is stored."""
        self._show_face()
        self._see_what_is_wanted()

    def on_screen_resume(self) -> None:
        """Look again at what is stored; time spent elsewhere does not count."""
        self._looked_at = self.desk.clock()
        self._read()
        self._see_what_is_wanted()
        super().on_screen_resume()

    def on_resize(self) -> None:
        """Put the panels beside each other where there is room."""
        self.set_class(self.size.width < WIDE, "narrow")
        self._arrange()
        super().on_resize()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - textual's own
        """The keys of time belong to whoever types, and to the list while runs are listed."""
        if action in {"move", "start", "end"}:
            return self.playback is not None and not isinstance(self.focused, Input)
        return True

    # Words -----------------------------------------------------------------------------------

    @property
    def offered(self) -> tuple[Action, ...]:
        """What the key bar shows."""
        return LIST_ACTIONS if self.playback is None else PLAYER_ACTIONS

    @property
    def hint(self) -> str:
        """What to press, or how far the way is."""
        playback = self.playback
        if playback is None:
            return "enter replays a run: the same bytes, at any instant" if self.stored.runs else ""
        if playback.goal is not None:
            done = f"{float(playback.progress):.0%}"
            return f"going to {clock(playback.goal.at_us)} … {done} · any other key stays here"
        if playback.phase is Phase.OVER:
            return "this is its end · home goes to the beginning · esc lists the runs"
        return "space plays · ←→ a second · ,. an event · B goes on from here by hand"

    @property
    def about(self) -> str:
        """Which run it is."""
        if self.playback is None:
            runs = self.stored.all_runs
            return f"{count(len(runs))} stored" if runs else ""
        run = self.playback.recording.run
        return f"{run.name}  {run.title or run.scenario}"

    # The list --------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="runs")
    def _read(self) -> None:
        worker = get_current_worker()
        runs: list[RunRow] = []
        trouble = ""
        try:
            runs = list_runs(self.desk.store)
        except SandboxError as error:
            trouble = str(error).splitlines()[0]
        if not worker.is_cancelled:
            self.app.call_from_thread(self._have, runs, trouble)

    def _have(self, runs: "list[RunRow]", trouble: str) -> None:
        self.stored.have(runs, trouble)
        self.paint()

    # Opening and closing ---------------------------------------------------------------------

    def _see_what_is_wanted(self) -> None:
        """Open the run that somebody named when the app was started."""
        name, self.desk.wanted_run = self.desk.wanted_run, ""
        if name:
            self.say(f"opening {plain(name)} …")
            self._open(name)

    @work(thread=True, exclusive=True, group="opening")
    def _open(self, name: str) -> None:
        try:
            recording = open_recording(self.desk.store, name)
        except SandboxError as error:
            told = str(error).splitlines()[0]
            self.app.call_from_thread(self.say, f"{told}. {error.hint}".strip(), Tone.TROUBLE)
            return
        self.app.call_from_thread(self.open_recording, recording)

    def open_recording(self, recording: Recording) -> None:
        """Stand at the beginning of a run."""
        self.close()
        has_names = self.desk.session.has_names
        self.player.open(Playback(recording, clock=self.desk.clock, has_names=has_names))
        self._looked_at = self.desk.clock()
        self._show_face()
        self._look_through(recording)
        self.say("")

    def close(self) -> None:
        """Back to the list."""
        playback = self._halt()
        self.workers.cancel_group(self, "survey")
        self.player.open(None)
        if playback is not None:
            self._forget(playback)
        self._show_face()

    @work(group="forget")
    async def _forget(self, playback: Playback) -> None:
        """Give its memory back bit by bit, when the list has been drawn."""
        was_some = True
        while was_some:
            await asyncio.sleep(_GAP_S)
            was_some = playback.let_go()

    def _show_face(self) -> None:
        is_open = self.playback is not None
        self.query_one("#player").display = is_open
        self.query_one("#stored-runs").display = not is_open
        (self.player.flow if is_open else self.stored.list).focus()
        self._arrange()

    def _arrange(self) -> None:
        """Show the panels that have room; one of them has the keys."""
        player = self.player
        player.arrange(self.size)
        self.stored.arrange(self.size.height)
        if self.playback is not None and self.focused not in (*player.shown, player.keeper.line):
            player.shown[0].focus()

    @work(thread=True, exclusive=True, group="survey")
    def _look_through(self, recording: Recording) -> None:
        """Gather what the line of time shows."""
        worker = get_current_worker()
        survey = Survey(recording)
        with collector_paused(freezes=True):
            while not survey.go_on(_EVENTS_AT_ONCE):
                self.player.progress = survey.progress
                time.sleep(_BREATH_S)
                if worker.is_cancelled:
                    return
        self.app.call_from_thread(self._surveyed, recording, survey)

    def _surveyed(self, recording: Recording, survey: Survey) -> None:
        if self.playback is not None and self.playback.recording is recording:
            self.player.survey = survey
            self.paint()

    # Drawing ---------------------------------------------------------------------------------

    def draw(self) -> None:
        """Draw the face that is shown."""
        palette = self.desk.palette()
        if self.playback is None:
            self.stored.draw(palette)
        else:
            self.player.draw_moving(self.size.width, palette)
            self.player.draw_rest(palette)

    def tick(self) -> None:
        """Let it play, or show how far the way is."""
        now = self.desk.clock()
        wall_us = min(int((now - self._looked_at) * 1_000_000), _LONGEST_GAP_US)
        self._looked_at = now
        playback = self.playback
        if playback is None:
            return
        self._frames += 1
        was_playing = playback.is_playing
        moves = playback.advance(wall_us, _BUDGET_US) or playback.goal is not None
        looks = self.player.keeper.work()
        is_slow_turn = self._frames % _SLOW_TIER == 0
        if was_playing and not playback.is_playing:
            self.say("")
        elif (moves or looks) and is_slow_turn:
            self.paint()
        elif moves:
            self.player.draw_moving(self.size.width, self.desk.palette())

    # Going -----------------------------------------------------------------------------------

    def _go(self, goal: Goal, words: str = "") -> None:
        """Set out for an instant; what is said on arrival."""
        playback = self.playback
        if playback is None:
            return
        playback.aim(goal)
        self._said = ("", Tone.HINT)
        self._arrival = words
        self._travel()

    @work(exclusive=True, group="way")
    async def _travel(self) -> None:
        playback = self.playback
        with collector_paused(freezes=True):
            while playback is not None and playback is self.playback:
                is_there = playback.travel(_SLICE_US)
                if is_there:
                    self._arrived(playback)
                await asyncio.sleep(_GAP_S)
                playback.tidy()
                if is_there:
                    return

    def _arrived(self, playback: Playback) -> None:
        self.player.follow(playback, self.desk.palette())
        self.say(self._arrival)

    def _halt(self) -> Playback | None:
        """Give up whatever was under way."""
        self.workers.cancel_group(self, "way")
        if self.playback is not None:
            self.playback.halt()
        return self.playback

    # Keys ------------------------------------------------------------------------------------

    def action_move(self, by_us: int) -> None:
        """Go on or back by some time, from where it is going."""
        if self.playback is not None:
            self._go(Goal(self.playback.heading_us + by_us))

    def action_start(self) -> None:
        """Go to the beginning."""
        self._go(Goal(0, 0), "the beginning")

    def action_end(self) -> None:
        """Go to the end."""
        if self.playback is not None:
            self._go(Goal(self.playback.recording.end_us))

    def action_play(self) -> None:
        """Let it play, or stand still."""
        was_going = self.playback is not None and self.playback.goal is not None
        was_playing = self.playback is not None and self.playback.is_playing
        playback = self._halt()
        if playback is None:
            self.action_open()
        elif playback.session.is_at_end:
            self.say(playback.session.trouble or "this is its end: home goes to the beginning")
        else:
            playback.is_playing = not (was_playing or was_going)
            self._looked_at = self.desk.clock()
            self.say("")

    def action_step(self) -> None:
        """Let exactly one event happen."""
        playback = self._halt()
        if playback is not None:
            told = playback.step()
            self.say(" · ".join(told) or "nothing is left to happen")

    def action_unstep(self) -> None:
        """Go back by one event."""
        playback, survey = self._halt(), self.player.survey
        if playback is None:
            return
        if survey is None:
            self.say("the run is still being read: back by an event is there in a moment")
            return
        goal = survey.event_before(playback.session.fact_count)
        if goal is None:
            self.say("this is the beginning")
        else:
            self._go(goal, f"one event back: {clock(goal.at_us)}")

    def action_mark(self, by: int) -> None:
        """Go to the next mark, or to the one before."""
        if self.playback is None:
            return
        mark = self.player.marked(self.playback.heading_us, by)
        if mark is None:
            self.say("no mark after this" if by > 0 else "no mark before this")
        else:
            at_us, words = mark
            self._go(Goal(at_us), words)

    def action_bookmark(self) -> None:
        """Mark this instant, or take its bookmark away."""
        playback = self._halt()
        if playback is None:
            return
        at_us = playback.session.now_us
        if self.player.bookmark(at_us):
            self.say(f"bookmark at {clock(at_us)}: [ and ] go to marks; kept until you leave")
        else:
            self.say("bookmark taken away")

    def action_faster(self) -> None:
        """Play at twice the speed."""
        self._change_speed(1)

    def action_slower(self) -> None:
        """Play at half the speed."""
        self._change_speed(-1)

    def _change_speed(self, doublings: int) -> None:
        if self.playback is not None:
            self.playback.change_speed(doublings)
            self.say(f"plays at {speed(self.playback.speed)}")

    def action_refuse(self) -> None:
        """The past cannot be changed."""
        self.say("enter replays the chosen run" if self.playback is None else READ_ONLY)

    def action_open(self) -> None:
        """Open the chosen run; in a replay, show the timeline of a message."""
        playback, messages = self.playback, self.player.messages
        if playback is None:
            self._open_chosen()
            return
        if messages.chosen is None:
            messages.choose(playback.session.followed or playback.session.message_count or None)
        self._bring(self.player.timeline)
        self.paint()

    def _open_chosen(self) -> None:
        chosen = self.stored.chosen
        if chosen is None:
            self.say(self.stored.list.nothing)
        else:
            self.say(f"opening {chosen.name} …")
            self._open(chosen.name)

    def action_filter(self) -> None:
        """Write a filter: for the runs, or for the messages of the one that is replayed."""
        line: Input = self.stored.filter
        if self.playback is not None:
            self._bring(self.player.messages)
            line = self.player.keeper.line
        line.display = True
        line.focus()

    def action_back(self) -> None:
        """Leave what is typed; stay where it is; follow the newest again; list the runs."""
        playback, messages, keeper = self.playback, self.player.messages, self.player.keeper
        if playback is None:
            self.stored.leave_filter()
            self.stored.list.focus()
        elif playback.goal is not None:
            self._halt()
            self.say(f"stays at {clock(playback.session.now_us)}")
        elif keeper.line.display:
            keeper.clear()
            keeper.line.display = False
            messages.focus()
        elif self.focused is self.player.timeline:
            self._bring(messages)
        elif messages.chosen is not None:
            messages.choose(None)
            self._bring(self.player.flow)
        else:
            self.close()
            self._said = ("", Tone.HINT)
            self._read()
        self.paint()

    def action_reload(self) -> None:
        """Look again at what is stored."""
        if self.playback is None:
            self._read()
            self.say("looking again at what is stored")
        else:
            self.say(READ_ONLY)

    def action_view(self) -> None:
        """Show other panels."""
        if self.playback is None or not self.player.next_view():
            self.say("everything is on the screen already")
            return
        self._arrange()
        self.call_after_refresh(self.paint)

    def _bring(self, panel: Widget) -> None:
        """Go to a view that has a panel, and give it the keys."""
        self.player.bring(panel)
        panel.focus()
        self.call_after_refresh(self.paint)

    def action_next_panel(self) -> None:
        """Give the next panel the keys."""
        panels: list[Widget] = [self.stored.list, self.stored.details]
        if self.playback is not None:
            panels = list(self.player.shown)
        at = panels.index(self.focused) if self.focused in panels else -1
        panels[(at + 1) % len(panels)].focus()
        self.paint()

    # What widgets say ------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Another run is under the cursor, or one was clicked twice."""
        if event.rows is self.stored.list:
            self.stored.details.cursor = 0
            if event.opens:
                self.action_open()
        self.paint()

    def on_message_list_sorted(self, event: MessageList.Sorted) -> None:
        """A heading of the messages was clicked."""
        self.say(f"messages: {self.player.keeper.sort_by(event.order)}")

    def on_message_list_chosen(self, event: MessageList.Chosen) -> None:
        """A message was chosen, or the newest are followed again."""
        if event.opens:
            self.action_open()
        self.paint()

    def on_scrub_sought(self, event: Scrub.Sought) -> None:
        """Somebody clicked on the line of time."""
        self._go(Goal(event.at_us))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while somebody types."""
        if event.input is self.stored.filter:
            self.stored.sift()
        elif self.playback is not None:
            self.player.keeper.type(event.value)
            self.player.keeper.work()
        self.paint()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The filter stands; the list has the keys."""
        is_runs = event.input is self.stored.filter
        (self.stored.list if is_runs else self.player.messages).focus()

    # Branching -------------------------------------------------------------------------------

    def action_branch(self) -> None:
        """Go on from here on the live screen, with settings of one's own."""
        playback = self._halt()
        if playback is None:
            self.say("enter replays the chosen run first")
        elif playback.session.is_at_end:
            self.say("nothing is left to happen here: go back a little, then B branches")
        else:
            self._branch(playback)

    @work(exclusive=True, group="way")
    async def _branch(self, playback: Playback) -> None:
        shown, recording = playback.session, playback.recording
        goal = Goal(shown.now_us, shown.fact_count)
        try:
            scenario = await asyncio.to_thread(branched, recording, goal.at_us, shown.fact_count)
        except SandboxError as error:
            self.say(f"not branched: {str(error).splitlines()[0]}", Tone.TROUBLE)
            return
        session = fresh(scenario, self.desk.clock, has_names=shown.has_names)
        with collector_paused(freezes=True):
            while not travel(session, goal, _SLICE_US, self.desk.clock):
                self.say(f"branching at {clock(goal.at_us)} … {clock(session.now_us)}")
                await asyncio.sleep(_GAP_S)
        if session.now_us < goal.at_us:  # nothing happens up to the instant shown
            session.advance(goal.at_us - session.now_us)
        if session.digest != shown.digest:
            self.say("not branched: the run went another way this time", Tone.TROUBLE)
            return
        session.set_speed(playback.speed)
        session.is_paused = True
        self.say("")
        name = recording.run.name
        self.desk.show_branch(
            session, Branch(name=name, original=recording.as_it_was, at_us=goal.at_us)
        )
