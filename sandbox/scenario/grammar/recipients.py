"""People, as a file says them: what is not written comes from the built-in population."""

from typing import Final

from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.leaves import (
    CHANNEL,
    Duration,
    Integer,
    Pattern,
    ReasonCode,
    Reference,
    Share,
    Words,
)
from sandbox.scenario.grammar.mixtures import Countries, Distribution
from sandbox.scenario.grammar.shapes import REQUIRED, ListOf, Made, MapOf, OrWord, Struct, key
from sandbox.scenario.nodes import Node
from sandbox.scenario.problems import Bad, Problems
from sandbox.scenario.time_zones import NAME, is_zone, nearest_zone
from sandbox.simulation.phones import is_e164
from sandbox.simulation.spec import DELIVERY_OUTCOMES, SUBMIT_OUTCOMES
from sandbox.simulation.spells import SPELL_MIN_US

PEOPLE_MAX: Final = 1_000_000


def _mean(*, mean_us: int) -> int:
    return mean_us


_SPELL: Final = Struct(
    "spell",
    "A period whose length varies exponentially.",
    _mean,
    [
        key(
            "mean",
            Duration(least=SPELL_MIN_US),
            "Its mean length.",
            default=REQUIRED,
            field="mean_us",
        )
    ],
    is_partial=True,
)

_FORCED: Final = (*SUBMIT_OUTCOMES[:-1], *DELIVERY_OUTCOMES[:-1])

_TRAIT: Final = Struct(
    "trait",
    "Something about a person, drawn once and shared by every channel it hits.",
    drafts.TraitDraft,
    [
        key("share", Share(), "How many people have it.", default=REQUIRED),
        key(
            "hits",
            ListOf(CHANNEL, least=1, or_one=True),
            "The channels it is about.",
            default=REQUIRED,
        ),
        key(
            "as",
            Words("an outcome", {word: word for word in _FORCED} | {"none": None}),
            "What the provider makes of it; left out or none: the engine knows, and skips.",
            field="outcome",
        ),
        key("reason", ReasonCode(), "The provider's code for it."),
        key("off", _SPELL, "How long the phone stays off at a time.", field="off_mean_us"),
        key("on", _SPELL, "How long it stays on.", field="on_mean_us"),
    ],
    is_partial=True,
)

_TOGETHER: Final = Struct(
    "together",
    "Two traits that go hand in hand; each keeps its own share.",
    drafts.TogetherDraft,
    [
        key("given", Reference("a trait"), "Of those who have this trait,", default=REQUIRED),
        key("trait", Reference("a trait"), "who has this one as well?", default=REQUIRED),
        key("share", Share(), "That many.", default=REQUIRED),
    ],
)

_ZONE: Final = Made(
    Pattern("a time zone", NAME, Code.BAD_TIME_ZONE, "Europe/Berlin"),
    lambda name, node, problems: name if is_zone(name) else _no_zone(name, node, problems),
)


def _no_zone(name: str, node: Node, problems: Problems) -> Bad:
    near = nearest_zone(name)
    note = f"did you mean {near}?" if near else "write for example Europe/Berlin"
    return problems.add(node, Code.BAD_TIME_ZONE, f"there is no time zone '{name}'", note=note)


E164: Final = r"\+[1-9][0-9]{6,14}"
"""What a phone number looks like; whether it could be dialled is another matter."""

_PHONE: Final = Pattern("a phone number in E.164", E164, Code.BAD_PHONE, '"+4915112345678"')


def _dialled(number: str, node: Node, problems: Problems) -> str | Bad:
    if not is_e164(number):
        text = f"'{number}' has the wrong length for its country, or no country at all"
        return problems.add(node, Code.BAD_PHONE, text)
    return number


_CHANNELS: Final = ("sms", "whatsapp", "viber")


def _addresses(**by_channel: str | None) -> tuple[tuple[Channel, str], ...]:
    return tuple((Channel(c), by_channel[c] or "") for c in _CHANNELS if by_channel[c] is not None)


_ADDRESSES: Final = Struct(
    "addresses",
    "How a person is reached on channels where that is not by the phone number.",
    _addresses,
    [
        key(
            channel,
            OrWord(Made(_PHONE, _dialled), {"none": ""}),
            "Another number; none: no address, so levels of this channel are skipped.",
        )
        for channel in _CHANNELS
    ],
)

_PERSON: Final = Struct(
    "person",
    "A person with a name.",
    drafts.PersonDraft,
    [
        key(
            "phone",
            Made(_PHONE, _dialled),
            "The number, with + and country; made up when left out.",
        ),
        key("addresses", _ADDRESSES, "Numbers by channel, where they differ; none for none."),
        key("country", Countries.CODE, "The country; that of the number when left out, or drawn."),
        key("time_zone", _ZONE, "The zone; that of the number, or of the country, by default."),
        key("traits", ListOf(Reference("a trait")), "Exactly these traits.", default=[]),
    ],
)  # fmt: skip

_ASKS_AGAIN: Final = Struct(
    "asks_again",
    "People who ask for their code once more; a share alone is short for it.",
    drafts.AskingDraft,
    [
        key("share", Share(), "How many do, where nothing has come by then."),
        key("after", Duration(), "From the request.", field="after_us"),
    ],
    short="share",
)

_CODES: Final = Struct(
    "codes",
    "What people do with one-time codes, where a cascade has stop_on: verified.",
    drafts.CodesDraft,
    [
        key("entered", Share(), "For how many copies on the handset the code is entered at all."),
        key("after", Distribution(over_base=True), "From the handset to the code."),
        key("mistyped", Share(), "How many entries are wrong; up to three are made."),
        key("asks_again", _ASKS_AGAIN, "How many ask for the code once more."),
    ],
)

RECIPIENTS: Final = Struct(
    "recipients",
    "Who receives; what is not written comes from the built-in population.",
    drafts.RecipientsDraft,
    [
        key("population", Integer(least=1, most=PEOPLE_MAX), "How many people there are."),
        key("country", Countries(), "Where they are, by shares."),
        key(
            "time_zones",
            MapOf(_ZONE, names=Countries.CODE, most=300),
            "By country, where it is not the one that most people of the country live by.",
        ),
        key(
            "traits",
            MapOf(_TRAIT, most=64),
            "What some of them have; {} means everybody is reachable everywhere.",
        ),
        key("together", ListOf(_TOGETHER, most=64), "Traits that go hand in hand."),
        key("codes", _CODES, "What they do with one-time codes."),
        key("people", MapOf(_PERSON), "People with names.", default={}),
    ],
    later=("from", "file"),
)
