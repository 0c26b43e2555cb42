"""A live run in a test: a clock that jumps, a journal in memory, a vendor who keeps to it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from sandbox.cascade.events import RecallAnswered, SubmitAnswered
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.drivers.live import LiveDriver, Turn
from sandbox.drivers.retraced import LiveDeed
from sandbox.errors import StorageError
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import WorldSpec
from tests.support.hand import us
from tests.support.vendor import Says, delivers

IDLE_ROUNDS: Final = 6
"""After so many rounds of the loop without news everybody waits for the clock."""
A_MINUTE_S: Final = 60.0


class Jumping:
    """A clock that jumps to whatever is next when everybody waits for it."""

    def __init__(self, now_us: int = 0) -> None:
        self.us = now_us
        self.wanted: int | None = None
        """Until when the driver waits."""
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count().__next__

    def now_us(self) -> int:
        return self.us

    def at(self, at_us: int, do: Callable[[], None]) -> None:
        """Do something at an instant."""
        heappush(self._later, (at_us, self._order(), do))

    def seconds_until(self, at_us: int) -> float:
        self.wanted = at_us
        return A_MINUTE_S

    def jump(self) -> None:
        """Go to whatever is next, and do it."""
        if self._later and (self.wanted is None or self._later[0][0] <= self.wanted):
            due, _, do = heappop(self._later)
            self.us = max(self.us, due)
            do()
        elif self.wanted is not None:
            self.us = max(self.us, self.wanted)
        self.wanted = None


class Written:
    """A journal in memory that says when it is done."""

    def __init__(self, fails_at: int = 0) -> None:
        self.turns: list[Turn] = []
        self.safe: set[tuple[object, ...]] = set()
        """Commands of turns whose commit has come back."""
        self._fails_at = fails_at
        self.is_writing = False
        self.meanwhile: Callable[[int], None] = lambda _: None
        """Called in the middle of every commit with its number."""

    async def commit(self, turn: Turn) -> None:
        assert not self.is_writing, "one turn after the other"
        self.is_writing = True
        await asyncio.sleep(0)
        self.meanwhile(len(self.turns) + 1)
        if len(self.turns) + 1 == self._fails_at:
            self.is_writing = False
            raise StorageError("the disk is full")
        self.turns.append(turn)
        self.safe |= {tuple(command) for command in turn.commands}
        self.is_writing = False

    @property
    def facts(self) -> list[Fact]:
        return [fact for turn in self.turns for fact in turn.facts]

    @property
    def deeds(self) -> list[LiveDeed]:
        return [deed for turn in self.turns for deed in turn.deeds]


class Clerk:
    """A carrier: what the vendor says at once is its answer, the rest is heard later."""

    def __init__(self, run: "LiveRun", says: Says) -> None:
        self._run = run
        self._says = says
        self.sent: list[Submit | Recall] = []

    async def submit(self, command: Submit) -> SubmitAnswered:
        answer = await self._carry(command)
        assert isinstance(answer, SubmitAnswered)
        return answer

    async def recall(self, command: Recall) -> RecallAnswered:
        answer = await self._carry(command)
        assert isinstance(answer, RecallAnswered)
        return answer

    async def _carry(self, command: Submit | Recall) -> Any:
        run = self._run
        assert tuple(command) in run.journal.safe, "written down before it is sent"
        self.sent.append(command)
        first, *rest = self._says(command)
        begun = run.clock.us
        for after, event in rest:
            run.clock.at(begun + us(after), partial(run.driver.hear, event))
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        run.clock.at(begun + us(first[0]), lambda: answered.set_result(None))
        await answered
        return first[1]


class LiveRun:
    """All of it together."""

    def __init__(
        self,
        spec: WorldSpec,
        outside: Iterable[str],
        says: Says = delivers,
        *,
        world: MixedWorld | None = None,
        now_us: int = 0,
        fails_at: int = 0,
        **more: Any,
    ) -> None:
        self.spec = spec
        self.outside = frozenset(outside)
        self.clock = Jumping(now_us)
        self.journal = Written(fails_at)
        self.carrier = Clerk(self, says)
        self.seen: list[Fact] = []
        self.driver = LiveDriver(
            world or MixedWorld(spec, self.outside), self.journal, self.carrier, self.clock,
            [self.seen.extend], **more,
        )  # fmt: skip

    def at(self, seconds: float, do: Callable[[], None]) -> None:
        """Do something at an instant of the run."""
        self.clock.at(us(seconds), do)

    async def whole(self) -> "LiveRun":
        """Run to the end; gives itself."""
        ended = asyncio.create_task(self.driver.run())
        idle = 0
        while not ended.done():
            await asyncio.sleep(0)
            is_waiting = self.clock.wanted is not None or self.driver.in_flight > 0
            idle = idle + 1 if is_waiting and not self.journal.is_writing else 0
            if idle == IDLE_ROUNDS:
                idle = 0
                self.clock.jump()
                self.driver._has_news.set()
        await ended
        return self


def silent(_: Submit | Recall) -> Iterator[Any]:
    """A vendor who says nothing at all."""
    yield from ()
