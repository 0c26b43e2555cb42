"""Hostile text, shown so that it does nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.plain import CUT, cells, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand\ra return", r"two\nlines\tand\ra return"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2Jcleared", r"\x9b2Jcleared"),
        ("bell\x07 nul\x00 del\x7f", r"bell\x07 nul\x00 del\x7f"),
        ("abc\u202egnp.exe", r"abc\u202egnp.exe"),
        ("\u2066isolated\u2069", r"\u2066isolated\u2069"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("line\u2028para\u2029", r"line\u2028para\u2029"),
        ("hangul\u3164filler", r"hangul\u3164filler"),
        ("emoji\ufe0f", r"emoji\ufe0f"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("private\ue000", r"private\ue000"),
        ("lone\ud800", r"lone\ud800"),
    ],
)
def test_what_acts_or_hides_is_shown_as_its_escape(text: str, shown: str) -> None:
    """No control, direction mark, invisible or broken character reaches the terminal."""
    assert plain(text) == shown


@pytest.mark.parametrize(
    "text",
    ["", "plain", "[bold]not markup[/]", "Grüße, Zoë", "日本語\u3000全角", "العربية", "עברית",
     "naïve é", "🎲", "no-break\u00a0space", r"back\slash"],
)  # fmt: skip
def test_what_is_simply_seen_stays_as_it_is(text: str) -> None:
    """Every script and all markup are shown literally."""
    assert plain(text) == text


def test_a_long_text_is_cut_and_says_so() -> None:
    """Ten kilobytes of reason become as many characters as there is room for."""
    assert plain("x" * 10_000, 20) == "x" * 19 + CUT
    assert plain("\x1b" * 10_000, 8) == r"\x1b\x1" + CUT
    assert plain("short", 5) == "short"
    assert plain("anything", 0) == ""


@given(st.text(st.characters(), max_size=60), st.integers(min_value=0, max_value=40))
def test_whatever_comes_in_nothing_acts_or_hides_in_what_comes_out(text: str, limit: int) -> None:
    """The result is printable, has one line, keeps its limit, and does not change a second time."""
    shown = plain(text)
    assert all(char.isprintable() or unicodedata.category(char) == "Zs" for char in shown)
    assert plain(shown) == shown
    assert len(plain(text, limit)) <= limit


def test_cells_are_what_a_terminal_takes() -> None:
    """Wide characters take two cells, combining marks none."""
    assert [cells(text) for text in ("abc", "日本", "e\u0301", "🎲")] == [3, 4, 1, 2]
