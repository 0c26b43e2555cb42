"""Shapes of single values."""

from typing import Any

import jsonschema
import pytest

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.leaves import (
    CHANNEL,
    Copies,
    DailyRate,
    Duration,
    Factor,
    Flag,
    Instant,
    Integer,
    NewName,
    Number,
    Pattern,
    Price,
    Rate,
    ReasonCode,
    Reference,
    Sender,
    Sentence,
    Share,
    Speed,
    Text,
    Words,
)
from sandbox.scenario.nodes import data
from sandbox.scenario.problems import BAD
from tests.support.scenario_texts import shapes_say, tree

WORDS = Words("a mood", {"good": 1, "bad": 2}, later=("mixed",), refused={"ugly": "is no mood"})
COUNTRY = Pattern("a country", "[A-Z]{2}", Code.BAD_COUNTRY, "DE")

CASES: list[tuple[Any, list[str], list[str]]] = [
    (WORDS, ["good", '"bad"'], ["god", "mixed", "ugly", "3", "~", "[]", "{}"]),
    (CHANNEL, ["sms", "whatsapp", "viber"], ["rcs", "SMS", "mms"]),
    (
        Sender(),
        ["Example", '"+447700900100"', '"38765"', '"My Shop"', "x" * 60],
        ["+447700900100", "38765", '""', '" Example"', '"Ex\\x07ample"', "x" * 61, "[]", "~"],
    ),
    (Text(most=5), ["x", '""', '"5"', "a b"], ["5", "true", "~", "toolong", "[]"]),
    (Text(most=5, empty=False), ["x"], ['""']),
    (Reference("a thing"), ["x", "5", '"5"'], ["~", "[]", "{}"]),
    (Sentence("a sentence"), ["x y", '"5"'], ["5", "~", "[]"]),
    (COUNTRY, ["DE", '"DE"', "NO"], ["de", "DEU", "5", "~", "[]"]),
    (
        Instant(),
        ["2026-03-01T08:00:00Z", '"2026-03-01T08:00:00+01:00"'],
        ["2026-03-01", "2026-03-01T08:00:00", "5", "[]"],
    ),
    (ReasonCode(), ["30003", '"30003"', "E-7"], ["~", '"a b"', "é", "[]"]),
    (Duration(), ["250ms", "3s", "1.5h", '"7d"'], ["30", "3", "1:30", "~", "[]", "{}", "3 s"]),
    (Share(), ["5%", "100%", "0.5%"], ["5", "0.05", "~", "x2", "[]"]),
    (Price(), ["0.045 EUR", "0", "0.0"], ["0.045", "5 euro", "-1 EUR", "~"]),
    (Rate(), ["20/s", "100/d"], ["20", "20/y", "~"]),
    (DailyRate(), ["20/s", "100/d", "0.000001/d"], ["20", "20/y", "~"]),
    (Flag(), ["true", "false", "FALSE"], ['"true"', "yes", "1", "~", "[]"]),
    (Copies(), ["1", "5", "1..3", "2..2", '"1..5"'], ['"2"', "0", "6", "1-3", "1..6", "~", "[]"]),
    (Speed(), ["20x"], ["x20", "20"]),
    (Factor(), ["x10", "x0.5"], ["10x", "10", "x"]),
    (Number(least=1, most=100), ["2", "1.5", "100"], ['"2"', "x", "0.5", "101", "~"]),
    (Integer(least=1, most=100), ["2", "017"], ['"2"', "1.5", "0", "101", "1_0", "~"]),
]


@pytest.mark.parametrize(("shape", "good", "bad"), CASES, ids=lambda case: type(case).__name__)
def test_reader_and_schema_agree(shape: Any, good: list[str], bad: list[str]) -> None:
    """What is read is valid, and what is refused is not."""
    validator = jsonschema.Draft202012Validator(shape.schema({}))
    for text in good:
        value, said = shapes_say(shape, text)
        assert value is not BAD, (text, said)
        assert validator.is_valid(data(tree(text))), text
    for text in bad:
        value, said = shapes_say(shape, text)
        assert value is BAD, text
        assert said, text
        assert not validator.is_valid(data(tree(text))), text


@pytest.mark.parametrize(
    ("shape", "text", "complaint"),
    [
        (Duration(), "0s", "error[out-of-range]: 0s is too little"),
        (Duration(least=1_000_000), "999ms", "error[out-of-range]: 999ms is too little"),
        (Duration(most=1_000_000), "2s", "error[out-of-range]: 2s is too much"),
        (Share(), "101%", "error[out-of-range]: 101% is more than all"),
        (Instant(), "2026-02-30T08:00:00Z", "error[bad-instant]: '2026-02-30T08:00:00Z' is not"),
        (Text(most=9), "'a\n\n  b'", "error[bad-text]: this text has more than one line"),
        (NewName("a name"), "'a b'", "error[bad-name]: a name is 1 to 64 letters"),
        (Copies(), "3..1", "error[out-of-range]: 3..1 has the larger number first"),
        (DailyRate(), "0/s", "error[out-of-range]: 0/s lets nothing through"),
        (DailyRate(), "0.0000001/d", "error[bad-rate]: 0.0000001/d is finer than a millionth"),
        (Speed(), "0x", "error[out-of-range]: 0x is too little"),
    ],
)
def test_bounds_are_kept_where_a_schema_cannot_see_them(
    shape: Any, text: str, complaint: str
) -> None:
    """The loader knows more than the form."""
    _, said = shapes_say(shape, text)
    assert [complaint in line for line in said] == [True]


def test_a_name_keeps_its_position() -> None:
    """What refers to nothing can be shown where it stands."""
    value, _ = shapes_say(Reference("a thing"), "  x")
    assert (value.text, value.mark.column) == ("x", 3)


def test_later_and_refused_words_say_what_they_are() -> None:
    """A word of a later version is not a typing mistake."""
    assert "error[not-built]: 'mixed' is not built yet" in shapes_say(WORDS, "mixed")[1][0]
    assert "error[unknown-word]: 'ugly' is no mood" in shapes_say(WORDS, "ugly")[1][0]
