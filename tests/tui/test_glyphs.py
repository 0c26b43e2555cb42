import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

import sandbox
from sandbox.app.settings import Glyphs
from sandbox.report.plain import plain
from sandbox.tui.glyphs import _SIGNS, AsciiFilter, encoding_of_terminal, in_ascii, wants_ascii

LANES: Final = "·•●◉█○◆▼┃┊✓✗~"
STATES: Final = "●◐◔✖"
ENDS: Final = "✓✗○◆"
BAR: Final = "▁▃▅▇"


@given(st.text(max_size=40))
def test_every_text_is_ascii_and_as_wide_as_before(text: str) -> None:
    """Whatever somebody wrote, made fit to be shown: wide characters, and ones that join others."""
    shown = plain(text)
    made = in_ascii(shown)
    assert made.isascii()
    assert len(made) == cell_len(shown) or shown.isascii()


def test_every_sign_of_ours_has_one() -> None:
    """No sign of the screen becomes a question mark."""
    folder = Path(sandbox.__file__).parent
    used = set()
    for place in (folder / "tui", folder / "app", folder / "report"):
        for file in place.rglob("*.py"):
            text = re.sub(r'""".*?"""|#.*', "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
            used |= {each for each in text if not each.isascii()}
    letters = {each for each in used if each.isalpha()} | set("¿¡")
    assert used - letters - set(_SIGNS) == set()


@pytest.mark.parametrize("signs", [LANES, STATES, ENDS, BAR, "├│", "▶‖■✗"])
def test_signs_of_one_place_stay_different(signs: str) -> None:
    """What can be told apart can be told apart in ASCII."""
    assert len({in_ascii(sign) for sign in signs}) == len(signs)


def test_signs_and_their_stand_ins_are_one_cell_wide() -> None:
    """So a line never moves."""
    assert {cell_len(each) for pair in _SIGNS.items() for each in pair} == {1}


def test_a_line_keeps_its_styles() -> None:
    """Only the text of a segment changes; one of ASCII is the same object."""
    red = Style(color="red")
    plain = Segment("sms", red)
    made = AsciiFilter().apply([plain, Segment("✓ é漢", red)], Color.parse("black"))
    assert made[0] is plain
    assert made[1] == Segment("+ ???", red)


@pytest.mark.parametrize(
    ("glyphs", "encoding", "terminal", "is_wanted"),
    [
        (Glyphs.AUTO, "utf-8", "xterm-256color", False),
        (Glyphs.AUTO, "iso-8859-1", "xterm", True),
        (Glyphs.AUTO, "no-such-encoding", "xterm", True),
        (Glyphs.AUTO, None, "xterm", True),
        (Glyphs.AUTO, "utf-8", "linux", True),
        (Glyphs.UNICODE, "ascii", "dumb", False),
        (Glyphs.ASCII, "utf-8", "xterm", True),
    ],
)
def test_ascii_is_for_who_asks_or_needs_it(
    glyphs: Glyphs, encoding: str | None, terminal: str, is_wanted: bool
) -> None:
    """The setting decides; without one it is what the terminal can show."""
    assert wants_ascii(glyphs, encoding, terminal) is is_wanted


def test_the_terminal_has_an_encoding() -> None:
    """It is asked of the stream, not guessed."""
    assert encoding_of_terminal() is None or "x".encode(encoding_of_terminal() or "") == b"x"
