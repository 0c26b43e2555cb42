"""The sides of the timeline on the live screen: events, why it fell, money; and what they need.

Why a message fell is worked out beside the run. What was worked out stays on the screen until the
message has gone on and it has been worked out anew.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from textual.strip import Strip

from sandbox.app.inspecting import material_of, money_of
from sandbox.app.session import Session
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.inspector import money_strips, why_strips

if TYPE_CHECKING:
    from sandbox.app.why import Material
    from sandbox.report.why import Explained

WORKING: str = "working it out …"


class Side(StrEnum):
    """What is told of a message, in the order of the key."""

    EVENTS = "events"
    WHY = "why it fell"
    MONEY = "money"

    @property
    def following(self) -> "Side":
        """The next one; after the last comes the first."""
        sides = tuple(Side)
        return sides[(sides.index(self) + 1) % len(sides)]


class State(NamedTuple):
    """A message as it stood when something was worked out.

    Attributes:
        table: Tells one run from another.
        facts: Lines about it.
        deeds: Things done by hand.
    """

    table: object
    message: int
    facts: int
    deeds: int

    def is_of(self, other: "State") -> bool:
        """Whether both are of one message of one run."""
        return self.table is other.table and self.message == other.message


class Job(NamedTuple):
    """Something to be worked out beside the run."""

    state: State
    material: "Material"


class Inspector:
    """Which side is shown, and what was worked out for it."""

    def __init__(self, start: Callable[[Job], None]) -> None:
        """Show events.

        Args:
            start: Works a job out elsewhere, and hands what comes of it to `take`.
        """
        self.side = Side.EVENTS
        self._start = start
        self._busy: State | None = None
        self._done: State | None = None
        self._found: Explained | str = ""

    def turn(self) -> None:
        """Show the next side."""
        self.side = self.side.following

    def forget(self) -> None:
        """The run is gone: nothing of it is kept."""
        self._done, self._found = None, ""

    def take(self, state: State, found: "Explained | str") -> None:
        """What came of a job: an explanation, or why there is none."""
        self._busy = None
        self._done, self._found = state, found

    def lines(
        self, session: Session, message: int, width: int, palette: Palette
    ) -> list[Strip] | None:
        """What stands below the bars; None for the events.

        Args:
            session: The run.
            message: One whose lines are kept.
            width: Of the panel, in cells.
            palette: The styles.
        """
        match self.side:
            case Side.EVENTS:
                return None
            case Side.MONEY:
                book = money_of(session, message)
                currency = session.scenario.currency
                return [] if book is None else money_strips(book, currency, width, palette)
            case Side.WHY:
                return self._why(session, message, width, palette)

    def _why(self, session: Session, message: int, width: int, palette: Palette) -> list[Strip]:
        facts = len(session.facts(message))
        now = State(session.table, message, facts, len(session.deeds))
        if now != self._done and self._busy is None:
            material = material_of(session, message)
            if material is not None:
                self._busy = now
                self._start(Job(now, material))
        done, found = self._done, self._found
        if done is None or not done.is_of(now):
            return [Pen(width).put(f" {WORKING}", palette.dim).strip(palette.text)]
        if isinstance(found, str):
            return [Pen(width).put(" ", palette.bad).write(found, palette.bad).strip(palette.text)]
        return why_strips(found, width, palette)


def worked_out(job: Job) -> "Explained | str":
    """Explain a message, or say why that cannot be done; runs beside the screen."""
    from sandbox.app.why import explain  # noqa: PLC0415 - the first picture needs none of it

    try:
        return explain(job.material)
    except Exception as error:  # noqa: BLE001 - whatever it is, the run must go on
        return f"cannot be explained: {type(error).__name__}: {error}"
