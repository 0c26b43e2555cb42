"""A person edits the scenario and applies it to new messages only."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.desk import Place
from sandbox.tui.screens.apply_card import ApplyCard
from sandbox.tui.screens.config import ConfigPage
from tests.tui.stage import CODES, advance, text_of


def opened(folder: Path) -> SandboxApp:
    """The app on a scenario that has a file."""
    path = folder / "codes.yaml"
    path.write_text(CODES, encoding="utf-8")
    store = folder / "runs.sqlite"
    return make_app(load(path), ticker=False, clock=lambda: 0.0, folder=folder, store=store)


async def edited(app: SandboxApp, pilot: Pilot[int], old: str, new: str) -> None:
    """Go to Config, change a word, and press the key."""
    app.go(Place.CONFIG)
    await pilot.pause()
    page = app.screen
    assert isinstance(page, ConfigPage)
    page.editor.text = page.editor.text.replace(old, new)
    page.problems.focus()
    await pilot.press("A")
    await pilot.pause()


def cascade_of(app: SandboxApp, message: int) -> str:
    """Which cascade a message goes through."""
    return app.session.facts(message)[0][7].text("cascade")


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36)])
async def test_new_messages_go_by_what_is_written_and_the_others_keep_theirs(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """The card says what it does before it is done; the run goes on where it was."""
    app = opened(tmp_path)
    async with app.run_test(size=size) as pilot:
        advance(app, 20)
        before, at_us = app.session.message_count, app.session.now_us
        app.live.messages.choose(before)
        await edited(app, pilot, "wait: 30s", "wait: 7s")
        text = text_of(app)
        assert "Apply to new messages only" in text
        assert "otp becomes otp-2: levels.0.wait" in text
        assert "messages under way keep the plan they have" in text
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen is app.live
        assert app.session.now_us == at_us + 1
        assert app.live.messages.chosen == before
        assert "go by what is written" in app.live.notice.shown_text
        advance(app, 5)
        assert cascade_of(app, before) == "otp"
        assert cascade_of(app, app.session.message_count) == "otp-2"
        assert "otp-2" in {lane.plan.cascade for lane in app.session.frame().lanes}


async def test_what_cannot_be_is_named_and_nothing_is_applied(tmp_path: Path) -> None:
    """Enter does no more than close the card."""
    app = opened(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        session = app.session
        await edited(app, pilot, "seed: 7", "seed: 8")
        assert "not to be had this way" in text_of(app)
        assert "seed: it decides the luck of every message" in text_of(app)
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, ConfigPage)
        assert app.session is session


async def test_by_a_click_it_is_applied_and_by_escape_it_is_not(tmp_path: Path) -> None:
    """The last line of the card applies it."""
    app = opened(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        session = app.session
        await edited(app, pilot, "lost: 2%", "lost: 30%")
        assert "all messages, also those under way" in text_of(app)
        assert "sms-main: receipts.lost 30%" in text_of(app)
        await pilot.press("escape", "A")
        await pilot.pause()
        assert isinstance(app.screen, ApplyCard)
        assert app.session is session
        height = app.screen.query_one("#application").size.height
        await pilot.click("#application", offset=(3, height - 1))
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.session is not session


async def test_a_run_that_is_over_has_no_new_messages(tmp_path: Path) -> None:
    """The line of talk says so; so does one about a text that cannot be used."""
    app = opened(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        await edited(app, pilot, "wait: 30s", "wait: 30")
        assert "not applied: 1 error to be mended first" in text_of(app)
        app.go(Place.LIVE)
        while not app.session.is_at_end:
            advance(app, 600)
        await edited(app, pilot, "wait: 30", "wait: 9s")
        assert "the run is over, no message comes any more" in text_of(app)


async def test_a_run_that_went_on_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """Whoever opened something else while it was worked out keeps that."""
    app = opened(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 5)
        application = app.session.application(load(CODES.replace("wait: 30s", "wait: 7s")))
        app.apply_to_new(application)
        app.open_scenario(load(CODES))
        current = app.session
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "not applied" in app.live.notice.shown_text
        assert app.session is current
