"""Things that may happen in a run and that a scenario can forbid or ask for, counted.

Each is found in the log as it goes by, by what the engine was told and did; only `double delivery`
and `partial delivery` are truth, as is `receipt lost`, which nobody is told of. What is not asked
for is not looked for, and costs nothing. The texts below are what `sandbox explain` prints.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple, Protocol

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import LEVELS_MAX, Plan
from sandbox.cascade.vocabulary import Act, CircuitState, Outcome, RecallResult, Status
from sandbox.errors import UsageError
from sandbox.journal import entry
from sandbox.report.heard import (
    BeforeReply,
    Contradictory,
    Duplicated,
    LateReceipts,
    Orphans,
    Reordered,
)
from sandbox.report.recipient_rules import QUIET, REMEMBERED

Watcher = Callable[[Fact], int | None]
"""Takes a line of a kind it asked for; gives the message it happened to, if it did, 0 where nobody
knows which."""


class UnknownPhraseError(UsageError):
    """Nothing of this name is counted; the hint names the nearest."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One thing that may happen, as asked for.

    Attributes:
        name: Its definition's name, such as `fallback to level N`.
        level: Which level, for those that name one.
        outcome: Which outcome, for `outcome X`.
    """

    name: str
    level: int = 0
    outcome: str = ""

    def __str__(self) -> str:
        """The words as they are best written."""
        words = self.outcome.join(self.name.rsplit("X", 1)) if self.outcome else self.name
        return words.removesuffix("N") + str(self.level) if words.endswith("N") else words


class Count(NamedTuple):
    """How often something happened, and the first message it happened to; None: it did not."""

    times: int
    first: int | None


PHRASES: Final[Mapping[str, str]] = {
    "double delivery": (
        "Two copies of a message reached the handset (truth). double_delivery_rate counts the same "
        "per message."
    ),
    "partial delivery": (
        "Some segments of a long text reached the handset, and others never will (truth)."
    ),
    "late success": (
        "An attempt of a level the message had left came to that level's success status while the "
        "message was open. Counted once an attempt, also where late_success is ignore."
    ),
    "receipt lost": "A receipt was on its way and never came (truth: the engine is not told).",
    "receipt duplicated": (
        "The engine heard of an attempt, or of one of its segments, what it had heard before, and "
        "ignored it."
    ),
    "receipt late": (
        "A receipt came after the outcome. Further good news of the attempt that delivered the "
        "message, such as read after delivered, is not late."
    ),
    "receipt reordered": (
        "A lower status of an attempt came after a higher one, such as sent after delivered, and "
        "for the first time."
    ),
    "receipt before reply": (
        "A receipt came before the answer to its submission. Counted once a submission. Where a "
        "provider does not echo our reference, its receipt can only be matched after the answer."
    ),
    "receipt contradictory": (
        "The engine heard of one attempt that it was delivered, and that it failed, was rejected "
        "or expired. Counted when the second of both comes."
    ),
    "receipt orphan": "A receipt came that could not be matched with any attempt.",
    "unknown submit": "A submission was not answered within submit_timeout.",
    "throttled": "A submission was answered: too many.",
    "next provider": "A level went on to its next provider, on the same channel.",
    "fallback to level N": "A message entered level N after the level before it, skipped or not.",
    "skipped level N": (
        "A message passed level N by, because its recipient is not eligible there, because of its "
        "quiet hours, or because the circuit of every provider there was open."
    ),
    "held for quiet hours": (
        "A message was held at a level, because it was quiet hours where its recipient is."
    ),
    "skipped for quiet hours": (
        "A message passed a level by, or was dropped there, because it was quiet hours where its "
        "recipient is."
    ),
    "known from before": (
        "A message passed a level by, because an earlier one had met a provider who said that its "
        "recipient cannot be reached there (remember)."
    ),
    "circuit opened": (
        "A provider with a breaker is passed over from here on, because it failed too often in a "
        "row, of trouble with the account, or because its probe failed."
    ),
    "submit after success": (
        "A message was submitted although the engine knew that one of its attempts had come to its "
        "level's success status; happens only where late_success is ignore. Where a code is "
        "awaited, the success is the code, and nothing is submitted after it."
    ),
    "verified": "A message ended with its code (stop_on: verified).",
    "verified late": "A right code came when its message had ended otherwise; valid or not.",
    "code expired": "A right code came after its lifetime, while its message was open.",
    "switch by hand": "Somebody sent a message on to its next level, or to its end (next).",
    "resend by hand": "Somebody had a message sent once more at its level (resend).",
    "recalled": "A provider gave back an attempt that it had not delivered yet.",
    "recall too late": "An attempt was called back when it had been delivered, or had failed.",
    "recall unsupported": "An attempt could not be called back, because its provider never can.",
    "outcome X": "A message ended so: delivered, exhausted, expired, stopped or cancelled.",
}
"""Name -> what counts as such."""

_OUTCOMES: Final = tuple(outcome.value for outcome in Outcome)
_SUCCESSES: Final = {status.word: status for status in Status if status >= Status.ACCEPTED}


def parse_phrase(text: str) -> Phrase:
    """Read a phrase.

    Raises:
        UnknownPhraseError: there is no such phrase, level or outcome.
    """
    words = text.split()
    said = " ".join(words)
    if said in PHRASES and said[-1] not in "NX":
        return Phrase(said)
    stem, last = " ".join(words[:-1]), words[-1] if words else ""
    if stem == "outcome" and last in _OUTCOMES:
        return Phrase("outcome X", outcome=last)
    if f"{stem} N" in PHRASES and last.isascii() and last.isdecimal() and int(last) < LEVELS_MAX:
        return Phrase(f"{stem} N", level=int(last))
    raise UnknownPhraseError(f"'{text}' is nothing that is counted", hint=_hint(said, stem))


def _hint(said: str, stem: str) -> str:
    if f"{stem} N" in PHRASES:
        return f"Levels are numbers, 0 to {LEVELS_MAX - 1}."
    near = get_close_matches(said[:64], spellings(), n=1, cutoff=0.5)
    if near and stem != "outcome":
        return f"Did you mean '{near[0]}'?"
    return f"One of {', '.join(_OUTCOMES if stem == 'outcome' else PHRASES)}."


def explain_phrase(text: str) -> str:
    """Say what counts as something; takes a phrase or one of `PHRASES`; "" where it is none."""
    said = " ".join(text.split())
    try:
        name = said if said in PHRASES else parse_phrase(said).name
    except UsageError:
        return ""
    return f"{name} (for never and sometimes)\n  {PHRASES[name]}"


def spellings() -> list[str]:
    """All phrases as people would write them."""
    names = [name for name in PHRASES if name[-1] not in "NX"]
    names += [str(Phrase("outcome X", outcome=outcome)) for outcome in _OUTCOMES]
    levels = [name for name in PHRASES if name.endswith("N")]
    return names + [str(Phrase(name, level)) for name in levels for level in range(LEVELS_MAX)]


class Occurrences:
    """A fold over the log that counts what was asked for."""

    def __init__(self, phrases: Collection[Phrase], plans: Sequence[Plan]) -> None:
        """Begin to count.

        Args:
            phrases: What is looked for.
            plans: The cascades of the run.
        """
        self._times = dict.fromkeys(phrases, 0)
        self._first: dict[Phrase, int] = {}
        self._watchers: dict[str, list[tuple[Phrase, Watcher]]] = {}
        for phrase in self._times:
            kinds, watcher = _watcher(phrase, {plan.name: plan for plan in plans})
            for kind in kinds:
                self._watchers.setdefault(kind, []).append((phrase, watcher))

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return bool(self._watchers)

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log, from its first line on."""
        watchers = self._watchers
        for fact in facts:
            for phrase, watcher in watchers.get(fact[5], ()):
                message = watcher(fact)
                if message is not None:
                    self._times[phrase] += 1
                    if message:
                        self._first.setdefault(phrase, message)

    def count(self, phrase: Phrase) -> Count:
        """How often something that was asked for has happened."""
        return Count(self._times[phrase], self._first.get(phrase))


# What is looked for, and how ---------------------------------------------------------------------


def _watcher(phrase: Phrase, plans: Mapping[str, Plan]) -> tuple[Collection[str], Watcher]:
    """The kinds of line a phrase is seen in, and what sees it."""
    simple = _SIMPLE.get(phrase.name)
    if simple is not None:
        return (simple,), _message
    if phrase.name in _AT_LEVEL:
        return (_AT_LEVEL[phrase.name],), lambda fact: _at_level(fact, phrase.level)
    if phrase.name == "circuit opened":
        return (outputs.CIRCUIT,), _circuit_opened
    if phrase.name in _BY_DETAIL:
        kind, has_it = _BY_DETAIL[phrase.name]
        return (kind,), lambda fact: fact[2] if has_it(fact[7]) else None
    if phrase.name == "outcome X":
        wanted = phrase.outcome
        return (outputs.FINISHED,), lambda f: f[2] if f[7].fields["outcome"] == wanted else None
    if phrase.name in _OF_SUCCESS:
        finds_submits = phrase.name == "submit after success"
        return _Successes.KINDS, _Successes(plans, finds_submits=finds_submits).see
    watching = _WATCHING[phrase.name]()
    return watching.KINDS, watching.see


class _Watching(Protocol):
    """Remembers what it must to see one thing happen."""

    @property
    def KINDS(self) -> Collection[str]:  # noqa: N802 - a constant of each class
        """The kinds of line it needs."""

    def see(self, fact: Fact) -> int | None:
        """The message it happened to in this line, if it did; 0 where nobody knows which."""


def _circuit_opened(fact: Fact) -> int | None:
    return fact[2] if fact[7].fields["state"] == CircuitState.OPEN else None


def _at_level(fact: Fact, level: int) -> int | None:
    is_about_a_provider = fact[5] == outputs.SKIPPED and "provider" in fact[7].fields
    return fact[2] if fact[3] == level and not is_about_a_provider else None


def _message(fact: Fact) -> int | None:
    return fact[2]


class _SecondCopies:
    """Copies on the handset beyond a message's first; one bit a message."""

    KINDS = (entry.REACHED_HANDSET,)

    def __init__(self) -> None:
        self._has_one = bytearray()

    def see(self, fact: Fact) -> int | None:
        message = fact[2] or 0
        if message >= len(self._has_one):
            self._has_one.extend(bytes(message + 4096 - len(self._has_one)))
        if self._has_one[message]:
            return message
        self._has_one[message] = 1
        return None


class _NextProviders:
    """Submissions to another provider than the level's submission before."""

    KINDS = (outputs.SUBMITTED, outputs.FINISHED)

    def __init__(self) -> None:
        self._latest: dict[int, dict[int | None, str]] = {}
        """Message -> level -> the provider of the latest submission there."""

    def see(self, fact: Fact) -> int | None:
        message = fact[2] or 0
        if fact[5] == outputs.FINISHED:
            self._latest.pop(message, None)
            return None
        level, provider = fact[3], fact[7].text("provider")
        here = self._latest.setdefault(message, {})
        before, here[level] = here.get(level, provider), provider
        return message if before != provider else None


class _Successes:
    """Attempts that came to the success status of their level while their message was open."""

    KINDS = (
        outputs.REQUESTED,
        outputs.SUBMITTED,
        outputs.FELL_BACK,
        outputs.CLOSED,
        outputs.ACCEPTED,
        outputs.RECEIPT,
        outputs.SEGMENT_RECEIPT,
        outputs.FINISHED,
    )

    def __init__(self, plans: Mapping[str, Plan], *, finds_submits: bool) -> None:
        """Watch for submissions after such a success, or else for such a success that is late."""
        self._plans = plans
        self._finds_submits = finds_submits
        self._open: dict[int, tuple[Plan, set[tuple[int, int | None]]]] = {}
        """Message -> its plan, and its attempts that succeeded."""
        self._levels: dict[int, int] = {}
        """Message -> the level it is at, once it has left the first."""
        self._closed: dict[int, set[int]] = {}
        """Message -> levels that closed while others beside them were open."""

    def see(self, fact: Fact) -> int | None:
        message, level, kind, detail = fact[2] or 0, fact[3] or 0, fact[5], fact[7]
        if kind == outputs.REQUESTED:
            self._open[message] = (self._plans[detail.text("cascade")], set())
        elif kind == outputs.FELL_BACK:
            self._levels[message] = level
        elif kind == outputs.CLOSED:
            self._closed.setdefault(message, set()).add(level)
        elif kind == outputs.SUBMITTED:
            return message if self._finds_submits and self._open[message][1] else None
        elif kind == outputs.FINISHED:
            self._open.pop(message, None)
            self._levels.pop(message, None)
            self._closed.pop(message, None)
        elif message in self._open and self._is_first_success(fact, level):
            is_left = level in self._closed.get(message, ())
            is_late = is_left or level < self._levels.get(message, 0)
            return message if is_late and not self._finds_submits else None
        return None

    def _is_first_success(self, fact: Fact, level: int) -> bool:
        plan, succeeded = self._open[fact[2] or 0]
        if fact[5] == outputs.RECEIPT:
            status = _SUCCESSES.get(fact[7].text("status"))
        else:
            status = Status.ACCEPTED if fact[5] == outputs.ACCEPTED else Status.SENT
        if status is None or status < plan.levels[level].success:
            return False
        if plan.stops_on_verified and self._finds_submits:
            return False  # there the code is the success, and it ends the message
        if (level, fact[4]) in succeeded:
            return False
        succeeded.add((level, fact[4]))
        return True


def _is_act(act: Act, why: str) -> Callable[[Detail], bool]:
    """Whether an act was this one, and in vain for a reason that begins so; "": not in vain."""

    def is_it(detail: Detail) -> bool:
        said = detail.text("why")
        return detail.text("act") == act and (said.startswith(why) if why else not said)

    return is_it


def _is_verified_late(detail: Detail) -> bool:
    """Whether a right code came after another end; who entered one again was not late."""
    is_again = detail.text("why") == f"already {Outcome.DELIVERED}"
    return _is_act(Act.VERIFIED, "already")(detail) and not is_again


def _has_result(result: RecallResult) -> Callable[[Detail], bool]:
    return lambda detail: detail.text("result") == result


def _has_reason(reason: str) -> Callable[[Detail], bool]:
    return lambda detail: detail.text("reason") == reason


_BY_DETAIL: Final[Mapping[str, tuple[str, Callable[[Detail], bool]]]] = {
    "skipped for quiet hours": (outputs.SKIPPED, _has_reason(QUIET)),
    "known from before": (outputs.SKIPPED, _has_reason(REMEMBERED)),
    "verified": (outputs.FINISHED, lambda detail: "verified" in detail.fields),
    "verified late": (outputs.ACT, _is_verified_late),
    "code expired": (outputs.ACT, _is_act(Act.VERIFIED, "the code has expired")),
    "switch by hand": (outputs.ACT, _is_act(Act.NEXT, "")),
    "resend by hand": (outputs.ACT, _is_act(Act.RESEND, "")),
    "recalled": (outputs.RECALLED, _has_result(RecallResult.RECALLED)),
    "recall too late": (outputs.RECALLED, _has_result(RecallResult.TOO_LATE)),
    "recall unsupported": (outputs.RECALLED, _has_result(RecallResult.UNSUPPORTED)),
}
"""Phrase -> the kind of line it is in, and by what it is told from others of the kind."""

_SIMPLE: Final = {
    "receipt lost": entry.RECEIPT_LOST,
    "partial delivery": entry.PARTLY_REACHED_HANDSET,
    "unknown submit": outputs.UNKNOWN,
    "throttled": outputs.THROTTLED,
    "held for quiet hours": outputs.HELD,
}
_AT_LEVEL: Final = {
    "fallback to level N": outputs.FELL_BACK,
    "skipped level N": outputs.SKIPPED,
}
_OF_SUCCESS: Final = ("late success", "submit after success")
_WATCHING: Final[Mapping[str, Callable[[], _Watching]]] = {
    "double delivery": _SecondCopies,
    "next provider": _NextProviders,
    "receipt duplicated": Duplicated,
    "receipt late": LateReceipts,
    "receipt reordered": Reordered,
    "receipt before reply": BeforeReply,
    "receipt contradictory": Contradictory,
    "receipt orphan": Orphans,
}
