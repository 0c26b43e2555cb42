"""Where a run takes place: one agenda, one log, and the engine's door.

The agenda is a heap of (instant, rank, what to do, with what). The rank puts the classes of things
that may happen at one instant in their order, and inside a class first scheduled is first served.
All facts of one turn are logged before the engine's command is carried out.
"""

from collections.abc import Callable
from itertools import count
from typing import Final

from sandbox.cascade.engine import Engine
from sandbox.cascade.events import Event
from sandbox.cascade.outputs import NOTHING, Detail, Fact, Output, Recall, Submit
from sandbox.simulation.agenda import Agenda
from sandbox.simulation.flight import Flight, Journey
from sandbox.simulation.spec import WorldSpec

_CLASS_BITS: Final = 56
FAULT_EDGE: Final = 1 << _CLASS_BITS
BY_HAND: Final = 2 << _CLASS_BITS
ARRIVAL: Final = 3 << _CLASS_BITS
ANSWER: Final = 4 << _CLASS_BITS
TRUTH: Final = 5 << _CLASS_BITS
RECEIPT: Final = 6 << _CLASS_BITS
ACT: Final = 7 << _CLASS_BITS
ACT_BY_HAND: Final = 8 << _CLASS_BITS

new: Final = tuple.__new__
"""What a named tuple's own constructor calls, without the detour through its keywords."""


class Stage:
    """Agenda, log and engine of one run; what happens on it is the world's business."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set up an empty agenda at instant 0."""
        self.spec = spec
        self.now = 0
        """The instant of the last event, in microseconds since the run began."""
        self._number: Callable[[], int] = count(1).__next__
        self._engine = Engine(spec.plans, self._number, spec.breakers)
        self._receive = self._engine.receive
        self._forget = self._engine.forget
        self._journeys: dict[int, Journey] = {}
        self._agenda = Agenda()
        self._schedule = self._agenda.add
        self._out: list[Fact] = []

    def _schedule_for(
        self, flight: Flight, at: int, rank: int, handler: Callable[[Flight], None]
    ) -> None:
        flight.journey.pending += 1
        self._schedule(at, rank, handler, flight)

    def _carry_out(self, submit: Submit) -> None:
        """Do what the engine asks for."""
        raise NotImplementedError

    def _call_back(self, recall: Recall) -> None:
        """Do what else it asks for."""
        raise NotImplementedError

    def _log(self, flight: Flight, kind: str, cause: int, detail: Detail = NOTHING) -> int:
        """Write one line of truth about an attempt."""
        seq = self._number()
        message, level, attempt = flight.message, flight.level, flight.attempt
        self._out.append((seq, self.now, message, level, attempt, kind, cause, detail))
        return seq

    def _tell(self, event: Event) -> int:
        """Give the engine an event, log what it says, then do what it asks for.

        Returns:
            The number of the first line; 0 when there was nothing to say.
        """
        said = self._receive(event, self.now)
        first = said[0][0]
        self._heed(said)
        return first

    def _heed(self, said: list[Output]) -> None:
        """Log what the engine says, then do what it asks for."""
        last = said[-1]
        if type(last) is tuple:
            self._out += said  # type: ignore[arg-type]  # commands come last: these are facts
        elif type(last) is Submit and type(said[-2]) is tuple:
            said.pop()
            self._out += said  # type: ignore[arg-type]  # as above
            self._carry_out(last)
        else:
            self._carry_out_all(said)

    def _carry_out_all(self, said: list[Output]) -> None:
        """Do several things at once: call attempts back, or submit at levels side by side."""
        self._out += [output for output in said if not isinstance(output, Submit | Recall)]
        for output in said:
            if isinstance(output, Submit):
                self._carry_out(output)
            elif isinstance(output, Recall):
                self._call_back(output)

    def _forget_if_over(self, message: int) -> None:
        """Let go of a message about which nothing more can be heard."""
        if not self._journeys[message].pending and self._engine.forget(message):
            del self._journeys[message]
