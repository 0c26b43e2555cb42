"""Providers, as a file says them: nothing is required, because the rest comes from a base."""

from typing import Final

from sandbox.cascade.vocabulary import Status
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import CHANNEL, Duration, Price, Reference, Share, Words
from sandbox.scenario.grammar.mixtures import Distribution, OutcomeShares, ReasonShares
from sandbox.scenario.grammar.shapes import REQUIRED, ListOf, OrWord, Struct, key
from sandbox.simulation.spec import DELIVERY_OUTCOMES, SUBMIT_OUTCOMES, ChargedOn

_REPORTABLE: Final = {s.word: s for s in (Status.SENT, Status.DELIVERED, Status.READ)}
_NEGATIVE: Final = {s.word: s for s in (Status.FAILED, Status.REJECTED, Status.EXPIRED)}

_varies: Final = Distribution(over_base=True)

_PRICE: Final = Struct(
    "price",
    "What an attempt costs.",
    drafts.PriceDraft,
    [
        key("amount", Price(), "Such as 0.045 EUR; one currency in a run."),
        key(
            "per",
            Words("a unit", {"message": False, "segment": True}),
            "What the amount is for; segments exist in SMS only.",
            field="per_segment",
        ),
        key(
            "charged_on",
            Words("a moment of charging", {c.value: c for c in ChargedOn}),
            "When it is charged.",
        ),
        key(
            "refunded_on",
            ListOf(Words("a final status", _NEGATIVE)),
            "Finals that give it back.",
        ),
    ],
)

_SUBMIT: Final = Struct(
    "submit",
    "How the provider answers when a message is handed over.",
    drafts.SubmitDraft,
    [
        key("latency", _varies, "How long the answer takes."),
        key("outcomes", OutcomeShares(SUBMIT_OUTCOMES), "What the answer is, by shares."),
    ],
)

_UNREACHABLE: Final = Struct(
    "unreachable",
    "What the provider does about a phone that is off.",
    drafts.UnreachableDraft,
    [
        key("store_for", Duration(), "How long it keeps the message.", field="store_for_us"),
        key(
            "retry_every",
            OrWord(Duration(), {"none": None}),
            "How often it tries; none: at once when the phone returns.",
            field="retry_every_us",
        ),
    ],
)

_READ: Final = Struct(
    "read",
    "Whether and when people read what arrived.",
    drafts.ReadDraft,
    [
        key("share", Share(), "How many messages are read."),
        key("after", _varies, "How long after they arrived."),
    ],
)

_DELIVERY: Final = Struct(
    "delivery",
    "What becomes of messages the provider has accepted.",
    drafts.DeliveryDraft,
    [
        key("time", _varies, "From acceptance to the handset."),
        key(
            "outcomes",
            OutcomeShares(DELIVERY_OUTCOMES),
            "By shares; filtered: the receipt says delivered and nothing arrived; vanished: "
            "neither.",
        ),
        key("reasons", ReasonShares(), "Reason codes by outcome, with shares."),
        key("unreachable", _UNREACHABLE, "Phones that are off."),
        key("read", _READ, "People who read."),
    ],
)

_LATE: Final = Struct(
    "late",
    "Receipts that come much later than they should.",
    drafts.LateDraft,
    [
        key("share", Share(), "How many are late."),
        key("by", _varies, "How much later."),
    ],
)

_RECEIPTS: Final = Struct(
    "receipts",
    "What the provider tells afterwards, and how reliably.",
    drafts.ReceiptsDraft,
    [
        key(
            "reports",
            ListOf(Words("a status a provider reports", _REPORTABLE)),
            "The good news it sends at all; bad news always.",
        ),
        key("delay", _varies, "From the event to its receipt."),
        key("lost", Share(), "How many receipts never come."),
        key("late", _LATE, "How many come late."),
    ],
    later=(
        "duplicated", "reordered", "before_reply", "contradictory", "unknown_id", "batched",
        "echoes_reference", "id_format", "bad_signature",
    ),
)  # fmt: skip

PROVIDER: Final = Struct(
    "provider",
    "Who carries a channel; what is not written comes from the base.",
    drafts.ProviderDraft,
    [
        key("channel", CHANNEL, "What it carries.", default=REQUIRED),
        key(
            "base",
            Reference("a provider or ideal"),
            "Where the rest comes from: the channel's built-in provider, another one, or ideal.",
        ),
        key(
            "adapter",
            Words(
                "an adapter",
                {"simulated": "simulated"},
                later=("dexatel", "twilio", "vonage", "infobip", "whatsapp-cloud"),
            ),
            "Simulated, or a real provider's.",
            default="simulated",
        ),
        key("price", _PRICE, "What an attempt costs."),
        key("submit", _SUBMIT, "How it answers."),
        key("delivery", _DELIVERY, "What becomes of accepted messages."),
        key("receipts", _RECEIPTS, "What it tells afterwards."),
        key(
            "validity",
            OrWord(Duration(), {"none": None}),
            "How long it keeps trying where the level does not say.",
            field="validity_us",
        ),
    ],
    later=("limits", "breaker", "cancel", "capabilities"),
    is_partial=True,
)
