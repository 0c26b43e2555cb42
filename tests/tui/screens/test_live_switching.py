"""A person sends a provider outside from the app, sees what is real, and takes it back at once."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from sandbox.app.guard import Command
from sandbox.app.live_session import LiveSession
from sandbox.app.stored import replay
from sandbox.tui.app import STAYS, SandboxApp
from sandbox.tui.opening import REFUSAL, Opening
from sandbox.tui.screens.live_actions import REFUSED_IN_REAL_TIME
from sandbox.tui.screens.live_switching import ALREADY
from sandbox.tui.screens.switch_card import SwitchCard
from tests.support.live_apps import WITH_ANNA, live_app, live_of, seen, start
from tests.support.locked import NO_ROOM
from tests.support.sent import NUMBER, OTHER, own_place, vendors
from tests.tui.stage import CODES, text_of

SIZE = (140, 40)
LIVE = Command(verb="open", is_live=True)
CROWD = WITH_ANNA.replace("load: [", "load: [{poisson: 5/s, for: 1m}, ")
EMPTY = WITH_ANNA.replace(
    "{message: for-anna, to: anna, at: 3s}", "{message: early, to: anna, at: 0s}"
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caps and runs of this test's own."""
    return own_place(tmp_path, monkeypatch)


async def card_of(app: SandboxApp, pilot: Pilot[int]) -> SwitchCard:
    """The dialog, opened on the first provider."""
    await pilot.press("L")
    await pilot.pause()
    assert isinstance(app.screen, SwitchCard)
    return app.screen


def on(app: SandboxApp, screen: object) -> bool:
    """Whether a screen is the one that is shown."""
    return app.screen is screen


def list_of(path: Path) -> list[Path]:
    """What stands where the runs would be."""
    return [*path.parent.glob("runs*")]


def words(card: SwitchCard) -> str:
    """What a dialog says, however it is wrapped."""
    return " ".join(card.lines.shown_text.split())


async def begun(app: SandboxApp, pilot: Pilot[int]) -> LiveSession:
    """The session, when it has begun."""
    await seen(app, pilot, lambda: bool(live_of(app).run_name))
    return live_of(app)


async def switched(app: SandboxApp, pilot: Pilot[int], typed: str = NUMBER) -> None:
    """The first provider is real now."""
    await card_of(app, pilot)
    await pilot.press(*typed, "enter")
    await pilot.pause()
    assert on(app, app.live)
    assert live_of(app).real == ("sms",)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("no_color", ["", "1"])
async def test_one_types_the_number_and_the_message_is_really_sent(
    path: Path, no_color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog says what would leave, and LIVE stands everywhere; the fake has got it once."""
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    with vendors(WITH_ANNA) as there:
        app = live_app(WITH_ANNA, start(there, path))
        async with app.run_test(size=SIZE) as pilot:
            live = await begun(app, pilot)
            assert "real time, all simulated, kept as r1" in app.live.header.shown_text
            assert "LIVE" not in text_of(app)
            card = await card_of(app, pilot)
            shown = words(card)
            assert f"sms to {NUMBER} through sms (twilio at {there.url}/sms), once" in shown
            assert "Code ******" in shown
            assert "for at most 0.04 EUR together" in shown
            assert "not verified, twilio" in shown
            assert "Receipts come in by asking." in shown
            card.typed.value = NUMBER
            await pilot.press("enter")
            await pilot.pause()
            assert on(app, app.live)
            await seen(app, pilot, lambda: live.message_count > 0 and live.is_decided(1))
            row = live.row(1)
            assert row is not None
            assert (row.is_real, row.outcome, row.surprise) == (True, "delivered", "")
            assert "LIVE sms → twilio at 127.0.0.1" in app.live.header.shown_text
            assert " LIVE " in app.live.transport.shown_text
            assert "LIVE 0 sms" in app.live.flow.shown_text
            assert "LIVE 1 viber" not in app.live.flow.shown_text
            assert "LIVE twilio at 127" in app.live.channels.shown_text
            assert "LIVE sms delivered" in text_of(app)
            assert "true not known" in app.live.figures.shown_text
            await pilot.press("down", "enter")
            app.live.messages.choose(1)
            app.live.paint()
            await pilot.pause()
            assert "LIVE: really sent" in text_of(app)
            app.action_glyphs()
            await pilot.pause()
            plain = text_of(app)
            assert plain.isascii()
            assert plain.count("LIVE") >= 5
        assert there.counts["submitted"] == 1
    proven = await asyncio.to_thread(replay, path, "r1")
    assert proven.difference is None
    assert proven.line_count > 3


async def test_another_number_switches_nothing_and_neither_does_escape(path: Path) -> None:
    """No socket is opened: this test may not."""
    app = live_app(WITH_ANNA, start(None, path))
    async with app.run_test(size=SIZE) as pilot:
        live = await begun(app, pilot)
        card = await card_of(app, pilot)
        await pilot.press(*OTHER, "enter")
        await pilot.pause()
        assert on(app, card)
        assert "confirmation: another number was typed" in words(card)
        assert live.real == ()
        await pilot.press("escape")
        await pilot.pause()
        assert on(app, app.live)
        assert "nothing was switched: sms is simulated" in app.live.notice.shown_text
        await seen(app, pilot, lambda: live.message_count > 0 and live.is_decided(1))
        assert live.real_messages == set()


def _without_price(text: str) -> str:
    return text.replace("    price: {amount: 0.04 EUR}\n", "")


MISSING: dict[str, tuple[str, dict[str, Any], str]] = {
    "--live": (WITH_ANNA, {"command": Command(verb="open")}, "Add --live"),
    "verb": (WITH_ANNA, {"command": Command(verb="demo", is_live=True)}, "never sends anything"),
    "store": (
        WITH_ANNA,
        {"command": Command(verb="open", is_live=True, keeps=False)},
        "--no-store",
    ),
    "recipient": (CROWD, {}, "the person is made up"),
    "allow-list": (WITH_ANNA, {"allow": (OTHER,)}, "is not on the allow-list"),
    "price": (_without_price(WITH_ANNA), {}, "nobody says what it costs"),
}


@pytest.mark.parametrize("condition", [*MISSING])
async def test_what_is_missing_is_said_and_nothing_can_be_typed(path: Path, condition: str) -> None:
    """Whatever is pressed then, nothing is switched; no socket is opened."""
    text, more, why = MISSING[condition]
    app = live_app(text, start(None, path, **more))
    async with app.run_test(size=SIZE) as pilot:
        live = await begun(app, pilot)
        card = await card_of(app, pilot)
        assert "The live lock is shut: nothing is switched." in words(card)
        assert f"· {condition}: " in words(card)
        assert why in words(card)
        assert not card.query("#switch-typed")
        await pilot.press(*NUMBER, "enter")
        await pilot.pause()
        assert live.real == ()
        await pilot.press("escape")
        await pilot.pause()
        assert on(app, app.live)


async def test_credentials_that_are_missing_are_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    app = live_app(WITH_ANNA, start(None, path))
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot)
        assert "· credentials: sms: " in words(await card_of(app, pilot))
        assert live_of(app).real == ()


async def test_caps_without_room_are_named(path: Path) -> None:
    app = live_app(WITH_ANNA, start(None, path))
    async with app.run_test(size=SIZE) as pilot:
        live = await begun(app, pilot)
        live.start = replace(live.start, config=replace(live.start.config, caps=NO_ROOM))
        assert "· caps: " in words(await card_of(app, pilot))
        assert live.real == ()


@pytest.mark.usefixtures("loopback")
async def test_one_key_has_everything_simulated_again_and_undo_does_not_bring_it_back(
    path: Path,
) -> None:
    """No dialog; what is written afterwards is simulated, and the fake hears of nothing."""
    with vendors(EMPTY) as there:
        app = live_app(EMPTY, start(there, path))
        async with app.run_test(size=SIZE) as pilot:
            live = await begun(app, pilot)
            await seen(app, pilot, lambda: live.message_count > 0 and live.is_decided(1))
            await switched(app, pilot, "sms")
            await pilot.press("x")
            await pilot.pause()
            assert on(app, app.live)
            assert live.real == ()
            assert "everything is simulated from here on: sms" in app.live.notice.shown_text
            await pilot.press("u")
            await pilot.pause()
            assert live.real == ()
            await pilot.press("x")
            await pilot.pause()
            assert ALREADY in app.live.notice.shown_text
            await pilot.press("n")
            await pilot.pause()
            await pilot.press("tab", *"anna", "enter")
            await pilot.pause()
            assert on(app, app.live)
            await seen(app, pilot, lambda: live.message_count > 1 and live.is_decided(2))
            row = live.row(2)
            assert row is not None
            assert not row.is_real
            assert "LIVE" not in app.live.header.shown_text
        assert there.requests == 0


@pytest.mark.usefixtures("loopback")
async def test_a_message_of_ones_own_is_asked_about_and_really_sent(path: Path) -> None:
    """Nothing of the load is to come, so the provider's name is typed; then the number."""
    with vendors(EMPTY) as there:
        app = live_app(EMPTY, start(there, path))
        async with app.run_test(size=SIZE) as pilot:
            live = await begun(app, pilot)
            await seen(app, pilot, lambda: live.message_count > 0 and live.is_decided(1))
            await switched(app, pilot, "sms")
            await pilot.press("n")
            await pilot.pause()
            await pilot.press("tab", *"anna", "enter")
            await pilot.pause()
            await pilot.pause()
            card = app.screen
            assert isinstance(card, SwitchCard)
            assert f"message own-1 through otp sms to {NUMBER}" in words(card)
            assert live.message_count == 1
            await pilot.press(*OTHER, "enter")
            await pilot.pause()
            assert "another number was typed" in words(card)
            assert there.requests == 0
            card.typed.value = NUMBER
            await pilot.press("enter")
            await pilot.pause()
            assert "LIVE: own-1 is on its way" in app.live.notice.shown_text
            await seen(app, pilot, lambda: live.message_count > 1 and live.is_decided(2))
            row = live.row(2)
            assert row is not None
            assert (row.is_real, row.name, row.outcome) == (True, "own-1", "delivered")
        assert there.counts["submitted"] == 1
    proven = await asyncio.to_thread(replay, path, "r1")
    assert proven.difference is None


async def test_a_text_of_ones_own_and_a_stranger_are_not_sent(path: Path) -> None:
    """The wording of a real message is the cascade's; who is not on the list gets nothing."""
    app = live_app(EMPTY, start(None, path))
    async with app.run_test(size=SIZE) as pilot:
        live = await begun(app, pilot)
        await seen(app, pilot, lambda: live.message_count > 0 and live.is_decided(1))
        await switched(app, pilot, "sms")
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"Hi", "tab", *"anna", "enter")
        await pilot.pause()
        assert "has a text of its own" in text_of(app)
        await pilot.press("escape", "n")
        await pilot.pause()
        await pilot.press("tab", *OTHER, "enter")
        await pilot.pause()
        await pilot.pause()
        card = app.screen
        assert isinstance(card, SwitchCard)
        assert f"· allow-list: {OTHER} is not on the allow-list" in words(card)
        assert not card.query("#switch-typed")
        await pilot.press("escape")
        await pilot.pause()
        assert "own-1 was not sent" in app.live.notice.shown_text
        assert live.message_count == 1


async def test_real_time_refuses_by_name_what_it_cannot_do(path: Path) -> None:
    """It does not stop, has one speed, is not begun again, and is no scenario."""
    app = live_app(WITH_ANNA, start(None, path))
    async with app.run_test(size=SIZE) as pilot:
        live = await begun(app, pilot)
        for key, name in {
            "space": "pause", ".": "step", "plus": "faster", "minus": "slower", "r": "restart",
            "R": "reseed", "w": "save", "W": "save_pinned", "k": "keep",
        }.items():  # fmt: skip
            app.live.say("")
            await pilot.press(key)
            await pilot.pause()
            assert REFUSED_IN_REAL_TIME[name] in app.live.notice.shown_text, key
        assert live.speed == 1
        app.open_scenario(live.scenario)
        await pilot.pause()
        assert app.session is live
        assert STAYS in app.live.notice.shown_text


@pytest.mark.parametrize("verb", ["open", "demo", "replay"])
async def test_without_live_the_switch_says_so_and_nothing_is_switched(
    path: Path, verb: str
) -> None:
    app = live_app(WITH_ANNA, None)
    app.opening = Opening(verb=verb)
    async with app.run_test(size=SIZE) as pilot:
        card = await card_of(app, pilot)
        assert "· --live: --live does not stand on this command" in words(card)
        assert ("· verb: " in words(card)) == (verb != "open")
        assert not card.query("#switch-typed")
        await pilot.press("escape")
        await pilot.pause()
        assert app.session.live is None
    assert not list_of(path)


async def test_a_provider_without_an_adapter_is_only_ever_simulated(path: Path) -> None:
    app = live_app(CODES, None)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("L")
        await pilot.pause()
        assert on(app, app.live)
        assert "sms-main is only simulated: the scenario gives it no" in text_of(app)
    assert not list_of(path)


async def test_whoever_looks_on_in_a_browser_is_refused(path: Path) -> None:
    app = live_app(WITH_ANNA, None)
    app.opening = Opening(is_viewer=True, verb="web")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("L")
        await pilot.pause()
        assert on(app, app.live)
        assert REFUSAL in app.live.notice.shown_text
    assert not list_of(path)
