import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NoReturn

import pytest
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from sandbox.app.differences import BLOCK
from sandbox.app.repeating import Ran, Round, ran, rounds
from sandbox.app.side_by_side import SideBySide
from sandbox.errors import StorageError
from sandbox.scenario.model import Scenario
from sandbox.tui.app import SandboxApp
from sandbox.tui.screens import compare_repeat
from sandbox.tui.screens.choice import ChoiceScreen
from sandbox.tui.screens.compare import COMPARE_ACTIONS, ComparePage
from sandbox.tui.screens.two_timelines import TwoTimelines
from tests.tui.stage import stage, text_of

SIZES = [(60, 16), (80, 24), (120, 36), (160, 45), (200, 60)]


async def _compare(pilot: Pilot[int], virtual_s: float = 60) -> ComparePage:
    """At the place, some time into both runs."""
    await pilot.press("3")
    await pilot.pause()
    page = pilot.app.screen
    assert isinstance(page, ComparePage)
    assert page.pair is not None
    for _ in range(4):
        page.pair.advance(int(virtual_s * 1_000_000 / page.pair.sessions[0].speed / 4))
    page._look()
    page.paint()
    await pilot.pause()
    return page


def _place(app: SandboxApp) -> str:
    return str(getattr(app.screen, "PLACE", ""))


def test_every_action_can_be_done() -> None:
    """A key in the list has a method behind it."""
    names = [action.name.partition("(")[0] for action in COMPARE_ACTIONS]
    assert [n for n in names if "." not in n and not hasattr(ComparePage, f"action_{n}")] == []


@pytest.mark.parametrize("size", SIZES)
async def test_two_plans_stand_side_by_side(size: tuple[int, int]) -> None:
    """What is compared, how both do, and by how much they differ."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        page = await _compare(pilot)
        text = text_of(app)
        if size[1] > 20:
            assert "A  codes" in text
            assert "B  codes, whats" in text
        assert "delivered" in text
        assert "seed 7" in text or size[0] < 120
        assert page.chosen is not None


async def test_d_goes_from_one_that_differs_to_the_next_and_enter_shows_both() -> None:
    """Two timelines of one message, closed by escape."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _compare(pilot)
        await pilot.press("d")
        second = page.chosen
        await pilot.press("D")
        assert page.pair is not None
        assert [page.chosen, second] == [page.pair.differing.at(place) for place in (0, 1)]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TwoTimelines)
        text = text_of(app)
        assert text.count(f"m{page.pair.differing.at(0)} ") >= 2
        assert "A  codes" in text
        await pilot.press("tab", "escape")
        await pilot.pause()
        assert _place(app) == "compare"


async def test_a_and_b_change_places() -> None:
    """And begin again."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _compare(pilot)
        assert page.pair is not None
        names = page.pair.names
        await pilot.press("x")
        assert page.pair.names == (names[1], names[0])
        assert page.pair.sessions[0].message_count == 0


async def test_b_chooses_what_it_is_compared_with() -> None:
    """Another order of the levels, or a scenario that ships."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _compare(pilot)
        await pilot.press("b")
        await pilot.pause()
        assert isinstance(app.screen, ChoiceScreen)
        assert "viber first" in text_of(app)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert page.pair is not None
        assert page.pair.names[1] == "codes, viber first"
        await pilot.press("b")
        await pilot.pause()
        await pilot.press("end", "enter")
        await pilot.pause()
        assert "the loads differ" in text_of(app)


async def test_pause_speed_and_restart_are_for_both() -> None:
    """One clock."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot)
        assert page.pair is not None
        speed = page.pair.sessions[0].speed
        await pilot.press("space", "plus")
        assert page.pair.is_paused
        assert [session.speed for session in page.pair.sessions] == [speed * 2] * 2
        await pilot.press("minus", "r")
        assert [session.message_count for session in page.pair.sessions] == [0, 0]


async def test_where_not_both_have_room_v_shows_the_other_table() -> None:
    """At eighty columns figures or differences."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        page = await _compare(pilot)
        assert page.figures.display
        await pilot.press("v")
        await pilot.pause()
        assert (page.figures.display, page.differences.display) == (False, True)
        await pilot.press("v", "tab")
        assert (page.figures.display, page.differences.display) == (True, False)


async def test_a_tick_moves_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """As time goes by; figures follow with every eighth frame."""
    app = stage()
    now = [0.0]
    monkeypatch.setattr(app, "clock", lambda: now[0])
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot, 1)
        assert page.pair is not None
        before = page.pair.sessions[1].now_us
        for _ in range(8):
            now[0] += 0.05
            page.tick()
        assert page.pair.sessions[1].now_us > before
        assert page.pair.sessions[0].now_us == page.pair.sessions[1].now_us


async def test_a_scenario_with_one_level_has_nothing_to_compare_by_itself() -> None:
    """The page says what to do."""
    app = stage("schema: 1\nname: one\ncascades: {otp: [sms]}\nload: [{burst: 1}]\n")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert "b chooses" in text_of(app)
        await pilot.press("d", "enter", "space", "x", "plus", "r")
        await pilot.pause()
        assert _place(app) == "compare"


def _is_at_work(pair: SideBySide) -> bool:
    return pair.differing.is_at_work


def _progress(page: ComparePage) -> str:
    return page.repeat.progress


# At scale ----------------------------------------------------------------------------------------


async def test_messages_are_compared_in_slices_between_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frame has time for a block or two; while both clocks stand still the rest is looked at."""
    app = stage(load__0__for="8m")
    now = [0.0]
    monkeypatch.setattr(app, "clock", lambda: now[0])
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        page = app.screen
        assert isinstance(page, ComparePage)
        pair = page.pair
        assert pair is not None
        while not pair.is_over:
            pair.advance(10_000_000)
        for session in pair.sessions:
            monkeypatch.setattr(session, "_clock", lambda: 0.0)

        def hurried() -> float:  # time flies: no slice has more than one look
            now[0] += 1.0
            return now[0]

        monkeypatch.setattr(page, "_clock", hurried)
        page.tick()
        some = len(pair.differing)
        assert _is_at_work(pair)
        ticks = 0
        while _is_at_work(pair):
            page.tick()
            ticks += 1
        assert ticks * 3 > pair.sessions[0].message_count // BLOCK > 8
        assert len(pair.differing) > some


async def test_the_message_under_the_cursor_stays_there_when_graver_ones_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its place in the list is another one."""
    app = stage()
    now = [0.0]
    monkeypatch.setattr(app, "clock", lambda: now[0])
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _compare(pilot, 30)
        await pilot.press("d", "d")
        chosen, place = page.chosen, page.differences.cursor
        assert page.pair is not None
        for _ in range(40):
            page.pair.advance(1_000_000)
            page._compare_more(1)
            assert page.chosen == chosen
        assert page.differences.cursor > place


# Many seeds --------------------------------------------------------------------------------------


def _few(first: Scenario, second: Scenario, after: int) -> list[Round]:
    """As `rounds`, but three of them."""
    return rounds(first, second, after)[:3]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seeds, run in the thread that asks for them."""
    monkeypatch.setattr(compare_repeat, "rounds", _few)
    monkeypatch.setattr(compare_repeat, "all_ran", lambda work: (ran(each) for each in work))


async def _rest(pilot: Pilot[int]) -> None:
    for _ in range(2):
        with suppress(WorkerCancelled):
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()


SHORT = {"load__0__for": "5s"}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 45)])
async def test_capital_r_repeats_the_comparison_on_more_seeds(size: tuple[int, int]) -> None:
    """Below the figures of the one seed: means, and how far apart; once more adds seeds."""
    app = stage(**SHORT)
    async with app.run_test(size=size) as pilot:
        page = await _compare(pilot)
        await pilot.press("R")
        await _rest(pilot)
        await pilot.pause()
        assert page.repeat.progress == "3 seeds"
        assert "R adds as many" in page.notice.shown_text
        text = text_of(app)
        assert "paid unawares" in text
        assert "±" in text
        await pilot.press("R")
        await _rest(pilot)
        assert page.repeat.progress == "6 seeds"
        assert [each.seed for each in page.repeat._done] == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("here")
async def test_escape_stops_the_repetition_and_keeps_what_came_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes back afterwards does not count."""
    gate, one = threading.Event(), threading.Event()

    def slowly(work: list[Round]) -> Iterator[Ran]:
        yield ran(work[0])
        one.set()
        gate.wait(10)
        yield ran(work[1])

    monkeypatch.setattr(compare_repeat, "all_ran", slowly)
    app = stage(**SHORT)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot)
        await pilot.press("R")
        while not one.is_set():
            await pilot.pause()
        await pilot.pause()
        assert page.repeat.progress == "1 of 3 seeds"
        await pilot.press("R")
        await pilot.pause()
        assert "esc stops it" in page.notice.shown_text
        await pilot.press("escape")
        gate.set()
        await _rest(pilot)
        assert page.repeat.progress == "1 seed"
        assert "stopped after" in page.notice.shown_text
        await pilot.press("R")  # it goes on with the next seed
        assert page.repeat.is_running


@pytest.mark.usefixtures("here")
async def test_another_pair_has_seeds_of_its_own() -> None:
    """A and B that change places begin without any; the same two again keep theirs."""
    app = stage(**SHORT)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot)
        await pilot.press("R")
        await _rest(pilot)
        await pilot.press("r")
        assert _progress(page) == "3 seeds"
        await pilot.press("x")
        assert _progress(page) == ""
        assert page.repeat.row_count == 0


async def test_what_goes_wrong_in_a_round_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it can be tried again."""

    def broken(_: list[Round]) -> NoReturn:
        raise StorageError("a process ended before its work was done")

    monkeypatch.setattr(compare_repeat, "all_ran", broken)
    app = stage(**SHORT)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot)
        await pilot.press("R")
        await _rest(pilot)
        assert "a process ended before" in page.notice.shown_text
        assert not page.repeat.is_running


async def test_the_rounds_run_in_processes_beside_the_screen() -> None:
    """As they do for somebody: two seeds come back, the rest is stopped."""
    app = stage(**SHORT)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await _compare(pilot)
        await pilot.press("R")
        while len(page.repeat._done) < 2:
            await pilot.pause(0.05)
        await pilot.press("escape")
        await _rest(pilot)
        assert not page.repeat.is_running
    assert multiprocessing.active_children() == []
