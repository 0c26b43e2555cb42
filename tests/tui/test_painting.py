import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.content import Content

from sandbox.report.plain import plain
from sandbox.tui.painting import Pen, cells_strip, fit, fit_right, heading

RED, BLUE = Style(color="red"), Style(color="blue")
HOSTILE = st.text(max_size=60)


@given(text=HOSTILE, width=st.integers(0, 50))
def test_a_fitted_text_has_exactly_its_width(text: str, width: int) -> None:
    """Whatever the text, wide and combining characters included, it fills its cells."""
    assert cell_len(fit(text, width)) == width
    assert cell_len(fit_right(text, width)) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("sms", 5, "sms  "),
        ("whatsapp", 5, "what…"),
        ("\x1b[31mred", 12, r"\x1b[31mred "),
        ("a\u202eb", 10, r"a\u202eb  "),
        ("[bold]x[/]", 10, "[bold]x[/]"),
        ("漢字漢字", 5, "漢字…"),
        ("x" * 10_000, 3, "xx…"),
    ],
)
def test_hostile_text_is_shown_literally_or_cut(text: str, width: int, shown: str) -> None:
    """Escape sequences and directions are escaped, markup is just text, too much is cut."""
    assert fit(text, width) == shown


@given(
    pieces=st.lists(st.tuples(HOSTILE, st.none() | st.integers(0, 30)), max_size=8),
    width=st.integers(0, 60),
)
def test_a_line_has_exactly_its_width(pieces: list[tuple[str, int | None]], width: int) -> None:
    """However much is written on it, a line is as wide as it must be."""
    pen = Pen(width)
    for text, room in pieces:
        pen.write(text, RED, room)
    strip = pen.strip(BLUE)
    assert strip.cell_length == width
    assert cell_len(strip.text) == width


def test_neighbours_of_one_style_are_one_segment() -> None:
    """What a line costs is the number of its segments."""
    strip = Pen(10).put("ab", RED).put("cd", RED).put("ef", BLUE).strip(BLUE)
    assert [segment.text for segment in strip] == ["abcd", "ef    "]


def test_a_tab_fills_up_to_its_column() -> None:
    """Columns line up whatever stands before them."""
    assert Pen(8).put("a", RED).tab(4, RED).put("b", RED).strip(RED).text == "a   b   "
    assert Pen(8).put("abcdef", RED).tab(4, RED).put("g", RED).strip(RED).text == "abcdefg "


def test_blanks_never_start_a_segment() -> None:
    """Between two signs of one look, blanks of another cost nothing."""
    strip = cells_strip(list("a b ┊ "), [0, 1, 0, 1, 1, 0], [RED, BLUE])
    assert [(s.text, s.style) for s in strip] == [("a b ", RED), ("┊ ", BLUE)]
    assert strip.cell_length == 6


def test_a_line_without_cells_is_empty() -> None:
    """Nothing is drawn in no room."""
    assert cells_strip([], [], [RED]).text == ""


def test_a_title_is_no_markup() -> None:
    """Brackets stay brackets, and control characters are shown as what they are."""
    shown = Content.from_markup(heading("[b]loud[/b] \x1b[31m")).plain
    assert shown == f"[b]loud[/b] {plain(chr(27))}[31m"
