"""What is kept of the screen when the app is left, and how it comes back at the next start."""

from sandbox.app.last_time import LastTime
from sandbox.app.settings import source_of
from sandbox.tui.arrangement import PANELS, Part
from sandbox.tui.desk import Place
from sandbox.tui.screens.live import LiveScreen


def last_time_of(live: LiveScreen, place: Place) -> LastTime:
    """Where one is.

    Args:
        live: The live screen, whatever place is shown.
        place: The one that is shown.
    """
    session = live.session
    panel, view = live.stands
    text, order, is_reversed = live.list.sifted
    return LastTime(
        scenario=source_of(session.scenario.file),
        seed=session.seed,
        place=place,
        panel=panel,
        view=view,
        filter=text,
        order=order,
        is_reversed=is_reversed,
    )


def put_back(live: LiveScreen, last: LastTime, *, with_filter: bool) -> None:
    """Arrange the live screen as it was; called before it is shown.

    Args:
        live: The screen.
        last: How it was left.
        with_filter: It is the scenario that the filter was written for.
    """
    panel = next((part for part in PANELS if part == last.panel), Part.FLOW)
    live.stand(panel, last.view)
    live.list.sift_as(last.filter if with_filter else "", last.order, is_reversed=last.is_reversed)


def place_of(last: LastTime) -> Place:
    """Where to begin: where one was, if there is such a place."""
    return next((place for place in Place if place == last.place), Place.LIVE)
