from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.frame import Figures
from sandbox.app.trends import Sample
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.figures_strip import spark, strip_lines, tiles_of

PALETTE: Final = palette_of({})


def figures(**changes: Any) -> Figures:
    """Figures where what is known and what is true are not the same."""
    values: dict[str, Any] = {
        "requested": 2000, "finished": 1900, "in_flight": 100, "known_delivered": 1862,
        "true_delivered": 1881, "known_p50_us": 6_600_000, "known_p95_us": 35_200_000,
        "true_p50_us": 6_100_000, "true_p95_us": 33_000_000, "ledger_nano": 102_940_000_000,
        "bill_nano": 104_200_000_000, "currency": "EUR", "known_twice": 3, "true_twice": 12,
        "hidden_twice": 9, "hidden_nano": 410_000_000,
    }  # fmt: skip
    return Figures(**values | changes)


def text_of(width: int, height: int, **changes: Any) -> str:
    """The strip as text."""
    return "\n".join(line.text for line in strip_lines(figures(**changes), width, height, PALETTE))


@given(width=st.integers(10, 250), height=st.sampled_from([1, 3]))
def test_every_line_has_exactly_its_width(width: int, height: int) -> None:
    """The strip fills its line, whatever fits into it."""
    lines = strip_lines(figures(), width, height, PALETTE)
    assert len(lines) == height
    assert all(cell_len(line.text) == line.cell_length == width for line in lines)


def test_on_a_tall_screen_the_known_stands_above_the_true() -> None:
    """Every figure has two lines: what the engine knows, and what happened."""
    names, known, true = text_of(160, 3).splitlines()
    order = "Delivered p50 p95 EUR per 1 000 Got it twice Paid unawares In flight Undelivered"
    assert names.split() == order.split()
    assert "98.0 %" in known
    assert "true 99.0 %" in true
    assert "51.47" in known
    assert "true 52.10" in true
    assert "35.2 s" in known
    assert "0.41 EUR" in known
    assert "9 messages" in true
    assert known.rstrip().endswith("38")
    assert true.rstrip().endswith("true 19")


def test_on_the_smallest_product_the_most_important_figures_are_there() -> None:
    """In eighty columns: delivered known and true, p95, cost known and true."""
    line = text_of(80, 1)
    assert "Delivered 98.0 % true 99.0 %" in line
    assert "p95 35.2 s" in line
    assert "51.47 EUR/1k true 52.10" in line
    assert "12 twice" in line


def test_what_was_paid_unawares_takes_no_room_from_others() -> None:
    """It is there where all the others are, and the first to go."""
    for width in range(30, 250):
        for height in (1, 3):
            shown = text_of(width, height)
            others = [tile for tile in tiles_of(figures()) if tile.label != "Paid unawares"]
            words = [tile.short if height == 1 else tile.label for tile in others]
            is_there = "unawares" in shown
            assert not is_there or all(word in shown for word in words)
    assert "unawares" in text_of(250, 1)
    assert "unawares" in text_of(130, 3)


def test_a_figure_is_left_out_whole() -> None:
    """What does not fit is not there, rather than cut in the middle."""
    for width in range(30, 120):
        line = text_of(width, 1)
        for tile in tiles_of(figures()):
            assert (
                tile.short in line or tile.short.split(" ")[0] + " " not in line or tile.rank == 0
            )


def test_before_the_first_outcome_there_are_dashes() -> None:
    """No figure is made up where there is nothing to count."""
    nothing = text_of(
        160, 3, requested=0, finished=0, in_flight=0, known_delivered=0, true_delivered=0,
        known_p50_us=None, known_p95_us=None, true_p50_us=None, true_p95_us=None,
    )  # fmt: skip
    assert nothing.splitlines()[1].split()[:4] == ["–"] * 4


def test_a_difference_between_known_and_true_is_marked() -> None:
    """Where receipts lied or got lost, the figure says so in another colour."""
    odd = {tile.label for tile in tiles_of(figures()) if tile.is_at_odds}
    assert odd == {"Delivered", "EUR per 1 000", "Got it twice", "Paid unawares", "Undelivered"}
    same = figures(true_delivered=1862, bill_nano=102_940_000_000, true_twice=3, hidden_twice=0)
    assert not any(tile.is_at_odds for tile in tiles_of(same))


def test_without_prices_the_cost_has_no_currency() -> None:
    """A scenario without prices still has its line."""
    assert "cost per 1 000" in text_of(160, 3, currency="", ledger_nano=0, bill_nano=0)


# How they went -----------------------------------------------------------------------------------


def test_bars_go_from_nothing_to_the_largest() -> None:
    """The latest values, at the right; a gap where there was nothing to measure."""
    assert spark([0, 1, 2, 4, None, 8], 8) == "  ▁▁▂▄ █"
    assert spark([0, 0], 2) == "▁▁"
    assert spark([0.5, 1.0], 2, 1.0) == "▄█"
    assert spark(range(100), 3) == spark([97, 98, 99], 3)
    assert spark([1], 0) == ""


@given(
    values=st.lists(st.one_of(st.none(), st.floats(0, 1e12)), max_size=70), cells=st.integers(0, 40)
)
def test_a_row_of_bars_has_its_width(values: list[float | None], cells: int) -> None:
    """Whatever the values are."""
    assert cell_len(spark(values, cells)) == cells


SAMPLES: Final = [
    Sample(0.5, 1, 2, 3.0, 4, 5, 6, 7), Sample(1.0, 2, 4, 6.0, 0, 0, 12, 0),
]  # fmt: skip


@given(width=st.integers(10, 250))
def test_with_bars_every_line_has_its_width_too(width: int) -> None:
    """They fill what the value leaves."""
    lines = strip_lines(figures(), width, 3, PALETTE, SAMPLES)
    assert all(cell_len(line.text) == line.cell_length == width for line in lines)


def test_bars_stand_behind_the_values_where_there_is_room() -> None:
    """An outage shows as a fall of the rate within its bins."""
    known = strip_lines(figures(), 160, 3, PALETTE, SAMPLES)[1].text
    assert "98.0 %          ▄█" in known
    assert not set("▁▄█") & set(strip_lines(figures(), 160, 3, PALETTE, SAMPLES[:1])[1].text)


@pytest.mark.parametrize("values", [(-1.0, -1e12, 3.0), (-5.0, -1e12), (-1e-9, 0.0, None)])
def test_money_that_is_given_back_is_drawn_as_nothing(values: tuple[float | None, ...]) -> None:
    """A bin of time in which a cost went down is the lowest bar, and no error."""
    drawn = spark(values, len(values))
    assert len(drawn) == len(values)
    assert drawn[0] == drawn[1] == spark((0.0,), 1)
