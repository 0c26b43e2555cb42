"""The app: opens a scenario, already running."""

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual import events
from textual.actions import ActionParseResult, parse
from textual.dom import DOMNode

from sandbox.app.applying import come_to
from sandbox.app.frame import Phase
from sandbox.app.last_time import last_time_path, read_last_time
from sandbox.app.run import with_seed
from sandbox.app.saving import scenario_text
from sandbox.app.session import Session
from sandbox.app.settings import source_of
from sandbox.errors import ExitCode, SandboxError
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.tui.actions import Action
from sandbox.tui.desk import Place
from sandbox.tui.keymap import PRESENTER
from sandbox.tui.opening import PLAIN, REFUSAL, Opening, forbid_writing, is_refused
from sandbox.tui.resuming import last_time_of, place_of, put_back
from sandbox.tui.screens.help import HelpScreen
from sandbox.tui.screens.live import FRAMES_PER_SECOND, LiveScreen
from sandbox.tui.screens.live_actions import REFUSED_IN_REAL_TIME, in_real_time
from sandbox.tui.screens.page import Page
from sandbox.tui.screens.pages import PAGES
from sandbox.tui.screens.presenter import PresenterScreen
from sandbox.tui.widgets.first_card import FirstCard
from sandbox.tui.wording import clock as clock_text
from sandbox.tui.writing import WritingApp

if TYPE_CHECKING:
    from sandbox.app.applying import Application
    from sandbox.app.keeping import Keepsake
    from sandbox.app.live_switch import Start
    from sandbox.app.replaying import Branch, Recording
    from sandbox.app.side_by_side import Pairing

_WARM_UP_AFTER_S: Final = 2
"""What is slow to load is loaded when the first frames have been shown."""

STAYS: Final = "a live session stays on the screen until one leaves the app (q)"

_KEPT_AFTER: Final = 5_000
"""A run goes on for so many messages after one that is to be shown; its lines are still kept."""

_SAID_EVERY_S: Final = 0.5
"""So often it is said how far something is."""

_PIECE_WALL_US: Final = 1_000_000
"""So much wall time a run away from the screen is let catch up with at once."""


class SandboxApp(WritingApp):
    """The program on the screen."""

    TITLE = "Fallback Sandbox"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        session: Session,
        *,
        ticker: bool,
        clock: Callable[[], float],
        folder: Path,
        opening: Opening = PLAIN,
        store: Path | None = None,
        wanted_run: str = "",
        settings: Path | None = None,
    ) -> None:
        """Make the app.

        Args:
            session: What it shows.
            ticker: Let time go by; without it somebody else calls `LiveScreen.tick` or `paint`.
            clock: Seconds of wall time.
            folder: Where sessions are saved.
            opening: How it begins, and for whom.
            store: The file of stored runs; None for the user's own.
            wanted_run: A stored run to begin with, in Replay; "" for none.
            settings: The file of what is remembered; None remembers nothing.
        """
        super().__init__(settings)
        self.session = session
        self.folder = folder
        self.opening = opening
        self.clock = clock
        self._ticker = ticker
        self.store = store
        self.wanted_run = wanted_run
        self.wanted_pair: Pairing | None = None
        self._branch: tuple[Session, Branch] | None = None
        self.live = LiveScreen(session, self.palette, clock, folder)
        self.place = Place.LIVE
        """The one that is shown, or below a card."""

    def on_mount(self) -> None:
        """Put the colours and the keys on, and let time go by."""
        self.put_on()
        self.live.actions = self.keyed(Place.LIVE, self.live.ACTIONS)
        self.live.verb = self.opening.verb
        if self.session.live is not None:
            self.live.actions = in_real_time(self.live.actions)
            self.session.live.serve()
        self.add_mode(Place.LIVE, lambda: self.live)
        for place in PAGES:
            self.add_mode(place, partial(self._page, place))
        if self.wanted_run:
            self.place = Place.REPLAY
        self.switch_mode(self.place)
        if self.opening.is_demo:
            self.call_after_refresh(self.action_present)
        elif self.opening.first_card:
            self.call_after_refresh(self._show_card)
        if self._ticker:
            self._leave_when_ended()
            self.set_interval(1 / FRAMES_PER_SECOND, self._tick)
            self.set_timer(_WARM_UP_AFTER_S, self._warm_up)

    async def on_unmount(self) -> None:
        """Let nothing more be sent, and wait a little for what is out."""
        if self.session.live is not None:
            await self.session.live.close()

    def _tick(self) -> None:
        if not self.screen_stack:  # the app is being left
            return
        shown = self.screen
        if isinstance(shown, LiveScreen | Page | PresenterScreen):
            try:
                shown.tick()
            except Exception as error:  # noqa: BLE001 - whatever it is, the session must not go with it
                self._could_not_draw(error)

    def _could_not_draw(self, error: Exception) -> None:
        """Stop the run for an error of the screen, once, and say it on the card for errors."""
        if self.session.breakdown is None:
            self.session.stop_for(error)
            self.go(Place.LIVE)
            self.live.show_error()

    def _leave_when_ended(self) -> None:
        """Give the terminal back when somebody ends the process or closes its window."""
        loop, leave = (
            asyncio.get_running_loop(),
            partial(self.exit, return_code=ExitCode.INTERRUPTED),
        )
        with suppress(NotImplementedError):  # not every system has signals in its event loop
            for ended in (
                signal.SIGTERM,
                signal.SIGINT,
                signal.SIGHUP,
            ):  # the last: a closed window
                loop.add_signal_handler(ended, leave)

    def _warm_up(self) -> None:
        self.run_worker(self.session.warm_up, thread=True, exit_on_error=False)

    def repaint(self) -> None:
        """Draw every screen that is in sight as it stands, those below a card as well."""
        for shown in self.screen_stack:
            if isinstance(shown, LiveScreen | Page | PresenterScreen):
                shown.paint()

    def shown_actions(self) -> Sequence[Action]:
        """What can be done in the place that is shown, with its keys."""
        match self.screen:
            case LiveScreen() as live:
                return live.actions
            case Page() as page:
                return self.keyed(page.PLACE, page.offered)
            case PresenterScreen() as presenter:
                return self.keyed(PRESENTER, presenter.ACTIONS)
            case _:
                return ()

    def chosen_message(self) -> tuple[Session, int] | None:
        """The message under the cursor of the place that is shown, with its run."""
        match self.screen:
            case LiveScreen() as live if live.tracked is not None:
                return self.session, live.tracked
            case Page() as page:
                return page.chosen_message
            case _:
                return None

    def resume(self, *, is_whole: bool) -> None:
        """Arrange the screen as it was when the app was left; called before it runs.

        Args:
            is_whole: Also go where one was, and filter as one did: nobody named another scenario.
        """
        last = self.memory.last
        is_same = source_of(self.session.scenario.file) == last.scenario
        put_back(self.live, last, with_filter=is_whole and is_same)
        if is_whole and not self.opening.first_card:
            self.place = place_of(last)

    def place_name(self) -> str:
        """What is shown, in a word."""
        shown = self.screen
        return shown.PLACE if isinstance(shown, LiveScreen | Page) else PRESENTER

    def chosen_run(self) -> str | None:
        """The stored run that is shown or chosen, "" for none; None where none is shown."""
        shown = self.screen
        return shown.chosen_run if isinstance(shown, Page) else None

    def show_message(self, message: int) -> None:
        """Go to a message of the live run."""
        self.go(Place.LIVE)
        self.live.open_message(message)

    # Places ----------------------------------------------------------------------------------

    def _page(self, place: Place) -> Page:
        return PAGES[place](self)

    def go(self, place: Place) -> None:
        """Show a place."""
        if place is not Place.LIVE and place not in PAGES:
            self.live.action_not_built(f"the place {place.label}")
        else:
            self.place = place
            self.switch_mode(place)

    def action_go(self, place: str) -> None:
        """Show a place by its name."""
        self.go(Place(place))

    def open_scenario(self, scenario: Scenario, message: int | None = None) -> None:
        """Go to the live screen with a scenario: see `Desk`."""
        session = Session(scenario, clock=self.clock, has_names=self._ticker)
        if message is None:
            self._show(session)
        else:
            self.run_worker(partial(self._run_out, session, message), thread=True, exclusive=True)

    def _run_out(self, session: Session, message: int) -> None:
        """Let a run go on to its end, away from the screen, and show one of its messages."""
        while session.phase is Phase.RUNNING and session.message_count < message + _KEPT_AFTER:
            session.advance(_PIECE_WALL_US)
        self.call_from_thread(self._show, session, message)

    def open_at(self, scenario: Scenario, at_us: int) -> None:
        """Go to the live screen with a scenario that has run up to an instant."""
        session = Session(scenario, clock=self.clock, has_names=self._ticker)
        session.set_speed(self.session.speed)
        self.run_worker(partial(self._run_up, session, at_us), thread=True, exclusive=True)

    def _run_up(self, session: Session, at_us: int) -> None:
        while session.phase is Phase.RUNNING and session.now_us < at_us:
            left_us = int((at_us - session.now_us) / session.speed)
            session.advance(min(max(left_us, 1), _PIECE_WALL_US))
        self.call_from_thread(self._show, session)

    def apply_to_new(self, application: "Application") -> None:
        """Let the run go on with an edited scenario for new messages: see `Desk`."""
        if application.scenario is None:
            return
        if self.session.live is not None:
            self._say(STAYS)
            return
        session = Session(application.scenario, clock=self.clock, has_names=self._ticker)
        session.wrote(application.edited)
        job = partial(self._run_on, session, self.session, application.at_us)
        self.run_worker(job, thread=True, exclusive=True)

    def _run_on(self, session: Session, before: Session, at_us: int) -> None:
        """Come to where a run stands with another scenario, and go on from there."""
        is_same = come_to(session, before, at_us)
        self.call_from_thread(self._went_on, session, before, at_us if is_same else None)

    def _went_on(self, session: Session, before: Session, at_us: int | None) -> None:
        if at_us is None or before is not self.session:
            self._say("not applied: what has happened would be different, or it went on meanwhile")
            return
        chosen = self.live.messages.chosen
        self._show(session)
        if chosen is not None:
            self.live.messages.choose(chosen)
        self.live.say(f"new messages from {clock_text(at_us)} on go by what is written")

    def _show(self, session: Session, message: int | None = None) -> None:
        if self.session.live is not None:
            self._say(STAYS)
            return
        self.session = session
        self.live.show_session(session)
        self.go(Place.LIVE)
        if message is not None:
            self.live.open_message(message)

    def show_branch(self, session: Session, branch: "Branch") -> None:
        """Go to the live screen with a run that left a stored one: see `Desk`."""
        self._branch = (session, branch)
        self._show(session)
        self.live.say(f"a branch of {branch.name}: space runs it, c compares it with {branch.name}")

    def action_compare(self) -> None:
        """Compare the branch on the live screen with the stored run it left."""
        if self._branch is None or self._branch[0] is not self.session:
            self._say(
                "nothing to compare: B in Replay branches from a stored run; 3 compares plans"
            )
            return
        session, branch = self._branch
        try:
            text = scenario_text(session.scenario, session.deeds)
        except SandboxError as error:
            self._say(f"cannot be compared: {str(error).splitlines()[0]}")
            return
        self._say("comparing …")
        self.run_worker(partial(self._pair, branch, text), thread=True, exclusive=True)

    def _pair(self, branch: "Branch", text: str) -> None:
        from sandbox.app.side_by_side import Contender, Pairing  # noqa: PLC0415 - the first picture needs none of it

        name = f"branch at {clock_text(branch.at_us)}"
        self.wanted_pair = Pairing(
            first=Contender(name=branch.name, scenario=branch.original),
            second=Contender(name=name, scenario=load(text, is_resolved=True)),
            from_us=branch.at_us,
        )
        self.call_from_thread(self.go, Place.COMPARE)

    def action_keep(self) -> None:
        """Keep the session as a stored run, which Replay shows."""
        try:
            from sandbox.app.keeping import keepsake_of  # noqa: PLC0415 - the first picture needs no store

            keepsake = keepsake_of(self.session)
        except SandboxError as error:
            self._say(f"not kept: {str(error).splitlines()[0]}")
            return
        self._say("keeping …")
        self.run_worker(partial(self._keep, keepsake), thread=True, group="keep")

    def _keep(self, keepsake: "Keepsake") -> None:
        """Run it once more in a thread, and say how far that is."""
        from sandbox.app.keeping import keep  # noqa: PLC0415 - see above

        said_at = self.clock()

        def told(done: Fraction) -> None:
            nonlocal said_at
            if self.clock() - said_at > _SAID_EVERY_S:
                said_at = self.clock()
                self.call_from_thread(self._say, f"keeping … {float(done):.0%}")

        try:
            kept = keep(keepsake, self.store, told)
        except SandboxError as error:
            told_why = f"not kept: {str(error).splitlines()[0]}. {error.hint}".rstrip()
            self.call_from_thread(self._say, told_why)
            return
        self.wanted_run = kept.run
        self.call_from_thread(self._say, f"kept as {kept.run}: {Place.REPLAY.key} replays it")

    def _say(self, text: str) -> None:
        """Answer a key, whatever place is shown."""
        shown = self.screen
        if isinstance(shown, LiveScreen | Page | PresenterScreen):
            shown.say(text)

    def action_help(self) -> None:
        """Show what the keys of this place do."""
        shown = self.screen
        if isinstance(shown, LiveScreen | Page | PresenterScreen):
            place = PRESENTER if isinstance(shown, PresenterScreen) else shown.PLACE
            actions = self.keyed(place, shown.ACTIONS)
            self.push_screen(HelpScreen(actions, shown.READING, self.palette()))

    def action_present(self) -> None:
        """Show the run as a room should see it; leaving that, the live screen catches up."""
        self.push_screen(PresenterScreen(self), lambda _: self.live.paint())

    def _show_card(self) -> None:
        self.live.mount(FirstCard(self.palette(), self.forget_card))

    # In a browser ----------------------------------------------------------------------------

    @property
    def is_viewer(self) -> bool:
        """Somebody in a browser looks at it, who may change the run and nothing else."""
        return self.opening.is_viewer

    def on_app_blur(self, event: events.AppBlur) -> None:
        """In a browser the app has the keys from the start; its driver says otherwise."""
        if self.is_web:
            event.prevent_default()

    async def run_action(
        self,
        action: "str | ActionParseResult",
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for, if it is for who looks at the app."""
        _, name, _ = parse(action) if isinstance(action, str) else action
        if is_refused(name, self.opening):
            shown = self.screen
            if isinstance(shown, LiveScreen | Page | PresenterScreen):
                shown.say(REFUSAL)
            return True
        if self.session.live is not None and name in REFUSED_IN_REAL_TIME:
            shown = self.screen
            if isinstance(shown, LiveScreen | PresenterScreen):
                shown.say(REFUSED_IN_REAL_TIME[name])
                return True
        return await super().run_action(action, default_namespace, namespaces)


def make_app(
    scenario: Scenario,
    *,
    ticker: bool = True,
    clock: Callable[[], float] = time.monotonic,
    folder: Path | None = None,
    opening: Opening = PLAIN,
    store: Path | None = None,
    wanted_run: str = "",
    settings: Path | None = None,
    start: "Start | None" = None,
) -> SandboxApp:
    """Make the app for a scenario.

    Args:
        scenario: What to run.
        ticker: False for whoever steps the session by hand, and wants the same picture everywhere:
            people have no made-up names then.
        clock: Seconds of wall time.
        folder: Where sessions are saved; None for the current folder.
        opening: How it begins, and for whom.
        store: The file of stored runs; None for the user's own.
        wanted_run: A stored run to begin with, in Replay; "" for none.
        settings: The file of what is remembered; None remembers nothing.
        start: With `--live`, how it was started; None: nothing is ever really sent.
    """
    if start is None:
        session = Session(scenario, clock=clock, has_names=ticker)
    else:
        from sandbox.app.live_session import LiveSession  # noqa: PLC0415 - it brings the network along

        session = LiveSession(scenario, start, clock=clock, has_names=ticker)
    return SandboxApp(
        session,
        ticker=ticker,
        clock=clock,
        folder=folder or Path(),
        opening=opening,
        store=store,
        wanted_run=wanted_run,
        settings=settings,
    )


def run_app(
    source: str | Path,
    *,
    seed: int | None = None,
    opening: Opening = PLAIN,
    settings: Path | None = None,
    note: str = "",
    resumes: bool = False,
    start: "Start | None" = None,
) -> int:
    """Open the app on a scenario and stay in it until somebody leaves.

    Args:
        source: A file, or a built-in name.
        seed: Instead of the scenario's own.
        opening: How it begins, and for whom.
        settings: The file of what is remembered; None remembers nothing.
        note: What is said at the start; "" for nothing.
        resumes: Nobody named the scenario: all is as it was when the app was left.
        start: With `--live`, how it was started; None: nothing is ever really sent.

    Returns:
        The exit code.

    Raises:
        ScenarioError: the file cannot be used.
    """
    scenario = load(source, seed=seed)
    is_plain = settings is not None and opening == PLAIN
    if resumes and is_plain and seed is None and settings is not None:
        last = read_last_time(last_time_path(settings))
        if last.seed is not None and last.scenario == source_of(scenario.file):
            scenario = with_seed(scenario, last.seed)
    store = None if start is None else start.path
    app = make_app(scenario, opening=opening, store=store, settings=settings, start=start)
    app.memory.restore(app.session)
    app.memory.note(note)
    if is_plain:
        app.opening = Opening(first_card=not app.memory.settings.is_card_dismissed)
        app.resume(is_whole=resumes)
    if opening.is_viewer:
        forbid_writing()
    app.run()
    if not opening.is_demo and start is None:
        app.memory.take_leave(app.session)
        app.memory.keep_last(last_time_of(app.live, app.place))
    is_broken = app.session.phase is Phase.BROKEN
    return ExitCode.BROKEN if is_broken else app.return_code or ExitCode.PASSED


def run_replay(recording: "Recording", store: Path | None, settings: Path | None = None) -> int:
    """Open the app on a stored run and stay in it until somebody leaves.

    Args:
        recording: What is replayed; its scenario is on the live screen, and has not begun.
        store: The file it is in; None for the user's own.
        settings: The file of what is remembered; None remembers nothing.

    Returns:
        The exit code.
    """
    app = make_app(
        recording.scenario,
        store=store,
        wanted_run=recording.run.name,
        settings=settings,
        opening=Opening(verb="replay"),
    )
    app.run()
    return ExitCode.BROKEN if app.session.phase is Phase.BROKEN else app.return_code or 0
