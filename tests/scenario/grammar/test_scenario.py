"""The whole file."""

from pathlib import Path

import pytest

from sandbox.scenario.grammar.scenario import SCENARIO
from sandbox.scenario.nodes import data
from tests.support.scenario_texts import SHIPPED, SMALL, codes_of, tree


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("seed: 5", []),
        ("seed: -5", []),
        ("seed: random", []),
        ("seed: from-commit", ["bad-number"]),
        ("clock: {until: 1h}", []),
        ("clock: {until: loud}", ["bad-duration"]),
        ("clock: {start: '2026-03-01T08:00:00Z', until: quiet, limit: 30d, warm_up: 0s}", []),
        ("clock: {limit: 31d}", ["out-of-range"]),
        ("expect: [delivery_rate >= 1%]", []),
        ("expect: {all: [delivery_rate >= 1%]}", []),
        ("expect: delivery_rate >= 1%", ["wrong-type"]),
        ("expect: {}", []),
        ("demo: {speed: 20x, captions: [{at: 0s, say: hello}]}", []),
        ("demo: {captions: [{say: hello}]}", ["missing-key"]),
        ("tags: [a, b]", []),
        ("tags: [2024]", ["wrong-type"]),
        ("title: 'x'", []),
        ("unused: 1", ["unknown-key"]),
        ("use: [presets/providers-eu.yaml]", []),
        ("use: presets/providers-eu.yaml", []),
        ("use: [x.yaml]", ["unreadable-file"]),
        ("use: []", ["too-few"]),
        ("matrix: {}", ["missing-key"]),
        ("matrix: {vary: {cascades.otp.levels.0.wait: [15s]}, seeds: 1..20}", []),
        ("expect: {during: {}}", ["too-few"]),
        ("expect: {after: {}}", ["too-few"]),
        ("expect: {where: []}", ["too-few"]),
        ("expect: {messages: {}}", ["too-few"]),
        ("expect: {never: []}", ["too-few"]),
        ("expect: {sometimes: []}", ["too-few"]),
        ("expect: {across_seeds: []}", ["not-built"]),
        ("demo: {pauses: []}", ["not-built"]),
    ],
)
def test_the_rest_of_a_file_is_read_or_explained(text: str, codes: list[str]) -> None:
    """Seed, clock, expectations, demo and words for people."""
    assert codes_of(SMALL + text) == codes


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("schema: 1", []),
        ("schema: 2", ["schema-version"]),
        ("schema: 0", ["schema-version"]),
        ("schema: '1'", ["wrong-type"]),
        ("schema: one", ["wrong-type"]),
        ("schema: ", ["missing-value"]),
        ("name: x", ["missing-key"]),
    ],
)
def test_a_file_says_which_version_it_is_written_in(line: str, codes: list[str]) -> None:
    """Old versions stay readable because each file names its own."""
    assert codes_of(SMALL.replace("schema: 1", line)) == codes


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_expanding_and_completing_twice_changes_nothing(path: Path) -> None:
    """A file that is written out is written out."""
    once = SCENARIO.complete(SCENARIO.expand(tree(path.read_text(encoding="utf-8"))))
    assert data(SCENARIO.complete(SCENARIO.expand(once))) == data(once)


def test_names_in_the_schema_are_used_once() -> None:
    """Two definitions of one name would hide each other."""
    seen: dict[str, object] = {}

    def look(shape: object) -> None:
        from sandbox.scenario.grammar.shapes import Shape, Struct

        if isinstance(shape, Struct):
            assert seen.setdefault(shape.name, shape.keys.keys()) == shape.keys.keys()
            for each in shape.keys.values():
                look(each.shape)
        elif isinstance(shape, Shape):
            for inner in vars(shape).values():
                for each in inner.values() if isinstance(inner, dict) else [inner]:
                    if isinstance(each, Shape):
                        look(each)

    look(SCENARIO)
    assert len(seen) > 30
