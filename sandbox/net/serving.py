"""A small HTTP server inside a running event loop: for webhooks, and for whatever imitates vendors.

    with listen(0) as door:                    # the port is known before anything is served
        receiver = Receiver(routes_for(door.url), …)
        async with served(receiver, door):
            …

It listens on this machine alone; what makes it public, a tunnel or a proxy, is the user's. It logs
nothing, installs no signal handler, says nothing of itself, and stops within two seconds.
"""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.errors import UsageError

HOST: Final = "127.0.0.1"
PORT_MAX: Final = 65_535
HEAD_BYTES_MAX: Final = 16 * 1024
"""Request line and headers together; a webhook's are some two thousand bytes."""

HEAD_S: Final = 5.0
"""For them to arrive."""

CONNECTIONS_MAX: Final = 256
"""More are broken off as they come."""

IDLE_S: Final = 5
"""How long a connection is kept on which nothing comes."""

STOP_S: Final = 1
"""How long requests under way may take when the server stops, in whole seconds; it stops within two
seconds with what it takes to notice."""

_BACKLOG: Final = 256


# Where it listens --------------------------------------------------------------------------------


class Door:
    """A port that is ours, whether or not somebody serves it yet."""

    __slots__ = ("_socket", "port")

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self.port: int = bound.getsockname()[1]

    @property
    def url(self) -> str:
        """Its base URL on this machine."""
        return f"http://{HOST}:{self.port}"

    @property
    def socket(self) -> socket.socket:
        """For whoever serves it."""
        return self._socket


@contextmanager
def listen(port: int) -> Iterator[Door]:
    """Take a port of this machine; 0: any that is free.

    Raises:
        UsageError: there is no such port, or it cannot be had.
    """
    if not 0 <= port <= PORT_MAX:
        raise UsageError(f"there is no port {port}, ports are 0 to {PORT_MAX}")
    # With the protocol named, asyncio sends each piece of an answer at once; without, the second
    # piece waits 40 ms for the other side to confirm the first.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(bound, port)
        bound.listen(_BACKLOG)
        yield Door(bound)
    finally:
        bound.close()


def _bind(bound: socket.socket, port: int) -> None:
    try:
        bound.bind((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} of {HOST} is in use",
                hint="Stop what listens there, name another port, or 0 for any that is free.",
            ) from None
        if error.errno == errno.EACCES:
            raise UsageError(
                f"port {port} of {HOST} is not for this user", hint="Take one from 1024 on."
            ) from None
        code = errno.errorcode.get(error.errno or 0, "?")
        raise UsageError(f"port {port} of {HOST} cannot be had ({code})") from None


# Serving -----------------------------------------------------------------------------------------


class _Hasty(H11Protocol):
    """Closes a connection on which the head of a request takes too long, the first one included.

    uvicorn itself waits for ever for the first request, and for the rest of any head.
    """

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the class above
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()
            return
        self._patience = self.loop.call_later(HEAD_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm_down()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        is_in_a_head = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if not is_in_a_head:
            self._calm_down()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_S, self.transport.close)

    def _calm_down(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class _Server(uvicorn.Server):
    """One that leaves the signals of the process to whoever runs it, and is told when to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self.is_ready = asyncio.Event()

    async def main_loop(self) -> None:
        """Wait; uvicorn's own loop looks ten times a second whether it is to stop."""
        self.is_ready.set()
        await self.stop.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def served(app: Any, door: Door) -> AsyncIterator[None]:  # noqa: ANN401 - ASGI has no type
    """Serve an ASGI application behind a door for as long as the block lasts; the door is shut.

    Requests under way are given `STOP_S` at the end, then they are broken off.
    """
    config = uvicorn.Config(
        app,
        http=_Hasty,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level=100,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=STOP_S,
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[door.socket]))
    ready = asyncio.create_task(server.is_ready.wait())
    try:
        await asyncio.wait((serving, ready), return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        ready.cancel()
        server.stop.set()
        await serving
