from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from sandbox.app.frame import Phase
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.journal.digest import Digest
from sandbox.scenario.loader import load
from sandbox.simulation.world import World
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.screens.live_actions import LIVE_LATER
from sandbox.tui.widgets.channels import Channels, Cursor, slider_length
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.message_list import MessageList
from tests.tui.stage import CODES, advance, scenario, stage, text_of

SMALL, NORMAL, WIDE = (80, 24), (120, 36), (160, 45)
ODD_SIZES = [(60, 16), (75, 40), (200, 20), (59, 30), (250, 80), (110, 33), (150, 34), (1, 1)]


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[int]]:
    """The app at 160x45 with everything on the screen, twenty seconds into the run."""
    async with stage().run_test(size=WIDE) as pilot:
        advance(app_of(pilot), 20)
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[int]) -> SandboxApp:
    """The app of a pilot."""
    assert isinstance(pilot.app, SandboxApp)
    return pilot.app


def session_of(pilot: Pilot[int]) -> Session:
    """The run behind it."""
    return app_of(pilot).session


def line_of(pilot: Pilot[int], provider: str) -> int:
    """The line of the panel with the providers that names one, its frame counted."""
    lines = app_of(pilot).live.channels.shown_text.splitlines()
    return 1 + next(n for n, line in enumerate(lines) if provider in line)


def panel_of(pilot: Pilot[int]) -> Widget | None:
    """What the keys go to."""
    return pilot.app.focused


async def shown(pilot: Pilot[int]) -> str:
    """The screen as text, when all is painted."""
    await pilot.pause()
    return text_of(app_of(pilot))


# Time --------------------------------------------------------------------------------------------


class Clock:
    """Wall time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_time_goes_by_at_the_speed_shown() -> None:
    """A tick lets the run catch up with the wall time since the last one."""
    clock = Clock()
    app = make_app(scenario(), ticker=False, clock=clock)
    async with app.run_test(size=WIDE):
        for _ in range(10):
            clock.now += 0.1
            app.live.tick()
        assert app.session.frame().now_us == pytest.approx(4_000_000, abs=100)


async def test_after_a_long_gap_the_run_does_not_jump() -> None:
    """A terminal that was suspended for a minute goes on where it was."""
    clock = Clock()
    app = make_app(scenario(), ticker=False, clock=clock)
    async with app.run_test(size=WIDE):
        clock.now += 60
        app.live.tick()
        assert app.session.frame().now_us <= 1_000_000


async def test_space_pauses_and_goes_on(pilot: Pilot[int]) -> None:
    """One key stops the clock, the same key lets it run."""
    await pilot.press("space")
    assert session_of(pilot).phase is Phase.PAUSED
    assert "paused" in await shown(pilot)
    assert " space Run " in await shown(pilot)
    await pilot.press("space")
    assert session_of(pilot).phase is Phase.RUNNING
    assert " ▶ ×4 " in await shown(pilot)


async def test_while_paused_nothing_on_the_screen_changes() -> None:
    """However much wall time passes, a paused screen is the same to the last cell."""
    clock = Clock()
    app = make_app(scenario(), ticker=False, clock=clock)
    async with app.run_test(size=WIDE) as pilot:
        advance(app, 60)
        await pilot.press("space")
        before = await shown(pilot)
        for _ in range(50):
            clock.now += 1
            app.live.tick()
        assert await shown(pilot) == before


async def test_a_step_is_one_event_and_says_which(pilot: Pilot[int]) -> None:
    """The step key pauses, lets exactly one event happen, and tells it in words."""
    twin = session_of(pilot)
    world = World(twin.scenario.world)
    facts: list[Fact] = []
    while len(facts) < twin.fact_count:
        facts += world.step()
    await pilot.press("full_stop")
    assert twin.phase is Phase.PAUSED
    expected = world.step()
    assert twin.fact_count == len(facts) + len(expected)
    assert twin.frame().now_us == world.now
    assert f"m{expected[0][2]}: " in (await shown(pilot)).splitlines()[-2]


async def test_plus_and_minus_change_the_speed_up_to_its_ends(pilot: Pilot[int]) -> None:
    """The speed doubles and halves, and stays between a quarter and 512."""
    await pilot.press("+")
    assert "×8" in await shown(pilot)
    await pilot.press("-", "-")
    assert "×2" in await shown(pilot)
    await pilot.press(*["-"] * 9)
    assert "×¼" in await shown(pilot)
    await pilot.press(*["+"] * 20)
    assert "×512" in await shown(pilot)


async def test_r_starts_again_with_the_same_luck(pilot: Pilot[int]) -> None:
    """The same seed runs again from the start, with knobs as in the scenario."""
    session = session_of(pilot)
    digest = session.digest
    await pilot.press("o", "r")
    assert session.frame().now_us == 0
    assert session.deeds == []
    assert "seed 7" in await shown(pilot)
    advance(app_of(pilot), 20)
    assert session.digest == digest


async def test_capital_r_starts_again_with_other_luck(pilot: Pilot[int]) -> None:
    """The next seed is another run, and the screen says which."""
    digest = session_of(pilot).digest
    await pilot.press("R")
    assert "seed 8" in await shown(pilot)
    advance(app_of(pilot), 20)
    assert session_of(pilot).digest != digest


# Providers ---------------------------------------------------------------------------------------


async def test_o_breaks_the_chosen_provider_and_mends_it(pilot: Pilot[int]) -> None:
    """One key makes an outage, in the lane, in its panel, in the transport and in words."""
    await pilot.press("o")
    text = await shown(pilot)
    assert "✖ 0 sms" in text
    assert "OUTAGE 00:00:20" in text
    assert "✖ sms-main out" in text
    assert "sms-main is out: " in text
    await pilot.press("o")
    text = await shown(pilot)
    assert "OUTAGE" not in text
    assert "sms-main is mended" in text


async def test_arrows_choose_a_lane_and_with_it_its_provider(pilot: Pilot[int]) -> None:
    """Down in the lanes goes to the next level, whose provider the keys then turn."""
    await pilot.press("down", "o")
    providers = session_of(pilot).providers()
    assert [provider.is_out for provider in providers] == [False, True, False]
    assert "▸✖ 1 whatsapp" in await shown(pilot)
    await pilot.press("down", "down", "down", "up")
    assert "▸✖ 1 whatsapp" in await shown(pilot)


async def test_left_and_right_turn_the_failure_rate(pilot: Pilot[int]) -> None:
    """A step is a percentage point, with shift it is ten."""
    session = session_of(pilot)
    await pilot.press("right")
    assert session.providers()[0].failure_ppb == 70_000_000
    await pilot.press("shift+right")
    assert session.providers()[0].failure_ppb == 100_000_000
    await pilot.press("left")
    assert session.providers()[0].failure_ppb == 90_000_000
    await pilot.press("shift+left")
    assert session.providers()[0].failure_ppb == 0
    assert "0 % *" in await shown(pilot)
    assert len(session.deeds) == 4


async def test_the_panel_of_providers_has_a_knob_on_every_line(pilot: Pilot[int]) -> None:
    """Down in the panel goes through the knobs; right turns the one chosen."""
    session = session_of(pilot)
    await pilot.press("tab", "down", "right", "right")
    assert session.providers()[0].median_us == 4_800_000
    await pilot.press("down", "right")
    assert session.providers()[0].lost_ppb == 30_000_000
    await pilot.press("down", "left", "left")
    assert "500/s *" in await shown(pilot)
    await pilot.press("down", "right")
    assert session.providers()[0].is_out
    await pilot.press("down", "down", "right")
    assert session.providers()[1].latency > 1


async def test_a_change_is_at_the_instant_shown_and_before_the_next_event(
    pilot: Pilot[int],
) -> None:
    """What somebody turned stands in the log at the clock they saw."""
    await pilot.press("space", "right")
    turn = session_of(pilot).deeds[0]
    assert turn.at_us == session_of(pilot).frame().now_us == 20_000_000
    assert turn.seq == session_of(pilot).fact_count


async def test_a_paused_screen_shows_what_the_user_does(pilot: Pilot[int]) -> None:
    """Pause never blocks a knob."""
    await pilot.press("space", "shift+right")
    assert "10 % *" in await shown(pilot)


# Messages ----------------------------------------------------------------------------------------


async def test_enter_shows_why_a_message_went_its_way(pilot: Pilot[int]) -> None:
    """Enter opens the timeline of a message that switched, reasons included."""
    advance(app_of(pilot), 60)
    await pilot.press("enter")
    assert panel_of(pilot) is app_of(pilot).live.timeline
    text = app_of(pilot).live.timeline.shown_text.replace("\n", " ")
    assert "→ next level: whatsapp" in text
    assert "by receipt" in text or "no delivered receipt within 30 s" in text


async def test_a_chosen_message_has_its_own_timeline(pilot: Pilot[int]) -> None:
    """Arrow keys in the list choose the message whose timeline is shown."""
    app = app_of(pilot)
    await pilot.press("tab", "tab", "down", "down", "down", "enter")
    newest = app.session.message_count
    assert app.live.messages.chosen == newest - 2
    assert f"m{newest - 2} " in app.live.timeline.shown_text


async def test_escape_goes_back_step_by_step(pilot: Pilot[int]) -> None:
    """From the timeline to the list, then to following, then to the lanes."""
    app = app_of(pilot)
    await pilot.press("enter", "escape")
    assert panel_of(pilot) is app.live.messages
    await pilot.press("escape")
    assert app.live.messages.chosen is None
    await pilot.press("escape")
    assert panel_of(pilot) is app.live.flow


async def test_before_anything_switched_the_timeline_says_what_to_do() -> None:
    """An empty timeline is an invitation."""
    async with stage().run_test(size=WIDE) as pilot:
        assert "Choose a message and press enter" in await shown(pilot)
        assert "no message yet" in await shown(pilot)


# Panels and sizes --------------------------------------------------------------------------------


async def test_tab_goes_through_all_panels_and_back(pilot: Pilot[int]) -> None:
    """Every panel can be reached by keyboard, in a circle, in both directions."""
    live = app_of(pilot).live
    seen = []
    for _ in range(5):
        seen.append(panel_of(pilot))
        await pilot.press("tab")
    assert seen == [live.flow, live.channels, live.messages, live.timeline, live.flow]
    await pilot.press("shift+tab")
    assert panel_of(pilot) is live.flow


async def test_the_panel_under_the_keys_can_be_told_without_colours(pilot: Pilot[int]) -> None:
    """The focused panel has a heavy frame, the others a light one."""
    assert "┏━ Cascade" in await shown(pilot)
    await pilot.press("tab")
    text = await shown(pilot)
    assert "╭─ Cascade" in text
    assert "┏━ Providers" in text


async def test_at_eighty_by_twenty_four_v_goes_from_view_to_view() -> None:
    """On the smallest product every panel is one or two keys away."""
    async with stage().run_test(size=SMALL) as pilot:
        advance(app_of(pilot), 20)
        titles = []
        for _ in range(4):
            text = await shown(pilot)
            names = ("Cascade", "Providers", "Messages", "Timeline")
            titles.append([n for n in names if f"━ {n} " in text or f"─ {n} " in text])
            await pilot.press("v")
        assert titles == [["Cascade"], ["Providers"], ["Messages", "Timeline"], ["Cascade"]]


async def test_at_eighty_by_twenty_four_tab_gets_everywhere_too() -> None:
    """Tab opens the view of the next panel by itself."""
    app = stage()
    async with app.run_test(size=SMALL) as pilot:
        for widget in (app.live.channels, app.live.messages, app.live.timeline, app.live.flow):
            await pilot.press("tab")
            await pilot.pause()
            assert panel_of(pilot) is widget
            assert widget.display


async def test_on_a_wide_screen_v_says_that_all_is_there(pilot: Pilot[int]) -> None:
    """Where everything fits there is no other view."""
    await pilot.press("v")
    assert "everything is on the screen already" in await shown(pilot)


async def test_resizing_never_fails_and_keeps_the_panel_under_the_keys(pilot: Pilot[int]) -> None:
    """From any size to any other, the app goes on, and focus stays where it was."""
    app = app_of(pilot)
    await pilot.press("tab", "tab")
    for size in [*ODD_SIZES, SMALL, *reversed(ODD_SIZES), WIDE]:
        await pilot.resize_terminal(*size)
        advance(app, 1)
        lines = (await shown(pilot)).splitlines()
        assert len(lines) <= size[1]
    assert panel_of(pilot) is app.live.messages
    await pilot.resize_terminal(*SMALL)
    assert " Messages " in await shown(pilot)


async def test_a_terminal_that_is_too_small_is_told_so() -> None:
    """Below sixty by sixteen the screen says what it needs, and still can be left."""
    async with stage().run_test(size=(50, 12)) as pilot:
        assert "50x12 is too small: 60x16 is the least" in await shown(pilot)
        await pilot.press("tab", "v", "enter", "escape", "o", "space")
        await pilot.press("q")
    assert app_of(pilot).return_code == 0


@pytest.mark.parametrize("size", [SMALL, NORMAL, WIDE, (200, 60)])
async def test_nothing_sticks_out_of_the_screen(size: tuple[int, int]) -> None:
    """Key bar, transport and words fit their line at every supported size."""
    async with stage().run_test(size=size) as pilot:
        advance(app_of(pilot), 20)
        lines = (await shown(pilot)).splitlines()
        assert all(len(line) <= size[0] for line in lines)
        assert "? Help" in lines[-1]
        assert "q Quit" in lines[-1]


# Saving ------------------------------------------------------------------------------------------


async def test_a_session_is_saved_and_the_file_runs_to_the_same_digest(tmp_path: Path) -> None:
    """A key writes the scenario, the words say where, and a second time another file."""
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path)
    async with app.run_test(size=SMALL) as pilot:
        advance(app, 20)
        await pilot.press("o", "w")
        path = tmp_path / "codes-saved.yaml"
        assert "saved as far as it is as codes-saved.yaml" in await shown(pilot)
        assert _digest_of(path) == app.session.digest
        advance(app, 3600)
        await pilot.press("w")
        assert "saved as codes-saved-2.yaml: `sandbox run" in await shown(pilot)
        assert _digest_of(tmp_path / "codes-saved-2.yaml") == app.session.digest


def _digest_of(path: Path) -> str:
    digest = Digest()
    for facts in run_virtual(World(load(path).world)):
        digest.update(facts)
    return digest.text


async def test_a_session_that_cannot_be_saved_goes_on(tmp_path: Path) -> None:
    """A folder that cannot be written to is said, and nothing of the session is lost."""
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0, folder=tmp_path / "gone")
    async with app.run_test(size=NORMAL) as pilot:
        advance(app, 20)
        before = app.session.digest
        await pilot.press("w")
        assert "not saved: cannot write" in await shown(pilot)
        assert app.session.digest == before
        assert app.session.phase is Phase.RUNNING


async def test_when_the_run_is_over_the_knobs_say_so(pilot: Pilot[int]) -> None:
    """What can no longer change anything is not turned in silence."""
    advance(app_of(pilot), 3600)
    await pilot.press("o")
    assert "the run is over" in await shown(pilot)
    assert session_of(pilot).deeds == []


# Mouse -------------------------------------------------------------------------------------------


async def test_a_click_on_a_slider_sets_the_knob(pilot: Pilot[int]) -> None:
    """A slider goes where it was hit."""
    app = app_of(pilot)
    width = app.live.channels.content_size.width
    await pilot.click(Channels, offset=(1 + 10 + slider_length(width) - 1, 2))
    assert app.session.providers()[0].failure_ppb == 1_000_000_000
    await pilot.click(Channels, offset=(1 + 10, 2))
    assert app.session.providers()[0].failure_ppb == 0


async def test_a_click_on_the_switch_makes_an_outage(pilot: Pilot[int]) -> None:
    """The outage line is a switch, of the provider it belongs to."""
    await pilot.click(Channels, offset=(10, line_of(pilot, "wa-cloud") + 5))
    assert [p.is_out for p in session_of(pilot).providers()] == [False, True, False]


async def test_a_click_on_a_provider_chooses_it(pilot: Pilot[int]) -> None:
    """The name of a provider chooses it and turns nothing."""
    await pilot.click(Channels, offset=(3, line_of(pilot, "wa-cloud")))
    await pilot.pause()
    assert app_of(pilot).live._cursor == Cursor(1, Knob.FAILURE)
    assert session_of(pilot).deeds == []
    for line in (1, 2):  # a gap between two providers, and what was noted of the first
        await pilot.click(Channels, offset=(3, line_of(pilot, "wa-cloud") - line))
    assert app_of(pilot).live._cursor == Cursor(1, Knob.FAILURE)


async def test_a_click_on_a_lane_and_the_key_bar(pilot: Pilot[int]) -> None:
    """Lanes can be chosen and keys pressed with the mouse."""
    await pilot.click(Flow, offset=(5, 9))
    await pilot.pause()
    keys = app_of(pilot).live.keys
    await pilot.click(keys, offset=(keys.shown_text.index("Outage"), 0))
    await pilot.pause()
    assert session_of(pilot).providers()[1].is_out


async def test_a_double_click_on_a_message_opens_its_timeline(pilot: Pilot[int]) -> None:
    """The mouse gets to a timeline as well."""
    app = app_of(pilot)
    await pilot.click(MessageList, offset=(5, 4), times=2)
    await pilot.pause()
    assert panel_of(pilot) is app.live.timeline
    assert f"m{app.live.messages.chosen} " in app.live.timeline.shown_text


async def test_the_wheel_scrolls_lists_without_choosing(pilot: Pilot[int]) -> None:
    """The wheel moves through messages and through a long timeline."""
    app = app_of(pilot)
    await pilot._post_mouse_events(  # the pilot has no wheel of its own
        [_wheel()], widget=MessageList, offset=(5, 5), button=0
    )
    await pilot.pause()
    assert app.live.messages.scroll_y > 0


def _wheel() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


# States ------------------------------------------------------------------------------------------


async def test_when_all_is_quiet_the_screen_says_what_to_press() -> None:
    """A finished run says so, and that the pause key cannot help."""
    async with stage(load__0__for="10s").run_test(size=WIDE) as pilot:
        advance(app_of(pilot), 1000)
        text = await shown(pilot)
        assert "■ over" in text
        assert "all is quiet · r again" in text
        await pilot.press("space")
        assert "r starts it again" in await shown(pilot)
        await pilot.press("full_stop")
        assert "nothing is left to happen" in await shown(pilot)
        await pilot.press("r")
        assert "■ over" not in await shown(pilot)


async def test_an_error_inside_pauses_and_says_so(
    pilot: Pilot[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in the simulation is words on the screen, never a traceback."""
    with monkeypatch.context() as patch:
        patch.setattr(World, "advance", lambda *_: 1 / 0)
        advance(app_of(pilot), 5)
    text = await shown(pilot)
    assert "stopped by an error" in text
    assert "ZeroDivisionError: division by zero" in text
    await pilot.press("escape")
    assert "r starts again" in await shown(pilot)
    await pilot.press("enter", "o", "right", "space")
    assert session_of(pilot).deeds == []
    await pilot.press("r")
    assert session_of(pilot).phase is Phase.RUNNING


@pytest.mark.parametrize("key", list(LIVE_LATER))
async def test_a_key_of_a_later_version_says_that_it_is_not_built(
    pilot: Pilot[int], key: str
) -> None:
    """Nothing is answered with silence, and nothing else happens."""
    lines = session_of(pilot).fact_count
    await pilot.press(key)
    assert "not built yet: " in await shown(pilot)
    assert session_of(pilot).fact_count == lines


async def test_captions_of_the_demo_stand_in_the_bottom_line() -> None:
    """What the scenario says about an instant is shown when it is there."""
    text = CODES + 'demo: {captions: [{at: 0s, say: "Watch."}, {at: 15s, say: "Now SMS."}]}\n'
    async with stage(text).run_test(size=SMALL) as pilot:
        advance(app_of(pilot), 1)
        assert (await shown(pilot)).splitlines()[-2] == " Watch."
        advance(app_of(pilot), 20)
        assert (await shown(pilot)).splitlines()[-2] == " Now SMS."


HOSTILE = "\x1b[2J[bold]\u202ex\u200b[/]"


@pytest.mark.parametrize("size", [SMALL, NORMAL, WIDE])
async def test_hostile_words_of_a_scenario_are_shown_literally(size: tuple[int, int]) -> None:
    """Titles, captions and names cannot clear the screen, hide or become markup."""
    escaped = HOSTILE.encode("unicode_escape").decode()
    text = CODES.replace(
        "title: Login codes by SMS, then WhatsApp, then Viber", f'title: "{escaped}"'
    ).replace("load:", f'demo: {{captions: [{{at: 0s, say: "{escaped}"}}]}}\nload:')
    async with stage(text).run_test(size=size) as pilot:
        advance(app_of(pilot), 20)
        seen = await shown(pilot)
        assert r"\x1b[2J[bold]\u202ex\u200b[/]" in seen
        assert not set("\x1b\u202e\u200b") & set(seen)


# Parity ------------------------------------------------------------------------------------------


async def test_a_run_driven_through_the_app_has_the_digest_of_a_headless_run() -> None:
    """Keys that only look, pause, step or hurry leave no trace in the log."""
    app = stage(load__0__for="40s")
    digest = Digest()
    for facts in run_virtual(World(app.session.scenario.world)):
        digest.update(facts)
    async with app.run_test(size=WIDE) as pilot:
        for keys in (["+", "."], ["space", "v"], ["space", "enter"], [".", ".", "space", "escape"]):
            app.session.advance(2_345_678)
            await pilot.press(*keys)
        if app.session.phase is Phase.PAUSED:
            await pilot.press("space")
        while app.session.phase is Phase.RUNNING:
            app.session.advance(1_234_567)
    assert app.session.digest == digest.text
