from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.frame import Frame
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.cascade.vocabulary import CircuitState
from sandbox.report.troubles import Trouble
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.channels import (
    Cursor,
    notes_of,
    panel_lines,
    rows_of,
    share_at,
    slider_length,
)
from tests.tui.stage import scenario

PALETTE: Final = palette_of({})


@pytest.fixture(scope="module")
def session() -> Session:
    """A session with one provider out, one slowed down, one untouched."""
    made = Session(scenario())
    made.advance(2_500_000)
    made.turn("sms-main", Knob.OUTAGE, 1)
    made.turn("wa-cloud", Knob.LATENCY, 10)
    return made


@pytest.fixture(scope="module")
def frame(session: Session) -> Frame:
    """What it shows."""
    return session.frame()


def text_of(frame: Frame, width: int = 44, height: int = 14, cursor: Cursor | None = None) -> str:
    """The panel as text."""
    return "\n".join(
        line.text for line in panel_lines(frame, width, height, cursor or Cursor(), PALETTE)
    )


@given(
    width=st.integers(22, 200),
    height=st.integers(2, 40),
    provider=st.integers(0, 2),
    knob=st.sampled_from(Knob),
)
def test_every_line_has_exactly_its_width(
    frame: Frame, width: int, height: int, provider: int, knob: Knob
) -> None:
    """At any size and with any knob chosen, the panel is filled exactly."""
    lines = panel_lines(frame, width, height, Cursor(provider, knob), PALETTE)
    assert [line.cell_length for line in lines] == [width] * height
    assert all(cell_len(line.text) == width for line in lines)


@given(height=st.integers(2, 40), provider=st.integers(0, 9), knob=st.sampled_from(Knob))
def test_the_chosen_knob_is_always_in_sight(height: int, provider: int, knob: Knob) -> None:
    """However low the panel is, the knob under the keys is shown."""
    targets = rows_of([0, 3] * 5, height, Cursor(provider, knob))
    assert len(targets) <= height
    assert (provider, knob) in {(target.provider, target.knob) for target in targets}


def test_an_outage_is_seen_by_sign_and_word(frame: Frame) -> None:
    """A broken provider says so, since when, and in which way."""
    text = text_of(frame)
    assert "✖ sms-main" in text
    assert "OUTAGE 00:00:10" in text
    assert "[ ON  ] black hole" in text
    assert text_of(frame, height=24).count("[ off ]") == 2


def test_what_is_not_as_in_the_scenario_is_marked(frame: Frame) -> None:
    """A turned knob has a star and its value; an untouched one has none."""
    changed = next(line for line in text_of(frame).splitlines() if "6.0 s" in line)
    assert changed.rstrip().endswith("*")
    assert text_of(frame).count("*") == 1
    assert "changed by hand" in text_of(frame)


def test_a_slider_stands_where_its_value_is(frame: Frame) -> None:
    """No failures are at the left end, only failures at the right one."""
    ends = []
    for share in (0, 1_000_000_000):
        provider = replace(frame.providers[0], failure_ppb=share)
        odd = replace(frame, providers=(provider, *frame.providers[1:]))
        line = text_of(odd).splitlines()[1]
        ends.append(line.index("◆"))
    assert ends == [10, 10 + slider_length(44) - 1]


@pytest.mark.parametrize(
    ("x", "share"), [(9, None), (10, Fraction(0)), (10 + 24, Fraction(1)), (10 + 25, None)]
)
def test_a_column_of_a_slider_is_a_share(x: int, share: Fraction | None) -> None:
    """A click on a slider has a value, a click beside it none."""
    assert slider_length(44) == 25
    assert share_at(x, 44) == share


def test_the_cursor_goes_through_all_knobs_and_stops() -> None:
    """Down from the last knob of a provider is the first of the next."""
    assert Cursor(0, Knob.OUTAGE).moved(1, 3) == Cursor(1, Knob.FAILURE)
    assert Cursor(1, Knob.FAILURE).moved(-1, 3) == Cursor(0, Knob.OUTAGE)
    assert Cursor(0, Knob.FAILURE).moved(-1, 3) == Cursor(0, Knob.FAILURE)
    assert Cursor(2, Knob.OUTAGE).moved(5, 3) == Cursor(2, Knob.OUTAGE)


def test_a_hostile_provider_name_is_shown_literally(frame: Frame) -> None:
    """A name cannot turn the line around or become markup."""
    odd = replace(frame.providers[0], name="\u202e[red]x", out_since_us=None)
    text = text_of(replace(frame, providers=(odd, *frame.providers[1:])))
    assert "\u202e" not in text
    assert r"\u202e[red]x" in text


def test_limits_and_receipts_are_told_below_the_knobs(frame: Frame) -> None:
    """How much was throttled, what became of receipts and who took over can be read."""
    troubles = {
        Trouble.THROTTLED: 30, Trouble.TOOK_OVER: 12, Trouble.LOST: 3, Trouble.TWICE: 2,
        Trouble.ORPHAN: 1,
    }  # fmt: skip
    odd = replace(
        frame.providers[0], out_since_us=None, submitted=200, limit="20/s", is_limited=True,
        troubles=troubles,
    )  # fmt: skip
    assert notes_of(odd, 40) == [
        "limit 20/s  throttled 30 (15 %)",
        "took over 12",
        "receipts 3 lost  2 twice  1 orphan",
    ]
    assert notes_of(odd, 24) == [
        "limit 20/s", "throttled 30 (15 %)", "took over 12",
        "receipts 3 lost  2 twice", "         1 orphan",
    ]  # fmt: skip
    assert notes_of(replace(odd, troubles={}, limit=""), 40) == []
    text = text_of(replace(frame, providers=(odd, *frame.providers[1:])), height=20)
    assert "◔ sms-main      limited  200 sent" in text
    assert "    took over 12" in text


def test_a_circuit_says_how_it_stands_in_words(frame: Frame) -> None:
    """Open until when, half-open, or closed again; quiet while it has never opened."""
    odd = replace(
        frame.providers[0], out_since_us=None, failure_ppb=0, failure_is_changed=False,
        circuit=CircuitState.OPEN, cut_off_until_us=102_000_000,
        troubles={Trouble.CUT_OFF: 2, Trouble.PASSED_OVER: 212},
    )  # fmt: skip
    assert notes_of(odd, 48) == ["circuit open until 00:01:42  passed over 212"]
    assert notes_of(odd, 30) == ["circuit open until 00:01:42", "        passed over 212"]
    half = replace(odd, circuit=CircuitState.HALF_OPEN)
    assert notes_of(half, 48) == ["circuit half-open, a probe is out", "        passed over 212"]
    closed = replace(odd, circuit=CircuitState.CLOSED)
    assert notes_of(closed, 48) == ["circuit closed  opened 2x  passed over 212"]
    assert notes_of(replace(closed, troubles={}), 48) == []
    assert "⊘ sms-main      cut off  " in text_of(
        replace(frame, providers=(odd, *frame.providers[1:]))
    )
