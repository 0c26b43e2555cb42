"""What is sent at each level, from whom and by which template."""

import pytest

from sandbox.cascade.message import segments
from sandbox.scenario.contents import LONGEST
from tests.support.scenario_texts import codes_of, loaded, problems_of


def cascade(levels: str, more: str = "") -> str:
    """A scenario with one cascade."""
    return f"schema: 1\nload: [{{burst: 3}}]\ncascades:\n  otp: {{levels: {levels}{more}}}\n"


def test_a_level_sends_its_own_text_or_that_of_its_template_or_that_of_the_cascade() -> None:
    """And each text has its own segments (S29)."""
    plan = loaded(
        cascade(
            "[sms, {channel: sms, content: {text: short}}, {channel: sms, template: long}, "
            "{channel: whatsapp, template: bare}]",
            f', content: {{text: "{"x" * 200}"}}, '
            f'templates: {{long: {{text: "{"я" * 200}"}}, bare: {{text: ""}}}}',
        )
    ).world.plans[0]
    texts = [plan.text_of(level) for level in range(4)]
    assert texts == ["x" * 200, "short", "я" * 200, ""]
    assert [segments(text).parts for text in texts] == [2, 1, 3, 1]


def test_a_segment_costs_where_it_is_sent() -> None:
    """A long text of one level is charged by its own segments, a short one beside it by one."""
    from sandbox.app.run import run_scenario

    text = cascade(
        f'[{{channel: sms, success: accepted, content: {{text: "{"x" * 400}"}}}}, sms]',
        ", content: {text: x}",
    ) + (
        "providers: {sms: {base: ideal, price: {amount: 0.01 EUR, per: segment}}}\n"
        "recipients: {traits: {}}\nexpect: [cost.total == 0.09 EUR]\n"
    )
    assert run_scenario(text).verdict == "passed"


def test_the_simplest_cascade_needs_neither_sender_nor_template() -> None:
    """The simulated providers have a sender and a template that fit."""
    assert codes_of(cascade("[sms, whatsapp, viber]")) == []
    assert codes_of(cascade("[{channel: whatsapp, sender: '+4930123', template: otp}]")) == []


def test_a_template_with_a_text_and_a_text_of_its_own_exclude_each_other() -> None:
    """It would be left to chance which of them is sent."""
    text = cascade(
        "[{channel: whatsapp, template: otp, content: {text: x}}]", ", templates: {otp: {text: y}}"
    )
    assert problems_of(text) == [
        "4:62: error[one-of]: 'content' and a template with a text of its own exclude each other"
    ]


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("{channel: sms, sender: none, template: none}", []),
        ("{channel: sms, sender: 38765}", []),
        ("{channel: sms, sender: +4930901820}", ["wrong-type"]),
        ("{channel: sms, sender: 007}", ["wrong-type"]),
        ('{channel: sms, sender: "+4930901820"}', []),
        ("{channel: viber, template: none}", []),
        ("{channel: viber, sender: none}", ["missing-sender"]),
        ("{channel: whatsapp, sender: none}", ["missing-sender"]),
        ("{channel: whatsapp, template: none}", ["missing-template"]),
        ("{channel: whatsapp, template: }", ["missing-value"]),
        ("{channel: whatsapp, sender: [a]}", ["wrong-type"]),
        ("{channel: whatsapp, content: hello}", ["wrong-type"]),
        ("{channel: whatsapp, content: {}}", ["missing-key"]),
        ("{channel: whatsapp, content: {code: {}}}", ["not-built"]),
        ("{channel: whatsapp, template: any}", []),
        ("{channel: whatsapp, template: {name: any}}", []),
        (
            '{channel: whatsapp, template: {name: any, language: de, parameters: ["x", "{code}"]}}',
            [],
        ),
        ("{channel: whatsapp, template: {}}", ["missing-key"]),
        ("{channel: whatsapp, template: [any]}", ["wrong-type"]),
        ("{channel: whatsapp, template: {name: any, language: german}}", ["bad-text"]),
        ("{channel: whatsapp, template: {name: any, parameters: x}}", ["wrong-type"]),
        ("{channel: whatsapp, template: {name: any, parameters: [3]}}", ["wrong-type"]),
        ("{channel: whatsapp, template: {name: any, parameters: ['']}}", ["bad-text"]),
        ("{channel: whatsapp, template: {name: any, text: x}}", ["unknown-key"]),
    ],
)
def test_a_level_without_what_its_channel_needs_is_refused(level: str, codes: list[str]) -> None:
    """Before anything runs (S28)."""
    assert codes_of(cascade(f"[{level}]")) == codes


@pytest.mark.parametrize(
    ("template", "listed", "codes"),
    [
        ("otp", "{otp: {text: x}}", []),
        ("otp", "{otp: {text: x, channel: whatsapp}}", []),
        ("otp", "{otp: {text: x, channel: sms}}", ["wrong-channel"]),
        ("otp", "{offer: {text: x}}", ["unknown-template"]),
        ("otp", "{}", ["unknown-template"]),
        ("otp", "{otp: {}}", ["missing-key"]),
        ("otp", "{otp: {text: x, language: de}}", ["not-built"]),
        ("otp", "{otp: {txt: x}}", ["unknown-key", "missing-key"]),
        ("otp", "[otp]", ["wrong-type"]),
    ],
)
def test_a_template_is_one_of_those_listed(template: str, listed: str, codes: list[str]) -> None:
    """A cascade that lists templates has no others."""
    for named in (template, f"{{name: {template}}}"):
        text = cascade(f"[{{channel: whatsapp, template: {named}}}]", f", templates: {listed}")
        assert sorted(codes_of(text)) == sorted(codes)


@pytest.mark.parametrize("channel", LONGEST)
def test_a_text_is_as_long_as_its_channel_takes(channel: str) -> None:
    """One character more is too much, wherever the text stands."""
    most = LONGEST[channel]  # type: ignore[index]  # a channel is a text
    fits = f', content: {{text: "{"я" * most}"}}'
    assert codes_of(cascade(f"[{channel}]", fits)) == []
    over = f'{{text: "{"я" * (most + 1)}"}}'
    for text in (
        cascade(f"[{channel}]", f", content: {over}"),
        cascade(f"[{{channel: {channel}, content: {over}}}]"),
        cascade(f"[{{channel: {channel}, template: t}}]", f", templates: {{t: {over}}}"),
    ):
        assert codes_of(text) == ["text-too-long"]


def test_a_long_text_is_told_once_for_each_kind_of_channel() -> None:
    """However many levels send it; a level with a text of its own does not."""
    long = f', content: {{text: "{"x" * 1601}"}}'
    text = cascade("[sms, sms, viber, {channel: whatsapp, content: {text: x}}]", long)
    assert problems_of(text) == [
        (
            "4:93: error[text-too-long]: SMS takes 1600 characters, this text has 1601 "
            "(in 11 segments)"
        ),
        "4:93: error[text-too-long]: Viber takes 1000 characters, this text has 1601",
    ]
