"""Connections: never more than there may be, used again while they are good, closed when not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx
import pytest

from sandbox.net import connections as connections_module
from sandbox.net.connections import Connections, Origin
from tests.support.raw_servers import OK, RawServer, Talk, answering, raw_server

pytestmark = pytest.mark.usefixtures("loopback")

SHORT_S = 0.05


@pytest.fixture
async def two() -> AsyncIterator[Connections]:
    opened = Connections(2, httpx.create_ssl_context(trust_env=False))
    yield opened
    await opened.close()


def origin(server: RawServer) -> Origin:
    return b"http", b"127.0.0.1", server.port


async def call(connections: Connections, server: RawServer, wait_s: float = 5.0) -> int:
    async with connections.one(origin(server), wait_s) as transport:
        response = await transport.handle_async_request(httpx.Request("POST", server.url))
        await response.aread()
        return response.status_code


async def test_one_after_another_uses_one_connection(two: Connections) -> None:
    async with answering(OK) as server:
        assert [await call(two, server) for _ in range(5)] == [200] * 5
        assert server.connections == 1


async def test_there_are_never_more_than_there_may_be(two: Connections) -> None:
    """The third waits, and goes out when one is free."""
    now, most = 0, 0

    async def slow(talk: Talk) -> None:
        nonlocal now, most
        while True:
            await talk.request()
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1
            await talk.say(OK)

    async with raw_server(slow) as server:
        assert await asyncio.gather(*(call(two, server) for _ in range(6))) == [200] * 6
        assert (most, server.connections) == (2, 2)


async def test_whoever_waits_too_long_has_sent_nothing(two: Connections) -> None:
    async with answering(OK) as server, two.one(origin(server), 1), two.one(origin(server), 1):
        with pytest.raises(httpx.PoolTimeout):
            await call(two, server, SHORT_S)
        assert server.requests == []


async def test_giving_up_waiting_takes_no_room(two: Connections) -> None:
    """However it is given up."""
    async with answering(OK) as server:
        async with two.one(origin(server), 1), two.one(origin(server), 1):
            for _ in range(3):
                waiting = asyncio.create_task(call(two, server))
                await asyncio.sleep(0)
                waiting.cancel()
                with suppress(asyncio.CancelledError):
                    await waiting
        assert await asyncio.gather(*(call(two, server) for _ in range(4))) == [200] * 4


@pytest.mark.parametrize("error", [ValueError("broken"), asyncio.CancelledError()])
async def test_one_on_which_something_failed_is_not_used_again(
    two: Connections, error: BaseException
) -> None:
    async def broken() -> None:
        async with two.one(origin(server), 1) as transport:
            await transport.handle_async_request(httpx.Request("POST", server.url))
            raise error

    async with answering(OK) as server:
        with pytest.raises(type(error)):
            await broken()
        assert await call(two, server) == 200
        assert server.connections == 2


async def test_one_that_is_idle_for_too_long_is_closed_by_whoever_comes_next(
    two: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where he goes elsewhere."""
    async with answering(OK) as server, answering(OK) as other:
        await call(two, server)
        assert len(two._idle) == 1
        monkeypatch.setattr(connections_module, "KEPT_S", -1.0)
        await call(two, other)
        assert [each.origin for each in two._idle] == [origin(other)]


async def test_the_oldest_makes_room_for_another_place(two: Connections) -> None:
    """Idle ones count among those there may be; one for another place is of no use."""
    async with answering(OK) as first, answering(OK) as second, answering(OK) as third:
        for server in (first, second, third):
            await call(two, server)
        assert [each.origin for each in two._idle] == [origin(second), origin(third)]
        async with two.one(origin(third), 1), two.one(origin(third), 1):
            assert list(two._idle) == []


async def test_closing_leaves_none(two: Connections) -> None:
    async with answering(OK) as server:
        await call(two, server)
        await two.close()
        assert list(two._idle) == []
