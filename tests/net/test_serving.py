"""The server: what it says, what it does not say, how it stops, and who cannot hold it up."""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.errors import UsageError
from sandbox.net import serving
from sandbox.net.serving import HEAD_BYTES_MAX, listen, served

pytestmark = pytest.mark.usefixtures("loopback")

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def hello(_: dict[str, Any], __: Receive, send: Send) -> None:
    head = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"hi"})


async def call(port: int, *parts: bytes, every_s: float = 0.0) -> bytes:
    """Say some bytes and listen until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(every_s)
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b"reset"
    finally:
        writer.close()


def closing(request: bytes) -> bytes:
    return request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


async def test_it_answers_and_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    """No name, no date, no line in a log."""
    caplog.set_level(logging.DEBUG)
    with listen(0) as door:
        async with served(hello, door):
            answer = await call(door.port, closing(GET))
            assert door.url == f"http://127.0.0.1:{door.port}"
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b"hi"
    assert head.lower().split(b"\r\n") == [
        b"http/1.1 200 ok", b"content-length: 2", b"connection: close",
    ]  # fmt: skip
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


async def test_what_a_proxy_says_is_left_alone() -> None:
    """Neither the caller nor the scheme is taken from headers, even of this machine."""
    seen = []

    async def look(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        seen.append((scope["scheme"], scope["client"][0]))
        await hello(scope, receive, send)

    forwarded = b"\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n\r\n"
    with listen(0) as door:
        async with served(look, door):
            await call(door.port, closing(GET.replace(b"\r\n\r\n", forwarded)))
    assert seen == [("http", "127.0.0.1")]


# The port ----------------------------------------------------------------------------------------


def test_a_port_in_use_is_told() -> None:
    """With what to do; the port stays that of whoever had it."""
    with listen(0) as door:
        told = f"port {door.port} of 127.0.0.1 is in use"
        with pytest.raises(UsageError, match=told) as caught, listen(door.port):
            pass
        assert "0 for any that is free" in caught.value.hint
        port = door.port
    with listen(port) as again:
        assert again.port == port


@pytest.mark.parametrize("port", [-1, 65_536, 10**9])
def test_there_are_no_other_ports(port: int) -> None:
    """Said before the system is asked."""
    with pytest.raises(UsageError, match="there is no port"), listen(port):
        pass


@pytest.mark.parametrize(
    ("code", "told"), [(13, "is not for this user"), (99, "cannot be had \\(EADDRNOTAVAIL\\)")]
)
def test_other_reasons_are_told_as_well(
    monkeypatch: pytest.MonkeyPatch, code: int, told: str
) -> None:
    """A port below 1024, an interface that is not there."""

    class Refusing(socket.socket):
        def bind(self, _: object) -> None:
            raise OSError(code, "no")

    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(UsageError, match=told), listen(80):
        pass


async def test_it_listens_on_this_machine_alone() -> None:
    """Whatever the port."""
    with listen(0) as door:
        assert door.socket.getsockname()[0] == "127.0.0.1"


# Stopping ----------------------------------------------------------------------------------------


async def test_it_stops_at_once_and_lets_go_of_the_port() -> None:
    """Also with a connection that is kept open and idle."""
    with listen(0) as door:
        async with served(hello, door):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(GET)
            assert await reader.readuntil(b"hi")
            began = time.monotonic()
        assert time.monotonic() - began < 1
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", door.port)


@pytest.mark.parametrize("takes_s", [0.2, 60.0])
async def test_requests_under_way_are_finished_or_broken_off(takes_s: float) -> None:
    """Those that take too long, after a second."""
    ended = []

    async def slow(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(takes_s)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        await hello(scope, receive, send)
        ended.append("finished")

    with listen(0) as door:
        async with served(slow, door):
            asking = asyncio.create_task(call(door.port, closing(GET)))
            await asyncio.sleep(0.05)
            began = time.monotonic()
        assert time.monotonic() - began < 2
        answer = await asking
    assert ended == (["finished"] if takes_s < 1 else ["cancelled"])
    assert answer.endswith(b"hi") is (takes_s < 1)


async def test_it_leaves_the_signals_alone() -> None:
    """Whoever runs the loop has his own."""
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    with listen(0) as door:
        async with served(hello, door):
            assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_what_goes_wrong_in_the_block_comes_out_of_it() -> None:
    """And the server has stopped."""
    with listen(0) as door:
        with pytest.raises(ValueError, match="mine"):
            async with served(hello, door):
                raise ValueError("mine")
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", door.port)


# Who holds it up ---------------------------------------------------------------------------------


async def test_a_head_that_is_too_large_is_refused() -> None:
    """Before all of it has arrived."""
    large = b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES_MAX + 1)
    with listen(0) as door:
        async with served(hello, door):
            answer = await call(door.port, large)
            assert answer == b"reset" or answer.startswith(b"HTTP/1.1 400")
            assert (await call(door.port, closing(GET))).endswith(b"hi")


async def test_garbage_is_refused_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What came is nobody's to print."""
    caplog.set_level(logging.DEBUG)
    with listen(0) as door:
        async with served(hello, door):
            for garbage in (b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", b"\0" * 100 + b"\r\n\r\n"):
                answer = await call(door.port, garbage)
                assert answer == b"reset" or answer.startswith(b"HTTP/1.1 400")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"GET / HTTP/1.1\r\n"],
        [b"G", b"E", b"T", b" ", b"/", b" ", b"H", b"T", b"T", b"P", b"/", b"1", b"."],
        [GET, b"GET / HTTP/1.1\r\n"],
    ],
    ids=["nothing", "half a head", "letter by letter", "half of the second head"],
)
async def test_who_takes_too_long_for_a_head_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch, parts: list[bytes]
) -> None:
    """On the first request as on any other; uvicorn alone would wait for ever."""
    monkeypatch.setattr(serving, "HEAD_S", 0.1)
    began = time.monotonic()
    with listen(0) as door:
        async with served(hello, door):
            answer = await call(door.port, *parts, every_s=0.02)
            assert time.monotonic() - began < 3
    assert answer.endswith(b"hi") is (GET in parts)


async def test_who_is_in_time_is_not_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither during a body that takes longer, nor between two requests."""
    monkeypatch.setattr(serving, "HEAD_S", 0.1)

    async def body(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await hello(scope, receive, send)

    post = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\n"
    with listen(0) as door:
        async with served(body, door):
            answer = await call(door.port, post, b"bo", b"dy", closing(GET), every_s=0.15)
    assert answer.count(b"hi") == 2


async def test_too_many_connections_are_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there stay."""
    monkeypatch.setattr(serving, "CONNECTIONS_MAX", 3)
    with listen(0) as door:
        async with served(hello, door):
            idle = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(3)]
            await asyncio.sleep(0.02)
            assert await call(door.port, closing(GET)) in {b"reset", b""}
            idle[0][1].write(closing(GET))
            assert (await idle[0][0].read()).endswith(b"hi")
            assert (await call(door.port, closing(GET))).endswith(b"hi")
            for _, writer in idle:
                writer.close()
