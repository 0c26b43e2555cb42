import pytest
from textual.widget import Widget

from sandbox.app.session import Session
from sandbox.tui.app import SandboxApp
from sandbox.tui.arrangement import Part
from tests.tui.stage import STORM, advance, scenario, stage, text_of


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 36), (160, 45)])
async def test_every_part_of_the_arrangement_is_a_widget_where_it_says(
    size: tuple[int, int],
) -> None:
    """Those that have no box are not there."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        live = app.live
        boxes = live._arrangement.boxes
        for part, widget in live._parts.items():
            assert widget.display == (part in boxes)
            if part in boxes:
                assert tuple(widget.region) == tuple(boxes[part])


async def test_the_line_of_the_filter_takes_a_line_of_the_list() -> None:
    """At every size, and gives it back."""
    app = stage(STORM)
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 30)
        before = app.live.messages.region
        await pilot.press("slash")
        await pilot.pause()
        line, messages = app.live.list.line.region, app.live.messages.region
        assert (line.x, line.y, line.width, line.height) == (before.x, before.y, before.width, 1)
        assert (messages.y, messages.bottom) == (before.y + 1, before.bottom)
        for size in [(60, 16), (120, 36), (160, 45)]:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert focus_of(app) is app.live.list.line
            assert Part.MESSAGES in app.live._arrangement.boxes
        await pilot.press("escape")
        await pilot.pause()
        assert app.live.messages.region == before


def focus_of(app: SandboxApp) -> Widget | None:
    """What has the keys."""
    return app.focused


async def test_what_is_worked_out_for_a_run_that_is_gone_does_no_harm() -> None:
    """The answer comes when another run is on the screen already."""
    app = stage()
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 90)
        await pilot.press("i")
        app.live.show_session(Session(scenario()))
        await app.workers.wait_for_complete()
        await pilot.pause()
        app.live.paint()
        await pilot.pause()
        assert app.session.trouble == ""
        assert "Choose a message" in text_of(app)
