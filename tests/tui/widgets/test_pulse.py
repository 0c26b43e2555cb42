from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.live_judge import Check, Standing
from sandbox.app.trends import LastTurn, Since
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.pulse import pulse_line

PALETTE: Final = palette_of({})
SINCE: Final = Since(
    turn=LastTurn("sms-main fail 20%", 100_000_000),
    delivered=Fraction(-12, 1000),
    p95_us=3_000_000,
    cost=Fraction(-1_200_000_000),
)
CHECKS: Final = (
    Check("delivery_rate >= 95%", Standing.HOLDS, "98.8 %"),
    Check("time_to_delivered.p95 <= 40s", Standing.BROKEN, "43.0 s", 17),
    Check("sometimes: late success", Standing.OPEN),
)


def text_of(
    since: Since | None, checks: tuple[Check, ...], stopped: int | None = None, width: int = 220
) -> str:
    """The line as text."""
    return pulse_line(since, checks, stopped, width, PALETTE).text.strip()


@given(
    width=st.integers(1, 250),
    has_since=st.booleans(),
    checks=st.lists(st.sampled_from(CHECKS), max_size=9),
)
def test_the_line_has_exactly_its_width(
    width: int, checks: list[Check], *, has_since: bool
) -> None:
    """Whatever there is to tell."""
    line = pulse_line(SINCE if has_since else None, checks, None, width, PALETTE)
    assert cell_len(line.text) == line.cell_length == width


def test_what_changed_stands_beside_what_is_expected() -> None:
    """Signs, units and names; what broke comes with what was seen."""
    assert text_of(SINCE, CHECKS) == (
        "since sms-main fail 20% at 00:01:40:  delivered −1.2 pp  p95 +3.0 s  per 1 000 −1.20"
        " │ ✗ 1 of 3 hold  1 not judged yet  ✗ time_to_delivered.p95 <= 40s (43.0 s)"
    )


def test_where_all_hold_they_are_named() -> None:
    """Ticked, one by one."""
    assert text_of(None, CHECKS[:1]) == "✓ 1 of 1 hold  ✓ delivery_rate >= 95%"


def test_what_is_no_longer_judged_says_from_when_it_is() -> None:
    """A long run is judged again at its end."""
    assert "1 of 1 hold (as of 00:01:00)" in text_of(None, CHECKS[:1], 60_000_000)


def test_nothing_to_tell_is_told() -> None:
    """No expectations, nothing to compare, nothing moved."""
    assert text_of(None, ()) == "the scenario expects nothing"
    nothing = Since(turn=SINCE.turn, delivered=None, p95_us=None, cost=None)
    assert "nothing to compare yet" in text_of(nothing, ())
    same = Since(turn=SINCE.turn, delivered=Fraction(0), p95_us=0, cost=Fraction(0))
    assert "delivered ±0  p95 ±0  per 1 000 ±0" in text_of(same, ())


@pytest.mark.parametrize("sign", [1, -1])
def test_better_is_green_and_worse_is_red(sign: int) -> None:
    """A rate is better when it grows, a time and a cost when they shrink."""
    since = Since(turn=SINCE.turn, delivered=Fraction(sign), p95_us=-sign * 9_000_000,
                  cost=Fraction(-sign * 10**9))  # fmt: skip
    line = pulse_line(since, (), None, 200, PALETTE)
    (moved,) = [part for part in line if "delivered" in part.text]  # alike, so they are one part
    assert all(label in moved.text for label in ("delivered", "p95", "per 1 000"))
    assert moved.style is (PALETTE.good if sign > 0 else PALETTE.bad)
