from textual.app import App, ComposeResult
from textual.containers import Vertical

from sandbox.tui.screens.jump import LETTERS, JumpScreen, panels_of
from sandbox.tui.themes import DOMAIN_COLOURS, palette_of
from sandbox.tui.widgets.row_list import RowList


class Stage(App[None]):
    """Some panels, one of them out of sight."""

    def compose(self) -> ComposeResult:
        """From the top."""
        for name in ("one", "two"):
            yield RowList(name, lambda _: None, nothing="")  # type: ignore[arg-type,return-value]  # never drawn
        with Vertical(id="gone"):
            yield RowList("three", lambda _: None, nothing="")  # type: ignore[arg-type,return-value]  # never drawn

    def on_mount(self) -> None:
        """Hide one."""
        self.query_one("#gone").display = False
        for panel in self.query(RowList):
            panel.styles.height = 5


async def test_only_panels_in_sight_have_letters() -> None:
    """From the top, in the order of the fingers."""
    stage = Stage()
    async with stage.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        panels = panels_of(stage.screen)
        assert [panel.id for panel in panels] == ["one", "two"]
        screen = JumpScreen(panels, palette_of(DOMAIN_COLOURS))
        assert [(letter, panel.id) for letter, panel in screen.targets.items()] == [
            (LETTERS[0], "one"), (LETTERS[1], "two")]  # fmt: skip
        chosen: list[object] = []
        await stage.push_screen(screen, chosen.append)
        await pilot.pause()
        rows = [strip.text for strip in stage.screen._compositor.render_strips()]
        assert "[ a ]" in rows[0]
        assert "[ s ]" in rows[5]
        await pilot.press("s")
        await pilot.pause()
        assert chosen == [panels[1]]


async def test_a_click_goes_nowhere() -> None:
    """As any letter without a panel does."""
    stage = Stage()
    async with stage.run_test(size=(40, 12)) as pilot:
        await pilot.pause()
        for leave in ("x", "1"):
            chosen: list[object] = []
            await stage.push_screen(
                JumpScreen(panels_of(stage.screen), palette_of(DOMAIN_COLOURS)), chosen.append
            )
            await pilot.press(leave)
            await pilot.pause()
            assert chosen == [None]
        chosen = []
        await stage.push_screen(
            JumpScreen(panels_of(stage.screen), palette_of(DOMAIN_COLOURS)), chosen.append
        )
        await pilot.pause()
        await pilot.click(offset=(20, 8))
        await pilot.pause()
        assert chosen == [None]
