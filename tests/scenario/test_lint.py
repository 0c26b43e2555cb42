"""The linter as a whole: what is said, what is accepted, and that shipped files are clean."""

from pathlib import Path

import pytest

from sandbox.scenario.lint import lint
from sandbox.scenario.loader import load
from tests.support.lint_texts import LOAD, WORLD, found_in
from tests.support.scenario_texts import SHIPPED, loaded

TIGHT = "cascades: {c: {deadline: 60s, levels: [sms, viber]}}\n"


def test_a_finding_is_shown_like_an_error_with_its_place_and_help() -> None:
    """Position, severity, code, source line, caret, place, and where to read on."""
    (problem,) = lint(loaded(WORLD + TIGHT + LOAD)).problems
    assert str(problem) == (
        "<text>:3:26: warning[deadline-cuts-levels]: after the waits before it level 1 (viber) "
        "would begin at 1m, the deadline of 1m comes first\n"
        "    3 | cascades: {c: {deadline: 60s, levels: [sms, viber]}}\n"
        "      |                          ^^^ raise it\n"
        "      = in cascades.c\n"
        "      = help: sandbox explain deadline-cuts-levels"
    )


def test_a_finding_that_is_meant_is_counted_and_not_shown() -> None:
    """`lint: {accept: [CODE]}` is for what the file does on purpose."""
    linted = lint(loaded(WORLD + TIGHT + LOAD + "lint: {accept: deadline-cuts-levels}"))
    assert linted.problems == ()
    assert linted.accepted == 1


def test_accepting_what_is_not_found_is_a_finding() -> None:
    """Or else it would hide a later one."""
    text = WORLD + TIGHT + LOAD + "lint: {accept: [idle-origin, deadline-cuts-levels]}"
    assert found_in(text) == [
        "5:17: warning[nothing-to-accept]: there is no finding 'idle-origin' here - leave it out"
    ]
    assert lint(loaded(text)).accepted == 1


def test_an_error_is_told_from_a_warning() -> None:
    """What can never happen is an error; what may be meant is a warning."""
    wrong = "cascades: {c: [{channel: sms, next_on: []}, viber]}\n"
    assert lint(loaded(WORLD + wrong + LOAD)).has_errors
    assert not lint(loaded(WORLD + TIGHT + LOAD)).has_errors


def test_findings_come_in_the_order_of_the_file() -> None:
    """Whatever rule makes them."""
    text = (
        WORLD
        + "cascades: {c: {deadline: 60s, levels: [sms, {channel: viber, from: sent}]}}\n"
        + "load: [{burst: 10}]\nexpect: [late_rate <= 1%]\n"
    )
    assert [said.split(" ")[0] for said in found_in(text)] == ["3:26:", "3:68:", "5:10:"]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenarios_have_no_finding_they_do_not_mean(path: Path) -> None:
    """Each is clean, or says which findings it is about."""
    assert [str(problem) for problem in lint(load(path)).problems] == []
