"""Findings about one-time codes: whether they live long enough, and whether they are sent (S34)."""

from collections.abc import Iterator

from sandbox.cascade.plan import Level
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import CascadeView, Found
from sandbox.scenario.nodes import Node, ScalarNode
from sandbox.scenario.quantities import duration_text
from sandbox.scenario.verification import PLACEHOLDER


def lint_verification(cascade: CascadeView) -> Iterator[Found]:
    """All there is to say about the code of a cascade that waits for one."""
    if cascade.plan.stops_on_verified:
        yield from _waits(cascade)
        yield from _not_sent(cascade)


def held_us(level: Level) -> int:
    """How long a level may hold a message that goes on afterwards: for its success, or its code."""
    return max(level.wait_us or 0, level.verify_within_us or 0)


def _waits(cascade: CascadeView) -> Iterator[Found]:
    lifetime_us = cascade.plan.code_lifetime_us
    if lifetime_us is None:
        return
    lives = f"the code lives for {duration_text(lifetime_us)}"
    if cascade.plan.has_code_per_level:
        for each in cascade.levels:
            held = held_us(each.level)
            if held > lifetime_us:
                text = f"{lives}, {each.name} waits for {duration_text(held)}"
                note = "shorten its wait, or raise the lifetime"
                yield Found(Finding.WAITS_BEYOND_CODE, _at(cascade), text, note)
                return
        return
    total = sum(max(held_us(each.level) for each in front) for front in cascade.fronts)
    if total > lifetime_us:
        text = f"{lives}, and the waits add up to {duration_text(total)}"
        note = "shorten the waits, or raise the lifetime"
        yield Found(Finding.WAITS_BEYOND_CODE, _at(cascade), text, note)


def _at(cascade: CascadeView) -> Node:
    """Where the lifetime was written; the cascade, where it is the default."""
    content = cascade.node.map("content")
    code = content.map("code") if content else None
    written = code.get("lifetime") if code else None
    return cascade.node if written is None or written.mark.is_default else written


def _not_sent(cascade: CascadeView) -> Iterator[Found]:
    """Levels whose text has no place for the code; where nothing is written, it is not asked."""
    content = cascade.node.map("content")
    whole = content.get("text") if content else None
    for each in cascade.levels:
        own = each.node.map("content")
        node = own.get("text") if own else whole
        if own is None and each.level.text is not None:
            continue  # what a template says is the channel's business
        if isinstance(node, ScalarNode) and node.text and PLACEHOLDER not in node.text:
            text = f"the text of {each.name} has no {PLACEHOLDER} in it"
            yield Found(Finding.CODE_NOT_SENT, node, text, f"write {PLACEHOLDER} into it")
            return
