"""Findings about quiet hours: what is held for nothing, and what is dropped for nothing (S19)."""

from collections.abc import Iterator
from typing import Final

from sandbox.cascade.plan import Level, QuietHours
from sandbox.cascade.vocabulary import QuietPolicy
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import CascadeView, Found, LevelView
from sandbox.scenario.nodes import Node
from sandbox.scenario.quantities import duration_text

_KEY: Final = "quiet_hours"
_DAY_US: Final = 86_400_000_000


def lint_quiet(cascade: CascadeView) -> Iterator[Found]:
    """All there is to say about the quiet hours of a cascade; each finding once."""
    yield from _held_too_long(cascade)
    yield from _code_held(cascade)
    yield from _dropped(cascade)


def _hours(level: Level, policy: QuietPolicy) -> QuietHours | None:
    """The quiet hours of a level that has this policy in them."""
    return level.quiet if level.quiet is not None and level.quiet.policy is policy else None


def _at(each: LevelView, cascade: CascadeView) -> Node:
    """Where the quiet hours of a level were written."""
    return each.node.get(_KEY) or cascade.at(_KEY)


def length_us(hours: QuietHours) -> int:
    """How long quiet hours last."""
    return (hours.to_us - hours.from_us) % _DAY_US


def _held_too_long(cascade: CascadeView) -> Iterator[Found]:
    deadline_us = cascade.plan.deadline_us
    for each in cascade.levels:
        hours = _hours(each.level, QuietPolicy.HOLD)
        if hours is None or deadline_us is None or length_us(hours) < deadline_us:
            continue
        text = (
            f"quiet hours of {duration_text(length_us(hours))} hold {each.name} for longer than "
            f"the deadline of {duration_text(deadline_us)}: what is asked for when they begin is "
            "never sent"
        )
        note = "raise the deadline, or write policy: skip or drop"
        yield Found(Finding.HELD_PAST_DEADLINE, _at(each, cascade), text, note)
        return


def _code_held(cascade: CascadeView) -> Iterator[Found]:
    for each in cascade.levels:
        if cascade.plan.stops_on_verified and _hours(each.level, QuietPolicy.HOLD):
            text = f"{each.name} holds a one-time code that somebody waits for"
            note = "write quiet_hours: none, or policy: skip"
            yield Found(Finding.CODE_HELD, _at(each, cascade), text, note)
            return


def _dropped(cascade: CascadeView) -> Iterator[Found]:
    """Messages that are dropped although a later level could still be used at that hour."""
    for each in cascade.levels:
        hours = _hours(each.level, QuietPolicy.DROP)
        later = (other for other in cascade.levels if other.number > each.number)
        open_level = next((other for other in later if other.level.quiet is None), None)
        if hours is not None and open_level is not None:
            text = (
                f"in its quiet hours {each.name} drops messages that {open_level.name}, which has "
                "none, could still bring"
            )
            note = "write policy: skip, or give it quiet hours as well"
            yield Found(Finding.DROPPED_TOO_EARLY, _at(each, cascade), text, note)
            return
