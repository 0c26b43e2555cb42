"""Cascades and levels."""

import pytest

from sandbox.cascade.vocabulary import LISTABLE_TRIGGERS, Trigger
from sandbox.scenario.grammar.cascades import CASCADE
from sandbox.scenario.nodes import data
from tests.support.scenario_texts import shapes_say, tree

COMPLETE = CASCADE.complete(CASCADE.expand(tree("[sms, {channel: viber, via: a}]")))


def codes(text: str) -> list[str]:
    """What is wrong with a cascade."""
    return [line.partition("error[")[2].partition("]")[0] for line in shapes_say(CASCADE, text)[1]]


def test_a_list_of_channels_is_a_cascade() -> None:
    """Short forms mean the same as long ones."""
    long = "{levels: [{channel: sms}, {channel: viber, via: [a]}]}"
    assert data(COMPLETE) == data(CASCADE.complete(CASCADE.expand(tree(long))))
    assert data(CASCADE.expand(COMPLETE)) == data(COMPLETE)


def test_without_a_word_every_listable_trigger_moves_on() -> None:
    """The default of next_on is all others."""
    value, _ = shapes_say(CASCADE, "[sms]")
    assert set(value.levels[0].next_on) == set(LISTABLE_TRIGGERS)
    assert Trigger.INELIGIBLE not in value.levels[0].next_on


@pytest.mark.parametrize(
    "later",
    ["stop_on: verified", "late_success: cancel_next", "verify_within: 3m",
     "content: {code: {digits: 6}}", "quiet_hours: {}", "template: x"],
)  # fmt: skip
def test_what_a_cascade_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    assert codes(f"{{levels: [sms], {later}}}") == ["not-built"]


@pytest.mark.parametrize(
    "later",
    ["text: x", "parallel: true", "address: x", "code: {}", "verify_within: 3m",
     "only_if: {line_type: mobile}", "next_on: [not_verified]"],
)  # fmt: skip
def test_what_a_level_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    assert set(codes(f"[{{channel: sms, {later}}}]")) == {"not-built"}


@pytest.mark.parametrize("channel", ["rcs", "voice", "email", "telegram"])
def test_channels_to_come_are_named(channel: str) -> None:
    """The set of channels is open, and these are not there yet."""
    assert codes(f"[{channel}]") == ["not-built"]


@pytest.mark.parametrize("trigger", ["ineligible", "circuit_open", "manual"])
def test_what_always_moves_on_may_not_be_listed(trigger: str) -> None:
    """It would pretend to be a choice."""
    assert codes(f"[{{channel: sms, next_on: [{trigger}]}}]") == ["unknown-word"]


@pytest.mark.parametrize(
    "text",
    ["[]", "{levels: []}", "[" + ", ".join(["sms"] * 9) + "]",
     "[{channel: sms, via: []}]", "[{channel: sms, retries: {max: 10}}]",
     "[{channel: sms, retries: {max: -1}}]", "[{channel: sms, wait: 0s}]",
     "[{channel: sms, submit_timeout: none}]", "{levels: [sms], deadline: 0s}"],
)  # fmt: skip
def test_limits_are_kept(text: str) -> None:
    """One to eight levels, up to ten attempts, and nothing takes no time."""
    assert len(codes(text)) == 1
