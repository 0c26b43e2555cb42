"""Files written from the app: a pinned scenario, a picture, a report."""

import asyncio
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from textual.pilot import Pilot

from sandbox.app.run import Verdict, run_scenario
from sandbox.app.stored import list_runs, replay
from sandbox.cascade.vocabulary import Act
from sandbox.tui.app import SandboxApp, make_app
from sandbox.tui.opening import REFUSAL, Opening
from sandbox.tui.screens.replay import ReplayPage
from tests.tui.stage import CODES, advance, scenario, text_of


def made(folder: Path, *, is_viewer: bool = False, text: str = CODES) -> SandboxApp:
    """The app in a folder that can be written to, with a store of its own."""
    return make_app(
        scenario(text), ticker=False, clock=lambda: 0.0, folder=folder,
        store=folder / "runs.sqlite", opening=Opening(is_viewer=is_viewer),
    )  # fmt: skip


def files(folder: Path, ending: str) -> list[str]:
    """What was written into a folder."""
    return sorted(path.name for path in folder.glob(f"*{ending}"))


async def at_rest(pilot: Pilot[int]) -> None:
    """Let threads and callbacks come to rest."""
    for _ in range(3):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def do(pilot: Pilot[int], words: str) -> None:
    """Find something in the palette, and do it."""
    await pilot.press("colon", *(" " if char == " " else char for char in words))
    await at_rest(pilot)
    await pilot.press("enter")
    await at_rest(pilot)


# Pinned ------------------------------------------------------------------------------------------


async def test_capital_w_saves_what_was_seen_and_a_run_of_it_passes(tmp_path: Path) -> None:
    """With a knob turned and a message cancelled: the same digest, and every pin holds."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        await pilot.press("o", "shift+right")
        app.session.act(app.session.message_count, Act.CANCEL)
        advance(app, 40)
        await pilot.press("W")
        await at_rest(pilot)
        said = app.live.notice.shown_text
        digest = app.session.digest
    assert files(tmp_path, ".yaml") == ["codes-pinned.yaml"]
    assert "saved as codes-pinned.yaml: " in said
    result = run_scenario(tmp_path / "codes-pinned.yaml")
    assert result.digest == digest
    assert result.verdict is Verdict.PASSED
    assert len(result.expectations) >= 6


async def test_what_does_not_hold_any_more_is_said(tmp_path: Path) -> None:
    """An expectation of the file that the session broke is not kept, and that is told."""
    app = made(tmp_path, text=CODES + "expect: [delivery_rate >= 99.9%]\n")
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 60)
        await pilot.press("W")
        await at_rest(pilot)
        assert "1 that broke left out" in app.live.notice.shown_text


async def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    """Of the scenario, the picture, and the report."""
    app = made(tmp_path)
    app.folder = tmp_path / "gone"
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 20)
        for keys, says in (("W", "not saved: "), ("es", "no picture: "), ("eh", "no report: ")):
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            await at_rest(pilot)
            assert f"{says}cannot write" in app.live.notice.shown_text


# Pictures ----------------------------------------------------------------------------------------


async def test_the_screen_is_written_as_a_picture_and_nothing_is_overwritten(
    tmp_path: Path,
) -> None:
    """Without the card that asked; it tells where."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 30)
        for _ in range(2):
            await pilot.press("e")
            await pilot.pause()
            await pilot.press("s")
            await at_rest(pilot)
        assert "codes-live-2.svg" in app.live.notice.shown_text
    assert files(tmp_path, ".svg") == ["codes-live-2.svg", "codes-live.svg"]
    text = (tmp_path / "codes-live.svg").read_text(encoding="utf-8")
    words = "".join(ET.fromstring(text).itertext())  # noqa: S314 - our own
    assert "sms-main" in words
    assert "esc writes nothing" not in words


@pytest.mark.parametrize(
    ("keys", "name"),
    [(["2", "e"], "scenarios"), (["3", "e"], "compare"), (["4", "e", "s"], "replay"),
     (["p", "e"], "presenter")],
)  # fmt: skip
async def test_every_place_can_be_written_as_a_picture(
    tmp_path: Path, keys: list[str], name: str
) -> None:
    """The key is the same everywhere but in the editor."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        for key in keys:
            await pilot.press(key)
            await at_rest(pilot)
    assert files(tmp_path, ".svg") == [f"codes-{name}.svg"]


async def test_in_the_editor_the_palette_writes_the_picture(tmp_path: Path) -> None:
    """There every letter is typed; the palette is not in the picture."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("5")
        await at_rest(pilot)
        await do(pilot, "as an SVG")
    assert files(tmp_path, ".svg") == ["codes-config.svg"]
    words = (tmp_path / "codes-config.svg").read_text(encoding="utf-8")
    assert "cascades" in words
    assert "as&#160;an" not in words


# Reports -----------------------------------------------------------------------------------------


async def test_a_session_is_reported_as_far_as_it_is(tmp_path: Path) -> None:
    """It is kept too, so that the command in the report runs it again."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 60)
        await pilot.press("o")
        advance(app, 30)
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("h")
        await at_rest(pilot)
        assert "the report of r1 is in " in app.live.notice.shown_text
        digest = app.session.digest
    page = (tmp_path / "codes-r1.html").read_text(encoding="utf-8")
    assert "Login codes by SMS" in page
    assert "sandbox replay r1" in page
    assert digest in page
    again = await asyncio.to_thread(replay, tmp_path / "runs.sqlite", "r1")
    assert again.is_equal


async def test_a_second_report_of_the_same_instant_keeps_no_second_run(tmp_path: Path) -> None:
    """The masked one is another file; time that went by makes another run."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 40)
        for key in ("h", "m"):
            await pilot.press("e")
            await pilot.pause()
            await pilot.press(key)
            await at_rest(pilot)
        advance(app, 5)
        await do(pilot, "as one page")
    assert files(tmp_path, ".html") == ["codes-r1-masked.html", "codes-r1.html", "codes-r2.html"]
    runs = await asyncio.to_thread(list_runs, tmp_path / "runs.sqlite")
    assert len(runs) == 2


async def test_a_masked_report_has_no_text_and_no_number(tmp_path: Path) -> None:
    """What the scenario says to people is in the one, and not in the other."""
    app = made(
        tmp_path, text=CODES.replace("deadline: 3m", "deadline: 3m\n    content: {text: Code 4711}")
    )
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 40)
        for key in ("h", "m"):
            await pilot.press("e")
            await pilot.pause()
            await pilot.press(key)
            await at_rest(pilot)
        assert "masked" in app.live.notice.shown_text
    whole, masked = (
        (tmp_path / f"codes-r1{end}.html").read_text("utf-8") for end in ("", "-masked")
    )
    assert "4711" in whole
    assert "4711" not in masked


async def test_a_stored_run_is_reported_from_the_list_and_from_its_replay(tmp_path: Path) -> None:
    """The one under the cursor; the one that is shown; neither is kept once more."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 30)
        await pilot.press("k")
        await at_rest(pilot)
        app.wanted_run = ""
        await pilot.press("4")
        await at_rest(pilot)
        page = app.screen
        assert isinstance(page, ReplayPage)
        for _ in range(2):
            await pilot.press("e")
            await pilot.pause()
            await pilot.press("h")
            await at_rest(pilot)
            assert "the report of r1 is in " in page.notice.shown_text
            await pilot.press("enter")
            await at_rest(pilot)
    assert files(tmp_path, ".html") == ["codes-r1-2.html", "codes-r1.html"]
    runs = await asyncio.to_thread(list_runs, tmp_path / "runs.sqlite")
    assert len(runs) == 1


async def test_without_a_stored_run_there_is_nothing_to_report(tmp_path: Path) -> None:
    """In the empty list, that is said."""
    app = made(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("4")
        await at_rest(pilot)
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("h")
        await at_rest(pilot)
        assert "none is stored" in text_of(app)


# In a browser ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["W", "e", "as an SVG", "as one page", "without numbers"])
async def test_a_viewer_in_a_browser_writes_nothing(tmp_path: Path, words: str) -> None:
    """Neither by key nor by palette, and is told why."""
    app = made(tmp_path, is_viewer=True)
    async with app.run_test(size=(120, 36)) as pilot:
        advance(app, 20)
        if len(words) == 1:
            await pilot.press(words)
            await at_rest(pilot)
        else:
            await do(pilot, words)
        assert REFUSAL in text_of(app)
    assert files(tmp_path, "") == []
