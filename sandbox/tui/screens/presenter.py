"""The presenter's view: what one says to a room. Large figures, the caption, the lanes, no lists.

The run goes on under it; `p` or escape goes back to the live screen, where everything is as it was.
"""

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.strip import Strip

from sandbox.app.frame import Frame, Phase
from sandbox.app.knobs import Knob
from sandbox.tui.actions import EVERYWHERE, SVG, Action, bindings
from sandbox.tui.arrangement import HEIGHT_MIN, WIDTH_MIN
from sandbox.tui.desk import Desk
from sandbox.tui.painting import Pen
from sandbox.tui.screens.help import LIVE_READING
from sandbox.tui.talk import Line, Talk
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.bars import Bar, KeyBar, keys_line, too_small_lines, transport_line
from sandbox.tui.widgets.big_figures import Size, big_lines, tile_lines
from sandbox.tui.widgets.figures_strip import Tile, tiles_of
from sandbox.tui.widgets.flow import Flow
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.widgets.timeline import wrapped

PRESENTER_ACTIONS: Final = (
    Action("pause", "space", "space", "Pause", "Stop the clock, or let it run again", 0),
    Action("outage", "o", "o", "Outage", "Break the first provider, or mend it", 2),
    Action("faster", "plus,equals_sign", "+-", "Speed", "Run at twice or at half the speed", 4),
    Action("slower", "minus,underscore", "-", "", ""),
    Action("restart", "r", "r", "Again", "Start again with the same luck", 5),
    SVG,
    Action("leave", "p,escape", "p", "All panels", "Go back to the live screen", 1),
    *(action for action in EVERYWHERE if action.name in {"app.help", "app.quit"}),
)

_SLOW_TIER: Final = 4
_BUDGET_US: Final = 45_000
_LONGEST_GAP_US: Final = 250_000

_TILE_WIDTH: Final = {Size.SMALL: 26, Size.LARGE: 40}
"""How many cells a figure has at least; fewer figures are shown where there is less room."""

_TILES_MAX: Final = 5
_LARGE_FROM: Final = (120, 34)
"""From this width and height on the figures are drawn in whole blocks."""

_BLOCKS_FROM: Final = (140, 44)
"""From this width and height on captions are in block letters: three rows hold any of them."""

_BLOCK_ROWS: Final = 3
_SHORT: Final = 20
"""With fewer lines than this a caption has no blank lines around it."""


def figures_size(width: int, height: int) -> Size:
    """How large the figures are on a screen of some size."""
    is_roomy = width >= _LARGE_FROM[0] and height >= _LARGE_FROM[1]
    return Size.LARGE if is_roomy else Size.SMALL


def shown_tiles(tiles: tuple[Tile, ...], width: int, size: Size) -> list[Tile]:
    """The most important figures that have room side by side, in the order of the screen."""
    most = min(max(width // _TILE_WIDTH[size], 1), _TILES_MAX)
    kept = sorted(tiles, key=lambda tile: tile.rank)[:most]
    return [tile for tile in tiles if tile in kept]


def caption_height(width: int, height: int) -> int:
    """How many lines the caption has on a screen of some size, whatever it says."""
    if width >= _BLOCKS_FROM[0] and height >= _BLOCKS_FROM[1]:
        return _BLOCK_ROWS * (Size.SMALL.lines + 1) + 1
    return 2 if height < _SHORT else 4


def caption_lines(line: Line, width: int, lines: int, palette: Palette) -> list[Strip]:
    """A caption in the middle of its lines: in block letters, or bold where those have no room.

    Args:
        line: What to say, and how it is meant.
        width: In cells.
        lines: How many there are.
        palette: The styles.
    """
    look, blank = palette.tones[line.tone], Strip.blank(width, palette.text)
    drawn = big_lines(line.text, width, lines - 1, look, palette.text)
    if drawn is None:
        pieces = wrapped(line.text, max(width - 4, 1))[: min(lines, 3)]
        drawn = [Pen(width).put("  ", palette.text).write(piece, look).strip(palette.text)
                 for piece in pieces]  # fmt: skip
    above = (lines - len(drawn)) // 2
    return [blank] * above + drawn + [blank] * (lines - len(drawn) - above)


class PresenterScreen(Screen[None]):
    """The run of the app, as a room should see it."""

    ACTIONS = PRESENTER_ACTIONS
    BINDINGS = bindings("presenter", PRESENTER_ACTIONS)
    READING = LIVE_READING

    def __init__(self, desk: Desk) -> None:
        """Make the screen.

        Args:
            desk: The app; its run is shown, also when it is another one later.
        """
        super().__init__()
        self._desk = desk
        self._talk = Talk()
        self._looked_at = desk.clock()
        self._frame_number = 0
        self.caption = Lines("caption")
        self.figures = Lines("big-figures")
        self.flow = Flow("presented")
        self.transport = Bar("transport")
        self.keys = KeyBar(PRESENTER_ACTIONS)
        self.too_small = Bar("too-small")

    def compose(self) -> ComposeResult:
        """Caption, figures, lanes, transport and keys, from the top."""
        with Vertical(id="presenter"):
            yield self.caption
            yield self.figures
            yield self.flow
            yield self.transport
            yield self.keys
        yield self.too_small

    def on_resize(self) -> None:
        """Divide the screen anew, and draw."""
        width, height = self.size
        self.caption.styles.height = caption_height(width, height)
        self.figures.styles.height = figures_size(width, height).lines + 2
        self.call_after_refresh(self.paint)

    # Drawing ---------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the run catch up with the time that went by, and draw what changed."""
        now = self._desk.clock()
        wall_us = min(int((now - self._looked_at) * 1_000_000), _LONGEST_GAP_US)
        self._looked_at = now
        session = self._desk.session
        if not session.advance(wall_us, _BUDGET_US):
            return
        self._talk.pass_time(wall_us)
        self._frame_number += 1
        is_slow_turn = self._frame_number % _SLOW_TIER == 0
        self._draw(slow=is_slow_turn or session.phase is not Phase.RUNNING)

    def paint(self) -> None:
        """Draw everything as it stands."""
        self._draw(slow=True)

    def _draw(self, *, slow: bool) -> None:
        (width, height), palette = self.size, self._desk.palette()
        is_too_small = width < WIDTH_MIN or height < HEIGHT_MIN
        self.too_small.display = is_too_small
        self.query_one("#presenter").display = not is_too_small
        if is_too_small:
            self.too_small.paint(too_small_lines(width, height, palette))
            return
        frame = self._desk.session.frame()
        self.flow.show(frame, 0, palette)
        self.transport.show(transport_line(frame, width, palette))
        if slow:
            self._draw_words(frame, width, height, palette)

    def _draw_words(self, frame: Frame, width: int, height: int, palette: Palette) -> None:
        lines = caption_height(width, height)
        self.caption.paint(caption_lines(self._talk.line(frame), width, lines, palette))
        size = figures_size(width, height)
        tiles = shown_tiles(tiles_of(self._desk.session.figures()), width, size)
        self.figures.paint(tile_lines(tiles, width, size, palette))
        instead = {"pause": "Run"} if frame.phase is Phase.PAUSED else {}
        actions = self._desk.keyed("presenter", PRESENTER_ACTIONS)
        self.keys.offer(actions)
        self.keys.show(keys_line(actions, width, palette, instead))

    # Keys ------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Stop the clock, or let it run again."""
        session = self._desk.session
        if session.is_at_end:
            self._answer("the run is over: r starts it again")
            return
        session.pause()
        self._answer("paused" if session.is_paused else "")

    def action_outage(self) -> None:
        """Break the first provider, or mend it."""
        session = self._desk.session
        if session.is_at_end:
            self._answer("the run is over: r starts it again")
            return
        name = session.providers()[0].name
        session.turn(name, Knob.OUTAGE, 1)
        is_out = session.providers()[0].is_out
        self._answer("" if is_out else f"{name} is mended: new messages get through again")

    def action_faster(self) -> None:
        """Double the speed."""
        self._desk.session.change_speed(1)
        self._answer("")

    def action_slower(self) -> None:
        """Halve the speed."""
        self._desk.session.change_speed(-1)
        self._answer("")

    def action_restart(self) -> None:
        """Start again with the same luck."""
        self._desk.session.restart()
        self._looked_at = self._desk.clock()
        self._answer("")

    def action_leave(self) -> None:
        """Go back to the live screen."""
        self.dismiss(None)

    def on_flow_lane_chosen(self, event: Flow.LaneChosen) -> None:
        """A click on a lane chooses nothing here."""
        event.stop()

    def say(self, text: str) -> None:
        """Answer a key."""
        self._answer(text)

    def _answer(self, text: str) -> None:
        self._talk.say(text)
        self.paint()
