import pytest
from rich.cells import cell_len
from rich.style import Style

from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.big_figures import (
    _FONT,
    PIXEL_ROWS,
    Size,
    _widths_of,
    big_lines,
    big_rows,
    cells_wide,
    tile_lines,
)
from sandbox.tui.widgets.figures_strip import Tile

PLAIN = Style()


@pytest.mark.parametrize("sign", list(_FONT), ids=ascii)
def test_every_sign_is_a_rectangle_of_five_rows(sign: str) -> None:
    """No row of a sign is shorter than another, and only a blank is empty."""
    rows = _FONT[sign]
    assert len(rows) == PIXEL_ROWS
    assert len({len(row) for row in rows}) == 1
    assert set("".join(rows)) <= {"#", "."}
    assert ("#" in "".join(rows)) == (sign != " ")


def test_no_two_signs_look_the_same() -> None:
    """A room can tell them apart; the dashes and apostrophes are one sign each."""
    alike = {"-": "−–", "'": "’"}
    kinds = {sign: rows for sign, rows in _FONT.items() if sign not in "".join(alike.values())}
    assert len(set(kinds.values())) == len(kinds)


def test_a_figure_in_blocks() -> None:
    """What a small and a large one look like."""
    assert big_rows("17", Size.SMALL) == ["▄█  ▀▀█", " █   ▄▀", "▀▀▀  ▀ "]
    assert big_rows("1", Size.LARGE) == ["  ██  ", "████  ", "  ██  ", "  ██  ", "██████"]


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("text", ["", "98.7%", "Fall to WhatsApp!", "2 m 05 s"])
def test_all_lines_are_as_long_as_they_are_said_to_be(text: str, size: Size) -> None:
    """The width told beforehand is the width drawn."""
    rows = big_rows(text, size)
    assert rows is not None
    assert len(rows) == size.lines
    assert {cell_len(row) for row in rows} == {cells_wide(text, size)}


def test_a_sign_that_the_font_lacks_is_not_guessed() -> None:
    """Whoever draws then uses ordinary letters."""
    assert big_rows("日", Size.SMALL) is None
    assert cells_wide("日", Size.SMALL) is None
    assert big_lines("日", 80, 10, PLAIN, PLAIN) is None


@pytest.mark.parametrize("width", range(1, 220, 13))
def test_a_text_is_wrapped_or_not_drawn_at_all(width: int) -> None:
    """Every line has exactly its width, and no more lines are used than there are."""
    lines = big_lines("Now SMS falls silent: it takes every code.", width, 11, PLAIN, PLAIN)
    if lines is None:
        assert width < 100
        return
    assert len(lines) <= 11
    assert {cell_len(line.text) for line in lines} == {width}


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("width", [20, 26, 60, 80, 100])
def test_figures_have_exactly_their_room(width: int, size: Size) -> None:
    """Side by side, whatever they say; one that is too long is written small."""
    tiles = [Tile("Delivered", "98.7 %", "true 99.0 %", "", 0, is_at_odds=True),
             Tile("p95", "123 456 789 d 05 h", "true —", "", 1)]  # fmt: skip
    lines = tile_lines(tiles, width, size, palette_of({}))
    assert len(lines) == size.lines + 2
    assert {cell_len(line.text) for line in lines} == {width}
    assert "123 456" in lines[1 + size.lines // 2].text


def test_a_hostile_figure_moves_no_cursor() -> None:
    """What a scenario names its money is made fit to be shown."""
    drawn = tile_lines([Tile("a\x1b[2J", "1\x1b", "b\x1b", "", 0)], 40, Size.SMALL, palette_of({}))
    assert not any("\x1b" in line.text for line in drawn)


@pytest.mark.parametrize("known", [("98.1 %", "15.8 s", "75.46"), ("8 %", "5 s", "7")])
def test_two_large_figures_are_never_read_as_one(known: tuple[str, ...]) -> None:
    """Blanks stand between them, taken from those that need less room; else all have the same."""
    tiles = [Tile("p95", each, "true", "", 0) for each in known]
    widths = _widths_of(tiles, 120, Size.LARGE)
    needs = [cells_wide(each.replace(" ", ""), Size.LARGE) or 0 for each in known]
    gaps = [width - 1 - need for width, need in zip(widths, needs, strict=True)]
    assert min(gaps) >= 2
    assert sum(widths) <= 120
    assert (len(set(widths)) == 1) == (known[0] == "8 %")
    assert min(40 - 1 - need for need in needs) < 2 or known[0] == "8 %"
