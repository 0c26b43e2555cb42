"""Draw the pictures of `sandbox/docs` anew: `python -m tests.tui.docs_pictures [FOLDER]`.

They are made as the tests' pictures are: nobody lets time go by but this script, so the same app
gives the same picture. What a picture would load from elsewhere is taken out.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.pilot import Pilot

from sandbox.app.record import keep_run
from sandbox.scenario import library
from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.picture import alone
from sandbox.tui.screens.replay import ReplayPage

DOCS: Final = Path(__file__).parents[2] / "sandbox" / "docs"
SIZE: Final = (120, 36)
SCENARIO: Final = "two-factor-codes"
STORE: Final = "runs.sqlite"

Act = Callable[[SandboxApp, Pilot[Any]], Awaitable[None]]


def _advance(app: SandboxApp, virtual_s: int) -> None:
    for _ in range(virtual_s * 2):  # as frames do, so that the figures have a past to draw
        app.session.advance(int(500_000 / app.session.speed))
        app.live.paint()


async def live(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """SMS has been dead for half a minute."""
    _advance(app, 60)
    await pilot.press("o")
    _advance(app, 33)


async def replay(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """The same scenario as a stored run, at its third caption."""
    await pilot.press("4")
    page = app.screen
    assert isinstance(page, ReplayPage)
    async with asyncio.timeout(60):
        while not page.stored.all_runs:
            await pilot.pause(0.02)
        await pilot.press("enter")
        while page.player.survey is None:
            await pilot.pause(0.02)
        for _ in range(5):
            await pilot.press("right_square_bracket")
            while page.playback is not None and page.playback.goal is not None:
                await pilot.pause(0.02)


PICTURES: Final[dict[str, Act]] = {"live": live, "replay": replay}


async def picture(act: Act, folder: Path) -> str:
    """One picture, as an SVG that stands alone.

    Args:
        act: What is done before it is taken.
        folder: Where the stored run is, in `STORE`.
    """
    scenario, store = load(library.find(SCENARIO)), folder / STORE
    app = make_app(scenario, ticker=False, clock=lambda: 0.0, folder=folder, store=store)
    async with app.run_test(size=SIZE) as pilot:
        await act(app, pilot)
        await pilot.pause()
        app.repaint()
        await pilot.pause()
        return alone(app.export_screenshot(title="sandbox"))


def main() -> None:
    """Write them all."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    with tempfile.TemporaryDirectory() as folder:
        keep_run(load(library.find(SCENARIO)), Path(folder) / STORE)
        for name, act in PICTURES.items():
            drawn = asyncio.run(picture(act, Path(folder)))
            (target / f"{name}.svg").write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
