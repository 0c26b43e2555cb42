"""Providers, as a file says them: nothing is required, because the rest comes from a base."""

from typing import Final

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.vocabulary import Status
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import (
    CHANNEL,
    Copies,
    DailyRate,
    Duration,
    Flag,
    Integer,
    Price,
    Reference,
    Sender,
    Share,
    Words,
)
from sandbox.scenario.grammar.mixtures import Distribution, OutcomeShares, ReasonShares
from sandbox.scenario.grammar.shapes import REQUIRED, ListOf, OrWord, Shape, Struct, key
from sandbox.scenario.quantities import UNITS_US
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    SUBMIT_OUTCOMES,
    ChargedOn,
    Over,
    OverAnswer,
    OverDrop,
    OverQueue,
)

SIMULATED: Final = "simulated"
REAL_ADAPTERS: Final = ("dexatel", "twilio", "vonage", "infobip", "whatsapp-cloud")
"""Those of `sandbox.adapters.catalogue`, which takes longer to import than a file to read."""

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
            "By shares; partial: some segments of a long SMS never arrive; filtered: the receipt "
            "says delivered and nothing arrived; vanished: neither.",
        ),
        key("reasons", ReasonShares(), "Reason codes by outcome, with shares."),
        key("unreachable", _UNREACHABLE, "Phones that are off."),
        key("read", _READ, "People who read."),
    ],
)

# Receipts --------------------------------------------------------------------------------------

_LATE: Final = Struct(
    "late",
    "Receipts that come much later than they should; a share alone is short for it.",
    drafts.LateDraft,
    [
        key("share", Share(), "How many are late."),
        key("by", _varies, "How much later."),
    ],
    short="share",
)

_DUPLICATED: Final = Struct(
    "duplicated",
    "Receipts that come more than once; a share alone is short for it.",
    drafts.DuplicatedDraft,
    [
        key("share", Share(), "How many are followed by copies."),
        key("copies", Copies(), "By how many: a number, or from and to, such as 1..3."),
        key("gap", _varies, "From one copy to the next."),
    ],
    short="share",
)

_REORDERED: Final = Struct(
    "reordered",
    "Receipts the next one overtakes; a share alone is short for it.",
    drafts.ReorderedDraft,
    [
        key("share", Share(), "How many are held back until the next has gone by."),
        key("within", Duration(), "And for how long at most.", field="within_us"),
    ],
    short="share",
)

_BATCHED: Final = Struct(
    "batched",
    "Receipts that come in batches; a duration alone is short for it.",
    drafts.BatchedDraft,
    [
        key(
            "every",
            OrWord(Duration(), {"none": None}),
            "They arrive at whole multiples of it; none: each on its own.",
            field="every_us",
        )
    ],
    short="every",
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
        key(
            "per",
            Words("a unit", {"message": False, "segment": True}),
            "What a receipt is about; segments exist in SMS only.",
            field="per_segment",
        ),
        key("delay", _varies, "From the event to its receipt."),
        key("lost", Share(), "How many receipts never come."),
        key("late", _LATE, "How many come late."),
        key("duplicated", _DUPLICATED, "How many come more than once."),
        key("reordered", _REORDERED, "How many are overtaken by the next."),
        key("before_reply", Share(), "How many submissions are answered after their receipt."),
        key("contradictory", Share(), "How many finals are followed by the opposite."),
        key("unknown_id", Share(), "How many come with an id nobody knows."),
        key("batched", _BATCHED, "Whether they come in batches."),
        key(
            "echoes_reference",
            Flag(),
            "They carry our own reference, so that one without an answer before it is matched.",
        ),
    ],
    later=("id_format", "bad_signature"),
)

# Limits ----------------------------------------------------------------------------------------

COUNT_MAX: Final = 1_000_000_000_000
_ANSWERS: Final = ("throttled", "refused.temporary", "refused.permanent")


def _answer(*, answer: str, retry_after_us: int) -> Over:
    return OverAnswer(answer, retry_after_us)


_OVER: Final[Shape[Over]] = OrWord(
    Struct(
        "over",
        "What a submission over the limit is answered; the answer alone is short for it.",
        _answer,
        [
            key(
                "answer",
                Words("an answer, queue or drop", {word: word for word in _ANSWERS}),
                "How it is refused.",
                default="throttled",
            ),
            key(
                "retry_after",
                Duration(least=0),
                "How long it asks to be left alone.",
                default="0s",
                field="retry_after_us",
            ),
        ],
        short="answer",
    ),
    {"queue": OverQueue(), "drop": OverDrop()},
)

_QUOTA: Final = Struct(
    "quota",
    "How many submissions it takes in a window of time.",
    drafts.QuotaDraft,
    [
        key(
            "count",
            OrWord(Integer(least=1, most=COUNT_MAX), {"none": None}),
            "How many; none: as many as come.",
            field="most",
        ),
        key(
            "per",
            Words(
                "a window of time",
                {"minute": UNITS_US["m"], "hour": UNITS_US["h"], "day": UNITS_US["d"]},
            ),
            "In which time; counted anew from the start of the run.",
            field="per_us",
        ),
        key("over", _OVER, "What happens to those beyond; as beyond the rate by default."),
    ],
)

_LIMITS: Final = Struct(
    "limits",
    "How much the provider takes.",
    drafts.LimitsDraft,
    [
        key(
            "rate",
            OrWord(DailyRate(), {"none": None}),
            "How many submissions; none: as many as come.",
        ),
        key("burst", Integer(least=1, most=COUNT_MAX), "How many of them at once."),
        key(
            "over",
            _OVER,
            "What happens to those beyond: an answer; queue: accepted, and sent in turn; drop: "
            "nobody answers.",
        ),
        key("quota", _QUOTA, "How many in a minute, an hour or a day."),
    ],
    later=("concurrency",),
)

# Breaker ---------------------------------------------------------------------------------------


def _breaker(*, open_after: int | None, for_us: int) -> Breaker | None:
    return Breaker(open_after=open_after, for_us=for_us)


_BREAKER: Final[Shape[Breaker | None]] = OrWord(
    Struct(
        "breaker",
        "When we pass the provider over for a while; ours, and not the provider's.",
        _breaker,
        [
            key(
                "open_after",
                OrWord(Integer(least=1, most=COUNT_MAX), {"none": None}),
                "After so many failures in a row; none: only with trouble with the account, which "
                "opens it at once in any case.",
                default=5,
            ),
            key(
                "for",
                Duration(),
                "How long nothing is sent there; then one message probes whether it works.",
                default="30s",
                field="for_us",
            ),
        ],
    ),
    {"none": None},
)

# All of it -------------------------------------------------------------------------------------

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
                {word: word for word in (SIMULATED, *REAL_ADAPTERS)},
                meant={"meta": "whatsapp-cloud", "whatsapp": "whatsapp-cloud", "nexmo": "vonage"},
            ),
            "Simulated, or the vendor that `sandbox send` goes to; a run simulates all of them.",
            default=SIMULATED,
        ),
        key(
            "sender",
            Sender(),
            "Who a real message comes from where its level does not say: a number with its plus, "
            "a name, or a vendor's id.",
        ),
        key("price", _PRICE, "What an attempt costs."),
        key("submit", _SUBMIT, "How it answers."),
        key("delivery", _DELIVERY, "What becomes of accepted messages."),
        key("receipts", _RECEIPTS, "What it tells afterwards."),
        key("limits", _LIMITS, "How much it takes."),
        key("breaker", _BREAKER, "When we pass it over for a while; none: never."),
        key(
            "cancel",
            Words("an answer to it", {"unsupported": False, "supported": True}),
            "Whether it gives a message back that it has not delivered yet.",
            field="can_recall",
        ),
        key(
            "validity",
            OrWord(Duration(), {"none": None}),
            "How long it keeps trying where the level does not say.",
            field="validity_us",
        ),
    ],
    later=("capabilities",),
    is_partial=True,
)
