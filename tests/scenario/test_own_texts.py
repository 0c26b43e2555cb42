"""Texts of single messages: what becomes of them, and how long they may be."""

import pytest

from tests.support.scenario_texts import loaded, problems_of

FILE = """\
schema: 1
cascades:
  otp: {stop_on: verified, content: {text: "Code {code}", code: {digits: 8}}, levels: [sms]}
  news: {levels: [sms, viber]}
"""


def load_with(cascade: str, text: str) -> str:
    """The file with one message that says something."""
    return FILE + f"load: [{{message: anna, at: 3s, cascade: {cascade}, text: '{text}'}}]\n"


def test_a_text_is_as_long_as_it_is_sent() -> None:
    """With digits where the code of its cascade stands; without a code, as it is written."""
    assert loaded(load_with("otp", "It is {code}")).world.wordings == (("anna", "It is 00000000"),)
    assert loaded(load_with("news", "It is {code}")).world.wordings == (("anna", "It is {code}"),)
    assert loaded(FILE + "load: [{message: a, cascade: otp}]\n").world.wordings == ()


@pytest.mark.parametrize(
    ("cascade", "length", "says"),
    [
        ("news", 1001, "Viber takes 1000 characters, this text has 1001"),
        ("otp", 1601, "SMS takes 1600 characters, this text has 1601 (in 11 segments)"),
    ],
)
def test_a_text_that_a_channel_does_not_take_is_complained_about(
    cascade: str, length: int, says: str
) -> None:
    """By the strictest channel of its cascade, where it was written."""
    told = problems_of(load_with(cascade, "x" * length))
    assert [says in problem for problem in told] == [True]
    assert problems_of(load_with(cascade, "x" * (length - 1))) == []
