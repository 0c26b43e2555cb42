"""The app: opens a scenario, already running."""

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual.app import App
from textual.theme import Theme

from sandbox.app.frame import Phase
from sandbox.app.session import Session
from sandbox.errors import ExitCode
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.tui.screens.help import HelpScreen
from sandbox.tui.screens.live import FRAMES_PER_SECOND, LiveScreen
from sandbox.tui.themes import DOMAIN_COLOURS, SANDBOX_DARK, Palette, palette_of

_WARM_UP_AFTER_S: Final = 2
"""What is slow to load is loaded when the first frames have been shown."""


class SandboxApp(App[int]):
    """The program on the screen."""

    TITLE = "Fallback Sandbox"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, session: Session, *, ticker: bool, clock: Callable[[], float], folder: Path
    ) -> None:
        """Make the app.

        Args:
            session: What it shows.
            ticker: Let time go by; without it somebody else calls `LiveScreen.tick` or `paint`.
            clock: Seconds of wall time.
            folder: Where sessions are saved.
        """
        super().__init__()
        self.session = session
        self._ticker = ticker
        self._palette: Palette | None = None
        self.live = LiveScreen(session, self.palette, clock, folder)

    def on_mount(self) -> None:
        """Put the colours on, and let time go by."""
        self.register_theme(SANDBOX_DARK)
        self.theme = SANDBOX_DARK.name
        self.theme_changed_signal.subscribe(self, self._on_theme)
        self.push_screen(self.live)
        if self._ticker:
            self._leave_when_ended()
            self.set_interval(1 / FRAMES_PER_SECOND, self.live.tick)
            self.set_timer(_WARM_UP_AFTER_S, self._warm_up)

    def _leave_when_ended(self) -> None:
        """Give the terminal back when somebody ends the process."""
        with suppress(NotImplementedError):  # not every system has signals in its event loop
            asyncio.get_running_loop().add_signal_handler(
                signal.SIGTERM, lambda: self.exit(return_code=ExitCode.INTERRUPTED)
            )

    def _warm_up(self) -> None:
        self.run_worker(self.session.warm_up, thread=True, exit_on_error=False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of the channels."""
        return dict(DOMAIN_COLOURS)

    def palette(self) -> Palette:
        """The styles of the theme that is on."""
        if self._palette is None:
            self._palette = palette_of(self.theme_variables)
        return self._palette

    def _on_theme(self, _: Theme) -> None:
        self._palette = None
        self.live.paint()

    def action_help(self) -> None:
        """Show what the keys do."""
        self.push_screen(HelpScreen(self.palette()))


def make_app(
    scenario: Scenario,
    *,
    ticker: bool = True,
    clock: Callable[[], float] = time.monotonic,
    folder: Path | None = None,
) -> SandboxApp:
    """Make the app for a scenario.

    Args:
        scenario: What to run.
        ticker: False for whoever steps the session by hand, and wants the same picture everywhere:
            people have no made-up names then.
        clock: Seconds of wall time.
        folder: Where sessions are saved; None for the current folder.
    """
    session = Session(scenario, clock=clock, has_names=ticker)
    return SandboxApp(session, ticker=ticker, clock=clock, folder=folder or Path())


def run_app(source: str | Path, *, seed: int | None = None) -> int:
    """Open the app on a scenario and stay in it until somebody leaves.

    Returns:
        The exit code.

    Raises:
        ScenarioError: the file cannot be used.
    """
    app = make_app(load(source, seed=seed))
    app.run()
    is_broken = app.session.phase is Phase.BROKEN
    return ExitCode.BROKEN if is_broken else app.return_code or ExitCode.PASSED
