"""From a submission to a message an adapter takes, with a code nobody can guess."""

import copy
import pickle
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.codec import Media, MediaKind, OutgoingMessage, Template, Text
from sandbox.adapters.reference import Reference, read_reference
from sandbox.app.outgoing import (
    TOKEN_BYTES,
    MaskedCodes,
    Outgoing,
    SecretCodes,
    says_of,
    seconds_of,
    told,
)
from sandbox.cascade.outputs import Submit
from sandbox.cascade.plan import Plan
from sandbox.errors import MisuseError
from sandbox.scenario.model import Scenario
from tests.support.scenario_texts import loaded

NUMBER: Final = "+447700900123"
TOKEN: Final = bytes(range(32))

OPENSSL: Final = 0xE49186DA212B7A188387A547D6678C67610BE12301E95F4F81295B3AA6B75CDE
"""`openssl dgst -sha256 -mac HMAC` of "12 all" under that token."""

TEXT: Final = """\
schema: 1
cascades:
  otp:
    content: {text: "Code {code}", code: {digits: 6, per: message}}
    levels:
      - {channel: sms, validity: 90s}
      - {channel: whatsapp, template: {name: otp_v2, language: en_US, parameters: ["{code}"]}}
      - viber
providers:
  sms: {adapter: infobip, sender: Example}
  whatsapp: {adapter: whatsapp-cloud}
load: [{burst: 1}]
"""


def outgoing(scenario: Scenario, **changes: Any) -> Outgoing:
    whole: dict[str, Any] = {
        "run": "r7",
        "codes": SecretCodes(TOKEN),
        "wordings": scenario.wordings,
        "routes": {route.provider: route for route in scenario.routes},
    }
    return Outgoing(**(whole | changes))


def submit(level: int, provider: str, **changes: Any) -> Submit:
    whole = Submit(
        message=12,
        level=level,
        attempt=2,
        key=1,
        provider=provider,
        validity_us=None,
        timeout_us=10_000_000,
        cause=3,
    )
    return whole._replace(**changes)


def sent(level: int, provider: str, text: str = TEXT, **changes: Any) -> OutgoingMessage:
    scenario = loaded(text)
    plan = scenario.world.plans[0]
    return outgoing(scenario).message(submit(level, provider, **changes), plan, NUMBER)


def test_a_text_goes_out_with_the_code_in_it() -> None:
    """And with all that the scenario, the plan and the run say."""
    code = SecretCodes(TOKEN).code(6, 12, None)
    assert sent(0, "sms", validity_us=90_000_000) == OutgoingMessage(
        reference="fs1-r7-12-0-2",
        key="fs1-r7-12-0-1",
        channel=loaded(TEXT).world.plans[0].levels[0].channel,
        recipient=NUMBER,
        sender="Example",
        content=Text(f"Code {code}"),
        validity_s=90,
    )


def test_a_template_goes_out_with_the_same_code_in_its_parameters() -> None:
    code = SecretCodes(TOKEN).code(6, 12, None)
    assert sent(1, "whatsapp").content == Template("otp_v2", "en_US", (code,))


def test_a_resend_has_a_reference_of_its_own_and_the_key_of_the_first() -> None:
    """So a vendor that knows keys takes the two for one (S21)."""
    first, again = sent(0, "sms", attempt=0, key=0), sent(0, "sms", attempt=1, key=0)
    assert first.reference != again.reference
    assert first.key == again.key == first.reference
    assert read_reference(again.reference) == Reference("r7", 12, 0, 1)


def test_the_level_has_its_own_sender() -> None:
    text = TEXT.replace("{channel: sms, validity: 90s}", "{channel: sms, sender: Shop}")
    assert sent(0, "sms", text).sender == "Shop"
    assert sent(0, "sms", TEXT.replace(", sender: Example", "")).sender == ""


def test_receipts_go_where_the_run_says() -> None:
    scenario = loaded(TEXT)
    whole = outgoing(scenario, callback_urls={"sms": "https://hooks.example/x"})
    plan = scenario.world.plans[0]
    assert whole.message(submit(0, "sms"), plan, NUMBER).callback_url == "https://hooks.example/x"
    assert whole.message(submit(1, "whatsapp"), plan, NUMBER).callback_url == ""


def test_who_is_simulated_is_never_sent_to() -> None:
    """Nor is what is not of this run."""
    with pytest.raises(MisuseError, match="nobody really sends level 2"):
        sent(2, "viber")
    scenario = loaded(TEXT)
    other = replace(scenario.world.plans[0], name="other")
    with pytest.raises(MisuseError):
        outgoing(scenario).message(submit(0, "sms"), other, NUMBER)


@pytest.mark.parametrize(
    ("us", "seconds"),
    [(None, None), (1000, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2), (90_000_000, 90)],
)
def test_a_validity_is_never_shorter_than_asked(us: int | None, seconds: int | None) -> None:
    assert seconds_of(us) == seconds


# Codes -------------------------------------------------------------------------------------------


@given(st.integers(0, 10), st.integers(0, 10**9), st.none() | st.integers(0, 7))
def test_a_code_has_its_digits_and_is_the_same_again(
    digits: int, message: int, level: int | None
) -> None:
    """A restart sends the code it has sent already."""
    code = SecretCodes(TOKEN).code(digits, message, level)
    assert len(code) == digits
    assert code == "" or (code.isascii() and code.isdecimal())
    assert SecretCodes(TOKEN).code(digits, message, level) == code


def test_codes_differ_by_run_message_and_level() -> None:
    """Ten digits, so that no two are equal by chance; one was worked out apart from this code."""
    assert SecretCodes(TOKEN).code(10, 12, None) == f"{OPENSSL % 10**10:010d}"
    places = [(m, level) for m in range(50) for level in (None, 0, 1)]
    codes = [SecretCodes(TOKEN).code(10, *place) for place in places]
    assert len(set(codes)) == len(places)
    others = [SecretCodes.new().code(10, *place) for place in places]
    assert not set(codes) & set(others)


def test_each_level_has_its_own_where_the_file_says_so() -> None:
    text = TEXT.replace("per: message", "per: level")
    per_level = sent(0, "sms", text), sent(1, "whatsapp", text)
    assert per_level[0].content == Text(f"Code {SecretCodes(TOKEN).code(6, 12, 0)}")
    assert per_level[1].content == Template("otp_v2", "en_US", (SecretCodes(TOKEN).code(6, 12, 1),))


def test_codes_look_even() -> None:
    """Every first digit is as common as any other, within five standard deviations."""
    counts = [0] * 10
    codes = SecretCodes(TOKEN)
    for message in range(2000):
        counts[int(codes.code(6, message, None)[0])] += 1
    assert all(abs(count - 200) < 5 * 13.5 for count in counts)


def test_the_token_shows_itself_to_nobody() -> None:
    """Neither printed nor copied; and a token that is too short is refused."""
    codes = SecretCodes(TOKEN)
    assert codes.reveal() == TOKEN
    assert len(SecretCodes.new().reveal()) == TOKEN_BYTES
    assert SecretCodes.new().reveal() != SecretCodes.new().reveal()
    shown = f"{codes} {codes!r} {outgoing(loaded(TEXT))!r}"
    assert TOKEN.hex() not in shown
    assert "\\x01\\x02" not in shown
    for spread in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(MisuseError):
            spread(codes)
    with pytest.raises(MisuseError, match="32 bytes"):
        SecretCodes(b"short")


# For people --------------------------------------------------------------------------------------


def test_what_is_said_is_shown_with_stars() -> None:
    scenario = loaded(TEXT)
    plan: Plan = scenario.world.plans[0]
    assert says_of(plan, scenario.wordings) == (
        "Code ******",
        "template otp_v2 (en_US) with ******",
        "Code ******",
    )
    assert MaskedCodes().code(4, 1, None) == "****"


def test_every_content_has_a_line() -> None:
    assert told(Template("t")) == "template t"
    assert told(Template("t", "", ("a", "b"))) == "template t with a, b"
    assert told(Media(MediaKind.IMAGE, "https://x.example/a.png")) == (
        "image https://x.example/a.png"
    )
