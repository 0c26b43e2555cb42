"""Findings about real providers: each is made where it belongs, and nowhere else."""

from typing import Final

import pytest

from tests.support.lint_texts import WORLD, codes_in, found_in

LOAD: Final = "load: [{burst: 1000}]\n"
TEMPLATE: Final = "template: {name: otp_v2, language: en_US}"


def of(level: str, provider: str, more: str = "content: {text: Hello}") -> str:
    """A file with one level on line 4, and one provider on line 6."""
    channel = level.partition("channel: ")[2].partition(",")[0].strip("} ")
    return (
        f"{WORLD}cascades:\n  c: {{{more}, levels: [{level}]}}\nproviders:\n"
        f"  {channel}: {{{provider}}}\n{LOAD}"
    )


def told(level: str, provider: str, more: str = "content: {text: Hello}") -> list[str]:
    return codes_in(of(level, provider, more))


def test_of_a_simulated_provider_nothing_is_said() -> None:
    """Whatever a vendor would say of it."""
    text = f"content: {{text: {'x' * 1000}}}"
    assert told("{channel: whatsapp, on_unknown: resend}", "adapter: simulated", text) == []
    assert told("{channel: sms, content: {text: ''}}", "adapter: simulated", text) == []


@pytest.mark.parametrize("adapter", ["dexatel", "twilio", "vonage"])
def test_a_resend_needs_a_vendor_that_knows_the_key(adapter: str) -> None:
    """Else the person may have it twice."""
    provider = f'adapter: {adapter}, sender: "+447700900111"'
    assert told("{channel: sms, on_unknown: resend}", provider) == ["resent-twice"]
    for word in ("wait", "next"):
        assert told(f"{{channel: sms, on_unknown: {word}}}", provider) == []


def test_infobip_knows_the_key() -> None:
    assert told("{channel: sms, on_unknown: resend}", "adapter: infobip, sender: Example") == []


def test_a_resend_is_shown_where_it_stands() -> None:
    assert found_in(
        of("{channel: sms, on_unknown: resend}", "adapter: dexatel, sender: Example")
    ) == [
        (
            "4:67: warning[resent-twice]: level 0 (sms) sends again what may have been taken, and "
            "dexatel takes it twice - write on_unknown: wait"
        )
    ]


@pytest.mark.parametrize("adapter", ["whatsapp-cloud", "vonage", "infobip"])
def test_whatsapp_needs_a_template(adapter: str) -> None:
    provider = f'adapter: {adapter}, sender: "+447700900111"'
    assert told("{channel: whatsapp}", provider) == ["template-needed"]
    assert told(f"{{channel: whatsapp, {TEMPLATE}}}", provider) == []


def test_other_channels_need_none() -> None:
    assert told("{channel: viber}", "adapter: dexatel, sender: Example") == []
    assert told("{channel: sms}", "adapter: dexatel, sender: Example") == []


@pytest.mark.parametrize(
    ("level", "provider", "why"),
    [
        ("{channel: sms}", "adapter: dexatel", "dexatel: a sender is required"),
        (
            "{channel: sms, sender: none}",
            "adapter: twilio, sender: Example",
            "a sender is required",
        ),
        (
            "{channel: whatsapp, template: otp_v2}",
            "adapter: whatsapp-cloud",
            "a template needs its language",
        ),
        (
            "{channel: whatsapp, template: otp_v2}",
            'adapter: twilio, sender: "+447700900111"',
            "a template is named by its HX… id alone",
        ),
        (
            f"{{channel: sms, content: {{text: {'x' * 1001}}}}}",
            "adapter: vonage, sender: Example",
            "the text has 1001 characters, at most 1000",
        ),
        (
            "{channel: sms, content: {text: ''}}",
            "adapter: vonage, sender: Example",
            "the text is empty",
        ),
    ],
)
def test_what_a_vendor_does_not_take_is_told_in_its_words(
    level: str, provider: str, why: str
) -> None:
    (said,) = found_in(of(level, provider))
    assert "warning[vendor-refuses]: level 0 (" in said
    assert why in said


def test_what_is_refused_is_shown_where_it_was_written() -> None:
    """A text at the text, a template at the template, anything else at the provider."""
    text = f"content: {{text: {'x' * 1001}}}"
    long = f"{{channel: sms, {text}}}"
    columns = {
        of(long, "adapter: vonage, sender: Example"): "4:71:",
        of("{channel: sms}", "adapter: vonage, sender: Example", text): "4:23:",
        of("{channel: whatsapp, template: t}", "adapter: whatsapp-cloud"): "4:70:",
        of("{channel: sms}", "adapter: vonage"): "6:18:",
    }  # fmt: skip
    for text, at in columns.items():
        (said,) = found_in(text)
        assert said.startswith(at), said


def test_a_level_that_two_providers_would_refuse_is_told_for_each() -> None:
    """And once where several levels say the same of one."""
    text = (
        f"{WORLD}cascades:\n"
        "  c: {content: {text: x}, levels: [{channel: sms, via: [a, b]}]}\n"
        "providers: {a: {channel: sms, adapter: dexatel}, b: {channel: sms, adapter: twilio}}\n"
        f"{LOAD}"
    )
    assert codes_in(text) == ["vendor-refuses", "vendor-refuses"]


@pytest.mark.parametrize(
    ("channel", "adapter"),
    [
        ("sms", "dexatel"),
        ("viber", "dexatel"),
        ("whatsapp", "whatsapp-cloud"),
        ("whatsapp", "vonage"),
        ("whatsapp", "infobip"),
    ],
)
def test_a_validity_nobody_can_be_told_is_found(channel: str, adapter: str) -> None:
    level = f"{{channel: {channel}, validity: 5m, {TEMPLATE}}}"
    if adapter == "dexatel":
        level = f"{{channel: {channel}, validity: 5m}}"
    provider = f'adapter: {adapter}, sender: "+447700900111"'
    assert told(level, provider) == ["validity-not-told"]
    assert told(level.replace(", validity: 5m", ""), provider) == []


@pytest.mark.parametrize(
    ("channel", "adapter"),
    [("sms", "twilio"), ("sms", "vonage"), ("viber", "vonage"), ("sms", "infobip")],
)
def test_a_validity_a_vendor_knows_is_none(channel: str, adapter: str) -> None:
    """What is beyond its range is cut, and told so by the other finding."""
    provider = f'adapter: {adapter}, sender: "+447700900111"'
    assert told(f"{{channel: {channel}, validity: 5m}}", provider) == []
    assert told(f"{{channel: {channel}, validity: 20d}}", provider) == ["validity-clamped"]


def test_a_code_that_no_parameter_holds_is_not_sent() -> None:
    """The text of the template is the vendor's, and what is put in is ours."""
    more = 'stop_on: verified, deadline: 5m, content: {text: "{code}"}'
    bare = f"{{channel: whatsapp, wait: 30s, {TEMPLATE}}}"
    given = bare.replace("en_US}", 'en_US, parameters: ["{code}"]}')
    assert told(bare, "adapter: whatsapp-cloud", more) == ["code-not-sent"]
    assert told(given, "adapter: whatsapp-cloud", more) == []
    assert told(bare, "adapter: simulated", more) == []
    assert told(bare, "adapter: whatsapp-cloud") == []


def test_a_sender_of_a_simulated_provider_is_told_to_nobody() -> None:
    assert found_in(of("{channel: sms}", "sender: Example")) == [
        (
            "6:17: warning[idle-sender]: 'sms' is simulated, so nobody is told its sender - add an "
            "adapter, or leave it out"
        )
    ]
    assert told("{channel: sms}", "adapter: dexatel, sender: Example") == []


def test_a_finding_that_is_meant_can_be_accepted() -> None:
    text = of("{channel: sms, on_unknown: resend}", "adapter: dexatel, sender: Example")
    assert codes_in(text + "lint: {accept: [resent-twice]}\n") == []
