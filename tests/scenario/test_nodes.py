"""Trees that remember where everything stood."""

import pytest

from sandbox.scenario.nodes import (
    NOWHERE,
    ListNode,
    MapNode,
    ScalarNode,
    core_value,
    data,
    flow,
    node_of,
    placed,
)
from tests.support.scenario_texts import map_of, tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("FALSE", False), ("tRUE", "tRUE"), ("yes", "yes"), ("NO", "NO"),
        ("017", 17), ("-3", -3), ("+4", 4), ("0o17", 15), ("0x1f", 31), ("1_000", "1_000"),
        ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("1.", 1.0), ("1:30", "1:30"),
        (".inf", float("inf")), ("-.Inf", float("-inf")), ("2026-01-01", "2026-01-01"),
        ("9" * 400, "9" * 400), ("30s", "30s"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_plain_scalars_are_what_yaml_1_2_takes_them_for(text: str, value: object) -> None:
    """The core schema of YAML 1.2 decides, not that of 1.1."""
    got = core_value(ScalarNode(text, NOWHERE))
    assert (got, type(got)) == (value, type(value))


def test_what_is_quoted_is_text() -> None:
    """Quotes make text of anything."""
    assert data(tree("""["5", 'true', "", |\n  null\n]""".replace("|\n  null\n", '"null"'))) == [
        "5",
        "true",
        "",
        "null",
    ]
    assert core_value(ScalarNode("5", NOWHERE, plain=False)) == "5"


def test_data_becomes_a_tree_and_data_again() -> None:
    """What can be said in JSON survives the way there and back."""
    what = {"a": [1, 2.5, True, None, "30s", "5", ""], "b": {"c": {}}, "d": []}
    assert data(node_of(what, NOWHERE)) == what


def test_a_tree_is_shown_as_a_person_would_write_it() -> None:
    """What a fault sets can be shown on one line."""
    text = "{refused.temporary: 100%, uniform: [1s, 2s]}"
    assert flow(tree(text)) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{failed: {30003: 60%, 7: rest}}", None),
        ('{"30003": rest}', "{30003: rest}"),
        ("{failed: {X: {share: rest, text: 'off, or gone: x'}}}",
         '{failed: {X: {share: rest, text: "off, or gone: x"}}}'),
        ("{a: \"5\", b: 5, c: '', d: \"true\", e: 'x ', f: '#'}",
         '{a: "5", b: 5, c: "", d: "true", e: "x ", f: "#"}'),
        ("[017, +4, 0.50, 1..3, -3, x10, 1 EUR]", "[17, 4, 0.5, 1..3, -3, x10, 1 EUR]"),
        ('{"a,b": x, "<<": y, "1.5": z, "": w}', None),
        ('["say \\"hi\\"", "back\\\\slash", "two\\nlines", "\\u202e"]', None),
        ("[[], {}]", None),
    ],
)  # fmt: skip
def test_what_is_shown_reads_back_as_the_same_tree(text: str, shown: str | None) -> None:
    """Quotes stand where YAML needs them, and the words do not change when read again."""
    once = flow(tree(text))
    assert once == (shown or text)
    assert data(tree(once)) == data(tree(text))
    assert flow(tree(once)) == once
    assert flow(node_of(data(tree(text)), NOWHERE)) == once


def test_places_name_the_thing_that_holds_the_value() -> None:
    """A value in a list is found by number and by what it is called."""
    node = placed(map_of("cascades: {otp: [{channel: sms, wait: 3, via: [a]}, whatsapp]}"))
    assert isinstance(node, MapNode)
    level = node.map("cascades").list("otp").items[0]  # type: ignore[union-attr]  # the test knows
    assert isinstance(level, MapNode)
    wait, via = level.get("wait"), level.list("via")
    assert wait is not None
    assert via is not None
    assert [n.place for n in (node, level, wait, via, via.items[0])] == [
        "",
        "cascades.otp[0] (sms)",
        "cascades.otp[0] (sms)",
        "cascades.otp[0].via",
        "cascades.otp[0].via",
    ]


def test_a_map_changes_by_making_another() -> None:
    """Entries are replaced in place, added at the end, and the old map stays as it was."""
    node = map_of("a: 1\nb: 2")
    changed = node.with_entry("a", ScalarNode("9", NOWHERE)).with_entry("c", ListNode((), NOWHERE))
    assert data(changed) == {"a": 9, "b": 2, "c": []}
    assert data(changed.without("a", "c")) == data(node.without("a")) == {"b": 2}
    assert data(node.mapped(lambda name, _: ScalarNode(name, NOWHERE))) == {"a": "a", "b": "b"}
    assert (node.text("a"), node.text("z"), node.map("a"), node.list("a")) == ("1", "", None, None)
