from typing import Final

import pytest
from rich.cells import cell_len

from sandbox.app.inspecting import money_of
from sandbox.report.why import why_lines
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.inspector import money_strips, why_strips
from tests.app.test_sieve import LATE

PALETTE: Final = palette_of({})
SESSION: Final = LATE[0]
FELL: Final = next(
    m for m in range(1, 999) if (row := SESSION.row(m)) and row.copies > 1 and len(row.path) > 1
)


@pytest.mark.parametrize("width", [20, 38, 58, 76, 120, 200])
def test_every_line_has_the_width_of_the_panel(width: int) -> None:
    """However narrow, nothing sticks out."""
    explained, book = SESSION.why(FELL), money_of(SESSION, FELL)
    assert explained is not None
    assert book is not None
    lines = [*why_strips(explained, width, PALETTE), *money_strips(book, "EUR", width, PALETTE)]
    assert {cell_len(line.text) for line in lines} == {width}


def test_the_words_are_those_of_the_command() -> None:
    """Broken to the width, and otherwise the same, word by word."""
    explained = SESSION.why(FELL)
    assert explained is not None
    shown = " ".join(line.text for line in why_strips(explained, 58, PALETTE)).split()
    assert shown == " ".join(why_lines(explained)[1:]).split()


def test_money_tells_every_entry_and_what_it_comes_to() -> None:
    """Known beside true, and what was paid twice."""
    book = money_of(SESSION, FELL)
    assert book is not None
    text = "\n".join(line.text.rstrip() for line in money_strips(book, "EUR", 76, PALETTE))
    assert text.startswith(" money, EUR")
    assert len(text.splitlines()) >= len(book.entries) + 3
    assert "reserve: submitted" in text
    assert "~ charge: " in text
    assert "paid twice" in text
    known = text.splitlines()[1].split()
    assert known[-1] == known[-2]


def test_without_prices_there_is_no_table() -> None:
    """A table of nothing would be noise."""
    book = money_of(SESSION, FELL)
    assert book is not None
    book.entries.clear()
    assert [line.text.strip() for line in money_strips(book, "", 40, PALETTE)] == [
        "nothing of it has a price"
    ]
