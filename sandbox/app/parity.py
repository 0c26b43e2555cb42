"""A run with providers outside beside the simulation of the same scenario: who fares otherwise.

Messages pair by their numbers: both runs have the same load and the same luck. Compared are what
became of each, and its path. Instants differ always, since real time passes on the way; where a
wait ends within them, so does what follows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median
from typing import Final, NamedTuple

from sandbox.cascade.outputs import (
    ACCEPTED,
    ORPHAN_RECEIPT,
    REFUSED,
    THROTTLED,
    UNKNOWN,
    Fact,
)
from sandbox.cascade.plan import Plan
from sandbox.journal.entry import WORLD_KINDS
from sandbox.report.figures import exact_seconds
from sandbox.report.timeline import MessageResult, message_results
from sandbox.report.trace import Trace

SHOWN: Final = 5
"""So many ways to part are explained."""

LATE_US: Final = 500_000
"""What comes so much later may have met another fault, or the end of a wait."""

_ANSWERS: Final = (ACCEPTED, REFUSED, THROTTLED, UNKNOWN)

NOTHING: Final = "nothing more"
"""Stands where one of the two has no line any more."""

_Key = tuple[int | None, int | None, str, str]


class Parting(NamedTuple):
    """Where two logs of one message part.

    Attributes:
        simulated: The line there, in words, after its seconds since the run began.
        outside: That of the other run.
        why: What it comes of, in a sentence; "" where the lines must speak for themselves.
        kind: The same for those that part in the same way.
    """

    simulated: str
    outside: str
    why: str
    kind: str = ""


class Differing(NamedTuple):
    """A message that fares otherwise.

    Attributes:
        parting: Where it begins to.
        like: How many others part in the same way.
    """

    message: int
    name: str
    simulated: MessageResult
    outside: MessageResult
    parting: Parting
    like: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How two runs compare.

    Attributes:
        paired: Messages that both have.
        alone: Messages that only one of them has: one was broken off.
        same: Of the paired, those with the same outcome and the same path.
        same_outcome: Of the paired, those with the same outcome.
        late_us: By how much a message's first answer came later than simulated, by the median, in
            microseconds; 0 where there was none.
        first: Of each way to part the first message, the most frequent ways first.
    """

    paired: int
    alone: int
    same: int
    same_outcome: int
    late_us: int
    first: tuple[Differing, ...]

    @property
    def differing(self) -> int:
        """How many fare otherwise."""
        return self.paired - self.same


class Kept:
    """A fold that keeps what is known of each message, line by line."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.facts: list[Fact] = []
        self._of: dict[int, list[Fact]] = {}
        self._sorted = 0
        """So many lines are in `_of`."""

    def fold(self, facts: list[Fact]) -> None:
        """Take in the next lines of the log."""
        self.facts += [fact for fact in facts if fact[2] is not None]

    def of(self, message: int) -> list[Fact]:
        """What is known of one message."""
        for fact in self.facts[self._sorted :]:
            if fact[5] not in WORLD_KINDS and fact[5] != ORPHAN_RECEIPT:
                self._of.setdefault(fact[2] or 0, []).append(fact)
        self._sorted = len(self.facts)
        return self._of.get(message, [])

    def results(self, plans: Sequence[Plan], names: Mapping[int, str]) -> Iterator[MessageResult]:
        """What became of each message, in order of arrival."""
        return message_results(self.facts, plans, names)


def parity(
    simulated: Kept,
    outside: Kept,
    plans: Sequence[Plan],
    names: Mapping[int, str],
    currency: str = "",
) -> Parity:
    """Compare two runs of one scenario.

    Args:
        simulated: All of its providers were.
        outside: Some of them were not.
        plans: The cascades of both.
        names: Message -> its name.
        currency: Of all prices.
    """
    ours = {each.message: each for each in simulated.results(plans, names)}
    theirs = {each.message: each for each in outside.results(plans, names)}
    both = [message for message in ours if message in theirs]
    others = [m for m in both if not _is_same(ours[m], theirs[m])]
    differing = (
        Differing(
            m,
            names.get(m, ""),
            ours[m],
            theirs[m],
            parting(simulated.of(m), outside.of(m), currency),
        )
        for m in others
    )
    return Parity(
        paired=len(both),
        alone=len(ours.keys() ^ theirs.keys()),
        same=len(both) - len(others),
        late_us=_lateness(simulated, outside, both),
        same_outcome=sum(ours[m].outcome == theirs[m].outcome for m in both),
        first=tuple(_first_of_each(differing)),
    )


def _first_of_each(differing: Iterable[Differing]) -> Iterator[Differing]:
    """Of each way to part the first message, with how many are like it."""
    ways: dict[str, list[Differing]] = {}
    for each in differing:
        ways.setdefault(each.parting.kind, []).append(each)
    for same in sorted(ways.values(), key=len, reverse=True)[:SHOWN]:
        yield same[0]._replace(like=len(same) - 1)


def _lateness(simulated: Kept, outside: Kept, both: Iterable[int]) -> int:
    """The median of how much later the first answers came."""
    late = [
        theirs - ours
        for message in both
        for ours in _answered(simulated.of(message))
        for theirs in _answered(outside.of(message))
    ]
    return int(median(late)) if late else 0


def _answered(facts: Sequence[Fact]) -> Iterator[int]:
    """The instant of the first answer, if there was one."""
    for fact in facts:
        if fact[5] in _ANSWERS:
            yield fact[1]
            return


def _is_same(one: MessageResult, other: MessageResult) -> bool:
    return (one.outcome, one.path) == (other.outcome, other.path)


def parting(simulated: Iterable[Fact], outside: Iterable[Fact], currency: str = "") -> Parting:
    """The first lines in which two logs of one message differ, but for their instants.

    Args:
        simulated: The known lines of the message.
        outside: Those of the other run.
        currency: Of all prices.
    """
    ours, theirs = ([*_told(facts, currency)] for facts in (simulated, outside))
    for one, other in zip_longest(ours, theirs):
        if one is None or other is None or one[0] != other[0]:
            why, kind = _why(one, other, ours, theirs)
            said = (NOTHING if told is None else " ".join(told[0][2:]) for told in (one, other))
            return Parting(_line(one), _line(other), why, "|".join([*said, kind]))
    return Parting(NOTHING, NOTHING, "")


_Told = tuple[_Key, str, Fact]


def _told(facts: Iterable[Fact], currency: str) -> Iterator[_Told]:
    """Each line with what it is compared by, and in words."""
    trace = Trace(currency, with_truth=False)
    for fact in facts:
        line = trace.line(fact)
        if line is not None:
            at, _, _, words = line.split(maxsplit=3)
            yield _key(fact), f"{at}  {words}", fact


def _key(fact: Fact) -> _Key:
    """What a line says, but for its instant, its reason's words and its money."""
    detail = fact[7]
    said = "".join(detail.text(name) for name in ("status", "trigger", "outcome", "provider"))
    return fact[3], fact[4], fact[5], said


def _line(told: _Told | None) -> str:
    return NOTHING if told is None else told[1]


def _why(
    one: _Told | None, other: _Told | None, ours: Sequence[_Told], theirs: Sequence[_Told]
) -> tuple[str, str]:
    """What it comes of, as far as it can be seen, and in a word."""
    for told in (one, other):
        code = "" if told is None else told[2][7].text("code")
        if code in _OWN_CODES:
            return _OWN_CODES[code], code
    if one is not None and other is not None:
        has_later = any(each[0] == one[0] for each in theirs)
        has_own = any(each[0] == other[0] for each in ours)
        if has_later or has_own:
            return "the same came in another order: it is a matter of time", "order"
        late_us = other[2][1] - one[2][1]
        if one[0][:2] == other[0][:2] and late_us >= LATE_US:
            return f"it came {exact_seconds(late_us)} s later: real time passes on the way", "late"
    return "", ""


_OWN_CODES: Final[Mapping[str, str]] = {
    "cannot-send": "the vendor does not take such a message: `sandbox check` says more",
    "not-reserved": "the live lock has let no more submissions through",
}
"""Codes that are ours, no vendor's; `sandbox.app.carrying` has them."""
