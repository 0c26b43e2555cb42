"""What leaves: one HTTP exchange with a vendor, and what is known when it fails.

    Answered    the vendor answered; its adapter reads what it says
    NeverLeft   not a byte of the request can have reached anybody
    NoAnswer    it may have been taken, and nobody knows

The difference decides whether a message may be sent again, so it errs on one side: an exchange is
`NeverLeft` only where the kind of failure says so and where, in addition, no connection had been
made for it. Nothing is ever sent twice here, no redirect followed, no proxy, netrc or variable of
the environment looked at, no cookie kept, and nothing written to a log.

What is told of a failure is in our own words. The words of the libraries may quote the headers of a
request, and those of a server are anybody's; neither is repeated.
"""

import asyncio
import errno
import logging
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from types import MappingProxyType, TracebackType
from typing import Final, NamedTuple, Self, cast

import httpx

from sandbox import __version__
from sandbox.adapters.codec import Headers, HttpAnswer, HttpRequest
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.net.connections import Connections
from sandbox.net.gzipped import HEADER, Coding, Fault, coding_of, gunzip

CONNECTIONS_MAX: Final = 64
CONNECT_MAX_S: Final = 10.0
"""The longest to wait for a connection, and for a free one; never more than half of the whole."""

LOOPBACK: Final = (b"127.0.0.1", b"localhost", b"::1")

_OWN_HEADERS: Final = (
    ("User-Agent", f"fallback-sandbox/{__version__}"),
    ("Accept-Encoding", "gzip"),
)
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_BASE: Final = re.compile(r"https?://[!-~]+")
_PATH: Final = re.compile(r"/[!-~]*")
_PORT_MAX: Final = 65_535
_CONNECTING: Final = "connection."
"""What the names of all steps begin with that come before the first byte of a request."""

_ENCRYPTING: Final = "connection.start_tls"

_TALKATIVE: Final = ("connection", "http11", "http2", "proxy", "socks")


class Answered(NamedTuple):
    """The vendor answered; the body is unpacked and bounded."""

    answer: HttpAnswer


class NeverLeft(NamedTuple):
    """Nothing was sent. `kind` is a word for machines, `why` a sentence for people."""

    kind: str
    why: str


class NoAnswer(NamedTuple):
    """It may have been taken. `kind` is a word for machines, `why` a sentence for people."""

    kind: str
    why: str


Exchange = Answered | NeverLeft | NoAnswer


# What each failure means -------------------------------------------------------------------------

_UNFINISHED: Final = NoAnswer("unfinished", "the connection broke before the end of an answer")
_LATE: Final = NoAnswer("timeout", "no whole answer came in time")
_ODD: Final = NoAnswer("unexpected", "the exchange failed in a way that cannot happen here")
_ADDRESS: Final = NeverLeft("address", "the address cannot be used")
_NOT_CONNECTED: Final = NeverLeft("connect", "no connection could be made")
_NOT_ENCRYPTED: Final = NeverLeft("tls", "no encrypted connection could be made")

PLACES: Final[Mapping[type[Exception], NeverLeft | NoAnswer]] = MappingProxyType(
    {
        # Before a connection is there.
        httpx.InvalidURL: _ADDRESS,
        httpx.UnsupportedProtocol: _ADDRESS,
        httpx.PoolTimeout: NeverLeft("pool", "no connection became free in time"),
        httpx.ConnectTimeout: NeverLeft("connect-timeout", "no connection was made in time"),
        httpx.ConnectError: _NOT_CONNECTED,
        # Afterwards.
        httpx.ReadTimeout: _LATE,
        httpx.WriteTimeout: _LATE,
        httpx.TimeoutException: _LATE,
        httpx.ReadError: _UNFINISHED,
        httpx.WriteError: _UNFINISHED,
        httpx.CloseError: _UNFINISHED,
        httpx.NetworkError: _UNFINISHED,
        httpx.RemoteProtocolError: NoAnswer(
            "protocol", "it closed before the end of an answer, or what it said is not HTTP"
        ),
        httpx.DecodingError: NoAnswer("coding", "the answer is packed in a way that is not read"),
        # Not in use here, so nothing can be concluded from them.
        httpx.LocalProtocolError: _ODD,
        httpx.ProtocolError: _ODD,
        httpx.ProxyError: _ODD,
        httpx.TooManyRedirects: _ODD,
        httpx.HTTPStatusError: _ODD,
        httpx.CookieConflict: _ODD,
        httpx.StreamConsumed: _ODD,
        httpx.StreamClosed: _ODD,
        httpx.ResponseNotRead: _ODD,
        httpx.RequestNotRead: _ODD,
        httpx.StreamError: _ODD,
        httpx.TransportError: _ODD,
        httpx.RequestError: _ODD,
        httpx.HTTPError: _ODD,
    }
)
"""Every exception of httpx; whatever is not among them may have been taken."""


class _Watch:
    """Sees how far a request has come, from what the library tells of each step.

    Before the first step nothing is known, and that counts as having left: a pool that is waited
    for too long says so by an exception of its own.
    """

    __slots__ = ("_has_begun", "_has_left", "step")

    def __init__(self) -> None:
        self._has_begun = False
        self._has_left = False
        self.step = ""

    async def __call__(self, step: str, _: object) -> None:
        self.step = step
        self._has_begun = True
        self._has_left |= not step.startswith(_CONNECTING)

    @property
    def may_have_left(self) -> bool:
        """Whether a byte of the request may be on its way."""
        return self._has_left or not self._has_begun


def _placed(error: Exception, watch: _Watch) -> NeverLeft | NoAnswer:
    """What a failure means, by its class and by how far the request had come."""
    place = PLACES.get(type(error), _ODD)
    if isinstance(place, NoAnswer):
        return place
    is_before = place.kind in {"pool", "address"} and not watch.step
    if watch.may_have_left and not is_before:
        return _ODD
    return _connecting(error, watch) if place is _NOT_CONNECTED else place


def _connecting(error: Exception, watch: _Watch) -> NeverLeft:
    """Why there is no connection, as the system says it."""
    is_tls = watch.step.startswith(_ENCRYPTING)
    for cause in _causes(error):
        match cause:
            case socket.gaierror():
                return NeverLeft("dns", "the name of the host was not found")
            case ssl.SSLCertVerificationError():
                why = f"the certificate does not hold: {cause.verify_message}"
                return NeverLeft("tls", why)
            case ssl.SSLError():
                return _NOT_ENCRYPTED
            case ConnectionRefusedError():
                return NeverLeft("refused", "nothing listens there")
            case OSError(errno=int(number)) if number in errno.errorcode and not is_tls:
                code = errno.errorcode[number]
                return NeverLeft("connect", f"no connection could be made ({code})")
            case _:
                pass
    return _NOT_ENCRYPTED if is_tls else _NOT_CONNECTED


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that led to it, also where several did at once."""
    waiting: list[BaseException] = [error]
    seen: list[BaseException] = []
    while waiting:
        each = waiting.pop()
        if any(each is other for other in seen):
            continue
        seen.append(each)
        yield each
        waiting += [inner for inner in (each.__context__, each.__cause__) if inner is not None]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


# Sending -----------------------------------------------------------------------------------------


class Sender:
    """Exchanges requests for answers over HTTP/1.1, with connections that are used again.

    An asynchronous context manager; usable by any number of tasks at once.
    """

    def __init__(
        self, *, connections: int = CONNECTIONS_MAX, tls: ssl.SSLContext | None = None
    ) -> None:
        """Keep for later what is needed to connect. Closing it ends what is under way.

        Args:
            connections: How many there are at most; more requests wait for one.
            tls: Whom to trust; None: the public authorities, and no variable of the environment.
        """
        self._most = connections
        self._tls = tls
        self._connections: Connections | None = None
        self._under_way: dict[asyncio.Timeout, asyncio.Event] = {}

    async def __aenter__(self) -> Self:
        for name in _TALKATIVE:
            # At its finest level it logs the headers of answers.
            logging.getLogger(f"httpcore.{name}").addFilter(_nothing)
        # They are the layer below the client of httpx, which would add cookies, redirects, and a
        # log line with the address of each request.
        tls = self._tls or httpx.create_ssl_context(trust_env=False)
        self._connections = Connections(self._most, tls)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connections, self._connections = self._connections, None
        # First those under way: to a request that waits for a connection, closing the others would
        # give one.
        now_s = asyncio.get_running_loop().time()
        for limit in self._under_way:
            if not limit.expired():
                limit.reschedule(now_s)
        for ended in list(self._under_way.values()):
            await ended.wait()
        if connections is not None:
            await connections.close()

    async def exchange(self, request: HttpRequest, base_url: str, timeout_s: float) -> Exchange:
        """Send a request once and wait for the whole of its answer.

        Never raises, but for being cancelled; then the connection is closed, and whether the
        request was taken is as unknown as with `NoAnswer`.

        Args:
            request: As an adapter has made it.
            base_url: Scheme, host, port and path to put before the request's; `https`, or this
                machine.
            timeout_s: For everything together: waiting for a connection, making it, and the answer
                to its last byte.
        """
        if self._connections is None:
            return NeverLeft("closed", "the sender is not open")
        if not timeout_s > 0:
            return NeverLeft("connect-timeout", "there was no time left")
        watch = _Watch()
        built = _built(request, base_url, timeout_s, watch)
        if isinstance(built, NeverLeft):
            return built
        ended = asyncio.Event()
        try:
            async with asyncio.timeout(timeout_s) as limit:
                self._under_way[limit] = ended
                try:
                    return await _sent(self._connections, built, _connect_s(timeout_s))
                finally:
                    del self._under_way[limit]
        except TimeoutError:
            return self._late(timeout_s, watch)
        except asyncio.CancelledError as cancelled:
            # Its frames hold the request as it goes over the wire, the secret among it.
            cancelled.__context__ = cancelled.__cause__ = None
            raise cancelled.with_traceback(None) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, the message may have been taken
            return _placed(error, watch)
        finally:
            ended.set()

    def _late(self, timeout_s: float, watch: _Watch) -> Exchange:
        """What it means that there is no time left, or that the sender is being closed."""
        if not watch.may_have_left:
            place = PLACES[httpx.ConnectTimeout]
            return NeverLeft(place.kind, place.why)
        if self._connections is None:
            return NoAnswer("closed", "the sender was closed before an answer came")
        return NoAnswer("timeout", f"no whole answer within {timeout_s:g} s")


def _nothing(_: logging.LogRecord) -> bool:
    """Let no record pass."""
    return False


def _built(
    request: HttpRequest, base_url: str, timeout_s: float, watch: _Watch
) -> httpx.Request | NeverLeft:
    """The request as httpx sends it, or why it cannot be sent."""
    url = _url(base_url, request.path)
    if isinstance(url, NeverLeft):
        return url
    if not _NAME.fullmatch(request.method):
        return NeverLeft("request", "the method is none")
    headers = _OWN_HEADERS + request.wire_headers()
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers):
        return NeverLeft("request", "a header holds a character no header has")
    timeout = httpx.Timeout(timeout_s, connect=_connect_s(timeout_s))
    extensions = {"timeout": timeout.as_dict(), "trace": watch}
    return httpx.Request(
        request.method, url, headers=list(headers), content=request.body, extensions=extensions
    )


def _connect_s(timeout_s: float) -> float:
    """How long to wait for a connection, and again for a free one."""
    return min(CONNECT_MAX_S, timeout_s / 2)


def _url(base_url: str, path: str) -> httpx.URL | NeverLeft:
    """The whole address.

    A path that begins with a slash leads to no other host; one that httpx would change is refused.
    """
    if not _BASE.fullmatch(base_url) or any(mark in base_url for mark in "@?#\\"):
        return _ADDRESS
    if not _PATH.fullmatch(path):
        return _ADDRESS
    try:
        base, whole = httpx.URL(base_url), httpx.URL(base_url + path)
    except httpx.InvalidURL:
        return _ADDRESS
    if base.scheme != "https" and not (base.scheme == "http" and base.raw_host in LOOPBACK):
        return NeverLeft("address", "it is not encrypted: https only, but for this machine")
    is_exact = whole.raw_path == (base.raw_path.rstrip(b"/") + path.encode("ascii"))
    is_port = base.port is None or 0 < base.port <= _PORT_MAX
    return whole if base.raw_host and is_port and is_exact else _ADDRESS


async def _sent(connections: Connections, request: httpx.Request, wait_s: float) -> Exchange:
    """Send and read the whole answer; what cannot be read is no answer."""
    url = request.url
    origin = (url.raw_scheme, url.raw_host, url.port)
    async with connections.one(origin, wait_s) as transport:
        response = await transport.handle_async_request(request)
        try:
            body = await _body(response)
        finally:
            await response.aclose()
    headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers.raw)
    match _unpacked(headers, body):
        case Fault.TOO_LARGE:
            return NoAnswer("too-large", f"the answer has more than {BODY_BYTES_MAX} bytes")
        case Fault.BROKEN:
            place = PLACES[httpx.DecodingError]
            return NoAnswer(place.kind, place.why)
        case bytes(unpacked):
            kept = tuple((name, value) for name, value in headers if name.lower() != HEADER)
            return Answered(HttpAnswer(response.status_code, kept, unpacked))


def _unpacked(headers: Headers, body: bytes | Fault) -> bytes | Fault:
    """The body without its coding."""
    coding = coding_of(headers)
    if isinstance(body, Fault) or coding is Coding.PLAIN:
        return body
    return gunzip(body, BODY_BYTES_MAX) if coding is Coding.GZIP else Fault.BROKEN


async def _body(response: httpx.Response) -> bytes | Fault:
    """The body as it came over the wire, as far as it may."""
    body = bytearray()
    raw = cast("AsyncGenerator[bytes, None]", response.aiter_raw())  # its type hides that it closes
    async with aclosing(raw) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                return Fault.TOO_LARGE
    return bytes(body)
