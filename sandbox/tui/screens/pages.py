"""Which places there are besides the live screen, and what makes them.

A page is imported when somebody goes there for the first time: the first picture does not wait
for screens that nobody may open.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sandbox.tui.desk import Desk, Place
from sandbox.tui.screens.page import Page


def _scenarios(desk: Desk) -> Page:
    from sandbox.tui.screens.scenarios import ScenariosPage  # noqa: PLC0415 - see above

    return ScenariosPage(desk)


def _compare(desk: Desk) -> Page:
    from sandbox.tui.screens.compare import ComparePage  # noqa: PLC0415 - see above

    return ComparePage(desk)


def _config(desk: Desk) -> Page:
    from sandbox.tui.screens.config import ConfigPage  # noqa: PLC0415 - see above

    return ConfigPage(desk)


def _replay(desk: Desk) -> Page:
    from sandbox.tui.screens.replay import ReplayPage  # noqa: PLC0415 - see above

    return ReplayPage(desk)


PAGES: Final[Mapping[Place, Callable[[Desk], Page]]] = {
    Place.SCENARIOS: _scenarios,
    Place.COMPARE: _compare,
    Place.REPLAY: _replay,
    Place.CONFIG: _config,
}
"""Place -> makes its page."""
