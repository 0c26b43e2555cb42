"""What somebody's hand does to a world that is under way: each at an instant, as a file would.

A scenario that says the same in its `by_hand`, or for a message in its `load`, has the same log. So
all of it waits for its place in the order of its instant, and where that has begun already, it
comes a microsecond later.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sandbox.cascade.outputs import Fact, words
from sandbox.cascade.vocabulary import Act
from sandbox.errors import MisuseError
from sandbox.journal import entry
from sandbox.simulation.forcing import Forcing
from sandbox.simulation.load import Arrival
from sandbox.simulation.moves import HandMove, plan_at
from sandbox.simulation.population import People
from sandbox.simulation.provider import SimulatedProvider
from sandbox.simulation.spec import (
    Change,
    HandChange,
    HandForce,
    NamedPerson,
    PlannedAct,
    Script,
    Single,
    WorldSpec,
)
from sandbox.simulation.stage import ACT_BY_HAND, ANSWER, ARRIVAL

_ALL: Final = 1 << 62
"""More lines than any run has."""


class ByHand(Forcing):
    """The doors for somebody's hand."""

    _arrivals: Iterator[Arrival]
    _providers: dict[str, SimulatedProvider]
    _people: People
    _named: dict[str, NamedPerson]
    _local_us: dict[str, int]
    _own_local_us: dict[str, int]
    _scripts: dict[str, dict[int, Script]]
    _script_uses: dict[str, int]

    def __init__(self, spec: WorldSpec) -> None:
        """Begin untouched."""
        super().__init__(spec)
        self._is_fresh = True
        """Nothing has happened at this instant but edges of faults and changes by hand."""

    def advance(self, until_us: int, facts_max: int) -> list[Fact]:
        """Let events happen: see `World`."""
        raise NotImplementedError

    def _on_arrival(self, arrival: Arrival) -> None:
        """Let a message come."""
        raise NotImplementedError

    def change(
        self, provider: str, path: str, change: Change | None, at_us: int | None = None
    ) -> list[Fact]:
        """Change a provider's setting by hand.

        A change takes place between two instants: after all that happens before it, and at its own
        instant right after the edges of faults. So a change that comes while an instant is half
        over waits for its end, and is made one microsecond later. A scenario with the same change
        in its `by_hand` has the same log.

        Args:
            provider: Its name.
            path: The setting, one of `PATHS`.
            change: The new value; None hands the setting back to the scenario.
            at_us: The instant of the change; not before the last event.

        Returns:
            What had to happen before, and last the line of the change, at its instant.

        Raises:
            MisuseError: no such provider, or an instant in the past.
        """
        if provider not in self._providers:
            raise MisuseError(f"no provider {provider!r}")
        facts, at = self._come_to(at_us, ARRIVAL, "a change")  # after edges, and those by_hand
        if self._forced_at == at:
            facts, at = [*facts, *self._come_to(at + 1, ARRIVAL, "a change")[0]], at + 1
        self._is_fresh = True
        self._on_changed_by_hand(HandChange(at_us=at, provider=provider, path=path, change=change))
        self._out, said = [], self._out
        return facts + said

    def act(self, message: int, act: Act, at_us: int | None = None, level: int = -1) -> list[Fact]:
        """Do something about a message that is under way, by hand.

        An act takes place at the end of its instant, right before the engine's wake-ups; like a
        change, it waits for the end of an instant that has begun. A scenario with the same act has
        the same log.

        Args:
            message: Its number.
            act: What is done.
            at_us: The instant; not before the last event.
            level: Whose code it is, of `verified` where each level has its own.

        Returns:
            What had to happen before, and last the lines the act led to; none of these when all
            about the message is over by then.

        Raises:
            MisuseError: an instant in the past.
        """
        facts, at = self._come_to(at_us, ACT_BY_HAND, "an act")
        self._is_fresh = False
        if message in self._journeys:
            self._journeys[message].pending += 1
            planned = PlannedAct(at_us=at, act=act, message=message, level=level)
            self._on_act((message, planned, 0))
        self._out, said = [], self._out
        return facts + said

    def force(self, hand: HandForce, at_us: int | None = None) -> list[Fact]:
        """Decide by hand what an attempt of a message comes to: see `Forcing`.

        Like a change, it takes place at the beginning of its instant, right after the changes there
        are, and waits for the end of an instant that has begun. A scenario with the same in its
        `by_hand` has the same log.

        Args:
            hand: What is decided; its own instant does not matter.
            at_us: The instant; not before the last event.

        Returns:
            What had to happen before, and last the lines it led to; none of these when nothing can
            be decided any more.

        Raises:
            MisuseError: an instant in the past.
        """
        facts, at = self._come_to(at_us, ARRIVAL, "a decision")
        self._is_fresh = False
        self._on_forced(replace(hand, at_us=at))
        self._out, said = [], self._out
        return facts + said

    def request(self, grown: WorldSpec, at_us: int | None = None) -> list[Fact]:
        """Let a message come that somebody has written.

        It comes after all other messages of its instant, and before answers.

        Args:
            grown: The world as a file with the message has it: the last entry of its load, with
                whom it is for, its text and its scripts. The rest is as it was.
            at_us: The instant; not before the last event.

        Returns:
            What had to happen before, and last the lines the message led to at once.

        Raises:
            MisuseError: an instant in the past, or no single message stands last in the load.
        """
        single = grown.load[-1]
        if not isinstance(single, Single):
            raise MisuseError("the last entry of the load is no single message")
        facts, at = self._come_to(at_us, ANSWER, "a message")
        self._is_fresh = False
        self._grow(grown)
        # The arrival that is awaited stays on the agenda: this one does not call for another.
        coming, self._arrivals = self._arrivals, iter(())
        plan = plan_at(self.spec.moved, at, single.plan)
        self._on_arrival(Arrival(at, plan, single.name, single.to))
        self._arrivals = coming
        self._out, said = [], self._out
        return facts + said

    def _grow(self, grown: WorldSpec) -> None:
        """Take in what a message brings along: people, scripts, its text."""
        for script in grown.scripts:
            if script.id not in self._script_uses:
                self._script_uses[script.id] = 0
                self._scripts.setdefault(script.message, {})[script.level] = script
        for person in grown.population.people:
            if person.name not in self._named:
                self._named[person.name] = person
                self._people.add(person)
                if person.local_us is not None:
                    self._own_local_us[person.name] = person.local_us
        self._local_us = dict(grown.population.local_us) | self._local_us
        self._wordings.update(grown.wordings)

    def _come_to(self, at_us: int | None, rank: int, what: str) -> tuple[list[Fact], int]:
        """Let all happen that comes before something done by hand, of a rank, at an instant.

        Returns:
            The lines of that, and the instant: a microsecond later where it had begun already.
        """
        at = self.now if at_us is None else at_us
        if at < self.now:
            raise MisuseError(f"{what} at {at} is out of order")
        if at == self.now and not self._is_fresh:
            at += 1
        facts = self.advance(at - 1, _ALL)
        while self._agenda.head() < (at, rank):
            facts += self.advance(at, 1)
        self.now = at
        return facts, at

    def _on_changed_by_hand(self, hand: HandChange) -> None:
        change = hand.change
        self._providers[hand.provider].live.change(hand.path, change)
        value = "as in the scenario" if change is None else change.text
        detail = words(provider=hand.provider, path=hand.path, value=value)
        number, kind = self._number(), entry.KNOB_CHANGED
        self._out.append((number, self.now, None, None, None, kind, 0, detail))

    def _on_moved(self, move: HandMove) -> None:
        """Say that new messages go through another plan from here on."""
        self._forced_at = self.now
        plans = self.spec.plans
        detail = words(cascade=plans[move.plan].name, value=plans[move.becomes].name)
        number, kind = self._number(), entry.KNOB_CHANGED
        self._out.append((number, self.now, None, None, None, kind, 0, detail))
