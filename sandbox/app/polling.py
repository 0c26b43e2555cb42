"""Asking vendors what became of messages, where no webhook of theirs can come.

Each accepted attempt is asked about until its last word is heard: soon at first, then ever more
seldom. What an answer says is kept before it is read, because some vendors say a thing only once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.adapters.codec import Ability, Adapter, Credentials, HttpAnswer
from sandbox.app.carrying import Exchanger, Where
from sandbox.app.hearing import Hearing
from sandbox.errors import CannotSendError, StorageError, UnreadableError
from sandbox.net.sender import Answered
from sandbox.report.plain import plain

FIRST_S: Final = 2.0
"""After an acceptance nobody is asked sooner."""
FACTOR: Final = 1.5
LONGEST_S: Final = 60.0
TIMEOUT_S: Final = 10.0
ASKED_AT_ONCE: Final = 8


class Polled(NamedTuple):
    """How a provider is asked."""

    adapter: Adapter
    base_url: str
    credentials: Credentials


class _Turn(NamedTuple):
    """When an attempt is asked about next, in seconds of the loop's clock, and the pause after."""

    at_s: float
    pause_s: float


@dataclass(slots=True, kw_only=True)
class Poller:
    """Asks, until it is cancelled.

    Attributes:
        exchanger: Has the network.
        hearing: Knows what was sent, and takes what is said.
        keep: Writes an answer down before it is read, and gives its number; raises StorageError
            where it cannot.
        clock_s: Seconds that never go back.
        wants_read: Whether an attempt that has arrived matters until it was read.
        speed: Seconds of the run per second of wall time; a rehearsal asks as much sooner.
        troubles: What went wrong, each a line for people.
    """

    exchanger: Exchanger
    hearing: Hearing
    keep: Callable[[str, HttpAnswer], Awaitable[int]]
    clock_s: Callable[[], float]
    wants_read: Callable[[Where], bool] = lambda _: False
    speed: float = 1.0
    asked: int = 0
    troubles: list[str] = field(default_factory=list)
    _polled: dict[str, Polled] = field(default_factory=dict)
    _turns: dict[Where, _Turn] = field(default_factory=dict)

    def knows(self, provider: str) -> bool:
        """Whether a provider is asked."""
        return provider in self._polled

    def ask_of(self, provider: str, polled: Polled) -> None:
        """Ask a provider from now on, if it can be asked."""
        if Ability.POLL in polled.adapter.abilities:
            self._polled[provider] = polled

    async def run(self) -> None:
        """Ask for ever; whoever started it cancels it."""
        while True:
            due = [*self._due()]
            for start in range(0, len(due), ASKED_AT_ONCE):
                some = due[start : start + ASKED_AT_ONCE]
                await asyncio.gather(*[self._ask(*each) for each in some])
            await asyncio.sleep(FIRST_S / 4 / self.speed)

    def _due(self) -> Iterator[tuple[str, str]]:
        """Provider and id of all that is to be asked about now."""
        now = self.clock_s()
        first_s = FIRST_S / self.speed
        for where, provider, provider_id in list(self.hearing.correlation.ids()):
            if provider not in self._polled or self._is_over(where):
                continue
            turn = self._turns.setdefault(where, _Turn(now + first_s, first_s))
            if turn.at_s <= now:
                pause_s = min(turn.pause_s * FACTOR, LONGEST_S / self.speed)
                self._turns[where] = _Turn(now + pause_s, pause_s)
                yield provider, provider_id

    def _is_over(self, where: Where) -> bool:
        has_arrived = where in self.hearing.delivered and not self.wants_read(where)
        return has_arrived or where in self.hearing.closed

    async def _ask(self, provider: str, provider_id: str) -> None:
        """Ask about one message; whatever goes wrong, there is a next time."""
        adapter, base_url, credentials = self._polled[provider]
        self.asked += 1
        try:
            request = adapter.poll_request(provider_id, credentials)
            exchange = await self.exchanger.exchange(request, base_url, TIMEOUT_S)
            if isinstance(exchange, Answered):
                number = await self.keep(provider, exchange.answer)
                self.hearing.take(provider, adapter.decode_poll(exchange.answer), number)
        except (CannotSendError, UnreadableError, StorageError) as error:
            self.troubles.append(f"{plain(provider)} was asked in vain: {plain(str(error), 200)}")
            del self.troubles[:-100]
