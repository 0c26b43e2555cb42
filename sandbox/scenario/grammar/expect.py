"""What a file promises, as it is written; what the sentences mean is read later."""

import re
from typing import Final

from sandbox.cascade.vocabulary import Outcome
from sandbox.scenario import quantities
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import CHANNEL, Duration, Flag, Reference, Sentence, Words
from sandbox.scenario.grammar.mixtures import Countries
from sandbox.scenario.grammar.shapes import (
    NAME,
    REQUIRED,
    Definitions,
    JsonSchema,
    ListOf,
    Made,
    MapOf,
    Name,
    Shape,
    Struct,
    key,
)
from sandbox.scenario.grammar.traffic import CLOCK_MAX_US
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode
from sandbox.scenario.problems import Bad, Problems

_SENTENCES: Final = ListOf(Sentence("an expectation"), least=1, or_one=True)


class _AfterFault(Shape[str]):
    """A fault, or an instant after its end: `sms-down+2m`."""

    what = "a fault, or how long after it, such as sms-down+2m"

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a key; whether there is such a fault is asked later."""
        key_text = node.text if isinstance(node, ScalarNode) else ""
        name, plus, after = key_text.partition("+")
        if not re.fullmatch(NAME, name):
            return Name().parse(node, problems)
        if plus and not after:
            text = f"'{key_text}' does not say how long after it"
            return problems.add(node, Code.BAD_DURATION, text, note=f"write {name}+2m")
        if plus:
            try:
                quantities.duration(after)
            except quantities.QuantityError as error:
                return problems.add(node, error.code, error.text, note=error.note)
        return name

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A name, perhaps with a duration after it."""
        return {"type": "string", "pattern": f"^{NAME}(\\+{quantities.DURATION})?$"}


def _chooses(where: drafts.WhereDraft, node: Node, problems: Problems) -> drafts.WhereDraft | Bad:
    if isinstance(node, MapNode) and all(name.text == "that" for name, _ in node):
        text = "this where chooses no messages"
        note = "add trait:, country:, cascade:, channel: or provider:"
        return problems.add(node, Code.TOO_FEW, text, note=note)
    return where


_WHERE: Final = Made(
    Struct(
        "where",
        "What must be true of some messages: those for which all of the keys hold.",
        drafts.WhereDraft,
        [
            key("trait", Reference("a trait"), "To people who have this trait."),
            key("country", Countries.CODE, "To people in this country."),
            key("cascade", Reference("a cascade"), "Through this cascade."),
            key("channel", CHANNEL, "Submitted on this channel at least once."),
            key("provider", Reference("a provider"), "Submitted to this provider at least once."),
            key("that", _SENTENCES, "METRIC OPERATOR VALUE, of these.", default=REQUIRED),
        ],
    ),
    _chooses,
)


def _expects(
    message: drafts.NamedMessageDraft, node: Node, problems: Problems
) -> drafts.NamedMessageDraft | Bad:
    if isinstance(node, MapNode) and not node.entries:
        text = "nothing is expected of this message"
        return problems.add(node, Code.TOO_FEW, text, note="add path:, ends: or within:")
    return message


_ENTRIES: Final = ListOf(Sentence("an entry of a path, such as sms:delivered"))
_COST: Final = Sentence("a comparison such as <= 0.06 EUR")

_MESSAGE: Final = Made(
    Struct(
        "named message",
        "What must become of one named message.",
        drafts.NamedMessageDraft,
        [
            key("path", _ENTRIES, "Its attempts and skipped levels, all of them, in order."),
            key(
                "ends",
                Words("an outcome", {o.value: o.value for o in Outcome}),
                "Its outcome.",
            ),
            key(
                "within",
                Duration(most=CLOCK_MAX_US),
                "The longest time from the request to the outcome.",
                field="within_us",
            ),
            key("cost", _COST, "What is known of its cost: OPERATOR AMOUNT."),
            key("truth.cost", _COST, "What was billed for it: OPERATOR AMOUNT.", field="bill"),
            key("late", _ENTRIES, "What was heard of attempts it had left, all of it, in order."),
            key("verified", Flag(), "Whether its code ended it."),
        ],
    ),
    _expects,
)

_PHRASES: Final = ListOf(Sentence("a phrase such as late success"), least=1, or_one=True)

EXPECT: Final = Struct(
    "expect",
    "What must be true in the end; a list alone is short for all.",
    drafts.ExpectDraft,
    [
        key(
            "all",
            ListOf(Sentence("an expectation")),
            "Over all messages: METRIC OPERATOR VALUE.",
            default=[],
        ),
        key(
            "during",
            MapOf(_SENTENCES, least=1),
            "By fault: over the messages requested while it lasts, its recovery left out.",
        ),
        key(
            "after",
            MapOf(_SENTENCES, names=_AfterFault(), least=1),
            "By fault, or fault+duration: over the messages requested from then on.",
        ),
        key("where", ListOf(_WHERE, least=1, or_one=True), "Over some messages."),
        key("messages", MapOf(_MESSAGE, least=1), "Of named messages, by name."),
        key("never", _PHRASES, "What must not happen."),
        key("sometimes", _PHRASES, "What must happen at least once."),
    ],
    short="all",
    short_is=ListNode,
    later=("across_seeds",),
    is_lenient=True,
)
