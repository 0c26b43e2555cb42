"""The shapes that hold others."""

from typing import Any, NamedTuple

import jsonschema
import pytest

from sandbox.scenario.grammar.leaves import Duration, Integer, Reference, Text, Words
from sandbox.scenario.grammar.shapes import (
    NAME,
    REQUIRED,
    ListOf,
    Made,
    MapOf,
    Name,
    OrScalar,
    OrWord,
    Shape,
    Struct,
    Tagged,
    found,
    key,
)
from sandbox.scenario.nodes import ListNode, MapNode, data
from sandbox.scenario.problems import BAD
from tests.support.scenario_texts import shapes_say, tree


class Cup(NamedTuple):
    """Something with a size."""

    node: MapNode
    size: int
    label: str | None


CUP = Struct(
    "cup",
    "A cup.",
    Cup,
    [
        key("size", Integer(least=1, most=9), "How large.", default=REQUIRED),
        key("label", Text(most=10), "What it says."),
        key("colour", Words("a colour", {"red": "r", "blue": "b"}), "Its colour.", default="red",
            field="label"),
    ],
    short="size",
    later=("lid",),
)  # fmt: skip


def schema_accepts(shape: Shape[Any], text: str) -> bool:
    """Whether the schema of a shape takes a text."""
    definitions: dict[str, Any] = {}
    schema = shape.schema(definitions)
    return jsonschema.Draft202012Validator({**schema, "$defs": definitions}).is_valid(
        data(tree(text))
    )


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("{size: 3}", []),
        ("3", []),
        ("{size: 3, colour: blue}", []),
        ("{colour: blue}", ["'size' is missing"]),
        ("{size: 3, sise: 4}", ["unknown key 'sise'"]),
        ("{size: 3, lid: on}", ["'lid' is not built yet"]),
        ("{lid: on}", ["'lid' is not built yet"]),
        ("{size: 10}", ["10 is too much"]),
        ("{size: }", ["expected a whole number, found nothing"]),
        ("[3]", ["expected a map, found a list"]),
        ("", []),
    ],
)
def test_a_map_has_its_keys_and_no_others(text: str, complaints: list[str]) -> None:
    """What the reader complains about the schema refuses, and the other way round."""
    if not text:
        text, complaints = "null", ["expected a map, found nothing"]
    value, said = shapes_say(CUP, text)
    assert [line.partition("]: ")[2] for line in said] == complaints
    if not complaints:
        assert value.size == 3
    is_form = all("too much" in complaint for complaint in complaints) and "size: 10" not in text
    assert schema_accepts(CUP, text) is is_form


def test_a_broken_key_with_a_default_reads_as_its_default() -> None:
    """One mistake does not hide the next, nor spoil the rest."""
    value, said = shapes_say(CUP, "{size: 3, colour: green}")
    assert (value.size, value.label) == (3, "r")
    assert [line.partition(": error")[2] for line in said] == [
        "[unknown-word]: 'green' is not a colour"
    ]
    assert shapes_say(CUP, "{size: x}")[0] is BAD


def test_defaults_are_filled_in_in_the_order_of_the_description() -> None:
    """What is written out reads like the documentation."""
    assert list(data(CUP.complete(CUP.expand(tree("{label: x, size: 3}"))))) == [
        "size", "label", "colour",
    ]  # fmt: skip


def test_a_list_keeps_what_is_whole() -> None:
    """Each broken thing is told, the others are read."""
    shape = ListOf(CUP, least=1, most=3)
    value, said = shapes_say(shape, "[1, {size: x}, 3]")
    assert ([cup.size for cup in value], len(said)) == ([1, 3], 1)
    assert shapes_say(shape, "[x, y]")[0] is BAD
    assert [len(shapes_say(shape, text)[1]) for text in ("[]", "[1, 1, 1, 1]", "{}")] == [1, 1, 1]
    assert [schema_accepts(shape, text) for text in ("[]", "[1]", "[1, 1, 1, 1]", "{}")] == [
        False, True, False, False,
    ]  # fmt: skip


def test_one_may_stand_for_a_list_where_that_is_said() -> None:
    """`country: DE` is `country: [DE]`."""
    shape = ListOf(Text(most=5), or_one=True)
    assert shapes_say(shape, "x")[0] == shapes_say(shape, "[x]")[0] == ("x",)
    assert [schema_accepts(shape, text) for text in ("x", "[x]", "[[x]]", "3")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert isinstance(shape.expand(tree("x")), ListNode)


def test_a_map_of_names_keeps_names_and_values() -> None:
    """A bad name or value costs its entry only."""
    shape = MapOf(CUP, least=1)
    value, said = shapes_say(shape, '{a: 1, "b c": 2, d: x}')
    assert [(name.text, cup.size) for name, cup in value] == [("a", 1)]
    assert [line.partition("error[")[2].partition("]")[0] for line in said] == [
        "bad-name", "bad-number",
    ]  # fmt: skip
    assert [len(shapes_say(shape, text)[1]) for text in ("{}", "[]")] == [1, 1]
    assert [schema_accepts(shape, text) for text in ("{}", "{a: 1}", '{"b c": 2}')] == [
        False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "good"),
    [("sms-main", True), ("anna_2", True), ("Zoë", True), ("日本", True), ("123", True),
     ("", False), ("a b", False), ("a.b", False), ("a@b", False), ("a:b", False), ("a+b", False),
     ("[a]", False), ("a/b", False), ("a\x1bb", False), ("x" * 65, False)],
)  # fmt: skip
def test_names_have_nothing_in_them_that_paths_need(name: str, good: bool) -> None:
    """Metric names, paths and traces can hold a name as it is."""
    import re

    assert bool(re.fullmatch(NAME, name)) is good
    assert jsonschema.Draft202012Validator(Name().schema({})).is_valid(name) is good


def test_a_tag_says_of_which_kind_a_thing_is() -> None:
    """Exactly one of the tags, and the keys of its kind."""
    tall: Struct[Any] = Struct(
        "tall", "Tall.", dict, [key("tall", Integer(least=0, most=9), "How tall.")]
    )
    wide: Struct[Any] = Struct(
        "wide", "Wide.", dict, [key("wide", Duration(), "How wide.", default="1s")]
    )
    shape = Tagged("A thing.", {"tall": tall, "wide": wide}, later=("deep",))
    assert shapes_say(shape, "{tall: 3}") == ({"tall": 3}, [])
    codes = [
        shapes_say(shape, text)[1][0].partition("error[")[2].partition("]")[0]
        for text in ("{tall: 3, wide: 1s}", "{deep: 3}", "{tal: 3}", "{}", "3")
    ]
    assert codes == ["one-of", "not-built", "one-of", "one-of", "wrong-type"]
    assert [schema_accepts(shape, text) for text in ("{tall: 3}", "{deep: 3}", "3")] == [
        True, False, False,
    ]  # fmt: skip


def test_a_word_may_stand_for_a_value_of_its_own() -> None:
    """`none` is a word where a duration belongs."""
    shape = OrWord(Duration(), {"none": -1})
    assert [shapes_say(shape, text)[0] for text in ("none", '"none"', "3s")] == [-1, -1, 3_000_000]
    assert shape.what == "a duration or none"
    assert [schema_accepts(shape, text) for text in ("none", "3s", "some", "3")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_scalar_beside_a_map_is_kept_as_it_is_written() -> None:
    """So what a file has said all along is resolved to the same data as before."""
    named: Struct[Any] = Struct(
        "named",
        "Named.",
        dict,
        [
            key("name", Reference("a name"), "Its name.", default=REQUIRED),
            key("size", Integer(least=0, most=9), "Its size.", default=3),
        ],
    )
    scalar = Made(Reference("a name"), lambda node, _node, _problems: {"name": node})
    shape: OrScalar[Any] = OrScalar(named, scalar)
    assert data(shape.complete(shape.expand(tree("x")))) == "x"
    assert data(shape.complete(shape.expand(tree("{name: x}")))) == {"name": "x", "size": 3}
    assert shapes_say(shape, "x")[0]["name"].text == "x"
    assert shapes_say(shape, "{name: x, size: 4}")[0]["size"] == 4
    assert [shapes_say(shape, text)[0] for text in ("{}", "[]", "~")] == [BAD, BAD, BAD]
    assert [schema_accepts(shape, text) for text in ("x", "{name: x}", "{}", "[]")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_value_may_be_looked_at_once_more() -> None:
    """What was read can be turned into something else, or refused."""
    shape: Made[int] = Made(
        Integer(least=0, most=9), lambda n, _node, _problems: n * 2, doc="Twice."
    )
    assert shapes_say(shape, "4")[0] == 8
    assert shapes_say(shape, "x")[0] is BAD
    assert shape.schema({})["description"] == "Twice."


def test_what_stands_there_is_said_in_words() -> None:
    """A message names what was found."""
    words = [found(tree(text)) for text in ("[]", "{}", "~", "true", "3", "1.5", "x", "'3'")]
    assert words == [
        "a list", "a map", "nothing", "the word true", "the number 3", "the number 1.5",
        "the text 'x'", "the text '3'",
    ]  # fmt: skip
