"""How fakes call back: webhooks to this machine, signed anew at each try, repeated as vendors do.

    post → connection kept from before, or a new one → request → status and body

It speaks plain HTTP/1.1 over connections of its own. A fake sends as many webhooks as it takes
messages, and half of the time of a rehearsal would go by in a client made for everything.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, NamedTuple, Self

import h11

from sandbox.adapters.codec import Webhook
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.errors import MisuseError

RETRIES_MAX: Final = 6
"""How often a webhook that was not taken comes again, however long the vendor would go on."""
TIMEOUT_S: Final = 5.0
CONNECTIONS_MAX: Final = 32
IDLE_S: Final = 2.0
"""How long a connection is used again; servers close theirs after five seconds and more."""

_HERE: Final = re.compile(
    r"http://(?P<host>127\.0\.0\.1|localhost|\[::1\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>/[!-~]*)?"
)
_PORT_MAX: Final = 65_535
_CHUNK: Final = 65_536


class Posted(NamedTuple):
    """One try of a webhook, for whoever looks on.

    Attributes:
        nth: Which try, from 1.
        status: What was answered; 0: nothing.
    """

    provider: str
    hook: Webhook
    nth: int
    status: int


class _Line(NamedTuple):
    """A connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    wire: h11.Connection
    idle_since: float = 0.0


def is_here(url: str) -> bool:
    """Whether an address is on this machine, and such as we call."""
    found = _HERE.fullmatch(url)
    return found is not None and int(found["port"] or 80) <= _PORT_MAX


class Callbacks:
    """Sends webhooks to this machine; an asynchronous context."""

    def __init__(
        self,
        speed: float,
        counts: Counter[str],
        on_posted: Callable[[Posted], None] = lambda _: None,
    ) -> None:
        """Set up without any connection.

        Args:
            speed: How many simulated seconds go by in a real one, for the time between two tries.
            counts: Gets `taken` and `not taken` of every try, and `given up`.
            on_posted: Called for every try.
        """
        self._speed, self._counts, self._on_posted = speed, counts, on_posted
        self._lines: dict[tuple[str, int], list[_Line]] = {}
        self._room = asyncio.Semaphore(CONNECTIONS_MAX)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        lines, self._lines = self._lines, {}
        for line in (line for each in lines.values() for line in each):
            line.writer.close()
            with suppress(OSError):
                await line.writer.wait_closed()

    async def post(self, provider: str, sign: Callable[[], Webhook], nth: int = 1) -> bool:
        """Try once; whether it was taken.

        Args:
            provider: Whose it is.
            sign: Gives the webhook as it goes out now.
            nth: Which try it is.
        """
        hook = sign()
        status, _ = await self.call(hook)
        is_taken = 200 <= status < 300
        self._counts["taken" if is_taken else "not taken"] += 1
        self._on_posted(Posted(provider, hook, nth, status))
        return is_taken

    async def post_again(
        self, provider: str, sign: Callable[[], Webhook], retries_s: tuple[int, ...]
    ) -> None:
        """Try again after each of these simulated seconds, until it is taken or given up."""
        for nth, after_s in enumerate(retries_s[:RETRIES_MAX], start=2):
            await asyncio.sleep(after_s / self._speed)
            if await self.post(provider, sign, nth):
                return
        self._counts["given up"] += 1

    async def call(self, hook: Webhook) -> tuple[int, bytes]:
        """The status and the body that are answered; 0 where nobody answers in time.

        Raises:
            MisuseError: the address is not on this machine.
        """
        found = _HERE.fullmatch(hook.url)
        if found is None or not is_here(hook.url):
            raise MisuseError("fakes call this machine only")
        host = {"localhost": "127.0.0.1", "[::1]": "::1"}.get(found["host"], found["host"])
        place = (host, int(found["port"] or 80))
        head = h11.Request(
            method=hook.method,
            target=found["target"] or "/",
            headers=[
                ("Host", hook.url.split("/")[2]),
                *hook.headers,
                ("Content-Length", str(len(hook.body))),
            ],
        )
        async with self._room:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    return await self._exchange(place, head, hook.body)
            except (OSError, TimeoutError, h11.ProtocolError):
                return 0, b""

    async def _exchange(
        self, place: tuple[str, int], head: h11.Request, body: bytes
    ) -> tuple[int, bytes]:
        kept = self._kept(place)
        if kept is not None:
            try:
                return await self._over(place, kept, head, body)
            except (OSError, h11.ProtocolError):  # closed meanwhile, it seems: once more
                pass
        reader, writer = await asyncio.open_connection(*place)
        return await self._over(place, _Line(reader, writer, _wire()), head, body)

    def _kept(self, place: tuple[str, int]) -> _Line | None:
        """A connection that can be used again."""
        now = asyncio.get_running_loop().time()
        lines = self._lines.get(place, [])
        while lines:
            line = lines.pop()
            if now - line.idle_since < IDLE_S and not line.reader.at_eof():
                return line
            line.writer.close()
        return None

    async def _over(
        self, place: tuple[str, int], line: _Line, head: h11.Request, body: bytes
    ) -> tuple[int, bytes]:
        reader, writer, wire, _ = line
        is_kept = False
        try:
            sent = [wire.send(each) for each in (head, h11.Data(body), h11.EndOfMessage())]
            writer.write(b"".join(part for part in sent if part))
            answer = await _answer(reader, wire)
            if wire.our_state is h11.DONE and wire.their_state is h11.DONE:
                wire.start_next_cycle()
                now = asyncio.get_running_loop().time()
                self._lines.setdefault(place, []).append(line._replace(idle_since=now))
                is_kept = True
            return answer
        finally:
            if not is_kept:
                writer.close()


def _wire() -> h11.Connection:
    return h11.Connection(h11.CLIENT)


async def _answer(reader: asyncio.StreamReader, wire: h11.Connection) -> tuple[int, bytes]:
    """Read one answer.

    Raises:
        h11.ProtocolError: it is none, is too long, or ends too early.
    """
    status, parts, size = 0, [], 0
    while True:
        match wire.next_event():
            case h11.NEED_DATA:
                wire.receive_data(await reader.read(_CHUNK))
            case h11.Response(status_code=status):
                pass
            case h11.Data(data=data):
                size += len(data)
                if size > BODY_BYTES_MAX:
                    raise h11.RemoteProtocolError("an answer that is too long")
                parts.append(bytes(data))
            case h11.EndOfMessage():
                return status, b"".join(parts)
            case h11.ConnectionClosed():
                raise h11.RemoteProtocolError("closed before the end of an answer")
            case _:
                pass  # an interim answer
