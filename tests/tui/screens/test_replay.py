"""Replay as a person uses it: find a run, move it through time, branch, compare."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from sandbox.app.frame import Phase
from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.record import keep_run
from sandbox.app.replaying import Goal, Playback
from sandbox.app.stored import list_runs
from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app, run_replay
from sandbox.tui.opening import REFUSAL, Opening
from sandbox.tui.screens.compare import ComparePage
from sandbox.tui.screens.replay import READ_ONLY, ReplayPage
from sandbox.tui.widgets.scrub import column_of, columns_of
from tests.app.test_replaying import BY_HAND, recording, turned
from tests.support.kept import SCENARIO
from tests.tui.stage import NOWHERE, scenario, text_of

SIZES = [(60, 16), (80, 24), (120, 36), (160, 45)]
SECOND = 1_000_000
HOSTILE = SCENARIO.replace("name: busy", 'name: "[bold]x"').replace(
    "title: Ein Ausfall — всё падает, أخيرًا", 'title: "[red]\\e[31mred\\e[2J"'
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs that nobody changes: r1 with a fault, r2 turned by hand, r3 with an evil name."""
    path = tmp_path_factory.mktemp("replay") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    keep(keepsake_of(turned()), path, lambda _: None)
    keep_run(load(HOSTILE), path)
    return path


@pytest.fixture
def app(store: Path) -> SandboxApp:
    """The app over these runs, with nobody letting time go by."""
    return make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store)


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait for what happens in a thread or in slices."""
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.01)
    await pilot.pause()


async def at_the_list(pilot: Pilot[int], count: int = 3) -> ReplayPage:
    """In Replay, the runs read."""
    await pilot.press("4")
    await pilot.pause()
    page = pilot.app.screen
    assert isinstance(page, ReplayPage)
    await until(pilot, lambda: len(page.stored.all_runs) == count)
    return page


async def in_a_run(pilot: Pilot[int], name: str = "r2") -> ReplayPage:
    """In one of them, looked through."""
    page = await at_the_list(pilot)
    page.stored.list.choose([run.name for run in page.stored.runs].index(name))
    await pilot.press("enter")
    await until(pilot, lambda: page.player.survey is not None)
    return page


def panel_of(page: ReplayPage) -> Widget | None:
    """What the keys go to."""
    return page.focused


def chosen_of(page: ReplayPage) -> int | None:
    """The message that was chosen."""
    return page.player.messages.chosen


def playback_of(page: ReplayPage) -> Playback:
    """What is replayed."""
    assert page.playback is not None
    return page.playback


async def press(pilot: Pilot[int], *keys: str) -> None:
    """One key after the other, each until it is where it goes."""
    page = pilot.app.screen
    assert isinstance(page, ReplayPage)
    for key in keys:
        await pilot.press(key)
        await until(pilot, lambda: page.playback is None or page.playback.goal is None)


# The list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_stored_runs_are_listed_newest_first(app: SandboxApp, size: tuple[int, int]) -> None:
    """With how they ended, and what is known of the one under the cursor."""
    async with app.run_test(size=size) as pilot:
        page = await at_the_list(pilot)
        assert [run.name for run in page.stored.runs] == ["r3", "r2", "r1"]
        text = text_of(app)
        assert "✓ passed" in text
        assert "by-hand" in text
        assert "busy" in text


async def test_an_empty_store_says_how_a_run_gets_there() -> None:
    """Nobody is left before an empty frame."""
    store = NOWHERE / "none.sqlite"
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store)
    async with app.run_test(size=(120, 36)) as pilot:
        page = await at_the_list(pilot, 0)
        await until(pilot, lambda: "nothing is stored yet" in text_of(app))
        await pilot.press("enter", "space", "b", "B", "period", "comma", "[", "left", "v", "escape")
        await pilot.pause()
        assert page.playback is None


async def test_a_store_that_is_none_says_so(tmp_path: Path) -> None:
    """In the list, and nothing falls over."""
    store = tmp_path / "runs.sqlite"
    store.write_text("this is no database, whatever it is called", encoding="utf-8")
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store)
    async with app.run_test(size=(120, 36)) as pilot:
        await at_the_list(pilot, 0)
        await until(pilot, lambda: "runs.sqlite" in text_of(app))


async def test_slash_lists_only_runs_with_these_words(app: SandboxApp) -> None:
    """While typing; the arrow keys move in the line, and escape takes it away."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await at_the_list(pilot)
        await pilot.press("/", *"zand", "home", "delete", *"by-h")
        await pilot.pause()
        assert page.stored.filter.value == "by-hand"
        assert [run.name for run in page.stored.runs] == ["r2"]
        assert "1 of 3" in text_of(app)
        await pilot.press("x")
        await pilot.pause()
        assert "none of 3 has these words" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert len(page.stored.runs) == 3
        await pilot.press("/", *"busy", "enter")
        await pilot.pause()
        assert panel_of(page) is page.stored.list


@pytest.mark.parametrize("size", SIZES)
async def test_a_hostile_name_is_text_and_nothing_else(
    app: SandboxApp, size: tuple[int, int]
) -> None:
    """Neither markup nor an escape sequence, in the list, in frames, and in the line on top."""
    async with app.run_test(size=size) as pilot:
        page = await in_a_run(pilot, "r3")
        shown = [text_of(app)]
        await press(pilot, "escape")
        assert page.playback is None
        shown.append(text_of(app))
        assert all("\x1b" not in text for text in shown)
        assert "[bold]x" in shown[1]
        assert "[red]" in shown[0] or size[0] < 120


# Time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [*SIZES, (200, 60), (80, 40), (200, 20)])
async def test_a_run_is_shown_over_its_line_of_time(app: SandboxApp, size: tuple[int, int]) -> None:
    """Lanes, clock, marks and where one is, at any size."""
    async with app.run_test(size=size) as pilot:
        await in_a_run(pilot)
        await press(pilot, "shift+right", "v", "v", "v")
        text = text_of(app)
        assert "00:00:10.0 of 00:00:" in text
        assert "✎" in text
        assert "paused" in text


@pytest.mark.parametrize("name", ["r1", "r2", "r3"])
async def test_at_its_end_a_replay_has_the_digest_that_was_stored(
    app: SandboxApp, name: str
) -> None:
    """The same bytes."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot, name)
        await press(pilot, "end")
        playback = playback_of(page)
        assert playback.session.digest == playback.recording.run.digest
        assert playback.phase is Phase.OVER
        assert "r again" not in text_of(app)


async def test_arrows_go_by_seconds_and_home_and_end_to_the_ends(app: SandboxApp) -> None:
    """Also while a list has the keys, which has uses of its own for them."""
    async with app.run_test(size=(160, 45)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "right", "right", "shift+right", "left")
        assert playback_of(page).session.now_us == 11 * SECOND
        await pilot.press("tab")
        assert panel_of(page) is page.player.messages
        await press(pilot, "shift+left", "left", "left")
        assert playback_of(page).session.now_us == 0
        await press(pilot, "end")
        end_us = playback_of(page).recording.end_us
        assert playback_of(page).session.now_us == end_us
        await press(pilot, "home")
        assert playback_of(page).session.fact_count == 0


async def test_dot_and_comma_go_by_one_event(app: SandboxApp) -> None:
    """Forth and back to the same bytes."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "shift+right")
        before = playback_of(page).session.digest
        await press(pilot, "full_stop", "full_stop")
        assert playback_of(page).session.digest != before
        await press(pilot, "comma")
        await press(pilot, "comma")
        assert playback_of(page).session.digest == before
        await press(pilot, "home", "comma")
        assert "this is the beginning" in text_of(app)


async def test_space_plays_at_a_speed_and_stops_at_the_end(
    app: SandboxApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As time goes by."""
    now = [0.0]
    monkeypatch.setattr(app, "clock", lambda: now[0])
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await pilot.press("space", "plus")
        playback = playback_of(page)
        for _ in range(8):
            now[0] += 0.05
            page.tick()
        assert playback.session.now_us == pytest.approx(0.4 * SECOND * playback.speed, abs=99)
        await pilot.press("minus", "space")
        at_us = playback.session.now_us
        now[0] += 0.05
        page.tick()
        assert playback.session.now_us == at_us
        await pilot.press("space")
        for _ in range(2000):
            now[0] += 0.2
            page.tick()
        await pilot.press("space")
        await pilot.pause()
        assert "this is its end" in text_of(app)


async def test_brackets_go_from_mark_to_mark(app: SandboxApp) -> None:
    """What is there is said: a fault that begins, a knob that was turned."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "right_square_bracket")
        assert playback_of(page).session.now_us == 8 * SECOND
        assert "sms" in page.notice.shown_text
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert playback_of(page).session.now_us == 20 * SECOND
        await press(pilot, "right_square_bracket")
        assert "no mark after this" in text_of(app)
        await press(pilot, "left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert "no mark before this" in text_of(app)


async def test_a_bookmark_is_a_mark_and_is_still_there_when_one_comes_back(
    app: SandboxApp,
) -> None:
    """Pressed once more, it is gone."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "right", "right", "b")
        assert "⚑" in text_of(app)
        await press(pilot, "escape")
        await pilot.press("enter")
        await until(pilot, lambda: page.player.survey is not None)
        await press(pilot, "right_square_bracket")
        assert playback_of(page).session.now_us == 2 * SECOND
        assert "bookmark 00:00:02.0" in page.notice.shown_text
        await press(pilot, "b")
        assert "⚑" not in text_of(app)


async def test_a_long_way_back_is_given_up_by_the_next_key(app: SandboxApp) -> None:
    """How far it is can be read; what was shown stays."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "end")
        playback = playback_of(page)
        shown = playback.session
        playback.aim(Goal(15 * SECOND))  # nobody travels yet
        page.paint()
        assert "going to 00:00:15.0" in page.notice.shown_text
        await pilot.press("escape")
        assert playback.goal is None
        assert playback.session is shown
        assert "stays at" in page.notice.shown_text
        playback.aim(Goal(15 * SECOND))
        await pilot.press("space")
        assert playback.goal is None
        assert playback.session is shown


async def test_a_click_on_the_line_of_time_goes_there(app: SandboxApp) -> None:
    """The last cell is the end."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        scrub = page.player.scrub
        view = scrub._view
        assert view is not None
        columns = columns_of(scrub.content_size.width)
        at = scrub.content_size.width - 1 - columns + column_of(10 * SECOND, view, columns)
        await pilot.click(scrub, offset=(at + 1, 3))
        await until(pilot, lambda: playback_of(page).goal is None)
        assert abs(playback_of(page).session.now_us - 10 * SECOND) < SECOND


async def test_a_message_stays_chosen_on_the_way_back(app: SandboxApp) -> None:
    """Its timeline is told as it was then; before it came, nothing is chosen."""
    async with app.run_test(size=(160, 45)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "end")
        page.player.messages.choose(20)
        await pilot.press("enter")
        await pilot.pause()
        assert panel_of(page) is page.player.timeline
        assert "m20" in page.player.timeline.shown_text
        await press(pilot, "shift+left")
        assert chosen_of(page) == 20
        await press(pilot, "home")
        assert chosen_of(page) is None


async def test_escape_goes_back_step_by_step(app: SandboxApp) -> None:
    """From the timeline to the list, to the newest, to the lanes, and then to the runs."""
    async with app.run_test(size=(80, 24)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "shift+right", "enter")
        assert panel_of(page) is page.player.timeline
        await press(pilot, "escape")
        assert panel_of(page) is page.player.messages
        assert chosen_of(page) is not None
        await press(pilot, "escape")
        assert chosen_of(page) is None
        assert panel_of(page) is page.player.flow
        await press(pilot, "escape")
        assert page.playback is None
        assert panel_of(page) is page.stored.list


async def test_a_click_on_the_key_bar_does_what_the_key_does(app: SandboxApp) -> None:
    """The keys offered are those of what is shown."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await at_the_list(pilot)
        await pilot.click(page.keys, offset=(2, 0))
        await until(pilot, lambda: page.playback is not None)
        await pilot.click(page.keys, offset=(2, 0))
        assert playback_of(page).is_playing


async def test_the_messages_can_be_filtered(app: SandboxApp) -> None:
    """In the language of the live screen; escape clears it, then lists the runs."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "end")
        await pilot.press("/", *"state:cancelled", "left", "enter")
        await pilot.pause()
        page.paint()
        await pilot.pause()
        assert "1 of" in str(page.player.messages.border_title)
        await press(pilot, "escape")
        assert page.player.keeper.line.value == ""
        await press(pilot, "escape")
        assert page.playback is None


async def test_the_world_cannot_be_turned_in_a_replay(app: SandboxApp) -> None:
    """The past is read-only, and says how to leave it."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await in_a_run(pilot)
        await press(pilot, "shift+right")
        digest = playback_of(page).session.digest
        for key in ("o", "O", "a", "u", "U", "0", "w", "k", "r"):
            page.say("")
            await pilot.press(key)
            assert READ_ONLY in page.notice.shown_text
        assert playback_of(page).session.digest == digest


# Branching ---------------------------------------------------------------------------------------


async def branch(pilot: Pilot[int], app: SandboxApp, name: str = "r2") -> str:
    """Ten seconds into a run, branched; the digest there."""
    page = await in_a_run(pilot, name)
    await press(pilot, "shift+right")
    digest = playback_of(page).session.digest
    await pilot.press("B")
    await until(pilot, lambda: app.screen is app.live)
    return digest


async def test_a_branch_is_the_live_session_at_that_instant(app: SandboxApp) -> None:
    """Paused, with its knobs unlocked and where they were."""
    async with app.run_test(size=(160, 45)) as pilot:
        digest = await branch(pilot, app)
        assert app.session.digest == digest
        assert app.session.now_us == 10 * SECOND
        assert app.session.phase is Phase.PAUSED
        assert app.session.providers()[0].is_out
        await pilot.press("o")
        assert not app.session.providers()[0].is_out
        assert app.session.digest != digest
        await pilot.press("4")
        await pilot.pause()
        assert isinstance(app.screen, ReplayPage)
        assert app.screen.playback is not None


async def test_c_compares_the_branch_with_what_it_left(app: SandboxApp) -> None:
    """From where they part, with what was turned since then."""
    async with app.run_test(size=(160, 45)) as pilot:
        await branch(pilot, app)
        await pilot.press("o", "c")
        await until(pilot, lambda: isinstance(app.screen, ComparePage))
        page = app.screen
        assert isinstance(page, ComparePage)
        await until(pilot, lambda: page.pair is not None and page.pair.sessions[1].now_us > 1)
        await until(pilot, lambda: "they part at 00:00:10.0:" in page.notice.shown_text)
        assert page.pair is not None
        first, second = page.pair.sessions
        assert page.pair.names == ("r2", "branch at 00:00:10.0")
        assert abs(first.now_us - second.now_us) < SECOND
        for _ in range(20):
            page.pair.advance(5 * SECOND)
        page.pair.differing.work(lambda: True)
        assert len(page.pair.differing)
        digest = (await asyncio.to_thread(recording, "r2")).run.digest
        assert first.digest == digest
        assert second.digest != digest
        await pilot.press("1", "3")
        await pilot.pause()
        assert page.pair.names[0] == "r2"


async def test_c_without_a_branch_says_how_to_get_one(app: SandboxApp) -> None:
    """On the live screen, in Replay, and after another run was opened."""
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("c")
        await pilot.pause()
        assert "branches from a stored run" in text_of(app)
        await branch(pilot, app)
        app.open_scenario(scenario())
        await pilot.press("c")
        await pilot.pause()
        assert app.screen is app.live
        assert "branches from a stored run" in text_of(app)


async def test_there_is_no_branch_where_nothing_is_left_to_happen(app: SandboxApp) -> None:
    """It says what to do instead."""
    async with app.run_test(size=(120, 36)) as pilot:
        await in_a_run(pilot)
        await press(pilot, "end", "B")
        assert "go back a little" in text_of(app)


# Keeping -----------------------------------------------------------------------------------------


async def test_k_keeps_the_session_and_4_replays_it(tmp_path: Path) -> None:
    """With what was done by hand; the digest is that of the session."""
    store = tmp_path / "runs.sqlite"
    live = load(BY_HAND)
    app = make_app(live, ticker=False, clock=time.monotonic, folder=NOWHERE, store=store)
    async with app.run_test(size=(120, 36)) as pilot:
        app.session.advance(int(8 * SECOND / app.session.speed))
        await pilot.press("o")
        app.session.advance(int(9 * SECOND / app.session.speed))
        await pilot.press("k")
        await until(pilot, lambda: "kept as r1: 4 replays it" in text_of(app))
        digest = app.session.digest
        kept = await asyncio.to_thread(list_runs, store)
        assert [run.digest for run in kept] == [digest]
        await pilot.press("4")
        await pilot.pause()
        page = app.screen
        assert isinstance(page, ReplayPage)
        await until(pilot, lambda: page.playback is not None)
        await press(pilot, "end")
        assert playback_of(page).session.digest == digest


async def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The session goes on."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = tmp_path / "file" / "runs.sqlite"
    app = make_app(load(BY_HAND), ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("k")
        await until(pilot, lambda: "not kept" in text_of(app))


async def test_a_viewer_in_a_browser_cannot_keep(tmp_path: Path) -> None:
    """Nothing is written to the disk of whoever serves the app."""
    store, viewer = tmp_path / "runs.sqlite", Opening(is_viewer=True)
    app = make_app(
        load(BY_HAND), ticker=False, clock=lambda: 0.0, folder=NOWHERE, opening=viewer, store=store
    )
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("k")
        await pilot.pause()
        assert REFUSAL in text_of(app)
        assert not store.exists()


# From the command --------------------------------------------------------------------------------


async def test_the_app_opens_on_a_run_that_is_named(store: Path) -> None:
    """Its scenario is on the live screen, and has not begun."""
    app = make_app(
        load(BY_HAND), ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store, wanted_run="r2"
    )
    async with app.run_test(size=(120, 36)) as pilot:
        page = app.screen
        assert isinstance(page, ReplayPage)
        await until(pilot, lambda: page.playback is not None)
        assert playback_of(page).recording.run.name == "r2"
        await pilot.press("1")
        await pilot.pause()
        assert app.session.fact_count == 0


async def test_a_run_that_cannot_be_opened_is_said(app: SandboxApp) -> None:
    """And the list stays."""
    async with app.run_test(size=(120, 36)) as pilot:
        page = await at_the_list(pilot)
        page._open("r99")
        await until(pilot, lambda: "no run 'r99'" in text_of(app))
        assert page.playback is None


def test_leaving_a_replay_exits_with_0(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As leaving the app does."""
    opened: list[str] = []
    monkeypatch.setattr(SandboxApp, "run", lambda app: opened.append(app.wanted_run))
    assert run_replay(recording("r2"), store) == 0
    assert opened == ["r2"]


async def test_a_run_that_is_opened_is_drawn_when_its_panels_have_their_size(
    app: SandboxApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panels are shown first and sized later; nothing else needs to happen for the picture."""
    monkeypatch.setattr(ReplayPage, "_look_through", lambda *_: None)
    async with app.run_test(size=(80, 24)) as pilot:
        page = await at_the_list(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: page.playback is not None)
        await until(pilot, lambda: bool(page.player.flow.shown_text))
        assert page.player.scrub.shown_text
        assert page.player.figures.shown_text
