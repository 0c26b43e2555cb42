"""The figures at the top: what is known beside what is true."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual.strip import Strip

from sandbox.app.frame import Figures
from sandbox.app.trends import Sample
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import count, duration, money, share

_TILE_MIN: Final = 16
_SPARK_MIN: Final = 4
"""A shorter row of bars tells nothing."""

_BARS: Final = " ▁▂▃▄▅▆▇█"

_SERIES: Final[dict[int, Callable[[Sample], float | None]]] = {
    0: lambda sample: sample.delivered,
    1: lambda sample: sample.p95_us,
    2: lambda sample: sample.cost_nano,
    3: lambda sample: sample.twice,
    4: lambda sample: sample.in_flight,
    5: lambda sample: sample.undelivered,
    6: lambda sample: sample.p50_us,
    7: lambda sample: sample.unawares_nano,
}
"""Rank of a tile -> what its bars show."""


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
    hidden = money(figures.hidden_nano)
    tiles = (
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
            "Paid unawares", f"{hidden} {figures.currency}".rstrip(),
            f"{count(figures.hidden_twice)} messages",
            f"{hidden} {money_name} unawares", 7, figures.hidden_twice > 0,
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
    return tiles if figures.has_truth else tuple(map(_known_only, tiles))


def _known_only(tile: Tile) -> Tile:
    """A figure of a run of which something was really sent: nobody knows the truth of that."""
    match tile.label:
        case "In flight":
            return tile
        case "Paid unawares":
            return Tile(tile.label, "–", "not known", "– unawares", tile.rank)
        case "Got it twice":
            return Tile(tile.label, tile.known, "true not known", f"{tile.known} twice", tile.rank)
        case _:
            short = tile.short.partition(" true ")[0]
            return Tile(tile.label, tile.known, "true not known", short, tile.rank)


def _cost(value: Fraction | None) -> str:
    return money(value)


def spark(values: Sequence[float | None], cells: int, top: float | None = None) -> str:
    """The latest values as bars, a cell each, from nothing to the largest; blank where none is.

    Args:
        values: Oldest first; one below 0, such as money that is given back, stands for nothing.
        cells: How wide it is; filled with blanks at the left.
        top: What a whole bar stands for; None: the largest of the values.
    """
    shown = values[-cells:] if cells > 0 else []
    most = top or max((value for value in shown if value is not None), default=0)
    most = max(most, 0)
    steps = len(_BARS) - 1

    def bar(value: float | None) -> str:
        if value is None:
            return " "
        return _BARS[min(max(1 + int(value * (steps - 1) / most), 1), steps) if most else 1]

    return "".join(map(bar, shown)).rjust(max(cells, 0))


def strip_lines(
    figures: Figures, width: int, height: int, palette: Palette, samples: Sequence[Sample] = ()
) -> list[Strip]:
    """Draw the figures: one line where there is one, else a tile of three lines each.

    Args:
        figures: As they are.
        width: In cells.
        height: In lines.
        palette: The styles.
        samples: How they went, oldest first.
    """
    tiles = tiles_of(figures)
    if height < 3:
        return [_one_line(tiles, width, palette)]
    shown = sorted(tiles, key=_rank)[: max(width // _TILE_MIN, 1)]
    shown = [tile for tile in tiles if tile in shown]
    each = width // len(shown)
    pens = [Pen(width) for _ in range(3)]
    for tile in shown:
        pens[0].put(" ", palette.dim).write(tile.label, palette.dim, each - 1)
        _write_value(pens[1], tile, each, samples, palette)
        pens[2].put(" ", palette.dim).write(tile.below, _below(tile, palette), each - 1)
    return [pen.strip(palette.text) for pen in pens]


def _write_value(
    pen: Pen, tile: Tile, width: int, samples: Sequence[Sample], palette: Palette
) -> None:
    """The value, and behind it how it went, where there is room."""
    end = pen.room - width
    pen.put(" ", palette.strong).brief(tile.known, palette.strong, width - 1)
    cells = pen.room - end - 2
    if cells >= _SPARK_MIN and len(samples) > 1:
        top = 1.0 if not tile.rank else None
        series = [_SERIES[tile.rank](sample) for sample in samples]
        pen.put(" ", palette.text).put(spark(series, cells, top), palette.dim)
    pen.put(" " * (pen.room - end), palette.text)


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

    def show(self, figures: Figures, palette: Palette, samples: Sequence[Sample] = ()) -> None:
        """Draw the figures, and how they went."""
        width, height = self.content_size
        if width > 0 and height > 0:
            self.paint(strip_lines(figures, width, height, palette, samples))
