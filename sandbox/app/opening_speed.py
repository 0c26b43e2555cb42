"""At which multiple of wall time a session opens, and between which ends it can be set."""

from fractions import Fraction
from typing import Final

from sandbox.cascade.vocabulary import SECOND_US
from sandbox.scenario.model import Scenario

SPEED_MIN: Final = Fraction(1, 4)
SPEED_MAX: Final = Fraction(512)

_LONGEST_WAIT_SHOWN_S: Final = 8
"""Without a speed of its own, a scenario runs so that its longest wait takes about this long."""


def opening_speed(scenario: Scenario) -> Fraction:
    """What the scenario asks for, or a speed at which its longest wait can be watched."""
    wanted = scenario.demo_speed
    if wanted is None:
        waits = [
            level.wait_us
            for plan in scenario.world.plans
            for level in plan.levels
            if level.wait_us is not None
        ]
        wanted = Fraction(max(waits, default=SECOND_US), _LONGEST_WAIT_SHOWN_S * SECOND_US)
    speed = Fraction(1)
    while speed < SPEED_MAX and speed * Fraction(3, 2) < wanted:
        speed *= 2
    while speed > SPEED_MIN and speed > wanted * Fraction(3, 2):
        speed /= 2
    return speed
