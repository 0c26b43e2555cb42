"""A message of one's own in a session: what it will be, and sending it.

    draft = Draft(cascade="otp", text="Your code is 123456", to="+447700900110")
    session.preview(draft).most_nano
    message = session.compose(draft)

It comes at the instant shown, is a deed like any other, and stands in the load of a saved session.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Final, NamedTuple

from sandbox.app.frame import Phase
from sandbox.cascade.message import Segments, segments
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan
from sandbox.drivers.paced import Pacer
from sandbox.drivers.retraced import LiveDeed, LiveRequested
from sandbox.errors import UsageError
from sandbox.scenario.composing import OwnMessage, grown
from sandbox.scenario.model import Scenario
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.highest_price import Tariff, bound_of, steps_of
from sandbox.simulation.magic import CHANNELS, MAGIC, PREFIX, magic_entry
from sandbox.simulation.phones import is_e164
from sandbox.simulation.spec import Single, Trace, WorldSpec
from sandbox.simulation.world import World

ANYBODY: Final = "anybody: drawn by luck, as all others are"


class Draft(NamedTuple):
    """What somebody has written.

    Attributes:
        cascade: By its name.
        text: What is sent; the cascade's own where it is the same.
        to: A name, a phone number, or "" for anybody.
        fates: For each level what its attempts come to, a word of `DECISIONS`; "" for luck's.
    """

    cascade: str
    text: str
    to: str = ""
    fates: tuple[str, ...] = ()


class Offered(NamedTuple):
    """A cascade that a message may run through: its name, its text, and its channels in order."""

    name: str
    text: str
    channels: tuple[str, ...]


class Carried(NamedTuple):
    """How the text travels at a level."""

    level: int
    channel: str
    segments: Segments


class Preview(NamedTuple):
    """What a draft would be.

    Attributes:
        problem: Why it cannot be sent; "" where it can.
        recipient: Whom it is for, in words.
        levels: Level by level.
        submissions: How many there may be.
        most_nano: What they cost at most, in billionths of the currency.
    """

    problem: str
    recipient: str
    levels: tuple[Carried, ...]
    submissions: int
    most_nano: int


class Composing:
    """The part of a session that lets somebody write a message."""

    scenario: Scenario
    deeds: list[LiveDeed]
    _world: World
    _pacer: Pacer
    _guarded: Callable[[Callable[[], list[Fact]]], None]

    @property
    def phase(self) -> Phase:
        """What the run is doing."""
        raise NotImplementedError

    @property
    def now_us(self) -> int:
        """The instant shown."""
        raise NotImplementedError

    @property
    def cascades(self) -> tuple[Offered, ...]:
        """What a message may run through: not one whose new messages go through another."""
        world = self.scenario.world
        left = {move.plan for move in world.moved if move.at_us <= self.now_us}
        return tuple(
            Offered(plan.name, plan.text, tuple(str(level.channel) for level in plan.levels))
            for nth, plan in enumerate(world.plans)
            if nth not in left
        )

    @property
    def people(self) -> tuple[str, ...]:
        """Whom a message may be for by name."""
        return tuple(person.name for person in self.scenario.world.population.people)

    def preview(self, draft: Draft) -> Preview:
        """What a draft would be; quick enough for every key."""
        world = self.scenario.world
        plan = _worded(world, draft)
        tariffs: dict[str, Tariff | None] = {
            each.name: Tariff(each.settings.price_nano, each.per_segment)
            for each in world.providers
        }
        bound = bound_of(steps_of(plan, tariffs))
        levels = tuple(
            Carried(nth, str(level.channel), segments(plan.text_of(nth)))
            for nth, level in enumerate(plan.levels)
        )
        recipient, problem = _recipient(draft.to, self.people, plan)
        if self.phase in {Phase.OVER, Phase.BROKEN}:
            problem = "the run is over: r starts it again"
        elif not draft.text.replace("\n", "").isprintable():
            problem = "the text holds a character that cannot be shown"
        return Preview(problem, recipient, levels, bound.submissions, bound.nano or 0)

    def compose(self, draft: Draft) -> int:
        """Let the message come at the instant shown, or a microsecond later.

        Returns:
            Its number; 0 where the session broke on it.

        Raises:
            UsageError: it cannot be sent, as `preview` says.
            ScenarioError: a channel does not take such a text.
        """
        problem = self.preview(draft).problem
        if problem:
            raise UsageError(f"not sent: {problem}")
        before = [deed.own for deed in self.deeds if isinstance(deed, LiveRequested)]
        own = own_message(draft, self._free_name(before), self._pacer.now_us, self.scenario.world)
        made = grown(self.scenario, [*before, own]).world
        facts: list[Fact] = []

        def do() -> list[Fact]:
            facts.extend(self._pacer.request(made))
            return facts

        self._guarded(do)
        if not facts:
            return 0
        at_us = self._pacer.now_us
        own, made = replace(own, at_us=at_us), _at(made, at_us)
        self.deeds.append(LiveRequested(facts[-1][0], own, made))
        return self._world.message_count

    def _free_name(self, before: Sequence[OwnMessage]) -> str:
        """A name that no message and nobody has."""
        world = self.scenario.world
        taken = {own.name for own in before} | {*self.people, *_names(world)}
        return next(name for nth in count(1) if (name := f"own-{nth}") not in taken)


def _at(made: WorldSpec, at_us: int) -> WorldSpec:
    """The same with the message at the instant at which it came."""
    *others, last = made.load
    moved = replace(last, at_us=at_us) if isinstance(last, Single) else last
    return replace(made, load=(*others, moved))


def _names(world: WorldSpec) -> Iterator[str]:
    """The names of the messages of a load, and of its scripts."""
    for entry in world.load:
        if isinstance(entry, Single):
            yield entry.name
        elif isinstance(entry, Trace):
            yield from entry.names


def _plan(world: WorldSpec, draft: Draft) -> Plan:
    return next(plan for plan in world.plans if plan.name == draft.cascade)


def _worded(world: WorldSpec, draft: Draft) -> Plan:
    plan = _plan(world, draft)
    return plan if draft.text == plan.text else plan.worded(draft.text)


def _recipient(to: str, people: Sequence[str], plan: Plan) -> tuple[str, str]:
    """Whom a draft is for, and what is wrong with that; "" for nothing."""
    if not to:
        return ANYBODY, ""
    if to in people:
        return f"{to}, who is named in the scenario", ""
    number = to.replace(" ", "")
    if not number.startswith("+"):
        return "", "nobody has this name; a number begins with +"
    if not is_e164(number):
        return "", "no whole phone number: + and 8 to 15 digits"
    channels = [str(level.channel) for level in plan.levels]
    if any(magic_entry(number, channel) for channel in channels):
        digits = number.removeprefix(PREFIX)
        where = CHANNELS[digits[0]] or "every channel"
        return f"magic, on {where}: {MAGIC[digits[1:]].text}", ""
    return "somebody new, without any trait", ""


def own_message(draft: Draft, name: str, at_us: int, world: WorldSpec) -> OwnMessage:
    """A draft as a file would have it, under a name that nobody has."""
    plan = _plan(world, draft)
    number = draft.to.replace(" ", "")
    is_new = number.startswith("+")
    return OwnMessage(
        name=name,
        at_us=at_us,
        cascade=draft.cascade,
        to="" if is_new else draft.to,
        phone=number if is_new else "",
        text=None if draft.text == plan.text else draft.text,
        scripts=tuple(
            (nth, (DECISIONS[word].text,) * _attempts(plan.levels[nth], word))
            for nth, word in enumerate(draft.fates)
            if word
        ),
    )


def _attempts(level: Level, word: str) -> int:
    """For how many attempts a fate holds: a refusal for each that may follow, the rest once."""
    if DECISIONS[word].entry.submit == "accepted":
        return 1
    return min((level.retries.max + 1) * len(level.providers), ATTEMPTS_PER_LEVEL_MAX)
