"""The sender against servers that answer, and against servers that do not.

The drills use real sockets of this machine; no name is looked up and nothing leaves it.
"""

import asyncio
import gc
import gzip
import inspect
import logging
import socket
import ssl
import time
import traceback
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import httpx
import pytest

from sandbox.adapters.codec import Authorisation, Headers, HttpRequest, Secret, header
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.net.sender import (
    PLACES,
    Answered,
    Exchange,
    NeverLeft,
    NoAnswer,
    Sender,
    _placed,
    _Watch,
)
from tests.support.raw_servers import (
    CERTIFICATE,
    OK,
    RawServer,
    Talk,
    answering,
    free_port,
    own_certificate,
    raw_server,
)

pytestmark = pytest.mark.usefixtures("loopback")

SECRET: Final = "wpbl-wqr3-do-not-show"  # noqa: S105 # no secret, made up
SHORT_S: Final = 0.15
LONG_S: Final = 5.0


def request(
    path: str = "/v1/messages?x=%2F",
    headers: Headers = (("Content-Type", "application/json"),),
    body: bytes = b'{"to":"+447700900123"}',
    secret: str = SECRET,
) -> HttpRequest:
    proof = Authorisation("X-Key", "App ", Secret(secret))
    return HttpRequest("POST", path, headers, body, proof)


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender(connections=4) as opened:
        yield opened


def _answer(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def _kind(exchange: Exchange) -> tuple[type, str]:
    assert not isinstance(exchange, Answered), exchange
    assert SECRET not in exchange.why
    return type(exchange), exchange.kind


# Answers -----------------------------------------------------------------------------------------


async def test_what_is_sent_is_what_the_adapter_made(sender: Sender) -> None:
    """Method, path, query, headers and body as they are, below the path of the base URL."""
    async with answering(OK) as server:
        done = await sender.exchange(request(), f"{server.url}/prefix", LONG_S)
    assert isinstance(done, Answered)
    assert (done.answer.status, done.answer.body) == (200, b"{}")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /prefix/v1/messages?x=%2F HTTP/1.1"
    assert body == b'{"to":"+447700900123"}'
    sent = dict(line.split(": ", 1) for line in lines[1:])
    assert sent == {
        "Host": f"127.0.0.1:{server.port}",
        "User-Agent": "fallback-sandbox/0.1.0",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
        "X-Key": f"App {SECRET}",
        "Content-Length": "22",
    }


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("201 Created", 201),
        ("204 No Content", 204),
        ("400 Bad Request", 400),
        ("429 Too Many Requests\r\nRetry-After: 7", 429),
        ("500 Internal Server Error", 500),
        ("503 Service Unavailable\r\nRetry-After: 7", 503),
        ("599 Whatever", 599),
    ],
)
async def test_every_status_is_an_answer(sender: Sender, head: str, status: int) -> None:
    """What it means is the adapter's business, also where it means to wait."""
    async with answering(_answer(head)) as server:
        done = await sender.exchange(request(), server.url, LONG_S)
    assert isinstance(done, Answered)
    assert done.answer.status == status
    assert header(done.answer.headers, "retry-after") == ("7" if "Retry-After" in head else "")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(sender: Sender, status: int) -> None:
    """Wherever it points, the credentials go nowhere else; an address that is none does no harm."""
    async with answering(OK) as other:
        for place in (f"{other.url}/there", "http://[", "//\\", "mailto:x"):
            async with answering(_answer(f"{status} X\r\nLocation: {place}")) as server:
                done = await sender.exchange(request(), server.url, LONG_S)
            assert isinstance(done, Answered)
            assert done.answer.status == status
            assert len(server.requests) == 1
        assert other.connections == 0


async def test_a_cookie_is_not_kept(sender: Sender) -> None:
    """The next request goes without it."""
    async with answering(_answer("200 OK\r\nSet-Cookie: a=b; Path=/", b"{}")) as server:
        for _ in range(2):
            await sender.exchange(request(), server.url, LONG_S)
    assert len(server.requests) == 2
    assert not any(b"cookie" in each.lower() for each in server.requests)


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in a variable would see everything; nor are its certificates trusted."""
    async with answering(OK) as proxy, answering(OK) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
        async with Sender() as fresh:
            assert isinstance(await fresh.exchange(request(), server.url, LONG_S), Answered)
    assert (proxy.connections, server.connections) == (0, 1)


async def test_a_connection_is_used_again(sender: Sender) -> None:
    """One after the other over one connection, many at once over as many as allowed."""
    async with answering(OK) as server:
        for _ in range(3):
            await sender.exchange(request(), server.url, LONG_S)
        assert server.connections == 1
        many = [sender.exchange(request(), server.url, LONG_S) for _ in range(50)]
        assert all(isinstance(done, Answered) for done in await asyncio.gather(*many))
        assert server.connections <= 4
        assert len(server.requests) == 53


async def test_a_connection_that_the_server_has_closed_is_not_used_again(sender: Sender) -> None:
    """The next request gets a new one, and nothing is lost."""

    async def once(talk: Talk) -> None:
        await talk.request()
        await talk.say(OK)

    async with raw_server(once) as server:
        for _ in range(3):
            assert isinstance(await sender.exchange(request(), server.url, LONG_S), Answered)
            await asyncio.sleep(0.01)
        assert server.connections == 3


# Bodies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, BODY_BYTES_MAX])
async def test_a_body_is_read_up_to_the_limit(sender: Sender, size: int) -> None:
    """In one piece, packed, and in chunks without a length."""
    body = b"x" * size
    packed = gzip.compress(body)
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    chunked += (f"{size:x}\r\n".encode() + body + b"\r\n" if size else b"") + b"0\r\n\r\n"
    gzipped = _answer("200 OK\r\nContent-Encoding: gzip", packed)
    for answer in (_answer("200 OK", body), gzipped, chunked):
        async with answering(answer) as server:
            done = await sender.exchange(request(), server.url, LONG_S)
        assert isinstance(done, Answered)
        assert done.answer.body == body
        assert header(done.answer.headers, "content-encoding") == ""


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (_answer("200 OK", b"x" * (BODY_BYTES_MAX + 1)), "too-large"),
        (
            _answer("200 OK\r\nContent-Encoding: gzip", gzip.compress(b"\0" * 50_000_000)),
            "too-large",
        ),
        (_answer("200 OK\r\nContent-Encoding: gzip", b"{}"), "coding"),
        (_answer("200 OK\r\nContent-Encoding: br", b"{}"), "coding"),
        (_answer("200 OK\r\nContent-Encoding: gzip, gzip", gzip.compress(b"{}")), "coding"),
    ],
    ids=["large", "bomb", "not gzip", "another coding", "twice"],
)
async def test_what_cannot_be_unpacked_or_is_too_large_is_no_answer(
    sender: Sender, answer: bytes, kind: str
) -> None:
    """The message may have been taken all the same."""
    async with answering(answer) as server:
        done = await sender.exchange(request(), server.url, LONG_S)
    assert _kind(done) == (NoAnswer, kind)


async def test_an_endless_body_is_not_read_to_its_end(sender: Sender) -> None:
    """The connection is closed at the limit."""

    async def endless(talk: Talk) -> None:
        await talk.request()
        await talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await talk.say(b"x" * 65_536)

    async with raw_server(endless) as server:
        assert _kind(await sender.exchange(request(), server.url, LONG_S))[1] == "too-large"


# Failures ----------------------------------------------------------------------------------------


async def test_refused(sender: Sender) -> None:
    """Nothing listens: nothing left."""
    done = await sender.exchange(request(), f"http://127.0.0.1:{free_port()}", LONG_S)
    assert _kind(done) == (NeverLeft, "refused")


async def _reset_at_once(talk: Talk) -> None:
    talk.reset()


async def _reset_before_the_answer(talk: Talk) -> None:
    await talk.request()
    talk.reset()


async def _close_before_the_answer(talk: Talk) -> None:
    await talk.request()


async def _reset_in_the_head(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-", every_s=0.01)
    talk.reset()


async def _reset_in_the_body(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", every_s=0.01)
    talk.reset()


async def _close_in_the_body(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")


async def _garbage(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"SSH-2.0-OpenSSH_9.9\r\n\r\n" + SECRET.encode())


async def _huge_header(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nX-Large: " + b"x" * 1_000_000 + b"\r\n\r\n{}")


async def _two_lengths(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")


@pytest.mark.parametrize(
    ("behaviour", "kinds"),
    [
        (_reset_at_once, {"unfinished", "protocol"}),
        (_reset_before_the_answer, {"unfinished"}),
        (_close_before_the_answer, {"protocol"}),
        (_reset_in_the_head, {"unfinished"}),
        (_reset_in_the_body, {"unfinished"}),
        (_close_in_the_body, {"protocol"}),
        (_garbage, {"protocol"}),
        (_huge_header, {"protocol"}),
        (_two_lengths, {"protocol"}),
    ],
)
async def test_once_connected_a_failure_leaves_it_open(
    sender: Sender, behaviour: object, kinds: set[str]
) -> None:
    """Even where the server went before it read a byte: from here nobody can tell."""
    async with raw_server(behaviour) as server:  # type: ignore[arg-type] # cases share no type
        for _ in range(3):
            kind, word = _kind(await sender.exchange(request(), server.url, LONG_S))
            assert kind is NoAnswer
            assert word in kinds
        assert server.connections == 3
    async with answering(OK) as good:
        assert isinstance(await sender.exchange(request(), good.url, LONG_S), Answered)


async def _silent(talk: Talk) -> None:
    await talk.hang()


async def _drip(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    await talk.say(*[b"x"] * 1000, every_s=0.01)


async def _drip_headers(talk: Talk) -> None:
    await talk.request()
    await talk.say(b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * 1000, every_s=0.01)


async def _continue_for_ever(talk: Talk) -> None:
    await talk.request()
    await talk.say(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000, every_s=0.01)


@pytest.mark.parametrize("behaviour", [_silent, _drip, _drip_headers, _continue_for_ever])
async def test_an_exchange_ends_in_time(sender: Sender, behaviour: object) -> None:
    """Also where something keeps coming, which an ordinary timeout would wait for."""
    began = time.monotonic()
    async with raw_server(behaviour) as server:  # type: ignore[arg-type] # cases share no type
        done = await sender.exchange(request(), server.url, SHORT_S)
        assert time.monotonic() - began < SHORT_S + 2
    assert _kind(done) == (NoAnswer, "timeout")


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan")])
async def test_without_time_nothing_leaves(sender: Sender, timeout_s: float) -> None:
    """It is not even tried."""
    async with answering(OK) as server:
        done = await sender.exchange(request(), server.url, timeout_s)
    assert _kind(done) == (NeverLeft, "connect-timeout")
    assert server.connections == 0


async def test_a_connection_that_does_not_come_about_in_time_has_carried_nothing(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever limit is first, that of connecting or the whole."""

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("anyio.connect_tcp", never)
    done = await sender.exchange(request(), "http://127.0.0.1:9", SHORT_S)
    assert _kind(done) == (NeverLeft, "connect-timeout")
    monkeypatch.setattr("sandbox.net.sender.CONNECT_MAX_S", LONG_S)
    monkeypatch.setattr("httpx.Timeout.as_dict", lambda _: {})
    done = await sender.exchange(request(), "http://127.0.0.1:9", SHORT_S)
    assert _kind(done) == (NeverLeft, "connect-timeout")


async def test_waiting_for_a_connection_sends_nothing() -> None:
    """All connections are taken, and stay so."""
    async with Sender(connections=1) as sender, raw_server(_silent) as server:
        first = asyncio.create_task(sender.exchange(request(), server.url, 10 * SHORT_S))
        await asyncio.sleep(SHORT_S / 3)
        assert _kind(await sender.exchange(request(), server.url, SHORT_S)) == (NeverLeft, "pool")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert server.connections == 1


async def test_a_plain_server_behind_https_gets_nothing(sender: Sender) -> None:
    """Not even one that hangs up during the handshake."""

    async def plain(talk: Talk) -> None:
        server.requests.append(await talk.reader.read(65_536))
        await talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def hang_up(talk: Talk) -> None:
        server.requests.append(await talk.reader.read(65_536))
        talk.reset()

    async def go(talk: Talk) -> None:
        server.requests.append(await talk.reader.read(65_536))

    for behaviour in (plain, hang_up, go):
        async with raw_server(behaviour) as server:
            done = await sender.exchange(request(), f"https://127.0.0.1:{server.port}", LONG_S)
        assert _kind(done) == (NeverLeft, "tls")
        assert len(server.requests) == 1
        assert SECRET.encode() not in server.requests[0]


async def test_a_name_that_is_not_found(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing left; the words of the system are not needed."""

    def not_found(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    done = await sender.exchange(request(), "https://api.example.test", LONG_S)
    assert _kind(done) == (NeverLeft, "dns")


async def test_a_network_that_cannot_be_reached(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's code for it is told."""

    async def unreachable(*_: object, **__: object) -> None:
        raise OSError("all failed") from ExceptionGroup("", [OSError(101, "unreachable")])

    monkeypatch.setattr("anyio.connect_tcp", unreachable)
    done = await sender.exchange(request(), "http://127.0.0.1:9", LONG_S)
    assert done == NeverLeft("connect", "no connection could be made (ENETUNREACH)")


async def test_a_certificate_that_does_not_hold(sender: Sender) -> None:
    """Nobody has signed it, or it is for another host: nothing left, and it says why."""
    async with answering(OK, tls=own_certificate()) as server:
        done = await sender.exchange(request(), f"https://127.0.0.1:{server.port}", LONG_S)
        assert done == NeverLeft("tls", "the certificate does not hold: self-signed certificate")
        async with Sender(tls=ssl.create_default_context(cafile=CERTIFICATE)) as trusting:
            name = f"https://127.0.0.1.example.test:{server.port}"
            with _found_at_loopback(server.port):
                done = await trusting.exchange(request(), name, LONG_S)
        assert isinstance(done, NeverLeft)
        assert done.kind == "tls"
        assert "certificate is not valid for '127.0.0.1.example.test'" in done.why
    assert server.requests == []


@contextmanager
def _found_at_loopback(port: int) -> Iterator[None]:
    """Every name is one of this machine."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        yield


async def test_over_an_encrypted_connection_it_is_the_same() -> None:
    """Answers, connections that are used again, and failures that leave it open."""
    trusted = ssl.create_default_context(cafile=CERTIFICATE)
    async with Sender(tls=trusted) as sender:
        async with answering(OK, tls=own_certificate()) as server:
            url = f"https://127.0.0.1:{server.port}"
            for _ in range(2):
                assert isinstance(await sender.exchange(request(), url, LONG_S), Answered)
            assert (server.connections, len(server.requests)) == (1, 2)
        for behaviour, word in (
            (_reset_before_the_answer, "unfinished"),
            (_close_before_the_answer, "protocol"),
            (_reset_in_the_body, "unfinished"),
            (_silent, "timeout"),
        ):
            async with raw_server(behaviour, own_certificate()) as server:
                url = f"https://127.0.0.1:{server.port}"
                time_s = SHORT_S if behaviour is _silent else LONG_S
                assert _kind(await sender.exchange(request(), url, time_s)) == (NoAnswer, word)


async def test_a_handshake_that_does_not_end_has_carried_nothing(sender: Sender) -> None:
    """The connection is there, the encryption is not."""
    async with raw_server(_silent) as server:
        done = await sender.exchange(request(), f"https://127.0.0.1:{server.port}", SHORT_S)
    assert _kind(done) == (NeverLeft, "connect-timeout")


# Addresses and headers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "base_url",
    [
        "http://api.example.test",
        "http://127.0.0.1.example.test",
        "http://127.0.0.2",
        "http://2130706433",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "127.0.0.1",
        "",
        "https://",
        "https://user:password@127.0.0.1",
        "https://127.0.0.1?x=",
        "https://127.0.0.1#",
        "https://127.0.0.1\\@api.example.test",
        "https://127.0.0.1:99999",
        "https://[::1",
        "https://exa mple.test",
        "https://127.0.0.1\n",
        "https://127.0.0.1:0",
        "https://\ud800",
        "http://xn--a",
        f"http://127.0.0.1/{'x' * 70_000}",
        "HTTPS://127.0.0.1",
    ],
)
async def test_an_address_that_cannot_be_used_is_not_called(sender: Sender, base_url: str) -> None:
    """No network is touched; it would fail this test."""
    assert _kind(await sender.exchange(request(), base_url, LONG_S)) == (NeverLeft, "address")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "messages",
        "@127.0.0.2/",
        ":9/",
        ".example.test/",
        "/a/../b",
        "/./a",
        "/a#b",
        "/a b",
        "/é",
        "/a\r\nX: y",
        "/\ud800",
    ],
)
async def test_a_path_leads_to_no_other_place(sender: Sender, path: str) -> None:
    """What httpx would have to change is not sent; nor what would end up at another host."""
    async with answering(OK) as server:
        done = await sender.exchange(request(path), server.url, LONG_S)
    assert _kind(done) == (NeverLeft, "address")
    assert server.connections == 0


@pytest.mark.parametrize(
    "path", ["/", "/%2E%2E", "/a//b", "/a?b=c&d=%20+", "/a?", "/a:b@c;d,e", "//x/y"]
)
async def test_a_proper_path_goes_out_as_it_is(sender: Sender, path: str) -> None:
    """Escapes stay escapes."""
    async with answering(OK) as server:
        assert isinstance(await sender.exchange(request(path), server.url, LONG_S), Answered)
    assert server.requests[0].split(b" ")[1] == path.encode()


@pytest.mark.parametrize("bad", ["\r\nX: y", "a\nb", "\x00", "é", "\ud800", " ", "a ", ""])
async def test_a_header_that_is_none_is_not_sent(sender: Sender, bad: str) -> None:
    """Nor is its value repeated: it may be the secret."""
    value = SECRET + bad if bad.strip() else bad
    async with answering(OK) as server:
        for each in (
            request(headers=(("X-Other", value),)),
            request(headers=((f"X{bad or ' '}", "y"),)),
            HttpRequest("POST", "/", (), b"", Authorisation("X-Key", "", Secret(value))),
        ):
            done = await sender.exchange(each, server.url, LONG_S)
            assert _kind(done) == (NeverLeft, "request")
    assert server.connections == 0


async def test_a_sender_that_is_not_open_sends_nothing() -> None:
    """Before and after."""
    sender = Sender()
    assert _kind(await sender.exchange(request(), "http://127.0.0.1:9", 1)) == (NeverLeft, "closed")
    async with sender:
        pass
    assert _kind(await sender.exchange(request(), "http://127.0.0.1:9", 1)) == (NeverLeft, "closed")


async def test_closing_the_sender_leaves_open_what_was_under_way() -> None:
    """At once, also one that waited for a connection: it does not leave in the last moment."""
    async with raw_server(_silent) as server:
        async with Sender(connections=1) as sender:
            tasks = [
                asyncio.create_task(sender.exchange(request(), server.url, LONG_S))
                for _ in range(2)
            ]
            await asyncio.sleep(SHORT_S / 3)
        assert sender._under_way == {}
        began = time.monotonic()
        done = await asyncio.gather(*tasks)
        assert time.monotonic() - began < 2
        assert server.connections == 1
    assert [_kind(each) for each in done] == [(NoAnswer, "closed")] * 2


async def test_the_sender_can_be_closed_at_the_very_moment_of_a_timeout() -> None:
    """Whichever comes first."""
    async with raw_server(_silent) as server:
        async with Sender() as sender:
            task = asyncio.create_task(sender.exchange(request(), server.url, LONG_S))
            await asyncio.sleep(SHORT_S / 3)
            [limit] = sender._under_way
            limit.reschedule(0)
            while not limit.expired():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0)
        assert _kind(await task)[0] is NoAnswer


# Every exception has its place -------------------------------------------------------------------


def _below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


def _without_place(places: Mapping[type[Exception], object]) -> set[type[Exception]]:
    """The exceptions of httpx that no table names: what it exports, and all that is below."""
    exported = {
        each
        for _, each in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(each, Exception) and not issubclass(each, Warning)
    }
    assert {httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict} <= exported
    return {each for root in exported for each in _below(root)} - set(places)


def test_every_exception_of_httpx_has_its_place() -> None:
    """A new version may bring one: then somebody has to say what it means."""
    gc.collect()  # classes that other tests have made and left
    assert _without_place(PLACES) == set()


def test_the_list_of_places_is_seen_to_be_incomplete() -> None:
    """One left out is found, and so is one that is new, wherever it hangs."""
    gc.collect()
    for left_out in PLACES:
        others = {kind: place for kind, place in PLACES.items() if kind is not left_out}
        assert _without_place(others) == {left_out}
    new = type("New", (httpx.ReadError,), {})
    assert _without_place(PLACES) == {new}
    del new


NEVER: Final = {
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.PoolTimeout,
    httpx.ConnectTimeout,
    httpx.ConnectError,
}


@pytest.mark.parametrize("kind", PLACES)
async def test_only_what_comes_before_a_connection_can_have_sent_nothing(
    kind: type[Exception],
) -> None:
    """And it counts as that only while nothing was seen to leave."""
    error = kind.__new__(kind)
    assert isinstance(PLACES[kind], NeverLeft) is (kind in NEVER)
    connecting, sending, nowhere = _Watch(), _Watch(), _Watch()
    await connecting("connection.connect_tcp.started", None)
    await sending("connection.connect_tcp.started", None)
    await sending("http11.send_request_headers.started", None)
    assert isinstance(_placed(error, connecting), NeverLeft) is (kind in NEVER)
    assert isinstance(_placed(error, sending), NoAnswer)
    is_early = kind in {httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.PoolTimeout}
    assert isinstance(_placed(error, nowhere), NeverLeft) is is_early


@pytest.mark.parametrize("error", [ValueError(SECRET), RuntimeError(SECRET), OSError(SECRET)])
async def test_what_nobody_expects_leaves_it_open(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """And none of its words are told."""

    async def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", broken)
    done = await sender.exchange(request(), "http://127.0.0.1:9", LONG_S)
    assert _kind(done) == (NoAnswer, "unexpected")


# Being cancelled ---------------------------------------------------------------------------------


async def test_being_cancelled_frees_the_connection() -> None:
    """However often, at whatever point: the next one finds room."""
    async with Sender(connections=2) as sender, raw_server(_drip) as server:
        for step in range(30):
            task = asyncio.create_task(sender.exchange(request(), server.url, LONG_S))
            await asyncio.sleep(step * 0.0004)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with answering(OK) as good:
            many = [sender.exchange(request(), good.url, LONG_S) for _ in range(4)]
            assert all(isinstance(done, Answered) for done in await asyncio.gather(*many))


async def test_whoever_cancels_is_told_nothing_of_the_secret(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a traceback that shows the variables of every frame has it, in mid-sending."""
    held: list[bool] = []

    async def stuck(_: object, buffer: bytes, **__: object) -> None:
        held.append(SECRET.encode() in buffer)
        await asyncio.Event().wait()

    monkeypatch.setattr("httpcore._backends.anyio.AnyIOStream.write", stuck)
    async with raw_server(_silent) as server:
        task = asyncio.create_task(sender.exchange(request(), server.url, LONG_S))
        while not held:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    assert held == [True]
    whole = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(whole.format())
    assert "exchange" in text
    assert SECRET not in text


# Secrets -----------------------------------------------------------------------------------------

BREAKING: Final = [
    _reset_at_once, _reset_before_the_answer, _close_before_the_answer, _reset_in_the_body,
    _garbage, _huge_header, _drip,
]  # fmt: skip


def _echoing() -> AbstractAsyncContextManager[RawServer]:
    return answering(_answer(f"200 OK\r\nX-Echo: {SECRET}", b"{}"))


async def test_a_secret_is_in_no_log_no_warning_and_no_text(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    """With every logger at its finest level, whatever the server does, echoing it included."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    told = [repr(sender), repr(request())]
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for behaviour in BREAKING:
            async with raw_server(behaviour) as server:
                told.append(repr(await sender.exchange(request(), server.url, SHORT_S)))
        async with _echoing() as server:
            assert isinstance(await sender.exchange(request(), server.url, LONG_S), Answered)
        bad = request(secret=f"{SECRET}\n")
        told.append(repr(await sender.exchange(bad, "http://127.0.0.1:9", SHORT_S)))
        gc.collect()
    told += [str(each.message) for each in warned]
    told += [record.getMessage() + str(record.exc_info) for record in caplog.records]
    assert SECRET not in "\n".join(told)
    assert [record for record in caplog.records if record.name.startswith("httpcore")] == []


async def test_the_log_would_have_shown_it(caplog: pytest.LogCaptureFixture) -> None:
    """Without the filter the library does log what a server echoes: the test above can fail."""
    async with Sender() as sender, _echoing() as server:
        logger = logging.getLogger("httpcore.http11")
        kept, logger.filters[:] = list(logger.filters), []
        try:
            with caplog.at_level(logging.DEBUG, logger="httpcore.http11"):
                await sender.exchange(request(), server.url, LONG_S)
        finally:
            logger.filters[:] = kept
    assert SECRET in caplog.text
