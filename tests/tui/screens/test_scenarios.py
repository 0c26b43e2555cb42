import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sandbox.app.frame import Phase
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.screens.scenarios import SCENARIOS_ACTIONS, ScenariosPage
from tests.app.test_shelf import FAILING, GOOD
from tests.tui.stage import scenario, text_of

SIZES = [(60, 16), (80, 24), (120, 36), (160, 45)]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SandboxApp:
    """The app in a folder with three scenarios; none ships, and nothing takes a process."""
    for name, text in (("good", GOOD), ("failing", FAILING), ("broken", "schema: 1\ncascades: x")):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sandbox.scenario.library.builtin_names", list)
    monkeypatch.setattr("sandbox.app.shelf.core_count", lambda: 1)
    return make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path)


async def _until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.01)
    await pilot.pause()


async def _at_the_library(pilot: Pilot[int]) -> ScenariosPage:
    await pilot.press("2")
    await pilot.pause()
    page = pilot.app.screen
    assert isinstance(page, ScenariosPage)
    await _until(pilot, lambda: len(page.entries) == 3)
    return page


def test_every_action_can_be_done() -> None:
    """A key in the list has a method behind it."""
    names = [action.name.partition("(")[0] for action in SCENARIOS_ACTIONS]
    assert [n for n in names if "." not in n and not hasattr(ScenariosPage, f"action_{n}")] == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_library_shows_what_there_is(app: SandboxApp, size: tuple[int, int]) -> None:
    """Names, what they are about, and what is wrong with a file that cannot be used."""
    async with app.run_test(size=size) as pilot:
        await _at_the_library(pilot)
        text = text_of(app)
        assert "good.yaml" in text
        assert "failing.yaml" in text
        assert "✗ error" in text
        assert "schema" in text or size[1] < 36


async def test_enter_runs_a_scenario_on_the_live_screen(app: SandboxApp) -> None:
    """From its start, and running."""
    async with app.run_test(size=(120, 36)) as pilot:
        await _at_the_library(pilot)
        await pilot.press("end", "enter")
        await pilot.pause()
        assert app.screen is app.live
        assert app.session.scenario.name == "small"
        assert app.session.phase is Phase.RUNNING
        assert app.session.message_count == 0


async def test_running_all_gives_a_verdict_to_each_and_a_way_to_the_failure(
    app: SandboxApp,
) -> None:
    """Failures are one key away, and from there their first offending message is another."""
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _at_the_library(pilot)
        await pilot.press("X")
        await _until(pilot, lambda: len(page.verdicts) == 2)
        text = text_of(app)
        assert "✓ passed" in text
        assert "✗ failed" in text
        assert "2 run, 1 not passed: n goes to the first failure" in text
        await pilot.press("n")
        await pilot.pause()
        assert page.chosen is not None
        assert page.chosen.name == "failing.yaml"
        case = page.judged_cases()[page.cases.cursor]
        assert not case.holds
        assert "cost.total <= 0 EUR" in text_of(app)
        if case.message is not None:
            await pilot.press("o")
            await _until(pilot, lambda: app.screen is app.live)
            assert app.live.messages.chosen == case.message


async def test_one_is_run_by_itself(app: SandboxApp) -> None:
    """The others have no verdict."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _at_the_library(pilot)
        await pilot.press("end", "x")
        await _until(pilot, lambda: bool(page.verdicts))
        assert [Path(source).name for source in page.verdicts] == ["good.yaml"]
        await pilot.press("n")
        await pilot.pause()
        assert "nothing failed" in page.notice.shown_text


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (["home", "enter"], "cannot be used"),
        (["home", "x"], "cannot be run"),
        (["n"], "X runs all"),
        (["end", "o"], "run it first"),
        (["r"], "reading"),
    ],
)
async def test_a_key_that_can_do_nothing_says_why(
    app: SandboxApp, keys: list[str], said: str
) -> None:
    """Nothing is answered with silence."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _at_the_library(pilot)
        await pilot.press(*keys)
        assert said in page.notice.shown_text


async def test_what_runs_can_be_stopped(app: SandboxApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escape stops it; what comes back afterwards is not shown."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _at_the_library(pilot)
        monkeypatch.setattr(page, "_run", lambda _: None)
        await pilot.press("X")
        assert page.running
        await pilot.press("x")
        assert "esc stops it" in page.notice.shown_text
        await pilot.press("escape")
        assert page.running == []
        page._came_back("good.yaml", None)  # type: ignore[arg-type]  # it is not looked at
        assert page.verdicts == {}


async def test_an_error_while_running_is_said(
    app: SandboxApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing seems to run for ever."""
    monkeypatch.setattr("sandbox.tui.screens.scenarios.run_all", lambda _: 1 / 0)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _at_the_library(pilot)
        await pilot.press("X")
        await _until(pilot, lambda: not page.running)
        assert "ZeroDivisionError" in page.notice.shown_text


async def test_tab_goes_from_panel_to_panel(app: SandboxApp) -> None:
    """And back to the list."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _at_the_library(pilot)
        panels = []
        for _ in range(3):
            await pilot.press("tab")
            panels.append(page.focused)
        assert panels == [page.preview, page.cases, page.list]
