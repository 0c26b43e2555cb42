"""Fakes behind real HTTP on 127.0.0.1, and what a caller hears of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import (
    SMS,
    Ability,
    Adapter,
    Answer,
    HttpAnswer,
    HttpRequest,
    News,
    OutgoingMessage,
    Receipt,
    Text,
    Webhook,
)
from sandbox.adapters.reference import Reference
from sandbox.cascade.vocabulary import Channel
from sandbox.dialects.catalogue import DIALECTS
from sandbox.net.fakes import Fake, Fakes
from sandbox.net.receiver import Receiver, Route, unguessable_path
from sandbox.net.sender import Answered, Exchange, Sender
from sandbox.net.serving import listen, served
from sandbox.simulation.spec import WorldSpec
from tests.support.submissions import credentials

SPEED: Final = 100.0
"""A simulated second goes by in ten milliseconds."""
PATIENCE_S: Final = 5.0


class Heard:
    """Somebody who has adapters, a sender and a receiver, and notes all that is said."""

    def __init__(self, fakes: Fakes, base_url: str, sender: Sender, names: dict[str, str]) -> None:
        self.fakes, self._base_url, self._sender, self._names = fakes, base_url, sender, names
        self.news: list[tuple[str, Receipt]] = []
        self.kept: list[Webhook] = []
        self.receiver: Receiver | None = None

    async def keep(self, provider: str, hook: Webhook, received_ms: int) -> int:  # noqa: ARG002 - the shape of an inbox
        """As an inbox does."""
        self.kept.append(hook)
        return len(self.kept)

    def take(self, _: int, provider: str, news: tuple[News, ...]) -> None:
        """As whoever is behind the receiver."""
        self.news += [(provider, each) for each in news if isinstance(each, Receipt)]

    def adapter(self, provider: str) -> Adapter:
        """The adapter of a provider."""
        return ADAPTERS[self._names[provider]]

    def message(
        self,
        provider: str,
        channel: Channel,
        number: int,
        attempt: int = 1,
        *,
        text: str = "hello",
        callback_url: str = "",
        level: int = 0,
    ) -> OutgoingMessage:
        """A text with our reference."""
        reference = Reference("r1", number, level, attempt).text
        sender = "ACME" if channel == SMS else "+15550100001"
        has_own = Ability.CALLBACK in self.adapter(provider).abilities
        return OutgoingMessage(
            reference, reference, channel, "+37490000001", sender, Text(text),
            callback_url=callback_url if has_own else "",
        )  # fmt: skip

    async def exchange(
        self, provider: str, request: HttpRequest, timeout_s: float = PATIENCE_S
    ) -> Exchange:
        """One exchange with a fake."""
        return await self._sender.exchange(request, f"{self._base_url}/{provider}", timeout_s)

    async def submit(
        self, provider: str, out: OutgoingMessage, timeout_s: float = PATIENCE_S
    ) -> Answer | Exchange:
        """Send a message; the answer as the adapter reads it."""
        adapter = self.adapter(provider)
        request = adapter.encode(out, credentials(adapter.vendor))
        exchange = await self.exchange(provider, request, timeout_s)
        return (
            adapter.decode_answer(exchange.answer) if isinstance(exchange, Answered) else exchange
        )

    async def ask(self, provider: str, request: HttpRequest) -> HttpAnswer:
        """A question, or a recall."""
        exchange = await self.exchange(provider, request)
        assert isinstance(exchange, Answered)
        return exchange.answer

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something; not for long."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Wait until nothing more is coming."""
        await self.until(lambda: self.fakes.is_quiet)


@asynccontextmanager
async def faked(
    spec: WorldSpec, adapters: dict[str, str], *, speed: float = SPEED
) -> AsyncIterator[tuple[Heard, dict[str, str]]]:
    """A scenario's providers behind HTTP, and somebody who hears them.

    Args:
        spec: The scenario's world.
        adapters: Provider -> the name of its adapter.
        speed: How many simulated seconds go by in a real one.

    Yields:
        Who hears, and provider -> the address of its webhooks.
    """
    served_fakes: Sequence[Fake] = [
        Fake(provider, DIALECTS[name], credentials(ADAPTERS[name].vendor))
        for provider, name in adapters.items()
    ]
    with listen(0) as own, listen(0) as theirs:
        async with (
            Fakes(spec, served_fakes, speed=speed) as fakes,
            Sender() as sender,
            served(fakes, theirs),
        ):
            heard = Heard(fakes, theirs.url, sender, adapters)
            routes = [
                Route(unguessable_path(), provider, ADAPTERS[name],
                      credentials(ADAPTERS[name].vendor), own.url)
                for provider, name in adapters.items()
            ]  # fmt: skip
            urls = {route.provider: route.url for route in routes}
            heard.receiver = Receiver(routes, heard, heard.take, time.time)
            async with served(heard.receiver, own):
                for provider, url in urls.items():
                    fakes.send_to(provider, url)
                yield heard, urls
