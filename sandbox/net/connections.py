"""Connections that are used again: so many at once, each for one exchange at a time.

    async with connections.one(origin, wait_s) as transport:
        await transport.handle_async_request(request)

Each is a transport of httpx that has a single connection. A pool of many looks at every connection
and at all who wait whenever one is taken or given back: with sixty-four of them that takes more
processor time than all the rest of an exchange, and the longer the queue, the more.

One on which an exchange failed, or was broken off, is closed and never used again.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple

import httpx

KEPT_S: Final = 2.0
"""How long an idle connection is used again, in seconds. Servers close theirs after five and more;
a request that meets the closing is lost without an answer, so ours go well before."""

Origin = tuple[bytes, bytes, int | None]
"""Scheme, host and port."""


class _Idle(NamedTuple):
    """A connection that nobody uses, and since when."""

    origin: Origin
    transport: httpx.AsyncHTTPTransport
    since_s: float


class Connections:
    """All connections of a sender. Belongs to one event loop."""

    def __init__(self, most: int, tls: ssl.SSLContext) -> None:
        """Have none yet.

        Args:
            most: How many there are at once; whoever wants one more waits.
            tls: Whom to trust.
        """
        self._most = most
        self._tls = tls
        self._room = asyncio.Semaphore(most)
        self._taken = 0
        self._idle: deque[_Idle] = deque()
        """The one that was used last is at the right end."""

    @asynccontextmanager
    async def one(self, origin: Origin, wait_s: float) -> AsyncIterator[httpx.AsyncHTTPTransport]:
        """A connection for one exchange; made, if there is none, when a request is sent over it.

        Args:
            origin: Where it leads to; nothing else may be sent over it.
            wait_s: How long to wait for one.

        Raises:
            httpx.PoolTimeout: none became free in time; nothing was sent.
        """
        await self._wait(wait_s)
        self._taken += 1
        try:
            transport = await self._found(origin)
            try:
                yield transport
            except BaseException:
                await _close(transport)
                raise
            now_s = asyncio.get_running_loop().time()
            self._idle.append(_Idle(origin, transport, now_s))
        finally:
            self._taken -= 1
            self._room.release()

    async def close(self) -> None:
        """Close all that nobody uses."""
        while self._idle:
            await _close(self._idle.pop().transport)

    async def _wait(self, wait_s: float) -> None:
        if not self._room.locked():
            await self._room.acquire()  # comes back at once
            return
        try:
            async with asyncio.timeout(wait_s):
                await self._room.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("none became free") from None

    async def _found(self, origin: Origin) -> httpx.AsyncHTTPTransport:
        """One that was used before, else a new one; the oldest makes room for it."""
        stale_s = asyncio.get_running_loop().time() - KEPT_S
        while self._idle and self._idle[0].since_s < stale_s:
            await _close(self._idle.popleft().transport)
        for each in reversed(self._idle):
            if each.origin == origin:
                self._idle.remove(each)
                return each.transport
        while self._idle and len(self._idle) + self._taken > self._most:
            await _close(self._idle.popleft().transport)
        return httpx.AsyncHTTPTransport(
            verify=self._tls,
            http1=True,
            http2=False,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_S
            ),
        )


async def _close(transport: httpx.AsyncHTTPTransport) -> None:
    with suppress(Exception):  # what is the matter with it concerns nobody any more
        await transport.aclose()
