"""Somebody outside: a vendor who answers as a test tells, on one clock with the world."""

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from sandbox.cascade.events import (
    Reason,
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.vocabulary import RecallResult, Status
from sandbox.drivers.retraced import LiveDeed, LiveHeard, LiveSleep, run_retraced
from sandbox.simulation.mixed import Heard, MixedWorld
from sandbox.simulation.spec import WorldSpec
from tests.support.hand import Seconds, us

Said = tuple[Seconds, Heard]
"""After how many seconds, what."""

Says = Callable[[Submit | Recall], Iterable[Said]]


def answers(
    command: Submit, answer: Status, reason: Reason | None = None, after: Seconds = 1, **more: Any
) -> Said:
    """The answer to a submission."""
    return after, SubmitAnswered(*command[:3], answer, reason, **more)


def tells(
    command: Submit, status: Status, after: Seconds, reason: Reason | None = None, **more: Any
) -> Said:
    """A receipt about a submission."""
    return after, ReceiptReceived(*command[:3], status, reason, **more)


def gives_back(command: Recall, result: RecallResult = RecallResult.RECALLED) -> Said:
    """What came of calling back."""
    return 0.5, RecallAnswered(*command[:3], result)


def delivers(command: Submit | Recall) -> Iterator[Said]:
    """Accepted after a second, delivered five seconds later."""
    if isinstance(command, Submit):
        yield answers(command, Status.ACCEPTED)
        yield tells(command, Status.DELIVERED, 6)
    else:
        yield gives_back(command, RecallResult.TOO_LATE)


_FOREVER: Final = 1 << 62


class Played:
    """A mixed world that is turned to its end, with a vendor outside."""

    def __init__(self, spec: WorldSpec, outside: Iterable[str], says: Says = delivers) -> None:
        self.spec = spec
        self.outside = frozenset(outside)
        self.world = MixedWorld(spec, self.outside)
        self.says = says
        self.facts: list[Fact] = []
        self.deeds: list[LiveDeed] = []
        self.commands: list[Submit | Recall] = []
        self._coming: list[tuple[int, int, Heard]] = []
        self._order = count().__next__

    def on(self, facts: Iterable[Fact]) -> None:
        """Take in lines, and let the vendor have what is for him."""
        self.facts += facts
        for command in self.world.take_commands():
            self.commands.append(command)
            for after, event in self.says(command):
                self.later(self.world.now + us(after), event)

    def later(self, at_us: int, event: Heard) -> None:
        """Something will be heard."""
        heappush(self._coming, (at_us, self._order(), event))

    def hear(self, event: Heard, at_us: int) -> list[Fact]:
        """Something is heard now; gives the lines."""
        before = len(self.facts)
        self.on(self.world.hear(event, at_us))
        if self.world.was_heard:
            self.deeds.append(LiveHeard(*self.facts[-1][:2], event))
        return self.facts[before:]

    def sleep(self, until_us: int) -> None:
        """No process runs until then."""
        self.on(self.world.sleep(until_us))
        self.deeds.append(LiveSleep(*self.facts[-1][:2]))

    def until(self, at_us: int = _FOREVER) -> "Played":
        """Let everything happen before an instant; gives itself, to stand on one line."""
        while True:
            due = self.world.peek()
            said_at = self._coming[0][0] if self._coming else _FOREVER
            if due is None and said_at == _FOREVER:
                return self
            if min(_FOREVER if due is None else due, said_at) >= at_us:
                return self
            if due is None or said_at <= due:
                _, _, event = heappop(self._coming)
                self.hear(event, max(said_at, self.world.now))
            else:
                self.on(self.world.step())

    def after_a_crash(self, until_us: int) -> "Played":
        """What another process makes of the same lines and deeds, and goes on at an instant."""
        anew = Played(self.spec, self.outside, self.says)
        last = self.facts[-1][0] if self.facts else 0
        for facts in run_retraced(anew.world, self.deeds, last):
            anew.facts += facts
        assert anew.facts == self.facts
        anew.world.take_commands()
        anew.deeds = list(self.deeds)
        anew.commands = list(self.commands)
        anew._coming = list(self._coming)
        anew.sleep(until_us)
        return anew
