"""When messages come and what goes wrong, as a file says it."""

from typing import Any, Final, NamedTuple

from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, LEVELS_MAX
from sandbox.cascade.vocabulary import Act
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.cascades import TEXT_MAX
from sandbox.scenario.grammar.hand_drafts import HandMoveDraft
from sandbox.scenario.grammar.leaves import (
    Copies,
    DailyRate,
    Duration,
    Flag,
    Integer,
    NewName,
    OrNumber,
    Price,
    Rate,
    Reference,
    Share,
    Speed,
    Text,
    Words,
)
from sandbox.scenario.grammar.mixtures import Distribution, OrFactor, OutcomeShares, ReasonShares
from sandbox.scenario.grammar.providers import COUNT_MAX
from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    Key,
    ListOf,
    Made,
    OrWord,
    Shape,
    Struct,
    Tagged,
    key,
)
from sandbox.scenario.grammar.traces import trace_file
from sandbox.scenario.nodes import MapNode, Node, ScalarNode
from sandbox.scenario.problems import Bad, Problems
from sandbox.scenario.quantities import UNITS_US
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PATHS,
    SUBMIT_OUTCOMES,
    ReceiptScript,
    ScriptEntry,
)

CLOCK_MAX_US: Final = 30 * UNITS_US["d"]
MESSAGES_MAX: Final = 10_000_000

# Load ------------------------------------------------------------------------------------------


def _at(doc: str, *, is_required: bool = False) -> Key:
    shape = Duration(least=0, most=CLOCK_MAX_US)
    return key("at", shape, doc, default=REQUIRED if is_required else None, field="at_us")


_AT: Final = _at("When it begins; where the entry before ended, by default.")
_FOR: Final = key(
    "for", Duration(most=CLOCK_MAX_US), "How long it lasts.", default=REQUIRED, field="for_us"
)
_CASCADE: Final = key(
    "cascade", Reference("a cascade"), "What they run through; may be left out where there is one."
)

_SLOPE: Final = Struct(
    "slope",
    "A rate at each end.",
    drafts.SlopeDraft,
    [
        key("from", Rate(), "The rate it begins with.", default=REQUIRED, field="rate_from"),
        key("to", Rate(), "The rate it ends with.", default=REQUIRED, field="rate_to"),
    ],
)


def _tag(name: str, shape: Shape[Any], doc: str, field: str) -> Key:
    return key(name, shape, doc, default=REQUIRED, field=field)


_BURST: Final = Struct(
    "burst",
    "Many messages at one instant.",
    drafts.BurstDraft,
    [
        _tag("burst", Integer(least=1, most=MESSAGES_MAX), "How many messages.", "messages"),
        _AT,
        _CASCADE,
    ],
)
_CONSTANT: Final = Struct(
    "constant",
    "Evenly spaced messages.",
    drafts.ConstantDraft,
    [_tag("constant", Rate(), "How many messages, such as 2/s.", "rate"), _FOR, _AT, _CASCADE],
)
_POISSON: Final = Struct(
    "poisson",
    "Messages that come at random.",
    drafts.PoissonDraft,
    [_tag("poisson", Rate(), "How many on average, such as 4/s.", "rate"), _FOR, _AT, _CASCADE],
)
_RAMP: Final = Struct(
    "ramp",
    "Messages at a rate that rises or falls steadily.",
    drafts.RampDraft,
    [_tag("ramp", _SLOPE, "The rates at both ends.", "ramp"), _FOR, _AT, _CASCADE],
)
_MESSAGE: Final = Struct(
    "message",
    "One message with a name.",
    drafts.MessageDraft,
    [
        _tag("message", NewName("a name"), "Its name.", "name"),
        key("to", Reference("a person"), "Whom it is for; anybody by default."),
        key(
            "text",
            Text(most=TEXT_MAX, lines=True),
            "What it says at every level, instead of what its cascade says.",
        ),
        _AT,
        _CASCADE,
    ],
)
TRACE_FILE: Final = trace_file(CLOCK_MAX_US)
SPEED: Final = Speed()
_TRACE: Final = Struct(
    "trace",
    "Messages as they came once, from a CSV file.",
    drafts.TraceDraft,
    [
        _tag("trace", TRACE_FILE, "The file, relative to this one.", "trace"),
        key("speed", SPEED, "How many times faster than they came, such as 2x."),
        _AT,
        _CASCADE,
    ],
)
_LOAD_KINDS: Final[dict[str, Struct[Any]]] = {
    "burst": _BURST,
    "constant": _CONSTANT,
    "poisson": _POISSON,
    "ramp": _RAMP,
    "message": _MESSAGE,
    "trace": _TRACE,
}

LOAD: Final[ListOf[drafts.LoadDraft]] = ListOf(
    Tagged("Messages that come.", _LOAD_KINDS, later=("pause", "closed")), least=1
)

# Faults ----------------------------------------------------------------------------------------

_varies: Final = OrFactor(Distribution())
_share: Final = OrFactor(Share())
_duration: Final = OrFactor(Duration())
_count: Final = OrFactor(Integer(least=1, most=COUNT_MAX))


def _or_none(shape: Shape[Any]) -> Shape[Any]:
    return OrWord(shape, {"none": None})


class _Settings(Struct[dict[str, Any]]):
    """Settings by their paths; their order is the one in which they are changed."""

    def complete(self, node: Node) -> Node:
        """Fill in defaults below; there are none here."""
        return self._each(node, lambda shape, item: shape.complete(item))


SETTINGS: Final = _Settings(
    "settings",
    "Settings of a provider by their paths, with what they are for a while; x10 is ten times.",
    dict,
    [
        key("submit.latency", _varies, "How long answers take."),
        key("submit.outcomes", OutcomeShares(SUBMIT_OUTCOMES), "What answers are, by shares."),
        key("delivery.time", _varies, "From acceptance to the handset."),
        key("delivery.outcomes", OutcomeShares(DELIVERY_OUTCOMES), "What becomes of messages."),
        key("delivery.reasons", ReasonShares(), "Reason codes by outcome."),
        key("delivery.read.share", _share, "How many messages are read."),
        key("delivery.read.after", _varies, "How long after they arrived."),
        key("delivery.unreachable.store_for", _duration, "How long messages are kept."),
        key(
            "delivery.unreachable.retry_every",
            _or_none(_duration),
            "How often a phone that is off is tried.",
        ),
        key("receipts.delay", _varies, "From an event to its receipt."),
        key("receipts.lost", _share, "How many receipts never come."),
        key("receipts.late.share", _share, "How many receipts are late."),
        key("receipts.late.by", _varies, "How much later they are."),
        key("receipts.duplicated.share", _share, "How many receipts come more than once."),
        key("receipts.duplicated.copies", Copies(), "By how many copies they are followed."),
        key("receipts.duplicated.gap", _varies, "From one copy to the next."),
        key("receipts.reordered.share", _share, "How many receipts the next one overtakes."),
        key("receipts.reordered.within", _duration, "How long they are held back at most."),
        key("receipts.before_reply", _share, "How many submissions are answered too late."),
        key("receipts.contradictory", _share, "How many finals are followed by the opposite."),
        key("receipts.unknown_id", _share, "How many receipts cannot be matched."),
        key("receipts.batched.every", _or_none(_duration), "How often receipts are sent."),
        key("limits.rate", _or_none(OrFactor(DailyRate())), "How many submissions it takes."),
        key("limits.burst", _count, "How many of them at once."),
        key("limits.quota.count", _or_none(_count), "How many in a window of its quota."),
        key("price.amount", OrFactor(Price()), "What an attempt costs."),
        key("validity", _or_none(_duration), "How long the provider keeps trying."),
    ],
)
"""What a fault may set: the paths of `sandbox.simulation.spec.PATHS`."""


def _not_empty(settings: dict[str, Any], node: Node, problems: Problems) -> dict[str, Any] | Bad:
    if not getattr(node, "entries", ()):
        return problems.add(node, Code.TOO_FEW, "nothing is changed here", note="set something")
    return settings


_SET: Final = Made(SETTINGS, _not_empty)

_RECOVER: Final = Struct(
    "recover",
    "How a fault goes away.",
    drafts.RecoverDraft,
    [
        key(
            "over",
            Duration(most=CLOCK_MAX_US),
            "Linearly back to the base value in this time.",
            default=REQUIRED,
            field="over_us",
        )
    ],
)

_ID: Final = key("id", NewName("a name"), "Its name; fault-1, fault-2 … by default.")

_FAULT: Final[Struct[drafts.FaultDraft | drafts.ScriptDraft]] = Struct(
    "fault",
    "Something that goes wrong for a while.",
    drafts.FaultDraft,
    [
        _ID,
        key("provider", Reference("a provider"), "Whose fault it is.", default=REQUIRED),
        _at("When it begins.", is_required=True),
        _FOR,
        key("set", _SET, "What is different meanwhile.", default=REQUIRED, field="settings"),
        key("recover", _RECOVER, "How it goes away; at once by default."),
    ],
    later=("channel", "recipients", "every", "between"),
)

# Scripts ---------------------------------------------------------------------------------------

ENTRIES_MAX: Final = ATTEMPTS_PER_LEVEL_MAX


def _receipt(*, delay_us: int | None, copies: int | None, contradicted: bool) -> ReceiptScript:
    return ReceiptScript(delay_us=delay_us, copies=copies or 0, is_contradicted=bool(contradicted))


_RECEIPT_SCRIPT: Final = OrWord(
    Struct(
        "receipt_script",
        "What becomes of the receipts of one attempt; what is not said is drawn.",
        _receipt,
        [
            key(
                "delay",
                Duration(least=0, most=CLOCK_MAX_US),
                "From the event to its receipt.",
                field="delay_us",
            ),
            key("copies", Integer(least=0, most=Copies.MOST), "How many further copies come."),
            key("contradicted", Flag(), "A final that says the opposite follows."),
        ],
    ),
    {"lost": ReceiptScript(is_lost=True), "orphan": ReceiptScript(is_unmatched=True)},
)

_ACCEPTING: Final = ("accepted", "timeout.accepted")


class _Fate(NamedTuple):
    """What is written of one attempt."""

    submit: str | None
    delivery: str | None
    after_us: int | None
    receipt: ReceiptScript | None


def _entry(fate: _Fate, node: Node, problems: Problems) -> ScriptEntry | Bad:
    """An attempt of which more than the answer is said was accepted."""
    further = [name for name in ("delivery", "after", "receipt") if _written(node, name)]
    if further and fate.submit not in (None, *_ACCEPTING):
        at = _written(node, further[0]) or node
        text = f"'{fate.submit}' comes to no {further[0]}"
        note = f"leave it out, or write submit: {' or '.join(_ACCEPTING)}"
        return problems.add(at, Code.BAD_SCRIPT, text, note=note)
    submit = fate.submit or ("accepted" if further else "")
    return ScriptEntry(submit, fate.delivery or "", fate.after_us, fate.receipt)


def _written(node: Node, name: str) -> ScalarNode | None:
    return node.key(name) if isinstance(node, MapNode) else None


_SCRIPT_ENTRY: Final = Made(
    Struct(
        "script_entry",
        "What becomes of one attempt; what is not said is drawn, and an answer alone is short "
        "for it.",
        _Fate,
        [
            key(
                "submit",
                Words("an answer", {word: word for word in reversed(SUBMIT_OUTCOMES)}),
                "How it is answered; accepted, where more is said of it.",
            ),
            key(
                "delivery",
                Words(
                    "an outcome of delivery",
                    {word: word for word in (*reversed(DELIVERY_OUTCOMES), "expired")},
                ),
                "What becomes of it.",
            ),
            key(
                "after",
                Duration(least=0, most=CLOCK_MAX_US),
                "From acceptance to that.",
                field="after_us",
            ),
            key("receipt", _RECEIPT_SCRIPT, "What becomes of its receipts."),
        ],
        short="submit",
    ),
    _entry,
)

_SCRIPT: Final[Struct[drafts.FaultDraft | drafts.ScriptDraft]] = Struct(
    "script",
    "What becomes of a named message's attempts at one level; after the last entry the shares "
    "apply.",
    drafts.ScriptDraft,
    [
        _ID,
        key("message", Reference("a message"), "Which message.", default=REQUIRED),
        key("level", Integer(least=0, most=LEVELS_MAX - 1), "Which level, from 0.", default=0),
        key(
            "script",
            ListOf(_SCRIPT_ENTRY, least=1, most=ENTRIES_MAX),
            "One entry for each attempt, in order.",
            default=REQUIRED,
            field="entries",
        ),
    ],
)

FAULTS: Final = ListOf(Tagged("Something that goes wrong.", {"set": _FAULT, "script": _SCRIPT}))

# Acts ------------------------------------------------------------------------------------------

_ACT: Final = Words(
    "an act",
    {act.value: act for act in (Act.CANCEL, Act.NEXT, Act.RESEND)},
    refused={Act.VERIFIED.value: "is what people do with their codes; see recipients.codes"},
)

_DONE: Final = Words("an act", {act.value: act for act in Act})
"""By hand somebody may also have said that the code was entered."""

_PLANNED: Final = Struct(
    "act",
    "Something that is done about a message under way.",
    drafts.ActDraft,
    [
        key("message", Reference("a message"), "Which message, by its name.", default=REQUIRED),
        _at("The instant; when the message is requested, if it is not before.", is_required=True),
        key(
            "do",
            _ACT,
            "cancel: it is not wanted any more; next: on to the next level, now; resend: once "
            "more at its level.",
            default=REQUIRED,
            field="act",
        ),
    ],
)

ACTS: Final = ListOf(_PLANNED)

# Changes by hand -------------------------------------------------------------------------------

_HAND_AT: Final = _at("The instant, to the microsecond: 12.345678s.", is_required=True)
_HAND_PROVIDER: Final = key(
    "provider", Reference("a provider"), "Whose setting it is.", default=REQUIRED
)

_HAND_SET: Final[Struct[drafts.HandDraft]] = Struct(
    "by_hand_set",
    "Settings somebody changed.",
    drafts.HandSetDraft,
    [
        _HAND_AT,
        _HAND_PROVIDER,
        key("set", _SET, "What they are from then on.", default=REQUIRED, field="settings"),
    ],
)

_HAND_RESET: Final[Struct[drafts.HandDraft]] = Struct(
    "by_hand_reset",
    "Settings somebody handed back to the scenario.",
    drafts.HandResetDraft,
    [
        _HAND_AT,
        _HAND_PROVIDER,
        key(
            "reset",
            ListOf(Words("a setting", {path: path for path in PATHS}), least=1),
            "Which settings.",
            default=REQUIRED,
            field="paths",
        ),
    ],
)

_HAND_MESSAGE: Final = key(
    "message",
    OrNumber(Reference("a message"), most=MESSAGES_MAX),
    "Which message: its number, in order of arrival from 1, or its name.",
    default=REQUIRED,
)

_HAND_ACT: Final[Struct[drafts.HandDraft]] = Struct(
    "by_hand_act",
    "What somebody did about a message.",
    drafts.HandActDraft,
    [
        _HAND_AT,
        _HAND_MESSAGE,
        key("act", _DONE, "What was done.", default=REQUIRED),
    ],
)

_HAND_FORCE: Final[Struct[drafts.HandDraft]] = Struct(
    "by_hand_force",
    "What somebody decided that an attempt comes to.",
    drafts.HandForceDraft,
    [
        _HAND_AT,
        _HAND_MESSAGE,
        key(
            "level",
            Integer(least=0, most=LEVELS_MAX - 1),
            "At which level: the attempt in flight there, or the next one.",
            default=REQUIRED,
        ),
        key(
            "force",
            OrWord(_SCRIPT_ENTRY, {"none": None}),
            "What it comes to, as an entry of a script; none takes that back.",
            default=REQUIRED,
            field="entry",
        ),
    ],
)

_HAND_MOVE: Final[Struct[drafts.HandDraft]] = Struct(
    "by_hand_move",
    "New messages of a cascade go through another from then on.",
    HandMoveDraft,
    [
        _HAND_AT,
        key("cascade", Reference("a cascade"), "Which messages: as load has it.", default=REQUIRED),
        key("becomes", Reference("a cascade"), "What they go through.", default=REQUIRED),
    ],
)

BY_HAND: Final[ListOf[drafts.HandDraft]] = ListOf(
    Tagged(
        "Something that was done by hand.",
        {
            "set": _HAND_SET,
            "reset": _HAND_RESET,
            "act": _HAND_ACT,
            "force": _HAND_FORCE,
            "becomes": _HAND_MOVE,
        },
    )
)
