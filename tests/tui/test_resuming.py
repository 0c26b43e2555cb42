"""The app left, and started again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sandbox.app.last_time import FILE, LastTime, read_last_time
from sandbox.app.sieve import Order
from sandbox.tui.app import SandboxApp, make_app, run_app
from sandbox.tui.desk import Place
from sandbox.tui.opening import Opening
from sandbox.tui.resuming import last_time_of, place_of, put_back
from tests.tui.stage import CODES, advance, scenario, text_of

Doing = Callable[[SandboxApp, Pilot[int]], Awaitable[None]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario in a file of its own, and settings in which nobody waits for the first card."""
    made = tmp_path / "codes.yaml"
    made.write_text(CODES, encoding="utf-8")
    (tmp_path / "settings.toml").write_text("version = 1\nfirst_card_dismissed = true\n")
    return made


def in_it(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], doing: Doing) -> None:
    """What somebody does in the app that is run next."""

    def run(self: SandboxApp) -> None:
        async def session() -> None:
            self._ticker = False
            async with self.run_test(size=size) as pilot:
                await pilot.pause()
                await doing(self, pilot)

        asyncio.run(session())

    monkeypatch.setattr(SandboxApp, "run", run)


def started(file: Path, *, resumes: bool = True, **how: object) -> None:
    """Start the app, as `sandbox` does without arguments, and else as `sandbox open FILE`."""
    settings = file.with_name("settings.toml")
    assert run_app(file, settings=settings, resumes=resumes, **how) == 0  # type: ignore[arg-type]  # as the test says


async def leave_in_compare(app: SandboxApp, pilot: Pilot[int]) -> None:
    """Another seed, twice as fast, sorted and filtered, in another view, and then elsewhere."""
    advance(app, 30)
    await pilot.press("R", "+", "s", "S", "slash", *"state:delivered", "enter", "v")
    await pilot.pause()
    await pilot.press("3")
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 45)])
def test_the_next_start_is_where_one_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """Place, seed, speed, filter, order, view and panel."""
    seen: list[tuple[object, ...]] = []

    def what(app: SandboxApp) -> tuple[object, ...]:
        return (app.place, app.session.seed, app.session.speed, app.live.list.sifted,
                app.live.stands)  # fmt: skip

    async def leave(app: SandboxApp, pilot: Pilot[int]) -> None:
        await leave_in_compare(app, pilot)
        seen.append(what(app))

    async def look(app: SandboxApp, pilot: Pilot[int]) -> None:
        assert "[3 Compare]" in text_of(app)
        await pilot.press("1")
        await pilot.pause()
        app.place = Place.COMPARE  # as it began
        seen.append(what(app))
        assert "state:delivered" in text_of(app) or size[0] < 160

    in_it(monkeypatch, size, leave)
    started(file)
    in_it(monkeypatch, size, look)
    started(file)
    assert seen[0] == seen[1]
    assert seen[0][0] is Place.COMPARE
    assert seen[0][1] == 8
    assert seen[0][3] == ("state:delivered", Order.TOOK, True)


def test_a_file_that_is_named_is_obeyed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own seed, on the live screen, all messages; how one likes to look stays."""

    async def look(app: SandboxApp, pilot: Pilot[int]) -> None:
        await pilot.pause()
        assert app.screen is app.live
        assert app.session.seed == 7
        assert app.live.list.sifted == ("", Order.TOOK, True)

    in_it(monkeypatch, (120, 36), leave_in_compare)
    started(file)
    in_it(monkeypatch, (120, 36), look)
    started(file, resumes=False)


def test_a_seed_that_is_named_is_obeyed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it was the last time."""

    async def look(app: SandboxApp, _: Pilot[int]) -> None:
        assert app.session.seed == 99

    in_it(monkeypatch, (120, 36), leave_in_compare)
    started(file)
    in_it(monkeypatch, (120, 36), look)
    started(file, seed=99)


def test_another_scenario_has_its_own_seed_and_no_filter(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one may be gone, and the usual one is opened."""
    other = file.with_name("other.yaml")
    other.write_text(CODES.replace("seed: 7", "seed: 3"), encoding="utf-8")

    async def look(app: SandboxApp, _: Pilot[int]) -> None:
        assert app.session.seed == 3
        assert app.live.list.sifted[0] == ""
        assert app.place is Place.COMPARE

    in_it(monkeypatch, (120, 36), leave_in_compare)
    started(file)
    in_it(monkeypatch, (120, 36), look)
    started(other)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\x00 no text", b"version = 1\nplace = 'nowhere'\npanel = 'x'\nview = 90",
        b"version = 1\nscenario = 7\nseed = 'x'\norder = 4\nfilter = 'took>>'",
        b"version = 1\nfilter = 'nonsense:1'", b"",
    ],
)  # fmt: skip
def test_damage_never_keeps_the_app_from_starting(
    file: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """It begins as it would the first time, and leaves a whole file behind."""
    text = content.replace(b"version = 1", f"version = 1\nscenario = '{file}'".encode(), 1)
    file.with_name(FILE).write_bytes(text if b"scenario = 7" not in content else content)

    async def look(app: SandboxApp, pilot: Pilot[int]) -> None:
        advance(app, 5)
        await pilot.pause()
        assert app.screen is app.live
        assert app.live.list.sifted == ("", Order.NEWEST, False)

    in_it(monkeypatch, (120, 36), look)
    started(file)
    assert read_last_time(file.with_name(FILE)).place == Place.LIVE


def test_a_folder_that_cannot_be_written_to_is_no_trouble(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app ends as it should."""
    file.with_name(FILE).mkdir()

    async def nothing(app: SandboxApp, _: Pilot[int]) -> None:
        assert app.place is Place.LIVE

    in_it(monkeypatch, (120, 36), nothing)
    started(file)


def test_the_card_of_the_first_start_is_shown_where_it_belongs(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the live screen, wherever one was."""
    file.with_name(FILE).write_text(f"version = 1\nscenario = '{file}'\nplace = 'compare'\n")
    file.with_name("settings.toml").unlink()

    async def look(app: SandboxApp, pilot: Pilot[int]) -> None:
        await pilot.pause()
        assert app.opening.first_card
        assert app.screen is app.live

    in_it(monkeypatch, (120, 36), look)
    started(file)


@pytest.mark.parametrize("opening", [Opening(is_demo=True), Opening(is_viewer=True)])
def test_a_demo_and_a_browser_neither_use_nor_change_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, opening: Opening
) -> None:
    """They begin as they always do."""
    before = f"version = 1\nscenario = '{file}'\nplace = 'compare'\nseed = 5\n"
    file.with_name(FILE).write_text(before)
    monkeypatch.setattr("sandbox.tui.app.forbid_writing", lambda: None)

    async def look(app: SandboxApp, _: Pilot[int]) -> None:
        assert app.place is Place.LIVE
        assert app.session.seed == 7

    in_it(monkeypatch, (120, 36), look)
    settings = file.with_name("settings.toml") if opening.is_demo else None
    assert run_app(file, opening=opening, settings=settings, resumes=True) == 0
    assert file.with_name(FILE).read_text() == before


async def test_what_was_typed_as_a_filter_can_be_taken_away_as_ever() -> None:
    """It is in the title of the list, and escape clears it."""
    app = make_app(scenario(), ticker=False, clock=lambda: 0.0)
    put_back(app.live, LastTime(filter="state:failed", panel="messages"), with_filter=True)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 60)
        app.live.list.work()
        app.live.paint()
        await pilot.pause()
        assert app.focused is app.live.messages
        assert "state:failed" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "state:failed" not in text_of(app)
        assert last_time_of(app.live, Place.LIVE).filter == ""


def test_a_place_that_is_not_there_is_the_first() -> None:
    """Of another version, perhaps."""
    assert place_of(LastTime(place="moon")) is Place.LIVE
    assert [place_of(LastTime(place=place)) for place in Place] == list(Place)
