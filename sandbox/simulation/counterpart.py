"""The providers' side of a simulated world, without an engine.

Somebody else decides what is submitted, and when; here is what the providers of the scenario make
of it: their answers, their receipts, and what people do with what reaches them. Providers, people,
faults and luck are those of the world, and luck is keyed by (seed, provider, message, how many
times before): whoever submits what the engine of a `World` would have submitted hears what that
engine would have heard, at the same instants.

Nothing arrives here by itself. The load is only looked up, for who the nth message is for.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from sandbox.cascade.engine import Engine
from sandbox.cascade.events import (
    Acted,
    Event,
    OrphanReceived,
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.outputs import NOTHING, Fact, Output, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import RecallResult
from sandbox.errors import MisuseError
from sandbox.journal.entry import RUN_KINDS, WORLD_KINDS
from sandbox.simulation.flight import Flight, Journey, Parcel
from sandbox.simulation.load import Arrival
from sandbox.simulation.spec import Change, WorldSpec
from sandbox.simulation.world import World

_ALL: Final = 1 << 62
_HEARD: Final = "heard"
"""The kind of the line that stands where an engine would write what it makes of an event. It is
never handed out."""
_ANYBODY: Final = Arrival(0, 0)

Word = SubmitAnswered | ReceiptReceived | OrphanReceived | Acted
"""What a provider says, or a person does."""


class Said(NamedTuple):
    """One word, and when.

    Attributes:
        at_us: The instant.
        word: What is said.
        provider: Who says it; "" where a person has entered a code.
        message: What it is about, of an orphan too: there the sender cannot know it.
        level: The level of the attempt; of an act: whose code it is, or -1.
        attempt: Its number; 0 of an act.
        is_stray: It comes with an id nobody knows.
    """

    at_us: int
    word: Word
    provider: str
    message: int
    level: int
    attempt: int
    is_stray: bool = False


class _Listener(Engine):
    """Stands where the engine of a world does: notes what it hears, and decides nothing."""

    def __init__(self, world: "Counterpart", spec: WorldSpec) -> None:
        super().__init__(spec.plans, world.next_number)
        self._world = world

    def receive(self, event: Event, now: int) -> list[Output]:
        """Pass on what is said; there is always one line, for others to name as their cause."""
        self._world.note(event, now)
        return [(self._world.next_number(), now, None, None, None, _HEARD, 0, NOTHING)]

    def forget(self, message: int) -> bool:  # noqa: ARG002 - the engine's own signature
        """Never: the message may be submitted again, and then it is the second time."""
        return False


class Counterpart(World):
    """Providers and people of one run; whoever has it turns it, and submits."""

    def __init__(self, spec: WorldSpec, *, keeps_truth: bool = False) -> None:
        """Set it up at instant 0.

        Args:
            spec: The scenario's world; its load and its plans' decisions play no part.
            keeps_truth: Lines of truth are kept for `take_truth`.
        """
        super().__init__(spec)
        self._engine = _Listener(self, spec)
        self._receive = self._engine.receive
        self._forget = self._engine.forget
        can_recall = any(provider.can_recall for provider in spec.providers)
        self._recalls = [can_recall] * len(spec.plans)
        self._keeps_truth = keeps_truth
        self._truth: list[Fact] = []
        self._said: list[Said] = []
        self._about: tuple[Flight, bool] | None = None
        """The attempt an orphan is about, and whether its id is one nobody knows."""
        self._result = RecallResult.UNSUPPORTED
        self._provider_of: dict[tuple[int, int, int], str] = {}
        self._introduced: dict[int, Arrival] = {}
        self._looked_up = 0

    # The hand --------------------------------------------------------------------------------

    def introduce(self, message: int, arrival: Arrival) -> None:
        """Say what a message is, where the load does not: its plan, its name, who it is for.

        Raises:
            MisuseError: it was submitted already, or there is no such plan.
        """
        if message in self._journeys:
            raise MisuseError(f"message {message} is under way already")
        if not 0 <= arrival.plan < len(self.spec.plans):
            raise MisuseError(f"no plan {arrival.plan}, there are {len(self.spec.plans)}")
        self._look_up(message)
        self._introduced[message] = arrival

    def submit(
        self,
        provider: str,
        message: int,
        level: int,
        attempt: int,
        key: int,
        at_us: int,
        validity_us: int | None,
        timeout_us: int,
    ) -> list[Said]:
        """Hand a message to a provider, after all that is due at that instant.

        Args:
            provider: Its name.
            message: Its number, which decides who it is for, as in the world.
            level: The level of its plan, from 0.
            attempt: The attempt of that level, from 1.
            key: The attempt whose idempotency key is used.
            at_us: The instant; not before the last one.
            validity_us: How long the provider may keep trying; None: as it likes.
            timeout_us: How long somebody listens for an answer; a later one is never given.

        Returns:
            What was said until then. What the provider says to this comes later, if at all.

        Raises:
            MisuseError: no such provider or level, or an instant in the past.
        """
        if provider not in self._providers:
            raise MisuseError(f"no provider {provider!r}")
        said = self.advance_to(at_us)
        journey = self._journey(message)
        levels = len(self.spec.plans[journey.plan].levels)
        if not 0 <= level < levels:
            raise MisuseError(f"no level {level}, message {message} has {levels}")
        self._provider_of[message, level, attempt] = provider
        self._carry_out(Submit(message, level, attempt, key, provider, validity_us, timeout_us, 0))
        self._put_away(self._out)
        return said

    def recall(
        self, provider: str, message: int, level: int, attempt: int, at_us: int
    ) -> tuple[RecallResult, list[Said]]:
        """Call an attempt back, after all that is due at that instant.

        Returns:
            What came of it, and what was said until then.

        Raises:
            MisuseError: an instant in the past.
        """
        said = self.advance_to(at_us)
        if message not in self._journeys:
            return RecallResult.UNSUPPORTED, said
        self._call_back(Recall(message, level, attempt, provider, 0))
        self._put_away(self._out)
        return self._result, said

    def advance_to(self, at_us: int) -> list[Said]:
        """Let everything happen up to and including an instant; gives what was said, in order.

        Raises:
            MisuseError: an instant in the past.
        """
        if at_us < self.now:
            raise MisuseError(f"{at_us} is in the past, it is {self.now}")
        self._put_away(self.advance(at_us, _ALL))
        self.now = at_us
        self._is_fresh = False
        return self._take_said()

    def turn(self, provider: str, path: str, change: Change | None, at_us: int) -> list[Said]:
        """Change a setting by hand, as `World.change`; gives what was said until then."""
        self._put_away(self.change(provider, path, change, at_us))
        return self._take_said()

    def plan_of(self, message: int) -> Plan:
        """The plan a message runs through, as far as the load or the caller says."""
        journey = self._journeys.get(message)
        if journey is not None:
            return self.spec.plans[journey.plan]
        self._look_up(message)
        return self.spec.plans[self._introduced.get(message, _ANYBODY).plan]

    def has_taken(self, message: int, level: int, key: int) -> bool:
        """Whether a provider has taken the message under an idempotency key (S21)."""
        journey = self._journeys.get(message)
        return journey is not None and level << 4 | key in journey.taken_keys

    def take_truth(self) -> list[Fact]:
        """The lines of truth and of faults since the last call, where they are kept."""
        truth, self._truth = self._truth, []
        return truth

    # What the world calls --------------------------------------------------------------------

    def next_number(self) -> int:
        """The next number of a line."""
        return self._number()

    def note(self, event: Event, now: int) -> None:
        """Keep what an engine would have been told."""
        match event:
            case SubmitAnswered() | ReceiptReceived():
                where = (event.message, event.level, event.attempt)
                said = Said(now, event, self._provider_of[where], *where)
                self._said.append(said)
            case OrphanReceived() if self._about is not None:
                flight, is_stray = self._about
                where = (flight.message, flight.level, flight.attempt)
                self._said.append(Said(now, event, event.provider, *where, is_stray))
            case Acted():
                self._said.append(Said(now, event, "", event.message, event.level, 0))
            case RecallAnswered():
                self._result = event.result
            case _:
                raise MisuseError(f"a provider says no {type(event).__name__}")

    def _await_arrival(self) -> None:
        """Nothing comes by itself."""

    def _hand_over(self, parcel: Parcel) -> None:
        self._about = (parcel.flight, parcel.is_unmatched)
        super()._hand_over(parcel)
        self._about = None

    def _journey(self, message: int) -> Journey:
        journey = self._journeys.get(message)
        if journey is not None:
            return journey
        self._look_up(message)
        _, plan, name, to = self._introduced.pop(message, _ANYBODY)
        if name:
            self.message_names[message] = name
        if to:
            self._recipients[message] = to
        person = self._people.named(to) if to else self._people.anybody(message)
        self._journeys[message] = journey = Journey(plan, person)
        if name in self._scripts:
            journey.scripts = self._scripts[name]
        return journey

    def _look_up(self, message: int) -> None:
        """Read the load as far as a message; those passed over are kept until they come."""
        while self._looked_up < message:
            arrival = next(self._arrivals, None)
            if arrival is None:
                self._looked_up = _ALL
                return
            self._looked_up += 1
            self._introduced[self._looked_up] = arrival

    def _put_away(self, facts: Iterable[Fact]) -> None:
        if self._keeps_truth:
            kinds = WORLD_KINDS | RUN_KINDS
            self._truth += [fact for fact in facts if fact[5] in kinds]
        self._out = []

    def _take_said(self) -> list[Said]:
        said, self._said = self._said, []
        return said
