"""How the engine left each entry of a message's path: by which rule, on what news, knowing what.

A fold over the lines of one message. Beside what the engine knew when it decided stands what was
true at that instant, which it cannot know, and what came of the attempt after it had been left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import STATUS_WORDS, Status
from sandbox.journal import entry
from sandbox.report.account import CIRCUIT_OPEN, OPEN, Account
from sandbox.report.explanations import reason_text, segment_text
from sandbox.report.figures import exact_seconds, seconds_text
from sandbox.report.plain import plain
from sandbox.report.rules_fired import Case, Rule, level_path, rules_of
from sandbox.report.timeline import Row, Story
from sandbox.simulation.spec import Fault, WorldSpec

CAUSES_MAX: Final = 8
"""Of a longer chain of causes the latest are told."""

_LEAVING: Final = frozenset(
    {
        outputs.RETRY_PLANNED,
        outputs.SUBMITTED,
        outputs.SKIPPED,
        outputs.CLOSED,
        outputs.FELL_BACK,
        outputs.FINISHED,
    }
)
_LEAVE_ALL: Final = frozenset({outputs.FELL_BACK, outputs.FINISHED})
"""With these the message leaves every level it is at, with the others only their own."""
_HEARD: Final = frozenset(
    {
        outputs.ACCEPTED,
        outputs.REFUSED,
        outputs.THROTTLED,
        outputs.UNKNOWN,
        outputs.RECEIPT,
        outputs.LATE_RECEIPT,
        outputs.SEGMENT_RECEIPT,
        outputs.IGNORED,
        outputs.RECALLED,
    }
)
_REFUSALS: Final = frozenset({outputs.REFUSED, outputs.THROTTLED})
_RECEIPTS: Final = frozenset({outputs.RECEIPT, outputs.LATE_RECEIPT, outputs.SEGMENT_RECEIPT})
_ENDS: Final = frozenset(
    {
        entry.REACHED_HANDSET,
        entry.PARTLY_REACHED_HANDSET,
        entry.EXPIRED_AT_PROVIDER,
        entry.FAILED_AT_PROVIDER,
    }
)
_WITHOUT_ATTEMPT: Final = (outputs.SKIPPED, outputs.HELD)
"""What makes an entry without an attempt; a level that is held is told of, but in no path."""
HELD: Final = "held"
"""How an entry stands that waits for the end of quiet hours."""
_ARRIVED: Final = frozenset({STATUS_WORDS[Status.DELIVERED], STATUS_WORDS[Status.READ]})
_NOT_TOLD: Final = frozenset({entry.BILLED})
"""Truth about money: it is told in sum."""


class Place(NamedTuple):
    """A setting of a scenario, and where it stands.

    Attributes:
        value: As YAML has it.
        where: `file:line`, `default`, `built-in sms`, `--set PATH`; "" where it is not known.
    """

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a rule read; `path` is its own in the scenario."""

    path: str
    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that had a say, with the settings it read."""

    number: str
    words: str
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """A line of the log in the chain that led to a decision.

    Attributes:
        offset_us: Since the request.
        is_truth: The engine does not know it.
    """

    seq: int
    offset_us: int
    kind: str
    words: str
    is_truth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """How the engine left one entry of the path, or has not left it yet.

    Attributes:
        attempt: 0 for a level or provider that was skipped, for a level that was held, and for the
            end between two attempts.
        provider: "" where there is none.
        word: How it stood, as in a path.
        level_where: Where the level stands in the scenario; "" where that is not known.
        began_us: When it began, since the request.
        left_us: When it was left, since the request; None: it has not been.
        seq: The line with which it was left; 0: none.
        rules: The one that fired first.
        causes: The news first, then what led to it, back to the submission.
        known: What the engine knew of it then.
        truth: What was true then, faults at work and changes by hand included.
        later: What became of it afterwards.
        reached_us: When a copy of it reached the handset, since the request: truth; None: none did.
        then: What followed at once.
        is_end: The message ended with it.
        led_on: What followed was in some way a step further; False where the level closed and one
            beside it brought the message, or its end.
        told_us: When a receipt first said that it was delivered, since the request; None: none did.
    """

    level: int
    attempt: int
    channel: str
    provider: str
    word: str
    level_where: str
    began_us: int
    left_us: int | None
    seq: int
    rules: tuple[Fired, ...]
    causes: tuple[Cause, ...]
    known: tuple[str, ...]
    truth: tuple[str, ...]
    later: tuple[str, ...]
    reached_us: int | None
    then: str
    is_end: bool
    led_on: bool = True
    told_us: int | None = None

    @property
    def entry(self) -> str:
        """As it stands in a path."""
        return f"{self.channel}:{self.word}"


class Told(NamedTuple):
    """What is told of a message: its lines in words, and how each entry of its path was left."""

    account: Account
    leavings: tuple[Leaving, ...]


def leavings_of(
    facts: Sequence[Fact],
    world: WorldSpec,
    places: Mapping[str, Place],
    currency: str = "",
) -> Told:
    """Follow one message, and tell how each entry of its path was left.

    Args:
        facts: All lines about it, its `requested` line first.
        world: Of the run, changes by hand included: its cascades, and what went wrong and when.
        places: Path of a setting -> what it is and where it stands; those missing are not told.
        currency: Of all prices.
    """
    reader = _Reader(facts, world, places, currency)
    return Told(reader.account, tuple(reader.leavings()))


class _Entry(NamedTuple):
    """An entry of a path while it is looked for."""

    position: int
    level: int
    attempt: int
    provider: str
    tries: int


class _Reader:
    """The lines of one message, looked at from all sides."""

    def __init__(
        self,
        facts: Sequence[Fact],
        world: WorldSpec,
        places: Mapping[str, Place],
        currency: str,
    ) -> None:
        self._facts = facts
        self._world = world
        self._places = places
        self._by_seq = {fact[0]: fact for fact in facts}
        story = Story(facts[0], {plan.name: plan for plan in world.plans}, currency)
        self._why: dict[int, str] = {facts[0][0]: ""}
        """Line -> the latest bad news when it was written."""
        for fact in facts[1:]:
            story.take(fact)
            self._why[fact[0]] = story.why
        self._rows: dict[int, Row] = {row.seq: row for row in story.rows}
        self.account = story.account
        self._plan = story.account.plan
        self._began_us = story.account.requested_at_us

    def leavings(self) -> Iterator[Leaving]:
        """One for each entry of the path, and one for an end that comes between two attempts."""
        is_told = False
        for each in self._entries():
            left = self._left_by(each)
            is_told = is_told or (left is not None and left[5] == outputs.FINISHED)
            yield self._leaving(each, left)
        finish = next((fact for fact in self._facts if fact[5] == outputs.FINISHED), None)
        if finish is not None and not is_told:
            position = self._facts.index(finish)
            yield self._leaving(_Entry(position, finish[3] or 0, 0, "", 0), finish)

    # Entries of the path ---------------------------------------------------------------------

    def _entries(self) -> Iterator[_Entry]:
        tried: dict[int, tuple[str, int]] = {}
        """Level -> the latest provider there, and how often in a row."""
        for position, fact in enumerate(self._facts):
            if fact[5] == outputs.SUBMITTED:
                provider, level = fact[7].text("provider"), fact[3] or 0
                before, tries = tried.get(level, ("", 0))
                tries = tries + 1 if before == provider else 1
                tried[level] = provider, tries
                yield _Entry(position, level, fact[4] or 0, provider, tries)
            elif fact[5] in _WITHOUT_ATTEMPT:
                yield _Entry(position, fact[3] or 0, 0, fact[7].text("provider"), 0)

    def _left_by(self, each: _Entry) -> Fact | None:
        later = self._facts[each.position + 1 :]
        return next((fact for fact in later if _leaves(fact, each.level)), None)

    def _leaving(self, each: _Entry, left: Fact | None) -> Leaving:
        began = self._facts[each.position]
        channel = str(self._plan.levels[each.level].channel)
        place = self._places.get(level_path(self._plan.name, each.level))
        return Leaving(
            level=each.level,
            attempt=each.attempt,
            channel=channel,
            provider=each.provider,
            word=self._word(each, left),
            level_where="" if place is None else plain(place.where),
            began_us=began[1] - self._began_us,
            left_us=None if left is None else left[1] - self._began_us,
            seq=0 if left is None else left[0],
            rules=() if left is None else self._rules(each, left),
            causes=() if left is None else tuple(self._causes(each, left)),
            known=tuple(self._known(each, left)),
            truth=tuple(self._truth(each, left)),
            later=tuple(self._later(each, left)),
            reached_us=self._reached_us(each),
            told_us=self._told_us(each),
            then="" if left is None else self._then(each, left),
            is_end=left is not None and left[5] == outputs.FINISHED,
            led_on=left is None or left[5] != outputs.CLOSED or self._falls_back_after(left),
        )

    def _falls_back_after(self, left: Fact) -> bool:
        """Whether the front of a level that closed was left for another one."""
        following = self._plan.front_end(left[3] or 0)
        return any(fact[5] == outputs.FELL_BACK and fact[3] == following for fact in self._facts)

    def _word(self, each: _Entry, left: Fact | None) -> str:
        if each.attempt:
            step = self.account.step(each.level, each.attempt)
            return OPEN if step is None else step.word
        began = self._facts[each.position]
        if began[5] == outputs.FINISHED:
            return self.account.outcome
        if began[5] == outputs.HELD:
            return HELD
        if began[7].text("reason") == CIRCUIT_OPEN:
            return "circuit_open"
        return "ineligible" if left is not None else OPEN

    # The rule --------------------------------------------------------------------------------

    def _rules(self, each: _Entry, left: Fact) -> tuple[Fired, ...]:
        news = self._news(each, left)
        case = Case(
            plan=self._plan,
            level=each.level,
            attempt=each.attempt,
            provider=each.provider,
            tries=each.tries,
            leaving=left,
            news=news,
            why=self._why.get(news[0], ""),
        )
        return tuple(map(self._fired, rules_of(case)))

    def _news(self, each: _Entry, left: Fact) -> Fact:
        """The line that made the engine decide; a level that is skipped or held is its own."""
        began = self._facts[each.position]
        if began[5] in _WITHOUT_ATTEMPT:
            return began
        return self._by_seq.get(left[6], self._facts[0])

    def _fired(self, rule: Rule) -> Fired:
        settings = tuple(
            Setting(plain(path), plain(place.value), plain(place.where))
            for path in rule.paths
            for place in [self._places.get(path)]
            if place is not None
        )
        return Fired(rule.number, rule.words, settings)

    # The cause -------------------------------------------------------------------------------

    def _causes(self, each: _Entry, left: Fact) -> Iterator[Cause]:
        """The news, and what led to it, back to where the entry began."""
        fact: Fact | None = self._news(each, left)
        first = self._facts[each.position][0] if each.attempt else 0
        for _ in range(CAUSES_MAX):
            if fact is None:
                return
            yield self._cause(fact)
            if fact[0] == first:
                return
            fact = self._by_seq.get(fact[6])

    def _cause(self, fact: Fact) -> Cause:
        row = self._rows.get(fact[0])
        words = row.words if row is not None else self._plain_words(fact)
        is_truth = fact[5] in entry.WORLD_KINDS
        return Cause(fact[0], fact[1] - self._began_us, fact[5], words, is_truth)

    def _plain_words(self, fact: Fact) -> str:
        if fact[5] == outputs.WAIT_OVER:
            return f"the timer {plain(fact[7].text('trigger'))} ran out"
        return plain(fact[5].replace("_", " "))

    # What was known, and what was true -------------------------------------------------------

    def _of(self, each: _Entry, kinds: Callable[[str], bool]) -> list[Fact]:
        place = (each.level, each.attempt)
        return [fact for fact in self._facts if (fact[3], fact[4]) == place and kinds(fact[5])]

    def _known(self, each: _Entry, left: Fact | None) -> Iterator[str]:
        if not each.attempt:
            return
        heard = [f for f in self._of(each, _HEARD.__contains__) if left is None or f[0] < left[0]]
        if not heard:
            yield "submitted, not answered yet"
        for fact in heard:
            if fact[5] == outputs.IGNORED:
                continue
            yield f"{self._short(fact)} at {self._at(fact)}"
        kinds = {fact[5] for fact in heard}
        if heard and not kinds & (_RECEIPTS | _REFUSALS):
            yield "no receipt"

    def _truth(self, each: _Entry, left: Fact | None) -> Iterator[str]:
        at_us = self._facts[-1][1] if left is None else left[1]
        if each.attempt:
            true = self._of(each, self._is_told_truth)
            then = [fact for fact in true if left is None or fact[0] < left[0]]
            for fact in then:
                yield f"{self._at(fact)}: {self._short(fact)}"
            if not any(fact[5] in _ENDS for fact in then):
                yield self._where_it_was(each, true, left)
        for number, fault in enumerate(self._world.faults):
            if fault.provider == each.provider and _is_at_work(fault, at_us):
                place = self._places.get(f"faults[{number}]")
                where = f" ({plain(place.where)})" if place is not None and place.where else ""
                yield f"fault {plain(fault.id)} at work on {plain(fault.provider)}{where}"
        for path, change in self._changed_by_hand(each.provider, at_us).items():
            yield f"changed by hand on {plain(each.provider)}: {plain(path)} {plain(change)}"

    def _changed_by_hand(self, provider: str, at_us: int) -> dict[str, str]:
        """Settings that are not as in the scenario, and what they were set to."""
        changed: dict[str, str] = {}
        for hand in self._world.by_hand:
            if hand.provider == provider and hand.at_us <= at_us:
                changed.pop(hand.path, None)
                if hand.change is not None:
                    changed[hand.path] = hand.change.text
        return changed

    def _where_it_was(self, each: _Entry, true: list[Fact], left: Fact | None) -> str:
        answers = [f for f in self._of(each, _HEARD.__contains__) if left is None or f[0] < left[0]]
        kinds = {fact[5] for fact in answers}
        if kinds & _REFUSALS:
            return "the provider has not taken it"
        if outputs.ACCEPTED in kinds or any(f[5] == entry.ACCEPTED_AT_PROVIDER for f in true):
            is_there = outputs.ACCEPTED in kinds or any(
                f[5] == entry.ACCEPTED_AT_PROVIDER and (left is None or f[0] < left[0])
                for f in true
            )
            if is_there:
                return "still under way at the provider"
            return "not at the provider yet"
        if kinds & _RECEIPTS:
            return "still under way at the provider"
        return "not at the provider" if left is not None else "on the way to the provider"

    def _later(self, each: _Entry, left: Fact | None) -> Iterator[str]:
        if left is None or not each.attempt:
            return

        def is_told(kind: str) -> bool:
            return kind in _HEARD or self._is_told_truth(kind)

        for fact in self._of(each, is_told):
            if fact[0] > left[0]:
                after = seconds_text(fact[1] - left[1])
                mark = "~ " if fact[5] in entry.WORLD_KINDS else ""
                yield f"{self._at(fact)}, {after} after it was left: {mark}{self._short(fact)}"

    def _reached_us(self, each: _Entry) -> int | None:
        copies = self._of(each, lambda kind: kind == entry.REACHED_HANDSET)
        return copies[0][1] - self._began_us if copies else None

    def _told_us(self, each: _Entry) -> int | None:
        told = self._of(each, (outputs.RECEIPT, outputs.LATE_RECEIPT).__contains__)
        says = (fact for fact in told if fact[7].text("status") in _ARRIVED)
        first = next(says, None)
        return None if first is None else first[1] - self._began_us

    @staticmethod
    def _is_told_truth(kind: str) -> bool:
        return kind in entry.WORLD_KINDS and kind not in _NOT_TOLD

    def _short(self, fact: Fact) -> str:
        """A line in few words; the timeline tells it in full."""
        kind, detail = fact[5], fact[7]
        if kind in _RECEIPTS:
            told, segment = reason_text(detail), segment_text(detail)
            status = plain(detail.text("status"))
            what = f"{segment} {status}" if segment else status
            late = "late " if kind == outputs.LATE_RECEIPT else ""
            return f"{late}{what} receipt" + (f" ({told})" if told else "")
        if kind in _REFUSALS:
            told = reason_text(detail)
            return kind + (f" ({told})" if told else "")
        if kind == outputs.UNKNOWN:
            return "given up on the answer"
        if kind == outputs.RECALLED:
            return f"recall: {plain(detail.text('result').replace('_', ' '))}"
        row = self._rows.get(fact[0])
        return row.words.split(", ")[0] if kind == outputs.ACCEPTED and row else self._words(fact)

    def _words(self, fact: Fact) -> str:
        row = self._rows.get(fact[0])
        return row.words if row is not None else plain(fact[5].replace("_", " "))

    def _at(self, fact: Fact) -> str:
        return f"{exact_seconds(fact[1] - self._began_us)} s"

    # What followed ---------------------------------------------------------------------------

    def _then(self, each: _Entry, left: Fact) -> str:
        _, _, _, level, _, kind, _, detail = left
        if kind == outputs.FINISHED:
            return f"the message is {plain(detail.text('outcome'))}"
        if kind == outputs.CLOSED:
            return "what runs beside it goes on"
        if kind == outputs.FELL_BACK:
            return f"next level: {level} {plain(detail.text('to'))}"
        if kind == outputs.RETRY_PLANNED:
            at_us = detail.number("retry_at_us") - self._began_us
            return f"tried again at {exact_seconds(at_us)} s"
        provider = plain(detail.text("provider"))
        if kind == outputs.SKIPPED:
            return f"passed over: {provider}" if provider else "no provider of the level is left"
        if "key" in detail.fields:
            return f"sent again to {provider} under the same key"
        if not each.attempt and not each.provider:
            return f"sent to {provider}"
        if detail.text("provider") == each.provider:
            return f"sent again to {provider}"
        return f"next provider: {provider}"


def _leaves(fact: Fact, level: int) -> bool:
    """Whether a line leaves an attempt of a level."""
    kind = fact[5]
    return kind in _LEAVE_ALL or (kind in _LEAVING and fact[3] == level)


def _is_at_work(fault: Fault, at_us: int) -> bool:
    return fault.at_us <= at_us < fault.at_us + fault.for_us + fault.recover_us
