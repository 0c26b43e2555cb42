from fractions import Fraction

import pytest

from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN, opening_speed
from tests.tui.stage import CODES, scenario


@pytest.mark.parametrize(
    ("wait", "speed"), [("30s", 4), ("10m", 64), ("100ms", SPEED_MIN), ("3d", SPEED_MAX)]
)
def test_the_longest_wait_takes_about_eight_seconds_to_watch(wait: str, speed: Fraction) -> None:
    """The nearest doubling, held between a quarter and 512."""
    text = CODES.replace("deadline: 3m", "deadline: 30d")
    for own in ("30s", "45s", "40s"):
        text = text.replace(f"wait: {own}", f"wait: {wait}")
    assert opening_speed(scenario(text)) == speed


def test_a_scenario_that_asks_for_a_speed_opens_with_it() -> None:
    """The demo's own speed comes before any guess."""
    assert opening_speed(scenario(CODES + "demo: {speed: 32x}\n")) == 32
