"""Messages of the load that have a text of their own, and how long it may be."""

from collections.abc import Iterator

from sandbox.cascade.message import segments
from sandbox.scenario.codes import Code
from sandbox.scenario.contents import LONGEST, NAMES, SMS
from sandbox.scenario.grammar.drafts import CascadeDraft, MessageDraft, ScenarioDraft
from sandbox.scenario.problems import Problems
from sandbox.scenario.verification import text_with_code


def wordings_of(draft: ScenarioDraft) -> tuple[tuple[str, str], ...]:
    """Named message -> its text as long as it is sent, of those that have their own."""
    return tuple((entry.name.text, text) for entry, _, text in _own(draft))


def check_own_texts(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about texts that a channel of their cascade does not take."""
    for entry, cascade, text in _own(draft):
        channels = [level.channel for level in cascade.levels if level.channel in LONGEST]
        strictest = min(channels, key=LONGEST.__getitem__, default=None)
        if strictest is not None and len(text) > LONGEST[strictest]:
            told = f"{NAMES[strictest]} takes {LONGEST[strictest]} characters, this text has"
            parts = f" (in {segments(text).parts} segments)" if strictest == SMS else ""
            at = entry.node.get("text") or entry.node
            problems.add(at, Code.TEXT_TOO_LONG, f"{told} {len(text)}{parts}", note="shorten it")


def _own(draft: ScenarioDraft) -> Iterator[tuple[MessageDraft, CascadeDraft, str]]:
    cascades = {name.text: cascade for name, cascade in draft.cascades or ()}
    for entry in draft.load or ():
        if isinstance(entry, MessageDraft) and entry.text is not None:
            name = entry.cascade.text if entry.cascade else next(iter(cascades), "")
            if name in cascades:
                cascade = cascades[name]
                yield entry, cascade, text_with_code(entry.text, cascade.content.code)
