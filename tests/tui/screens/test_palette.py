from collections.abc import Sequence

from textual.app import App, ComposeResult

from sandbox.tui.screens.palette import Entry, PaletteScreen
from sandbox.tui.themes import DOMAIN_COLOURS, palette_of

SIZE = (60, 16)


class Stage(App[None]):
    """An app with nothing but a palette over it."""

    CSS_PATH = "../../../sandbox/tui/app.tcss"

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.done: list[str] = []
        self.seen: list[str] = []
        entries = [
            Entry(
                "theme" if text.startswith("t-") else "do", text, "k", self._doing(text),
                theme=text if text.startswith("t-") else "",
            )
            for text in texts
        ]  # fmt: skip
        self.palette_screen = PaletteScreen(
            entries,
            lambda query: (
                [Entry("message", query, "", self._doing(query))] if query == "m1" else []
            ),
            lambda: palette_of(DOMAIN_COLOURS),
            self.seen.append,
        )

    def _doing(self, text: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a callback
        return lambda: self.done.append(text)

    def compose(self) -> ComposeResult:
        """Nothing."""
        return ()

    def on_mount(self) -> None:
        """Show it."""
        self.push_screen(self.palette_screen, lambda entry: entry and entry.do())


def texts(stage: Stage) -> list[str]:
    """What is found."""
    return [entry.text for entry in stage.palette_screen.shown]


async def test_what_is_typed_narrows_what_is_found() -> None:
    """Also by what exists only because it was typed, which comes first."""
    stage = Stage(["pause", "present", "m12"])
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert texts(stage) == ["pause", "present", "m12"]
        await pilot.press("p", "r")
        assert texts(stage) == ["present"]
        await pilot.press("backspace", "backspace", "m", "1")
        assert texts(stage) == ["m1", "m12"]
        await pilot.press("down", "enter")
        await pilot.pause()
    assert stage.done == ["m12"]


async def test_what_comes_later_leaves_the_cursor_where_it_is() -> None:
    """Scenarios arrive from a thread while somebody is choosing."""
    stage = Stage(["a", "b"])
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.press("down")
        stage.palette_screen.have([Entry("scenario", "c", "", lambda: None)])
        await pilot.pause()
        assert stage.palette_screen.list.cursor == 1
        assert texts(stage) == ["a", "b", "c"]


async def test_escape_and_nothing_found_do_nothing() -> None:
    """Enter on an empty list stays, and says what is wrong."""
    stage = Stage(["a"])
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.press("z", "enter")
        await pilot.pause()
        assert stage.screen is stage.palette_screen
        await pilot.press("escape")
        await pilot.pause()
        assert stage.screen is not stage.palette_screen
    assert stage.done == []


async def test_a_theme_is_looked_at_under_the_cursor() -> None:
    """And left again with it; opening the palette alone changes nothing."""
    stage = Stage(["t-one", "plain"])
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert set(stage.seen) <= {""}
        await pilot.press("down", "up", "t")
        await pilot.pause()
    assert stage.seen[-1] == "t-one"
    assert "" in stage.seen


async def test_hostile_names_are_only_text() -> None:
    """A file may be called anything."""
    stage = Stage(["[bold]x[/] \x1b[31m", "漢" * 80])
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()
        strips = stage.screen._compositor.render_strips()
        text = "\n".join(strip.text for strip in strips)
        assert "[bold]x[/]" in text
        assert "\x1b" not in text
        assert {strip.cell_length for strip in strips} == {SIZE[0]}
