"""Cascades and their levels, as a file says them."""

from fractions import Fraction
from typing import Final

from sandbox.cascade.plan import (
    ATTEMPTS_PER_LEVEL_MAX,
    LEVELS_MAX,
    PPM,
    PROVIDERS_PER_LEVEL_MAX,
    Backoff,
    QuietHours,
    Retries,
)
from sandbox.cascade.vocabulary import (
    LISTABLE_TRIGGERS,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    QuietPolicy,
    Retriable,
    Status,
    Trigger,
)
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import (
    CHANNEL,
    TIME_OF_DAY,
    Duration,
    Flag,
    Integer,
    Number,
    Pattern,
    Reference,
    Share,
    Text,
    Words,
)
from sandbox.scenario.grammar.mixtures import Countries
from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    ListOf,
    Made,
    MapOf,
    OrScalar,
    OrWord,
    Struct,
    key,
)
from sandbox.scenario.nodes import NOWHERE, ListNode, MapNode, Node, ScalarNode
from sandbox.scenario.problems import Bad, Problems
from sandbox.simulation.spec import PPB

TEXT_MAX: Final = 20_000
"""Characters of a message."""

CODE_DIGITS_LEAST: Final = 4
CODE_DIGITS_MOST: Final = 10
"""Dexatel sends codes of 4 to 8 digits, Vonage and Routee of 4 to 10."""

_SUCCESSES: Final = (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ)


def _backoff(*, first_us: int, factor: Fraction, max_us: int, jitter: int) -> Backoff:
    return Backoff(
        first_us=first_us,
        factor_ppm=int(factor * PPM),
        max_us=max_us,
        jitter_ppm=jitter * PPM // PPB,
    )


def _retries(*, max: int, on: tuple[Retriable, ...], backoff: Backoff) -> Retries:  # noqa: A002 - the file's word
    return Retries(max=max, on=frozenset(on), backoff=backoff)


_BACKOFF: Final = Struct(
    "backoff",
    "How long to pause before a retry: first x factor^(k-1), at most max.",
    _backoff,
    [
        key("first", Duration(), "Before the first retry.", default="1s", field="first_us"),
        key("factor", Number(least=1, most=100), "Each further pause, times this.", default=2),
        key("max", Duration(), "No pause is longer.", default="30s", field="max_us"),
        key("jitter", Share(), "Give or take this much of the pause.", default="20%"),
    ],
)

_RETRIES: Final = Struct(
    "retries",
    "Further tries at the same provider after an answer that may pass.",
    _retries,
    [
        key(
            "max",
            Integer(least=0, most=ATTEMPTS_PER_LEVEL_MAX - 1),
            "Retries for each provider of the level.",
            default=1,
        ),
        key(
            "on",
            ListOf(Words("an answer to retry on", {r.value: r for r in Retriable})),
            "Which answers are retried.",
            default=["refused.temporary", "throttled"],
        ),
        key("backoff", _BACKOFF, "The pauses between them.", default={}),
    ],
)

_ONLY_IF: Final = Struct(
    "only_if",
    "Where a level may be used; elsewhere it is skipped.",
    drafts.OnlyIfDraft,
    [
        key(
            "country",
            ListOf(Countries.CODE, least=1, or_one=True),
            "Countries of the recipient.",
            field="countries",
        )
    ],
    later=("line_type", "network", "trait"),
)


def _hours(hours: tuple[int, int, QuietPolicy], node: Node, problems: Problems) -> QuietHours | Bad:
    from_us, to_us, policy = hours
    if from_us == to_us:
        at = node.get("to") if isinstance(node, MapNode) else None
        text = "quiet hours end when they begin: they are none, or the whole day"
        note = "write another time, or leave them out"
        return problems.add(at or node, Code.BAD_TIME_OF_DAY, text, note=note)
    return QuietHours(from_us=from_us, to_us=to_us, policy=policy)


_QUIET_HOURS: Final = OrWord[QuietHours | None](
    Made(
        Struct(
            "quiet_hours",
            "When a person is not to be written to, in the person's own time of day.",
            lambda *, from_us, to_us, policy: (from_us, to_us, policy),
            [
                key("from", TIME_OF_DAY, "Their begin.", default=REQUIRED, field="from_us"),
                key(
                    "to",
                    TIME_OF_DAY,
                    "Their end; before their begin where they go on past midnight.",
                    default=REQUIRED,
                    field="to_us",
                ),
                key(
                    "policy",
                    Words("a policy", {policy.value: policy for policy in QuietPolicy}),
                    "hold: the message waits for their end; skip: the level is passed over; drop: "
                    "the message is stopped.",
                    default="hold",
                ),
            ],
            is_partial=True,
        ),
        _hours,
    ),
    {"none": None},
)

_TRIGGERS: Final = Words(
    "a trigger",
    {trigger.value: trigger for trigger in LISTABLE_TRIGGERS},
    refused=dict.fromkeys(
        ("ineligible", "circuit_open", "manual"), "always moves on and may not be listed"
    ),
)

NEXT_ON: Final = tuple(t.value for t in LISTABLE_TRIGGERS if t is not Trigger.NOT_VERIFIED)
"""What moves on where a level does not say. Where a code is awaited `not_verified` is among them
too; elsewhere it cannot come about."""

NONE: Final = ScalarNode("", NOWHERE)
"""Stands for the word none where a name may be."""

NO_TEMPLATE: Final = drafts.UsedTemplateDraft(NONE, None, None)
"""The same where a template may be."""

PARAMETERS_MAX: Final = 100

PROFILES: Final = ("none", "dexatel", "vonage-failover")
"""Vendors whose rules a cascade may be held to; each but `none` has a file of its own."""

_LEVEL_CONTENT: Final = Struct(
    "level_content",
    "What is sent at one level.",
    drafts.LevelContentDraft,
    [
        key(
            "text",
            Text(most=TEXT_MAX, lines=True),
            "The text, instead of the cascade's.",
            default=REQUIRED,
        )
    ],
    later=("code", "media"),
)

_TEMPLATE: Final = Struct(
    "template",
    "A text the channel has approved.",
    drafts.TemplateDraft,
    [
        key("text", Text(most=TEXT_MAX, lines=True), "What it says.", default=REQUIRED),
        key("channel", CHANNEL, "The only channel it is approved for; any by default."),
    ],
    later=("language", "category", "variables"),
    is_partial=True,
)

_USED_TEMPLATE: Final = OrScalar(
    Struct(
        "used_template",
        "The template a level is sent by; its name alone is short for it.",
        drafts.UsedTemplateDraft,
        [
            key("name", Reference("a template"), "The vendor's name or id.", default=REQUIRED),
            key(
                "language",
                Pattern("a language", "[a-z]{2,3}([_-][A-Za-z]{2,4})?", Code.BAD_TEXT, "en_US"),
                "As the vendor writes it, such as en_US; for a real provider that asks for it.",
            ),
            key(
                "parameters",
                ListOf(Text(most=TEXT_MAX, empty=False), most=PARAMETERS_MAX),
                "What stands for its placeholders, in order; {code} in one stands for the code.",
            ),
        ],
    ),
    Made(
        Reference("a template"),
        lambda name, _, __: drafts.UsedTemplateDraft(name, None, None),
    ),
)

_LEVEL: Final = Struct(
    "level",
    "One step of a cascade: a channel, and what counts as success there.",
    drafts.LevelDraft,
    [
        key("channel", CHANNEL, "How the message travels.", default=REQUIRED),
        key(
            "via",
            ListOf(Reference("a provider"), least=1, most=PROVIDERS_PER_LEVEL_MAX, or_one=True),
            "Providers, tried in order; the channel's own by default.",
        ),
        key(
            "success",
            Words("a success status", {s.word: s for s in _SUCCESSES}),
            "The status that ends the message as delivered.",
            default="delivered",
        ),
        key(
            "submit_timeout",
            Duration(),
            "After this long without an answer the submit is unknown.",
            default="10s",
            field="submit_timeout_us",
        ),
        key(
            "wait",
            OrWord(Duration(), {"none": None}),
            "How long to wait for the success status.",
            default="60s",
            field="wait_us",
        ),
        key(
            "from",
            Words("an origin of the wait", {o.value: o for o in Origin}),
            "From when the wait counts.",
            default="accepted",
            field="origin",
        ),
        key(
            "validity",
            Duration(),
            "How long the provider keeps trying; the provider's own by default.",
            field="validity_us",
        ),
        key("retries", _RETRIES, "Further tries at the same provider.", default={}),
        key(
            "on_unknown",
            Words("a way to go on", {o.value: o for o in OnUnknown}),
            "What follows a submit whose answer never came.",
            default="wait",
        ),
        key(
            "on_expired",
            Words("a way to go on", {o.value: o for o in OnExpired}),
            "What follows the provider's word that the message expired.",
            default="continue",
        ),
        key(
            "next_on",
            ListOf(_TRIGGERS),
            "Triggers that move on; any other exhausts the message.",
            default=list(NEXT_ON),
        ),
        key(
            "verify_within",
            Duration(),
            "How long the person has to enter the code, from the success status; as long as the "
            "wait by default.",
            field="verify_within_us",
        ),
        key("only_if", _ONLY_IF, "Where the level may be used."),
        key(
            "sender",
            OrWord(Reference("a sender"), {"none": NONE}),
            "Who it comes from; one the simulated provider knows by default.",
        ),
        key(
            "template",
            OrWord(_USED_TEMPLATE, {"none": NO_TEMPLATE}),
            "The template it is sent by; on WhatsApp one that fits by default, else none.",
        ),
        key("content", _LEVEL_CONTENT, "What is sent here; the cascade's text by default."),
        key(
            "quiet_hours",
            _QUIET_HOURS,
            "When nothing goes out here; those of the cascade by default.",
            field="quiet",
        ),
        key(
            "parallel",
            Flag(),
            "true: it begins together with the level before it.",
            default=False,
        ),
    ],
    short="channel",
    later=("text", "address", "code", "breaker", "limits"),
)

_CODE: Final = Struct(
    "code",
    "A one-time code; {code} in a text stands for it.",
    drafts.CodeDraft,
    [
        key(
            "digits",
            Integer(least=CODE_DIGITS_LEAST, most=CODE_DIGITS_MOST),
            "How long it is; a text is as long as with these.",
            default=6,
        ),
        key(
            "lifetime",
            OrWord(Duration(), {"none": None}),
            "How long it is valid: from the request, or where each level has its own from its "
            "first submission; none: for ever.",
            default="5m",
            field="lifetime_us",
        ),
        key(
            "per",
            Words("a unit of codes", {"message": False, "level": True}),
            "Whether all levels send the same, or each its own.",
            default="message",
            field="is_per_level",
        ),
    ],
)

_CONTENT: Final = Struct(
    "content",
    "What is sent.",
    drafts.ContentDraft,
    [
        key(
            "text",
            Text(most=TEXT_MAX, lines=True),
            "The text; its length decides the SMS segments.",
            default="",
        ),
        key("code", _CODE, "The code in it; one of 6 digits where stop_on awaits one."),
    ],
    later=("template", "media", "sender"),
)

CASCADE: Final = Struct(
    "cascade",
    "An ordered list of levels; a list alone is short for its levels.",
    drafts.CascadeDraft,
    [
        key(
            "profile",
            Words("a profile", {word: word for word in PROFILES}),
            "Extra rules of a vendor.",
            default="none",
        ),
        key(
            "deadline",
            OrWord(Duration(), {"none": None}),
            "The latest moment for anything to be sent, from the request.",
            default="10m",
            field="deadline_us",
        ),
        key(
            "stop_on",
            Words("what ends a message", {"success": False, "verified": True}),
            "verified: not a level's success ends the message, but its code, entered in time.",
            field="stops_on_verified",
        ),
        key(
            "late_success",
            Words("a way to treat late success", {late.value: late for late in LateSuccess}),
            "What a success of a level that is over already does; cancel_next also calls back "
            "what is in flight then, and when the message is cancelled.",
            default="record",
        ),
        key(
            "conflict",
            Words("a policy", {c.value: c for c in Conflict}),
            "Which of two contradictory finals of one attempt holds.",
            default="best",
        ),
        key("content", _CONTENT, "What is sent.", default={}),
        key(
            "templates",
            MapOf(_TEMPLATE, most=1000),
            "Templates by name; where there are some, levels can name no others.",
        ),
        key(
            "quiet_hours",
            _QUIET_HOURS,
            "When nothing goes out, at levels that do not say it themselves.",
            field="quiet",
        ),
        key(
            "remember",
            OrWord(Duration(), {"none": None}),
            "How long it is remembered that somebody cannot be reached on a channel, so that later "
            "messages skip it; not at all by default.",
            field="remember_us",
        ),
        key(
            "levels",
            ListOf(_LEVEL, least=1, most=LEVELS_MAX),
            "The levels, the primary first.",
            default=REQUIRED,
        ),
    ],
    short="levels",
    short_is=ListNode,
    later=(
        "verify_within",
        "parallel",
        "windows",
        "template",
    ),
    is_partial=True,  # a file that uses others may leave the levels to them
)
