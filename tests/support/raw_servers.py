"""Servers of this machine that say any bytes they like, at any time, and hang up as they like.

Tests that use them ask for the fixture `loopback`.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
CERTIFICATE: Final = Path(__file__).parent / "loopback.pem"
"""For 127.0.0.1, signed by itself, until 2120, with its key: worth nothing anywhere else."""

OK: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


@dataclass(slots=True)
class Talk:
    """One connection, from the server's side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """Read one whole request."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name == b"content-length":
                return head + await self.reader.readexactly(int(value))
        return head

    async def say(self, *parts: bytes, every_s: float = 0.0) -> None:
        """Write some bytes, and wait after each part."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(every_s)

    def reset(self) -> None:
        """Break the connection off: the other side sees a reset, no end."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def hang(self) -> None:
        """Say nothing more until the other side has gone."""
        while await self.reader.read(65_536):
            pass


Behaviour = Callable[[Talk], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """Where a server listens, and what it was asked."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{LOOPBACK}:{self.port}"


@asynccontextmanager
async def raw_server(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Serve every connection in one way; whatever still runs at the end is broken off."""
    tasks: list[asyncio.Task[None]] = []
    seen = RawServer(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        seen.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await behaviour(Talk(reader, writer))
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()

    # By default a side that ends an encrypted connection waits half a minute for the other.
    end_s = None if tls is None else 0.1
    server = await asyncio.start_server(serve, LOOPBACK, 0, ssl=tls, ssl_shutdown_timeout=end_s)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def own_certificate() -> ssl.SSLContext:
    """What a server shows who has nothing but that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@asynccontextmanager
async def answering(
    *answers: bytes, every_s: float = 0.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """A server that reads a request, keeps it, says the answer part by part, and reads the next."""

    async def behave(talk: Talk) -> None:
        while True:
            server.requests.append(await talk.request())
            await talk.say(*answers, every_s=every_s)

    async with raw_server(behave, tls) as server:
        yield server


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        port: int = sock.getsockname()[1]
        return port
