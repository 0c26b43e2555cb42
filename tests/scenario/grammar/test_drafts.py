"""What is read of a file, before it is joined up."""

import inspect

import pytest

from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.scenario import SCENARIO
from sandbox.scenario.nodes import MapNode
from sandbox.scenario.problems import BAD, Problems
from tests.support.scenario_texts import SMALL, tree

CLASSES = [
    each
    for _, each in inspect.getmembers(drafts, inspect.isclass)
    if each.__module__ == drafts.__name__
]


@pytest.mark.parametrize("draft", CLASSES, ids=lambda draft: draft.__name__)
def test_a_draft_cannot_be_changed(draft: type) -> None:
    """Drafts are tuples with names."""
    assert issubclass(draft, tuple)


def test_a_draft_knows_where_it_was_read() -> None:
    """What turns out wrong later can still be shown."""
    node = SCENARIO.complete(SCENARIO.expand(tree(SMALL)))
    draft = SCENARIO.parse(node, Problems())
    assert draft is not BAD
    assert draft.node is node
    assert draft.cascades is not None
    cascade = draft.cascades[0][1]
    assert isinstance(cascade.node, MapNode)
    assert [level.node.mark.column for level in cascade.levels] == [18, 23, 33]


def test_what_is_missing_at_the_top_is_none() -> None:
    """A file without load is still looked at."""
    problems = Problems()
    draft = SCENARIO.parse(SCENARIO.complete(tree("schema: 1")), problems)
    assert draft is not BAD
    assert (draft.cascades, draft.load, draft.recipients) == (None, None, None)
    assert problems
