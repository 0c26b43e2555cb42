"""The language in which a list of messages is filtered: words, blanks mean "and".

    failed logins      the words stand in the name, the number or the id of the message
    m123               exactly this message
    state:failed       open, delivered, exhausted, expired, stopped, cancelled; failed is any end
                       but delivered
    channel:viber      it is at a level of this channel, or ended there
    level:2            it is at this level, or ended there; levels count from 0
    path:sms           some attempt went through this channel or provider
    took>10s           from the request to the outcome, or until now; also >= < <= =
    cost>0.05          by what the providers said
    copies>1           how many reached the handset; `twice` means the same
    "two words"        what stands between quotes is looked for as it is

What is wrong is said at once (`FilterError`); nothing else is ever raised.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import eq, ge, gt, le, lt
from typing import Final, NamedTuple, Protocol

from sandbox.cascade.vocabulary import Outcome
from sandbox.errors import UsageError
from sandbox.report.plain import plain
from sandbox.scenario.problems import did_you_mean
from sandbox.scenario.quantities import MILLIONTHS, NUMBER, QuantityError, duration

FILTER_MAX: Final = 200
"""The longest filter, in characters."""

STATES: Final = ("open", "failed", *(outcome.value for outcome in Outcome))
"""Every word that may stand after `state:`."""

_NANO: Final = 1_000 * MILLIONTHS
_SHOWN_MAX: Final = 24


class FilterError(UsageError):
    """A filter that means nothing; says which word is wrong, and what to write instead."""


class Amount(StrEnum):
    """What can be compared with a number."""

    TOOK = "took"
    COST = "cost"
    COPIES = "copies"


class Known(NamedTuple):
    """What a filter may speak of.

    Attributes:
        level_count: How many levels the longest cascade has.
    """

    channels: Sequence[str]
    providers: Sequence[str]
    level_count: int


class Asked(Protocol):
    """What can be asked about a message, by its number."""

    def outcome(self, message: int) -> str:
        """Its outcome; "" while it is open."""
        ...

    def level(self, message: int) -> int:
        """The level entered last."""
        ...

    def channel(self, message: int) -> str:
        """The channel of that level."""
        ...

    def ways(self, message: int) -> Iterable[str]:
        """The channels and the providers of its attempts."""
        ...

    def amount(self, message: int, amount: Amount) -> int:
        """Microseconds, billionths of the currency, or copies."""
        ...

    def words(self, message: int) -> str:
        """Its name, its number and its id, in small letters."""
        ...


# What a filter is made of ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A text that stands in name, number or id; in small letters."""

    text: str

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return self.text in asked.words(message)


@dataclass(frozen=True, slots=True)
class One:
    """One message."""

    message: int

    def holds(self, _: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return message == self.message


@dataclass(frozen=True, slots=True)
class State:
    """How a message stands: one of `STATES`."""

    word: str

    def is_meant(self, outcome: str) -> bool:
        """Whether an outcome is meant; "" is none yet."""
        match self.word:
            case "open":
                return not outcome
            case "failed":
                return outcome not in ("", Outcome.DELIVERED)
            case word:
                return outcome == word

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return self.is_meant(asked.outcome(message))


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a message is, or ended."""

    name: str

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return asked.channel(message) == self.name


@dataclass(frozen=True, slots=True)
class Level:
    """Where a message is, or ended, from 0."""

    number: int

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return asked.level(message) == self.number


@dataclass(frozen=True, slots=True)
class Way:
    """A channel or a provider that some attempt went through."""

    name: str

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return self.name in asked.ways(message)


@dataclass(frozen=True, slots=True)
class Compared:
    """An amount compared with a bound: microseconds, billionths, or copies."""

    amount: Amount
    sign: str
    bound: int

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return SIGNS[self.sign](asked.amount(message, self.amount), self.bound)


Term = Word | One | State | Channel | Level | Way | Compared
"""One thing that must be true of a message."""

SIGNS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">=": ge, "<=": le, ">": gt, "<": lt, "=": eq,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it was written, and what must be true; without any term all messages are meant.

    Attributes:
        text: Without blanks around it.
    """

    text: str = ""
    terms: tuple[Term, ...] = ()

    def holds(self, asked: Asked, message: int) -> bool:
        """Whether a message is meant."""
        return all(term.holds(asked, message) for term in self.terms)

    @property
    def depends_on_time(self) -> bool:
        """Whether a message can be meant, or not, merely because time goes by."""
        return any(isinstance(t, Compared) and t.amount is Amount.TOOK for t in self.terms)


EVERYTHING: Final = Filter()

# Reading -----------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(r'"[^"]*"|[^\s"]+')
_ONE: Final = re.compile(r"m([0-9]{1,15})")
_KEY: Final = re.compile(r"([a-z]+)(:|>=|<=|>|<|=)(.*)", re.DOTALL)
_DECIMAL: Final = re.compile(NUMBER)
_KEYS: Final = ("state", "channel", "level", "path")


def parse(text: str, known: Known) -> Filter:
    """Read a filter.

    Args:
        text: What somebody typed.
        known: What it may speak of.

    Raises:
        FilterError: it means nothing.
    """
    if len(text) > FILTER_MAX:
        raise FilterError(f"a filter has at most {FILTER_MAX} characters, and this has {len(text)}")
    rest = _TOKEN.sub("", text).strip()
    if rest:
        raise FilterError("a quote is not closed", hint="Put a second one behind the words.")
    return Filter(text.strip(), tuple(_term(token, known) for token in _TOKEN.findall(text)))


def _term(token: str, known: Known) -> Term:
    if token.startswith('"'):
        return Word(token[1:-1].lower())
    word = token.lower()
    if word == "twice":
        return Compared(Amount.COPIES, ">", 1)
    one = _ONE.fullmatch(word)
    if one is not None:
        return One(int(one.group(1)))
    keyed = _KEY.fullmatch(word)
    if keyed is None:
        return Word(word)
    key, sign, value = keyed.groups()
    if key in tuple(Amount):
        return _compared(Amount(key), sign, value)
    if key not in _KEYS:
        raise _wrong(
            f"there is nothing called {_shown(key)}",
            did_you_mean(key, (*_KEYS, *Amount)),
            "state: channel: level: path: took> cost> copies>",
        )
    if sign != ":":
        raise _wrong(f"{key} cannot be compared", "", f"write {key}:{_shown(value)}")
    return _named(key, value, known)


def _named(key: str, value: str, known: Known) -> Term:
    match key:
        case "state":
            return State(_one_of("state", value, STATES))
        case "channel":
            return Channel(_one_of("channel", value, known.channels))
        case "path":
            names = [*known.channels, *known.providers]
            return Way(_one_of("channel or provider", value, names))
        case _:
            levels = [str(level) for level in range(known.level_count)]
            return Level(int(_one_of("level", value, levels)))


def _one_of(what: str, value: str, known: Sequence[str]) -> str:
    """The known name that is meant, however it was written in capitals and small letters."""
    for name in known:
        if name.lower() == value:
            return name
    said = f"no {what} {_shown(value)}" if value else f"which {what}?"
    raise _wrong(said, did_you_mean(value, known), ", ".join(dict.fromkeys(known)))


def _compared(amount: Amount, sign: str, value: str) -> Compared:
    if sign == ":":
        raise _wrong(f"{amount} is compared", "", f"write {amount}>{_shown(value) or '1'}")
    match amount:
        case Amount.TOOK:
            try:
                return Compared(amount, sign, duration(value))
            except QuantityError as error:
                raise _wrong(f"took: {error.text}", error.note, "write for example 10s") from error
        case Amount.COST:
            return Compared(amount, sign, _nano(value))
        case Amount.COPIES:
            if not (value.isascii() and value.isdecimal() and len(value) < 10):
                raise _wrong(f"copies: {_shown(value) or 'nothing'} is no number", "", "copies>1")
            return Compared(amount, sign, int(value))


def _nano(value: str) -> int:
    if not _DECIMAL.fullmatch(value):
        raise _wrong(f"cost: {_shown(value) or 'nothing'} is no amount", "", "write cost>0.05")
    whole, _, decimals = value.partition(".")
    return int(whole) * _NANO + int(decimals.ljust(9, "0") or "0")


def _wrong(said: str, note: str, instead: str) -> FilterError:
    return FilterError(f"{plain(said)}: {plain(note or instead)}", hint=plain(instead))


def _shown(value: str) -> str:
    return plain(value, _SHOWN_MAX)
