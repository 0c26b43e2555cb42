"""What a file promises, as it is written."""

from typing import Any

import pytest

from sandbox.scenario.grammar.expect import EXPECT
from tests.support.scenario_texts import shapes_say


def read(text: str) -> Any:
    """What is read of a text without a mistake."""
    value, problems = shapes_say(EXPECT, text)
    assert problems == []
    return value


def texts(nodes: Any) -> list[str]:
    """Sentences as they are written."""
    return [node.text for node in nodes]


def test_a_list_alone_is_about_all_messages() -> None:
    """The short form, and the long one without anything in it."""
    assert texts(read("[late_rate <= 1%]").all) == ["late_rate <= 1%"]
    assert read("{}")[0] == ()
    assert set(read("{}")[1:]) == {None}


def test_one_sentence_needs_no_list() -> None:
    """By fault, by people, and for phrases."""
    value = read("during: {f: late_rate <= 1%}\nwhere: {country: DE, that: late_rate <= 1%}\n"
                 "never: late success\nsometimes: receipt lost")  # fmt: skip
    ((fault, sentences),) = value.during
    assert (fault.text, texts(sentences)) == ("f", ["late_rate <= 1%"])
    (where,) = value.where
    assert (where.country, texts(where.that)) == ("DE", ["late_rate <= 1%"])
    assert (texts(value.never), texts(value.sometimes)) == (["late success"], ["receipt lost"])


def test_after_takes_a_fault_and_how_long_after_it() -> None:
    """`sms-down`, `sms-down+2m`; the name and the duration are one word."""
    value = read("after: {f: [a > 1], f+2m: [a > 1]}")
    assert [name.text for name, _ in value.after] == ["f", "f+2m"]


def test_a_named_message_has_many_sides() -> None:
    """Each may be left out, and an empty list says that there is nothing late."""
    ((name, message),) = read(
        "messages: {m: {path: ['sms:failed'], ends: delivered, within: 90s, cost: <= 1 EUR, "
        "truth.cost: == 0, late: [], verified: false}}"
    ).messages
    assert (name.text, texts(message.path), message.ends) == ("m", ["sms:failed"], "delivered")
    assert (message.within_us, message.cost.text, message.bill.text) == (
        90_000_000, "<= 1 EUR", "== 0",
    )  # fmt: skip
    assert (message.late, message.verified) == ((), False)
    ((_, other),) = read("messages: {m: {ends: cancelled}}").messages
    assert other.ends == "cancelled"
    assert (other.path, other.late, other.cost, other.verified) == (None, None, None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("during: {f: []}", "1:13: error[too-few]: expected at least 1, found none"),
        ("during: {}", "1:9: error[too-few]: expected at least one entry, found none"),
        ("during: [late_rate > 1%]", "1:9: error[wrong-type]: expected a map, found a list"),
        ("after: {f+2: [a > 1]}", "1:9: error[unit-missing]: 2 has no unit"),
        ("after: {f+: [a > 1]}", "1:9: error[bad-duration]: 'f+' does not say how long after it"),
        ("after: {+2m: [a > 1]}",
         "1:9: error[bad-name]: a name is 1 to 64 letters, digits, - or _"),
        ("after: {'f + 2m': [a > 1]}",
         "1:9: error[bad-name]: a name is 1 to 64 letters, digits, - or _"),
        ("where: {that: a > 1}", "1:8: error[too-few]: this where chooses no messages"),
        ("where: {trait: x}", "1:8: error[missing-key]: 'that' is missing"),
        ("where: {country: Germany, that: a > 1}",
         "1:18: error[bad-country]: 'Germany' is not a country of two upper-case letters"),
        ("where: {channel: fax, that: a > 1}", "1:18: error[unknown-word]: 'fax' is not a channel"),
        ("where: {who: x, that: a > 1}", "1:9: error[unknown-key]: unknown key 'who'"),
        ("messages: {m: {}}", "1:15: error[too-few]: nothing is expected of this message"),
        ("messages: {m: {ends: deliverd}}",
         "1:22: error[unknown-word]: 'deliverd' is not an outcome"),
        ("messages: {m: {ends: verified}}",
         "1:22: error[unknown-word]: 'verified' is not an outcome"),
        ("messages: {m: {within: 90}}", "1:24: error[unit-missing]: 90 has no unit"),
        ("messages: {m: {verified: on}}",
         "1:26: error[wrong-type]: expected true or false, found the text 'on'"),
        ("messages: {m: {path: sms:failed}}",
         "1:22: error[wrong-type]: expected a list, found the text 'sms:failed'"),
        ("never: []", "1:8: error[too-few]: expected at least 1, found none"),
        ("never: {late: success}",
         "1:8: error[wrong-type]: expected a phrase such as late success, found a map"),
        ("across_seeds: [a > 1]", "1:1: error[not-built]: 'across_seeds' is not built yet"),
        ("allways: [a > 1]", "1:1: error[unknown-key]: unknown key 'allways'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_where_it_is_wrong(text: str, problem: str) -> None:
    """Keys, names, words and quantities each have their own position."""
    _, problems = shapes_say(EXPECT, text)
    assert problems[0] == f"<text>:{problem}"
