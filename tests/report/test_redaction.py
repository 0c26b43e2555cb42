import pytest

from sandbox.cascade.outputs import Detail, Fact
from sandbox.report.redaction import MASK, Redaction, sensitive

RUN = Redaction(
    ["Your code is 482913", "+4915112345678", "4915112345678", "X-77", "table"],
    published={"30005"},
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call +49 151 1234567 now", f"call {MASK} now"),
        ("code 4829", f"code {MASK}"),
        ("482-913 is it", f"{MASK} is it"),
        ("otp-4915112345678", f"otp-{MASK}"),
        ("level 12, 345", "level 12, 345"),
        ("p95 and 99 %", "p95 and 99 %"),
        ("", ""),
    ],
)
def test_what_people_wrote_loses_what_looks_like_a_number_or_a_code(text: str, masked: str) -> None:
    """Four digits or more, however they are set apart; fewer are a figure."""
    assert RUN.text(text) == masked


def test_a_sentence_of_ours_loses_what_the_scenario_holds_and_keeps_its_figures() -> None:
    """Only whole words: a secret inside a longer word or number is another word."""
    assert RUN.words("at 12345.678 s: Your code is 482913") == f"at 12345.678 s: {MASK}"
    assert RUN.words("to +4915112345678.") == f"to {MASK}."
    assert RUN.words("tables and a table") == f"tables and a {MASK}"
    assert RUN.words("sha256:aX-77b X-77") == f"sha256:aX-77b {MASK}"
    assert Redaction().words("Your code is 482913") == "Your code is 482913"


def test_a_short_secret_is_no_word_to_be_looked_for() -> None:
    """Else it would be taken out of everything."""
    assert Redaction(["Hi", "", "a"]).words("Hi, a sandbox") == "Hi, a sandbox"


def test_published_codes_stay() -> None:
    """They say why, and nothing of anybody."""
    assert [RUN.code(code) for code in ("30005", "X-77", "")] == ["30005", MASK, ""]


def line(kind: str = "refused", **fields: str | int | tuple[str, ...]) -> Fact:
    """A line of the log."""
    return (3, 1000, 1, 0, 1, kind, 2, Detail(fields))


def test_a_line_loses_texts_and_codes_by_their_place() -> None:
    """Whatever they say; numbers of the log are numbers still."""
    told = line(code="911", text="no such person", owed_nano=4829000)
    masked = RUN.fact(told)
    assert dict(masked[7].fields) == {"code": MASK, "text": MASK, "owed_nano": 4829000}
    assert masked[:7] == told[:7]
    assert RUN.told(line(code="30005", text="x"))[7].fields["code"] == "30005"


def test_names_are_looked_at_only_where_the_line_goes_to_others() -> None:
    """A story finds its cascade by its name."""
    told = line("requested", cascade="otp-482913", ineligible=("sms=4829",))
    assert dict(RUN.fact(told)[7].fields) == {
        "cascade": f"otp-{MASK}", "ineligible": (f"sms={MASK}",),
    }  # fmt: skip
    assert RUN.told(told) is told
    assert RUN.fact(line("accepted")) == line("accepted")


def test_a_change_by_hand_may_hold_words() -> None:
    """Reasons go as a whole; a duration is a figure."""
    knob = {"provider": "sms", "path": "delivery.reasons", "value": "{failed: {X: {text: hm}}}"}
    assert RUN.fact(line("knob_changed", **knob))[7].fields["value"] == MASK
    knob = {"provider": "sms", "path": "submit.latency", "value": "15000ms"}
    assert RUN.fact(line("knob_changed", **knob))[7].fields["value"] == "15000ms"


def test_the_parts_of_a_name_that_give_something_away() -> None:
    """They become words to be looked for."""
    assert sensitive("anna-4915112345678-x") == ["4915112345678"]
    assert sensitive("sms-2") == []
