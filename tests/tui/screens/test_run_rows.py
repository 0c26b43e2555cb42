from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.journal.digest import RULES_VERSION
from sandbox.store.rows import RunRow, State
from sandbox.tui.screens.run_rows import run_lines, run_strip, verdict_of, with_words
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.row_list import Wanted

PALETTE = palette_of({})


def row(number: int = 7, **others: Any) -> RunRow:
    """A run that came to its end."""
    made = RunRow(
        run=number, state=State.FINISHED, scenario="codes", title="Login codes", file="codes.yaml",
        seed=3, rules_version=RULES_VERSION, program="0.1.0", scenario_hash="sha256:0",
        started_ms=1_700_000_000_000, beat_ms=0, process=1, line_count=4000, virtual_us=90_000_000,
        wall_ms=120, verdict="passed", digest="sha256:abc", message_count=1200, delivered=900,
        trouble=None,
    )  # fmt: skip
    return made._replace(**others)


@given(width=st.integers(1, 250), scenario=st.text(max_size=80), is_chosen=st.booleans())
def test_a_run_is_a_line_of_exactly_its_width(
    width: int, scenario: str, *, is_chosen: bool
) -> None:
    """Whatever its scenario is called."""
    strip = run_strip(row(scenario=scenario), Wanted(0, width, is_chosen, PALETTE))
    assert strip.cell_length == width
    assert "\x1b" not in strip.text


def test_more_is_told_where_there_is_room() -> None:
    """Name, scenario and verdict always; when it began only on a wide screen."""
    narrow = run_strip(row(), Wanted(0, 58, False, PALETTE)).text
    wide = run_strip(row(), Wanted(0, 120, False, PALETTE)).text
    for text in (narrow, wide):
        assert "r7" in text
        assert "codes" in text
        assert "✓ passed" in text
    assert "75.0 %" in narrow
    assert "2023-11-14" in wide
    assert "2023-11-14" not in narrow


@pytest.mark.parametrize(
    ("others", "word"),
    [
        ({}, "✓ passed"),
        ({"verdict": "failed"}, "✗ failed"),
        ({"verdict": "not_quiet"}, "~ not quiet"),
        ({"state": State.STOPPED}, "~ stopped"),
        ({"state": State.RUNNING, "verdict": None}, "~ running"),
    ],
)
def test_how_it_ended_is_a_sign_and_a_word(others: dict[str, Any], word: str) -> None:
    """Never colour alone."""
    assert verdict_of(row(**others), PALETTE)[0] == word


def test_the_details_name_all_there_is_and_why_it_cannot_be_replayed() -> None:
    """Files and troubles are other people's text."""
    text = "\n".join(run_lines(row(file="\x1b[31mx", trouble="boom", rules_version=99)))
    assert "\x1b" not in text
    for words in ("Login codes", "1 200 messages, 75.0 %", "seed 3", "sha256:abc", "boom", "120 ms",
                  "rules_version 99"):  # fmt: skip
        assert words in text
    assert "rules_version" not in "\n".join(run_lines(row()))
    unfinished = row(message_count=None, delivered=None, wall_ms=None, digest=None, file="")
    assert "messages" not in "\n".join(run_lines(unfinished))


def test_a_filter_takes_runs_with_every_word() -> None:
    """In whatever a list shows of them, in capitals or not."""
    runs = [row(1), row(2, scenario="storm", seed=9), row(3, verdict="failed")]
    assert with_words(runs, "") == runs
    assert with_words(runs, "STORM") == [runs[1]]
    assert with_words(runs, "codes failed") == [runs[2]]
    assert with_words(runs, "seed 9") == [runs[1]]
    assert with_words(runs, "nowhere") == []
