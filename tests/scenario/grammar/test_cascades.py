"""Cascades and levels."""

import pytest

from sandbox.cascade.vocabulary import LISTABLE_TRIGGERS, LateSuccess, Trigger
from sandbox.scenario.grammar.cascades import CASCADE, NEXT_ON
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
    assert value.levels[0].next_on == tuple(Trigger(word) for word in NEXT_ON)
    assert {*value.levels[0].next_on, Trigger.NOT_VERIFIED} == set(LISTABLE_TRIGGERS)
    assert Trigger.INELIGIBLE not in value.levels[0].next_on


def test_a_cascade_may_wait_for_a_code() -> None:
    """S33: whose, how long it lives, and how long a level waits for it."""
    text = (
        "{stop_on: verified, late_success: cancel_next,"
        " content: {text: 'It is {code}', code: {digits: 8, lifetime: none, per: level}},"
        " levels: [{channel: sms, verify_within: 3m, next_on: [not_verified]}]}"
    )
    value, complaints = shapes_say(CASCADE, text)
    assert complaints == []
    code = value.content.code
    assert (value.stops_on_verified, value.late_success) == (True, LateSuccess.CANCEL_NEXT)
    assert (code.digits, code.lifetime_us, code.is_per_level) == (8, None, True)
    assert value.levels[0].verify_within_us == 180_000_000
    assert value.levels[0].next_on == (Trigger.NOT_VERIFIED,)


def test_a_code_has_six_digits_and_lives_for_five_minutes() -> None:
    """The same for all levels, where nothing else is said."""
    value, _ = shapes_say(CASCADE, "{content: {code: {}}, levels: [sms]}")
    code = value.content.code
    assert (code.digits, code.lifetime_us, code.is_per_level) == (6, 300_000_000, False)
    assert shapes_say(CASCADE, "[sms]")[0].content.code is None
    assert shapes_say(CASCADE, "{stop_on: success, levels: [sms]}")[0].stops_on_verified is False


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('quiet_hours: {from: "21:00", to: "08:00"}', []),
        ("quiet_hours: {from: 21:00, to: 08:00, policy: drop}", []),
        ("quiet_hours: none", []),
        ("quiet_hours: {}", ["missing-key", "missing-key"]),
        ('quiet_hours: {from: "21:00"}', ["missing-key"]),
        ('quiet_hours: {from: "8:00", to: "24:00"}', ["bad-time-of-day", "bad-time-of-day"]),
        ('quiet_hours: {from: "09:00", to: "09:00"}', ["bad-time-of-day"]),
        ('quiet_hours: {from: "21:00", to: "08:00", policy: wait}', ["unknown-word"]),
        ("quiet_hours: 21:00", ["wrong-type"]),
    ],
)
def test_quiet_hours_are_read_or_explained(text: str, wanted: list[str]) -> None:
    """S19: at a cascade and at a level alike."""
    assert codes(f"{{levels: [sms], {text}}}") == wanted
    assert codes(f"[{{channel: sms, {text}}}]") == wanted


@pytest.mark.parametrize(
    ("remember", "wanted"), [("30d", []), ("none", []), ("30", ["unit-missing"]), ("0s", None)]
)
def test_how_long_is_remembered_is_read_or_explained(
    remember: str, wanted: list[str] | None
) -> None:
    """S27: and it takes some time."""
    assert codes(f"{{levels: [sms], remember: {remember}}}") == (
        ["out-of-range"] if wanted is None else wanted
    )


@pytest.mark.parametrize(
    "later",
    ["verify_within: 3m", "content: {media: x}", "windows: {}", "template: x"],
)  # fmt: skip
def test_what_a_cascade_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    assert codes(f"{{levels: [sms], {later}}}") == ["not-built"]


@pytest.mark.parametrize(
    "later",
    ["text: x", "address: x", "code: {}", "only_if: {line_type: mobile}"],
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
