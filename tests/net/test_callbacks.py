"""Webhooks of fakes: to this machine only, over connections that are used again, tried again."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import pytest

from sandbox.adapters.codec import Webhook
from sandbox.errors import MisuseError
from sandbox.net import callbacks
from sandbox.net.callbacks import RETRIES_MAX, Callbacks, Posted, is_here

pytestmark = pytest.mark.usefixtures("loopback")

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def hook(url: str, body: bytes = b"{}") -> Webhook:
    """A webhook."""
    return Webhook("POST", url, (("Content-Type", "application/json"),), body)


@asynccontextmanager
async def serving(handler: Handler) -> Any:
    """A server of bytes; its address. At the end all its connections are over."""
    open_now: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            await handler(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            open_now.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/h?x=1"
    if open_now:
        await asyncio.wait(open_now, timeout=1)


def answering(*answers: bytes, seen: list[bytes] | None = None) -> Handler:
    """Give these answers on each connection, one for each request; then close it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            if seen is not None:
                seen.append(head + body)
            writer.write(answer)
            await writer.drain()

    return handle


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("http://127.0.0.1/", True),
        ("http://127.0.0.1", True),
        ("http://localhost:8080/h?x=1", True),
        ("http://[::1]:8080/h", True),
        ("http://127.0.0.1:65536/", False),
        ("https://127.0.0.1/", False),
        ("http://127.0.0.2/", False),
        ("http://127.0.0.1.example.test/", False),
        ("http://127.0.0.1@example.test/", False),
        ("http://user@127.0.0.1/", False),
        ("http://127.0.0.1/a b", False),
        ("http://127.0.0.1/\r\nX: y", False),
        ("//127.0.0.1/", False),
        ("", False),
    ],
)
def test_only_this_machine_is_called(url: str, holds: bool) -> None:
    """Safety: written as we write it, and nothing that only looks like it."""
    assert is_here(url) is holds


async def test_another_machine_is_refused() -> None:
    """Safety: also by whoever is not asked before."""
    with pytest.raises(MisuseError, match="this machine only"):
        await Callbacks(1.0, Counter()).call(hook("http://192.0.2.1/"))


async def test_a_webhook_arrives_as_it_is() -> None:
    """Form: method, target, host, headers and body; the answer comes back."""
    seen: list[bytes] = []
    async with serving(answering(OK, seen=seen)) as url, Callbacks(1.0, Counter()) as its:
        assert await its.call(hook(url, b'{"a":1}')) == (200, b"hi")
    host = url.split("/")[2]
    assert seen == [
        f"POST /h?x=1 HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f'Content-Length: 7\r\n\r\n{{"a":1}}'.encode()
    ]


async def test_a_connection_is_used_again_and_a_closed_one_is_not() -> None:
    """Connections: two webhooks over one; where it was closed meanwhile, over a new one."""
    opened: list[int] = []
    handle = answering(OK, OK)

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        await handle(reader, writer)

    async with serving(counted) as url, Callbacks(1.0, Counter()) as its:
        for _ in range(5):
            assert await its.call(hook(url)) == (200, b"hi")
    assert len(opened) == 3


async def test_a_connection_that_was_idle_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Connections: a server closes an idle one, so ours go before."""
    monkeypatch.setattr(callbacks, "IDLE_S", 0.0)
    opened: list[int] = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        await answering(OK, OK)(reader, writer)

    async with serving(counted) as url, Callbacks(1.0, Counter()) as its:
        assert [(await its.call(hook(url)))[0] for _ in range(2)] == [200, 200]
    assert len(opened) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000,
    ],
    ids=["closed", "cut off", "no HTTP", "too long"],
)
async def test_what_is_no_answer_is_none(answer: bytes) -> None:
    """Failures: none of them is taken for a yes."""
    async with serving(answering(answer)) as url, Callbacks(1.0, Counter()) as its:
        assert await its.call(hook(url)) == (0, b"")


async def test_an_interim_answer_is_passed_over() -> None:
    """Form: what comes before the answer."""
    answer = b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK
    async with serving(answering(answer)) as url, Callbacks(1.0, Counter()) as its:
        assert await its.call(hook(url)) == (200, b"hi")


async def test_who_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures: too late is not at all; nobody there is not at all either."""
    monkeypatch.setattr(callbacks, "TIMEOUT_S", 0.02)
    going_on = asyncio.Event()

    async def silent(*_: object) -> None:
        await going_on.wait()

    async with serving(silent) as url, Callbacks(1.0, Counter()) as its:
        assert await its.call(hook(url)) == (0, b"")
        going_on.set()
    assert await Callbacks(1.0, Counter()).call(hook("http://127.0.0.1:1/")) == (0, b"")


async def test_a_try_is_counted_and_told() -> None:
    """Counts: taken is any success; each try is signed anew."""
    counts: Counter[str] = Counter()
    posted: list[Posted] = []
    no = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    bodies = iter([b"1", b"2"])
    async with serving(answering(OK, no)) as url, Callbacks(1.0, counts, posted.append) as its:
        assert await its.post("p", lambda: hook(url, next(bodies)))
        assert not await its.post("p", lambda: hook(url, next(bodies)), 2)
    assert counts == {"taken": 1, "not taken": 1}
    assert [(each.provider, each.hook.body, each.nth, each.status) for each in posted] == [
        ("p", b"1", 1, 200),
        ("p", b"2", 2, 503),
    ]


async def test_it_is_tried_again_until_it_is_taken_or_given_up() -> None:
    """Retries: as the vendor has them, faster in a rehearsal, and bounded."""
    counts: Counter[str] = Counter()
    no = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    async with Callbacks(1000.0, counts) as its:
        async with serving(answering(no, OK)) as url:
            await its.post_again("p", lambda: hook(url), (1, 1, 1))
        assert counts == {"not taken": 1, "taken": 1}
        await its.post_again("p", lambda: hook("http://127.0.0.1:1/"), (1,) * 99)
    assert counts == {"not taken": 1 + RETRIES_MAX, "taken": 1, "given up": 1}
