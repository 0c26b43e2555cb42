"""A scenario with every default filled in, as YAML."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.scenario.nodes import data
from sandbox.scenario.writer import resolved_text
from tests.support.scenario_texts import SMALL, loaded, tree

SCENARIO = loaded(SMALL)


def written(what: dict[str, Any]) -> str:
    """Any data as a resolved scenario would be written."""
    return resolved_text(replace(SCENARIO, resolved=what))


def test_it_reads_like_a_scenario() -> None:
    """Short things stand on one line, long ones in blocks, units as a person writes them."""
    text = resolved_text(SCENARIO)
    assert text.startswith('schema: 1\nname: unnamed\ntitle: ""\n')
    assert "\nload: [{burst: 20, at: 0s, cascade: otp}]\n" in text
    assert "          backoff: {first: 1s, factor: 2, max: 30s, jitter: 20%}\n" in text
    assert all(len(line) < 100 for line in text.splitlines())


def test_text_that_looks_like_something_else_is_quoted() -> None:
    """What YAML would take for a number, a truth value or syntax stays text."""
    what = {"a": ["5", "true", "null", "", "1e3", "0o17", "NO", "- x", "a: b", "#", "*x", "x10"]}
    assert data(tree(written(what))) == what
    assert written(what) == (
        'a: ["5", "true", "null", "", "1e3", "0o17", NO, "- x", "a: b", "#", "*x", x10]\n'
    )


def test_nothing_in_it_acts_on_a_terminal() -> None:
    """Control characters and direction marks are written as escapes, and come back."""
    what = {"title": '\x1b[2J\u202e\u2028\x85 \\ " 🎲 \u200b'}
    assert written(what).rstrip("\n").isprintable()
    assert data(tree(written(what))) == what


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), TEXTS)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, DATA, min_size=1, max_size=4))
def test_whatever_is_written_is_read_back(what: dict[str, Any]) -> None:
    """Any data survives being written and read, whatever its texts hold."""
    assert json.dumps(data(tree(written(what)))) == json.dumps(what)
