"""What vendors send: verified, kept, answered, and only then read.

    path and method -> size, time, coding -> verify the raw bytes -> keep, committed -> 200
                                                                  -> decode -> take

A bare ASGI application, and nothing but routes for webhooks, each under a path nobody can guess.
Whatever is not in order is answered with a status and an empty body: why is for our own log. What
was answered with 200 is on the disk, so nothing is lost whatever happens afterwards; what could not
be kept is answered with 503, and the vendor tries again.

Which address was called is not asked of the request: `Host` and `X-Forwarded-*` play no part, the
public URL is configured. A body packed with gzip is unpacked once, and what is verified, kept and
read is the plain one, which is what vendors sign.
"""

import asyncio
import hmac
import re
import secrets
import traceback
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from sandbox.adapters.codec import (
    Ability,
    Adapter,
    Credentials,
    Headers,
    News,
    NotVerified,
    Webhook,
    header,
)
from sandbox.adapters.signing import NO_SIGNATURE
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.errors import StorageError, UnreadableError, UsageError
from sandbox.net.gzipped import Coding, Fault, coding_of, gunzip

PATH_BYTES: Final = 32
"""How much luck is in the path of a route."""

NOTES_MAX: Final = 100

_PATH: Final = re.compile(r"/[A-Za-z0-9_-]{43,100}")
_PUBLIC_URL: Final = re.compile(
    r"(?:https://[a-z0-9.-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]))"
    r"(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~-]+)*",
    re.ASCII,
)
_TO_DECODE: Final = ("content-type",)
"""The headers kept with a webhook. The others prove who sent it, and some are secrets."""

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


def unguessable_path() -> str:
    """A new path for a route, drawn from the system's luck."""
    return f"/{secrets.token_urlsafe(PATH_BYTES)}"


# What is served ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Route:
    """Where one provider's webhooks arrive.

    Attributes:
        path: As `unguessable_path` makes it.
        provider: Its name in the scenario.
        adapter: Who verifies and reads.
        credentials: With what the adapter's `hearing` names.
        public_url: How the outside reaches us, up to the path: scheme, host, port, what a proxy
            takes away; no slash at its end. `https`, or this machine.

    Raises:
        UsageError: nothing that arrives there could ever be trusted, or the path can be guessed.
    """

    path: str = field(repr=False)
    provider: str
    adapter: Adapter
    credentials: Credentials
    public_url: str

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise UsageError(f"the webhook path of '{self.provider}' is not one nobody can guess")
        if not _PUBLIC_URL.fullmatch(self.public_url):
            raise UsageError(
                f"the public URL of '{self.provider}' is none",
                hint="Write https://HOST[:PORT][/PATH] in lower case; http for this machine only.",
            )
        vendor = self.adapter.vendor
        for need in self.adapter.hearing:
            if need.is_required and not self.credentials.text(need.name):
                raise UsageError(
                    f"webhooks of '{self.provider}' cannot be verified: {vendor}'s '{need.name}'"
                    f" is missing ({need.says})"
                )
        # Unsigned, it must be refused for that and for nothing else: any other reason is one that
        # holds for every webhook, such as a way to sign that does not exist.
        unsigned = Webhook("POST", self.url, (), b"")
        checked = self.adapter.verify_webhook(unsigned, self.credentials, 0)
        if checked != NO_SIGNATURE:
            why = checked.why if isinstance(checked, NotVerified) else "unsigned ones are believed"
            raise UsageError(f"webhooks of '{self.provider}' cannot be verified: {why}")

    @property
    def url(self) -> str:
        """What the vendor is told to call."""
        return self.public_url + self.path


class Inbox(Protocol):
    """Where webhooks are kept."""

    async def keep(self, provider: str, hook: Webhook, received_ms: int) -> int:
        """Keep a verified webhook, and give it a number; when this comes back, it is on the disk.

        Raises:
            StorageError: it is not kept.
        """
        ...


class Limits(NamedTuple):
    """How much of a webhook is borne.

    Attributes:
        body_bytes: Its body, both packed and plain.
        arrive_s: For the body to arrive.
        bodies: How many may be in memory at once.
    """

    body_bytes: int = BODY_BYTES_MAX
    arrive_s: float = 5.0
    bodies: int = 128


LIMITS: Final = Limits()


class Why(StrEnum):
    """Why something was turned away."""

    PATH = "there is no such path"
    METHOD = "the vendor does not use that method"
    FLOOD = "too many at once"
    CODING = "packed in a way that is not read"
    LARGE = "too large"
    SLOW = "too slow"
    GONE = "broken off"
    PACKED = "the packing is broken"
    NOT_VERIFIED = "not verified"
    NOT_KEPT = "not kept"
    FAULT = "our own fault"


_STATUSES: Final = {
    Why.PATH: 404,
    Why.METHOD: 405,
    Why.FLOOD: 429,
    Why.CODING: 415,
    Why.LARGE: 413,
    Why.SLOW: 408,
    Why.GONE: 400,
    Why.PACKED: 400,
    Why.NOT_VERIFIED: 403,
    Why.NOT_KEPT: 503,
    Why.FAULT: 503,
}
_BODY_LEFT: Final = (Why.PATH, Why.METHOD, Why.FLOOD, Why.CODING, Why.LARGE, Why.SLOW)
"""Where the body was not read to its end, so that the connection is of no more use."""


class Note(NamedTuple):
    """Something of a webhook that is worth knowing; never shown to whoever sent it."""

    at_ms: int
    provider: str
    why: str


@dataclass(slots=True)
class Counts:
    """What has happened so far.

    Attributes:
        kept: Verified, committed and answered with 200.
        taken: Of these, handed over with what they say.
        unreadable: Of these, handed over with no news, because the body cannot be read.
        faults: Of these, not handed over, because something on our side raised. They are kept.
        handshakes: Challenges answered.
        refused: Turned away, by why.
    """

    kept: int = 0
    taken: int = 0
    unreadable: int = 0
    faults: int = 0
    handshakes: int = 0
    refused: Counter[Why] = field(default_factory=Counter)


class _Kept(NamedTuple):
    number: int
    hook: Webhook


# Receiving ---------------------------------------------------------------------------------------


class Receiver:
    """The ASGI application. `counts` and `notes` say what came of it."""

    def __init__(
        self,
        routes: Iterable[Route],
        inbox: Inbox,
        take: Callable[[int, str, tuple[News, ...]], None],
        now_s: Callable[[], float],
        limits: Limits = LIMITS,
    ) -> None:
        """Serve some routes.

        Args:
            routes: One path each.
            inbox: Where webhooks are kept.
            take: Gets number, provider and news of each that was kept, after it was answered; no
                news of a body that cannot be read.
            now_s: Seconds since 1970, as finely as they shall be kept.
            limits: How much is borne.

        Raises:
            UsageError: two routes have the same path.
        """
        every = tuple(routes)
        self._routes = {route.path.encode("ascii"): route for route in every}
        if len(self._routes) < len(every):
            raise UsageError("two routes for webhooks have the same path")
        self._inbox = inbox
        self._take = take
        self._now_s = now_s
        self._limits = limits
        self._bodies = 0
        self.counts = Counts()
        self.notes: deque[Note] = deque(maxlen=NOTES_MAX)

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close"})
            return
        route = self._route_of(scope)
        if route is None:
            await self._refuse(Why.PATH, send)
        elif scope["method"] == "GET" and Ability.HANDSHAKE in route.adapter.abilities:
            await self._shake(route, scope, send)
        elif scope["method"] != "POST":
            await self._refuse(Why.METHOD, send, (b"allow", b"POST"))
        elif self._bodies >= self._limits.bodies:
            await self._refuse(Why.FLOOD, send)
        else:
            self._bodies += 1
            try:
                await self._hear(route, scope, receive, send)
            finally:
                self._bodies -= 1

    def _route_of(self, scope: _Message) -> Route | None:
        """The route of a path, found in a time that tells nothing of any other."""
        given = scope.get("raw_path") or scope["path"].encode(errors="replace")
        found = None
        for path, route in self._routes.items():
            if hmac.compare_digest(path, given):
                found = route
        return found

    async def _hear(self, route: Route, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Verify, keep, answer, and then read."""
        try:
            heard = await self._heard(route, scope, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, the vendor shall try again
            self._note(route, _place_of(error))
            heard = Why.FAULT
        if isinstance(heard, Why):
            await self._refuse(heard, send)
            return
        self.counts.kept += 1
        with suppress(OSError):  # whoever sent it may have gone; it is kept all the same
            await _answer(send, 200)
        self._hand_over(route, heard)

    async def _heard(self, route: Route, scope: _Message, receive: _Receive) -> _Kept | Why:
        headers = _headers(scope)
        body = await self._body(headers, receive)
        if isinstance(body, Why):
            return body
        now_s = self._now_s()
        hook = Webhook("POST", _url(route, scope), headers, body)
        verified = route.adapter.verify_webhook(hook, route.credentials, int(now_s))
        if isinstance(verified, NotVerified):
            self._note(route, verified.why)
            return Why.NOT_VERIFIED
        kept = tuple((name, value) for name, value in headers if name in _TO_DECODE)
        hook = Webhook("POST", hook.url, kept, body)
        try:
            number = await self._inbox.keep(route.provider, hook, int(now_s * 1000))
        except StorageError as error:
            self._note(route, str(error))
            return Why.NOT_KEPT
        return _Kept(number, hook)

    async def _body(self, headers: Headers, receive: _Receive) -> bytes | Why:
        """The plain body, or what is wrong with it."""
        coding, most = coding_of(headers), self._limits.body_bytes
        if coding is Coding.OTHER:
            return Why.CODING
        length = header(headers, "content-length")
        if length.isascii() and length.isdigit() and (len(length) > 9 or int(length) > most):
            return Why.LARGE
        try:
            async with asyncio.timeout(self._limits.arrive_s):
                body = await _arrived(receive, most)
        except TimeoutError:
            return Why.SLOW
        if isinstance(body, Why) or coding is Coding.PLAIN:
            return body
        match gunzip(body, most):
            case Fault.TOO_LARGE:
                return Why.LARGE
            case Fault.BROKEN:
                return Why.PACKED
            case bytes(plain):
                return plain

    def _hand_over(self, route: Route, kept: _Kept) -> None:
        """Read what is kept, and pass it on; from here nothing is told to the vendor."""
        try:
            news = self._news(route, kept.hook)
            self._take(kept.number, route.provider, news or ())
        except Exception as error:  # noqa: BLE001 - a bug of ours; the webhook stays where it is kept
            self.counts.faults += 1
            self._note(route, _place_of(error))
            return
        if news is None:
            self.counts.unreadable += 1
        else:
            self.counts.taken += 1

    def _news(self, route: Route, hook: Webhook) -> tuple[News, ...] | None:
        """What a webhook says; None where its body cannot be read."""
        try:
            return route.adapter.decode_webhook(hook)
        except UnreadableError as unreadable:
            self._note(route, str(unreadable))
            return None

    async def _shake(self, route: Route, scope: _Message, send: _Send) -> None:
        """Answer a challenge, if it is one of ours."""
        hook = Webhook("GET", _url(route, scope), _headers(scope), b"")
        answer = route.adapter.handshake(hook, route.credentials)
        if isinstance(answer, NotVerified):
            self._note(route, answer.why)
            await self._refuse(Why.NOT_VERIFIED, send)
            return
        self.counts.handshakes += 1
        await _answer(send, 200, answer)

    async def _refuse(self, why: Why, send: _Send, *more: tuple[bytes, bytes]) -> None:
        self.counts.refused[why] += 1
        if why in _BODY_LEFT:
            more = (*more, (b"connection", b"close"))
        with suppress(OSError):
            await _answer(send, _STATUSES[why], "", *more)

    def _note(self, route: Route, why: str) -> None:
        self.notes.append(Note(int(self._now_s() * 1000), route.provider, why))


# Of a request ------------------------------------------------------------------------------------


def _headers(scope: _Message) -> Headers:
    """The headers, names in lower case."""
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )


def _url(route: Route, scope: _Message) -> str:
    """What the vendor has called: our public address, and the query as it came."""
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{route.url}?{query}" if query else route.url


async def _arrived(receive: _Receive, most: int) -> bytes | Why:
    """The body as it comes over the wire, as far as it may."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return Why.GONE
        body += message.get("body", b"")
        if len(body) > most:
            return Why.LARGE
        if not message.get("more_body", False):
            return bytes(body)


async def _answer(send: _Send, status: int, text: str = "", *more: tuple[bytes, bytes]) -> None:
    body = text.encode()
    headers = [(b"content-length", str(len(body)).encode()), *more]
    if body:
        headers += [(b"content-type", b"text/plain"), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _place_of(error: Exception) -> str:
    """Where something raised, without its words: they may quote what came in."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
