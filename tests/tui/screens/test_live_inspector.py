from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from sandbox.app.knobs import Knob
from sandbox.report.why import Explained
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens.live_inspector import WORKING, Inspector, Job, Side, worked_out
from tests.tui.stage import advance, stage, text_of

SIZES = [(80, 24), (120, 36), (160, 45), (200, 60)]


def app_of(pilot: Pilot[int]) -> SandboxApp:
    """The app of a pilot."""
    assert isinstance(pilot.app, SandboxApp)
    return pilot.app


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[int]]:
    """The app at 160x45 when messages have fallen."""
    async with stage().run_test(size=(160, 45)) as pilot:
        advance(app_of(pilot), 90)
        await pilot.pause()
        yield pilot


async def settled(pilot: Pilot[int]) -> str:
    """The screen when all that runs beside it is done."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return text_of(app_of(pilot))


@pytest.mark.parametrize("size", SIZES)
async def test_i_goes_from_events_to_why_to_money_and_back(size: tuple[int, int]) -> None:
    """Each side is named in the frame, with what the key shows next."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        advance(app, 90)
        assert app.session.followed
        await pilot.press("i")
        text = await settled(pilot)
        assert "Timeline · why it fell · i money" in text
        shown = app.live.timeline.shown_text
        assert " rule " in shown
        assert ("█" in shown) == (size[1] > 45)  # in a low panel the words need the room
        await pilot.press("i")
        assert "Timeline · money · i events" in await settled(pilot)
        assert "charge: accepted" in app.live.timeline.shown_text
        await pilot.press("i")
        assert "· i " not in await settled(pilot)
        assert "next level: whatsapp" in " ".join(app.live.timeline.shown_text.split())


async def test_why_is_worked_out_beside_the_screen(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is there the panel says so, and a run that goes on does not start it twice."""
    app, jobs = app_of(pilot), list[Job]()
    monkeypatch.setattr(app.live._inspector, "_start", jobs.append)
    await pilot.press("i")
    assert WORKING in text_of(app)
    advance(app, 1)
    assert len(jobs) == 1
    app.live._inspector.take(jobs[0].state, worked_out(jobs[0]))
    app.live.paint()
    assert WORKING not in app.live.timeline.shown_text
    assert " rule " in app.live.timeline.shown_text


async def test_what_was_worked_out_stays_until_there_is_something_newer(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that has gone on is explained anew, another message from nothing."""
    app, jobs = app_of(pilot), list[Job]()
    monkeypatch.setattr(app.live._inspector, "_start", jobs.append)
    await pilot.press("i")
    app.live._inspector.take(jobs[0].state, worked_out(jobs[0]))
    app.live.paint()
    assert len(jobs) == 1
    app.session.turn("sms-main", Knob.FAILURE, 1)
    app.live.paint()
    assert len(jobs) == 2
    assert " rule " in app.live.timeline.shown_text
    app.live.messages.choose(1)
    app.live._inspector.take(jobs[1].state, "what came of it")
    app.live.paint()
    assert WORKING in app.live.timeline.shown_text


async def test_an_explanation_that_fails_says_so_and_nothing_else_happens(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on."""

    def broken(_: object) -> Explained:
        raise ZeroDivisionError("nothing")

    monkeypatch.setattr("sandbox.app.why.explain", broken)
    await pilot.press("i")
    assert "cannot be explained: ZeroDivisionError: nothing" in await settled(pilot)
    assert app_of(pilot).session.trouble == ""


async def test_a_message_whose_lines_are_gone_has_no_sides() -> None:
    """The panel says why, on every side."""
    app = stage(load__0__poisson="500/s", load__0__for="30s")
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 600)
        await pilot.press("i", "i")
        app.live.messages.choose(1)
        app.live.paint()
        assert "m1: its lines are no longer kept" in app.live.timeline.shown_text


def test_the_sides_go_round() -> None:
    """After the last comes the first."""
    inspector = Inspector(lambda _: None)
    seen = []
    for _ in Side:
        seen.append(inspector.side)
        inspector.turn()
    assert inspector.side is Side.EVENTS
    assert set(seen) == set(Side)
