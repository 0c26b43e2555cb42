"""The places of the app, and what a screen may ask of the app it is in."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.app.session import Session
from sandbox.scenario.model import Scenario
from sandbox.tui.actions import Action
from sandbox.tui.themes import Palette

if TYPE_CHECKING:
    from sandbox.app.applying import Application
    from sandbox.app.replaying import Branch
    from sandbox.app.side_by_side import Pairing


class Place(StrEnum):
    """Where one can be; the keys 1 to 5, in this order."""

    LIVE = "live"
    SCENARIOS = "scenarios"
    COMPARE = "compare"
    REPLAY = "replay"
    CONFIG = "config"

    @property
    def key(self) -> str:
        """The key that goes there."""
        return str(list(Place).index(self) + 1)

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.value.capitalize()


class Desk(Protocol):
    """The app, as its screens see it."""

    folder: Path
    """Where sessions are saved, and scenarios looked for first."""

    store: Path | None
    """The file of stored runs; None for the user's own."""

    wanted_run: str
    """A run to be opened in Replay; "" for none. Whoever opens it takes it away."""

    wanted_pair: "Pairing | None"
    """What is to be shown in Compare; whoever shows it takes it away."""

    @property
    def is_viewer(self) -> bool:
        """Somebody in a browser looks at it, who may change the run and nothing else."""

    @property
    def session(self) -> Session:
        """The run on the live screen."""

    def clock(self) -> float:
        """Seconds of wall time."""

    def palette(self) -> Palette:
        """The styles of the theme that is on."""

    def keyed(self, place: str, actions: Sequence[Action]) -> Sequence[Action]:
        """The actions of a place with the keys they really have."""

    def go(self, place: Place) -> None:
        """Show a place."""

    def open_scenario(self, scenario: Scenario, message: int | None = None) -> None:
        """Go to the live screen with a scenario.

        Args:
            scenario: What to run from here on.
            message: None: it begins at its start. Else it has run until all about this message is
                known, and the message is chosen.
        """

    def open_at(self, scenario: Scenario, at_us: int) -> None:
        """Go to the live screen with a scenario that has run up to an instant."""

    def apply_to_new(self, application: "Application") -> None:
        """Let the run go on with an edited scenario for new messages, and show it."""

    def show_branch(self, session: Session, branch: "Branch") -> None:
        """Go to the live screen with a run that left a stored one, and may be compared with it."""
