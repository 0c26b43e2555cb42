"""Deciding by hand what an attempt of a message comes to: what can be decided, and doing it.

    choices = session.choices(17)
    session.force(17, 0, "failed")

Everything is a deed like any other: a line of the log, saved with the session, taken back by undo
as long as what it decided has not happened.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from sandbox.app.frame import Phase
from sandbox.app.stories import Stories
from sandbox.app.undoing import Choice, Undoing
from sandbox.cascade.outputs import Fact
from sandbox.drivers.paced import Pacer
from sandbox.drivers.retraced import LiveDeed, LiveForced
from sandbox.journal import entry
from sandbox.report.account import Account
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.forcing import Undecided
from sandbox.simulation.spec import HandForce
from sandbox.simulation.world import World

ABOUT: Final = {word: decision.about for word, decision in DECISIONS.items()}
"""Word of a decision -> what it means."""

_STAGES: Final = {
    Undecided.ANSWER: "in flight, without an answer yet",
    Undecided.FATE: "taken by the provider, under way",
    Undecided.RECEIPT: "has happened, the receipt is on its way",
    Undecided.NEXT: "nothing in flight here: its next attempt",
    Undecided.NOTHING: "nothing is left to be decided",
}

_BACK: Final = "none"
"""How a scenario writes that a decision is taken back."""

_ANSWERING: Final = frozenset({"refused for good", "refused for now", "throttled",
                               "no answer, taken", "no answer"})  # fmt: skip
"""What can only become of an attempt that has no answer yet."""


class LevelChoice(NamedTuple):
    """What may be decided at one level of a message.

    Attributes:
        stage: What is still to be decided.
        why_not: Why nothing can be; "" where something can.
        decided: The word that was decided for the next attempt; "" for none.
    """

    level: int
    channel: str
    stage: Undecided
    why_not: str
    decided: str

    @property
    def is_in_flight(self) -> bool:
        """There is an attempt of which something is to be decided."""
        return self.stage in {Undecided.ANSWER, Undecided.FATE, Undecided.RECEIPT}

    @property
    def standing(self) -> str:
        """How it stands at the level, or why nothing can be decided there."""
        return self.why_not or _STAGES[self.stage]

    def is_now(self, word: str) -> bool:
        """Whether a decision strikes the attempt in flight, and not the next one."""
        match self.stage:
            case Undecided.ANSWER:
                return True
            case Undecided.FATE:
                return word not in _ANSWERING
            case Undecided.RECEIPT:
                return word == "receipt lost"
            case Undecided.NEXT | Undecided.NOTHING:
                return False


class Forcing:
    """The part of a session that decides about attempts."""

    deeds: list[LiveDeed]
    trouble: str
    _world: World
    _pacer: Pacer
    _stories: Stories
    _undoing: Undoing
    _guarded: Callable[[Callable[[], list[Fact]]], None]

    def choices(self, message: int) -> tuple[LevelChoice, ...]:
        """What may be decided about a message, level by level; none when its lines were let go."""
        account = self._stories.account(message)
        if account is None:
            return ()
        levels = account.plan.levels
        return tuple(
            self._choice(account, message, level, str(levels[level].channel))
            for level in range(len(levels))
        )

    def _choice(self, account: Account, message: int, level: int, channel: str) -> LevelChoice:
        stage = self._world.undecided(message, level)
        reached = max((step.level for step in account.steps), default=0)
        why_not = ""
        if self.phase in {Phase.OVER, Phase.BROKEN}:
            why_not = "the run is over"
        elif stage is Undecided.NOTHING:
            why_not = "all about it has happened" if level <= reached else "it has its outcome"
        elif stage is Undecided.NEXT and level < reached and not account.plan.has_fronts:
            why_not = "the message has left this level"
        return LevelChoice(level, channel, stage, why_not, self._word(message, level))

    def _word(self, message: int, level: int) -> str:
        """What was decided at a level and can be taken back; "" for nothing."""
        entry = self._world.decided(message, level)
        return next((word for word, each in DECISIONS.items() if each.entry == entry), "")

    @property
    def phase(self) -> Phase:
        """What the run is doing."""
        raise NotImplementedError

    def force(self, message: int, level: int, word: str) -> tuple[str, ...]:
        """Decide what the attempt in flight at a level comes to, or else the next one there.

        Args:
            message: Its number.
            level: From 0.
            word: One of `DECISIONS`.

        Returns:
            What the log says of it, line by line; empty where nothing can be decided any more.
        """
        choice = next((each for each in self.choices(message) if each.level == level), None)
        if choice is None or choice.why_not:
            return ()
        before = self._word(message, level)
        told = self._decide(message, level, word)
        if told:
            self._undoing.note(Choice(message, level, before, word))
        return told

    def _decide(self, message: int, level: int, word: str) -> tuple[str, ...]:
        """Decide, or (with "") take back; says what the log says."""
        decision = DECISIONS[word] if word else None
        hand = HandForce(
            at_us=0,
            level=level,
            entry=None if decision is None else decision.entry,
            text=_BACK if decision is None else decision.text,
            message=message,
        )
        facts: list[Fact] = []

        def do() -> list[Fact]:
            facts.extend(self._pacer.force(hand))
            return facts

        self._guarded(do)
        own = _own(facts, message, self._pacer.now_us)
        if not own:
            return ()
        self.deeds.append(LiveForced(facts[-1][0], replace(hand, at_us=self._pacer.now_us)))
        return self._stories.told(own)

    def take_choice(self, choice: Choice, word: str) -> str:
        """Decide once more, as undo and redo do.

        Returns:
            Which message and level, for people; "" where that has happened meanwhile.
        """
        told = self._decide(choice.message, choice.level, word)
        return f"m{choice.message} at level {choice.level}" if told else ""


def _own(facts: Sequence[Fact], message: int, now_us: int) -> Sequence[Fact]:
    """The lines of a decision, from its own on."""
    begun = next(
        (
            nth
            for nth, fact in enumerate(facts)
            if fact[1:3] == (now_us, message) and fact[5] == entry.KNOB_CHANGED
        ),
        len(facts),
    )
    return facts[begun:]
