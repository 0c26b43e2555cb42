"""When messages come and what goes wrong, as a file says it."""

from typing import Any, Final

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import (
    Duration,
    Integer,
    NewName,
    Price,
    Rate,
    Reference,
    Share,
)
from sandbox.scenario.grammar.mixtures import Distribution, OrFactor, OutcomeShares, ReasonShares
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
from sandbox.scenario.nodes import Node
from sandbox.scenario.problems import Bad, Problems
from sandbox.scenario.quantities import UNITS_US
from sandbox.simulation.spec import DELIVERY_OUTCOMES, SUBMIT_OUTCOMES

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
}

LOAD: Final[ListOf[drafts.LoadDraft]] = ListOf(
    Tagged("Messages that come.", _LOAD_KINDS, later=("trace", "pause", "closed")), least=1
)

# Faults ----------------------------------------------------------------------------------------

_varies: Final = OrFactor(Distribution())
_share: Final = OrFactor(Share())
_duration: Final = OrFactor(Duration())

SETTINGS: Final[Struct[dict[str, Any]]] = Struct(
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
            OrWord(_duration, {"none": None}),
            "How often a phone that is off is tried.",
        ),
        key("receipts.delay", _varies, "From an event to its receipt."),
        key("receipts.lost", _share, "How many receipts never come."),
        key("receipts.late.share", _share, "How many receipts are late."),
        key("receipts.late.by", _varies, "How much later they are."),
        key("price.amount", OrFactor(Price()), "What an attempt costs."),
        key("validity", OrWord(_duration, {"none": None}), "How long the provider keeps trying."),
    ],
)
"""What a fault may set: the paths of `sandbox.simulation.spec.PATHS`."""


def _not_empty(settings: dict[str, Any], node: Node, problems: Problems) -> dict[str, Any] | Bad:
    if not getattr(node, "entries", ()):
        return problems.add(node, Code.TOO_FEW, "this fault changes nothing", note="set something")
    return settings


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

_FAULT: Final = Struct(
    "fault",
    "Something that goes wrong for a while.",
    drafts.FaultDraft,
    [
        key("id", NewName("a name"), "Its name; fault-1, fault-2 … by default."),
        key("provider", Reference("a provider"), "Whose fault it is.", default=REQUIRED),
        _at("When it begins.", is_required=True),
        _FOR,
        key(
            "set",
            Made(SETTINGS, _not_empty),
            "What is different meanwhile.",
            default=REQUIRED,
            field="settings",
        ),
        key("recover", _RECOVER, "How it goes away; at once by default."),
    ],
    later=("message", "level", "script", "channel", "recipients", "every", "between"),
)

FAULTS: Final = ListOf(_FAULT)
