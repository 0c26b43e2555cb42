"""Findings about one-time codes."""

import pytest

from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.lint_verification import held_us
from tests.support.lint_texts import LOAD, WORLD, codes_in, found_in


def of(cascade: str) -> list[str]:
    """What is found in a file with one cascade, on line 3 of which its text begins."""
    return [
        each
        for each in found_in(f"{WORLD}cascades: {{c: {{stop_on: verified, {cascade}}}}}\n{LOAD}")
        if "code" in each
    ]


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        ("levels: [{channel: sms, wait: 3m}, {channel: viber, wait: 2m}]", ""),
        ("levels: [{channel: sms, wait: 3m}, {channel: viber, wait: 121s}]",
         ("the code lives for 5m, and the waits add up to 301s - shorten the waits, or raise the "
         "lifetime")),
        ("levels: [{channel: sms, wait: 3m}, {channel: viber, wait: 1m, verify_within: 121s}]",
         ("the code lives for 5m, and the waits add up to 301s - shorten the waits, or raise the "
         "lifetime")),
        (("levels: [{channel: sms, wait: 3m}, {channel: viber, wait: 4m, parallel: true}, "
          "{channel: whatsapp, wait: 1m}]"), ""),
        (("levels: [{channel: sms, wait: 3m}, {channel: viber, wait: 4m, parallel: true}, "
          "{channel: whatsapp, wait: 61s}]"),
         ("the code lives for 5m, and the waits add up to 301s - shorten the waits, or raise the "
         "lifetime")),
        ("content: {code: {lifetime: none}}, levels: [{channel: sms, wait: 30m}]", ""),
        (("content: {code: {per: level}}, levels: [{channel: sms, wait: 5m}, {channel: viber, "
         "wait: 5m}]"), ""),
        (("content: {code: {per: level}}, levels: [{channel: sms, wait: 5m}, {channel: viber, "
         "wait: 301s}]"),
         ("the code lives for 5m, level 1 (viber) waits for 301s - shorten its wait, or raise the "
         "lifetime")),
    ],
)  # fmt: skip
def test_waits_longer_than_the_code_lives_are_an_error(cascade: str, said: str) -> None:
    """S34: what would be sent then is useless."""
    found = [each.partition(": ")[2] for each in of(cascade)]
    assert found == ([f"error[waits-beyond-code]: {said}"] if said else [])


def test_it_is_shown_at_the_lifetime() -> None:
    """Or at the cascade, where the lifetime is the default."""
    written = f"{WORLD}cascades:\n  c:\n    stop_on: verified\n"
    told = written + "    content: {code: {lifetime: 10s}}\n    levels: [sms]\n" + LOAD
    assert found_in(told)[0].startswith("6:32: error[waits-beyond-code]")
    long = written + "    levels: [{channel: sms, wait: 1h}]\n" + LOAD
    assert "5:5: error[waits-beyond-code]" in [
        each.partition(": the")[0] for each in found_in(long)
    ]


@pytest.mark.parametrize(
    ("cascade", "is_found"),
    [
        ("content: {text: 'Your code is {code}'}, levels: [sms]", False),
        ("content: {text: 'Your code is 123456'}, levels: [sms]", True),
        ("levels: [sms]", False),
        ("levels: [{channel: sms, content: {text: Hello}}]", True),
        ("content: {text: '{code}'}, levels: [sms, {channel: viber, content: {text: Hello}}]",
         True),
    ],
)  # fmt: skip
def test_a_text_without_its_code_is_found(cascade: str, is_found: bool) -> None:
    """S33: nobody can enter what was not sent; where no text is written, nothing is said."""
    assert ([each.split("[")[1].split("]")[0] for each in of(cascade)] == ["code-not-sent"]) is (
        is_found
    )


def test_where_no_code_is_awaited_nothing_is_found() -> None:
    """A cascade may send whatever it likes."""
    text = f"{WORLD}cascades: {{c: {{content: {{text: Hello}}, levels: [sms]}}}}\n{LOAD}"
    assert not {"code-not-sent", "waits-beyond-code"} & set(codes_in(text))


def test_a_level_holds_a_message_for_its_longer_timer() -> None:
    """For the receipt, or for the code."""
    sms = (Channel("sms"), ("sms",))
    assert held_us(Level(channel=sms[0], providers=sms[1])) == 60_000_000
    assert held_us(Level(channel=sms[0], providers=sms[1], wait_us=None)) == 0
    assert held_us(Level(channel=sms[0], providers=sms[1], verify_within_us=90_000_000)) == (
        90_000_000
    )
