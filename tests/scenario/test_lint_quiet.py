"""Findings about quiet hours."""

from typing import Final

import pytest

from sandbox.cascade.plan import QuietHours
from sandbox.scenario.lint_quiet import length_us
from tests.support.lint_texts import LOAD, WORLD, found_in

HOUR: Final = 3_600_000_000
NIGHT: Final = 'from: "21:00", to: "08:00"'
HELD: Final = (
    "warning[held-past-deadline]: quiet hours of 11h hold level 0 (sms) for longer than the "
    "deadline of 10m: what is asked for when they begin is never sent - raise the deadline, or "
    "write policy: skip or drop"
)
CODE: Final = (
    "warning[code-held]: level 0 (sms) holds a one-time code that somebody waits for - write "
    "quiet_hours: none, or policy: skip"
)
DROPPED: Final = (
    "warning[dropped-too-early]: in its quiet hours level 0 (sms) drops messages that level 1 "
    "(viber), which has none, could still bring - write policy: skip, or give it quiet hours as "
    "well"
)


def of(cascade: str) -> list[str]:
    """What is found about quiet hours, without the place."""
    found = found_in(f"{WORLD}cascades: {{c: {{{cascade}}}}}\n{LOAD}")
    ours = ("held-past", "code-held", "dropped-too", "unreachable-level")
    return [each.partition(": ")[2] for each in found if any(word in each for word in ours)]


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (f"quiet_hours: {{{NIGHT}}}, levels: [sms]", [HELD]),
        (f"deadline: 11h, quiet_hours: {{{NIGHT}}}, levels: [sms]", [HELD.replace("10m", "11h")]),
        (f"deadline: 12h, quiet_hours: {{{NIGHT}}}, levels: [sms]", []),
        (f"deadline: none, quiet_hours: {{{NIGHT}}}, levels: [sms]", []),
        (f"quiet_hours: {{{NIGHT}, policy: skip}}, levels: [sms]", []),
        (f"quiet_hours: {{{NIGHT}, policy: drop}}, levels: [sms]", []),
        (f"levels: [{{channel: sms, quiet_hours: {{{NIGHT}}}}}, viber]", [HELD]),
    ],
)  # fmt: skip
def test_what_is_held_past_its_deadline_is_found(cascade: str, said: list[str]) -> None:
    """S18, S19: the deadline goes on while a message is held."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (f"deadline: 12h, stop_on: verified, quiet_hours: {{{NIGHT}}}, levels: [sms]", [CODE]),
        (f"deadline: 12h, stop_on: verified, quiet_hours: {{{NIGHT}, policy: skip}}, levels: [sms]",
         []),
        (f"deadline: 12h, quiet_hours: {{{NIGHT}}}, levels: [sms]", []),
    ],
)  # fmt: skip
def test_a_code_that_is_held_is_found(cascade: str, said: list[str]) -> None:
    """S19, S33: who asks for a code at night is awake."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (f"[{{channel: sms, quiet_hours: {{{NIGHT}, policy: drop}}}}, viber]", [DROPPED]),
        (f"[viber, {{channel: sms, quiet_hours: {{{NIGHT}, policy: drop}}}}]", []),
        (f"[{{channel: sms, quiet_hours: {{{NIGHT}, policy: skip}}}}, viber]", []),
    ],
)
def test_what_is_dropped_though_a_level_is_left_is_found(levels: str, said: list[str]) -> None:
    """S19: drop ends the message, whatever comes after."""
    assert of(f"levels: {levels}") == said


def test_quiet_hours_of_the_cascade_are_shown_there() -> None:
    """And those of a level at the level."""
    text = f"{WORLD}cascades:\n  c:\n    quiet_hours: {{{NIGHT}}}\n    levels: [sms]\n{LOAD}"
    assert found_in(text)[0].startswith("5:18: warning[held-past-deadline]")
    level = f"      - channel: sms\n        quiet_hours: {{{NIGHT}}}\n"
    text = f"{WORLD}cascades:\n  c:\n    levels:\n{level}{LOAD}"
    assert found_in(text)[0].startswith("7:22: warning[held-past-deadline]")


def test_a_level_that_is_skipped_at_night_leads_on() -> None:
    """S10: even where no trigger of its own does."""
    quiet = f"quiet_hours: {{{NIGHT}, policy: skip}}"
    level = "{channel: sms, success: accepted, next_on: [no_receipt], wait: none"
    assert of(f"levels: [{level}}}, viber]")[0].startswith("error[unreachable-level]")
    assert of(f"levels: [{level}, {quiet}}}, viber]") == []


def test_how_long_quiet_hours_are() -> None:
    """Also past midnight."""
    assert length_us(QuietHours(from_us=21 * HOUR, to_us=8 * HOUR)) == 11 * HOUR
    assert length_us(QuietHours(from_us=13 * HOUR, to_us=15 * HOUR)) == 2 * HOUR
