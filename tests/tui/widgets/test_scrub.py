from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.survey import Chart, Mark, Sort
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.scrub import Scrubbed, column_of, columns_of, instant_at, scrub_lines

SECOND = 1_000_000
PALETTE = palette_of({})
MARKS = (
    Mark(20 * SECOND, Sort.FAULT_BEGAN, "fault down begins"),
    Mark(30 * SECOND, Sort.CHANGE, "sms fail: 3 %"),
    Mark(40 * SECOND, Sort.FAULT_ENDED, "fault down ends"),
    Mark(40 * SECOND, Sort.BOOKMARK, "bookmark"),
    Mark(70 * SECOND, Sort.CAPTION, "[bold]look"),
)


def chart(columns: int) -> Chart:
    """Half of a run well, the other half badly."""
    shares = [Fraction(1) if nth % 2 else Fraction(1, 3) for nth in range(columns)]
    return Chart(delivered=(None, *shares[1:])[:columns], in_flight=tuple(range(columns)))


def view(now_s: float = 50, *, has_chart: bool = True, shown_s: int = 100) -> Scrubbed:
    """A run of a hundred seconds."""
    return Scrubbed(
        now_us=int(now_s * SECOND), heading_us=int(now_s * SECOND), end_us=100 * SECOND,
        shown_us=shown_s * SECOND, marks=MARKS, chart=chart if has_chart else None,
        progress=Fraction(1, 3), event=12, events=99,
    )  # fmt: skip


@given(
    width=st.integers(1, 250),
    height=st.integers(0, 12),
    now_s=st.floats(0, 100),
    has_chart=st.booleans(),
    shown_s=st.sampled_from([0, 1, 60, 100]),
)
def test_every_line_is_exactly_as_wide_as_it_must_be(
    width: int, height: int, now_s: float, *, has_chart: bool, shown_s: int
) -> None:
    """At every size, whatever there is to be shown; and not more lines than there is room."""
    made = view(now_s, has_chart=has_chart, shown_s=shown_s)
    lines = scrub_lines(made, width, height, PALETTE)
    assert len(lines) <= max(height, 0)
    assert {line.cell_length for line in lines} <= {width}


@given(width=st.integers(21, 250), at_s=st.integers(0, 100), shown_s=st.sampled_from([60, 100]))
def test_a_click_on_a_cell_goes_to_an_instant_of_that_cell(
    width: int, at_s: int, shown_s: int
) -> None:
    """The last cell is the end."""
    made = view(shown_s=shown_s)
    columns = columns_of(width)
    x = width - 1 - columns + column_of(at_s * SECOND, made, columns)
    again = instant_at(x, made, width)
    assert column_of(again, made, columns) == column_of(at_s * SECOND, made, columns)
    assert instant_at(width, made, width) == made.end_us


def rows(height: int, made: Scrubbed) -> list[str]:
    """As text."""
    return [line.text for line in scrub_lines(made, 119, height, PALETTE)]


def test_marks_stand_where_they_belong_and_a_fault_is_a_line() -> None:
    """A hundred cells for a hundred seconds."""
    marks = rows(3, view())[0]
    assert "marks" in marks
    line = marks[18:]
    assert line[19:40] == "✖━━━━━━━━━✎━━━━━━━━━⚑"  # the fault's end is under the bookmark
    assert line.strip().endswith("§")


@pytest.mark.parametrize(("height", "words"), [(4, ["in flight"]), (5, ["delivered"])])
def test_more_is_told_where_there_is_room(height: int, words: list[str]) -> None:
    """The figures at the instant shown stand beside the bars."""
    text = "\n".join(rows(height, view()))
    assert all(word in text for word in words)
    assert ("delivered" in text) == (height >= 5)


def test_the_figures_are_those_of_the_instant_shown() -> None:
    """Of its column."""
    assert "delivered  100 %" in rows(5, view(now_s=50))[0]
    assert "delivered   33 %" in rows(5, view(now_s=50.5))[0]
    assert "in flight     50" in rows(5, view(now_s=50.5))[1]


def test_where_one_is_and_where_one_goes() -> None:
    """Both are on the line; what lies behind is drawn thicker."""
    made = view(60)
    ruler = rows(1, Scrubbed(**{name: getattr(made, name) for name in made.__slots__}
                             | {"heading_us": 20 * SECOND}))[0]  # fmt: skip
    assert ruler.index("○") < ruler.index("●")
    assert "━" in ruler[: ruler.index("●")]
    assert "━" not in ruler[ruler.index("●") :]
    assert rows(1, view(shown_s=60))[0].rstrip().endswith("»")


def test_while_the_run_is_being_read_it_says_so() -> None:
    """And how far it is."""
    assert "33 %" in "\n".join(rows(5, view(has_chart=False)))
