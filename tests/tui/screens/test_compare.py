import pytest
from textual.pilot import Pilot

from sandbox.tui.app import SandboxApp
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
        assert page.differing


async def test_d_goes_from_one_that_differs_to_the_next_and_enter_shows_both() -> None:
    """Two timelines of one message, closed by escape."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        page = await _compare(pilot)
        await pilot.press("d")
        second = page.chosen
        await pilot.press("D")
        assert [page.chosen, second] == page.differing[:2]
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, TwoTimelines)
        text = text_of(app)
        assert text.count(f"m{page.differing[0]} ") >= 2
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
