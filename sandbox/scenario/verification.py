"""One-time codes: the cascades that wait for one, and the texts that hold one (S33, S34).

    stop_on: verified
    content: {text: "Your code is {code}", code: {digits: 6, lifetime: 5m, per: message}}

`{code}` in a text stands for the code. Which digits it has is of no interest; how many there are
decides the length of the text.
"""

from dataclasses import replace
from typing import Final

from sandbox.cascade.vocabulary import LISTABLE_TRIGGERS, Status, Trigger
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import CascadeDraft, CodeDraft, LevelDraft
from sandbox.scenario.nodes import MapNode, Node, node_of
from sandbox.scenario.problems import Problems

VERIFIED: Final = "verified"
PLACEHOLDER: Final = "{code}"


def text_with_code(text: str, code: CodeDraft | None) -> str:
    """A text as long as it is sent: with digits where its code stands, if it has one."""
    return text if code is None else text.replace(PLACEHOLDER, "0" * code.digits)


def awaits_code(cascade: Node) -> bool:
    """Whether the cascade of a node ends with a code."""
    return isinstance(cascade, MapNode) and cascade.text("stop_on") == VERIFIED


# Defaults --------------------------------------------------------------------------------------


def with_codes(cascades: Node) -> Node:
    """Give cascades that wait for a code one, and let their levels move on where none comes."""
    if not isinstance(cascades, MapNode):
        return cascades
    return cascades.mapped(lambda _, node: _with_code(node) if awaits_code(node) else node)


def _with_code(cascade: Node) -> Node:
    if not isinstance(cascade, MapNode):
        return cascade
    content = cascade.get("content")
    if content is None:
        content = MapNode((), cascade.mark)
    if isinstance(content, MapNode) and content.key("code") is None:
        content = content.with_entry("code", MapNode((), content.mark))
        cascade = cascade.with_entry(cascade.key("content") or "content", content)
    levels = cascade.list("levels")
    if levels is None:
        return cascade
    items = tuple(_with_triggers(level) for level in levels.items)
    return cascade.with_entry(cascade.key("levels") or "levels", replace(levels, items=items))


def _with_triggers(level: Node) -> Node:
    if not isinstance(level, MapNode) or level.key("next_on") is not None:
        return level
    all_of_them = [trigger.value for trigger in LISTABLE_TRIGGERS]
    return level.with_entry("next_on", node_of(all_of_them, level.mark))


# Checks ----------------------------------------------------------------------------------------


def check_verification(cascade: CascadeDraft, problems: Problems) -> None:
    """Complain about a time for a code nobody waits for, and about waiting for one for ever."""
    for level in cascade.levels:
        if not cascade.stops_on_verified:
            if level.verify_within_us is not None:
                at = level.node.key("verify_within") or level.node
                text = "no code ends this cascade, so nobody waits for one"
                note = "add stop_on: verified to it, or leave this out"
                problems.add(at, Code.CODE_NOT_AWAITED, text, note=note)
        elif cascade.deadline_us is None:
            _check_bounded(level, problems)


def _check_bounded(level: LevelDraft, problems: Problems) -> None:
    """Something must end a message whose code is never entered (S13)."""
    text = "without a deadline, this level could wait for its code for ever"
    if level.verify_within_us is None and level.wait_us is None:
        if level.success is not Status.ACCEPTED:
            return  # complained about already: it could wait for its success for ever
        note = "give it a wait, or verify_within"
        problems.add(_own(level, "wait"), Code.UNBOUNDED_LEVEL, text, note=note)
    elif Trigger.NOT_VERIFIED not in level.next_on:
        problems.add(_own(level, "next_on"), Code.UNBOUNDED_LEVEL, text, note="add not_verified")


def _own(level: LevelDraft, key: str) -> Node:
    node = level.node.get(key)
    return level.node if node is None or node.mark.source.is_built_in else node
