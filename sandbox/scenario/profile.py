"""Profiles: what a vendor takes and what not, as rules a cascade is held to (S36).

A profile is a data file, `profiles/NAME.yaml`. Its `defaults` go under the levels of a cascade
where the file says nothing; its `rules` restrict what may stand there. Every one of them cites
where it is published, and carries the vendor's own error number where there is one.

A cascade with `stop_on: verified` is a verification to its profile, any other a message.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from sandbox.scenario.codes import Code
from sandbox.scenario.contents import text_node_of
from sandbox.scenario.grammar.drafts import CascadeDraft, LevelDraft, ScenarioDraft
from sandbox.scenario.nodes import BUILT_IN, ListNode, MapNode, Node, ScalarNode, Source, data, flow
from sandbox.scenario.problems import Problems
from sandbox.scenario.quantities import duration, duration_text
from sandbox.scenario.reader import read_documents
from sandbox.scenario.verification import awaits_code, text_with_code

PROFILE_FOLDER: Final = Path(__file__).parent / "profiles"

NO_PROFILE: Final = "none"
VERIFICATIONS: Final = "verifications"
MESSAGES: Final = "messages"


class Rule(NamedTuple):
    """One thing a vendor does not take.

    Attributes:
        kind: What is looked at; a key of `_CHECKS`.
        applies: `messages`, `verifications`, or "" for both.
        channels: The levels it is about, by channel; empty: of any.
        levels: `primary`, `fallbacks`, or "" for both.
        key: Of a level, for the kinds that look at one.
        least: The least there must be: fallbacks, or microseconds.
        most: The most there may be: fallbacks, characters, or microseconds.
        allowed: The words that may stand there.
        says: The rule in a sentence.
        codes: The vendor's numbers for it.
        sources: Where it is published, as keys of the profile's references.
    """

    kind: str
    applies: str
    channels: tuple[str, ...]
    levels: str
    key: str
    least: int
    most: int
    allowed: tuple[str, ...]
    says: str
    codes: tuple[str, ...]
    sources: tuple[str, ...]


class Default(NamedTuple):
    """What holds where a level says nothing; `level` as a file would write it."""

    applies: str
    channel: str
    level: MapNode
    says: str
    sources: tuple[str, ...]


class Profile(NamedTuple):
    """The rules of a vendor.

    Attributes:
        notes: Rules that nothing in a scenario can break, each with its sources.
        references: Key -> what it stands for.
    """

    name: str
    vendor: str
    title: str
    defaults: tuple[Default, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Rule, ...]
    references: tuple[tuple[str, str], ...]


# Files -----------------------------------------------------------------------------------------


def profile_names() -> tuple[str, ...]:
    """The profiles there are, `none` apart."""
    return tuple(sorted(path.stem for path in PROFILE_FOLDER.glob("*.yaml")))


@lru_cache(maxsize=16)
def profile(name: str) -> Profile:
    """A profile by its name, which exists."""
    text = PROFILE_FOLDER.joinpath(f"{name}.yaml").read_text("utf-8")
    source = Source(f"sandbox/scenario/profiles/{name}.yaml", text, rank=BUILT_IN)
    (top,) = read_documents(source, text, most=1)
    if not isinstance(top, MapNode):
        raise TypeError(name)  # a test reads every file
    defaults = top.list("defaults")
    return Profile(
        name=top.text("name"),
        vendor=top.text("vendor"),
        title=top.text("title"),
        defaults=tuple(
            _default(each) for each in defaults.items if isinstance(each, MapNode)
        ) if defaults else (),
        rules=tuple(_rule(each) for each in _data(top, "rules")),
        notes=tuple(_rule(each) for each in _data(top, "notes")),
        references=tuple(_data(top, "references").items()),
    )  # fmt: skip


def _data(top: MapNode, name: str) -> Any:  # noqa: ANN401 - lists and maps of our own files
    node = top.get(name)
    return () if node is None else data(node)


def _default(node: MapNode) -> Default:
    level, source = node.map("level"), node.list("source")
    if level is None or source is None:
        raise TypeError(flow(node))  # a test reads every file
    return Default(
        node.text("for"), node.text("channel"), level, node.text("says"), tuple(data(source))
    )


def _rule(written: dict[str, Any]) -> Rule:
    def bound(name: str) -> int:
        value = written.get(name, 0)
        return duration(value) if isinstance(value, str) else int(value)

    return Rule(
        kind=written.get("rule", ""),
        applies=written.get("for", ""),
        channels=tuple(written.get("channels", ())),
        levels=written.get("levels", ""),
        key=written.get("key", ""),
        least=bound("least"),
        most=bound("most"),
        allowed=tuple(written.get("allowed", ())),
        says=written["says"],
        codes=tuple(written.get("codes", ())),
        sources=tuple(written["source"]),
    )


# Defaults --------------------------------------------------------------------------------------


def with_profiles(top: MapNode) -> MapNode:
    """Put what a profile says under the levels that say nothing; short forms are written out."""
    cascades = top.map("cascades")
    if cascades is None:
        return top
    return top.with_entry(
        top.key("cascades") or "cascades", cascades.mapped(lambda _, node: _with_profile(node))
    )


def _with_profile(cascade: Node) -> Node:
    name = cascade.text("profile") if isinstance(cascade, MapNode) else ""
    if not isinstance(cascade, MapNode) or name not in profile_names():
        return cascade
    levels = cascade.list("levels")
    if levels is None:
        return cascade
    what = _what(cascade)
    defaults = [each for each in profile(name).defaults if each.applies in {"", what}]
    items = tuple(_with_defaults(level, defaults) for level in levels.items)
    return cascade.with_entry(cascade.key("levels") or "levels", replace(levels, items=items))


def _what(cascade: MapNode) -> str:
    return VERIFICATIONS if awaits_code(cascade) else MESSAGES


def _with_defaults(level: Node, defaults: list[Default]) -> Node:
    if not isinstance(level, MapNode):
        return level
    for default in defaults:
        if default.channel in {"", level.text("channel")}:
            for key, node in default.level:
                if level.key(key.text) is None:
                    level = level.with_entry(key, node)
    return level


# Rules -----------------------------------------------------------------------------------------


class _Complaint(NamedTuple):
    """Where a rule is broken, and what to do about it."""

    at: Node
    note: str


def check_profiles(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about what the vendor of a cascade's profile would not take."""
    for _, cascade in draft.cascades or ():
        if cascade.profile == NO_PROFILE:
            continue
        held = profile(cascade.profile)
        for rule in held.rules:
            if rule.applies not in {"", _what(cascade.node)}:
                continue
            for at, note in _CHECKS[rule.kind](rule, cascade):
                problems.add(
                    cascade.node if at.mark.source.is_built_in else at,
                    Code.PROFILE_RULE,
                    f"{held.vendor}: {rule.says}{_codes_text(rule)}",
                    note=note,
                    help_text=f"sandbox explain profile {held.name}",
                )


def _codes_text(rule: Rule) -> str:
    if not rule.codes:
        return ""
    *most, last = rule.codes
    return f" (error {', '.join(most)} or {last})" if most else f" (error {last})"


def _levels(rule: Rule, cascade: CascadeDraft) -> Iterator[LevelDraft]:
    """The levels a rule is about."""
    for index, level in enumerate(cascade.levels):
        is_there = {"": True, "primary": index == 0, "fallbacks": index > 0}[rule.levels]
        if is_there and (not rule.channels or level.channel in rule.channels):
            yield level


def _at(level: LevelDraft, key: str) -> Node:
    return level.node.get(key) or level.node


def _check_channels(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    for level in cascade.levels:
        if level.channel not in rule.allowed:
            yield _Complaint(_at(level, "channel"), f"use one of {', '.join(rule.allowed)}")


def _check_fallbacks(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    count = len(cascade.levels) - 1
    if not rule.least <= count <= rule.most:
        note = "add a level" if count < rule.least else f"leave {count - rule.most} out"
        yield _Complaint(cascade.node.get("levels") or cascade.node, note)


def _check_not_the_primary(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:  # noqa: ARG001 - has no parameters
    for level in cascade.levels[1:]:
        if level.channel == cascade.levels[0].channel:
            yield _Complaint(_at(level, "channel"), f"{level.channel} is the primary")


def _check_once_each(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:  # noqa: ARG001 - has no parameters
    primary, *fallbacks = cascade.levels
    for index, level in enumerate(fallbacks):
        before = [other.channel for other in fallbacks[:index]]
        if level.channel in before and level.channel != primary.channel:
            note = f"level {before.index(level.channel) + 1} is {level.channel} already"
            yield _Complaint(_at(level, "channel"), note)


def _value_us(level: LevelDraft, key: str) -> int | None:
    """A duration of a level; None where there is none."""
    return level.wait_us if key == "wait" else level.validity_us


def _check_duration(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    for level in _levels(rule, cascade):
        value_us = _value_us(level, rule.key)
        if value_us is not None and not rule.least <= value_us <= rule.most:
            note = f"write {_seconds(rule.least)} to {_seconds(rule.most)}"
            yield _Complaint(_at(level, rule.key), note)


def _seconds(us: int) -> str:
    return f"{us // 1_000_000}s" if us < 600_000_000 else duration_text(us)


def _check_unset(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    for level in _levels(rule, cascade):
        if _value_us(level, rule.key) is not None:
            note = "write wait: none" if rule.key == "wait" else "leave it out"
            yield _Complaint(_at(level, rule.key), note)


def _check_words(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    for level in _levels(rule, cascade):
        node = level.node.get(rule.key)
        words = node.items if isinstance(node, ListNode) else (node,)
        for word in words:
            if isinstance(word, ScalarNode) and word.text not in rule.allowed:
                allowed = ", ".join(rule.allowed)
                note = f"use one of {allowed}" if len(rule.allowed) > 1 else f"use {allowed}"
                yield _Complaint(word, note)


def _check_text(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:
    for level in cascade.levels:
        node = text_node_of(level, cascade) or cascade.content.node.get("text")
        if not isinstance(node, ScalarNode):
            continue
        length = len(text_with_code(node.text, cascade.content.code))
        if length > rule.most:
            yield _Complaint(node, f"this one has {length}")


def _check_in_order(rule: Rule, cascade: CascadeDraft) -> Iterator[_Complaint]:  # noqa: ARG001 - has no parameters
    for level in cascade.levels:
        if level.parallel:
            yield _Complaint(_at(level, "parallel"), "leave parallel out")


_CHECKS: Final[dict[str, Callable[[Rule, CascadeDraft], Iterator[_Complaint]]]] = {
    "channels": _check_channels,
    "fallbacks": _check_fallbacks,
    "not-the-primary": _check_not_the_primary,
    "once-each": _check_once_each,
    "duration": _check_duration,
    "unset": _check_unset,
    "words": _check_words,
    "text": _check_text,
    "in-order": _check_in_order,
}


# Explaining ------------------------------------------------------------------------------------


def explain_profile(name: str) -> str:
    """The rules of a profile with their sources, to be shown in a terminal."""
    return "\n".join(_lines(profile(name)))


def _lines(told: Profile) -> Iterator[str]:
    yield f"profile {told.name}: {told.title}"
    for heading, applies in (
        ("every cascade", ""),
        ("messages", MESSAGES),
        ("verifications, stop_on: verified", VERIFICATIONS),
    ):
        rules = [rule for rule in told.rules if rule.applies == applies]
        if rules:
            yield f"  rules for {heading}"
        said = dict.fromkeys(f"    {r.says}{_codes_text(r)} {_cited(r.sources)}" for r in rules)
        yield from said
    if told.defaults:
        yield "  where a level says nothing"
    for each in told.defaults:
        whose = f"{each.channel} in {each.applies}" if each.channel else each.applies
        values = ", ".join(f"{key.text}: {flow(node)}" for key, node in each.level)
        yield f"    {values}{f' ({whose})' if whose else ''}: {each.says} {_cited(each.sources)}"
    if told.notes:
        yield "  not checked"
    yield from (f"    {n.says}{_codes_text(n)} {_cited(n.sources)}" for n in told.notes)
    yield "  sources"
    yield from (f"    {key}  {text}" for key, text in told.references)


def _cited(sources: tuple[str, ...]) -> str:
    return f"[{', '.join(sources)}]"
