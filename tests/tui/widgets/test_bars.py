from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.frame import Frame, Phase, Subject
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.tui.screens.live_actions import LIVE_ACTIONS
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.bars import (
    action_at,
    header_line,
    keys_line,
    notice_line,
    transport_line,
)
from tests.tui.stage import scenario

PALETTE: Final = palette_of({})
SUBJECT: Final = Subject(
    name="codes", title="Login codes", cascades=("otp: sms → whatsapp",), currency="EUR",
    clock_start="2026-01-01T00:00:00Z", file="",
)  # fmt: skip


@pytest.fixture(scope="module")
def frame() -> Frame:
    """Twenty seconds into the run, with SMS broken by hand."""
    made = Session(scenario())
    made.advance(5_000_000)
    made.turn("sms-main", Knob.OUTAGE, 1)
    return made.frame()


@given(
    width=st.integers(1, 250),
    text=st.text(max_size=80),
    phase=st.sampled_from(Phase),
    is_running=st.booleans(),
)
def test_every_bar_has_exactly_its_width(
    frame: Frame, width: int, text: str, phase: Phase, is_running: bool
) -> None:
    """Single lines fill the width, whatever is said in them."""
    subject = replace(SUBJECT, title=text, cascades=(text, text))
    for line in (
        header_line(subject, width, PALETTE),
        transport_line(replace(frame, phase=phase), width, PALETTE),
        notice_line(text, width, PALETTE.text),
        keys_line(LIVE_ACTIONS, width, PALETTE, {} if is_running else {"pause": "Run"}),
    ):
        assert line.cell_length == width
        assert cell_len(line.text) == width


def transport(frame: Frame, width: int = 80) -> str:
    """The transport line as text."""
    return transport_line(frame, width, PALETTE).text


def test_the_transport_tells_speed_clock_trouble_seed_and_messages(frame: Frame) -> None:
    """One line says what the run is doing."""
    text = transport(frame)
    assert text.startswith(" ▶ ×4  00:00:20.0  ✖ sms-main out")
    assert text.rstrip().endswith(f"seed 7  {frame.requested} messages")


@pytest.mark.parametrize(
    ("phase", "words"),
    [(Phase.PAUSED, "paused"), (Phase.OVER, "over"), (Phase.BROKEN, "stopped by an error")],
)
def test_whoever_does_not_run_says_so_in_a_word(frame: Frame, phase: Phase, words: str) -> None:
    """State is never told by colour alone."""
    assert words in transport(replace(frame, phase=phase))


def test_a_speed_that_is_not_reached_is_told(frame: Frame) -> None:
    """The screen is honest about being behind."""
    behind = replace(frame, speed=Fraction(512), reached=Fraction(2131, 10))
    assert "×512 limited to ×213" in transport(behind)


def test_faults_of_the_scenario_are_named(frame: Frame) -> None:
    """A fault that is on stands in the transport."""
    odd = replace(frame.providers[1], faults=("slow-receipts",))
    text = transport(replace(frame, providers=(frame.providers[0], odd)), 100)
    assert "! slow-receipts" in text


def test_the_header_names_scenario_and_cascades() -> None:
    """One sees what is running."""
    text = header_line(SUBJECT, 120, PALETTE).text
    assert "Fallback Sandbox" in text
    assert "Login codes" in text
    assert "otp: sms → whatsapp" in text


def test_hostile_words_are_shown_literally() -> None:
    """A caption cannot clear the screen or become markup."""
    text = notice_line("\x1b[2J[red]\u200b", 60, PALETTE.text).text
    assert text.rstrip() == r" \x1b[2J[red]\u200b"


def test_the_key_bar_says_what_the_pause_key_does_now() -> None:
    """While paused, the same key runs."""
    assert " space Pause " in keys_line(LIVE_ACTIONS, 120, PALETTE).text
    assert " space Run " in keys_line(LIVE_ACTIONS, 120, PALETTE, {"pause": "Run"}).text


def test_a_click_on_a_word_of_the_key_bar_finds_its_action() -> None:
    """Every word of the key bar can be clicked."""
    text = keys_line(LIVE_ACTIONS, 120, PALETTE).text
    for word, name in (("Pause", "pause"), ("Outage", "outage"), ("Quit", "app.quit")):
        action = action_at(LIVE_ACTIONS, text.index(word), 120)
        assert action is not None
        assert action.name == name
    assert action_at(LIVE_ACTIONS, 119, 120) is None
