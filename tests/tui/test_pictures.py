"""Whole screens as pictures: as text at three sizes, as SVG where colours matter."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from sandbox.cascade.vocabulary import CircuitState
from sandbox.report.account import Surprise
from sandbox.tui.app import SandboxApp
from sandbox.tui.arrangement import Part
from tests.tui.stage import CODES, CUT_OFF, STORM, advance, check_picture, stage, text_of

SIZES = [(80, 24), (120, 36), (160, 45)]
Act = Callable[[SandboxApp, Pilot[Any]], Awaitable[None]]


async def running(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """A minute and a half of traffic."""
    advance(app, 90)
    await pilot.pause()


async def outage(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """SMS broken for thirty-three seconds: the crowd has just begun to fall."""
    advance(app, 60)
    await pilot.press("o")
    advance(app, 33)
    await pilot.pause()


async def providers(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """The knobs, some of them turned."""
    advance(app, 60)
    await pilot.press("tab", "down", "shift+right", "down", "down", "right")
    advance(app, 20)
    await pilot.pause()


async def timeline(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """Why the first message that switched did so."""
    advance(app, 90)
    await pilot.press("space", "enter")
    await pilot.pause()


async def over(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """All is quiet."""
    advance(app, 3600)
    await pilot.pause()


async def start(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """Nothing has happened yet."""
    assert app.session.fact_count == 0
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("act", [start, running, outage, providers, timeline, over])
async def test_the_screen_looks_as_it_did(act: Act, size: tuple[int, int]) -> None:
    """A change of the screen is seen in review, line by line."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        await act(app, pilot)
        check_picture(f"{act.__name__}-{size[0]}x{size[1]}", text_of(app))


async def storm(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """Receipts that misbehave and a provider at its limit; the lists at their own place."""
    advance(app, 90)
    await pilot.pause()


async def lists(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """A message that somebody got twice, among its neighbours and told event by event."""
    advance(app, 150)
    rows = map(app.session.row, range(app.session.message_count, 0, -1))
    twice = next(row for row in rows if row is not None and row.surprise is Surprise.TWICE)
    app.live._show_part(Part.MESSAGES)
    await pilot.pause()
    app.live.messages.choose(twice.message, opens=True)
    await pilot.pause()
    for _ in range(3):  # a scroll bar that appears takes a column, which the next frame knows
        app.live.paint()
        await pilot.pause()


@pytest.mark.parametrize("size", [*SIZES, (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("act", [storm, lists])
async def test_a_storm_looks_as_it_did(act: Act, size: tuple[int, int]) -> None:
    """Lost, doubled and unmatched receipts, throttling and the next provider can be told apart."""
    app = stage(STORM)
    async with app.run_test(size=size) as pilot:
        await act(app, pilot)
        check_picture(f"{act.__name__}-{size[0]}x{size[1]}", text_of(app))


async def cut_off(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """The circuit of the first provider is open, and the second has all of the traffic."""
    advance(app, 40)
    while app.session.frame().providers[0].circuit is not CircuitState.OPEN:
        app.session.step()
    await pilot.pause()
    app.live.paint()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_provider_that_is_passed_over_looks_as_it_did(size: tuple[int, int]) -> None:
    """S22: that its circuit is open, until when, and what that keeps away can be read."""
    app = stage(CUT_OFF)
    async with app.run_test(size=size) as pilot:
        await cut_off(app, pilot)
        check_picture(f"cut_off-{size[0]}x{size[1]}", text_of(app))


async def help_page(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """The help over a run."""
    advance(app, 60)
    await pilot.press("?")
    await pilot.pause()


async def light(app: SandboxApp, pilot: Pilot[Any]) -> None:
    """The outage in a light theme."""
    app.theme = "textual-light"
    await outage(app, pilot)


@pytest.mark.parametrize(
    ("act", "size"),
    [
        (running, (160, 45)),
        (outage, (160, 45)),
        (outage, (80, 24)),
        (timeline, (120, 36)),
        (light, (120, 36)),
        (storm, (160, 45)),
        (help_page, (80, 24)),
    ],
    ids=["running", "outage", "outage-80x24", "timeline", "light", "storm", "help"],
)
def test_the_screen_has_the_colours_it_had(
    snap_compare: Any, act: Act, size: tuple[int, int]
) -> None:
    """Colours, frames and emphasis are part of the picture."""
    app = stage(STORM if act is storm else CODES)

    async def run_before(pilot: Pilot[Any]) -> None:
        await act(app, pilot)

    assert snap_compare(app, run_before=run_before, terminal_size=size)
