"""YAML 1.2, bounded."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.errors import ScenarioError
from sandbox.scenario import reader
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode, data
from tests.support.scenario_texts import (
    SCENARIO_TESTS,
    SHIPPED,
    SMALL,
    codes_of,
    loaded,
    map_of,
    problems_of,
    scalar,
    tree,
)


def test_norway_is_a_country_and_not_false() -> None:
    """`NO` is text in YAML 1.2, also as a key."""
    scenario = loaded(SMALL + "recipients: {country: {NO: 100%}}")
    assert scenario.world.population.countries == (("NO", 1_000_000_000),)
    assert data(tree("[NO, no, yes, on, off, y]")) == ["NO", "no", "yes", "on", "off", "y"]


def test_a_leading_zero_changes_nothing() -> None:
    """`017` is seventeen in YAML 1.2, not fifteen."""
    assert loaded(SMALL + "seed: 017").seed == 17
    assert data(tree("[017, 0o17, 0x1F]")) == [17, 15, 31]


def test_a_clock_time_is_no_number() -> None:
    """`1:30` is text in YAML 1.2, and where a duration belongs it is an error with a suggestion."""
    assert data(scalar("1:30")) == "1:30"
    text = "schema: 1\ncascades: {otp: [{channel: sms, wait: 1:30}]}\nload: [{burst: 1}]"
    assert problems_of(text) == ["2:39: error[bad-duration]: 1:30 is no duration"]


def test_an_underscore_makes_text_of_a_number() -> None:
    """`1_000` is text in YAML 1.2, and where a number belongs it is an error."""
    assert data(scalar("1_000")) == "1_000"
    assert codes_of(SMALL + "seed: 1_000") == ["bad-number"]


def test_not_a_number_is_no_value_anywhere() -> None:
    """`.nan` and `.inf` never become a duration, a share or a number."""
    for text in ("seed: .nan", "seed: .inf", "recipients: {population: .NaN}",
                 "providers: {sms: {receipts: {lost: .nan}}}", "clock: {limit: .inf}"):  # fmt: skip
        assert len(codes_of(SMALL + text)) == 1, text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &a {x: 1}\nb: {<<: *a}", "yaml-merge-key"),
        ("a: !!str 5", "yaml-tag"),
        ("a: !secret x", "yaml-tag"),
        ("a: ! x", "yaml-tag"),
        ("a: 1\na: 2", "duplicate-key"),
        ('a: 1\n"a": 2', "duplicate-key"),
        ("a: 1\n---\nb: 2", "yaml-several-documents"),
        ("a: 1\n...\nb: 2", "yaml-several-documents"),
        ("[1]: 2", "yaml-key"),
        ("a: *b", "yaml-alias"),
        ("a: &a [*a]", "yaml-alias"),
        ("%YAML 1.1\n---\na: 1", "yaml-version"),
        ("\ta: 1", "yaml-tab"),
        ("a: [1", "yaml-syntax"),
        ("a: 'x", "yaml-syntax"),
        ("a: b: c", "yaml-syntax"),
        ("a: %x", "yaml-syntax"),
        ('a: "\\q"', "yaml-syntax"),
        ("a: \x01", "bad-character"),
        ("a: \x85", "bad-character"),
        ("a: \ud800", "bad-character"),
        ("", "empty-file"),
        ("# only a comment", "empty-file"),
    ],
)
def test_what_a_scenario_may_not_hold_is_refused_by_name(text: str, code: str) -> None:
    """Tags, merge keys, duplicates and old YAML are errors with a code of their own."""
    with pytest.raises(ScenarioError) as caught:
        tree(text)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_quoted_merge_key_is_just_a_strange_name() -> None:
    """Only the plain `<<` means merging."""
    assert data(map_of('"<<": 1')) == {"<<": 1}


def test_aliases_stand_for_what_was_anchored() -> None:
    """An alias is as good as the thing itself, as often as it is used."""
    assert data(map_of("a: &x [1, {b: c}]\nd: *x\ne: *x")) == {
        "a": [1, {"b": "c"}],
        "d": [1, {"b": "c"}],
        "e": [1, {"b": "c"}],
    }


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_positions_are_the_same_for_every_line_end(ending: str) -> None:
    """A file from Windows or an old Mac points at the same line and column."""
    text = ending.join(["schema: 1", "load:", "  - burst: x", "cascades: {otp: [sms]}"])
    assert problems_of(text) == ["3:12: error[bad-number]: x is no whole number"]


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """What an editor puts before the text neither changes it nor shifts a column."""
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("1", "2", 1).encode())
    assert problems_of(file)[0].endswith(
        "bom.yaml:1:9: error[schema-version]: this program reads version 1 of the format, not 2"
    )


def test_utf_16_is_not_utf_8(tmp_path: Path) -> None:
    """A file in another encoding is refused in one sentence."""
    file = tmp_path / "wide.yaml"
    file.write_bytes(SMALL.encode("utf-16"))
    assert problems_of(file)[0].endswith(
        "wide.yaml:1:1: error[not-utf8]: the byte 0xff is not UTF-8"
    )


def test_every_node_knows_where_it_stands() -> None:
    """Line, column and width point at the value in the text, quotes included."""
    node = map_of('a: 1\nbb:\n  - "x y"\n  - {c: plain text}')
    items = node.list("bb")
    assert items is not None
    first, second = items.items
    assert isinstance(second, MapNode)
    third = second.get("c")
    assert third is not None
    marks = [(n.mark.line, n.mark.column, n.mark.width) for n in (first, second, third)]
    assert marks == [(3, 5, 5), (4, 5, 1), (4, 9, 10)]


# Bombs -----------------------------------------------------------------------------------------

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "too-many-nodes"),
        ("[" * 3000, "too-deep"),
        ("a: " + "[" * 3000, "too-deep"),
        ("a: " + "[" * 3000 + "]" * 3000, "too-deep"),
        ("{a: " * 3000, "too-deep"),
        ("- " * 3000, "too-deep"),
        ("? " * 3000, "too-deep"),
        ("- x\n" * 10_001, "too-many-nodes"),
        ("a: " + "x" * 2_000_000, "file-too-big"),
        ("a: &a [x]\n" + "b: *a\n" * 100_000, "too-many-nodes"),
        ("k: " + "&a " * 50_000 + "x", "yaml-syntax"),
    ],
    ids=["bomb", "only brackets", "open brackets", "brackets", "braces", "dashes", "questions",
         "long list", "two megabytes", "aliases", "anchors"],
)  # fmt: skip
def test_a_bomb_is_refused_at_once(text: str, code: str) -> None:
    """Whatever a file unfolds to, it costs well below a second to refuse it."""
    began = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        tree(text)
    assert time.process_time() - began < 1.5  # on a machine with other things to do
    assert caught.value.problems[-1].code == code


def test_a_file_of_ten_megabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    """No more than the first mebibyte and a byte are read of any file."""
    file = tmp_path / "large.yaml"
    file.write_bytes(b"# a comment\n" * 900_000)
    began = time.process_time()
    assert codes_of(file) == ["file-too-big"]
    assert time.process_time() - began < 0.5


def test_depth_is_counted_through_aliases() -> None:
    """Nesting that only appears when aliases are replaced is nesting."""
    deep = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    with pytest.raises(ScenarioError) as caught:
        tree(deep)
    assert [problem.code for problem in caught.value.problems] == ["too-deep"]


def test_the_limits_themselves_are_allowed() -> None:
    """Sixty-four levels and ten thousand values are no mistake."""
    assert isinstance(tree("[" * 63 + "x" + "]" * 63), ListNode)
    assert isinstance(tree("- x\n" * 9_999), ListNode)


# Both parsers ----------------------------------------------------------------------------------


def _nodes(node: Node) -> Iterator[tuple[object, ...]]:
    match node:
        case ScalarNode():
            yield ("scalar", node.text, node.plain, node.mark.line, node.mark.column)
        case ListNode():
            yield ("list", node.mark.line, node.mark.column)
            for item in node.items:
                yield from _nodes(item)
        case MapNode():
            yield ("map", node.mark.line, node.mark.column)
            for key, item in node:
                yield from _nodes(key)
                yield from _nodes(item)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_without_libyaml_a_file_reads_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML was built without its C parser, the Python one gives the same tree."""
    fast = list(_nodes(tree(path.read_text(encoding="utf-8"))))
    monkeypatch.setattr(reader, "_LOADER", yaml.SafeLoader)
    assert list(_nodes(tree(path.read_text(encoding="utf-8")))) == fast


@pytest.mark.parametrize(
    "path", sorted((SCENARIO_TESTS / "broken").glob("*.yaml")), ids=lambda path: path.stem
)
def test_without_libyaml_a_broken_file_is_as_broken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python parser finds the same mistakes; where it is no YAML its words may differ."""
    expected = codes_of(path)
    monkeypatch.setattr(reader, "_LOADER", yaml.SafeLoader)
    assert codes_of(path) == expected
