"""The figures at the top: what is known beside what is true."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual.strip import Strip

from sandbox.app.frame import Figures
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import count, duration, money, share

_TILE_MIN: Final = 16


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: its name, what is known, and a second line that is mostly the truth.

    Attributes:
        short: How the figure is said in one line of the smallest screens.
        rank: The lower, the longer it stays when there is no room.
        is_at_odds: What is known differs from what is true.
    """

    label: str
    known: str
    below: str
    short: str
    rank: int
    is_at_odds: bool = False


def tiles_of(figures: Figures) -> tuple[Tile, ...]:
    """All figures, in the order of the screen."""
    known, true = share(figures.known_rate), share(figures.true_rate)
    known_cost = _cost(figures.per_thousand(figures.ledger_nano))
    true_cost = _cost(figures.per_thousand(figures.bill_nano))
    p95, true_p95 = duration(figures.known_p95_us), duration(figures.true_p95_us)
    p50, true_p50 = duration(figures.known_p50_us), duration(figures.true_p50_us)
    money_name = figures.currency or "cost"
    lost = figures.undelivered, figures.truly_undelivered
    twice = figures.known_twice, figures.true_twice
    return (
        Tile(
            "Delivered", known, f"true {true}",
            f"Delivered {known} true {true}", 0, known != true,
        ),
        Tile("p50", p50, f"true {true_p50}", f"p50 {p50}", 6),
        Tile("p95", p95, f"true {true_p95}", f"p95 {p95}", 1),
        Tile(
            f"{money_name} per 1 000", known_cost, f"true {true_cost}",
            f"{known_cost} {money_name}/1k true {true_cost}", 2, known_cost != true_cost,
        ),
        Tile(
            "Got it twice", count(twice[0]), f"true {count(twice[1])}",
            f"{count(twice[1])} twice", 3, twice[0] != twice[1],
        ),
        Tile(
            "In flight", count(figures.in_flight), f"of {count(figures.requested)} sent",
            f"{count(figures.in_flight)} in flight", 4,
        ),
        Tile(
            "Undelivered", count(lost[0]), f"true {count(lost[1])}",
            f"{count(lost[0])} ✗", 5, lost[0] != lost[1],
        ),
    )  # fmt: skip


def _cost(value: Fraction | None) -> str:
    return money(value)


def strip_lines(figures: Figures, width: int, height: int, palette: Palette) -> list[Strip]:
    """Draw the figures: one line where there is one, else a tile of three lines each."""
    tiles = tiles_of(figures)
    if height < 3:
        return [_one_line(tiles, width, palette)]
    shown = sorted(tiles, key=_rank)[: max(width // _TILE_MIN, 1)]
    shown = [tile for tile in tiles if tile in shown]
    each = width // len(shown)
    pens = [Pen(width) for _ in range(3)]
    for tile in shown:
        pens[0].put(" ", palette.dim).write(tile.label, palette.dim, each - 1)
        pens[1].put(" ", palette.strong).write(tile.known, palette.strong, each - 1)
        pens[2].put(" ", palette.dim).write(tile.below, _below(tile, palette), each - 1)
    return [pen.strip(palette.text) for pen in pens]


def _below(tile: Tile, palette: Palette) -> Style:
    return palette.warn if tile.is_at_odds else palette.dim


def _rank(tile: Tile) -> int:
    return tile.rank


def _one_line(tiles: tuple[Tile, ...], width: int, palette: Palette) -> Strip:
    shown = list(tiles)
    while sum(len(tile.short) + 2 for tile in shown) > width and len(shown) > 1:
        shown.remove(max(shown, key=_rank))
    pen = Pen(width)
    for tile in shown:
        pen.put(" ", palette.text)
        head, _, tail = tile.short.partition(" true ")
        pen.write(head, palette.strong if not tile.rank else palette.text)
        if tail:
            pen.write(f" true {tail}", _below(tile, palette))
        pen.put(" ", palette.text)
    return pen.strip(palette.text)


class FiguresStrip(Lines):
    """The figures, over the whole width."""

    def __init__(self) -> None:
        super().__init__("figures")

    def show(self, figures: Figures, palette: Palette) -> None:
        """Draw the figures."""
        width, height = self.content_size
        if width > 0 and height > 0:
            self.paint(strip_lines(figures, width, height, palette))
